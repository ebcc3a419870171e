"""What people are shown of responses: whole, and harmless whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.respond_made import plan, point, request

from agentwarrant.casework import Casework, merged, read
from agentwarrant.cli.respondtext import (
    Line,
    html,
    markdown,
    markdown_table,
    printed,
    question_lines,
    table,
)
from agentwarrant.event import Event
from agentwarrant.finding import Case, Finding
from agentwarrant.identity import Resolver
from agentwarrant.redact import Redactor
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.people.approvals import Asked, State
from agentwarrant.respond.runplan import Approval, RunPlan

RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What moves a cursor, turns a line or is not seen."""
MARKUP = re.compile(r"(?<!\\)(?:\\\\)*[`*_\[\]<>!|~]")

hostile = st.text(max_size=60) | st.sampled_from(
    [
        "\x1b[2Jx",
        "<script>alert(1)</script>",
        "](javascript:x)",
        "a\u202eb",
        "| x |",
        "`x`",
        "\n# y",
    ]
)


class Tags(HTMLParser):
    """Remembers the tags of a page and what stands between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def lines(texts: Iterable[str]) -> list[Line]:
    return [(number % 4, text) for number, text in enumerate(texts)]


@given(st.lists(hostile, max_size=6))
def test_no_value_moves_the_cursor_hides_or_turns_a_line(texts: list[str]) -> None:
    shown = printed(lines(texts))
    assert not RAW.search(shown)
    assert shown.count("\n") == len(texts)


@given(st.lists(hostile, max_size=6))
def test_no_value_is_markup_in_a_page(texts: list[str]) -> None:
    page = Tags(html(lines(texts), "".join(texts)))
    assert page.tags <= {"html", "head", "meta", "title", "style", "body", "h2", "p"}


@given(st.lists(hostile, min_size=1, max_size=6))
def test_no_value_is_markup_in_markdown(texts: list[str]) -> None:
    made = markdown(lines(texts))
    for line in made.splitlines():
        assert not MARKUP.search(re.sub(r"^(## | *- )", "", line)), line
    (row,) = markdown_table([{"a": "".join(texts)}], ("a",)).splitlines()[2:]
    assert not MARKUP.search(row[1:-1])


@given(st.lists(st.fixed_dictionaries({"a": hostile, "b": hostile}), max_size=4))
def test_a_table_has_one_line_a_row(rows: list[dict[str, str]]) -> None:
    shown = table(rows, ("a", "b", "gone"))
    assert shown.count("\n") == len(rows) + 1
    assert not RAW.search(shown)


# Plans and questions ------------------------------------------------------------------------

LONG = "x" * 5000


def asked(made: RunPlan, **own: Any) -> Asked:
    usual: dict[str, Any] = {
        "run": "4f1c", "node": "ok", "tenant": "acme", "plan_hash": made.hash, "nonce": "n",
        "needs": 2, "state": State.ASKED, "asked_ms": 1, "expires_ms": 1_800_000_000_000,
        "voted": {"anna": "yes"},
    }  # fmt: skip
    return Asked(**{**usual, **own})


def final(**own: Any) -> Any:
    return point(
        "revoke", reversibility=Reversibility.IRREVERSIBLE, request=request(key=LONG), **own
    )


def test_who_is_asked_sees_every_request_whole_and_what_cannot_be_taken_back() -> None:
    node = Approval("ok", 2, 600, "Shall it be?", ("revoke",))
    made = plan([node, final(residual_seconds=60, residual="tokens"), point("other")])
    shown = printed(question_lines(made, asked(made, attempt=3), ["revoke"]))
    assert LONG in shown
    assert "CANNOT BE TAKEN BACK: Do revoke" in shown
    assert "This is request 3 of this" in shown
    assert "anna yes" in shown
    assert "2 must say yes by 2027-01-15T08:00:00.000Z" in shown
    assert "lives on up to 60 s: tokens" in shown
    assert made.hash in shown
    assert "Do other" not in shown


# Cases --------------------------------------------------------------------------------------


def event(identity: str, **own: Any) -> Event:
    usual = {
        "event.id": identity, "@timestamp": f"2026-11-29T10:00:0{identity[-1]}.000Z",
        "organization.id": "acme", "gen_ai.agent.id": "main", "event.action": "tool_call",
    }  # fmt: skip
    return {**usual, **own}


def finding(identity: str, case: str, **own: Any) -> Finding:
    found = {
        **event(f"f{identity}"), "event.module": "openclaw", "rule.id": f"r{identity}",
        "rule.name": "A rule", "warrant.case.id": case, "warrant.finding.severity": "high",
        "event.risk_score": 73.0, **own,
    }  # fmt: skip
    return Finding(found, (event(identity),))


class Told:
    """Stands where a scan does: brings what it was given."""

    def __init__(self, *items: Event | Finding) -> None:
        self.items = items
        self.resolver = Resolver()
        self.redactor = Redactor(b"key")

    def events_and_findings(self, paths: Any) -> Iterable[Event | Finding]:
        return self.items


def of(*items: Event | Finding, wanted: str = "") -> Casework:
    return read(Told(*items), (), wanted)  # type: ignore[arg-type]  # all that is asked of a scan


def test_cases_of_one_agent_are_answered_together() -> None:
    other = finding("e3", "c3", **{"gen_ai.agent.id": "other"})
    work = of(event("e1"), finding("e1", "c1"), finding("e2", "c2"), other)
    assert [case.agent for case in work.cases] == ["main", "other"]
    main = work.cases[0]
    assert sorted(work.ids[main.id]) == ["c1", "c2"]
    assert len(main.findings) == 2
    assert [e["event.id"] for e in main.timeline] == ["e1", "e2"]
    assert [e["event.id"] for e in work.events_of(main)] == ["e1"]


def test_a_muted_finding_and_a_case_that_nobody_asked_for_are_left_out() -> None:
    assert of(finding("e1", "c1").muted("window")).cases == []
    assert [c.id for c in of(finding("e1", "c1"), finding("e2", "d2"), wanted="d").cases] == ["d2"]


def test_one_case_alone_stays_as_it_is() -> None:
    case = Case("c", "acme", "main", "", "openclaw", [finding("e1", "c")])
    assert merged([case]) is case


@pytest.mark.parametrize("form", [printed, markdown])
def test_nothing_is_nothing(form: Any) -> None:
    assert form([]).strip() == ""
