"""The OpenTelemetry logs that Claude Code sends when ``CLAUDE_CODE_ENABLE_TELEMETRY`` is set.

Which events carry prompts and tool arguments is a setting of the machine they come from; what is
missing stays empty here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event, epoch_ms, iso_time
from agentwarrant.otlp import Unit
from agentwarrant.records import mapping, text

from .common import denial_reason, identify, show, speak

_SCOPE = "com.anthropic.claude_code"
_PREFIX = "claude_code."
_INTEGER = 2**31
"""ECS counts tokens in 32 bits; a larger number is no count."""

Make = Callable[[Connector, Raw, Unit], Iterator[Event]]


def is_ours(unit: Unit) -> bool:
    """Did Claude Code write this record?"""
    return unit.scope.startswith(_SCOPE)


def events(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    """Yield the events of one log record; of most kinds there are none.

    Raises:
        BadRecord: The record is another program's, or lacks its session.
    """
    if not is_ours(unit):
        raise BadRecord("a log record in this file is not of Claude Code")
    make = _EVENTS.get(text(unit.attributes.get("event.name")).removeprefix(_PREFIX))
    if make is None:
        return
    if not _session(unit):
        raise BadRecord("a log record without session.id")
    for event in make(source, raw, unit):
        _stamp(source, event, unit)
        yield event


def _stamp(source: Connector, event: Event, unit: Unit) -> None:
    event["gen_ai.conversation.id"] = _session(unit)
    given = text(unit.resource.get("agent.id"))
    if given:
        source.agent(event, given, assurance="claimed")
    else:  # a log record does not say its workspace: the person is the nearest that stays
        identify(source, event, _person(unit))
    source.accounts(
        event,
        ("claude_code.agent", event["gen_ai.agent.id"]),
        ("claude_code.account", unit.attributes.get("user.account_uuid")),
        ("claude_code.account", unit.attributes.get("user.email")),
    )
    tenant = text(unit.resource.get("agent.tenant"))
    if tenant:
        event["organization.id"] = tenant


def _session(unit: Unit) -> str:
    return text(unit.attributes.get("session.id"))


def _person(unit: Unit) -> str:
    return text(unit.attributes.get("user.email")) or text(unit.attributes.get("user.id"))


def _time(unit: Unit) -> Any:
    stamp = unit.record.get("timeUnixNano")
    return unit.attributes.get("event.timestamp") if stamp in (None, "", "0", 0) else stamp


def _new(source: Connector, raw: Raw, unit: Unit, action: str, identity: str = "") -> Event:
    # The sequence starts again with every process, and a session may outlive one.
    own = f"{_time(unit)} {unit.attributes.get('event.sequence')}"
    return source.event(
        raw, action, _time(unit), _session(unit), identity or own, dataset="telemetry"
    )


def _user_prompt(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    uuid = text(unit.attributes.get("message.uuid"))
    event = _new(source, raw, unit, "message_received", uuid)
    event["warrant.principal.kind"] = "human"
    if _person(unit):
        event["warrant.principal.id"] = _person(unit)
    speak(source, event, text(unit.attributes.get("prompt")), "user")
    yield event


def _assistant_response(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    uuid = text(unit.attributes.get("message.uuid"))
    event = _new(source, raw, unit, "message_sent", uuid)
    speak(source, event, text(unit.attributes.get("response")), "unknown")
    yield event


_SAID = {"user_temporary": "granted", "user_reject": "denied", "user_abort": "denied"}
"""What a person said to this very call: ``user_permanent`` may be a rule of an earlier day.

