"""``value_count``: how many different values a group has in the window.

Whether there are at least N needs only the N values seen last, each with its last stamp. Of a
field that is a list every value counts: one message to three is three recipients.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from agentwarrant.rules.correlation.counting import Recording, shown, split
from agentwarrant.rules.correlation.shapes import Fired, Limits
from agentwarrant.rules.correlation.stamps import floor_of
from agentwarrant.rules.model import Correlation

FEW = 16
"""Up to this many values are one tuple: the values, oldest first, then their records joined."""

Seen = tuple[Any, ...] | OrderedDict[Hashable, bytes]


def refreshed(seen: Seen | None, value: Hashable, record: bytes, most: int) -> Seen:
    """Return what was seen with a value seen last, the value seen longest ago let go of."""
    if seen is None:
        return (value, record)
    if isinstance(seen, OrderedDict):
        seen.pop(value, None)
        seen[value] = record
        if len(seen) > most:
            seen.popitem(last=False)
        return seen
    if len(seen) == 2 and seen[0] == value:
        return (value, record)
    width, records, known = len(record), seen[-1], len(seen) - 1
    if value in seen:
        place = seen.index(value)
        rest = records[: place * width] + records[place * width + width :] + record
        return (*seen[:place], *seen[place + 1 : -1], value, rest)
    if known >= most:
        return seen[1:-1] + (value, records[width:] + record)  # noqa: RUF005 - faster
    if known < FEW:
        return seen[:-1] + (value, records + record)  # noqa: RUF005 - faster
    many = OrderedDict(zip(seen[:-1], split(records, width), strict=True))
    many[value] = record
    return many


def forget(seen: Seen, floor: bytes, width: int) -> Seen:
    """Return what was seen without the values below a floor."""
    if isinstance(seen, OrderedDict):
        while seen and next(iter(seen.values())) < floor:
            seen.popitem(last=False)
        return seen
    records, old = seen[-1], 0
    if records >= floor:  # the oldest is inside, so all are
        return seen
    while old < len(seen) - 1 and records[old * width :] < floor:
        old += 1
    return (*seen[old:-1], records[old * width :]) if old else seen


def known(seen: Seen) -> int:
    return len(seen) if isinstance(seen, OrderedDict) else len(seen) - 1


def records_of(seen: Seen, width: int) -> list[bytes]:
    return list(seen.values()) if isinstance(seen, OrderedDict) else split(seen[-1], width)


class Distinct(Recording):
    """Counts different values up to the number that decides."""

    def __init__(
        self,
        correlation: Correlation,
        limits: Limits,
        counters: dict[str, int],
        exact: bool = False,
    ) -> None:
        super().__init__(correlation, limits, counters, exact)
        self.most = self.decisive()
        self._lists = len(correlation.fields) == 1  # several fields are a tuple, too
        # Fewer values than this cannot match, which needs no look at their times.
        self._least = self.most if self.at_once and not exact else 0

    def patient(self) -> None:
        super().patient()
        self._least = 0

    def single(self, state: Any) -> bool:
        return len(state) == 2 and type(state) is tuple

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
        listed = self._lists and type(value) is tuple
        values = [one for one in (value if listed else (value,)) if one is not None]
        if not values:
            # The event is no value, but the window that it ends is looked at.
            return self.judge_or_wait(tenant, key, time, record)
        states = self.table.at(tenant, key, time)
        seen = states.get(key)
        for one in values:
            seen = refreshed(seen, one, record, self.most)
        states[key] = seen
        if type(seen) is tuple and len(seen) <= self._least:
            return None
        return self.judge_or_wait(tenant, key, time, record)

    def judge(self, tenant: Hashable, key: Hashable, time: int, record: bytes) -> Fired | None:
        seen = self.table.find(tenant, key)
        if seen is None:
            seen = (b"",)
        elif known(seen) < self._least:
            return None
        seen = forget(seen, floor_of(time, self.window), self.width)
        metric = known(seen)
        if metric == self.most and self.exact:
            self.counters["over_limit"] += 1
        if not self.compare(metric, self.threshold):
            return None
        evidence = records_of(seen, self.width) or [record]
        # One event may have given several of the values.
        return Fired(tenant, key, time, metric, [shown(one) for one in dict.fromkeys(evidence)])
