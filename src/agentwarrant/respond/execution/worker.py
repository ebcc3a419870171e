"""Workers: take runs by lease and carry them out, one after the other.

    with Ledger.open(url, key) as ledger:
        worker = Worker(ledger, settings, Guards(settings), replan=replanner(settings))
        worker.work(until_idle=True)      # or worker.work(stop=event) as a service

Any number of workers may share a ledger. ``step`` takes one run as far as it goes now: to its end,
to an approval, to a wait. ``LABELS`` of ``execution.means`` are told to ``at`` as they are passed.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from threading import Event

from sqlalchemy.exc import SQLAlchemyError

from agentwarrant.errors import AgentWarrantError, LeaseLost
from agentwarrant.respond import vendor as registered
from agentwarrant.respond.action import Action
from agentwarrant.respond.execution.execution import Execution
from agentwarrant.respond.execution.means import Guard, Halted, Job, Means, Pace, Replan
from agentwarrant.respond.execution.undo import Undo
from agentwarrant.respond.execution.watch import Watch
from agentwarrant.respond.ledger.anchors import Anchors
from agentwarrant.respond.ledger.lease import Lease, beating, give_back, take
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.ledger.words import words_of
from agentwarrant.respond.settings import Settings
from agentwarrant.respond.vendor import Vendor

_FIRST_LOOK_S = 0.05
_IDLE_S = 1.0
_TO_CARRY = (RunState.PLANNED, RunState.RUNNING, RunState.AWAITING)


class Worker:
    """One worker.

    Args:
        ledger: Whose runs it takes.
        settings: The response of this installation.
        guards: Asked before each change; None: only the ledger's own rules count.
        name: What it is called in the record; unique.
        replan: Plans a point anew right before it is sent; None: what was planned is sent.
        actions, vendors: None: all that are installed.
        pace: How patient it is.
        at: Told of each label as it is passed.
        reborn: Returns what is new of an agent since its run was contained, a line each.
        after: Told of each run that was taken as far as it goes now.

    Raises:
        ConfigError: The file for anchors that the settings name cannot be written.
    """

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        guards: Guard | None,
        *,
        name: str = "",
        replan: Replan | None = None,
        actions: Mapping[str, Action] | None = None,
        vendors: Mapping[str, Vendor] | None = None,
        pace: Pace | None = None,
        at: Callable[[str], None] = lambda label: None,
        reborn: Callable[[RunRow], Sequence[str]] = lambda run: (),
        after: Callable[[str], None] = lambda run: None,
    ) -> None:
        self.name = name or f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._ledger = ledger
        self._after = after
        self._anchors = (
            Anchors(ledger, settings.anchors, settings.anchor_every) if settings.anchors else None
        )
        self._means = Means(
            ledger,
            settings,
            guards,
            replan,
            registered.actions() if actions is None else actions,
            registered.vendors() if vendors is None else vendors,
            pace or Pace(),
            at,
            reborn,
        )

    def work(self, *, until_idle: bool = False, stop: Event | None = None) -> None:
        """Take run after run.

        A service waits where the database is away; several workers of one process are threads
        that share its ledger.

        Args:
            until_idle: End when nothing can be done now; what waits for a time or for people
                stays as it is.
            stop: Ends it after the run at hand.

        Raises:
            SQLAlchemyError: The database is away, with ``until_idle``.
        """
        stop = stop or Event()
        idle = _FIRST_LOOK_S
        while not stop.is_set():
            if self._stepped(until_idle):
                idle = _FIRST_LOOK_S
            elif until_idle:
                return
            else:
                stop.wait(idle)
                idle = min(idle * 2, _IDLE_S)

    def _stepped(self, until_idle: bool) -> bool:
        try:
            return self.step()
        except SQLAlchemyError:
            if until_idle:
                raise
            return False

    def step(self, run: str = "") -> bool:
        """Take one run as far as it goes now; return whether there was one.

        Args:
            run: Only this one.
        """
        if self._anchors is not None:
            self._anchors.write_if_due()
        lease = take(self._ledger, self.name, self._means.pace.lease, run)
        if lease is None:
            return False
        self._means.at("after-take")
        try:
            with beating(self._ledger, lease, self._means.pace.lease):
                wake = self._carried(lease)
            give_back(self._ledger, lease, wake)
        except LeaseLost:  # whoever has it now goes on; nothing of ours is left to do
            lease.lost.set()
        self._after(lease.run)
        return True

    def _carried(self, lease: Lease) -> int:
        job = Job(self._means, lease)
        try:
            return self._carry(job)
        except (LeaseLost, SQLAlchemyError):
            raise
        except Halted as error:
            self._end(job, str(error), RunState.STOPPED)
        except AgentWarrantError as error:
            self._end(job, words_of(error))
        except Exception as error:  # one run that we cannot carry must not stop the others
            self._end(job, words_of(error))
        return 0

    def _carry(self, job: Job) -> int:
        run = job.run
        if run.state in _TO_CARRY:
            self._ledger.run_to(run.id, RunState.RUNNING, fence=job.lease.fence)
            return Execution(job).go()
        if run.state is RunState.RELEASING:
            return Undo(job).go()
        return Watch(job).go()

    def _end(self, job: Job, reason: str, state: RunState = RunState.NOT_CONTAINED) -> None:
        """End a run that cannot be carried any further."""
        found = job.run.state
        if found is RunState.RELEASING:
            state = RunState.NOT_RELEASED
        if found in (RunState.RUNNING, RunState.RELEASING):
            self._ledger.run_to(job.lease.run, state, fence=job.lease.fence, reason=reason)
