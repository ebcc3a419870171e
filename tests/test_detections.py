"""The sweep over every detection: its own tests, its fields, its limits, its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from tests.shipped import shipped_rules

from agentwarrant import schema
from agentwarrant.errors import ContentError
from agentwarrant.rules.check import Outcome, events_of, findings_of, run_tests, with_parts
from agentwarrant.rules.documents import fields_read
from agentwarrant.rules.lint import faults_of
from agentwarrant.rules.model import Rule
from agentwarrant.rules.mutate import Mutator
from agentwarrant.rules.variants import (
    AGENT,
    MISSING,
    OUT_OF_WINDOW,
    REVERSED,
    STRANGERS,
    TENANT,
    denied,
    variants,
)

ALL = shipped_rules()
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
    used = {name for rule in ALL if rule.correlation for name in rule.correlation.rules}
    assert [r.name for r in ALL if not r.alerts and not {r.name, r.id} & used] == []


# What the tests are worth -------------------------------------------------------------------


@cache
def mutator() -> Mutator:
    return Mutator()


@pytest.mark.once
@pytest.mark.parametrize("rule", RULES, ids=named)
def test_every_part_of_a_rule_is_needed_by_a_test(rule: Rule) -> None:
    own = next(one for one in mutator().rules if one.id == rule.id)
    said = (mutator().fault(one) for one in mutator().survivors(own) if not one.weak)
    assert sorted({str(fault) for fault in said}) == []


@cache
def faults() -> tuple[ContentError, ...]:
    return tuple(faults_of(ignore_lock=True)[0])


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_has_all_that_an_analyst_needs(rule: Rule) -> None:
    assert [str(fault) for fault in faults() if fault.path == rule.path] == []


# Correlations: too late, backwards, somebody else, no field ---------------------------------


@pytest.mark.parametrize("rule", TOGETHER, ids=named)
def test_the_tests_of_a_correlation_can_be_set_apart_mixed_and_emptied(rule: Rule) -> None:
    correlation = rule.correlation
    assert correlation is not None
    positive = [events_of(test) for test in finding_tests(rule)]
    made = [variant for events in positive for variant in variants(rule, events, ALL)]
    kinds = {variant.kind for variant in made}
    # What waits for an absence, or finds the first of its kind new, fires at one event.
    read = [one.correlation for one in with_parts(rule, ALL) if one.correlation]
    alone = any(one.kind == "new_value" and one.threshold <= 0 for one in read)
    wanted = set() if alone or denied(correlation) else {OUT_OF_WINDOW, STRANGERS}
    if correlation.kind == "temporal_ordered":
        wanted |= {REVERSED}
    assert wanted | {MISSING} <= kinds
    assert {TENANT} <= {variant.field for variant in made} or not wanted
    # What is new may be new for a tenant or a server, whichever agent meets it; and a message
    # that is passed on goes from agent to agent.
    named_by = {*correlation.group_by, *correlation.fields, *correlation.aliases}
    of_all = correlation.kind == "new_value" or "warrant.message.hash" in correlation.group_by
    assert AGENT in named_by or of_all
    assert [str(v) for v in made if findings_of(rule, v.events, ALL)] == []


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
