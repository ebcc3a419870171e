"""Shipping to real servers: exactly what was put in arrives, each once, whatever breaks."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from agentwarrant.siem.deadletters import DeadLetters
from agentwarrant.siem.elastic.bulk import Bulk
from agentwarrant.siem.elastic.outcomes import AllTaken
from agentwarrant.siem.ship import Policy, Tally, ship
from agentwarrant.siem.spool import Spool

from .elastic_server import fresh_tenant
from .fault_proxy import Fault, FaultProxy, in_turn, proxied
from .ship_chaos import Chaos, Stream, documents, once

pytestmark = pytest.mark.e2e


class Server(Stream):
    """A stream, and what ships to it from this process."""

    def receiver(self, client: Elasticsearch | None = None, timeout: float = 30.0) -> Bulk:
        opensearch = self.kind == "opensearch"
        return Bulk(client or self.client, timeout=timeout, opensearch=opensearch)

    def ship(self, proxy: FaultProxy | None = None, timeout: float = 60.0, **options: Any) -> Tally:
        """Ship with short pauses."""
        policy = Policy(**{"documents": 200, "first": 0.01, "longest": 0.2, **options})
        client = self.connected(proxy.url) if proxy else self.client
        try:
            return ship([self.spool], self.receiver(client, timeout), policy)
        finally:
            if proxy:
                client.close()


@pytest.fixture(params=["elastic", "opensearch"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    fixture = "elasticsearch_url" if request.param == "elastic" else "opensearch_url"
    made = Server(request.param, request.getfixturevalue(fixture), tmp_path)
    yield made
    made.client.close()


def test_a_stream_takes_an_id_again_after_a_rollover(server: Server) -> None:
    """Why a conflict guards nothing: were this not so, half of this file would be needless."""
    body = b'{"create":{"_id":"one"}}\n{"@timestamp":"2026-01-31T10:00:00Z"}\n'
    receiver = server.receiver()
    assert receiver.send(server.name, body, 1, "m").taken == 1
    assert receiver.send(server.name, body, 1, "m").there == 1
    server.roll_over()
    assert receiver.send(server.name, body, 1, "m").taken == 1
    assert server.arrived() == Counter({"one": 2})


def test_everything_arrives_once_and_is_counted(server: Server) -> None:
    server.spool.append(documents(0, 1000))
    tally = server.ship()
    assert (tally.sent, tally.already_there, tally.dead, tally.failed) == (1000, 0, 0, {})
    assert server.arrived() == once(0, 1000)


def test_the_usual_answer_of_a_server_is_known_by_its_bytes(server: Server) -> None:
    """Were it another text, all would still arrive, but each answer be read as JSON."""
    body = b"".join(
        b'{"create":{"_id":"%d"}}\n{"@timestamp":"2026-01-31T10:00:00Z"}\n' % n for n in (1, 2)
    )
    reply = server.client.perform_request(
        "POST",
        f"/{server.name}/_bulk",
        params={"filter_path": "errors,items.*.status,items.*.error.type"},
        headers={"accept": "application/json", "content-type": "application/json"},
        body=body,
    )
    assert reply.body == AllTaken(2)


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
        tally = server.ship(proxy, timeout=4 if fault is Fault.LATE else 60)
    assert rolled
    assert tally.already_there >= 200  # a machine that is too busy for 4 seconds makes more
    assert tally.sent + tally.already_there == 300
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
    server.ask("PUT", f"/{server.name}/_settings", {"index.blocks.write": True})
    server.spool.append(documents(10, 500))
    told: list[tuple[str, str]] = []
    tries = threading.Semaphore(0)

    def unblock() -> None:
        for _ in range(3):
            assert tries.acquire(timeout=60)
        server.ask("PUT", f"/{server.name}/_settings", {"index.blocks.write": False})

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
    assert [name for name, _ in told] == [server.name]
    assert "blocked" in told[0][1]
    assert (tally.sent, tally.dead) == (490, 0)
    assert server.arrived() == once(0, 500)


def test_patience_that_is_over_gives_a_stream_up_and_keeps_what_waits(server: Server) -> None:
    server.spool.append(documents(0, 50))
    with proxied(server.url, lambda _method, _path: Fault.AWAY) as proxy:
        tally = server.ship(proxy, patience=0.3)
    (error,) = tally.failed.values()
    assert (error.code, error.where) == ("target-unreachable", server.name)
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


def test_kills_faults_and_rollovers_leave_exactly_what_was_sent(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Chaos(server.url, server.kind, tmp_path, 20_000, batch=200, seed=1).run()
    with capsys.disabled():
        print(f"\n{report}")
    assert (report.lost, report.doubled) == (0, 0)
    assert report.kills
    assert report.rollovers
