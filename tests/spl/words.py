"""Cutting a search into commands, and a command into words.

A backslash before a quotation mark, a pipe or a backslash takes its meaning away; before anything
else it stays as it is (Search Reference, ``search``, "Backslashes").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .faults import Unreadable

_ESCAPED = re.compile(r'\\(["\\|])')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_QUOTED_NAME = re.compile(r"'([^']*)'")
_COMMENT = re.compile(r"```.*?```", re.DOTALL)
_SPACE = re.compile(r"\s+")
_SHAPES = {
    "search": re.compile(
        r"(?P<sign>!=|<=|>=|==|[()=<>,\[\]])|(?P<word>(?:(?!!=)[^\s\"()=<>,\[\]])+)"
    ),
    "eval": re.compile(
        r"(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
        r"|(?P<sign>!=|<=|>=|==|[()=<>,.+\-*/%])"
    ),
    "plain": re.compile(r"(?P<sign>[()=,\[\]])|(?P<word>[^\s\"'()=,\[\]]+)"),
}


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a command.

    Attributes:
        kind: ``word``, ``string`` (was in double quotes), ``name`` (in single ones), ``number`` or
            ``sign``.
        text: What it says, without quotes and escapes.
        start: Where it begins in the command's text.
        end: Where it ends there.
        glued: Nothing stands between it and the word before it.
    """

    kind: str
    text: str
    start: int
    end: int
    glued: bool


@lru_cache(maxsize=16_384)
def words(text: str, shape: str) -> tuple[Word, ...]:
    """Return the words of a command's arguments.

    Args:
        text: What stands after the command's name.
        shape: ``search``, ``eval``, or ``plain`` for all other commands.
    """
    made: list[Word] = []
    position = 0
    while position < len(text):
        if (space := _SPACE.match(text, position)) is not None:
            position = space.end()
            continue
        word = _word(text, position, shape)
        glued = bool(made) and made[-1].end == position
        made.append(Word(*word, glued))
        position = word[3]
    return tuple(made)


def _word(text: str, position: int, shape: str) -> tuple[str, str, int, int]:
    if (found := _STRING.match(text, position)) is not None:
        return "string", unescaped(found[1]), position, found.end()
    if shape != "search" and (found := _QUOTED_NAME.match(text, position)) is not None:
        return "name", found[1], position, found.end()
    found = _SHAPES[shape].match(text, position)
    if found is None or not found.lastgroup:
        raise Unreadable(f"not understood: {text[position : position + 40]!r}")
    said = found[0] if shape == "eval" else unescaped(found[0])
    return found.lastgroup, said, position, found.end()


def unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def commands(text: str) -> Iterator[str]:
    """Yield the texts of a search's commands: what stands between pipes outside of quotes."""
    yield from (part.strip() for part in _cut(_COMMENT.sub(" ", text), "|"))


def searches(text: str) -> list[str]:
    """Return the texts of searches in brackets, one after the other, and nothing else.

    Raises:
        Unreadable: There is something else.
    """
    made, rest = [], text.strip()
    while rest:
        if not rest.startswith("["):
            raise Unreadable(f"a search in brackets is expected: {rest[:40]!r}")
        end = _closing(rest)
        made.append(rest[1:end].strip())
        rest = rest[end + 1 :].strip().removeprefix(",").strip()
    return made


def _closing(text: str) -> int:
    for position, depth in _depths(text):
        if depth == 0 and text[position] == "]":
            return position
    raise Unreadable(f"a bracket is not closed: {text[:40]!r}")


@lru_cache(maxsize=4_096)
def _cut(text: str, mark: str) -> tuple[str, ...]:
    made: list[str] = []
    start = 0
    depth = 0
    for position, depth in _depths(text):
        if depth == 0 and text[position] == mark:
            made.append(text[start:position])
            start = position + 1
    if depth:
        raise Unreadable(f"a bracket is not closed: {text[:40]!r}")
    return (*made, text[start:])


def _depths(text: str) -> Iterator[tuple[int, int]]:
    """Yield each position outside of quotes, and how many brackets are open after it."""
    depth = position = 0
    while position < len(text):
        character = text[position]
        if character == '"':
            found = _STRING.match(text, position)
            if found is None:
                raise Unreadable(f"a quotation mark is not closed: {text[position:][:40]!r}")
            position = found.end()
            continue
        if character == "\\":
            position += 2
            continue
        depth += (character == "[") - (character == "]")
        if depth < 0:
            raise Unreadable("a bracket is closed that was not opened")
        yield position, depth
        position += 1
