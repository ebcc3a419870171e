"""Regular expressions cannot blow up, and what they are said to need they need."""

from __future__ import annotations

import re

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.timing import seconds

from agentwarrant.detect import Detector
from agentwarrant.finding import Severity
from agentwarrant.rules import regexes
from agentwarrant.rules.classes import Field
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule

TOKENS = (
    *("abc", "curl", "XyZ", "stra\u00dfe", "\u212ami", "i\u0130i", "\ufb01le", "a", "b", ".", ".*"),
    *("a+", "(?:abc)?", "(abc|xyz)", "(?:curl|wget){1,2}", "[abc]", "[^a]", "\\d+", "\\s", "\\\\"),
    *("^", "$", "\\b", "(abc|)", "x{0,3}", "(?:foo)*", "(?P<n>bar)+", "abc|curl", "(?:abcd|bcde)"),
    *("(?i:QUX)", "\\x41\\x42\\x43", "\\.exe", "a{3}", "[[:digit:]]abc", "[a]bcd", "\x02abc"),
)
BOUNDED = (*TOKENS, "(?=abc)", "(?!abc)", "(?<=x)abc", "(?>abc)", "(abc)\\1", "a{,3}", "abc\\Z")
flags = st.sampled_from(("", "i", "s", "im", "ims"))


def joined(tokens: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(tokens), min_size=1, max_size=5).map("".join)


def python_flags(given_: str) -> int:
    found = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
    return sum(found[flag] for flag in given_)


@st.composite
def matching(draw: st.DrawFn, tokens: tuple[str, ...]) -> tuple[str, str, str]:
    """Draw a pattern, flags, and a text that Python matches with it."""
    pattern, given_ = draw(joined(tokens)), draw(flags)
    try:
        compiled = re.compile(pattern.replace("[[:digit:]]", "[0-9]"), python_flags(given_))
        text = draw(st.from_regex(compiled))
    except (re.error, FutureWarning):
        assume(False)
    return pattern, given_, text


@settings(max_examples=300)
@given(st.one_of(matching(TOKENS), matching(BOUNDED)))
def test_the_literals_of_a_pattern_stand_in_whatever_it_matches(case: tuple[str, str, str]) -> None:
    pattern, given_, text = case
    assume(not regexes.fault_of(pattern, given_))
    try:
        text.encode()
    except UnicodeEncodeError:
        assume(False)
    found = regexes.literals(pattern, given_)
    matched = regexes.searcher(pattern, given_)(text)
    if found and matched:
        assert any(literal in text.casefold() for literal in found), found
    assert (Field([(0, "re", [pattern, given_])])[text] == {0}) == matched


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("curl", {"curl"}), ("^CuRl$", {"curl"}), ("a.*wget", {"wget"}),
        ("(?:curl|wget)", {"curl", "wget"}),
        ("(curl|)", set()), ("(?:curl)?", set()), ("(?:curl)*x", set()), ("(?:curl)+", {"curl"}),
        ("ab", set()), ("(?=curl)x", set()), ("(?!curl)x", set()), ("curl|.", set()),
        ("stra\u00dfe", {"strasse"}), ("[[:space:]]curl", set()), ("\\Qa.b\\E", set()),
        ("(", set()),
        ("abc.defg.hi", {"defg"}), ("(?>curl)", {"curl"}), ("cur[lx]", {"cur"}),
    ],
)  # fmt: skip
def test_what_a_pattern_requires(pattern: str, expected: set[str]) -> None:
    assert set(regexes.literals(pattern, "")) == expected


def test_too_many_alternatives_are_no_help() -> None:
    words = [f"{chr(0x4E00 + number)}word" for number in range(65)]
    assert regexes.literals(f"(?:{'|'.join(words)})", "") == ()
    assert len(regexes.literals(f"(?:{'|'.join(words[:64])})", "")) == 64
    assert set(regexes.literals("(?:curl|wget|nc\\.exe)", "")) == {"curl", "wget", "nc.exe"}


LINEAR = ("a+b", "(a|b)*c", "^x$", "\\d{3}", "(?i)abc", "[[:alpha:]]", "\\pL", "(?P<n>a)", "a$|b")
NOT_LINEAR = ("(?=a)b", "(?<!a)b", "(a)\\1", "a++", "(?>a)", "a\\Z", "a{,3}", "a$b")


