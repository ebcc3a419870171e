"""Carries a run out: walks its plan as far as it goes now, and says how it ended.

The walk keeps nothing: what was done, decided, waited for and approved stands in the ledger, and a
walk that begins anew passes over it. So a crash, another worker and a long wait are all the same.
What runs in parallel runs in threads. A run is contained when every point that was not left out
for a harmless reason is verified, and not before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from agentwarrant.respond.action import TOUCHES_NOBODY, Verb
from agentwarrant.respond.execution.book import OVER
from agentwarrant.respond.execution.means import DONE, POLICY, STOP, Going, Job, Status
from agentwarrant.respond.execution.point import PointWork
from agentwarrant.respond.ledger import audit, timers
from agentwarrant.respond.ledger import points as ledger_points
from agentwarrant.respond.ledger.held import held
from agentwarrant.respond.ledger.rows import PointRow, RunRow, points_of
from agentwarrant.respond.ledger.states import HARMLESS, Cause, run_to
from agentwarrant.respond.ledger.tables import PointState, RunState, decisions
from agentwarrant.respond.people import approvals
from agentwarrant.respond.people.coverage import covering
from agentwarrant.respond.runplan import (
    Approval,
    Decide,
    Node,
    Parallel,
    Point,
    Wait,
    walk,
)

MAX_THREADS = 64
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Execution:
    """One run, carried out by one worker."""

    job: Job

    def go(self) -> int:
        """Take the run as far as it goes now; return when to look again, 0 when it has ended.

        Raises:
            LeaseLost: Another worker has taken it over.
            Halted: Nothing more may be sent for it.
        """
        self._keep_what_others_took()
        status = self._walk(self.job.run.plan.root)
        if status.going is not Going.WAITS:
            self._end(status)
            return 0
        state = RunState.AWAITING if status.asks else RunState.RUNNING
        lease = self.job.lease
        self.job.ledger.run_to(lease.run, state, fence=lease.fence, reason="")
        return status.due_ms

    def _keep_what_others_took(self) -> None:
        """Put a snapshot that another run has in force into this run's record, too."""
        job = self.job
        run = job.run
        snapshots = {point.id for point in run.plan.points() if point.verb is Verb.SNAPSHOT}
        rows = job.ledger.points(run.id)
        if any(row.point in snapshots and row.cause == Cause.IN_FORCE for row in rows):
            with job.ledger.of(run.id) as connection:
                held(connection, run.id, job.lease.fence)
                job.keep(connection)

    def _walk(self, node: Node) -> Status:
        if isinstance(node, Point):
            return PointWork(self.job, node.id).carry()
        if isinstance(node, Wait):
            return self._wait(node)
        if isinstance(node, Approval):
            return self._approval(node)
        if isinstance(node, Decide):
            return self._decide(node)
        if isinstance(node, Parallel):
            return self._at_once(node.nodes)
        for one in node.nodes:
            status = self._walk(one)
            if status.going is not Going.DONE:
                return status
        return DONE

    def _at_once(self, nodes: Sequence[Node]) -> Status:
        if not nodes:
            return DONE
        self._let_all([node.id for node in nodes if isinstance(node, Point)])
        with ThreadPoolExecutor(min(len(nodes), MAX_THREADS)) as pool:
            tasks = [pool.submit(self._walk, node) for node in nodes]
        return _together(task.result() for task in tasks)

    def _let_all(self, names: list[str]) -> None:
        """Approve by policy, in one transaction, what nobody needs to be asked about."""
        job = self.job
        with job.ledger.of(job.lease.run) as connection:
            run = held(connection, job.lease.run, job.lease.fence)
            covered = covering(run.text)
            rows = {row.point: row for row in points_of(connection, run.id)}
            free = [name for name in names if not covered.get(name) and not rows[name].cause]
            ledger_points.approve(connection, run.id, free, run.fence, POLICY, run.worker)

    # Waits ---------------------------------------------------------------------------------

    def _wait(self, node: Wait) -> Status:
        job, name = self.job, f"wait:{node.id}"
        with job.ledger.reading() as connection:
            due = timers.due_of(connection, job.lease.run, name)
        if due is None:
            with job.ledger.of(job.lease.run) as connection:
                run = held(connection, job.lease.run, job.lease.fence)
                later = job.ledger.now_ms() + int(node.seconds * 1000)
                due = timers.put_once(connection, run, name, later)
        left = (due - job.ledger.now_ms()) / 1000
        if left > job.means.pace.inline:
            return Status(Going.WAITS, due)
        if left > 0:
            job.sleep(left)
        return DONE

    # Approvals -----------------------------------------------------------------------------

    def _approval(self, node: Approval) -> Status:
        job = self.job
        with job.ledger.of(job.lease.run) as connection:
            run = held(connection, job.lease.run, job.lease.fence)
            status = self._answered(connection, run, node)
        job.means.at("after-ask" if status.asks else "after-approval")
        return status

    def _answered(self, connection: Connection, run: RunRow, node: Approval) -> Status:
        """Heed what people said, or ask them; in one transaction."""
        mine = [p for p, nodes in covering(run.text).items() if node.id in nodes]
        found = approvals.latest(connection, run.id, node.id)
        if found is None and not self._waits_for_it(connection, run, mine):
            return DONE  # all that it is for was left out
        state = found.state if found else approvals.State.NONE
        if state is approvals.State.USED:
            return DONE
        if found and state is approvals.State.GRANTED and found.plan_hash == run.plan_hash:
            approvals.use(connection, run.id, node.id, run.plan_hash)
            ledger_points.approve(connection, run.id, mine, run.fence, node.id, run.worker)
            timers.finish(connection, run.id, (timers.expiry(node.id),), self.job.ledger.now_ms())
            return DONE
        if state in OVER:
            approvals.close(connection, run.id, node.id)
            cause, said = OVER[state]
            ledger_points.skip(connection, run.id, mine, run.fence, cause, run.worker, said)
            timers.finish(connection, run.id, (timers.expiry(node.id),), self.job.ledger.now_ms())
            return DONE
        asked = approvals.ask(connection, run.id, run.tenant, node, run.plan_hash)
        due = timers.put(connection, run, timers.expiry(node.id), asked.expires_ms)
        return Status(Going.WAITS, due, asks=True)

    def _waits_for_it(self, connection: Connection, run: RunRow, mine: list[str]) -> bool:
        rows = points_of(connection, run.id)
        return any(row.point in mine and row.state is PointState.PLANNED for row in rows)

    # Decisions -----------------------------------------------------------------------------

    def _decide(self, node: Decide) -> Status:
        """Go the way that was decided, by the states of the ledger when it was first reached."""
        job = self.job
        with job.ledger.of(job.lease.run) as connection:
            run = held(connection, job.lease.run, job.lease.fence)
            way = _decided(connection, run.id, node.id) or self._choose(connection, run, node)
        taken = node.then if way == "then" else node.otherwise
        return self._walk(taken) if taken is not None else DONE

    def _choose(self, connection: Connection, run: RunRow, node: Decide) -> str:
        states = {str(state) for state in node.when["is"]}
        step = str(node.when["step"])
        rows = points_of(connection, run.id)
        holds = any(_is_of(row.point, step) and row.state in states for row in rows)
        way = "then" if holds else "otherwise"
        now = self.job.ledger.now_ms()
        own = {"run": run.id, "node": node.id, "tenant": run.tenant, "way": way, "at_ms": now}
        connection.execute(insert(decisions).values(**own))
        audit.append(connection, run.tenant, "decided", run.id, node.id, run.worker, {"way": way})
        left = node.otherwise if way == "then" else node.then
        names = [one.id for one in walk(left) if isinstance(one, Point)]
        ledger_points.skip(connection, run.id, names, run.fence, Cause.BRANCH, run.worker)
        return way

    # The end -------------------------------------------------------------------------------

    def _end(self, status: Status) -> None:
        job = self.job
        job.means.at("before-end")
        with job.ledger.of(job.lease.run) as connection:
            run = held(connection, job.lease.run, job.lease.fence)
            rows = points_of(connection, run.id)
            state, reason = ended(rows)
            touches = any(p.verb not in TOUCHES_NOBODY for p in run.plan.points())
            if state is RunState.CONTAINED and not touches and run.plan.facts.get("not_covered"):
                state, reason = RunState.NOT_CONTAINED, "nothing that was done touches the agent"
            now = job.ledger.now_ms()
            contained = state is RunState.CONTAINED and touches
            run_to(connection, run, state, run.worker, reason, contained_ms=now if contained else 0)
            after = job.means.settings.policy(run.tenant).release_after
            timers.after_containment(
                connection,
                run,
                now,
                watches=contained,
                release_after=after if any(row.applied_ms for row in rows) else 0,
            )
        job.means.at("after-end")


