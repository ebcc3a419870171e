"""What is written about the points of a run: approved, intended, done, planned anew.

Every function takes a connection of a transaction that may write, and the fence of the worker's
lease; ``approve`` and ``skip`` one that holds the head of the tenant's chain, too
(``Ledger.transaction``). See ``Ledger`` for what they promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from sqlalchemy import Connection, func, select, update

from agentwarrant.errors import Guarded, NotApproved, ObserveOnly, Unreachable
from agentwarrant.respond.action import Step
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.audit import Change
from agentwarrant.respond.ledger.held import held, held_point
from agentwarrant.respond.ledger.rows import PointRow, RunRow, point_of
from agentwarrant.respond.ledger.states import Cause, point_to
from agentwarrant.respond.ledger.tables import PointState, RunState, approvals, points, runs
from agentwarrant.respond.ledger.words import clean
from agentwarrant.respond.runplan import (
    Decide,
    Node,
    Parallel,
    Point,
    RunPlan,
    Sequence,
    canonical,
    plan_data,
)
from agentwarrant.respond.transport import Permit, Request

Check = Callable[[Connection, RunRow, Point], None]
"""A guard, asked within the transaction of an intent; raises ``Guarded`` or ``NotApproved``."""

_MINUTE_MS = 60_000


def approve(
    connection: Connection, run: str, names: Iterable[str], fence: int, by: str, actor: str
) -> None:
    """Let points be sent that were planned; others stay as they are."""
    held(connection, run, fence)
    for name in names:
        row = point_of(connection, run, name)
        if row.state is PointState.PLANNED:
            point_to(connection, row, PointState.APPROVED, actor, {"by": by}, approval=by)


def skip(
    connection: Connection,
    run: str,
    names: Iterable[str],
    fence: int,
    cause: Cause,
    actor: str,
    detail: str = "",
) -> None:
    """Leave points out that were not sent yet; others stay as they are."""
    held(connection, run, fence)
    for name in names:
        row = point_of(connection, run, name)
        if row.state in (PointState.PLANNED, PointState.APPROVED):
            point_to(connection, row, PointState.SKIPPED, actor, cause=cause, detail=detail)


def note(
    connection: Connection, run: str, point: str, fence: int, cause: Cause, detail: str
) -> None:
    """Write down what was seen of a point whose state stays as it is; once, not again and again."""
    now, row, _ = held_point(connection, run, point, fence)
    said = clean(detail)
    if (row.cause, row.detail) != (cause, said):
        told = {"state": row.state.value, "cause": cause.value, "detail": said}
        change = _change(row, cause=cause.value, detail=said)
        audit.append(connection, row.tenant, "point_noted", run, point, now.worker, told, change)


def intend(
    connection: Connection,
    run: str,
    point: str,
    request: Request,
    *,
    fence: int,
    check: Check | None = None,
    absent: bool = False,
    rate_limit: int = 0,
) -> Permit:
    """Write down that a request is about to be sent, and return what lets it through."""
    now, row = _to_send(connection, run, point, fence, RunState.RUNNING)
    planned = now.point(point)
    where = f"{run}/{point}"
    if request.digest != planned.step.request.digest:
        raise NotApproved("the request is not the one that was planned", where=where)
    if row.state is not PointState.APPROVED and not (row.state is PointState.IN_DOUBT and absent):
        raise NotApproved(f"the point is {row.state}, not approved", where=where)
    if rate_limit:
        _paced(connection, row, rate_limit)
    if check is not None:
        check(connection, now, planned)
    moment, number = audit.chain_of(connection).now_ms(), row.attempts + 1
    told = {"digest": request.digest, "method": request.method, "attempt": number, "fence": fence}
    point_to(
        connection,
        row,
        PointState.IN_FLIGHT,
        now.worker,
        told,
        attempts=number,
        intended_ms=row.intended_ms or moment,
        sent_ms=moment,
        digest=request.digest,
        fence=fence,
    )
    return Permit(f"{run}/{point}/{number}", request.digest)


def _to_send(
    connection: Connection, run: str, point: str, fence: int, state: RunState
) -> tuple[RunRow, PointRow]:
    """Return a run and a point that something may be sent for now, as far as the run says."""
    now, row, stopped = held_point(connection, run, point, fence)
    if now.mode == "observe":
        raise ObserveOnly("the run only observes", where=run, mend="plan it in another mode")
    if now.state is not state:
        raise NotApproved(f"the run is {now.state}", where=run)
    if stopped:
        raise Guarded("the emergency stop is on", where=run, mend="agentwarrant respond resume")
    return now, row


def _paced(connection: Connection, row: PointRow, limit: int) -> None:
    """Hold back what would be one call too many in this minute, whoever made the others."""
    since = audit.chain_of(connection).now_ms() - _MINUTE_MS
    lately = connection.execute(
        select(func.count(), func.min(points.c.sent_ms)).where(
            points.c.connection == row.connection,
            points.c.action == row.action,
            points.c.sent_ms > since,
        )
    ).one()
    if lately[0] >= limit:
        wait = max((lately[1] - since) / 1000, 0.05)
        what = f"{row.action} may be called {limit} times a minute"
        raise Unreachable(what, where=row.connection, mend="it is tried later", retry_after=wait)


def intend_undo(connection: Connection, run: str, point: str, number: int, *, fence: int) -> Permit:
    """Write down that one of the requests that take a point back is about to be sent."""
    now, row = _to_send(connection, run, point, fence, RunState.RELEASING)
    request = now.point(point).step.undo[number]
    if row.attempts == 0 or row.state is PointState.ROLLED_BACK or number != row.undo_next:
        raise NotApproved(f"undo {number} of a point that is {row.state}", where=f"{run}/{point}")
    told = {"number": number, "digest": request.digest, "method": request.method, "fence": fence}
    change = _change(row, undo_sent=number + 1, fence=fence)
    audit.append(connection, row.tenant, "undo_intended", run, point, now.worker, told, change)
    return Permit(f"{run}/{point}/undo/{number}", request.digest)


def undone_one(
    connection: Connection, run: str, point: str, number: int, *, fence: int, detail: str = ""
) -> None:
    """Write down that one of the undo requests is done, or need not be sent again."""
    now, row, _ = held_point(connection, run, point, fence)
    told = {"number": number, **({"detail": detail} if detail else {})}
    change = _change(row, undo_next=number + 1)
    audit.append(connection, row.tenant, "undo_sent", run, point, now.worker, told, change)


def _change(row: PointRow, **values: object) -> Change:
    return Change(points, {"run": row.run, "point": row.point}, values)


def replan(
    connection: Connection, run: str, point: str, step: Step, *, fence: int, ask: bool
) -> None:
    """Put a step that was planned anew in the place of the old one; ``ask``: approve it anew."""
    now, row, _ = held_point(connection, run, point, fence)
    old = now.point(point)
    fresh = replace(now.plan, root=_with(now.plan.root, replace(old, step=step)))
    connection.execute(update(runs).where(runs.c.id == run).values(**_kept(fresh)))
    own = _change(row, key=replace(old, step=step).key, residual_s=step.residual_seconds)
    open_ones = (approvals.c.run == run, approvals.c.state.in_(("asked", "granted")))
    connection.execute(update(approvals).where(*open_ones).values(state="drifted"))
    told = {"was": now.plan_hash, "is": fresh.hash, "changes": step.changes,
            "digest": step.request.digest, "ask": ask}  # fmt: skip
    audit.append(connection, now.tenant, "plan_drifted", run, point, now.worker, told, own)
    if ask and row.state is PointState.APPROVED:
        point_to(
            connection, row, PointState.PLANNED, now.worker, cause=Cause.DRIFT, approval="",
            detail="what is there has changed since it was planned",
        )  # fmt: skip


def _kept(plan: RunPlan) -> dict[str, str]:
    return {"plan": canonical(plan_data(plan)).decode(), "plan_hash": plan.hash}


def _with(node: Node, fresh: Point) -> Node:
    """Return a tree with one point in the place of the one of the same id."""
    if isinstance(node, Point):
        return fresh if node.id == fresh.id else node
    if isinstance(node, (Sequence, Parallel)):
        return replace(node, nodes=tuple(_with(one, fresh) for one in node.nodes))
    if isinstance(node, Decide):
        otherwise = _with(node.otherwise, fresh) if node.otherwise else None
        return replace(node, then=_with(node.then, fresh), otherwise=otherwise)
    return node
