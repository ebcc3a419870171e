"""The ledger: what every run will do, has done, and what is known of it. The one door to it.

Before a vendor is called its intent is on disk, afterwards what came of it; each change of a state
stands in one transaction with its entry in the audit chain. One ledger serves several workers, on
PostgreSQL on several hosts.

    ledger = Ledger.open("sqlite:////var/lib/agentwarrant/respond.db", key)
    run = ledger.enter(plan, actor="kim")
    with ledger.transaction(tenant) as connection:      # whoever else writes does it so
        run_of(connection, run); audit.append(connection, ...)

A database that cannot be written to raises SQLAlchemy's errors: that is like a crash, and whoever
takes the run next goes on from what is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, select, update

from agentwarrant.respond.action import Step
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger import points as ledger_points
from agentwarrant.respond.ledger.audit import Chain
from agentwarrant.respond.ledger.engine import Database
from agentwarrant.respond.ledger.enter import entered
from agentwarrant.respond.ledger.held import held, held_point
from agentwarrant.respond.ledger.history import not_over
from agentwarrant.respond.ledger.points import Check
from agentwarrant.respond.ledger.rows import (
    PointRow,
    RunRow,
    point_of,
    points_of,
    run_of,
    run_row,
)
from agentwarrant.respond.ledger.states import Cause, point_to, run_to
from agentwarrant.respond.ledger.tables import PointState, RunState, runs
from agentwarrant.respond.ledger.words import clean
from agentwarrant.respond.runplan import RunPlan
from agentwarrant.respond.transport import Permit, Request


class Ledger:
    """The ledger of one installation; ``Ledger.open`` opens it.

    Attributes:
        chain: How its audit entries are hashed.
    """

    def __init__(self, database: Database, chain: Chain, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._tenants: dict[str, str] = {}
        self.chain = chain

    @classmethod
    def open(
        cls, url: str, key: bytes | None = None, clock: Callable[[], float] = time.time
    ) -> Ledger:
        """Open a ledger, and make it on first use.

        Args:
            url: ``sqlite:////PATH`` or ``postgresql+psycopg://USER:PASSWORD@HOST/NAME``.
            key: For the audit chain; with one, nobody without it can write a chain that verifies.
            clock: Seconds since 1970.

        Raises:
            ConfigError: It cannot be opened, or a newer program has made it.
            MissingExtra: The driver is not installed.
        """
        chain = Chain(key, clock)
        return cls(Database(url, chain), chain, clock)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Transactions --------------------------------------------------------------------------

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[Connection]:
        """Open a transaction that may change what is a tenant's; its changes queue."""
        with self._database.write() as connection:
            audit.lock(connection, tenant)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction for what holds the head itself (``held_point``), or needs none."""
        with self._database.write() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self._database.read() as connection:
            yield connection

    def now_ms(self, connection: Connection | None = None) -> int:
        """Return the time; with a connection the one by which all hosts hold leases."""
        shared = self._database.now_ms(connection) if connection is not None else None
        return int(self._clock() * 1000) if shared is None else shared

    # Runs ----------------------------------------------------------------------------------

    def enter(self, plan: RunPlan, *, actor: str) -> str:
        """Take a plan in and return the id of its run: observed in observe mode, else planned.

        Args:
            plan: What it will do.
            actor: Who started it: a person, a rule.
        """
        with self.transaction(plan.tenant) as connection:
            return entered(connection, plan, actor)

    def run(self, run: str) -> RunRow:
        """Return a run.

        Raises:
            UsageError: There is none of this id.
        """
        with self.reading() as connection:
            return run_of(connection, run)

    def runs(self, tenant: str | None = None, states: Iterable[RunState] = ()) -> list[RunRow]:
        """Return runs, the oldest first: of a tenant or of all, in some states or in any."""
        asked = select(runs).order_by(runs.c.created_ms, runs.c.id)
        if tenant is not None:
            asked = asked.where(runs.c.tenant == tenant)
        wanted = [state.value for state in states]
        if wanted:
            asked = asked.where(runs.c.state.in_(wanted))
        with self.reading() as connection:
            return [run_row(row) for row in connection.execute(asked)]

    def points(self, run: str) -> list[PointRow]:
        """Return how far each point of a run is, in the order of its plan."""
        with self.reading() as connection:
            return points_of(connection, run)

    def point(self, run: str, point: str) -> PointRow:
        """Return how far one point is."""
        with self.reading() as connection:
            return point_of(connection, run, point)

    def run_to(
        self, run: str, state: RunState, *, fence: int, reason: str = "", **values: Any
    ) -> None:
        """Bring a run into another state (``ledger.states.run_to``); no change, no entry.

        Raises:
            LeaseLost: Another worker has taken it over.
        """
        with self.of(run) as connection:
            row = held(connection, run, fence)
            if row.state is not state:
                run_to(connection, row, state, row.worker, reason, **values)

    def confirm(self, run: str, *, actor: str, reason: str = "") -> None:
        """Note that a person confirmed the case: it is not released by itself any more.

        Raises:
            ResponseError: Nothing of it is in force any more, or ever was.
        """
        with self.of(run) as connection:
            not_over(connection, run_of(connection, run))
            connection.execute(update(runs).where(runs.c.id == run).values(confirmed=1))
            tenant = self._tenant(run)
            told = {"reason": said} if (said := clean(reason)) else {}
            audit.append(connection, tenant, "case_confirmed", run, "", actor, told)

    def stop(self, run: str, *, actor: str, reason: str = "") -> None:
        """Send nothing more for a run; what is in force stays so, and can be released.

        Raises:
            ResponseError: It is over.
        """
        with self.of(run) as connection:
            run_to(connection, run_of(connection, run), RunState.STOPPED, actor, reason)

    def resume(self, run: str, *, actor: str) -> None:
        """Let a stopped run go on.

        Raises:
            ResponseError: It is not stopped.
        """
        with self.of(run) as connection:
            row = run_of(connection, run)
            run_to(connection, row, RunState.RUNNING, actor, "resumed", wake_ms=0)

    # Points --------------------------------------------------------------------------------

    def approve(
        self, run: str, names: Iterable[str], *, fence: int, by: str, actor: str = ""
    ) -> None:
        """Let points be sent that were planned (``by``: a node of the plan, or ``policy``)."""
        with self.of(run) as connection:
            ledger_points.approve(connection, run, names, fence, by, actor or by)

    def intend(
        self,
        run: str,
        point: str,
        request: Request,
        *,
        fence: int,
        check: Check | None = None,
        absent: bool = False,
        rate_limit: int = 0,
    ) -> Permit:
        """Write down that a request is about to be sent, and return what lets it through.

        Args:
            run, point: Whose.
            request: The one of the plan.
            fence: Of the worker's lease.
            check: The guards, asked in the same transaction.
            absent: A read has shown that nothing came of the request before (a point in doubt).
            rate_limit: How often the action may be called a minute; 0: as often as one likes.

        Raises:
            LeaseLost: Another worker has taken the run over.
            NotApproved: It is not approved, or not the request that was planned; or a guard
                wants a person to look at it.
            Guarded: The emergency stop is on, or a guard forbids it.
            ObserveOnly: The run only observes.
            Unreachable: One call too many in this minute; ``retry_after`` says how long to wait.
        """
        with self.writing() as connection:
            return ledger_points.intend(
                connection, run, point, request,
                fence=fence, check=check, absent=absent, rate_limit=rate_limit,
            )  # fmt: skip

    def outcome(
        self,
        run: str,
        point: str,
        state: PointState,
        *,
        fence: int,
        detail: str = "",
        cause: Cause = Cause.NONE,
        also: Callable[[Connection], None] = lambda connection: None,
    ) -> None:
        """Write down what came of a point; ``detail`` holds no secret of a connection.

        Args:
            run, point, state: What came of which.
            fence: Of the worker's lease.
            detail, cause: Why it is so.
            also: Writes down, in the same transaction, what goes with it.

        Raises:
            LeaseLost: Another worker has taken the run over.
            ResponseError: The state cannot follow.
        """
        with self.writing() as connection:
            now, row, _ = held_point(connection, run, point, fence)
            values = _moments(row, state, audit.chain_of(connection).now_ms())
            point_to(connection, row, state, now.worker, {}, detail=detail, cause=cause, **values)
            also(connection)

    def intend_undo(self, run: str, point: str, number: int, *, fence: int) -> Permit:
        """Write down that one of the undo requests is about to be sent; raises as ``intend``."""
        with self.writing() as connection:
            return ledger_points.intend_undo(connection, run, point, number, fence=fence)

    def undone_one(
        self, run: str, point: str, number: int, *, fence: int, detail: str = ""
    ) -> None:
        """Write down that one of the undo requests is done."""
        with self.writing() as connection:
            ledger_points.undone_one(connection, run, point, number, fence=fence, detail=detail)

    def replan(self, run: str, point: str, step: Step, *, fence: int, ask: bool) -> None:
        """Put a step that was planned anew in the place of the old one; ``ask``: ask anew."""
        with self.writing() as connection:
            ledger_points.replan(connection, run, point, step, fence=fence, ask=ask)

    # ---------------------------------------------------------------------------------------

    @contextmanager
    def of(self, run: str) -> Iterator[Connection]:
        """Open a transaction that may change what is a run's."""
        with self.transaction(self._tenant(run)) as connection:
            yield connection

    def _tenant(self, run: str) -> str:
        if run not in self._tenants:  # a run's tenant never changes
            self._tenants[run] = self.run(run).tenant
        return self._tenants[run]


def _moments(row: PointRow, state: PointState, now: int) -> dict[str, Any]:
    if state is PointState.APPLIED:
        return {"applied_ms": now}
    if state is PointState.VERIFIED:
        return {"verified_ms": now, "applied_ms": row.applied_ms or now}
    return {"undone_ms": now} if state is PointState.ROLLED_BACK else {}
