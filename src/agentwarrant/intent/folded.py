"""Texts whose lines were folded, as YAML folds them: a line goes on in the next.

Programs that write records fold what is long: the rest of a value stands indented below its key or
its row. A sentence that is broken so is read as one.
"""

from __future__ import annotations

import re

_OPENS = re.compile(
    r" *(?:- ['\"]?(?=[^\s'\"])|(?:- )?['\"]?[\w .-]{1,40}['\"]?: (?![|>]))(?=.*\S)"
)
"""A row, or a key whose value stands beside it: "else:" has none, and "run: |" keeps its lines."""
_KEY = re.compile(r"['\"]?[\w .-]{1,40}['\"]?:(?: |$)")
_MARKS = "-*#>|{}[]"


def joined(text: str) -> str:
    """Return a text with folded lines joined; lines of prose and of code are left."""
    if "\n  " not in text:
        return text
    lines: list[str] = []
    below = -1
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        depth = len(line) - len(bare)
        if depth > below >= 0 and bare and bare[0] not in _MARKS and not _KEY.match(bare):
            lines[-1] = f"{lines[-1]} {bare}"
            continue
        below = depth if _OPENS.match(line) else -1
        lines.append(line)
    return "\n".join(lines)
