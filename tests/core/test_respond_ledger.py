"""The ledger: its states, its leases, its database."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as drawn
from hypothesis import strategies as st
from sqlalchemy import create_engine, select, text, update
from tests.respond_world import TENANT, plan, point, usual

from agentwarrant.errors import (
    ConfigError,
    Guarded,
    LeaseLost,
    NotApproved,
    ObserveOnly,
    ResponseError,
)
from agentwarrant.respond.ledger import audit, tables
from agentwarrant.respond.ledger import auditcheck as audit_check
from agentwarrant.respond.ledger.anchors import anchor_of
from agentwarrant.respond.ledger.engine import brought_up
from agentwarrant.respond.ledger.lease import Lease, give_back, renew, take
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import point_of
from agentwarrant.respond.ledger.states import POINT_MOVES, RUN_MOVES, point_to, run_to
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.runplan import RunPlan

ONE = "disable-kc-1"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'respond.db'}", b"key") as opened:
        yield opened


def taken(ledger: Ledger, made: RunPlan | None = None, worker: str = "w1") -> Lease:
    """Enter a plan and take its run, as a worker does."""
    ledger.enter(made or plan(point("disable", "kc-1")), actor="kim")
    lease = take(ledger, worker)
    assert lease is not None
    ledger.run_to(lease.run, RunState.RUNNING, fence=lease.fence)
    return lease


def intend(ledger: Ledger, lease: Lease, name: str = ONE, **more: Any) -> Any:
    request = ledger.run(lease.run).point(name).step.request
    return ledger.intend(lease.run, name, request, fence=lease.fence, **more)


def approve(ledger: Ledger, lease: Lease, name: str = ONE) -> None:
    ledger.approve(lease.run, (name,), fence=lease.fence, by="policy")


def became(ledger: Ledger, lease: Lease, state: PointState, name: str = ONE) -> None:
    ledger.outcome(lease.run, name, state, fence=lease.fence)


# States ----------------------------------------------------------------------------------


def test_every_state_has_its_moves() -> None:
    assert set(POINT_MOVES) == set(PointState)
    assert set(RUN_MOVES) == set(RunState)


def test_nothing_is_sent_without_having_been_approved_and_intended() -> None:
    before = {state for state, after in POINT_MOVES.items() if PointState.IN_FLIGHT in after}
    assert before == {PointState.APPROVED, PointState.IN_DOUBT}
    before = {state for state, after in POINT_MOVES.items() if PointState.APPLIED in after}
    assert before == {PointState.IN_FLIGHT, PointState.IN_DOUBT}


def test_what_was_sent_is_never_forgotten() -> None:
    for state in (PointState.IN_FLIGHT, PointState.APPLIED, PointState.VERIFIED):
        assert not POINT_MOVES[state] & {PointState.PLANNED, PointState.SKIPPED}


@drawn(max_examples=40)
@given(wished=st.lists(st.sampled_from(list(PointState)), max_size=12))
def test_whatever_is_tried_only_legal_states_follow_and_the_chain_tells_them_all(
    wished: list[PointState], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "states.db"
    with Ledger.open(f"sqlite:///{path}") as ledger:
        run = ledger.enter(plan(point("disable", "kc-1")), actor="kim")
        told = [PointState.PLANNED]
        for state in wished:
            with ledger.transaction(TENANT) as connection:
                row = point_of(connection, run, ONE)
                if state in POINT_MOVES[row.state]:
                    point_to(connection, row, state, "w1")
                    told.append(state)
                else:
                    with pytest.raises(ResponseError):
                        point_to(connection, row, state, "w1")
        assert ledger.point(run, ONE).state is told[-1]
        assert audit_check.verify(ledger, TENANT) == []


@drawn(max_examples=40)
@given(wished=st.lists(st.sampled_from(list(RunState)), max_size=8))
def test_runs_too_move_only_where_they_may(
    wished: list[RunState], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "run-states.db"
    with Ledger.open(f"sqlite:///{path}") as ledger:
        run = ledger.enter(plan(point("disable", "kc-1")), actor="kim")
        state = RunState.PLANNED
        for wish in wished:
            row = ledger.run(run)
            with ledger.transaction(TENANT) as connection:
                if wish in RUN_MOVES[state]:
                    run_to(connection, row, wish, "w1")
                    state = wish
                else:
                    with pytest.raises(ResponseError):
                        run_to(connection, row, wish, "w1")
        assert ledger.run(run).state is state


def test_what_somebody_else_changed_meanwhile_is_left_as_it_is(ledger: Ledger) -> None:
    lease = taken(ledger)
    stale, old = (
        ledger.point(lease.run, ONE),
        replace(ledger.run(lease.run), state=RunState.PLANNED),
    )
    approve(ledger, lease)
    with ledger.transaction(TENANT) as connection:
        before = audit.lock(connection, TENANT)
        with pytest.raises(ResponseError, match="somebody else"):
            point_to(connection, stale, PointState.SKIPPED, "w2")
        with pytest.raises(ResponseError, match="somebody else"):
            run_to(connection, old, RunState.REFUSED, "w2")
        assert audit.lock(connection, TENANT) == before
        audit.append(connection, TENANT, "note", "", "", "kim", {})  # the chain goes on
    assert ledger.point(lease.run, ONE).state is PointState.APPROVED
    assert ledger.run(lease.run).state is RunState.RUNNING
    assert audit_check.verify(ledger, TENANT) == []


def test_a_change_that_fails_leaves_neither_state_nor_entry(ledger: Ledger) -> None:
    lease = taken(ledger)

    def fails(*_: object) -> None:
        raise Guarded("not this one")

    approve(ledger, lease)
    before = anchor_of(ledger, TENANT).seq
    with pytest.raises(Guarded):
        intend(ledger, lease, check=fails)
    assert ledger.point(lease.run, ONE).state is PointState.APPROVED
    assert anchor_of(ledger, TENANT).seq == before


# Intents ---------------------------------------------------------------------------------


def test_an_intent_needs_an_approval(ledger: Ledger) -> None:
    lease = taken(ledger)
    with pytest.raises(NotApproved):
        intend(ledger, lease)


def test_a_permit_is_for_the_planned_request_alone(ledger: Ledger) -> None:
    lease = taken(ledger)
    approve(ledger, lease)
    other = point("disable", "kc-2").step.request
    with pytest.raises(NotApproved):
        ledger.intend(lease.run, ONE, other, fence=lease.fence)
    permit = intend(ledger, lease)
    assert permit.digest == point("disable", "kc-1").step.request.digest


def test_what_is_in_doubt_is_sent_again_only_when_a_read_showed_that_nothing_came_of_it(
    ledger: Ledger,
) -> None:
    lease = taken(ledger)
    approve(ledger, lease)
    intend(ledger, lease)
    became(ledger, lease, PointState.IN_DOUBT)
    with pytest.raises(NotApproved):
        intend(ledger, lease)
    intend(ledger, lease, absent=True)
    assert ledger.point(lease.run, ONE).attempts == 2


def test_a_run_that_observes_gets_no_permit(ledger: Ledger) -> None:
    run = ledger.enter(plan(point("disable", "kc-1"), mode="observe"), actor="kim")
    assert take(ledger, "w1") is None
    request = ledger.run(run).point(ONE).step.request
    with pytest.raises(ObserveOnly):
        ledger.intend(run, ONE, request, fence=0)


def test_the_emergency_stop_lets_nothing_pass(ledger: Ledger) -> None:
    lease = taken(ledger)
    approve(ledger, lease)
    with ledger.transaction(TENANT) as connection:
        own = {"tenant": "*", "name": "stop", "state": "on", "by": "kim", "at_ms": 1, "reason": ""}
        connection.execute(tables.switches.insert().values(**own))
    with pytest.raises(Guarded, match="emergency stop"):
        intend(ledger, lease)


# Leases ----------------------------------------------------------------------------------


def test_a_run_is_one_workers_until_its_lease_ends(ledger: Ledger) -> None:
    lease = taken(ledger)
    assert take(ledger, "w2") is None
    give_back(ledger, lease)
    second = take(ledger, "w2")
    assert second is not None
    assert second.fence == lease.fence + 1


def test_a_worker_that_lost_its_lease_writes_nothing_more(tmp_path: Path) -> None:
    now = [1_000.0]
    with Ledger.open(f"sqlite:///{tmp_path / 'l.db'}", clock=lambda: now[0]) as ledger:
        lease = taken(ledger)
        approve(ledger, lease)
        now[0] += 31
        assert take(ledger, "w2") is not None
        request = ledger.run(lease.run).point(ONE).step.request
        step = ledger.run(lease.run).point(ONE).step
        forbidden: list[Callable[[], object]] = [
            lambda: intend(ledger, lease),
            lambda: became(ledger, lease, PointState.IN_DOUBT),
            lambda: approve(ledger, lease),
            lambda: ledger.run_to(lease.run, RunState.STOPPED, fence=lease.fence),
            lambda: ledger.replan(lease.run, ONE, step, fence=lease.fence, ask=True),
            lambda: ledger.intend_undo(lease.run, ONE, 0, fence=lease.fence),
            lambda: ledger.undone_one(lease.run, ONE, 0, fence=lease.fence),
            lambda: renew(ledger, lease),
            lambda: give_back(ledger, lease),
        ]
        assert request
        for write in forbidden:
            with pytest.raises(LeaseLost):
                write()


def test_a_lease_that_is_renewed_does_not_end(tmp_path: Path) -> None:
    now = [1_000.0]
    with Ledger.open(f"sqlite:///{tmp_path / 'l.db'}", clock=lambda: now[0]) as ledger:
        lease = taken(ledger)
        for _ in range(4):
            now[0] += 20
            renew(ledger, lease)
        assert take(ledger, "w2") is None


def test_a_lease_that_has_ended_sends_nothing_even_before_anyone_took_it(ledger: Ledger) -> None:
    ledger.enter(plan(point("disable", "kc-1")), actor="kim")
    lease = take(ledger, "w1", seconds=0.0)
    assert lease is not None
    with pytest.raises(LeaseLost):
        lease.check()


# The database ----------------------------------------------------------------------------


def test_the_file_is_its_owners_alone_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "respond.db"
    with Ledger.open(f"sqlite:///{path}") as ledger:
        ledger.enter(usual(), actor="kim")
        for one in path.parent.iterdir():
            assert stat.S_IMODE(one.stat().st_mode) == 0o600, one.name


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "respond.db"
    path.touch(0o644)
    with Ledger.open(f"sqlite:///{path}"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_commits_are_on_disk_before_they_count(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_a_ledger_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'respond.db'}"
    with Ledger.open(url) as ledger, ledger.writing() as connection:
        connection.execute(update(tables.schema_version).values(version=tables.VERSION + 1))
    with pytest.raises(ConfigError, match="knows"):
        Ledger.open(url)


def test_an_older_ledger_is_brought_up_to_date_step_by_step(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    steps = {
        tables.VERSION + 1: ["ALTER TABLE aw_runs ADD COLUMN colour TEXT"],
        tables.VERSION + 2: ["UPDATE aw_runs SET colour = 'red'"],
    }
    with engine.begin() as connection:
        brought_up(connection)
        brought_up(connection, steps, tables.VERSION + 2)
        found = connection.execute(select(tables.schema_version.c.version)).scalar()
        assert found == tables.VERSION + 2
        connection.execute(text("SELECT colour FROM aw_runs"))
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "memory"),
        ("mysql://host/db", "mysql"),
        ("no address", "is none"),
        ("sqlite:////proc/nothing/respond.db", "cannot be opened"),
    ],
)
def test_an_address_that_is_no_ledger_is_said_in_one_line(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Ledger.open(url)


def test_what_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "respond.db"
    path.write_text("not a database, and long enough to be seen as none" * 20)
    with pytest.raises(ConfigError, match="not a database"):
        Ledger.open(f"sqlite:///{path}")


def test_the_password_of_a_database_is_not_quoted() -> None:
    with pytest.raises(ConfigError) as caught:
        Ledger.open("postgresql+psycopg://aw:open-sesame-12345@127.0.0.1:1/none")
    assert "open-sesame" not in str(caught.value)
