"""What ``codex exec --json`` prints: threads, turns, and items that start and complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event, compact_json
from agentwarrant.inputs import Record
from agentwarrant.records import mapping, text

from .common import answers, call_of, identify, speak

_REMEMBERED = 4096
_ITEMS = frozenset({"item.started", "item.completed"})
_KINDS = _ITEMS | {"thread.started", "turn.started", "turn.completed", "turn.failed"}
_UUID7 = 7


def likeness(record: Record) -> int:
    """Return how much a line looks like one of the stream: 0 to 90."""
    kind = text(record.get("type"))
    if kind == "thread.started" and "thread_id" in record:
        return 90
    if kind in _ITEMS and isinstance(record.get("item"), dict):
        return 80
    return 60 if kind in _KINDS else 0


class Memory:
    """What a stream's earlier lines say about a later one."""

    def __init__(self) -> None:
        self._thread = ""
        self._started: dict[str, bool] = {}

    def context(self, record: Record, line: int) -> dict[str, Any]:
        """Return what stands elsewhere in the stream and this line needs; small."""
        if record.get("type") == "thread.started":
            self._thread, self._started = text(record.get("thread_id")), {}
        context: dict[str, Any] = {"conversation": self._thread}
        began = _began(self._thread)
        if began is not None:
            # No line of the stream has a time. A thread's id is a UUID of version 7 and says
            # when the thread began; the line number, as milliseconds, keeps the order.
            context["time"] = began + line
        return {**context, "known": self._known(record)}

    def _known(self, record: Record) -> bool:
        """Has this item's call been seen at its start?"""
        item = mapping(record.get("item"))
        name = text(item.get("id"))
        if record.get("type") == "item.started" and call_of(item):
            self._started[name] = True
            if len(self._started) > _REMEMBERED:
                self._started.pop(next(iter(self._started)))
            return False
        return self._started.pop(name, False)


def _began(thread: str) -> int | None:
    """Return the milliseconds in a UUID of version 7: its first 48 bits (RFC 9562, 5.7)."""
    try:
        parsed = UUID(thread)
    except ValueError:
        return None
    return parsed.int >> 80 if parsed.version == _UUID7 else None


def events(source: Connector, raw: Raw) -> Iterator[Event]:
    """Yield the events of one line.

    Raises:
        BadRecord: A line outside a thread, or of a thread whose id holds no time.
    """
    for event in _made(source, raw):
        event["gen_ai.conversation.id"] = text(raw.context.get("conversation"))
        identify(source, event, "")
        yield event


def _made(source: Connector, raw: Raw) -> Iterator[Event]:
    kind, item = text(raw.record.get("type")), mapping(raw.record.get("item"))
    if kind == "thread.started":
        yield _new(source, raw, "session_start")
    elif kind == "item.completed" and item.get("type") == "agent_message":
        event = _new(source, raw, "message_sent", text(item.get("id")), text(item.get("text")))
        speak(source, event, text(item.get("text")), "unknown")
        yield event
    elif kind in _ITEMS:
        yield from _step(source, raw, item)


def _new(source: Connector, raw: Raw, action: str, *identity: str) -> Event:
    time, conversation = raw.context.get("time"), text(raw.context.get("conversation"))
    if not conversation or time is None:
        raise BadRecord("a line without a thread.started before it that says when it was")
    return source.event(
        raw, action, time, conversation, *identity, dataset="stream", clock="session"
    )


def _step(source: Connector, raw: Raw, item: Mapping[str, Any]) -> Iterator[Event]:
    called, name = call_of(item), text(item.get("id"))
    if called is None or not name:
        return
    # A resumed thread counts its items from zero again: what was called tells them apart.
    identity = (name, called[0], compact_json(called[1]))
    if not raw.context.get("known"):
        event = _new(source, raw, "tool_call", *identity)
        source.tool_call(event, *called, name)
        yield event
    if raw.record.get("type") == "item.completed":
        event = _new(source, raw, "tool_result", *identity)
        answers(source, event, called[0], item)
        yield event
