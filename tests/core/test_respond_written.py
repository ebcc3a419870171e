"""Steps and plans as JSON: nothing is lost, nothing secret is in it, one hash for one plan."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.respond.action import (
    Expectation,
    Op,
    Reversibility,
    Step,
    Verb,
    Verification,
)
from agentwarrant.respond.runplan import (
    Approval,
    Decide,
    Node,
    Parallel,
    Point,
    RunPlan,
    Sequence,
    Wait,
    plan_data,
    plan_of,
    walk,
)
from agentwarrant.respond.transport import Effect, Fresh, Now, Request, Sealed
from agentwarrant.respond.written import step_of, written

texts = st.text(max_size=12)
names = st.one_of(texts, st.sampled_from(["$secret", "$now", "$", "$$now"]))
scalars = st.one_of(texts, st.integers(-(2**53), 2**53), st.booleans(), st.none())
special = st.one_of(
    st.builds(Sealed, texts, texts),
    st.builds(Now, st.sampled_from(["iso", "epoch"]), st.floats(0, 10)),
)
values = st.recursive(
    st.one_of(scalars, special),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=6,
)
params = st.dictionaries(names, values, max_size=3)
paths = st.lists(st.one_of(texts, st.tuples(texts, texts)), max_size=3).map(tuple)
requests = st.builds(
    Request,
    texts,
    params,
    st.sampled_from(Effect),
    texts,
    st.lists(st.builds(Fresh, texts, texts, paths, st.booleans()), max_size=2).map(tuple),
    st.lists(st.integers(300, 599), max_size=2).map(tuple),
)
expectations = st.builds(Expectation, paths, values, paths, st.sampled_from(Op))
checks = st.builds(Verification, requests, st.lists(expectations, max_size=2).map(tuple))
steps = st.builds(
    Step,
    title=texts,
    request=requests,
    changes=texts,
    verify=checks,
    undo=st.lists(requests, max_size=2).map(tuple),
    pre_state=params,
    note=texts,
    point=texts,
    probes=st.lists(checks, max_size=2).map(tuple),
    undone=st.none() | checks,
    residual_seconds=st.floats(0, 1e6),
    residual=texts,
)
points = st.builds(
    Point,
    texts,
    texts,
    texts,
    st.sampled_from(Reversibility),
    st.sampled_from(Verb),
    st.sampled_from(["stop", "continue"]),
    steps,
    st.lists(texts, max_size=2).map(tuple),
)
nodes: st.SearchStrategy[Node] = st.recursive(
    st.one_of(
        points,
        st.builds(Wait, texts, st.floats(0, 1e6)),
        st.builds(Approval, texts, st.integers(1, 9), st.floats(1, 1e6), texts),
    ),
    lambda inner: st.one_of(
        st.builds(Sequence, texts, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Parallel, texts, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Decide, texts, st.just({"step": "a", "is": ["verified"]}), inner, inner),
    ),
    max_leaves=4,
)
plans = st.builds(
    RunPlan, texts, texts, texts, texts, st.lists(texts, max_size=2).map(tuple), texts, nodes
)


@given(steps)
def test_a_step_is_written_and_read_back_as_it_was(step: Step) -> None:
    assert step_of(json.loads(json.dumps(written(step)))) == step


@given(plans)
def test_a_plan_is_written_and_read_back_with_the_same_hash(plan: RunPlan) -> None:
    again = plan_of(json.loads(json.dumps(plan_data(plan))))
    assert again == plan
    assert again.hash == plan.hash


@given(plans, texts)
def test_which_cases_a_plan_is_for_does_not_change_its_hash(plan: RunPlan, case: str) -> None:
    assert replace(plan, cases=(case,), facts={"case": case}).hash == plan.hash


@given(points, params)
def test_a_change_of_what_is_sent_changes_the_hash(point: Point, other: dict[str, Any]) -> None:
    plan = RunPlan("p", "t", "acme", "a", (), "auto", point)
    request = replace(point.step.request, params=other)
    changed = replace(plan, root=replace(point, step=replace(point.step, request=request)))
    same = written(point.step) == written(replace(point.step, request=request))
    assert (changed.hash == plan.hash) is same


def test_a_hostile_key_does_not_become_a_secret() -> None:
    request = Request("x", {"json": {"$secret": "token"}}, Effect.CHANGE, "test")
    step = Step("t", request, "c", Verification(request, ()))
    again = step_of(json.loads(json.dumps(written(step))))
    assert again.request.params == {"json": {"$secret": "token"}}


def test_every_field_of_a_step_is_written() -> None:
    """A field that is added and forgotten would be lost between planning and doing."""
    request = Request("m", {"a": 1}, Effect.CHANGE, "e", (Fresh("p", "m", ("x",)),), (404,))
    check = Verification(request, (Expectation(("a",), 1, ("b",), Op.ABOVE),))
    full = Step("t", request, "c", check, (request,), {"a": 1}, "n", "p", (check,), check, 1.0, "r")
    assert set(written(full)) == {f.name for f in fields(Step)}


def test_walking_reaches_every_node() -> None:
    wait = Wait("w", 1)
    tree = Sequence("s", (Decide("d", {}, Parallel("p", (wait, wait)), wait), wait))
    assert sum(isinstance(node, Wait) for node in walk(tree)) == 4


@pytest.mark.parametrize("kind", ["", "loop"])
def test_an_unknown_kind_of_node_is_refused(kind: str) -> None:
    plan = plan_data(RunPlan("p", "t", "acme", "a", (), "auto", Wait("w", 1)))
    plan["root"]["kind"] = kind
    with pytest.raises(ValueError, match="no node"):
        plan_of(plan)
