"""CACAO 2.0: what is written is valid and comes back whole; what is read is never executed."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agentwarrant.errors import ContentError, UsageError
from agentwarrant.respond.action import (
    Expectation,
    Reversibility,
    Step,
    Verb,
    Verification,
)
from agentwarrant.respond.cacao.cacao import playbook_document, playbook_id, written_step
from agentwarrant.respond.cacao.plan import run_document
from agentwarrant.respond.cacao.reading import Reading, read
from agentwarrant.respond.cacao.reading import Step as Read
from agentwarrant.respond.cacao.writer import EXTENSION
from agentwarrant.respond.planning.parts import (
    Branch,
    Inner,
    Lane,
    Part,
    Pause,
    PlaybookStep,
    Question,
    TakeBack,
    Together,
)
from agentwarrant.respond.planning.playbook import Playbook, playbooks
from agentwarrant.respond.runplan import (
    Approval,
    Decide,
    Node,
    Parallel,
    Point,
    RunPlan,
    Sequence,
    Wait,
)
from agentwarrant.respond.transport import Effect, Now, Request, Sealed
from agentwarrant.respond.written import step_of
from agentwarrant.schema import load

each_playbook = pytest.mark.parametrize("playbook", playbooks(), ids=lambda p: p.name)


@cache
def schema() -> Draft202012Validator:
    found = load("cacao.schema.json")
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def faults(document: Any) -> list[str]:
    return [f"{list(e.absolute_path)}: {e.message}" for e in schema().iter_errors(document)]


def reading(document: Any) -> Reading:
    return read(orjson.dumps(document), "a.json")


def ids(value: Any) -> list[str]:
    """Every reference to a step in a document."""
    keys = ("on_completion", "on_success", "on_failure", "on_true", "on_false")
    found = [value["workflow_start"]]
    for step in value["workflow"].values():
        found += [step[key] for key in keys if key in step]
        found += step.get("next_steps", [])
    return found


# Playbooks -------------------------------------------------------------------------------


@each_playbook
def test_a_shipped_playbook_is_valid_and_complete(playbook: Playbook) -> None:
    document = playbook_document(playbook.name)
    assert faults(document) == []
    assert set(ids(document)) <= set(document["workflow"])
    assert reading(document).faults == ()
    assert reading(document).apart == ()


@each_playbook
def test_the_same_playbook_gives_the_same_bytes_and_ids_of_version_4(playbook: Playbook) -> None:
    document = playbook_document(playbook.name)
    assert orjson.dumps(playbook_document(playbook.name)) == orjson.dumps(document)
    for identity in document["workflow"]:
        assert UUID(identity.partition("--")[2]).version == 4
    assert document["id"] == f"playbook--{playbook.id}"


def test_our_extension_has_an_id_that_is_made_of_its_name() -> None:
    assert UUID(EXTENSION.partition("--")[2]).version == 5


def test_an_inner_playbook_is_named_by_its_own_id() -> None:
    document = playbook_document("hard-kill")
    named = {p.name: playbook_id(p) for p in playbooks()}
    found = [s["playbook_id"] for s in document["workflow"].values() if "playbook_id" in s]
    assert sorted(found) == sorted([named["quarantine-agent"], named["revoke-credentials"]])


def test_an_approval_is_a_manual_step_that_ends_when_nobody_says_yes() -> None:
    document = playbook_document("hold-for-approval")
    (asked,) = [s for s in document["workflow"].values() if s.get("name") == "decide"]
    assert asked["commands"][0]["type"] == "manual"
    assert asked["timeout"] == 1_800_000
    assert asked["on_failure"].startswith("end--")
    assert asked["step_extensions"][EXTENSION]["approval"]["needs"] == 1


def test_what_cacao_cannot_say_is_listed() -> None:
    losses = playbook_document("hold-for-approval")["playbook_extensions"][EXTENSION]["losses"]
    assert any("several people" in one for one in losses)
    assert any("which accounts" in one for one in losses)


def test_a_step_for_one_vendor_over_http_is_a_call_with_a_variable_for_each_part() -> None:
    step = PlaybookStep("off", "Off.", action="okta.suspend_user", on_failure="stop")
    document = playbook_document("mine", [playbook(step)])
    assert faults(document) == []
    (made,) = [s for s in document["workflow"].values() if s["type"] == "action"]
    assert made["commands"][0]["command"] == (
        "POST /api/v1/users/__okta_suspend_user_1__:value/lifecycle/suspend HTTP/1.1"
    )
    assert made["on_failure"].startswith("end--")
    assert "__okta_suspend_user_1__" in document["playbook_variables"]


def test_an_unknown_playbook_is_said() -> None:
    with pytest.raises(UsageError):
        playbook_document("nobody")


# There and back --------------------------------------------------------------------------

names = st.integers(0, 10_000).map(lambda n: f"step-{n}")
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
steps = st.builds(
    PlaybookStep,
    id=names,
    description=texts,
    verb=st.sampled_from([str(verb) for verb in Verb]),
    action=st.just(""),
    about=st.sampled_from([(), ("identities",), ("okta.*", "runtime")]),
    on_failure=st.sampled_from(["stop", "continue"]),
    needs_approval=st.booleans(),
)
leaves = st.one_of(
    steps,
    st.builds(Pause, names, st.integers(1, 90_000).map(float)),
    st.builds(Question, names, st.integers(1, 9), st.integers(0, 9_000).map(float), texts),
    st.builds(Inner, names, st.sampled_from(["notify", "evidence-snapshot"])),
    st.builds(TakeBack, names, st.sampled_from(["all", "no_credentials"])),
)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "severity": st.sampled_from(["high", ["low", "critical"]]),
        "verdict": st.sampled_from(["influenced", ["intended"]]),
        "rules": st.lists(st.sampled_from(["r1", "r2"]), min_size=1),
        "has": st.sampled_from(["okta.*", ["runtime", "hosts"]]),
    },
).filter(bool)


def within(inner: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    listed = st.lists(inner, min_size=1, max_size=3).map(tuple)
    lanes = st.builds(Lane, names, listed)
    return st.one_of(
        st.builds(
            Together, names, st.lists(st.one_of(lanes, steps), min_size=2, max_size=3).map(tuple)
        ),
        st.builds(Branch, names, conditions, listed, st.one_of(st.just(()), listed)),
        st.builds(
            Branch,
            names,
            st.just({"step": "step-1", "is": ["failed", "in_doubt"]}),
            listed,
            st.just(()),
        ),
    )


parts = st.lists(st.recursive(leaves, within, max_leaves=8), min_size=1, max_size=5)


def playbook(*steps: Part) -> Playbook:
    return Playbook(
        "975712d2-caea-4122-9ae8-17645494a071", "mine", "Mine", "For a test.", "observe", {}, steps
    )


def outline(found: Any) -> list[Any]:
    """What stands in a playbook, as nested lists."""
    return [_outlined(one) for one in found]


def _outlined(part: Any) -> Any:
    if isinstance(part, PlaybookStep):
        return ["step", written_step(part)]
    if isinstance(part, Pause):
        return ["wait", part.id, part.seconds]
    if isinstance(part, Question):
        return ["approval", part.id, part.needs, part.seconds, part.reason]
    if isinstance(part, Inner):
        return ["playbook", part.id, part.playbook]
    if isinstance(part, TakeBack):
        return ["release", part.id, part.how]
    if isinstance(part, Together):
        lanes = [outline(one.nodes if isinstance(one, Lane) else [one]) for one in part.nodes]
        return ["parallel", part.id, lanes]
    assert isinstance(part, Branch)
    return ["if", dict(part.when), outline(part.then), outline(part.otherwise)]


def outline_read(found: Any) -> list[Any]:
    """The same of what was read."""
    made: list[Any] = []
    for step in found:
        own = step.own
        made += [["wait", one["id"], one["seconds"]] for one in own.get("waits", [])]
        if step.kind == "end":
            continue
        made.append(_outlined_read(step, own))
    return made


def _outlined_read(step: Read, own: Any) -> Any:
    ways = dict(step.branches)
    if "step" in own:
        return ["step", own["step"]]
    if "approval" in own:
        asked = own["approval"]
        return ["approval", asked["id"], asked["needs"], asked["seconds"], asked["reason"]]
    if "playbook" in own:
        return ["playbook", own["playbook"]["id"], own["playbook"]["name"]]
    if "release" in own:
        return ["release", own["release"]["id"], own["release"]["how"]]
    if "condition" in own:
        yes = [inner for label, inner in step.branches if label.startswith("if ")]
        return ["if", own["condition"], outline_read(yes[0]), outline_read(ways.get("else", ()))]
    lanes = [outline_read(inner) for label, inner in step.branches if label.startswith("at once")]
    return ["parallel", step.name, lanes]


def sound(found: list[Part]) -> bool:
    """Are all ids in it different, and is there anything to do?"""
    seen: list[str] = []

    def collect(one: Any) -> None:
        seen.append(one.id)
        for name in ("nodes", "then", "otherwise"):
            for inner in getattr(one, name, ()):
                collect(inner)

    for one in found:
        collect(one)
    if all(isinstance(one, Pause) for one in found):
        return False  # a playbook that only waits is a fault
    return len(seen) == len(set(seen))


@given(parts.filter(sound))
def test_a_playbook_comes_back_as_it_went(found: list[Part]) -> None:
    document = playbook_document("mine", [*playbooks(), playbook(*found)])
    assert faults(document) == []
    assert set(ids(document)) <= set(document["workflow"])
    back = reading(document)
    assert back.faults == ()
    assert back.apart == ()
    assert outline_read(back.steps) == outline(found)


@given(parts.filter(sound))
def test_every_question_is_still_for_people(found: list[Part]) -> None:
    document = playbook_document("mine", [*playbooks(), playbook(*found)])
    asked = [s.own["approval"]["reason"] for s in reading(document).manual() if "approval" in s.own]
    wanted = [part.reason for part in playbook(*found).parts() if isinstance(part, Question)]
    assert sorted(asked) == sorted(wanted)


# Run plans -------------------------------------------------------------------------------


def step(method: str = "PUT /users/u1", **params: Any) -> Step:
    look = Request("GET /users/u1", {}, Effect.READ, "Vendor")
    return Step(
        title="Suspend",
        request=Request(method, params, Effect.CHANGE, "Vendor"),
        changes="active becomes suspended",
        verify=Verification(look, (Expectation(("body", "status"), "SUSPENDED"),)),
        undo=(Request("PUT /users/u1", {"json": {"active": True}}, Effect.CHANGE, "Vendor"),),
        point="vendor.user:u1",
    )


def point(identity: str, made: Step, on_failure: str = "continue") -> Point:
    return Point(
        identity, "vendor.suspend", "main", Reversibility.REVERSIBLE, Verb.DISABLE_IDENTITY,
        on_failure, made,
    )  # fmt: skip


def run(root: Node, **facts: Any) -> RunPlan:
    return RunPlan("mine", "Mine", "acme", "bot", ("c1",), "approve", root, facts=facts)


def test_a_request_over_http_is_written_as_it_is_sent_without_its_secret() -> None:
    made = step(
        query={"all": True, "none": None},
        json={"active": False, "at": Now("iso"), "key": Sealed("token")},
        headers={"x-key": Sealed("token")},
    )
    document = run_document(run(Sequence("r", (point("a", made),))))
    assert faults(document) == []
    (action,) = [s for s in document["workflow"].values() if s["type"] == "action"]
    command = action["commands"][0]
    assert command["command"] == "PUT /users/u1?all=True HTTP/1.1"
    assert command["headers"]["x-key"] == ["<secret token>"]
    assert json.loads(command["content"])["key"] == "<secret token>"
    own = action["step_extensions"][EXTENSION]["point"]
    assert step_of(json.loads(json.dumps(own["step"]))) == made


def test_what_is_no_http_is_for_people_and_said_to_be() -> None:
    document = run_document(run(Sequence("r", (point("a", step("config.patch", raw="{}")),))))
    assert faults(document) == []
    (action,) = reading(document).manual()
    assert action.commands[0][1].startswith("main: config.patch")
    losses = document["playbook_extensions"][EXTENSION]["losses"]
    assert "requests that are not HTTP are commands for a person" in losses


def test_a_whole_plan_is_valid_and_nothing_of_its_tree_is_lost() -> None:
    root = Sequence(
        "r",
        (
            Approval("ask", 2, 600.0, "Shall we?", ("a", "b")),
            Parallel("both", (point("a", step()), Sequence("s", (point("b", step()),)))),
            Wait("w", 60.0),
            Decide(
                "d",
                {"step": "a", "is": ["failed"]},
                point("c", step(), "stop"),
                Sequence("else", (point("e", step()),)),
            ),
        ),
    )
    plan = run(root, first_event="2026-01-31T10:00:00Z")
    document = run_document(plan)
    assert faults(document) == []
    assert document["created"] == "2026-01-31T10:00:00.000Z"
    found = [s.own["point"]["id"] for s in reading(document).all() if "point" in s.own]
    assert sorted(found) == ["a", "b", "c", "e"]
    (asked,) = [s.own["approval"] for s in reading(document).all() if "approval" in s.own]
    assert (asked["needs"], asked["covers"], asked["plan_hash"]) == (2, ["a", "b"], plan.hash)
    (waits,) = [s.own["waits"] for s in reading(document).all() if "waits" in s.own]
    assert waits == [{"id": "w", "seconds": 60.0}]


def test_another_plan_is_another_document() -> None:
    one, two = (run(Sequence("r", (point("a", step(json={"n": n})),))) for n in (1, 2))
    assert run_document(one)["id"] != run_document(two)["id"]
    assert orjson.dumps(run_document(one)) == orjson.dumps(run_document(one))


# Those of others -------------------------------------------------------------------------

END = "end--00000000-0000-4000-8000-000000000001"
START = "start--00000000-0000-4000-8000-000000000002"


def foreign(**steps: Any) -> dict[str, Any]:
    """A playbook of somebody else: steps by name; "end" ends, and start leads to the first."""
    named = {
        name: f"action--00000000-0000-4000-8000-0000000001{n:02}" for n, name in enumerate(steps)
    }

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: put(one) for key, one in value.items()}
        if isinstance(value, list):
            return [put(one) for one in value]
        return (
            named.get(value, END if value == "end" else value) if isinstance(value, str) else value
        )

    workflow = {named[name]: put(one) for name, one in steps.items()}
    first = next(iter(named.values()), END)
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": "playbook--00000000-0000-4000-8000-000000000003",
        "name": "Theirs",
        "workflow_start": START,
        "workflow": {
            START: {"type": "start", "on_completion": first},
            **workflow,
            END: {"type": "end"},
        },
    }


def test_every_manual_command_is_kept_wherever_it_stands() -> None:
    secret = base64.b64encode(b"call the owner").decode()
    found = reading(
        foreign(
            a={"type": "action", "commands": [{"type": "manual", "command": "ask"},
                                              {"type": "bash", "command": "rm -rf /"}],
               "on_success": "b", "on_failure": "c"},
            b={"type": "while-condition", "condition": "x", "on_true": "d", "on_completion": "end"},
            c={"type": "action", "commands": [{"type": "manual", "command_b64": secret}],
               "on_completion": "end"},
            d={"type": "action", "commands": [{"type": "manual", "command": "look again"}],
               "on_completion": "end"},
            e={"type": "action", "commands": [{"type": "manual", "command": "lost"}],
               "on_completion": "end"},
        )
    )  # fmt: skip
    said = "\n".join(found.lines())
    for text in ("ask", "call the owner", "look again", "lost"):
        assert f"a person has to: {text}" in said
    assert "bash, not executed: rm -rf /" in said
    assert [s.commands[0][1] for s in found.apart] == ["lost"]


def test_steps_that_are_not_known_are_listed_and_their_commands_shown() -> None:
    odd = {
        "type": "teleport",
        "commands": [{"type": "manual", "command": "jump"}],
        "on_completion": "end",
    }
    found = reading(foreign(a=odd))
    assert "unknown type 'teleport'" in found.faults[0]
    assert found.manual()[0].commands == (("manual", "jump"),)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ({"a": {"type": "action", "on_completion": "a"}}, "reached twice"),
        ({"a": {"type": "action", "on_completion": "action--nowhere"}}, "which there is not"),
        ({"a": {"type": "action"}}, "leads nowhere"),
        ({"a": {"type": "parallel", "next_steps": ["b", "b"], "on_completion": "end"},
          "b": {"type": "action", "on_completion": "end"}}, "reached twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_said(steps: dict[str, Any], said: str) -> None:
    assert any(said in fault for fault in reading(foreign(**steps)).faults)


def test_a_playbook_that_never_ends_is_read_in_the_end() -> None:
    steps = {f"s{n}": {"type": "if-condition", "condition": "x", "on_true": f"s{n + 1}",
                       "on_completion": "end"} for n in range(90)}  # fmt: skip
    found = reading(foreign(**steps))
    assert len(list(found.all())) == 90


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{}", b'{"type": "playbook", "spec_version": "1.1", "workflow": {}}',
     b'{"type": "playbook", "spec_version": "cacao-2.0", "workflow": []}'],
)  # fmt: skip
def test_what_is_no_playbook_of_cacao_2_is_refused(text: bytes) -> None:
    with pytest.raises(ContentError):
        read(text, "a.json")


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-9, 10**12), st.text(max_size=20)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)
        ),
        max_leaves=12,
    ),
    st.sampled_from(["type", "name", "commands", "next_steps", "on_true", "cases", "condition",
                     "on_completion", "step_extensions", "delay", "description"]),
)  # fmt: skip
def test_whatever_stands_in_a_step_it_is_read_clean(value: Any, key: str) -> None:
    found = reading(foreign(a={"type": "action", "on_completion": "end", key: value}))
    assert all(line.isprintable() for line in found.lines())
