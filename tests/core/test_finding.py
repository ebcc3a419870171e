"""Severities, findings and cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant import finding
from agentwarrant.event import Event, iso_from_ms
from agentwarrant.finding import BASE_RISK, CASE_GAP_MS, CaseBook, Finding, Severity, into_cases

START = 1_790_000_000_000


def event(n: int, *, at: int = 0, agent: str = "a", talk: str = "c", tenant: str = "t") -> Event:
    return {
        "event.id": f"e{n}",
        "@timestamp": iso_from_ms(START + at),
        "organization.id": tenant,
        "gen_ai.agent.id": agent,
        "gen_ai.conversation.id": talk,
    }


def found(
    n: int, severity: str = "high", *, at: int = 0, case: str = "c1", rule: str = "r1"
) -> Finding:
    evidence = event(n, at=at)
    alert: Event = {
        **evidence,
        "event.id": f"f{n}",
        "rule.id": rule,
        "rule.name": f"rule {rule}",
        "warrant.finding.severity": severity,
        "event.risk_score": BASE_RISK[Severity(severity)],
        "warrant.finding.reasons": ["because"],
        "warrant.case.id": case,
    }
    return Finding(alert, (evidence,), (event(n + 100, at=at - 1),))


def test_severities_are_ordered() -> None:
    ranks = [severity.rank for severity in Severity]
    assert ranks == sorted(ranks) == list(range(5))
    assert sorted(BASE_RISK.values()) == [BASE_RISK[severity] for severity in Severity]


def test_a_case_is_as_bad_as_its_worst_finding() -> None:
    (case,) = into_cases([found(1, "low"), found(2, "critical", rule="r2"), found(3, "low")])
    assert case.severity is Severity.CRITICAL
    assert case.title == "rule r2 (+1 more)"


def test_the_timeline_holds_each_event_once_in_order() -> None:
    (case,) = into_cases([found(2, at=50), found(1, at=10), found(1, at=10)])
    assert [e["event.id"] for e in case.timeline] == ["e101", "e1", "e102", "e2"]
    assert case.start < case.end


def test_worse_cases_come_first() -> None:
    cases = into_cases([found(1, "low", case="x"), found(2, "critical", case="y", at=5)])
    assert [case.id for case in cases] == ["y", "x"]


@given(st.lists(st.sampled_from(list(Severity)), min_size=1, max_size=12))
def test_risk_stays_below_a_hundred_and_never_falls(severities: list[Severity]) -> None:
    findings = [found(n, str(s), rule=f"r{n}") for n, s in enumerate(severities)]
    risks = [into_cases(findings[: n + 1])[0].risk for n in range(len(findings))]
    assert risks == sorted(risks)
    assert all(0 < risk <= 100 for risk in risks)


def test_a_rule_that_fires_often_is_counted_once_in_the_risk() -> None:
    (often,) = into_cases([found(n) for n in range(9)])
    (once,) = into_cases([found(0)])
    assert often.risk == once.risk


def test_one_conversation_is_one_case_until_it_is_quiet_for_long() -> None:
    book = CaseBook()
    first = book.case_id(event(1))
    assert book.case_id(event(2, at=CASE_GAP_MS)) == first
    assert book.case_id(event(3, at=2 * CASE_GAP_MS)) == first
    assert book.case_id(event(4, at=3 * CASE_GAP_MS + 1)) != first


@pytest.mark.parametrize("other", [event(2, agent="b"), event(2, talk="d"), event(2, tenant="u")])
def test_another_agent_conversation_or_tenant_is_another_case(other: Event) -> None:
    book = CaseBook()
    assert book.case_id(event(1)) != book.case_id(other)


def test_the_same_findings_give_the_same_case() -> None:
    assert CaseBook().case_id(event(1)) == CaseBook().case_id(event(1))


def test_the_book_forgets_who_was_quiet_for_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MAX_OPEN_CASES", 2)
    book = CaseBook()
    first, second = book.case_id(event(1)), book.case_id(event(2, talk="d"))
    assert book.case_id(event(3)) == first
    book.case_id(event(4, talk="e"))
    assert book.case_id(event(5)) == first
    assert book.case_id(event(6, talk="d")) != second
