"""What happens by itself after a run, what people are asked, and how a run is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from tests.respond_world import FAST, TENANT, plan, point, replanned, settings, worker
from tests.simulators.office import Office, office

from agentwarrant.errors import Guarded, ResponseError
from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.guard.guards import NODE, Guards
from agentwarrant.respond.ledger import audit, tables, timers
from agentwarrant.respond.ledger.auditcheck import verify
from agentwarrant.respond.ledger.lease import take
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.people import approvals
from agentwarrant.respond.runplan import Approval, Parallel, RunPlan, Wait
from agentwarrant.warrant.registry import Registry

MINUTE = 60.0


class World:
    """One office and one ledger whose clock the test moves."""

    def __init__(self, folder: Path, url: str, simulator: Office, **policy: Any) -> None:
        self.office = simulator
        self.settings = settings(folder, {"test-office": url}, **policy)
        self.clock = 1_800_000_000.0
        self.ledger = Ledger.open(f"sqlite:///{folder / 'respond.db'}", b"key", lambda: self.clock)
        self.more: dict[str, Any] = {}

    def carry(self, made: RunPlan) -> str:
        run = self.ledger.enter(made, actor="kim")
        self.work()
        return run

    def work(self, **more: Any) -> None:
        more = {"guards": Guards(self.settings, Registry()), **self.more, **more}
        worker(self.ledger, self.settings, **more).work(until_idle=True)

    def later(self, seconds: float) -> None:
        self.clock += seconds
        self.work()

    def say(self, run: str, node: str, state: approvals.State) -> None:
        with self.ledger.of(run) as connection:
            found = approvals.latest(connection, run, node)
            assert found is not None
            assert approvals.become(connection, found, state, "kim", {})

    def state(self, run: str) -> RunState:
        return self.ledger.run(run).state

    def point(self, run: str, name: str) -> PointState:
        return self.ledger.point(run, name).state


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    simulator = office()
    with simulator.running() as url:
        made = World(tmp_path, url, simulator)
        yield made
        assert verify(made.ledger, TENANT) == []
        made.ledger.close()


ONE = "disable-kc-1"
ASKED = Approval("yes", 1, 600.0, "May it?")


def one() -> RunPlan:
    made: RunPlan = plan(point("disable", "kc-1"))
    return made


# Watch windows ---------------------------------------------------------------------------


def test_every_watch_window_looks_again_and_says_that_it_holds(world: World) -> None:
    run = world.carry(one())
    for minutes in timers.WATCH_MINUTES:
        world.later(minutes * MINUTE)
    with world.ledger.reading() as connection:
        kinds = [entry.kind for entry in audit.told(connection, TENANT, run)]
    assert kinds.count("watch_held") == 3
    assert world.state(run) is RunState.CONTAINED


@pytest.mark.parametrize("minutes", timers.WATCH_MINUTES)
def test_what_came_back_to_life_is_seen_in_the_next_window(world: World, minutes: int) -> None:
    run = world.carry(one())
    world.later(minutes * MINUTE - 1)
    world.office.state["accounts"]["kc-1"] = True
    world.later(1)
    assert world.state(run) is RunState.NOT_CONTAINED
    assert world.point(run, ONE) is PointState.FAILED
    assert "something undid it" in world.ledger.run(run).reason


def test_new_events_of_the_agent_reopen_a_run(world: World) -> None:
    world.more = {"reborn": lambda run: [f"{run.agent} called a tool"]}
    run = world.carry(one())
    world.later(MINUTE)
    assert world.state(run) is RunState.NOT_CONTAINED
    assert world.ledger.run(run).reason == "agent-7 called a tool"


def test_a_vendor_that_cannot_be_read_is_asked_again_before_anything_is_said(
    world: World,
) -> None:
    run = world.carry(one())
    world.office.refuses = True
    world.later(MINUTE)
    assert world.state(run) is RunState.CONTAINED
    world.later(15 * MINUTE)
    assert world.state(run) is RunState.NOT_CONTAINED
    assert "cannot be read" in world.ledger.run(run).reason


# Release ---------------------------------------------------------------------------------


def test_nobody_confirmed_it_and_it_is_released_by_itself(tmp_path: Path) -> None:
    simulator = office()
    with simulator.running() as url:
        world = World(tmp_path, url, simulator, release_after=3600.0)
        first, second = world.carry(one()), world.carry(plan(point("stash", "kc-2")))
        third = world.carry(plan(point("disable", "kc-3"), agent="agent-8"))
        world.ledger.confirm(third, actor="kim")
        world.later(3601)
        world.later(MINUTE)
        assert world.state(third) is RunState.CONTAINED
        assert world.state(second) is RunState.RELEASED
        assert "for a person to say" in world.ledger.run(second).reason
        assert world.state(first) is RunState.RELEASED
        assert simulator.state["accounts"] == {"kc-1": True, "kc-2": False, "kc-3": False}
        world.ledger.close()


def test_an_identity_stays_disabled_while_what_was_revoked_works(world: World) -> None:
    run = world.carry(plan(point("disable", "kc-1"), point("revoke", "key-1")))
    world.office.state["keys"]["key-1"] = 0
    release(world.ledger, run, actor="kim")
    world.work()
    assert world.state(run) is RunState.NOT_RELEASED
    assert "what was revoked is not dead" in world.ledger.run(run).reason
    assert world.office.state["accounts"] == {"kc-1": False}
    world.office.state["keys"]["key-1"] = 1
    release(world.ledger, run, actor="kim")
    world.work()
    assert world.state(run) is RunState.RELEASED


def test_identities_come_back_before_credentials_that_were_disabled(world: World) -> None:
    run = world.carry(plan(point("disable", "kc-1"), point("stash", "kc-2")))
    release(world.ledger, run, actor="kim")
    world.work()
    assert world.state(run) is RunState.RELEASED, world.ledger.run(run).reason
    enabled = [call.path for call in world.office.asked("POST /accounts/{}/enable")]
    assert enabled == ["/accounts/kc-1/enable", "/accounts/kc-2/enable"]


def test_what_was_so_before_is_not_taken_back(world: World) -> None:
    world.office.state["accounts"]["kc-1"] = False
    world.more = {"replan": replanned(world.settings)}
    run = world.carry(plan(point("disable", "kc-1"), point("disable", "kc-2")))
    assert world.state(run) is RunState.CONTAINED
    release(world.ledger, run, actor="kim")
    world.work()
    assert world.office.state["accounts"] == {"kc-1": False, "kc-2": True}
    assert "disable-kc-1 is left: it was so before" in world.ledger.run(run).reason


def test_a_release_that_changes_nothing_is_no_release(world: World) -> None:
    run = world.carry(one())
    world.office.lies = True
    release(world.ledger, run, actor="kim")
    world.work()
    assert world.state(run) is RunState.NOT_RELEASED
    world.office.lies = False
    release(world.ledger, run, actor="kim")
    world.work()
    assert world.state(run) is RunState.RELEASED


def test_an_undo_whose_answer_is_lost_is_found_done(world: World) -> None:
    run = world.carry(one())
    world.office.hang_up(1, on="POST /accounts/{}/enable")
    release(world.ledger, run, actor="kim")
    world.work()
    assert world.state(run) is RunState.RELEASED
    assert world.office.did("POST /accounts/{}/enable") == 1


def test_a_run_that_is_going_on_cannot_be_released(world: World) -> None:
    run = world.carry(plan(ASKED, point("disable", "kc-1")))
    with pytest.raises(ResponseError):
        release(world.ledger, run, actor="kim")


# Approvals -------------------------------------------------------------------------------


def test_a_run_waits_for_people_and_goes_on_when_they_have_said_yes(world: World) -> None:
    run = world.carry(plan(ASKED, point("disable", "kc-1")))
    assert world.state(run) is RunState.AWAITING
    assert world.office.calls == []
    world.say(run, "yes", approvals.State.GRANTED)
    world.work()
    assert world.state(run) is RunState.CONTAINED
    assert world.ledger.point(run, ONE).approval == "yes"


def test_a_no_leaves_out_what_it_is_about_and_nothing_else(world: World) -> None:
    about = replace(ASKED, covers=(ONE,))
    run = world.carry(plan(about, point("disable", "kc-1"), point("tell", "end")))
    world.say(run, "yes", approvals.State.DENIED)
    world.work()
    assert world.state(run) is RunState.NOT_CONTAINED
    assert world.office.state["accounts"] == {}
    assert world.office.state["messages"] == ["end"]


def test_an_approval_that_nobody_gives_in_time_is_refused(world: World) -> None:
    run = world.carry(plan(ASKED, point("disable", "kc-1")))
    world.later(599)
    assert world.state(run) is RunState.AWAITING
    world.later(2)
    assert world.state(run) is RunState.REFUSED
    assert world.office.calls == []
    assert "nobody said yes in time" in world.ledger.run(run).reason


def drifting(world: World, change: Any) -> None:
    """Let what is planned right before sending be another than what was planned."""
    world.more = {"replan": lambda run, planned: change(planned.step)}


def elsewhere(step: Any) -> Any:
    return replace(step, request=point("disable", "kc-9").step.request)


def other_undo(step: Any) -> Any:
    return replace(step, undo=(*step.undo, *step.undo))


def other_words(step: Any) -> Any:
    return replace(step, changes="said in other words", note="and more")


@pytest.mark.parametrize("says", [approvals.State.GRANTED, approvals.State.DENIED])
def test_a_request_that_drifted_goes_back_to_people_in_auto_mode_too(
    world: World, says: approvals.State
) -> None:
    drifting(world, elsewhere)
    run = world.carry(one())
    assert world.state(run) is RunState.AWAITING
    assert world.office.calls == []
    world.say(run, NODE, says)
    world.work()
    done = ["/accounts/kc-9/disable"] if says is approvals.State.GRANTED else []
    assert [call.path for call in world.office.asked("POST /accounts/{}/disable")] == done
    assert world.state(run) is not RunState.AWAITING


def test_another_way_back_goes_to_people_only_where_people_had_approved(world: World) -> None:
    drifting(world, other_undo)
    run = world.carry(one())
    assert world.state(run) is RunState.CONTAINED
    assert len(world.ledger.run(run).point(ONE).step.undo) == 2
    asks = world.carry(plan(ASKED, point("disable", "kc-2")))
    world.say(asks, "yes", approvals.State.GRANTED)
    world.work()
    assert world.state(asks) is RunState.AWAITING


def test_other_words_for_the_same_are_no_drift(world: World) -> None:
    drifting(world, other_words)
    run = world.carry(plan(ASKED, point("disable", "kc-1")))
    world.say(run, "yes", approvals.State.GRANTED)
    world.work()
    assert world.state(run) is RunState.CONTAINED


def test_an_approval_is_of_one_plan_alone(world: World) -> None:
    both = Parallel("all", (point("disable", "kc-1"), point("disable", "kc-2")))
    world.more = {
        "replan": lambda run, p: elsewhere(p.step) if p.id == ONE else p.step,
        "guards": Guards(world.settings, Registry()),
    }
    run = world.carry(plan(both))
    hashes = world.ledger.run(run).plan_hash
    with world.ledger.of(run) as connection:
        found = approvals.latest(connection, run, NODE)
    assert found is not None
    assert found.plan_hash == hashes


# On its way ------------------------------------------------------------------------------


def test_a_long_wait_holds_no_worker(world: World) -> None:
    run = world.carry(plan(point("tell", "1"), Wait("long", 300.0), point("tell", "2")))
    assert world.state(run) is RunState.RUNNING
    assert world.ledger.run(run).worker == ""
    world.later(299)
    assert world.office.state["messages"] == ["1"]
    world.later(2)
    assert world.state(run) is RunState.CONTAINED


def test_a_vendors_rate_limit_is_kept_by_all_runs_together(world: World) -> None:
    first = world.carry(plan(point("slow", "1"), point("slow", "2")))
    second = world.carry(plan(point("slow", "3"), agent="agent-8"))
    assert (world.state(first), world.state(second)) == (RunState.CONTAINED, RunState.RUNNING)
    world.later(61)
    assert world.state(second) is RunState.CONTAINED


def test_a_vendor_that_stays_away_is_given_up_when_patience_ends(world: World) -> None:
    own = world.settings
    away = replace(own.connections["test-office"], url="http://127.0.0.1:9")
    world.settings = replace(own, connections={"test-office": away})
    world.more = {"pace": replace(FAST, inline=0.0, patience=300.0)}
    run = world.carry(one())
    assert world.state(run) is RunState.RUNNING
    for _ in range(40):
        world.later(20)
    assert world.state(run) is RunState.NOT_CONTAINED
    assert world.ledger.point(run, ONE).detail.startswith("given up: ")


def test_the_emergency_stop_stops_a_run_and_a_person_lets_it_go_on(world: World) -> None:
    stop = {"tenant": "*", "name": "stop", "by": "kim", "at_ms": 1, "reason": "wait"}
    with world.ledger.transaction(TENANT) as connection:
        connection.execute(insert(tables.switches).values(state="on", **stop))
    run = world.carry(one())
    assert world.state(run) is RunState.STOPPED
    assert world.office.did("POST /accounts/{}/disable") == 0
    with world.ledger.transaction(TENANT) as connection:
        connection.execute(tables.switches.update().values(state="off"))
    world.ledger.resume(run, actor="kim")
    world.work()
    assert world.state(run) is RunState.CONTAINED


class Knows:
    """Guards that call something off, once."""

    def __init__(self, world: World) -> None:
        self.world = world

    def check(self, connection: Any, run: Any, one: Any) -> None:
        raise Guarded("kc-1 is the last administrator")

    def ask_people(self, connection: Any, run: Any, plan: Any, error: Any) -> Any:
        raise AssertionError(error)


def test_what_was_sent_once_is_not_left_out_by_a_guard(world: World) -> None:
    """A crash left it in doubt; a guard then forbids sending it again: it stays in doubt."""
    run = world.ledger.enter(one(), actor="kim")
    lease = take(world.ledger, "w0")
    assert lease is not None
    world.ledger.run_to(run, RunState.RUNNING, fence=lease.fence)
    world.ledger.approve(run, (ONE,), fence=lease.fence, by="policy")
    request = world.ledger.run(run).point(ONE).step.request
    world.ledger.intend(run, ONE, request, fence=lease.fence)
    world.clock += 31
    world.work(guards=Knows(world), name="w1")
    assert world.point(run, ONE) is PointState.IN_DOUBT
    assert world.state(run) is RunState.NOT_CONTAINED


def test_a_run_of_a_dead_worker_goes_to_another(world: World) -> None:
    run = world.ledger.enter(one(), actor="kim")
    assert take(world.ledger, "w0") is not None
    world.work()
    assert world.state(run) is RunState.PLANNED
    world.later(31)
    assert world.state(run) is RunState.CONTAINED
