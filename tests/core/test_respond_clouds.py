"""One agent with identities at four vendors: one run stops it at all of them, another lets it go.

The shipped playbook, the real planner, guards, ledger and worker; the vendors are simulators.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("cryptography")
pytest.importorskip("sqlalchemy")
pytest.importorskip("openapi_core")  # for the simulators' contracts

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.simulators import anthropic, gcp
from tests.simulators.base import connection_to
from tests.simulators.kubernetes import Kubernetes

from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.execution.worker import Worker
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.planning.planner import plan_run
from agentwarrant.respond.planning.playbook import playbooks
from agentwarrant.respond.planning.replanning import replanner
from agentwarrant.respond.settings import Mode, Policy, Settings
from agentwarrant.warrant.registry import Registry

TARGET = Target(
    "helper",
    accounts=(
        "kubernetes.service_account:prod/agents/acme-helper",
        f"anthropic.deployment:{anthropic.DEPLOYMENT}",
        f"anthropic.session:{anthropic.SESSION}",
        f"gcp.service_account:{gcp.EMAIL}",
        f"google.user:{gcp.USER}",
        "claude_code.agent:claude-code:helper",
    ),
    tenant="acme",
    case="c1",
    severity="high",
)


class World:
    """The vendors, and what an installation says of them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        self.cluster, self.models = Kubernetes(), anthropic.Anthropic()
        self.google = gcp.Gcp(key.public_key())
        self.file = folder / "managed-settings.json"
        self.file.write_text('{"model": "x"}', encoding="utf-8")
        urls = [stack.enter_context(s.running()) for s in (self.cluster, self.models, self.google)]
        prod = {"cluster": "prod", "network_policies": True}
        people = {"client_email": gcp.OWN, "admin": gcp.ADMIN}
        cloud = {"private_key": pem.replace("\n", "")}
        made = [
            connection_to(urls[0], "kubernetes", folder, {"token": "responder"}, **prod),
            connection_to(urls[1], "anthropic", folder, anthropic.SECRETS),
            connection_to(urls[2], "gcp", folder, cloud, **people),
            Connection("laptop", "claude_code", options={"file": str(self.file)}),
        ]
        self.settings = Settings(
            folder=folder,
            connections={one.name: one for one in made},
            usual=replace(Policy(), mode=Mode.AUTO),
        )
        self.ledger = Ledger.open(f"sqlite:///{folder / 'respond.db'}", b"key")
        stack.callback(self.ledger.close)

    def work(self) -> None:
        guards = Guards(self.settings, Registry())
        again = replanner(self.settings)
        Worker(self.ledger, self.settings, guards, replan=again).work(until_idle=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(tmp_path, stack)


def test_an_agent_is_stopped_at_four_vendors_and_let_go_again(world: World) -> None:
    (playbook,) = (one for one in playbooks() if one.name == "quarantine-agent")
    plan = plan_run(
        playbook,
        TARGET,
        cases=["c1"],
        facts={"severity": "high", "first_event": "2026-11-29T10:00:00Z"},
        settings=world.settings,
        guards=Guards(world.settings, Registry()),
    )
    actions = {point.action for point in plan.points()}
    assert actions == {
        "anthropic.interrupt_session",
        "anthropic.pause_deployment",
        "claude_code.deny_tools_by_file",
        "gcp.deny_service_account",
        "gcp.disable_service_account",
        "gcp.sign_out_user",
        "gcp.suspend_user",
        "kubernetes.isolate_network",
        "kubernetes.quarantine_pods",
        "kubernetes.suspend_cronjobs",
    }
    before = [json.dumps(s.state, sort_keys=True) for s in (world.cluster, world.google)]
    run = world.ledger.enter(plan, actor="kim")
    world.work()
    points = {p.point: (p.state, p.detail) for p in world.ledger.points(run)}
    assert world.ledger.run(run).state is RunState.CONTAINED, points
    assert {state for state, _ in points.values()} == {PointState.VERIFIED}, points
    assert not world.cluster.reaches("helper-1")
    assert world.models.state["sessions"][anthropic.SESSION]["status"] == "idle"
    assert world.google.state["accounts"][gcp.EMAIL]["disabled"] is True
    assert "*" in json.loads(world.file.read_text(encoding="utf-8"))["permissions"]["deny"]
    release(world.ledger, run, actor="kim")
    world.work()
    points = {p.point: (p.state, p.detail) for p in world.ledger.points(run)}
    assert world.ledger.run(run).state is RunState.RELEASED, points
    assert world.cluster.reaches("helper-1")
    assert json.loads(world.file.read_text(encoding="utf-8")) == {"model": "x"}
    world.google.state["signed_in"] = True  # nobody can sign the user in again but the user
    after = [json.dumps(s.state, sort_keys=True) for s in (world.cluster, world.google)]
    assert after == before
