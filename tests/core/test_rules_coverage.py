"""What the pack covers is counted from tests that find, and told in the frameworks' own forms."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.shipped import shipped_rules

from agentwarrant import schema
from agentwarrant.errors import UsageError
from agentwarrant.rules.contract import connectors
from agentwarrant.rules.coverage import Coverage, coverage_of, kind_of
from agentwarrant.rules.load import load_text
from agentwarrant.rules.model import Correlation
from agentwarrant.rules.navigator import (
    BEGIN,
    END,
    atlas_layer,
    attack_layer,
    document_of,
    lines_of,
    table,
    with_table,
)

RULE = """\
title: One
id: 11111111-1111-4111-8111-111111111111
status: test
description: What it is about.
logsource: {product: ai_agent}
detection:
  call: {event.action: tool_call, warrant.tool.class: exec}
  condition: call
level: high
agentwarrant:
  short_id: AIA-TST-901
  needs: [gen_ai.agent.id]
  sources: [openclaw, okta]
  blind_spots: None.
  reason: "{message}"
  triage: {look: Look., tell: Ask., respond: Stop.}
  taxonomy:
    attack: {v18: [T1562.001, T1556.006], v19: [T1685, T1556.006]}
    atlas: {version: "2026.09", ids: [AML.T0051.001]}
    owasp_asi: {edition: "2026", ids: [ASI02]}
    owasp_llm: {edition: "2026", ids: [LLM03]}
    maestro: [L3]
tests:
  - name: raw
    finds: 1
    source: openclaw
    records:
      - {type: session, version: 4, id: s1, timestamp: "2026-01-01T00:00:00Z"}
      - {type: message, id: m1, timestamp: "2026-01-01T00:00:01Z", message: {role: assistant,
         content: [{type: toolCall, id: c1, name: exec, arguments: {command: "make test"}}]}}
  - {name: made, finds: 1, events: [{warrant.tool.class: exec}]}
  - {name: none, finds: 0, events: [{warrant.tool.class: read}]}
  - {name: raw and nothing, finds: 0, source: okta, records: [{}]}
