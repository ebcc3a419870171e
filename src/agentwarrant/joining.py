"""Orders events by time, and joins what several logs tell of one action and of one session."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from agentwarrant.event import CLOCK, Event, Value, text_of
from agentwarrant.sessionnames import SessionNames, rank_of
from agentwarrant.twins import Twin, Twins
from agentwarrant.vocabulary import DEFAULTS

_ORDER_BUFFER = 20_000
_SEEN_GENERATION = 200_000


class Counting(Protocol):
    """Where it is counted how many records were joined into another's event."""

    joined: int


class Joiner:
    """Orders events by time in a bounded buffer and joins those of one action.

    Args:
        tally: Counts what is joined.
        capacity: How many events wait.
        twins: Of the sources whose logs give one action different ids, by name: what an event is.
    """

    def __init__(
        self,
        tally: Counting,
        capacity: int = _ORDER_BUFFER,
        twins: Mapping[str, Twin] | None = None,
    ) -> None:
        self._tally = tally
        self._capacity = capacity
        self._row: deque[tuple[str, int, str]] = deque()
        self._heap: list[tuple[str, int, str]] = []
        self._waiting: dict[str, Event] = {}
        self._gone: set[str] = set()
        self._gone_before: set[str] = set()
        self._count = 0
        self._names = SessionNames()
        self._twins = Twins(twins or {})
        self._joined_as: dict[str, str] = {}  # the id of a twin -> the id that it leaves under
        self._other_ids: dict[str, str] = {}  # the same, the other way round

    def run(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the events, ordered and joined."""
        waiting = self._waiting
        for event in events:
            self._names.note(event)
            key = text_of(event, "event.id")
            if self._joined_as:
                key = self._joined_as.get(key, key)
            known = waiting.get(key)
            if known is not None:
                self._join(key, known, event)
                continue
            if key in self._gone or key in self._gone_before:
                self._tally.joined += 1
                continue
            twin = self._twins.find(event, waiting)
            if twin:
                self._pair(twin, waiting[twin], event)
                continue
            waiting[key] = event
            self._push(text_of(event, "@timestamp"), key)
            if len(waiting) > self._capacity:
                yield self._pop()
        while waiting:
            yield self._pop()

    def _join(self, key: str, known: Event, event: Event) -> None:
        """Put one event in the place of two records with one id."""
        made = join(known, event)
        made["event.id"] = key
        self._put(key, known, made)

    def _pair(self, key: str, known: Event, event: Event) -> None:
        """Put one event in the place of two records whose logs gave them different ids."""
        made = join(known, event)
        named = text_of(made, "event.id")
        other = key if named != key else text_of(event, "event.id")
        self._joined_as[other], self._other_ids[named] = named, other
        if named != key:
            del self._waiting[key]
        self._put(named, known, made)

    def _put(self, key: str, known: Event, made: Event) -> None:
        self._tally.joined += 1
        self._waiting[key] = made
        if made["@timestamp"] != known["@timestamp"] or key != known["event.id"]:
            self._push(text_of(made, "@timestamp"), key)  # where it stood it is passed over

    def _push(self, time: str, key: str) -> None:
        self._count += 1
        if not self._row or time >= self._row[-1][0]:
            self._row.append((time, self._count, key))  # in order, as nearly all come
        else:
            heapq.heappush(self._heap, (time, self._count, key))

    def _pop(self) -> Event:
        while True:
            late = self._heap and (not self._row or self._heap[0] < self._row[0])
            time, _, key = heapq.heappop(self._heap) if late else self._row.popleft()
            event = self._waiting.get(key)
            if event is not None and event["@timestamp"] == time:
                break
        del self._waiting[key]
        self._leave(key)
        self._names.settle(event)
        return event

    def _leave(self, key: str) -> None:
        if len(self._gone) >= _SEEN_GENERATION:
            self._gone_before, self._gone = self._gone, set()
        self._gone.add(key)
        self._twins.forget(key)
        other = self._other_ids.pop(key, "")
        if other:
            del self._joined_as[other]
            self._gone.add(other)


def join(first: Event, second: Event) -> Event:
    """Return one event of two records of the same action; the richer one speaks first."""
    rich, poor = max((first, second), key=_richness), min((second, first), key=_richness)
    made = dict(rich)
    for name, value in poor.items():
        if name not in made or (made[name] == DEFAULTS.get(name) and value != made[name]):
            made[name] = value
    sure = max(rich, poor, key=rank_of)
    made.update({name: sure[name] for name in _WHO if name in sure})
    if CLOCK not in rich:
        made.pop(CLOCK, None)
    paths = _paths(rich) + [p for p in _paths(poor) if p not in _paths(rich)]
    if paths:
        made["log.file.path"] = paths[0] if len(paths) == 1 else paths
    return made


_WHO = ("gen_ai.agent.id", "gen_ai.agent.name", "warrant.agent.assurance", "organization.id")


def _richness(event: Event) -> tuple[bool, int, str]:
    """How much a record tells: its own time, then its content.

    Of two that tell the same the log decides, and not which of them was read first.
    """
    content = len(text_of(event, "warrant.arguments.text")) + len(
        text_of(event, "warrant.content.text")
    )
    return CLOCK not in event, content * 10 + len(event), text_of(event, "event.dataset")


def _paths(event: Event) -> list[str]:
    value: Value | None = event.get("log.file.path")
    if value is None:
        return []
    return [str(p) for p in value] if isinstance(value, list) else [str(value)]
