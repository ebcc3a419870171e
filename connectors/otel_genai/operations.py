"""Events of an operation itself: agents that begin and hand over, model calls, retrievals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event
from agentwarrant.tools import calls

from . import names
from .executions import documents_of
from .items import END, START
from .stamp import line, new, outcome, stamp
from .units import Unit
from .values import count, first, first_name, name, parsed

_DETAILS = "gen_ai.client.inference.operation.details"


def opening(source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any]) -> Iterator[Event]:
    if unit.operation not in (names.AGENT, names.CREATE, names.WORKFLOW):
        return
    agent, caller = context["agent"], context["caller"]
    if unit.operation == names.AGENT and caller:
        yield stamp(source, _handoff(source, raw, unit, agent, caller), unit, context)
    if unit.operation == names.CREATE:
        event = new(source, raw, unit, "agent_spawned", START, *unit.key)
        event["message"] = line(source, f"agent {agent[1]} is created")
    elif context["opens"]:
        event = new(source, raw, unit, "session_start", START, context["conversation"], agent[0])
        event["message"] = line(source, f"agent {agent[1]} begins")
    else:
        return
    event["gen_ai.operation.name"] = _operation_name(unit)
    yield stamp(source, event, unit, context)


def _handoff(source: Connector, raw: Raw, unit: Unit, agent: Any, caller: Any) -> Event:
    """The one who hands over acts; the one who is handed to is its peer."""
    event = new(source, raw, unit, "handoff", START, *unit.key)
    source.agent(event, caller[0], name=caller[1], assurance=caller[3])
    event["warrant.peer.id"] = agent[0]
    event["gen_ai.operation.name"] = _operation_name(unit)
    event["message"] = line(source, f"{caller[1]} hands over to {agent[1]}")
    return event


_STANDARD = {
    names.CHAT: "chat", names.TOOL: "execute_tool", names.AGENT: "invoke_agent",
    names.CREATE: "create_agent", names.WORKFLOW: "invoke_workflow",
    names.RETRIEVAL: "retrieval", names.EMBEDDINGS: "embeddings",
}  # fmt: skip


def _operation_name(unit: Unit) -> str:
    stated = name(unit.attributes.get("gen_ai.operation.name"))[:64]
    return stated or _STANDARD.get(unit.operation, "chat")


# Model calls and retrievals --------------------------------------------------------------


def operation_events(
    source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any]
) -> Iterator[Event]:
    if unit.operation in (names.CHAT, names.EMBEDDINGS):
        yield _model_call(source, raw, unit, context)
    elif unit.operation == names.RETRIEVAL:
        yield _retrieved(source, raw, unit, context)
    elif not unit.span and unit.name == _DETAILS and not context["repeats"]:
        yield _model_call(source, raw, unit, context)


_NAMED: dict[str, tuple[str, ...]] = {
    "gen_ai.provider.name": names.PROVIDER,
    "gen_ai.request.model": names.MODEL,
    "gen_ai.response.model": names.RESPONSE_MODEL,
    "gen_ai.response.id": names.RESPONSE_ID,
}
_COUNTED: dict[str, tuple[str, ...]] = {
    "gen_ai.usage.input_tokens": names.INPUT_TOKENS,
    "gen_ai.usage.output_tokens": names.OUTPUT_TOKENS,
}


def _model_call(source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any]) -> Event:
    moment = () if unit.span_id else (str(unit.start), context["conversation"])
    event = new(source, raw, unit, "llm_request", START, *unit.key, *moment)
    attributes = unit.attributes
    for field, wanted in _NAMED.items():
        found = first_name(attributes, wanted)
        if found:
            event[field] = source.redactor.text(found)[0]
    for field, wanted in _COUNTED.items():
        tokens = count(first(attributes, wanted))
        if tokens is not None:
            event[field] = tokens
    reasons = _finish_reasons(unit)
    if reasons:
        event["event.reason"] = reasons
    event["gen_ai.operation.name"] = _operation_name(unit)
    outcome(source, event, unit)
    model = event.get("gen_ai.request.model", "a model")
    event["message"] = line(source, f"{event['gen_ai.operation.name']} with {model}")
    return stamp(source, event, unit, context)


def _finish_reasons(unit: Unit) -> str:
    value = parsed(first(unit.attributes, names.FINISH))
    listed = value if isinstance(value, list) else [value]
    return ", ".join(one[:64] for one in listed[:8] if isinstance(one, str) and one)


def _retrieved(source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any]) -> Event:
    """A retrieval is a read: what it found is content that the agent goes on to act on."""
    event = new(source, raw, unit, "tool_result", END, *unit.key)
    tool = first_name(unit.attributes, (*names.TOOL_NAME, *names.SOURCE)) or "retrieval"
    found = documents_of(unit)
    source.tool_result(event, tool, "" if found is None else found, failed=unit.failed)
    event["warrant.origin"] = calls.result_origin(tool)
    event["warrant.tool.class"] = "read"
    event["gen_ai.operation.name"] = _operation_name(unit)
    outcome(source, event, unit)
    return stamp(source, event, unit, context)
