"""Evidence: whole, dated, chained, kept; and nothing is destroyed before it is safe."""

from __future__ import annotations

import io
import json
import time
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from tests.respond_made import AGENT, TENANT, ledger, plan, point, settings
from tests.vendor_cycle import cycle

from agentwarrant.errors import Guarded, Refused, Tampered, UsageError
from agentwarrant.redact import Redactor
from agentwarrant.respond.action import Reversibility, Target, Verb
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.execution.worker import Worker
from agentwarrant.respond.guard import custody
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.guard.snapshots import Evidence, Snapshot
from agentwarrant.respond.guard.storms import enter
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow, run_of
from agentwarrant.respond.ledger.tables import PointState, evidence, points
from agentwarrant.respond.runplan import Point
from agentwarrant.respond.settings import Limits, Mode, Policy, Settings
from agentwarrant.respond.vendor import actions
from agentwarrant.warrant.registry import Registry

CASE = "case-1"
SECRET = "sk-ant-api03-" + "Zq8" * 30
SECRET_ROW = {"message": f"the key is {SECRET}", "event.id": "e2"}
PARTS = {
    "events": [{"event.id": "e1", "message": "it read"}, SECRET_ROW],
    "findings": [{"event.id": "f1", "rule.name": "A rule"}],
    "session agent:main:../../../etc/passwd\u202e": [{"event.id": "e1"}],
}
REDACTOR = Redactor(b"a key of the tests")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Ledger]:
    with ledger(tmp_path) as opened:
        yield opened


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    policy = Policy(mode=Mode.AUTO, limits=Limits(9, 600_000, 99, 1.0, 999))
    made: Settings = settings(tmp_path, policy)
    return made


@pytest.fixture
def store(own: Settings) -> Evidence:
    made = Evidence(own.folder)
    made.stage(TENANT, CASE, PARTS, REDACTOR)
    return made


def taken(store: Evidence) -> Snapshot:
    return store.collect(TENANT, CASE, AGENT)


def keep() -> Point:
    made: Point = point("keep", verb=Verb.SNAPSHOT, about=f"evidence:{TENANT}/{CASE}")
    return made


def ran(kept: Ledger, state: str = "verified") -> RunRow:
    """Enter a run that has taken evidence and is about to destroy."""
    final = Reversibility.IRREVERSIBLE
    purge = point("purge", verb=Verb.PURGE_MEMORY, reversibility=final)
    run = kept.enter(plan([keep(), purge]), actor="test")
    with kept.transaction(TENANT) as connection:
        one = (points.c.run == run, points.c.point == "keep")
        connection.execute(update(points).where(*one).values(state=state))
    return kept.run(run)


def adopted(kept: Ledger, own: Settings, run: RunRow) -> list[custody.Kept]:
    with kept.transaction(TENANT) as connection:
        return custody.adopt(connection, own, run_of(connection, run.id))


def wrong(kept: Ledger, own: Settings, run: RunRow) -> list[str]:
    with kept.reading() as connection:
        return custody.faults(connection, own, run.id)


# The folder ---------------------------------------------------------------------------------


def test_a_snapshot_says_who_took_what_when_and_its_parts_are_whole(store: Evidence) -> None:
    data = taken(store).data
    assert [part["name"] for part in data["parts"]] == sorted(PARTS)
    assert abs((datetime.fromisoformat(data["taken"]) - datetime.now(UTC)).total_seconds()) < 60
    assert "@" in data["collector"]
    assert data["host"]
    assert data["tool"].startswith("agentwarrant ")
    assert all(store.is_whole(part["sha256"]) for part in data["parts"])


def test_no_secret_is_in_any_file_and_no_name_leaves_the_folder(
    store: Evidence, own: Settings
) -> None:
    taken(store)
    files = [path for path in own.folder.rglob("*") if path.is_file()]
    assert files
    assert all(SECRET.encode() not in path.read_bytes() for path in files)
    assert any(b"[REDACTED:" in path.read_bytes() for path in files)
    assert not any("passwd" in path.name for path in own.folder.parent.rglob("*"))


def test_the_same_twice_is_one_snapshot_and_more_is_a_second_that_names_the_first(
    store: Evidence,
) -> None:
    first = taken(store)
    assert taken(store) == first
    store.stage(TENANT, CASE, {"plan": [{"playbook": "hard-kill"}]}, REDACTOR)
    second = taken(store)
    assert second.data["before"] == first.sha256
    assert [one.data["number"] for one in store.snapshots(TENANT, CASE)] == [1, 2]
    assert len(second.parts) == len(PARTS) + 1


def test_nothing_is_taken_of_a_case_that_was_not_laid_out(store: Evidence) -> None:
    with pytest.raises(Refused, match="laid out"):
        store.collect(TENANT, "another", AGENT)
    with pytest.raises(Refused, match="laid out"):
        store.collect("umbrella", CASE, AGENT)


