"""The sweep over every shipped filter: its list is one that tuning may give, and it filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.shipped import shipped_rules

from agentwarrant import content
from agentwarrant.detect import Detector
from agentwarrant.event import Event
from agentwarrant.rules.check import events_of, make_events
from agentwarrant.rules.ir import Node, atoms
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule
from agentwarrant.rules.tuned import list_names
from agentwarrant.rules.tuning import EVERYONE, Override, Tuning

VALUES = {"internal_networks": "10.0.0.0/8"}


def documents() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, file in content.shipped("detections"):
        if name.startswith("tuning/"):
            parsed, faults = content.parse(file.read_text(encoding="utf-8"), name)
            assert faults == []
            found += [(name, document.data) for document in parsed]
    return found


FILTERS = documents()
PLAIN = shipped_rules()


def listed(value: object) -> str:
    """Return the only list that a filter asks for."""
    text = str(value)
    names = [name for name in list_names() if f"%{name}%" in text]
    assert len(names) == 1
    return names[0]


def trees(rules: Sequence[Rule]) -> dict[str, Node]:
    return {rule.id: rule.tree for rule in rules if rule.tree}


def test_every_list_has_one_filter_and_no_more() -> None:
    assert sorted(listed(data["filter"]) for _, data in FILTERS) == sorted(list_names())


@pytest.mark.parametrize(("name", "data"), FILTERS, ids=[name for name, _ in FILTERS])
def test_a_list_changes_the_rules_that_its_filter_names_and_no_other(
    name: str, data: dict[str, Any]
) -> None:
    which = listed(data["filter"])
    value = VALUES.get(which, "a.value.of.the.list")
    tuned = load_rules(tuning=Tuning(lists={which: {"acme": [value]}}))
    before, after = trees(PLAIN), trees(tuned)
    changed = {identity for identity in before if before[identity] != after[identity]}
    named = {rule.id for rule in PLAIN if {rule.id, rule.name} & set(data["filter"]["rules"])}
    assert changed == named
    for identity in changed:
        values = [str(atom[3]) for atom in atoms(after[identity])]
        assert any(value in one for one in values)
        assert "acme" in values


@pytest.mark.parametrize(("name", "data"), FILTERS, ids=[name for name, _ in FILTERS])
def test_a_filter_says_what_its_list_holds(name: str, data: dict[str, Any]) -> None:
    assert listed(data["filter"]) in data["description"]


# Numbers of what other rules read -----------------------------------------------------------


def readers() -> list[tuple[Rule, Rule]]:
    """Return every shipped correlation that reads one with a short id, with that."""
    tunable = {rule.id: rule for rule in PLAIN if rule.meta and rule.correlation}
    return [
        (rule, tunable[name])
        for rule in tunable.values()
        for name in (rule.correlation.rules if rule.correlation else ())
        if name in tunable
    ]


READERS = readers()


def tuned_to(read: Rule, tenant: str, number: int) -> list[Rule]:
    given = Override(at_least=number, window_ms=None, factor=None, place=("tuning.yml", 1))
    return load_rules(tuning=Tuning(thresholds={read.short_id: {tenant: given}}))


def found(rules: Sequence[Rule], identity: str, events: Sequence[Event]) -> int:
    findings = Detector(rules).run(iter(events))
    return sum(finding.event["rule.id"] == identity for finding in findings)


def test_a_shipped_rule_reads_another_that_has_numbers() -> None:
    assert ("AIA-SPD-003", "AIA-SPD-002") in {(a.short_id, b.short_id) for a, b in READERS}


@pytest.mark.parametrize("tenant", ["default", "somebody else", EVERYONE])
@pytest.mark.parametrize(("rule", "read"), READERS, ids=[rule.short_id for rule, _ in READERS])
def test_a_number_of_what_a_rule_reads_leaves_its_tests_as_they_were(
    rule: Rule, read: Rule, tenant: str
) -> None:
    assert read.correlation is not None
    rules = tuned_to(read, tenant, int(read.correlation.threshold))
    assert rule.tests
    for test in rule.tests:
        assert found(rules, rule.id, events_of(test)) == test["finds"], test["name"]


def test_a_rule_reads_what_is_tuned_for_a_tenant_in_its_tuned_form() -> None:
    ((rule, read),) = [one for one in READERS if one[0].short_id == "AIA-SPD-003"]
    rules = tuned_to(read, "acme", 3)

    def session_after(hosts: int, tenant: str) -> int:
        seen: list[dict[str, Any]] = [
            {
                "event.action": "network_connection",
                "warrant.network.kind": "private",
                "destination.address": f"10.20.0.{n}",
            }
            for n in range(hosts)
        ]
        parts = [*seen, {"warrant.tool.class": "exec", "warrant.tool.acts": ["remote_access"]}]
        events = make_events([{**part, "organization.id": tenant} for part in parts])
        return found(rules, rule.id, [*events])

    assert [session_after(hosts, "acme") for hosts in (2, 3, 20)] == [0, 1, 1]
    assert [session_after(hosts, "other") for hosts in (3, 19, 20)] == [0, 0, 1]
