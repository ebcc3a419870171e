"""Takes one point back: its undo requests in order, each with an intent, then the proof.

An undo request puts back what was there before, so the same one may be sent again; but where the
last one may have arrived, the read is asked first.
"""

from __future__ import annotations

from dataclasses import dataclass

from agentwarrant.errors import AgentWarrantError, OutcomeUnknown, Refused
from agentwarrant.respond.action import Action
from agentwarrant.respond.execution.means import Job
from agentwarrant.respond.execution.proof import (
    Proof,
    patience_of,
    shows_gone,
    shows_undone,
)
from agentwarrant.respond.ledger.rows import PointRow
from agentwarrant.respond.ledger.tables import PointState
from agentwarrant.respond.ledger.words import words_of
from agentwarrant.respond.runplan import Point
from agentwarrant.respond.settings import connection_named
from agentwarrant.respond.transport import Permit, Transport

_SENDS = 3


class NotReleased(Exception):
    """A point cannot be taken back, or must not be; in words."""


@dataclass(frozen=True, slots=True)
class PointUndo:
    """One point, taken back over one open transport."""

    job: Job
    point: Point
    wire: Transport

    def go(self) -> None:
        """Take it back.

        Raises:
            LeaseLost: Another worker has taken the run over.
            NotReleased: It was sent, and the read does not show it.
            ResponseError: It could not be sent.
        """
        row = self._row()
        if row.state is PointState.IN_FLIGHT:
            self._outcome(PointState.IN_DOUBT, "the worker ended while it was sent")
            row = self._row()
        if not (self._is_uncertain(row) and self._shows(0).holds):
            for number in range(row.undo_next, len(self.point.step.undo)):
                self._send(number)
        proof = self._shows(max(patience_of(self._action()), self.job.means.pace.undo))
        if not proof.holds:
            said = proof.words or "it was sent, and the read does not show it"
            raise NotReleased(f"{self.point.id}: {said}")
        self._outcome(PointState.ROLLED_BACK)
        self.job.means.at("after-undone")

    def _is_uncertain(self, row: PointRow) -> bool:
        """May it be undone already: by a request whose answer is lost, or because it never was?"""
        lost = row.undo_sent > row.undo_next
        return lost or row.state in (PointState.IN_DOUBT, PointState.FAILED)

    def _send(self, number: int) -> None:
        said = ""
        for _ in range(_SENDS):
            permit = self._intend(number)
            try:
                looking = self._permitted(permit)
                self._action().compensate(self.point.step, number, looking)
                said = ""
            except Refused as error:  # it may be so already: the read at the end decides
                said = self._said(error)
            except OutcomeUnknown as error:
                said = self._said(error)
                is_last = number == len(self.point.step.undo) - 1
                if not (is_last and self._shows(patience_of(self._action())).holds):
                    continue
            break
        self.job.means.at("after-undo-answer")
        lease = self.job.lease
        self.job.ledger.undone_one(lease.run, self.point.id, number, fence=lease.fence, detail=said)
        self.job.means.at("after-undo-outcome")

    def _intend(self, number: int) -> Permit:
        lease = self.job.lease
        self.job.means.at("before-undo-intent")
        permit = self.job.ledger.intend_undo(lease.run, self.point.id, number, fence=lease.fence)
        self.job.means.at("after-undo-intent")
        lease.check()
        return permit

    def _shows(self, seconds: float) -> Proof:
        looking = self._permitted(None)
        undone = self.point.step.undone
        if undone is not None:
            return shows_undone(undone, looking, seconds, self.job.sleep)
        return shows_gone(self._action(), self.point.step, looking, seconds, self.job.sleep)

    def _permitted(self, permit: Permit | None) -> Transport:
        return self.job.means.vendors[self._action().vendor].permitted(self.wire, permit)

    def _action(self) -> Action:
        return self.job.means.actions[self.point.action]

    def _row(self) -> PointRow:
        return self.job.ledger.point(self.job.lease.run, self.point.id)

    def _outcome(self, state: PointState, said: str = "") -> None:
        lease = self.job.lease
        self.job.ledger.outcome(lease.run, self.point.id, state, fence=lease.fence, detail=said)

    def _said(self, error: AgentWarrantError) -> str:
        return words_of(error, connection_named(self.job.means.settings, self.point.connection))
