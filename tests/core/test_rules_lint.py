"""What a reviewer of rules sees: every fault at once, with its line; the lock file of ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentwarrant.errors import PathNotFound
from agentwarrant.rules import lock
from agentwarrant.rules.lint import faults_of, lock_path, locked

ID = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
RULE = f"""\
title: A rule of ours
id: {ID}
status: test
description: What it is about.
logsource:
  product: ai_agent
detection:
  call:
    event.action: tool_call
    warrant.tool.class: exec
  condition: call
level: high
date: 2026-11-28
falsepositives: [Build farms.]
agentwarrant:
  short_id: AIA-TST-901
  needs: [gen_ai.agent.id]
  sources: any
  blind_spots: None.
  risk_score: 70
  suppress: 1h
  group_by: [gen_ai.agent.id]
  playbook: quarantine-agent
  auto: false
  reason: "{{gen_ai.agent.name}} did {{message}}"
  triage: {{look: Read warrant.principal.id., tell: Ask., respond: Stop it.}}
  taxonomy:
    attack: {{v18: [T1562.001], v19: [T1685]}}
    atlas: {{version: "2026.09", ids: [AML.T0051]}}
    owasp_asi: {{edition: "2026", ids: [ASI02]}}
    owasp_llm: {{edition: "2026", ids: [LLM03]}}
    maestro: [L3]
tests:
  - name: one
    finds: 1
    events: [{{warrant.tool.class: exec}}]
  - name: two
    finds: 1
    events: [{{warrant.tool.class: exec, repeat: 2}}]
  - name: three
    finds: 0
    kind: benign
    events: [{{warrant.tool.class: read}}]
  - name: four
    finds: 0
    events: [{{event.action: tool_result}}]
"""
PLAIN = """\
title: Plain
logsource: {product: windows}
detection:
  chosen:
    Image: x
  condition: chosen
"""


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def written(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return folder


def faults(*paths: Path, ignore_lock: bool = False) -> list[str]:
    """Return faults without the folder that they stand in."""
    found, _ = faults_of(paths, ignore_lock=ignore_lock)
    folder = paths[0] if paths[0].is_dir() else paths[0].parent
    return [str(fault).replace(f"{folder}/", "") for fault in found]


def test_the_shipped_pack_has_no_fault() -> None:
    found, rules = faults_of()
    assert found == []
    assert len(rules) >= 14


def test_a_good_rule_has_no_fault(tmp_path: Path) -> None:
    found, rules = faults_of([written(tmp_path, own=RULE, plain=PLAIN)])
    assert (found, len(rules)) == ([], 2)


def test_a_path_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound):
        faults_of([tmp_path / "gone"])


# Tags --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tag",
    [
        "attack.t1552",
        "attack.t1552.001",
        "attack.credential-access",
        "attack.credential_access",
        "attack.stealth",
        "attack.defense-impairment",
        "attack.g0007",
        "attack.s0002",
        "atlas.aml.t0051",
        "owasp.asi01",
        "owasp.llm01",
        "cve.2024-1234",
        "detection.threat-hunting",
    ],
)
def test_a_tag_that_names_something_is_right(tmp_path: Path, tag: str) -> None:
    text = changed(RULE, "level: high", f"tags: [{tag}]\nlevel: high")
    assert faults(written(tmp_path, own=text)) == []


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("attack.t9999", "no technique of ATT&CK 18.1 or 19"),
        ("attack.t1552.999", "no technique of ATT&CK 18.1 or 19"),
        ("attack.frobbing", "no tactic of ATT&CK"),
        ("atlas.aml.t9999", "no technique of ATLAS 2026.09"),
        ("owasp.asi99", "no risk of OWASP ASI 2026"),
        ("owasp.llm99", "no risk of OWASP LLM 2026"),
    ],
)
def test_a_tag_that_names_nothing_is_a_fault(tmp_path: Path, tag: str, said: str) -> None:
    tags = f"tags:\n  - attack.t1552\n  - {tag}\nlevel: high"
    text = changed(RULE, "level: high", tags)
    assert faults(written(tmp_path, own=text)) == [f"own.yml:14: the tag {tag}: {said}"]


# Selections --------------------------------------------------------------------------------

MORE = "  more:\n    event.action: a\n  _hidden:\n    event.action: b\n  condition: "


@pytest.mark.parametrize(
    ("condition", "dangling"),
    [
        ("call", [(11, "more"), (13, "_hidden")]),
        ("call and more", [(13, "_hidden")]),
        ("1 of them", [(13, "_hidden")]),
        ("call and not (more or _hidden)", []),
        ("call and 1 of mo* and all of _hid*", []),
        ("1 of c* or 1 of *", []),
        ("call or 1 of mor", [(11, "more"), (13, "_hidden")]),
        ("[call, more, _hidden]", []),
        ("[call, more]", [(13, "_hidden")]),
    ],
)
def test_a_selection_that_no_condition_names_is_a_fault(
    tmp_path: Path, condition: str, dangling: list[tuple[int, str]]
) -> None:
    text = changed(RULE, "  condition: call", MORE + condition)
    found = [fault for fault in faults(written(tmp_path, own=text)) if "is in no" in fault]
    assert found == [
        f"own.yml:{n}: the selection {name} is in no condition" for n, name in dangling
    ]


def test_a_selection_of_a_filter_may_dangle_too(tmp_path: Path) -> None:
    text = """\
