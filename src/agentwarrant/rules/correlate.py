"""Correlations as streaming operators: true sliding windows on event time, state bounded.

Each operator keeps, per group, only what its answer needs: the last N times of a count, the last
seen of N distinct values, the latest start of every step of a sequence. So a burst costs no more
than N, whatever its length, and nothing is computed over a window again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from agentwarrant.event import Event, text_of
from agentwarrant.rules.model import Correlation

MAX_GROUPS = 50_000

Group = tuple[Hashable, ...]


def group_of(event: Event, names: tuple[str, ...]) -> Group | None:
    """Return an event's values of the group-by fields; None when one is absent."""
    values: list[Hashable] = []
    for name in names:
        value = event.get(name)
        if value is None:
            return None
        values.append(tuple(value) if isinstance(value, list) else value)
    return tuple(values)


@dataclass(slots=True)
class _Seen:
    """One group's state: times and ids of a count, values of a distinct count, or chains."""

    times: list[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    values: OrderedDict[Hashable, tuple[int, Event]] = field(default_factory=OrderedDict)
    chains: dict[int, list[tuple[int, Event]]] = field(default_factory=dict)


class Operator:
    """One correlation over a stream.

    Args:
        correlation: What to look for.

    Attributes:
        evicted: Groups let go because there were more than ``MAX_GROUPS``.
    """

    def __init__(self, correlation: Correlation) -> None:
        self.correlation = correlation
        self.evicted = 0
        self._groups: OrderedDict[Group, _Seen] = OrderedDict()
        kinds = {
            "event_count": self._event_count,
            "value_count": self._value_count,
            "temporal_ordered": self._ordered,
            "temporal": self._temporal,
        }
        self._feed = kinds[correlation.kind]

    def feed(self, steps: list[int], event: Event, time: int) -> list[Event] | None:
        """Take an event that matched base rules; return the evidence when the whole matched.

        Args:
            steps: Which of the correlation's rules it matched, by position.
            event: The event.
            time: Its time in milliseconds.
        """
        # A tenant is a wall whatever a rule groups by.
        key = group_of(event, ("organization.id", *self.correlation.group_by))
        if key is None:
            return None
        seen = self._groups.get(key)
        if seen is None:
            seen = self._groups[key] = _Seen()
            if len(self._groups) > MAX_GROUPS:
                self._groups.popitem(last=False)
                self.evicted += 1
        else:
            self._groups.move_to_end(key)
        return self._feed(seen, steps, event, time)

    def _event_count(
        self, seen: _Seen, _steps: list[int], event: Event, time: int
    ) -> list[Event] | None:
        count = self.correlation.count
        seen.times.append(time)
        seen.events.append(event)
        if len(seen.times) > count:
            del seen.times[0], seen.events[0]
        full = len(seen.times) == count
        inside = full and seen.times[-1] - seen.times[0] <= self.correlation.window_ms
        return list(seen.events) if inside else None

    def _value_count(
        self, seen: _Seen, _steps: list[int], event: Event, time: int
    ) -> list[Event] | None:
        value = event.get(self.correlation.field)
        if value is None:
            return None
        key: Hashable = tuple(value) if isinstance(value, list) else value
        seen.values.pop(key, None)
        seen.values[key] = (time, event)
        while len(seen.values) > self.correlation.count:
            seen.values.popitem(last=False)
        first = next(iter(seen.values.values()))[0]
        inside = time - first <= self.correlation.window_ms
        full = len(seen.values) == self.correlation.count
        return [e for _, e in seen.values.values()] if full and inside else None

    def _ordered(
        self, seen: _Seen, steps: list[int], event: Event, time: int
    ) -> list[Event] | None:
        last = len(self.correlation.rules) - 1
        found: list[Event] | None = None
        for step in sorted(steps, reverse=True):  # an event is never two steps of one chain
            if step == 0:
                seen.chains[0] = [(time, event)]
                continue
            chain = seen.chains.get(step - 1)
            if chain is None or not chain[0][0] <= time <= chain[0][0] + self.correlation.window_ms:
                continue
            longer = [*chain, (time, event)]
            if step == last:
                found = [e for _, e in longer]
            else:
                seen.chains[step] = longer
        return found

    def _temporal(
        self, seen: _Seen, steps: list[int], event: Event, time: int
    ) -> list[Event] | None:
        for step in steps:
            seen.chains[step] = [(time, event)]
        latest = [seen.chains.get(i) for i in range(len(self.correlation.rules))]
        found = [chain[0] for chain in latest if chain]
        if len(found) < len(latest):
            return None
        found.sort(key=lambda pair: (pair[0], text_of(pair[1], "event.id")))
        inside = found[-1][0] - found[0][0] <= self.correlation.window_ms
        return [e for _, e in found] if inside else None