Source: https://code.claude.com/docs/en/monitoring-usage (tool decision event).
"""


def _tool_decision(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    rejected = unit.attributes.get("decision") == "reject"
    if rejected:  # then no result follows, and only this record says what was tried
        yield _call(source, raw, unit, _time(unit))
    event = _new(source, raw, unit, "policy_decision", _call_id(unit))
    event["gen_ai.tool.name"] = _tool(unit)
    event["gen_ai.tool.call.id"] = _call_id(unit)
    decider = text(unit.attributes.get("source"))
    if rejected:
        source.denied(event, denial_reason(decider))
    elif unit.attributes.get("decision") == "accept":
        event["warrant.policy.decision"] = "allowed"
        event["event.type"] = ["allowed"]
    if decider in _SAID:
        event["warrant.approval.state"] = _SAID[decider]
    show(source, event, f"{_tool(unit)}: {event['warrant.policy.decision']} by {decider}")
    yield event


def _tool_result(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    yield _call(source, raw, unit, _started(unit))
    event = _new(source, raw, unit, "tool_result", _call_id(unit))
    failed = unit.attributes.get("success") not in ("true", True)
    answer = text(unit.attributes.get("error"))
    source.tool_result(event, _tool(unit), answer, failed=failed, call_id=_call_id(unit))
    if unit.attributes.get("decision_type") == "reject":
        source.denied(event, denial_reason(text(unit.attributes.get("decision_source"))))
    yield event


def _call(source: Connector, raw: Raw, unit: Unit, time: object) -> Event:
    call, session = _call_id(unit), _session(unit)
    event = source.event(raw, "tool_call", time, session, call, dataset="telemetry")
    source.tool_call(event, _tool(unit), _arguments(unit), call)
    return event


def _started(unit: Unit) -> int:
    spent = unit.attributes.get("duration_ms")
    known = isinstance(spent, int | str) and str(spent).isdecimal() and len(str(spent)) < 16
    return epoch_ms(iso_time(_time(unit))) - (int(spent) if known and spent else 0)


def _call_id(unit: Unit) -> str:
    call = text(unit.attributes.get("tool_use_id"))
    if not call:
        raise BadRecord("a tool event without tool_use_id")
    return call


def _tool(unit: Unit) -> str:
    """Return the tool's name as the transcript has it; telemetry splits those of MCP."""
    details = _details(unit)
    server, tool = text(details.get("mcp_server_name")), text(details.get("mcp_tool_name"))
    name = f"mcp__{server}__{tool}" if server and tool else unit.attributes.get("tool_name")
    if not text(name):
        raise BadRecord("a tool event without tool_name")
    return text(name)


def _arguments(unit: Unit) -> object:
    given = unit.attributes.get("tool_input")
    if given:
        return given
    details = _details(unit)
    command = text(details.get("full_command")) or text(details.get("bash_command"))
    return {"command": command} if command else dict(details)


def _details(unit: Unit) -> Any:
    try:
        return mapping(orjson.loads(text(unit.attributes.get("tool_parameters")) or "{}"))
    except orjson.JSONDecodeError:
        return {}


def _api_request(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    event = _new(source, raw, unit, "llm_request")
    event["gen_ai.provider.name"] = "anthropic"
    event["gen_ai.operation.name"] = "chat"
    event["event.outcome"] = "success"
    model = text(unit.attributes.get("model"))
    if model:
        event["gen_ai.request.model"] = model
    for side in ("input_tokens", "output_tokens"):
        count = unit.attributes.get(side)
        if isinstance(count, int) and 0 <= count < _INTEGER:
            event[f"gen_ai.usage.{side}"] = int(count)
    yield event


def _config_changed(source: Connector, raw: Raw, unit: Unit) -> Iterator[Event]:
    name = text(unit.attributes.get("event.name")).removeprefix(_PREFIX)
    event = _new(source, raw, unit, "config_changed")
    event["event.code"] = name
    show(source, event, f"{name}: {_CHANGES[name](unit.attributes)}")
    yield event


_CHANGES: dict[str, Callable[[Any], str]] = {
    "permission_mode_changed": lambda a: f"{a.get('from_mode')} -> {a.get('to_mode')}",
    "mcp_server_connection": lambda a: f"{a.get('server_name')} {a.get('status')}",
    "skill_activated": lambda a: f"{a.get('skill.name')} by {a.get('invocation_trigger')}",
}

_EVENTS: dict[str, Make] = {
    "user_prompt": _user_prompt,
    "assistant_response": _assistant_response,
    "tool_decision": _tool_decision,
    "tool_result": _tool_result,
    "api_request": _api_request,
    **dict.fromkeys(_CHANGES, _config_changed),
}
