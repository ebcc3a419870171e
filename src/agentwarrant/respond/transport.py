"""The seam to a vendor: a request goes in, an answer comes out, and the walls stand in it.

Every request of every vendor passes one method, ``send``. In observe mode that method belongs to
``ObserveTransport``, which lets through only what the vendor's file lists as reading. Where
something may be changed it belongs to ``EnforceTransport``, which lets one change through: the
one whose permit says that the ledger holds its intent. Neither believes what a request says about
itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from agentwarrant.errors import ObserveOnly, Refused, ResponseError
from agentwarrant.event import compact_json, digest

Path = tuple[str | tuple[str, str], ...]
"""Where a value stands in an answer: keys; ``("key", "x")`` picks the row whose key is x."""


class Effect(StrEnum):
    """What a request does to the vendor's state.

    A probe acts as the agent would, to see whether it still can (a login, a call of a tool). It is
    meant to fail. Observe mode sends none.
    """

    READ = "read"
    PROBE = "probe"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A parameter that is read from the vendor right before the request is sent.

    Attributes:
        parameter: Its name.
        method: The read that answers it; the read takes no parameters.
        path: Where it stands in the answer.
        listed: It is sent as a list of one; then nothing is sent when it is not there.
    """

    parameter: str
    method: str
    path: Path
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Now:
    """A value of a request that is the time at which it is sent.

    Attributes:
        form: ``epoch`` (whole seconds), ``epoch_ms``, or ``iso`` (RFC 3339, UTC, whole seconds).
        plus: Seconds that are added.
    """

    form: str = "iso"
    plus: float = 0.0

    def value(self, clock: Callable[[], float] = time.time) -> int | str:
        """Return the time, now."""
        moment = clock() + self.plus
        if self.form == "epoch":
            return int(moment)
        if self.form == "epoch_ms":
            return int(moment * 1000)
        return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value of a request that is a secret: it has a name here, and its value only when sent.

    Attributes:
        name: Under ``secrets`` of the connection (``Connection.secret``).
        before: What stands before it in the value: ``Bearer `` in a header.
    """

    name: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, exactly as it would be sent.

    Attributes:
        method: The vendor's name of the call. Over HTTP ``VERB /path``, the path encoded.
        params: What is sent with it. Over HTTP its parts: ``query``, ``json``, ``form``,
            ``headers``; see ``respond.http``.
        effect: What its author says it does; the walls do not rely on it.
        endpoint: Which interface of the vendor it goes to, for a person.
        fresh: Parameters that are filled in when it is sent.
        accepts: Statuses of HTTP beyond 2xx that are an answer here and no refusal: the 404 of
            what is gone.
    """

    method: str
    params: Mapping[str, Any]
    effect: Effect
    endpoint: str
    fresh: tuple[Fresh, ...] = field(default=())
    accepts: tuple[int, ...] = ()

    def shown(self) -> dict[str, Any]:
        """Return the parameters; what is filled in later is named as what it will be."""
        later = {f.parameter: f"<{f.method}: {dotted(f.path)}, when sent>" for f in self.fresh}
        return {name: _shown(value) for name, value in self.params.items()} | later

    @property
    def text(self) -> str:
        """One line: the method and its parameters."""
        return f"{self.method} {compact_json(self.shown())}"

    @property
    def digest(self) -> str:
        """What a permit is for: the same request, the same digest."""
        return digest(self.method, self.endpoint, compact_json(self.shown()))


def _shown(value: Any) -> Any:
    if isinstance(value, Sealed):
        return f"{value.before}<secret {value.name}>"
    if isinstance(value, Now):
        return f"<{value.form}, when sent{f', plus {value.plus:g} s' if value.plus else ''}>"
    if isinstance(value, Mapping):
        return {name: _shown(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(one) for one in value]
    return value


def filled(request: Request, transport: Transport) -> Request:
    """Return a request with its fresh parameters read, and the time in it, now.

    Secrets stay sealed: the connection opens them as it sends.

    Raises:
        Refused: What it is about is not there.
    """
    params = {name: _timed(value) for name, value in request.params.items()}
    for later in request.fresh:
        read = Request(later.method, {}, Effect.READ, request.endpoint)
        found = at(transport.send(read), later.path)
        if later.listed and found is None:
            what = f"{request.method} was not sent: there is nothing at {dotted(later.path)}"
            raise Refused(what, where=request.endpoint)
        params[later.parameter] = [found] if later.listed else found
    return replace(request, params=params, fresh=())


def _timed(value: Any) -> Any:
    if isinstance(value, Now):
        return value.value()
    if isinstance(value, Mapping):
        return {name: _timed(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_timed(one) for one in value]
    return value


def opened(value: Any, secret: Callable[[str], str]) -> Any:
    """Return a value of a request with its secrets in it; only for the moment of sending."""
    if isinstance(value, Sealed):
        return value.before + secret(value.name)
    if isinstance(value, Mapping):
        return {name: opened(one, secret) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [opened(one, secret) for one in value]
    return value


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


Reads = AbstractSet[str] | Callable[[Request], bool]
"""Which requests only read: the names of their methods, or who can tell."""


class ObserveTransport:
    """Lets reads through and refuses everything else before anything leaves.

    Args:
        inner: Where reads go.
        reads: The vendor's own word on what only reads. All else counts as a change, whatever
            the request's ``effect`` says.
    """

    def __init__(self, inner: Transport, reads: Reads) -> None:
        self.connection = getattr(inner, "connection", None)  # planning may ask for its options
        self._inner = inner
        self._reads = reads if callable(reads) else frozenset(reads)

    def send(self, request: Request) -> Any:
        if not (request.effect is Effect.READ and self.only_reads(request)):
            raise ObserveOnly(
                f"{request.method} could change something and was not sent",
                where=request.endpoint,
                mend="observe mode only reads",
            )
        return self._inner.send(request)

    def only_reads(self, request: Request) -> bool:
        """Does the vendor's file say that such a request only reads?"""
        if callable(self._reads):
            return self._reads(request)
        return request.method in self._reads


@dataclass(frozen=True, slots=True)
class Permit:
    """That the ledger holds the intent of one request, and that its guards have passed.

    Only the ledger makes one, within the transaction that writes the intent.

    Attributes:
        intent: The ledger's number of it.
        digest: ``Request.digest`` of the request it is for.
    """

    intent: str
    digest: str


class EnforceTransport(ObserveTransport):
    """Lets reads and probes through, and one change: once, and only the one permitted.

    Args:
        inner: Where requests go.
        reads, probes: The vendor's own word on what only reads, and on what only tries.
        permit: For the one change; None: none may pass.
    """

    def __init__(
        self, inner: Transport, reads: Reads, probes: Reads, permit: Permit | None = None
    ) -> None:
        super().__init__(inner, reads)
        self._probes = ObserveTransport(inner, probes)
        self._permit = permit

    def send(self, request: Request) -> Any:
        if not self._is_harmless(request):
            self._spend(request)
        return self._inner.send(filled(request, self))

    def _is_harmless(self, request: Request) -> bool:
        if request.effect is Effect.PROBE:
            return self._probes.only_reads(request)
        return request.effect is Effect.READ and self.only_reads(request)

    def _spend(self, request: Request) -> None:
        permit, self._permit = self._permit, None
        if permit is None or permit.digest != request.digest:
            raise ResponseError(
                f"{request.method} was not sent: the ledger holds no intent of it",
                where=request.endpoint,
                mend="nothing is changed before it is recorded",
            )


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