title: Admins
logsource: {product: windows}
filter:
  rules: any
  own: {User: admin}
  more: {User: root}
  condition: not own
"""
    found = faults(written(tmp_path, plain=PLAIN, some=text))
    assert found == ["some.yml:6: the selection more is in no condition"]


# Patterns ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("message|contains: ''", "message: a pattern that matches every text"),
        ("message|startswith: ''", "message: a pattern that matches every text"),
        ("message|endswith: ''", "message: a pattern that matches every text"),
        ("message: '*'", "message: a pattern that matches every text"),
        ("message|contains: a", "message: 'a' stands in nearly every text"),
        ("message|contains: [abc, é]", "message: 'é' stands in nearly every text"),
        ("message|re: '.*'", "the regular expression .* matches every text"),
        ("message|re: 'a?'", "the regular expression a? matches every text"),
        ("message|re: 'a|b'", "holds no text of 3 characters"),
        ("message|re: '[0-9]+'", "holds no text of 3 characters"),
        ("message|re: '(abc)\\1'", "cannot run in linear time"),
        ("message|re: '(?=abc)abcd'", "cannot run in linear time"),
        ("message|re: '(?<!x)abcd'", "cannot run in linear time"),
    ],
)
def test_a_pattern_that_finds_all_or_costs_too_much_is_a_fault(
    tmp_path: Path, test: str, said: str
) -> None:
    text = changed(RULE, "warrant.tool.class: exec\n", f"{test}\n")
    (fault,) = faults(written(tmp_path, own=text))
    assert fault.startswith("own.yml:10: ")
    assert said in fault


@pytest.mark.parametrize(
    "test",
    [
        "message|contains: ab",
        "message|startswith: a",
        "message|endswith: a",
        "message: a",
        "message|exists: true",
        "message|re: 'abc'",
        "message|re: '(foo|bar).*x?'",
    ],
)
def test_a_pattern_that_asks_for_something_is_right(tmp_path: Path, test: str) -> None:
    text = changed(RULE, "warrant.tool.class: exec\n", f"{test}\n")
    assert faults(written(tmp_path, own=text)) == []


@pytest.mark.parametrize("condition", ["not call", "call or not call", "not 1 of call*"])
def test_a_rule_that_matches_an_event_without_fields_is_a_fault(
    tmp_path: Path, condition: str
) -> None:
    text = changed(RULE, "condition: call", f"condition: {condition}")
    (fault,) = faults(written(tmp_path, own=text))
    assert fault.startswith("own.yml:7: it matches an event that has no field at all")


def test_absence_alone_is_nothing_to_ask_for(tmp_path: Path) -> None:
    text = changed(PLAIN, "Image: x", "Image: null")
    (fault,) = faults(written(tmp_path, plain=text))
    assert fault.startswith("plain.yml:3: it matches an event that has no field at all")


# Text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "character",
    [
        "\u200b",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\u00ad",
        "\ufe0f",
        "\u3164",
        "\ue000",
        "\U000e0041",
    ],
)
def test_an_invisible_character_is_a_fault_of_its_line(tmp_path: Path, character: str) -> None:
    text = changed(RULE, "Ask", f"Look {character}at it")
    found = faults(written(tmp_path, own=text))
    said = f"the invisible character U+{ord(character):04X} (write it as an escape)"
    assert found == [f"own.yml:26: {said}"]


def test_the_invisible_characters_of_a_line_are_one_fault(tmp_path: Path) -> None:
    text = changed(RULE, "Ask", "\u202eLook\u200b at\u200b it")
    text = changed(text, "None.", "None\u200b.")
    assert faults(written(tmp_path, own=text)) == [
        "own.yml:19: the invisible character U+200B (write it as an escape)",
        "own.yml:26: the invisible characters U+200B, U+202E (write it as an escape)",
    ]


def test_letters_of_every_script_are_seen(tmp_path: Path) -> None:
    text = changed(RULE, "Ask", "Schau es dir an — 見て — посмотри 🔍 é")
    assert faults(written(tmp_path, own=text)) == []


# The set -----------------------------------------------------------------------------------


def test_what_two_rules_share_is_a_fault_of_both(tmp_path: Path) -> None:
    folder = written(tmp_path, one=RULE, two=RULE)
    assert faults(folder) == [
        f"{name}.yml:{line}: the {what} is used more than once"
        for name in ("one", "two")
        for line, what in (
            (1, "title 'A rule of ours'"),
            (2, f"id {ID}"),
            (16, "short id AIA-TST-901"),
        )
    ]


def test_plain_rules_may_share_a_title(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        one=changed(PLAIN, "title: Plain", f"title: Plain\nid: {ID}"),
        two=changed(PLAIN, "title: Plain", f"title: Plain\nid: {OTHER}"),
    )
    assert faults(folder) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    finds: 0\n", "    finds: 1\n", "3 positive and 1 negative tests"),
        ("    finds: 1\n", "    finds: 0\n", "1 positive and 3 negative tests"),
    ],
)
def test_two_tests_of_each_kind_belong_to_a_rule(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    (fault,) = faults(written(tmp_path, own=changed(RULE, old, new)))
    assert fault.startswith(f"own.yml:33: {said}")


def test_a_rule_without_tests_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(written(tmp_path, own=RULE[: RULE.index("tests:")]))
    assert "tests" in fault


def test_unknown_fields_are_a_fault_of_rules_about_agents_only(tmp_path: Path) -> None:
    agents = changed(PLAIN, "product: windows", "product: ai_agent")
    found = faults(written(tmp_path, agents=agents, other=PLAIN))
    assert found == ["agents.yml:5: Image is no field of an event (docs/events.md lists them)"]


def test_every_fault_is_told_at_once_in_order(tmp_path: Path) -> None:
    wrong = changed(RULE, "level: high", "tags: [attack.t9999]\nlevel: high")
    wrong = changed(wrong, "warrant.tool.class: exec\n", "message|contains: a\n    nobody: x\n")
    wrong = changed(wrong, "  condition", "  more: {event.action: x}\n  condition")
    folder = written(
        tmp_path,
        a=wrong,
        b="title: [",
        c=changed(PLAIN, "Image: x", "Image|frob: x"),
        d=changed(PLAIN, "Plain", "Pl\u200bain"),
        e=changed(PLAIN, "Image: x", "Image: '*'"),
    )
    (tmp_path / "f.yml").write_bytes(b"\xff\xfe")
    found = [(Path(fault.path).name, fault.line) for fault in faults_of([folder])[0]]
    assert found == [
        ("a.yml", 10), ("a.yml", 11), ("a.yml", 12), ("a.yml", 14), ("b.yml", 2), ("c.yml", 4),
        ("d.yml", 1), ("e.yml", 5), ("f.yml", 0),
    ]  # fmt: skip


# The lock file -----------------------------------------------------------------------------


def lock_it(folder: Path) -> dict[str, dict[str, object]]:
    body = locked([folder])
    lock_path([folder]).write_bytes(body)
    found: dict[str, dict[str, object]] = json.loads(body)
    return found


def test_a_folder_without_a_lock_file_is_not_locked(tmp_path: Path) -> None:
    assert faults(written(tmp_path, own=RULE)) == []


def test_what_is_locked_has_no_fault_and_stays_as_it_is(tmp_path: Path) -> None:
    folder = written(tmp_path, own=RULE, plain=PLAIN)
    first = lock_it(folder)
    assert {identity: entry["version"] for identity, entry in first.items()} == {ID: 1}
    assert faults(folder) == []
    assert lock_it(folder) == first


def test_a_changed_rule_is_a_fault_until_its_version_goes_up(tmp_path: Path) -> None:
    folder = written(tmp_path, own=RULE)
    before = lock_it(folder)[ID]
    written(tmp_path, own=changed(RULE, "tool_call", "message_sent"))
    (fault,) = faults(folder)
    assert fault.startswith(f"own.yml:1: it is not version 1 of {lock.NAME} any more")
    assert faults(folder, ignore_lock=True) == []
    after = lock_it(folder)[ID]
    assert (before["version"], after["version"]) == (1, 2)
    assert before["hash"] != after["hash"]
    assert faults(folder) == []
    written(tmp_path, own=RULE)
    assert lock_it(folder)[ID] == {**before, "version": 3}


def test_other_tests_and_another_layout_are_no_other_rule(tmp_path: Path) -> None:
    folder = written(tmp_path, own=RULE)
    first = lock_it(folder)
    moved = changed(RULE, "status: test\n", "") + "status: test\n# a comment\n"
    written(tmp_path, own=changed(moved, "name: one", "name: first"))
    assert faults(folder) == []
    assert lock_it(folder) == first


def test_a_new_id_is_a_fault_until_it_is_locked(tmp_path: Path) -> None:
    folder = written(tmp_path, own=RULE)
    lock_it(folder)
    written(tmp_path, plain=changed(PLAIN, "title: Plain", f"title: Plain\nid: {OTHER}"))
    (fault,) = faults(folder)
    assert fault.startswith(f"plain.yml:2: the id {OTHER} is not in {lock.NAME}")
    assert lock_it(folder)[OTHER]["version"] == 1
    assert faults(folder) == []


def retired(folder: Path) -> Path:
    """Return a folder of one locked rule, and an id that was another's."""
    text = changed(PLAIN, "title: Plain", f"title: Plain\nid: {OTHER}")
    lock_it(written(folder, own=RULE, plain=text))
    (folder / "plain.yml").unlink()
    return folder


