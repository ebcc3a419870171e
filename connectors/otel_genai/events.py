"""Events of one span or log record, once it is known whose it is and what of it is news."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant import tools
from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event

from . import names
from .contents import documents_of, items_in
from .messages import CALL, END, MESSAGE, START, Item
from .units import Unit
from .values import count, first, first_name, mapping, name, parsed, text

_SHOWN = 200
_DETAILS = "gen_ai.client.inference.operation.details"


def events(source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any]) -> Iterator[Event]:
    """Yield the events of a unit.

    Args:
        source: The connector.
        raw: The record they come from.
        unit: The same, read.
        context: From ``batch.Batches``.
    """
    part = context["part"]
    items, _ = items_in(unit)
    ids = context["ids"]
    told = [(one, key) for one, key in zip(items, ids, strict=False) if key is not None]
    if part != END:
        yield from _opening(source, raw, unit, context)
        for item, key in told:
            if item.when == START:
                yield _of_item(source, raw, unit, context, item, key)
        yield from _operation(source, raw, unit, context)
    if part != START:
        for item, key in told:
            if item.when == END:
                yield _of_item(source, raw, unit, context, item, key)


def _stamp(source: Connector, event: Event, unit: Unit, context: Mapping[str, Any]) -> Event:
    """Say whose an event is and where it was recorded."""
    if "gen_ai.agent.id" not in event:
        agent_id, agent_name, about, assurance = context["agent"]
        source.agent(event, agent_id, name=agent_name, assurance=assurance)
        if about:
            event["gen_ai.agent.description"] = source.redactor.text(about)[0]
    event["gen_ai.conversation.id"] = context["conversation"]
    for field, value in (
        ("trace.id", unit.trace_id),
        ("span.id", unit.span_id),
        ("service.name", name(unit.resource.get("service.name"))),
        ("host.name", name(unit.resource.get("host.name"))),
        ("organization.id", first_name(unit.resource, names.TENANT)),
    ):
        if value:
            event[field] = value
    return event


def _time(unit: Unit, when: str) -> int:
    time = unit.end if when == END else unit.start
    if not time:
        raise ValueError("a span or log record without a time")
    return time


# What opens: agents, workflows, hand-overs ------------------------------------------------


def _opening(
    source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any]
) -> Iterator[Event]:
    if unit.operation not in (names.AGENT, names.CREATE, names.WORKFLOW):
        return
    agent, caller = context["agent"], context["caller"]
    if unit.operation == names.AGENT and caller:
        yield _stamp(source, _handoff(source, raw, unit, agent, caller), unit, context)
    if unit.operation == names.CREATE:
        event = _new(source, raw, unit, "agent_spawned", START, *unit.key)
        event["message"] = _line(source, f"agent {agent[1]} is created")
    elif context["opens"]:
        event = _new(source, raw, unit, "session_start", START, context["conversation"], agent[0])
        event["message"] = _line(source, f"agent {agent[1]} begins")
    else:
        return
    event["gen_ai.operation.name"] = _operation_name(unit)
    if caller:
        event["warrant.session.lineage"] = f"{caller[0]} > {agent[0]}"
    yield _stamp(source, event, unit, context)


def _handoff(source: Connector, raw: Raw, unit: Unit, agent: Any, caller: Any) -> Event:
    """The one who hands over acts; the one who is handed to is its peer."""
    event = _new(source, raw, unit, "handoff", START, *unit.key)
    source.agent(event, caller[0], name=caller[1], assurance=caller[3])
    event["warrant.peer.id"] = agent[0]
    event["gen_ai.operation.name"] = _operation_name(unit)
    event["message"] = _line(source, f"{caller[1]} hands over to {agent[1]}")
    return event


_STANDARD = {
    names.CHAT: "chat", names.TOOL: "execute_tool", names.AGENT: "invoke_agent",
    names.CREATE: "create_agent", names.WORKFLOW: "invoke_workflow",
    names.RETRIEVAL: "retrieval", names.EMBEDDINGS: "embeddings",
}  # fmt: skip


def _operation_name(unit: Unit) -> str:
    stated = name(unit.attributes.get("gen_ai.operation.name"))[:64]
    return stated or _STANDARD.get(unit.operation, "chat")


def _new(source: Connector, raw: Raw, unit: Unit, action: str, when: str, *identity: str) -> Event:
    dataset = "traces" if unit.span else "logs"
    event = source.event(raw, action, _time(unit, when), *identity, dataset=dataset)
    if raw.line:
        event["warrant.record.line"] = raw.line
    return event


def _line(source: Connector, said: str) -> str:
    return source.redactor.text(" ".join(said.split()))[0][:_SHOWN]


# Model calls and retrievals --------------------------------------------------------------


def _operation(
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
    event = _new(source, raw, unit, "llm_request", START, *unit.key, *moment)
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
    _outcome(source, event, unit)
    model = event.get("gen_ai.request.model", "a model")
    event["message"] = _line(source, f"{event['gen_ai.operation.name']} with {model}")
    return _stamp(source, event, unit, context)


def _finish_reasons(unit: Unit) -> str:
    value = parsed(first(unit.attributes, names.FINISH))
    listed = value if isinstance(value, list) else [value]
    return ", ".join(one[:64] for one in listed[:8] if isinstance(one, str) and one)


def _outcome(source: Connector, event: Event, unit: Unit) -> None:
    if unit.failed is not None:
        event["event.outcome"] = "failure" if unit.failed else "success"
    error = name(unit.attributes.get("error.type"))
    if error:
        event["error.type"] = error
    said = text(mapping(unit.record.get("status")).get("message"))
    if said and unit.failed:
        event["error.message"] = source.redactor.text(said)[0][:1024]


def _retrieved(source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any]) -> Event:
    """A retrieval is a read: what it found is content that the agent goes on to act on."""
    event = _new(source, raw, unit, "tool_result", END, *unit.key)
    tool = first_name(unit.attributes, (*names.TOOL_NAME, *names.SOURCE)) or "retrieval"
    found = documents_of(unit)
    source.tool_result(event, tool, "" if found is None else found, failed=unit.failed)
    event["warrant.origin"] = tools.result_origin(tool)
    event["warrant.tool.class"] = "read"
    event["gen_ai.operation.name"] = _operation_name(unit)
    _outcome(source, event, unit)
    return _stamp(source, event, unit, context)


# Messages, calls, answers ----------------------------------------------------------------


def _of_item(
    source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any], item: Item, key: list[str]
) -> Event:
    if item.kind == MESSAGE:
        event = _message(source, raw, unit, context, item, key)
    elif item.kind == CALL:
        event = _new(source, raw, unit, "tool_call", item.when, *key)
        source.tool_call(event, item.tool or "unknown", item.content, item.call_id)
    else:
        event = _new(source, raw, unit, "tool_result", item.when, *key)
        answer = "" if item.content is None else item.content
        source.tool_result(event, item.tool, answer, failed=item.failed, call_id=item.call_id)
    if unit.operation == names.TOOL:
        kind = first_name(unit.attributes, names.TOOL_TYPE)
        if kind:
            event["gen_ai.tool.type"] = kind[:64]
        if item.when == END:
            _outcome_of_run(source, event, unit)
    return _stamp(source, event, unit, context)


def _outcome_of_run(source: Connector, event: Event, unit: Unit) -> None:
    outcome = event["event.outcome"]
    _outcome(source, event, unit)
    if outcome == "failure":
        event["event.outcome"] = outcome


def _message(
    source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any], item: Item, key: list[str]
) -> Event:
    action = "message_sent" if item.role == "assistant" else "message_received"
    event = _new(source, raw, unit, action, item.when, *key)
    shown = source.content(event, item.content)
    who = item.role
    if item.role == "user":
        for field, value in _sender(item, context).items():
            event[field] = source.redactor.text(value)[0]
        who = str(event.get("warrant.principal.name", event["warrant.principal.id"]))
    elif item.role == "system":
        event["warrant.origin"], event["warrant.principal.id"] = "system", "system"
        event["warrant.principal.kind"] = "service"
        event["warrant.principal.authority"] = "allowed"
    event["message"] = f"{who}: {' '.join(shown.split())[:_SHOWN]}"
    return event


def _sender(item: Item, context: Mapping[str, Any]) -> dict[str, str]:
    """Return who wrote a user message. The user of an application is who may ask it."""
    own = context["agent"]
    sender = "" if item.sender in (own[0], own[1]) else item.sender
    if sender and (item.peer or sender in context["peers"]):
        peer = {
            "warrant.origin": "peer",
            "warrant.principal.kind": "agent",
            "warrant.principal.id": sender,
            "warrant.peer.id": sender,
            "warrant.peer.claimed_id": sender,
        }
        return {**peer, "warrant.channel": item.channel} if item.channel else peer
    user = context["user"] or sender or "user"
    fields = {
        "warrant.origin": "user",
        "warrant.principal.kind": "human",
        "warrant.principal.authority": "allowed",
        "warrant.principal.id": user,
    }
    return {**fields, "warrant.principal.name": sender} if sender else fields