@pytest.mark.parametrize("pattern", LINEAR)
def test_what_re2_can_express_runs_in_linear_time(pattern: str) -> None:
    assert regexes.is_linear(pattern, "")
    assert regexes.fault_of(pattern, "") == ""


@pytest.mark.parametrize("pattern", NOT_LINEAR)
def test_what_re2_cannot_express_runs_all_the_same(pattern: str) -> None:
    assert not regexes.is_linear(pattern, "")
    assert regexes.fault_of(pattern, "") == ""


@pytest.mark.parametrize("pattern", ["(", "a**b(", "[z-a]", "(?<n", "\\", "(?z)a"])
def test_what_nobody_understands_has_a_fault(pattern: str) -> None:
    assert regexes.fault_of(pattern, "")


@given(joined(TOKENS), flags, st.text(alphabet="abcxyz1 \n.K\u212a", max_size=8))
def test_both_engines_say_the_same_of_ascii(pattern: str, given_: str, text: str) -> None:
    plain = pattern.replace("[[:digit:]]", "[0-9]")
    assume(pattern.isascii() and text.isascii() and regexes.is_linear(pattern, given_))
    compiled = regex.compile(plain, python_flags(given_) | regex.ASCII)
    assert regexes.searcher(pattern, given_)(text) == (compiled.search(text) is not None)


@pytest.mark.parametrize(
    ("pattern", "given_", "text", "expected"),
    [
        ("x$", "", "x\n", True), ("x$", "", "x\n\n", False), ("x$", "", "x\ny", False),
        ("x$", "m", "x\ny", True), ("^x$", "", "x\n", True), ("(?:x|y$)", "", "y\n", True),
        ("x\\z", "", "x\n", False), ("x$", "", "x", True), ("x\\$", "", "x\n", False),
        ("x$\n", "", "x\n", True), ("(?!z)x$", "", "x\n", True), ("x[$]", "", "x$\n", True),
        ("^$", "", "\n", True), ("^$", "", "", True), ("^$", "", "\n\n", False),
        (".", "", "\n", False),
        (".", "s", "\n", True), ("\\d", "", "\u0661", False), ("(?!z)\\d", "", "\u0661", False),
        ("\\w", "", "\u00e9", False), ("k", "i", "\u212a", True), ("K", "", "k", False),
    ],
)  # fmt: skip
def test_a_pattern_means_what_it_means_in_pcre(
    pattern: str, given_: str, text: str, expected: bool
) -> None:
    assert regexes.searcher(pattern, given_)(text) is expected


BAD = "(?!z)^(?:a|aa)+$"
EVIL = "a" * 40 + "b"


def slow_rule() -> Rule:
    tree = ["or", ["is", "f", "re", [BAD, ""]], ["is", "f", "eq", EVIL]]
    return Rule("r", "r", "r", "", "p.yml", Severity.LOW, alerts=True, tree=tree)


def test_a_search_that_takes_too_long_ends_and_names_its_pattern(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(regexes, "TIME_BOUND", 0.02)
    search = regexes.searcher(BAD, "")
    assert search("aaa")

    def ended() -> None:
        with pytest.raises(regexes.TooSlow) as caught:
            search(EVIL)
        assert caught.value.args == (BAD,)

    assert seconds(ended) < 1


def test_what_took_too_long_is_no_match_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regexes, "TIME_BOUND", 0.02)
    one = Matcher([slow_rule()])
    assert [bool(one.hits({"f": value})) for value in ("aaa", EVIL, f"{EVIL}b")] == [
        True,
        True,
        False,
    ]
    assert one.program.slow == {BAD: 2}


def test_a_detector_names_the_patterns_that_took_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regexes, "TIME_BOUND", 0.02)
    detector = Detector([slow_rule()])
    assert list(detector.notes()) == []
    detector.matcher.line(b'{"f":"' + EVIL.encode() + b'"}')
    assert detector.counters["slow_regex"] == 1
    assert list(detector.notes()) == [f"the regular expression {BAD} took too long for 1 values"]


def test_a_linear_pattern_stays_linear_on_what_is_evil_elsewhere() -> None:
    search = regexes.searcher("^(a+)+$", "")
    assert not search("a" * 100_000 + "b")
    assert seconds(lambda: search("a" * 100_000 + "b")) < 1
