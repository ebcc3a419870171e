"""Leases: one worker at a time carries a run out, and a dead one's run goes to another.

Whoever takes a run raises its fence: who holds an older one writes nothing more (``ledger.held``).
A lease ends unless its worker renews it; on PostgreSQL by the server's clock, so that hosts need
not agree on time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, exists, literal, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from agentwarrant.errors import LeaseLost
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.rows import run_of
from agentwarrant.respond.ledger.tables import RunState, approvals, runs, timers

if TYPE_CHECKING:
    from agentwarrant.respond.ledger.ledger import Ledger

SECONDS = 30.0
_GOING = (RunState.PLANNED, RunState.RUNNING, RunState.RELEASING)
_WATCHED = (RunState.CONTAINED, RunState.NOT_CONTAINED)
_ANSWERED = ("granted", "denied")


@dataclass
class Lease:
    """That a worker carries out a run, as far as it knows.

    Attributes:
        fence: Under which it was taken.
        until: Its end by this process's own clock (``time.monotonic``).
        lost: Set when another worker has it.
    """

    run: str
    tenant: str
    worker: str
    fence: int
    until: float
    lost: Event = field(default_factory=Event)

    def check(self) -> None:
        """Look at the clock right before something is sent.

        Raises:
            LeaseLost: The lease may have ended: another worker may have taken the run over.
        """
        if self.lost.is_set() or time.monotonic() >= self.until:
            self.lost.set()
            raise LeaseLost("another worker may have the run", where=self.run)


def take(ledger: Ledger, worker: str, seconds: float = SECONDS, run: str = "") -> Lease | None:
    """Take one run that something can be done about now; None: there is none.

    Args:
        ledger: Where.
        worker: Name of whoever takes it.
        seconds: How long it is the worker's without being renewed.
        run: Only this one.
    """
    with ledger.reading() as connection:
        found = list(_candidates(connection, ledger.now_ms(connection), run))
    for name, tenant in found:
        lease = _taken(ledger, name, tenant, worker, seconds)
        if lease is not None:
            return lease
    return None


def _candidates(connection: Connection, now: int, run: str) -> Iterator[tuple[str, str]]:
    wake = runs.c.wake_ms <= now
    answered = exists().where(  # and not heeded yet: its timer still runs
        approvals.c.run == runs.c.id,
        approvals.c.plan_hash == runs.c.plan_hash,
        approvals.c.state.in_(_ANSWERED),
        timers.c.run == runs.c.id,
        timers.c.name == literal("expiry:") + approvals.c.node,
        timers.c.done_ms == 0,
    )
    due = exists().where(timers.c.run == runs.c.id, timers.c.done_ms == 0, timers.c.due_ms <= now)
    wanted = or_(
        and_(runs.c.state.in_([s.value for s in _GOING]), wake),
        and_(runs.c.state == RunState.AWAITING.value, or_(wake, answered)),
        and_(runs.c.state.in_([s.value for s in _WATCHED]), due),
    )
    free = runs.c.lease_until_ms <= now
    query = select(runs.c.id, runs.c.tenant).where(wanted, free).order_by(runs.c.created_ms)
    if run:
        query = query.where(runs.c.id == run)
    for row in connection.execute(query.limit(50)):
        yield row.id, row.tenant


def _taken(ledger: Ledger, run: str, tenant: str, worker: str, seconds: float) -> Lease | None:
    begun = time.monotonic()
    with ledger.transaction(tenant) as connection:
        now = ledger.now_ms(connection)
        row = run_of(connection, run)
        if row.lease_until_ms > now:
            return None
        until = now + int(seconds * 1000)
        own = {"worker": worker, "fence": row.fence + 1, "lease_until_ms": until, "wake_ms": 0}
        connection.execute(update(runs).where(runs.c.id == run).values(**own))
        data = {"fence": row.fence + 1, **({"from": row.worker} if row.worker else {})}
        audit.append(connection, tenant, "run_taken", run, "", worker, data)
    return Lease(run, tenant, worker, row.fence + 1, begun + seconds)


def renew(ledger: Ledger, lease: Lease, seconds: float = SECONDS) -> None:
    """Keep a run for longer.

    Raises:
        LeaseLost: Another worker has taken it over.
    """
    begun = time.monotonic()
    with ledger.writing() as connection:
        until = ledger.now_ms(connection) + int(seconds * 1000)
        changed = connection.execute(
            update(runs)
            .where(runs.c.id == lease.run, runs.c.fence == lease.fence)
            .values(lease_until_ms=until)
        )
    if changed.rowcount != 1:
        lease.lost.set()
        raise LeaseLost("another worker has taken the run over", where=lease.run)
    lease.until = begun + seconds


def give_back(ledger: Ledger, lease: Lease, wake_ms: int = 0) -> None:
    """Let other workers have a run at once, and nobody look at it before a time.

    Raises:
        LeaseLost: Another worker has taken it over.
    """
    with ledger.writing() as connection:
        changed = connection.execute(
            update(runs)
            .where(runs.c.id == lease.run, runs.c.fence == lease.fence)
            .values(worker="", lease_until_ms=0, wake_ms=wake_ms)
        )
    if changed.rowcount != 1:
        raise LeaseLost("another worker has taken the run over", where=lease.run)


@contextmanager
def beating(ledger: Ledger, lease: Lease, seconds: float = SECONDS) -> Iterator[None]:
    """Renew a lease for as long as this lasts, from a thread of its own."""
    ended = Event()

    def beat() -> None:
        while not ended.wait(seconds / 3):
            try:
                renew(ledger, lease, seconds)
            except LeaseLost:
                return
            except SQLAlchemyError:  # the database is away: the lease ends if it stays so
                continue

    thread = Thread(target=beat, name=f"lease {lease.run}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