def test_the_action_takes_it_and_proves_it(store: Evidence, own: Settings) -> None:
    target = Target(AGENT, tenant=TENANT, case=CASE)
    with cycle("evidence.snapshot", Connection("evidence", "evidence", folder=own.folder)) as run:
        (step,) = run.plan(target).steps
        assert not run.shows(step)
        assert run.contain(step)
        (early,) = run.plan(replace(target, case="another")).steps
        assert not run.contain(early)  # a plan says it all the same
    theirs = Connection("evidence", "evidence", folder=own.folder, tenants=("umbrella",))
    with cycle("evidence.snapshot", theirs) as run, pytest.raises(Refused, match="tenant"):
        run.plan(target)


# Custody ------------------------------------------------------------------------------------


def test_a_run_adopts_its_snapshot_once_and_the_chain_knows_its_hash(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    snapshot, run = taken(store), ran(kept)
    assert len(adopted(kept, own, run)) == len(PARTS) + 1
    assert adopted(kept, own, run) == []
    with kept.reading() as connection:
        (entry,) = [e for e in audit.told(connection, TENANT, run.id) if e.kind == custody.TAKEN]
    assert audit.data_of(entry)["manifest"] == snapshot.sha256
    assert wrong(kept, own, run) == []


def test_evidence_carries_the_time_at_which_it_was_taken(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    at = datetime.fromisoformat(taken(store).data["taken"])
    late = Ledger.open(f"sqlite:///{own.folder / 'respond.db'}", clock=lambda: time.time() + 3600)
    with late:
        rows = adopted(late, own, ran(late))
    assert {row.collected_ms for row in rows} == {int(at.timestamp() * 1000 + 0.5)}


def carried(kept: Ledger, own: Settings, *nodes: Point) -> list[str]:
    """Carry out a run of some points; return what was entered of it, in order."""
    folder = Connection("kept", "evidence", folder=own.folder)
    given = replace(own, connections={"kept": folder})
    run = kept.enter(plan(nodes), actor="test")
    Worker(kept, given, Guards(given, Registry())).work(until_idle=True)
    with kept.reading() as connection:
        return [
            f"{entry.kind} {entry.point}".strip() for entry in audit.told(connection, TENANT, run)
        ]


def snapshot_point(identity: str) -> Point:
    target = Target(AGENT, tenant=TENANT, case=CASE)
    (step,) = actions()["evidence.snapshot"].plan(target).steps
    made: Point = point(
        identity, action="evidence.snapshot", connection="kept", verb=Verb.SNAPSHOT,
        reversibility=Reversibility.READ_ONLY,
    )  # fmt: skip
    return replace(made, step=step)


def test_a_worker_enters_evidence_with_the_snapshot_and_not_when_somebody_looks(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    told = carried(kept, own, snapshot_point("keep"), point("strip", connection="away"))
    place = told.index(custody.TAKEN)
    assert told[place - 1] == "point_verified keep"
    assert told[place + 1].endswith(" strip")


def test_a_run_keeps_the_snapshot_that_another_has_in_force(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    carried(kept, own, snapshot_point("keep"))
    run = enter(kept, plan([snapshot_point("keep")], playbook="hard-kill"), actor="test").run
    assert [row.state for row in kept.points(run)] == [PointState.SKIPPED]
    Worker(kept, own, Guards(own, Registry())).work(until_idle=True)
    with kept.reading() as connection:
        assert len(custody.kept(connection, run)) == len(PARTS) + 1


def test_a_part_that_stands_twice_in_a_manifest_is_exported_once(
    kept: Ledger, own: Settings
) -> None:
    store = Evidence(own.folder)
    rows = PARTS["events"]
    store.stage(TENANT, CASE, {"events": rows, "session agent:main:direct": rows}, REDACTOR)
    taken(store)
    run = ran(kept)
    adopted(kept, own, run)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with kept.reading() as connection:
            packed = custody.export(connection, own, run.id)
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        names = file.namelist()
    assert len(names) == len(set(names)) == 3


def test_two_cases_of_one_run_have_their_evidence_side_by_side(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    first, run = taken(store), ran(kept)
    store.stage(TENANT, "case-2", PARTS, REDACTOR)
    second = store.collect(TENANT, "case-2", AGENT)
    enter(kept, replace(run.plan, cases=("case-2",)), actor="test")
    adopted(kept, own, run)
    with kept.reading() as connection:
        rows = custody.kept(connection, run.id)
    manifests = {row.name: row.sha256 for row in rows if row.is_manifest}
    assert manifests == {"1.0 manifest": first.sha256, "2.0 manifest": second.sha256}
    assert wrong(kept, own, run) == []


def test_evidence_whose_time_is_over_is_not_taken_up_again(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    taken(store)
    run = ran(kept)
    with kept.transaction(TENANT) as connection:
        connection.execute(
            update(points).where(points.c.run == run.id, points.c.point == "keep")
            .values(action="evidence.snapshot")
        )  # fmt: skip
        assert custody.unadopted(connection) == [run.id]
    adopted(kept, own, run)
    with kept.transaction(TENANT) as connection:
        custody.expire(connection, TENANT, kept.now_ms() + 1000, actor="kim")
        assert custody.unadopted(connection) == []


def test_a_run_whose_snapshot_is_not_verified_adopts_nothing(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    taken(store)
    assert adopted(kept, own, ran(kept, "applied_unverified")) == []


def test_nothing_is_destroyed_before_its_evidence_is_safe_and_chained(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    guards = Guards(own, Registry())
    taken(store)
    for state, passes in (("failed", False), ("applied_unverified", False), ("verified", True)):
        run = ran(kept, state)
        purge = list(run.plan.points())[1]
        with kept.transaction(TENANT) as connection:
            row = run_of(connection, run.id)
            if passes:
                guards.check(connection, row, purge)
            else:
                with pytest.raises(Guarded, match="the evidence is not safe"):
                    guards.check(connection, row, purge)
            assert bool(custody.kept(connection, run.id)) is passes


@pytest.mark.parametrize("what", ["edited", "gone", "manifest edited", "row gone"])
def test_evidence_that_is_not_what_it_was_shows_and_is_not_exported(
    kept: Ledger, own: Settings, store: Evidence, what: str
) -> None:
    snapshot, run = taken(store), ran(kept)
    adopted(kept, own, run)
    part = store.place(snapshot.parts[0]["sha256"])
    if what == "edited":
        part.write_bytes(part.read_bytes().replace(b"it read", b"it slept"))
    elif what == "gone":
        part.unlink()
    elif what == "manifest edited":
        (path,) = own.folder.rglob(f"{snapshot.sha256}.json")
        path.write_bytes(path.read_bytes().replace(b'"lines":2', b'"lines":1'))
    else:
        with kept.transaction(TENANT) as connection:
            connection.execute(delete(evidence).where(evidence.c.name.like("1.1 %")))
    assert wrong(kept, own, run)
    with kept.reading() as connection, pytest.raises(Tampered):
        custody.export(connection, own, run.id)


def test_an_export_holds_parts_manifest_and_chain_and_is_the_same_each_time(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    snapshot, run = taken(store), ran(kept)
    adopted(kept, own, run)
    with kept.reading() as connection:
        packed = custody.export(connection, own, run.id)
        assert custody.export(connection, own, run.id) == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        names = file.namelist()
        assert f"manifests/{snapshot.sha256}.json" in names
        assert {f"parts/{p['sha256']}.jsonl" for p in snapshot.parts} <= set(names)
        entries = [json.loads(line) for line in file.read("audit.jsonl").splitlines()]
    assert custody.TAKEN in [entry["kind"] for entry in entries]


def test_what_is_on_hold_no_retention_deletes(kept: Ledger, own: Settings, store: Evidence) -> None:
    snapshot, run = taken(store), ran(kept)
    adopted(kept, own, run)
    later = kept.now_ms() + 1000

    def expire() -> int:
        with kept.transaction(TENANT) as connection:
            gone = custody.expire(connection, TENANT, later, actor="kim")
        custody.drop(own, gone)
        return len(gone)

    with kept.transaction(TENANT) as connection:
        custody.put_on_hold(connection, run.id, True, actor="kim", reason="a court asks")
    assert expire() == 0
    with kept.transaction(TENANT) as connection:
        custody.put_on_hold(connection, run.id, False, actor="kim", reason="it is over")
    assert expire() == len(PARTS) + 1
    assert not store.place(snapshot.parts[0]["sha256"]).exists()
    with kept.transaction(TENANT) as connection, pytest.raises(UsageError, match="no evidence"):
        custody.put_on_hold(connection, run.id, True, actor="kim", reason="")
    with kept.reading() as connection:
        kinds = [entry.kind for entry in audit.told(connection, TENANT, run.id)]
    assert kinds[-3:] == ["evidence_held", "evidence_let_go", "evidence_expired"]


def test_a_part_that_another_runs_evidence_has_too_stays(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    snapshot, first, second = taken(store), ran(kept), ran(kept)
    adopted(kept, own, first)
    adopted(kept, own, second)
    with kept.transaction(TENANT) as connection:
        custody.put_on_hold(connection, second.id, True, actor="kim", reason="")
        assert custody.expire(connection, TENANT, kept.now_ms() + 1, actor="kim") == []
    assert store.is_whole(snapshot.parts[0]["sha256"])
    assert wrong(kept, own, second) == []


def test_a_policy_may_hold_evidence_from_the_start(
    kept: Ledger, own: Settings, store: Evidence
) -> None:
    taken(store)
    holding = replace(own, usual=replace(own.usual, holds=True))
    assert all(one.hold for one in adopted(kept, holding, ran(kept)))
