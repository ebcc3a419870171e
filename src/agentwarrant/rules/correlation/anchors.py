"""Windows that begin at an event and are judged when they are over."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Hashable
from typing import Any, NamedTuple

Group = tuple[Hashable, Hashable]


class Anchor(NamedTuple):
    """An open window.

    Attributes:
        time: When it began.
        group: Tenant and key.
        stamp: The event that opened it; the first of a group and moment.
        position: The rule that the event matched, -1 for none.
        terms: Which terms of the condition the window is for.
    """

    time: int
    group: Group
    stamp: bytes
    position: int
    terms: tuple[int, ...]


class Anchors:
    """Open windows of one length, so that they end in the order in which they began.

    Args:
        window: Their length.
        limit: How many to hold. Over that no tenant gets more than its share.
        counters: Where windows that were refused are counted.
    """

    def __init__(self, window: int, limit: int, counters: dict[str, int]) -> None:
        self._window = window
        self._limit = limit
        self._counters = counters
        self._ended: deque[Anchor] = deque()
        self._latest: dict[Group, Anchor] = {}
        self._time = -1
        self._held: Counter[Hashable] = Counter()

    @property
    def due(self) -> float:
        """When the first of them ends."""
        if self._ended:
            return self._ended[0].time + self._window
        return self._time + self._window if self._latest else math.inf

    def __len__(self) -> int:
        return len(self._ended) + len(self._latest)

    def open(
        self, time: int, group: Group, stamp: bytes, position: int, terms: tuple[int, ...]
    ) -> None:
        """Open a window; one of the same group and moment is one with it."""
        if time != self._time:
            self._ended.extend(self._latest.values())
            self._latest, self._time = {}, time
        known = self._latest.get(group)
        if known is not None:
            both = tuple(sorted({*known.terms, *terms}))
            if known.position < 0 <= position:
                known = known._replace(stamp=stamp, position=position)
            self._latest[group] = known._replace(terms=both)
            return
        share = self._limit // max(1, len(self._held))
        if len(self) >= self._limit and self._held[group[0]] >= share:
            self._counters["over_limit"] += 1
            return
        self._held[group[0]] += 1
        self._latest[group] = Anchor(time, group, stamp, position, terms)

    def take(self, end: int) -> list[Anchor]:
        """Take out the windows that end at a time, the first time there is."""
        taken = []
        while self._ended and self._ended[0].time + self._window <= end:
            taken.append(self._ended.popleft())
        if self._latest and self._time + self._window <= end:
            taken += self._latest.values()
            self._latest = {}
        self._forget(taken)
        return taken

    def clear(self) -> int:
        """Forget all; return how many there were."""
        open_ones = len(self)
        self._ended.clear()
        self._latest = {}
        self._held.clear()
        return open_ones

    def _forget(self, taken: list[Anchor]) -> None:
        for anchor in taken:
            tenant = anchor.group[0]
            self._held[tenant] -= 1
            if not self._held[tenant]:
                del self._held[tenant]

    def state(self) -> Any:
        latest = [tuple(one) for one in self._latest.values()]
        return [[tuple(one) for one in self._ended], latest, self._time]

    def take_state(self, state: Any) -> None:
        ended, latest, self._time = state
        self._ended = deque(Anchor(*one) for one in ended)
        self._latest = {one[1]: Anchor(*one) for one in latest}
        self._held = Counter(one[1][0] for one in [*ended, *latest])
