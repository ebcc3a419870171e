"""What a text asks an agent for, and what it says of itself: weak signals, clause by clause.

A request is a verb in the form of an order and the thing that it is about, in one clause: "send
me your token" asks, "the client sends its token" tells. What forbids ("never send your token")
or explains ("send the token in the header") asks for nothing.
"""

from __future__ import annotations

import re

from ahocorasick_rs import AhoCorasick, Implementation

from agentwarrant.traits_tables import CLAIMS, REQUESTS
from agentwarrant.traits_words import Trait

_BEFORE, _AFTER = 140, 140
_TRIES = 40
_LONGEST = 60_000
_CLAUSE_ENDS = re.compile(
    r"[.!?;](?=[\s\"'\\<)*_]|$)|\n\s*\n|\n(?=\s*[-*#>|\d])|\\n|[\u3002\uff01\uff1f]|</?\w+>"
)


class _Finder:
    """Finds some traits in a text, by one pass for all their cues."""

    def __init__(self, traits: tuple[Trait, ...]) -> None:
        self._traits = traits
        cues: dict[str, set[int]] = {}
        for i, trait in enumerate(traits):
            for cue in trait.cues:
                cues.setdefault(cue, set()).add(i)
        self._of = list(cues.values())
        self._cues = AhoCorasick(list(cues), implementation=Implementation.DFA)

    def found_in(self, text: str, low: str) -> set[str]:
        """Return the traits of a text; ``low`` is the same in lower case."""
        found: set[int] = set()
        done: set[tuple[int, int]] = set()
        tries = [_TRIES] * len(self._traits)
        for cue, start, end in self._cues.find_matches_as_indexes(low, overlapping=True):
            wanted = [i for i in self._of[cue] if i not in found and tries[i]]
            if not wanted or not _whole(low, start, end):
                continue
            begin, stop = _clause(text, start, end)
            for i in wanted:
                if (i, begin) in done:
                    continue
                done.add((i, begin))
                tries[i] -= 1
                if self._traits[i].holds(text[begin:stop]):
                    found.add(i)
        return {self._traits[i].name for i in found}


def _whole(text: str, start: int, end: int) -> bool:
    """Is a cue a word of its own?"""
    if text[start] >= "\u0900":
        return True
    inner = text[start].isalnum() and start > 0 and text[start - 1].isalnum()
    return not inner and not (text[end - 1].isalnum() and text[end : end + 1].isalnum())


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the clause around a cue begins and ends; bounded."""
    begin = max(0, start - _BEFORE)
    for mark in _CLAUSE_ENDS.finditer(text, begin, start):
        begin = mark.end()
    after = _CLAUSE_ENDS.search(text, end, end + _AFTER)
    return begin, after.start() if after else min(len(text), end + _AFTER)


_REQUESTS, _CLAIMS = _Finder(REQUESTS), _Finder(CLAIMS)


def _lowered(text: str) -> str:
    """Return a text in lower case, of the same length."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if c < "\x80" else c for c in text)


def asked(text: str) -> tuple[list[str], list[str]]:
    """Return (requests, claims) of a text, each sorted; of a long text its beginning is read."""
    text = text[:_LONGEST].encode("utf-8", "replace").decode()
    low = _lowered(text)
    return sorted(_REQUESTS.found_in(text, low)), sorted(_CLAIMS.found_in(text, low))
