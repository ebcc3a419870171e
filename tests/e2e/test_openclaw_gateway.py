"""Against a real OpenClaw gateway: real state is read, a quarantine planned, nothing changed.

The gateway is started by a script that stands outside this repository; where it is missing, or
cannot install what it needs, the tests are skipped and say so.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.errors import ObserveOnly, Refused, ResponseError
from agentwarrant.event import Event
from agentwarrant.finding import Case, Finding
from agentwarrant.redact import Redactor
from agentwarrant.respond.action import Target
from agentwarrant.respond.plan import propose
from agentwarrant.respond.transport import Effect, ObserveTransport, Request
from agentwarrant.respond.vendor import actions, vendors

pytestmark = pytest.mark.e2e

START = Path(__file__).parents[2].parent / "shared/servers/openclaw/start.py"
PATIENCE = 300.0
KEY = "agent:main:telegram:direct:777000111"
TARGET = Target("main", (KEY,), ("telegram",))
CHANGING = ("strip_tools", "disable_schedules", "stop_heartbeat", "cut_channels")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    if not START.is_file():
        pytest.skip(f"no start script at ../{START.relative_to(Path(__file__).parents[3])}")
    folder = tmp_path_factory.mktemp("openclaw")
    process = subprocess.Popen(
        [sys.executable, START, "--data", folder], stdout=subprocess.PIPE, text=True
    )
    stop = threading.Timer(PATIENCE, process.terminate)  # so that readline ends
    stop.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        stop.cancel()
        if not line.startswith("READY "):
            pytest.skip(f"the gateway did not start: {process.wait(30)}")
        yield json.loads(line.removeprefix("READY "))
    finally:
        stop.cancel()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def gateway(server: dict[str, Any]) -> Iterator[ObserveTransport]:
    with vendors()["openclaw"].observe(server["ws"], server["token"]) as transport:
        yield transport


def config(transport: ObserveTransport) -> Any:
    return transport.send(Request("config.get", {}, Effect.READ, "test"))


def case() -> Case:
    event: Event = {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": "e1",
        "gen_ai.agent.id": "main",
        "warrant.session.key": KEY,
        "warrant.channel": "telegram",
    }
    found: Event = {
        **event,
        "rule.id": "r1",
        "warrant.finding.severity": "critical",
        "event.risk_score": 99.0,
    }
    return Case("c1", "t", "main", KEY, "openclaw", [Finding(found, (event,))], [event])


def test_the_quarantine_is_planned_from_real_state_and_changes_nothing(
    gateway: ObserveTransport,
) -> None:
    before = config(gateway)
    response = propose(case(), Redactor(b"key of this test"), {"openclaw": gateway})
    after = config(gateway)
    assert response is not None
    by_id = {step.id: step for step in response.steps}
    assert "not read" not in repr(response)
    assert '"replacePaths":["agents.entries.main.tools.deny"]' in by_id["strip-tools"].undo
    assert by_id["cut-channels"].changes == "channels.telegram.enabled: true becomes false"
    assert by_id["disable-schedules"].undo.startswith("cron.update")
    assert by_id["stop-heartbeat"].parameters
    assert after["hash"] == before["hash"]
    assert after["appliedConfigHash"] == before["appliedConfigHash"]


@pytest.mark.parametrize("verb", CHANGING)
def test_no_change_of_a_real_plan_leaves(gateway: ObserveTransport, verb: str) -> None:
    action = actions()[f"openclaw.{verb}"]
    before = config(gateway)["hash"]
    plan = action.plan(TARGET, gateway)
    with pytest.raises(ObserveOnly):
        action.execute(plan, gateway)
    with pytest.raises(ObserveOnly):
        action.compensate(plan, gateway)
    assert not any(action.verify(plan, gateway))
    assert config(gateway)["hash"] == before


def test_an_agent_that_the_gateway_does_not_have_is_not_planned_for(
    gateway: ObserveTransport,
) -> None:
    with pytest.raises(ResponseError, match="no agent ghost"):
        actions()["openclaw.strip_tools"].plan(Target("ghost"), gateway)


def test_the_gateway_itself_refuses_a_change_over_our_connection(
    server: dict[str, Any], gateway: ObserveTransport
) -> None:
    """The second wall: what passes by the first meets a connection that may only read."""
    before = config(gateway)["hash"]
    plan = actions()["openclaw.strip_tools"].plan(TARGET, gateway)
    params = {**plan.steps[0].request.params, "baseHash": before}
    with vendors()["openclaw"].connect(server["ws"], server["token"]) as bare:
        for request in (
            Request("config.patch", params, Effect.CHANGE, "test"),
            Request("sessions.abort", {"key": KEY}, Effect.CHANGE, "test"),
        ):
            with pytest.raises(Refused, match="MISSING_SCOPE"):
                bare.send(request)
    assert config(gateway)["hash"] == before


def test_a_wrong_token_is_refused(server: dict[str, Any]) -> None:
    with (
        pytest.raises(Refused, match="AUTH_TOKEN_MISMATCH"),
        vendors()["openclaw"].observe(server["ws"], "wrong"),
    ):
        pytest.fail("connected")
