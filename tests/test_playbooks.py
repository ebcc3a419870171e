"""The sweep over every playbook and every vendor's action: each keeps the contract."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agentwarrant import content, schema
from agentwarrant.errors import ObserveOnly, ResponseError, Unreachable
from agentwarrant.respond.action import TOUCHES_NOBODY, Action, Plan, Reversibility, Target, Verb
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.http import matches
from agentwarrant.respond.people.coverage import covering
from agentwarrant.respond.planning import verbtable
from agentwarrant.respond.planning.compiled import Compiler
from agentwarrant.respond.planning.parts import PlaybookStep
from agentwarrant.respond.planning.planner import plan_run
from agentwarrant.respond.planning.playbook import Playbook, load_playbooks, named, playbooks
from agentwarrant.respond.runplan import RunPlan, canonical, plan_data, plan_of, walk
from agentwarrant.respond.settings import Mode, Policy, Settings
from agentwarrant.respond.transport import Effect, ObserveTransport, Permit, Request
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.respond.written import step_of, written
from agentwarrant.warrant.registry import Registry

ROOT = Path(__file__).parents[1]
FACETS = ("domain", "address", "url", "tool", "server", "host")

each_action = pytest.mark.parametrize("action", actions().values(), ids=actions())
each_playbook = pytest.mark.parametrize("playbook", playbooks(), ids=lambda p: p.name)


class Wire:
    """Answers nothing and remembers what arrived."""

    def __init__(self) -> None:
        self.arrived: list[Request] = []

    def send(self, request: Request) -> Any:
        self.arrived.append(request)


def target(action: Action) -> Target:
    """Names of the shape that the sources give, and what the vendor's file says that it takes."""
    vendor = vendors()[action.vendor]
    named = [ref.partition(":") for ref in vendor.examples]
    facets = {f: tuple(rest for kind, _, rest in named if kind == f) for f in FACETS}
    return Target(
        "agent-1",
        ("agent:agent-1:cron:job-1", "agent:agent-1:main"),
        ("telegram",),
        accounts=tuple(ref for ref in vendor.examples if ref.partition(":")[0] not in FACETS),
        hosts=facets["host"],
        domains=facets["domain"],
        addresses=facets["address"],
        urls=facets["url"],
        tools=facets["tool"],
        servers=facets["server"],
        tenant="acme",
        case="case-1",
        title="An agent was talked into something",
        severity="high",
        summary="It read a secret and sent it away.",
    )


@cache
def planned(action: Action) -> Plan:
    return action.plan(target(action))


def only_reads(request: Request, vendor: str) -> bool:
    return vendors()[vendor].only_reads(request)


# Playbooks -------------------------------------------------------------------------------


def test_every_file_is_valid_and_named_after_its_playbook() -> None:
    files = list(content.shipped("playbooks"))
    assert files
    for name, file in files:
        (document,), faults = content.load_file(file, name)
        assert faults + schema.validate_document("playbook", document) == []
        assert document.data["name"] == name.rpartition("/")[2].removesuffix(".yml")


def test_ids_and_names_are_unique() -> None:
    for key in ("id", "name"):
        found = [getattr(playbook, key) for playbook in playbooks()]
        assert len(found) == len(set(found))


@each_playbook
def test_a_playbook_observes(playbook: Playbook) -> None:
    assert playbook.mode == "observe"


def of_everything(mode: Mode) -> tuple[Settings, Target]:
    """A connection to every vendor, and an agent that has an account of every kind."""
    settings = Settings(
        Path("unused"),
        connections={name: Connection(name, name, "https://vendor.example") for name in vendors()},
        usual=Policy(mode=mode),
    )
    examples = [ref for vendor in vendors().values() for ref in vendor.examples]
    runtimes = [f"{source}.agent:agent-1" for v in vendors().values() for source in v.sources]
    accounts = [ref for ref in examples if ref.partition(":")[0] not in FACETS]
    found = {f: [r.partition(":")[2] for r in examples if r.startswith(f"{f}:")] for f in FACETS}
    made = replace(target(next(iter(actions().values()))), accounts=(*accounts, *runtimes))
    return settings, replace(
        made,
        hosts=tuple(found["host"]),
        domains=tuple(found["domain"]),
        addresses=tuple(found["address"]),
        urls=tuple(found["url"]),
        tools=tuple(found["tool"]),
        servers=tuple(found["server"]),
    )


class Gone:
    """A vendor that cannot be asked: plans are made of the case alone."""

    def send(self, request: Request) -> Any:
        raise Unreachable("it cannot be asked")


@cache
def run_of(playbook: str, mode: Mode) -> RunPlan:
    settings, whom = of_everything(mode)
    return plan_run(
        named(playbooks(), playbook),
        whom,
        cases=["case-1"],
        facts={"severity": "high", "verdicts": ["influenced"]},
        settings=settings,
        transports={name: Gone() for name in vendors()},
        guards=Guards(settings, Registry()),
    )


@each_playbook
def test_a_playbook_says_what_it_is_for_and_each_step_what_it_does(playbook: Playbook) -> None:
    assert len(playbook.description) > 80
    for part in playbook.parts():
        if isinstance(part, PlaybookStep):
            assert part.description.endswith((".", "?"))


@each_playbook
@pytest.mark.parametrize("mode", list(Mode))
def test_what_cannot_be_taken_back_is_said_and_waits_for_people(
    playbook: Playbook, mode: Mode
) -> None:
    plan = run_of(playbook.name, mode)
    final = [p for p in plan.points() if p.reversibility is Reversibility.IRREVERSIBLE]
    touching = [p for p in final if p.verb not in TOUCHES_NOBODY]
    assert len(plan.irreversible) == len(touching)
    if mode is Mode.APPROVE:
        covered = covering(canonical(plan_data(plan)).decode())
        assert all(covered.get(point.id) for point in touching)


