"""A real OpenClaw gateway, and what its agents do, seen from outside of it.

It is started by a script that stands outside this repository; where that is missing, or cannot
install what it needs, the tests are skipped and say so. Around the gateway run a scripted model, a
stand-in for Telegram and a network of agents with a poisoned post.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.respond.connection import Connection
from agentwarrant.respond.openclaw.gateway import CHANGE, Gateway, connect
from agentwarrant.respond.transport import Effect, Request
from agentwarrant.secretrefs import Secret

START = Path(__file__).parents[2].parent / "shared/servers/openclaw/start.py"
INSTALLING = 300.0
OWNER = "agent:main:telegram:direct:777000111"
GROUP = "agent:main:telegram:group:-1001234567890"
_PEOPLE = {
    "owner": {"id": 777000111, "is_bot": False, "first_name": "Dana", "username": "dana_owner"},
    "stranger": {"id": 666000222, "is_bot": False, "first_name": "Mallory", "username": "mal"},
}
_MEETUP = {"id": -1001234567890, "type": "supergroup", "title": "agents-meetup"}


class Runtime:
    """One gateway.

    Attributes:
        ready: What its start script said: addresses, token, folders.
        data: Its folder.
        work: The workspace of the agent ``main``.
    """

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready
        self.data = Path(ready["data"])
        self.work = Path(ready["workspace"])
        self._secret("token", ready["token"])

    def _secret(self, name: str, value: str) -> Secret:
        (self.data / f"{name}.secret").write_text(value)
        return Secret(f"file:{name}.secret", self.data)

    def connection(self, **secrets: str) -> Connection:
        """Return how the response reaches it; ``secrets`` beside the shared token."""
        found = {"token": Secret("file:token.secret", self.data)}
        found |= {name: self._secret(name, value) for name, value in secrets.items()}
        return Connection("openclaw-test", "openclaw", self.ready["ws"], found)

    def say(self, who: str, where: str, scenario: str) -> None:
        """Let a person write to the agent; the scripted model then plays the scenario."""
        queue, sender = Path(self.ready["telegram_queue"]), _PEOPLE[who]
        number = len(queue.read_text().splitlines()) + 1
        chat = _MEETUP if where == "group" else {"id": sender["id"], "type": "private"}
        message = {
            "message_id": 100 + number,
            "date": int(time.time()),
            "chat": chat,
            "from": sender,
            "text": f"[[{scenario}]] please do this",
        }
        with queue.open("a") as file:
            file.write(json.dumps({"update_id": 900_000 + number, "message": message}) + "\n")

    def lines(self, name: str) -> int:
        """Return how long a file of the agent's workspace is."""
        path = self.work / name
        return len(path.read_text().splitlines()) if path.exists() else 0

    def ledger(self, sql: str) -> list[Any]:
        """Ask the gateway's own ledger, past the gateway."""
        path = self.data / "state/state/openclaw.sqlite"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
            return db.execute(sql).fetchall()

    def ended(self) -> int:
        """Return how many runs came to their own end."""
        rows = self.ledger("select action, status from audit_events")
        return sum(a == "agent.run.finished" and status != "cancelled" for a, status in rows)

    def answered(self, who: str, where: str, scenario: str, seconds: float = 120) -> bool:
        """Let somebody write, and wait until the run that it starts has ended."""
        before = self.ended()
        self.say(who, where, scenario)
        return until(lambda: self.ended() > before, seconds)

    def model_calls(self, scenario: str) -> list[dict[str, Any]]:
        """Return what the model was asked in a scenario, in order."""
        path = self.data / "llm_calls.jsonl"
        rows = path.read_text().splitlines() if path.exists() else []
        found = (json.loads(row) for row in rows if row.endswith("}"))  # one may be half written
        return [row for row in found if row["scenario"] == scenario]

    def asked(self, who: str, where: str, scenario: str, seconds: float = 120) -> dict[str, Any]:
        """Let somebody write, wait for the run's end, and return what the model was asked first.

        Other sessions ask the model meanwhile: only calls of this scenario count.
        """
        before = len(self.model_calls(scenario))
        assert self.answered(who, where, scenario, seconds)
        assert until(lambda: len(self.model_calls(scenario)) > before, seconds)
        return self.model_calls(scenario)[before]

    def stolen(self) -> list[str]:
        """Return what left for the network of agents, beside what it was asked for."""
        path = self.data / "agent_network.jsonl"
        rows = path.read_text().splitlines() if path.exists() else []
        return [row for row in rows if "/comments" in row]

    @contextmanager
    def operator(self) -> Iterator[Gateway]:
        """Open the connection of a person who may do everything; it is no part of a response."""
        with connect(self.connection(), CHANGE) as gateway:
            yield gateway


def call(gateway: Gateway, method: str, **params: Any) -> Any:
    """Send one request past all walls: what a person at the gateway does."""
    return gateway.send(Request(method, params, Effect.CHANGE, "test"))


def until(holds: Callable[[], Any], seconds: float = 120.0) -> bool:
    """Ask until it holds or the time is over."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)  # the agent acts by itself: there is no event to wait for
    return True


def stays(count: Callable[[], int], seconds: float) -> bool:
    """Does a count stay what it is for so long?"""
    before = count()
    return not until(lambda: count() != before, seconds)


@contextmanager
def running(folder: Path) -> Iterator[Runtime]:
    """Start a gateway on a folder of its own, or skip and say why."""
    if not START.is_file():
        pytest.skip("the start script of a real OpenClaw gateway is not beside this repository")
    process = subprocess.Popen(
        [sys.executable, START, "--data", folder], stdout=subprocess.PIPE, text=True
    )
    stop = threading.Timer(INSTALLING, process.terminate)  # so that readline ends
    stop.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        stop.cancel()
        if not line.startswith("READY "):
            pytest.skip(f"the gateway did not start: {process.wait(30)}")
        yield Runtime(json.loads(line.removeprefix("READY ")))
    finally:
        stop.cancel()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
