"""A scan joins the rooms: files in, events and findings and cases out."""

from __future__ import annotations

import io
import os
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from rich.console import Console

from agentwarrant import schema
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


def test_a_report_says_that_a_time_is_the_files_and_not_the_events(tmp_path: Path) -> None:
    copy = tmp_path / "stdio_session.jsonl"
    with as_file(files("agentwarrant.connectors").joinpath("mcp/samples", copy.name)) as path:
        shutil.copyfile(path, copy)
    os.utime(copy, (1_577_836_800, 1_577_836_800))
    run = Scan.over(load_rules())
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
    run = Scan.over(load_rules())
    result = run.result(list(run.findings([capture])))
    assert "no time" not in render_html(result)
    assert document_of(result)["cases"][0]["clocks"] == []
