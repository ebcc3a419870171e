"""The words of a STIX pattern (STIX 2.1, section 9; the lexer rules of its ANTLR grammar)."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

Literal = str | int | float | bool | bytes | datetime

KEYWORDS = frozenset(
    "AND OR NOT FOLLOWEDBY LIKE MATCHES ISSUPERSET ISSUBSET EXISTS IN START STOP SECONDS WITHIN "
    "REPEATS TIMES true false".split()
)
LONGEST = 65_536
"""Characters of a pattern at most."""
_DIGITS = 40
_TOKEN = re.compile(
    r"(?P<space>(?:[\s\u00a0]+|//[^\n]*|/\*.*?\*/)+)"
    r"|(?P<literal>[thb]?'(?:[^'\\]|\\['\\])*')"
    r"|(?P<float>[+-]?[0-9]*\.[0-9]+)"
    r"|(?P<integer>[+-]?(?:0|[1-9][0-9]*)(?![0-9]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<sign>==|!=|<>|<=|>=|[=<>\[\]().,:*])",
    re.DOTALL,
)
_TIME = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?Z"
)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")


class PatternError(ValueError):
    """A pattern cannot be read.

    Attributes:
        place: Where, in characters from 0.
    """

    def __init__(self, what: str, place: int) -> None:
        super().__init__(f"{what} (at character {place + 1})")
        self.place = place


class Token(NamedTuple):
    """One word.

    Attributes:
        kind: ``name``, ``string``, ``literal`` (any other value), a keyword or a sign itself,
            ``integer``, ``float``, or ``end``.
        text: As it is written.
        value: Of a literal.
        place: Where it begins.
    """

    kind: str
    text: str
    value: Literal
    place: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a pattern and last an ``end``.

    Raises:
        PatternError: There is something that is no word, or the text is too long.
    """
    if len(text) > LONGEST:
        raise PatternError(f"a pattern of more than {LONGEST:,} characters", LONGEST)
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise PatternError(f"{text[place : place + 12]!r} is no part of a pattern", place)
        if found.lastgroup != "space":
            yield _token(str(found.lastgroup), found.group(), place)
        place = found.end()
    yield Token("end", "", "", place)


def _token(group: str, text: str, place: int) -> Token:
    if group == "sign":
        return Token({"==": "=", "<>": "!="}.get(text, text), text, "", place)
    if group == "name":
        return Token(text if text in KEYWORDS else "name", text, text == "true", place)
    if group == "integer":
        if len(text) > _DIGITS:  # Python refuses to read some thousand of them
            raise PatternError("a number of too many digits", place)
        return Token(group, text, int(text), place)
    if group == "float":
        return Token(group, text, float(text), place)
    if text[0] == "'":
        return Token("string", text, _unescaped(text[1:-1]), place)
    return Token("literal", text, _read(_READERS[text[0]], text[2:-1], place), place)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(['\\])", r"\1", text) if "\\" in text else text


def _read(read: Callable[[str], Literal], text: str, place: int) -> Literal:
    try:
        return read(text)
    except (ValueError, Base64Error) as error:
        raise PatternError(f"{text[:40]!r} is no value of its kind", place) from error


def _time(text: str) -> datetime:
    if _TIME.fullmatch(text) is None:
        raise ValueError(text)
    return datetime.fromisoformat(text.replace(":60", ":59"))


def _hex(text: str) -> bytes:
    if _HEX.fullmatch(text) is None:
        raise ValueError(text)
    return bytes.fromhex(text)


def _binary(text: str) -> bytes:
    if not text or _BASE64.fullmatch(text) is None:
        raise ValueError(text)
    return b64decode(text)


_READERS: dict[str, Callable[[str], Literal]] = {"t": _time, "h": _hex, "b": _binary}
