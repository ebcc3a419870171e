"""What a worker works with, and what it tells of how far it got."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Connection

from agentwarrant.errors import NotApproved
from agentwarrant.respond.action import Action, Step
from agentwarrant.respond.guard import custody
from agentwarrant.respond.ledger.lease import SECONDS, Lease
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow, run_of
from agentwarrant.respond.runplan import Point, RunPlan
from agentwarrant.respond.settings import Settings, connection_named
from agentwarrant.respond.transport import Transport
from agentwarrant.respond.vendor import Vendor

POLICY = "policy"
"""Who approves a point that no approval of its plan covers."""

LABELS = (
    "after-take",
    "after-ask",
    "after-approval",
    "before-intent",
    "after-intent",
    "after-answer",
    "after-outcome",
    "after-verify",
    "after-verified",
    "before-end",
    "after-end",
    "before-undo-intent",
    "after-undo-intent",
    "after-undo-answer",
    "after-undo-outcome",
    "after-undone",
    "after-release",
)
"""Where a worker may be killed, as tests do: it tells each moment to ``Means.at``."""

Replan = Callable[[RunRow, Point], Step | None]
"""Plans a point anew from real state right before it is sent.

None: there is nothing left to change. Raises ``Guarded``, ``Unreachable`` and so on as planning
does.
"""


class Guard(Protocol):
    """What the guards are asked (``guards.Guards``)."""

    def check(self, connection: Connection, run: RunRow, point: Point) -> None:
        """Let one change pass, or raise ``Guarded`` or ``NotApproved``."""

    def ask_people(
        self, connection: Connection, run: RunRow, plan: RunPlan, error: NotApproved
    ) -> Any:
        """Ask people for what is missing, as the approval ``guards.NODE``."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a worker is.

    Attributes:
        lease: Seconds that a run is a worker's without being renewed.
        inline: Waits of at most so many seconds are waited out; a longer one is left to whoever
            looks when it is over.
        attempts: How often a request is sent at most.
        patience: Seconds after which a vendor that cannot be reached is given up.
        undo: Seconds that what was taken back may take to show, at least.
        first_retry, longest_retry: Seconds between tries where the vendor does not say.
    """

    lease: float = SECONDS
    inline: float = 2.0
    attempts: int = 10
    patience: float = 900.0
    undo: float = 10.0
    first_retry: float = 0.5
    longest_retry: float = 60.0

    def retry(self, since: float, asked: float) -> float:
        """Return how many seconds to wait before the next try.

        Args:
            since: Seconds since the first try failed: waits double.
            asked: What the vendor asks for, at least.
        """
        return max(asked, min(max(since, self.first_retry), self.longest_retry))


def _nobody(label: str) -> None:
    """Hear that a label was passed."""


def _nothing(run: RunRow) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Means:
    """What a worker works with.

    Attributes:
        guards: Asked in the transaction of each intent; None: only the ledger's own rules count.
        replan: Plans anew right before sending; None: what was planned is sent.
        actions, vendors: By id and by name.
        at: Told each of ``LABELS`` as it is passed.
        reborn: Returns what is new of an agent since its run was contained, a line each: events
            that there should be none of.
    """

    ledger: Ledger
    settings: Settings
    guards: Guard | None
    replan: Replan | None
    actions: Mapping[str, Action]
    vendors: Mapping[str, Vendor]
    pace: Pace = field(default_factory=Pace)
    at: Callable[[str], None] = _nobody
    reborn: Callable[[RunRow], Sequence[str]] = _nothing

    @contextmanager
    def wire(self, point: Point) -> Iterator[Transport]:
        """Open a transport to a point's vendor; nothing stands between it and the vendor yet.

        Raises:
            ConfigError, Refused, Unreachable: It cannot be opened; nothing was sent.
        """
        connection = connection_named(self.settings, point.connection)
        with self.vendors[connection.vendor].connect(connection, changes=True) as opened:
            yield opened


class Going(StrEnum):
    """How a node of a plan stands."""

    DONE = "done"
    STOP = "stop"  # it failed, and nothing after it is to be done
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Status:
    """How a node of a plan stands.

    Attributes:
        due_ms: When to look again, of one that waits.
        asks: It waits for people.
    """

    going: Going
    due_ms: int = 0
    asks: bool = False


DONE = Status(Going.DONE)
STOP = Status(Going.STOP)


class Halted(Exception):
    """Nothing more may be sent for a run: somebody stopped it, or the responder itself."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run in the hands of one worker."""

    means: Means
    lease: Lease

    @property
    def ledger(self) -> Ledger:
        return self.means.ledger

    @property
    def run(self) -> RunRow:
        """The run as it is now."""
        return self.ledger.run(self.lease.run)

    def keep(self, connection: Connection) -> None:
        """Put the evidence that the run has taken into the record, in an open transaction."""
        custody.adopt(connection, self.means.settings, run_of(connection, self.lease.run))

    def sleep(self, seconds: float) -> None:
        """Wait; stop at once when the run is another worker's.

        Raises:
            LeaseLost: It is.
        """
        self.lease.lost.wait(seconds)
        self.lease.check()
