"""Runs of saved searches one after the other: each match is told of, and one burst once.

The scheduler is stood in for as savedsearches.conf.spec says: a run sees what was indexed within
its range and happened within its range; an alert for each row; a row whose suppression field has a
value that has alerted within the period is suppressed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shipped import shipped_rules
from tests.spl import Macro
from tests.spl.evaluating import Clock
from tests.spl.events import row_of
from tests.spl.machine import Machine
from tests.spl.values import Row, many, text

from agentwarrant.event import Event
from agentwarrant.siem.splunk import app, names, saved
from agentwarrant.siem.splunk.form import INDEXED
from agentwarrant.siem.splunk.payload import envelope
from agentwarrant.siem.splunk.render import NativeSearch, Rendered, render

BEGIN = 1_769_904_000
HOUR = 3600
LATEST = 3300
"""Seconds by which an event may be indexed late here: less than the hour that searches allow."""


@dataclass(frozen=True)
class Sent:
    """An event, when it happened, and when it was indexed."""

    row: Row
    happened: float
    indexed: float


@dataclass(frozen=True)
class Alert:
    """A row that was told of, and when."""

    at: float
    group: str
    ids: frozenset[str]


@cache
def natives() -> dict[str, NativeSearch]:
    return {one.rule.short_id: one for one in render(shipped_rules()).rules}


def sent(number: int, agent: str, happened: float, late: float) -> Sent:
    time = datetime.fromtimestamp(BEGIN + happened, UTC).isoformat(timespec="milliseconds")
    made: Event = {
        "@timestamp": time.replace("+00:00", "Z"),
        "event.id": f"e{number}",
        "event.action": "tool_call",
        "entity.sub_type": "ai_agent",
        "organization.id": "acme",
        "gen_ai.agent.id": agent,
        "gen_ai.conversation.id": "s1",
        "warrant.network.kind": "agent_network",
    }
    stamps = {"sourcetype": names.sourcetype("events"), "index": "agentwarrant_acme"}
    row = row_of(envelope(made, stamps, ""))
    return Sent(row, BEGIN + happened, BEGIN + happened + late)


def seconds(said: str) -> int:
    return int(said.removeprefix("-")[:-1]) * {"s": 1, "m": 60, "h": 3600}[said[-1]]


def alerts(native: NativeSearch, events: Iterable[Sent], last: float) -> list[Alert]:
    """Return what a saved search tells of while events come in."""
    rendered = Rendered((native,), ())
    stanza = next(iter(saved.stanzas(rendered).values()))
    stanzas = {**app.macros({}), **saved.filters(rendered)}
    macros = {name: Macro(said["definition"]) for name, said in stanzas.items()}
    minutes = [int(one) for one in stanza["cron_schedule"].split(" ")[0].split(",")]
    back = seconds(stanza["dispatch.index_earliest"])
    oldest = seconds(stanza["dispatch.earliest_time"])
    period = seconds(stanza["alert.suppress.period"])
    quiet: dict[str, float] = defaultdict(float)
    told: list[Alert] = []
    for minute in range(int(last) // 60 + 2 * 60):
        now = BEGIN + minute * 60
        if minute % 60 not in minutes:
            continue
        seen = [
            e.row
            for e in events
            if now - back <= e.indexed < now and now - oldest <= e.happened < now
        ]
        machine = Machine(seen, frozenset(INDEXED.values()), macros=macros, clock=Clock(now))
        for row in machine.run(stanza["search"]) if seen else ():
            group = text(*many(row[stanza["alert.suppress.fields"]]))
            if quiet[group] <= now:
                quiet[group] = now + period
                told.append(Alert(now, group, frozenset(map(text, many(row["aw_ids"])))))
    return told


EVENTS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 3 * HOUR), st.integers(0, LATEST)),
    min_size=1,
    max_size=12,
)


def made(drawn: list[tuple[str, int, int]]) -> list[Sent]:
    return [sent(n, agent, at, late) for n, (agent, at, late) in enumerate(drawn)]


@settings(max_examples=15, deadline=None)
@given(EVENTS)
def test_every_agent_that_does_it_is_told_of_and_seldom(drawn: list[tuple[str, int, int]]) -> None:
    native = natives()["AIA-NET-001"]
    events = made(drawn)
    told = alerts(native, events, 3 * HOUR + LATEST)
    by_group: dict[str, list[Alert]] = defaultdict(list)
    for one in told:
        by_group[one.group].append(one)
    assert len(by_group) == len({agent for agent, _, _ in drawn})
    for several in by_group.values():
        gaps = [b.at - a.at for a, b in pairwise(several)]
        assert all(gap >= HOUR for gap in gaps)
    first = {agent: min(at + late for a, at, late in drawn if a == agent) for agent, _, _ in drawn}
    assert min(one.at for one in told) - BEGIN - min(first.values()) <= 300


@settings(max_examples=15, deadline=None)
@given(EVENTS)
def test_without_suppression_each_match_is_told_of_once(drawn: list[tuple[str, int, int]]) -> None:
    native = natives()["AIA-NET-001"]
    loose = replace(native, rule=replace(native.rule, suppress_ms=None))
    told = [one for alert in alerts(loose, made(drawn), 3 * HOUR + LATEST) for one in alert.ids]
    assert sorted(told) == sorted(f"e{n}" for n in range(len(drawn)))


@pytest.mark.parametrize("late", [0, 120, 1800])
def test_a_burst_across_two_runs_is_counted_whole_and_told_of_once(late: int) -> None:
    native = natives()["AIA-SPD-001"]
    correlation = native.rule.correlation
    assert correlation is not None
    least = int(correlation.threshold)
    step = correlation.window_ms / 1000 / (least + 1)
    for begin in range(0, 600, 97):
        burst = [sent(n, "a", begin + n * step, late) for n in range(least + 1)]
        few = [sent(10_000 + n, "b", begin + n * step, late) for n in range(least // 2)]
        told = alerts(native, [*burst, *few], begin + late + 600)
        assert len(told) == 1
        assert told[0].at - BEGIN - begin - late <= correlation.window_ms / 1000 + 900


def test_a_burst_that_lasts_longer_than_its_period_is_told_of_once_a_period() -> None:
    native = natives()["AIA-NET-001"]
    events = [sent(n, "a", n * 300, 0) for n in range(36)]
    told = alerts(native, events, 3 * HOUR)
    assert 3 <= len(told) <= 4
