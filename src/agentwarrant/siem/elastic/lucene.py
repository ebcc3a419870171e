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

from agentwarrant.siem import spellings
from agentwarrant.siem.alternatives import CannotRender

LONGEST = 1_000
"""Characters of a regular expression that an index takes (``index.max_regex_length``)."""
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
    """Return what matches every text that folds to the same (``spellings.folded``).

    Raises:
        CannotRender: Too many letters in a row can be written in several ways.
    """
    return spellings.folded(text, one_of, before=before, after=after)


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
