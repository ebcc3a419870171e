"""Functions and commands for fields with several values.

The page is Search Reference, "Multivalue eval functions"
(help.splunk.com/en/splunk-enterprise/spl-search-reference/9.4/evaluation-functions/multivalue-eval-functions),
unless a test names another.
"""

from __future__ import annotations

import pytest
from tests.spl import Doubt, Refused
from tests.spl.trial import computed, ids, ran

MANY = ["a", "b", "A", "b"]


def test_mvcount_counts_and_is_nothing_of_nothing() -> None:
    assert computed("mvcount(c)", c=MANY) == 4.0
    assert computed("mvcount(c)", c="a") == 1.0
    assert computed("mvcount(c)") is None


def test_mvfilter_keeps_values_and_is_nothing_when_none_is_left() -> None:
    assert computed('mvfilter(match(c,"a|A"))', c=MANY) == ["a", "A"]
    assert computed('mvfilter(c="a")', c=MANY) == "a"
    assert computed('mvfilter(c="z")', c=MANY) is None
    assert computed('mvfilter(c="z")') is None
    assert computed('if(isnotnull(mvfilter(c="b")),1,0)', c="b") == 1.0


def test_mvfilter_takes_one_field() -> None:
    with pytest.raises(Refused):
        computed("mvfilter(c=d)", c=MANY, d="a")


def test_mvfind_gives_the_place_of_the_first_that_matches() -> None:
    assert computed('mvfind(c,"^[AB]$")', c=MANY) == 2.0
    assert computed('mvfind(c,"z")', c=MANY) is None


def test_mvindex_counts_from_zero_or_from_the_end() -> None:
    assert computed("mvindex(c,1)", c=MANY) == "b"
    assert computed("mvindex(c,-1)", c=MANY) == "b"
    assert computed("mvindex(c,0,1)", c=MANY) == ["a", "b"]
    assert computed("mvindex(c,-2,-1)", c=MANY) == ["A", "b"]
    assert computed("mvindex(c,9)", c=MANY) is None


def test_mvappend_puts_values_one_behind_the_other() -> None:
    assert computed('mvappend("x",c,d)', c=["a", "b"]) == ["x", "a", "b"]
    assert computed("mvappend(c,d)") is None


def test_mvdedup_keeps_the_first_of_each_with_case() -> None:
    assert computed("mvdedup(c)", c=MANY) == ["a", "b", "A"]


def test_mvjoin_mvsort_and_split() -> None:
    """Split is on the page "Text functions"; mvsort is lexicographical, capitals first."""
    assert computed('mvjoin(c,";")', c=MANY) == "a;b;A;b"
    assert computed("mvsort(c)", c=MANY) == ["A", "a", "b", "b"]
    assert computed('split(c,",")', c="a,,b") == ["a", "", "b"]
    assert computed('split(c,",")', c="a") == "a"


def test_mvmap_makes_a_value_of_each() -> None:
    assert computed("mvmap(c,lower(c))", c=MANY) == ["a", "b", "a", "b"]
    assert computed('mvmap(c,c."-".d)', c=["a", "b"], d="x") == ["a-x", "b-x"]
    assert computed("mvmap(c,lower(c))", c="A") == "a"
    assert computed("mvmap(c,lower(c))") is None


def test_mvzip_joins_values_by_place() -> None:
    assert computed("mvzip(c,d)", c=["a", "b"], d=["1", "2"]) == ["a,1", "b,2"]
    with pytest.raises(Doubt):
        computed("mvzip(c,d)", c=["a", "b"], d="1")


def test_what_is_documented_for_one_value_is_refused_for_several() -> None:
    for expression in ("lower(c)", 'match(c,"a")', 'c."x"', "len(c)", "tonumber(c)"):
        with pytest.raises(Doubt):
            computed(f"if(isnull({expression}),1,0)", c=MANY)


def test_mvexpand_makes_a_row_of_each_value() -> None:
    """Search Reference, "mvexpand"."""
    found = ran("search * | mvexpand c", [{"c": ["a", "b"], "d": "x"}])
    assert [(row["c"], row["d"]) for row in found] == [("a", "x"), ("b", "x")]


def test_whether_mvexpand_keeps_rows_without_the_field_is_refused() -> None:
    with pytest.raises(Doubt):
        ran("search * | mvexpand c", [{"d": "x"}])


def test_dedup_compares_all_values_together() -> None:
    """Search Reference, "dedup", "Multivalue fields": must match all values."""
    events = [{"c": ["a", "b"]}, {"c": ["a"]}, {"c": ["a", "b"]}]
    assert ids("search * | dedup c", events) == [1, 2]
