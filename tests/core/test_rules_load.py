"""Rule files: every fault with its line, all at once; nothing half right is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentwarrant.errors import ContentErrors, PathNotFound
from agentwarrant.finding import Severity
from agentwarrant.rules.documents import fields_read
from agentwarrant.rules.durations import duration_ms
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import DEFAULT_GROUP, DEFAULT_SUPPRESS_MS

RULE = """\
title: A rule of ours
id: 11111111-1111-4111-8111-111111111111
status: test
description: What it is about.
date: 2026-01-31
logsource:
  product: ai_agent
detection:
  call:
    event.action: tool_call
    warrant.tool.class: exec
  condition: call
falsepositives:
  - None.
level: high
agentwarrant:
  short_id: AIA-TST-901
  needs: [warrant.tool.class]
  sources: any
  blind_spots: None.
  reason: "{gen_ai.agent.name} did {message}"
  triage:
    - Look at it.
  taxonomy:
    atlas:
      version: "2026.09"
      ids: [AML.T0051]
tests:
  - name: one
    finds: 1
    events: [{warrant.tool.class: exec}]
  - name: two
    finds: 1
    events: [{warrant.tool.class: exec, repeat: 2}]
  - name: three
    finds: 0
    events: [{warrant.tool.class: read}]
  - name: four
    finds: 0
    events: [{event.action: tool_result}]
"""


def written(folder: Path, text: str = RULE, name: str = "own/rule.yml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def faults(*paths: Path) -> list[str]:
    with pytest.raises(ContentErrors) as caught:
        load_rules(paths)
    return [str(fault) for fault in caught.value.faults]


def test_the_shipped_rules_load() -> None:
    rules = load_rules()
    assert len([rule for rule in rules if rule.alerts]) >= 14
    assert all(rule.path.startswith("detections/") for rule in rules)


def test_rules_of_ones_own_stand_beside_the_shipped_ones(tmp_path: Path) -> None:
    written(tmp_path)
    own = load_rules([tmp_path])[-1]
    assert (own.title, own.family, own.severity) == ("A rule of ours", "own", Severity.HIGH)
    assert (own.short_id, own.risk, own.alerts) == ("AIA-TST-901", 73.0, True)
    assert (own.group_by, own.suppress_ms) == (DEFAULT_GROUP, DEFAULT_SUPPRESS_MS)
    assert fields_read(own) == {"event.action", "warrant.tool.class"}
    assert len(own.tests) == 4


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("level: high", "level: hihg", 15, "did you mean high?"),
        ("date: 2026-01-31", "date: soon", 5, "is not a date"),
        ("id: 1111", "id: nonsense-1111", 2, "is not a UUID"),
        ("status: test", "stauts: test", 3, "unknown"),
        ("warrant.tool.class: exec\n", "warrant.tool.clas: exec\n", 11, "no field"),
        ("condition: call", "condition: other", 12, "cannot be used"),
        ("[warrant.tool.class]", "[warrant.unheard]", 18, "is not a field of an event"),
        ("[AML.T0051]", "[AML.T9999]", 27, "is not a technique of ATLAS"),
        ("{message}", "{mesage}", 21, "fields of an event"),
        ("    finds: 1\n", "    finds: 0\n", 28, "positive"),
        ("level: high", "level: high\nlevel: low", 16, "stands here twice"),
        ("title: A", "title: [A", 2, "not YAML"),
    ],
)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in RULE
    path = written(tmp_path, RULE.replace(old, new))
    found = faults(path)
    assert any(said in fault for fault in found), found
    assert any(fault.startswith(f"{path}:{line}:") for fault in found), found


def test_all_faults_of_all_files_are_shown_at_once(tmp_path: Path) -> None:
    one = written(tmp_path, RULE.replace("level: high", "level: worst"), "one.yml")
    two = written(tmp_path, "nonsense: [", "two.yml")
    found = faults(tmp_path)
    assert {fault.partition(":")[0] for fault in found} == {str(one), str(two)}


def test_an_id_a_title_and_a_short_id_stand_once(tmp_path: Path) -> None:
    written(tmp_path, RULE, "one.yml")
    written(tmp_path, RULE, "two.yml")
    text = "\n".join(faults(tmp_path))
    for word in ("the id", "the title", "the short id"):
        assert f"{word} " in text


CORRELATION = """\
correlation:
  type: event_count
  rules: [any_tool_call]
  group-by: [gen_ai.agent.id]
  timespan: 1m
  condition: {gte: 3}
"""


def correlation(folder: Path, old: str, new: str) -> Path:
    start, end = RULE.index("logsource:"), RULE.index("falsepositives:")
    return written(folder, RULE[:start] + CORRELATION.replace(old, new) + RULE[end:])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("any_tool_call", "nobody", "no rule is called 'nobody'"),
        ("gen_ai.agent.id", "gen_ai.agent.idd", "gen_ai.agent.idd is no field of an event"),
        ("event_count", "value_count", "without field reference"),
        ("event_count", "value_avg", "without field reference"),
    ],
)
def test_a_correlation_that_cannot_be_meant_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    found = faults(correlation(tmp_path, old, new))
    assert any(said in fault for fault in found), found


def test_a_path_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound, match="no such file"):
        load_rules([tmp_path / "gone.yml"])


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in faults(path)[0]


@pytest.mark.parametrize(
    ("text", "expected"), [("30s", 30_000), ("10m", 600_000), ("2h", 7_200_000), ("1d", 86_400_000)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, expected: int) -> None:
    assert duration_ms(text) == expected


@pytest.mark.parametrize("text", ["", "10", "m", "-1s", "1.5h", "1y", "99999999s"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        duration_ms(text)
