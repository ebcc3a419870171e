"""Files become events in order of time; two records of one action are one event."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant import collect, folders
from agentwarrant.collect import Collector, Tally, load_connectors
from agentwarrant.errors import NothingReadable, PathNotFound, UsageError
from agentwarrant.event import Event
from agentwarrant.folders import find_files
from agentwarrant.joining import Joiner, join
from agentwarrant.redact import Redactor

CONNECTORS = load_connectors(Redactor(b"key"))
SESSION = {"type": "session", "version": 4, "id": "s1", "timestamp": "2026-01-01T00:00:00Z"}


def called(call: str, at: str = "2026-01-01T00:00:01Z", tool: str = "exec") -> dict[str, Any]:
    part = {"type": "toolCall", "id": call, "name": tool, "arguments": {"command": "ls"}}
    message = {"role": "assistant", "content": [part]}
    return {"type": "message", "id": f"m-{call}", "timestamp": at, "message": message}


def lines(*records: object) -> bytes:
    return "\n".join(map(json.dumps, records)).encode()


def written(path: Path, *records: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines(*records))
    return path


def collected(*paths: Path, **options: Any) -> tuple[list[Event], Tally]:
    collector = Collector(CONNECTORS, **options)
    return list(collector.events(paths)), collector.tally


def test_a_source_that_is_forced_must_exist() -> None:
    with pytest.raises(UsageError, match=r"known are .*openclaw"):
        Collector(CONNECTORS, source="openclow")


def test_a_path_that_is_not_there_is_said_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound):
        collected(written(tmp_path / "a.jsonl", SESSION), tmp_path / "gone")


def test_files_are_found_once_and_in_order(tmp_path: Path) -> None:
    kept = [written(tmp_path / name, SESSION) for name in ("b/z.jsonl", "b/a.jsonl", "c.jsonl")]
    (tmp_path / "link.jsonl").symlink_to(kept[0])
    os.link(kept[1], tmp_path / "hard.jsonl")
    written(tmp_path / ".git/x.jsonl", SESSION)
    written(tmp_path / "db.sqlite", SESSION)
    written(tmp_path / "db.sqlite-wal", SESSION)
    found = list(find_files([tmp_path / "c.jsonl", tmp_path, tmp_path / "b"]))
    assert [p.name for p in found] == ["c.jsonl", "db.sqlite", "hard.jsonl", "link.jsonl"]


def test_a_folder_that_links_to_itself_is_walked_once(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", SESSION)
    (tmp_path / "self").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    assert [path.name for path in find_files([tmp_path])] == ["a.jsonl"]


def test_what_is_passed_over_in_a_folder_is_told_with_the_reason(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", SESSION)
    written(tmp_path / "left-wal", SESSION)
    for name in (".git", "sub/node_modules"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "elsewhere").symlink_to(tmp_path / "sub", target_is_directory=True)
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    told: dict[str, str] = {}

    def missed(path: Path, reason: str) -> None:
        told[path.relative_to(tmp_path).as_posix()] = reason

    found = [path.name for path in find_files([tmp_path], missed)]
    assert found == ["a.jsonl", "left-wal"], "a log of no database is a file like any other"
    assert told == {
        ".git": "no folder of this name is looked into",
        "sub/node_modules": "no folder of this name is looked into",
        "elsewhere": "a link to a folder is not followed: name the folder itself",
        "gone": "a link that leads nowhere",
        "pipe": "it is no regular file but a pipe",
    }


def test_a_folder_that_holds_only_what_is_passed_over_is_not_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    (tmp_path / "b").symlink_to(tmp_path / "nothing")
    with pytest.raises(NothingReadable, match=r"a: it is no regular file .* \(and 1 more path\)"):
        collected(tmp_path)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that this account may not open."""
    written(tmp_path / "mix/sub/a.jsonl", SESSION, called("c1"))
    folder = tmp_path / "mix/sub"
    folder.chmod(0)
    try:
        if os.access(folder, os.R_OK):
            pytest.skip("this account may open every folder, whatever its mode")
        yield folder
    finally:
        folder.chmod(0o700)


