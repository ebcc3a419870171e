"""What searches find in the Splunk of the tests, and the events that they are asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tests.e2e import parity, parity_cases, parity_inventions, parity_plays
from tests.spl.machine import Readings
from tests.spl.values import Row
from tests.splunk_world import holding, is_sent, moment, rows_of

from agentwarrant.event import Event, Value
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.query import Query

NOW = parity_cases.NOW
LATER = NOW + 40 * 86_400_000
"""A moment at which every absence of a case is over."""
Moments = Mapping[parity.Group, set[int]]


def found_single(query: Query, rows: list[Row], readings: Readings) -> set[str]:
    return {str(row["aw_id"]) for row in holding(rows, readings=readings).run(query.text)}


def found_moments(
    query: Query, rule: Rule, rows: list[Row], readings: Readings
) -> dict[parity.Group, set[int]]:
    """Return the moments at which a search finds a group."""
    assert rule.correlation is not None
    names = [name for name in rule.correlation.group_by if name != parity.TENANT]
    made: dict[parity.Group, set[int]] = {}
    for row in holding(rows, readings=readings, now_ms=LATER).run(query.text):
        group = (str(row[parity.TENANT]), *(parity.plain(row[field_name(n)]) for n in names))
        made.setdefault(group, set()).add(moment(row))
    return made


def difference(wanted: Moments, found: Moments) -> str:
    for group in sorted({*wanted, *found}):
        ours, theirs = wanted.get(group, set()), found.get(group, set())
        if ours != theirs:
            return f"{group}: only the engine {ours - theirs}, only the search {theirs - ours}"
    return ""


def plain_events() -> Iterator[Event]:
    """Yield awkward events as they are sent, without what the documentation leaves open."""
    for event in parity_inventions.awkward(400):
        made = {name: _sendable(name, value) for name, value in event.items()}
        yield {name: value for name, value in made.items() if value not in ("", [])}


def _sendable(name: str, value: Value) -> Value:
    if not isinstance(value, list):
        return value
    kept: Value = [one for one in value if one != ""]  # type: ignore[assignment]  # of one type
    assert isinstance(kept, list)
    return kept if is_sent({name: kept}) else kept[0]


def played(*, hours: bool) -> list[parity.Case]:
    made = parity_plays.played(15, hours=hours)
    return [replace(case, events=tuple(map(_plain, case.events))) for case in made]


def _plain(event: Event) -> Event:
    return {
        name: "sharp" if value == "\u00df" else value
        for name, value in event.items()
        if is_sent({name: value})
    }


def rows_of_cases(cases: Sequence[parity.Case]) -> list[Row]:
    made: list[Row] = rows_of(event for case in cases for event in case.events)
    return made
