"""The ledger on a real PostgreSQL keeps the same contract, with workers as several processes."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text
from tests.core.test_respond_audit import (  # noqa: F401 # the same contract, on another database
    tell,
    test_a_chain_that_nobody_touched_is_whole,
    test_a_chain_written_anew_with_the_key_is_found_by_an_anchor,
    test_a_deletion_is_found,
    test_a_state_that_no_entry_tells_of_is_found,
    test_an_edit_is_found_whatever_was_edited,
    test_an_end_that_was_cut_off_is_found,
    test_an_end_that_was_cut_off_with_its_head_is_found_by_an_anchor,
    test_an_entry_that_was_put_in_is_found,
    test_entries_that_changed_places_are_found,
    test_many_writers_make_one_chain,
    test_tenants_have_chains_of_their_own,
    test_without_the_key_nobody_writes_a_chain_that_verifies,
)
from tests.core.test_respond_ledger import (  # noqa: F401 # as above
    ONE,
    approve,
    became,
    intend,
    taken,
    test_a_change_that_fails_leaves_neither_state_nor_entry,
    test_a_permit_is_for_the_planned_request_alone,
    test_a_run_is_one_workers_until_its_lease_ends,
    test_a_run_that_observes_gets_no_permit,
    test_an_intent_needs_an_approval,
    test_the_emergency_stop_lets_nothing_pass,
    test_what_is_in_doubt_is_sent_again_only_when_a_read_showed_that_nothing_came_of_it,
    test_what_somebody_else_changed_meanwhile_is_left_as_it_is,
)
from tests.respond_crasher import KEY, Crasher, Life
from tests.respond_crashing import WHILE_SENT, Crash, Crashes, crash_plan
from tests.respond_world import TENANT, plan, point, settings, usual, worker
from tests.simulators.office import office

from agentwarrant.errors import ConfigError, Guarded, LeaseLost
from agentwarrant.respond.guard import switches
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.auditcheck import verify
from agentwarrant.respond.ledger.engine import is_made
from agentwarrant.respond.ledger.lease import renew, take
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import PointState, RunState

from .server_process import started

pytestmark = pytest.mark.e2e
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """PostgreSQL, whose own user must be able to reach its folder."""
    with tempfile.TemporaryDirectory(prefix="agentwarrant-pg-") as name:
        Path(name).chmod(0o755)
        with started("postgres", Path(name)) as told:
            yield told


@pytest.fixture
def url(server: dict[str, str]) -> str:
    """A schema of its own, of a user that owns nothing else."""
    name = f"ledger_{next(_NUMBERS)}"
    made = server["url"].replace("postgresql://", "postgresql+psycopg://")
    with Ledger.open(made) as ledger, ledger.writing() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    return f"{made}?options=-csearch_path%3D{name}"


@pytest.fixture
def ledger(url: str, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    with Ledger.open(url, b"the key of the chain") as opened:
        if "audit" in str(request.function.__module__):
            for number in range(8):
                tell(opened, f"note_{number}")
        yield opened


def test_a_run_is_carried_out_and_every_entry_is_there(url: str, tmp_path: Path) -> None:
    simulator = office()
    with simulator.running() as where, Ledger.open(url, b"key") as ledger:
        run = ledger.enter(usual(), actor="kim")
        worker(ledger, settings(tmp_path, {"test-office": where})).work(until_idle=True)
        assert ledger.run(run).state is RunState.CONTAINED, ledger.run(run).reason
        assert verify(ledger, TENANT) == []


def ask(ledger: Ledger, statement: str) -> object:
    """What it says now: a transaction keeps what it first saw of pg_stat_activity."""
    with ledger.reading() as connection:
        return connection.execute(text(statement)).scalar_one()


def test_an_intent_that_waits_for_another_writer_sees_what_that_one_wrote(ledger: Ledger) -> None:
    lease = taken(ledger)
    approve(ledger, lease)
    with ThreadPoolExecutor(1) as pool:
        with ledger.transaction(TENANT) as connection:
            switches.switch_on(
                connection, TENANT, switches.Name.STOP, by="kim", reason="it goes too far"
            )
            sends = pool.submit(intend, ledger, lease)
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            deadline = time.monotonic() + 60
            while not ask(ledger, waiting):
                assert time.monotonic() < deadline, "nobody waits for the lock"
        with pytest.raises(Guarded, match="emergency stop"):
            sends.result()


def test_looking_for_a_ledger_makes_none(url: str) -> None:
    assert is_made(url) is False
    assert is_made(url) is False
    with Ledger.open(url):
        assert is_made(url) is True


def test_where_it_cannot_be_looked_up_that_is_said_in_one_line() -> None:
    with pytest.raises(ConfigError, match="the ledger cannot be opened") as error:
        is_made("postgresql://aw:word@127.0.0.1:9/none")
    assert "word" not in str(error.value)


def test_an_intent_and_an_outcome_ask_the_server_twice_each(ledger: Ledger) -> None:
    lease = taken(ledger)
    approve(ledger, lease)
    request = ledger.run(lease.run).point(ONE).step.request
    asked: list[str] = []
    with ledger.reading() as connection:
        engine = connection.engine

    @event.listens_for(Engine, "before_cursor_execute")
    def hears(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if connection.engine.url == engine.url:
            asked.append(statement.split()[0])

    try:
        ledger.intend(lease.run, ONE, request, fence=lease.fence)
        became(ledger, lease, PointState.APPLIED)
    finally:
        event.remove(Engine, "before_cursor_execute", hears)
    assert len(asked) == 4, asked  # what is known and the head; what changes


def test_many_that_open_a_new_ledger_at_once_make_it_once(url: str) -> None:
    def opens(_: int) -> None:
        with Ledger.open(url) as ledger:
            tell(ledger, "opened")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(opens, range(8)))
    with Ledger.open(url) as ledger:
        assert verify(ledger, TENANT) == []


def test_a_lease_ends_by_the_clock_of_the_server_and_fences_its_worker_off(url: str) -> None:
    with Ledger.open(url, clock=lambda: time.time() + 3600) as ahead, Ledger.open(url) as ledger:
        ledger.enter(plan(point("disable", "kc-1")), actor="kim")
        first = take(ledger, "w1", seconds=0.5)
        assert first is not None
        assert take(ahead, "w2") is None
        deadline = time.monotonic() + 60
        while (second := take(ahead, "w2")) is None and time.monotonic() < deadline:
            time.sleep(0.05)  # only the server's clock can end it
        assert second is not None
        with pytest.raises(LeaseLost):
            renew(ledger, first)


def test_runs_are_shared_by_several_processes_and_each_is_done_once(
    url: str, tmp_path: Path
) -> None:
    simulator = office()
    with simulator.running() as where, Ledger.open(url, KEY.encode()) as ledger:
        runs = [ledger.enter(crash_plan(str(n)), actor="kim") for n in range(12)]
        crashers = [Crasher() for _ in range(3)]
        lives = [
            crasher.start(Life(str(tmp_path), where, f"w{n}", until=runs[-1 - n], ledger=url))
            for n, crasher in enumerate(crashers)
        ]
        for life in lives:
            life.join()
        crashers[0].run(Life(str(tmp_path), where, "last", ledger=url, ahead=100.0))
        for crasher in crashers:
            crasher.close()
        states = {ledger.run(run).state for run in runs}
        workers = set().union(*(takers(ledger, run) for run in runs))
        assert states == {RunState.CONTAINED}
        assert simulator.most_revoked() == 1
        assert len(simulator.state["keys"]) == 2 * len(runs)
        assert len(simulator.state["messages"]) == len(runs)
        assert len(workers) > 1
        assert verify(ledger, TENANT) == []


def takers(ledger: Ledger, run: str) -> set[str]:
    """Return the workers that took a run."""
    with ledger.reading() as connection:
        told = audit.told(connection, TENANT, run)
    return {one.actor for one in told if one.kind == "run_taken"}


@pytest.mark.parametrize("rival", [False, True], ids=["alone", "beside a rival"])
def test_a_worker_that_dies_is_followed_by_one_that_does_nothing_twice(
    url: str, tmp_path: Path, rival: bool
) -> None:
    simulator = office()
    with simulator.running() as where:
        crashes = Crashes(tmp_path, simulator, where, ledger=url)
        try:
            for label in ("after-intent", WHILE_SENT, "after-answer", "after-verify", "before-end"):
                crashes.crash(Crash(label, 1, rival=rival))
            crashes.crash(Crash("after-undo-intent", 1, undoing=True, rival=rival))
        finally:
            crashes.close()
        assert crashes.deaths >= 5


def test_no_writer_waits_for_another_tenant(url: str) -> None:
    with Ledger.open(url) as ledger:
        entered = threading.Event()
        with ledger.transaction("acme"):
            writer = threading.Thread(target=writes, args=(ledger, entered))
            writer.start()
            assert entered.wait(60)
        writer.join()


def writes(ledger: Ledger, done: threading.Event) -> None:
    tell(ledger, "note", "umbrella")
    done.set()
