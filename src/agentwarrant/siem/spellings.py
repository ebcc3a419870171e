"""How a text may be written that compares without case: letters in order, and what matches each.

A text compares by Unicode's full case folding in our rules, so ``kill`` may be written with the
Kelvin sign, and ``ss`` as a sharp s. Languages of queries know less of case, so it is written out:
as a regular expression of groups and alternatives, which is all that this module knows of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from agentwarrant.siem.alternatives import CannotRender

_CLUSTER = 10
"""Letters in a row that may be read in several ways; each one more costs half as much again."""
_BEYOND = 2
"""Letters that a character may fold to beyond a text: none folds to more than three."""

OneOf = Callable[[str], str]
"""Returns what matches one of some characters."""


def folded(text: str, one_of: OneOf, *, before: bool = False, after: bool = False) -> str:
    """Return what matches every text that folds to the same (``ir.fold``).

    Args:
        text: Folded already.
        one_of: Writes one of some characters in the language.
        before: More may stand before it, so that it may begin within what a character folds to.
        after: More may stand after it.

    Raises:
        CannotRender: Too many letters in a row can be written in several ways.
    """
    clusters = list(_clusters(text))
    if not before and not after:
        return "".join(_readings(one, one_of) for one in clusters)
    first, last = _ends(clusters)
    if first + last > len(clusters):
        return _within(text, one_of, before=before, after=after)
    head, tail = "".join(clusters[:first]), "".join(clusters[len(clusters) - last :])
    middle = clusters[first : len(clusters) - last]
    return "".join(
        (
            _alternatives(_begun(head, one_of)) if before else _readings(head, one_of),
            *(_readings(one, one_of) for one in middle),
            _alternatives(_ended(tail, one_of)) if after else _readings(tail, one_of),
        )
    )


def _clusters(text: str) -> Iterator[str]:
    """Yield a text in pieces: single letters, and those that some character may stand for."""
    several = _spellings().several
    start = 0
    while start < len(text):
        end, place = start + 1, start
        while place < end:
            end = max([end, *(place + n for n in (2, 3) if text[place : place + n] in several)])
            place += 1
        if end - start > _CLUSTER:
            raise CannotRender(f"{text!r} has too many spellings without case")
        yield text[start:end]
        start = end


def _ends(clusters: Sequence[str]) -> tuple[int, int]:
    """Return how many pieces the first two letters are in, and the last two."""
    first = last = 1
    while first < len(clusters) and len("".join(clusters[:first])) < _BEYOND:
        first += 1
    while last < len(clusters) and len("".join(clusters[-last:])) < _BEYOND:
        last += 1
    return first, last


def _begun(text: str, one_of: OneOf) -> Iterator[str]:
    """Yield how a text may be written whose first letters may be the end of a character."""
    yield _readings(text, one_of)
    for length in range(1, min(_BEYOND, len(text)) + 1):
        if characters := _spellings().endings.get(text[:length]):
            yield one_of(characters) + _readings(text[length:], one_of)


def _ended(text: str, one_of: OneOf) -> Iterator[str]:
    yield _readings(text, one_of)
    for length in range(1, min(_BEYOND, len(text)) + 1):
        if characters := _spellings().beginnings.get(text[-length:]):
            yield _readings(text[:-length], one_of) + one_of(characters)


def _within(text: str, one_of: OneOf, *, before: bool, after: bool) -> str:
    """Return all ways to write a short text, both of whose ends may be parts of characters."""
    ways = [_readings(text, one_of)]
    ways += _begun(text, one_of) if before else ()
    ways += _ended(text, one_of) if after else ()
    if before and after:
        known = _spellings()
        ways += [one_of(c) for c in [known.inner.get(text, "")] if c]
        for length in range(1, min(_BEYOND, len(text) - 1) + 1):
            if characters := known.endings.get(text[:length]):
                ways += [one_of(characters) + rest for rest in _ended(text[length:], one_of)]
    return _alternatives(ways)


def _alternatives(ways: Iterable[str]) -> str:
    different = list(dict.fromkeys(ways))
    return different[0] if len(different) == 1 else f"({'|'.join(different)})"


def _readings(text: str, one_of: OneOf) -> str:
    if not text:
        return ""
    known = _spellings()
    ways = [one_of(known.one.get(text[0], text[0])) + _readings(text[1:], one_of)]
    for length in (2, 3):
        if text[:length] in known.several and len(text) >= length:
            ways.append(one_of(known.several[text[:length]]) + _readings(text[length:], one_of))
    return _alternatives(ways)


class _Spellings(NamedTuple):
    """Characters by what they fold to: one letter, several, or more than a text.

    Attributes:
        one, several: By all that they fold to.
        beginnings, endings, inner: By what that begins with, ends with, or holds within.
    """

    one: dict[str, str]
    several: dict[str, str]
    beginnings: dict[str, str]
    endings: dict[str, str]
    inner: dict[str, str]


@cache
def _spellings() -> _Spellings:
    known = _Spellings({}, {}, {}, {}, {})
    for number in range(0x110000):
        character = chr(number)
        plain = character.casefold()
        if plain == character:
            continue
        if len(plain) == 1:
            known.one[plain] = known.one.get(plain, plain) + character
            continue
        _add(known.several, plain, character)
        for length in range(1, len(plain)):
            _add(known.beginnings, plain[:length], character)
            _add(known.endings, plain[-length:], character)
        if len(plain) > _BEYOND:
            _add(known.inner, plain[1], character)
    return known


def _add(known: dict[str, str], text: str, character: str) -> None:
    known[text] = known.get(text, "") + character
