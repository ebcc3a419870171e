"""Storms: many findings are one run, nothing is done twice, and nothing lifted that others need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.respond_made import TENANT, ledger, plan, point

from agentwarrant.respond.action import Verb
from agentwarrant.respond.guard import storms
from agentwarrant.respond.guard.storms import Entered, bundles, enter, relying
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.states import Cause
from agentwarrant.respond.ledger.tables import PointState, RunState, points, runs
from agentwarrant.respond.runplan import Point, RunPlan
from agentwarrant.respond.settings import Mode


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Ledger]:
    with ledger(tmp_path) as opened:
        yield opened


def takes(kept: Ledger, made: RunPlan, **own: Any) -> Entered:
    return enter(kept, made, actor="rule", **own)


def contained(kept: Ledger, run: str, at_ms: int = 0) -> None:
    """Write what a worker would have: every point of a run is verified."""
    moment = at_ms or kept.now_ms()
    with kept.transaction(TENANT) as connection:
        connection.execute(
            update(points)
            .where(points.c.run == run, points.c.state == PointState.PLANNED.value)
            .values(state="verified", intended_ms=moment, applied_ms=moment, verified_ms=moment)
        )
        own = {"state": RunState.CONTAINED.value, "contained_ms": moment}
        connection.execute(update(runs).where(runs.c.id == run).values(**own))


def who_relies(kept: Ledger, run: str) -> list[str]:
    with kept.transaction(TENANT) as connection:
        return relying(connection, run)


def other(identity: str = "block", **own: Any) -> Point:
    made: Point = point(identity, about="host:h1", **own)
    return made


def test_findings_about_one_agent_join_the_run_that_is_open(kept: Ledger) -> None:
    first = takes(kept, plan(cases=("a",)))
    second = takes(kept, plan(cases=("b",)))
    again = takes(kept, plan(cases=("a", "b")))
    assert (first.is_new, second.is_new, again.is_new) == (True, False, False)
    assert second.run == again.run == first.run
    assert kept.run(first.run).cases == ("a", "b")
    with kept.reading() as connection:
        kinds = [entry.kind for entry in audit.told(connection, TENANT, first.run)]
    assert kinds == ["run_planned", "cases_joined"]


def evidence(case: str) -> Point:
    made: Point = point("keep", about=f"evidence:{TENANT}/{case}", verb=Verb.SNAPSHOT)
    return made


def message(case: str) -> Point:
    made: Point = point("tell", about=f"pagerduty:{TENANT}/{case}", verb=Verb.NOTIFY)
    return made


def ended(kept: Ledger, run: str) -> None:
    """Write that a run is not contained, and that all it did is proven."""
    contained(kept, run)
    with kept.transaction(TENANT) as connection:
        own = runs.c.id == run
        connection.execute(update(runs).where(own).values(state=RunState.NOT_CONTAINED.value))


@pytest.mark.parametrize("more", [[], [message]])
def test_evidence_and_messages_of_another_case_make_no_other_run(
    kept: Ledger, more: list[Callable[[str], Point]]
) -> None:
    def about(case: str) -> Entered:
        own = [evidence(case), point(), *(make(case) for make in more)]
        return takes(kept, plan(own, cases=(case,)))

    first, second = about("a"), about("b")
    assert (second.run, second.is_new) == (first.run, False)
    assert kept.run(first.run).cases == ("a", "b")


def test_where_nothing_can_be_done_the_run_that_said_so_takes_the_cases(kept: Ledger) -> None:
    first = takes(kept, plan([evidence("a")], cases=("a",)))
    ended(kept, first.run)
    for case in ("b", "a", "c"):
        assert takes(kept, plan([evidence(case)], cases=(case,))).run == first.run
    assert kept.run(first.run).cases == ("a", "b", "c")


def test_what_is_left_to_do_is_tried_in_a_run_of_its_own(kept: Ledger) -> None:
    first = takes(kept, plan([evidence("a"), point()], cases=("a",)))
    with kept.transaction(TENANT) as connection:
        connection.execute(update(points).values(state=PointState.FAILED.value))
        connection.execute(update(runs).values(state=RunState.NOT_CONTAINED.value))
    second = takes(kept, plan([evidence("b"), point()], cases=("b",)))
    assert second.is_new
    assert second.run != first.run


@pytest.mark.parametrize("state", [PointState.APPLIED, PointState.IN_DOUBT, PointState.VERIFIED])
@pytest.mark.parametrize("run_state", [RunState.NOT_CONTAINED, RunState.CONTAINED])
def test_a_run_that_ended_takes_the_cases_for_which_nothing_would_be_sent(
    kept: Ledger, state: PointState, run_state: RunState
) -> None:
    first = takes(kept, plan([evidence("a"), point()], cases=("a",)))
    ended(kept, first.run)
    with kept.transaction(TENANT) as connection:
        own = points.c.point == "strip"
        connection.execute(update(points).where(own).values(state=state.value))
        connection.execute(update(runs).values(state=run_state.value))
    asked = plan([evidence("b"), point()], cases=("b",))
    assert storms.taking(kept, asked) == first.run
    second = takes(kept, asked, since_ms=kept.now_ms())
    assert (second.run, second.is_new) == (first.run, False)
    assert kept.run(first.run).cases == ("a", "b")
    assert kept.run(first.run).state is run_state


def test_what_a_run_of_another_playbook_has_in_force_is_relied_on_by_a_run(kept: Ledger) -> None:
    failed = takes(kept, plan([point()], cases=("a",)))
    with kept.transaction(TENANT) as connection:
        connection.execute(update(points).values(state=PointState.FAILED.value))
        connection.execute(update(runs).values(state=RunState.NOT_CONTAINED.value))
    holder = takes(kept, plan([point()], cases=("a",), playbook="hard-kill"))
    contained(kept, holder.run)
    said = takes(kept, plan([point()], cases=("b",)))
    assert said.run not in (failed.run, holder.run)
    assert said.skipped == {"strip": holder.run}


def test_where_nothing_can_be_done_people_are_told_of_each_case_once(kept: Ledger) -> None:
    first = takes(kept, plan([evidence("a"), message("a")], cases=("a",)))
    ended(kept, first.run)
    assert not takes(kept, plan([evidence("a"), message("a")], cases=("a",))).is_new
    assert takes(kept, plan([evidence("b"), message("b")], cases=("b",))).is_new


def test_who_wrote_a_case_that_joined_may_not_approve_either(kept: Ledger) -> None:
    first = takes(
        kept, plan(cases=("a",), facts={"trigger_authors": ["anna@acme"], "severity": "high"})
    )
    takes(kept, plan(cases=("b",), facts={"trigger_authors": ["ben@acme"], "severity": "low"}))
    row = kept.run(first.run)
    assert row.plan.facts == {"trigger_authors": ["anna@acme", "ben@acme"], "severity": "high"}
    assert row.plan.hash == row.plan_hash
    assert row.plan.cases == ("a", "b")


def test_a_storm_at_once_is_one_run_with_every_case(kept: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda n: takes(kept, plan(cases=(f"case-{n}",))), range(24)))
    assert len({one.run for one in said}) == 1
    assert sum(one.is_new for one in said) == 1
    assert set(kept.run(said[0].run).cases) == {f"case-{n}" for n in range(24)}


@pytest.mark.parametrize(
    "differs", [{"agent": "another"}, {"tenant": "umbrella"}, {"playbook": "hard-kill"}]
)
def test_another_agent_tenant_or_playbook_is_another_run(
    kept: Ledger, differs: dict[str, str]
) -> None:
    first = takes(kept, plan([point("x", about="agent:x")]))
    second = takes(kept, plan([point("y", about="agent:y")], **differs))
    assert second.is_new
    assert second.run != first.run


def test_a_plan_that_would_do_more_is_a_run_of_its_own(kept: Ledger) -> None:
    first = takes(kept, plan([point()]))
    assert not takes(kept, plan([point()])).is_new
    assert takes(kept, plan([point(), other()])).run != first.run


def test_what_only_observes_joins_nothing_and_skips_nothing(kept: Ledger) -> None:
    contained(kept, takes(kept, plan()).run)
    said = takes(kept, plan(mode=Mode.OBSERVE))
    assert said.is_new
    assert said.skipped == {}
    assert kept.run(said.run).state is RunState.OBSERVED


def test_what_is_in_force_is_left_out_and_says_by_whom(kept: Ledger) -> None:
    first = takes(kept, plan())
    contained(kept, first.run)
    said = takes(kept, plan([point(), other()], playbook="hard-kill"))
    assert said.skipped == {"strip": first.run}
    rows = {row.point: row for row in kept.points(said.run)}
    assert (rows["strip"].state, rows["strip"].cause) == (PointState.SKIPPED, Cause.IN_FORCE)
    assert rows["strip"].detail == f"{storms.HELD_BY}{first.run}"
    assert rows["block"].state is PointState.PLANNED


def test_another_tenants_effect_is_nobody_elses(kept: Ledger) -> None:
    first = takes(kept, plan(tenant="umbrella"))
    with kept.transaction("umbrella") as connection:
        connection.execute(update(points).where(points.c.run == first.run).values(state="verified"))
    assert takes(kept, plan()).skipped == {}


def test_what_was_released_is_not_in_force_any_more(kept: Ledger) -> None:
    first = takes(kept, plan())
    contained(kept, first.run)
    with kept.transaction(TENANT) as connection:
        connection.execute(update(points).values(state="rolled_back"))
        connection.execute(update(runs).values(state="released"))
    assert takes(kept, plan()).skipped == {}


def test_what_somebody_took_back_since_is_done_again(kept: Ledger) -> None:
    first = takes(kept, plan())
    contained(kept, first.run, kept.now_ms() - 60_000)
    seen = point(pre_state={"enabled": True})  # read just now: it is there again
    said = takes(kept, plan([seen]), since_ms=kept.now_ms() - 1000)
    assert said.is_new
    assert said.skipped == {}


def test_what_was_done_while_the_plan_was_made_is_not_done_again(kept: Ledger) -> None:
    began = kept.now_ms() - 60_000
    first = takes(kept, plan())
    contained(kept, first.run)
    seen = point(pre_state={"enabled": True})
    said = takes(kept, plan([seen], playbook="hard-kill"), since_ms=began)
    assert said.skipped == {"strip": first.run}
    again = takes(kept, plan([seen], cases=("b",)), since_ms=began)
    assert (again.run, again.is_new) == (first.run, False)


def test_a_run_that_others_rely_on_is_released_after_them(kept: Ledger) -> None:
    first = takes(kept, plan())
    contained(kept, first.run)
    second = takes(kept, plan([point(), other()], playbook="hard-kill"))
    assert who_relies(kept, first.run) == [second.run]
    assert who_relies(kept, second.run) == []
    with kept.transaction(TENANT) as connection:
        own = runs.c.id == second.run
        connection.execute(update(runs).where(own).values(state=RunState.RELEASED.value))
    assert who_relies(kept, first.run) == []


def test_of_two_runs_about_one_agent_the_newer_is_released_first(kept: Ledger) -> None:
    first = takes(kept, plan([point()]))
    contained(kept, first.run)
    with kept.transaction(TENANT) as connection:
        connection.execute(update(runs).values(created_ms=runs.c.created_ms - 10))
    second = takes(kept, plan([other()], playbook="block-egress"))
    contained(kept, second.run)
    assert who_relies(kept, first.run) == [second.run]
    assert who_relies(kept, second.run) == []


def test_two_runs_never_wait_for_each_other(kept: Ledger) -> None:
    """The older found there what the newer did: the older goes first then, and only it."""
    first = takes(kept, plan([point()]))
    with kept.transaction(TENANT) as connection:
        connection.execute(update(runs).values(created_ms=runs.c.created_ms - 10))
    second = takes(kept, plan([point(), other()], playbook="hard-kill"))
    contained(kept, first.run)
    contained(kept, second.run)
    with kept.transaction(TENANT) as connection:
        own = points.c.run == first.run
        connection.execute(update(points).where(own).values(cause=Cause.ALREADY.value))
    assert who_relies(kept, first.run) == []
    assert who_relies(kept, second.run) == [first.run]


def test_one_finding_about_many_agents_is_one_bundle(kept: Ledger) -> None:
    def about(agent: str, *rules: str, **own: Any) -> str:
        made = plan([point(about=f"a:{agent}")], agent=agent, facts={"rules": list(rules)}, **own)
        return takes(kept, made).run

    together = [about(f"agent-{n}", "r1") for n in range(3)]
    about("agent-8", "r2", cases=("case-8",))
    about("agent-9", "r1", playbook="hard-kill", cases=("case-9",))
    found = [[row.id for row in bundle] for bundle in bundles(kept.runs())]
    assert sorted(map(len, found)) == [1, 1, 3]
    assert sorted(together) == max(map(sorted, found), key=len)
