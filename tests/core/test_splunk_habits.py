"""New values and unusual rates in Splunk's searches, and what they keep in the KV store."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from tests.splunk_made import HOUR, START, act, made, moments, numbered, query_of, tables
from tests.splunk_world import holding, moment, rows_of

from agentwarrant.event import Event
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.splunk import tables as lookups
from agentwarrant.siem.splunk.memory import HABITS_FIELDS, SEEN_FIELDS
from agentwarrant.siem.splunk.names import HABITS, SEEN
from agentwarrant.siem.splunk.query import Query

NEWS: dict[str, Any] = {
    "fields": ("gen_ai.tool.name",),
    "history_ms": 20 * HOUR,
    "window_ms": 20 * HOUR,
}


def tool(at: int, name: str) -> Event:
    event: Event = act(at, gen_ai__tool__name=name)
    return event


def in_runs(query: Query, events: list[Event], first: int, hours: int) -> list[int]:
    """Return what hourly runs find, each before, between or after what writes down.

    Args:
        query: The search.
        events: What happened.
        first: Which order the searches run in.
        hours: For how long.
    """
    sent, kept, found = rows_of(numbered(events)), tables(), set()
    orders = list(permutations([query, *query.feeds]))
    for hour in range(1, hours + 1):
        now = START + hour * HOUR
        machine = holding(sent, tables=kept, now_ms=now)
        for one in orders[(first + hour) % len(orders)]:
            back = now - HOUR - one.window_ms - 600_000
            rows = machine.run(one.text, back / 1000, now / 1000)
            found |= {moment(row) - START for row in rows} if one is query else set()
    return sorted(found)


def test_the_first_value_of_a_group_is_no_news_unless_it_is_asked_for() -> None:
    events = [tool(0, "a"), tool(1, "a"), tool(2, "b")]
    assert moments(query_of(made("new_value", threshold=1, **NEWS)), events) == [2]
    assert moments(query_of(made("new_value", threshold=0, **NEWS)), events) == [0, 2]
    assert moments(query_of(made("new_value", threshold=2, **NEWS)), events) == [2]
    assert moments(query_of(made("new_value", threshold=3, **NEWS)), events) == []


@pytest.mark.parametrize(("later", "found"), [(0, [5]), (1, [5, 20 * HOUR + 6])])
def test_a_value_is_new_again_when_it_was_not_seen_for_longer_than_the_history(
    later: int, found: list[int]
) -> None:
    query = query_of(made("new_value", threshold=1, **NEWS))
    others = [tool(at * HOUR, "a") for at in range(22)]
    events = [*others, tool(5, "b"), tool(20 * HOUR + 5 + later, "B")]
    assert moments(query, events) == found


@pytest.mark.parametrize("first", range(6))
def test_runs_tell_of_the_same_whether_it_was_written_down_before_or_after(first: int) -> None:
    query = query_of(made("new_value", threshold=3, **NEWS))
    names = ["a", "a", "b", "c", "a", "d", "b", "c"]
    events = [tool(n * HOUR * 3 + 7 * n, name) for n, name in enumerate(names)]
    quiet = [tool(60 * HOUR + n * HOUR, name) for n, name in enumerate("eabcd")]
    whole = moments(query, [*events, *quiet])
    assert len(whole) >= 3
    assert in_runs(query, [*events, *quiet], first, 70) == whole


def test_what_is_written_down_is_kept_once_however_often_it_runs() -> None:
    query = query_of(made("new_value", threshold=3, **NEWS))
    sent, kept = rows_of(numbered([tool(n, "ab"[n % 2]) for n in range(5)])), tables()
    machine = holding(sent, tables=kept, now_ms=START + HOUR)
    values, groups = query.feeds
    for one in (values, groups, values, groups):
        machine.run(one.text)
    rows = {row.get("value", ""): row for row in kept[SEEN].rows}
    assert set(rows) == {"a", "b", ""}
    assert (rows["a"]["first"], rows["a"]["last"]) == (START, START + 4)
    assert (rows[""]["count"], rows[""]["ripe"], rows[""]["last"]) == (5, START + 2, START + 4)
    assert len(kept[SEEN].rows) == 3


def test_no_value_looks_like_another_in_what_is_kept() -> None:
    fields = ("gen_ai.tool.name", "host.name")
    query = query_of(made("new_value", threshold=0, **{**NEWS, "fields": fields}))
    events = [
        act(0, gen_ai__tool__name="a", host__name="1:b"),
        act(1, gen_ai__tool__name="a1:b", host__name="1:b"),
        act(2, gen_ai__tool__name="A", host__name="1:B"),
    ]
    assert moments(query, events) == [0, 1]


RATE: dict[str, Any] = {"window_ms": HOUR, "history_ms": 6 * HOUR, "factor": 3.0, "threshold": 4}


def test_far_more_than_usual_is_told_of_at_the_event_that_makes_it_so() -> None:
    query = query_of(made("rate_baseline", **RATE))
    usual = [act(slot * HOUR + n) for slot in range(4) for n in range(2)]
    burst = [act(4 * HOUR + n) for n in range(9)]
    assert moments(query, [*usual, *burst]) == [4 * HOUR + 5]
    assert moments(query, [*usual[4:], *burst]) == []  # too young to have a habit


@pytest.mark.parametrize("first", range(2))
def test_a_habit_fades_and_is_the_same_in_runs(first: int) -> None:
    query = query_of(made("rate_baseline", **RATE))
    events = [act(slot * HOUR + n) for slot in range(6) for n in range(9)]
    events += [act(slot * HOUR + n) for slot in range(6, 20) for n in range(1)]
    events += [act(20 * HOUR + n) for n in range(6)]
    whole = moments(query, events)
    assert len(whole) == 1
    assert in_runs(query, events, first, 24)[:1] == whole


def test_the_kv_store_has_the_fields_that_are_kept() -> None:
    known = lookups.columns()
    assert known[SEEN] == ("_key", *SEEN_FIELDS)
    assert known[HABITS] == ("_key", *HABITS_FIELDS)


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("new_value", {**NEWS, "history_ms": HOUR - 1}, "a history of less than 60 minutes"),
        ("new_value", {**NEWS, "fields": ("warrant.tool.acts",)}, "one value as a whole"),
        ("rate_baseline", {**RATE, "fields": ("gen_ai.tool.name",)}, "holds no numbers"),
    ],
)
def test_what_cannot_mean_the_same_is_refused_in_words(
    kind: str, more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CannotRender, match=reason):
        query_of(made(kind, **more))
