"""The estimate of a day: what is counted, for each level of privacy, and how it is shown."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from agentwarrant.config import Content, Privacy, Shipped, Tenant
from agentwarrant.event import Event
from agentwarrant.finding import Finding
from agentwarrant.redact import Redactor
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import is_for_agents
from agentwarrant.scan import Scan
from agentwarrant.siem.documents import document, now
from agentwarrant.siem.elastic.outgoing import STAMPS, route, weigh
from agentwarrant.siem.estimate import Meter, lines, measure, size
from agentwarrant.siem.privacy import Outgoing

SAMPLES = Path(__file__).parents[2] / "connectors/openclaw/samples"
SAMPLE = SAMPLES / "main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"


def event(day: int, number: int, tenant: str = "acme", text: str = "hello") -> Event:
    return {
        "@timestamp": f"2026-11-{day:02}T10:00:00.000Z",
        "event.id": f"{day}-{number}",
        "organization.id": tenant,
        "warrant.content.text": text,
    }


def finding(day: int, *evidence: Event) -> Finding:
    made: Event = {
        "@timestamp": f"2026-11-{day:02}T10:00:00.000Z",
        "event.id": f"f{day}",
        "organization.id": "acme",
        "rule.name": "A rule",
        "message": "A rule: hello",
    }
    return Finding(made, evidence)


def test_days_are_averaged_and_the_busiest_is_named() -> None:
    meter = Meter(Redactor(b"key"), weigh)
    for one in (event(1, 1), event(1, 2), event(1, 3), event(2, 1), event(2, 9, "other")):
        meter.take(one)
    meter.take(finding(1, event(1, 1), event(1, 2)))
    meter.take(finding(2, event(1, 2)))
    found = {(e.privacy.content, e.privacy.events): e for e in meter.estimates("acme")}
    assert meter.tenants == ["acme", "other"]
    assert len(found) == 9
    every = found[Content.FULL, Shipped.ALL]
    assert (every.days, every.events, every.findings) == (2, 2.0, 1.0)
    assert found[Content.FULL, Shipped.EVIDENCE].events == 1.0  # two of one day, each once
    assert found[Content.FULL, Shipped.FINDINGS].events == 0.0
    for content in Content:
        sizes = [found[content, shipped].bytes for shipped in Shipped]
        assert sizes == sorted(sizes)
        assert found[content, Shipped.ALL].busiest > found[content, Shipped.ALL].bytes


def test_less_content_is_fewer_bytes() -> None:
    meter = Meter(Redactor(b"key"), weigh)
    meter.take(event(1, 1, text="a long text " * 100))
    sizes = {e.privacy.content: e.bytes for e in meter.estimates("acme")}
    assert sizes[Content.NONE] + 1000 < sizes[Content.REDACTED] == sizes[Content.FULL]


def test_a_tenant_that_did_nothing_has_no_estimate() -> None:
    assert Meter(Redactor(b"key"), weigh).estimates("acme") == []


def test_bytes_of_a_real_log_are_those_of_its_documents() -> None:
    if not SAMPLE.is_file():
        pytest.skip("the tests run without a checkout beside them")
    rules = [rule for rule in load_rules((), pack=True) if is_for_agents(rule)]
    run = Scan.over(rules)
    found = {e.privacy: e for e in measure(run, [SAMPLE], weigh).estimates("default")}
    for privacy in (Privacy(Content.NONE, Shipped.ALL), Privacy(Content.REDACTED, Shipped.ALL)):
        again, out, sent = Scan.over(rules), Outgoing(privacy, run.redactor), 0
        for item in again.events_and_findings([SAMPLE]):
            kind = "findings" if isinstance(item, Finding) else "events"
            left = out.finding(item.event) if isinstance(item, Finding) else out.event(item, False)
            assert left is not None
            sent += len(document(left, route(kind, Tenant("default", ())).stamps, now()))
        assert found[privacy].days == 1
        assert abs(found[privacy].bytes - sent) < 0.05 * sent


def test_the_stamps_are_about_as_long_as_assumed() -> None:
    assert abs(len(orjson.dumps(dict(route("events", Tenant("acme", ())).stamps))) - STAMPS) < 20


def test_a_person_sees_which_line_is_configured() -> None:
    meter = Meter(Redactor(b"key"), weigh)
    meter.take(event(1, 1))
    shown = list(lines(meter.estimates("acme"), Privacy(), "30d"))
    assert shown[0] == "acme: a day, by 1 day of logs; events are kept for 30d"
    marked = [line for line in shown if line.startswith("*")]
    assert [line.split()[:4] for line in marked] == [["*", "redacted", "all", "1"]]
    assert len(shown) == 2 + 9


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (3e12, "3.0 TB")],
)
def test_bytes_are_shown_as_people_read_them(count: float, shown: str) -> None:
    assert size(count) == shown
