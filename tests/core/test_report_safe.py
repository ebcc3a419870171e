"""What a reader sees of a hostile text is all there is of it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.report.safe import clip, one_line, visible

ANY = st.text(st.characters(codec=None), max_size=300)


@given(ANY, st.booleans())
def test_no_character_is_left_that_hides_or_moves_anything(text: str, lines: bool) -> None:
    shown = visible(text, lines=lines)
    kept = {"\n", "\t"} if lines else set()
    left = {char for char in shown if unicodedata.category(char)[0] == "C"} - kept
    assert not left
    assert not {"\u2028", "\u2029"} & set(shown)


@given(ANY, st.booleans())
def test_showing_twice_changes_nothing(text: str, lines: bool) -> None:
    shown = visible(text, lines=lines)
    assert visible(shown, lines=lines) == shown


@given(ANY)
def test_shown_text_can_be_written_to_a_file(text: str) -> None:
    visible(text).encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ümläut, 日本語, עברית", "plain text, ümläut, 日本語, עברית"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("invoice\u202efdp.exe", "invoice\\u202efdp.exe"),
        ("pay\u200bpal", "pay\\u200bpal"),
        ("a\x00b", "a\\x00b"),
        ("\x9b2J", "\\x9b2J"),
        ("hi\U000e0068\U000e0069", "hi\\U000e0068\\U000e0069"),
        ("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree"),
        ("\ud800", "\\ud800"),
        ("a\u3164b", "a\\u3164b"),
        ("a\ufe01b", "a\\ufe01b"),
        ("a\u00a0b", "a b"),
    ],
)
def test_characters_that_cannot_be_seen_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_an_emoji_keeps_its_colour_selector() -> None:
    assert visible("\u26a0\ufe0f careful") == "\u26a0\ufe0f careful"


def test_accents_do_not_pile_up_over_other_lines() -> None:
    assert visible("e" + "\u0301" * 5) == "e\u0301\u0301\u0301\\u0301\\u0301"


def test_line_breaks_stay_where_a_block_is_shown() -> None:
    assert visible("one\ntwo\r", lines=True) == "one\ntwo\\r"


@given(ANY, st.integers(1, 80))
def test_one_line_is_one_line_and_never_longer_than_asked(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line


def test_a_short_value_has_no_second_form() -> None:
    assert clip("short", 10).full == ""


def test_a_long_value_is_short_at_once_and_whole_on_demand() -> None:
    shown = clip("x" * 100_000, 200)
    assert len(shown.short) == 200
    assert shown.short.endswith("…")
    assert shown.full.startswith("x" * 30_000)
    assert shown.full.endswith("70000 more characters are not shown")
    assert shown.size == 100_000


def test_a_value_of_several_lines_shows_its_breaks_on_demand() -> None:
    shown = clip("A=1\nB=2", 100)
    assert (shown.short, shown.full) == ("A=1\\nB=2", "A=1\nB=2")
