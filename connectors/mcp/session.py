"""Who talks to whom: a response carries an id, and no more; what it answers stands earlier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentwarrant.event import compact_json, digest
from agentwarrant.inputs import Record
from agentwarrant.records import mapping, text

_REMEMBERED = 4096
_MESSAGE_KEYS = ("msg", "message")
_TIME_KEYS = ("ts", "time", "timestamp")
_SESSION_KEYS = ("session_id", "sessionId", "mcp_session_id", "Mcp-Session-Id", "session")


def message_of(record: Record) -> Record:
    """Return the JSON-RPC message of a line."""
    wrapped = (record[key] for key in _MESSAGE_KEYS if isinstance(record.get(key), dict))
    return next(wrapped, record)


def id_of(message: Mapping[str, Any]) -> str:
    """Return a message's id as text; empty for a notification."""
    own = message.get("id")
    return str(own) if isinstance(own, str | int) else ""


def time_of(record: Record) -> object:
    """Return the time the recorder wrote, None when it wrote none."""
    return next((record[key] for key in _TIME_KEYS if record.get(key) is not None), None)


@dataclass(slots=True)
class _Session:
    id: str
    client: str = ""
    server: str = ""
    asked: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


class Sessions:
    """What earlier lines say about a later one.

    Args:
        modified: When the file was last written, in seconds: the time of lines without one.
        head: What tells this capture from others: a digest of how it begins.
    """

    def __init__(self, modified: float, head: str = "") -> None:
        self._modified = int(modified * 1000)
        self._head = head
        self._begun = 0
        self._open: dict[str, _Session] = {}

    def context(self, record: Record, line: int) -> dict[str, Any]:
        """Return what stands elsewhere in the file and this line needs; small."""
        message = message_of(record)
        # Lines that carry no time get the file's, and their number as milliseconds keeps order.
        time = self._modified + line
        session = self._session(record, message)
        method, named = _exchange(session, record, message)
        return {
            "session": session.id,
            "client": session.client,
            "server": session.server,
            "time": time,
            "method": method,
            "tool": named,
        }

    def _session(self, record: Record, message: Record) -> _Session:
        given = next((text(record[key]) for key in _SESSION_KEYS if text(record.get(key))), "")
        known = self._open.get(given)
        begins = message.get("method") == "initialize" and not given
        if known is not None and not begins:
            return known
        # A capture names no session, and clients begin all of theirs with the same words. What
        # tells one from another is its time or, where none is written, how its file begins: a
        # copy of the file gives the same ids.
        self._begun += 1
        began = str(time_of(record) or f"{self._head}:{self._begun}")
        session = _Session(given or digest("mcp-session", compact_json(message), began))
        self._open[given] = session
        _forget(self._open)
        return session


def _exchange(session: _Session, record: Record, message: Record) -> tuple[str, str]:
    """Note a request, or find the one that a response answers: (method, tool or other name)."""
    direction, own = text(record.get("dir")), id_of(message)
    here, _, there = direction.partition("->")
    method, params = text(message.get("method")), mapping(message.get("params"))
    if method == "initialize":
        session.client = text(mapping(params.get("clientInfo")).get("name"))
    if method:
        if own:
            named = text(params.get("name")) if method == "tools/call" else method
            session.asked[here.strip() if there else "", own] = method, named
            _forget(session.asked)
        return method, ""
    found = session.asked.pop((there.strip(), own), ("", ""))
    if found[0] == "initialize":
        info = mapping(mapping(message.get("result")).get("serverInfo"))
        session.server = text(info.get("name"))
    return found


def _forget(known: dict[Any, Any]) -> None:
    if len(known) > _REMEMBERED:
        known.pop(next(iter(known)))
