"""A real OpenClaw gateway, watched while its agents act: nothing lost, nothing told twice.

What the live source told is held against what is read from the gateway's own files afterwards. The
connection is cut in the middle of a run, by a proxy between us and the gateway.
"""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.shipped import shipped_rules

from agentwarrant.event import Event, text_of
from agentwarrant.finding import Finding
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.openclaw.gateway import Gateway
from agentwarrant.scan import Scan
from agentwarrant.watching import Note, Seen, Watch, watched

from .openclaw_server import OWNER, Runtime, call, running, stays, until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with running(tmp_path_factory.mktemp("openclaw")) as found:
        yield found


class Cable:
    """A proxy for bytes, that can be cut and mended."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._whole = True
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if not self._whole:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(one, other), daemon=True).start()

    def cut(self) -> None:
        self._whole = False
        while self._open:
            end = self._open.pop()
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        self._listener.close()
        self.cut()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Watcher:
    """A watch in a thread of its own, and all that it told."""

    def __init__(self, connection: Connection, folder: Path, *, history: bool = False) -> None:
        self.scan = Scan.over(shipped_rules())
        self._watch = Watch(self.scan, folder)
        self.seen: list[Seen] = []
        self._thread = threading.Thread(target=self._run, args=(connection, history))
        self._thread.start()

    def _run(self, connection: Connection, history: bool) -> None:
        for one in self._watch.run(watched([connection]), history=history):
            if one is not None:
                self.seen.append(one)

    def events(self) -> list[Event]:
        return [one for one in self.seen if isinstance(one, dict)]

    def ids(self) -> list[str]:
        return [text_of(event, "event.id") for event in self.events()]

    def findings(self) -> list[Finding]:
        return [one for one in self.seen if isinstance(one, Finding)]

    def notes(self) -> list[str]:
        return [one.text for one in self.seen if isinstance(one, Note)]

    def calls(self, command: str) -> int:
        return sum(command in text_of(e, "process.command_line") for e in self.events())

    def end(self) -> None:
        self._watch.stop.set()
        self._thread.join()


@contextmanager
def watching(connection: Connection, folder: Path, *, history: bool = False) -> Iterator[Watcher]:
    watcher = Watcher(connection, folder, history=history)
    try:
        yield watcher
    finally:
        watcher.end()


def in_files(runtime: Runtime) -> dict[str, Event]:
    """Return what the gateway's own files tell, by ``event.id``."""
    scan = Scan.over()
    found = scan.events([runtime.data / "state/agents", runtime.data / "state/state"])
    return {text_of(event, "event.id"): event for event in found}


def test_the_watcher_tells_what_the_files_tell_and_finds_what_is_wrong_as_it_happens(
    runtime: Runtime, tmp_path: Path
) -> None:
    with watching(runtime.connection(), tmp_path, history=True) as watcher:
        assert runtime.answered("stranger", "group", "molt")
        assert until(lambda: watcher.calls("--data-binary @.env"))
        assert until(lambda: any(f.severity == "critical" for f in watcher.findings()))
        left = partial(missing, runtime, watcher)
        assert until(lambda: not left()), "\n".join(left())
        assert set(watcher.ids()) == set(in_files(runtime))
        assert max(Counter(watcher.ids()).values()) == 1
        assert watcher.scan.collector.tally.dead == 0


def settled(runtime: Runtime) -> set[str]:
    """Return what the files tell when nothing more comes: the gateway writes some rows late."""
    assert until(lambda: stays(lambda: len(in_files(runtime)), 3))
    return set(in_files(runtime))


_SHOWN = (
    "event.dataset", "event.action", "event.sequence", "warrant.run.id", "warrant.session.key",
    "gen_ai.conversation.id", "message", "event.id",
)  # fmt: skip


def missing(runtime: Runtime, watcher: Watcher, before: Collection[str] = ()) -> list[str]:
    """Return what the files tell and the watcher has not told, but for what was there before."""
    told = {*watcher.ids(), *before}
    rows = in_files(runtime)
    return [
        " ".join(str(event.get(name)) for name in ("@timestamp", *_SHOWN))
        for number, event in rows.items()
        if number not in told
    ]


def test_what_happened_while_nobody_watched_is_told_by_the_next_who_does(
    runtime: Runtime, tmp_path: Path
) -> None:
    with watching(runtime.connection(), tmp_path):
        assert until(lambda: (tmp_path / "openclaw-test.json").exists())
    before = settled(runtime)
    assert runtime.answered("owner", "dm", "tick")
    with watching(runtime.connection(), tmp_path) as second:
        left = partial(missing, runtime, second, before)
        assert until(lambda: not left()), "\n".join(left())
        assert not set(second.ids()) & before


def stopped(runtime: Runtime, person: Gateway) -> bool:
    """Stop the agent, and see whether it has: on a busy machine the next step may begin yet."""
    call(person, "sessions.abort", key=OWNER, clearQueued=True)
    return stays(lambda: runtime.lines("runaway.txt"), 3)


def test_a_cut_in_the_middle_of_a_run_loses_nothing_and_tells_nothing_twice(
    runtime: Runtime, tmp_path: Path
) -> None:
    cable = Cable(urlsplit(runtime.ready["ws"]).port or 0)
    connection = replace(runtime.connection(), url=f"ws://127.0.0.1:{cable.port}", timeout=5.0)
    before = settled(runtime)
    with watching(connection, tmp_path) as watcher, runtime.operator() as person:
        start = runtime.lines("runaway.txt")
        assert until(lambda: (tmp_path / "openclaw-test.json").exists())
        runtime.say("owner", "dm", "runaway")
        assert until(lambda: watcher.calls("runaway.txt") >= 3)
        cable.cut()
        gone = watcher.calls("runaway.txt")
        grown = runtime.lines("runaway.txt")
        assert until(lambda: runtime.lines("runaway.txt") > grown + 10)
        assert watcher.calls("runaway.txt") <= gone + 1
        cable.mend()
        assert until(lambda: watcher.calls("runaway.txt") > gone + 10)
        assert until(lambda: stopped(runtime, person))
        left = partial(missing, runtime, watcher, before)
        assert until(lambda: not left()), "\n".join(left())
        ran = runtime.lines("runaway.txt") - start
        assert watcher.calls("runaway.txt") in (ran, ran + 1)  # the last was cut off in the middle
        assert watcher.notes()
    assert max(Counter(watcher.ids()).values()) == 1
    assert not set(watcher.ids()) & before
    cable.close()
