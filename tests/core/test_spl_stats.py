"""``stats``, ``eventstats`` and their functions.

Pages of the Search Reference: "stats", "eventstats", and "Statistical and charting functions" with
its parts "Aggregate functions", "Event order functions", "Multivalue stats and chart functions"
(help.splunk.com/en/splunk-enterprise/spl-search-reference/9.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from tests.spl import Doubt, Refused
from tests.spl.trial import ran

SALES = [{"a": "x", "n": "1"}, {"a": "y", "n": "2"}, {"a": "x", "n": "3"}, {"n": "4"}]


Events = Sequence[Mapping[str, object]]


def one(text: str, events: Events) -> dict[str, object]:
    (row,) = ran(f"search * | {text}", events)
    return dict(row)


def test_a_row_for_each_group_and_none_for_rows_without_the_field() -> None:
    """ "stats", by-clause."""
    found = ran("search * | stats count sum(n) as s by a", SALES)
    assert found == [{"a": "x", "count": 2.0, "s": 4.0}, {"a": "y", "count": 1.0, "s": 2.0}]


def test_a_row_is_in_the_group_of_each_of_several_values() -> None:
    """ "stats": one row for each distinct value."""
    found = ran("search * | stats count by a", [{"a": ["x", "y"]}, {"a": "x"}])
    assert found == [{"a": "x", "count": 2.0}, {"a": "y", "count": 1.0}]


def test_groups_are_by_letters_with_case() -> None:
    assert len(ran("search * | stats count by a", [{"a": "x"}, {"a": "X"}])) == 2


def test_without_groups_there_is_one_row_even_of_nothing() -> None:
    """ "stats": if no by-clause is given, one row over the entire incoming result set."""
    assert one("stats count", []) == {"count": 0.0}
    assert ran("search * | stats count by a", []) == []


def test_count_is_of_rows_of_fields_and_of_conditions() -> None:
    """ "Aggregate functions", count."""
    assert one("stats count", SALES)["count"] == 4.0
    assert one("stats count(a)", SALES)["count(a)"] == 3.0
    assert one('stats count(eval(a="x")) as n', SALES)["n"] == 2.0
    with pytest.raises(Doubt):
        one("stats count(a)", [{"a": ["x", "y"]}])


def test_dc_counts_different_values_also_within_a_row() -> None:
    """ "Aggregate functions", distinct_count."""
    events: Events = [{"a": ["x", "y"]}, {"a": "x"}, {"a": "X"}, {}]
    assert one("stats dc(a) as n", events)["n"] == 3.0
    assert one("stats dc(a) as n", [{}])["n"] == 0.0


def test_sum_avg_max_min_of_numbers_in_letters() -> None:
    """ "Aggregate functions"."""
    found = one("stats sum(n) as s avg(n) as a max(n) as h min(n) as l", SALES)
    assert found == {"s": 10.0, "a": 2.5, "h": 4.0, "l": 1.0}
    assert one("stats sum(n) as s", [{"n": "x"}, {"n": "2"}])["s"] == 2.0
    assert "s" not in one("stats sum(n) as s", [{}])
    with pytest.raises(Doubt):
        one("stats max(n)", [{"n": "x"}, {"n": "2"}])


def test_the_median_of_an_even_number_is_the_higher_one() -> None:
    """ "Aggregate functions", median."""
    assert one("stats median(n) as m", SALES)["m"] == 3.0


def test_values_are_different_and_in_lexicographical_order() -> None:
    """ "Multivalue stats and chart functions", values: capitals first, 10 before 9."""
    events: Events = [{"a": "b"}, {"a": ["B", "a"]}, {"a": "b"}, {"a": "9"}, {"a": "10"}]
    assert one("stats values(a) as v", events)["v"] == ["10", "9", "B", "a", "b"]


def test_list_keeps_the_order_of_rows_and_the_first_hundred() -> None:
    """ "Multivalue stats and chart functions", list."""
    events: Events = [{"n": str(n)} for n in range(150)]
    found = ran("search * | sort 0 _time | stats list(n) as l", events)[0]["l"]
    assert found == [str(n) for n in range(100)]


def test_first_and_last_are_of_the_order_of_rows() -> None:
    """ "Event order functions": relative to the input order; newest first when nothing sorts."""
    assert one("stats first(a) as f last(a) as l", SALES) == {"f": "x", "l": "x"}
    found = one("sort 0 _time | stats first(n) as f last(n) as l", SALES)
    assert found == {"f": "1", "l": "4"}


def test_earliest_and_latest_are_of_time() -> None:
    """ "Time functions"."""
    assert one("stats earliest(n) as e latest(n) as l", SALES) == {"e": "1", "l": "4"}
    with pytest.raises(Doubt):
        one("stats latest(n)", [{"n": "1", "_time": 5.0}, {"n": "2", "_time": 5.0}])


def test_a_statistic_of_an_expression() -> None:
    """ "stats", "Stats with eval expressions and functions"."""
    assert one('stats sum(eval(if(a="x",n,0))) as s', SALES)["s"] == 4.0
    assert one('stats dc(eval(if(a="x",n,null()))) as s', SALES)["s"] == 2.0


def test_eventstats_adds_the_statistics_of_its_group_to_each_row() -> None:
    """ "eventstats"."""
    found = ran("search * | eventstats sum(n) as s by a", SALES)
    assert sorted((row["n"], row.get("s")) for row in found) == [
        ("1", 4.0),
        ("2", 2.0),
        ("3", 4.0),
        ("4", None),
    ]


def test_eventstats_of_a_group_with_several_values_is_refused() -> None:
    with pytest.raises(Doubt):
        ran("search * | eventstats count by a", [{"a": ["x", "y"]}])


def test_a_statistic_that_comes_to_nothing_for_a_name_that_is_there_is_refused() -> None:
    with pytest.raises(Doubt):
        ran("search * | eventstats sum(n) as a", [{"a": "x"}])


@pytest.mark.parametrize(
    "text", ["stats mode(a)", "stats count(a b)", "stats sum", "stats", "stats allnum=t sum(n)"]
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        ran(f"search * | {text}", SALES)


def test_tstats_counts_by_indexed_fields() -> None:
    """Search Reference, "tstats": statistics of indexed fields, events without them left out."""
    events: Events = [
        {"aw_a": "x", "index": "i", "_time": 10.0},
        {"aw_a": "x", "index": "i", "_time": 3601.0},
        {"aw_a": "x", "index": "i", "_time": 3700.0},
        {"index": "i", "_time": 20.0},
        {"aw_a": "x", "index": "j", "_time": 30.0},
    ]
    text = "| tstats count where index=i aw_a=X by aw_a _time span=1h"
    found = ran(text, events, indexed=frozenset({"aw_a"}))
    assert found == [
        {"aw_a": "x", "_time": 0.0, "count": 1.0},
        {"aw_a": "x", "_time": 3600.0, "count": 2.0},
    ]


def test_tstats_of_other_fields_is_refused() -> None:
    for text in ("count where b=1", "count by b", "dc(b)", "count by _time span=1d"):
        with pytest.raises(Refused):
            ran(f"| tstats {text}", [{"b": "1"}], indexed=frozenset({"aw_a"}))
