"""What searches find in the Splunk of the tests, and the events that they are asked about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tests.e2e import parity, parity_cases, parity_inventions, parity_plays
from tests.spl.machine import Readings
from tests.spl.tables import Table
from tests.spl.values import Row
from tests.splunk_world import holding, is_sent, moment, rows_of

from agentwarrant.event import Event, Value
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.memory import HABITS_FIELDS, SEEN_FIELDS
from agentwarrant.siem.splunk.names import HABITS, SEEN
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
    machine = holding(rows, readings=readings, now_ms=LATER, tables=empty())
    return moments_of(rule, machine.run(query.text))


def moments_of(rule: Rule, rows: Iterable[Row]) -> dict[parity.Group, set[int]]:
    """Return the moments of each group in the rows of a search."""
    assert rule.correlation is not None
    slot = rule.correlation.window_ms if rule.correlation.kind == "rate_baseline" else 1
    made: dict[parity.Group, set[int]] = {}
    for row in rows:
        values = (parity.plain(row[field_name(one)]) for one in rule.correlation.group_by)
        made.setdefault((str(row[parity.TENANT]), *values), set()).add(moment(row) // slot * slot)
    return made


def empty() -> dict[str, Table]:
    """Return the lookups that searches remember in, with nothing in them."""
    return {SEEN: Table(SEEN_FIELDS), HABITS: Table(HABITS_FIELDS)}


RUNS = 7
"""So many times at least a search that remembers is run over what happens in a test."""
OVERLAP = 30.0
"""Seconds by which a run looks back beyond what it must, for events that came late."""


def found_in_runs(
    query: Query, rules: Sequence[Rule], rows: list[Row], readings: Readings
) -> dict[parity.Group, set[int]]:
    """Return what a search finds in several runs, with what feeds it before or after each.

    A run covers less than the history: what feeds it looks for no gap as long as that within.

    Args:
        query: The search.
        rules: The rule and those that it reads, it last.
        rows: What a Splunk holds in the end.
        readings: What the documentation leaves open.
    """
    times = sorted(float(str(row["_time"])) for row in rows)
    history = min(one.correlation.history_ms or LATER for one in rules if one.correlation)
    lasts = times[-1] - times[0]
    runs = max(RUNS, math.ceil(lasts * 4000 / history))
    step = lasts / runs + 0.001
    ends = [times[0] + step * (number + 1) for number in range(runs)]
    tables = empty()
    found: list[Row] = []
    for number, end in enumerate([*ends, LATER / 1000]):
        seen = [row for row in rows if float(str(row["_time"])) < end]
        clock = round(end * 1000)
        machine = holding(seen, readings=readings, tables=tables, now_ms=clock)
        asked = [query, *query.feeds]
        for one in asked if (number + readings.turned) % 2 else reversed(asked):
            reach = (one.window_ms + one.settle_ms) / 1000 + OVERLAP
            made = machine.run(one.text, ends[max(0, number - 1)] - step - reach, end)
            found += made if one is query else []
    return moments_of(rules[-1], found)


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
    made = parity_plays.played(10, hours=hours)
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
