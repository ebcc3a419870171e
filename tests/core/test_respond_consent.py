"""Where people are asked: before everything that needs them, on every way that leads there."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.respond.action import Expectation, Reversibility, Step, Verb, Verification
from agentwarrant.respond.people.consent import IRREVERSIBLE, REVERSIBLE, Need, with_approvals
from agentwarrant.respond.people.coverage import covering
from agentwarrant.respond.runplan import (
    Approval,
    Decide,
    Node,
    Parallel,
    Point,
    RunPlan,
    Sequence,
    plan_data,
    walk,
)
from agentwarrant.respond.transport import Effect, Request

LOOK = Verification(Request("GET /x", {}, Effect.READ, "V"), (Expectation(("status",), 200),))


def point(kind: Reversibility = Reversibility.REVERSIBLE) -> Point:
    step = Step("Stop", Request("PUT /x", {}, Effect.CHANGE, "V"), "x", LOOK)
    return Point("", "v.a", "main", kind, Verb.DISABLE_IDENTITY, "continue", step)


points = st.sampled_from(list(Reversibility)).map(point)
questions = st.builds(
    Approval, st.just("own"), st.integers(1, 3), st.just(60.0), st.text(max_size=5)
)


def within(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    listed = st.lists(st.one_of(inner, questions), min_size=1, max_size=3).map(tuple)
    sequences = st.builds(Sequence, st.just("s"), listed)
    lanes = st.lists(st.one_of(inner, sequences), min_size=1, max_size=3).map(tuple)
    return st.one_of(
        sequences,
        st.builds(Parallel, st.sampled_from(["p", "one@"]), lanes),
        st.builds(
            Decide, st.just("d"), st.just({"step": "x", "is": ["failed"]}), sequences,
            st.one_of(st.none(), sequences),
        ),
    )  # fmt: skip


trees = st.lists(st.recursive(points, within, max_leaves=10), min_size=1, max_size=4)


def numbered(node: Any, count: list[int]) -> Any:
    """The same tree, every node with an id of its own."""
    from dataclasses import replace

    count[0] += 1
    name = f"{node.id or 'step'}-{count[0]}{'@' if node.id == 'one@' else ''}"
    if isinstance(node, (Sequence, Parallel)):
        return replace(node, id=name, nodes=tuple(numbered(one, count) for one in node.nodes))
    if isinstance(node, Decide):
        other = numbered(node.otherwise, count) if node.otherwise else None
        return replace(node, id=name, then=numbered(node.then, count), otherwise=other)
    return replace(node, id=name)


def asked_before(
    node: Node | None, asked: frozenset[str], found: dict[str, frozenset[str]]
) -> frozenset[str]:
    """Note which questions have been answered when each point is reached; return those after."""
    if isinstance(node, Point):
        found[node.id] = asked
    elif isinstance(node, Approval):
        return asked | {node.id}
    elif isinstance(node, Sequence):
        for one in node.nodes:
            asked = asked_before(one, asked, found)
    elif isinstance(node, Parallel):
        return asked.union(*(asked_before(one, asked, found) for one in node.nodes))
    elif isinstance(node, Decide):
        ways = (asked_before(node.then, asked, found), asked_before(node.otherwise, asked, found))
        return ways[0] & ways[1]
    return asked


@given(trees, st.dictionaries(st.integers(0, 60), st.integers(0, 4), max_size=30))
def test_no_point_is_reached_before_enough_people_have_said_yes_to_it(
    nodes: list[Node], wanted: dict[int, int]
) -> None:
    root: Sequence = numbered(Sequence("run", tuple(nodes)), [0])
    own = [node for node in walk(root) if isinstance(node, Point)]
    needs = {one.id: Need(one, wanted.get(number, 0)) for number, one in enumerate(own)}
    made = with_approvals(root, needs, 600.0)
    questions = {node.id: node for node in walk(made) if isinstance(node, Approval)}
    found: dict[str, frozenset[str]] = {}
    asked_before(made, frozenset(), found)
    assert set(found) == set(needs)  # no point is lost
    for name, need in needs.items():
        given_ = [q for q in found[name] if name in questions[q].covers]
        if need.people:
            assert any(questions[q].needs >= need.people for q in given_)
    plan = RunPlan("p", "P", "acme", "bot", (), "approve", made)
    covered = covering(json.dumps(plan_data(plan)))
    for name, need in needs.items():
        assert not need.people or covered.get(name)
    ids = [node.id for node in walk(made)]
    assert len(ids) == len(set(ids))


@given(trees)
def test_where_nobody_is_needed_nobody_is_asked_but_by_the_playbook(nodes: list[Node]) -> None:
    root: Sequence = numbered(Sequence("run", tuple(nodes)), [0])
    own = [node for node in walk(root) if isinstance(node, Point)]
    made = with_approvals(root, {one.id: Need(one, 0) for one in own}, 600.0)
    ids = [node.id for node in walk(made) if isinstance(node, Approval)]
    assert not any(one.startswith((REVERSIBLE, IRREVERSIBLE)) for one in ids)


@given(trees)
def test_what_cannot_be_taken_back_is_named_in_its_question(nodes: list[Node]) -> None:
    root: Sequence = numbered(Sequence("run", tuple(nodes)), [0])
    own = [node for node in walk(root) if isinstance(node, Point)]
    made = with_approvals(root, {one.id: Need(one, 2) for one in own}, 600.0)
    final = {one.id for one in own if one.reversibility is Reversibility.IRREVERSIBLE}
    for question in (node for node in walk(made) if isinstance(node, Approval)):
        if final & set(question.covers):
            assert "This cannot be taken back: Stop" in question.reason