def test_a_rule_that_is_gone_is_a_fault_until_it_is_retired(tmp_path: Path) -> None:
    folder = retired(tmp_path)
    (fault,) = faults(folder)
    assert fault.startswith(f"{lock.NAME}: the rule {OTHER} is gone")
    assert faults(folder, ignore_lock=True) == []
    entry = lock_it(folder)[OTHER]
    assert (entry["version"], entry["retired"]) == (1, True)
    assert faults(folder) == []
    assert lock_it(folder)[OTHER] == entry


@pytest.mark.parametrize("ignore_lock", [False, True])
def test_an_id_is_never_used_again(tmp_path: Path, ignore_lock: bool) -> None:
    folder = retired(tmp_path)
    lock_it(folder)
    written(folder, again=changed(PLAIN, "title: Plain", f"title: Again\nid: {OTHER}"))
    (fault,) = faults(folder, ignore_lock=ignore_lock)
    assert fault.startswith(f"again.yml:2: the id {OTHER} was another rule's")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"5", b'{"a": 5}', b'{"a": {"hash": "x"}}', b'{"a": {"version": 1}}']
)
@pytest.mark.parametrize("ignore_lock", [False, True])
def test_a_damaged_lock_file_is_a_fault(tmp_path: Path, body: bytes, ignore_lock: bool) -> None:
    folder = written(tmp_path, plain=PLAIN)
    (folder / lock.NAME).write_bytes(body)
    (fault,) = faults(folder, ignore_lock=ignore_lock)
    assert fault.startswith(f"{lock.NAME}: no")


