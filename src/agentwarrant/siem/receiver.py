"""What a SIEM is to those who ship: it takes documents, and can be asked which it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Doubt(Exception):
    """A request was refused as a whole for now, or nobody knows what became of it."""


class TooLarge(Exception):
    """A request has more bytes than the server takes."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One document that was not taken.

    Attributes:
        position: Which of the request, from 0.
        status, type, reason: What the server says.
        lasting: Sending it again changes nothing.
    """

    position: int
    status: int
    type: str
    reason: str
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of each document of one request.

    Attributes:
        taken: How many were new there.
        there: How many it had already.
        later: Positions of those that it cannot take now, and the first reason.
        refused: The others.
    """

    taken: int
    there: int = 0
    later: Sequence[int] = ()
    why: str = ""
    refused: Sequence[Refusal] = ()


class Later(Protocol):
    """What became of a request is told later: it was taken, and is not stored yet."""

    @property
    def pause(self) -> float:
        """Seconds after which it is worth asking."""

    def answer(self) -> Answer | None:
        """Return what became of each document, None where that is not known yet.

        Raises:
            Doubt: Nobody will ever know.
            TargetRefused: It may not be asked.
        """


class Receiver(Protocol):
    """A SIEM as documents are sent to it. ``mark`` names the spool to the server."""

    def send(self, stream: str, body: bytes, count: int, mark: str) -> Answer | Later:
        """Send pairs of lines, once.

        Raises:
            Doubt: Nobody knows what became of them.
            TargetRefused: All such requests are refused.
            TooLarge: They are too many bytes.
        """

    def present(self, stream: str, ids: Sequence[str], mark: str) -> set[str]:
        """Return which documents the stream has, wherever in it.

        Raises:
            Doubt: It cannot say so now, or still works on a request with this mark.
            TargetRefused: It may not be asked.
        """
