"""Patterns are read as OASIS reads them, and match what OASIS's matcher matches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stix2matcher.matcher import match
from stix2patterns.exceptions import ParseException
from stix2patterns.v21.pattern import Pattern
from tests.core.stix_draws import objects, patterns

from agentwarrant.intel.evaluate import matches, unanswerable
from agentwarrant.intel.patterns import DEEPEST, Comparison, Observation, Path, parse
from agentwarrant.intel.tokens import LONGEST, PatternError

_PIECES = st.sampled_from(
    "[ ] ( ) a:b x-y:z[0].q file:hashes.'SHA-256' x:y[*] = == != <> < >= NOT IN LIKE MATCHES "
    "ISSUBSET EXISTS AND OR FOLLOWEDBY WITHIN REPEATS START STOP SECONDS TIMES 'a' 1 -3 1.5 .5 +4 "
    "007 true t'2020-01-01T00:00:00Z' t'2020-13-01T00:00:00Z' h'ab' h'abc' b'aGk=' b'' , . : //c"
    "".split()
)


def is_oasis(text: str) -> bool:
    """Does OASIS's parser take it?"""
    try:
        Pattern(text)
    except ParseException:
        return False
    return True


def is_ours(text: str) -> bool:
    try:
        parse(text)
    except PatternError:
        return False
    return True


@settings(max_examples=150)
@given(patterns)
def test_a_drawn_pattern_is_read_by_both(text: str) -> None:
    assert is_oasis(text)
    assert is_ours(text)


@settings(max_examples=300)
@given(patterns, st.data())
def test_a_changed_pattern_is_refused_by_both_or_by_none(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 3))
    text = text[:place] + data.draw(_PIECES | st.just("")) + text[place + gone :]
    assert is_ours(text) == is_oasis(text)


@settings(max_examples=300)
@given(st.lists(_PIECES, max_size=12))
def test_pieces_in_any_order_are_a_pattern_to_both_or_to_none(pieces: list[str]) -> None:
    text = " ".join(pieces)
    assert is_ours(text) == is_oasis(text)


@pytest.mark.parametrize(
    "text",
    [
        "[a:b = 'x'] FOLLOWEDBY [a:b = 'y'] WITHIN 5 SECONDS",
        "([a:b = 'x'] AND [a:b = 'y']) REPEATS 3 TIMES",
        "[a:b = 'x'] START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'",
        "[a:b = 'x' /* why */ OR a:b IN ()] // and so on",
    ],
)
def test_the_rest_of_the_grammar_is_read_by_both(text: str) -> None:
    assert is_oasis(text)
    assert is_ours(text)


def test_to_repeat_nothing_is_refused_though_the_grammar_of_oasis_takes_it() -> None:
    """STIX 2.1, section 9.5.1: the number is positive."""
    with pytest.raises(PatternError, match="above zero"):
        parse("[a:b = 'x'] REPEATS 0 TIMES")


def test_a_fault_says_where_it_is() -> None:
    with pytest.raises(PatternError, match=r"at character 16") as caught:
        parse("[a:b = 'x' AND ]")
    assert caught.value.place == 15


def test_a_pattern_becomes_what_it_says() -> None:
    test = Comparison(Path("file", ("hashes", "SHA-256")), "=", ("it's",), negated=True)
    assert parse(r"[file:hashes.'SHA-256' NOT = 'it\'s']") == Observation(test)


@settings(max_examples=400)
@given(patterns, objects)
def test_what_matches_is_what_oasis_matches(text: str, found: list[dict[str, Any]]) -> None:
    seen = {
        "type": "observed-data",
        "id": "observed-data--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
        "created": "2026-04-06T20:03:48.000Z",
        "modified": "2026-04-06T20:03:48.000Z",
        "first_observed": "2026-01-01T00:00:00Z",
        "last_observed": "2026-01-01T00:00:00Z",
        "number_observed": 1,
        "objects": {str(n): one for n, one in enumerate(found)},
    }
    tree = parse(text)
    assert unanswerable(tree) == ""
    assert matches(tree, found) == bool(match(text, [seen], stix_version="2.0"))


@pytest.mark.parametrize(
    ("test", "value", "holds"),
    [
        ("ipv4-addr:value ISSUBSET '10.0.0.0/8'", "10.1.2.3", True),
        ("ipv4-addr:value ISSUBSET '10.0.0.0/8'", "11.1.2.3", False),
        ("ipv4-addr:value ISSUPERSET '10.0.0.1/32'", "10.0.0.0/8", True),
        ("ipv4-addr:value NOT ISSUBSET '10.0.0.0/8'", "11.1.2.3", True),
        ("ipv4-addr:value ISSUBSET '10.0.0.0/8'", "no address", False),
        ("ipv4-addr:value > t'2020-01-01T00:00:00Z'", "2021-01-01T00:00:00Z", True),
        ("ipv4-addr:value = t'2020-01-01T00:00:00Z'", "2020-01-01T00:00:00.000Z", True),
    ],
)
def test_networks_and_times_compare_as_what_they_are(test: str, value: str, holds: bool) -> None:
    found = [{"type": "ipv4-addr", "value": value}]
    assert matches(parse(f"[{test}]"), found) is holds


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[a:b = 'x'] AND [a:b = 'y']", "more than one event"),
        ("[a:b = 'x'] FOLLOWEDBY [a:b = 'y']", "more than one event"),
        ("[a:b = 'x'] REPEATS 2 TIMES", "more than one event"),
        ("[a:b MATCHES '(a+)+$(?=x)']", "linear time"),
        ("[a:b ISSUBSET 'everything']", "no network"),
    ],
)
def test_what_one_event_cannot_tell_is_refused_with_the_reason(text: str, why: str) -> None:
    assert why in unanswerable(parse(text))


def test_a_pattern_that_explodes_is_refused_at_once() -> None:
    deep = "(" * (DEEPEST + 1) + "a:b = 1" + ")" * (DEEPEST + 1)
    with pytest.raises(PatternError, match="parentheses"):
        parse(f"[{deep}]")
    with pytest.raises(PatternError, match="characters"):
        parse("[" + "a:b = 1 OR " * LONGEST + "a:b = 1]")
