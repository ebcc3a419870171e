"""Sequences of rules in order, several at once: of every beginning, the one that began last.

Whatever continues a beginning can as well continue the same beginning that began later, so that
is all that must be kept, whatever the window holds.
"""

from __future__ import annotations

from collections.abc import Iterable

from agentwarrant.rules.correlation.replaced import Older, after, before
from agentwarrant.rules.correlation.stamps import SIZE
from agentwarrant.rules.correlation.terms import MOST

Held = dict[int, bytes]
"""Beginning to the joined stamps of its events."""


class Chains:
    """All beginnings of some sequences; sequences that begin alike share them.

    Args:
        sequences: Ascending positions of rules.

    Raises:
        ValueError: They have too many beginnings.
    """

    def __init__(self, sequences: Iterable[tuple[int, ...]]) -> None:
        found: dict[tuple[int, ...], int] = {}
        self._by_rule: dict[int, list[tuple[int, int]]] = {}
        for sequence in sequences:
            for length in range(1, len(sequence) + 1):
                self._add(found, sequence[:length])
        self._found = found

    def _add(self, found: dict[tuple[int, ...], int], beginning: tuple[int, ...]) -> None:
        if beginning in found:
            return
        if len(found) >= MOST:
            raise ValueError(f"the condition comes to more than {MOST} steps")
        before = found[beginning[:-1]] if len(beginning) > 1 else -1
        self._by_rule.setdefault(beginning[-1], []).append((len(found), before))
        found[beginning] = len(found)

    def extend(
        self,
        held: Held,
        positions: tuple[int, ...],
        stamp: bytes,
        floor: bytes,
        since: bytes,
        older: Older | None = None,
    ) -> None:
        """Take an event that matched some rules; it continues what stands before ``since``.

        Args:
            held: All beginnings of a group.
            positions: Of the rules.
            stamp: Of the event.
            floor: A beginning below it is over.
            since: Of the event itself, or of the one behind a match.
            older: What was replaced in this moment, where one event may come several times.
        """
        # The last rule first: an event is never two steps of one sequence.
        for position in reversed(positions):
            for this, last in self._by_rule.get(position, ()):
                begun = held.get(last, b"")
                if older:
                    begun = before(begun, older, last, since)
                if last >= 0 and (begun < floor or begun[-SIZE:] >= since):
                    continue
                chain = begun + stamp
                if older is not None:
                    chain = after(held.get(this, b""), chain, older, this, since)
                held[this] = chain

    def complete(self, held: Held, sequence: tuple[int, ...], floor: bytes) -> bytes | None:
        """Return the stamps of a sequence that began at or after a floor."""
        chain = held.get(self._found.get(sequence, -1))
        return chain if chain is not None and chain >= floor else None