"""
SECOND = RULE.replace("title: One", "title: Two").replace("-901", "-902").replace("1111", "2222")


def covered(*texts: str) -> Coverage:
    rules = [rule for text in texts for rule in load_text(text, foreign=False)]
    return coverage_of(rules, ["openclaw", "okta", "codex"])


def test_a_rule_is_counted_wherever_it_says_it_belongs() -> None:
    found = covered(RULE)
    assert (found.rules, found.unproven) == (("AIA-TST-901",), ())
    assert {one.key: [item.id for item in one.covered] for one in found.frameworks} == {
        "attack_v19": ["TA0003", "TA0006", "TA0112"],
        "attack_v18": ["TA0003", "TA0005", "TA0006"],
        "atlas": ["AML.TA0005"],
        "owasp_asi": ["ASI02"],
        "owasp_llm": ["LLM03"],
        "maestro": ["L3"],
    }
    assert [item.id for item in found.framework("attack_v18").techniques] == [
        "T1556.006",
        "T1562.001",
    ]


def test_a_rule_of_which_no_test_finds_covers_nothing() -> None:
    found = covered(
        RULE.replace("warrant.tool.class: exec}\n  condition", "file.path: x}\n  condition")
    )
    assert (found.rules, found.unproven) == ((), ("AIA-TST-901",))
    assert not any(one.covered or one.techniques for one in found.frameworks)
    assert "not proven, and not counted: AIA-TST-901" in lines_of(found)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_keep_to_the_width_of_a_terminal_and_lose_nothing(width: int) -> None:
    found = covered(RULE)
    folded, whole = list(lines_of(found, width)), list(lines_of(found))
    assert max(map(len, folded)) <= width
    assert " ".join(folded).split() == " ".join(whole).split()


def test_a_source_is_shown_only_by_its_own_records_that_find() -> None:
    sources = {one.name: (len(one.shown), len(one.named)) for one in covered(RULE).sources}
    assert sources == {"codex": (0, 0), "okta": (0, 1), "openclaw": (1, 1)}


def test_uncovered_items_are_listed_too() -> None:
    tables = schema.taxonomy()
    found = covered(RULE)
    for key in ("owasp_asi", "owasp_llm"):
        assert [item.id for item in found.framework(key).groups] == list(tables[key]["ids"])
    assert len(found.framework("attack_v19").groups) == 15
    assert len(found.framework("attack_v18").groups) == 14


@pytest.mark.parametrize(
    ("kind", "condition", "said"),
    [
        ("", None, "single event"),
        ("temporal_ordered", None, "sequence"),
        ("temporal", None, "coincidence"),
        ("temporal", ["and", ["rule", 0], ["not", ["rule", 1]]], "absence"),
        ("event_count", None, "count"),
        ("value_sum", None, "measure"),
        ("new_value", None, "new value"),
        ("rate_baseline", None, "baseline"),
    ],
)
def test_rules_are_told_apart_by_how_they_decide(kind: str, condition: Any, said: str) -> None:
    (rule,) = load_text(RULE, foreign=False)
    made = Correlation(kind, ("a", "b"), (), 1000, condition=condition) if kind else None
    assert kind_of(replace(rule, correlation=made)) == said


# Layers -------------------------------------------------------------------------------------


def test_a_layer_scores_techniques_by_rules_and_names_them() -> None:
    layer = attack_layer(covered(RULE, SECOND))
    assert layer["versions"] == {"attack": "19", "navigator": "5.0.0", "layer": "4.5"}
    assert layer["domain"] == "enterprise-attack"
    both = {"score": 2, "comment": "AIA-TST-901, AIA-TST-902"}
    assert layer["techniques"] == [
        {"techniqueID": "T1556", "showSubtechniques": True},
        {"techniqueID": "T1556.006", **both},
        {"techniqueID": "T1685", **both},
    ]
    assert layer["gradient"]["maxValue"] == 2


def test_a_layer_of_atlas_has_the_domain_and_the_data_version_of_its_navigator() -> None:
    layer = atlas_layer(covered(RULE))
    assert layer["domain"] == "atlas-atlas"
    assert layer["versions"] == {"navigator": "4.6.4", "layer": "4.3"}
    assert layer["metadata"] == [{"name": "atlas_data_version", "value": "2026.09"}]
    assert [one["techniqueID"] for one in layer["techniques"]] == ["AML.T0051", "AML.T0051.001"]


def test_layers_of_nothing_are_layers() -> None:
    for layer in (attack_layer(covered()), atlas_layer(covered())):
        assert layer["techniques"] == []
        assert layer["gradient"]["minValue"] < layer["gradient"]["maxValue"]


# Markdown and JSON --------------------------------------------------------------------------


KINDS = (
    ("single event", "single events"),
    ("sequence", "sequences"),
    ("coincidence", "coincidences"),
    ("count", "counts"),
    ("count of distinct values", "counts of distinct values"),
    ("new value", "new values"),
    ("baseline", "baselines"),
    ("absence", "absences"),
    ("measure", "measures"),
)
OF_KINDS = (
    "single event,sequence,coincidence,count,distinct values,new value,baseline,absence,measure"
)


@pytest.mark.parametrize(("number", "which"), [(1, 0), (2, 1), (12, 1)])
def test_one_is_said_otherwise_than_many(number: int, which: int) -> None:
    rules = tuple(f"R-{n}" for n in range(number))
    kinds = dict.fromkeys(OF_KINDS.split(","), rules)
    made = replace(covered(), rules=rules, kinds=kinds)
    listed = list(lines_of(made))[: len(kinds) + 1]
    assert listed[0] == f"{number} {('rule', 'rules')[which]} that a test proves"
    assert [line.strip() for line in listed[1:]] == [f"{number} {one[which]}" for one in KINDS]
    (said, *_) = table(made).splitlines()
    count = ("1 rule, proven by its own tests", f"{number} rules, each proven by its own tests")
    assert said == f"{count[which]}: {', '.join(f'{number} {one[which]}' for one in KINDS)}."


def test_the_table_of_no_rules_says_so() -> None:
    assert table(covered()).splitlines()[0] == "0 rules, each proven by its own tests."


def test_the_table_stands_between_its_markers_and_nothing_else_changes() -> None:
    found = covered(RULE)
    text = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    made = with_table(text, found)
    assert made == f"above\n{BEGIN}\n{table(found)}{END}\nbelow\n"
    assert with_table(made, found) == made
    assert "| OWASP Agentic 2026 | 1 of 10 risks |" in made
    assert "| `openclaw` | 1 | 1 |" in made


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_text_without_the_two_markers_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        with_table(text, covered())


def test_the_document_is_plain_json() -> None:
    document = document_of(covered(RULE))
    assert json.loads(json.dumps(document)) == document
    assert document["frameworks"]["attack_v19"]["techniques"]["T1685"] == {
        "name": "Disable or Modify Tools",
        "tactics": ["TA0112"],
        "rules": ["AIA-TST-901"],
    }
    assert document["frameworks"]["owasp_asi"]["ids"]["ASI01"]["rules"] == []


def test_every_id_that_the_pack_names_is_known() -> None:
    found = coverage_of(shipped_rules(), connectors())
    for framework in found.frameworks:
        for item in framework.techniques:
            assert item.name != item.id
            assert set(item.within) <= {group.id for group in framework.groups}
            assert item.within


def test_the_readme_says_what_the_pack_covers() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    if not readme.exists():
        pytest.skip("the tests run without a checkout beside them")
    text = readme.read_text(encoding="utf-8")
    now = with_table(text, coverage_of(shipped_rules(), connectors()))
    assert text == now, "agentwarrant rules coverage --write README.md"
