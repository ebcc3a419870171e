"""The action contract: one verb of one vendor, planned before it is done.

A plan holds everything somebody must see to say yes: the exact requests, what is there now, what
would be there afterwards, how to look, and how to take it back. An action only plans; the ledger
and its workers carry steps out, one recorded request at a time, so that retry, proof, undo and
record are the same for every vendor and stand in one place.

An action may override ``execute``, ``verify`` and ``compensate`` where a vendor needs more than to
send what the step says and to hold the answer to what it expects.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from agentwarrant.event import compact_json
from agentwarrant.respond.transport import Path, Request, Transport, at, dotted


class Reversibility(StrEnum):
    """Can an action be taken back (words of OWASP AISVS 9.2.3)."""

    READ_ONLY = "read_only"
    REVERSIBLE = "reversible"
    EXTERNALLY_REVERSIBLE = "externally_reversible"
    IRREVERSIBLE = "irreversible"


class Verb(StrEnum):
    """What an action does, in words that all vendors share; playbooks ask for these."""

    SNAPSHOT = "snapshot"
    STRIP_TOOLS = "strip_tools"
    STOP_RUN = "stop_run"
    DISABLE_SCHEDULES = "disable_schedules"
    CUT_CHANNELS = "cut_channels"
    DISABLE_IDENTITY = "disable_identity"
    RESTRICT_ACCESS = "restrict_access"
    REVOKE_SESSIONS = "revoke_sessions"
    DISABLE_CREDENTIALS = "disable_credentials"
    REVOKE_CREDENTIALS = "revoke_credentials"
    RAISE_RISK = "raise_risk"
    DISABLE_TOOL = "disable_tool"
    DISABLE_SERVER = "disable_server"
    ISOLATE_WORKLOAD = "isolate_workload"
    ISOLATE_HOST = "isolate_host"
    BLOCK_EGRESS = "block_egress"
    FREEZE_PAYMENTS = "freeze_payments"
    PURGE_MEMORY = "purge_memory"
    KILL = "kill"
    NOTIFY = "notify"
    OPEN_TICKET = "open_ticket"


TOUCHES_NOBODY = frozenset({Verb.NOTIFY, Verb.OPEN_TICKET, Verb.SNAPSHOT})
"""Verbs that do nothing to an agent: people are told, evidence is kept."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a response is about, as names that logs and warrants gave.

    They are hostile until an action checks them: a log is what the agent could write.

    Attributes:
        agent: The agent's id where it runs.
        sessions: Session keys, in the order they appeared.
        channels: Channels the agent was reached over.
        accounts: All accounts and credentials of the agent as ``kind:id``: those of its warrant,
            those of the inventory and those that fired.
        hosts: Names or ids of the hosts that it runs on.
        domains, addresses, urls: Where its data went or its orders came from.
        tools, servers: Tools and MCP servers that the case is about.
        tenant, case, title, severity: Of the case; for who is told.
        summary: What happened, in a few lines of plain text, without secrets.
    """

    agent: str
    sessions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    tenant: str = ""
    case: str = ""
    title: str = ""
    severity: str = ""
    summary: str = ""

    def ids(self, kind: str) -> tuple[str, ...]:
        """Return the ids of the agent's accounts of one kind, each once."""
        found = (ref.partition(":") for ref in self.accounts)
        return tuple(dict.fromkeys(rest for name, _, rest in found if name == kind and rest))


