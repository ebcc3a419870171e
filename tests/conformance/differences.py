"""Where the two engines are known to differ, each by a condition on one item and one event.

A pair of rule and event may be answered differently only when one of ``EVENT_DIFFERENCES`` holds
for an item of the rule, a correlation only when one of ``CORRELATION_DIFFERENCES`` does.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from sigma.types import SigmaCIDRExpression

Event = Mapping[str, Any]
Document = Mapping[str, Any]
Correlation = Mapping[str, Any]

_TEXTLESS = {"re", "cidr", "lt", "lte", "gt", "gte", "exists"}
_TIMES = {"minute", "hour", "day", "week", "month", "year"}
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a detection: ``field|modifiers: values``; no field for a keyword."""

    field: str | None
    modifiers: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def is_text(self) -> bool:
        """It compares texts without case."""
        given = set(self.modifiers)
        return not given & (_TEXTLESS | _TIMES | {"cased"})

    def read(self, event: Event) -> Iterator[Any]:
        """Yield the values of an event that the item looks at."""
        names = list(event) if self.field is None else [self.field]
        if "fieldref" in self.modifiers:
            names += [str(value) for value in self.values]
        yield from (event[name] for name in names if event.get(name) is not None)

    def texts(self, event: Event) -> Iterator[str]:
        """Yield every text on either side of the comparison."""
        yield from (value for value in (*self.values, *self.read(event)) if isinstance(value, str))


def items_of(document: Document) -> Iterator[Item]:
    """Yield every item of a rule's or a filter's detection."""
    parts = document.get("detection") or document.get("filter") or {}
    for name, definition in parts.items():
        if name not in ("condition", "rules"):
            yield from _items(definition)


def _items(definition: Any) -> Iterator[Item]:
    if isinstance(definition, Mapping):
        for key, value in definition.items():
            field, *modifiers = str(key).split("|")
            given = value if isinstance(value, list) else [value]
            yield Item(field or None, tuple(modifiers), tuple(given))
    elif isinstance(definition, list) and any(isinstance(part, Mapping) for part in definition):
        for part in definition:
            yield from _items(part)
    else:
        given = definition if isinstance(definition, list) else [definition]
        yield Item(None, (), tuple(given))


# Single events --------------------------------------------------------------------------------


def full_case_folding(item: Item, event: Event) -> bool:
    """A letter whose full case folding is several letters, such as the sharp s.

    Sigma: without case. Oracle: simple folding, one letter for one. Ours: full folding, so that
    a sharp s equals ``ss`` (and two ``?``, not one).
    """
    return item.is_text and any(len(c.casefold()) > 1 for text in item.texts(event) for c in text)


def letters_i_in_expressions(item: Item, event: Event) -> bool:
    """Letters that Python's ``re`` takes for one another without case, and nobody else does.

    Sigma: flag ``i``, no more. Oracle: Python, where both Turkish letters equal ``i`` and a
    sharp s equals its capital. Ours: RE2, Unicode's simple case folding.
    """
    if "re" not in item.modifiers:
        return False
    return any(
        len(c.casefold()) > 1 or c in "\u0131\u1e9e" for text in item.texts(event) for c in text
    )


def unicode_classes(item: Item, event: Event) -> bool:
    r"""A class such as ``\d`` or ``\w``, and text beyond ASCII.

    Sigma: PCRE, whose classes are ASCII unless asked. Oracle: Python's, Unicode. Ours: ASCII.
    """
    if "re" not in item.modifiers or not any(re.search(r"\\[dwsbDWSB]", p) for p in item.values):
        return False
    return not all(text.isascii() for text in item.texts(event))


def order_of_texts(item: Item, event: Event) -> bool:
    """A comparison by size with text that is no number.

    Sigma: the modifiers compare numbers. Oracle: SQLite has every text greater than every number.
    Ours: text that is no number is neither less nor greater.
    """
    if not {"lt", "lte", "gt", "gte"} & set(item.modifiers):
        return False
    return any(isinstance(v, bool) or not _is_number(v) for v in item.read(event))


def numeric_affinity(item: Item, event: Event) -> bool:
    """Text that is a number, but written otherwise than SQLite writes it: ``007``, ``1.0``.

    Sigma: says nothing about types. Oracle: a numeric column keeps 7 and compares by value. Ours:
    text compares as it is written.
    """
    return any(_is_number(text) and _written(text) != text for text in item.texts(event))


def booleans_as_numbers(item: Item, event: Event) -> bool:
    """True and false against 1 and 0, or against text in capitals.

    Sigma: a boolean is true or false. Oracle: true is also 1, and its text has small letters.
    Ours: true is true or the text ``true`` in any case, and no number.
    """
    if not any(isinstance(value, bool) for value in item.values):
        return False
    return any(_is_number(v) or (isinstance(v, str) and not v.islower()) for v in item.read(event))


