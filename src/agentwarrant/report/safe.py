"""Hostile text made harmless to look at, for the page and for the terminal.

Escaping for HTML or for a terminal library is not enough: a right-to-left override shows a file
name backwards, an escape sequence repaints the screen, tag characters hide a whole sentence.
Such characters are shown as what they are (``\\x1b``, ``\\u202e``, ``\\U000e0041``).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that most fonts draw as nothing, though Unicode does not call them format
# characters: grapheme joiner, Hangul fillers, Khmer inherent vowels, Mongolian selectors,
# the empty Braille cell.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_EMOJI_STYLE = "\ufe0f"
_MAX_MARKS = 3
"""Accents on one letter; more of them would paint over the lines around it."""


def visible(text: str, *, lines: bool = False) -> str:
    """Return text in which nothing is hidden, moves the cursor or changes the direction.

    A backslash that was in the text stays single, so ``\\u202e`` may also be what was written.
    Applying this twice changes nothing.

    Args:
        text: Anything.
        lines: Keep line breaks and tabs, for places that show text as a block.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    before = ""
    for char in text:
        piece, mark = _piece(char)
        marks = marks + 1 if mark else 0
        if lines and char in "\n\t":
            piece = char
        elif marks > _MAX_MARKS:
            piece = _escape(char)
        elif char == _EMOJI_STYLE and before and unicodedata.category(before) == "So":
            piece = char
        shown.append(piece)
        before = char
    return "".join(shown)


@lru_cache(maxsize=4096)
def _piece(char: str) -> tuple[str, bool]:
    """Return how a character is shown, and whether it is a combining mark."""
    category = unicodedata.category(char)
    if category == "Zs":
        return " ", False
    if category in _HIDDEN or char in _BLANK or _is_selector(char):
        return _escape(char), False
    return char, category in ("Mn", "Me")


def _is_selector(char: str) -> bool:
    """Variation selectors draw nothing by themselves and can carry any bytes."""
    return "\ufe00" <= char <= _EMOJI_STYLE or "\U000e0100" <= char <= "\U000e01ef"


def _escape(char: str) -> str:
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@dataclass(frozen=True, slots=True)
class Clipped:
    """A value to show: short enough to read, and whole for who wants it.

    Attributes:
        short: One line, at most the limit long.
        full: The whole text with its line breaks; empty when ``short`` is all there is.
        size: Characters of the original.
    """

    short: str
    full: str = ""
    size: int = 0


def clip(text: str, limit: int, whole: int = 30_000) -> Clipped:
    """Return a visible value that is clipped for the eye.

    Args:
        text: Anything.
        limit: Characters to show at once.
        whole: Characters kept for ``full``; what is beyond is counted, not kept.
    """
    short = visible(text[: limit + 1])
    if len(text) <= limit and "\n" not in text and len(short) <= 2 * limit:
        return Clipped(short, "", len(text))
    full = visible(text[:whole], lines=True)
    if len(text) > whole:
        full += f"\n… {len(text) - whole} more characters are not shown"
    return Clipped(one_line(text, limit), full, len(text))


def one_line(text: str, limit: int) -> str:
    """Return visible text on one line, cut to ``limit`` characters with an ellipsis."""
    flat = visible(text[: 2 * limit + 2])
    if len(flat) <= limit and len(text) <= 2 * limit + 2:
        return flat
    return flat[: max(limit - 1, 0)] + "…"
