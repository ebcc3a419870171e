"""Workers as processes that die: one process imports everything and forks for each life.

It reads one JSON object a line: where the ledger and the office are, and when to die; it answers
with how the life ended. Each life is a worker of its own name that works until nothing can be done
now, or, ``until`` a run has ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import Any

ENDED = frozenset({"contained", "not_contained", "refused", "released", "not_released"})
KEY = "the key of the chain"


@dataclass
class Life:
    """One life of a worker.

    Attributes:
        folder: Holds the ledger, ``respond.db``, unless ``ledger`` says another.
        url: Of the office.
        label, number: It is killed when this label is passed for this time; none: it is not.
        ahead: Seconds that its clock is ahead: leases of the dead have ended.
        until: The run that it waits for; empty: it ends when it has nothing to do now.
        count: It writes how often each label was passed into this file.
        pid: It writes its number into this file.
        generic: Its vendor can do every verb (``respond_generic``).
    """

    folder: str
    url: str
    name: str = "w1"
    label: str = ""
    number: int = 1
    ahead: float = 0.0
    until: str = ""
    lease: float = 3.0
    ledger: str = ""
    count: str = ""
    pid: str = ""
    generic: bool = False


def live(life: Life) -> None:
    """Be one worker until it dies or has nothing to do."""
    from dataclasses import replace

    from tests.respond_world import FAST, replanned, settings, worker

    from agentwarrant.respond.guard.guards import Guards
    from agentwarrant.respond.ledger.ledger import Ledger
    from agentwarrant.respond.planning.planner import replanner
    from agentwarrant.respond.settings import Limits
    from agentwarrant.respond.vendor import actions, vendors
    from agentwarrant.warrant.registry import Registry

    passed, lock = Counter[str](), Lock()

    def at(label: str) -> None:
        with lock:
            passed[label] += 1
            if label == life.label and passed[label] == life.number:
                os.kill(os.getpid(), signal.SIGKILL)

    folder = Path(life.folder)
    if life.pid:
        Path(life.pid).write_text(str(os.getpid()))
    many = Limits(agents=10_000, daily=10_000, share=1.0, actions=1_000_000)
    own = settings(folder, {"test-office": life.url}, timeout=5, limits=many)
    more: dict[str, Any] = {"replan": replanned(own)}
    if life.generic:
        from tests.respond_generic import generic_settings

        own = generic_settings(folder, life.url)
        more = {"replan": replanner(own), "actions": actions(), "vendors": vendors()}
    url = life.ledger or f"sqlite:///{folder / 'respond.db'}"
    with Ledger.open(url, KEY.encode(), lambda: time.time() + life.ahead) as ledger:
        one = worker(
            ledger, own, name=life.name, guards=Guards(own, Registry()),
            at=at, **more, pace=replace(FAST, lease=life.lease),
        )  # fmt: skip
        if life.until:
            end = time.monotonic() + 20
            while ledger.run(life.until).state not in ENDED and time.monotonic() < end:
                if not one.step():
                    time.sleep(0.02)  # the other one has it, until it dies
        else:
            one.work(until_idle=True)
    if life.count:
        Path(life.count).write_text(json.dumps(passed))


def serve() -> None:
    """Fork for each line of the input; tell how each life ended."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                live(Life(**json.loads(line)))
                os._exit(0)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


class Crasher:
    """Lives of workers, in processes of their own; close it."""

    def __init__(self) -> None:
        command = [sys.executable, __file__]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )  # fmt: skip

    def run(self, life: Life) -> int:
        """Live and return how it ended: 0, or minus the signal that killed it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(life.__dict__) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        assert said, "the process that forks has died"
        code = int(said)
        assert code in (0, -signal.SIGKILL), f"a worker ended with {code}"
        return code

    def start(self, life: Life) -> Thread:
        """Live beside this thread; join it."""
        thread = Thread(target=self.run, args=(life,))
        thread.start()
        return thread

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.stdout is not None
        self._process.wait(30)
        self._process.stdout.close()


if __name__ == "__main__":
    import agentwarrant.respond.guard.guards
    import agentwarrant.respond.ledger.ledger  # noqa: F401 # once, for every life
    from agentwarrant.respond.trust import trusted

    trusted(None)
    serve()
