"""The sweep over every playbook and every vendor's action: each keeps the contract."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agentwarrant import content, schema
from agentwarrant.errors import ObserveOnly, ResponseError
from agentwarrant.respond.action import Action, Plan, Reversibility, Target
from agentwarrant.respond.playbook import Playbook, playbooks
from agentwarrant.respond.transport import ObserveTransport, Request
from agentwarrant.respond.vendor import actions, vendors

ROOT = Path(__file__).parents[1]
TARGET = Target("agent-1", ("agent:agent-1:cron:job-1", "agent:agent-1:main"), ("telegram",))
"""Names of the shape that the sources give; a vendor leaves out what is not its own."""

each_action = pytest.mark.parametrize("action", actions().values(), ids=actions())
each_playbook = pytest.mark.parametrize("playbook", playbooks(), ids=lambda p: p.name)


class Wire:
    """Answers nothing and remembers what arrived."""

    def __init__(self) -> None:
        self.arrived: list[str] = []

    def send(self, request: Request) -> Any:
        self.arrived.append(request.method)


@cache
def planned(action: Action) -> Plan:
    return action.plan(TARGET)


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
    assert isinstance(action.reversibility, Reversibility)


@each_action
def test_the_place_where_its_facts_stand_exists(action: Action) -> None:
    assert action.doc.startswith("https://") or (ROOT / action.doc).is_file()


@each_action
def test_what_changes_anything_is_not_on_the_vendors_list_of_reads(action: Action) -> None:
    assert action.method not in vendors()[action.vendor].reads


@each_action
def test_it_plans_from_a_case_alone_without_inventing_an_undo(action: Action) -> None:
    made = planned(action)
    assert made.action == action.id
    assert made.steps
    for step in made.steps:
        assert step.request.method == action.method
        assert step.title
        assert step.changes
        assert step.verify.request.method in vendors()[action.vendor].reads
        assert step.undo == ()
        assert step.pre_state == {}


@each_action
def test_observe_mode_sends_none_of_its_changes(action: Action) -> None:
    wire = Wire()
    reads = vendors()[action.vendor].reads
    transport = ObserveTransport(wire, reads)
    with pytest.raises(ObserveOnly):
        action.execute(planned(action), transport)
    assert set(wire.arrived) <= reads


@each_action
def test_it_executes_over_nothing_but_observe_mode(action: Action) -> None:
    wire = Wire()
    with pytest.raises(ResponseError):
        action.execute(planned(action), wire)  # type: ignore[arg-type]  # that is what is tested
    assert wire.arrived == []


@each_action
def test_planning_twice_gives_the_same_plan(action: Action) -> None:
    assert action.plan(TARGET) == planned(action)
