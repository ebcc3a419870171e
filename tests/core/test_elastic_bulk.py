"""What is asked of Elasticsearch, byte by byte, and what each of its answers means.

A server on loopback answers as real ones were seen to; real ones: ``tests/e2e``.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NamedTuple
from unittest import mock

import pytest

from agentwarrant.errors import TargetRefused, WrongTarget
from agentwarrant.siem.receiver import Answer, Doubt, TooLarge

elasticsearch = pytest.importorskip("elasticsearch", reason="the extra elastic is not installed")

from agentwarrant.siem.elastic.bulk import Bulk  # noqa: E402  # only with the extra

STREAM = "logs-agentwarrant.events-acme"
BODY = b'{"create":{"_id":"a"}}\n{"n":1}\n{"create":{"_id":"b"}}\n{"n":2}\n'
PRODUCT = {"x-elastic-product": "Elasticsearch"}


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    parameters: str
    headers: dict[str, str]
    body: bytes


class Scripted(HTTPServer):
    """Gives the answers it has, in order; by the end of the path where a path is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.answers: list[tuple[int, Any]] = []
        self.by_path: dict[str, tuple[int, Any]] = {"/_tasks": (200, {})}
        self.headers = dict(PRODUCT)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Scripted

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path, _, parameters = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, path, parameters, headers, body))
        known = self.server.by_path.get(path)
        status, told = known if known else self.server.answers.pop(0)
        text = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        kind = "text/html" if text.startswith(b"<") else "application/json"
        for name, value in {**self.server.headers, "content-type": kind}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = _answer  # noqa: N815  # http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def bulk(server: Scripted) -> Iterator[Bulk]:
    with elasticsearch.Elasticsearch(server.url, api_key="secret", max_retries=5) as client:
        yield Bulk(client, timeout=10)


def items(*outcomes: dict[str, Any]) -> dict[str, Any]:
    return {"errors": True, "items": [{"create": outcome} for outcome in outcomes]}


def failed(status: int, kind: str = "kind") -> dict[str, Any]:
    return {"status": status, "error": {"type": kind, "reason": f"why {status}"}}


def sent(bulk: Bulk) -> Answer:
    return bulk.send(STREAM, BODY, 2, "mark-1")


TAKEN = {"status": 201}


@pytest.mark.parametrize("library", ["isal", "zlib"])
def test_the_body_is_what_was_put_in_compressed(server: Scripted, library: str) -> None:
    hidden = {"isal": None} if library == "zlib" else {}
    server.answers = [(200, items(TAKEN, TAKEN))]
    with (
        mock.patch.dict(sys.modules, hidden),
        elasticsearch.Elasticsearch(server.url) as client,
    ):
        assert sent(Bulk(client)) == Answer(2)
    (asked,) = server.asked
    assert gzip.decompress(asked.body) == BODY
    assert asked.headers["content-encoding"] == "gzip"
    assert (asked.method, asked.path) == ("POST", f"/{STREAM}/_bulk")


def test_a_request_asks_for_each_outcome_and_for_a_stream_and_says_whose_it_is(
    server: Scripted, bulk: Bulk
) -> None:
    server.answers = [(200, items(TAKEN, TAKEN))]
    sent(bulk)
    (asked,) = server.asked
    assert "items.*.status" in asked.parameters
    assert "require_data_stream=true" in asked.parameters
    assert asked.headers["x-opaque-id"] == "mark-1"
    assert asked.headers["authorization"] == "ApiKey secret"


def test_opensearch_is_not_asked_for_what_it_does_not_know(server: Scripted) -> None:
    server.answers = [(200, items(TAKEN, TAKEN))]
    with elasticsearch.Elasticsearch(server.url) as client:
        sent(Bulk(client, opensearch=True))
    assert "require_data_stream" not in server.asked[0].parameters


NOT_NOW = [429, 500, 502, 503, 504, 408]


@pytest.mark.parametrize("status", NOT_NOW)
def test_a_whole_request_that_is_refused_for_now_is_in_doubt_and_sent_once(
    server: Scripted, bulk: Bulk, status: int
) -> None:
    server.answers = [(status, {"error": {"type": "kind", "reason": "too busy"}})]
    with pytest.raises(Doubt, match=rf"{status} too busy"):
        sent(bulk)
    assert len(server.asked) == 1


def test_an_answer_that_is_no_json_is_a_doubt(server: Scripted, bulk: Bulk) -> None:
    server.answers = [(200, b'{"items":[{"cre')]
    with pytest.raises(Doubt):
        sent(bulk)


def test_a_server_that_is_not_there_is_a_doubt() -> None:
    with (
        elasticsearch.Elasticsearch("http://127.0.0.1:9") as client,
        pytest.raises(Doubt, match="no answer: Connection refused"),
    ):
        sent(Bulk(client))


STRANGE = [{}, [], {"items": []}, items(TAKEN), {"items": [{"index": TAKEN}] * 2}, {"items": 7}]


@pytest.mark.parametrize("told", STRANGE, ids=str)
def test_an_answer_that_does_not_name_each_document_is_a_doubt(
    server: Scripted, bulk: Bulk, told: Any
) -> None:
    server.answers = [(200, told)]
    with pytest.raises(Doubt, match="its answer"):
        sent(bulk)


def test_too_many_bytes_are_told_from_other_refusals(server: Scripted, bulk: Bulk) -> None:
    server.answers = [(413, b"<html>")]
    with pytest.raises(TooLarge):
        sent(bulk)


