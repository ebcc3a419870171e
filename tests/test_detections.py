"""The sweep over every detection: its own tests, its fields, its limits, its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from agentwarrant import schema
from agentwarrant.event import Event, epoch_ms, iso_from_ms, text_of
from agentwarrant.rules.check import Outcome, events_of, findings_of, run_tests
from agentwarrant.rules.documents import fields_read
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Correlation, Rule

ALL = load_rules()
RULES = [rule for rule in ALL if rule.alerts]
TOGETHER = [rule for rule in RULES if rule.correlation]


def named(rule: Rule) -> str:
    return rule.short_id


@cache
def outcomes() -> tuple[Outcome, ...]:
    return tuple(run_tests(ALL))


def finding_tests(rule: Rule) -> Iterator[Mapping[str, Any]]:
    return (test for test in rule.tests if test["finds"])


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_does_what_its_tests_say(rule: Rule) -> None:
    own = [outcome for outcome in outcomes() if outcome.rule is rule]
    assert len(own) == len(rule.tests)
    wrong = [(o.test, o.error or f"{o.found} for {o.wanted}") for o in own if not o.passed]
    assert wrong == []


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_has_tests_that_find_and_tests_that_do_not(rule: Rule) -> None:
    kinds = Counter(bool(test["finds"]) for test in rule.tests)
    assert kinds[True] >= 2
    assert kinds[False] >= 2
    names = [test["name"] for test in rule.tests]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("attribute", ["id", "title", "short_id", "name"])
def test_nothing_is_called_the_same(attribute: str) -> None:
    times = Counter(getattr(rule, attribute) for rule in RULES)
    assert [name for name, count in times.items() if count > 1] == []


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_every_field_that_a_rule_reads_exists(rule: Rule) -> None:
    read = {*fields_read(rule), *rule.group_by, *rule.meta.get("needs", ())}
    assert [name for name in sorted(read) if schema.field_type(name) is None] == []


def test_every_part_is_used() -> None:
    used = {name for rule in TOGETHER if rule.correlation for name in rule.correlation.rules}
    assert [r.name for r in ALL if not r.alerts and not {r.name, r.id} & used] == []


# Correlations: too late, or somebody else ---------------------------------------------------

POSITIVE = [
    pytest.param(rule, test, id=f"{rule.short_id}-{test['name']}")
    for rule in TOGETHER
    for test in finding_tests(rule)
]


def correlation(rule: Rule) -> Correlation:
    assert rule.correlation is not None
    return rule.correlation


def apart(events: list[Event], gap: int) -> list[Event]:
    """Return the events with a gap more between each and the next."""
    return [
        {**event, "@timestamp": iso_from_ms(epoch_ms(text_of(event, "@timestamp")) + n * gap)}
        for n, event in enumerate(events)
    ]


def strangers(rule: Rule, events: list[Event], field: str) -> Iterator[list[Event]]:
    """Yield the events with those of one part (of a count: each) belonging to somebody else."""
    parts = [known for name in correlation(rule).rules for known in ALL if known.name == name]
    if len(parts) == 1:
        yield [{**event, field: f"other-{n}"} for n, event in enumerate(events)]
        return
    for part in parts:
        hits = Matcher([part]).hits
        yield [{**e, field: "other"} if hits(e) else e for e in events]


@pytest.mark.parametrize(("rule", "test"), POSITIVE)
def test_events_too_far_apart_do_not_belong_together(rule: Rule, test: Mapping[str, Any]) -> None:
    late = apart(events_of(test), correlation(rule).window_ms + 1000)
    assert findings_of(rule, late, ALL) == []


@pytest.mark.parametrize("field", ["gen_ai.agent.id", "organization.id"])
@pytest.mark.parametrize(("rule", "test"), POSITIVE)
def test_events_of_another_agent_or_tenant_do_not_belong_together(
    rule: Rule, test: Mapping[str, Any], field: str
) -> None:
    for mixed in strangers(rule, events_of(test), field):
        assert findings_of(rule, mixed, ALL) == []


# Findings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_every_finding_of_a_rule_is_valid_and_placed_in_the_frameworks(rule: Rule) -> None:
    found = [f for test in finding_tests(rule) for f in findings_of(rule, events_of(test), ALL)]
    assert found
    for finding in found:
        event = finding.event
        assert schema.finding_problems(event) == []
        assert event["warrant.taxonomy.attack_version"] == "19"
        assert event["warrant.taxonomy.atlas_version"] == schema.taxonomy()["atlas"]["version"]
        assert event["threat.tactic.id"]
        for name in ("owasp_asi", "owasp_llm"):
            coded = event[f"warrant.taxonomy.{name}"]
            assert isinstance(coded, list)
            assert all(str(one).endswith(":2026") for one in coded)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_says_what_to_look_at_and_what_it_cannot_see(rule: Rule) -> None:
    assert rule.meta["triage"]
    assert rule.meta["blind_spots"]
