"""Shipping to real servers: exactly what was put in arrives, each once, whatever breaks."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from agentwarrant.config import Target
from agentwarrant.siem.deadletters import DeadLetters
from agentwarrant.siem.elastic.bulk import Bulk
from agentwarrant.siem.elastic.client import connect
from agentwarrant.siem.elastic.names import stream
from agentwarrant.siem.ship import Policy, Tally, ship
from agentwarrant.siem.spool import Spool

from .elastic_server import fresh_tenant
from .fault_proxy import Fault, FaultProxy, drawn, in_turn, proxied

pytestmark = pytest.mark.e2e

SHIPPER = Path(__file__).with_name("shipper.py")
BULK_FAULTS = [fault for fault in Fault if fault is not Fault.NONE]
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
    made = []
    for number in range(begin, end):
        event = {"@timestamp": "2026-01-31T10:00:00Z", "event.id": f"event-{number}"}
        event["message"] = f"{number} " * 40
        made.append((event["event.id"], json.dumps(event).encode()))
    return made


class Server:
    """One stream on a real server."""

    def __init__(self, kind: str, url: str, folder: Path) -> None:
        self.kind = kind
        self.url = url
        self.client = self.connected(url)
        self.stream = stream("events", f"shiptest{fresh_tenant()}")
        self.spool = Spool(folder / self.stream)
        self.ask("PUT", "/_index_template/shiptest", TEMPLATE)

    def connected(self, url: str) -> Elasticsearch:
        return connect(Target("test", self.kind, (url,)), check=False)

    def receiver(self, client: Elasticsearch | None = None, timeout: float = 30.0) -> Bulk:
        return Bulk(client or self.client, timeout=timeout, opensearch=self.kind == "opensearch")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"accept": "application/json", "content-type": "application/json"}
        return self.client.perform_request(method, path, headers=headers, body=body).body

    def roll_over(self) -> None:
        self.ask("POST", f"/{self.stream}/_rollover")

    def arrived(self) -> Counter[str]:
        """Return how often each id is in the stream, in all backing indices."""
        self.ask("POST", f"/{self.stream}/_refresh")
        found = scan(self.client, index=self.stream, size=5000, query={"_source": False})
        return Counter(hit["_id"] for hit in found)

    def ship(self, proxy: FaultProxy | None = None, **options: Any) -> Tally:
        """Ship from this process, with short pauses."""
        policy = Policy(**{"documents": 200, "first": 0.01, "longest": 0.2, **options})
        client = self.connected(proxy.url) if proxy else self.client
        try:
            return ship([self.spool], self.receiver(client, 2.0), policy)
        finally:
            if proxy:
                client.close()


@pytest.fixture(params=["elastic", "opensearch"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    fixture = "elasticsearch_url" if request.param == "elastic" else "opensearch_url"
    made = Server(request.param, request.getfixturevalue(fixture), tmp_path)
    yield made
    made.client.close()


def once(begin: int, end: int) -> Counter[str]:
    return Counter(identity for identity, _ in documents(begin, end))


def test_a_stream_takes_an_id_again_after_a_rollover(server: Server) -> None:
    """Why a conflict guards nothing: were this not so, half of this file would be needless."""
    body = b'{"create":{"_id":"one"}}\n{"@timestamp":"2026-01-31T10:00:00Z"}\n'
    receiver = server.receiver()
    assert receiver.send(server.stream, body, 1, "m").taken == 1
    assert receiver.send(server.stream, body, 1, "m").there == 1
    server.roll_over()
    assert receiver.send(server.stream, body, 1, "m").taken == 1
    assert server.arrived() == Counter({"one": 2})


def test_everything_arrives_once_and_is_counted(server: Server) -> None:
    server.spool.append(documents(0, 1000))
    tally = server.ship()
    assert (tally.sent, tally.already_there, tally.dead, tally.failed) == (1000, 0, 0, {})
    assert server.arrived() == once(0, 1000)


UNSURE = [Fault.AFTER, Fault.CUT, Fault.LATE, Fault.GATEWAY]


@pytest.mark.parametrize("fault", UNSURE, ids=lambda fault: fault.name)
def test_a_batch_whose_answer_is_lost_is_there_once_even_if_the_stream_rolls_over(
    server: Server, fault: Fault
) -> None:
    server.spool.append(documents(0, 300))
    rolled: list[str] = []

    def roll_over(path: str) -> None:
        if path.endswith("_bulk") and not rolled:
            rolled.append(path)
            server.roll_over()

    with proxied(server.url, in_turn(fault)) as proxy:
        proxy.after = roll_over
        tally = server.ship(proxy)
    assert rolled
    assert (tally.sent, tally.already_there) == (100, 200)
    assert server.arrived() == once(0, 300)


REFUSED = [Fault.BEFORE, Fault.BUSY, Fault.AWAY]


@pytest.mark.parametrize("fault", REFUSED, ids=lambda fault: fault.name)
def test_a_batch_that_was_not_done_is_sent_again(server: Server, fault: Fault) -> None:
    server.spool.append(documents(0, 200))
    with proxied(server.url, in_turn(fault, fault, fault)) as proxy:
        tally = server.ship(proxy)
    assert (tally.sent, tally.already_there) == (200, 0)
    assert server.arrived() == once(0, 200)


def test_documents_that_a_busy_server_leaves_are_sent_again_alone(server: Server) -> None:
    server.spool.append(documents(0, 200))
    with proxied(server.url, in_turn(Fault.SOME, Fault.SOME)) as proxy:
        tally = server.ship(proxy)
    assert (tally.sent, tally.already_there, tally.retried) == (200, 0, 100 + 50)
    assert server.arrived() == once(0, 200)


def test_a_question_that_finds_no_answer_is_asked_again(server: Server) -> None:
    server.spool.append(documents(0, 200))
    faults = {
        "_bulk": in_turn(Fault.AFTER),
        "_refresh": in_turn(Fault.AWAY, Fault.BEFORE, where="_refresh"),
        "_search": in_turn(Fault.CUT, Fault.BUSY, where="_search"),
        "_tasks": in_turn(Fault.AWAY, where="_tasks"),
    }

    def choose(method: str, path: str) -> Fault:
        return next(
            (f(method, path) for end, f in faults.items() if path.endswith(end)), Fault.NONE
        )

    with proxied(server.url, choose) as proxy:
        tally = server.ship(proxy)
    assert proxy.seen[Fault.AWAY] == 2
    assert (tally.sent, tally.already_there) == (0, 200)
    assert server.arrived() == once(0, 200)


def test_a_source_that_is_read_again_makes_no_doubles_even_across_a_rollover(
    server: Server,
) -> None:
    server.spool.append(documents(0, 400))
    server.ship()
    server.roll_over()
    server.spool.append(documents(200, 700), doubtful=True)
    tally = server.ship()
    assert (tally.sent, tally.already_there) == (300, 200)
    assert server.arrived() == once(0, 700)


def test_a_document_that_the_mapping_refuses_is_kept_with_its_reason(server: Server) -> None:
    bad = b'{"@timestamp":"2026-01-31T10:00:00Z","source.ip":"nowhere"}'
    server.spool.append([*documents(0, 100), ("bad", bad), *documents(100, 200)])
    tally = server.ship()
    assert (tally.sent, tally.dead) == (200, 1)
    assert server.arrived() == once(0, 200)
    (letter,) = DeadLetters(server.spool.folder).read()
    assert letter["id"] == "bad"
    assert letter["status"] == 400
    assert letter["document"].encode() == bad
    assert "source.ip" in letter["reason"]


def test_refused_documents_can_be_put_back_once_the_mapping_is_mended(server: Server) -> None:
    server.spool.append([("bad", b'{"source.ip":"nowhere"}'), *documents(0, 10)])
    assert server.ship().dead == 1
    letters = DeadLetters(server.spool.folder)
    assert letters.revive(server.spool) == 1
    assert not letters.path.exists()
    assert server.ship().dead == 1  # it has no @timestamp: nothing was mended


def test_a_stream_that_is_blocked_waits_and_says_so_once(server: Server) -> None:
    server.spool.append(documents(0, 10))
    server.ship()
    server.ask("PUT", f"/{server.stream}/_settings", {"index.blocks.write": True})
    server.spool.append(documents(10, 500))
    told: list[tuple[str, str]] = []
    tries = threading.Semaphore(0)

    def unblock() -> None:
        for _ in range(3):
            assert tries.acquire(timeout=60)
        server.ask("PUT", f"/{server.stream}/_settings", {"index.blocks.write": False})

    thread = threading.Thread(target=unblock)
    thread.start()
    tally = ship(
        [server.spool],
        server.receiver(),
        Policy(first=0.01, longest=0.2),
        progress=lambda _stream, _tally: tries.release(),
        trouble=lambda name, why: told.append((name, why)),
    )
    thread.join()
    assert [name for name, _ in told] == [server.stream]
    assert "blocked" in told[0][1]
    assert (tally.sent, tally.dead) == (490, 0)
    assert server.arrived() == once(0, 500)


def test_patience_that_is_over_gives_a_stream_up_and_keeps_what_waits(server: Server) -> None:
    server.spool.append(documents(0, 50))
    with proxied(server.url, lambda _method, _path: Fault.AWAY) as proxy:
        tally = server.ship(proxy, patience=0.3)
    (error,) = tally.failed.values()
    assert (error.code, error.where) == ("target-unreachable", server.stream)
    assert "a fault of the test" in error.what
    assert server.ship().sent == 50
    assert server.arrived() == once(0, 50)


def test_a_stream_that_no_template_makes_is_said_and_no_plain_index_is_made(
    elasticsearch_url: str, tmp_path: Path
) -> None:
    server = Server("elastic", elasticsearch_url, tmp_path)
    spool = Spool(tmp_path / f"nobody-{fresh_tenant()}")
    spool.append(documents(0, 10))
    tally = ship([spool], server.receiver(), Policy())
    (error,) = tally.failed.values()
    assert (error.code, error.where) == ("target-refused", spool.stream)
    assert "agentwarrant install" in error.mend
    assert not server.client.indices.exists(index=spool.stream)
    assert spool.waiting() > 0
    server.client.close()


class Killed:
    """Runs the shipper as a process, again and again until it ends by itself.

    Besides the kills of the proxy, which fall between a request and its answer, each process is
    killed a short time after one of its requests: while it reads, compresses or notes its cursor.
    """

    def __init__(self, server: Server, proxy: FaultProxy, dice: random.Random) -> None:
        self._server = server
        self._proxy = proxy
        self._dice = dice
        self._process: subprocess.Popen[bytes] | None = None
        self._left = 0
        self._timer = threading.Timer(0, self.kill)
        self.kills = 0
        proxy.kill = self.kill

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            self.kills += 1

    def request(self) -> None:
        """Count a request of the process; it may be one of its last."""
        self._left -= 1
        if self._left == 0:
            self._timer = threading.Timer(self._dice.uniform(0, 0.1), self.kill)
            self._timer.start()

    def run(self) -> None:
        command = [sys.executable, str(SHIPPER), self._proxy.url, self._server.kind]
        command += [str(self._server.spool.folder), "2"]
        code = 1
        while code:
            self._left = self._dice.randrange(5, 60)
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
            said, _ = self._process.communicate()
            code = self._process.returncode
            self._timer.cancel()
            assert code in (0, -9), said
        assert json.loads(said)["failed"] == {}


@pytest.mark.parametrize("seed", [1])
def test_kills_faults_and_rollovers_leave_exactly_what_was_sent(
    server: Server, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(seed)  # noqa: S311  # nothing secret: the same run for a seed
    total = 20_000
    bulk = drawn(seed, 0.3, BULK_FAULTS, "_bulk")
    questions = drawn(seed, 0.2, [Fault.BEFORE, Fault.AFTER, Fault.CUT, Fault.AWAY], "h")

    def choose(method: str, path: str) -> Fault:
        killed.request()
        return bulk(method, path) if path.endswith("_bulk") else questions(method, path)

    def after(path: str) -> None:
        if path.endswith("_bulk") and dice.random() < 0.1:
            rolled.append(path)
            server.roll_over()

    def produce() -> None:
        """Put documents in while they are shipped; some sources are read again."""
        for begin in range(0, total, 500):
            server.spool.append(documents(begin, begin + 500))
            if dice.random() < 0.2:
                server.spool.append(documents(max(0, begin - 700), begin + 500), doubtful=True)

    rolled: list[str] = []
    begun = time.monotonic()
    producer = threading.Thread(target=produce)
    producer.start()
    with proxied(server.url, choose) as proxy:
        killed = Killed(server, proxy, dice)
        proxy.after = after
        killed.run()
        producer.join()
        killed.run()
    arrived = server.arrived()
    wanted = once(0, total)
    with capsys.disabled():
        faults = ", ".join(f"{n} x {fault}" for fault, n in sorted(proxy.seen.items()))
        print(f"\n{server.kind}: {total:,} documents in {time.monotonic() - begun:.0f} s,", end=" ")
        print(f"{killed.kills} kills, {len(rolled)} rollovers; {faults}")
    assert not wanted - arrived, "lost"
    assert not arrived - wanted, "twice"
    assert killed.kills
    assert rolled
