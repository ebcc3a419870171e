"""Can a JSON line hold a keyword at all? Asked of the raw bytes, before anything is decoded."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
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
        self._find: Callable[[bytes], list[tuple[int, int, int]]] | None = None
        self._as_written = False
        self._unescaped = self._fragments = 0
        self._sample: list[bytes] = []

    def may_hold(self, line: bytes) -> bool:
        """Return False only if no keyword stands in any value of the line."""
        if self._find is None:
            if not self._open:
                self._learn(line)
            return True
        hits = self._find(line if self._as_written else line.lower())
        if hits and self._is_found(line, hits):
            return True
        return not line.isascii() and bool(_FOLDING.find_matches_as_indexes(line))

    def _is_found(self, line: bytes, hits: list[tuple[int, int, int]]) -> bool:
        keyword = False
        for index, start, _ in hits:
            if index >= self._unescaped and _begins_escape(line, start):
                return True
            keyword |= index < self._fragments
        return keyword and (
            self._whole is None or bool(self._whole.find_matches_as_indexes(line.lower()))
        )

    def _learn(self, line: bytes) -> None:
        self._sample.append(line.lower())
        if len(self._sample) < _SAMPLE:
            return
        fragments = _fragments(self._needles, self._sample)
        self._sample = []
        if fragments:
            self._whole = _automaton(self._needles)
        written = [way for fragment in fragments for way in _ways(fragment)]
        self._as_written = 0 < len(written) <= _MAX_FRAGMENTS
        found = written if self._as_written else fragments or self._needles
        # In "\\users" the second backslash looks like an escape, which must not hide "users".
        after = [b"\\" + text for text in found if text[:1] in (b"u", b"/")]
        self._unescaped = len(found)
        self._fragments = len(found) + len(after)
        patterns = [*found, *after, *_ESCAPES]
        quick = BytesAhoCorasick(patterns, matchkind=MatchKind.LeftmostFirst)
        self._find = quick.find_matches_as_indexes


def _ways(fragment: bytes) -> list[bytes]:
    """Return a text with each of its letters large and small."""
    letters = [{bytes([c]), bytes([c]).upper()} for c in fragment]
    return [b"".join(way) for way in itertools.product(*map(sorted, letters))]


def _begins_escape(line: bytes, start: int) -> bool:
    """Does the backslash at a place begin an escape, or is it the second one of an escaped one?"""
    before = start
    while before and line[before - 1] == _BACKSLASH:
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
        best = max(holding, key=lambda text: (_use(text, holding[text] & left), text), default=b"")
        if not best or not holding[best] & left:
            return []
        left -= holding.pop(best)
        chosen.append(best)
    return [] if left else sorted(chosen)


def _use(fragment: bytes, needles: set[int]) -> float:
    """Return how many needles a fragment tells, by how many ways there are to write it."""
    ways: int = 1 << sum(map(str.isalpha, fragment.decode("ascii")))
    return len(needles) / ways


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
