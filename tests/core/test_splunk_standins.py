"""What stands in for compiled libraries inside Splunk does what they do, as far as it is used."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import ahocorasick_rs
import orjson
import pytest
import re2  # type: ignore[import-untyped]  # the package has no types
from hypothesis import example, given
from hypothesis import strategies as st
from tests.splunk_inside import own_runtime

from agentwarrant.siem.splunk import vendored
from agentwarrant.siem.splunk.inside import (
    standin_ahocorasick_rs,
    standin_orjson,
    standin_re2,
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
ODD = st.sampled_from(
    r"""1e999|-0|-0.0|18446744073709551616|-9223372036854775809|"\ud800"|"\uD83D\uDE00"|NaN|-Infinity
    ||" 1 "| 1 |"\u0000"|1.|01|[1,]|{"a":1,"a":2}|1 2|1e-400|"\ude00\ud83d"|123456789012345678901234
    |-18446744073709551615|1000000000000000000|true |tru""".replace("\n    ", "")
    .encode()
    .split(b"|")
) | st.sampled_from([b"\xef\xbb\xbf1", b'"\x01"', b'"\xff"', b"\x0c1", b"0" * 30])


def outcome(loads: Any, data: bytes) -> Any:
    try:
        found = loads(data)
    except json.JSONDecodeError:
        return "refused"
    return repr(found)


@given(ODD | VALUES.map(lambda v: json.dumps(v).encode()) | st.binary(max_size=30))
def test_json_is_read_as_orjson_reads_it(data: bytes) -> None:
    assert outcome(standin_orjson.loads, data) == outcome(orjson.loads, data)


@given(VALUES)
def test_json_is_written_as_orjson_writes_it(value: Any) -> None:
    sort = orjson.OPT_SORT_KEYS
    assert standin_orjson.dumps(value) == orjson.dumps(value)
    assert standin_orjson.dumps(value, option=sort) == orjson.dumps(value, option=sort)


@given(
    st.dictionaries(
        st.text() | st.integers(-9, 9) | st.booleans() | st.none(),
        st.floats() | st.binary() | st.just(datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)),
    )
)
def test_keys_and_values_that_json_has_not_are_written_as_orjson_does(value: Any) -> None:
    option = orjson.OPT_NON_STR_KEYS
    written = standin_orjson.dumps(value, option=option, default=str)
    assert written == orjson.dumps(value, option=option, default=str)


@pytest.mark.parametrize("value", ["\ud800", 1 << 64, {1: 2}, {"a": {1}}, [b"x"]], ids=ascii)
def test_what_orjson_does_not_write_is_refused(value: Any) -> None:
    for library in (orjson, standin_orjson):
        with pytest.raises(library.JSONEncodeError):
            library.dumps(value)


def test_nesting_without_end_is_refused_both_ways() -> None:
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    for library in (orjson, standin_orjson):
        with pytest.raises(library.JSONEncodeError):
            library.dumps(deep)
        with pytest.raises(library.JSONDecodeError):
            library.loads(b"[" * 100_000)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 1e16, 1e-5, -1.5e-5, 1.5e-7, 5e-324], ids=str
)
def test_numbers_look_as_orjson_has_them(value: float) -> None:
    assert standin_orjson.dumps(value) == orjson.dumps(value)


NEEDLES = st.lists(st.text("ab\xe9", min_size=1, max_size=3), max_size=8)


@given(NEEDLES, st.text("ab\xe9", max_size=40), st.booleans())
def test_many_texts_are_found_as_the_automaton_finds_them(
    needles: list[str], text: str, overlapping: bool
) -> None:
    real = ahocorasick_rs.AhoCorasick(needles)
    own = standin_ahocorasick_rs.AhoCorasick(needles)
    found = own.find_matches_as_indexes(text, overlapping=overlapping)
    assert found == real.find_matches_as_indexes(text, overlapping=overlapping)


@given(st.text("ab", max_size=300))
def test_so_many_that_places_are_looked_up_are_found_as_well(text: str) -> None:
    needles = [f"{i:06b}".replace("0", "a").replace("1", "b") for i in range(64)] * 3
    needles += [f"{i:01b}".replace("0", "a").replace("1", "b") for i in range(2)]
    real, own = ahocorasick_rs.AhoCorasick(needles), standin_ahocorasick_rs.AhoCorasick(needles)
    found = own.find_matches_as_indexes(text, overlapping=True)
    assert found == real.find_matches_as_indexes(text, overlapping=True)


def test_an_empty_text_is_none_to_look_for() -> None:
    for library in (ahocorasick_rs, standin_ahocorasick_rs):
        with pytest.raises(ValueError, match="empty"):
            library.AhoCorasick(["a", ""])


# RE2 ---------------------------------------------------------------------------------------------


ASKED = """
import json, sys
sys.path.insert(0, sys.argv[1])
import re2
asked, made = [], re2.Pattern.__init__

