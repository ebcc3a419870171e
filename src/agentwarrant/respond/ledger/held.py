"""A run, or one of its points, read by the worker that is about to write what comes of it.

Whoever writes about a run names the fence under which it was taken; one that another worker has
taken over since is written to no more (``LeaseLost``).

A point is what most is written about. It is read in one way to the server, together with its run,
the emergency stop and the head of the tenant's chain, which is held from then on.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    String,
    bindparam,
    exists,
    literal,
    select,
)

from agentwarrant.errors import LeaseLost, UsageError
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.rows import PointRow, RunRow, point_with, run_of, run_with
from agentwarrant.respond.ledger.tables import EVERYONE, heads, points, runs, switches


class Held(NamedTuple):
    """A point that is held.

    Attributes:
        run: Its run.
        point: How far it is.
        stopped: Is the emergency stop on?
    """

    run: RunRow
    point: PointRow
    stopped: bool


def _stopped(tenant: ColumnElement[str]) -> Exists:
    return exists().where(
        switches.c.tenant.in_((tenant, literal(EVERYONE))),
        switches.c.name == "stop",
        switches.c.state == "on",
    )


_STOPPED = select(_stopped(bindparam("of", type_=String)))
_SEEN = heads.alias("seen")
_POINT = (
    select(
        *runs.c,
        *points.c,
        _stopped(runs.c.tenant),
        heads.c.seq,
        heads.c.hash,
        select(_SEEN.c.seq).where(_SEEN.c.tenant == runs.c.tenant).scalar_subquery(),
    )
    .where(
        heads.c.tenant == runs.c.tenant,
        runs.c.id == bindparam("of_run"),
        points.c.run == runs.c.id,
        points.c.point == bindparam("of_point"),
    )
    .with_for_update(of=heads)
)
_IN_RUN = len(runs.c)


def is_stopped(connection: Connection, tenant: str) -> bool:
    """Is the emergency stop on, for a tenant or for all?"""
    return bool(connection.execute(_STOPPED, {"of": tenant}).scalar_one())


def held(connection: Connection, run: str, fence: int) -> RunRow:
    """Return a run that is about to be written to; the head of its tenant is held already.

    Raises:
        LeaseLost: It was taken over since.
    """
    return _fenced(run_of(connection, run), fence)


def held_point(connection: Connection, run: str, point: str, fence: int) -> Held:
    """Hold the head of a run's tenant, and return the run and one of its points.

    Raises:
        LeaseLost: It was taken over since.
        UsageError: There is no such run, or it has no such point.
    """
    found, seq, last, seen = _read(connection, run, point)
    if audit.holds(connection, found.run.tenant, seq, last) and seq != seen:
        # Somebody wrote after this statement began and before it held the head, of which alone it
        # has the newest row. From now on nobody does: what is read anew is as it is.
        found, *_ = _read(connection, run, point)
    _fenced(found.run, fence)
    return found


def _read(connection: Connection, run: str, point: str) -> tuple[Held, int, str, int]:
    """Return a point; number and hash of the head, which is held; its number as all else is."""
    row = connection.execute(_POINT, {"of_run": run, "of_point": point}).one_or_none()
    if row is None:
        run_of(connection, run)
        raise UsageError(f"the run has no point {point!r}", where=run)
    *values, stopped, seq, last, seen = row
    found = Held(run_with(values[:_IN_RUN]), point_with(values[_IN_RUN:]), bool(stopped))
    return found, seq, last, seen


def _fenced(found: RunRow, fence: int) -> RunRow:
    if found.fence != fence:
        whoever = found.worker or "another worker"
        raise LeaseLost(f"{whoever} has taken the run over", where=found.id)
    return found
