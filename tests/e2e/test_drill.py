"""The whole way, live: a real OpenClaw, a real Keycloak and a real OpenBao.

The servers are started by scripts that stand outside this repository; where one is missing, or
cannot install what it needs, the test is skipped and says so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agentwarrant.config import load_config
from agentwarrant.drill.play import Drill
from agentwarrant.drill.servers import NAMES, servers
from agentwarrant.drill.stage import staged
from agentwarrant.errors import AgentWarrantError
from agentwarrant.respond.ledger.opening import open_ledger
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.settings import EVIDENCE, settings_of

from .openclaw_server import START

pytestmark = pytest.mark.e2e

SCRIPTS = START.parents[1]


def test_a_deceived_agent_is_seen_stopped_everywhere_and_released(tmp_path: Path) -> None:
    if not all((SCRIPTS / name / "start.py").is_file() for name in NAMES.values()):
        pytest.skip("the start scripts of real servers are not beside this repository")
    told: list[str] = []
    try:
        started = servers(SCRIPTS, tmp_path / "servers", told.append)
        with started as ready:
            stage = staged(ready, tmp_path / "installation", mode="approve")
            config = load_config(stage.config)
            clerk = stage.clerk
            assert clerk is not None
            report = Drill(stage, config, told.append, lambda plan, names: True).run(clerk.poison)
            assert clerk.stolen() > 0  # it was seen because it happened, not prevented
    except AgentWarrantError as error:
        if "did not come up" in error.what:
            pytest.skip(str(error))
        raise
    assert report.faults == [], "\n".join(told)
    assert set(report.stopped.values()) == {""}
    assert all(report.before.values())
    assert all(report.back.values())
    proof = report.proof
    assert proof is not None
    assert proof.state == RunState.CONTAINED
    assert {point.connection for point in proof.points} == {*NAMES, EVIDENCE}
    assert all(point.verified for point in proof.points)
    assert proof.time_to_contain_s is not None
    assert proof.time_to_contain_s < 90
    (run,) = _runs(config.respond, tmp_path / "installation", config.state)
    assert run == RunState.RELEASED
    assert not _secrets_in(tmp_path / "installation", stage.config.parent / "state")


def _runs(respond: object, home: Path, state: Path) -> list[RunState]:
    assert isinstance(respond, dict)
    with open_ledger(settings_of(respond, home, state)) as ledger:
        return [row.state for row in ledger.runs()]


def _secrets_in(home: Path, state: Path) -> list[str]:
    """Return the secrets of the installation that stand in what it wrote."""
    known = {path.name: path.read_text() for path in home.glob("*.secret")}
    assert len(known) >= 8
    kept = [path.read_bytes() for path in state.rglob("*") if path.is_file()]
    assert kept
    return [name for name, secret in known.items() if any(secret.encode() in one for one in kept)]
