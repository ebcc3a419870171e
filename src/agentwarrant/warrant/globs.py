"""Names matched as warrants write them (``*``, ``?``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache

WILD = re.compile(r"[*?\[]")


class Globs:
    """Some patterns of names, each known by its place in the list.

    Args:
        patterns: ``*`` stands for any characters, ``?`` for one; case makes no difference.
    """

    __slots__ = ("_plain", "_wild", "patterns")

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        folded = [pattern.casefold() for pattern in patterns]
        self._plain = {text: i for i, text in reversed(list(enumerate(folded)))}
        self._wild = [
            (i, re.compile(translate(text.replace("[", "[[]"))))
            for i, text in enumerate(folded)
            if "*" in text or "?" in text
        ]

    def find(self, *names: str) -> int:
        """Return the place of the first pattern that one of the names fits, else -1."""
        folded = [name.casefold() for name in names]
        places = [self._plain[name] for name in folded if name in self._plain]
        for place, pattern in self._wild:
            if any(map(pattern.match, folded)):
                return min([place, *places])
        return min(places, default=-1)

    def __len__(self) -> int:
        return len(self.patterns)


def meet(rule: Sequence[str], path: Sequence[str]) -> bool:
    """May what a shell makes of a path's parts fit a rule's parts (``**``: any folders)?"""
    states = _past({0}, rule, "**")
    for part in path:
        if part == "**":
            states = {j for i in states for j in range(i, len(rule) + 1)}
            continue
        inner = [i for i in states if i < len(rule)]
        passed = {i if rule[i] == "**" else i + 1 for i in inner if _fits(rule[i], part)}
        states = _past(passed, rule, "**")
        if not states:
            return False
    return len(rule) in states


def _past(states: set[int], items: Sequence[str], star: str) -> set[int]:
    """Return the states and what follows where a star stands for nothing."""
    found = set(states)
    for i in sorted(states):
        while i < len(items) and items[i] == star:
            i += 1
            found.add(i)
    return found


@lru_cache(maxsize=8192)
def _fits(rule: str, part: str) -> bool:
    """May one name fit both? A shell's wildcard at the start fits no dot."""
    if rule == "**":
        return True
    if len(part) > 255:
        return WILD.search(part) is not None
    if rule[:1] == "." and part[:1] in ("*", "?", "["):
        return False
    ours, theirs = _tokens(rule), _tokens(part, sets=True)
    row = _past({0}, theirs, "*")
    for one in ours:
        if one == "*":
            row = set(range(min(row), len(theirs) + 1)) if row else row
        else:
            inner = [j for j in row if j < len(theirs)]
            inner = [j for j in inner if one == "?" or theirs[j] in ("*", "?", one)]
            row = _past({j if theirs[j] == "*" else j + 1 for j in inner}, theirs, "*")
    return len(theirs) in row


def _tokens(text: str, *, sets: bool = False) -> list[str]:
    """Return characters and wildcards; a set of characters (``[ab]``) is any one."""
    if sets:
        text = re.sub(r"\[[!^]?\]?[^\]]*\]", "?", text)
    return list(re.sub(r"\*+", "*", text.casefold()))
