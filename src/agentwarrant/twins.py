"""One action in two logs that gave it different ids, or none: found again by what it was.

Only a source can say what makes two of its records one action (``Connector.twin``). Records of one
session are held against each other, one to one and in order; where both have a time of their own,
it must be about the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from agentwarrant.event import CLOCK, Event, epoch_ms, text_of

Twin = Callable[[Event], str]
_APART_MS = 5_000
"""So far apart two logs of one process write the same action."""
_CALLS = 100_000

_Key = tuple[str, str, str]
"""Source, conversation, and what was done."""


class Twins:
    """Events that wait, by what they are.

    Args:
        makers: Of the sources that have twins, by name: what an event is; the empty text for what
            has none. A result is known by its call.
    """

    def __init__(self, makers: Mapping[str, Twin]) -> None:
        self._makers = makers
        self._waiting: dict[_Key, dict[str, OrderedDict[str, None]]] = {}
        self._keys: dict[str, tuple[_Key, str]] = {}
        self._calls: dict[_Key, str] = {}

    def find(self, event: Event, known: Mapping[str, Event]) -> str:
        """Return the id of the waiting event that is the same action; empty when none is.

        Args:
            event: New here; it waits for its own twin when none is found.
            known: The waiting events by id.
        """
        make = self._makers.get(text_of(event, "event.module"))
        what = self._what(event, make) if make else ""
        if not what:
            return ""
        own = self._key(event, what)
        wanted = self._key(event, self._calls.get(own, what))
        for log in [log for log in self._waiting.get(wanted, ()) if log != _log(event)]:
            found = self._first(wanted, log, event, known)
            if found:
                self.forget(found)
                self._pair(event, known[found])
                return found
        self._keep(own, event)
        return ""

    def _first(self, key: _Key, log: str, event: Event, known: Mapping[str, Event]) -> str:
        """Return the first event of a log that can be the same; let go of what is past that."""
        waiting = self._waiting[key][log]
        while waiting:
            first = next(iter(waiting))
            early = _before(known[first], event)
            if early <= _APART_MS:
                return first if early >= -_APART_MS else ""
            self.forget(first)
        return ""

    def forget(self, identity: str) -> None:
        """Wait no longer for the twin of an event."""
        if identity not in self._keys:
            return
        key, log = self._keys.pop(identity)
        logs = self._waiting[key]
        del logs[log][identity]
        if not logs[log]:
            del logs[log]
        if not logs:
            del self._waiting[key]

    def _what(self, event: Event, make: Twin) -> str:
        if text_of(event, "event.action") == "tool_result":
            return _answer_to(text_of(event, "gen_ai.tool.call.id"))
        return make(event)

    def _key(self, event: Event, what: str) -> _Key:
        return text_of(event, "event.module"), text_of(event, "gen_ai.conversation.id"), what

    def _keep(self, key: _Key, event: Event) -> None:
        identity, log = text_of(event, "event.id"), _log(event)
        self._waiting.setdefault(key, {}).setdefault(log, OrderedDict())[identity] = None
        self._keys[identity] = key, log

    def _pair(self, one: Event, other: Event) -> None:
        """Remember two ids of a call until its results come."""
        if text_of(one, "event.action") != "tool_call":
            return
        calls = [_answer_to(text_of(event, "gen_ai.tool.call.id")) for event in (one, other)]
        for own, twin in (calls, reversed(calls)):
            self._calls[self._key(one, own)] = twin
        while len(self._calls) > _CALLS:
            self._calls.pop(next(iter(self._calls)))


def _answer_to(call: str) -> str:
    return f"answer to {call}" if call else ""


def _log(event: Event) -> str:
    return text_of(event, "event.dataset")


def _before(one: Event, other: Event) -> int:
    """Return how many milliseconds lie between two events, 0 where one has no time of its own."""
    if CLOCK in one or CLOCK in other:
        return 0
    return epoch_ms(text_of(other, "@timestamp")) - epoch_ms(text_of(one, "@timestamp"))