class Op(StrEnum):
    """How an answer is held to what is expected."""

    IS = "="
    IS_NOT = "is not"
    ONE_OF = "one of"
    ABOVE = ">"
    HOLDS = "holds"
    LACKS = "lacks"
    EMPTY = "empty"
    MORE = "more rows than"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an answer must show at a path.

    Attributes:
        path: Where; over HTTP an answer is ``{"status", "headers", "body"}``.
        value: What it is held to.
        same_as: Another path of the same answer that must show the same; ``value`` is unused.
        op: ``IS`` (the default); ``ABOVE``: a number, or text such as a time, greater than;
            ``HOLDS``, ``LACKS``: a list that does, or does not, hold the value (of one that
            is not there nothing is known: it does neither); ``EMPTY``: nothing there or in it;
            ``MORE``: a list with more rows than the number.
    """

    path: Path
    value: Any = None
    same_as: Path = ()
    op: Op = Op.IS

    def holds(self, answer: object) -> bool:
        """Return whether an answer shows it; two absent values are not the same value."""
        found = at(answer, self.path)
        if self.same_as:
            return found is not None and found == at(answer, self.same_as)
        return _HOLDS[self.op](found, self.value)

    def __str__(self) -> str:
        if self.same_as:
            return f"{dotted(self.path)} = {dotted(self.same_as)}"
        if self.op is Op.EMPTY:
            return f"{dotted(self.path)} empty"
        if self.op is Op.LACKS and self.value in (None, ""):  # no row is nothing
            return f"{dotted(self.path)} is a list"
        return f"{dotted(self.path)} {self.op} {compact_json(self.value)}"


def _above(found: Any, value: Any) -> bool:
    try:
        return bool(found > value)
    except TypeError:  # absent, or of another kind
        return False


_HOLDS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.IS: lambda found, value: bool(found == value),
    Op.IS_NOT: lambda found, value: bool(found is not None and found != value),
    Op.ONE_OF: lambda found, value: found in value,
    Op.ABOVE: _above,
    Op.HOLDS: lambda found, value: isinstance(found, list) and value in found,
    Op.LACKS: lambda found, value: isinstance(found, list) and value not in found,
    Op.EMPTY: lambda found, value: not found,
    Op.MORE: lambda found, value: isinstance(found, list) and len(found) > value,
}


@dataclass(frozen=True, slots=True)
class Verification:
    """A request whose answer tells whether something has taken effect: a read, or a probe."""

    request: Request
    expects: tuple[Expectation, ...]

    def holds(self, answer: object) -> bool:
        """Return whether the answer shows it."""
        return all(expected.holds(answer) for expected in self.expects)

    def __str__(self) -> str:
        return f"{self.request.method}: {'; '.join(map(str, self.expects))}"


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a plan, at one enforcement point.

    Attributes:
        title: What it does, for a person.
        request: What would be sent.
        changes: From what to what, in words.
        verify: The read that proves it.
        undo: What takes it back, in order; empty when nothing does, or when the state before
            was not read (``note`` says which).
        pre_state: What was read before, and only what this step changes; never a secret.
        note: The trap, and what else to know before saying yes.
        point: The enforcement point: an account (``kind:id``), a host, a list; the same thing has
            the same name in every plan.
        probes: What the agent itself would try and must no longer be able to do. All must hold
            beside ``verify``; where nothing can be tried, ``note`` says so.
        undone: The read that proves that it was taken back.
        residual_seconds: How long at most what was issued before still works afterwards.
        residual: What that is, in words.
    """

    title: str
    request: Request
    changes: str
    verify: Verification
    undo: tuple[Request, ...] = ()
    pre_state: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    point: str = ""
    probes: tuple[Verification, ...] = ()
    undone: Verification | None = None
    residual_seconds: float = 0.0
    residual: str = ""


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
        name: What it is called; a playbook may write ``vendor.name``.
        verb: What it does, in the words of all vendors; a playbook usually asks for that.
        kinds: Kinds of accounts that it acts on (``keycloak.client``), or what else of a target:
            ``host``, ``domain``, ``address``, ``url``, ``tool``, ``server``, ``case``; empty: the
            agent of a source that the vendor runs (``Vendor.sources``).
        vendor: The vendor's name.
        title: What it does, for a person.
        method: The vendor's call that makes the change; over HTTP with ``{}`` for what varies.
        reversibility: Can it be taken back.
        repeatable: May the same request be sent again without doing more than once? Otherwise it
            is sent again only after a read has shown that nothing came of the first.
        word_is_enough: Is the vendor's own read proof? Where it is known to lie, a step without a
            probe can at most be applied, never verified.
        required_permissions: What the vendor's account must hold to execute it.
        propagation_seconds: How long until the effect shows; verifying asks again until then.
        rate_limit: Calls a minute that the vendor allows; 0 when it names no limit.
        doc: Where the fact behind it is written down.
    """

    name: ClassVar[str]
    verb: ClassVar[Verb]
    kinds: ClassVar[frozenset[str]] = frozenset()
    vendor: ClassVar[str]
    title: ClassVar[str]
    method: ClassVar[str]
    reversibility: ClassVar[Reversibility]
    repeatable: ClassVar[bool] = True
    word_is_enough: ClassVar[bool] = True
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

        The same target and the same state give the same plan: no clock, no chance (``Now`` and
        ``Fresh`` are filled in when a request is sent).

        Args:
            target: Whom it is about.
            transport: Where real state is read. Without one the plan is made of the target
                alone, and says what could not be read.

        Raises:
            Guarded: What it is about must not be touched: an administrator that is the last one,
                a selector without bounds, an account that others use too.
            ResponseError: The target cannot be acted on: a name that is none, an agent that the
                vendor does not know.
        """

    def execute(self, step: Step, transport: Transport) -> Any:
        """Send a step's request and return the answer; the transport asks for its permit.

        Raises:
            ObserveOnly: Observe mode.
            ResponseError: The ledger holds no intent of it; or see ``Transport.send``.
        """
        return transport.send(step.request)

    def verify(self, step: Step, transport: Transport) -> bool:
        """Return whether a step's effect shows now, by the read and by every probe."""
        checks = (step.verify, *step.probes)
        return all(check.holds(transport.send(check.request)) for check in checks)

    def compensate(self, step: Step, number: int, transport: Transport) -> Any:
        """Send one of the requests that take a step back; each has a permit of its own."""
        return transport.send(step.undo[number])
