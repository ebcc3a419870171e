"""Order, absence and chains in Splunk's searches, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from tests.splunk_made import AGENT, act, made, moments, query_of, rows_found
from tests.splunk_world import several

from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.splunk.steps import SETTLE_MS

ORDERED: dict[str, Any] = {"rules": ("exec", "write"), "threshold": 2}
WITHOUT: dict[str, Any] = {
    "rules": ("exec", "write"),
    "condition": ["and", ["rule", 0], ["not", ["rule", 1]]],
}


def test_steps_stand_in_order_within_the_window() -> None:
    query = query_of(made("temporal_ordered", **ORDERED))
    assert moments(query, [act(0), act(1_000, "write")]) == [1_000]
    assert moments(query, [act(0), act(1_001, "write")]) == []
    assert moments(query, [act(0, "write"), act(1)]) == []


def test_a_sequence_matches_at_each_event_as_long_as_it_stands_in_the_window() -> None:
    query = query_of(made("temporal_ordered", **ORDERED))
    assert moments(query, [act(0), act(10, "write"), act(900), act(1_001)]) == [10, 900]


def test_one_event_is_never_two_steps() -> None:
    both = made("temporal_ordered", rules=("exec", "exec"), threshold=2)
    query = query_of(both)
    assert moments(query, [act(0)]) == []
    assert moments(query, [act(0), act(0)]) == [0]
    assert moments(query, [act(0, event__id="x"), act(0, event__id="x")]) == []


def test_events_of_one_moment_may_be_steps_in_any_order() -> None:
    query = query_of(made("temporal_ordered", **ORDERED))
    assert moments(query, [act(0), act(0, "write")]) == [0]
    assert moments(query, [act(0, "write"), act(0)]) == [0]


def test_company_needs_no_order() -> None:
    query = query_of(made("temporal", **ORDERED))
    assert moments(query, [act(0, "write"), act(1_000)]) == [1_000]
    assert moments(query, [act(0, "write"), act(1_001)]) == []


def test_an_absence_is_told_of_at_the_end_of_its_window_and_once_it_has_settled() -> None:
    query = query_of(made("temporal", **WITHOUT))
    assert moments(query, [act(0)], now=1_000 + SETTLE_MS) == []
    assert moments(query, [act(0)], now=1_001 + SETTLE_MS) == [1_000]
    assert query.settle_ms == 1_000 + SETTLE_MS


@pytest.mark.parametrize(("at", "found"), [(0, []), (1_000, []), (1_001, [1_000])])
def test_what_comes_within_the_window_undoes_an_absence(at: int, found: list[int]) -> None:
    query = query_of(made("temporal", **WITHOUT))
    assert moments(query, [act(0), act(at, "write")]) == found


def test_windows_that_begin_in_one_moment_are_one() -> None:
    within = made("temporal", name="i", **WITHOUT)
    outer = made("event_count", rules=("i",), threshold=2, window_ms=5_000)
    assert moments(query_of(outer, within), [act(0), act(0), act(0)]) == []
    assert moments(query_of(outer, within), [act(0), act(7)]) == [1_007]


def test_what_time_alone_made_comes_after_all_events_of_its_moment() -> None:
    within = made("temporal", name="i", **WITHOUT)
    outer = made("temporal_ordered", rules=("i", "read"), threshold=2, window_ms=5_000)
    assert moments(query_of(outer, within), [act(0), act(1_000, "read")]) == []
    assert moments(query_of(outer, within), [act(0), act(1_001, "read")]) == [1_001]


def test_a_match_is_no_step_after_the_event_that_made_it() -> None:
    within = made("event_count", name="i", threshold=2)
    outer = made("temporal_ordered", rules=("i", "exec"), threshold=2, window_ms=5_000)
    assert moments(query_of(outer, within), [act(0), act(1)]) == []
    assert moments(query_of(outer, within), [act(0), act(1), act(2)]) == [2]


def test_evidence_is_of_all_that_a_chain_may_rest_on() -> None:
    within = made("event_count", name="i", threshold=2)
    outer = made("temporal_ordered", rules=("i", "write"), threshold=2, window_ms=5_000)
    query = query_of(outer, within)
    assert query.window_ms == 6_000
    (row,) = rows_found(query, [act(0), act(500), act(5_000, "write")])
    assert list(several(row, "aw_ids")) == ["e0", "e1", "e2"]


def test_a_chain_has_the_columns_of_its_own_group() -> None:
    within = made("event_count", name="i", threshold=2, group_by=(AGENT, "host.name"))
    query = query_of(made("temporal", rules=("i", "write"), threshold=2), within)
    events = [act(0, host__name="h"), act(1, host__name="h"), act(2, "write")]
    (row,) = rows_found(query, events)
    assert (row[AGENT], row["_time"]) == ("one", 1_795_000_000.002)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"condition": ["not", ["rule", 0]]}, "nothing but absences"),
        ({"op": "lt", "threshold": 2}, "known only when a moment is over"),
        ({"rules": ("sum", "write"), "threshold": 2}, "value_sum within another correlation"),
        (
            {"rules": ("count", "write"), "threshold": 2, "group_by": (AGENT, "host.name")},
            "grouped by other fields",
        ),
        (
            {
                "rules": ("count", "write"),
                "threshold": 2,
                "aliases": {AGENT: {"count": "warrant.target.agent"}},
            },
            "another name to a field of a correlation",
        ),
    ],
)
def test_what_cannot_mean_the_same_is_refused_in_words(rule: dict[str, Any], reason: str) -> None:
    others = (
        made("value_sum", name="sum", fields=("source.bytes",)),
        made("event_count", name="count", threshold=2),
    )
    given = {"rules": ("exec", "write"), **rule}
    with pytest.raises(CannotRender, match=reason):
        query_of(made("temporal_ordered", **given), *others)
