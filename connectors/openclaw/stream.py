"""The gateway's live stream (WebSocket events, protocol 4) and its JSON-lines log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event
from agentwarrant.records import text

from .approvals import frame_events
from .common import call_hash, content_text, mapping, session_key
from .people import sender_of


def stream_events(connector: Connector, raw: Raw) -> Iterator[Event]:
    """Yield the events of one WebSocket frame."""
    name, payload = raw.record.get("event"), mapping(raw.record.get("payload"))
    if name == "session.tool":
        yield from _tool(connector, raw, payload)
    elif name == "session.message":
        yield from _message(connector, raw, payload)
    elif name == "agent" and payload.get("stream") == "lifecycle":
        yield from _lifecycle(connector, raw, payload)
    elif name in ("exec.approval.requested", "exec.approval.resolved"):
        yield from frame_events(connector, raw, payload)


def session_of(payload: Mapping[str, Any]) -> str:
    """Return the session id a frame names, directly or in the session it carries."""
    inner = mapping(payload.get("session"))
    context = mapping(inner.get("contextBudgetStatus"))
    return (
        text(payload.get("sessionId"))
        or text(inner.get("sessionId"))
        or text(context.get("sessionId"))
    )


def _stamp(connector: Connector, event: Event, raw: Raw, payload: Mapping[str, Any]) -> Event:
    key = text(payload.get("sessionKey"))
    agent = text(payload.get("agentId")) or session_key(key).agent or "unknown"
    connector.agent(event, agent, assurance="verified")
    session = session_of(payload) or text(raw.context.get("sessions", {}).get(key))
    for name, value in (
        ("gen_ai.conversation.id", session or key),
        ("warrant.session.key", key),
        ("warrant.run.id", text(payload.get("runId"))),
    ):
        if value:
            event[name] = value
    return event


def _tool(connector: Connector, raw: Raw, payload: Mapping[str, Any]) -> Iterator[Event]:
    data = mapping(payload.get("data"))
    session = session_of(payload) or text(
        raw.context.get("sessions", {}).get(payload.get("sessionKey"))
    )
    call, name = text(data.get("toolCallId")), text(data.get("name")) or "unknown"
    ids = (session or text(payload.get("sessionKey")), call_hash(call), "0")
    if data.get("phase") == "start":
        event = connector.event(raw, "tool_call", payload.get("ts"), *ids, dataset="stream")
        connector.tool_call(event, name, data.get("args"), call)
    elif data.get("phase") == "result":
        event = connector.event(raw, "tool_result", payload.get("ts"), *ids, dataset="stream")
        failed = data.get("isError")
        body = content_text(mapping(data.get("result")).get("content"))
        connector.tool_result(
            event, name, body, failed=failed if isinstance(failed, bool) else None, call_id=call
        )
    else:
        return
    yield _stamp(connector, event, raw, payload)


def _message(connector: Connector, raw: Raw, payload: Mapping[str, Any]) -> Iterator[Event]:
    message = mapping(payload.get("message"))
    role, body = message.get("role"), content_text(message.get("content"))
    if role not in ("user", "assistant") or not body:
        return
    marks = mapping(message.get("__openclaw"))
    time = marks.get("recordTimestampMs") or message.get("timestamp")
    session = session_of(payload) or text(
        raw.context.get("sessions", {}).get(payload.get("sessionKey"))
    )
    action = "message_received" if role == "user" else "message_sent"
    identity = (session or text(payload.get("sessionKey")), text(payload.get("messageId")))
    event = connector.event(raw, action, time, *identity, dataset="stream")
    if role == "user":
        sender = sender_of(message, body, {"key": payload.get("sessionKey")})
        for field, value in sender.fields().items():
            event[field] = connector.redactor.text(value)[0]
    shown = connector.content(event, body)
    event["message"] = f"{role}: {' '.join(shown.split())[:200]}"
    yield _stamp(connector, event, raw, payload)


def _lifecycle(connector: Connector, raw: Raw, payload: Mapping[str, Any]) -> Iterator[Event]:
    phase = mapping(payload.get("data")).get("phase")
    action = {"start": "session_start", "end": "session_end"}.get(str(phase))
    if action is None:
        return
    run = text(payload.get("runId"))
    event = connector.event(raw, action, payload.get("ts"), "run", run, dataset="stream")
    event["message"] = f"run {run} {'begins' if phase == 'start' else 'ends'}"
    yield _stamp(connector, event, raw, payload)


# The gateway log ---------------------------------------------------------------------------

_INBOUND = re.compile(r"Inbound message (\w+):(?:group:)?(\S+) -> \S+ \((\w+), (\d+) chars\)")
_OUTBOUND = re.compile(r"(\w+) (?:outbound send|sendMessage) ok\b.*?\bchat(?:Id)?=(\S+)")
_MODEL = re.compile(r"\[model-fetch\] start provider=(\S+) api=\S+ model=(\S+) .*?url=(\S+)")


def log_events(connector: Connector, raw: Raw) -> Iterator[Event]:
    """Yield the event of one line of the gateway log, where the line tells of an action.

    Arguments ``0``, ``1``, … may be text or objects; tools' arguments are never in it.
    """
    record = raw.record
    line = text(record.get("message")) or text(record.get("2")) or text(record.get("1"))
    made = _from_line(connector, raw, line)
    if made is None:
        return
    connector.agent(made, text(record.get("agent_id")) or "unknown", assurance="claimed")
    made["message"] = connector.redactor.text(line)[0][:300]
    for name, key in (("trace.id", "traceId"), ("span.id", "spanId"), ("host.name", "hostname")):
        if text(record.get(key)):
            made[name] = text(record.get(key))
    yield made


def _from_line(connector: Connector, raw: Raw, line: str) -> Event | None:
    record = raw.record
    ids = (text(record.get("time")), text(record.get("spanId")), line)
    time = record.get("time")
    inbound, outbound, model = _INBOUND.search(line), _OUTBOUND.search(line), _MODEL.search(line)
    if inbound:
        event = connector.event(raw, "message_received", time, *ids, dataset="gateway")
        event["warrant.channel"] = inbound.group(1)
        if inbound.group(3) == "direct":
            event["warrant.principal.id"] = inbound.group(2)
        return event
    if outbound:
        event = connector.event(raw, "message_sent", time, *ids, dataset="gateway")
        event["warrant.channel"] = outbound.group(1)
        return event
    if model:
        event = connector.event(raw, "llm_request", time, *ids, dataset="gateway")
        event["gen_ai.provider.name"], event["gen_ai.request.model"] = (
            model.group(1),
            model.group(2),
        )
        event["url.full"] = connector.redactor.text(model.group(3))[0][:2048]
        return event
    return None


def subsystem(record: Mapping[str, Any]) -> str:
    """Return which part of the gateway wrote a log line."""
    try:
        return text(mapping(orjson.loads(text(record.get("0")))).get("subsystem"))
    except orjson.JSONDecodeError:
        return ""
