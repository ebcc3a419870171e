"""The connection to real clusters: keys, rights, both lines, and what is no Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from elasticsearch import ApiError, Elasticsearch
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from agentwarrant.config import Target, Tenant
from agentwarrant.errors import TargetRefused, WrongTarget
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.elastic.client import asking, connect
from agentwarrant.siem.elastic.names import stream
from agentwarrant.siem.elastic.outgoing import receiver
from agentwarrant.siem.elastic.roles import key_of, shipper
from agentwarrant.siem.receiver import Answer
from agentwarrant.siem.spool import pair

from .elastic_server import fresh_tenant, running

pytestmark = pytest.mark.e2e

PASSWORD = "only-for-this-test"  # noqa: S105  # of a server that ends with the test


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("secured")
    with running("elasticsearch", folder, "--password", PASSWORD) as url:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ES_PASSWORD", PASSWORD)
            _until_it_knows_its_users(administrator(url))
        yield url


def _until_it_knows_its_users(target: Target) -> None:
    """Wait: a server that has only just begun refuses its own users for some seconds.

    It does so once more when its index of users is made, which the first key does.
    """

    def known() -> None:
        with closing(connect(target)) as client:
            client.security.create_api_key(name="begun")
        connect(target).close()

    again = Retrying(
        retry=retry_if_exception_type((TargetRefused, ApiError)), wait=wait_fixed(0.2),
        stop=stop_after_delay(60), reraise=True,
    )  # fmt: skip
    again(known)


@pytest.fixture
def next_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running("elasticsearch", tmp_path_factory.mktemp("line9"), "--line", "9") as url:
        yield url


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ES_PASSWORD", PASSWORD)


def administrator(url: str) -> Target:
    return Target("main", "elastic", (url,), username="elastic", password=Secret("env:ES_PASSWORD"))


def key_for(client: Elasticsearch, tenant: str) -> str:
    body = key_of("ship", shipper(Tenant(tenant, ("main",))))
    return str(client.security.create_api_key(**body)["encoded"])


def test_a_user_with_a_password_is_known_and_another_is_not(
    secured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(administrator(secured)).close()
    monkeypatch.setenv("ES_PASSWORD", "another")
    with pytest.raises(TargetRefused, match="not known") as caught:
        connect(administrator(secured))
    assert caught.value.status == 401
    with pytest.raises(TargetRefused):
        connect(Target("main", "elastic", (secured,)))


def test_a_key_of_one_tenant_ships_for_it_and_for_no_other(
    secured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = fresh_tenant()
    client = connect(administrator(secured))
    template: dict[str, Any] = {"index_patterns": ["logs-agentwarrant.*-t*"], "data_stream": {}}
    client.indices.put_index_template(name="clienttest", priority=901, **template)
    monkeypatch.setenv("ES_KEY", key_for(client, tenant))
    target = Target("main", "elastic", (secured,), api_key=Secret("env:ES_KEY"))
    body = pair("one", b'{"@timestamp":"2026-01-31T10:00:00Z"}')
    with receiver(target) as there:  # the key may not ask what the server is, and is known
        assert there.send(stream("events", tenant), body, 1, "mark") == Answer(1)
        assert there.present(stream("events", tenant), ["one", "two"], "mark") == {"one"}
        with pytest.raises(TargetRefused) as caught:
            there.send(stream("events", fresh_tenant()), body, 1, "mark")
    assert caught.value.status == 403
    known = client.security.get_api_key(name="ship")["api_keys"]
    client.security.invalidate_api_key(ids=[one["id"] for one in known])
    with pytest.raises(TargetRefused, match="not known"):
        connect(target)
    client.close()


def test_both_lines_answer_to_the_client_that_is_installed(
    next_line: str, elasticsearch_url: str
) -> None:
    found = set()
    for url in (next_line, elasticsearch_url):
        target = Target("main", "elastic", (url,))
        client = connect(target)
        with asking(target):
            found.add(client.info()["version"]["number"].partition(".")[0])
            client.cluster.health()
        client.close()
    assert found == {"8", "9"}


def test_opensearch_is_not_taken_for_elasticsearch_nor_the_reverse(
    opensearch_url: str, elasticsearch_url: str
) -> None:
    connect(Target("main", "opensearch", (opensearch_url,))).close()
    for kind, url in (("elastic", opensearch_url), ("opensearch", elasticsearch_url)):
        with pytest.raises(WrongTarget):
            connect(Target("main", kind, (url,)))