def test_a_folder_that_may_not_be_opened_is_named_with_the_reason(closed: Path) -> None:
    written(closed.parent / "b.jsonl", SESSION, called("c2"))
    _, tally = collected(closed.parent)
    assert tally.unknown == [(str(closed), "permission denied")]
    for named in (closed, closed / "a.jsonl"):
        with pytest.raises(NothingReadable, match="permission denied"):
            collected(named)


def test_a_folder_whose_files_may_not_be_looked_at_names_each(closed: Path) -> None:
    closed.chmod(0o400)
    written(closed.parent / "b.jsonl", SESSION, called("c2"))
    _, tally = collected(closed.parent)
    assert tally.unknown == [(str(closed / "a.jsonl"), "permission denied")]


def test_records_of_which_no_event_can_be_made_are_nothing_that_was_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", SESSION, called("c1"))
    with pytest.raises(NothingReadable, match=r"2 records, the first is .*a\.jsonl:1: .*--source"):
        collected(path, source="mcp")
    written(tmp_path / "b.jsonl", {"jsonrpc": "2.0", "method": "ping", "id": 1})
    _, tally = collected(tmp_path, source="mcp")
    assert tally.dead == 2


def test_more_files_than_can_be_gone_through_are_refused_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_MAX_FILES", 3)
    for n in range(4):
        written(tmp_path / f"{n}.jsonl", SESSION)
    with pytest.raises(UsageError, match="more than 3 files"):
        list(find_files([tmp_path]))


def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    written(tmp_path / "good.jsonl", SESSION, called("c1"))
    (tmp_path / "binary").write_bytes(bytes(200))
    (tmp_path / "empty").touch()
    written(tmp_path / "other.json", {"hello": "world"})
    events, tally = collected(tmp_path)
    assert len(events) == tally.events == 2
    assert {Path(path).name: reason for path, reason in tally.unknown} == {
        "binary": "binary, not text",
        "empty": "it is empty",
        "other.json": "no source knows it",
    }


def test_metrics_are_named_as_such(tmp_path: Path) -> None:
    written(tmp_path / "good.jsonl", SESSION)
    written(tmp_path / "metrics.jsonl", {"resourceMetrics": []})
    _, tally = collected(tmp_path)
    assert [reason for _, reason in tally.unknown] == ["only metrics: no action is in them"]


def test_nothing_readable_says_what_was_tried(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_bytes(b"\0")
    with pytest.raises(NothingReadable, match=r"a: binary, not text \(and 2 more files\)"):
        collected(tmp_path)


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingReadable, match="nothing to read"):
        collected(tmp_path)


def test_a_record_no_source_can_use_is_a_dead_letter_with_its_place(tmp_path: Path) -> None:
    broken = {**called("c1"), "timestamp": "yesterday"}
    path = written(tmp_path / "a.jsonl", SESSION, broken, called("c2"))
    events, tally = collected(path)
    assert [e["event.action"] for e in events] == ["session_start", "tool_call"]
    (letter,) = tally.dead_letters
    assert (letter.path, letter.line, tally.dead) == (str(path), 2, 1)
    assert "yesterday" in letter.reason


def test_dead_letters_are_counted_past_those_that_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "MAX_DEAD_LETTERS", 5)
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(SESSION) + b"\nnonsense" * 20)
    _, tally = collected(path)
    assert (tally.dead, len(tally.dead_letters)) == (20, 5)


def test_events_without_a_tenant_get_the_one_that_was_named(tmp_path: Path) -> None:
    events, _ = collected(written(tmp_path / "a.jsonl", SESSION), tenant="acme")
    assert {event["organization.id"] for event in events} == {"acme"}


