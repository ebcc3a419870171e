"""Workers: what a run does at the vendor, and what the ledger knows of it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from tests.respond_world import (
    TENANT,
    plan,
    point,
    settings,
    usual,
    worker,
)
from tests.simulators.office import Office, office

from agentwarrant.errors import Guarded
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.execution import crew
from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.anchors import anchor_from, anchor_of
from agentwarrant.respond.ledger.auditcheck import verify
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.runplan import Decide, Parallel, RunPlan, Wait
from agentwarrant.respond.settings import Settings


class World:
    """One office, one ledger, one worker."""

    def __init__(self, folder: Path, url: str, simulator: Office) -> None:
        self.office = simulator
        self.settings: Settings = settings(folder, {"test-office": url})
        self.now = [0.0]
        self.ledger = Ledger.open(f"sqlite:///{folder / 'respond.db'}", b"key")

    def carry(self, made: RunPlan, **more: Any) -> str:
        run = self.ledger.enter(made, actor="kim")
        worker(self.ledger, self.settings, **more).work(until_idle=True)
        return run

    def state(self, run: str) -> RunState:
        return self.ledger.run(run).state

    def states(self, run: str) -> dict[str, PointState]:
        return {row.point: row.state for row in self.ledger.points(run)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    simulator = office()
    with simulator.running() as url:
        made = World(tmp_path, url, simulator)
        yield made
        made.ledger.close()


def test_a_run_is_contained_when_every_point_is_verified(world: World) -> None:
    run = world.carry(usual())
    assert world.state(run) is RunState.CONTAINED, world.ledger.run(run).reason
    assert set(world.states(run).values()) == {PointState.VERIFIED}
    assert world.office.state == {
        "accounts": {"kc-1": False}, "keys": {"key-1": 1, "key-2": 1}, "messages": ["begin"],
    }  # fmt: skip


def test_a_crew_carries_several_runs_at_once_and_ends_when_nothing_is_left(world: World) -> None:
    both = Barrier(2)

    def meets(label: str) -> None:
        if label == "after-take":  # goes on only when the other has a run, too
            both.wait(timeout=30)

    runs = [world.ledger.enter(plan(point("revoke", f"key-{n}")), actor="kim") for n in range(2)]
    seen: list[str] = []
    looks: list[int] = []
    own = [
        worker(world.ledger, world.settings, name=name, at=meets, after=seen.append)
        for name in ("w1", "w2")
    ]
    crew.work(own, until_idle=True, stop=Event(), meanwhile=lambda: looks.append(1))
    assert {world.state(run) for run in runs} == {RunState.CONTAINED}
    assert {world.ledger.run(run).worker for run in runs} == {""}
    assert world.office.most_revoked() == 1
    assert sorted(seen) == sorted(runs)
    assert looks


def test_a_crew_outlasts_a_database_that_is_away_for_what_is_done_meanwhile(world: World) -> None:
    stop, tried = Event(), []

    def figures() -> None:
        tried.append(1)
        if len(tried) == 2:
            stop.set()
        raise OperationalError("SELECT", {}, OSError("away"))

    crew.work([worker(world.ledger, world.settings)], stop=stop, meanwhile=figures)
    assert len(tried) >= 2
    with pytest.raises(OperationalError):
        crew.work(
            [worker(world.ledger, world.settings)], until_idle=True, stop=Event(), meanwhile=figures
        )


def test_what_goes_wrong_in_one_of_a_crew_ends_it_and_is_told(world: World) -> None:
    def fails(run: str) -> None:
        raise OSError("the disk is full")

    world.ledger.enter(plan(point("disable", "kc-1")), actor="kim")
    own = [worker(world.ledger, world.settings, after=fails) for _ in range(2)]
    with pytest.raises(OSError, match="disk is full"):
        crew.work(own, stop=Event())


def test_a_worker_writes_the_heads_of_the_chains_down(world: World, tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    world.settings = replace(world.settings, anchors=path, anchor_every=0.0)
    world.carry(usual())
    kept = [anchor_from(line) for line in path.read_bytes().splitlines()]
    assert kept[-1].hash == anchor_of(world.ledger, TENANT).hash
    assert verify(world.ledger, TENANT, kept) == []


def test_a_200_that_changes_nothing_does_not_contain(world: World) -> None:
    world.office.lies = True
    run = world.carry(plan(point("disable", "kc-1")))
    assert world.state(run) is RunState.NOT_CONTAINED
    assert world.states(run) == {"disable-kc-1": PointState.APPLIED}
    assert "did not show" in world.ledger.run(run).reason


def test_the_word_of_a_vendor_that_lies_is_no_proof(world: World) -> None:
    run = world.carry(plan(point("believed", "kc-1"), point("tell", "end")))
    assert world.state(run) is RunState.NOT_CONTAINED
    assert world.states(run) == {
        "believed-kc-1": PointState.APPLIED, "tell-end": PointState.VERIFIED,
    }  # fmt: skip


def test_a_time_out_after_the_effect_is_not_repeated(world: World) -> None:
    world.office.hang_up(1, on="POST /keys/{}/revoke")
    run = world.carry(plan(point("revoke", "key-1")))
    assert world.state(run) is RunState.CONTAINED
    assert world.office.most_revoked() == 1


def test_what_was_already_so_is_success(world: World) -> None:
    world.office.state |= {"strict": True, "accounts": {"kc-1": False}}
    run = world.carry(plan(point("disable", "kc-1")))
    assert world.state(run) is RunState.CONTAINED
    assert world.ledger.point(run, "disable-kc-1").cause == "already"


def test_a_vendor_that_lets_us_do_nothing_is_a_failure_at_once(world: World) -> None:
    world.office.refuses = True
    run = world.carry(plan(point("revoke", "key-1"), point("tell", "end")))
    assert world.state(run) is RunState.NOT_CONTAINED
    assert set(world.states(run).values()) == {PointState.FAILED}
    assert "not you" in world.ledger.run(run).reason


def test_a_busy_vendor_is_asked_again_when_it_says(world: World) -> None:
    world.office.busy(2, retry_after=0.1, on="POST /keys/{}/revoke")
    run = world.carry(plan(point("revoke", "key-1")))
    assert world.state(run) is RunState.CONTAINED
    assert world.ledger.point(run, "revoke-key-1").attempts == 3
    assert world.office.most_revoked() == 1


def test_a_failed_point_stops_what_follows_only_where_the_plan_says_so(world: World) -> None:
    for on_failure, told in (("continue", PointState.VERIFIED), ("stop", PointState.PLANNED)):
        world.office.lies = True
        made = plan(point("disable", "kc-1", on_failure=on_failure), point("tell", on_failure))
        run = world.carry(made)
        assert world.states(run)[f"tell-{on_failure}"] is told


def test_observe_mode_sends_nothing(world: World) -> None:
    run = world.carry(plan(point("disable", "kc-1"), mode="observe"))
    assert world.state(run) is RunState.OBSERVED
    assert world.office.calls == []


def test_a_decision_takes_one_way_and_leaves_the_other_out(world: World) -> None:
    failed = {"step": "disable", "is": ["failed", "applied_unverified"]}
    way = Decide("if", failed, point("tell", "bad"), point("tell", "good"))
    run = world.carry(plan(point("disable", "1"), way))
    assert world.state(run) is RunState.CONTAINED
    assert world.office.state["messages"] == ["good"]
    assert world.states(run)["tell-bad"] is PointState.SKIPPED


def test_a_wait_is_waited_out(world: World) -> None:
    run = world.carry(plan(point("tell", "1"), Wait("a-while", 0.1), point("tell", "2")))
    assert world.state(run) is RunState.CONTAINED
    first, second = (world.ledger.point(run, f"tell-{n}") for n in "12")
    assert second.intended_ms - first.verified_ms >= 100


class Forbids:
    def check(self, connection: Any, run: Any, one: Any) -> None:
        if one.id == "disable-kc-1":
            raise Guarded("kc-1 is protected")

    def ask_people(self, connection: Any, run: Any, plan: Any, error: Any) -> Any:
        raise AssertionError(error)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Reversibility.REVERSIBLE, "how it was before was not read"),
        (Reversibility.EXTERNALLY_REVERSIBLE, "nothing of ours takes it back"),
    ],
)
def test_a_step_that_is_left_says_which_reason_it_has(
    world: World, kind: Reversibility, why: str
) -> None:
    one = point("disable", "kc-1")
    run = world.carry(plan(replace(one, reversibility=kind, step=replace(one.step, undo=()))))
    release(world.ledger, run, actor="kim")
    worker(world.ledger, world.settings).work(until_idle=True)
    reason = world.ledger.run(run).reason
    assert reason.startswith(f"disable-kc-1 is left: {why}")
    assert " or " not in reason


def test_what_a_guard_forbids_is_left_out_and_keeps_the_run_from_being_contained(
    world: World,
) -> None:
    made = plan(Parallel("all", (point("disable", "kc-1"), point("disable", "kc-2"))))
    run = world.carry(made, guards=Forbids())
    assert world.state(run) is RunState.NOT_CONTAINED
    assert world.office.state["accounts"] == {"kc-2": False}


def test_a_release_puts_back_what_was_there_and_leaves_what_nothing_takes_back(
    world: World,
) -> None:
    run = world.carry(usual())
    release(world.ledger, run, actor="kim")
    worker(world.ledger, world.settings).work(until_idle=True)
    assert world.state(run) is RunState.RELEASED, world.ledger.run(run).reason
    assert world.office.state["accounts"] == {"kc-1": True}
    assert world.states(run)["disable-kc-1"] is PointState.ROLLED_BACK
    assert "revoke-key-1 is left: nothing takes it back" in world.ledger.run(run).reason


def test_every_change_of_a_state_is_in_the_chain(world: World) -> None:
    run = world.carry(plan(point("disable", "kc-1")))
    with world.ledger.reading() as connection:
        kinds = [entry.kind for entry in audit.told(connection, "acme", run)]
    assert kinds == [
        "run_planned", "run_taken", "run_running", "point_approved", "point_in_flight",
        "point_applied_unverified", "point_verified", "run_contained",
    ]  # fmt: skip
