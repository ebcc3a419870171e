"""Transcript records (``type: session | message | …``), versions 3 and 4."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import InputFile
from agentwarrant.lineage import descend
from agentwarrant.records import text

from .approvals import asked_for
from .common import call_hash, content_text, mapping, number, session_key
from .people import sender_of

RECORD_TYPES = frozenset(
    {"session", "message", "custom", "custom_message", "model_change", "thinking_level_change",
     "compaction", "reset", "branch_summary"}
)  # fmt: skip
_INDEX_LIMIT = 8 << 20
_MAX_CALLS = 100_000


class Repeats:
    """Counts how often a call id has appeared, since some models number calls from zero."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], int] = {}

    def next(self, session: str, phase: str, call: str) -> int:
        key = (session, phase, call_hash(call))
        count = self._seen.get(key, 0)
        if len(self._seen) < _MAX_CALLS or count:
            self._seen[key] = count + 1
        return count

    def of(self, session: str, message: Mapping[str, Any]) -> list[int]:
        """Return the count of each call (or of the one result) in a message."""
        if message.get("role") == "toolResult":
            return [self.next(session, "result", text(message.get("toolCallId")))]
        return [self.next(session, "call", text(c.get("id"))) for c in calls_of(message)]


def calls_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the tool calls of an assistant message."""
    content = message.get("content")
    if message.get("role") != "assistant" or not isinstance(content, list):
        return []
    return [p for p in content if isinstance(p, dict) and p.get("type") == "toolCall"]


def read_lines(file: InputFile) -> Iterator[Raw]:
    """Yield transcript lines with the session, agent and key they belong to."""
    repeats, session = Repeats(), ""
    base: dict[str, Any] = {}
    index: dict[str, str] | None = None
    path = str(file.path)
    for line, record in file.records():
        if record.get("type") == "session" and record.get("id"):
            index = _index_beside(file.path) if index is None else index
            session = text(record.get("id"))
            base = {
                "session": session,
                "cwd": text(record.get("cwd")),
                "version": str(record.get("version", ""))[:8],
                "key": index.get(session, ""),
            }
            base["agent"], base["assurance"] = agent_of(base, file.path)
        message = mapping(record.get("message"))
        context = {**base, "repeats": repeats.of(session, message)} if message else base
        yield Raw(record, path, line, context)


def _index_beside(path: Path) -> dict[str, str]:
    """Return session id -> session key from the ``sessions.json`` of the file era."""
    index = path.parent / "sessions.json"
    try:
        if index.stat().st_size > _INDEX_LIMIT:
            return {}
        entries = orjson.loads(index.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    found = mapping(entries).items()
    return {text(mapping(entry).get("sessionId")): key for key, entry in found}


def agent_of(context: Mapping[str, Any], path: Path) -> tuple[str, str]:
    """Return the agent's id and how sure it is.

    From the session key, else from where OpenClaw keeps an agent's files, else from the name
    under which a transcript was exported (``<agent>.<session>.jsonl``), else from the workspace.
    """
    by_key = session_key(context.get("key")).agent
    if by_key:
        return by_key, "verified"
    parts = path.parts
    if "agents" in parts[:-1]:
        place = len(parts) - 1 - parts[::-1].index("agents")
        if place + 1 < len(parts) - 1:
            return parts[place + 1], "verified"
    exported = re.match(r"([A-Za-z0-9_-]{1,64})\.", path.name)
    if exported and path.name[exported.end() :].startswith(context["session"]):
        return exported.group(1), "claimed"
    workspace = re.split(r"[\\/]", str(context.get("cwd", "")).rstrip("\\/"))[-1]
    return workspace or "openclaw", "inferred"


def events_of(connector: Connector, raw: Raw) -> Iterator[Event]:
    """Yield the events of one transcript record."""
    record, context = raw.record, raw.context
    session = text(context.get("session"))
    if not session:
        raise BadRecord("a transcript record before any session header")
    if record.get("type") == "session":
        event = connector.event(
            raw, "session_start", record.get("timestamp"), session, dataset="transcript"
        )
        event["message"] = f"session {session} begins"
        yield _stamp(event, raw)
        return
    if record.get("type") != "message":
        return
    message = mapping(record.get("message"))
    role = message.get("role")
    if role == "user":
        yield _received(connector, raw, message)
    elif role == "assistant":
        yield from _assistant(connector, raw, message)
    elif role == "toolResult":
        yield _result(connector, raw, message)


@lru_cache(maxsize=1024)
def _session_fields(
    agent: str, assurance: str, session: str, key: str, line: tuple[str, ...]
) -> Event:
    """Return what all events of a session have in common. It is shared: copy it."""
    named = {
        "warrant.session.key": key,
        "warrant.channel": session_key(key).channel,
    }
    made: Event = {
        "gen_ai.agent.id": agent,
        "gen_ai.agent.name": agent,
        "warrant.agent.assurance": assurance,
        "gen_ai.conversation.id": session,
        **{name: value for name, value in named.items() if value},
    }
    descend(made, line)
    return made


def _stamp(event: Event, raw: Raw) -> Event:
    """Say which session, agent and run an event belongs to."""
    context = raw.context
    channel = event.get("warrant.channel")
    event.update(
        _session_fields(
            text(context.get("agent")) or "openclaw", context.get("assurance", "none"),
            text(context.get("session")), text(context.get("key")),
            tuple(context.get("lineage", ())),
        )
    )  # fmt: skip
    if channel is not None:
        event["warrant.channel"] = channel  # the message itself knows better
    marks = mapping(raw.record.get("message")).get("__openclaw")
    run = text(marks.get("runId")) if isinstance(marks, dict) else ""
    if run:
        event["warrant.run.id"] = run
    if raw.line:
        event["warrant.record.line"] = raw.line
    return event


def _identity(raw: Raw) -> tuple[str, str]:
    return text(raw.context.get("session")), text(raw.record.get("id")) or str(raw.line)


def _received(connector: Connector, raw: Raw, message: Mapping[str, Any]) -> Event:
    body = content_text(message.get("content"))
    event = connector.event(
        raw, "message_received", raw.record.get("timestamp"), *_identity(raw), dataset="transcript"
    )
    sender = sender_of(message, body, raw.context)
    for name, value in sender.fields().items():
        event[name] = connector.redactor.text(value)[0]
    shown = connector.content(event, body)
    who = sender.name or sender.id
    event["message"] = f"{who}: {' '.join(shown.split())[:200]}"
    return _stamp(event, raw)


def _assistant(connector: Connector, raw: Raw, message: Mapping[str, Any]) -> Iterator[Event]:
    body = content_text(message.get("content"))
    time = raw.record.get("timestamp")
    if body:
        said = connector.event(raw, "message_sent", time, *_identity(raw), dataset="transcript")
        shown = connector.content(said, body)
        said["message"] = f"agent: {' '.join(shown.split())[:200]}"
        if message.get("model") == "delivery-mirror":
            said["event.code"] = "delivery-mirror"
        yield _stamp(said, raw)
    usage = mapping(message.get("usage"))
    if number(usage.get("totalTokens")):
        yield _stamp(_model_call(connector, raw, message, usage), raw)
    tainted = mapping(message.get("__openclaw")).get("turnTainted") is True
    repeats = raw.context.get("repeats", [])
    for i, call in enumerate(calls_of(message)):
        call_id = text(call.get("id")) or f"{raw.record.get('id')}:{i}"
        nth = str(repeats[i]) if i < len(repeats) else "0"
        event = connector.event(
            raw, "tool_call", time, text(raw.context.get("session")), call_hash(call_id), nth,
            dataset="transcript",
        )  # fmt: skip
        connector.tool_call(
            event, text(call.get("name")) or "unknown", call.get("arguments"), call_id
        )
        connector.fill(
            event, {"process.session_leader.working_directory": text(raw.context.get("cwd"))}
        )
        if tainted:
            event["warrant.taint.state"], event["warrant.taint.sources"] = "tainted", ["web"]
        yield _stamp(event, raw)


def _model_call(
    connector: Connector, raw: Raw, message: Mapping[str, Any], usage: Mapping[str, Any]
) -> Event:
    event = connector.event(
        raw, "llm_request", raw.record.get("timestamp"), *_identity(raw), dataset="transcript"
    )
    event["gen_ai.operation.name"] = "chat"
    for name, value in (
        ("gen_ai.provider.name", text(message.get("provider"))),
        ("gen_ai.request.model", text(message.get("model"))),
        ("gen_ai.response.id", text(message.get("responseId"))),
    ):
        if value:
            event[name] = value
    event["gen_ai.usage.input_tokens"] = number(usage.get("input")) or 0
    event["gen_ai.usage.output_tokens"] = number(usage.get("output")) or 0
    event["message"] = f"model call to {message.get('provider')}/{message.get('model')}"[:200]
    return event


def _result(connector: Connector, raw: Raw, message: Mapping[str, Any]) -> Event:
    call_id = text(message.get("toolCallId"))
    nth = str((raw.context.get("repeats") or [0])[0])
    event = connector.event(
        raw, "tool_result", raw.record.get("timestamp"), text(raw.context.get("session")),
        call_hash(call_id), nth, dataset="transcript",
    )  # fmt: skip
    failed = message.get("isError")
    connector.tool_result(
        event,
        text(message.get("toolName")),
        content_text(message.get("content")),
        failed=failed if isinstance(failed, bool) else None,
        call_id=call_id,
    )
    details = mapping(message.get("details"))
    asked_for(connector, event, details)
    code, took = number(details.get("exitCode")), number(details.get("durationMs"))
    if code is not None:
        event["process.exit_code"] = code
    if took is not None:
        event["event.duration"] = took * 1_000_000
    if mapping(message.get("__openclaw")).get("resultContentSource") == "network":
        event["warrant.origin"] = "web"
    return _stamp(event, raw)
