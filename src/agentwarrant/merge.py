"""Merges files by time: each is read when its turn comes, and none is held in memory."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

from agentwarrant.event import Event, text_of

MAX_OPEN = 200
"""Files that may be open while they wait for their turn; others are opened again."""

_HEAD = 50
"""Events that are read ahead of a file: pages of a vendor's log have the newest first."""

Open = Callable[[], Iterator[Event]]


def merged(files: Sequence[Open], peek: Sequence[Open]) -> Iterator[Event]:
    """Yield the events of files in order of time, as far as each file is in order itself.

    A file's first events need no order: a short file may have any.

    Args:
        files: Open a file and yield its events; each is called once, and exhausted.
        peek: The same without a trace: called to see the first event of a file that cannot be kept
            open until it is due.
    """
    waiting = [_Waiting(i, file, peek[i]) for i, file in enumerate(files)]
    waiting.sort(key=lambda file: (file.start, file.place))
    active: list[tuple[str, int, Event, Iterator[Event]]] = []
    due = 0
    while active or due < len(waiting):
        while due < len(waiting) and (not active or waiting[due].start <= active[0][0]):
            _push(active, waiting[due].place, waiting[due].open())
            due += 1
        if not active:
            continue
        _, place, event, rest = active[0]
        yield event
        if len(active) == 1 and due == len(waiting):  # nothing is left to be merged with
            yield from rest
            return
        following = next(rest, None)
        if following is None:
            heapq.heappop(active)
        else:
            entry = (_time(following), place, following, rest)
            heapq.heapreplace(active, entry)


def _push(
    active: list[tuple[str, int, Event, Iterator[Event]]], place: int, rest: Iterator[Event]
) -> None:
    first = next(rest, None)
    if first is not None:
        heapq.heappush(active, (_time(first), place, first, rest))


class _Waiting:
    """A file that is not read yet, and the time of its first event; the empty text for none."""

    def __init__(self, place: int, file: Open, peek: Open) -> None:
        self.place = place
        self._file = file
        self._rest: Iterator[Event] | None = None
        if place < MAX_OPEN:
            self._rest = _sorted_head(file())
            first = next(self._rest, None)
            self._rest = chain([] if first is None else [first], self._rest)
        else:
            first = next(peek(), None)
        self.start = _time(first) if first is not None else ""

    def open(self) -> Iterator[Event]:
        return self._rest or _sorted_head(self._file())


def _sorted_head(events: Iterable[Event]) -> Iterator[Event]:
    """Yield events, the first of them in order of time."""
    rest = iter(events)
    yield from sorted(islice(rest, _HEAD), key=_time)
    yield from rest


def _time(event: Event) -> str:
    return text_of(event, "@timestamp")
