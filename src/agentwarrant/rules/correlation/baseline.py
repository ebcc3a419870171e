"""``rate_baseline``: a group does far more in a slot of time than it used to.

More is more events or, with a field in the condition, a greater sum of its numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Hashable
from typing import Any, NamedTuple

from agentwarrant.rules.correlation.metrics import HUGE
from agentwarrant.rules.correlation.operator import Operator
from agentwarrant.rules.correlation.shapes import Fired, Limits
from agentwarrant.rules.correlation.stamps import SIZE
from agentwarrant.rules.model import Correlation

EARLIER = 3
"""A group needs this many slots before it has a habit to compare with."""

SHOWN = 16
"""So many of a slot's last events are named as evidence."""

_NEAR = 1 - 1e-9
"""A mean that goes on slot by slot is rounded: what is just as much as asked for is found."""

_HEAD = struct.Struct(">QQIId?")
_SUMS = struct.Struct(">QQdId?")


class Habit(NamedTuple):
    """What is kept of a group; slots are numbered from 1970.

    Attributes:
        first: The slot it was first seen in.
        slot: The slot it was last seen in.
        events: Its events in that slot, or their sum.
        slots: Slots before that which the mean is over, no more than the history holds.
        mean: Events, or their sum, per slot before that, empty slots too.
        fired: That slot was found already.
    """

    first: int
    slot: int
    events: float
    slots: int
    mean: float
    fired: bool


class Baseline(Operator):
    """Keeps per group the mean of its slots, packed with the stamps of the present slot.

    While the group is younger than the history, the mean is the plain one. After that each slot
    counts as one part of as many as the history holds, so that older ones fade.
    """

    def __init__(
        self,
        correlation: Correlation,
        limits: Limits,
        counters: dict[str, int],
        exact: bool = False,
    ) -> None:
        self._history = max(EARLIER, correlation.history_ms // correlation.window_ms)
        several = len(correlation.rules) > 1
        self._extra = (len(correlation.rules).bit_length() + 7) // 8 if several else 0
        self._width = SIZE + self._extra
        self._keep = (SHOWN - 1) * self._width
        self._threshold = correlation.threshold
        self._factor = correlation.factor
        self._sums = bool(correlation.fields)
        self._head = _SUMS if self._sums else _HEAD
        super().__init__(correlation, limits, counters, exact)

    def life(self) -> int:
        return (self._history + 1) * self.correlation.window_ms

    def single(self, state: Any) -> bool:
        habit = Habit(*self._head.unpack_from(state))
        return len(state) == self._head.size + self._width and habit.first == habit.slot

    def feed(
        self,
        tenant: Hashable,
        key: Hashable,
        stamp: bytes,
        time: int,
        positions: tuple[int, ...],
        value: Any,
    ) -> Fired | None:
        if not self._sums:
            value = 1
        elif value is None or value < 0:
            return None  # nothing that could be a part of a sum that grows
        record = stamp + positions[0].to_bytes(self._extra, "big") if self._extra else stamp
        slot = time // self.window
        states = self.table.at(tenant, key, time)
        old = states.get(key)
        if old is None:
            states[key] = self._head.pack(slot, slot, value, 0, 0.0, False) + record
            return None
        first, last, count, slots, mean, fired = self._head.unpack_from(old)
        records = old[self._head.size :]
        if slot - last > self._history:
            first, count, slots, mean, fired, records = slot, 0, 0, 0.0, False, b""
        elif slot != last:
            slots, mean = self._continued(count, slots, mean, slot - last - 1)
            count, fired, records = 0, False, b""
        count += value
        records = records[-self._keep :] + record
        found = (
            not fired
            and slot - first >= EARLIER
            and count >= self._threshold
            and count >= self._factor * mean * _NEAR
        )
        packed = self._head.pack(first, slot, count, slots, mean, fired or found)
        states[key] = packed + records
        return self._fired(tenant, key, time, _ratio(count, mean), records) if found else None

    def _continued(self, count: float, slots: int, mean: float, empty: int) -> tuple[int, float]:
        """Take a slot that is over, and the empty ones after it, into the mean."""
        slots = min(slots + 1, self._history)
        mean += (count - mean) / slots
        young = min(empty, self._history - slots)
        mean *= slots / (slots + young)
        return slots + young, mean * (1 - 1 / self._history) ** (empty - young)

    def _fired(
        self, tenant: Hashable, key: Hashable, time: int, ratio: float, records: bytes
    ) -> Fired:
        width = self._width
        evidence = [
            (records[n : n + SIZE], int.from_bytes(records[n + SIZE : n + width], "big"))
            for n in range(0, len(records), width)
        ]
        return Fired(tenant, key, time, ratio, evidence)


def _ratio(count: float, mean: float) -> float:
    """Return how often the mean goes into what was counted; sums of nothing have a mean of 0."""
    return min(count / mean, HUGE) if mean else count
