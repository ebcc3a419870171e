"""Ids of frameworks have names and tactics; unknown ones stay what they are."""

from __future__ import annotations

import pytest

from agentwarrant import schema, taxonomy

ATTACK = schema.taxonomy()["attack"]
MOVED: dict[str, str] = ATTACK["v18_to_v19"]
V19 = sorted((ATTACK["techniques"].keys() - MOVED.keys()) | set(MOVED.values()))


@pytest.mark.parametrize("technique", V19[::25])
def test_a_technique_has_a_name_and_a_tactic(technique: str) -> None:
    name, tactics = taxonomy.technique(technique)
    assert name != technique
    assert tactics
    assert all(tactic.startswith("TA") and word for tactic, word in tactics)


@pytest.mark.parametrize("new", sorted(set(MOVED.values())))
def test_a_technique_that_v19_renumbered_has_a_name_and_no_tactic_of_v18(new: str) -> None:
    name, tactics = taxonomy.technique(new)
    titles = {old: entry[0] for old, entry in ATTACK["techniques"].items()}
    before = {titles.get(old, "") for old, now in MOVED.items() if now == new}
    assert name in before | {titles.get(new, "")}
    assert "Defense Evasion" not in {word for _, word in tactics}


def test_an_unknown_technique_is_its_own_name() -> None:
    assert taxonomy.technique("T9999") == ("T9999", ())


@pytest.mark.parametrize("given", ["AML.T0051", "ASI01", "ASI01:2026", "LLM01:2026"])
def test_other_frameworks_have_titles(given: str) -> None:
    assert taxonomy.title(given) not in (given, "")


def test_an_unknown_id_is_its_own_title() -> None:
    assert taxonomy.title("ASI99:2026") == "ASI99:2026"
