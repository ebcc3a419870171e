"""When searches run: spread out, never too often, and each looks back far enough."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.siem.splunk.query import Cost, Form, Query
from agentwarrant.siem.splunk.schedule import (
    DELAY_MS,
    EVERY,
    LATE_MS,
    cron,
    dispatch,
    duration,
    every_ms,
    load,
    lookback,
    runs_an_hour,
    timing,
)

UNITS = {"s": 1, "m": 60, "h": 3600}
QUERY = Query("search x")


def seconds(given_text: str) -> int:
    return int(given_text.removeprefix("-")[:-1]) * UNITS[given_text[-1]]


def minutes(given_text: str) -> list[int]:
    said, *rest = given_text.split()
    assert rest == ["*"] * 4
    return [int(one) for one in said.split(",")]


@given(st.text(), st.sampled_from(list(Cost)))
def test_a_search_runs_as_often_as_its_cost_says_and_at_even_distances(
    name: str, cost: Cost
) -> None:
    query = replace(QUERY, cost=cost)
    at = minutes(timing(name, query)["cron_schedule"])
    assert len(at) == runs_an_hour(query) <= 12
    assert at == sorted(set(at))
    around = [*at[1:], at[0] + 60]
    gaps = {b - a for a, b in zip(at, around, strict=True)}
    assert gaps == {EVERY[cost]} == {every_ms(query) // 60_000}


def test_searches_are_spread_over_the_minutes() -> None:
    first = Counter(minutes(cron(f"rule {number}", 5))[0] for number in range(1000))
    assert set(first) == set(range(5))
    assert max(first.values()) < 2 * min(first.values())


def test_the_minute_follows_from_the_name_alone() -> None:
    assert cron("Agent Warrant - AIA-NET-001 - Rule", 5) == cron(
        "Agent Warrant - AIA-NET-001 - Rule", 5
    )
    assert minutes(cron("Agent Warrant - AIA-NET-001 - Rule", 5)) == list(range(4, 60, 5))


@given(st.integers(0, 90 * 86_400_000), st.integers(0, 86_400_000), st.sampled_from(list(Cost)))
def test_runs_overlap_and_look_back_over_window_settling_and_delay(
    window_ms: int, settle_ms: int, cost: Cost
) -> None:
    query = replace(QUERY, window_ms=window_ms, settle_ms=settle_ms, cost=cost)
    made = dispatch(query)
    back = seconds(made["dispatch.index_earliest"]) * 1000
    assert back > window_ms + settle_ms + every_ms(query) + DELAY_MS
    assert seconds(made["dispatch.earliest_time"]) * 1000 >= back + LATE_MS - 1000
    assert made["dispatch.latest_time"] == made["dispatch.index_latest"] == "now"
    assert back - lookback(query) < 1000


def test_how_late_an_event_may_be_indexed_can_be_said() -> None:
    day = dispatch(QUERY, late_ms=86_400_000)
    assert seconds(day["dispatch.earliest_time"]) == 86_400 + 11 * 60
    assert day["dispatch.index_earliest"] == "-11m"


def test_what_tstats_counts_is_looked_at_by_time_alone() -> None:
    made = dispatch(replace(QUERY, form=Form.MODEL))
    assert made == {"dispatch.earliest_time": "-71m", "dispatch.latest_time": "now"}


def test_no_search_is_real_time() -> None:
    said = {**timing("x", QUERY), **dispatch(QUERY)}
    assert said["realtime_schedule"] == "0"
    assert not any(value.startswith("rt") for value in said.values())


def test_what_all_searches_cost_is_counted() -> None:
    queries = [replace(QUERY, cost=cost) for cost in (Cost.LOW, Cost.LOW, Cost.HIGH)]
    assert load(queries) == {Cost.LOW: (2, 24), Cost.MEDIUM: (0, 0), Cost.HIGH: (1, 4)}


@given(st.integers(1, 10**11))
def test_a_duration_is_never_shorter_than_asked_for(ms: int) -> None:
    assert ms <= seconds(duration(ms)) * 1000 < ms + 1000


@pytest.mark.parametrize("every", EVERY.values())
def test_an_hour_is_a_whole_number_of_intervals(every: int) -> None:
    assert 60 % every == 0
