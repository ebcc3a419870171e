"""The page shows everything, loads nothing, and no value in it is ever markup."""

from __future__ import annotations

import base64
import hashlib
import re
import runpy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentwarrant.event import Event
from agentwarrant.finding import Case, Finding
from agentwarrant.inputs import DeadLetter
from agentwarrant.report import words
from agentwarrant.report.html import MAX_CASES, MAX_STEPS, render_html
from agentwarrant.report.model import ProposedResponse, ProposedStep, ScanResult
from agentwarrant.vocabulary import ACTIONS, ORIGINS, TOOL_CLASSES

SAMPLE = runpy.run_path(str(Path(__file__).with_name("test_report_sample.py")))
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}</style>",
    "</title></svg><iframe src=//evil.example>",
    "<!-- <![CDATA[ ]]> -->",
    "{{ 7*7 }} {% raw %}",
    "javascript:alert(1)",
    "invoice\u202efdp.exe \u2066\u200b\ufeff",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\ \x1b[2J",
    "nul \x00 bell \x07 \ud800 \U000e0041",
    "A" * 100_000,
]


def words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


TAGS = words_in(
    "html head meta title style body header main nav article section figure figcaption p span a "
    "h1 h2 h3 dl dt dd div ol ul li code pre strong details summary time table thead tbody tr th "
    "td svg desc g path polygon line rect text"
)
ATTRIBUTES = words_in(
    "lang dir charset http-equiv content name class id href aria-label aria-labelledby title scope "
    "role viewbox width height x y x1 y1 x2 y2 rx d points"
)
VOID = frozenset({"meta"})


