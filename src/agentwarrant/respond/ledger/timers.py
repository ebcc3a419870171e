"""Durable timers: waits, retries, expiry of approvals, automatic release, watch windows.

A timer is a row: it outlives the process that set it, and whichever worker looks next heeds it.

======================  ====================================================================
``wait:NODE``           a wait of the plan
``retry:POINT``         not to be tried again before
``patience:POINT``      not to be tried again afterwards
``expiry:NODE``         an approval that nobody gave is refused
``watch:MINUTES``       after containment every point is verified again
``release``             what was contained is released by itself, unless the case is confirmed
======================  ====================================================================
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, or_, select, update

from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.ledger.tables import timers

WATCH_MINUTES = (1, 5, 60)
RELEASE = "release"
WATCH = "watch:"
_MINUTE_MS = 60_000
_OF_CARRYING = ("wait:%", "retry:%", "patience:%", "expiry:%")


def expiry(node: str) -> str:
    """Return the name of the timer by which an approval ends."""
    return f"expiry:{node}"


def watch_name(minutes: int) -> str:
    """Return the name of a watch window's timer."""
    return f"{WATCH}{minutes}"


def due_of(connection: Connection, run: str, name: str) -> int | None:
    """Return when a timer is due, or was; None: it was never set."""
    asked = select(timers.c.due_ms).where(timers.c.run == run, timers.c.name == name)
    found: int | None = connection.execute(asked).scalar()
    return found


def put(connection: Connection, run: RunRow, name: str, due_ms: int) -> int:
    """Set a timer, anew where it is set already; return when it is due."""
    one = (timers.c.run == run.id, timers.c.name == name)
    changed = connection.execute(update(timers).where(*one).values(due_ms=due_ms, done_ms=0))
    if changed.rowcount == 0:
        own = {"run": run.id, "name": name, "tenant": run.tenant, "due_ms": due_ms}
        connection.execute(insert(timers).values(**own))
    return due_ms


def put_once(connection: Connection, run: RunRow, name: str, due_ms: int) -> int:
    """Set a timer unless it was set before; return when it is due."""
    found = due_of(connection, run.id, name)
    return put(connection, run, name, due_ms) if found is None else found


def finish(connection: Connection, run: str, names: Iterable[str], now_ms: int) -> None:
    """Mark timers as done."""
    one = (timers.c.run == run, timers.c.name.in_(list(names)))
    connection.execute(update(timers).where(*one).values(done_ms=now_ms))


def finish_carrying(connection: Connection, run: str, now_ms: int) -> None:
    """Mark what only a run on its way heeds as done."""
    ours = or_(*(timers.c.name.like(pattern) for pattern in _OF_CARRYING))
    one = (timers.c.run == run, timers.c.done_ms == 0, ours)
    connection.execute(update(timers).where(*one).values(done_ms=now_ms))


def finish_all(connection: Connection, run: str, now_ms: int) -> None:
    """Mark every timer of a run that is over as done."""
    one = (timers.c.run == run, timers.c.done_ms == 0)
    connection.execute(update(timers).where(*one).values(done_ms=now_ms))


def due(connection: Connection, run: str, now_ms: int) -> list[str]:
    """Return the names of a run's timers that are due, the earliest first."""
    asked = (
        select(timers.c.name)
        .where(timers.c.run == run, timers.c.done_ms == 0, timers.c.due_ms <= now_ms)
        .order_by(timers.c.due_ms, timers.c.name)
    )
    return [row.name for row in connection.execute(asked)]


def after_containment(
    connection: Connection, run: RunRow, now_ms: int, *, watches: bool, release_after: float
) -> None:
    """Set what happens by itself after a run has ended.

    Args:
        connection: Of the transaction in which it ends.
        run: The run.
        now_ms: The time.
        watches: It is contained: look again after 1, 5 and 60 minutes.
        release_after: Seconds until it is released by itself; 0: never.
    """
    finish_carrying(connection, run.id, now_ms)
    for minutes in WATCH_MINUTES if watches else ():
        put_once(connection, run, watch_name(minutes), now_ms + minutes * _MINUTE_MS)
    if release_after > 0:
        put_once(connection, run, RELEASE, now_ms + int(release_after * 1000))
