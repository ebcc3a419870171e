"""Kills workers at every labelled point and at random moments, and looks at what is left.

After every death others go on, alone or beside a second worker. In the end the run must be
contained (or released), no effect that cannot be taken back may have happened twice, and the audit
chain must be whole.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.respond_crasher import KEY, Crasher, Life
from tests.respond_generic import generic_settings, planned, shipped
from tests.respond_world import TENANT, plan, point
from tests.simulators.base import Call
from tests.simulators.office import Office

from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.ledger.auditcheck import verify
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import run_of
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.people import approvals, releasing
from agentwarrant.respond.runplan import Approval, Parallel, RunPlan

WHILE_SENT = "while-sent"
"""Killed by the far side, when the effect is there and the answer has not left."""

ASKED = ("after-ask", "after-approval")
"""Labels that only a plan passes that asks somebody; beside a rival nobody is asked."""

LATER = 100.0
"""Seconds that the clocks of those who go on are ahead: the leases of the dead have ended."""

SHORT = 1.0
"""Seconds of a lease beside a rival, who has to wait for its end."""


def crash_plan(mark: str, *, asks: bool = False) -> RunPlan:
    """Every kind of point, in sequence and in parallel; with an approval in between or without."""
    nodes = [
        point("tell", f"{mark}-begin"),
        Parallel("all", (point("disable", f"{mark}-kc"), point("revoke", f"{mark}-k1"))),
        point("revoke", f"{mark}-k2"),
    ]
    if asks:
        nodes.insert(1, Approval("yes", 1, 600.0, "May it?"))
    made: RunPlan = plan(*nodes, agent=f"agent-{mark}")
    return made


class Scenario:
    """What is carried out, and what must be so afterwards: the plan above, at the office."""

    generic = False

    def plan(self, mark: str, folder: Path, url: str, *, asks: bool) -> RunPlan:
        return crash_plan(mark, asks=asks)

    def check(self, mark: str, office: dict[str, Any], state: RunState) -> None:
        """Hold the office to the state in which the run has ended."""
        keys = {name: times for name, times in office["keys"].items() if is_of(mark, name)}
        assert keys == {f"{mark}-k1": 1, f"{mark}-k2": 1}
        assert [one for one in office["messages"] if is_of(mark, one)] == [f"{mark}-begin"]
        assert office["accounts"][f"{mark}-kc"] is (state is RunState.RELEASED)


class Shipped(Scenario):
    """A shipped playbook, at a vendor that can do everything."""

    generic = True

    def __init__(self, name: str) -> None:
        self._playbook = shipped()[name]

    def plan(self, mark: str, folder: Path, url: str, *, asks: bool) -> RunPlan:
        made: RunPlan = planned(self._playbook, mark, generic_settings(folder, url))
        return made

    def check(self, mark: str, office: dict[str, Any], state: RunState) -> None:
        keys = [times for name, times in office["keys"].items() if is_of(mark, name)]
        told = [one for one in office["messages"] if is_of(mark, one)]
        off = [on for name, on in office["accounts"].items() if is_of(mark, name)]
        assert set(keys) <= {1}, "a key was revoked twice"
        assert len(told) == len(set(told)), "somebody was told twice"
        assert set(off) <= {state is RunState.RELEASED}
        assert keys or told or off


def is_of(mark: str, name: str) -> bool:
    """Belongs a thing of the office to a case?"""
    return name.partition("-")[0] == mark


@dataclass
class Crash:
    """One place at which a worker dies.

    Attributes:
        label, number: It dies when it passes this label for this time.
        undoing: While it releases, not while it contains.
        rival: A second worker is there from the start.
    """

    label: str
    number: int
    undoing: bool = False
    rival: bool = False


class Crashes:
    """Carries out crashes against one office; counts what it did."""

    def __init__(
        self, folder: Path, office: Office, url: str, ledger: str = "", scenario: Any = None
    ) -> None:
        self._folder, self._office, self._url, self._ledger = folder, office, url, ledger
        self.scenario: Scenario = scenario or Scenario()
        self._numbers = count(1)
        self._template = folder / "template.db"
        self.lives = 0
        self.deaths = 0
        Ledger.open(f"sqlite:///{self._template}", KEY.encode()).close()
        self._crasher, self._rival = Crasher(), Crasher()

    def close(self) -> None:
        self._crasher.close()
        self._rival.close()

    def labels(self, *, undoing: bool = False) -> Counter[str]:
        """Return how often each label is passed by a worker that lives."""
        case = _Case(self)
        into = case.folder / "labels.json"
        if undoing:
            case.carry()
            case.release()
        case.live(count=str(into))
        found = Counter(json.loads(into.read_text()))
        while not undoing and self._goes_on(case):
            case.grant()
            case.live(count=str(into))
            found += Counter(json.loads(into.read_text()))
        found[WHILE_SENT] = 0 if undoing else found["after-answer"]
        case.check(RunState.RELEASED if undoing else RunState.CONTAINED)
        return found

    def _goes_on(self, case: _Case) -> bool:
        return case.ledger.run(case.run).state is RunState.AWAITING

    def crash(self, crash: Crash) -> None:
        """Kill a worker at one place and hold what is left to what must be so."""
        case = _Case(self, asks=crash.label in ASKED)
        if crash.undoing:
            case.carry()
            case.release()
        beside = case.beside() if crash.rival else None
        self._die(case, crash)
        if beside is not None:
            beside.join()
        case.carry()
        case.check(RunState.RELEASED if crash.undoing else RunState.CONTAINED)

    def _die(self, case: _Case, crash: Crash) -> None:
        if crash.label == WHILE_SENT:
            with self._killing(case, crash.number):
                ended = case.live()
                while not ended and self._goes_on(case) and not crash.rival:
                    case.grant()
                    ended = case.live()
        else:
            own: dict[str, Any] = {"label": crash.label, "number": crash.number}
            own |= {"lease": SHORT} if crash.rival else {}
            ended = case.live(**own)
            left = crash.number
            while not ended and self._goes_on(case) and not crash.rival:
                case.grant()
                left = max(left - case.passed.get(crash.label, 0), 1)
                ended = case.live(label=crash.label, number=left)
        self.deaths += ended != 0

    def _killing(self, case: _Case, number: int) -> _Killing:
        return _Killing(self._office, case, number)

    def random_deaths(self, seed: int, *, rival: bool = False) -> None:
        """Kill a worker three times at moments that nobody chose."""
        chance = random.Random(seed)  # noqa: S311 # no secret
        case = _Case(self, asks=False)
        beside = case.beside() if rival else None
        for _ in range(3):
            timer = threading.Timer(chance.uniform(0.02, 0.6), case.kill)
            timer.start()
            self.deaths += case.live() != 0
            timer.cancel()
            timer.join()
        if beside is not None:
            beside.join()
        case.carry()
        case.check(RunState.CONTAINED)


class _Killing:
    """Kills a worker while one of its changes is at the far side."""

    def __init__(self, office: Office, case: _Case, number: int) -> None:
        self._office, self._case, self._left = office, case, number
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._office.asked_while = self._asked

    def __exit__(self, *_: object) -> None:
        del self._office.asked_while

    def _asked(self, call: Call) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._case.kill()


class _Case:
    """One run, from its plan to its end."""

    def __init__(self, crashes: Crashes, *, asks: bool = True) -> None:
        self._all = crashes
        self._office = crashes._office
        self.mark = f"c{next(crashes._numbers)}"
        self.folder = crashes._folder / self.mark
        self.folder.mkdir()
        self._pid = self.folder / "pid"
        self.passed: dict[str, int] = {}
        self._ahead = 0.0
        url = crashes._ledger
        if not url:
            shutil.copy(crashes._template, self.folder / "respond.db")
            url = f"sqlite:///{self.folder / 'respond.db'}"
        self.ledger = Ledger.open(url, KEY.encode())
        made = crashes.scenario.plan(self.mark, self.folder, crashes._url, asks=asks)
        self.run = self.ledger.enter(made, actor="kim")

    def live(self, **own: Any) -> int:
        """Let a worker live; return how it ended."""
        self._all.lives += 1
        into = self.folder / f"passed-{self._all.lives}.json"
        self._pid.unlink(missing_ok=True)
        life = self._life(f"w{self._all.lives}", {"count": str(into), **own})
        ended: int = self._all._crasher.run(life)
        if into.exists():
            self.passed = json.loads(into.read_text())
        return ended

    def beside(self) -> threading.Thread:
        """Let a second worker live beside, from when the first has the run until its end."""
        self._all.lives += 1
        life = self._life("rival", {"until": self.run, "pid": "", "lease": SHORT})
        fence = self.ledger.run(self.run).fence

        def comes() -> None:
            end = time.monotonic() + 5
            while self.ledger.run(self.run).fence == fence and time.monotonic() < end:
                time.sleep(0.01)  # only the ledger tells that somebody has it
            self._all._rival.run(life)

        started = threading.Thread(target=comes)
        started.start()
        return started

    def _life(self, name: str, own: dict[str, Any]) -> Life:
        made = {"pid": str(self._pid), "ahead": self._ahead, "ledger": self._all._ledger, **own}
        made["generic"] = self._all.scenario.generic
        return Life(str(self.folder), self._all._url, name, **made)

    def kill(self) -> None:
        """Kill the worker that lives now, if there is one."""
        with suppress(OSError, ValueError):
            os.kill(int(self._pid.read_text()), signal.SIGKILL)

    def carry(self) -> None:
        """Let workers go on, with leases of the dead over, until the run has ended."""
        for _ in range(10):
            self._ahead += LATER
            self.live()
            self.grant()
            if self.ledger.run(self.run).state in (RunState.CONTAINED, RunState.RELEASED):
                return
            time.sleep(0.4 if self._all._ledger else 0.0)  # a server's clock is not ahead

    def grant(self) -> None:
        """Say yes to whatever is asked."""
        with self.ledger.of(self.run) as connection:
            for one in approvals.asked(connection, self.run):
                if one.state is approvals.State.ASKED:
                    approvals.become(connection, one, approvals.State.GRANTED, "kim", {})

    def release(self) -> None:
        """Have people let it go, where they were asked before, and ask for it."""
        with self.ledger.of(self.run) as connection:
            releasing.ask(connection, run_of(connection, self.run), 600.0, "it was false")
        self.grant()
        release(self.ledger, self.run, actor="kim")

    def check(self, state: RunState) -> None:
        """Hold what is left to what must be so."""
        run = self.ledger.run(self.run)
        assert run.state is state, f"{run.state}: {run.reason}"
        self._all.scenario.check(self.mark, self._office.state, state)
        assert verify(self.ledger, TENANT) == []
        self.ledger.close()


def every_crash(crashes: Crashes, *, often: bool = True) -> list[Crash]:
    """Return every place at which a worker of the plan can die, alone and beside a rival.

    Args:
        crashes: What is carried out.
        often: At each passing of a label, else at the first and the last.
    """
    found = [
        Crash(label, number, undoing)
        for undoing in (False, True)
        for label, times in crashes.labels(undoing=undoing).items()
        for number in (range(1, times + 1) if often else sorted({1, times}))
        if times
    ]
    beside = [one for one in found if one.label not in ASKED]
    return found + [Crash(one.label, one.number, one.undoing, rival=True) for one in beside]
