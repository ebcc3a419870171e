"""A match of one correlation as an event for another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agentwarrant.event import Event
from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.correlation.shapes import Fired
from agentwarrant.rules.correlation.stamps import Ring, floor_of
from agentwarrant.rules.model import Correlation

SHOWN = 256
"""So many of its last events a match brings along as evidence for what reads it."""


class Derived:
    """Fields of a match: its group, its metric, and for all else those of its last event.

    Attributes:
        own: The fields of the match itself.
        trigger: Stamp of the event that stands for it.
        event: That event, empty when it is no longer held.
        stamps: Its evidence, the last of it.
        since: Stamp of the event that brought it about, or its own when time did. What came with
            that event or after it cannot be a step before the match.
    """

    __slots__ = ("event", "own", "since", "stamps", "trigger")

    def __init__(
        self, own: Mapping[str, Any], trigger: bytes, event: Any, stamps: tuple[bytes, ...]
    ) -> None:
        self.own = own
        self.trigger = trigger
        self.event = event
        self.stamps = stamps
        self.since = trigger

    def get(self, name: str) -> Any:
        return self.own[name] if name in self.own else self.event.get(name)


def group_values(correlation: Correlation, fired: Fired) -> tuple[Any, ...]:
    """Return the values of the group-by fields, in their order."""
    if len(correlation.group_by) == 1:
        return (fired.key,)
    return fired.key if isinstance(fired.key, tuple) else ()


def derived(correlation: Correlation, fired: Fired, trigger: bytes, ring: Ring) -> Derived:
    """Return a match as an event; the tenant is that of the match."""
    values = group_values(correlation, fired)
    own = {
        **dict(zip(correlation.group_by, values, strict=True)),
        correlation.kind: fired.metric,
        "sigma_metric": fired.metric,
        TENANT: fired.tenant,
    }
    stamps = tuple([stamp for stamp, _ in fired.evidence[-SHOWN:]])
    return Derived(own, trigger, ring.get(trigger) or {}, stamps)


def cause_of(fired: Fired, trigger: bytes, ring: Ring) -> bytes:
    """Return the stamp of the event behind a match that was judged when its moment was over.

    It is the event behind the last of the evidence, but of no earlier moment; empty when time
    alone made the match.
    """
    if fired.anchor:
        return b""
    last = ring.get(trigger)
    behind = last.since if isinstance(last, Derived) else trigger
    return max(behind, floor_of(fired.time, 0))


def variants(match: Derived, names: Iterable[str], ring: Ring) -> Iterator[Derived]:
    """Yield a match as each of the events that it rests on would show it.

    What a match has no field for, its events may have different values of: failures by host, then
    a login by the user of any of them.
    """
    yield match
    if all(name in match.own for name in names):
        return
    for stamp in match.stamps:
        event = ring.get(stamp)
        if event is not None and event is not match.event:
            yield Derived(match.own, match.trigger, event, match.stamps)


def event_of(ring: Ring, stamp: bytes) -> Event:
    """Return the event of a stamp, for a match the event behind it; empty when not held."""
    event = ring.get(stamp)
    while isinstance(event, Derived):
        event = event.event
    return event if event is not None else {}


def events_of(ring: Ring, stamps: Iterable[bytes]) -> tuple[Event, ...]:
    """Return the events of stamps that are held, those behind matches too, in order of time."""
    found: dict[bytes, Event] = {}
    for stamp in stamps:
        _collect(ring, stamp, ring.get(stamp), found)
    return tuple([found[stamp] for stamp in sorted(found)])


def _collect(ring: Ring, stamp: bytes, event: Any, found: dict[bytes, Event]) -> None:
    if isinstance(event, Derived):
        for one in event.stamps:
            _collect(ring, one, ring.get(one), found)
        _collect(ring, event.trigger, event.event, found)
    elif event:
        found[stamp] = event
