"""Whatever a vendor does, nothing is done twice that must not be, and the ledger tells all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.respond_world import TENANT, plan, point, replanned, settings, worker
from tests.simulators.office import office

from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.ledger.auditcheck import verify
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.runplan import Parallel

CHANGES = ("POST /keys/{}/revoke", "POST /messages", "POST /accounts/{}/disable")


@pytest.mark.parametrize("seed", range(8))
def test_a_nasty_vendor_sees_each_effect_at_most_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 # no secret
    simulator = office()
    simulator.lag = chance.choice((0, 1, 3))
    for pattern in CHANGES:
        fault = chance.choice(("hang_up", "stumble", "busy", "none"))
        if fault == "busy":
            simulator.busy(chance.randint(1, 3), retry_after=chance.choice((0, 0.1)), on=pattern)
        elif fault != "none":
            getattr(simulator, fault)(chance.randint(1, 2), on=pattern)
    with simulator.running() as url, Ledger.open(f"sqlite:///{tmp_path / 'r.db'}") as ledger:
        own = settings(tmp_path, {"test-office": url}, timeout=5)
        points = [
            point(kind, f"{kind}-{n}") for kind in ("revoke", "tell", "disable") for n in "12"
        ]
        chance.shuffle(points)
        made = plan(*points[:2], Parallel("all", tuple(points[2:])))
        run = ledger.enter(made, actor="kim")
        carries = worker(ledger, own, replan=replanned(own))
        carries.work(until_idle=True)
        assert ledger.run(run).state is RunState.CONTAINED, ledger.run(run).reason
        assert simulator.most_revoked() == 1
        assert sorted(simulator.state["messages"]) == ["tell-1", "tell-2"]
        release(ledger, run, actor="kim")
        carries.work(until_idle=True)
        assert ledger.run(run).state is RunState.RELEASED, ledger.run(run).reason
        assert set(simulator.state["accounts"].values()) == {True}
        states = {row.point: row.state for row in ledger.points(run)}
        assert {states[f"disable-disable-{n}"] for n in "12"} == {PointState.ROLLED_BACK}
        assert verify(ledger, TENANT) == []
