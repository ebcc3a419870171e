"""A Splunk of the tests that holds our events: what we send, and what a search sees of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from tests.shipped import shipped_rules
from tests.spl import Macro
from tests.spl.evaluating import Clock
from tests.spl.events import row_of
from tests.spl.machine import Machine, Readings
from tests.spl.tables import Table
from tests.spl.values import Row

from agentwarrant.event import Event
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk.form import INDEXED
from agentwarrant.siem.splunk.names import INDEXES, index, sourcetype
from agentwarrant.siem.splunk.payload import envelope
from agentwarrant.siem.vocabulary import is_single

STAMPS = {
    "source": "agentwarrant",
    "sourcetype": sourcetype("events"),
    "index": index("parity"),
}
MACROS = {INDEXES: Macro(f"index={index('parity')}")}
READINGS = (Readings(closed=True, turned=False), Readings(closed=False, turned=True))
"""What the documentation leaves open, one way and the other."""


@cache
def pack() -> list[Rule]:
    rules: list[Rule] = shipped_rules()
    return rules


def is_sent(event: Event) -> bool:
    """Does our schema let an event pass, as far as lists go?"""
    return not any(isinstance(value, list) and is_single(name) for name, value in event.items())


def rows_of(events: Iterable[Event]) -> list[Row]:
    """Return what a search sees of events, sent as we send them."""
    return [row_of(envelope(event, STAMPS, "")) for event in events]


def holding(
    rows: list[Row],
    *,
    readings: Readings = READINGS[0],
    tables: dict[str, Table] | None = None,
    now_ms: int = 0,
) -> Machine:
    """Return a Splunk that holds such rows, at a moment."""
    indexed = frozenset(INDEXED.values())
    return Machine(rows, indexed, tables or {}, MACROS, Clock(now_ms / 1000), readings)


def moment(row: Mapping[str, object], name: str = "_time") -> int:
    """Return a time of a row in milliseconds."""
    return round(float(str(row[name])) * 1000)


def several(row: Mapping[str, object], name: str) -> Iterator[str]:
    """Yield the values of a field of a row, in letters."""
    value = row.get(name)
    yield from map(str, value if isinstance(value, list) else [] if value is None else [value])
