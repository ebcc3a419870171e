"""What ``eval`` and ``where`` come to, point by point.

Pages of the Search Reference (help.splunk.com/en/splunk-enterprise/spl-search-reference/9.4):
"eval", "where", and "Evaluation functions" with one page for each group of them.
"""

from __future__ import annotations

import pytest
from tests.spl import Doubt, Refused, Unreadable
from tests.spl.trial import computed, holds, ids, ran


def test_texts_compare_with_case() -> None:
    """ "where": the expression is case-sensitive."""
    assert holds('c="red"', c="red")
    assert not holds('c="Red"', c="red")


def test_a_comparison_with_an_absent_field_is_not_true_either_way() -> None:
    """ "where": only rows for which it is true; Search Manual, "Difference between NOT and !="."""
    assert not holds('c="red"')
    assert not holds('c!="red"')
    assert not holds("c<1")


def test_not_of_a_comparison_with_nothing_is_refused() -> None:
    """Neither page says whether it is true."""
    with pytest.raises(Doubt):
        holds('NOT c="red"')
    with pytest.raises(Doubt):
        holds('NOT (d=1 AND c="red")', d="1")
    assert holds('NOT (d=1 AND c="red")', d="2")


def test_numbers_in_letters_compare_by_size_with_numbers() -> None:
    """ "where", "Comparison": numbers by size."""
    assert holds("x=7", x="7.0")
    assert holds("x>9", x="10")
    assert holds("x>=y", x="7", y=None) is False


def test_numbers_in_letters_on_both_sides_are_refused_where_it_matters() -> None:
    assert holds("x<y", x="1", y="2")
    with pytest.raises(Doubt):
        holds("x=y", x="7", y="7.0")
    with pytest.raises(Doubt):
        holds("x<y", x="9", y="10")


def test_a_number_is_unequal_to_a_text_and_not_smaller_or_larger() -> None:
    assert holds("x!=7", x="seven")
    with pytest.raises(Doubt):
        holds("x<7", x="seven")


def test_several_values_are_refused_where_one_is_compared() -> None:
    with pytest.raises(Doubt):
        holds('c="red"', c=["red", "blue"])


def test_and_comes_before_or() -> None:
    """Search Manual, "Boolean expressions with logical operators": unlike in search."""
    assert holds("a=1 OR b=1 AND c=1", a="1", b="0", c="0")
    assert not holds("(a=1 OR b=1) AND c=1", a="1", b="0", c="0")


def test_names_with_dots_and_braces_stand_in_single_quotes() -> None:
    """ "where", "Field names with non-alphanumeric characters"."""
    assert holds("""'a.b{}'="x" """, **{"a.b{}": "x"})
    assert computed("""'a.b'."-"."a.b" """, **{"a.b": "x"}) == "x-a.b"


def test_a_point_joins_and_nothing_joined_is_nothing() -> None:
    """ "eval", "Concatenate": strings and numbers."""
    assert computed('a."-".7', a="x") == "x-7"
    assert computed('a."-".b', a="x") is None


def test_arithmetic_is_of_numbers_also_in_letters() -> None:
    assert computed("x*2+1", x="3") == 7.0
    assert computed("x-y", x="3") is None
    assert computed("-x", x="3") == -3.0
    with pytest.raises(Refused):
        computed('x*"red"', x="3")


def test_a_field_is_never_true_or_false() -> None:
    """ "Comparison and Conditional functions": the eval command cannot accept a Boolean value."""
    with pytest.raises(Refused):
        computed('c="red"', c="red")
    assert computed('if(c="red",1,0)', c="red") == 1.0


def test_where_takes_nothing_but_a_condition() -> None:
    with pytest.raises(Refused):
        holds("x", x="1")


def test_if_takes_the_other_value_when_it_is_not_true() -> None:
    """ "Comparison and Conditional functions", if: otherwise."""
    assert computed('if(c="red",1,0)') == 0.0


def test_case_takes_the_first_that_is_true_or_nothing() -> None:
    """ "Comparison and Conditional functions", case."""
    assert computed('case(x=1,"a",x>=1,"b")', x="1") == "a"
    assert computed('case(x=1,"a",x>=1,"b")', x="2") == "b"
    assert computed('case(x=1,"a")', x="0") is None
    assert computed('case(x=1,"a",true(),"z")') == "z"


def test_coalesce_takes_the_first_that_is_not_null() -> None:
    assert computed("coalesce(a,b,c)", b="2", c="3") == "2"
    assert computed("coalesce(a)") is None


def test_a_field_set_to_null_is_gone() -> None:
    """ "Information functions", null."""
    assert "c" not in ran("search * | eval c=null()", [{"c": "red"}])[0]
    assert ids("search * | eval c=null() | search NOT c=*", [{"c": "red"}]) == [0]


def test_eval_sets_one_field_after_the_other() -> None:
    """ "eval": expressions with commas are processed left to right."""
    assert computed("1, made=made+1") == 2.0


def test_like_has_two_wildcards_and_case() -> None:
    """ "Comparison and Conditional functions", like."""
    assert holds('like(c,"r_d%")', c="reddish")
    assert holds('c LIKE "%d"', c="red")
    assert not holds('like(c,"RED")', c="red")
    assert not holds('like(c,"re")', c="red")


def test_a_backslash_in_like_is_refused() -> None:
    with pytest.raises(Doubt):
        holds(r'like(c,"a\\%")', c="a%")


def test_match_finds_anywhere_and_with_case() -> None:
    """ "Comparison and Conditional functions", match: is not anchored unless it says so."""
    assert holds('match(c,"e")', c="red")
    assert not holds('match(c,"^e")', c="red")
    assert not holds('match(c,"E")', c="red")
    assert holds('match(c,"(?i)E")', c="red")
    assert not holds('match(c,"e")')


