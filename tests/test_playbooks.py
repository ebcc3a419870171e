"""The sweep over every playbook and every vendor's action: each keeps the contract."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agentwarrant import content, schema
from agentwarrant.errors import ObserveOnly, ResponseError
from agentwarrant.respond.action import Action, Plan, Reversibility, Target, Verb
from agentwarrant.respond.http import matches
from agentwarrant.respond.playbook import Playbook, playbooks
from agentwarrant.respond.transport import Effect, ObserveTransport, Permit, Request
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.respond.written import step_of, written

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


@each_playbook
def test_an_action_that_cannot_be_taken_back_needs_a_person(playbook: Playbook) -> None:
    for step in playbook.steps:
        if actions()[step.action].reversibility is Reversibility.IRREVERSIBLE:
            assert step.needs_approval, step.id


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
        assert matches(frozenset({action.method}), step.request)
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
