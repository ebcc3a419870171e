"""The seam to a vendor: a request goes in, an answer comes out, and observe mode is a wall in it.

Every request of every vendor passes one method, ``send``. In observe mode that method belongs to
``ObserveTransport``, which lets through only what the vendor's file lists as reading. It does not
believe what a request says about itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from agentwarrant.errors import ObserveOnly
from agentwarrant.event import compact_json

Path = tuple[str | tuple[str, str], ...]
"""Where a value stands in an answer: keys; ``("key", "x")`` picks the row whose key is x."""


class Effect(StrEnum):
    """What a request does to the vendor's state."""

    READ = "read"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A parameter that is read from the vendor right before the request is sent.

    Attributes:
        parameter: Its name.
        method: The read that answers it; the read takes no parameters.
        path: Where it stands in the answer.
    """

    parameter: str
    method: str
    path: Path


@dataclass(frozen=True, slots=True)
class Request:
    """One request, exactly as it would be sent.

    Attributes:
        method: The vendor's name of the call.
        params: What is sent with it.
        effect: What its author says it does; the wall does not rely on it.
        endpoint: Which interface of the vendor it goes to, for a person.
        fresh: Parameters that are filled in when it is sent.
    """

    method: str
    params: Mapping[str, Any]
    effect: Effect
    endpoint: str
    fresh: tuple[Fresh, ...] = field(default=())

    def shown(self) -> dict[str, Any]:
        """Return the parameters with those filled in later named as what they will be."""
        later = {f.parameter: f"<{f.method}: {dotted(f.path)}, when sent>" for f in self.fresh}
        return {**self.params, **later}

    @property
    def text(self) -> str:
        """One line: the method and its parameters."""
        return f"{self.method} {compact_json(self.shown())}"


class Transport(Protocol):
    """Takes a request to the vendor and brings the answer back."""

    def send(self, request: Request) -> Any:
        """Return what the vendor answered.

        Raises:
            ObserveOnly: Observe mode, and the request could change something.
            Refused: The vendor said no.
            Unreachable: The vendor did nothing; ask again later.
            OutcomeUnknown: The request left and it is not known what came of it.
        """


class ObserveTransport:
    """Lets reads through and refuses everything else before anything leaves.

    Args:
        inner: Where reads go.
        reads: The vendor's own list of methods that only read. A method that is not in it
            counts as a change, whatever the request's ``effect`` says.
    """

    def __init__(self, inner: Transport, reads: AbstractSet[str]) -> None:
        self._inner = inner
        self._reads = frozenset(reads)

    def send(self, request: Request) -> Any:
        if request.effect is not Effect.READ or request.method not in self._reads:
            raise ObserveOnly(
                f"{request.method} could change something and was not sent",
                where=request.endpoint,
                mend="observe mode only reads",
            )
        return self._inner.send(request)


def at(answer: object, path: Path) -> Any:
    """Return the value at a path of an answer, None where there is none."""
    for step in path:
        if isinstance(step, tuple):
            answer = _row(answer, *step)
        else:
            answer = answer.get(step) if isinstance(answer, Mapping) else None
    return answer


def _row(rows: object, key: str, value: str) -> object:
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and row.get(key) == value:
            return row
    return None


def dotted(path: Path) -> str:
    """Return a path as a person writes it."""
    return ".".join(s if isinstance(s, str) else f"[{s[0]}={s[1]}]" for s in path)
