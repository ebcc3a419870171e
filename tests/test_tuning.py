"""The sweep over every shipped filter: its list is one that tuning may give, and it filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agentwarrant import content
from agentwarrant.rules.ir import Node, atoms
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule
from agentwarrant.rules.tuned import list_names
from agentwarrant.rules.tuning import Tuning

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
PLAIN = load_rules()


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
