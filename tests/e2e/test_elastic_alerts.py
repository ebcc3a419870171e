"""Alerts are taken from a real Elasticsearch, out of an index shaped as Kibana's.

Kibana itself does not run here: the documents are of the shape of a genuine alert of 8.19.12
(``tests/kibana_alert.json``), and the index is mapped as Kibana maps it, dynamic off, so that our
own fields stand in ``_source`` alone.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.shipped import shipped_rules

from agentwarrant.config import Target
from agentwarrant.errors import TargetUnreachable
from agentwarrant.event import iso_from_ms
from agentwarrant.finding import Finding
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.alertdoc import rules_by_id
from agentwarrant.siem.elastic.alerts import PAGE, AlertSource, Inbox
from agentwarrant.siem.elastic.mapping import fields, properties

pytestmark = pytest.mark.e2e
pytest.importorskip("elasticsearch", reason="the extra elastic is not installed")

from agentwarrant.siem.elastic.client import asking, connect  # noqa: E402  # needs the extra

SAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "kibana_alert.json").read_text())
KEYWORDS = (
    "uuid",
    "workflow_status",
    "workflow_tags",
    "building_block_type",
    "rule.rule_id",
    "rule.tags",
    "severity",
)
MAPPED = {f"kibana.alert.{name}": {"type": "keyword"} for name in KEYWORDS}
BEGIN = "2026-03-01T00:00:00.000Z"
START = datetime(2026, 3, 23, tzinfo=UTC)


class Space:
    """A Kibana space of its own with its alerts, and a tenant with its events."""

    def __init__(self, url: str, folder: Path) -> None:
        self.name = f"s{uuid.uuid4().hex[:10]}"
        self.folder = folder
        self.http = httpx.Client(base_url=url, timeout=60)
        self.target = Target("here", "elastic", urls=(url,))
        self.client = connect(self.target)
        self.got: list[Finding] = []
        self.index = f".internal.alerts-security.alerts-{self.name}-000001"
        self.count = 0

    def create(self) -> None:
        properties = {"@timestamp": {"type": "date"}, **MAPPED}
        body = {
            "mappings": {"dynamic": False, "properties": properties},
            "aliases": {f".alerts-security.alerts-{self.name}": {}},
        }
        self.http.put(f"/{self.index}", json=body).raise_for_status()

    def add(self, changed: dict[str, Any] | None = None, at: datetime | None = None) -> str:
        """Index an alert, a minute after the last one; return its id."""
        self.count += 1
        identity = f"{self.count:064x}"
        moment = at or START + timedelta(minutes=self.count)
        source = {
            **SAMPLE,
            "@timestamp": iso_from_ms(moment.timestamp() * 1000),
            "kibana.alert.uuid": identity,
            **(changed or {}),
        }
        made = {name: value for name, value in source.items() if value is not None}
        path = f"/{self.index}/_doc/{identity}?refresh=true"
        self.http.put(path, json=made).raise_for_status()
        return identity

    def inbox(self, **options: Any) -> Inbox:
        given: dict[str, Any] = {"tenants": frozenset({"acme"}), **options}
        self.source = AlertSource(self.client, self.asked, space=self.name, **given)
        return Inbox(self.source, self.take, self.folder / f"{self.name}.json", BEGIN)

    def asked(self) -> AbstractContextManager[None]:
        return asking(self.target)

    def take(self, findings: Sequence[Finding]) -> None:
        self.got += findings

    @property
    def ids(self) -> list[str]:
        return [str(finding.event["labels.alert_id"]) for finding in self.got]


@pytest.fixture
def space(elasticsearch_url: str, tmp_path: Path) -> Iterator[Space]:
    made = Space(elasticsearch_url, tmp_path)
    yield made
    made.http.delete(f"/{made.index}")
    made.http.close()
    made.client.close()


def test_a_space_in_which_no_rule_has_run_has_no_alerts(space: Space) -> None:
    assert space.inbox().poll() == 0


def test_every_alert_is_taken_once_in_order_and_none_again(space: Space) -> None:
    space.create()
    ids = [space.add() for _ in range(3)]
    assert space.inbox().poll() == 3
    assert space.ids == ids
    assert space.inbox().poll() == 0
    more = space.add()
    assert space.inbox().poll() == 1
    assert space.ids == [*ids, more]


def test_more_alerts_than_one_page_are_all_taken(space: Space) -> None:
    space.create()
    wanted = 2 * PAGE + 7
    same = iso_from_ms(START.timestamp() * 1000)  # many in one millisecond
    lines: list[str] = []
    for number in range(wanted):
        source = {**SAMPLE, "@timestamp": same, "kibana.alert.uuid": f"{number:064x}"}
        lines += [json.dumps({"index": {"_id": f"{number:064x}"}}), json.dumps(source)]
    answer = space.http.post(
        f"/{space.index}/_bulk?refresh=true",
        content="\n".join([*lines, ""]),
        headers={"content-type": "application/x-ndjson"},
    )
    assert answer.json()["errors"] is False
    assert space.inbox().poll() == wanted
    assert len(set(space.ids)) == wanted


def test_an_alert_that_becomes_searchable_late_is_taken(space: Space) -> None:
    space.create()
    inbox = space.inbox()
    space.add(at=START + timedelta(hours=1))
    assert inbox.poll() == 1
    late = space.add(at=START + timedelta(minutes=55))
    assert inbox.poll() == 1
    assert space.ids[-1] == late


def test_an_alert_is_taken_again_until_its_finding_was_durable(space: Space) -> None:
    space.create()
    space.add()

    def full(findings: Sequence[Finding]) -> None:
        raise TargetUnreachable("the disk is full")

    space.inbox()
    broken = Inbox(space.source, full, space.folder / "c.json", BEGIN)
    with pytest.raises(TargetUnreachable):
        broken.poll()
    assert Inbox(space.source, space.take, space.folder / "c.json", BEGIN).poll() == 1


def test_building_blocks_closed_alerts_and_other_rules_are_left_where_they_are(
    space: Space,
) -> None:
    space.create()
    space.add({"kibana.alert.building_block_type": "default"})
    space.add({"kibana.alert.workflow_status": "closed"})
    other = space.add({"kibana.alert.rule.tags": ["Elastic"]})
    ours = space.add()
    assert space.inbox().poll() == 1
    assert space.ids == [ours]
    space.got.clear()
    assert space.inbox(every=True).poll() == 1
    assert space.ids == [other]


def test_a_finding_rests_on_the_events_that_its_alert_rests_on(space: Space) -> None:
    space.create()
    stream = names.stream("events", f"alerts_{space.name}")
    event = {
        "@timestamp": "2026-03-23T15:05:39.309Z",
        "event.id": "e1",
        "event.action": "tool_call",
        "organization.id": "acme",
        "gen_ai.agent.id": "main",
        "gen_ai.conversation.id": "talk-1",
        "warrant.arguments.text": "cat .env",
    }
    space.http.put(f"/{stream}", json={"mappings": {"dynamic": False}}).raise_for_status()
    space.http.put(f"/{stream}/_doc/e1?refresh=true", json=event).raise_for_status()
    gone = {"id": "e0", "type": "event", "index": "logs-gone", "depth": 0}
    there = {"id": "e1", "type": "event", "index": stream, "depth": 0}
    space.add({"kibana.alert.ancestors": [gone, there]})
    assert space.inbox().poll() == 1
    (found,) = space.got
    assert [one["event.id"] for one in found.evidence] == ["e1"]
    assert found.evidence[0]["warrant.arguments.text"] == "cat .env"
    assert found.event["gen_ai.agent.id"] == "main"


def test_an_alert_that_counts_rests_on_the_events_that_it_counted(space: Space) -> None:
    """ES|QL that aggregates names no events: they are found by group, time and condition."""
    rules = shipped_rules()
    rule = next(one for one in rules if one.short_id == "AIA-SPD-002")
    tenant = f"counted_{space.name}"
    stream = names.stream("events", tenant)
    mapped = {"properties": properties(fields())}
    space.http.put(f"/{stream}", json={"mappings": mapped}).raise_for_status()

    def event(number: int, **changed: Any) -> None:
        made = {
            "@timestamp": f"2026-03-23T15:05:{number:02}.000Z",
            "event.id": f"e{number}",
            "event.action": "tool_call",
            "entity.sub_type": "ai_agent",
            "organization.id": tenant,
            "gen_ai.agent.id": "Main",
            "gen_ai.tool.name": f"List{number}",
            "cloud.provider": "aws",
            "warrant.tool.class": "discovery",
            "warrant.scope.decision": "undeclared",
            "warrant.intent.verdict": "unknown",
        }
        body = {**made, **{name.replace("__", "."): value for name, value in changed.items()}}
        space.http.put(f"/{stream}/_doc/e{number}", json=body).raise_for_status()

    for number in range(20):
        event(number)
    event(30, gen_ai__agent__id="other")
    event(31, warrant__tool__class="read")
    event(32, **{"@timestamp": "2026-03-23T14:00:00.000Z"})
    space.http.post(f"/{stream}/_refresh").raise_for_status()
    space.create()
    space.add(
        {
            "organization.id": tenant,
            "gen_ai.agent.id": "main",  # as the query compares it
            "kibana.alert.rule.rule_id": rule.public_id,
            "kibana.alert.ancestors": [{"id": "", "type": "event", "index": "", "depth": 0}],
            "first_match": "2026-03-23T15:05:19.000Z",
            "last_match": "2026-03-23T15:05:40.000Z",
            "matches": 1,
        }
    )
    inbox = space.inbox(tenants=frozenset({tenant}), rules=rules_by_id(rules), known=rules)
    assert inbox.poll() == 1
    (found,) = space.got
    assert [one["event.id"] for one in found.evidence] == [f"e{number}" for number in range(20)]
    assert found.event["gen_ai.agent.id"] == "Main"
    assert found.event["rule.name"] == rule.title


def test_an_alert_of_another_tenant_stays_outside_and_is_named(space: Space) -> None:
    space.create()
    foreign = space.add({"organization.id": "somebody else"})
    assert space.inbox().poll() == 0
    assert space.source.letters == [(foreign, "it is of a tenant that has no part in this space")]


def test_an_alert_that_a_webhook_names_is_not_taken_twice(space: Space) -> None:
    space.create()
    first, named = space.add(), space.add()
    inbox = space.inbox()
    assert inbox.named([named, "no-such-alert"]) == 1
    assert inbox.named([named]) == 0
    assert inbox.poll() == 1
    assert space.ids == [named, first]


def test_a_cluster_that_does_not_answer_leaves_the_cursor_where_it_was(
    space: Space, tmp_path: Path
) -> None:
    space.create()
    space.add()
    gone = Target("gone", "elastic", urls=("http://127.0.0.1:9",), timeout=1)
    away = AlertSource(connect(gone, check=False), lambda: asking(gone), space=space.name)
    with pytest.raises(TargetUnreachable):
        Inbox(away, space.take, tmp_path / "gone.json", BEGIN).poll()
    assert not (tmp_path / "gone.json").exists()
    assert space.inbox().poll() == 1
