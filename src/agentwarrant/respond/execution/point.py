"""One point of a run, carried as far as it goes now.

What is done next follows from the point's state in the ledger alone, so that it makes no
difference whether this worker or a dead one did what came before:

==============  ==============================================================================
planned         approved by policy where no approval covers it, else people are asked
approved        planned anew; intent; sent; outcome
in flight       the worker that sent it is gone: in doubt
in doubt        read first, until the effect should have shown. It is there: done. It is not:
                sent again if the action is repeatable, or else if the read is decisive, that is
                the vendor's word is proof and the first request can no longer be on its way
applied         read and tried until it shows, or should have shown
==============  ==============================================================================

A refusal is followed by a read as well: what is there already was done already.
"""

from __future__ import annotations

from dataclasses import dataclass

from agentwarrant.errors import (
    AgentWarrantError,
    Guarded,
    LeaseLost,
    NotApproved,
    OutcomeUnknown,
    Unreachable,
)
from agentwarrant.respond.action import Action
from agentwarrant.respond.execution import proof as execution_proof
from agentwarrant.respond.execution.book import PointBook
from agentwarrant.respond.execution.drift import Drift, drift
from agentwarrant.respond.execution.means import (
    DONE,
    Going,
    Halted,
    Status,
)
from agentwarrant.respond.execution.proof import Proof, is_proof, patience_of
from agentwarrant.respond.ledger.rows import PointRow
from agentwarrant.respond.ledger.states import Cause
from agentwarrant.respond.ledger.tables import PointState
from agentwarrant.respond.ledger.words import words_of
from agentwarrant.respond.runplan import Point
from agentwarrant.respond.settings import connection_named
from agentwarrant.respond.transport import Permit, Transport

_UNPROVABLE = "the vendor's own word is no proof here, and nothing can be tried from outside"


