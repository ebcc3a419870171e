"""One agent's identities at three systems, stopped and released by playbooks and the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.simulators import contextforge, keycloak, vault
from tests.simulators.base import connection_to

from agentwarrant.respond.action import Target
from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.execution.worker import Worker
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.planning.planner import plan_run
from agentwarrant.respond.planning.playbook import named, playbooks
from agentwarrant.respond.planning.replanning import replanner
from agentwarrant.respond.settings import Mode, Policy, Settings

BOT = keycloak._id("bot-7")


class World:
    """Three systems, the agent's tokens in them, and a ledger."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.sso, self.bao = keycloak.Keycloak(), vault.Vault()
        self.gateway = contextforge.ContextForge()
        self.token = self.sso.issue(keycloak.AGENT)
        self.sso.state["tokens"][self.token]["iat"] -= 5  # issued a while ago
        self.leaked, self.accessor = self.bao.issue()
        self.settings = Settings(
            folder=folder, connections=self._connections(), usual=Policy(mode=Mode.AUTO)
        )
        self.ledger = Ledger.open(f"sqlite:///{folder / 'respond.db'}", b"key")
        self.target = Target(
            "agent-7",
            accounts=(
                f"keycloak.client:agents/{keycloak.AGENT}",
                f"keycloak.user:agents/{BOT}",
                f"vault.token:{self.accessor}",
                "vault.role:approle/agent-7",
                f"contextforge.server:{contextforge.SERVER}",
            ),
            tools=("upstream-wipe",),
            tenant="acme",
        )

    def _connections(self) -> dict[str, Any]:
        sso = {
            "client_secret": f"secret-of-{keycloak.OWN}",
            "agent_secret": f"secret-of-{keycloak.AGENT}",
            "introspect_secret": f"secret-of-{keycloak.API}",
            "agent_token": self.token,
        }
        bao = {
            "token": vault.OWN,
            "agent_token": self.leaked,
            "agent_role_id": vault.ROLE_ID,
            "agent_secret_id": vault.SECRET_ID,
        }
        mcp = {"token": contextforge.ADMIN, "agent_token": contextforge.AGENT}
        self.secrets = {*sso.values(), *bao.values(), *mcp.values()}
        own = {"realm": "agents", "client_id": keycloak.OWN, "agent_client": keycloak.AGENT}
        own["introspect_client"] = keycloak.API
        agent = {"agent_entity": vault.ENTITY, "agent_role": "approle/agent-7"}
        return {
            name: replace(self._to(simulator, vendor, name, secrets, options), name=name)
            for name, simulator, vendor, secrets, options in (
                ("sso", self.sso, "keycloak", sso, own),
                ("bao", self.bao, "vault", bao, agent),
                ("mcp", self.gateway, "contextforge", mcp, {"agent_server": contextforge.SERVER}),
            )
        }

    def _to(self, simulator: Any, vendor: str, name: str, secrets: Any, options: Any) -> Any:
        place = self.folder / name
        place.mkdir()
        url = self.stack.enter_context(simulator.running())
        return connection_to(url, vendor, place, secrets, **options)

    def run(self, playbook: str) -> str:
        made = plan_run(
            named(playbooks(), playbook),
            self.target,
            cases=("c1",),
            facts={},
            settings=self.settings,
        )
        run = self.ledger.enter(made, actor="kim")
        self.work()
        return run

    def work(self) -> None:
        again = replanner(self.settings)
        guards = Guards(self.settings)
        Worker(self.ledger, self.settings, guards, replan=again).work(until_idle=True)

    def release(self, run: str) -> None:
        release(self.ledger, run, actor="kim")
        self.work()

    def states(self, run: str) -> dict[str, PointState]:
        return {row.point: row.state for row in self.ledger.points(run)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        made = World(tmp_path, stack)
        yield made
        made.ledger.close()


def test_a_quarantine_stops_all_identities_and_its_release_revives_no_token(world: World) -> None:
    run = world.run("quarantine-agent")
    row = world.ledger.run(run)
    assert row.state is RunState.CONTAINED, row.reason
    assert set(world.states(run).values()) == {PointState.VERIFIED}
    assert not world.sso.is_live(world.token)
    assert not world.bao.works(world.leaked)
    world.release(run)
    row = world.ledger.run(run)
    assert row.state is RunState.RELEASED, row.reason
    assert world.sso.named(keycloak.AGENT)["enabled"]
    assert world.sso.state["users"][BOT]["enabled"]
    assert not world.bao.state["entities"][vault.ENTITY]["disabled"]
    assert not world.sso.is_live(world.token)
    assert not world.bao.works(world.leaked)
    assert world.bao.works(world.bao.issue()[0])


def test_a_switch_that_does_nothing_ends_the_run_as_not_contained(world: World) -> None:
    run = world.run("disable-tool-or-server")
    assert world.ledger.run(run).state is RunState.NOT_CONTAINED
    assert sorted(world.states(run).values()) == ["applied_unverified", "verified"]
    world.release(run)
    assert world.gateway.sees() == ["upstream-add", "upstream-wipe"]


def test_no_secret_reaches_the_ledger(world: World) -> None:
    run = world.run("quarantine-agent")
    world.release(run)
    assert world.ledger.run(run).state is RunState.RELEASED
    kept = b"".join(file.read_bytes() for file in world.folder.glob("respond.db*"))
    assert b"agent-7" in kept
    assert not [one for one in world.secrets if one.encode() in kept]
