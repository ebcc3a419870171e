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
from collections.abc import Sequence
from functools import cache

from agentwarrant.siem.elastic.query import CannotRender

LONGEST = 1_000
"""Characters of a regular expression that an index takes (``index.max_regex_length``)."""
_CLUSTER = 10
"""Letters in a row that may be read in several ways; each one more costs half as much again."""
_KELVIN, _LONG_S = "\u212a", "\u017f"


def literal(text: str) -> str:
    """Return what matches a text itself."""
    return "".join(c if c.isalnum() or c.isspace() or ord(c) > 127 else f"\\{c}" for c in text)


def one_of(characters: str) -> str:
    """Return what matches one of some characters."""
    if len(characters) == 1:
        return literal(characters)
    return f"[{''.join(literal(c) for c in characters)}]"


def folded(text: str) -> str:
    """Return what matches every text that folds to the same (``ir.fold``).

    Args:
        text: Folded already.

    Raises:
        CannotRender: Too many letters in a row can be written in several ways.
    """
    made = []
    start = 0
    while start < len(text):
        end = _end_of_cluster(text, start)
        if end - start > _CLUSTER:
            raise CannotRender(f"{text!r} has too many spellings without case")
        made.append(_readings(text[start:end]))
        start = end
    return "".join(made)


def _end_of_cluster(text: str, start: int) -> int:
    """Return where the letters end that some character may stand for together."""
    _, several = _spellings()
    end, place = start + 1, start
    while place < end:
        lengths = [n for n in (2, 3) if text[place : place + n] in several]
        end = max([end, *(place + n for n in lengths if place + n <= len(text))])
        place += 1
    return end


def _readings(text: str) -> str:
    if not text:
        return ""
    one, several = _spellings()
    ways = [one_of(one.get(text[0], text[0])) + _readings(text[1:])]
    for length in (2, 3):
        if text[:length] in several and len(text) >= length:
            ways.append(one_of(several[text[:length]]) + _readings(text[length:]))
    return ways[0] if len(ways) == 1 else f"({'|'.join(ways)})"


@cache
def _spellings() -> tuple[dict[str, str], dict[str, str]]:
    """Return, by folded character and by folded text, the characters that fold to it."""
    one: dict[str, str] = {}
    several: dict[str, str] = {}
    for number in range(0x110000):
        character = chr(number)
        plain = character.casefold()
        if plain == character:
            continue
        if len(plain) == 1:
            one[plain] = one.get(plain, plain) + character
        else:
            several[plain] = several.get(plain, "") + character
    return one, several


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
    return "".join(_part(part, cased, counts) for part in parts)


def _part(part: str | int, cased: bool, counts: bool) -> str:
    if not isinstance(part, str):
        return "." if part == 1 else ".*"
    if cased:
        return literal(part)
    return "".join(one_of(letter(c)) for c in part) if counts else folded(part)


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
