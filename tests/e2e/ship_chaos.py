"""Ships documents to a real server through kills, faults and rollovers, and counts what arrived.

The tests do it with 20,000 documents, ``benchmarks/ship.py --million`` with a million.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from agentwarrant.config import Target
from agentwarrant.siem.elastic.client import connect
from agentwarrant.siem.elastic.names import stream
from agentwarrant.siem.spool import Spool

from .elastic_server import fresh_tenant
from .fault_proxy import Fault, FaultProxy, drawn, proxied

SHIPPER = Path(__file__).with_name("shipper.py")
APPENDED = 500
LARGE = 100_000
"""With so many documents requests are disturbed less often, and in the end as often."""
BULK = [fault for fault in Fault if fault is not Fault.NONE]
QUESTIONS = [Fault.BEFORE, Fault.AFTER, Fault.CUT, Fault.AWAY]
TEMPLATE = {
    "index_patterns": ["logs-agentwarrant.*-shiptest*"],
    "data_stream": {},
    "priority": 900,
    "template": {
        "settings": {"number_of_shards": 1, "number_of_replicas": 0},
        "mappings": {
            "properties": {
                "@timestamp": {"type": "date"},
                "source.ip": {"type": "ip"},
                "event.id": {"type": "keyword"},
                "message": {"type": "keyword"},
            }
        },
    },
}


def documents(begin: int, end: int) -> list[tuple[str, bytes]]:
    """Return documents with these numbers, each about 350 bytes."""
    made = []
    for number in range(begin, end):
        event = {"@timestamp": "2026-01-31T10:00:00Z", "event.id": f"event-{number}"}
        event["message"] = f"{number} " * 40
        made.append((event["event.id"], json.dumps(event).encode()))
    return made


def once(begin: int, end: int) -> Counter[str]:
    """Return what there is where each of these documents is once."""
    return Counter(f"event-{number}" for number in range(begin, end))


class Stream:
    """A stream of its own on a real server, and its spool."""

    def __init__(self, kind: str, url: str, folder: Path) -> None:
        self.kind = kind
        self.url = url
        self.client = self.connected(url)
        self.name = stream("events", f"shiptest{fresh_tenant()}")
        self.spool = Spool(folder / self.name)
        self.ask("PUT", "/_index_template/shiptest", TEMPLATE)

    def connected(self, url: str) -> Elasticsearch:
        """Return a client as the configuration would make it."""
        return connect(Target("test", self.kind, (url,)), check=False)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Make a request of another kind than shipping."""
        headers = {"accept": "application/json", "content-type": "application/json"}
        return self.client.perform_request(method, path, headers=headers, body=body).body

    def roll_over(self) -> None:
        """Let the stream write to a new backing index."""
        self.ask("POST", f"/{self.name}/_rollover")

    def arrived(self) -> Counter[str]:
        """Return how often each id is in the stream, in all backing indices."""
        self.ask("POST", f"/{self.name}/_refresh")
        query = {"_source": False}
        return Counter(h["_id"] for h in scan(self.client, index=self.name, size=5000, query=query))


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did.

    Attributes:
        lost, doubled: Documents that are not there, and that are there too often.
    """

    kind: str
    total: int
    seconds: float
    kills: int
    rollovers: int
    again: int
    faults: Counter[Fault]
    lost: int
    doubled: int

    def __str__(self) -> str:
        faults = ", ".join(f"{count} x {fault}" for fault, count in sorted(self.faults.items()))
        return (
            f"{self.kind}: {self.total:,} documents, {self.again:,} of them put in again,"
            f" in {self.seconds:.0f} s; {self.kills} kills, {self.rollovers} rollovers;"
            f" requests: {faults}; {self.lost} lost, {self.doubled} twice"
        )


class Chaos:
    """One run.

    Besides the kills of the proxy, which fall between a request and its answer, each shipper is
    killed a short time after one of its requests: while it reads, compresses or notes its cursor.

    Args:
        url: A server that is empty or not.
        kind: ``elastic`` or ``opensearch``.
        folder: For the spool.
        total: Documents.
        batch: Documents of a request.
        seed: The same faults for the same seed, as far as processes and threads are the same.
    """

    def __init__(
        self, url: str, kind: str, folder: Path, total: int, *, batch: int, seed: int
    ) -> None:
        self._stream = Stream(kind, url, folder)
        self._total = total
        self._batch = batch
        self._dice = random.Random(seed)  # noqa: S311  # nothing secret
        self._rare = 4 if total >= LARGE else 1
        self._bulk = drawn(seed, 0.3 / self._rare, BULK, "_bulk")
        self._question = drawn(seed, 0.2, QUESTIONS, "h")  # _refresh and _search
        self._process: subprocess.Popen[bytes] | None = None
        self._timer = threading.Timer(0, self._kill)
        self._left = self._kills = self._rollovers = self._again = 0

    def run(self) -> Report:
        """Ship everything; return what became of it."""
        begun = time.monotonic()
        producer = threading.Thread(target=self._produce)
        producer.start()
        with proxied(self._stream.url, self._choose) as proxy:
            proxy.after = self._after
            proxy.kill = self._kill
            self._ship(proxy)
            producer.join()
            self._ship(proxy)
        seconds = time.monotonic() - begun
        arrived, wanted = self._stream.arrived(), once(0, self._total)
        lost, doubled = (wanted - arrived).total(), (arrived - wanted).total()
        self._stream.client.close()
        counts = self._kills, self._rollovers, self._again
        return Report(self._stream.kind, self._total, seconds, *counts, proxy.seen, lost, doubled)

    def _produce(self) -> None:
        """Put documents in while they are shipped; some sources are read once more."""
        spool = self._stream.spool
        for begin in range(0, self._total, APPENDED):
            spool.append(documents(begin, begin + APPENDED), patience=600)
            if self._dice.random() < 0.1 / self._rare:
                first = max(0, begin - 700)
                self._again += spool.append(documents(first, begin), doubtful=True, patience=600)

    def _choose(self, method: str, path: str) -> Fault:
        self._left -= 1
        if self._left == 0:
            self._timer = threading.Timer(self._dice.uniform(0, 0.1), self._kill)
            self._timer.start()
        return (self._bulk if path.endswith("_bulk") else self._question)(method, path)

    def _after(self, path: str) -> None:
        if path.endswith("_bulk") and self._dice.random() < 0.1 / self._rare:
            self._rollovers += 1
            self._stream.roll_over()

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            self._kills += 1

    def _ship(self, proxy: FaultProxy) -> None:
        """Start shippers until one ends by itself."""
        command = [sys.executable, str(SHIPPER), proxy.url, self._stream.kind]
        command += [str(self._stream.spool.folder), "2", str(self._batch)]
        code = 1
        while code:
            self._left = self._dice.randrange(5, 60 * self._rare)
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
            said, _ = self._process.communicate()
            code = self._process.returncode
            self._timer.cancel()
            assert code in (0, -9), said
        assert json.loads(said)["failed"] == {}, said
