"""Shipping to Splunk while shippers are killed at random moments and everything else breaks.

Against the stand-in ``tests/hec_server.py``, which is no Splunk and needs none.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from tests.hec_server import Fault, HecServer, Splunk, Token, served

from agentwarrant.config import Tenant
from agentwarrant.event import Event
from agentwarrant.siem.deadletters import DeadLetters
from agentwarrant.siem.splunk.outgoing import route
from agentwarrant.siem.spool import Spool

pytestmark = pytest.mark.once

SHIPPER = Path(__file__).with_name("hec_shipper.py")
VALUE = "0b1c2d3e-0000-4000-8000-000000000001"
EVENTS = route("events", Tenant("acme", ()))
APPENDED, BATCH = 200, 100
BAD = 1717
"""The number of an event that the collector refuses for good."""
UNSURE = (Fault.AFTER, Fault.GATEWAY, Fault.LATE, Fault.KILL_AFTER, Fault.RESTART_AFTER, Fault.LOST)
"""After these nobody knows, or the collector lost it."""
SURE = (Fault.BEFORE, Fault.BUSY, Fault.KILL_BEFORE, Fault.RESTART_BEFORE)


def event(number: int) -> Event:
    return {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": f"event-{number}",
        "organization.id": "acme",
        "message": f'{number} \u00e4\n" ' * 20,
    }


def written(begin: int, end: int) -> list[tuple[str, bytes]]:
    made = [(f"event-{n}", EVENTS.write(event(n), EVENTS.stamps, "")) for n in range(begin, end)]
    return [(name, b'{"event":""}' if name == f"event-{BAD}" else body) for name, body in made]


class Chaos:
    """One run: a producer, a stand-in that does to requests what ``seed`` says, and shippers."""

    def __init__(
        self, folder: Path, server: HecServer, total: int, *, ack: bool, seed: int
    ) -> None:
        self.spool = Spool(folder / EVENTS.stream)
        self.splunk = server.splunk
        self.total = total
        self.kills = self.again = 0
        self._url = server.url
        self._ack = ack
        self._dice = random.Random(seed)  # noqa: S311  # nothing secret: the same for a seed
        self._process: subprocess.Popen[bytes] | None = None
        self._timer = threading.Timer(0, self._kill)
        self._left = 0
        self.splunk.choose = self._choose
        self.splunk.kill = self._kill
        self.splunk.patience = 2 if ack else 0

    def run(self) -> None:
        producer = threading.Thread(target=self._produce)
        producer.start()
        self._ship()
        producer.join()
        self._ship()

    def _produce(self) -> None:
        """Put events in while they are shipped; some sources are read once more."""
        for begin in range(0, self.total, APPENDED):
            self.spool.append(written(begin, begin + APPENDED))
            if begin and self._dice.random() < 0.2:
                self.again += self.spool.append(written(begin - 150, begin), doubtful=True)

    def _choose(self, path: str) -> Fault:
        """Disturb every fourth request; kill the shipper a moment after some other."""
        self._left -= 1
        if self._left == 0:
            self._timer = threading.Timer(self._dice.uniform(0, 0.05), self._kill)
            self._timer.start()
        if self._dice.random() > 0.25:
            return Fault.NONE
        asked = path.endswith("/ack")
        faults = [Fault.BEFORE, Fault.BUSY, Fault.AFTER] if asked else [*SURE, *UNSURE]
        if not self._ack:  # what a collector takes and loses nobody can know
            faults.remove(Fault.LOST)
        return self._dice.choice(faults)

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            self.kills += 1

    def _ship(self) -> None:
        """Start shippers until one ends by itself."""
        command = [sys.executable, str(SHIPPER), self._url, str(self.spool.folder)]
        command += ["1", str(BATCH), "0.5"]
        code = 1
        while code:
            self._left = self._dice.randrange(3, 25)
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
            said, _ = self._process.communicate()
            code = self._process.returncode
            self._timer.cancel()
            assert code in (0, -9), said
        assert json.loads(said)["failed"] == {}, said


@pytest.mark.parametrize("ack", [False, True], ids=["without acks", "with acks"])
def test_what_arrives_is_exactly_what_was_sent_and_twice_only_what_was_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ack: bool
) -> None:
    monkeypatch.setenv("HEC", VALUE)
    with served(Splunk(**{VALUE: Token(ack=ack)})) as server:
        chaos = Chaos(tmp_path, server, 2000 if ack else 4000, ack=ack, seed=7)
        chaos.run()
        splunk = server.splunk
    assert chaos.kills >= 3
    assert chaos.spool.waiting() == 0
    sent = dict(written(0, chaos.total))
    del sent[f"event-{BAD}"]
    assert {letter["id"] for letter in DeadLetters(chaos.spool.folder).read()} == {f"event-{BAD}"}
    for one in splunk.indexed:
        assert one == json.loads(sent[one["fields"]["aw_id"]])
    assert set(splunk.ids) == set(sent)
    # A doubt is a batch that was in hand: of a request, of a shipper that died, of a late answer.
    doubts = chaos.kills + sum(splunk.seen[fault] for fault in UNSURE)
    twice = splunk.ids - Counter(set(splunk.ids))
    assert twice.total() > 0
    assert ack or twice.total() <= doubts * BATCH
