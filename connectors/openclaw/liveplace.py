"""How far a live OpenClaw gateway was read: a place in each session, one in the ledger."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agentwarrant.records import text

from .common import call_hash
from .transcript import agent_of, calls_of

_SESSIONS = 2_000
_COUNTS = 5_000
_JOBS = 5_000
_GENERATIONS = 16


@dataclass(slots=True)
class Kept:
    """One session.

    Attributes:
        key: Its key.
        raw: Place in the transcript of the last message read.
        seq: Its number since the last reset.
        updated: When the gateway last changed it, as far as all was read then.
        begun: Was its beginning told?
    """

    key: str
    raw: int = 0
    seq: int = 0
    updated: int = 0
    begun: bool = False

    @property
    def agent(self) -> str:
        return agent_of({"key": self.key}, Path())[0]

    def context(self, session: str, line: list[str]) -> dict[str, Any]:
        """Return what the connector must know of a session around its records."""
        agent, assurance = agent_of({"key": self.key, "session": session}, Path())
        known: dict[str, Any] = {
            "session": session,
            "key": self.key,
            "agent": agent,
            "assurance": assurance,
            "lineage": line,
        }
        if len(line) > 1:
            known["spawned_by"] = agent_of({"key": line[-2]}, Path())[0]
        return known


class Book:
    """All that is known of how far a gateway was read; bounded.

    Attributes:
        ledger: Sequence of the last row of the ledger.
        fresh: Was nothing ever read?
    """

    def __init__(self) -> None:
        self.ledger = 0
        self.fresh = True
        self._sessions: OrderedDict[str, Kept] = OrderedDict()
        self._parents: OrderedDict[str, str] = OrderedDict()
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._jobs: OrderedDict[str, None] = OrderedDict()

    @classmethod
    def of(cls, place: Mapping[str, Any]) -> Book:
        """Return what ``place`` wrote."""
        book = cls()
        if place:
            book.fresh = False
            book.ledger = int(place["ledger"])
            book._sessions.update({name: Kept(**kept) for name, kept in place["sessions"].items()})
            book._parents.update(place["parents"])
            book._counts.update(place["counts"])
            book._jobs.update(dict.fromkeys(place["jobs"]))
        return book

    def place(self) -> dict[str, Any]:
        """Return it as JSON."""
        if self.fresh:
            return {}
        return {
            "ledger": self.ledger,
            "sessions": {name: asdict(kept) for name, kept in self._sessions.items()},
            "parents": dict(self._parents),
            "counts": dict(self._counts),
            "jobs": list(self._jobs),
        }

    def session(self, session: str, key: str) -> Kept:
        """Return how far a session was read; the one that was quiet for longest is let go."""
        kept = self._sessions.setdefault(session, Kept(key))
        self._sessions.move_to_end(session)
        _shorten(self._sessions, _SESSIONS)
        return kept

    def parent(self, key: str, above: str) -> None:
        """Keep by which session another was begun."""
        if key and above:
            self._parents[key] = above
            _shorten(self._parents, _SESSIONS)

    def line(self, key: str) -> list[str]:
        """Return the session keys from the first to this one."""
        line = [key]
        while len(line) < _GENERATIONS and (above := self._parents.get(line[0], "")):
            if above in line:
                break
            line.insert(0, above)
        return line

    def repeats(self, session: str, message: Mapping[str, Any]) -> list[int]:
        """Return which occurrence each call of a message is (``transcript.Repeats.of``)."""
        if message.get("role") == "toolResult":
            return [self.next(session, "result", text(message.get("toolCallId")))]
        return [self.next(session, "call", text(call.get("id"))) for call in calls_of(message)]

    def next(self, session: str, phase: str, call: str) -> int:
        """Return how often a call was seen before, and count it."""
        name = _name(session, phase, call)
        count = self._counts.get(name, 0)
        self._counts[name] = count + 1
        self._counts.move_to_end(name)
        _shorten(self._counts, _COUNTS)
        return count

    def has(self, session: str, phase: str, call: str) -> bool:
        """Did a transcript tell of a call?"""
        return _name(session, phase, call) in self._counts

    def job(self, name: str) -> bool:
        """Return whether a scheduled job is new, and keep it."""
        if not name or name in self._jobs:
            return False
        self._jobs[name] = None
        _shorten(self._jobs, _JOBS)
        return True


def _name(session: str, phase: str, call: str) -> str:
    return f"{session} {phase} {call_hash(call)}"


def _shorten(kept: OrderedDict[str, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
