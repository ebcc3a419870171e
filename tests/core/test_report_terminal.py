"""The screen at three in the morning: worst first, 80 columns, no colour, nothing hostile."""

from __future__ import annotations

import io
import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from agentwarrant.finding import Severity
from agentwarrant.report.model import ScanResult
from agentwarrant.report.terminal import MAX_CASES, MAX_STEPS, render_table

HERE = Path(__file__)
SAMPLE = runpy.run_path(str(HERE.with_name("test_report_sample.py")))
PAGE = runpy.run_path(str(HERE.with_name("test_report_html.py")))
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def printed(result: ScanResult, width: int = 80) -> str:
    stream = io.StringIO()
    render_table(result, Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


def in_colour(result: ScanResult) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=80, color_system="standard", force_terminal=True)
    render_table(result, console)
    return stream.getvalue()


@pytest.mark.parametrize(
    "text", [*PAGE["HOSTILE"], "[bold]x[/bold] [link=http://e.example]y[/link]"]
)
def test_no_hostile_text_reaches_the_terminal_as_anything_but_text(text: str) -> None:
    result = PAGE["hostile_result"](text)
    plain = printed(result)
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", plain
    )
    assert "\x1b" not in COLOUR.sub("", in_colour(result))
    assert all(cell_len(line) <= 80 for line in plain.splitlines())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(codec=None), min_size=1, max_size=60))
def test_no_escape_comes_out_of_any_data(text: str) -> None:
    plain = printed(PAGE["hostile_result"](text))
    assert "\x1b" not in plain
    plain.encode()


def test_markup_in_a_value_is_shown_and_not_obeyed() -> None:
    assert "[bold]x[/bold]" in printed(PAGE["hostile_result"]("[bold]x[/bold]"))


def test_a_case_fits_eighty_columns_and_says_what_matters() -> None:
    text = printed(SAMPLE["moltbook"]())
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    flat = " ".join(text.split())
    for part in (
        "CRITICAL risk 99.9 Agent sent secrets to an agent network",
        "main (unregistered, identity claimed)",
        "Mallory (stranger, human, telegram)",
        "2026-11-23 04:42:28 UTC, for 0.9 s",
        "- It registered at net.example and stored the key it was given",
        "04:42:28 ! exec cat .env web influenced",
        "observe mode: nothing was sent or changed",
        "cannot be undone",
        "1 case (1 critical), 41 events, 2 agents, 2 files, 1 unreadable record,",
    ):
        assert part in flat


def test_a_long_timeline_keeps_the_telling_steps_and_counts_the_rest() -> None:
    result = SAMPLE["moltbook"]()
    (case,) = result.cases
    noise = [SAMPLE["event"](0, "heartbeat", f"beat {i}", event__id=f"n{i}") for i in range(100)]
    case.timeline = [*noise, *case.timeline]
    text = printed(result)
    assert f"and {110 - MAX_STEPS} more" in text
    assert "cat .env" in text


def test_what_came_again_in_the_same_words_is_one_line_with_its_count() -> None:
    result = SAMPLE["moltbook"]()
    (case,) = result.cases
    loop = [SAMPLE["event"](0, "heartbeat", "beat", event__id=f"n{i}") for i in range(1100)]
    case.timeline = [*case.timeline, *loop]
    text = printed(result)
    assert "1,100x beat" in text
    assert "more" not in text.partition("response")[0].partition("verdict")[2]


def test_cases_beyond_the_limit_are_one_line_each_and_none_is_missing() -> None:
    result = SAMPLE["moltbook"]()
    many = replace(result, cases=result.cases * (MAX_CASES + 5))
    text = printed(many, width=120)
    assert text.count("CRITICAL") == MAX_CASES + 5
    assert text.count("made by") == MAX_CASES


def test_a_case_without_response_says_so() -> None:
    sample = SAMPLE["moltbook"]()
    text = printed(replace(sample, responses={}))
    assert "nothing is proposed: no playbook fits" in text
    begins = next(case for case in sample.cases if case.is_open).id[:12]
    assert f"playbooks plan --case {begins}" in text


def test_a_quiet_scan_says_what_was_looked_at_and_counts_it() -> None:
    text = printed(SAMPLE["quiet"]())
    assert "Nothing was found" in text
    assert text.splitlines()[-1] == "0 cases, 41 events, 2 agents, 2 files"


def test_every_severity_is_a_word() -> None:
    for severity in Severity:
        result = SAMPLE["moltbook"]()
        (case,) = result.cases
        for finding in case.findings:
            finding.event["warrant.finding.severity"] = severity.value
        assert severity.value.upper() in printed(result)
