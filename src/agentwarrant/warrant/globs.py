"""Names matched as warrants write them: ``*`` and ``?``, case folded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate


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
        for name in names:
            folded = name.casefold()
            place = self._plain.get(folded)
            if place is not None:
                return place
            for place, pattern in self._wild:
                if pattern.match(folded):
                    return place
        return -1

    def __len__(self) -> int:
        return len(self.patterns)
