"""A scan joins the rooms: files in, events and findings and cases out."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from rich.console import Console
from tests.shipped import shipped_rules

from agentwarrant import schema
from agentwarrant.engine import DEFAULT_LATENESS_MS
from agentwarrant.event import Event, iso_from_ms
from agentwarrant.finding import Severity
from agentwarrant.report.document import document_of
from agentwarrant.report.html import render_html
from agentwarrant.report.terminal import render_table
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
    findings = list(Scan.over(shipped_rules()).findings([capture]))
    assert findings
    for finding in findings:
        assert schema.finding_problems(finding.event) == []
        named = finding.event["warrant.finding.events"]
        assert isinstance(named, list)
        assert ids.issuperset(named)


def test_the_result_says_what_was_read_and_what_to_do(capture: Path) -> None:
    run = Scan.over(shipped_rules(), tenant="acme")
    result = run.result(list(run.findings([capture])))
    (case,) = result.cases
    assert (case.tenant, case.agent, case.severity) == ("acme", "main", Severity.CRITICAL)
    assert result.files == [str(capture)]
    assert result.agents == {"main": result.events}
    assert case.id in result.responses
    assert result.counters["unreadable_records"] == 0


def test_the_same_input_gives_the_same_findings(capture: Path) -> None:
    one, other = ([f.event for f in Scan.over(shipped_rules()).findings([capture])] for _ in "12")
    assert one == other


RULES = """\
title: denied
id: 5a0cf93a-7b3c-4b0e-9a53-0d7f6a6f4c01
name: denied
status: test
level: low
logsource: {product: ai_agent}
detection: {one: {event.outcome: failure}, condition: one}
---
title: three denials
id: 5a0cf93a-7b3c-4b0e-9a53-0d7f6a6f4c02
status: test
level: high
correlation:
  type: event_count
  rules: [denied]
  group-by: [gen_ai.agent.id]
  timespan: 1m
  condition: {gte: 3}
"""


class Read(Scan):
    """A scan of events that no buffer has put in order."""

    given: Sequence[Event] = ()

    def events(self, paths: Sequence[Path]) -> Iterator[Event]:
        yield from self.given


def denied(ms: int) -> Event:
    return {
        "@timestamp": iso_from_ms(1_700_000_000_000 + ms),
        "event.id": f"e{ms}",
        "event.outcome": "failure",
        "organization.id": "acme",
        "gen_ai.agent.id": "main",
    }


@pytest.fixture
def three(tmp_path: Path) -> Read:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    run = Scan.over(load_rules([path], pack=False))
    return Read(run.collector, run.redactor, run.rules)


def test_a_scan_correlates_what_comes_up_to_an_hour_late(three: Read) -> None:
    three.given = [denied(DEFAULT_LATENESS_MS - 1), denied(0), denied(10), denied(20)]
    found = [f for f in three.findings([]) if f.severity is Severity.HIGH]
    assert [f.event["warrant.finding.events"] for f in found] == [["e0", "e10", "e20"]]
    assert list(three.notes()) == []


def test_what_comes_later_still_is_said_with_its_effect_and_the_mend(three: Read) -> None:
    three.given = [denied(2 * DEFAULT_LATENESS_MS), denied(0), denied(10), denied(20)]
    list(three.findings([]))
    (note,) = three.notes()
    assert note.startswith("3 events of the rule denied came too late to be correlated")
    assert "may be missed: run over the events again sorted by time" in note


def test_a_report_says_that_a_time_is_the_files_and_not_the_events(tmp_path: Path) -> None:
    copy = tmp_path / "stdio_session.jsonl"
    with as_file(files("agentwarrant.connectors").joinpath("mcp/samples", copy.name)) as path:
        shutil.copyfile(path, copy)
    os.utime(copy, (1_577_836_800, 1_577_836_800))
    run = Scan.over(shipped_rules())
    findings = list(run.findings([copy]))
    assert {f.event["warrant.record.clock"] for f in findings} == {"file"}
    result, screen = run.result(findings), io.StringIO()
    render_table(result, Console(file=screen, width=100, color_system=None))
    (line,) = [one for one in screen.getvalue().splitlines() if one.startswith("  when")]
    assert line.split() == ["when", "2020-01-01", "00:00:00", "UTC"]
    for shown in (screen.getvalue(), render_html(result)):
        assert "its records carry no time; this is when the file was last written" in shown
    assert document_of(result)["cases"][0]["clocks"] == ["file"]


def test_of_a_case_with_times_of_its_own_nothing_is_said(capture: Path) -> None:
    run = Scan.over(shipped_rules())
    result = run.result(list(run.findings([capture])))
    assert "no time" not in render_html(result)
    assert document_of(result)["cases"][0]["clocks"] == []
