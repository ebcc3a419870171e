"""An OpenClaw gateway, read while it runs: what happens by WebSocket, what was missed from it, too.

The gateway announces each message of a session as it is recorded, but without what was said beside
a call, not the results of tools, and nothing to whoever is not there. So an announcement is a bell:
what is new is read from the session (``sessions.get``), where every message has the place in the
transcript (``rawSeq``) that it has in the agent's database. Calls of which no
transcript tells come from the audit ledger (``audit.activity.list``), by its sequence: a row of an
aborted run is written late, with an earlier time and a higher sequence.

References:
    - OpenClaw 2026.9.6, gateway protocol 4: every call below was run against a real gateway. A
      session that is reset keeps its id and its ``rawSeq``; its numbers (``seq``) begin anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from agentwarrant.connector import Raw
from agentwarrant.errors import OutcomeUnknown, Unreachable
from agentwarrant.event import iso_time
from agentwarrant.live import Batch, LiveSource, Place
from agentwarrant.records import text
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Effect, Request

from .common import mapping, number
from .liveplace import Book, Kept
from .stream import session_of

if TYPE_CHECKING:
    from agentwarrant.respond.openclaw.gateway import Gateway

_WAIT = 1.0
_POLL = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
_PAGE = 200
_PAGES = 500
_HELD = 3.0
_MOST = 1 << 20
_NAMED = 5
_CALLS = {"tool.action.started": "call", "tool.action.finished": "result"}


class OpenClawLive(LiveSource):
    """The sessions of all agents of one gateway."""

    name: ClassVar[str] = "openclaw"

    def follow(
        self, connection: Connection, place: Place, *, history: bool = False
    ) -> Iterator[Batch]:
        from agentwarrant.respond.openclaw.gateway import connect  # it takes long to load

        book = Book.of(place)
        book.fresh = book.fresh and not history
        pause = _FIRST_PAUSE
        while True:
            try:
                with connect(connection, steady=False) as gateway:
                    reader = Reader(gateway, book, connection.name)
                    for records in reader.batches():
                        pause = _FIRST_PAUSE
                        yield Batch(records, book.place(), note=reader.note())
            except (Unreachable, OutcomeUnknown) as error:
                yield Batch((), book.place(), note=str(error), pause=pause)
                pause = min(pause * 2, _LONGEST_PAUSE)


class Reader:
    """Reads over one connection until it ends.

    Args:
        gateway: An open connection.
        book: How far all was read; changed as it goes on.
        name: Of the connection.
    """

    def __init__(self, gateway: Gateway, book: Book, name: str) -> None:
        self._gateway = gateway
        self._book = book
        self._path = f"gateway:{name}"
        self._workspaces: dict[str, str] = {}
        self._held: dict[int, float] = {}
        self._polled = 0.0
        self._lost: list[str] = []

    def note(self) -> str:
        """Return what could not be read since this was last asked; empty: nothing."""
        said = "; ".join(self._lost[:_NAMED])
        self._lost.clear()
        return said

    def batches(self) -> Iterator[list[Raw]]:
        """Yield what was missed, then what comes.

        Raises:
            Unreachable, OutcomeUnknown: The connection ended.
        """
        self._ask("sessions.subscribe")  # first: what comes while the rest is read is not lost
        for agent in _rows(self._ask("agents.list"), "agents"):
            self._workspaces[text(agent.get("id"))] = text(agent.get("workspace"))
        yield self._all()
        for frame in self._gateway.events(_WAIT):
            if self._gateway.lost:
                self._gateway.lost = 0
                yield self._all()
            if frame is None:
                yield self._polls() if time.monotonic() - self._polled > _POLL else []
                continue
            payload = mapping(frame.get("payload"))
            if frame.get("event") == "session.message":
                yield self._announced(payload)
            elif frame.get("event") == "sessions.changed" and _is_over(payload):
                yield [*self._session_of(payload), *self._polls()]

    # What was missed ---------------------------------------------------------------------

    def _all(self) -> list[Raw]:
        """Return all that is new in any session, then in the ledger."""
        records: list[Raw] = []
        for offset in range(0, _PAGES * _PAGE, _PAGE):
            answer = self._ask("sessions.list", limit=_PAGE, offset=offset)
            for row in _rows(answer, "sessions"):
                self._book.parent(text(row.get("key")), text(row.get("spawnedBy")))
                records += self._changed(row)
            if mapping(answer).get("hasMore") is not True:
                break
        records += self._polls()
        self._book.fresh = False
        return records

    def _changed(self, row: Mapping[str, Any]) -> list[Raw]:
        key, session = text(row.get("key")), text(row.get("sessionId"))
        updated = number(row.get("updatedAt")) or 0
        kept = self._book.session(session, key)
        if not key or not session or updated == kept.updated:
            return []
        records = self._session(key, session, row)
        kept.updated = updated if row.get("hasActiveRun") is not True else 0
        return records

    def _session_of(self, payload: Mapping[str, Any], new: int = 0) -> list[Raw]:
        key, session = text(payload.get("sessionKey")), session_of(payload)
        if not key or not session:
            return []
        return self._session(key, session, mapping(payload.get("session")), new)

    def _session(self, key: str, session: str, row: Mapping[str, Any], new: int = 0) -> list[Raw]:
        """Return what a session holds beyond what was read, the session's beginning before it.

        Args:
            key, session: Its key and its id.
            row: What else the gateway says of it.
            new: How many messages that may be; 0: not known.
        """
        kept = self._book.session(session, key)
        self._book.parent(key, text(row.get("spawnedBy")))
        limit = min(new + 2, _PAGE) if new > 0 else _PAGE
        while True:
            messages = _rows(self._ask("sessions.get", key=key, limit=limit), "messages")
            oldest = min((_place(m)[0] for m in messages), default=0)
            whole = len(messages) < limit or oldest <= kept.raw + 1 or limit >= _MOST
            if whole or self._book.fresh:
                break
            limit *= 4
        if self._book.fresh:  # never read before, and not asked for what was
            kept.raw, kept.seq = max(map(_place, messages), default=(0, 0))
            kept.begun = True
            return []
        records = [] if kept.begun or not messages else [self._begin(kept, session, row, messages)]
        unread = sorted((m for m in messages if _place(m)[0] > kept.raw), key=_place)
        self._missing(kept, unread)
        for message in unread:
            records += self._message(kept, session, message)
        return records

    def _missing(self, kept: Kept, unread: list[Mapping[str, Any]]) -> None:
        """Say what is not to be had: the gateway gives 8 MiB at once, nothing before a reset."""
        if not unread:
            return
        first = _place(unread[0])[1]
        if first > kept.seq + 1:
            lost = f"{first - kept.seq - 1} messages of {kept.key} were not given by the gateway"
            self._lost.append(f"{lost}; its ledger tells of their calls")
        elif kept.seq and first <= kept.seq:
            self._lost.append(f"{kept.key} was reset; of what was just before, the ledger tells")

    def _begin(
        self,
        kept: Kept,
        session: str,
        row: Mapping[str, Any],
        messages: list[Mapping[str, Any]],
    ) -> Raw:
        """Return the header that a transcript begins with; the gateway does not show it."""
        kept.begun = True
        first = min((_time(m) for m in messages), default=0)
        began = number(row.get("createdAt")) or first
        context = self._context(kept, session)
        header: dict[str, Any] = {
            "type": "session",
            "version": 4,
            "id": session,
            "cwd": context["cwd"],
        }
        return Raw(
            {**header, "timestamp": iso_time(min(began, first) or first)}, self._path, 0, context
        )

    # What comes --------------------------------------------------------------------------

    def _announced(self, payload: Mapping[str, Any]) -> list[Raw]:
        """Return what a session holds up to an announced message."""
        raw, seq = _place(mapping(payload.get("message")))
        session = session_of(payload)
        kept = self._book.session(session, text(payload.get("sessionKey")))
        if raw <= kept.raw:
            return []
        return self._session_of(payload, new=seq - kept.seq)

    def _message(self, kept: Kept, session: str, message: Mapping[str, Any]) -> list[Raw]:
        raw, seq = _place(message)
        if raw <= kept.raw:
            return []
        kept.raw, kept.seq = raw, seq
        marks = mapping(message.get("__openclaw"))
        if message.get("role") not in ("user", "assistant", "toolResult"):
            return []
        record = {
            "type": "message",
            "id": text(marks.get("id")),
            "timestamp": iso_time(_time(message)),
            "message": message,
        }
        repeats = self._book.repeats(session, message)
        return [Raw(record, self._path, 0, {**self._context(kept, session), "repeats": repeats})]

    def _context(self, kept: Kept, session: str) -> dict[str, Any]:
        return {**kept.context(session, self._book.line(kept.key)),
                "cwd": self._workspaces.get(kept.agent, "")}  # fmt: skip

    # The ledger, and scheduled jobs ------------------------------------------------------

    def _polls(self) -> list[Raw]:
        self._polled = time.monotonic()
        return [*self._ledger(), *self._jobs()]

    def _ledger(self) -> list[Raw]:
        """Return the rows of the ledger that are new, oldest first."""
        rows: list[Mapping[str, Any]] = []
        cursor: dict[str, Any] = {}
        for _ in range(_PAGES):
            answer = self._ask("audit.activity.list", limit=_PAGE, **cursor)
            page = _rows(answer, "events")  # the newest first
            new = [r for r in page if (number(r.get("sequence")) or 0) > self._book.ledger]
            rows += new
            following = text(mapping(answer).get("nextCursor"))
            if not following or len(new) < len(page) or self._book.fresh:
                break
            cursor = {"cursor": following}
        else:
            self._lost.append(
                f"the ledger has more than {_PAGES * _PAGE} new rows: not all were read"
            )
        rows.sort(key=lambda r: number(r.get("sequence")) or 0)
        if self._book.fresh:
            self._book.ledger = max((number(r.get("sequence")) or 0 for r in rows), default=0)
            return []
        return list(self._told(rows))

    def _told(self, rows: list[Mapping[str, Any]]) -> Iterator[Raw]:
        """Yield rows up to the first whose call a transcript will tell better in a moment."""
        now = time.monotonic()
        for row in rows:
            self._held.setdefault(number(row.get("sequence")) or 0, now)
        for row in rows:
            sequence = number(row.get("sequence")) or 0
            phase = _CALLS.get(text(row.get("action")))
            session, call = text(row.get("sessionId")), text(row.get("toolCallId"))
            known = not phase or self._book.has(session, phase, call)
            if not known and now - self._held[sequence] < _HELD:
                return
            del self._held[sequence]
            self._book.ledger = sequence
            nth = self._book.next(session, text(row.get("action")), call) if phase else 0
            yield Raw(dict(row), self._path, sequence, {"nth": nth} if phase else {})

    def _jobs(self) -> Iterator[Raw]:
        answer = self._ask("cron.list", includeDisabled=True, limit=_PAGE)
        for job in _rows(answer, "jobs"):
            if self._book.job(text(job.get("id"))) and not self._book.fresh:
                yield Raw(dict(job), self._path, 0)

    def _ask(self, method: str, **params: Any) -> Any:
        return self._gateway.send(Request(method, params, Effect.READ, self._path))


def _is_over(payload: Mapping[str, Any]) -> bool:
    """Is this the announcement of a session in which nothing runs any more?"""
    return mapping(payload.get("session")).get("hasActiveRun") is not True


def _place(message: Mapping[str, Any]) -> tuple[int, int]:
    """Return a message's place in its transcript, and its number since the last reset."""
    marks = mapping(message.get("__openclaw"))
    raw = number(mapping(marks.get("transcriptPosition")).get("rawSeq"))
    return raw or 0, number(marks.get("seq")) or 0


def _time(message: Mapping[str, Any]) -> int:
    marks = mapping(message.get("__openclaw"))
    return number(marks.get("recordTimestampMs")) or number(message.get("timestamp")) or 0


def _rows(answer: object, name: str) -> list[Mapping[str, Any]]:
    rows = mapping(answer).get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
