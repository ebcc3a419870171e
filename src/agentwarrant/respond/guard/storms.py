"""Storms: many findings make one run, and what is in force already is not done again.

A run that is open for the same agent and playbook takes the new cases, where it does all that the
new plan would. One that has ended sends nothing any more: it takes them only where all that is
left to do is in force by it, proven or not, so that what failed or was taken back is tried anew
and a run that could only be left out as a whole is none. What another run has in force is left out
of a new one, which then relies on it: the other run cannot be released before (``relying``), and
the newest is released first, because each run's state before is the one that the older ones made.
Of one finding about many agents each gets a run of its own, and people answer for all of them at
once (``bundles``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select, update

from agentwarrant.respond.action import TOUCHES_NOBODY, Verb
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.enter import entered
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import PointRow, RunRow, point_row, points_of, run_of, run_row
from agentwarrant.respond.ledger.states import Cause, point_to
from agentwarrant.respond.ledger.tables import IN_FORCE, PointState, RunState, points, runs
from agentwarrant.respond.runplan import Point, RunPlan, canonical, plan_data

OPEN = (
    RunState.PLANNED,
    RunState.AWAITING,
    RunState.RUNNING,
    RunState.CONTAINED,
    RunState.NOT_CONTAINED,
    RunState.STOPPED,
)
"""States of runs that are not over: what they have in force, others may rely on."""

_ENDED = (RunState.CONTAINED, RunState.NOT_CONTAINED)
_JOINED = (RunState.PLANNED, RunState.AWAITING, RunState.RUNNING, *_ENDED)
_WHO = ("trigger_authors", "accounts")
"""Facts that say who may not approve: all of them count, however many cases join."""
_MOST = 200
BUNDLE_MS = 600_000
"""Runs of one bundle begin at most so far apart."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a plan.

    Attributes:
        run: The run that does it.
        is_new: Is it a new one? Otherwise one that was open has taken the cases.
        skipped: Points that another run has in force, each with that run.
    """

    run: str
    is_new: bool
    skipped: Mapping[str, str]


def enter(ledger: Ledger, plan: RunPlan, *, actor: str, since_ms: int | None = None) -> Entered:
    """Take a plan in, once, whoever else enters one about the same agent now.

    Args:
        ledger: Where.
        plan: What would be done.
        actor: Who starts it.
        since_ms: When planning began to read real state. What was verified before, and planning
            found missing all the same, has been taken back by somebody: it is done again. None:
            planning read nothing.
    """
    with ledger.transaction(plan.tenant) as connection:
        found = None if plan.mode == "observe" else _open(connection, plan, since_ms)
        if found is not None:
            _join(connection, found, plan, actor)
            return Entered(found.id, False, {})
        run = entered(connection, plan, actor)
        skipped = {}
        if plan.mode != "observe":
            skipped = _skip_in_force(connection, run, plan, since_ms)
        return Entered(run, True, skipped)


def taking(ledger: Ledger, plan: RunPlan) -> str:
    """Return the run that would take a plan's cases, were it entered as planned now; or empty."""
    if plan.mode == "observe":
        return ""
    with ledger.reading() as connection:
        found = _open(connection, plan, ledger.now_ms(connection))
    return found.id if found is not None else ""


def _open(connection: Connection, plan: RunPlan, since_ms: int | None) -> RunRow | None:
    """Return the newest run that does, or has in force, all that a plan would do."""
    asked = (
        select(runs)
        .where(
            runs.c.tenant == plan.tenant,
            runs.c.agent == plan.agent,
            runs.c.playbook == plan.playbook,
            runs.c.state.in_([state.value for state in _JOINED]),
        )
        .order_by(runs.c.created_ms.desc())
    )
    wanted = _left_to_do(connection, plan)
    for row in map(run_row, connection.execute(asked)):
        if row.state in _ENDED:
            able = {key for key, point in wanted.items() if _has(connection, row, point, since_ms)}
        else:
            able = {point.key for point in row.plan.points()}
        if wanted.keys() <= able:
            return row
    return None


def _left_to_do(connection: Connection, plan: RunPlan) -> dict[str, Point]:
    """Return what a run of a plan would do about its agent, by key.

    Evidence of a case that joins is kept all the same (``intake.carry_out``), and people know of
    the agent by the open run. Where nothing can be done about the agent, they are told of each
    case, once.
    """
    effects = {point.key: point for point in plan.points() if point.verb not in TOUCHES_NOBODY}
    if effects:
        return effects
    told = {point.key: point for point in plan.points() if point.verb is not Verb.SNAPSHOT}
    return {key: one for key, one in told.items() if not in_force(connection, plan.tenant, key)}


def _has(connection: Connection, run: RunRow, point: Point, since_ms: int | None) -> bool:
    """Has a run that ended a point's effect in force, also one that nothing there can prove?"""
    return any(one.run == run.id for one in _holders(connection, run.tenant, point, since_ms))


def _join(connection: Connection, run: RunRow, plan: RunPlan, actor: str) -> None:
    """Let a run take the cases of a plan, and what is known of them: who wrote them above all."""
    new = [case for case in plan.cases if case not in run.cases]
    if not new:
        return
    cases = (*run.cases, *new)
    whole = replace(run.plan, cases=cases, facts=_both(run.plan.facts, plan.facts))
    own = {
        "cases": canonical(list(cases)).decode(),
        "plan": canonical(plan_data(whole)).decode(),  # its hash is of neither
    }
    connection.execute(update(runs).where(runs.c.id == run.id).values(**own))
    audit.append(connection, run.tenant, "cases_joined", run.id, "", actor, {"cases": new})


