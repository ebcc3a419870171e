"""What is asked and written about one point of a run while it is carried out.

People are asked where a point needs them; a vendor that cannot be reached is tried again until
patience ends; what came of it goes into the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from agentwarrant.errors import AgentWarrantError, Guarded, NotApproved
from agentwarrant.respond.action import Action, Verb
from agentwarrant.respond.connection import Connection as Connected
from agentwarrant.respond.execution.means import (
    DONE,
    POLICY,
    STOP,
    Going,
    Halted,
    Job,
    Status,
)
from agentwarrant.respond.guard.guards import NODE
from agentwarrant.respond.ledger import points as ledger_points
from agentwarrant.respond.ledger import timers
from agentwarrant.respond.ledger.held import held, is_stopped
from agentwarrant.respond.ledger.rows import PointRow, RunRow, point_of
from agentwarrant.respond.ledger.states import Cause
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.ledger.words import words_of
from agentwarrant.respond.people import approvals
from agentwarrant.respond.people.coverage import covering
from agentwarrant.respond.runplan import Point

OVER = {
    approvals.State.DENIED: (Cause.DENIED, "people said no"),
    approvals.State.EXPIRED: (Cause.EXPIRED, "nobody said yes in time"),
}

_LOOK_AGAIN_MS = 1000


def _nothing(connection: Connection) -> None:
    """Write nothing more."""


@dataclass(frozen=True, slots=True)
class PointBook:
    """One point of a run in the hands of one worker."""

    job: Job
    id: str

    # Approval ------------------------------------------------------------------------------

    def _let(self, row: PointRow) -> Status | None:
        """Approve it by policy where nobody needs to be asked, else by whoever said yes."""
        job, name = self.job, self.job.lease.run
        with job.ledger.of(name) as connection:
            run = held(connection, name, job.lease.fence)
            by = NODE if row.cause or covering(run.text).get(self.id) else POLICY
            if by == POLICY or self._was_given(connection, run):
                ledger_points.approve(connection, name, (self.id,), run.fence, by, run.worker)
                return None
        return self._ask(NotApproved("what is there has changed since it was planned"))

    def _was_given(self, connection: Connection, run: RunRow) -> bool:
        """Have people said yes to this very plan? Then that is spent."""
        found = approvals.latest(connection, run.id, NODE)
        if found is None or found.plan_hash != run.plan_hash:
            return False
        if found.state is approvals.State.GRANTED:
            approvals.use(connection, run.id, NODE, run.plan_hash)
        timers.finish(connection, run.id, (timers.expiry(NODE),), self.job.ledger.now_ms())
        return found.state in approvals.GIVEN

    def _ask(self, error: NotApproved) -> Status | None:
        """Ask people for a yes to the plan as it is now, or heed that they have said no to it."""
        job, guards = self.job, self.job.means.guards
        if guards is None:
            raise error
        with job.ledger.of(job.lease.run) as connection:
            run = held(connection, job.lease.run, job.lease.fence)
            found = approvals.latest(connection, run.id, NODE)
            if found is not None and found.plan_hash != run.plan_hash:
                found = None
            if found is not None and found.state is approvals.State.GRANTED:
                return Status(Going.WAITS, job.ledger.now_ms() + _LOOK_AGAIN_MS)  # it came just now
            if found is None or found.state not in OVER:
                asked = guards.ask_people(connection, run, run.plan, error)
                due = timers.put(connection, run, timers.expiry(NODE), asked.expires_ms)
                waits: Status | None = Status(Going.WAITS, due, asks=True)
            else:
                approvals.close(connection, run.id, NODE)
                cause, said = OVER[found.state]
                waits = self._left_out(connection, cause, said)
                timers.finish(connection, run.id, (timers.expiry(NODE),), job.ledger.now_ms())
        job.means.at("after-ask")
        return waits

    # Failure and patience ------------------------------------------------------------------

    def _failed(self) -> Status:
        return STOP if self._point().on_failure == "stop" else DONE

    def _guarded(self, row: PointRow, error: Guarded) -> Status | None:
        with self.job.ledger.of(row.run) as connection:
            if is_stopped(connection, row.tenant):
                raise Halted(str(error)) from error
            return self._left_out(connection, Cause.GUARDED, words_of(error))

    def _not_approved(self, error: NotApproved) -> Status | None:
        run = self.job.run
        if run.state is not RunState.RUNNING:
            raise Halted(f"the run is {run.state}") from error
        return self._ask(error)

    def _left_out(self, connection: Connection, cause: Cause, said: str) -> Status | None:
        """Leave it out; what was sent once may be there and is not left out."""
        lease = self.job.lease
        row = point_of(connection, lease.run, self.id)
        if row.state in (PointState.PLANNED, PointState.APPROVED):
            ledger_points.skip(
                connection, lease.run, (self.id,), lease.fence, cause, lease.worker, said
            )
            return None
        ledger_points.note(connection, lease.run, self.id, lease.fence, cause, said)
        return self._failed()

    def _unopened(self, row: PointRow, error: AgentWarrantError) -> Status | None:
        """It cannot even be asked, and waiting will not help."""
        said = words_of(error, self._connection_or_none())
        if row.state is PointState.APPROVED:
            self._outcome(PointState.FAILED, said)
            return None
        self._note(row, Cause.UNREAD if row.state is PointState.IN_DOUBT else Cause.UNSHOWN, said)
        return self._failed()

    def _later(self, said: str, asked: float = 0.0) -> Status | None:
        """Try again later, in this life or in another, until patience ends."""
        job, pace = self.job, self.job.means.pace
        with job.ledger.of(job.lease.run) as connection:
            run = held(connection, job.lease.run, job.lease.fence)
            now, span = job.ledger.now_ms(), int(pace.patience * 1000)
            end = timers.put_once(connection, run, f"patience:{self.id}", now + span)
            due = now + int(pace.retry((now - end + span) / 1000, asked) * 1000)
            if due <= end:
                timers.put(connection, run, f"retry:{self.id}", due)
                return Status(Going.WAITS, due)
        return self._given_up(said)

    def _given_up(self, said: str) -> Status | None:
        row = self._row()
        if row.state is PointState.APPROVED:
            self._outcome(PointState.FAILED, f"given up: {said}")
            return None
        self._note(row, Cause.UNREAD if row.state is PointState.IN_DOUBT else Cause.UNSHOWN, said)
        return self._failed()

    def _wait(self, seconds: float) -> Status:
        """Wait as long as the vendor's rate limit asks; that is no failure."""
        job = self.job
        with job.ledger.of(job.lease.run) as connection:
            run = held(connection, job.lease.run, job.lease.fence)
            due = job.ledger.now_ms() + int(seconds * 1000)
            return Status(Going.WAITS, timers.put(connection, run, f"retry:{self.id}", due))

    def _held_back(self) -> Status | None:
        with self.job.ledger.reading() as connection:
            due = timers.due_of(connection, self.job.lease.run, f"retry:{self.id}")
        return Status(Going.WAITS, due) if due and due > self.job.ledger.now_ms() else None

    # What is written and read --------------------------------------------------------------

    def _outcome(self, state: PointState, said: str = "", cause: Cause = Cause.NONE) -> None:
        lease = self.job.lease
        took = state is PointState.VERIFIED and self._point().verb is Verb.SNAPSHOT
        self.job.ledger.outcome(
            lease.run, self.id, state, fence=lease.fence, detail=said, cause=cause,
            also=self.job.keep if took else _nothing,
        )  # fmt: skip

    def _note(self, row: PointRow, cause: Cause, said: str) -> None:
        lease = self.job.lease
        with self.job.ledger.of(row.run) as connection:
            ledger_points.note(connection, row.run, self.id, lease.fence, cause, said)

    def _row(self) -> PointRow:
        return self.job.ledger.point(self.job.lease.run, self.id)

    def _point(self) -> Point:
        return self.job.run.point(self.id)

    def _action(self, point: Point) -> Action:
        return self.job.means.actions[point.action]

    def _connection_or_none(self) -> Connected | None:
        return self.job.means.settings.connections.get(self._point().connection)
