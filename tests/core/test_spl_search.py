"""What ``search`` finds, point by point.

The page is Search Reference, "search"
(help.splunk.com/en/splunk-enterprise/spl-search-reference/9.4/search-commands/search), unless a
test names another.
"""

from __future__ import annotations

import pytest
from tests.spl import Doubt, Refused
from tests.spl.trial import ids, ran

COLOURS = [{"c": "red"}, {"c": "blue"}, {}]


def test_not_keeps_events_without_the_field() -> None:
    """ "Using the NOT or != comparisons": everything except, including all other fields."""
    assert ids("search NOT c=red", COLOURS) == [1, 2]


def test_unequal_drops_events_without_the_field() -> None:
    """ "Using the NOT or != comparisons": the field exists and does not have the value."""
    assert ids("search c!=red", COLOURS) == [1]


def test_a_star_is_any_value_and_not_of_it_the_lack_of_one() -> None:
    """The same: NOT f=* returns events where it is null, f!=* never returns any."""
    assert ids("search c=*", COLOURS) == [0, 1]
    assert ids("search NOT c=*", COLOURS) == [2]
    assert ids("search c!=*", COLOURS) == []


def test_a_field_with_several_values_matches_by_any_of_them() -> None:
    """Search Manual, "Manipulate and evaluate fields with multiple values"."""
    events = [{"c": ["red", "blue"]}, {"c": ["green", "blue"]}]
    assert ids("search c=red", events) == [0]
    assert ids("search NOT c=red", events) == [1]


def test_several_values_of_which_some_differ_are_refused_for_unequal() -> None:
    with pytest.raises(Doubt):
        ids("search c!=red", [{"c": ["red", "blue"]}])


def test_letters_compare_without_case_and_names_of_fields_with_it() -> None:
    """Search Manual, "Use the search command", "Field names are case sensitive, values are not"."""
    events = [{"c": "Red"}, {"C": "red"}]
    assert ids("search c=RED", events) == [0]


def test_case_beyond_ascii_is_refused_where_the_readings_differ() -> None:
    """The page does not say what case is beyond ASCII."""
    assert ids('search c="stra\u00dfe"', [{"c": "stra\u00dfe"}]) == [0]
    with pytest.raises(Doubt):
        ids("search c=strasse", [{"c": "stra\u00dfe"}])
    with pytest.raises(Doubt):
        ids('search c="\u00e9"', [{"c": "\u00c9"}])


def test_a_star_is_a_wildcard_in_quotes_as_well() -> None:
    """Search Manual, "Wildcards"."""
    events = [{"c": "a-red-b"}, {"c": "red-b"}, {"c": "red"}]
    assert ids('search c="*red*"', events) == [0, 1, 2]
    assert ids("search c=red*", events) == [1, 2]
    assert ids("search c=*red", events) == [2]
    assert ids("search c=a*b", events) == [0]


def test_a_star_may_be_no_text_at_all() -> None:
    assert ids("search c=red*", [{"c": "red"}]) == [0]


def test_no_backslash_takes_the_meaning_of_a_star() -> None:
    """Search Manual, "Wildcards": the asterisk cannot be searched for."""
    assert ids(r"search c=a\*", [{"c": r"a\b"}, {"c": "a*"}]) == [0]


def test_a_question_mark_a_percent_sign_and_a_bracket_are_themselves() -> None:
    events = [{"c": "a?b"}, {"c": "axb"}, {"c": "a%"}, {"c": "[ab]"}]
    assert ids('search c="a?b"', events) == [0]
    assert ids('search c="a%"', events) == [2]
    assert ids('search c="[ab]*"', events) == [3]


def test_a_star_goes_over_line_feeds() -> None:
    assert ids("search c=a*b", [{"c": "a\nb"}]) == [0]


def test_backslashes_escape_quotation_marks_pipes_and_themselves() -> None:
    """ "Quotes and escaping characters"."""
    events = [{"c": 'say "hi"'}, {"c": "a|b"}, {"c": r"C:\temp"}]
    assert ids(r'search c="say \"hi\""', events) == [0]
    assert ids(r"search c=a\|b", events) == [1]
    assert ids(r'search c="C:\\temp"', events) == [2]