class Page(HTMLParser):
    """A page read back: its tags, attributes and texts; complains about wrong nesting."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.comments: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def hostile_event(event: Event, text: str) -> Event:
    """Return an event all of whose free texts are hostile; times and numbers stay."""
    keep = ("@timestamp", "warrant.finding.severity")
    return {
        name: value
        if name in keep or not isinstance(value, str | list)
        else ([text, text] if isinstance(value, list) else text)
        for name, value in event.items()
    }


def hostile_result(text: str) -> ScanResult:
    """Return a scan in which everything that can be text is hostile."""
    (good,) = SAMPLE["moltbook"]().cases
    events = [hostile_event(event, text) for event in good.timeline]
    # one chain keeps its actions and classes, so that every part of the page is drawn
    events += [
        {**hostile_event(event, text), **{n: event[n] for n in event if n in _SHAPE}}
        for event in good.timeline
    ]
    findings = [Finding(hostile_event(f.event, text), f.evidence) for f in good.findings]
    case = Case(text, text, text, text, text, findings, events)
    step = ProposedStep(text, text, text, text, text, text, text, text)
    return ScanResult(
        cases=[case, case],
        events=3,
        agents={text: 3},
        files=[text],
        sources={text: 3},
        dead_letters=[DeadLetter(text, 1, text, 2)],
        unknown_files=[(text, text)],
        responses={text: ProposedResponse(text, text, text, [step])},
        generated=text,
        version=text,
        counters={text: 1},
    )


_SHAPE = words_in(
    "event.action warrant.tool.class warrant.origin warrant.network.kind warrant.content.signal "
    "warrant.network.operation warrant.data.sensitivity warrant.intent.verdict"
)


def check(html: str) -> Page:
    page = Page(html)
    assert set(page.tags) <= TAGS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    assert not page.comments
    links = [value for name, value in page.attributes if name == "href"]
    assert all(re.fullmatch(r"#case-\d+", link) for link in links)
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", html
    )
    return page


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:24]))
def test_no_hostile_text_becomes_markup(text: str) -> None:
    page = check(render_html(hostile_result(text)))
    calm = check(render_html(hostile_result("calm")))
    assert [t for t in page.tags if t in ("style", "svg", "article")] == [
        t for t in calm.tags if t in ("style", "svg", "article")
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(codec=None), min_size=1, max_size=60))
def test_no_text_at_all_becomes_markup(text: str) -> None:
    html = render_html(hostile_result(text))
    check(html)
    html.encode()


def test_the_policy_allows_the_one_style_sheet_and_nothing_else() -> None:
    html = render_html(SAMPLE["moltbook"]())
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    policy = dict(Page(html).attributes)
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]
    contents = [value for name, value in Page(html).attributes if name == "content"]
    assert policy
    assert (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        in contents
    )


def test_the_same_scan_gives_the_same_page() -> None:
    assert render_html(SAMPLE["moltbook"]()) == render_html(SAMPLE["moltbook"]())


def test_a_case_says_who_what_why_and_what_would_be_done() -> None:
    text = check(render_html(SAMPLE["moltbook"]())).text
    for part in (
        "1 case to look at",
        "Of 10 recorded steps, 2 followed content from somebody who may not instruct the agent",
        "Mallory (stranger, human, telegram)",
        "content from a web page or web interface",
        "2026-11-23 04:42:28 UTC, for 0.9 s",
        "A post on net.example told the agent to read .env and to publish it",
        "main was told by Mallory",
        "verdict influenced",
        "Nothing below was sent, nothing was changed.",
        "DELETE https://net.example:40053/api/v1/agents/me",
        "cannot be undone",
        "MITRE ATT&CK technique version 18.1",
        "00065b037c8a4f584b02989b042e9797",
    ):
        assert part in text


def test_a_quiet_scan_says_what_was_looked_at() -> None:
    text = check(render_html(SAMPLE["quiet"]())).text
    assert "Nothing to report" in text
    assert "41 events from 2 files (openclaw) and looked at what 2 AI agents did" in text
    assert "bookkeeper" in text
    assert "gateway.log" in text


def test_a_scan_that_read_nothing_does_not_sound_quiet() -> None:
    empty = replace(SAMPLE["quiet"](), events=0, agents={}, files=[], sources={})
    text = check(render_html(empty)).text
    assert "Nothing was looked at" in text
    assert "nothing can be said about any agent" in text
    assert "Nothing to report" not in text


def test_what_could_not_be_read_is_named_with_its_place_and_reason() -> None:
    text = check(render_html(SAMPLE["moltbook"]())).text
    assert "/home/acme/.openclaw/logs/gateway.log:17 not JSON 212 bytes" in text
    assert "/home/acme/.openclaw/notes.txt it holds no JSON object" in text


def test_a_case_without_response_says_so() -> None:
    text = check(render_html(replace(SAMPLE["moltbook"](), responses={}))).text
    assert "Nothing is proposed: no playbook fits this case" in text


def test_a_case_of_very_many_steps_keeps_the_telling_ones_and_counts_the_rest() -> None:
    made = SAMPLE["moltbook"]()
    (case,) = made.cases
    noise: list[Event] = [
        SAMPLE["event"](0, "heartbeat", f"beat {i}", event__id=f"noise{i}") for i in range(2000)
    ]
    case.timeline = [*noise, *case.timeline]
    text = check(render_html(made)).text
    assert f"and {2010 - MAX_STEPS:,} more steps" in text
    assert "cat .env" in text


def test_a_loop_is_one_step_with_its_count() -> None:
    made = SAMPLE["moltbook"]()
    (case,) = made.cases
    loop = [SAMPLE["event"](0, "heartbeat", "beat", event__id=f"n{i}") for i in range(2000)]
    case.timeline = [*case.timeline, *loop]
    text = check(render_html(made)).text
    assert "2,000 times in the same words" in text
    assert "more steps" not in text


def test_cases_beyond_the_limit_are_listed_and_none_is_missing() -> None:
    made = SAMPLE["moltbook"]()
    many = replace(made, cases=made.cases * (MAX_CASES + 3))
    page = check(render_html(many))
    assert page.tags.count("article") == MAX_CASES
    assert page.text.count("not shown in full") == 3
    assert f"{MAX_CASES + 3} cases to look at" in page.text


def test_every_word_an_event_may_use_has_words_of_its_own() -> None:
    assert set(words.ACTIONS) == set(ACTIONS)
    assert set(words.ORIGINS) == set(ORIGINS)
    assert {*words.TOOL_CLASSES, "other"} == set(TOOL_CLASSES)


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, "0.0 s"),
        (950, "0.9 s"),
        (61_000, "1 min 1 s"),
        (7_200_000, "2 h"),
        (90_000_000, "1 d 1 h"),
    ],
)
def test_a_length_of_time_is_said_in_the_units_that_matter(milliseconds: int, shown: str) -> None:
    assert words.duration(milliseconds) == shown


def test_a_time_that_is_none_is_shown_as_it_is() -> None:
    assert words.moment("<soon>") == "<soon>"
