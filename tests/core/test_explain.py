"""An explanation names the tests that decided, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant.finding import Severity
from agentwarrant.rules import explain
from agentwarrant.rules.explain import Explainer, Explanation, Matched
from agentwarrant.rules.ir import Node
from agentwarrant.rules.load import load_text
from agentwarrant.rules.model import Rule
from agentwarrant.rules.nested import View
from agentwarrant.rules.program import holds

NAMES = tuple("abcdef")


def rule(tree: Node, selections: dict[str, Node] | None = None) -> Rule:
    made = Rule("r", "r", "r", "", "p.yml", Severity.LOW, alerts=True, tree=tree)
    return made if selections is None else Rule(**{**fields_of(made), "selections": selections})


def fields_of(made: Rule) -> dict[str, Any]:
    return {name: getattr(made, name) for name in Rule.__dataclass_fields__}


tests = st.sampled_from(NAMES).map(lambda name: ["is", name, "eq", "1"])
trees: st.SearchStrategy[Node] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda found: ["and", *found]),
        st.lists(inner, min_size=2, max_size=3).map(lambda found: ["or", *found]),
        inner.map(lambda found: ["not", found]),
    ),
    max_leaves=7,
)
events = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(("1", "2")), max_size=6)


def truth(tree: Node, true: set[str]) -> bool:
    if tree[0] == "is":
        return tree[1] in true
    parts = [truth(part, true) for part in tree[1:]]
    return not parts[0] if tree[0] == "not" else all(parts) if tree[0] == "and" else any(parts)


def explained(tree: Node, event: dict[str, str]) -> Explanation:
    return Explainer(rule(tree)).explain(event)


@settings(max_examples=300)
@given(trees, events)
def test_the_tests_named_decide_whatever_the_others_are(tree: Node, event: dict[str, str]) -> None:
    found = explained(tree, event)
    true = {name for name in NAMES if event.get(name) == "1"}
    assert found.matched is truth(tree, true)
    named = {test.field for test in found.because}
    assert named
    others = [name for name in NAMES if name not in named]
    for bits in range(1 << len(others)):  # no change of a test that is not named changes the answer
        flipped = {name for n, name in enumerate(others) if bits >> n & 1}
        assert truth(tree, (true & named) | flipped) is found.matched
    # but if all those that are named were otherwise, the answer would be
    turned = {name for name in NAMES if (name in true) != (name in named)}
    if len(_leaves(tree)) == len(set(_leaves(tree))):
        assert truth(tree, turned) is not found.matched


def _leaves(tree: Node) -> list[str]:
    return [tree[1]] if tree[0] == "is" else [n for part in tree[1:] for n in _leaves(part)]


@given(trees, events)
def test_a_test_says_whether_it_holds_and_what_it_found(tree: Node, event: dict[str, str]) -> None:
    for test in explained(tree, event).because:
        assert test.holds is (event.get(test.field) == "1")
        assert test.found == event.get(test.field)


@given(st.dictionaries(st.sampled_from(("s", "t", "u")), trees, min_size=1), events)
def test_selections_say_which_parts_hold(parts: dict[str, Node], event: dict[str, str]) -> None:
    explainer = Explainer(rule(["or", *parts.values(), ["is", "z", "eq", "1"]], parts))
    true = {name for name in NAMES if event.get(name) == "1"}
    expected = {name: truth(tree, true) for name, tree in parts.items()}
    assert explainer.explain(event).selections == expected
    said = [line.partition(":")[0] for line in explainer.matched(event)]
    assert said == [name for name, held in expected.items() if held]


@pytest.mark.parametrize(
    ("atom", "event", "said"),
    [
        (["is", "a", "eq", "x"], {"a": "y"}, "a is x (y)"),
        (["is", "a", "eq", "x"], {}, "a is x (absent)"),
        (["is", "a", "contains_cased", "X"], {"a": ["p", "q"]}, "a contains X in this case (p, q)"),
        (["is", "a", "like", ["x", 0, "y", 1]], {"a": 1}, "a is like x*y? (1)"),
        (["is", "a", "re", ["^x", "i"]], {"a": True}, "a matches /^x/i (true)"),
        (["is", "a", "gte", 5], {"a": 4.0}, "a is at least 5 (4)"),
        (["is", "a", "bool", False], {"a": "no"}, "a is false (no)"),
        (["is", "a", "null", None], {"a": {"b": 1}}, "a is absent (an object)"),
        (["is", "a", "exists", True], {"a": []}, "a exists (absent)"),
        (["is", "a", "exists", False], {"a": "x"}, "a is absent (x)"),
        (["is", "a", "cidr", "10.0.0.0/8"], {"a": "1.1.1.1"}, "a is in 10.0.0.0/8 (1.1.1.1)"),
        (["is", "a", "ref", ["b", "endswith"]], {"a": "x"}, "a is that of b (endswith) (x)"),
        (["is", "a", "part", ["hour", "num", 3]], {"a": "no"}, "a falls in hour num 3 (no)"),
        (["is", None, "contains", "x"], {"a": "y"}, "any value contains x"),
        (["is", "a", "eq", "x\ny"], {"a": "p\r\nq"}, "a is x\\ny (p\\r\\nq)"),
    ],
)
def test_a_test_reads_as_a_clause(atom: Node, event: dict[str, Any], said: str) -> None:
    assert [str(test) for test in Explainer(rule(atom)).explain(View(event)).because] == [said]


def test_what_is_long_is_cut_and_what_is_much_is_bounded() -> None:
    many = ["or", *(["is", "a", "contains", "x" * n] for n in range(1, 60))]
    found = Explainer(rule(many)).explain({"a": "x" * 9_000})
    assert len(found.because) == 20
    assert max(map(len, map(str, found.because))) < 400


def test_a_test_that_stands_twice_is_named_once() -> None:
    tree = ["and", ["is", "a", "eq", "1"], ["or", ["is", "a", "eq", "1"], ["is", "b", "eq", "1"]]]
    because = Explainer(rule(tree)).explain({"a": "1"}).because
    assert because == (explain.Test("a", "is 1", "1", holds=True),)


RULES = """
title: Shell
id: 11111111-1111-4111-8111-111111111111
name: shell
logsource: {product: any}
detection:
  tool: {name|endswith: sh}
  quiet: {user: root}
  condition: tool and not quiet
---
title: Shells
id: 22222222-2222-4222-8222-222222222222
correlation: {type: event_count, rules: [shell], timespan: 1m, condition: {gte: 2}}
"""


def test_a_finding_says_which_selections_matched() -> None:
    known = load_text(RULES)
    said = Matched(known).said(known[0], {"name": "zsh", "user": "eve"}, ())
    assert said == ["tool: name ends with sh (zsh)"]


def test_a_correlation_says_its_steps_and_leaves_out_the_middle_of_many() -> None:
    known = load_text(RULES)
    matched = Matched(known)
    assert matched.said(known[1], {}, [(0, 0), (1000, 0)]) == [
        "1970-01-01T00:00:00.000Z shell",
        "1970-01-01T00:00:01.000Z shell",
    ]
    many = matched.said(known[1], {}, [(n * 1000, 0) for n in range(100)])
    assert len(many) == 20
    assert many[0].startswith("1970-01-01T00:00:00")
    assert many[-1].startswith("1970-01-01T00:01:39")


@given(trees, events)
def test_an_explainer_agrees_with_the_tree(tree: Node, event: dict[str, str]) -> None:
    explainer = Explainer(rule(tree))
    matcher = explainer._matcher
    assert holds(matcher.program.trees[0], matcher.true_atoms(event)) is (
        explainer.explain(View(dict(event))).matched
    )
