"""Answers findings while they come: a case that opens gets its playbook, as far as it may run.

Watching goes on meanwhile: planning and carrying out have a thread of their own. It also carries on
what waited for people or for a time, so that a watch that responds is a worker, too.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from agentwarrant.errors import AgentWarrantError, Guarded
from agentwarrant.event import Event, text_of
from agentwarrant.finding import Case, Finding, into_cases
from agentwarrant.inventory import Inventory
from agentwarrant.respond.execution.worker import Worker
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.planning.playbook import playbooks
from agentwarrant.respond.planning.replanning import replanner
from agentwarrant.respond.planning.targets import Known
from agentwarrant.respond.reporting.intake import Planning, carry_out
from agentwarrant.respond.reporting.lately import Lately
from agentwarrant.respond.settings import Settings
from agentwarrant.scan import Scan

_CASES = 1_000
_FINDINGS = 200
_AGAIN_S = 60.0
_LOOK_S = 1.0


class Responder:
    """Answers the cases of one watch.

    Args:
        scan: Of the watch: its warrants and its redactor.
        settings: The response of this installation.
        ledger: Where runs are entered.
        actor: Who starts them, for the record.
        tell: Told, a line each, of what it does.
    """

    def __init__(
        self,
        scan: Scan,
        settings: Settings,
        ledger: Ledger,
        *,
        actor: str,
        tell: Callable[[str], None],
    ) -> None:
        playbooks()  # read before anything happens
        registry = scan.resolver.registry
        self._redactor, self._registry = scan.redactor, registry
        self._settings, self._ledger = settings, ledger
        self._guards = Guards(settings, registry)
        self._lately = Lately()
        self._worker = Worker(
            ledger, settings, self._guards, replan=replanner(settings), reborn=self._lately.since
        )
        self._inventory = Inventory(registry)
        self._actor, self._tell = actor, tell
        self._cases: OrderedDict[str, list[Finding]] = OrderedDict()
        self._answered: OrderedDict[str, float] = OrderedDict()
        self._waiting: queue.SimpleQueue[Case] = queue.SimpleQueue()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="respond", daemon=True)

    def __enter__(self) -> Responder:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Finish what is at hand; the rest stands in the ledger."""
        self._over.set()
        self._thread.join()

    def see(self, seen: Event | Finding) -> None:
        """Take in an event or a finding; a case that is open is answered soon.

        One that was answered is answered again when more is found in it, at most once a minute.
        """
        if not isinstance(seen, Finding):
            self._inventory.see(seen)
            self._lately.see(seen)
            return
        if seen.is_muted:
            return
        name = text_of(seen.event, "warrant.case.id")
        found = self._cases.setdefault(name, [])
        self._cases.move_to_end(name)
        if len(self._cases) > _CASES:
            self._cases.popitem(last=False)
        if len(found) < _FINDINGS:
            found.append(seen)
        (case,) = into_cases(found)
        now = time.monotonic()
        if case.is_open and now - self._answered.get(name, -_AGAIN_S) >= _AGAIN_S:
            self._answered[name] = now
            if len(self._answered) > _CASES:
                self._answered.popitem(last=False)
            self._waiting.put(case)

    def _work(self) -> None:
        while not self._over.is_set():
            try:
                case = self._waiting.get(timeout=_LOOK_S)
            except queue.Empty:
                self._safely(self._carry_on)
            else:
                self._safely(lambda case=case: self._answer(case))  # type: ignore[misc]  # the case of this turn

    def _safely(self, act: Callable[[], None]) -> None:
        """Do something; a fault is told and ends neither the watch nor the next case."""
        try:
            act()
        except AgentWarrantError as error:
            self._tell(f"respond: {error}")

    def _carry_on(self) -> None:
        while not self._over.is_set() and self._worker.step():
            pass

    def _answer(self, case: Case) -> None:
        begun = self._ledger.now_ms()
        known = Known(self._registry, list(self._inventory.entries()), self._redactor)
        planning = Planning(self._settings, self._guards, known)
        plan = planning.for_case(case)
        if plan is None:
            self._tell(f"case {case.id[:12]}: no playbook fits: {case.title}")
            return
        planning.keep(case, plan)
        steps = sum(1 for _ in plan.points())
        self._tell(f"case {case.id[:12]}: {plan.playbook}, {steps} steps, mode {plan.mode}")
        try:
            entered = carry_out(self._ledger, plan, planning, actor=self._actor, since_ms=begun)
        except Guarded as error:
            self._tell(f"case {case.id[:12]}: not started: {error}")
            return
        run = self._ledger.run(entered.run)
        more = " (approve it: agentwarrant respond approve)" * (run.state is RunState.AWAITING)
        self._tell(f"run {run.id[:12]} of {run.agent}: {run.state}{more}")
