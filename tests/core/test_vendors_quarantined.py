"""One agent with accounts at three vendors, quarantined and released by the shipped playbook.

Planner, guards, ledger and worker are the real ones; the vendors are stand-ins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.simulators import entra as entra_world
from tests.simulators.base import connection_to
from tests.simulators.entra import Entra
from tests.simulators.github import LEAKED, OURS, GitHub
from tests.simulators.okta import API_TOKEN, Okta

from agentwarrant.respond.action import Target
from agentwarrant.respond.execution.means import Pace
from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.execution.worker import Worker
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.planning.planner import plan_run, replanner
from agentwarrant.respond.planning.playbook import playbooks
from agentwarrant.respond.settings import Mode, Policy, Settings

FAST = Pace(first_retry=0.05, longest_retry=0.2, undo=2.0, patience=10.0)
TARGET = Target(
    "bot",
    accounts=(
        "okta.user_login:bot@acme.example",
        "okta.app:0oa1bot",
        "okta.ai_agent:wlp1bot",
        f"entra.agent_identity:{entra_world.AGENT}",
        f"entra.app:{entra_world.CLIENT}",
        f"entra.user:{entra_world.USER}",
        "github.user:acme-bot",
        "github.user:responder",
    ),
    tenant="acme",
    case="case-1",
    title="An agent was talked into something",
    severity="critical",
)


class World:
    """The vendors, and a worker that knows them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.okta, self.entra, self.github = Okta(), Entra(), GitHub()
        urls = {
            one: stack.enter_context(simulator.running())
            for one, simulator in (
                ("okta", self.okta),
                ("entra", self.entra),
                ("github", self.github),
            )
        }
        made = {
            "okta": connection_to(
                urls["okta"], "okta", _new(folder / "okta"), {"token": API_TOKEN}
            ),
            "entra": connection_to(
                urls["entra"],
                "entra",
                _new(folder / "entra"),
                {"client_secret": entra_world.SECRET},
                tenant_id=entra_world.TENANT,
                client_id=entra_world.OURS,
                login_url=urls["entra"],
            ),
            "github": connection_to(
                urls["github"],
                "github",
                _new(folder / "github"),
                {"token": OURS, "leaked_token": LEAKED},
                organization="acme",
                repositories=["acme/helper"],
            ),
        }
        connections = {
            f"our-{name}": replace(one, name=f"our-{name}") for name, one in made.items()
        }
        self.settings = Settings(
            folder=folder, connections=connections, usual=Policy(mode=Mode.AUTO, release_after=0.0)
        )
        self.ledger = stack.enter_context(Ledger.open(f"sqlite:///{folder / 'ledger.db'}"))
        self.guards = Guards(self.settings)

    def plan(self, playbook: str = "quarantine-agent") -> Any:
        (found,) = [one for one in playbooks() if one.name == playbook]
        facts = {"severity": "critical"}
        return plan_run(
            found,
            TARGET,
            cases=["case-1"],
            facts=facts,
            settings=self.settings,
            guards=self.guards,
        )

    def work(self) -> None:
        again = replanner(self.settings)
        Worker(self.ledger, self.settings, self.guards, replan=again, pace=FAST).work(
            until_idle=True
        )


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(tmp_path, stack)


def test_an_agent_is_quarantined_at_three_vendors_and_released(world: World) -> None:
    plan = world.plan()
    run = world.ledger.enter(plan, actor="rule")
    world.work()
    points = world.ledger.points(run)
    assert {p.state for p in points} == {PointState.VERIFIED}, [
        (p.point, p.state, p.detail) for p in points
    ]
    assert world.okta.state["users"]["00u1agent"]["status"] == "SUSPENDED"
    assert world.okta.state["users"]["00u1agent"]["sessions"] == 0
    assert world.okta.state["apps"]["0oa1bot"]["status"] == "INACTIVE"
    assert world.okta.state["agents"]["wlp1bot"] == "INACTIVE"
    principals = world.entra.state["principals"]
    assert not principals[entra_world.AGENT]["accountEnabled"]
    assert not principals[entra_world.PRINCIPAL]["accountEnabled"]
    assert "acme-bot" not in world.github.state["members"]

    assert "a guard forbids it" in " ".join(plan.notes)
    assert "responder" in world.github.state["members"], "ourselves"
    for secret in (API_TOKEN, entra_world.SECRET, OURS, LEAKED):
        assert secret not in repr(plan) + repr(points)

    release(world.ledger, run, actor="ann", reason="it was a test")
    world.work()
    assert world.ledger.run(run).state is RunState.RELEASED, [
        (p.point, p.state, p.detail) for p in world.ledger.points(run)
    ]
    assert world.okta.state["users"]["00u1agent"]["status"] == "ACTIVE"
    assert world.okta.state["apps"]["0oa1bot"]["status"] == "ACTIVE"
    assert world.okta.state["agents"]["wlp1bot"] == "ACTIVE"
    assert principals[entra_world.AGENT]["accountEnabled"]
    assert world.github.state["members"]["acme-bot"] == "member"


def test_whatever_goes_wrong_on_the_way_nothing_is_done_twice(world: World) -> None:
    world.okta.hang_up(1, on="DELETE /api/v1/users/{}/sessions")
    world.okta.stumble(1, on="POST /api/v1/users/{}/lifecycle/suspend")
    world.okta.busy(1, retry_after=0.1, on="POST /api/v1/apps/{}/lifecycle/deactivate")
    world.okta.polls = world.entra.polls = 3
    world.entra.lag = 3
    world.entra.hang_up(1)
    world.github.hang_up(1)
    run = world.ledger.enter(world.plan(), actor="rule")
    world.work()
    points = world.ledger.points(run)
    assert {p.state for p in points} == {PointState.VERIFIED}, [
        (p.point, p.state, p.detail) for p in points
    ]
    assert world.okta.did("DELETE /api/v1/users/{}/sessions") == 1
    assert world.okta.did("POST /api/v1/users/{}/lifecycle/suspend") == 1
    assert world.entra.did("POST /v1.0/users/{}/revokeSignInSessions") == 1
    assert world.github.did("DELETE /orgs/{}/memberships/{}") == 1


def test_secrets_are_rotated_in_order_and_revoking_waits_for_people(world: World) -> None:
    plan = world.plan("revoke-credentials")
    run = world.ledger.enter(plan, actor="rule")
    world.work()
    assert world.ledger.run(run).state is RunState.AWAITING
    states = {one["id"]: one["status"] for one in world.okta.state["apps"]["0oa1bot"]["secrets"]}
    assert states == {"ocs1": "INACTIVE", "ocs2": "ACTIVE"}
    assert world.okta.did("POST /api/v1/apps/{}/credentials/secrets") == 1
    app = world.entra.state["apps"][entra_world.APP]
    assert app["federated"] == {}
    assert len(app["passwordCredentials"]) == 2, "nobody has said yes yet"
    assert any("passwordCredentials" in one or "secret" in one for one in plan.irreversible)