def test_a_source_that_is_forced_reads_what_it_would_not_recognise(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", {"hello": "world"})
    with pytest.raises(NothingReadable):
        collected(path)
    with pytest.raises(NothingReadable, match="OpenClaw does not write"):
        collected(path, source="openclaw")
    written(path, {"hello": "world"}, SESSION)
    events, tally = collected(path, source="openclaw")
    assert (len(events), tally.dead) == (1, 1)


def test_two_records_of_one_call_are_one_event(tmp_path: Path) -> None:
    one = written(tmp_path / "one.jsonl", SESSION, called("c1"))
    two = written(tmp_path / "two.jsonl", SESSION, called("c1"))
    events, tally = collected(one, two)
    assert [e["event.action"] for e in events] == ["session_start", "tool_call"]
    assert tally.joined == 2
    assert events[1]["log.file.path"] == [str(one), str(two)]


def test_events_of_several_files_leave_in_order_of_time(tmp_path: Path) -> None:
    for n in range(3):
        calls = [called(f"{n}{i}", f"2026-01-01T00:00:{i * 3 + n:02}Z") for i in range(9)]
        written(tmp_path / f"{n}.jsonl", SESSION, *calls)
    events, _ = collected(tmp_path)
    times = [str(event["@timestamp"]) for event in events]
    assert times == sorted(times)
    assert len(events) == 28


# Ordering and joining ----------------------------------------------------------------------


def numbered(n: int, at: int, **more: Any) -> Event:
    time = f"2026-01-01T00:{at // 60:02}:{at % 60:02}.000Z"
    return {"event.id": f"e{n}", "@timestamp": time, **more}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3000)), max_size=60), st.randoms())
def test_every_event_leaves_once_and_in_order(
    drawn: list[tuple[int, int]], chance: random.Random
) -> None:
    times = dict(drawn)
    given_ = [numbered(n, times[n]) for n, _ in drawn]
    chance.shuffle(given_)
    tally = Tally()
    left = list(Joiner(tally).run(given_))
    assert sorted(str(e["event.id"]) for e in left) == sorted({f"e{n}" for n in times})
    assert [e["@timestamp"] for e in left] == sorted(str(e["@timestamp"]) for e in left)
    assert tally.joined == len(drawn) - len(times)


def test_a_small_buffer_loses_nothing_and_doubles_nothing() -> None:
    events = [numbered(n % 50, n % 50) for n in range(200)]
    left = list(Joiner(Tally(), capacity=4).run(events))
    assert sorted(str(e["event.id"]) for e in left) == sorted(f"e{n}" for n in range(50))


def test_what_a_richer_record_leaves_open_the_poorer_one_fills() -> None:
    ledger = numbered(
        1, 1, **{"event.outcome": "success", "warrant.run.id": "r", "log.file.path": "db"}
    )
    transcript = numbered(
        1, 2, **{"event.outcome": "unknown", "warrant.arguments.text": "{ls}", "log.file.path": "t"}
    )
    for made in (join(ledger, transcript), join(transcript, ledger)):
        assert made["warrant.arguments.text"] == "{ls}"
        assert made["warrant.run.id"] == "r"
        assert made["event.outcome"] == "success"
        assert made["@timestamp"] == transcript["@timestamp"]
        assert made["log.file.path"] == ["t", "db"]


# OTLP of several services ------------------------------------------------------------------


def test_a_collectors_file_of_two_services_is_taken_apart(tmp_path: Path) -> None:
    with (
        as_file(files("agentwarrant.connectors")) as home,
        (tmp_path / "otel.jsonl").open("wb") as out,
    ):
        for source in ("claude_code", "codex"):
            (sample,) = (home / source / "samples").glob("otel_logs*")
            out.write(sample.read_bytes().rstrip() + b"\n")
    events, tally = collected(tmp_path)
    assert {"claude_code", "codex"} <= {event["event.module"] for event in events}
    assert tally.dead == 0
