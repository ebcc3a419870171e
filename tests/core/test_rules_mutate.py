"""A part of a rule that no test needs is named, and one that a test needs is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentwarrant.errors import ContentErrors
from agentwarrant.rules.ir import Node
from agentwarrant.rules.mutate import Mutator
from agentwarrant.rules.parts import drops, filled, skeleton, words

BLOCK = """\
status: test
description: What it is about.
level: high
agentwarrant:
  short_id: AIA-TST-901
  needs: [gen_ai.agent.id]
  sources: any
  blind_spots: None.
  reason: "{message}"
  triage: {look: Look., tell: Ask., respond: Stop.}
  taxonomy: {maestro: [L3]}
"""
SINGLE = f"""\
title: Single
id: 11111111-1111-4111-8111-111111111111
logsource: {{product: ai_agent}}
detection:
  call:
    event.action: tool_call
    warrant.tool.class: [exec, egress]
  led:
    warrant.intent.verdict: influenced
  told:
    warrant.origin: user
  condition: call and led and not told
{BLOCK}tests:
"""
POSITIVE = [
    "{warrant.tool.class: exec, warrant.intent.verdict: influenced}",
    "{warrant.tool.class: egress, warrant.intent.verdict: influenced}",
]
NEGATIVE = [
    "{warrant.tool.class: read, warrant.intent.verdict: influenced}",
    "{warrant.tool.class: exec, warrant.intent.verdict: intended}",
    "{warrant.tool.class: exec, warrant.intent.verdict: influenced, warrant.origin: user}",
    "{event.action: tool_result, warrant.tool.class: exec, warrant.intent.verdict: influenced}",
]


def written(positive: list[str], negative: list[str]) -> str:
    given = [(one, 1) for one in positive] + [(one, 0) for one in negative]
    return "".join(
        f"  - name: t{n}\n    finds: {finds}\n    events: [{events}]\n"
        for n, (events, finds) in enumerate(given)
    )


def said(folder: Path, text: str, *, weak: bool = False) -> list[str]:
    path = folder / "own.yml"
    path.write_text(text, encoding="utf-8")
    mutator = Mutator([path])
    found = [s for rule in mutator.rules for s in mutator.survivors(rule) if s.weak == weak]
    return list(dict.fromkeys(str(mutator.fault(s)).rpartition("/")[2] for s in found))


def test_a_rule_whose_tests_need_all_of_it_is_not_named(tmp_path: Path) -> None:
    text = SINGLE + written(POSITIVE, NEGATIVE)
    assert said(tmp_path, text) == []
    assert said(tmp_path, text, weak=True) == []


@pytest.mark.parametrize(
    ("without", "weak", "named"),
    [
        (0, True, "own.yml:5: AIA-TST-901: no test needs event.action is tool_call in call"),
        (1, False, "own.yml:8: AIA-TST-901: no test needs the part led"),
        (2, False, "own.yml:10: AIA-TST-901: no test needs the part not told"),
    ],
)
def test_a_part_whose_only_test_is_gone_is_named(
    tmp_path: Path, without: int, weak: bool, named: str
) -> None:
    order = [NEGATIVE[3], NEGATIVE[1], NEGATIVE[2], NEGATIVE[0]]
    left = [one for n, one in enumerate(order) if n != without]
    assert named in said(tmp_path, SINGLE + written(POSITIVE, left), weak=weak)


def test_a_value_that_no_test_needs_is_a_note(tmp_path: Path) -> None:
    text = SINGLE + written([POSITIVE[0]] * 2, NEGATIVE)
    assert said(tmp_path, text) == []
    (note,) = said(tmp_path, text, weak=True)
    assert note.endswith("no test needs warrant.tool.class is egress in call")


def test_an_alternative_that_no_test_needs_is_named(tmp_path: Path) -> None:
    text = SINGLE.replace("call and led and not told", "call and (led or told)")
    positive = ["{warrant.tool.class: exec, warrant.intent.verdict: influenced}"] * 2
    negative = ["{warrant.tool.class: exec}", "{warrant.intent.verdict: influenced}"]
    found = said(tmp_path, text + written(positive, negative))
    assert [line.partition("901: ")[2] for line in found] == ["no test needs the part told"]


def test_a_field_that_never_matters_to_what_is_found_is_named(tmp_path: Path) -> None:
    text = SINGLE.replace("call and led and not told", "call and (led or told)")
    both = "{warrant.tool.class: exec, warrant.intent.verdict: influenced, warrant.origin: user}"
    negative = ["{warrant.tool.class: exec}", "{warrant.intent.verdict: influenced}"]
    found = said(tmp_path, text + written([both] * 2, negative))
    for name in ("warrant.intent.verdict", "warrant.origin"):
        assert any(f"its tests find as much when {name} is broken" in line for line in found)
    assert not any("when warrant.tool.class is broken" in line for line in found)


def test_a_failing_test_is_said_and_nothing_else(tmp_path: Path) -> None:
    text = SINGLE + written(NEGATIVE[:2], POSITIVE)
    assert [line.partition("901: ")[2] for line in said(tmp_path, text)] == [
        "a test fails: nothing can be told"
    ]


def test_rules_that_do_not_load_are_refused_with_their_faults(tmp_path: Path) -> None:
    with pytest.raises(ContentErrors):
        said(tmp_path, SINGLE.replace("condition: call", "condition: nobody"))


# Correlations -------------------------------------------------------------------------------

PARTS = """\
title: First
name: first
logsource: {product: ai_agent}
detection: {read: {warrant.tool.class: credential_read}, condition: read}
---
title: Second
name: second
logsource: {product: ai_agent}
detection: {sent: {warrant.tool.class: egress}, condition: sent}
---
title: Whole
id: 11111111-1111-4111-8111-111111111111
correlation:
  {type: temporal_ordered, rules: [first, second], group-by: [gen_ai.agent.id], timespan: 5m}
