"""``streamstats``: statistics of the rows up to each.

Search Reference, ``streamstats``. Three points stand there in no clear words, and are readings or
refusals: whether a window of time holds a row that is just as old as it is long; what becomes of
other groups when statistics of groups are reset; and ``max_stream_window``, which is refused when
it would cut.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from . import times
from .aggregating import Running, group_key, prepared, put
from .evaluating import Clock, evaluated, is_true
from .faults import Doubt, Refused
from .reading import flag
from .syntax import Stats
from .values import Row, Value

MAX_STREAM_WINDOW = 10_000
"""limits.conf, ``[stats]``: so many rows at most are in a window."""
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A row that went by: when, in which group, and what each statistic takes of it."""

    time: float
    key: Key
    values: tuple[Value, ...]
    row: Row


def streamstats(command: Stats, rows: Sequence[Row], clock: Clock, *, closed: bool) -> list[Row]:
    """Return the rows with the statistics of each.

    Args:
        command: What is asked.
        rows: The rows.
        clock: For expressions.
        closed: A window of time holds a row that is just as old as it is long.
    """
    return list(_Stream(command, clock, closed=closed).run(rows))


class _Stream:
    def __init__(self, command: Stats, clock: Clock, *, closed: bool) -> None:
        options = command.options
        if "allnum" in options or "reset_on_change" in options:
            raise Refused(f"streamstats with {sorted(options)}")
        self._by = command.by
        self._made = prepared(command, clock)
        self._current = flag(options.get("current", "true"))
        self._window = int(options.get("window", "0"))
        self._global = flag(options.get("global", "true")) and self._window > 0
        self._span = times.span(options["time_window"]) if "time_window" in options else 0
        self._closed = closed
        self._before, self._after = (
            evaluated(command.resets[name], clock) if name in command.resets else None
            for name in ("reset_before", "reset_after")
        )
        self._keys: set[Key] = set()
        self._clear()

    def _clear(self) -> None:
        self._past: dict[Key, deque[_Seen]] = defaultdict(deque)
        self._running: dict[Key, list[Running]] = {}
        self._counts: dict[Key, int] = defaultdict(int)

    def run(self, rows: Sequence[Row]) -> Iterator[Row]:
        if self._span:
            _in_order(rows)
        for row in rows:
            key = group_key(row, self._by)
            if key is None:
                yield self._ungrouped(row)
                continue
            self._reset(self._before, row, key)
            made = dict(row)
            for (name, _, _), one in zip(self._made, self._statistics(row, key), strict=True):
                put(made, name, one.result())
            yield made
            self._reset(self._after, made, key)

    def _ungrouped(self, row: Row) -> Row:
        if self._global:
            raise Doubt("does a row without a field to group by take a place in the window?")
        return row

    def _reset(self, asked: Callable[[Row], Value] | None, row: Row, key: Key) -> None:
        self._keys.add(key)
        if asked is None or not is_true(asked(row)):
            return
        if len(self._keys) > 1:
            raise Doubt("a reset, of this group or of all of them?")
        self._clear()

    def _statistics(self, row: Row, key: Key) -> list[Running]:
        values = tuple(of(row) for _, _, of in self._made)
        if not self._window and not self._span:
            return self._so_far(row, key, values)
        place = () if self._global else key
        past, seen = self._past[place], _Seen(_time(row), key, values, row)
        if self._current:
            past.append(seen)
        self._leave(past, seen)
        made = [start() for _, start, _ in self._made]
        for one in past:
            if one.key == key:
                _add(made, one.values, one.row)
        if not self._current:
            past.append(seen)
        return made

    def _so_far(self, row: Row, key: Key, values: tuple[Value, ...]) -> list[Running]:
        made = self._running.get(key)
        if made is None:
            made = self._running[key] = [start() for _, start, _ in self._made]
        self._counts[key] += 1
        if self._counts[key] > MAX_STREAM_WINDOW:
            raise Doubt("more rows of a group than max_stream_window")
        if self._current:
            _add(made, values, row)
            return made
        before = [_Result(one.result()) for one in made]
        _add(made, values, row)
        return list(before)

    def _leave(self, past: deque[_Seen], seen: _Seen) -> None:
        """Let rows go that are no more in the window."""
        while self._window and len(past) > self._window:
            past.popleft()
        while self._span and past and not self._in_time(past[0], seen):
            past.popleft()
        if len(past) > MAX_STREAM_WINDOW:
            raise Doubt("more rows in a window than max_stream_window")

    def _in_time(self, one: _Seen, seen: _Seen) -> bool:
        # Milliseconds, as events have them: the difference of two such floats is none.
        apart = abs(round((seen.time - one.time) * 1000))
        return apart <= self._span * 1000 if self._closed else apart < self._span * 1000


class _Result(Running):
    """A statistic that is not added to any more."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def add(self, value: Value, row: Row) -> None:
        raise AssertionError


def _add(made: Iterable[Running], values: tuple[Value, ...], row: Row) -> None:
    for one, value in zip(made, values, strict=True):
        one.add(value, row)


def _time(row: Row) -> float:
    time = row.get("_time")
    return time if isinstance(time, float) else 0.0


def _in_order(rows: Sequence[Row]) -> None:
    times_ = [row.get("_time") for row in rows]
    if not all(isinstance(time, float) for time in times_):
        raise Refused("time_window of rows without _time")
    pairs = list(pairwise(times_))
    up = all(a <= b for a, b in pairs)  # type: ignore[operator]  # floats, as seen above
    down = all(a >= b for a, b in pairs)  # type: ignore[operator]  # as above
    if not up and not down:
        raise Refused("time_window of rows that are not in order of time")
