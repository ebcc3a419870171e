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

from agentwarrant.finding import Severity, into_cases
from agentwarrant.report.model import ScanResult
from agentwarrant.report.terminal import MAX_CASES, MAX_STEPS, render_table
from agentwarrant.risk import RiskBook

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


def test_events_that_could_be_put_down_to_no_agent_are_none_of_an_agent_more() -> None:
    seen = replace(SAMPLE["moltbook"](), agents={"main": 38, "unknown": 3})
    assert "1 agent," in " ".join(printed(seen).split())


def test_a_case_fits_eighty_columns_and_says_what_matters() -> None:
    text = printed(SAMPLE["moltbook"]())
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    flat = " ".join(text.split())
    for part in (
        "CRITICAL Agent sent secrets to an agent network",
        "case c0ffee0123456789, risk 99.9 of 100 by what is in it",
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
    assert "Further cases" in text
    assert text.count("made by") == MAX_CASES


def test_a_case_without_response_says_so() -> None:
    sample = SAMPLE["moltbook"]()
    text = printed(replace(sample, responses={}))
    assert "nothing is proposed: no playbook fits; decide by hand" in text
    begins = next(case for case in sample.cases if case.is_open).id[:12]
    assert f"playbooks plan --case {begins}" in text


def test_a_case_without_response_says_why_no_playbook_fits() -> None:
    (case,) = SAMPLE["moltbook"]().cases
    why = {case.id: "quarantine is for it, but no vendor here acts on x.agent"}
    text = printed(replace(SAMPLE["moltbook"](), responses={}, unanswered=why))
    said = "no playbook fits: quarantine is for it, but no vendor here acts on x.agent; decide by"
    assert said in " ".join(text.split())


# Open and watched --------------------------------------------------------------------------


def weighed(*given: tuple[str, str, float, str, str]) -> ScanResult:
    """Return a scan with findings of (rule, severity, risk, agent, case), weighed in order."""
    book = RiskBook()
    found = []
    for number, (rule, severity, risk, agent, case) in enumerate(given):
        event = SAMPLE["event"](number, "tool_call", "exec", event__id=f"e{number}")
        event |= {"gen_ai.agent.id": agent, "gen_ai.agent.name": agent}
        one = SAMPLE["finding"](rule, severity, risk, [event], "because")
        made = {**one.event, "warrant.case.id": case, "gen_ai.conversation.id": case}
        found.append(book.weigh(replace(one, event=made)))
    result: ScanResult = SAMPLE["result"](into_cases(found), responses={})
    return result


BIG = ("Agent reads a secret", "medium", 60.0, "payer", "aaaa000000000001")
SMALL = ("Agent looks around", "low", 10.0, "payer", "bbbb000000000002")


def test_a_case_that_a_small_finding_opened_names_the_worst_that_was_added_and_its_case() -> None:
    text = printed(weighed(BIG, SMALL))
    flat = " ".join(text.split())
    assert "LOW Agent looks around case bbbb000000000002, risk 10 of 100" in flat
    assert "opened by weight: what was found about payer in all cases, added up 60.0 Agent" in flat
    assert "= 70.0; a case opens at 70" in flat
    assert "worst of it: MEDIUM Agent reads a secret (case aaaa000000000001, watched)" in flat


@pytest.mark.parametrize("width", [80, 100, 160])
def test_what_is_watched_says_whose_it_is_and_its_case_however_long_its_title(width: int) -> None:
    long = "Agent reads credential material that nobody asked for, at a host far away"
    text = printed(weighed((long, "medium", 45.0, "a-clerk", "cccc000000000003")), width)
    head, row, *more = text[text.index(" level") :].splitlines()
    assert head.split() == ["level", "risk", "case", "agent", "what"]
    assert row.split()[:4] == ["MEDIUM", "45", "cccc000000000003", "a-clerk"]
    assert " ".join((row + " ".join(more)).split()).count(long) == 1
    assert "critical finding" in " ".join(text.split())


def test_what_is_watched_points_to_the_open_case_of_its_agent() -> None:
    text = " ".join(printed(weighed(BIG, SMALL), 160).split())
    assert "aaaa000000000001 payer Agent reads a secret (see case bbbb000000000002)" in text
    assert "2 cases (1 medium, 1 low), 1 of them watched" in text


def test_a_sum_is_shown_line_by_line_once_for_an_agent() -> None:
    rules = [(f"Rule {n}", "high", 73.0, "payer", f"{n}" * 16) for n in range(8)]
    text = printed(weighed(*rules), 120)
    assert text.count("what was found about payer in all cases, added up") == 1
    assert text.count("by weight, as it is added up at case 7777777777777777") == 7
    assert text.count("= ") == 8
    assert "and 4 more lines" in text


def test_a_critical_finding_needs_no_sum() -> None:
    text = printed(weighed(("Rule", "critical", 99.0, "payer", "dddd000000000004"), BIG), 120)
    assert "opened    by a critical finding" in text
    assert "added up" not in text.partition("Watched")[0].partition("aaaa")[0]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_ends_in_blanks(width: int) -> None:
    for result in (SAMPLE["moltbook"](), weighed(BIG, SMALL), SAMPLE["quiet"]()):
        assert all(line == line.rstrip() for line in printed(result, width).splitlines())


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
