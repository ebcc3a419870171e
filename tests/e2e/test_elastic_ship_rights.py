"""What a key may not do is said with its mend, and nothing of what waits is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from agentwarrant.siem.elastic.bulk import Bulk
from agentwarrant.siem.elastic.names import stream
from agentwarrant.siem.ship import Policy, Tally, ship
from agentwarrant.siem.spool import Spool

from .elastic_server import fresh_tenant, running
from .fault_proxy import Fault, in_turn, proxied
from .ship_chaos import TEMPLATE, documents, once

pytestmark = pytest.mark.e2e

PASSWORD = "a password of the tests"  # noqa: S105  # of a server that lives for a minute
QUICK = Policy(first=0.01, longest=0.2)
SEND = ["create_doc", "auto_configure"]
ASK = ["read", "maintenance"]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elasticsearch]:
    """A server with users and keys, and its all-powerful client."""
    folder = tmp_path_factory.mktemp("secured")
    with (
        running("elasticsearch", folder, "--password", PASSWORD) as url,
        Elasticsearch(url, basic_auth=("elastic", PASSWORD)) as client,
    ):
        headers = {"accept": "application/json", "content-type": "application/json"}
        path = "/_index_template/shiptest"
        client.perform_request("PUT", path, headers=headers, body=TEMPLATE)
        yield client


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / stream("events", f"shiptest{fresh_tenant()}"))
    made.append(documents(0, 50))
    return made


def url_of(client: Elasticsearch) -> str:
    return next(iter(client.transport.node_pool.all())).base_url


def key(client: Elasticsearch, spool: Spool, *privileges: str, cluster: Any = ()) -> str:
    """Return a key that may do this with the stream of a spool."""
    indices = [{"names": [spool.stream], "privileges": list(privileges)}]
    role = {"cluster": list(cluster), "indices": indices}
    made = client.security.create_api_key(name="ship", role_descriptors={"ship": role})
    return str(made["encoded"])


def shipped(spool: Spool, url: str, api_key: str) -> Tally:
    with Elasticsearch(url, api_key=api_key) as client:
        return ship([spool], Bulk(client), QUICK)


def arrived(client: Elasticsearch, spool: Spool) -> Counter[str]:
    client.indices.refresh(index=spool.stream)
    hits = client.search(index=spool.stream, size=1000)["hits"]["hits"]
    return Counter(hit["_id"] for hit in hits)


def refusal(tally: Tally) -> tuple[str, int, str]:
    (error,) = tally.failed.values()
    return error.code, vars(error)["status"], error.mend


def test_sending_needs_no_more_than_two_rights(secured: Elasticsearch, spool: Spool) -> None:
    tally = shipped(spool, url_of(secured), key(secured, spool, *SEND))
    assert (tally.sent, tally.failed) == (50, {})
    assert arrived(secured, spool) == once(0, 50)


@pytest.mark.parametrize("cluster", [(), ("monitor",)], ids=["no monitor", "monitor"])
def test_asking_needs_two_more_and_monitor_is_no_must(
    secured: Elasticsearch, spool: Spool, cluster: tuple[str, ...]
) -> None:
    api_key = key(secured, spool, *SEND, *ASK, cluster=cluster)
    with proxied(url_of(secured), in_turn(Fault.AFTER)) as proxy:
        tally = shipped(spool, proxy.url, api_key)
    assert (tally.sent, tally.already_there, tally.failed) == (0, 50, {})
    assert arrived(secured, spool) == once(0, 50)


def test_a_key_that_may_not_ask_is_told_so_and_a_better_one_goes_on(
    secured: Elasticsearch, spool: Spool
) -> None:
    with proxied(url_of(secured), in_turn(Fault.AFTER)) as proxy:
        tally = shipped(spool, proxy.url, key(secured, spool, *SEND))
    code, status, mend = refusal(tally)
    assert (code, status) == ("target-refused", 403)
    assert "maintenance" in mend
    assert shipped(spool, url_of(secured), key(secured, spool, *SEND, *ASK)).already_there == 50
    assert arrived(secured, spool) == once(0, 50)


def test_a_key_of_another_stream_makes_no_dead_letters(
    secured: Elasticsearch, spool: Spool, tmp_path: Path
) -> None:
    other = Spool(tmp_path / "logs-agentwarrant.events-other")
    tally = shipped(spool, url_of(secured), key(secured, other, *SEND, *ASK))
    assert refusal(tally)[:2] == ("target-refused", 403)
    assert (tally.dead, spool.waiting() > 0) == (0, True)
    assert shipped(spool, url_of(secured), key(secured, spool, *SEND, *ASK)).sent == 50


def test_a_key_that_is_not_known_any_more_is_said(secured: Elasticsearch, spool: Spool) -> None:
    tally = shipped(spool, url_of(secured), "bm90OmtleQ==")
    assert refusal(tally) == ("target-refused", 401, "make a new key")
    assert spool.waiting() > 0


def test_the_server_says_whose_requests_it_works_on(secured: Elasticsearch) -> None:
    """What ``present`` rests on: the list of tasks has the mark of each."""
    path, headers = "/_tasks", {"accept": "application/json"}
    parameters = {"actions": "cluster:monitor/tasks/lists*"}
    marked = secured.options(opaque_id="a mark")
    tasks = marked.perform_request("GET", path, params=parameters, headers=headers).body
    found = [task["headers"] for node in tasks["nodes"].values() for task in node["tasks"].values()]
    assert found[0]["X-Opaque-Id"] == "a mark"