def test_one_file_of_a_locked_folder_is_checked_by_itself(tmp_path: Path) -> None:
    second = changed(PLAIN, "title: Plain", f"title: Plain\nid: {OTHER}")
    folder = written(tmp_path, own=RULE, plain=second)
    whole = lock_it(folder)
    assert faults(folder / "own.yml") == []
    written(folder, own=changed(RULE, "tool_call", "message_sent"))
    (fault,) = faults(folder / "own.yml")
    assert "is not version 1" in fault
    after = json.loads(locked([folder / "own.yml"]))
    assert after[OTHER] == whole[OTHER]
    assert after[ID]["version"] == 2


# What a rule reads, and what filters it ------------------------------------------------------

PARTS = """title: Reads (part)
name: reads
logsource: {product: ai_agent}
detection:
  read: {warrant.tool.class: read}
  condition: read
---
title: Reads often (part)
name: reads_often
correlation:
  type: event_count
  rules: [reads]
  group-by: [gen_ai.agent.id]
  timespan: 1m
  condition: {gte: 5}
"""
READER = f"""title: Reads often, then sends
id: {ID}
correlation:
  type: temporal_ordered
  rules: [reads_often, sends]
  group-by: [gen_ai.agent.id]
  timespan: 5m
"""
SENDS = f"""title: Sends
name: sends
id: {OTHER}
description: What it is about.
logsource: {{product: ai_agent}}
detection:
  sent: {{warrant.tool.class: egress}}
  condition: sent
"""
FILTERED = """title: The build farm may
logsource: {product: ai_agent}
filter:
  rules: [reads]
  build: {gen_ai.agent.id: ci}
  condition: not build
"""


