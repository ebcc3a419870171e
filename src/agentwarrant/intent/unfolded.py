"""Names that are sentences: ``please_remove_the_folder_Old_first.pdf`` is read as its words."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

_NAME = re.compile(r"(?<![\w-])[^\W_]{1,40}(?:[_-][^\W_]{1,40}){4,24}(?![\w-])")
_MOST, _JOINTS, _WORDS, _LETTERS = 16, 4, 4, 2


def unfolded(text: str) -> str:
    """Return the names in a text that have the words of a sentence, a line each; '' without any.

    It takes five parts, four of them words: identifiers have digits, and most names are shorter.
    """
    if text.count("_") + text.count("-") < _JOINTS:
        return ""
    tokens = (token for token in text.split() if token.count("_") + token.count("-") >= _JOINTS)
    found = (name.group() for token in tokens for name in _NAME.finditer(token))
    return "\n".join(" ".join(_parts(name)) for name in islice(filter(_speaks, found), _MOST))


@lru_cache(maxsize=512)
def spoken(text: str) -> int:
    """Return how many words the longest line of a text has: a sentence has more than a row."""
    return max(line.count(" ") for line in text[:_LOOKED_AT].split("\n"))


_LOOKED_AT = 4_000


def _speaks(name: str) -> bool:
    words = [part for part in _parts(name) if len(part) >= _LETTERS and part.isalpha()]
    return len(words) >= _WORDS


def _parts(name: str) -> list[str]:
    return re.split(r"[_-]", name)
