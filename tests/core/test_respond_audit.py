"""The audit chain: every kind of tampering is found, and said in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from tests.respond_world import TENANT, plan, point
from tests.running import command_run

from agentwarrant import schema
from agentwarrant.errors import ConfigError
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.anchors import (
    Anchor,
    Anchors,
    anchor_from,
    anchor_line,
    anchor_of,
    head_event,
)
from agentwarrant.respond.ledger.audit import Chain, Entry
from agentwarrant.respond.ledger.auditcheck import verify
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import audit as entries
from agentwarrant.respond.ledger.tables import heads, points

KEY = b"the key of the chain"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'respond.db'}", KEY) as opened:
        for number in range(8):
            tell(opened, f"note_{number}")
        yield opened


def tell(ledger: Ledger, kind: str, tenant: str = TENANT) -> None:
    with ledger.transaction(tenant) as connection:
        audit.append(connection, tenant, kind, "", "", "kim", {"said": kind})


def change(ledger: Ledger, number: int, **values: Any) -> None:
    with ledger.writing() as connection:
        one = (entries.c.tenant == TENANT, entries.c.seq == number)
        connection.execute(update(entries).where(*one).values(**values))


def drop(ledger: Ledger, *seqs: int) -> None:
    with ledger.writing() as connection:
        one = (entries.c.tenant == TENANT, entries.c.seq.in_(seqs))
        connection.execute(delete(entries).where(*one))


def set_head(ledger: Ledger, **values: Any) -> None:
    with ledger.writing() as connection:
        connection.execute(update(heads).where(heads.c.tenant == TENANT).values(**values))


def entry(ledger: Ledger, seq: int) -> Entry:
    with ledger.reading() as connection:
        return audit.told(connection, TENANT)[seq - 1]


def rewritten(ledger: Ledger, chain: Chain) -> None:
    """Write the whole chain anew with one entry changed, head and all."""
    with ledger.writing() as connection:
        prev = audit.NOTHING
        for old in audit.told(connection, TENANT):
            kind = "note_forged" if old.seq == 3 else old.kind
            bare = Entry(TENANT, old.seq, old.at_ms, kind, "", "", old.actor, old.data, prev)
            own = {"kind": kind, "prev": prev, "hash": bare.digest(chain)}
            one = (entries.c.tenant == TENANT, entries.c.seq == old.seq)
            connection.execute(update(entries).where(*one).values(**own))
            prev = own["hash"]
        connection.execute(update(heads).where(heads.c.tenant == TENANT).values(hash=prev))


def test_a_chain_that_nobody_touched_is_whole(ledger: Ledger) -> None:
    assert verify(ledger, TENANT, [anchor_of(ledger, TENANT)]) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "note_x"), ("actor", "lee"), ("data", "{}"), ("at_ms", 1), ("run", "r"),
     ("point", "p"), ("hash", "0" * 64)],
)  # fmt: skip
def test_an_edit_is_found_whatever_was_edited(ledger: Ledger, column: str, value: Any) -> None:
    change(ledger, 4, **{column: value})
    found = verify(ledger, TENANT)
    assert any(line.startswith("entry 4 (") and "edited" in line for line in found)


def test_a_deletion_is_found(ledger: Ledger) -> None:
    drop(ledger, 3, 4)
    assert verify(ledger, TENANT) == ["entries 3 to 4 are gone"]


def test_entries_that_changed_places_are_found(ledger: Ledger) -> None:
    change(ledger, 3, seq=99)
    change(ledger, 4, seq=3)
    change(ledger, 99, seq=4)
    found = verify(ledger, TENANT)
    assert "entry 3 (note_3) was moved: by its own word it follows entry 4" in found
    assert any(line.startswith("entry 4 (note_2) was moved") for line in found)


def test_an_end_that_was_cut_off_is_found(ledger: Ledger) -> None:
    drop(ledger, 7, 8)
    assert verify(ledger, TENANT) == ["the end is cut off: entries 7 to 8 are gone"]


def test_an_end_that_was_cut_off_with_its_head_is_found_by_an_anchor(ledger: Ledger) -> None:
    anchor = anchor_of(ledger, TENANT)
    drop(ledger, 7, 8)
    set_head(ledger, seq=6, hash=entry(ledger, 6).hash)
    assert verify(ledger, TENANT) == []
    assert verify(ledger, TENANT, [anchor]) == [
        f"the end is cut off: at {anchor.at} there were 8 entries"
    ]


def test_a_chain_that_is_gone_is_found_by_an_anchor(ledger: Ledger) -> None:
    anchor = anchor_of(ledger, TENANT)
    drop(ledger, *range(1, 9))
    with ledger.writing() as connection:
        connection.execute(delete(heads))
    assert len(verify(ledger, TENANT, [anchor])) == 1


def test_an_entry_that_was_put_in_is_found(ledger: Ledger) -> None:
    last = entry(ledger, 8)
    bare = Entry(TENANT, 9, last.at_ms, "note_forged", "", "", "kim", "{}", last.hash)
    with ledger.writing() as connection:
        own = {name: getattr(bare, name) for name in Entry.__dataclass_fields__}
        own["hash"] = bare.digest(Chain())  # whoever puts it in has no key
        connection.execute(entries.insert().values(**own))
    assert any("was edited" in line for line in verify(ledger, TENANT))


def test_without_the_key_nobody_writes_a_chain_that_verifies(ledger: Ledger) -> None:
    rewritten(ledger, Chain())
    assert len(verify(ledger, TENANT)) == 8


def test_a_chain_written_anew_with_the_key_is_found_by_an_anchor(ledger: Ledger) -> None:
    anchor = anchor_of(ledger, TENANT)
    rewritten(ledger, ledger.chain)
    assert verify(ledger, TENANT) == []
    assert verify(ledger, TENANT, [anchor]) == [
        f"entry 8 is not the one that was there at {anchor.at}"
    ]


def test_an_anchor_that_was_made_up_is_found(ledger: Ledger) -> None:
    forged = Anchor(TENANT, 2, "0" * 64, "2026-11-29T10:00:00Z")
    (found,) = verify(ledger, TENANT, [forged])
    assert "not signed" in found


def test_a_state_that_no_entry_tells_of_is_found(ledger: Ledger) -> None:
    run = ledger.enter(plan(point("disable", "kc-1")), actor="kim")
    with ledger.writing() as connection:
        connection.execute(update(points).values(state="verified"))
    assert verify(ledger, TENANT) == [f"{run}/disable-kc-1 is verified, and the chain says planned"]


def test_tenants_have_chains_of_their_own(ledger: Ledger) -> None:
    tell(ledger, "note_of_another", "umbrella")
    change(ledger, 4, kind="x")
    assert verify(ledger, "umbrella") == []
    assert anchor_of(ledger, "umbrella").seq == 1


def test_an_anchor_is_read_back_from_its_line(ledger: Ledger) -> None:
    anchor = anchor_of(ledger, TENANT)
    assert anchor_from(anchor_line(anchor)) == anchor


def test_the_event_for_the_siem_has_fields_of_ecs_and_holds_the_anchor(ledger: Ledger) -> None:
    anchor = anchor_of(ledger, TENANT)
    event = head_event(anchor)
    assert anchor_from(event["event.original"]) == anchor
    known = schema.load("ecs.json")["fields"]
    assert {name for name in event if name != "@timestamp"} <= set(known)


def test_heads_that_moved_are_written_once_each_and_hold_the_chain(
    ledger: Ledger, tmp_path: Path
) -> None:
    path = tmp_path / "kept" / "anchors.jsonl"
    anchors = Anchors(ledger, path, every=0.0)
    anchors.write_if_due()
    anchors.write_if_due()
    tell(ledger, "first", "umbrella")
    anchors.write_if_due()
    tell(ledger, "note_9")
    Anchors(ledger, path, every=3600.0).write_if_due()  # another worker, another day
    kept = [anchor_from(line) for line in path.read_bytes().splitlines()]
    heads_told = [(one.tenant, one.seq) for one in kept]
    assert heads_told == [(TENANT, 8), ("umbrella", 1), (TENANT, 9), ("umbrella", 1)]
    assert verify(ledger, TENANT, kept) == []
    drop(ledger, 9)
    set_head(ledger, seq=8, hash=kept[0].hash)
    assert len(verify(ledger, TENANT, kept)) == 1


def test_anchors_wait_for_their_time_and_for_a_disk_that_is_away(
    ledger: Ledger, tmp_path: Path
) -> None:
    path = tmp_path / "anchors.jsonl"
    anchors = Anchors(ledger, path, every=3600.0)
    anchors.write_if_due()
    tell(ledger, "note_9")
    anchors.write_if_due()
    assert len(path.read_bytes().splitlines()) == 1
    path.rename(tmp_path / "old.jsonl")
    path.mkdir()
    anchors.write()
    path.rmdir()
    anchors.write()
    assert [anchor_from(line).seq for line in path.read_bytes().splitlines()] == [9]


def test_anchors_that_cannot_be_written_are_said_when_a_worker_starts(
    ledger: Ledger, tmp_path: Path
) -> None:
    (tmp_path / "anchors.jsonl").mkdir()
    with pytest.raises(ConfigError, match="anchors cannot be written"):
        Anchors(ledger, tmp_path / "anchors.jsonl", every=1.0)


# The command -----------------------------------------------------------------------------


def config(folder: Path) -> Path:
    (folder / "key").write_text(KEY.decode())
    path = folder / "agentwarrant.yml"
    path.write_text("state: .\nrespond:\n  ledger: file:url\n  audit_key: file:key\n")
    (folder / "url").write_text(f"sqlite:///{folder / 'respond.db'}")
    return path


def test_the_command_verifies_anchors_and_exports(ledger: Ledger, tmp_path: Path) -> None:
    own = ["--config", config(tmp_path)]
    anchors = tmp_path / "anchors.jsonl"
    assert command_run(["audit", "anchor", "--out", anchors, *own]).returncode == 0
    done = command_run(["audit", "verify", "--anchors", anchors, *own])
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    done = command_run(["audit", "export", *own])
    assert [json.loads(line)["seq"] for line in done.stdout.splitlines()] == list(range(1, 9))
    done = command_run(["audit", "anchor", "--event", *own])
    assert json.loads(done.stdout)["event.sequence"] == 8


def test_the_command_ends_with_1_when_the_chain_was_tampered_with(
    ledger: Ledger, tmp_path: Path
) -> None:
    change(ledger, 4, kind="x")
    done = command_run(["audit", "verify", "--config", config(tmp_path)])
    assert done.returncode == 1
    assert done.stdout.decode() == f"{TENANT}: entry 4 (x) was edited\n"


def test_many_writers_make_one_chain(ledger: Ledger) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: tell(ledger, f"many_{n}"), range(40)))
    assert verify(ledger, TENANT) == []
    with ledger.reading() as connection:
        assert connection.execute(select(heads.c.seq)).scalar() == 48
