"""One version of a warrant, as the rest of the engine sees it.

``schemas/warrant.schema.json`` says what each key means; nothing here decides that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from agentwarrant.warrant.globs import Globs
from agentwarrant.warrant.hosts import Hosts
from agentwarrant.warrant.places import Places

OPEN = "TODO"
"""What a draft writes where a person must; a warrant that still says it is a fault."""

FOREVER = 1 << 62
"""A moment after every event, in milliseconds."""


def moment_ms(text: str) -> int:
    """Return milliseconds since 1970 of an ISO 8601 date (its midnight, UTC) or time."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Account:
    """One account or credential: ``ref`` is ``kind:id``, in force in ``[start, end)``."""

    ref: str
    start: int
    end: int
    where: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who may instruct the agent; ``id`` empty: anybody of this kind on these channels."""

    kind: str
    id: str
    channels: Globs | None
    authority: str


@dataclass(frozen=True, slots=True)
class Peer:
    """An agent that messages may be exchanged with."""

    id: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is allowed and what is denied of one facet; ``allow`` None: no such list."""

    allow: Globs | None
    deny: Globs


@dataclass(frozen=True, slots=True)
class Spending:
    """At most ``limit`` of a currency in a period; ``per_ms`` 0: in one action."""

    currency: str
    per: str
    per_ms: int
    limit: float


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``limit`` actions that ``of`` names in a period."""

    of: Globs
    shown: str
    per: str
    per_ms: int
    limit: int


@dataclass(frozen=True, slots=True)
class Hours:
    """When the agent may act: minutes since midnight in its zone; a night ends before it starts."""

    zone: str
    days: frozenset[int]
    start: int
    end: int

    @property
    def are_all(self) -> bool:
        """May it act at any time?"""
        return len(self.days) == 7 and (self.start, self.end) == (0, 24 * 60)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something the agent does without being asked."""

    name: str
    tools: Globs
    hosts: Hosts | None
    paths: Places | None
    origins: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the agent may do; a facet that is None (or empty) is undeclared."""

    tools: Allowance | None = None
    hosts: Hosts | None = None
    paths: Places | None = None
    repositories: Allowance | None = None
    data: Allowance | None = None
    peers: tuple[Peer, ...] | None = None
    spending: tuple[Spending, ...] = ()
    hours: Hours | None = None
    rates: tuple[Rate, ...] = ()
    depth: int | None = None
    delegates: Globs | None = None


@dataclass(frozen=True, slots=True)
class Warrant:
    """One version of one agent's warrant.

    Attributes:
        start, end: Milliseconds; in force in ``[start, end)``.
        revoked: Milliseconds; from then on nothing is in scope.
        principals: None: whoever the source says.
        protected: Nothing is done about it without two people.
        mode: How far a response may go at most, whatever the configuration says; empty: as it says.
        approvers: Who alone may approve a response: names or accounts; none: whoever else may.
        where: File and line.
    """

    tenant: str
    agent: str
    name: str
    kind: str
    owner: str
    purpose: str
    version: int
    start: int
    end: int
    revoked: int
    accounts: tuple[Account, ...]
    principals: tuple[Principal, ...] | None
    scope: Scope
    standing: tuple[Duty, ...] = ()
    playbooks: tuple[str, ...] = ()
    protected: bool = False
    mode: str = ""
    approvers: tuple[str, ...] = ()
    where: str = field(default="", compare=False)

    def status(self, time: int) -> str:
        """Return ``registered``, ``revoked``, ``expired``, or ``unregistered`` before it begins."""
        if time >= self.revoked:
            return "revoked"
        if time < self.start:
            return "unregistered"
        return "registered" if time < self.end else "expired"
