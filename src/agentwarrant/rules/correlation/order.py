"""Puts events into the order of their times, as far as they may be late."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

BUCKET_MS = 1_000

Waiting = tuple[int, Any, Any]
"""Time, event, hits."""

_TIME = itemgetter(0)


class Reorder:
    """Events wait in buckets of a second, each sorted when it is let go.

    Sorting is stable: events of equal time keep the order of their arrival.

    Args:
        limit: How many may wait.
    """

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = max(1, limit)
        self._buckets: dict[int, list[Waiting]] = {}
        self._numbers: list[int] = []

    def put(self, time: int, event: Any, hits: Any) -> None:
        number = time // BUCKET_MS
        bucket = self._buckets.get(number)
        if bucket is None:
            bucket = self._buckets[number] = []
            heapq.heappush(self._numbers, number)
        bucket.append((time, event, hits))
        self.size += 1

    def ready(self, watermark: int) -> Iterator[list[Waiting]]:
        """Let go of the buckets in which nothing can be missing any more."""
        while self._numbers and (self._numbers[0] + 1) * BUCKET_MS <= watermark:
            yield self._first()

    def surplus(self) -> Iterator[list[Waiting]]:
        """Let go of the first buckets while there is too much."""
        while self.size > self._limit:
            yield self._first()

    def rest(self) -> Iterator[list[Waiting]]:
        """Let go of everything."""
        while self._numbers:
            yield self._first()

    def _first(self) -> list[Waiting]:
        bucket = self._buckets.pop(heapq.heappop(self._numbers))
        bucket.sort(key=_TIME)
        self.size -= len(bucket)
        return bucket

    def clear(self) -> None:
        self.size = 0
        self._buckets.clear()
        self._numbers.clear()

    def items(self) -> list[Waiting]:
        return [one for number in sorted(self._buckets) for one in self._buckets[number]]