def versions(folder: Path) -> tuple[object, object]:
    """Return the versions of the reader and of the rule with an id that it reads."""
    made = lock_it(folder)
    return made[ID]["version"], made[OTHER]["version"]


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    folder = written(tmp_path, parts=PARTS, reader=READER, sends=SENDS)
    assert versions(folder) == (1, 1)
    return folder


@pytest.mark.parametrize(
    ("old", "new"),
    [("class: read", "class: discovery"), ("gte: 5", "gte: 6"), ("timespan: 1m", "timespan: 2m")],
)
def test_a_change_of_anything_that_a_rule_reads_is_a_change_of_the_rule(
    chain: Path, old: str, new: str
) -> None:
    written(chain, parts=changed(PARTS, old, new))
    (fault,) = faults(chain)
    assert fault.startswith("reader.yml:1: what it reads, or what filters it, is not version 1 of")
    assert versions(chain) == (2, 1)
    assert faults(chain) == []
    assert versions(chain) == (2, 1)


def test_a_rule_with_an_id_is_a_part_of_what_reads_it(chain: Path) -> None:
    written(chain, sends=changed(SENDS, "egress", "message"))
    assert versions(chain) == (2, 2)
    described = changed(SENDS, "egress", "message") + "falsepositives: [Backups.]\n"
    written(chain, sends=described)
    assert versions(chain) == (2, 3)


