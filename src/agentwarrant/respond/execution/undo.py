"""Release: takes back what a run did, in reverse order, as its pre-state says.

Each request that takes something back has an intent of its own, and what comes of it is written
down, so that a crash in between sends none in vain and forgets none. That a point is taken back is
proven by its own read. What nothing takes back is said and left.

An identity is enabled again only when what was revoked is still dead: every point of the run that
revoked sessions or credentials, or disabled credentials, must still be verified. So identities come
before the credentials that were disabled. A release that nobody asked for, by the timer, leaves
disabled credentials as they are: whether an agent gets them back is for a person to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, update

from agentwarrant.errors import AgentWarrantError, Guarded, LeaseLost, Unreachable
from agentwarrant.respond.action import TOUCHES_NOBODY, Reversibility, Verb
from agentwarrant.respond.execution.means import Job
from agentwarrant.respond.execution.proof import patience_of, shows
from agentwarrant.respond.execution.undopoint import NotReleased, PointUndo
from agentwarrant.respond.guard import storms
from agentwarrant.respond.ledger import audit, timers
from agentwarrant.respond.ledger import points as ledger_points
from agentwarrant.respond.ledger.held import held
from agentwarrant.respond.ledger.history import not_over
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import PointRow, RunRow, run_of
from agentwarrant.respond.ledger.states import Cause, may_follow, run_to
from agentwarrant.respond.ledger.tables import PointState, RunState, points
from agentwarrant.respond.ledger.words import words_of
from agentwarrant.respond.people import releasing
from agentwarrant.respond.people.approvals import Asked
from agentwarrant.respond.runplan import Point
from agentwarrant.respond.settings import Settings

ENABLES = frozenset({Verb.DISABLE_IDENTITY})
"""Verbs whose undo lets an identity act again."""

KILLS = frozenset({Verb.REVOKE_SESSIONS, Verb.REVOKE_CREDENTIALS, Verb.DISABLE_CREDENTIALS})
"""Verbs after which a credential must be dead for as long as the identity may act."""

_FINAL = (Reversibility.IRREVERSIBLE, Reversibility.READ_ONLY)
_LEFT = {
    Reversibility.IRREVERSIBLE: "nothing takes it back",
    Reversibility.READ_ONLY: "nothing takes it back",
    Reversibility.EXTERNALLY_REVERSIBLE: "nothing of ours takes it back, but what was stopped"
    " can be begun again",
    Reversibility.REVERSIBLE: "how it was before was not read",
}
"""Why a step without requests that take it back is left."""


class Release(StrEnum):
    """How much is taken back."""

    ALL = "all"
    NO_CREDENTIALS = "no_credentials"  # by the timer: disabled credentials stay disabled


class _Later(Exception):
    """A vendor cannot be reached now."""

    def __init__(self, due_ms: int) -> None:
        super().__init__(due_ms)
        self.due_ms = due_ms


def release(
    ledger: Ledger, run: str, *, actor: str, reason: str = "", how: Release = Release.ALL
) -> None:
    """Ask for a run to be taken back; the next worker does it.

    Args:
        ledger: Where.
        run: Its id.
        actor: Who asks.
        reason: Why.
        how: What is taken back.

    Raises:
        Guarded: Other runs rely on what it has in force: they are released first.
        NotApproved: People must say yes first (``people.releasing``).
        ResponseError: Nothing of it can be taken back: it is going on, or is over.
    """
    with ledger.of(run) as connection:
        row = run_of(connection, run)
        _may_begin(connection, row)
        releasing.spend(connection, row)
        begin(connection, row, actor, reason, how)


def ask_people(
    ledger: Ledger, settings: Settings, run: str, reason: str, together: Collection[str] = ()
) -> Asked | None:
    """Ask people to let a run be taken back, once, and return how far that is; None: nobody has to.

    Args:
        ledger: Where.
        settings: How long people have.
        run: Its id.
        reason: Who wants it, and why.
        together: Ids of runs that are taken back before it.

    Raises:
        Guarded, ResponseError: It cannot be taken back, whoever says yes (``release``).
    """
    with ledger.of(run) as connection:
        row = run_of(connection, run)
        _may_begin(connection, row)
        _nobody_relies(connection, row, together)
        return releasing.ask(connection, row, settings.policy(row.tenant).expires, reason)


def begin(connection: Connection, row: RunRow, actor: str, reason: str, how: Release) -> None:
    """Begin a release that nobody has to be asked for any more (``release``).

    Args:
        connection: Of a transaction that holds the head of the tenant's chain.
        row: The run.
        actor, reason, how: As of ``release``.
    """
    _nobody_relies(connection, row)
    values = {"release": how.value, "wake_ms": 0}
    run_to(connection, row, RunState.RELEASING, actor, reason, **values)
    if row.state is RunState.NOT_RELEASED:  # what was sent in vain is sent again
        again = (points.c.run == row.id, points.c.state != PointState.ROLLED_BACK.value)
        connection.execute(update(points).where(*again).values(undo_next=0, undo_sent=0))
    timers.finish(connection, row.id, (timers.RELEASE,), audit.chain_of(connection).now_ms())


def _may_begin(connection: Connection, row: RunRow) -> None:
    not_over(connection, row)
    may_follow(row, RunState.RELEASING)


def _nobody_relies(connection: Connection, row: RunRow, besides: Collection[str] = ()) -> None:
    others = [run for run in storms.relying(connection, row.id) if run not in besides]
    if others:
        what = f"{', '.join(others)} rely on what it has in force"
        raise Guarded(what, where=row.id, mend="release them first")


@dataclass(frozen=True, slots=True)
class Undo:
    """One run, taken back by one worker."""

    job: Job

    def go(self) -> int:
        """Take back what can be; return when to look again, 0 when it has ended.

        Raises:
            LeaseLost: Another worker has taken the run over.
        """
        left: list[str] = []
        try:
            for row, point in self._in_order():
                self._take_back(row, point, left)
        except NotReleased as error:
            self._end(RunState.NOT_RELEASED, str(error))
        except _Later as later:
            return later.due_ms
        else:
            self._end(RunState.RELEASED, "; ".join(left))
        return 0

    def _in_order(self) -> Iterator[tuple[PointRow, Point]]:
        """Yield what was sent, the last first; disabled credentials after all identities."""
        run = self.job.run
        done = [
            (row, run.point(row.point))
            for row in reversed(self.job.ledger.points(run.id))
            if _may_be_there(row) and _counts(run.point(row.point))
        ]
        yield from (one for one in done if one[1].verb is not Verb.DISABLE_CREDENTIALS)
        yield from (one for one in done if one[1].verb is Verb.DISABLE_CREDENTIALS)

    def _take_back(self, row: PointRow, point: Point, left: list[str]) -> None:
        why = self._why_left(row, point)
        if why:
            left.append(f"{point.id} is left: {why}")
            self._note(row, why)
            return
        try:
            if point.verb in ENABLES and row.undo_sent == 0:
                self._check_dead()
            with self.job.means.wire(point) as wire:
                PointUndo(self.job, point, wire).go()
        except LeaseLost:
            raise
        except Unreachable as error:
            self._later(point, error)
        except AgentWarrantError as error:
            raise NotReleased(f"{point.id}: {self._said(error, point)}") from error

    def _why_left(self, row: PointRow, point: Point) -> str:
        if row.cause == Cause.ALREADY and row.attempts <= 1:
            return "it was so before"
        if point.reversibility in _FINAL:
            return _LEFT[point.reversibility]
        if not point.step.undo:
            return _LEFT[point.reversibility]
        if point.verb is Verb.DISABLE_CREDENTIALS and self.job.run.release != Release.ALL:
            return "whether disabled credentials come back is for a person to say"
        return ""

    def _check_dead(self) -> None:
        """Hold every revoked or disabled credential of the run to its read once more.

        Raises:
            NotReleased: One may be alive: its identity stays disabled.
        """
        run = self.job.run
        for row in self.job.ledger.points(run.id):
            point = run.point(row.point)
            if point.verb not in KILLS or not _may_be_there(row):
                continue
            action = self.job.means.actions[point.action]
            with self.job.means.wire(point) as wire:
                looking = self.job.means.vendors[action.vendor].permitted(wire)
                proof = shows(action, point.step, looking, patience_of(action), self.job.sleep)
            if not proof.holds:
                said = proof.words or "it works, or may work"
                raise NotReleased(f"{point.id}: what was revoked is not dead: {said}")

    def _later(self, point: Point, error: Unreachable) -> None:
        """Try again later, until patience ends."""
        job, pace = self.job, self.job.means.pace
        with job.ledger.of(job.lease.run) as connection:
            run = held(connection, job.lease.run, job.lease.fence)
            now, span = job.ledger.now_ms(), int(pace.patience * 1000)
            end = timers.put_once(connection, run, f"patience:undo:{point.id}", now + span)
        due = now + int(pace.retry((now - end + span) / 1000, error.retry_after) * 1000)
        if due > end:
            raise NotReleased(f"{point.id}: {self._said(error, point)}") from error
        raise _Later(due)

    def _note(self, row: PointRow, why: str) -> None:
        with self.job.ledger.of(row.run) as connection:
            cause = Cause(row.cause) if row.cause else Cause.LEFT
            fence = self.job.lease.fence
            ledger_points.note(connection, row.run, row.point, fence, cause, f"left: {why}")

    def _said(self, error: AgentWarrantError, point: Point) -> str:
        return words_of(error, self.job.means.settings.connections.get(point.connection))

    def _end(self, state: RunState, reason: str) -> None:
        lease = self.job.lease
        with self.job.ledger.of(lease.run) as connection:
            run = held(connection, lease.run, lease.fence)
            run_to(connection, run, state, run.worker, reason)
            timers.finish_all(connection, run.id, self.job.ledger.now_ms())
        self.job.means.at("after-release")


def _counts(point: Point) -> bool:
    """Is there something to take back, or to say of it? Not of who was told, and what was read."""
    return bool(point.step.undo) or point.verb not in TOUCHES_NOBODY


def _may_be_there(row: PointRow) -> bool:
    """May something that a run did be in force now?"""
    sent = row.attempts > 0 or row.cause == Cause.ALREADY
    return sent and row.state not in (
        PointState.PLANNED,
        PointState.APPROVED,
        PointState.SKIPPED,
        PointState.ROLLED_BACK,
    )
