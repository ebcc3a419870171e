"""Statistics: what ``stats`` and its like make of the values of several rows.

Search Reference, "Statistical and charting functions": "Aggregate functions", "Event order
functions", "Multivalue stats and chart functions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .evaluating import Clock, Evaluated, evaluated
from .faults import Doubt, Refused
from .syntax import Aggregate, Stats, Tstats
from .values import Row, Scalar, Value, held, many, number, single, text

LIST_LIMIT = 100
"""So many values ``list`` returns."""


class Running:
    """One statistic, of the rows so far."""

    def __init__(self) -> None:
        self.value: Value = None

    def add(self, value: Value, row: Row) -> None:
        raise NotImplementedError

    def result(self) -> Scalar | list[Scalar] | None:
        if isinstance(self.value, bool):
            raise Refused("a statistic of true or false")
        return self.value


class _Count(Running):
    """Of rows; of a condition, those for which it is true; of a field, those that have it."""

    def __init__(self) -> None:
        self.value = 0.0

    def add(self, value: Value, row: Row) -> None:
        if isinstance(value, list):
            raise Doubt("count of a field with several values")
        if value is not None and value is not False:
            self.value = float(self.value or 0) + 1.0  # type: ignore[arg-type]  # a number


class _Distinct(Running):
    """Different values, as texts."""

    def __init__(self) -> None:
        self.known: dict[str, None] = {}

    def add(self, value: Value, row: Row) -> None:
        self.known |= dict.fromkeys(map(text, many(value)))


class _DistinctCount(_Distinct):
    def result(self) -> Scalar:
        return float(len(self.known))


class _Values(_Distinct):
    """In lexicographical order."""

    def result(self) -> Scalar | list[Scalar] | None:
        return held(sorted(self.known))


class _List(Running):
    """In the order of the rows, the first hundred."""

    def __init__(self) -> None:
        self.known: list[Scalar] = []

    def add(self, value: Value, row: Row) -> None:
        self.known += map(text, many(value))

    def result(self) -> Scalar | list[Scalar] | None:
        return held(self.known[:LIST_LIMIT])


class _Numbers(Running):
    """Of numbers; what is none does not count for a sum, and is refused otherwise."""

    def __init__(self, of: Callable[[list[float]], float], *, lenient: bool) -> None:
        self.known: list[float] = []
        self._of, self._lenient = of, lenient

    def add(self, value: Value, row: Row) -> None:
        one = single(value, "a statistic of numbers")
        if one is None:
            return
        found = number(one)
        if found is not None:
            self.known.append(found)
        elif not self._lenient:
            raise Doubt(f"a statistic of {one!r}, which is no number")

    def result(self) -> Scalar | None:
        return self._of(self.known) if self.known else None


class _Best(Running):
    """The largest or smallest number."""

    def __init__(self, best: Callable[[Iterable[float]], float]) -> None:
        super().__init__()
        self._best = best

    def add(self, value: Value, row: Row) -> None:
        one = single(value, "max or min")
        if one is None:
            return
        found = number(one)
        if found is None:
            raise Doubt(f"max or min of {one!r}, which is no number")
        self.value = found if self.value is None else self._best((float(self.value), found))  # type: ignore[arg-type]  # a number


class _Sum(Running):
    def add(self, value: Value, row: Row) -> None:
        one = single(value, "sum")
        found = None if one is None else number(one)
        if found is not None:
            self.value = float(self.value or 0) + found  # type: ignore[arg-type]  # a number


class _First(Running):
    """The first value seen; rows without the field do not count."""

    def add(self, value: Value, row: Row) -> None:
        if self.value is None:
            self.value = single(value, "first")


class _Last(Running):
    def add(self, value: Value, row: Row) -> None:
        found = single(value, "last")
        if found is not None:
            self.value = found


class _ByTime(Running):
    """The value of the earliest or latest row that has one."""

    def __init__(self, sign: int) -> None:
        super().__init__()
        self._sign = sign
        self._time: float | None = None

    def add(self, value: Value, row: Row) -> None:
        found, time = single(value, "earliest or latest"), row.get("_time")
        if found is None:
            return
        if not isinstance(time, float):
            raise Refused("earliest or latest without _time")
        if time == self._time and found != self.value:
            raise Doubt("earliest or latest of two values at one time")
        if self._time is None or (time - self._time) * self._sign > 0:
            self.value, self._time = found, time


def _median(known: list[float]) -> float:
    """Return the value in the middle; of an even number, the higher of the two."""
    return sorted(known)[len(known) // 2]


_KINDS: dict[str, Callable[[], Running]] = {
    "avg": lambda: _Numbers(lambda known: sum(known) / len(known), lenient=True),
    "count": _Count,
    "dc": _DistinctCount,
    "earliest": lambda: _ByTime(-1),
    "first": _First,
    "last": _Last,
    "latest": lambda: _ByTime(1),
    "list": _List,
    "max": lambda: _Best(max),
    "median": lambda: _Numbers(_median, lenient=False),
    "min": lambda: _Best(min),
    "range": lambda: _Numbers(lambda known: max(known) - min(known), lenient=False),
    "sum": _Sum,
    "values": _Values,
}

Made = list[tuple[str, Callable[[], Running], Evaluated]]


def prepared(command: Stats | Tstats, clock: Clock) -> Made:
    """Return for each statistic its name, its beginning, and what it is of.

    Raises:
        Refused: One is read and not executed.
    """
    return [(one.called, _kind(one), _of(one, clock)) for one in command.aggregates]


def _kind(one: Aggregate) -> Callable[[], Running]:
    if one.function not in _KINDS:
        raise Refused(f"the statistic {one.function} is read and not executed")
    return _KINDS[one.function]


def _of(one: Aggregate, clock: Clock) -> Evaluated:
    if one.of is None:
        return lambda _row: 1.0
    return evaluated(one.of, clock)


def put(row: Row, name: str, value: Scalar | list[Scalar] | None) -> None:
    """Put what a statistic came to into a row."""
    if value is not None:
        row[name] = value
    elif name in row:
        raise Doubt(f"{name} is there already, and there is nothing to put into it")


def group_key(row: Row, by: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the values by which a row is grouped; None if it lacks one.

    Raises:
        Doubt: There are several in a field.
    """
    made = []
    for name in by:
        value = single(row.get(name), f"by {name}")
        if value is None:
            return None
        made.append(text(value))
    return tuple(made)
