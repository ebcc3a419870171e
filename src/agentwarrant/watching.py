"""Watches systems while they run: records to events and findings, as they come.

Each connection is read in a thread of its own; events are judged in one, in the order in which they
arrive. How far a connection was read is kept after whoever listens has taken what it covers, so
that nothing is lost when the process ends in between: it comes again, with the same ``event.id``.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agentwarrant.errors import ConfigError
from agentwarrant.event import Event
from agentwarrant.finding import Finding
from agentwarrant.live import Batch, LiveSource, PlaceFile, live_sources
from agentwarrant.respond.connection import Connection
from agentwarrant.scan import Scan
from agentwarrant.taking import Taking

_WAITING = 100
_ASK = 0.5


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the operator: a connection that was lost."""

    where: str
    text: str


Seen = Event | Finding | Note
_Came = tuple[str, Batch | Exception]


def watched(connections: Sequence[Connection]) -> list[tuple[LiveSource, Connection]]:
    """Return the connections that can be read while they run, each with its source.

    Raises:
        ConfigError: There is none.
    """
    sources = live_sources()
    found = [(sources[c.vendor], c) for c in connections if c.vendor in sources]
    if not found:
        known = ", ".join(sorted(sources))
        what = "no target can be watched"
        raise ConfigError(what, where="respond", mend=f"one with vendor: {known}")
    return found


class Watch:
    """Watches some connections.

    Args:
        scan: Attributes, judges and matches.
        folder: Where it keeps how far it read.
        stop: When set, the watch ends.

    Attributes:
        caught_up: Set when what was missed has been read from every connection.
    """

    def __init__(self, scan: Scan, folder: Path, stop: threading.Event | None = None) -> None:
        self._taking = Taking(scan)
        self._folder = folder
        self.stop = stop or threading.Event()
        self.caught_up = threading.Event()
        self._came: queue.Queue[_Came] = queue.Queue(_WAITING)

    def run(
        self, sources: Sequence[tuple[LiveSource, Connection]], *, history: bool = False
    ) -> Iterator[Seen | None]:
        """Yield what happens; None now and then while nothing does.

        Raises:
            AgentWarrantError: A connection can never be read so.
        """
        places = {c.name: PlaceFile(self._folder, c.name) for _, c in sources}
        names = {c.name: source.name for source, c in sources}
        for source, connection in sources:
            thread = threading.Thread(
                target=self._follow,
                args=(source, connection, places[connection.name], history),
                name=f"watch {connection.name}",
                daemon=True,
            )
            thread.start()
        begun: set[str] = set()
        while not self.stop.is_set():
            try:
                where, came = self._came.get(timeout=_ASK)
            except queue.Empty:
                yield None
                continue
            if isinstance(came, Exception):
                self.stop.set()
                raise came
            if came.note:
                yield Note(where, came.note)
            yield from self._taking.take(names[where], came.records)
            if came.records or came.place:
                places[where].keep(came.place)
                begun.add(where)
                if len(begun) == len(places):
                    self.caught_up.set()

    def _follow(
        self, source: LiveSource, connection: Connection, place: PlaceFile, history: bool
    ) -> None:
        try:
            with closing(_closable(source, connection, place, history)) as batches:
                for batch in batches:
                    if not self._put((connection.name, batch)):
                        return
                    if batch.pause:
                        self.stop.wait(batch.pause)
        except Exception as error:  # it must not end unseen in a thread
            self._put((connection.name, error))

    def _put(self, came: _Came) -> bool:
        while not self.stop.is_set():
            try:
                self._came.put(came, timeout=_ASK)
            except queue.Full:
                continue
            return True
        return False


def _closable(
    source: LiveSource, connection: Connection, place: PlaceFile, history: bool
) -> _Batches:
    return _Batches(source.follow(connection, place.read(), history=history))


class _Batches:
    """An iterator that can be closed, whatever the source made."""

    def __init__(self, inner: Iterator[Batch]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[Batch]:
        return self._inner

    def close(self) -> None:
        close = getattr(self._inner, "close", None)
        if close is not None:
            close()
