"""The action contract: one verb of one vendor, planned before it is done.

A plan holds everything somebody must see to say yes: the exact requests, what is there now, what
would be there afterwards, how to look, and how to take it back. ``execute`` and ``compensate``
exist only towards ``ObserveTransport``: nothing may be changed before there is a record of it, and
the ledger that keeps such records is not part of the first form.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar

from agentwarrant.errors import ResponseError
from agentwarrant.event import compact_json
from agentwarrant.respond.transport import (
    Effect,
    ObserveTransport,
    Path,
    Request,
    Transport,
    at,
    dotted,
)


class Reversibility(StrEnum):
    """Can an action be taken back (words of OWASP AISVS 9.2.3)."""

    READ_ONLY = "read_only"
    REVERSIBLE = "reversible"
    EXTERNALLY_REVERSIBLE = "externally_reversible"
    IRREVERSIBLE = "irreversible"


@dataclass(frozen=True, slots=True)
class Target:
    """What a case is about, as names that logs gave. They are hostile until an action checks them.

    Attributes:
        agent: The agent's id at the vendor.
        sessions: Session keys, in the order they appeared.
        channels: Channels the agent was reached over.
    """

    agent: str
    sessions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a read must show: a value at a path, or the same value at two paths."""

    path: Path
    value: Any = None
    same_as: Path = ()

    def holds(self, answer: object) -> bool:
        """Return whether an answer shows it; two absent values are not the same value."""
        found = at(answer, self.path)
        if self.same_as:
            return found is not None and found == at(answer, self.same_as)
        return bool(found == self.value)

    def __str__(self) -> str:
        wanted = dotted(self.same_as) if self.same_as else compact_json(self.value)
        return f"{dotted(self.path)} = {wanted}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The read that tells whether a step has taken effect."""

    request: Request
    expects: tuple[Expectation, ...]

    def holds(self, answer: object) -> bool:
        """Return whether the answer shows the step's effect."""
        return all(expected.holds(answer) for expected in self.expects)

    def __str__(self) -> str:
        return f"{self.request.method}: {'; '.join(map(str, self.expects))}"


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a plan.

    Attributes:
        title: What it does, for a person.
        request: What would be sent.
        changes: From what to what, in words.
        verify: The read that proves it.
        undo: What takes it back, in order; empty when nothing does, or when the state before
            was not read (``note`` says which).
        pre_state: What was read before, and only what this step changes.
        note: The trap, and what else to know before saying yes.
    """

    title: str
    request: Request
    changes: str
    verify: Verification
    undo: tuple[Request, ...] = ()
    pre_state: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an action would do.

    Attributes:
        action: ``vendor.verb``.
        target: Whom it is about.
        steps: In order.
        notes: What was left out and why; what could not be read.
    """

    action: str
    target: Target
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


class Action(ABC):
    """One verb of one vendor at one enforcement point.

    Class attributes:
        name: The verb; a playbook writes ``vendor.name``.
        vendor: The vendor's name.
        title: What it does, for a person.
        method: The vendor's call that makes the change.
        reversibility: Can it be taken back.
        required_permissions: What the vendor's account must hold to execute it.
        propagation_seconds: How long until the effect shows.
        rate_limit: Calls a minute that the vendor allows; 0 when it names no limit.
        doc: Where the fact behind it is written down.
    """

    name: ClassVar[str]
    vendor: ClassVar[str]
    title: ClassVar[str]
    method: ClassVar[str]
    reversibility: ClassVar[Reversibility]
    required_permissions: ClassVar[tuple[str, ...]]
    propagation_seconds: ClassVar[float]
    rate_limit: ClassVar[int] = 0
    doc: ClassVar[str]

    @property
    def id(self) -> str:
        return f"{self.vendor}.{self.name}"

    @abstractmethod
    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        """Return what would be done; reads, changes nothing.

        Args:
            target: Whom it is about.
            transport: Where real state is read. Without one the plan is made of the target
                alone, and says what could not be read.

        Raises:
            ResponseError: The target cannot be acted on: a name that is none, an agent that the
                vendor does not know.
        """

    def execute(self, plan: Plan, transport: ObserveTransport) -> None:
        """Send a plan's requests in order, which observe mode refuses.

        Raises:
            ObserveOnly: The first request that could change something.
            ResponseError: Another transport was given.
        """
        _perform((step.request for step in plan.steps), transport)

    def verify(self, plan: Plan, transport: Transport) -> tuple[bool, ...]:
        """Return, for each step, whether its effect can be read now; changes nothing."""
        return tuple(step.verify.holds(transport.send(step.verify.request)) for step in plan.steps)

    def compensate(self, plan: Plan, transport: ObserveTransport) -> None:
        """Send what takes the plan back, last step first, which observe mode refuses.

        Raises:
            ObserveOnly: The first request that could change something.
            ResponseError: Another transport was given.
        """
        undo = (request for step in reversed(plan.steps) for request in step.undo)
        _perform(undo, transport)


def _perform(requests: Iterable[Request], transport: ObserveTransport) -> None:
    if not isinstance(transport, ObserveTransport):  # the type says it; a caller may not be typed
        raise ResponseError("nothing is changed before a ledger records it", mend="observe mode")
    for request in requests:
        transport.send(_filled(request, transport))


def _filled(request: Request, transport: Transport) -> Request:
    """Return the request with its fresh parameters read now."""
    params = dict(request.params)
    for later in request.fresh:
        read = Request(later.method, {}, Effect.READ, request.endpoint)
        params[later.parameter] = at(transport.send(read), later.path)
    return replace(request, params=params, fresh=())
