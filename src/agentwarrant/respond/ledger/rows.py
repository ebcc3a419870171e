"""Rows of the ledger as they are read: runs and points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, select

from agentwarrant.errors import UsageError
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.ledger.tables import PointState, RunState, points, runs
from agentwarrant.respond.runplan import Point, RunPlan, plan_of


@lru_cache(maxsize=128)
def _parsed(text: str) -> RunPlan:
    return plan_of(orjson.loads(text))


@lru_cache(maxsize=128)
def _points(text: str) -> dict[str, Point]:
    return {point.id: point for point in _parsed(text).points()}


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run; times are milliseconds since 1970, 0 where it has not happened.

    Attributes:
        text: Its plan as it is kept; ``plan`` reads it.
        cases: Ids of the cases that it is for.
        confirmed: Has a person confirmed the case?
        worker, fence, lease_until_ms: Who carries it out; see ``ledger.lease``.
        wake_ms: When a worker looks at it again.
        contained_ms: When every point was verified.
        release: How it is taken back (``undo.Release``), once somebody asked for it.
        reason: Why it is in its state, one line.
    """

    id: str
    tenant: str
    agent: str
    playbook: str
    state: RunState
    mode: str
    text: str
    plan_hash: str
    cases: tuple[str, ...]
    first_event_ms: int
    created_ms: int
    updated_ms: int
    confirmed: bool
    worker: str
    fence: int
    lease_until_ms: int
    wake_ms: int
    contained_ms: int
    release: str
    reason: str

    @property
    def plan(self) -> RunPlan:
        """What it does, as it is now: a step may have been planned anew."""
        return _parsed(self.text)

    def point(self, point: str) -> Point:
        """Return one of its points.

        Raises:
            UsageError: It has none of this id.
        """
        found = _points(self.text).get(point)
        if found is None:
            raise UsageError(f"the run has no point {point!r}", where=self.id)
        return found


@dataclass(frozen=True, slots=True)
class PointRow:
    """How far one point of a run is; times are milliseconds since 1970.

    Attributes:
        key: ``Point.key``: what is in force.
        cause: Why it is in its state (``ledger.states.Cause``), where there are several ways.
        approval: Who let it be sent: a node of the plan, or ``policy``.
        attempts: How often it was sent, or may have been.
        intended_ms, sent_ms: Of the first and the last intent.
        residual_s: How long at most what was issued before still works.
        undo_next, undo_sent: How many of its undo requests are done, and have an intent.
        detail: What was seen or went wrong, one line.
    """

    run: str
    point: str
    tenant: str
    agent: str
    key: str
    action: str
    connection: str
    reversibility: Reversibility
    state: PointState
    cause: str
    approval: str
    attempts: int
    intended_ms: int
    sent_ms: int
    applied_ms: int
    verified_ms: int
    undone_ms: int
    residual_s: float
    digest: str
    fence: int
    undo_next: int
    undo_sent: int
    detail: str


_RUN = select(runs).where(runs.c.id == bindparam("of_run"))
_POINTS = select(points).where(points.c.run == bindparam("of_run"))
_POINT = _POINTS.where(points.c.point == bindparam("of_point"))

_RUN_NAMES = tuple(column.name for column in runs.c)
_POINT_NAMES = tuple(column.name for column in points.c)


def run_row(row: Row[Any]) -> RunRow:
    """Return a row of ``tables.runs``."""
    return _run(dict(row._mapping))


def run_with(values: Sequence[Any]) -> RunRow:
    """Return a run by the values of its columns, in their order."""
    return _run(dict(zip(_RUN_NAMES, values, strict=True)))


def _run(own: dict[str, Any]) -> RunRow:
    own["text"] = own.pop("plan")
    own["state"] = RunState(own["state"])
    own["cases"] = tuple(orjson.loads(own["cases"]))
    own["confirmed"] = bool(own["confirmed"])
    return RunRow(**own)


def point_row(row: Row[Any]) -> PointRow:
    """Return a row of ``tables.points``."""
    return _point(dict(row._mapping))


def point_with(values: Sequence[Any]) -> PointRow:
    """Return a point by the values of its columns, in their order."""
    return _point(dict(zip(_POINT_NAMES, values, strict=True)))


def _point(own: dict[str, Any]) -> PointRow:
    own["state"] = PointState(own["state"])
    own["reversibility"] = Reversibility(own["reversibility"])
    return PointRow(**own)


def run_of(connection: Connection, run: str) -> RunRow:
    """Return a run.

    Raises:
        UsageError: There is none of this id.
    """
    found = connection.execute(_RUN, {"of_run": run}).one_or_none()
    if found is None:
        raise UsageError(f"no run is called {run!r}", mend="agentwarrant respond status --all")
    return run_row(found)


def point_of(connection: Connection, run: str, point: str) -> PointRow:
    """Return how far a point of a run is.

    Raises:
        UsageError: The run has none of this id.
    """
    found = connection.execute(_POINT, {"of_run": run, "of_point": point}).one_or_none()
    if found is None:
        raise UsageError(f"the run has no point {point!r}", where=run)
    return point_row(found)


def points_of(connection: Connection, run: str) -> list[PointRow]:
    """Return how far each point of a run is, in the order of its plan."""
    rows = connection.execute(_POINTS, {"of_run": run})
    found = {row.point: point_row(row) for row in rows}
    order = [point.id for point in run_of(connection, run).plan.points()]
    return [found[name] for name in order if name in found]
