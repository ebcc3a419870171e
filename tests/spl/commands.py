"""Commands that make rows of rows, one row at a time or all at once."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product

from . import syntax, times
from .aggregating import Made, Running, group_key, prepared, put
from .evaluating import Clock, evaluated, is_true
from .faults import Doubt, Refused
from .matching import matches
from .naming import condition_fields
from .values import Many, Row, Scalar, many, text

DEFAULT_FIELDS = frozenset({"index", "sourcetype", "source", "host"})
"""Indexed of every event (Knowledge Manager Manual, "Use default fields")."""


def where(command: syntax.Where, rows: Sequence[Row], clock: Clock) -> list[Row]:
    """Keep the rows for which an expression is true."""
    asked = evaluated(command.expression, clock)
    return [row for row in rows if is_true(asked(row))]


def eval_(command: syntax.Eval, rows: Sequence[Row], clock: Clock) -> list[Row]:
    """Set fields, one after the other; a field that comes to nothing is gone."""
    steps = [(name, evaluated(expression, clock)) for name, expression in command.assignments]
    made = []
    for row in rows:
        new = dict(row)
        for name, expression in steps:
            value = expression(new)
            if isinstance(value, bool):
                raise Refused(f"eval {name} is true or false, and a field is neither")
            if value is None:
                new.pop(name, None)
            else:
                new[name] = value
        made.append(new)
    return made


def fields(command: syntax.Fields, rows: Sequence[Row]) -> list[Row]:
    """Keep fields, and internal ones (``_…``), or drop them; ``*`` is a wildcard in names."""
    named = _named(command.names)
    if command.keep:
        return [{k: v for k, v in row.items() if named(k) or k.startswith("_")} for row in rows]
    return [{k: v for k, v in row.items() if not named(k)} for row in rows]


def table(command: syntax.Table, rows: Sequence[Row]) -> list[Row]:
    """Keep fields, and nothing else."""
    named = _named(command.names)
    return [{k: v for k, v in row.items() if named(k)} for row in rows]


def _named(names: Iterable[str]) -> Callable[[str], bool]:
    exact = {name for name in names if "*" not in name}
    wild = [name.replace("[", "[[]").replace("?", "[?]") for name in names if "*" in name]
    known: dict[str, bool] = {}

    def named(name: str) -> bool:
        if name not in known:
            known[name] = name in exact or any(fnmatch.fnmatchcase(name, one) for one in wild)
        return known[name]

    return named


def rename(command: syntax.Rename, rows: Sequence[Row]) -> list[Row]:
    """Give fields other names.

    Raises:
        Doubt: A field is not there and the new name is: what becomes of that is not said.
    """
    made = []
    for row in rows:
        new = dict(row)
        for old, name in command.pairs:
            if old in new:
                new[name] = new.pop(old)
            elif name in new:
                raise Doubt(f"rename {old}, which is not there, to {name}, which is")
        made.append(new)
    return made


def fillnull(command: syntax.FillNull, rows: Sequence[Row]) -> list[Row]:
    """Set fields that are not there."""
    return [{**dict.fromkeys(command.names, command.value), **row} for row in rows]


def mvexpand(command: syntax.MvExpand, rows: Sequence[Row]) -> list[Row]:
    """Make a row of each value of a field.

    Raises:
        Doubt: A row lacks the field: whether it stays is not said.
    """
    made: list[Row] = []
    for row in rows:
        if command.name not in row:
            raise Doubt(f"mvexpand {command.name} of a row without it")
        made += [{**row, command.name: one} for one in many(row[command.name])]
    return made


# Statistics -----------------------------------------------------------------------------------


def stats(command: syntax.Stats, rows: Sequence[Row], clock: Clock) -> list[Row]:
    """Return a row for each group; rows that lack a field to group by are in none.

    A row is in the group of every value of a field that has several (Search Reference, ``stats``:
    one row for each distinct value of the fields after ``by``).
    """
    _no_options(command)
    made = prepared(command, clock)
    groups: dict[tuple[str, ...], list[Running]] = {}
    if not command.by:
        groups[()] = [start() for _, start, _ in made]
    for row in rows:
        for key in _keys(row, command.by):
            if key not in groups:
                groups[key] = [start() for _, start, _ in made]
            for one, (_, _, of) in zip(groups[key], made, strict=True):
                one.add(of(row), row)
    return [_grouped(key, groups[key], command.by, made) for key in sorted(groups)]


def _grouped(key: tuple[str, ...], found: list[Running], by: tuple[str, ...], made: Made) -> Row:
    row: Row = dict(zip(by, key, strict=True))
    if "_time" in row:
        row["_time"] = float(str(row["_time"]))
    for one, (name, _, _) in zip(found, made, strict=True):
        put(row, name, one.result())
    return row


def _keys(row: Row, by: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    # The same value twice in a field is the same group, but is it counted twice?
    every = [many(row.get(name)) for name in by]
    if any(len(set(map(text, values))) < len(values) for values in every):
        raise Doubt("by a field that has a value twice")
    yield from product(*(map(text, values) for values in every))


def eventstats(command: syntax.Stats, rows: Sequence[Row], clock: Clock) -> list[Row]:
    """Return the rows, each with the statistics of its group; one in no group stays as it is."""
    _no_options(command)
    made = prepared(command, clock)
    groups: dict[tuple[str, ...], list[Running]] = {}
    keys = [group_key(row, command.by) for row in rows]
    for row, key in zip(rows, keys, strict=True):
        if key is None:
            continue
        if key not in groups:
            groups[key] = [start() for _, start, _ in made]
        for one, (_, _, of) in zip(groups[key], made, strict=True):
            one.add(of(row), row)
    results = {key: [one.result() for one in found] for key, found in groups.items()}
    out = []
    for row, key in zip(rows, keys, strict=True):
        new = dict(row)
        if key is not None:
            for value, (name, _, _) in zip(results[key], made, strict=True):
                put(new, name, value)
        out.append(new)
    return out


def _no_options(command: syntax.Stats) -> None:
    if command.options:
        raise Refused(f"{command.kind} with {sorted(command.options)}")


def tstats(
    command: syntax.Tstats, rows: Sequence[Row], clock: Clock, indexed: frozenset[str]
) -> list[Row]:
    """Return statistics of indexed fields.

    Raises:
        Refused: It reads a data model, or a field that is not indexed.
    """
    if command.model or command.options:
        raise Refused("tstats of a data model, or with options, is read and not executed")
    known = indexed | DEFAULT_FIELDS | {"_time"}
    of = {one.of.name for one in command.aggregates if isinstance(one.of, syntax.Field)}
    asked = set(_asked(command.where)) | set(command.by) | of
    if not asked <= known or any(one.evaluated for one in command.aggregates):
        raise Refused(f"tstats of what is not indexed: {sorted(asked - known)}")
    if command.where is not None:
        holds = matches(command.where, known)
        rows = [row for row in rows if holds(row)]
    if "_time" in command.by:
        rows = [{**row, "_time": _slot(row["_time"], command.span)} for row in rows]
    return stats(syntax.Stats("stats", command.aggregates, command.by), rows, clock)


def _asked(condition: syntax.Condition | None) -> Iterator[str]:
    yield from (name for name, _ in condition_fields(condition))


def _slot(time: Scalar | Many, span: str) -> float:
    if not isinstance(time, float) or not span:
        raise Refused("tstats by _time without a span")
    seconds = times.span(span)
    if seconds > 3600:
        raise Doubt("a span of days begins in the time zone of whoever asks")
    return float(math.floor(time / seconds) * seconds)
