"""A live source: what it tells once, what it reads after a gap, how far it got."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.running import command_run
from tests.shipped import shipped_rules

from agentwarrant.connector import Raw
from agentwarrant.drill.clerk import clerk
from agentwarrant.drill.stage import AtOpenClaw, until
from agentwarrant.errors import ConfigError, Refused
from agentwarrant.event import text_of
from agentwarrant.finding import Finding
from agentwarrant.live import Batch, LiveSource, Place, PlaceFile, live_sources
from agentwarrant.respond.connection import Connection
from agentwarrant.scan import Scan
from agentwarrant.secretrefs import Secret
from agentwarrant.taking import Told
from agentwarrant.watching import Note, Seen, Watch, watched

Book: Any = import_module("agentwarrant.connectors.openclaw.liveplace").Book

# How far it got --------------------------------------------------------------------------


def test_a_place_is_read_back_as_it_was_kept(tmp_path: Path) -> None:
    file = PlaceFile(tmp_path / "live", "gw")
    assert file.read() == {}
    file.keep({"ledger": 7})
    file.keep({"ledger": 8})
    assert PlaceFile(tmp_path / "live", "gw").read() == {"ledger": 8}
    assert [path.name for path in (tmp_path / "live").iterdir()] == ["gw.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "7"])
def test_a_place_that_cannot_be_read_is_no_beginning(tmp_path: Path, text: str) -> None:
    (tmp_path / "gw.json").write_text(text)
    with pytest.raises(ConfigError, match="begin anew"):
        PlaceFile(tmp_path, "gw").read()


SESSIONS = st.sampled_from(["s1", "s2", "s3"])
CALLS = st.tuples(SESSIONS, st.sampled_from(["call", "result"]), st.text(max_size=5))


@given(st.lists(CALLS, max_size=30), st.integers(0, 2**40))
def test_what_was_counted_is_counted_on_after_a_restart(
    calls: list[tuple[str, str, str]], ledger: int
) -> None:
    whole, parts = Book(), Book()
    whole.fresh = parts.fresh = False
    whole.ledger = parts.ledger = ledger
    for session, phase, call in calls:
        parts = Book.of(json.loads(json.dumps(parts.place())))
        parts.session(session, f"agent:main:{session}").raw += 1
        whole.session(session, f"agent:main:{session}").raw += 1
        assert parts.next(session, phase, call) == whole.next(session, phase, call)
    assert parts.place() == whole.place()


def test_what_a_place_keeps_is_bounded() -> None:
    book = Book()
    book.fresh = False
    for number in range(20_000):
        book.session(f"s{number}", "agent:main:x")
        book.next("s", "call", str(number))
        book.job(str(number))
        book.parent(f"k{number}", f"k{number - 1}")
    assert len(json.dumps(book.place())) < 2_000_000
    assert len(book.line("k19999")) <= 16


@given(st.lists(st.text(max_size=3)))
def test_a_name_is_told_once(names: list[str]) -> None:
    told = Told(generation=1000)
    assert [name for name in names if not told.knows(name)] == list(dict.fromkeys(names))


# Watching a stand-in ---------------------------------------------------------------------


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[dict[str, Any]]:
    with clerk(tmp_path / "clerk") as found:
        yield found


def to(ready: dict[str, Any], folder: Path) -> Connection:
    (folder / "token").write_text(ready["token"])
    return Connection("gw", "openclaw", ready["ws"], {"token": Secret("file:token", folder)})


class Watcher:
    """A watch in a thread of its own, and what it told."""

    def __init__(self, connection: Connection, folder: Path, *, history: bool = False) -> None:
        self.watch = Watch(Scan.over(shipped_rules()), folder / "live")
        self.seen: list[Seen] = []
        self._history, self._connection = history, connection

    def __enter__(self) -> Watcher:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self.watch.caught_up.wait(20)
        return self

    def __exit__(self, *exc: object) -> None:
        self.watch.stop.set()
        self._thread.join()

    def _run(self) -> None:
        for one in self.watch.run(watched([self._connection]), history=self._history):
            if one is not None:
                self.seen.append(one)

    @property
    def ids(self) -> Counter[str]:
        return Counter(text_of(e, "event.id") for e in self.seen if isinstance(e, dict))

    @property
    def findings(self) -> list[Finding]:
        return [one for one in self.seen if isinstance(one, Finding)]

    @property
    def commands(self) -> list[str]:
        lines = (text_of(e, "process.command_line") for e in self.seen if isinstance(e, dict))
        return [line for line in lines if line]


def test_what_happens_is_told_once_and_found_as_it_opens(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    with Watcher(to(ready, tmp_path), tmp_path) as watcher:
        AtOpenClaw(ready).poison()
        assert until(lambda: len(watcher.commands) == 4, 60)
        assert until(lambda: "critical" in [one.severity for one in watcher.findings], 60)
    ids = [one.id for one in watcher.findings]
    assert len(ids) == len(set(ids))
    assert set(watcher.ids.values()) == {1}


def test_what_happened_while_nobody_watched_is_told_first(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    connection, agent = to(ready, tmp_path), AtOpenClaw(ready)
    with Watcher(connection, tmp_path) as first:
        agent.poison()
        assert until(lambda: len(first.commands) == 4, 60)
    assert agent.acts(10)
    with Watcher(connection, tmp_path) as second:
        assert until(lambda: second.commands == ["date +%s >> ticks.txt"], 60)
    assert not set(first.ids) & set(second.ids)


def test_what_was_before_the_first_watch_is_told_only_when_asked_for(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    connection = to(ready, tmp_path)
    assert AtOpenClaw(ready).acts(10)
    (tmp_path / "now").mkdir()
    with Watcher(connection, tmp_path / "now") as now:
        assert not until(lambda: bool(now.ids), 1)
    with Watcher(connection, tmp_path, history=True) as all_of_it:
        assert until(lambda: bool(all_of_it.commands), 60)


def test_a_gateway_that_is_not_there_is_told_and_waited_for(tmp_path: Path) -> None:
    with clerk(tmp_path / "clerk") as gone:
        connection = to(gone, tmp_path)
    watch = Watch(Scan.over(), tmp_path / "live")
    for seen in watch.run(watched([replace(connection, timeout=1.0)])):
        if isinstance(seen, Note):
            assert "no connection" in seen.text
            break
    watch.stop.set()


def test_a_token_that_is_refused_ends_the_watch(ready: dict[str, Any], tmp_path: Path) -> None:
    connection = to({**ready, "token": "wrong"}, tmp_path)
    with pytest.raises(Refused):
        list(Watch(Scan.over(), tmp_path / "live").run(watched([connection])))


def test_there_is_something_to_watch_or_it_is_said_what_would_be(tmp_path: Path) -> None:
    assert "openclaw" in live_sources()
    with pytest.raises(ConfigError, match="openclaw"):
        watched([Connection("kc", "keycloak", "https://kc.example")])


class _Breaks(LiveSource):
    name = "openclaw"

    def follow(
        self, connection: Connection, place: Place, *, history: bool = False
    ) -> Iterator[Batch]:
        yield Batch((Raw({"type": "nothing known"}),), {"n": 1})
        raise ZeroDivisionError("a fault of this source")


def test_a_source_that_breaks_does_not_end_unseen(tmp_path: Path) -> None:
    watch = Watch(Scan.over(), tmp_path)
    connection = Connection("gw", "openclaw")
    with pytest.raises(ZeroDivisionError):
        list(watch.run([(_Breaks(), connection)]))
    assert PlaceFile(tmp_path, "gw").read() == {"n": 1}


# The command -----------------------------------------------------------------------------


def configured(ready: dict[str, Any], folder: Path) -> Path:
    (folder / "token").write_text(ready["token"])
    targets = {"gw": {"vendor": "openclaw", "url": ready["ws"], "secrets": {"token": "file:token"}}}
    path = folder / "agentwarrant.yml"
    path.write_text(json.dumps({"state": "state", "respond": {"targets": targets}}))
    return path


def test_the_command_prints_findings_and_goes_on_where_it_was(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    config = configured(ready, tmp_path)
    AtOpenClaw(ready).poison()
    assert until(lambda: AtOpenClaw(ready).stolen() > 0, 60)
    words = ["watch", "gw", "--config", config, "--seconds", "4"]
    first = command_run([*words, "--history", "--json"])
    assert first.returncode == 0, first.stderr
    found = [json.loads(line) for line in first.stdout.splitlines()]
    assert "critical" in {one["warrant.finding.severity"] for one in found}
    assert b"fake-hunter2" not in first.stdout + first.stderr
    again = command_run(words)
    assert again.stdout == b""
    assert b"0 events" in again.stderr


@pytest.mark.parametrize("words", [["nobody"], []])
def test_what_cannot_be_watched_is_said_in_one_line(words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "agentwarrant.yml"
    path.write_text("respond: {targets: {}}")
    done = command_run(["watch", *words, "--config", path])
    assert done.returncode != 0
    assert len(done.stderr.decode().splitlines()) == 1
