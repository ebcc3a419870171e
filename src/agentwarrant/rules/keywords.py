"""Can a JSON line hold a keyword at all? Asked of the raw bytes, before anything is decoded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson
from ahocorasick_rs import BytesAhoCorasick, MatchKind

from agentwarrant.rules import regexes
from agentwarrant.rules.ir import Node, fold

_NUMERIC = re.compile(r"[-+.0-9e]*")
"""Text that a number may be written as in another way, 1e3 for 1000."""

_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\U0010ffff]+")


_SAMPLE = 24
_MAX_FRAGMENTS = 48
_ESCAPES = (b"\\u", b"\\/")
"""How a character begins that is written as an escape."""

_BACKSLASH = 0x5C


class Gate:
    """One pass over a line for some keywords.

    An automaton over few short texts is several times as fast as one over many long ones. So the
    keywords are looked for by fragments that several of them share and that the first lines of the
    stream do not have; the keywords themselves only where a fragment was found.

    Args:
        atoms: What is looked for; atoms with a field are passed over.
    """

    def __init__(self, atoms: Iterable[Node]) -> None:
        needles: set[bytes] = set()
        self._open = False
        for _, name, op, argument in atoms:
            if name is None:
                found = _needles(op, argument)
                self._open |= not found
                needles.update(text.encode() for text in found)
        self._needles = sorted(needles)
        self._open |= not needles
        self._whole: BytesAhoCorasick | None = None
        self._quick: BytesAhoCorasick | None = None
        self._fragments = 0
        self._sample: list[bytes] = []

    def may_hold(self, line: bytes) -> bool:
        """Return False only if no keyword stands in any value of the line."""
        if self._open:
            return True
        lower = line.lower()
        if self._quick is None:
            self._learn(lower)
            return True
        hits = self._quick.find_matches_as_indexes(lower)
        if hits and self._is_found(lower, hits):
            return True
        return not line.isascii() and bool(_FOLDING.find_matches_as_indexes(line))

    def _is_found(self, lower: bytes, hits: list[tuple[int, int, int]]) -> bool:
        keyword = False
        for index, start, _ in hits:
            if index < self._fragments:
                keyword = True
            elif _begins_escape(lower, start):
                return True
        return keyword and (self._whole is None or bool(self._whole.find_matches_as_indexes(lower)))

    def _learn(self, lower: bytes) -> None:
        self._sample.append(lower)
        if len(self._sample) < _SAMPLE:
            return
        fragments = _fragments(self._needles, self._sample)
        self._sample = []
        if fragments:
            self._whole = _automaton(self._needles)
        found = fragments or self._needles
        self._fragments = len(found)
        self._quick = BytesAhoCorasick([*found, *_ESCAPES], matchkind=MatchKind.LeftmostFirst)


def _begins_escape(lower: bytes, start: int) -> bool:
    """Does the backslash at a place begin an escape, or is it the second one of an escaped one?"""
    before = start
    while before and lower[before - 1] == _BACKSLASH:
        before -= 1
    return (start - before) % 2 == 0


def _fragments(needles: list[bytes], sample: list[bytes]) -> list[bytes]:
    """Return few short texts one of which stands in every needle and which no sampled line has.

    Empty when there are none, or too many of them to be of use.
    """
    usual = {line[i : i + n] for line in sample for n in (3, 4) for i in range(len(line) - n + 1)}
    holding: dict[bytes, set[int]] = {}
    for number, needle in enumerate(needles):
        for n in (3, 4):
            for i in range(len(needle) - n + 1):
                fragment = needle[i : i + n]
                if fragment not in usual and b"\\" not in fragment:
                    holding.setdefault(fragment, set()).add(number)
    left = set(range(len(needles)))
    chosen: list[bytes] = []
    while left and len(chosen) < _MAX_FRAGMENTS:
        best = max(holding, key=lambda text: (len(holding[text] & left), text), default=b"")
        if not best or not holding[best] & left:
            return []
        left -= holding.pop(best)
        chosen.append(best)
    return [] if left else sorted(chosen)


def _automaton(texts: Iterable[bytes]) -> BytesAhoCorasick:
    return BytesAhoCorasick(sorted(texts), matchkind=MatchKind.LeftmostFirst)


_FOLDING_TO_ASCII = (
    "\u00df\u0130\u0149\u017f\u01f0\u1e96\u1e97\u1e98\u1e99\u1e9a\u1e9e\u212a"
    "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06"
)
"""Every character that is not ASCII and folds to text with ASCII in it: the Kelvin sign is k."""

_FOLDING = _automaton(character.encode() for character in _FOLDING_TO_ASCII)


def _needles(op: str, argument: Any) -> tuple[str, ...]:
    """Return ASCII as JSON writes it, one of which stands in every line that matches.

    Empty when nothing is sure to: then every line has to be looked at.
    """
    kind = op.partition("_")[0]
    if kind == "re":
        found: tuple[str, ...] = regexes.literals(*argument)
    elif kind == "like":
        found = (max((fold(p) for p in argument if isinstance(p, str)), key=len, default=""),)
    elif kind in ("eq", "contains", "startswith", "endswith"):
        found = (fold(argument),)
    else:
        return ()
    plain = [max(_PLAIN.findall(text), key=len, default="") for text in found]
    if any(_NUMERIC.fullmatch(text) for text in plain):
        return ()
    return tuple(orjson.dumps(text).decode()[1:-1] for text in plain)