def remembered(self, pattern, options=None):
    folds = options is not None and not options.case_sensitive
    asked.append("(?i)" * folds + pattern)
    made(self, pattern, options)

re2.Pattern.__init__ = remembered
sys.path.insert(0, sys.argv[1])
import agentwarrant.siem.splunk.inside.judging, agentwarrant.siem.splunk.inside.warrants
print(json.dumps(asked))
"""


@pytest.fixture(scope="module")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return every expression that what runs inside Splunk asks RE2 for."""
    place = tmp_path_factory.mktemp("lib")
    for path, body in vendored.library(own_runtime().sdk).items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(body)
    command = [sys.executable, "-I", "-S", "-B", "-c", ASKED, str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    assert len(found) > 7
    return found


WORDS = st.sampled_from(
    "ignore|IGNORE |\u0130gnore|\u017fystem: |\u212aeep|~/.ssh/id_rsa|/etc/shadow|.env|AGENTS.md"
    "|](https://x|src =|url(|assistant,|kullan\u0131c\u0131ya|~/.bashrc|MEMORY.md|vtaber|cnffjbeq"
    "|system prompt|\n| |\xe9|\u5ffd\u7565|do not tell the user|from now on|<!--|/.aws/credentials"
    "|\\|'|\"".split("|")
)
TEXTS = st.lists(WORDS | st.text(max_size=6), max_size=12).map("".join)


@given(text=TEXTS)
@example(text="ignore\u0130gnore")
@example(text="x\u0131ignore\u0131")
def test_nothing_that_re2_finds_is_missed(patterns: list[str], text: str) -> None:
    real, own = re2.Set.SearchSet(), standin_re2.Set.SearchSet()
    for pattern in patterns:
        real.Add(pattern)
        own.Add(pattern)
    real.Compile()
    said = set(own.Match(text) or ())
    assert said >= set(real.Match(text) or ())
    if text.isascii():
        assert said == set(real.Match(text) or ())
    assert set(own.Match(text.encode()) or ()) == said


@pytest.mark.parametrize("part", ["/.env", "~/.", "a-", " =", "](", "/.aws/", "ignore", "/ab"])
def test_long_texts_are_asked_for_in_time_and_nothing_is_missed(
    patterns: list[str], part: str
) -> None:
    text = part * (200_000 // len(part)) + "!"
    begun = time.process_time()
    for pattern in patterns:
        assert standin_re2.compile(pattern).search(text) or not re2.compile(pattern).search(text)
    assert time.process_time() - begun < 5


SIMPLE = st.recursive(
    st.text("ab1_ -", min_size=1, max_size=3).map(re.escape)
    | st.sampled_from(
        [r"\b", r"\w", r"\s", r"\d", r"\W", "[a-b]", r"[\w-]", "[^a]", "^", "$", ".", "\\["]
    ),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map("".join)
        | st.lists(inner, min_size=1, max_size=3).map("|".join)
        | inner.map(lambda one: f"(?:{one})?")
        | inner.map(lambda one: f"(?:{one}){{0,2}}")
        | inner.map(lambda one: f"({one})+")
    ),
    max_leaves=8,
)


@given(SIMPLE, st.booleans(), st.text("abAB1_ -[\xe9\u017f\u212a\u0130\u0131", max_size=12))
@example(pattern=r"\w", folds=True, text="\u017f")
@example(pattern=r"\W", folds=True, text="\u0131")
def test_any_expression_of_the_kind_is_understood(pattern: str, folds: bool, text: str) -> None:
    whole = f"(?i){pattern}" if folds else pattern
    real = re2.compile(whole).search(text) is not None
    own = standin_re2.compile(whole).search(text) is not None
    assert own or not real
    if text.isascii():
        assert own == real


def test_letter_case_may_be_said_apart() -> None:
    options = standin_re2.Options()
    options.case_sensitive = False
    assert standin_re2.compile("ab", options).search("xAB")
    assert not standin_re2.compile("ab").search("xAB")


def test_a_class_that_cannot_be_translated_is_said() -> None:
    with pytest.raises(ValueError, match="within a class"):
        standin_re2.compile(r"[\W]").search("a")