def _decided(connection: Connection, run: str, node: str) -> str:
    asked = select(decisions.c.way).where(decisions.c.run == run, decisions.c.node == node)
    return connection.execute(asked).scalar() or ""


def _is_of(point: str, step: str) -> bool:
    """Is a point one of a playbook's step? It has its id, and a number where it is not alone."""
    rest = point.removeprefix(step)
    return rest == "" or (rest != point and rest[0] in "-.:/#" and rest[1:].isdigit())


def _together(found: Iterable[Status]) -> Status:
    """Return how several stand: all are waited for before a failure counts."""
    every = list(found)
    waits = [one for one in every if one.going is Going.WAITS]
    if waits:
        due = min(one.due_ms for one in waits)
        return Status(Going.WAITS, due, asks=any(one.asks for one in waits))
    return STOP if any(one.going is Going.STOP for one in every) else DONE


def ended(rows: list[PointRow]) -> tuple[RunState, str]:
    """Return how a run with these points ends, and why it is no better."""
    lacking = [row for row in rows if not _is_well(row)]
    if not rows:
        return RunState.NOT_CONTAINED, "the plan has no point at which anything could be done"
    if not lacking:
        return RunState.CONTAINED, ""
    said = "; ".join(f"{row.point} is {row.state}{_why(row)}" for row in lacking[:_SHOWN])
    more = f"; and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
    refused = all(row.state is PointState.SKIPPED for row in rows)
    return RunState.REFUSED if refused else RunState.NOT_CONTAINED, said + more


def _is_well(row: PointRow) -> bool:
    if row.state is PointState.SKIPPED:
        return row.cause in HARMLESS
    return row.state is PointState.VERIFIED


def _why(row: PointRow) -> str:
    return f" ({row.detail})" if row.detail else ""
