"""``streamstats``, point by point.

The page is Search Reference, "streamstats"
(help.splunk.com/en/splunk-enterprise/spl-search-reference/9.4/search-commands/streamstats).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.spl import Doubt, Refused
from tests.spl.machine import Readings
from tests.spl.streaming import MAX_STREAM_WINDOW
from tests.spl.trial import ran

Events = Sequence[Mapping[str, object]]


def counted(text: str, events: Events, name: str = "n", *, closed: bool = True) -> list[object]:
    """Return a field of each row, in order of time."""
    readings = Readings(closed=closed)
    found = ran(f"search * | sort 0 _time | streamstats {text}", events, readings=readings)
    return [row.get(name) for row in found]


def timed(*times: float) -> Events:
    return [{"_time": float(time)} for time in times]


def test_statistics_are_of_the_rows_so_far() -> None:
    """ "Basic examples", 3."""
    assert counted("count as n", timed(1, 2, 3)) == [1, 2, 3]


def test_without_the_current_row_they_are_of_the_rows_before() -> None:
    """ "Optional arguments", current."""
    events: Events = [{"x": "1"}, {"x": "2"}, {"x": "4"}]
    assert counted("current=f count as n", events) == [0, 1, 2]
    assert counted("current=f sum(x) as n", events) == [None, 1, 3]
    assert counted("current=f last(x) as n", events) == [None, "1", "2"]


def test_options_may_stand_behind() -> None:
    """ "Basic examples", 1 to 3."""
    assert counted("count as n window=2 current=f", timed(1, 2, 3, 4)) == [0, 1, 2, 2]


def test_a_window_is_the_last_rows_with_the_current_one() -> None:
    """ "Basic examples", 1."""
    events: Events = [{"x": "1"}, {"x": "2"}, {"x": "4"}, {"x": "8"}]
    assert counted("window=2 sum(x) as n", events) == [1, 3, 6, 12]
    assert counted("window=1 current=f last(x) as n", events) == [None, "1", "2", "4"]


GROUPED: Events = [{"g": g, "x": x} for g, x in (("a", "1"), ("b", "2"), ("a", "4"), ("a", "8"))]


def test_one_window_for_all_groups_or_one_for_each() -> None:
    """ "Optional arguments", global; "Basic examples", 2."""
    assert counted("window=2 sum(x) as n by g", GROUPED) == [1, 2, 4, 12]
    assert counted("window=2 global=f sum(x) as n by g", GROUPED) == [1, 2, 5, 12]


def test_groups_are_counted_apart() -> None:
    assert counted("sum(x) as n by g", GROUPED) == [1, 2, 5, 13]


def test_a_row_without_the_field_is_in_no_group_and_stays() -> None:
    """ "Optional arguments", reset_on_change: events with only some of the fields are ignored."""
    events: Events = [{"g": "a"}, {}, {"g": "a"}]
    assert counted("count as n by g", events) == [1, None, 2]
    with pytest.raises(Doubt):
        counted("window=2 count as n by g", events)


def test_a_group_with_several_values_is_refused() -> None:
    with pytest.raises(Doubt):
        counted("count as n by g", [{"g": ["a", "b"]}])


def test_a_window_of_time_in_ascending_order_looks_back() -> None:
    """ "Basic examples", 4."""
    assert counted("time_window=5m count as n", timed(0, 100, 299, 401)) == [1, 2, 3, 2]


def test_a_window_of_time_in_descending_order_looks_forward() -> None:
    """ "Basic examples", 4."""
    found = ran("search * | streamstats time_window=5m count as n", timed(0, 100, 299, 401))
    assert [(row["_time"], row["n"]) for row in found] == [(401, 1), (299, 2), (100, 2), (0, 3)]


def test_the_edge_of_a_window_of_time_is_a_reading() -> None:
    """The page does not say whether a row that is five minutes old is within five minutes."""
    events = timed(0, 300)
    assert counted("time_window=5m count as n", events, closed=True) == [1, 2]
    assert counted("time_window=5m count as n", events, closed=False) == [1, 1]
    assert counted("time_window=5m count as n", timed(0, 300.001), closed=True) == [1, 1]
    assert counted("time_window=5m count as n", timed(0, 299.999), closed=False) == [1, 2]


def test_a_window_of_time_is_of_each_group() -> None:
    events: Events = [{"g": g, "_time": float(t)} for g, t in (("a", 0), ("b", 5), ("a", 10))]
    assert counted("time_window=10s count as n by g", events) == [1, 1, 2]


def test_a_window_of_time_without_the_current_row() -> None:
    assert counted("current=f time_window=10s count as n", timed(0, 5, 20)) == [0, 1, 0]


def test_both_windows_hold_together() -> None:
    """ "Optional arguments", time_window: window is the maximum number of events in it."""
    assert counted("time_window=10s window=2 count as n", timed(0, 1, 2, 30)) == [1, 2, 2, 1]


def test_rows_must_be_in_order_of_time() -> None:
    """ "Optional arguments", time_window: must be sorted."""
    with pytest.raises(Refused):
        ran("search * | sort 0 x | streamstats time_window=5m count", [{"x": x} for x in "213"])


def test_spans_are_whole_and_of_one_length() -> None:
    """ "Optional arguments", time_window: seconds to years; months are not of one length."""
    for text in ("500ms", "1.5s", "1mon", "5"):
        with pytest.raises(Refused):
            counted(f"time_window={text} count as n", timed(0))


def test_a_reset_after_counts_its_row_first() -> None:
    """ "Optional arguments", reset_after; it may name what streamstats returns."""
    assert counted("reset_after=(n>=2) count as n", timed(1, 2, 3, 4)) == [1, 2, 1, 2]
    assert counted('reset_after="("n>=2")" count as n', timed(1, 2, 3)) == [1, 2, 1]


def test_a_reset_before_begins_with_its_row() -> None:
    """ "Optional arguments", reset_before."""
    events: Events = [{"x": "1"}, {"x": "2"}, {"x": "1"}]
    assert counted("reset_before=(x=2) count as n", events) == [1, 1, 2]


def test_a_reset_empties_the_window_too() -> None:
    """ "Optional arguments", reset_after: the window is also reset."""
    events: Events = [{"x": "1"}, {"x": "2"}, {"x": "4"}]
    assert counted("reset_after=(x=2) window=3 sum(x) as n", events) == [1, 3, 4]


def test_texts_of_a_reset_have_their_quotes_escaped() -> None:
    r""" "Escaping string values"."""
    events: Events = [{"x": "no"}, {"x": "yes"}, {"x": "no"}]
    assert counted(r'count as n reset_after="("match(x,\"yes\")")"', events) == [1, 2, 1]


def test_a_reset_with_several_groups_is_refused() -> None:
    """The page says that all statistics are reset, and not whether those of other groups are."""
    with pytest.raises(Doubt):
        counted("reset_after=(x=2) count as n by g", GROUPED)


def test_more_rows_than_the_limit_are_refused() -> None:
    """ "Basic examples", 4; limits.conf, [stats], max_stream_window."""
    with pytest.raises(Doubt):
        counted("count as n", timed(*map(float, range(MAX_STREAM_WINDOW + 1))))


def test_values_and_list_and_dc_in_a_window() -> None:
    """ "Stats function options"."""
    events: Events = [{"x": x} for x in "abab"]
    assert counted("window=2 dc(x) as n", events) == [1, 2, 2, 2]
    assert counted("values(x) as n", events) == ["a", ["a", "b"], ["a", "b"], ["a", "b"]]
    assert counted("list(x) as n", events[:3]) == ["a", ["a", "b"], ["a", "b", "a"]]


def test_last_and_max_carry_over_rows_without_the_field() -> None:
    """Statistical functions are of the rows that have the field."""
    events: Events = [{"x": "3"}, {}, {"x": "2"}]
    assert counted("last(x) as n", events) == ["3", "3", "2"]
    assert counted("max(x) as n", events) == [3, 3, 3]


@pytest.mark.parametrize(
    "text", ["reset_on_change=t count by g", "allnum=t count", "windows=2 count"]
)
def test_other_options_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        counted(text, GROUPED)


# Any rows -------------------------------------------------------------------------------------

ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 40), st.integers(0, 3)), max_size=25
).map(lambda rows: sorted(rows, key=lambda row: row[1]))
OPTIONS = st.tuples(st.integers(0, 4), st.integers(0, 9), st.booleans(), st.booleans())


@given(ROWS, OPTIONS, st.booleans())
def test_a_window_is_what_a_look_back_at_each_row_says(
    rows: list[tuple[str, int, int]], options: tuple[int, int, bool, bool], closed: bool
) -> None:
    window, span, current, whole = options
    events = [{"g": g, "_time": float(t), "x": str(x), "o": n} for n, (g, t, x) in enumerate(rows)]
    said = f"current={current} global={whole}"
    said += f" window={window}" * (window > 0) + f" time_window={span}s" * (span > 0)
    text = f"search * | sort 0 _time o | streamstats {said} count AS n dc(x) AS d sum(x) AS s BY g"
    found = ran(text, events, readings=Readings(closed=closed))
    for place, (group, time, _) in enumerate(rows):
        before = rows[: place + current]
        if window and not whole:
            before = [row for row in before if row[0] == group]
        before = before[-window:] if window else before
        inside = [
            row for row in before if row[0] == group and (not span or time - row[1] < span + closed)
        ]
        made = found[place]
        assert made["n"] == len(inside)
        assert made["d"] == len({row[2] for row in inside})
        assert made.get("s", 0) == sum(row[2] for row in inside)
