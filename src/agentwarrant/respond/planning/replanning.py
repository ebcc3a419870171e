"""A point planned anew, right before it is sent: is what was approved still what would be done?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from agentwarrant.errors import Guarded, ResponseError, Unreachable
from agentwarrant.respond.action import Step, Target
from agentwarrant.respond.planning import reach, readings
from agentwarrant.respond.planning.targets import target_from
from agentwarrant.respond.runplan import Point, RunPlan
from agentwarrant.respond.settings import Settings
from agentwarrant.respond.transport import Transport
from agentwarrant.respond.vendor import actions


class Planned(Protocol):
    """A run of the ledger."""

    @property
    def plan(self) -> RunPlan: ...


def replanner(settings: Settings) -> Callable[[Planned, Point], Step | None]:
    """Return what a worker asks right before it sends a point of a run.

    A run whose plan names no target (``facts["target"]``) was not made by the planner: its points
    stay as they are.
    """

    def again(run: Planned, point: Point) -> Step | None:
        data = run.plan.facts.get("target")
        return replan(point, target_from(data), settings) if data else point.step

    return again


def replan(
    point: Point,
    target: Target,
    settings: Settings,
    *,
    transports: Mapping[str, Transport] | None = None,
) -> Step | None:
    """Return a step as it would be planned now; None: planning finds nothing left to do.

    Args:
        point: As the run's plan has it.
        target: Whom the run is about (``facts["target"]``, ``targets.target_from``).
        settings: Where the connection is.
        transports: Open connections, by name.

    Raises:
        Guarded: What it is about must not be touched.
        Unreachable: The state cannot be read.
        ResponseError: There is no such action or connection any more, or it cannot be planned.
    """
    action, connection = actions().get(point.action), settings.connections.get(point.connection)
    if action is None or connection is None:
        missing = point.action if action is None else point.connection
        raise ResponseError(f"{missing} is gone since this was planned", where=point.id)
    parts = reach.narrowed(action, target, connection)
    made = readings.read([reach.Way(action, connection, part) for part in parts], transports)
    notes = [note for one in made for note in one.notes]
    if unread := _first(notes, readings.UNREAD):
        raise Unreachable(unread, where=point.connection)
    for step in (step for one in made for step in one.steps):
        if replace(point, step=step).key == point.key:
            return step
    if forbidden := _first(notes, readings.FORBIDDEN):
        raise Guarded(forbidden, where=point.id)
    if unplanned := _first(notes, readings.UNPLANNED):
        raise ResponseError(unplanned, where=point.id)
    return None


def _first(notes: list[str], beginning: str) -> str:
    return next((note for note in notes if note.startswith(beginning)), "")
