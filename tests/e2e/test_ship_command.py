"""``agentwarrant ship`` to real servers: what a scan finds arrives, and once only."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from agentwarrant.config import Target
from agentwarrant.siem.elastic.client import connect
from agentwarrant.siem.elastic.names import stream

from .elastic_server import fresh_tenant, running

pytestmark = pytest.mark.e2e

CHECKOUT = Path(__file__).parents[2]
SAMPLES = CHECKOUT.parent / "shared/samples/openclaw/2026.9.6"
OWN_SAMPLES = CHECKOUT / "connectors/openclaw/samples"
ONE_SESSION = OWN_SAMPLES / "main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"
CONFIG = """
state: state
targets:
  main: {{kind: {kind}, url: "{url}"}}
defaults:
  privacy: {{content: {content}, events: {events}}}
tenants:
  {tenant}: {{}}
"""


def samples() -> Path:
    for folder in (SAMPLES, OWN_SAMPLES):
        if folder.is_dir():
            return folder
    pytest.skip("no sample of OpenClaw in ../shared/samples or in connectors")


def one_session() -> str:
    if not ONE_SESSION.is_file():
        pytest.skip("the tests run without a checkout beside them")
    return str(ONE_SESSION)


def command(folder: Path, *arguments: str) -> str:
    """Run the command; return what it says on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "agentwarrant", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


class Place:
    """One tenant on one server, with the templates installed."""

    def __init__(self, kind: str, url: str, folder: Path, **privacy: str) -> None:
        self.folder = folder
        self.tenant = fresh_tenant()
        given = {"content": "redacted", "events": "all", **privacy}
        config = CONFIG.format(kind=kind, url=url, tenant=self.tenant, **given)
        (folder / "agentwarrant.yml").write_text(config)
        command(folder, "install", kind, "--only", "cluster", "--yes")
        self.client: Elasticsearch = connect(Target("main", kind, (url,)))

    def ship(self, *arguments: str) -> str:
        return command(self.folder, "ship", *arguments)

    def documents(self, kind: str) -> list[dict[str, Any]]:
        """Return what is in a stream, in all its backing indices."""
        name = stream(kind, self.tenant)
        self.client.indices.refresh(index=name, ignore_unavailable=True)
        hits = scan(self.client, index=name, size=2000, ignore_unavailable=True)
        return [{**hit["_source"], "_id": hit["_id"]} for hit in hits]

    def counted(self) -> dict[str, Counter[str]]:
        kinds = ("events", "findings", "responses")
        return {kind: Counter(one["_id"] for one in self.documents(kind)) for kind in kinds}


@pytest.fixture(scope="module")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One of its own: what others leave in a server stands in the way of an install."""
    with running("elasticsearch", tmp_path_factory.mktemp("own"), "--heap", "512m") as url:
        yield url


@pytest.fixture(scope="module")
def opensearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One of its own: what others leave in a server stands in the way of an install."""
    with running("opensearch", tmp_path_factory.mktemp("own"), "--heap", "512m") as url:
        yield url


@pytest.fixture(params=["elastic", "opensearch"])
def server(request: pytest.FixtureRequest) -> tuple[str, str]:
    fixture = {"elastic": "elasticsearch_url", "opensearch": "opensearch_url"}[request.param]
    return request.param, request.getfixturevalue(fixture)


def test_a_real_host_ships_once_however_often_it_is_shipped(
    server: tuple[str, str], tmp_path: Path
) -> None:
    place = Place(*server, tmp_path)
    said = place.ship(str(samples()))
    first = place.counted()
    for kind, ids in first.items():
        assert ids, kind
        assert set(ids.values()) == {1}
        assert f"{len(ids):,} {kind}" in said
    sent = sum(len(ids) for ids in first.values())
    assert f"{sent:,} shipped, 0 were there already, 0 refused" in said

    again = place.ship(str(samples()))
    assert f"0 shipped, {sent:,} were there already, 0 refused" in again
    for kind in first:
        place.client.indices.rollover(alias=stream(kind, place.tenant))
    after = place.ship(str(samples()))
    assert f"0 shipped, {sent:,} were there already, 0 refused" in after
    assert place.counted() == first


def test_what_arrives_can_be_searched_by_what_rules_read(
    server: tuple[str, str], tmp_path: Path
) -> None:
    place = Place(*server, tmp_path)
    place.ship(one_session())
    found = place.documents("findings")
    for field in ("rule.id", "warrant.finding.severity", "gen_ai.agent.id"):
        answer = place.client.search(
            index=stream("findings", place.tenant),
            size=0,
            aggs={"values": {"terms": {"field": field, "size": 1000}}},
        )
        buckets = answer["aggregations"]["values"]["buckets"]
        assert {b["key"]: b["doc_count"] for b in buckets} == Counter(d[field] for d in found)
    events = place.documents("events")
    ingested = {"range": {"event.ingested": {"gte": "now-1h"}}}
    counted = place.client.count(index=stream("events", place.tenant), query=ingested)
    assert counted["count"] == len(events) > 10


def test_without_content_a_real_server_gets_the_same_documents_and_no_content(
    server: tuple[str, str], tmp_path: Path
) -> None:
    whole, bare = tmp_path / "whole", tmp_path / "bare"
    whole.mkdir()
    bare.mkdir()
    full = Place(*server, whole, content="full")
    none = Place(*server, bare, content="none")
    full.ship(one_session())
    none.ship(one_session())
    texts = {
        str(one[name])
        for one in full.documents("events")
        for name in ("warrant.arguments.text", "warrant.content.text", "process.command_line")
        if len(one.get(name, "")) > 20
    }
    assert len(texts) > 10
    left = str(none.documents("events")) + str(none.documents("findings"))
    assert not [text for text in texts if text[:20] in left]
    sizes = [{kind: len(ids) for kind, ids in one.counted().items()} for one in (full, none)]
    assert sizes[0] == sizes[1]


def test_what_waited_while_the_server_was_away_arrives_once(
    elasticsearch_url: str, tmp_path: Path
) -> None:
    place = Place("elastic", elasticsearch_url, tmp_path)
    config = tmp_path / "agentwarrant.yml"
    right = config.read_text()
    config.write_text(right.replace(elasticsearch_url, "http://127.0.0.1:9"))
    for _ in range(2):
        with pytest.raises(AssertionError, match="Connection refused"):
            place.ship(one_session())
    assert not any(place.counted().values())
    config.write_text(right)
    place.ship("--waiting")
    arrived = place.counted()
    assert all(set(ids.values()) == {1} for ids in arrived.values())
    assert sum(len(ids) for ids in arrived.values()) > 30
    place.ship(one_session())
    assert place.counted() == arrived


def test_only_evidence_leaves_where_the_tenant_wants_no_more(
    elasticsearch_url: str, tmp_path: Path
) -> None:
    place = Place("elastic", elasticsearch_url, tmp_path, events="evidence")
    said = place.ship(one_session())
    assert "events stayed here, as configured" in said
    events = {one["_id"] for one in place.documents("events")}
    findings = [one["warrant.finding.events"] for one in place.documents("findings")]
    whole = [set(ids) for ids in findings if len(ids) <= 60]  # of longer bursts a part is held
    assert len(whole) > 2
    assert not [ids - events for ids in whole if ids - events]