@each_playbook
def test_secrets_are_revoked_only_by_people_whatever_the_mode(playbook: Playbook) -> None:
    plan = run_of(playbook.name, Mode.AUTO)
    covered = covering(canonical(plan_data(plan)).decode())
    for point in plan.points():
        if point.verb in (Verb.REVOKE_CREDENTIALS, Verb.PURGE_MEMORY, Verb.KILL):
            assert covered.get(point.id), point.id


@each_playbook
def test_nothing_is_destroyed_before_evidence_is_asked_for(playbook: Playbook) -> None:
    known = playbooks()
    asked = list(Compiler(known, {}, Target("a")).asked(playbook).values())
    verbs = [step.verb for step in asked]
    for verb in ("revoke_credentials", "purge_memory", "kill"):
        if verb in verbs:
            assert "snapshot" in verbs[: verbs.index(verb)]


@each_playbook
def test_the_same_state_gives_the_same_plan_and_nothing_is_lost_in_writing(
    playbook: Playbook,
) -> None:
    plan = run_of(playbook.name, Mode.APPROVE)
    run_of.cache_clear()
    assert run_of(playbook.name, Mode.APPROVE).hash == plan.hash
    assert plan_of(json.loads(json.dumps(plan_data(plan)))) == plan


@each_playbook
def test_every_point_of_a_plan_has_an_id_of_its_own(playbook: Playbook) -> None:
    ids = [node.id for node in walk(run_of(playbook.name, Mode.APPROVE).root)]
    assert len(ids) == len(set(ids))
    assert all(len(one) <= 120 for one in ids)


def test_every_verb_is_asked_for_by_some_playbook_and_explained() -> None:
    asked = {
        part.verb for one in playbooks() for part in one.parts() if isinstance(part, PlaybookStep)
    }
    assert asked == {str(verb) for verb in Verb}
    assert set(verbtable.MEANINGS) == set(Verb)


def guide() -> str:
    path = ROOT / "docs/playbooks.md"
    if not path.is_file():
        pytest.skip("the tests run without a checkout beside them")
    return path.read_text(encoding="utf-8")


def test_the_table_of_verbs_is_what_the_vendors_can_do() -> None:
    text = guide()
    mend = "agentwarrant playbooks verbs --write docs/playbooks.md"
    assert verbtable.within(text) == text, mend


def test_the_example_of_the_guide_has_no_fault(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", guide(), re.DOTALL)
    (tmp_path / "contain-helper.yml").write_text(example)
    assert "contain-helper" in {one.name for one in load_playbooks([tmp_path])}


def test_the_guide_names_every_shipped_playbook() -> None:
    text = guide()
    assert [one.name for one in playbooks() if f"`{one.name}`" not in text] == []


# Actions ---------------------------------------------------------------------------------


def test_every_action_has_a_vendor_and_every_vendor_an_action() -> None:
    assert {action.vendor for action in actions().values()} == set(vendors())


@each_action
def test_an_action_says_what_the_contract_asks(action: Action) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", action.id)
    assert action.title
    assert action.method
    assert action.__doc__
    assert action.required_permissions
    assert action.propagation_seconds > 0
    assert isinstance(action.verb, Verb)
    assert isinstance(action.reversibility, Reversibility)


@each_action
def test_the_place_where_its_facts_stand_exists(action: Action) -> None:
    assert action.doc.startswith("https://") or (ROOT / action.doc).is_file()


@each_action
def test_what_changes_anything_is_not_among_the_vendors_reads_and_probes(action: Action) -> None:
    for step in planned(action).steps:
        assert step.request.effect is Effect.CHANGE
        assert not only_reads(step.request, action.vendor)
        assert not vendors()[action.vendor].only_tries(step.request)


@each_action
def test_it_plans_from_a_case_alone_without_inventing_an_undo(action: Action) -> None:
    made = planned(action)
    assert made.action == action.id
    assert made.steps
    for step in made.steps:
        assert matches(frozenset(action.method.split(" or ")), step.request)
        assert step.title
        assert step.changes
        assert only_reads(step.verify.request, action.vendor)
        assert all(vendors()[action.vendor].only_tries(one.request) for one in step.probes)
        assert step.undo == ()
        assert step.pre_state == {}


@each_action
def test_its_steps_are_written_and_read_back_without_loss(action: Action) -> None:
    for step in planned(action).steps:
        assert step_of(json.loads(json.dumps(written(step)))) == step


@each_action
def test_observe_mode_sends_none_of_its_changes(action: Action) -> None:
    for step in planned(action).steps:
        wire = Wire()
        transport = ObserveTransport(wire, vendors()[action.vendor].only_reads)
        with pytest.raises(ObserveOnly):
            action.execute(step, transport)
        assert all(only_reads(request, action.vendor) for request in wire.arrived)


@each_action
def test_it_sends_no_change_without_a_permit_for_that_very_request(action: Action) -> None:
    for step in planned(action).steps:
        for permit in (None, Permit("1", "of another request")):
            wire = Wire()
            with pytest.raises(ResponseError):
                action.execute(step, vendors()[action.vendor].permitted(wire, permit))
            assert all(only_reads(request, action.vendor) for request in wire.arrived)


@each_action
def test_planning_twice_gives_the_same_plan(action: Action) -> None:
    assert action.plan(target(action)) == planned(action)