@dataclass(frozen=True, slots=True)
class PointWork(PointBook):
    """The work on one point."""

    def carry(self) -> Status:
        """Take the point as far as it goes now.

        Raises:
            LeaseLost: The run is another worker's.
            Halted: Nothing more may be sent for it.
        """
        while True:
            found = self._next(self.job.ledger.point(self.job.lease.run, self.id))
            if found is not None and not self._waited_out(found):
                return found

    def _waited_out(self, status: Status) -> bool:
        """Wait where it is short, and say whether it is over."""
        if status.going is not Going.WAITS or status.asks:
            return False
        left = (status.due_ms - self.job.ledger.now_ms()) / 1000
        if left > self.job.means.pace.inline:
            return False
        self.job.sleep(max(left, 0))
        return True

    def _next(self, row: PointRow) -> Status | None:
        """Do what its state asks for; None: the state is another now."""
        state = row.state
        if state is PointState.PLANNED:
            return self._let(row)
        if state is PointState.IN_FLIGHT:
            self._outcome(PointState.IN_DOUBT, "the worker ended while it was sent")
            return None
        if state is PointState.FAILED:
            return self._failed()
        if state in (PointState.APPROVED, PointState.IN_DOUBT, PointState.APPLIED):
            return self._at_vendor(row)
        return self._failed() if row.cause == Cause.GUARDED else DONE

    # At the vendor -------------------------------------------------------------------------

    def _at_vendor(self, row: PointRow) -> Status | None:
        point = self._point()
        waits = self._held_back()
        if waits is not None:
            return waits
        try:
            with self.job.means.wire(point) as wire:
                if row.state is PointState.APPROVED:
                    return self._attempt(row, wire)
                if row.state is PointState.IN_DOUBT:
                    return self._resolve(row, point, wire)
                return self._prove(row, point, wire)
        except (LeaseLost, Halted):
            raise
        except Unreachable as error:
            said = words_of(error, self._connection_or_none())
            return self._later(said, error.retry_after)
        except Guarded as error:  # what is there now must not be touched
            return self._guarded(row, error)
        except AgentWarrantError as error:
            return self._unopened(row, error)

    def _attempt(self, row: PointRow, wire: Transport) -> Status | None:
        found = drift(self.job, row)
        if found is Drift.ASK:
            return None
        point = self._point()
        if found is Drift.NOTHING_LEFT:
            return self._already(point, wire)
        return self._send(row, point, wire)

    def _already(self, point: Point, wire: Transport) -> Status | None:
        """There is nothing to change any more: hold it to the read all the same."""
        proof = self._shows(point, wire, patience_of(self._action(point)))
        if proof.holds:
            said = "it was so before anything was sent"
            self._outcome(PointState.VERIFIED, said, Cause.ALREADY)
        else:
            said = proof.words or "there is nothing left to change, and the effect does not show"
            self._outcome(PointState.FAILED, said)
        return None

    def _send(
        self, row: PointRow, point: Point, wire: Transport, *, absent: bool = False
    ) -> Status | None:
        job, action = self.job, self._action(point)
        job.means.at("before-intent")
        try:
            permit = job.ledger.intend(
                job.lease.run,
                point.id,
                point.step.request,
                fence=job.lease.fence,
                check=job.means.guards.check if job.means.guards else None,
                absent=absent,
                rate_limit=action.rate_limit,
            )
        except Guarded as error:
            return self._guarded(row, error)
        except NotApproved as error:
            return self._not_approved(error)
        except Unreachable as error:  # one call too many in this minute
            return self._wait(max(error.retry_after, 0.05))
        job.means.at("after-intent")
        return self._sent(row, point, wire, permit)

    def _sent(self, row: PointRow, point: Point, wire: Transport, permit: Permit) -> Status | None:
        job, action = self.job, self._action(point)
        vendor = job.means.vendors[action.vendor]
        connection = connection_named(job.means.settings, point.connection)
        job.lease.check()
        try:
            action.execute(point.step, vendor.permitted(wire, permit))
        except LeaseLost:
            raise
        except Unreachable as error:  # nothing was done
            self._outcome(PointState.APPROVED, words_of(error, connection))
            return self._later(words_of(error, connection), error.retry_after)
        except OutcomeUnknown as error:
            self._outcome(PointState.IN_DOUBT, words_of(error, connection))
            return None
        except AgentWarrantError as error:
            self._outcome(PointState.IN_DOUBT, words_of(error, connection), Cause.REFUSED)
            return None
        except Exception as error:  # a fault of the vendor's file: it may have been sent
            self._outcome(PointState.IN_DOUBT, words_of(error))
            return None
        job.means.at("after-answer")
        self._outcome(PointState.APPLIED)
        job.means.at("after-outcome")
        return self._prove(self._row(), point, wire)

    # Proof ---------------------------------------------------------------------------------

    def _prove(self, row: PointRow, point: Point, wire: Transport) -> Status | None:
        action = self._action(point)
        if not is_proof(action, point.step):
            self._note(row, Cause.UNPROVEN, _UNPROVABLE)
            return DONE
        late = row.cause == Cause.UNSHOWN
        proof = self._shows(point, wire, 0 if late else patience_of(action))
        self.job.means.at("after-verify")
        if proof.holds:
            self._outcome(PointState.VERIFIED)
            self.job.means.at("after-verified")
            return None
        said = proof.words or f"the effect did not show in {patience_of(action):g} s"
        self._note(row, Cause.UNSHOWN, said)
        return self._failed()

    def _resolve(self, row: PointRow, point: Point, wire: Transport) -> Status | None:
        """Find out what came of a request, and only then think of sending it again."""
        action = self._action(point)
        refused = row.cause == Cause.REFUSED
        proof = self._shows(point, wire, self._until_decisive(row, point, action))
        if proof.holds:
            self._found(row, action, point)
            return None
        if not proof.was_read and not refused:
            return self._later(proof.words)
        if refused or row.attempts >= self.job.means.pace.attempts:
            cause = Cause.REFUSED if refused else Cause.NONE
            self._outcome(PointState.FAILED, row.detail or "it was sent in vain", cause)
            return None
        if action.repeatable or is_proof(action, point.step):
            return self._send(row, point, wire, absent=True)
        said = "whether it was done cannot be told, and it must not be done twice"
        self._note(row, Cause.UNREAD, said)
        return self._failed()

    def _until_decisive(self, row: PointRow, point: Point, action: Action) -> float:
        """Return how long to read before it counts that the effect is not there.

        What must not be done twice may still be on its way until the connection's own time is
        over.
        """
        if action.repeatable or row.cause == Cause.REFUSED:
            return patience_of(action)
        timeout = connection_named(self.job.means.settings, point.connection).timeout
        end = row.sent_ms + (timeout + patience_of(action)) * 1000
        return max((end - self.job.ledger.now_ms()) / 1000, patience_of(action))

    def _found(self, row: PointRow, action: Action, point: Point) -> None:
        cause = Cause.ALREADY if row.cause == Cause.REFUSED else Cause.NONE
        said = f"already so: {row.detail}" if cause else ""
        if is_proof(action, point.step):
            self._outcome(PointState.VERIFIED, said, cause)
        else:
            self._outcome(PointState.APPLIED, said)

    def _shows(self, point: Point, wire: Transport, seconds: float) -> Proof:
        action = self._action(point)
        looking = self.job.means.vendors[action.vendor].permitted(wire)
        return execution_proof.shows(action, point.step, looking, seconds, self.job.sleep)
