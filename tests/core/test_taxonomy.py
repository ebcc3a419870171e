"""Ids of frameworks have names and tactics; unknown ones stay what they are."""

from __future__ import annotations

import pytest

from agentwarrant import schema, taxonomy

ATTACK = schema.taxonomy()["attack"]
MOVED: dict[str, str] = ATTACK["v18_to_v19"]
V19 = sorted((ATTACK["techniques"].keys() - MOVED.keys()) | ATTACK["v19"]["techniques"].keys())


def test_every_technique_has_a_name_and_a_tactic_of_its_version() -> None:
    for known, lookup, retired in (
        (V19, taxonomy.technique, "Defense Evasion"),
        (sorted(ATTACK["techniques"]), taxonomy.technique_v18, "Stealth"),
    ):
        for technique in known:
            name, tactics = lookup(technique)
            assert name != technique
            assert tactics
            assert all(tactic.startswith("TA") for tactic, _ in tactics)
            assert retired not in {word for _, word in tactics}


@pytest.mark.parametrize(
    ("technique", "tactics"),
    [
        ("T1036", {"Stealth"}),
        ("T1685.002", {"Defense Impairment"}),
        ("T1684.001", {"Stealth"}),
        ("T1556.006", {"Defense Impairment", "Persistence", "Credential Access"}),
        ("T1550.001", {"Lateral Movement"}),
        ("T1078", {"Stealth", "Persistence", "Privilege Escalation", "Initial Access"}),
    ],
)
def test_v19_files_what_was_defense_evasion_in_two_tactics(
    technique: str, tactics: set[str]
) -> None:
    assert {word for _, word in taxonomy.technique(technique)[1]} == tactics


def test_what_v19_renumbered_is_one_of_its_techniques() -> None:
    assert set(MOVED) <= ATTACK["techniques"].keys() | {"T1547.011"}
    assert set(MOVED.values()) <= set(V19)


def test_an_unknown_technique_is_its_own_name() -> None:
    assert taxonomy.technique("T9999") == ("T9999", ())
    assert taxonomy.technique_v18("T9999") == ("T9999", ())


@pytest.mark.parametrize("given", ["AML.T0051", "ASI01", "ASI01:2026", "LLM01:2026"])
def test_other_frameworks_have_titles(given: str) -> None:
    assert taxonomy.title(given) not in (given, "")


def test_an_unknown_id_is_its_own_title() -> None:
    assert taxonomy.title("ASI99:2026") == "ASI99:2026"