def test_backslashes_of_a_pattern_are_read_once_before_it_is_a_pattern() -> None:
    r"""Search Manual, "SPL and regular expressions": \d stays, \\ is one backslash."""
    assert holds(r'match(c,"^\d+$")', c="12")
    assert holds(r'match(c,"^a\\\\b$")', c=r"a\b")
    assert holds(r'match(c,"\"")', c='"')


def test_patterns_are_pcre() -> None:
    """Search Manual, "About Splunk regular expressions"."""
    with pytest.raises(Doubt):  # whether \d is ASCII depends on how PCRE was built
        holds(r'match(c,"^\d$")', c="\u0663")
    assert holds(r'match(c,"b$")', c="b\n")
    assert not holds(r'match(c,"b\z")', c="b\n")
    assert not holds('match(c,"a.b")', c="a\nb")
    with pytest.raises(Refused):
        holds(r'match(c,"\p{L}")', c="a")


def test_case_of_a_pattern_beyond_ascii_is_refused() -> None:
    with pytest.raises(Doubt):
        holds('match(c,"(?i)\u00e9")', c="\u00c9")


def test_cidrmatch_tells_whether_an_address_is_in_a_network() -> None:
    """ "Comparison and Conditional functions", cidrmatch."""
    assert holds('cidrmatch("10.0.0.0/8",ip)', ip="10.1.2.3")
    assert not holds('cidrmatch("10.0.0.0/8",ip)', ip="11.1.2.3")
    assert holds('cidrmatch("2001:db8::/32",ip)', ip="2001:db8::1")
    assert not holds('cidrmatch("10.0.0.0/8",ip)')


def test_in_compares_whole_values_with_case_and_without_wildcards() -> None:
    """ "Comparison and Conditional functions", in."""
    assert holds('in(c,"red","blue")', c="blue")
    assert holds('c in("red","blue")', c="blue")
    assert not holds('in(c,"Red","bl*")', c="red")
    assert not holds('in(c,"red")')


def test_tonumber_gives_nothing_for_what_is_no_number() -> None:
    """ "Conversion functions", tonumber."""
    assert computed("tonumber(x)", x="7.50") == 7.5
    assert computed("tonumber(x)", x="seven") is None
    assert computed("tonumber(x)") is None
    with pytest.raises(Refused):
        computed("tonumber(x,16)", x="7f")


def test_tostring_writes_whole_numbers_without_a_point() -> None:
    """ "Conversion functions", tostring."""
    assert computed('tostring(1)."/".tostring(1.5)') == "1/1.5"
    assert computed("tostring(1=1)") == "True"


def test_lower_is_refused_beyond_ascii() -> None:
    """ "Text functions", lower, which says nothing of it."""
    assert computed("lower(c)", c="ReD") == "red"
    assert computed("lower(c)", c="\u00e9A") == "\u00e9a"
    with pytest.raises(Doubt):
        computed("lower(c)", c="\u00c9")


def test_len_substr_and_replace() -> None:
    """ "Text functions": substr counts from one, or from the end; replace takes a pattern."""
    assert computed("len(c)", c="red") == 3.0
    assert computed("substr(c,2)", c="red") == "ed"
    assert computed("substr(c,1,2)", c="red") == "re"
    assert computed("substr(c,-2)", c="red") == "ed"
    assert computed(r'replace(c,"(r)(e)","\2\1")', c="red") == "erd"


def test_numbers_are_rounded_and_cut() -> None:
    """ "Mathematical functions"."""
    assert computed("floor(1.9)") == 1.0
    assert computed("ceiling(1.1)") == 2.0
    assert computed("abs(0-3)") == 3.0
    assert computed("round(1.26,1)") == 1.3
    assert computed("round(_time*1000)", _time=1.0014) == 1001.0


def test_the_middle_is_not_rounded_either_way() -> None:
    with pytest.raises(Doubt):
        computed("round(x)", x="2.5")


def test_max_and_min_are_of_numbers_that_are_there() -> None:
    """ "Statistical eval functions"."""
    assert computed("max(1,x)", x="3") == 3.0
    assert computed("min(1,x)", x=["3", "0"]) == 0.0
    with pytest.raises(Doubt):
        computed("max(1,x)")
    with pytest.raises(Doubt):
        computed("max(1,x)", x="red")


def test_now_and_relative_time() -> None:
    """ "Date and Time functions"."""
    assert computed("now()") == 1_000_000.0
    assert computed('relative_time(now(),"-1d")') == 1_000_000.0 - 86_400
    assert computed('relative_time(now(),"-1h+30m")') == 1_000_000.0 - 1800
    with pytest.raises(Refused):
        computed('relative_time(now(),"-1d@d")')


def test_strftime_writes_a_time() -> None:
    """ "Date and time format variables"."""
    assert computed('strftime(x,"%Y-%m-%dT%H:%M")', x="0") == "1970-01-01T00:00"
    with pytest.raises(Refused):
        computed('strftime(x,"%3N")', x="0")


def test_hashes_are_those_of_the_text() -> None:
    """ "Cryptographic functions"."""
    assert computed("md5(c)", c="red") == "bda9643ac6601722a28f238714274da4"
    assert str(computed("sha256(c)", c="red")).startswith("b1f51a511f1da0cd")


@pytest.mark.parametrize(
    "text",
    [
        "nosuch(a)",
        "if(a=1,2)",
        "case(a=1,2,3)",
        'a="b',
        "a=1 and b=2",
        "a==",
        "(a=1",
        "a b",
        "true",
        "mvfilter(a=b)",
    ],
)
def test_what_is_not_known_or_not_whole_is_refused(text: str) -> None:
    with pytest.raises((Refused, Unreadable)):
        holds(text, a="1", b="2")
