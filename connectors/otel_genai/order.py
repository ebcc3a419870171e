"""The order in which the spans and log records of a batch are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .items import END, START
from .units import Unit


def in_order(units: list[Unit]) -> list[tuple[int, str]]:
    """Return (index, part) by time; at one time, a parent around its children in their order."""
    walked = list(_walk(units))
    return [
        (index, part)
        for _, index, part in sorted(
            ((units[i].end if part == END else units[i].start, i, part) for i, part in walked),
            key=lambda entry: entry[0],
        )
    ]


def _walk(units: list[Unit]) -> Iterator[tuple[int, str]]:
    """Yield every unit, those with children as ``start`` and ``end`` around them."""
    places = {unit.key: i for i, unit in enumerate(units) if unit.span and unit.span_id}
    below: dict[int, list[int]] = defaultdict(list)
    tops: list[int] = []
    for i, unit in enumerate(units):
        at = unit.parent_id if unit.span else unit.span_id
        parent = places.get((unit.trace_id, at)) if at else None
        (tops if parent is None or parent == i else below[parent]).append(i)
    seen: set[int] = set()
    for start in (*_sorted(tops, units), *range(len(units))):  # the second half: loops of parents
        yield from _descend(start, below, units, seen)


def _descend(
    start: int, below: dict[int, list[int]], units: list[Unit], seen: set[int]
) -> Iterator[tuple[int, str]]:
    stack: list[tuple[int, str]] = [(start, "")]
    while stack:
        at, part = stack.pop()
        if part == END:
            yield at, END
            continue
        if at in seen:
            continue
        seen.add(at)
        children = [child for child in below.get(at, ()) if child not in seen]
        yield at, START if children else ""
        if children:
            stack.append((at, END))
            stack.extend((child, "") for child in reversed(_sorted(children, units)))


def _sorted(places: Iterable[int], units: list[Unit]) -> list[int]:
    return sorted(places, key=lambda i: units[i].start)
