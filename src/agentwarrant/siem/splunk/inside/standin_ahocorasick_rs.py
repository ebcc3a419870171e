"""Stands in for ahocorasick_rs where nothing compiled may be: as much of it as our code calls.

Python's own search for one text is so fast that looking for some hundreds one by one is no
slower than an automaton written in Python. Where there are many, all equally long, every place of
the text is looked up instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

_MANY = 24
Match = tuple[int, int, int]
"""Which pattern, from where, to before where."""


class Implementation:
    """How the real one works; here it makes no difference."""

    DFA = "dfa"


class AhoCorasick:
    """Finds many texts in one.

    Raises:
        ValueError: One of them is empty.
    """

    def __init__(self, patterns: Iterable[str], implementation: str | None = None) -> None:
        self._known: dict[str, list[int]] = defaultdict(list)
        for index, pattern in enumerate(patterns):
            if not pattern:
                raise ValueError("You passed in an empty string as a pattern")
            self._known[pattern].append(index)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for pattern in self._known:
            self._by_length[len(pattern)].append(pattern)

    def find_matches_as_indexes(self, text: str, overlapping: bool = False) -> list[Match]:
        """Return where the patterns stand, in the order of their ends, longer ones first.

        Without ``overlapping`` a match begins after the one before it.
        """
        found = sorted(self._found(text), key=lambda match: (match[2], match[1], match[0]))
        return found if overlapping else list(_apart(found))

    def _found(self, text: str) -> Iterator[Match]:
        for length, patterns in self._by_length.items():
            many = len(patterns) > _MANY * length  # a look-up costs as much as some searches
            find = self._looked_up if many else self._searched
            for pattern, start in find(text, length, patterns):
                for index in self._known[pattern]:
                    yield index, start, start + length

    def _looked_up(self, text: str, length: int, _: list[str]) -> Iterator[tuple[str, int]]:
        for start in range(len(text) - length + 1):
            here = text[start : start + length]
            if here in self._known:
                yield here, start

    def _searched(self, text: str, _: int, patterns: list[str]) -> Iterator[tuple[str, int]]:
        for pattern in patterns:
            start = text.find(pattern)
            while start >= 0:
                yield pattern, start
                start = text.find(pattern, start + 1)


def _apart(found: Iterable[Match]) -> Iterator[Match]:
    last = 0
    for match in found:
        if match[1] >= last:
            last = match[2]
            yield match
