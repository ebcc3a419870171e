"""What is said of a plan before it is carried out: what a run of it would meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.respond_made import plan, point

from agentwarrant.respond.action import Verb
from agentwarrant.respond.guard import storms, switches
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.opening import known_ledger
from agentwarrant.respond.ledger.rows import run_of
from agentwarrant.respond.ledger.states import run_to
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.reporting.intake import Planning
from agentwarrant.respond.reporting.preview import Preview, preview
from agentwarrant.respond.runplan import Approval, RunPlan
from agentwarrant.respond.settings import Settings, settings_of
from agentwarrant.secretrefs import Secret
from agentwarrant.warrant.registry import Registry

PEOPLE = {
    "anna": {"key": "ed25519:AAAA", "accounts": ["okta.user:anna"]},
    "ben": {"key": "ed25519:AAAB", "accounts": ["okta.user:ben"], "tenants": ["umbrella"]},
    "kim": {"key": "ed25519:AAAC", "accounts": ["okta.user:kim"]},
}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'respond.db'}", b"key") as opened:
        yield opened


def made(*nodes: Any, **own: Any) -> RunPlan:
    found: RunPlan = plan(list(nodes) or [point("a")])
    return replace(found, **{"playbook": "quarantine-agent", "mode": "auto", **own})


def planning(folder: Path, **respond: Any) -> Planning:
    own = settings_of({"mode": "auto", "approvers": PEOPLE, **respond}, folder, folder)
    return Planning(own, Guards(own, Registry()))


def met(folder: Path, one: RunPlan, ledger: Ledger | None = None, **respond: Any) -> Preview:
    return preview(one, planning(folder, **respond), ledger)


def test_who_may_say_yes_is_named_and_whoever_set_it_off_is_not(tmp_path: Path) -> None:
    asked = Approval("ask", 1, 600)
    facts = {"trigger_authors": ["okta.user:kim"]}
    found = met(tmp_path, made(asked, point("a"), facts=facts))
    assert (found.needs, found.approvers) == (1, ("anna",))


def test_nobody_is_asked_in_observe(tmp_path: Path) -> None:
    assert met(tmp_path, made(Approval("ask", 2, 600), point("a"), mode="observe")).needs == 0


def test_an_agent_that_the_business_needs_waits_for_people_in_auto(tmp_path: Path) -> None:
    one = made()
    found = met(tmp_path, one, critical=[one.agent])
    assert found.cautions == (f"the business needs {one.agent}",)
    assert found.needs == 1
    quiet = made(point("keep", verb=Verb.SNAPSHOT))
    assert met(tmp_path, quiet, critical=[one.agent]).needs == 0


def test_a_guard_that_forbids_a_step_is_said(tmp_path: Path) -> None:
    (said,) = met(tmp_path, made()).forbidden
    assert said.startswith("a: no target is called")


def test_the_switches_that_are_on_are_said(tmp_path: Path, kept: Ledger) -> None:
    one = made()
    for name in switches.Name:
        with kept.transaction(one.tenant) as connection:
            switches.switch_on(connection, one.tenant, name, by="kim", reason="it runs wild")
    found = met(tmp_path, one, kept)
    assert "the emergency stop is on: it runs wild" in found.forbidden
    assert "the breaker is open: it runs wild" in found.cautions


def test_a_run_that_is_open_takes_the_case_and_is_named(tmp_path: Path, kept: Ledger) -> None:
    one = made()
    assert met(tmp_path, one, kept).open_run == ""
    run = storms.enter(kept, one, actor="test").run
    assert met(tmp_path, one, kept).open_run == run
    assert met(tmp_path, replace(one, mode="observe"), kept).open_run == ""


def test_what_a_release_takes_back_is_named_the_newest_first(tmp_path: Path, kept: Ledger) -> None:
    one = made()
    run = storms.enter(kept, one, actor="test").run
    back = replace(made(), playbook="release-agent", root=plan([]).root)
    assert met(tmp_path, back, kept).taken_back == ()
    for state in (RunState.RUNNING, RunState.NOT_CONTAINED):
        with kept.transaction(one.tenant) as connection:
            run_to(connection, run_of(connection, run), state, "test")
    assert [row.id for row in met(tmp_path, back, kept).taken_back] == [run]


def test_looking_makes_no_ledger(tmp_path: Path) -> None:
    own: Settings = planning(tmp_path / "none").settings
    assert known_ledger(own) is None
    assert not (tmp_path / "none").exists()
    with Ledger.open(own.ledger_url()):
        pass
    found = known_ledger(own)
    assert found is not None
    found.close()


def test_nor_does_looking_at_an_address(tmp_path: Path) -> None:
    (tmp_path / "address").write_text(f"sqlite:///{tmp_path / 'own.db'}")
    usual: Settings = planning(tmp_path / "none").settings
    own = replace(usual, ledger=Secret("file:address", tmp_path))
    assert known_ledger(own) is None
    assert not (tmp_path / "own.db").exists()
    with Ledger.open(own.ledger_url()):
        pass
    found = known_ledger(own)
    assert found is not None
    found.close()
