"""Risk: what findings add, how it decays, when a case opens."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.event import Event, iso_from_ms
from agentwarrant.finding import CaseBook, Finding, into_cases
from agentwarrant.risk import DAY_MS, RiskBook, Weights

START = 1_790_000_000_000
HOUR = 3_600_000


def finding(
    risk: float = 47.0,
    *,
    rule: str = "a",
    after: int = 0,
    severity: str = "medium",
    agent: str = "clerk",
    case: str = "case-1",
    tenant: str = "acme",
    entity: str = "agent:clerk",
) -> Finding:
    event: Event = {
        "@timestamp": iso_from_ms(START + after),
        "event.id": f"{rule}-{after}",
        "event.risk_score": risk,
        "organization.id": tenant,
        "gen_ai.agent.id": agent,
        "entity.id": entity,
        "rule.id": rule,
        "rule.name": f"Rule {rule}",
        "warrant.case.id": case,
        "warrant.finding.severity": severity,
        "warrant.finding.reasons": ["because"],
    }
    return Finding(event, ())


def states(*given: Finding, weights: dict[str, Weights] | None = None) -> list[tuple[object, ...]]:
    book = RiskBook(weights)
    return [
        (
            f.event["warrant.risk.score"],
            f.event["warrant.case.state"],
            f.event.get("warrant.case.opened_by"),
        )
        for f in map(book.weigh, given)
    ]


def test_one_medium_finding_is_watched() -> None:
    assert states(finding()) == [(47.0, "watched", None)]


def test_two_different_medium_findings_open_a_case_by_their_weight() -> None:
    assert states(finding(), finding(rule="b", after=1000)) == [
        (47.0, "watched", None),
        (94.0, "open", "weight_of_evidence"),
    ]


def test_a_critical_finding_opens_its_case_whatever_its_risk() -> None:
    assert states(finding(5.0, severity="critical")) == [(5.0, "open", "critical_finding")]


def test_a_critical_finding_is_what_opened_a_case_that_was_open_by_weight() -> None:
    book = RiskBook()
    given_ = [finding(), finding(rule="b", after=1), finding(rule="c", severity="critical")]
    (case,) = into_cases([book.weigh(one) for one in given_])
    assert case.opened_by == "critical_finding"


def test_a_rule_that_repeats_itself_never_adds_up_to_twice_its_risk() -> None:
    repeated = [finding(30.0, after=n * 1000) for n in range(40)]
    last = states(*repeated)[-1]
    assert last[0] == pytest.approx(60.0, abs=0.2)
    assert last[1] == "watched"


def test_what_was_added_a_day_ago_counts_half() -> None:
    assert states(finding(40.0), finding(10.0, rule="b", after=DAY_MS))[-1][0] == 30.0


def test_two_medium_findings_a_day_apart_are_watched_still() -> None:
    assert states(finding(40.0), finding(40.0, rule="b", after=DAY_MS))[-1][1] == "watched"


@pytest.mark.parametrize("other", [{"agent": "other"}, {"tenant": "other"}])
def test_another_agent_or_tenant_adds_nothing(other: dict[str, str]) -> None:
    assert states(finding(), finding(rule="b", after=1, **other))[-1][0] == 47.0  # type: ignore[arg-type]  # texts only


def test_accounts_that_are_no_known_agent_are_kept_apart() -> None:
    one = finding(agent="unknown", entity="okta.user:ann")
    two = finding(agent="unknown", entity="okta.user:ben", rule="b")
    assert states(one, two)[-1][0] == 47.0
    book = CaseBook()
    assert book.case_id(one.event) != book.case_id(two.event)


def test_a_case_once_open_stays_open() -> None:
    late = finding(1.0, rule="c", after=30 * DAY_MS)
    got = states(finding(severity="critical"), late)
    assert got[-1][1:] == ("open", "critical_finding")


def test_a_tenant_has_its_own_threshold_and_half_life() -> None:
    weights = {"acme": Weights(threshold=40, half_life_ms=HOUR)}
    got = states(finding(), finding(10.0, rule="b", after=HOUR), weights=weights)
    assert got == [(47.0, "open", "weight_of_evidence"), (33.5, "open", "weight_of_evidence")]


def test_the_arithmetic_adds_up_for_a_reader() -> None:
    book = RiskBook()
    for n in range(12):
        last = book.weigh(finding(16.0, rule=f"r{n}", after=n * HOUR))
    lines = last.event["warrant.risk.reasons"]
    assert isinstance(lines, list)
    shown = [float(str(line).split()[0]) for line in lines[:-1]]
    assert sum(shown) == pytest.approx(float(str(last.event["warrant.risk.score"])), abs=0.5)
    assert str(lines[-1]).startswith(f"= {last.event['warrant.risk.score']}")


def test_open_cases_come_before_watched_ones() -> None:
    book = RiskBook()
    quiet = book.weigh(finding(60.0, agent="quiet", case="case-q", severity="high"))
    loud = book.weigh(finding(1.0, agent="loud", case="case-l", severity="critical"))
    assert [(c.agent, c.is_open) for c in into_cases([quiet, loud])] == [
        ("loud", True),
        ("quiet", False),
    ]


def test_a_snapshot_goes_on_where_it_was_taken() -> None:
    book, other = RiskBook(), RiskBook()
    book.weigh(finding())
    other.restore(json.loads(json.dumps(book.snapshot())))
    more = finding(rule="b", after=1000)
    assert book.weigh(more).event == other.weigh(more).event


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 10 * DAY_MS)), max_size=60))
def test_risk_is_never_negative_and_never_more_than_all_that_was_added(
    given_: list[tuple[float, int]],
) -> None:
    book = RiskBook()
    total = 0.0
    for n, (risk, after) in enumerate(given_):
        total += risk
        score = book.weigh(finding(risk, rule=f"r{n}", after=after)).event["warrant.risk.score"]
        assert 0 <= float(str(score)) <= total + 0.1
