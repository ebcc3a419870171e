"""``sort`` and ``dedup``.

Search Reference, ``sort``: numbers by size, texts by their letters, each pair by what both are;
what lacks the field comes last either way. In which order rows come that are equal is not said.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import cmp_to_key

from .faults import Doubt
from .syntax import Dedup, Sort
from .values import Row, Scalar, many, number, single, text


def ordered(command: Sort, rows: Sequence[Row], *, turned: bool) -> list[Row]:
    """Return rows in order.

    Args:
        command: What is asked.
        rows: The rows.
        turned: Rows that are equal come in the opposite order; else they keep theirs.
    """
    made = list(reversed(rows)) if turned else list(rows)
    for down, how, name in reversed(command.keys):
        made = _by(made, name, how, down=down)
    return made[: command.limit] if command.limit else made


def _by(rows: list[Row], name: str, how: str, *, down: bool) -> list[Row]:
    there = [(value, row) for row in rows if (value := single(row.get(name), "sort")) is not None]
    lacking = [row for row in rows if name not in row]
    if how == "str" or all(isinstance(value, float) for value, _ in there):
        plain = text if how == "str" else float
        there.sort(key=lambda pair: plain(pair[0]), reverse=down)
        return [row for _, row in there] + lacking

    def compared(left: Scalar, right: Scalar) -> int:
        return _compared(left, right, how)

    key = cmp_to_key(compared)
    # reverse keeps the order of what is equal
    there.sort(key=lambda pair: key(pair[0]), reverse=down)
    return [row for _, row in there] + lacking


def _compared(left: Scalar, right: Scalar, how: str) -> int:
    one, two = number(left), number(right)
    if one is not None and two is not None:
        return (one > two) - (one < two)
    if how == "num" or one is not None or two is not None:
        raise Doubt(f"order of {left!r} and {right!r}")
    if _odd(text(left)) or _odd(text(right)):
        raise Doubt(f"order of {left!r} and {right!r}, of which one begins with a digit")
    return (text(left) > text(right)) - (text(left) < text(right))


def _odd(said: str) -> bool:
    """Is a text sorted in a way of its own: an address, or by the number it begins with?"""
    try:
        ipaddress.ip_address(said)
    except ValueError:
        return said[:1].isdigit()
    return True


def deduplicated(command: Dedup, rows: Sequence[Row]) -> list[Row]:
    """Return the first rows of each combination of values; of several values all must be equal.

    Rows that lack one of the fields are dropped (``keepempty`` is false).
    """
    seen: dict[tuple[tuple[str, ...], ...], int] = {}
    made = []
    for row in rows:
        if not all(name in row for name in command.names):
            continue
        key = tuple(tuple(map(text, many(row[name]))) for name in command.names)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= command.count:
            made.append(row)
    return made
