"""After containment: looks again whether it holds, and releases by itself when its time has come.

At 1, 5 and 60 minutes every verified point is verified again, and whoever gives events is asked for
what is new of the agent. What holds no longer was undone by something: the run is not contained
any more, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from agentwarrant.errors import AgentWarrantError, Guarded, LeaseLost
from agentwarrant.respond.execution import undo
from agentwarrant.respond.execution.means import Job
from agentwarrant.respond.execution.proof import Proof, patience_of, shows
from agentwarrant.respond.execution.undo import Release
from agentwarrant.respond.ledger import audit, timers
from agentwarrant.respond.ledger.held import held
from agentwarrant.respond.ledger.rows import PointRow
from agentwarrant.respond.ledger.states import Cause, point_to, run_to
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.ledger.words import clean, words_of

_THREADS = 16
_AGAIN_MS = 60_000
_UNREAD_MS = 15 * 60_000
_BY = "timer"


@dataclass(frozen=True, slots=True)
class Watch:
    """One run that has ended, looked after by one worker."""

    job: Job

    def go(self) -> int:
        """Do what is due; return 0: what comes next has a timer of its own.

        Raises:
            LeaseLost: Another worker has taken the run over.
        """
        with self.job.ledger.reading() as connection:
            run = self.job.lease.run
            names = timers.due(connection, run, self.job.ledger.now_ms())
        for name in names:
            if name == timers.RELEASE:
                self._release()
            elif name.startswith(timers.WATCH):
                self._watch(name)
            else:
                self._done(name)
        return 0

    def _release(self) -> None:
        """Release it, unless a person has confirmed the case; later where others rely on it."""
        with self.job.ledger.of(self.job.lease.run) as connection:
            run = held(connection, self.job.lease.run, self.job.lease.fence)
            if run.confirmed:
                timers.finish(connection, run.id, (timers.RELEASE,), self.job.ledger.now_ms())
                return
            try:
                reason = "nobody confirmed the case in time"
                undo.begin(connection, run, _BY, reason, Release.NO_CREDENTIALS)
            except Guarded:
                later = self.job.ledger.now_ms() + _AGAIN_MS
                timers.put(connection, run, timers.RELEASE, later)

    def _watch(self, name: str) -> None:
        run = self.job.run
        if run.state is not RunState.CONTAINED:
            self._done(name)
            return
        rows = [r for r in self.job.ledger.points(run.id) if r.state is PointState.VERIFIED]
        proofs = self._looked(rows)
        gone = [row for row in rows if _is_gone(proofs[row.point])]
        unread = [row for row in rows if not proofs[row.point].was_read]
        told = [clean(line) for line in self.job.means.reborn(run)]
        if gone or told:
            self._reopen(name, gone, list(_notes(gone, told)))
        elif unread and self._is_patient(name):
            self._again(name)
        elif unread:
            words = [f"{row.point} cannot be read: {proofs[row.point].words}" for row in unread]
            self._reopen(name, [], words)
        else:
            self._done(name, {"verified": len(rows)})

    def _looked(self, rows: list[PointRow]) -> dict[str, Proof]:
        if not rows:
            return {}
        with ThreadPoolExecutor(min(len(rows), _THREADS)) as pool:
            return dict(zip([row.point for row in rows], pool.map(self._look, rows), strict=True))

    def _look(self, row: PointRow) -> Proof:
        means, point = self.job.means, self.job.run.point(row.point)
        action = means.actions[point.action]
        try:
            with means.wire(point) as wire:
                looking = means.vendors[action.vendor].permitted(wire)
                return shows(action, point.step, looking, patience_of(action), self.job.sleep)
        except LeaseLost:
            raise
        except AgentWarrantError as error:
            return Proof(
                False, False, words_of(error, means.settings.connections.get(row.connection))
            )

    def _is_patient(self, name: str) -> bool:
        """May a watch that could not read be tried again?"""
        minutes = int(name.removeprefix(timers.WATCH))
        meant = self.job.run.contained_ms + minutes * 60_000
        return self.job.ledger.now_ms() < meant + _UNREAD_MS

    def _again(self, name: str) -> None:
        with self.job.ledger.of(self.job.lease.run) as connection:
            run = held(connection, self.job.lease.run, self.job.lease.fence)
            timers.put(connection, run, name, self.job.ledger.now_ms() + _AGAIN_MS)

    def _reopen(self, name: str, gone: list[PointRow], notes: list[str]) -> None:
        lease, ledger = self.job.lease, self.job.ledger
        with ledger.of(lease.run) as connection:
            run = held(connection, lease.run, lease.fence)
            for row in gone:
                said = f"{name}: it was verified and holds no longer"
                point_to(
                    connection, row, PointState.FAILED, run.worker,
                    detail=said, cause=Cause.REBORN,
                )  # fmt: skip
            run_to(connection, run, RunState.NOT_CONTAINED, _BY, "; ".join(notes))
            timers.finish(connection, run.id, (name,), ledger.now_ms())

    def _done(self, name: str, told: dict[str, int] | None = None) -> None:
        with self.job.ledger.of(self.job.lease.run) as connection:
            run = held(connection, self.job.lease.run, self.job.lease.fence)
            timers.finish(connection, run.id, (name,), self.job.ledger.now_ms())
            if told is not None:
                data = {"timer": name, **told}
                audit.append(connection, run.tenant, "watch_held", run.id, "", run.worker, data)


def _is_gone(proof: Proof) -> bool:
    return proof.was_read and not proof.holds


def _notes(gone: list[PointRow], told: list[str]) -> Iterator[str]:
    yield from (f"{row.point} holds no longer: something undid it" for row in gone)
    yield from told
