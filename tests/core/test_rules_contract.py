"""What a rule of ours must say: every part that is missing or wrong is a fault with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentwarrant.rules.lint import faults_of

RULE = """\
title: A rule of ours
id: 11111111-1111-4111-8111-111111111111
status: test
description: What it is about.
date: 2026-11-28
logsource: {product: ai_agent}
detection:
  call:
    event.action: tool_call
    warrant.tool.class: exec
  condition: call
falsepositives:
  - Build farms. Name their tools in the warrant.
level: high
agentwarrant:
  short_id: AIA-TST-901
  needs: [warrant.tool.class]
  sources: any
  blind_spots: None.
  risk_score: 70
  suppress: 1h
  group_by: [gen_ai.agent.id]
  playbook: quarantine-agent
  auto: true
  reason: "{gen_ai.agent.name} did {message}"
  triage:
    look: Read warrant.principal.id in the hour before.
    tell: Ask.
    respond: Stop it.
  taxonomy:
    attack: {v18: [T1562.001, T1059], v19: [T1685, T1059]}
    atlas: {version: "2026.09", ids: [AML.T0051]}
    owasp_asi: {edition: "2026", ids: [ASI02]}
    owasp_llm: {edition: "2026", ids: [LLM03]}
    maestro: [L3]
tests:
  - name: one
    finds: 1
    events: [{warrant.tool.class: exec}]
  - name: two
    finds: 1
    events: [{warrant.tool.class: exec, repeat: 2}]
  - name: three
    finds: 0
    kind: benign
    events: [{warrant.tool.class: read}]
  - name: four
    finds: 0
    events: [{event.action: tool_result}]
"""


def faults(folder: Path, text: str) -> list[str]:
    path = folder / "own.yml"
    path.write_text(text, encoding="utf-8")
    return [str(fault).replace(f"{folder}/", "") for fault in faults_of([path])[0]]


def test_a_whole_rule_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, RULE) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("date: 2026-11-28\n", "", "1: date is missing"),
        ("falsepositives:\n  - Build farms. Name their tools in the warrant.\n", "",
         "1: falsepositives is missing"),
        ("  risk_score: 70\n", "", "15: agentwarrant.risk_score is missing"),
        ("  suppress: 1h\n", "", "15: agentwarrant.suppress is missing"),
        ("  group_by: [gen_ai.agent.id]\n", "", "15: agentwarrant.group_by is missing"),
        ("  auto: true\n", "", "15: agentwarrant.auto is missing"),
        ("playbook: quarantine-agent", "playbook: no-such", "23: there is no playbook no-such"),
        ("level: high", "level: low", "24: a playbook is planned by itself only for"),
        ("look: Read warrant.principal.id in", "look: Read all in", "27: look names no field"),
        ("tell: Ask.", "tell: Read warrant.nothing.", "28: warrant.nothing is no field"),
        ("    maestro: [L3]\n", "", "30: taxonomy.maestro is missing"),
        ("maestro: [L3]", "maestro: []", "30: taxonomy.maestro is missing"),
        ("ids: [ASI02]", "ids: []", "30: taxonomy.owasp_asi is missing"),
        (", v19: [T1685, T1059]", "", "31: taxonomy.attack.v19 is missing"),
        ("v18: [T1562.001, T1059]", "v18: []", "31: taxonomy.attack.v18 is missing"),
        ("v19: [T1685, T1059]", "v19: [T1059]", "31: T1685 of ATT&CK v19 is missing"),
        ("needs: [warrant.tool.class]", "needs: [file.path]", "17: the rule needs file.path but"),
        ("sources: any", "sources: [nobody]", "18: there is no source nobody"),
        ("name: two", "name: one", "37: the test 'one' stands here twice"),
        ("    kind: benign\n", "", "36: no test is marked as the benign twin"),
        ("finds: 1\n    events: [{warrant.tool.class: exec, r", "finds: 1\n    kind: benign\n"
         "    events: [{warrant.tool.class: exec, r", "42: a benign test finds nothing"),
    ],
)  # fmt: skip
def test_a_part_that_is_missing_or_wrong_is_a_fault(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert RULE.count(old) == 1
    found = faults(tmp_path, RULE.replace(old, new))
    assert any(fault.startswith(f"own.yml:{said}") for fault in found), found


def test_a_rule_that_names_sources_shows_it_with_their_records(tmp_path: Path) -> None:
    text = RULE.replace("sources: any", "sources: [openclaw]")
    said = "no test with raw records of a source that it names"
    found = faults(tmp_path, text)
    assert [f"{said} finds" in one or f"{said} does not find" in one for one in found] == [True] * 2
    raw = "\n    source: {}\n    records: [{{type: session}}]\n"
    text = text.replace("\n    events: [{warrant.tool.class: exec}]\n", raw.format("openclaw"))
    text = text.replace("\n    events: [{event.action: tool_result}]\n", raw.format("openclaw"))
    assert faults(tmp_path, text) == []
    elsewhere = text.replace("source: openclaw", "source: codex", 1)
    assert "a test finds something in codex, which sources does not name" in str(
        faults(tmp_path, elsewhere)
    )
    assert "there is no source nobody" in str(
        faults(tmp_path, text.replace("source: openclaw", "source: nobody", 1))
    )


def test_what_a_correlation_needs_may_be_read_by_its_parts(tmp_path: Path) -> None:
    part, rest = RULE.split("falsepositives:")
    part = part.replace(part[part.index("id: ") : part.index("logsource")], "name: part\n")
    head = "---\ntitle: Whole\nid: 22222222-2222-4222-8222-222222222222\nstatus: test\n"
    head += "description: What.\ndate: 2026-11-28\ncorrelation: {type: event_count, rules: [part],"
    head += " group-by: [gen_ai.agent.id], timespan: 1m, condition: {gte: 1}}\n"
    text = f"{part}{head}falsepositives:{rest}"
    assert faults(tmp_path, text) == []
    wrong = text.replace("needs: [warrant.tool.class]", "needs: [file.path]")
    assert "does not read it" in str(faults(tmp_path, wrong))


def test_rules_of_plain_sigma_are_not_held_to_it(tmp_path: Path) -> None:
    plain = "title: X\nlogsource: {product: windows}\ndetection: {a: {b: cde}, condition: a}\n"
    assert faults(tmp_path, plain) == []
