"""``new_value``: a group does something that it was not seen doing before."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

from agentwarrant.rules.correlation.distinct import Seen, forget, known, refreshed
from agentwarrant.rules.correlation.operator import Operator
from agentwarrant.rules.correlation.shapes import Fired
from agentwarrant.rules.correlation.stamps import SIZE, floor_of


def _young(state: Any) -> bool:
    """Tell a state that is a number of events and what was seen, not the latter alone."""
    return type(state) is tuple and type(state[-1]) is not bytes


class NewValue(Operator):
    """Keeps per group the values seen within ``history_ms``, and how many events it had.

    A value that was not seen in that time fires, once: from then on it is known, and seen again it
    stays known. It does not fire before the group had ``threshold`` events with a value, so the
    first value fires only where that is 0; a group that was quiet for longer than the history
    learns anew.
    """

    def life(self) -> int:
        return self.correlation.history_ms

    def single(self, state: Any) -> bool:
        return _young(state) and bool(state[0] == 1)

    def feed(
        self,
        tenant: Hashable,
        key: Hashable,
        stamp: bytes,
        time: int,
        positions: tuple[int, ...],
        value: Any,
    ) -> Fired | None:
        if value is None:
            return None
        states = self.table.at(tenant, key, time)
        old = states.get(key)
        if old is None:
            states[key] = (1, (value, stamp))
            return self._first(tenant, key, time, stamp, positions)
        floor = floor_of(time, self.correlation.history_ms)
        if type(old) is tuple and old[0] == value and type(old[1]) is bytes and old[1] >= floor:
            states[key] = (value, stamp)  # the one thing that it ever does, as nearly always
            return None
        events, seen = old if _young(old) else (math.inf, old)
        seen = forget(seen, floor, SIZE)
        before = known(seen)
        if not before:
            states[key] = (1, (value, stamp))
            return self._first(tenant, key, time, stamp, positions)
        seen = self._learned(seen, value, stamp)
        needed = self.correlation.threshold
        # The number matters up to the threshold, and a first one to eviction.
        states[key] = (events + 1, seen) if events + 1 < max(2, needed) else seen
        if known(seen) == before or events < needed:
            return None
        return Fired(tenant, key, time, known(seen), [(stamp, positions[0])])

    def _first(
        self, tenant: Hashable, key: Hashable, time: int, stamp: bytes, positions: tuple[int, ...]
    ) -> Fired | None:
        if self.correlation.threshold > 0:
            return None
        return Fired(tenant, key, time, 1, [(stamp, positions[0])])

    def _learned(self, seen: Seen, value: Hashable, stamp: bytes) -> Seen:
        most = max(2, self.limits.values)
        if known(seen) >= most and not self._has(seen, value):
            # Room for one, so that what is new still adds to what is known.
            self.counters["over_limit"] += 1
            seen = self._without_oldest(seen)
        return refreshed(seen, value, stamp, most)

    def _has(self, seen: Seen, value: Hashable) -> bool:
        return value in (seen[:-1] if isinstance(seen, tuple) else seen)

    def _without_oldest(self, seen: Seen) -> Seen:
        if isinstance(seen, tuple):
            return (*seen[1:-1], seen[-1][SIZE:])
        seen.popitem(last=False)
        return seen
