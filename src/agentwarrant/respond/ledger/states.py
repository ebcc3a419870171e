"""Which state may follow which, and the one place where states change.

A change and its entry in the audit chain are written in one transaction, or neither is. The kind
of the entry is ``point_<state>`` or ``run_<state>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from agentwarrant.errors import ResponseError
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.audit import Change
from agentwarrant.respond.ledger.rows import PointRow, RunRow
from agentwarrant.respond.ledger.tables import PointState, RunState, points, runs
from agentwarrant.respond.ledger.words import clean


class Cause(StrEnum):
    """Why a point is in its state, where the state alone does not tell."""

    NONE = ""
    DRIFT = "drift"  # planned: what is there has changed since, ask anew
    BREAKER = "breaker"  # planned: a guard sends it back to people
    IN_FORCE = "in_force"  # skipped: another run has done it
    BRANCH = "branch"  # skipped: the other way was taken
    GUARDED = "guarded"  # skipped: a guard forbids it
    DENIED = "denied"  # skipped: a person said no
    EXPIRED = "expired"  # skipped: nobody said yes in time
    ALREADY = "already"  # verified: it was so before
    REBORN = "reborn"  # failed: it was verified and holds no longer
    REFUSED = "refused"  # the vendor said no
    UNPROVEN = "unproven"  # applied: nothing here can prove it
    UNSHOWN = "unshown"  # applied: the effect did not show in time
    UNREAD = "unread"  # in doubt: what would tell cannot be read
    LEFT = "left"  # not taken back: nothing can, or nothing should


HARMLESS = frozenset({Cause.IN_FORCE, Cause.BRANCH})
"""Why a point may be skipped in a run that counts as contained."""

_P = PointState
POINT_MOVES: Mapping[PointState, frozenset[PointState]] = {
    _P.PLANNED: frozenset({_P.APPROVED, _P.SKIPPED}),
    _P.APPROVED: frozenset({_P.IN_FLIGHT, _P.PLANNED, _P.VERIFIED, _P.FAILED, _P.SKIPPED}),
    _P.IN_FLIGHT: frozenset({_P.APPLIED, _P.IN_DOUBT, _P.APPROVED}),
    _P.IN_DOUBT: frozenset({_P.IN_FLIGHT, _P.APPLIED, _P.VERIFIED, _P.FAILED, _P.ROLLED_BACK}),
    _P.APPLIED: frozenset({_P.VERIFIED, _P.FAILED, _P.ROLLED_BACK}),
    _P.VERIFIED: frozenset({_P.FAILED, _P.ROLLED_BACK}),
    _P.FAILED: frozenset({_P.VERIFIED, _P.ROLLED_BACK}),
    _P.ROLLED_BACK: frozenset(),
    _P.SKIPPED: frozenset(),
}

_R = RunState
RUN_MOVES: Mapping[RunState, frozenset[RunState]] = {
    _R.OBSERVED: frozenset(),
    _R.PLANNED: frozenset({_R.RUNNING, _R.REFUSED, _R.STOPPED}),
    _R.RUNNING: frozenset({_R.AWAITING, _R.CONTAINED, _R.NOT_CONTAINED, _R.REFUSED, _R.STOPPED}),
    _R.AWAITING: frozenset({_R.RUNNING, _R.REFUSED, _R.STOPPED}),
    _R.CONTAINED: frozenset({_R.NOT_CONTAINED, _R.RELEASING}),
    _R.NOT_CONTAINED: frozenset({_R.CONTAINED, _R.RELEASING}),
    _R.REFUSED: frozenset(),
    _R.STOPPED: frozenset({_R.RUNNING, _R.RELEASING}),
    _R.RELEASING: frozenset({_R.RELEASED, _R.NOT_RELEASED}),
    _R.RELEASED: frozenset(),
    _R.NOT_RELEASED: frozenset({_R.RELEASING}),
}


def point_to(
    connection: Connection,
    row: PointRow,
    state: PointState,
    actor: str,
    data: Mapping[str, Any] | None = None,
    *,
    detail: str = "",
    cause: Cause = Cause.NONE,
    **values: Any,
) -> None:
    """Bring a point into another state, and write it down.

    Args:
        connection: In a transaction that may write.
        row: The point as it is.
        state: What it becomes.
        actor: Who does it.
        data: What else the entry tells.
        detail: What was seen or went wrong; secrets are taken out.
        cause: Why, where the state alone does not tell.
        values: Further columns.

    Raises:
        ResponseError: The state cannot follow, or somebody else changed the point meanwhile.
    """
    if state not in POINT_MOVES[row.state]:
        raise ResponseError(
            f"a point that is {row.state} cannot become {state}", where=f"{row.run}/{row.point}"
        )
    own = {"state": state.value, "cause": cause.value, "detail": clean(detail), **values}
    one = {"run": row.run, "point": row.point, "state": row.state.value}
    told = {"from": row.state.value, **(data or {})}
    told |= {k: v for k, v in (("cause", own["cause"]), ("detail", own["detail"])) if v}
    change = Change(points, one, own)
    audit.append(connection, row.tenant, f"point_{state}", row.run, row.point, actor, told, change)


def may_follow(row: RunRow, state: RunState) -> None:
    """Hold a run's next state to what may follow the one that it has.

    Raises:
        ResponseError: It may not.
    """
    if state not in RUN_MOVES[row.state]:
        raise ResponseError(f"a run that is {row.state} cannot become {state}", where=row.id)


def run_to(
    connection: Connection,
    row: RunRow,
    state: RunState,
    actor: str,
    reason: str = "",
    **values: Any,
) -> None:
    """Bring a run into another state, and write it down.

    Args:
        connection: In a transaction that may write.
        row: The run as it is.
        state: What it becomes.
        actor: Who does it.
        reason: Why, one line; secrets are taken out.
        values: Further columns.

    Raises:
        ResponseError: The state cannot follow, or somebody else changed the run meanwhile.
    """
    may_follow(row, state)
    said = clean(reason)
    own = {"state": state.value, "reason": said, **values}
    own["updated_ms"] = audit.chain_of(connection).now_ms()
    told = {"from": row.state.value, **({"reason": said} if said else {})}
    change = Change(runs, {"id": row.id, "state": row.state.value}, own)
    audit.append(connection, row.tenant, f"run_{state}", row.id, "", actor, told, change)