@pytest.mark.parametrize(
    ("status", "mend"),
    [(401, "make a new key"), (403, "create_doc"), (404, "agentwarrant install"), (400, "")],
)
def test_what_is_refused_for_good_says_the_mend(
    server: Scripted, bulk: Bulk, status: int, mend: str
) -> None:
    server.answers = [(status, {"error": {"type": "kind", "reason": "why"}})] * 2
    with pytest.raises(TargetRefused) as caught:
        sent(bulk)
    assert caught.value.status == status
    assert caught.value.where == STREAM
    assert mend in caught.value.mend
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_document_that_may_not_be_sent_at_all_is_no_dead_letter(
    server: Scripted, bulk: Bulk, status: int
) -> None:
    server.answers = [(200, items(TAKEN, failed(status, "security_exception")))]
    with pytest.raises(TargetRefused):
        sent(bulk)


BLOCKED = [
    (403, "cluster_block_exception"),
    (429, "cluster_block_exception"),
    (400, "index_closed_exception"),
    (400, "validation_exception"),
    (429, "es_rejected_execution_exception"),
    (503, "unavailable_shards_exception"),
]


@pytest.mark.parametrize(("status", "kind"), BLOCKED)
def test_a_document_that_cannot_be_taken_now_is_for_later(
    server: Scripted, bulk: Bulk, status: int, kind: str
) -> None:
    server.answers = [(200, items(failed(status, kind), TAKEN))]
    answer = sent(bulk)
    assert (answer.taken, answer.later, answer.refused) == (1, [0], ())
    assert answer.why == f"{status} why {status}"


def test_a_conflict_is_there_and_a_fault_of_the_document_is_refused(
    server: Scripted, bulk: Bulk
) -> None:
    server.answers = [(200, items(failed(409, "version_conflict_engine_exception"), failed(400)))]
    answer = sent(bulk)
    assert (answer.taken, answer.there) == (0, 1)
    assert [(r.position, r.status, r.lasting) for r in answer.refused] == [(1, 400, True)]


def test_a_failure_of_the_server_may_be_over_the_next_time(server: Scripted, bulk: Bulk) -> None:
    server.answers = [(200, items(TAKEN, failed(500)))]
    (refusal,) = sent(bulk).refused
    assert not refusal.lasting


def test_what_went_to_the_failure_store_is_not_in_the_stream(server: Scripted, bulk: Bulk) -> None:
    server.answers = [(200, items(TAKEN, {"status": 201, "failure_store": "used"}))]
    answer = sent(bulk)
    assert answer.taken == 1
    assert [refusal.position for refusal in answer.refused] == [1]


def found(*names: str) -> tuple[int, Any]:
    return 200, {"timed_out": False, "hits": {"hits": [{"_id": name} for name in names]}}


def test_presence_is_asked_of_the_whole_stream_after_a_refresh(
    server: Scripted, bulk: Bulk
) -> None:
    server.answers = [(200, {"_shards": {"failed": 0}}), found("b")]
    assert bulk.present(STREAM, ["a", "b"], "mark-1") == {"b"}
    _, refresh, search = server.asked
    assert refresh.path == f"/{STREAM}/_refresh"
    assert search.path == f"/{STREAM}/_search"
    assert json.loads(search.body)["query"] == {"ids": {"values": ["a", "b"]}}
    assert "allow_partial_search_results=false" in search.parameters


def test_a_stream_that_is_not_there_has_nothing(server: Scripted, bulk: Bulk) -> None:
    server.answers = [(404, {"error": {"type": "index_not_found_exception"}})]
    assert bulk.present(STREAM, ["a"], "mark-1") == set()


PARTIAL = [
    [(200, {"_shards": {"failed": 1}})],
    [(200, {"_shards": {}}), (200, {"timed_out": True})],
    [(200, {"_shards": {}}), (200, {"_shards": {"failed": 1}})],
    [(200, {"_shards": {}}), (503, {})],
]


@pytest.mark.parametrize("answers", PARTIAL)
def test_part_of_an_answer_is_no_answer(server: Scripted, bulk: Bulk, answers: Any) -> None:
    server.answers = list(answers)
    with pytest.raises(Doubt):
        bulk.present(STREAM, ["a"], "mark-1")


def running(mark: str) -> tuple[int, Any]:
    return 200, {"nodes": {"n": {"tasks": {"n:1": {"headers": {"X-Opaque-Id": mark}}}}}}


def test_nothing_is_said_while_the_server_works_on_a_request_of_ours(
    server: Scripted, bulk: Bulk
) -> None:
    server.by_path["/_tasks"] = running("mark-1")
    with pytest.raises(Doubt, match="still works"):
        bulk.present(STREAM, ["a"], "mark-1")
    server.by_path["/_tasks"] = running("mark-2")
    server.answers = [(200, {"_shards": {"failed": 0}}), found()]
    assert bulk.present(STREAM, ["a"], "mark-1") == set()


def test_without_the_right_to_see_tasks_they_are_not_asked_for_again(
    server: Scripted, bulk: Bulk
) -> None:
    server.by_path["/_tasks"] = (403, {"error": {"type": "security_exception"}})
    server.answers = [(200, {"_shards": {"failed": 0}}), found()] * 2
    bulk.present(STREAM, ["a"], "mark-1")
    bulk.present(STREAM, ["a"], "mark-1")
    assert [asked.path for asked in server.asked].count("/_tasks") == 1


def test_more_hits_than_a_search_returns_are_asked_for_in_halves(
    server: Scripted, bulk: Bulk
) -> None:
    many = ["a"] * 10_000
    server.answers = [(200, {"_shards": {"failed": 0}}), found(*many), found("a"), found("b")]
    assert bulk.present(STREAM, ["a", "b"], "mark-1") == {"a", "b"}


def test_what_is_no_elasticsearch_is_said(server: Scripted, bulk: Bulk) -> None:
    server.headers = {}
    server.answers = [(200, items(TAKEN, TAKEN))]
    with pytest.raises(WrongTarget, match="not Elasticsearch"):
        sent(bulk)