def networks_as_wildcards(item: Item, event: Event) -> bool:
    """A network that the oracle writes as wildcards, where those and arithmetic disagree.

    Sigma: the address is in the network. Oracle: ``LIKE '10.%'``, which text that is no address
    fits too, and which compressed addresses of version six do not always fit. Ours: arithmetic.
    """
    if "cidr" not in item.modifiers:
        return False
    return any(_as_wildcard(n, v) != _inside(n, v) for n in item.values for v in item.read(event))


def _as_wildcard(network: str, value: Any) -> bool:
    patterns = SigmaCIDRExpression(network).expand()
    return any(fnmatch.fnmatchcase(str(value).lower(), pattern) for pattern in patterns)


def _inside(network: str, value: Any) -> bool:
    with suppress(ValueError):
        return ip_address(str(value)) in ip_network(network)
    return False


def weeks(item: Item, event: Event) -> bool:
    """A day whose ISO week is not its week counted from the first Monday.

    Sigma: ``week`` is 1 to 52 and not further defined. Oracle: ``strftime('%W')``, where days
    before the first Monday are week 0. Ours: ISO 8601.
    """
    moments = [_moment(value) for value in item.read(event) if "week" in item.modifiers]
    return any(m and m.isocalendar().week != int(m.strftime("%W")) for m in moments)


def times_of_other_kinds(item: Item, event: Event) -> bool:
    """A part of a time that is no full ISO 8601 text.

    Sigma: the field is parsed as a time. Oracle: SQLite reads a number as a Julian day and
    ``12:30`` as a time in 2000. Ours: a number is an epoch, and text has date and time.
    """
    if not _TIMES & set(item.modifiers):
        return False
    return any(_moment(value) is None and value != "" for value in item.read(event))


EVENT_DIFFERENCES: tuple[Callable[[Item, Event], bool], ...] = (
    full_case_folding,
    letters_i_in_expressions,
    unicode_classes,
    order_of_texts,
    numeric_affinity,
    booleans_as_numbers,
    networks_as_wildcards,
    weeks,
    times_of_other_kinds,
)


def excused(items: Iterable[Item], event: Event) -> str:
    """Return the name of the first difference that holds; empty when the answers must be equal."""
    known = (d.__name__ for item in items for d in EVENT_DIFFERENCES if d(item, event))
    return next(known, "")


def _moment(value: Any) -> datetime | None:
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(value) if "T" in value else None
    return None


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _written(text: str) -> str:
    number = float(text)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


# Correlations ---------------------------------------------------------------------------------


def order_of_equal_times(read: Sequence[Correlation], events: Sequence[Event]) -> bool:
    """Events of equal times, where order matters.

    Sigma: the events occur in the given order; equal times are left open. Oracle: each must be
    later than the one before. Ours: of equal times, what arrived first was first.
    """
    ordered = any(correlation["type"] == "temporal_ordered" for correlation in read)
    return ordered and _with_equal_times(events)


def matches_of_one_window(read: Sequence[Correlation], events: Sequence[Event]) -> bool:
    """A count of matches of another correlation, of which several are of one window.

    Sigma: says nothing of how often one window matches. Oracle: once. Ours: for the temporal types
    events of equal times give a match each, and so do presence and absence as alternatives
    (``a or not b``).
    """
    counts = any(c["type"].startswith(("event_", "value_")) for c in read[:-1])
    if not counts or not any(c["type"].startswith("temporal") for c in read[1:]):
        return False
    return _with_equal_times(events) or any(" or not " in str(c.get("condition")) for c in read[1:])


def events_of_inner_steps(read: Sequence[Correlation], events: Sequence[Event]) -> bool:
    """A correlation that groups by a field of the events behind an inner temporal one.

    Sigma: says nothing of which events stand for a step that several made. Oracle: all of them, in
    order the earliest. Ours: the latest of each step.
    """
    groups = [set(correlation.get("group-by", ())) for correlation in read]
    return any(
        inner["type"].startswith("temporal") and own - groups[m]
        for n, own in enumerate(groups)
        for m, inner in enumerate(read)
        if m > n
    )


def _with_equal_times(events: Sequence[Event]) -> bool:
    return len({event["timestamp"] for event in events}) < len(events)


CORRELATION_DIFFERENCES: tuple[Callable[[Sequence[Correlation], Sequence[Event]], bool], ...] = (
    order_of_equal_times,
    matches_of_one_window,
    events_of_inner_steps,
)


def excused_alerts(name: str, documents: Sequence[Document], events: Sequence[Event]) -> str:
    """Return the name of the first difference that holds for a correlation and what it reads."""
    read = list(_read(name, documents))
    return next((d.__name__ for d in CORRELATION_DIFFERENCES if d(read, events)), "")


def _read(name: str, documents: Sequence[Document]) -> Iterator[Correlation]:
    for document in documents:
        if name in (document.get("id"), document.get("name")) and "correlation" in document:
            yield document["correlation"]
            for other in document["correlation"]["rules"]:
                yield from _read(other, documents)
