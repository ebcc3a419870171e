"""What becomes of each document of one body, as answers come in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from agentwarrant.siem.receiver import Answer, Refusal

_UNKNOWN, _TAKEN, _PENDING, _REFUSED, _LATER = range(5)


class Span(Protocol):
    """Some documents in a row: from, and up to but not including."""

    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


class Outcome:
    """What is known of the documents of one body.

    Args:
        places: Where in the body they stand, in order; all else in it is there already.
        count: How many the body has.

    Attributes:
        pending: Those that were taken and not acknowledged yet, by the number to ask with.
    """

    def __init__(self, places: Sequence[int], count: int) -> None:
        self._places = places
        self._there = count - len(places)
        self._state = bytearray(len(places))
        self._noted = bytearray(len(places))
        self._refused: dict[int, Refusal] = {}
        self._why = ""
        self.pending: dict[int, tuple[int, int]] = {}

    def take(self, first: int, last: int, ack: int = -1) -> None:
        """Say that some were taken, for good or until they are acknowledged."""
        if first == last:
            return
        self._set(first, last, _TAKEN if ack < 0 else _PENDING)
        if ack >= 0:
            self.pending[ack] = first, last

    def acknowledge(self, ack: str) -> None:
        """Say that what was sent under a number is indexed."""
        span = self.pending.pop(int(ack), None) if ack.isdecimal() else None
        if span is not None:
            for place in range(*span):
                if self._state[place] == _PENDING:  # else it was sent again since
                    self._state[place] = _TAKEN

    def refuse(self, place: int, status: int, kind: str, reason: str) -> None:
        """Say that one is refused for good."""
        self._set(place, place + 1, _REFUSED)
        self._refused[place] = Refusal(self._places[place], status, kind, reason)

    def leave(self, spans: Iterable[Span], why: str) -> None:
        """Say that some are to be sent again."""
        self._why = self._why or why
        for span in spans:
            self._set(span.first, span.last, _LATER)

    def give_up(self, why: str) -> None:
        """Say that what is pending will never be acknowledged."""
        if self.pending:
            self._why = self._why or why
        for span in self.pending.values():
            for place in range(*span):
                if self._state[place] == _PENDING:
                    self._state[place] = _LATER
        self.pending.clear()

    def newly_taken(self) -> list[int]:
        """Return the places of those that were taken since this was asked last."""
        new = [
            place
            for place, state in enumerate(self._state)
            if state == _TAKEN and not self._noted[place]
        ]
        for place in new:
            self._noted[place] = 1
        return new

    def answer(self) -> Answer:
        """Return what became of each of the body."""
        states = list(zip(self._places, self._state, strict=True))
        later = [place for place, state in states if state == _LATER]
        refused = [self._refused[place] for place in sorted(self._refused)]
        return Answer(self._state.count(_TAKEN), self._there, later, self._why, refused)

    def _set(self, first: int, last: int, state: int) -> None:
        self._state[first:last] = bytes([state]) * (last - first)