def test_texts_and_layout_of_what_is_read_are_no_change(chain: Path) -> None:
    written(chain, parts="# moved\n" + changed(PARTS, "Reads (part)", "Reads a file (part)"))
    (chain / "parts.yml").rename(chain / "others.yml")
    assert faults(chain) == []
    assert versions(chain) == (1, 1)


def test_rules_that_change_their_names_with_each_other_are_other_rules(tmp_path: Path) -> None:
    text = PARTS.partition("---")[0]
    other = text.replace("Reads (part)", "Other (part)").replace("class: read", "class: exec")
    one, two = changed(text, "name: reads", "name: first"), changed(other, "reads", "second")
    reader = changed(READER, "[reads_often, sends]", "[first, second]")
    folder = written(tmp_path, parts=f"{one}---\n{two}", reader=reader)
    assert lock_it(folder)[ID]["version"] == 1
    one, two = changed(one, "first", "second"), changed(two, "second", "first")
    written(folder, parts=f"{one}---\n{two}")
    assert lock_it(folder)[ID]["version"] == 2


@pytest.mark.parametrize("rules", ["[reads]", "any"])
def test_a_filter_is_a_part_of_the_rules_it_filters_and_of_what_reads_them(
    chain: Path, rules: str
) -> None:
    text = changed(FILTERED, "[reads]", rules)
    own = 1 + (rules == "any")
    written(chain, filter=text)
    (fault, *_) = faults(chain)
    assert "what filters it" in fault
    assert versions(chain) == (2, own)
    written(chain, filter=text + "agentwarrant: {tenants: [acme]}\n")
    assert versions(chain) == (3, own + (rules == "any"))
    (chain / "filter.yml").unlink()
    assert versions(chain) == (4, own + 2 * (rules == "any"))


def test_a_filter_of_another_log_source_or_of_other_rules_is_no_part(chain: Path) -> None:
    elsewhere = changed(FILTERED, "product: ai_agent", "product: windows")
    written(chain, filter=changed(elsewhere, "[reads]", "any"))
    written(chain, plain=changed(PLAIN, "title: Plain", "title: Plain\nname: plain"))
    written(chain, other=changed(elsewhere, "[reads]", "[plain]"))
    assert versions(chain) == (1, 1)


def test_what_all_documents_of_a_file_have_is_a_part_of_each(tmp_path: Path) -> None:
    common = "action: global\nlogsource: {product: windows}\n---\n"
    one = f"title: One\nid: {ID}\ndetection: {{s: {{Image: x}}, condition: s}}\n"
    folder = written(tmp_path, one=common + one)
    lock_it(folder)
    written(folder, one=changed(common, "windows", "linux") + one)
    assert lock_it(folder)[ID]["version"] == 2


def test_a_lock_file_of_before_is_taken_as_it_is_and_gets_what_it_lacks(chain: Path) -> None:
    now = json.loads(lock_path([chain]).read_bytes())
    before = {i: {"hash": one["hash"], "version": 7} for i, one in now.items()}
    lock_path([chain]).write_text(json.dumps(before), encoding="utf-8")
    assert faults(chain) == []
    assert versions(chain) == (7, 7)
    assert {one["reads"] for one in lock_it(chain).values()} == {
        one["reads"] for one in now.values()
    }
    written(chain, parts=changed(PARTS, "gte: 5", "gte: 6"))
    assert versions(chain) == (8, 7)


def test_a_rule_that_is_checked_by_itself_is_held_to_the_filters_of_its_folder(
    chain: Path,
) -> None:
    written(chain, filter=changed(FILTERED, "[reads]", "[sends]"))
    whole = lock_it(chain)
    assert faults(chain / "sends.yml") == []
    assert json.loads(locked([chain / "sends.yml"])) == whole
    written(chain, filter=changed(FILTERED, "[reads]", "[sends]").replace("ci", "farm"))
    (fault,) = faults(chain / "sends.yml")
    assert "what filters it, is not version 2" in fault
