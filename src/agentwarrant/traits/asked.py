"""What a text asks an agent for, and what it says of itself: weak signals, clause by clause.

A request is a verb in the form of an order and the thing that it is about, in one clause: "send
me your token" asks, "the client sends its token" tells. What forbids ("never send your token")
or explains ("send the token in the header") asks for nothing.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import re2  # type: ignore[import-untyped]  # the package has no types
from ahocorasick_rs import AhoCorasick, Implementation

from agentwarrant.traits.claims import CLAIMS
from agentwarrant.traits.tables import REQUESTS
from agentwarrant.traits.words import plain

_BEFORE, _AFTER = 140, 140
_TRIES = 120
_LONGEST = 60_000
_PER_CLAUSE = 1_000
"""A clause with all around it takes as long as so many bytes of a text."""
_CLAUSE_ENDS = re.compile(
    r"[.!?;](?=[\s\"'\\<)*_]|$)|\n\s*\n|\n(?=\s*[-*#>|\d])|\\n|[\u3002\uff01\uff1f]|</?\w+>"
)


_TRAITS = (*REQUESTS, *CLAIMS)


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive, options.log_errors = False, False
    options.max_mem = 64 << 20
    return re2.compile(pattern, options)


_MAY = [_compiled(one) for trait in _TRAITS for one in trait.may]
_in_turn = iter(_MAY)
_MAY_OF = [[next(_in_turn) for _ in trait.may] for trait in _TRAITS]


def _may(i: int, data: bytes) -> bool:
    """May a text have a trait?"""
    return any(one.search(data) for one in _MAY_OF[i])


@cache
def _near(i: int) -> list[Any]:
    return [None if _FOLDS_TO_ASCII.search(one) else _compiled(one) for one in _TRAITS[i].near]


_FOLDS_TO_ASCII = re.compile("[\u0130\u0131\u017f\u212a]")
"""Letters that Python, but not RE2, takes for i, s or k whatever the case."""


def _holds(i: int, clause: str) -> bool:
    """Has a clause a trait? Python's own patterns are slow, and few are worth a try."""
    data = clause.encode()
    if not _may(i, data):
        return False
    says = _TRAITS[i].says
    if not plain(clause):
        return _TRAITS[i].holds(clause, says)
    tried = zip(says, _near(i), strict=True)
    return _TRAITS[i].holds(clause, (s for s, near in tried if near is None or near.search(data)))


def _cues() -> dict[str, list[int]]:
    cues: dict[str, list[int]] = {}
    for i, trait in enumerate(_TRAITS):
        for cue in dict.fromkeys(trait.cues):
            cues.setdefault(cue, []).append(i)
    return cues


_OF = list(_cues().values())
_CUES = AhoCorasick(list(_cues()), implementation=Implementation.DFA)


def asked(text: str) -> tuple[list[str], list[str]]:
    """Return (requests, claims) of a text, each sorted; of a long text its beginning is read."""
    data = text[:_LONGEST].encode("utf-8", "replace")
    text = data.decode()
    low = _lowered(text)
    cues = _CUES.find_matches_as_indexes(low, overlapping=True)
    hinted = {i for cue in {cue for cue, _, _ in cues} for i in _OF[cue]}
    few = len(data) // _PER_CLAUSE
    may = hinted if few else {i for i in hinted if _may(i, data)}
    found = _found_in(text, low, cues, may, few) if may else may
    names = [{_TRAITS[i].name for i in found if (i < len(REQUESTS)) is wish} for wish in _BOTH]
    return sorted(names[0]), sorted(names[1])


_BOTH = (True, False)


def _found_in(
    text: str, low: str, cues: list[tuple[int, int, int]], may: set[int], few: int
) -> set[int]:
    """Return which traits a text has, of those that it may have.

    Args:
        few: After so many clauses a trait is given up if the whole text cannot have it; before,
            looking at the clauses alone is faster.
    """
    may = set(may)
    found: set[int] = set()
    done: set[tuple[int, int]] = set()
    tries = [_TRIES] * len(_TRAITS)
    for cue, start, end in cues:
        wanted = [i for i in _OF[cue] if i in may and i not in found and tries[i]]
        if not wanted or not _whole(low, start, end):
            continue
        begin, stop = _clause(text, start, end)
        clause = text[begin:stop]
        for i in wanted:
            if (i, begin) in done:
                continue
            done.add((i, begin))
            if few and tries[i] == _TRIES - few and not _may(i, text.encode()):
                may.discard(i)
                continue
            tries[i] -= 1
            if _holds(i, clause):
                found.add(i)
    return found


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


def _lowered(text: str) -> str:
    """Return a text in lower case, of the same length."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if c < "\x80" else c for c in text)
