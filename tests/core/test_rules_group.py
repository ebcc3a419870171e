"""Groups, witnesses and remembered answers give the rules that are true one by one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant.finding import Severity
from agentwarrant.rules import group
from agentwarrant.rules.group import Answer, Group
from agentwarrant.rules.ir import Node, conjunction, disjunction, negation
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.rules.program import holds

FIELDS = ("event.id", "action", "p.name", "p.line", "rare.one", "rare.two", "flag")
VALUES = ("1", "2", "3", "curl", "curl -s", "sh", "x")


def rule(tree: Node, identity: str) -> Rule:
    return Rule(identity, identity, identity, "", "p.yml", Severity.LOW, alerts=True, tree=tree)


def matcher(trees: Sequence[Node]) -> Matcher:
    return Matcher([rule(tree, str(number)) for number, tree in enumerate(trees)])


def one_by_one(one: Matcher, event: Any) -> list[str]:
    true = one.true_atoms(event)
    program = one.program
    pairs = zip(program.rules, program.trees, strict=True)
    return [known.id for known, tree in pairs if holds(tree, true)]


def agree(one: Matcher, event: dict[str, Any]) -> list[str]:
    """Return the rules that match; as an event and as a line they are those that are true."""
    expected = one_by_one(one, event)
    assert [found.id for found in one.hits(event)] == expected, event
    compiled = Matcher(one.program.rules, compile_after=0)
    assert [found.id for found in compiled.hits(event)] == expected, event
    assert [found.id for found in one.line(orjson.dumps(event))] == expected, event
    return expected


names = st.sampled_from(FIELDS)
words = st.sampled_from(VALUES)
tests: st.SearchStrategy[Node] = st.one_of(
    *[st.tuples(names, words).map(lambda found: ["is", found[0], "eq", found[1]])] * 3,
    st.sampled_from((1, 2)).map(lambda number: ["is", "event.id", "num", number]),
    st.tuples(names, words).map(lambda found: ["is", found[0], "contains", found[1]]),
    names.map(lambda name: ["is", name, "exists", True]),
    names.map(lambda name: ["is", name, "null", None]),
    st.booleans().map(lambda wanted: ["is", "flag", "bool", wanted]),
    st.tuples(names, names, st.sampled_from(("eq", "contains", "startswith", "endswith"))).map(
        lambda found: ["is", found[0], "ref", [found[1], found[2]]]
    ),
    st.sampled_from(("curl -s", "needle", "2")).map(lambda word: ["is", None, "contains", word]),
    names.map(lambda name: ["is", name, "re", ["^c.rl", ""]]),
)
trees = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(conjunction),
        st.lists(inner, min_size=2, max_size=4).map(disjunction),
        inner.map(negation),
    ),
    max_leaves=6,
)
pinned = st.tuples(st.sampled_from(("1", "2", "3")), trees).map(
    lambda found: conjunction([["is", "event.id", "eq", found[0]], found[1]])
)
rule_sets = st.lists(
    st.one_of(trees, pinned, pinned, st.just(["true"]), st.just(["false"])), min_size=1, max_size=25
)
values = st.one_of(
    words, words, st.lists(words, max_size=3), st.sampled_from((1, 2.0, True, "needle"))
)
events = st.dictionaries(names, values, max_size=6)
streams = st.lists(events, min_size=1, max_size=8)


@settings(max_examples=200)
@given(rule_sets, streams)
def test_the_rules_that_match_are_those_that_are_true(
    asked: list[Node], stream: list[dict[str, Any]]
) -> None:
    one = matcher(asked)
    for event in (*stream, *reversed(stream)):
        agree(one, event)


@settings(max_examples=100)
@given(rule_sets, streams, st.sampled_from(((1, 2), (2, 5), (3, 4))), st.integers(1, 3))
def test_learning_and_forgetting_change_nothing(
    asked: list[Node], stream: list[dict[str, Any]], learnt: tuple[int, int], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(group, "_LEARNT", learnt)
        patch.setattr(group, "_MAX_ANSWERS", most)
        one = matcher(asked)
        for event in (*stream, *reversed(stream), *stream):
            agree(one, event)


def big_set(source: random.Random, count: int) -> list[Node]:
    made: list[Node] = []
    for number in range(count):
        line: Node = ["is", "p.line", "contains", f"w{source.randrange(400)} "]
        parts: list[Node] = [["is", "event.id", "eq", source.choice("1112223")], line]
        if number % 3 == 0:
            parts.append(["not", ["is", "p.name", "eq", f"n{source.randrange(20)}"]])
        if number % 7 == 0:
            parts.append(["is", f"rare.f{source.randrange(30)}", "eq", "x"])
        if number % 11 == 0:
            parts[0] = ["not", parts[0]]
        if number % 13 == 0:
            parts[1] = ["is", None, "contains", f"w{source.randrange(400)} "]
        if number % 17 == 0:
            parts.append(["is", "p.name", "ref", ["p.parent", "eq"]])
        made.append(["and", *parts])
    return made


def big_stream(source: random.Random, count: int) -> list[dict[str, Any]]:
    return [
        {
            "event.id": source.choice("1234"),
            "p.line": " ".join(f"w{source.randrange(400)}" for _ in range(40)) + " ",
            "p.name": f"n{source.randrange(20)}",
            "p.parent": f"n{source.randrange(20)}",
            f"rare.f{source.randrange(30)}": "x",
        }
        for _ in range(count)
    ]


def test_many_rules_find_the_same_before_and_after_witnesses_are_chosen_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group, "_LEARNT", (20, 60))
    chosen: list[int] = []
    choose = Group._find_witnesses

    def seen(self: Group) -> None:
        chosen.append(self._answers)
        choose(self)

    monkeypatch.setattr(Group, "_find_witnesses", seen)
    one = matcher(big_set(random.Random(1), 300))  # noqa: S311 - no secret
    assert one.pinning == ("event.id",)
    counts = [len(agree(one, event)) for event in big_stream(random.Random(2), 400)]  # noqa: S311 - no secret
    assert sum(counts) > 400
    assert set(chosen) == {0, 20, 60}


@pytest.mark.parametrize("most", [1, 2])
def test_few_answers_may_be_kept(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = big_stream(random.Random(4), 60)  # noqa: S311 - no secret
    asked = big_set(random.Random(3), 60)  # noqa: S311 - no secret
    whole = [agree(matcher(asked), event) for event in stream]
    monkeypatch.setattr(group, "_MAX_ANSWERS", most)
    one = matcher(asked)
    made: list[tuple[Any, ...]] = []
    answer = Group.answer

    def seen(self: Group, key: tuple[frozenset[int], ...]) -> Answer:
        made.append(key)
        return answer(self, key)

    monkeypatch.setattr(Group, "answer", seen)
    assert [agree(one, event) for event in (*stream, *stream)] == [*whole, *whole]
    assert len(made) > len(set(made))  # it did forget


ALWAYS: list[tuple[list[Node], dict[str, Any], list[str]]] = [
    ([["not", ["is", "a", "eq", "x"]]], {}, ["0"]),
    ([["not", ["is", "a", "eq", "x"]]], {"a": "x"}, []),
    ([["not", ["is", None, "contains", "x"]], ["is", "a", "eq", "y"]], {"a": "y"}, ["0", "1"]),
    ([["true"], ["false"], ["not", ["is", "r", "ref", ["s", "eq"]]]], {"r": "1"}, ["0", "2"]),
    ([["is", "r", "ref", ["s", "eq"]], ["is", "q", "eq", "x"]], {"r": "A", "s": "a"}, ["0"]),
    ([["or", ["is", "a", "eq", "x"], ["not", ["is", "b", "eq", "y"]]]], {"b": "z"}, ["0"]),
    ([["and", ["is", "a", "null", None], ["is", "b", "null", None]]], {}, ["0"]),
]


@pytest.mark.parametrize(("asked", "event", "expected"), ALWAYS)
def test_rules_that_need_nothing_are_asked_anyway(
    asked: list[Node], event: dict[str, Any], expected: list[str]
) -> None:
    one = matcher(asked)
    assert [agree(one, event) for _ in range(3)] == [expected] * 3


def test_rules_come_in_their_order_whatever_they_waited_for() -> None:
    asked: list[Node] = [
        ["is", None, "contains", "needle"],
        ["is", "a", "eq", "x"],
        ["and", ["is", "a", "eq", "x"], ["is", "rare", "eq", "y"]],
        ["is", "a", "ref", ["b", "eq"]],
        ["not", ["is", "c", "exists", True]],
        ["is", "a", "contains", "x"],
    ]
    one = matcher(asked)
    event = {"a": "x", "b": "X", "rare": "y", "d": "a needle"}
    for _ in range(30):
        assert agree(one, event) == ["0", "1", "2", "3", "4", "5"]


def test_no_rule_matches_nothing() -> None:
    one = matcher([])
    assert list(one.hits({"a": 1})) == list(one.line(b'{"a":1}')) == []
