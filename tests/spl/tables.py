"""Lookups: tables that searches read and write.

Search Reference, ``lookup``, ``inputlookup``, ``outputlookup``; transforms.conf.spec:
``case_sensitive_match`` is true by default, and without it the data of the KV store must be lower
case; ``max_matches`` is 1,000 for a lookup without time.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from .faults import Doubt, Refused
from .syntax import Lookup, OutputLookup
from .values import Row, Scalar, Value, held, lowered, many, single, text


@dataclass(slots=True)
class Table:
    """One lookup.

    Attributes:
        columns: Its columns (``fields_list``); ``_key`` is there besides in the KV store.
        rows: What it holds.
        store: It is in the KV store; else it is a CSV file.
        case_sensitive: As in transforms.conf.
        max_matches: As there.
    """

    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    store: bool = True
    case_sensitive: bool = True
    max_matches: int = 1000

    def check(self, names: set[str]) -> None:
        """Refuse columns that it does not have."""
        unknown = names - set(self.columns) - ({"_key"} if self.store else set())
        if unknown:
            raise Refused(f"columns that a lookup does not have: {sorted(unknown)}")


def looked_up(command: Lookup, table: Table, rows: list[Row]) -> list[Row]:
    """Return rows with what a table says of each.

    Raises:
        Doubt: A field that is looked up has several values, or a field that nothing was found for
            is there already.
    """
    outputs = command.outputs or tuple(
        (name, name) for name in table.columns if name not in dict(command.inputs)
    )
    table.check({name for name, _ in (*command.inputs, *outputs)})
    find = _finder(command, table)
    return [_with(row, find(row), outputs, only_new=command.only_new) for row in rows]


def _finder(command: Lookup, table: Table) -> Callable[[Row], list[Row]]:
    theirs, ours = zip(*command.inputs, strict=True)
    known: dict[tuple[str, ...], list[Row]] = {}
    for one in table.rows:
        key = tuple(_kept(table, one.get(name)) for name in theirs)
        known.setdefault(key, []).append(one)

    def find(row: Row) -> list[Row]:
        values = [single(row.get(name), f"lookup of {name}") for name in ours]
        if None in values:
            return []
        asked = tuple(_asked(table, value) for value in values if value is not None)
        return known.get(asked, [])[: table.max_matches]

    return find


def _asked(table: Table, value: Scalar) -> str:
    said = text(value)
    return said if table.case_sensitive else lowered(said)


def _kept(table: Table, value: Value) -> str:
    """Return a value of the table as it is compared."""
    one = single(value, "a column that is looked up by")
    said = "" if one is None else text(one)
    if table.case_sensitive or table.store:
        return said  # "the KV Store data must be lower case": else it is never found
    return lowered(said)


def _with(
    row: Row, found: list[Row], outputs: tuple[tuple[str, str], ...], *, only_new: bool
) -> Row:
    made = dict(row)
    if only_new and any(ours in row for _, ours in outputs):
        if not all(ours in row for _, ours in outputs):
            raise Doubt("OUTPUTNEW with some of the fields there already")
        return made
    for theirs, ours in outputs:
        value = held(one for each in found for one in many(each.get(theirs)))
        if value is not None:
            made[ours] = value
        elif ours in row:
            raise Doubt(f"{ours} is there already, and nothing was found for it")
    return made


def written(command: OutputLookup, table: Table, rows: list[Row]) -> None:
    """Write rows into a table.

    ``append`` adds them, and so does ``key_field`` unless ``append=false`` is said; without, they
    replace all that was there. A row whose key is there already replaces that row. Columns that
    the table does not have are not written.
    """
    columns = (*table.columns, *(("_key",) if table.store else ()))
    kept = [{name: row[name] for name in columns if name in row} for row in rows]
    if command.key_field:
        if not table.store:
            raise Refused("key_field of a lookup that is a file")
        for made, row in zip(kept, rows, strict=True):
            key = single(row.get(command.key_field), "key_field")
            if key is not None:
                made["_key"] = text(key)
    if not command.append and not command.key_field:
        table.rows = []
    for made in kept:
        _written(table, made)


def _written(table: Table, made: Row) -> None:
    if not table.store:
        if any(isinstance(value, list) for value in made.values()):
            raise Refused("several values in a lookup that is a file")
        table.rows.append(made)
        return
    key = made.setdefault("_key", uuid.uuid4().hex)
    table.rows = [one for one in table.rows if one.get("_key") != key]
    table.rows.append(made)
