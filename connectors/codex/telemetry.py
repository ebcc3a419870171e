"""The OpenTelemetry logs that Codex sends when ``[otel]`` names an exporter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event, epoch_ms, iso_time
from agentwarrant.lineage import descend
from agentwarrant.otlp import Unit
from agentwarrant.records import text

from .common import count, identify, mcp_name, speak

_SCOPE = "codex_otel"
_PREFIX = "codex."
_ROOT = "/root"
_MS_DIGITS = 15

Make = Callable[[Connector, Raw, Unit], Iterator[Event]]


def is_ours(unit: Unit) -> bool:
    """Did Codex write this record?"""
    return unit.scope.startswith(_SCOPE)


def events(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    """Yield the events of one log record; of most kinds there are none.

    Raises:
        BadRecord: The record is another program's, or lacks its conversation.
    """
    if not is_ours(unit):
        raise BadRecord("a log record in this file is not of Codex")
    make = _EVENTS.get(text(unit.attributes.get("event.name")).removeprefix(_PREFIX))
    if make is None:
        return
    if not _conversation(unit):
        raise BadRecord("a log record without conversation.id")
    for event in make(source, raw, unit):
        _stamp(source, event, unit)
        yield event


def _stamp(source: Connector, event: Event, unit: Unit) -> None:
    event["gen_ai.conversation.id"] = _conversation(unit)
    given = text(unit.resource.get("agent.id"))
    if given:
        source.agent(event, given, assurance="claimed")
    else:  # a log record does not say its workspace: the host is the nearest that stays
        identify(source, event, text(unit.resource.get("host.name")))
    tenant = text(unit.resource.get("agent.tenant"))
    if tenant:
        event["organization.id"] = tenant
    who = text(unit.attributes.get("agent_name"))
    if who and who != _ROOT:
        descend(event, (_conversation(unit), who))


def _conversation(unit: Unit) -> str:
    return text(unit.attributes.get("conversation.id"))


def _time(unit: Unit) -> object:
    # Codex leaves timeUnixNano at 0 and says the time in an attribute.
    stated = unit.attributes.get("event.timestamp")
    return stated or unit.record.get("observedTimeUnixNano")


def _new(source: Connector, raw: Raw, unit: Unit, action: str, *identity: str) -> Event:
    return source.event(
        raw, action, _time(unit), _conversation(unit), *identity, dataset="telemetry"
    )


def _own(unit: Unit) -> str:
    """Return what tells apart records that carry no id: the nanosecond they were made in."""
    return f"{_time(unit)} {unit.record.get('observedTimeUnixNano')}"


def _session_start(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    yield _new(source, raw, unit, "session_start")


def _user_prompt(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    event = _new(source, raw, unit, "message_received", _own(unit))
    speak(source, event, text(unit.attributes.get("prompt")), "user")
    yield event


def _api_request(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    event = _new(source, raw, unit, "llm_request", _own(unit))
    failed = bool(unit.attributes.get("error.message"))
    event["event.outcome"] = "failure" if failed else "success"
    model = text(unit.attributes.get("model"))
    if model:
        event["gen_ai.request.model"] = model
    count(event, {})
    yield event


def _tool_decision(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    call, tool = _call_id(unit), _tool(unit)
    event = _new(source, raw, unit, "policy_decision", call)
    event["gen_ai.tool.name"], event["gen_ai.tool.call.id"] = tool, call
    decision = text(unit.attributes.get("decision"))
    decider = text(unit.attributes.get("source"))
    if decision.startswith("approved"):
        event["warrant.policy.decision"], event["event.type"] = "allowed", ["allowed"]
    elif decision:
        source.denied(event, _reason(decision, decider))
    if decider.lower() == "user" and decision:
        event["warrant.approval.state"] = _state(decision)
    event["message"] = f"{tool}: {event['warrant.policy.decision']} by {decider[:64]}"
    yield event


def _reason(decision: str, decider: str) -> str:
    if decision == "timed_out":
        return "approval_unavailable"
    return "user_denied" if decider.lower() == "user" else "policy_denied"


def _state(decision: str) -> str:
    """Return what a person said to a call; a reviewer that is a program does not count as one."""
    if decision.startswith("approved"):
        return "granted"
    return "expired" if decision == "timed_out" else "denied"


def _tool_result(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    call, tool = _call_id(unit), _tool(unit)
    started = source.event(
        raw, "tool_call", _started(unit), _conversation(unit), call, dataset="telemetry"
    )
    source.tool_call(started, tool, unit.attributes.get("arguments"), call)
    yield started
    event = _new(source, raw, unit, "tool_result", call)
    failed = unit.attributes.get("success") not in ("true", True)
    said = text(unit.attributes.get("output"))
    source.tool_result(event, tool, said, failed=failed, call_id=call)
    yield event


def _started(unit: Unit) -> int:
    spent = str(unit.attributes.get("duration_ms"))
    known = spent.isascii() and spent.isdecimal() and len(spent) <= _MS_DIGITS
    return epoch_ms(iso_time(_time(unit))) - (int(spent) if known else 0)


def _call_id(unit: Unit) -> str:
    call = text(unit.attributes.get("call_id"))
    if not call:
        raise BadRecord("a tool event without call_id")
    return call


def _tool(unit: Unit) -> str:
    name, server = text(unit.attributes.get("tool_name")), text(unit.attributes.get("mcp_server"))
    if not name:
        raise BadRecord("a tool event without tool_name")
    known = name.startswith("mcp__") or not server
    return name if known else mcp_name(server, name)


_EVENTS: dict[str, Make] = {
    "conversation_starts": _session_start,
    "user_prompt": _user_prompt,
    "api_request": _api_request,
    "tool_decision": _tool_decision,
    "tool_result": _tool_result,
}
