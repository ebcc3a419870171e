"""Stamps, by which operators remember events, and the ring that turns them into events again.

A stamp is 8 bytes: 46 bits of milliseconds, then the low 18 bits of a running number. Stamps
compare as their times do, and those of one group are joined to one ``bytes``: a quarter of the
memory of a list of numbers, and nothing for the garbage collector to visit. The running number
starts over every 262,144 events; two events of one millisecond astride of that are told in the
wrong order, and are no two steps of a sequence.
"""

from __future__ import annotations

from typing import Any

SHIFT = 18
MASK = (1 << SHIFT) - 1
SIZE = 8
END_OF_TIME = 1 << (8 * SIZE - SHIFT)
NEVER = bytes(SIZE)
"""Older than every floor: stands for what was not seen."""


def stamp_of(time: int, number: int) -> bytes:
    """Return the stamp of an event; numbers start at 1."""
    return (time << SHIFT | number & MASK).to_bytes(SIZE, "big")


def floor_of(time: int, window: int) -> bytes:
    """Return what the stamps of the window that ends at a time are not below."""
    start = time - window
    return (start << SHIFT).to_bytes(SIZE, "big") if start > 0 else b"\0\0\0\0\0\0\0\1"


def time_of(stamp: bytes) -> int:
    return int.from_bytes(stamp[:SIZE], "big") >> SHIFT


class Ring:
    """The last events, by stamp. Older ones are overwritten.

    Args:
        size: How many it holds.
    """

    def __init__(self, size: int) -> None:
        self.size = max(1, min(size, MASK + 1))
        self._held: list[tuple[bytes, Any] | None] = [None] * self.size

    def put(self, stamp: bytes, number: int, event: Any) -> None:
        self._held[(number & MASK) % self.size] = (stamp, event)

    def get(self, stamp: bytes) -> Any:
        found = self._held[(int.from_bytes(stamp, "big") & MASK) % self.size]
        # A place may have been taken over by a younger event.
        return found[1] if found is not None and found[0] == stamp else None

    def items(self) -> list[tuple[bytes, Any]]:
        return [one for one in self._held if one is not None]

    def refill(self, items: list[tuple[bytes, Any]]) -> None:
        """Take what ``items`` gave, oldest first where two want one place."""
        self._held = [None] * self.size
        for stamp, event in sorted(items, key=lambda one: one[0]):
            self.put(stamp, int.from_bytes(stamp, "big"), event)
