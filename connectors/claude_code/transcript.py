"""The session transcripts under ``~/.claude/projects``: one JSON object a line.

Prompts and tool results are ``user`` lines, what the model says and calls are ``assistant``
lines. All other lines (attachments, summaries, queue and cost bookkeeping) are the harness
talking to itself and give nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import Record
from agentwarrant.lineage import descend
from agentwarrant.records import mapping, text

from .common import denial_reason, identify, show, speak

_REMEMBERED = 4096
_FIRST_MODE = "default"
_ENVELOPE = frozenset({"parentUuid", "isSidechain", "sessionId"})
_BOOKKEEPING = frozenset({"queue-operation", "last-prompt", "tools-used", "cost-state"})
_INTERRUPTIONS = frozenset({"interrupted", "cancelled"})
_AUTHORS = {
    "peer": ("peer", "agent"),
    "coordinator": ("unknown", "agent"),
    "task-notification": ("system", "unknown"),
}
"""``origin.kind`` of a prompt that no human wrote -> origin and kind of principal."""


def likeness(record: Record) -> int:
    """Return how much a line looks like one of a transcript: 0 to 95."""
    if record.keys() >= _ENVELOPE:
        return 95
    kind = text(record.get("type"))
    summary = kind == "summary" and "leafUuid" in record
    return 70 if summary or (kind in _BOOKKEEPING and "sessionId" in record) else 0


class Memory:
    """What a transcript's earlier lines say about a later one."""

    def __init__(self) -> None:
        self._tools: dict[str, str] = {}
        self._mode = _FIRST_MODE
        self._workspace: dict[str, str] = {}

    def context(self, record: Record) -> dict[str, Any]:
        """Return what stands elsewhere in the file and this line needs; small."""
        session, cwd = text(record.get("sessionId")), text(record.get("cwd"))
        # An agent may change its directory; the workspace is where its session began.
        workspace = _remember(self._workspace, session, cwd) if session and cwd else ""
        before, self._mode = self._mode, text(record.get("permissionMode")) or self._mode
        return {"workspace": workspace, "mode_before": before, "tools": self._names(record)}

    def _names(self, record: Record) -> dict[str, str]:
        """Return the tools' names for the results in a line, which carry only ids."""
        names: dict[str, str] = {}
        for block in _blocks(record):
            if block.get("type") == "tool_use":
                _remember(self._tools, text(block.get("id")), text(block.get("name")))
            elif block.get("type") == "tool_result":
                call = text(block.get("tool_use_id"))
                names[call] = self._tools.pop(call, "")
        return names


def _remember(known: dict[str, str], key: str, value: str) -> str:
    found = known.setdefault(key, value)
    if len(known) > _REMEMBERED:
        known.pop(next(iter(known)))
    return found


def events(source: Connector, raw: Raw) -> Iterator[Event]:
    """Yield the events of one line.

    Raises:
        BadRecord: A prompt or answer without its session, id or message.
    """
    kind = raw.record.get("type")
    if kind not in ("user", "assistant"):
        return
    for name in ("sessionId", "uuid"):
        if not text(raw.record.get(name)):
            raise BadRecord(f"a line of type {kind} without {name}")
    if not isinstance(raw.record.get("message"), dict):
        raise BadRecord(f"a line of type {kind} without a message")
    for event in _user(source, raw) if kind == "user" else _assistant(source, raw):
        _stamp(source, event, raw)
        yield event


def _stamp(source: Connector, event: Event, raw: Raw) -> None:
    session = text(raw.record.get("sessionId"))
    event["gen_ai.conversation.id"] = session
    workspace = text(raw.context.get("workspace")) or text(raw.record.get("cwd"))
    identify(source, event, workspace)
    if event["event.action"] == "tool_call":
        places = {"process.working_directory": text(raw.record.get("cwd"))}
        source.fill(event, {**places, "process.session_leader.working_directory": workspace})
    side = raw.record.get("isSidechain")
    if isinstance(side, bool):
        descend(event, (session, _sub_agent(raw)) if side else (session,))


