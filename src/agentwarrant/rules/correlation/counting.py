"""``event_count``: how many events of a group stand in the window.

Whether at least N stand in it needs only the last N stamps, so a burst of any length costs N.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any

from agentwarrant.rules.correlation.operator import Judged
from agentwarrant.rules.correlation.shapes import Fired, Limits
from agentwarrant.rules.correlation.stamps import SIZE, floor_of
from agentwarrant.rules.model import Correlation

PACKED = 64
"""More records than this are a deque: by then its 600 bytes of a block are well used."""

Records = bytes | deque[bytes]


def split(records: bytes, width: int) -> list[bytes]:
    return [records[n : n + width] for n in range(0, len(records), width)]


def shown(record: bytes) -> tuple[bytes, int]:
    """Return the stamp and the position that a record holds."""
    return record[:SIZE], int.from_bytes(record[SIZE:], "big")


class Recording(Judged):
    """Keeps records: stamps, with the position when there are several rules."""

    def __init__(
        self,
        correlation: Correlation,
        limits: Limits,
        counters: dict[str, int],
        exact: bool = False,
    ) -> None:
        super().__init__(correlation, limits, counters, exact)
        self.several = len(correlation.rules) > 1
        self._extra = (len(correlation.rules).bit_length() + 7) // 8
        self.width = SIZE + self._extra if self.several else SIZE

    def record(self, stamp: bytes, positions: tuple[int, ...]) -> bytes:
        return stamp + positions[0].to_bytes(self._extra, "big") if self.several else stamp


class Count(Recording):
    """Counts up to the number that decides."""

    def __init__(
        self,
        correlation: Correlation,
        limits: Limits,
        counters: dict[str, int],
        exact: bool = False,
    ) -> None:
        super().__init__(correlation, limits, counters, exact)
        self.most = self.decisive()
        self._room = self.width * min(self.most, PACKED)
        # The first of N stamps alone tells whether there are N.
        self._plain = self.at_once and not exact and self.most <= PACKED

    def patient(self) -> None:
        super().patient()
        self._plain = False

    def single(self, state: Any) -> bool:
        return type(state) is bytes and len(state) == self.width

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
        states = self.table.at(tenant, key, time)
        old = states.get(key)
        if not self._plain:
            states[key] = self._added(old, record)
            return self.judge_or_wait(tenant, key, time, record)
        if old is None:
            new = record
        elif len(old) < self._room:
            new = old + record
        else:
            new = old[self.width :] + record
        states[key] = new
        if len(new) < self._room or new < floor_of(time, self.window):
            return None
        return self._fired(tenant, key, time, split(new, self.width))

    def _added(self, old: Records | None, record: bytes) -> Records:
        if old is None:
            return record
        if isinstance(old, deque):
            old.append(record)
            return old
        if len(old) < self._room:
            return old + record
        if self.most > PACKED:
            return deque([*split(old, self.width), record], self.most)
        return old[self.width :] + record

    def judge(self, tenant: Hashable, key: Hashable, time: int, record: bytes) -> Fired | None:
        records = self.table.find(tenant, key)
        if records is None:
            return None
        floor = floor_of(time, self.window)
        if isinstance(records, deque):
            return self._judge_many(tenant, key, time, records, floor)
        if records >= floor:  # the oldest is inside, so all are
            count = len(records) // self.width
        else:
            records = b"".join([one for one in split(records, self.width) if one >= floor])
            count = len(records) // self.width
        if not self.compare(count, self.threshold):
            return None
        return self._fired(tenant, key, time, split(records, self.width))

    def _judge_many(
        self, tenant: Hashable, key: Hashable, time: int, records: deque[bytes], floor: bytes
    ) -> Fired | None:
        while records and records[0] < floor:
            records.popleft()
        if len(records) == self.most and self.exact:
            self.counters["over_limit"] += 1
        if not self.compare(len(records), self.threshold):
            return None
        return self._fired(tenant, key, time, list(records))

    def _fired(self, tenant: Hashable, key: Hashable, time: int, inside: list[bytes]) -> Fired:
        return Fired(tenant, key, time, len(inside), [shown(one) for one in inside])
