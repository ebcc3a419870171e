"""Commands about rows and columns: ``sort``, ``dedup``, ``head``, ``fields``, ``rename`` and more.

Each has its page in the Search Reference
(help.splunk.com/en/splunk-enterprise/spl-search-reference/9.4/search-commands).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from tests.spl import Doubt, Refused
from tests.spl.machine import Readings
from tests.spl.trial import ids, ran

Events = Sequence[Mapping[str, object]]


def order(text: str, events: Events, name: str = "x", *, turned: bool = False) -> list[object]:
    found = ran(f"search * | {text}", events, readings=Readings(turned=turned))
    return [row.get(name) for row in found]


def xs(*values: object) -> Events:
    return [{"x": value} for value in values]


def test_numbers_sort_by_size_and_texts_by_letters() -> None:
    """ "sort", "Usage"."""
    assert order("sort 0 x", xs("10", "9", "100")) == ["9", "10", "100"]
    assert order("sort 0 x", xs("b", "B", "a")) == ["B", "a", "b"]
    assert order("sort 0 -x", xs("10", "9", "100")) == ["100", "10", "9"]
    assert order("sort 0 str(x)", xs("10", "9", "100")) == ["10", "100", "9"]
    assert order("sort 0 - num(x)", xs("10", "9")) == ["10", "9"]


def test_numbers_among_texts_are_refused() -> None:
    """ "sort", "Usage": each pair of values by what it is; such orders are not pursued here."""
    for events in (xs("10", "a"), xs("9.1.a", "10.1.a"), xs("10.0.0.1", "b")):
        with pytest.raises(Doubt):
            order("sort 0 x", events)


def test_rows_without_the_field_come_last_either_way() -> None:
    """ "sort", "Description"."""
    events = [{"x": "1"}, {}, {"x": "2"}]
    assert order("sort 0 x", events) == ["1", "2", None]
    assert order("sort 0 -x", events) == ["2", "1", None]


def test_the_second_field_decides_where_the_first_is_equal() -> None:
    events = [{"a": "1", "x": "2"}, {"a": "1", "x": "1"}, {"a": "0", "x": "3"}]
    assert order("sort 0 a, -x", events) == ["3", "2", "1"]


def test_in_which_order_equal_rows_come_is_a_reading() -> None:
    """The page does not say that sort is stable."""
    events = [{"a": "1", "x": "first"}, {"a": "1", "x": "second"}]
    assert order("sort 0 a", events) != order("sort 0 a", events, turned=True)


def test_sort_keeps_ten_thousand_rows_unless_told_otherwise() -> None:
    """ "sort", count: 0 is all of them."""
    many = xs(*map(str, range(10_001)))
    assert len(order("sort x", many)) == 10_000
    assert len(order("sort 0 x", many)) == 10_001
    assert order("sort 2 x", many) == ["0", "1"]


def test_dedup_keeps_the_first_of_each_combination() -> None:
    """ "dedup": in search order; rows without one of the fields are dropped."""
    events = [{"a": "1", "b": "1"}, {"a": "1", "b": "2"}, {"a": "1", "b": "1"}, {"a": "1"}]
    assert ids("search * | dedup a b", events) == [1, 2]
    assert ids("search * | sort 0 _time | dedup a b", events) == [0, 1]
    assert ids("search * | dedup 2 a", events) == [2, 3]


def test_dedup_heeds_case() -> None:
    assert ids("search * | dedup x", xs("a", "A")) == [0, 1]


def test_head_keeps_the_first() -> None:
    assert order("sort 0 x | head 2", xs("3", "1", "2")) == ["1", "2"]


def test_fields_keeps_or_drops_and_internal_ones_stay() -> None:
    """ "fields": internal fields _raw and _time are included; * is a wildcard."""
    event: Events = [{"a": "1", "ab": "2", "b": "3", "_time": 5.0}]
    assert ran("search * | fields a*", event) == [{"a": "1", "ab": "2", "_time": 5.0}]
    assert ran("search * | fields - a* _time", event) == [{"b": "3"}]


def test_table_keeps_nothing_else() -> None:
    """ "table"."""
    assert ran("search * | table a", [{"a": "1", "b": "2"}]) == [{"a": "1"}]


def test_rename_gives_another_name() -> None:
    """ "rename"."""
    assert ran('search * | rename a as b, "c.d{}" as e | table *', [{"a": "1", "c.d{}": "2"}]) == [
        {"b": "1", "e": "2", "_time": 0.0}
    ]


def test_rename_of_what_is_not_there_to_what_is_there_is_refused() -> None:
    with pytest.raises(Doubt):
        ran("search * | rename a as b", [{"b": "1"}])


def test_fillnull_sets_what_is_not_there() -> None:
    """ "fillnull": 0 unless another value is given."""
    assert ran("search * | fillnull a b | table a b", [{"a": "1"}]) == [{"a": "1", "b": "0"}]
    found = ran("search * | fillnull value=none a | table a", [{}])
    assert found == [{"a": "none"}]


def test_append_adds_rows_of_another_search() -> None:
    """ "append"."""
    found = ran("search x=1 | append [search x=2 | eval y=1] | table x y", xs("1", "2"))
    assert found == [{"x": "1"}, {"x": "2", "y": 1.0}]


def test_multisearch_takes_several_searches() -> None:
    """ "multisearch"."""
    text = "| multisearch [search x=1 | eval y=1] [search x=2] | table x y"
    assert ran(text, xs("1", "2")) == [{"x": "1", "y": 1.0}, {"x": "2"}]


@pytest.mark.parametrize(
    "text",
    [
        "join x [search *]",
        "map search=x",
        "transaction x",
        "timechart count",
        "dedup x keepevents=t",
        "head x=1",
        "rename a* as b*",
        "sort ip(x)",
        "foreach * [eval a=1]",
        "mvexpand x limit=2",
        "makeresults",
    ],
)
def test_what_is_not_executed_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        ran(f"search * | {text}", xs("1"))
