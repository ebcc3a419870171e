"""Drift: what is there has changed since a point was planned.

Right before a point is sent it is planned anew from real state. A step that would send something
else goes back to people, in auto mode too. One that only has another proof or another way back
goes back to the people who approved it; where policy did, the new one is written down and sent.
Other words for the same thing, and a state before that changes neither, are no drift.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from agentwarrant.respond.action import Step
from agentwarrant.respond.execution.means import POLICY, Job
from agentwarrant.respond.ledger.rows import PointRow
from agentwarrant.respond.runplan import canonical
from agentwarrant.respond.written import written

_MATTERS = ("request", "verify", "probes", "undo", "undone", "point")


class Drift(StrEnum):
    """What planning a point anew has shown."""

    NONE = "none"
    TAKEN = "taken"  # the new step stands in the plan now and may be sent
    ASK = "ask"  # the new step stands in the plan now, and people must say yes to it
    NOTHING_LEFT = "nothing_left"  # what it would do is so already


def drift(job: Job, row: PointRow) -> Drift:
    """Plan a point anew and put the new step in the old one's place where it differs.

    Raises:
        ResponseError: It cannot be planned any more: ``Guarded``, ``Unreachable`` and so on.
    """
    run = job.run
    point = run.point(row.point)
    if job.means.replan is None:
        return Drift.NONE
    fresh = job.means.replan(run, point)
    if fresh is None:
        return Drift.NOTHING_LEFT
    old, new = _parts(point.step), _parts(fresh)
    if old == new:
        return Drift.NONE
    ask = old["request"] != new["request"] or row.approval != POLICY
    job.ledger.replan(run.id, point.id, fresh, fence=job.lease.fence, ask=ask)
    return Drift.ASK if ask else Drift.TAKEN


def _parts(step: Step) -> dict[str, bytes]:
    """Return what matters of a step, as it is written down."""
    own: dict[str, Any] = written(step)
    return {name: canonical(own.get(name)) for name in _MATTERS}
