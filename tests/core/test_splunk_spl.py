"""Text of a rule in a search of Splunk: whatever it is, it stays text, and means what it meant."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.e2e.parity_inventions import rule_of
from tests.spl.faults import Doubt
from tests.spl.patterns import compiled
from tests.spl.reading import parse
from tests.splunk_world import holding, rows_of

from agentwarrant.event import Event
from agentwarrant.rules import regexes
from agentwarrant.rules.ir import Node, fold
from agentwarrant.rules.matcher import Matcher
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.splunk import regular, spl
from agentwarrant.siem.splunk.search import single

FIELD = "process.command_line"
TYPES = {FIELD: "wildcard"}
SPECIAL = "\"\\*?|[](){}^$.+`'=<>,:;%#&! \n\t\x00"
hostile = st.text(
    st.sampled_from(SPECIAL + "aksKS\ufb01\u00df\u212a\u017f\u00e9"), max_size=8
) | st.text(max_size=6)
ops = st.sampled_from(["eq", "contains", "startswith", "endswith"])


def event(text: str) -> Event:
    return {
        "@timestamp": "2026-11-20T10:00:00.000Z",
        "event.id": "one",
        "event.action": "tool_call",
        FIELD: text,
    }


def rendered(tree: Node) -> str:
    try:
        return single(rule_of(tree), TYPES).text
    except CannotRender:
        assume(False)
        raise AssertionError from None


def found(text: str, value: str) -> bool:
    try:
        return bool(holding(rows_of([event(value)])).run(text))
    except Doubt:
        assume(False)
        raise AssertionError from None


@given(hostile, hostile, hostile, ops, st.booleans())
@example('a" | delete', "", "", "eq", False)
@example("\\", "", "", "eq", False)
@example("*", "a", "", "eq", False)
@example("a*b", "", "", "startswith", False)
@example("`agentwarrant_indexes`", "", "", "contains", True)
@example("$result.x$", "", "", "endswith", False)
@example("7", "", ".0", "eq", False)
@settings(max_examples=400, deadline=None)
def test_any_text_is_found_where_it_stands_and_nowhere_else(
    text: str, before: str, after: str, op: str, cased: bool
) -> None:
    tree: Node = ["is", FIELD, f"{op}_cased", text] if cased else ["is", FIELD, op, fold(text)]
    query = rendered(tree)
    rule = rule_of(tree)
    for value in (text, before + text + after, text.swapcase(), before):
        if value and "\x00" not in value:
            assert found(query, value) == bool(Matcher([rule]).hits(event(value))), (value, query)


@given(st.lists(hostile.map(fold) | st.sampled_from([0, 1]), min_size=1, max_size=4), hostile)
@settings(max_examples=200, deadline=None)
def test_a_pattern_of_any_text_matches_what_our_engine_matches(
    parts: list[str | int], value: str
) -> None:
    assume(value and "\x00" not in value)
    tree: Node = ["is", FIELD, "like", parts]
    assert found(rendered(tree), value) == bool(Matcher([rule_of(tree)]).hits(event(value)))


@given(hostile, ops, st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_text_adds_a_command_a_macro_or_a_token(text: str, op: str, cased: bool) -> None:
    query = rendered(["is", FIELD, f"{op}_cased" if cased else op, text if cased else fold(text)])
    assert query.count("`") == 2
    assert "$" not in query
    harmless = rendered(["is", FIELD, "eq", "a*"])
    assert {type(one) for one in parse(query, MACROS)} <= {
        type(one) for one in parse(harmless, MACROS)
    }


MACROS = holding([]).macros


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain", '"plain"'),
        ('a "b"', '"a \\"b\\""'),
        ("c:\\temp", '"c:\\\\temp"'),
        ("a|b", '"a|b"'),
    ],
)
def test_quotes_and_backslashes_are_escaped(text: str, said: str) -> None:
    assert spl.string(text) == said


@pytest.mark.parametrize("text", ["a\nb", "\x7f", "\ud800"])
def test_what_cannot_be_written_in_quotes_is_refused(text: str) -> None:
    with pytest.raises(CannotRender):
        spl.string(text)


def test_names_are_quoted_as_each_command_reads_them() -> None:
    assert (spl.name("warrant.tool.acts{}"), spl.column("warrant.tool.acts{}")) == (
        '"warrant.tool.acts{}"',
        "'warrant.tool.acts{}'",
    )
    assert (spl.name("aw_id"), spl.column("aw_id")) == ("aw_id", "aw_id")


@pytest.mark.parametrize("name", ["a'b", 'a"b', "a b", "a|b", "", "a`b"])
def test_a_name_that_could_be_something_else_is_refused(name: str) -> None:
    for made in (spl.name, spl.column):
        with pytest.raises(CannotRender):
            made(name)


@pytest.mark.parametrize("text", ["7", "7.0", "1e5", "0x1f", "inf", "nan", ".5", "-", " a", "a*"])
def test_what_may_compare_as_a_number_or_a_wildcard_is_no_word(text: str) -> None:
    assert not spl.word(text)


# Regular expressions ------------------------------------------------------------------------

TEXTS = [
    "", "a", "A", "ab", "abc", "a\nb", "a\n", "b\n\n", "k", "\u212a", "s", "\u017f", "x1y", "1",
    "a b", "a.b", "a*b", "a-b", "é", "_", "aab", "ba", "\tb", "ab\n", "foo bar", "foobar",
]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        ("a", ""), ("^a", ""), ("b$", ""), ("^a$", ""), ("^b", "m"), ("a$", "m"), ("a.b", ""),
        ("a.b", "s"), ("A", "i"), ("[ak]", "i"), ("s+", "i"), (r"\d", ""), (r"\D", ""),
        (r"\w+$", ""), (r"\s", ""), (r"\bb", ""), (r"\Bb", ""), ("a{2}", ""), ("(a|foo) ?b", ""),
        ("[^a-z]", ""),
        ("a*?b", ""), (r"a\.b", ""), (r"a\*b", ""), (r"[.*-]b", ""), ("^$", ""), (r"\Aa", ""),
        ("(?i)AB", ""), ("", ""), ("[a-c]{1,2}$", "i"), (r"[\w-]b", ""), (r"[^\d]", ""),
    ],
)  # fmt: skip
def test_a_regular_expression_finds_in_pcre_what_it_finds_here(pattern: str, flags: str) -> None:
    made = compiled(regular.regular_expression(pattern, flags))
    ours = regexes.searcher(pattern, flags)
    assert [text for text in TEXTS if made(text)] == [text for text in TEXTS if ours(text)]


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [("(?=a)b", ""), (r"(a)\1", ""), (r"\pL", ""), ("[[:alpha:]]", ""), ("é", "i")],
)
def test_what_is_another_thing_in_pcre_is_refused(pattern: str, flags: str) -> None:
    with pytest.raises(CannotRender):
        regular.regular_expression(pattern, flags)


def test_no_regular_expression_of_ours_has_a_sign_that_others_read() -> None:
    made = regular.regular_expression(r"^\$a`b$", "m")
    assert not re.search(r"[$`]", made)
