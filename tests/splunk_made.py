"""Correlations made for the tests of Splunk's searches, and what these find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tests.e2e.parity_inventions import rule_of
from tests.spl.tables import Table
from tests.spl.values import Row
from tests.splunk_world import READINGS, holding, moment, rows_of

from agentwarrant.event import Event, iso_from_ms
from agentwarrant.finding import Severity
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.splunk.compose import queries
from agentwarrant.siem.splunk.memory import HABITS_FIELDS, SEEN_FIELDS
from agentwarrant.siem.splunk.names import HABITS, SEEN
from agentwarrant.siem.splunk.query import Query

AGENT = "gen_ai.agent.id"
START = 1_795_000_000_000
HOUR = 3_600_000
RUN, WRITE, READ = (
    rule_of(["is", "warrant.tool.class", "eq", word], word) for word in ("exec", "write", "read")
)
PARTS = [RUN, WRITE, READ]


def made(kind: str, *, name: str = "c", **more: Any) -> Rule:
    """Return a correlation of ``exec``, by agent, within a second, unless it is said otherwise."""
    given = {"rules": ("exec",), "group_by": (AGENT,), "window_ms": 1_000, **more}
    correlation = Correlation(kind, **given)
    return Rule(name, name, name, "", "", Severity.LOW, alerts=name == "c", correlation=correlation)


def query_of(rule: Rule, *others: Rule) -> Query:
    (query,) = queries(rule, [*PARTS, *others, rule])
    return query


def act(at: int, kind: str = "exec", **more: Any) -> Event:
    """Return an event, so many milliseconds after the start."""
    event: Event = {
        "@timestamp": iso_from_ms(START + at),
        "event.action": "tool_call",
        "warrant.tool.class": kind,
        "organization.id": "acme",
        AGENT: "one",
        **{name.replace("__", "."): value for name, value in more.items()},
    }
    return {name: value for name, value in event.items() if value is not None}


def tables() -> dict[str, Table]:
    return {SEEN: Table(SEEN_FIELDS), HABITS: Table(HABITS_FIELDS)}


def numbered(events: Sequence[Event]) -> list[Event]:
    return [{"event.id": f"e{number}", **event} for number, event in enumerate(events)]


def rows_found(query: Query, events: Sequence[Event], now: int = 100 * HOUR) -> list[Row]:
    """Return the rows that a search finds in both readings of the documentation."""
    sent = rows_of(numbered(events))
    first, second = (
        holding(sent, readings=one, tables=tables(), now_ms=START + now).run(query.text)
        for one in READINGS
    )
    assert first == second
    rows: list[Row] = first
    return rows


def moments(query: Query, events: Sequence[Event], now: int = 100 * HOUR) -> list[int]:
    """Return when a search finds something, in milliseconds after the start."""
    return sorted(moment(row) - START for row in rows_found(query, events, now))


def acts(*times: int) -> Iterable[Event]:
    return [act(at) for at in times]