"""
READ, SENT = "{warrant.tool.class: credential_read}", "{warrant.tool.class: egress}"
PAIR, OTHER = f"{READ}, {SENT}", "{warrant.tool.class: read}"


def test_the_steps_of_a_correlation_must_be_needed(tmp_path: Path) -> None:
    head = f"{PARTS}{BLOCK}tests:\n"
    whole = written([PAIR, PAIR], [f"{READ}, {OTHER}", f"{OTHER}, {SENT}"])
    assert said(tmp_path, head + whole) == []
    found = said(tmp_path, head + written([PAIR, PAIR], [READ, f"{OTHER}, {SENT}"]))
    assert found == ["own.yml:9: second: no test tells second from any event"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("temporal_ordered", "temporal"),
        ("[gen_ai.agent.id]", "[event.module]"),
        ("timespan: 5m", "timespan: 5m, condition: first or second"),
    ],
)
def test_variants_follow_what_the_correlation_says(tmp_path: Path, old: str, new: str) -> None:
    text = PARTS.replace(old, new) + BLOCK + "tests:\n"
    tests = written([PAIR, PAIR], [f"{READ}, {OTHER}", f"{OTHER}, {SENT}"])
    assert not any("still finds" in line for line in said(tmp_path, text + tests))


def test_an_absence_after_one_event_is_not_asked_for_two(tmp_path: Path) -> None:
    condition = "timespan: 5m, condition: first and not second"
    text = PARTS.replace("timespan: 5m", condition).replace("_ordered", "") + BLOCK + "tests:\n"
    late = f"{READ}, {SENT[:-1]}, after: 6m}}"
    tests = written([late, late], [PAIR, late.replace("credential_read", "read")])
    assert said(tmp_path, text + tests) == []


def test_strangers_differ_in_the_field_that_a_part_is_grouped_by(tmp_path: Path) -> None:
    group = "{type: event_count, rules: [first], group-by: [gen_ai.agent.id], timespan: 1m, "
    group += "condition: {gte: 1}, aliases: {gen_ai.agent.id: {first: warrant.target.agent}}}"
    text = PARTS.replace("rules: [first,", "rules: [inner,")
    text = text.replace(
        "title: Whole", f"title: Inner\nname: inner\ncorrelation: {group}\n---\ntitle: Whole"
    )
    named = f"{READ[:-1]}, gen_ai.agent.id: admin, warrant.target.agent: agent-1}}"
    pair = f"{named}, {SENT}"
    near = [f"{named}, {OTHER}", f"{OTHER[:-1]}, warrant.target.agent: agent-1}}, {SENT}"]
    found = said(tmp_path, text + BLOCK + "tests:\n" + written([pair, pair], near))
    assert not any("still finds" in line for line in found)


def test_a_number_that_no_test_needs_is_a_note(tmp_path: Path) -> None:
    text = PARTS.replace(
        "temporal_ordered, rules: [first, second]",
        "event_count, rules: [first], condition: {gte: 10}",
    )
    text = text[: text.index("---")] + text[text.rindex("---") :] + BLOCK + "tests:\n"
    many = "{warrant.tool.class: credential_read, repeat: %d, every: 1s}"
    other = "{warrant.tool.class: read, repeat: 20, every: 1s}"
    near = written([many % 10, many % 12], [many % 9, other])
    assert said(tmp_path, text + near) == said(tmp_path, text + near, weak=True) == []
    (note,) = said(tmp_path, text + written([many % 10] * 2, [many % 2, other]), weak=True)
    assert note.endswith("AIA-TST-901: no test tells 10 from half of it")


def counted(tools: str, number: int, beside: str, near: str) -> str:
    """Return a rule that finds two uses of some tools, and its tests.

    Args:
        tools: The class of the tools.
        number: Tells the rule from others.
        beside: What stands beside two uses, which is found.
        near: What stands beside one, which is not.
    """
    one = f"{{warrant.tool.class: {tools}}}"
    return f"""\
