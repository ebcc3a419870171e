r"""Regular expressions for Lucene, which match a whole value, with case, and know no flags.

Case is written out: a text compares by Unicode's full case folding in our rules, so ``kill``
becomes ``[kKK][iI][lL][lL]`` (with the Kelvin sign), and what folds to several letters is an
alternative to them: ``ss`` or a sharp s. Both sides were compared over all of Unicode on
Elasticsearch 8.19.

The syntax: Elasticsearch, "Regular expression syntax" of the reference; ``query_string`` hands
what stands between slashes to Lucene as it is.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from agentwarrant.siem.alternatives import CannotRender

LONGEST = 1_000
"""Characters of a regular expression that an index takes (``index.max_regex_length``)."""
_CLUSTER = 10
"""Letters in a row that may be read in several ways; each one more costs half as much again."""
_BEYOND = 2
"""Letters that a character may fold to beyond a text: none folds to more than three."""
_KELVIN, _LONG_S = "\u212a", "\u017f"


def literal(text: str) -> str:
    """Return what matches a text itself."""
    return "".join(c if c.isalnum() or c.isspace() or ord(c) > 127 else f"\\{c}" for c in text)


def one_of(characters: str) -> str:
    """Return what matches one of some characters."""
    if len(characters) == 1:
        return literal(characters)
    return f"[{''.join(literal(c) for c in characters)}]"


def folded(text: str, *, before: bool = False, after: bool = False) -> str:
    """Return what matches every text that folds to the same (``ir.fold``).

    Args:
        text: Folded already.
        before: More may stand before it, so that it may begin within what a character folds to.
        after: More may stand after it.

    Raises:
        CannotRender: Too many letters in a row can be written in several ways.
    """
    clusters = list(_clusters(text))
    if not before and not after:
        return "".join(map(_readings, clusters))
    first, last = _ends(clusters)
    if first + last > len(clusters):
        return _within(text, before=before, after=after)
    head, tail = "".join(clusters[:first]), "".join(clusters[len(clusters) - last :])
    middle = clusters[first : len(clusters) - last]
    return "".join(
        (
            _alternatives(_begun(head)) if before else _readings(head),
            *map(_readings, middle),
            _alternatives(_ended(tail)) if after else _readings(tail),
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


def _begun(text: str) -> Iterator[str]:
    """Yield how a text may be written whose first letters may be the end of a character."""
    yield _readings(text)
    for length in range(1, min(_BEYOND, len(text)) + 1):
        if characters := _spellings().endings.get(text[:length]):
            yield one_of(characters) + _readings(text[length:])


def _ended(text: str) -> Iterator[str]:
    yield _readings(text)
    for length in range(1, min(_BEYOND, len(text)) + 1):
        if characters := _spellings().beginnings.get(text[-length:]):
            yield _readings(text[:-length]) + one_of(characters)


def _within(text: str, *, before: bool, after: bool) -> str:
    """Return all ways to write a short text, both of whose ends may be parts of characters."""
    ways = [_readings(text)]
    ways += _begun(text) if before else ()
    ways += _ended(text) if after else ()
    if before and after:
        known = _spellings()
        ways += [one_of(c) for c in [known.inner.get(text, "")] if c]
        for length in range(1, min(_BEYOND, len(text) - 1) + 1):
            if characters := known.endings.get(text[:length]):
                ways += [one_of(characters) + rest for rest in _ended(text[length:])]
    return _alternatives(ways)


def _alternatives(ways: Iterable[str]) -> str:
    different = list(dict.fromkeys(ways))
    return different[0] if len(different) == 1 else f"({'|'.join(different)})"


def _readings(text: str) -> str:
    if not text:
        return ""
    known = _spellings()
    ways = [one_of(known.one.get(text[0], text[0])) + _readings(text[1:])]
    for length in (2, 3):
        if text[:length] in known.several and len(text) >= length:
            ways.append(one_of(known.several[text[:length]]) + _readings(text[length:]))
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


def letter(character: str) -> str:
    """Return all that RE2 takes for a character under the flag ``i``.

    Raises:
        CannotRender: It is not ASCII.
    """
    if not character.isascii():
        raise CannotRender(f"{character!r} without case, and counted as one character")
    both = dict.fromkeys([character, character.lower(), character.upper()])
    more = {"k": _KELVIN, "s": _LONG_S}.get(character.lower(), "")
    return "".join(both) + more


def pattern(parts: Sequence[str | int], *, cased: bool) -> str:
    """Return a pattern of Sigma: text, 0 for any run of characters, 1 for exactly one."""
    counts = 1 in parts
    made = []
    for place, part in enumerate(parts):
        if not isinstance(part, str):
            made.append("." if part == 1 else ".*")
        elif cased:
            made.append(literal(part))
        elif counts:
            made += [one_of(letter(c)) for c in part]
        else:
            after = place + 1 < len(parts)
            made.append(folded(part, before=place > 0, after=after))
    return "".join(made)


def network(cidr: str) -> str:
    """Return what matches the text of every address of an IPv4 network.

    Raises:
        CannotRender: It is IPv6, whose addresses have many spellings.
    """
    wanted = ipaddress.ip_network(cidr)
    if wanted.version != 4:
        raise CannotRender(f"{cidr} is IPv6, and the field holds text")
    low, high = wanted.network_address.packed, wanted.broadcast_address.packed
    octets = [_between(a, b) for a, b in zip(low, high, strict=True)]
    return "[ \t\n\r\f\v]*" + r"\.".join(octets) + "[ \t\n\r\f\v]*"


def _between(low: int, high: int) -> str:
    if (low, high) == (0, 255):
        return "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    return str(low) if low == high else f"({'|'.join(map(str, range(low, high + 1)))})"


def bounded(made: str) -> str:
    """Return a regular expression that is no longer than an index takes.

    Raises:
        CannotRender: It is longer.
    """
    if len(made) > LONGEST:
        raise CannotRender(f"a regular expression of {len(made)} characters, over {LONGEST}")
    return made