def test_other_sequences_stay_as_they_are() -> None:
    r""" "Quotes and escaping characters": \s is \s, and \\s is \s."""
    assert ids(r'search c="a\sb"', [{"c": r"a\sb"}]) == [0]
    assert ids(r'search c="a\\sb"', [{"c": r"a\sb"}]) == [0]


def test_equality_compares_texts_also_of_numbers() -> None:
    """ "Comparison expression options": "1" does not match "1.0"."""
    events = [{"x": "1"}, {"x": "1.0"}, {"x": "01"}]
    assert ids("search x=1", events) == [0]
    assert ids("search x!=1", events) == [1, 2]


def test_what_eval_made_compares_as_it_is_written() -> None:
    assert ids("search * | eval x=1 | search x=1", [{}]) == [0]


def test_numbers_compare_by_size_and_other_texts_by_letters() -> None:
    """ "Comparison expression options"."""
    events = [{"x": "9"}, {"x": "10"}, {"x": "7.5"}]
    assert ids("search x>8", events) == [0, 1]
    assert ids("search x<=9", events) == [0, 2]
    assert ids("search x>abc", [{"x": "abd"}, {"x": "abb"}]) == [0]


def test_a_network_matches_its_addresses() -> None:
    """ "CIDR matching"."""
    events = [{"ip": "10.10.10.12"}, {"ip": "50.10.10.17"}, {"ip": "10.10.10.23"}, {"ip": "x"}]
    assert ids('search ip="10.10.10.0/24"', events) == [0, 2]
    v6 = [{"ip": "2001:db8::99"}, {"ip": "2001:db9::99"}]
    assert ids('search ip="2001:db8::/32"', v6) == [0]


def test_or_comes_before_and() -> None:
    """ "Boolean expressions": parentheses, NOT, OR, AND."""
    events = [{"a": "1"}, {"b": "1", "c": "1"}, {"a": "1", "c": "1"}]
    assert ids("search a=1 OR b=1 c=1", events) == [1, 2]
    assert ids("search a=1 OR (b=1 c=1)", events) == [0, 1, 2]
    assert ids("search NOT a=1 OR c=1", events) == [1, 2]


def test_nothing_between_two_terms_is_and() -> None:
    """ "Logical expression": AND is implied."""
    events = [{"a": "1"}, {"a": "1", "b": "2"}]
    assert ids("search a=1 b=2", events) == ids("search a=1 AND b=2", events) == [1]


def test_in_is_any_of_a_list_with_wildcards() -> None:
    """ "Filter using the IN operator"."""
    events = [{"x": "400"}, {"x": "404"}, {"x": "500"}, {}]
    assert ids("search x IN (40*, 501)", events) == [0, 1]
    assert ids("search NOT x IN (40*, 501)", events) == [2, 3]


def test_the_other_side_is_a_value_and_never_a_field() -> None:
    """ "Comparing two fields"."""
    assert ids("search a=b", [{"a": "1", "b": "1"}, {"a": "b"}]) == [1]


def test_two_colons_ask_an_indexed_field_and_nothing_else() -> None:
    """Knowledge Manager Manual, "Search for indexed fields": ``field::value``."""
    events = [{"aw_x": "One"}, {"aw_x": "two"}]
    assert ids("search aw_x::one", events, indexed=frozenset({"aw_x"})) == [0]
    with pytest.raises(Refused):
        ids("search c::red", [{"c": "red"}])


def test_a_later_search_filters_rows() -> None:
    """ "Using the search command later in the search pipeline"."""
    assert ids("search * | eval d=c | search d=red", COLOURS) == [0]


def test_words_of_the_raw_text_are_refused() -> None:
    with pytest.raises(Refused):
        ids("search error", COLOURS)


def test_whether_an_empty_field_is_there_is_refused() -> None:
    with pytest.raises(Doubt):
        ids("search c=*", [{"c": ""}])


def test_events_come_newest_first() -> None:
    """Search Reference, "dedup": the most recent events are searched first."""
    found = ran("search *", [{"_time": 1.0}, {"_time": 3.0}, {"_time": 2.0}])
    assert [row["_time"] for row in found] == [3.0, 2.0, 1.0]


def test_a_range_of_time_holds_its_beginning_and_not_its_end() -> None:
    """Search Manual, "Specify time modifiers in your search": latest is exclusive."""
    events = [{"_time": 1.0}, {"_time": 2.0}, {"_time": 3.0}]
    assert ids("search *", events, span=(1.0, 3.0)) == [0, 1]