title: One {tools}
name: {tools}
logsource: {{product: ai_agent}}
detection: {{own: {{warrant.tool.class: {tools}}}, condition: own}}
---
title: Two {tools}
id: {str(number) * 8}-1111-4111-8111-111111111111
correlation:
  type: event_count
  rules: [{tools}]
  group-by: [gen_ai.agent.id]
  timespan: 5m
  condition: {{gte: 2}}
{BLOCK.replace("901", f"90{number}")}tests:
{written([f"{one}, {one}{beside}"] * 2, [f"{one}{near}"] * 2)}"""


@pytest.mark.parametrize(
    ("beside", "near", "told"),
    [
        ("", f", {OTHER}", []),
        (f", {OTHER}", "", ["no test tells egress from any event"]),
    ],
)
def test_what_is_told_of_a_rule_does_not_hang_on_which_was_asked_before(
    tmp_path: Path, beside: str, near: str, told: list[str]
) -> None:
    # With any event in place of their parts the two have one shape, and are still two rules.
    first = counted("credential_read", 1, "", f", {OTHER}")
    path = tmp_path / "own.yml"
    path.write_text(f"{first}---\n{counted('egress', 2, beside, near)}", encoding="utf-8")
    mutator = Mutator([path])
    before, rule = mutator.rules
    assert [s.what for s in mutator.survivors(before) if not s.weak] == []
    assert [s.what for s in mutator.survivors(rule) if not s.weak] == told


# Trees --------------------------------------------------------------------------------------


def over(condition: str) -> Node:
    names = ("a", "b", "sel_1", "sel_2")
    found = skeleton({**{name: {"x": name} for name in names}, "condition": condition})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("condition", "lost"),
    [
        ("a", []),
        ("not a", []),
        ("a and b", ["a", "b"]),
        ("a and not b", ["a", "not b"]),
        ("a and not (b or sel_1)", ["a", "not (b or sel_1)", "b", "sel_1"]),
        ("a and 1 of sel_*", ["a", "(sel_1 or sel_2)", "sel_1", "sel_2"]),
        ("all of sel_*", ["sel_1", "sel_2"]),
    ],
)
def test_every_part_that_has_others_beside_it_is_left_out(condition: str, lost: list[str]) -> None:
    assert [words(part) for part, _ in drops(over(condition))] == lost


def test_what_is_left_of_a_condition_is_a_condition() -> None:
    left = [words(rest) for _, rest in drops(over("a and not (b or sel_1)"))]
    assert left == ["not (b or sel_1)", "a", "(a and not sel_1)", "(a and not b)"]


def test_a_condition_over_names_is_filled_with_what_they_mean() -> None:
    atoms: dict[str, Node] = {name: ["is", name, "eq", "x"] for name in ("a", "b")}
    atoms["a"] = ["and", atoms["a"], ["is", "c", "eq", "x"]]
    assert words(filled(over("a and not b"), atoms)) == "(a is x and c is x and not b is x)"
