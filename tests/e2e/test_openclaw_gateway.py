"""Against a real OpenClaw gateway: real state is read, a quarantine planned, nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from agentwarrant.errors import ObserveOnly, Refused, ResponseError
from agentwarrant.respond.action import Target
from agentwarrant.respond.transport import Effect, ObserveTransport, Request
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.secretrefs import Secret

from .openclaw_server import OWNER as KEY
from .openclaw_server import Runtime, running

pytestmark = pytest.mark.e2e

TARGET = Target("main", (KEY,), ("telegram",))
CHANGING = ("strip_tools", "disable_schedules", "stop_heartbeat", "cut_channels")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with running(tmp_path_factory.mktemp("openclaw")) as found:
        yield found


@pytest.fixture(scope="module")
def gateway(runtime: Runtime) -> Iterator[ObserveTransport]:
    with vendors()["openclaw"].observe(runtime.connection()) as transport:
        yield transport


def config(transport: ObserveTransport) -> Any:
    return transport.send(Request("config.get", {}, Effect.READ, "test"))


def test_a_quarantine_is_planned_from_real_state_and_changes_nothing(
    gateway: ObserveTransport,
) -> None:
    before = config(gateway)
    made = {
        name: action.plan(TARGET, gateway)
        for name, action in actions().items()
        if action.vendor == "openclaw" and not action.kinds
    }
    after = config(gateway)
    (strip,) = made["openclaw.strip_tools"].steps
    (cut,) = made["openclaw.cut_channels"].steps
    assert "not read" not in repr(made)
    assert strip.undo[0].params["replacePaths"] == ["agents.entries.main.tools.deny"]
    assert cut.changes == "channels.telegram.enabled: true becomes false"
    assert after["hash"] == before["hash"]
    assert after["appliedConfigHash"] == before["appliedConfigHash"]


@pytest.mark.parametrize("verb", CHANGING)
def test_no_change_of_a_real_plan_leaves(gateway: ObserveTransport, verb: str) -> None:
    action = actions()[f"openclaw.{verb}"]
    before = config(gateway)["hash"]
    for step in action.plan(TARGET, gateway).steps:
        with pytest.raises(ObserveOnly):
            action.execute(step, gateway)
        for number in range(len(step.undo)):
            with pytest.raises(ObserveOnly):
                action.compensate(step, number, gateway)
        assert not action.verify(step, gateway)
    assert config(gateway)["hash"] == before


def test_an_agent_that_the_gateway_does_not_have_is_not_planned_for(
    gateway: ObserveTransport,
) -> None:
    with pytest.raises(ResponseError, match="no agent ghost"):
        actions()["openclaw.strip_tools"].plan(Target("ghost"), gateway)


def test_the_gateway_itself_refuses_a_change_over_our_connection(
    runtime: Runtime, gateway: ObserveTransport
) -> None:
    """The second wall: what passes by the first meets a connection that may only read."""
    before = config(gateway)["hash"]
    (step,) = actions()["openclaw.strip_tools"].plan(TARGET, gateway).steps
    params = {**step.request.params, "baseHash": before}
    with vendors()["openclaw"].connect(runtime.connection()) as bare:
        for request in (
            Request("config.patch", params, Effect.CHANGE, "test"),
            Request("sessions.abort", {"key": KEY}, Effect.CHANGE, "test"),
        ):
            with pytest.raises(Refused, match="MISSING_SCOPE"):
                bare.send(request)
    assert config(gateway)["hash"] == before


def test_a_wrong_token_is_refused(runtime: Runtime) -> None:
    (runtime.data / "wrong.secret").write_text("wrong")
    wrong = {"token": Secret("file:wrong.secret", runtime.data)}
    with (
        pytest.raises(Refused, match="AUTH_TOKEN_MISMATCH"),
        vendors()["openclaw"].observe(replace(runtime.connection(), secrets=wrong)),
    ):
        pytest.fail("connected")