def _sub_agent(raw: Raw) -> str:
    return text(raw.record.get("agentId")) or "sidechain"


def _new(source: Connector, raw: Raw, action: str, identity: str) -> Event:
    session = text(raw.record.get("sessionId"))
    return source.event(
        raw, action, raw.record.get("timestamp"), session, identity, dataset="transcript"
    )


def _user(source: Connector, raw: Raw) -> Iterator[Event]:
    uuid = text(raw.record.get("uuid"))
    mode, before = text(raw.record.get("permissionMode")), raw.context.get("mode_before")
    if mode and before and mode != before:
        event = _new(source, raw, "config_changed", uuid)
        event["event.code"] = "permission_mode_changed"
        show(source, event, f"permission_mode_changed: {before} -> {mode}")
        yield event
    said = _said(raw.record)
    if said:
        event = _new(source, raw, "message_received", uuid)
        origin, event["warrant.principal.kind"] = _author(raw.record)
        speak(source, event, said, origin)
        yield event
    for block in _blocks(raw.record):
        if block.get("type") == "tool_result":
            yield _result(source, raw, block)


def _author(record: Record) -> tuple[str, str]:
    """Return (origin, kind of principal) of a prompt."""
    stated = text(mapping(record.get("origin")).get("kind"))
    if stated in _AUTHORS:
        return _AUTHORS[stated]
    if record.get("isMeta") is True or record.get("isCompactSummary") is True:
        return "system", "unknown"
    if record.get("isSidechain") is True:
        # A sub-agent's task was worded by the agent that started it, out of what it had read.
        return "unknown", "agent"
    return ("system", "unknown") if record.get("promptSource") == "system" else ("user", "human")


def _result(source: Connector, raw: Raw, block: Record) -> Event:
    call = text(block.get("tool_use_id"))
    event = _new(source, raw, "tool_result", call or text(raw.record.get("uuid")))
    name = text(mapping(raw.context.get("tools")).get(call))
    failed = block.get("is_error") is True
    source.tool_result(event, name, _flat(block.get("content")), failed=failed, call_id=call)
    reason = _denial(raw.record)
    if reason and failed:
        source.denied(event, reason)
    elif mapping(raw.record.get("permissionDecision")).get("decision") == "accept":
        event["warrant.policy.decision"] = "allowed"
    return event


def _denial(record: Record) -> str:
    decision = mapping(record.get("permissionDecision"))
    if decision.get("decision") == "reject":
        return denial_reason(text(decision.get("source")), text(decision.get("reasonCode")))
    kind = text(record.get("toolDenialKind"))
    if not kind or kind in _INTERRUPTIONS:
        return ""
    return "user_denied" if kind.startswith("user") else "policy_denied"


def _assistant(source: Connector, raw: Raw) -> Iterator[Event]:
    said = _said(raw.record)
    if said:
        event = _new(source, raw, "message_sent", text(raw.record.get("uuid")))
        speak(source, event, said, "unknown")
        yield event
    for block in _blocks(raw.record):
        if block.get("type") != "tool_use":
            continue
        call, name = text(block.get("id")), text(block.get("name"))
        if not call or not name:
            raise BadRecord("a tool call without id or name")
        event = _new(source, raw, "tool_call", call)
        source.tool_call(event, name, block.get("input"), call)
        yield event


def _content(record: Record) -> object:
    return mapping(record.get("message")).get("content")


def _blocks(record: Record) -> list[Record]:
    content = _content(record)
    return [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []


def _said(record: Record) -> str:
    whole = text(_content(record))
    return whole or "\n".join(
        text(block.get("text")) for block in _blocks(record) if block.get("type") == "text"
    )


def _flat(content: object) -> str:
    """Return a result's text; of a picture or reference only that there was one."""
    if not isinstance(content, list):
        return text(content)
    blocks = [block for block in content if isinstance(block, dict)]
    return "\n".join(text(block.get("text")) or f"[{text(block.get('type'))}]" for block in blocks)
