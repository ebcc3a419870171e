"""``value_sum``, ``value_avg``, ``value_percentile`` and ``value_median`` of the window.

They need every number of the window. A few are kept packed and computed anew each time, exactly
(``math.fsum``). Many are kept with their running total, which is exact as well: ``Total`` adds
and takes away without rounding, so nothing drifts however long the stream is; or sorted, which
costs the logarithm of their number.
"""

from __future__ import annotations

import math
import struct
from collections import deque
from collections.abc import Hashable
from itertools import islice
from typing import Any

from sortedcontainers import SortedList  # type: ignore[import-untyped]

from agentwarrant.rules.correlation.counting import Recording, shown
from agentwarrant.rules.correlation.shapes import Fired, Limits
from agentwarrant.rules.correlation.stamps import floor_of
from agentwarrant.rules.model import Correlation
from agentwarrant.rules.values import number_of_value

FEW = 16
"""Up to this many numbers of a key are packed."""

SHOWN = 1_000
"""No more than this many events are named as evidence, the last ones."""

HUGE = 1e290
"""Numbers further from zero are no numbers to us: no sum of them can overflow."""

_DOUBLE = struct.Struct(">d")


def number_of(value: object) -> float | None:
    """Return a number, or text that is one, as a float; None for all else."""
    number = number_of_value(value)
    if number is None:
        return None
    try:
        found = float(number)
    except OverflowError:
        return None
    return found if -HUGE < found < HUGE else None


class Total:
    """A sum of floats without rounding, as partial sums that do not overlap (Shewchuk)."""

    __slots__ = ("_partials",)

    def __init__(self) -> None:
        self._partials: list[float] = []

    def add(self, number: float) -> None:
        kept = []
        for partial in self._partials:
            big, small = (number, partial) if abs(number) >= abs(partial) else (partial, number)
            number = big + small
            lost = small - (number - big)
            if lost:
                kept.append(lost)
        if number:
            kept.append(number)
        self._partials = kept

    def value(self) -> float:
        return math.fsum(self._partials)


class Many:
    """The numbers of a long window: in order of time, and summed or sorted."""

    __slots__ = ("order", "sorted", "total")

    def __init__(self, is_sorted: bool, entries: list[tuple[bytes, float]]) -> None:
        self.order: deque[tuple[bytes, float]] = deque()
        self.total: Total | None = None if is_sorted else Total()
        self.sorted: Any = SortedList() if is_sorted else None
        for record, number in entries:
            self.add(record, number)

    def add(self, record: bytes, number: float) -> None:
        self.order.append((record, number))
        if self.total is not None:
            self.total.add(number)
        else:
            self.sorted.add(number)

    def pop(self) -> None:
        number = self.order.popleft()[1]
        if self.total is not None:
            self.total.add(-number)
        else:
            self.sorted.remove(number)


def percentile(numbers: Any, part: float) -> float:
    """Return a percentile of sorted numbers, interpolated between the two next to it."""
    place = (len(numbers) - 1) * part
    low = int(place)
    rest = place - low
    high = numbers[low + 1] * rest if low + 1 < len(numbers) else 0.0
    return float(numbers[low] * (1 - rest) + high)


class Metric(Recording):
    """Compares what is computed from the numbers of a window, once per group and moment."""

    def __init__(
        self,
        correlation: Correlation,
        limits: Limits,
        counters: dict[str, int],
        exact: bool = False,
    ) -> None:
        super().__init__(correlation, limits, counters, exact)
        self.at_once, self.waits = False, True
        self._sorts = correlation.kind in ("value_median", "value_percentile")
        self._average = correlation.kind == "value_avg"
        median = correlation.kind == "value_median"
        self._part = 0.5 if median else correlation.percentile / 100
        self._entry = self.width + _DOUBLE.size
        part = f"{self.width}xd"
        self._numbers = [struct.Struct(">" + part * n).unpack for n in range(FEW + 1)]

    def single(self, state: Any) -> bool:
        return type(state) is bytes and len(state) == self._entry

    def kept(self, state: Any) -> Any:
        return list(state.order) if isinstance(state, Many) else state

    def given(self, kept: Any) -> Any:
        return Many(self._sorts, kept) if isinstance(kept, list) else kept

    def feed(
        self,
        tenant: Hashable,
        key: Hashable,
        stamp: bytes,
        time: int,
        positions: tuple[int, ...],
        value: Any,
    ) -> Fired | None:
        record = self.record(stamp, positions) if self.several else stamp
        if value is not None:
            states = self.table.at(tenant, key, time)
            old = states.get(key)
            if old is None:
                states[key] = record + _DOUBLE.pack(value)
            elif type(old) is bytes and len(old) < FEW * self._entry:
                states[key] = old + record + _DOUBLE.pack(value)
            else:
                states[key] = self._added(old, record, value, time)
        self._waiting[tenant, key] = record
        self.due = time
        return None

    def _added(self, old: Any, record: bytes, value: float, time: int) -> Any:
        floor = floor_of(time, self.window)
        if type(old) is bytes:
            kept = self._inside(old, floor)
            if len(kept) < len(old):
                return kept + record + _DOUBLE.pack(value)
            old = Many(self._sorts, self._entries(old))
        old.add(record, value)
        while old.order[0][0] < floor:
            old.pop()
        if len(old.order) > self.limits.values:
            old.pop()
            self.counters["over_limit"] += 1
        return old

    def _inside(self, packed: bytes, floor: bytes) -> bytes:
        start, entry = 0, self._entry
        # An entry begins with its stamp, so entries compare with a floor as their times do.
        while start < len(packed) and packed[start : start + entry] < floor:
            start += entry
        return packed[start:] if start else packed

    def _entries(self, packed: bytes) -> list[tuple[bytes, float]]:
        width, entry = self.width, self._entry
        return [
            (packed[n : n + width], _DOUBLE.unpack_from(packed, n + width)[0])
            for n in range(0, len(packed), entry)
        ]

    def judge(self, tenant: Hashable, key: Hashable, time: int, record: bytes) -> Fired | None:
        state = self.table.find(tenant, key)
        if state is None:
            return None
        floor = floor_of(time, self.window)
        if type(state) is bytes:
            if state < floor:  # some of it is older
                state = self._inside(state, floor)
            metric = self._of_few(self._numbers[len(state) // self._entry](state))
        else:
            while state.order and state.order[0][0] < floor:
                state.pop()
            metric = self._of_many(state)
        if metric is None or not self.compare(metric, self.threshold):
            return None
        entries = self._entries(state) if type(state) is bytes else state.order
        first = max(0, len(entries) - SHOWN)
        last = [shown(record) for record, _ in islice(entries, first, None)]
        return Fired(tenant, key, time, metric, last)

    def _of_few(self, numbers: tuple[float, ...]) -> float | None:
        if not numbers:
            return None
        if self._sorts:
            return percentile(sorted(numbers), self._part)
        total = math.fsum(numbers)
        return total / len(numbers) if self._average else total

    def _of_many(self, many: Many) -> float | None:
        if not many.order:
            return None
        if many.total is None:
            return percentile(many.sorted, self._part)
        total = many.total.value()
        return total / len(many.order) if self._average else total
