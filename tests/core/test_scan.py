"""A scan joins the rooms: files in, events and findings and cases out."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import pytest

from agentwarrant import schema
from agentwarrant.finding import Severity
from agentwarrant.rules.load import load_rules
from agentwarrant.scan import Scan

CAPTURE = "main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"


@pytest.fixture(scope="module")
def capture() -> Path:
    with as_file(files("agentwarrant.connectors").joinpath("openclaw/samples", CAPTURE)) as path:
        return path


def test_every_event_of_a_scan_is_attributed_judged_and_valid(capture: Path) -> None:
    events = list(Scan.over().events([capture]))
    assert {said for event in events for said in schema.problems(event)} == set()
    assert all(event["entity.id"] == "openclaw:main" for event in events)
    calls = [event for event in events if event["event.action"] == "tool_call"]
    assert {event["warrant.intent.verdict"] for event in calls} == {"influenced", "unexplained"}


def test_every_finding_of_a_scan_is_valid_and_rests_on_its_events(capture: Path) -> None:
    ids = {event["event.id"] for event in Scan.over().events([capture])}
    findings = list(Scan.over(load_rules()).findings([capture]))
    assert findings
    for finding in findings:
        assert schema.finding_problems(finding.event) == []
        named = finding.event["warrant.finding.events"]
        assert isinstance(named, list)
        assert ids.issuperset(named)


def test_the_result_says_what_was_read_and_what_to_do(capture: Path) -> None:
    run = Scan.over(load_rules(), tenant="acme")
    result = run.result(list(run.findings([capture])))
    (case,) = result.cases
    assert (case.tenant, case.agent, case.severity) == ("acme", "main", Severity.CRITICAL)
    assert result.files == [str(capture)]
    assert result.agents == {"main": result.events}
    assert case.id in result.responses
    assert result.counters["unreadable_records"] == 0


def test_the_same_input_gives_the_same_findings(capture: Path) -> None:
    one, other = ([f.event for f in Scan.over(load_rules()).findings([capture])] for _ in "12")
    assert one == other