def _both(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts with what the lists of others have besides; the rest stays."""
    found = dict(old)
    for name, values in new.items():
        had = found.setdefault(name, [])
        if isinstance(had, list) and isinstance(values, list):
            whole = [*had, *(one for one in values if one not in had)]
            found[name] = whole if name in _WHO else whole[:_MOST]
    return found


def _skip_in_force(
    connection: Connection, run: str, plan: RunPlan, since_ms: int | None
) -> dict[str, str]:
    own = {point.id: point for point in plan.points()}
    skipped = {}
    for row in points_of(connection, run):
        holders = _holders(connection, row.tenant, own[row.point], since_ms)
        holder = next((one for one in holders if one.run != run), None)
        if holder is not None:
            detail = f"{HELD_BY}{holder.run}"
            point_to(
                connection, row, PointState.SKIPPED, "policy", {"by": holder.run},
                cause=Cause.IN_FORCE, detail=detail,
            )  # fmt: skip
            skipped[row.point] = holder.run
    return skipped


HELD_BY = "in force by run "
"""Begins the detail of a point that another run has in force; the run's id follows."""


def _holders(
    connection: Connection, tenant: str, point: Point, since_ms: int | None
) -> Iterator[PointRow]:
    """Yield the points of open runs that have an effect in force, as far as can be told now."""
    for one in in_force(connection, tenant, point.key):
        done = one.state in (PointState.VERIFIED, PointState.APPLIED)
        read = since_ms is not None and bool(point.step.pre_state)
        if done and read and max(one.verified_ms, one.applied_ms) < (since_ms or 0):
            continue  # it was there, and real state shows that it is no more
        yield one


def in_force(connection: Connection, tenant: str, key: str) -> list[PointRow]:
    """Return the points of a tenant's open runs whose effect is, or may be, there."""
    asked = (
        select(points)
        .join(runs, runs.c.id == points.c.run)
        .where(
            points.c.tenant == tenant,
            points.c.key == key,
            points.c.state.in_([state.value for state in IN_FORCE]),
            runs.c.state.in_([state.value for state in OPEN]),
        )
        .order_by(points.c.intended_ms)
    )
    return [point_row(row) for row in connection.execute(asked)]


def relying(connection: Connection, run: str) -> list[str]:
    """Return the open runs that rely on what a run has in force: they are released before it.

    These are later runs about the same agent, and any in which one of its effects was left out or
    found there already; not one on which this run relies itself. Whoever releases a run asks this
    in the transaction that begins it.

    Args:
        connection: Of a transaction that holds the head of the tenant's chain.
        run: The run that is to be released.
    """
    row = run_of(connection, run)
    own = points_of(connection, run)
    leaning = _leaning(
        connection, row, {p.key for p in own if p.state in IN_FORCE and not _leans(p)}
    )
    mine = _holding(connection, row, {p.key for p in own if _leans(p)})
    later = {
        one.id
        for one in _others(connection, row)
        if one.agent == row.agent and one.contained_ms and one.created_ms > row.created_ms
    }
    return sorted((leaning | later) - (mine - leaning))


def _leans(point: PointRow) -> bool:
    return point.cause in (Cause.IN_FORCE, Cause.ALREADY)


def _others(connection: Connection, row: RunRow) -> list[RunRow]:
    """Return the other runs of a tenant that have something in force, or may have."""
    listed = [state.value for state in (*OPEN, RunState.RELEASING, RunState.NOT_RELEASED)]
    asked = select(runs).where(
        runs.c.tenant == row.tenant, runs.c.id != row.id, runs.c.state.in_(listed)
    )
    return [run_row(one) for one in connection.execute(asked)]


def _leaning(connection: Connection, row: RunRow, keys: set[str]) -> set[str]:
    """Return the other runs that have left out, or found there, what has one of some keys."""
    causes = [Cause.IN_FORCE.value, Cause.ALREADY.value]
    asked = select(points.c.run).where(
        points.c.tenant == row.tenant, points.c.key.in_(keys), points.c.cause.in_(causes)
    )
    return {one.id for one in _others(connection, row)} & set(connection.execute(asked).scalars())


def _holding(connection: Connection, row: RunRow, keys: set[str]) -> set[str]:
    """Return the other runs that have one of some keys in force themselves."""
    asked = select(points.c.run).where(
        points.c.tenant == row.tenant,
        points.c.key.in_(keys),
        points.c.state.in_([state.value for state in IN_FORCE]),
        points.c.cause != Cause.ALREADY.value,
    )
    return {one.id for one in _others(connection, row)} & set(connection.execute(asked).scalars())


def bundles(rows: Sequence[RunRow]) -> list[list[RunRow]]:
    """Return runs as people answer for them: those that one finding set off stand together.

    They are of one tenant and playbook, about the same rules or a case in common, and begin close
    to one another.
    """
    found: list[list[RunRow]] = []
    for row in sorted(rows, key=lambda one: one.created_ms):
        fitting = next((one for one in found if _belongs(one, row)), None)
        if fitting is None:
            found.append([row])
        else:
            fitting.append(row)
    return found


def _belongs(bundle: Sequence[RunRow], row: RunRow) -> bool:
    first, last = bundle[0], bundle[-1]
    if (first.tenant, first.playbook) != (row.tenant, row.playbook):
        return False
    close = row.created_ms - last.created_ms <= BUNDLE_MS
    rules = set(_rules(first)) == set(_rules(row)) and bool(_rules(row))
    return close and (rules or bool(set(first.cases) & set(row.cases)))


def _rules(row: RunRow) -> list[str]:
    return [str(rule) for rule in row.plan.facts.get("rules", ())]
