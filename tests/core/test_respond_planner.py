"""Run plans: from a playbook and a target to every request, read from a stand-in over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.base import connection_to
from tests.simulators.okta import API_TOKEN, Okta

from agentwarrant.content import parse
from agentwarrant.errors import Guarded, ResponseError, Unreachable
from agentwarrant.respond.action import Reversibility, Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.planning.planner import plan_run, replan, replanner
from agentwarrant.respond.planning.playbook import Playbook, _load, named, playbooks
from agentwarrant.respond.planning.targets import target_from
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
from agentwarrant.respond.settings import Mode, Policy, Settings
from agentwarrant.warrant.registry import Registry

USER, APP = "okta.user:00u1agent", "okta.app:0oa1bot"
FACTS = {"severity": "high", "verdicts": ["influenced"], "rules": ["r1"]}


@pytest.fixture
def okta() -> Okta:
    return Okta()


@pytest.fixture
def there(okta: Okta, tmp_path: Path) -> Iterator[Connection]:
    with okta.running() as url:
        yield replace(connection_to(url, "okta", tmp_path, {"token": API_TOKEN}), tenants=("acme",))


def settings(*connections: Connection, **policy: Any) -> Settings:
    usual = Policy(**{"mode": Mode.APPROVE, **policy})
    return Settings(Path("unused"), connections={one.name: one for one in connections}, usual=usual)


def target(*accounts: str, **more: Any) -> Target:
    return Target("bot", accounts=accounts, **{"tenant": "acme", "case": "c1", **more})


HEAD = """\
id: 975712d2-caea-4122-9ae8-17645494a071
name: mine
title: A playbook
description: For a test.
mode_default: observe
steps:
"""


def playbook(steps: str) -> Playbook:
    (document,), faults = parse(HEAD + steps, "mine.yml")
    (found,) = _load(document, faults)
    assert faults == []
    return found


SUSPEND = playbook("  - {id: halt, verb: disable_identity, description: Off.}\n")


def planned(
    which: Playbook, whom: Target, how: Settings, facts: dict[str, Any] | None = None, **more: Any
) -> RunPlan:
    return plan_run(
        which,
        whom,
        cases=["c1"],
        facts=FACTS if facts is None else facts,
        settings=how,
        guards=Guards(how, Registry()),
        **more,
    )


class Gone:
    """A vendor that cannot be asked: plans are made of the case alone."""

    def send(self, request: Any) -> Any:
        raise Unreachable("it cannot be asked")


def offline(name: str, vendor: str, **more: Any) -> Connection:
    return Connection(name, vendor, "https://vendor.example", **more)


def made_of(
    steps: str, *accounts: str, facts: dict[str, Any] | None = None, **policy: Any
) -> RunPlan:
    """A plan over Keycloak, Okta and OpenClaw, none of which can be asked."""
    how = settings(
        offline("kc", "keycloak"), offline("ok", "okta"), offline("gw", "openclaw"), **policy
    )
    also = (HELD,) if "okta.token" in steps else ()
    whom = target(*accounts, *also, sessions=("agent:bot:main",), channels=("telegram",))
    gone = {name: Gone() for name in how.connections}
    return planned(playbook(steps), whom, how, facts, transports=gone)


def points(plan: RunPlan) -> dict[str, Point]:
    return {point.id: point for point in plan.points()}


def outline(node: Node | None) -> Any:
    """What stands in a tree: ids of points, questions as ?people, waits as seconds."""
    if isinstance(node, Point):
        return node.id
    if isinstance(node, Approval):
        return f"?{node.needs}"
    if isinstance(node, Wait):
        return node.seconds
    if isinstance(node, Decide):
        return {tuple(node.when["is"]): outline(node.then), "else": outline(node.otherwise)}
    if isinstance(node, Parallel):
        return {outline_key(one): outline(one) for one in node.nodes}
    return [outline(one) for one in node.nodes] if isinstance(node, Sequence) else None


def outline_key(node: Node) -> str:
    return node.id


# From real state -------------------------------------------------------------------------


def test_a_verb_becomes_every_request_that_state_asks_for_with_its_way_back(
    there: Connection, okta: Okta
) -> None:
    plan = planned(SUSPEND, target(USER, APP), settings(there))
    found = {point.step.point: point for point in plan.points()}
    assert set(found) == {USER, APP}
    assert found[USER].step.pre_state["status"] == "ACTIVE"
    assert found[USER].step.undo
    assert okta.did("POST /api/v1/users/{}/lifecycle/suspend") == 0


def test_the_same_state_gives_the_same_hash_and_another_state_another(
    there: Connection, okta: Okta
) -> None:
    first = planned(SUSPEND, target(USER, APP), settings(there))
    assert planned(SUSPEND, target(USER, APP), settings(there)).hash == first.hash
    okta.state["users"]["00u1agent"]["status"] = "SUSPENDED"
    assert planned(SUSPEND, target(USER, APP), settings(there)).hash != first.hash


def test_what_is_done_already_is_not_planned_and_the_plan_says_so(
    there: Connection, okta: Okta
) -> None:
    okta.state["users"]["00u1agent"]["status"] = "SUSPENDED"
    plan = planned(SUSPEND, target(USER, APP), settings(there))
    assert [point.step.point for point in plan.points()] == [APP]
    assert any("okta.suspend_user" in note for note in plan.notes)


def test_an_account_that_a_guard_holds_back_does_not_hold_up_the_others(
    there: Connection, okta: Okta
) -> None:
    okta.state["users"]["00u3spare"]["status"] = (
        "DEPROVISIONED"  # so that root is the last administrator
    )
    plan = planned(SUSPEND, target(USER, "okta.user:00u2root"), settings(there))
    assert [point.step.point for point in plan.points()] == [USER]
    (note,) = [note for note in plan.notes if "Left out, a guard forbids it" in note]
    assert note.startswith("halt: okta.suspend_user over ")


def test_a_vendor_that_cannot_be_reached_leaves_its_points_in_the_plan(tmp_path: Path) -> None:
    how = settings(offline("ok", "okta"))
    plan = planned(SUSPEND, target(USER), how, transports={"ok": Gone()})
    assert points(plan)["halt"].step.undo == ()
    assert any("Made from the case alone: it cannot be asked" in note for note in plan.notes)


def test_a_connection_without_its_secret_is_a_note_and_no_end(tmp_path: Path) -> None:
    plan = planned(SUSPEND, target(USER), settings(offline("ok", "okta")))
    assert list(points(plan)) == ["halt"]
    assert any("Made from the case alone" in note for note in plan.notes)


def test_an_action_that_breaks_on_a_strange_answer_does_not_hold_up_the_others() -> None:
    class Strange:
        def send(self, request: Any) -> Any:
            return {"status": 200, "headers": {}, "body": 7}

    how = settings(offline("kc", "keycloak"), offline("ok", "okta"))
    whom = target("keycloak.client:acme/helper", USER)
    plan = planned(SUSPEND, whom, how, transports={"kc": Strange(), "ok": Gone()})
    assert [point.connection for point in plan.points()] == ["ok"]
    assert any(note.startswith("halt: keycloak.") for note in plan.notes)


def test_a_vendor_that_hangs_does_not_hold_up_the_others() -> None:
    over = threading.Event()

    class Hanging:
        def send(self, request: Any) -> Any:
            over.wait(60)
            raise Unreachable("at last")

    how = settings(offline("kc", "keycloak"), offline("ok", "okta"))
    whom = target("keycloak.client:acme/helper", USER)
    try:
        plan = planned(SUSPEND, whom, how, transports={"kc": Hanging(), "ok": Gone()}, patience=2)
    finally:
        over.set()
    assert [point.connection for point in plan.points()] == ["kc", "ok"]
    assert any("over kc: Made from the case alone: no answer within 2 s" in n for n in plan.notes)


def test_a_vendor_that_cannot_be_reached_is_asked_once_for_all_its_steps() -> None:
    class Counting(Gone):
        asked = 0

        def send(self, request: Any) -> Any:
            self.asked += 1
            return super().send(request)

    counting, how = Counting(), settings(offline("gw", "openclaw"))
    steps = "  - {id: a, verb: strip_tools, description: x}\n"
    steps += "  - {id: b, verb: disable_schedules, description: x}\n"
    plan = planned(playbook(steps), target("openclaw.agent:bot"), how, transports={"gw": counting})
    assert counting.asked == 1
    assert len(list(plan.points())) == 2


# Right before it is sent -----------------------------------------------------------------


def test_a_point_planned_anew_is_the_same_while_nothing_changed(there: Connection) -> None:
    how = settings(there)
    plan = planned(SUSPEND, target(USER, APP), how)
    for point in plan.points():
        assert replan(point, target_from(plan.facts["target"]), how) == point.step


def test_a_point_that_somebody_else_has_done_has_nothing_left_to_do(
    there: Connection, okta: Okta
) -> None:
    how = settings(there)
    plan = planned(SUSPEND, target(USER), how)
    okta.state["users"]["00u1agent"]["status"] = "SUSPENDED"
    again = replanner(how)

    class Run:
        def __init__(self, plan: RunPlan) -> None:
            self.plan = plan

    assert again(Run(plan), points(plan)["halt"]) is None


def test_a_point_whose_vendor_cannot_be_read_is_not_sent_on_old_knowledge(
    there: Connection,
) -> None:
    how = settings(there)
    (point,) = planned(SUSPEND, target(USER), how).points()
    with pytest.raises(Unreachable):
        replan(point, target(USER), how, transports={there.name: Gone()})


def test_a_point_that_a_guard_holds_back_since_is_not_sent(there: Connection, okta: Okta) -> None:
    how = settings(there)
    (point,) = planned(SUSPEND, target("okta.user:00u2root"), how).points()
    okta.state["users"]["00u3spare"]["status"] = "DEPROVISIONED"
    with pytest.raises(Guarded):
        replan(point, target("okta.user:00u2root"), how)


def test_a_point_of_a_connection_that_is_gone_is_not_sent(there: Connection) -> None:
    (point,) = planned(SUSPEND, target(USER), settings(there)).points()
    with pytest.raises(ResponseError, match="is gone since this was planned"):
        replan(point, target(USER), settings())


# Who is asked ----------------------------------------------------------------------------


def test_tenants_and_what_a_connection_serves_are_walls() -> None:
    other = offline("theirs", "okta", tenants=("globex",))
    mine = offline("mine", "okta", tenants=("acme",), serves=("okta.app:*",))
    how = settings(other, mine)
    plan = planned(SUSPEND, target(USER, APP), how, transports={n: Gone() for n in how.connections})
    assert [(p.connection, p.step.point) for p in plan.points()] == [("mine", APP)]
    assert plan.facts["not_covered"] == [USER]


def test_an_account_that_nothing_here_can_stop_is_named() -> None:
    plan = made_of(
        "  - {id: halt, verb: disable_identity, description: Off.}\n",
        USER, "ldap.user:cn=bot", "github.user:bot",
    )  # fmt: skip
    listed = [note for note in plan.notes if note.startswith("NOT COVERED")]
    assert listed == [
        "NOT COVERED: ldap.user:cn=bot: no vendor here acts on ldap.user",
        "NOT COVERED: github.user:bot: no connection to github is configured for it",
    ]
    assert plan.facts["not_covered"] == ["ldap.user:cn=bot", "github.user:bot"]


def test_accounts_beyond_what_is_looked_at_are_not_left_out_in_silence() -> None:
    many = [f"okta.user:00u{number}person" for number in range(100)]
    plan = made_of("  - {id: halt, verb: disable_identity, description: x}\n", *many)
    assert "NOT COVERED: of its accounts only the first 100 are looked at" in plan.notes


def test_a_step_that_finds_nothing_says_why() -> None:
    plan = made_of(
        "  - {id: a, verb: isolate_host, description: x}\n"
        "  - {id: b, verb: block_egress, description: x}\n"
        "  - {id: c, verb: disable_identity, about: okta.ai_agent, description: x}\n",
        USER,
    )
    assert list(plan.points()) == []
    said = {note.partition(":")[0]: note for note in plan.notes}
    assert "no vendor here can isolate_host" in said["a"] or "names nothing" in said["a"]
    assert "the case names nothing that it could be done to" in said["b"]
    assert "the case names nothing" in said["c"]


def test_an_agent_is_called_as_each_of_its_runtimes_calls_it() -> None:
    how = settings(
        offline("gw-7", "openclaw", serves=("openclaw.agent:gw-7/*",)),
        offline("gw-8", "openclaw", serves=("openclaw.agent:gw-8/*",)),
    )
    whom = target("openclaw.agent:gw-7/main", "openclaw.agent:gw-8/scout")
    plan = planned(
        playbook("  - {id: a, verb: strip_tools, description: x}\n"),
        whom, how, transports={n: Gone() for n in how.connections},
    )  # fmt: skip
    named_there = {p.connection: p.step.point for p in plan.points()}
    assert named_there == {
        "gw-7": "openclaw.agent:main/tools",
        "gw-8": "openclaw.agent:scout/tools",
    }


def test_the_same_effect_at_the_same_place_is_planned_once() -> None:
    plan = made_of(
        "  - {id: a, verb: disable_identity, description: x}\n"
        "  - {id: b, action: okta.suspend_user, description: x}\n",
        USER,
    )
    assert list(points(plan)) == ["a"]
    assert any(note.startswith("b: a does it already") for note in plan.notes)


def test_a_plan_without_end_is_refused() -> None:
    how = settings(*(offline(f"ok-{number}", "okta") for number in range(60)))
    many = [f"okta.user:00u{number}person" for number in range(10)]
    with pytest.raises(Guarded, match="more than 500 steps"):
        planned(SUSPEND, target(*many), how, transports={n: Gone() for n in how.connections})


def test_a_playbook_that_is_switched_off_is_not_planned() -> None:
    with pytest.raises(Guarded, match="switched off"):
        made_of(
            "  - {id: a, verb: disable_identity, description: x}\n",
            USER, playbooks={"mine": "off"},
        )  # fmt: skip


# The tree --------------------------------------------------------------------------------

OFF = "{id: halt, verb: disable_identity, description: x}"
END = "{id: end, verb: revoke_credentials, about: okta.token, description: x}"
STRIP = "{id: strip, verb: strip_tools, description: x}"
ABORT = "{id: abort, action: openclaw.purge_memory, description: x}"
AGENT = "openclaw.agent:bot"
HELD = "okta.token:00T1abcdefGHIJKLmnop"


def test_connections_go_side_by_side_and_each_in_order() -> None:
    plan = made_of(f"  - {OFF}\n", USER, APP, "keycloak.client:acme/helper", mode=Mode.AUTO)
    assert outline(plan.root) == [
        {"halt": "halt", "halt@ok": ["halt.2", "halt.3"]},
    ]


def test_one_question_for_what_can_be_taken_back_and_one_before_what_cannot() -> None:
    plan = made_of(f"  - {OFF}\n  - {END}\n", USER, APP)
    assert outline(plan.root) == [["?1", "halt", "halt.2"], "?2", "end"]
    first, second = [node for node in walk(plan.root) if isinstance(node, Approval)]
    assert first.covers == ("halt", "halt.2")
    assert second.covers == ("end",)
    assert second.reason.startswith("This cannot be taken back: ")
    assert len(plan.irreversible) == 1
    assert plan.mode == "approve"


def test_in_auto_nobody_is_asked_unless_the_step_or_the_business_says_so() -> None:
    steps = f"  - {OFF}\n  - {END}\n"
    assert outline(made_of(steps, APP, mode=Mode.AUTO).root) == ["halt", "end"]
    asks = steps.replace("about: okta.token,", "about: okta.token, needs_approval: true,")
    assert outline(made_of(asks, APP, mode=Mode.AUTO).root) == ["halt", "?2", "end"]
    held = made_of(steps, APP, mode=Mode.AUTO, critical=("bot",))
    assert outline(held.root) == ["?1", "halt", "?2", "end"]
    assert held.mode == "approve"


def test_a_class_that_is_only_observed_is_left_out_and_said() -> None:
    modes = {Reversibility.IRREVERSIBLE: Mode.OBSERVE}
    plan = made_of(f"  - {OFF}\n  - {END}\n", APP, mode=Mode.AUTO, modes=modes)
    assert outline(plan.root) == ["halt"]
    assert any(n.startswith("Only observed here, left out: end") for n in plan.notes)
    assert plan.mode == "auto"


def test_in_observe_everything_is_planned_and_nobody_is_asked() -> None:
    plan = made_of(f"  - {OFF}\n  - {END}\n", APP, mode=Mode.OBSERVE)
    assert outline(plan.root) == ["halt", "end"]
    assert plan.mode == "observe"


def test_a_lane_that_cannot_be_undone_holds_up_only_itself() -> None:
    steps = f"  - parallel:\n      - [{STRIP}, {ABORT}]\n      - {OFF}\n"
    plan = made_of(steps, AGENT, APP)
    assert outline(plan.root) == ["?1", {"lane.1": ["strip", "?2", "abort"], "halt": "halt"}]


def test_a_way_that_may_not_be_taken_asks_for_itself() -> None:
    steps = f"  - {OFF}\n  - if: {{step: halt, is: failed}}\n    then: [{END}]\n  - {STRIP}\n"
    plan = made_of(steps, APP, AGENT, mode=Mode.AUTO)
    assert outline(plan.root) == ["halt", {("failed",): ["end"], "else": None}, "strip"]
    asked = made_of(steps.replace("okta.token,", "okta.token, needs_approval: true,"), APP, AGENT,
                    mode=Mode.AUTO)  # fmt: skip
    assert outline(asked.root) == ["halt", {("failed",): ["?2", "end"], "else": None}, "strip"]


def test_the_playbooks_own_question_covers_what_follows_in_its_list() -> None:
    steps = f"  - {STRIP}\n  - approval: {{needs: 1, reason: Shall we?}}\n  - {END}\n"
    plan = made_of(steps, APP, AGENT, mode=Mode.AUTO)
    assert outline(plan.root) == ["strip", "?1", "end"]
    asked = made_of(steps, APP, AGENT)
    assert outline(asked.root) == ["?1", "strip", "?2", "end"]
    (question,) = [
        n for n in walk(asked.root) if isinstance(n, Approval) and "Shall we?" in n.reason
    ]
    assert "This cannot be taken back" in question.reason
    assert question.covers == ("end",)


def test_what_the_case_says_is_decided_before_it_runs() -> None:
    steps = f"  - if: {{severity: critical}}\n    then: [{END}]\n    else: [{OFF}]\n"
    assert outline(made_of(steps, APP, mode=Mode.AUTO).root) == [["halt"]]
    worse = {**FACTS, "severity": "critical"}
    assert outline(made_of(steps, APP, mode=Mode.AUTO, facts=worse).root) == [["end"]]


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("{has: okta.app}", True),
        ("{has: okta.*}", True),
        ("{has: [keycloak.client, runtime]}", False),
        ("{has: identities}", True),
        ("{has: indicators}", False),
        ("{verdict: influenced}", True),
        ("{verdict: [intended, unknown]}", False),
        ("{rules: [r1, r2]}", True),
        ("{rules: [r2]}", False),
        ("{severity: [low, high]}", True),
        ("{severity: high, rules: [r2]}", False),
    ],
)
def test_every_condition_on_the_case_must_hold(when: str, holds: bool) -> None:
    plan = made_of(f"  - if: {when}\n    then: [{OFF}]\n", APP, mode=Mode.AUTO)
    assert bool(list(plan.points())) is holds


def test_a_step_without_points_ends_in_no_state_so_the_other_way_is_taken() -> None:
    branch = f"if: {{step: strip, is: verified}}\n    then: [{END}]\n    else: [{OFF}]\n"
    steps = f"  - {STRIP}\n  - {branch}"
    assert outline(made_of(steps, APP, mode=Mode.AUTO).root) == [["halt"]]


def test_a_wait_for_nothing_is_left_out() -> None:
    steps = f"  - {OFF}\n  - wait: 5m\n  - {STRIP}\n"
    assert outline(made_of(steps, APP, AGENT, mode=Mode.AUTO).root) == ["halt", 300.0, "strip"]
    assert outline(made_of(steps, APP, mode=Mode.AUTO).root) == ["halt"]


def test_steps_of_an_inner_playbook_carry_its_name() -> None:
    how = settings(offline("gw", "openclaw"), mode=Mode.AUTO)
    plan = planned(
        named(playbooks(), "hold-for-approval"),
        target(AGENT, sessions=("agent:bot:main",)),
        how,
        transports={"gw": Gone()},
    )
    ids = [point.id for point in plan.points()]
    assert ids[0] == "hold-tools"
    assert "quarantine-agent/stop-run" in ids


# What is said and kept -------------------------------------------------------------------


def test_what_stops_working_is_said_and_is_part_of_what_is_approved() -> None:
    facts = {**FACTS, "stops": ["The agent other hands work to it"]}
    plan = made_of(f"  - {STRIP}\n", AGENT, facts=facts)
    assert "The agent other hands work to it" in plan.notes
    assert plan.facts["stops"] == ["The agent other hands work to it"]  # which of the notes say it
    assert made_of(f"  - {STRIP}\n", AGENT).hash != plan.hash


def test_the_case_is_for_the_record_and_not_part_of_the_hash() -> None:
    plan = made_of(f"  - {STRIP}\n", AGENT)
    assert replace(plan, cases=("c1", "c2")).hash == plan.hash


def test_a_worker_reads_the_target_from_the_plan_as_the_ledger_keeps_it() -> None:
    plan = made_of(f"  - {OFF}\n", USER, APP)
    kept = plan_of(json.loads(json.dumps(plan_data(plan))))
    assert kept == plan
    assert target_from(kept.facts["target"]).accounts == (USER, APP)
    assert kept.facts["accounts"] == [USER, APP]


def test_ten_connections_are_read_in_the_time_of_one(tmp_path: Path) -> None:
    names = [f"ok-{number}" for number in range(10)]
    all_asked = threading.Barrier(len(names))

    class Slow:
        def send(self, request: Any) -> Any:
            all_asked.wait(60)  # nobody is answered before everybody was asked
            raise Unreachable("slow, and then nothing")

    how = settings(*(offline(name, "okta") for name in names))
    plan = planned(SUSPEND, target(USER), how, transports={name: Slow() for name in names})
    assert len(list(plan.points())) == 10
    assert not all_asked.broken
