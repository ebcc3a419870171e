"""Files as tools show them to a model, each line behind its number."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"^ {0,8}\d{1,7}(?:\u2192|\t)", re.MULTILINE)
_FEW = 2


def unnumbered(text: str) -> str:
    """Return a text without the numbers of its lines; sentences go on from line to line."""
    if not _NUMBER.match(text):
        return text
    lines = text.count("\n") + 1
    bare, numbers = _NUMBER.subn("", text)
    return bare if numbers * _FEW >= lines else text
