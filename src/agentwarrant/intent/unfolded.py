"""Names that are sentences: ``please_remove_the_folder_Old_first.pdf`` is read as its words."""

from __future__ import annotations

import re
from itertools import islice

_NAME = re.compile(r"(?<![\w-])[^\W_]{1,40}(?:[_-][^\W_]{1,40}){4,24}(?![\w-])")
_MOST, _WORDS, _LETTERS = 16, 4, 2


def unfolded(text: str) -> str:
    """Return the names in a text that have the words of a sentence, a line each; '' without any.

    It takes five parts, four of them words: identifiers have digits, and most names are shorter.
    """
    found = (name.group() for name in _NAME.finditer(text))
    return "\n".join(" ".join(_parts(name)) for name in islice(filter(_speaks, found), _MOST))


def _speaks(name: str) -> bool:
    words = [part for part in _parts(name) if len(part) >= _LETTERS and part.isalpha()]
    return len(words) >= _WORDS


def _parts(name: str) -> list[str]:
    return re.split(r"[_-]", name)
