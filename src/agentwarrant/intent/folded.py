"""Texts whose lines were folded, as YAML folds them: a line goes on in the next.

Programs that write records fold what is long: the rest of a value stands indented below its key or
its row. A sentence that is broken so is read as one.
"""

from __future__ import annotations

import re

_OPENS = re.compile(
    r" *(?:(?:- )?['\"]?[\w .-]{1,40}['\"]?: (?=\S)|- (?=[^\s]))(?P<quote>['\"]?)(?=.*\S)"
)
"""A row, or a key whose value stands beside it: "else:" has none."""
_KEY = re.compile(r"['\"]?[\w .-]{1,40}['\"]?:(?: |$)")
_MARKS = "-*#>|{}[]"
_KEEPS = (":", "[", "{", "(", "|", ">", "|-", ">-", "|+", ">+")
"""Ends of lines below which lines stand for themselves: blocks, lists, code."""


def joined(text: str) -> str:
    """Return a text with folded lines joined; lines of prose and of code are left."""
    if "\n  " not in text:
        return text
    lines: list[str] = []
    parts: list[str] = []  # of the last line, once others go on with it
    below, quote = -1, ""
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        if quote and not bare:  # a paragraph within a value ends here, and the value goes on
            parts = parts or [lines.pop()]
            parts.append("\n")
            continue
        if len(line) - len(bare) > below >= 0 and bare and (quote or _goes_on(bare)):
            parts = parts or [lines.pop()]
            _join(parts, bare)
        else:
            if parts:
                lines.append("".join(parts))
                parts = []
            opens = _OPENS.match(line)
            if opens and not opens.group("quote") and line.endswith(_KEEPS):
                opens = None
            below = len(line) - len(bare) if opens else -1
            quote = opens.group("quote") if opens else ""
            bare = line[opens.end() :] if opens else ""
            lines.append(line)
        if quote and bare.count(quote) % 2:
            quote = ""  # it closes here
    return "\n".join([*lines, "".join(parts)] if parts else lines)


def _goes_on(bare: str) -> bool:
    return bare[0] not in _MARKS and not _KEY.match(bare)


def _join(parts: list[str], bare: str) -> None:
    """Put a line behind the one it goes on from; a mark at its end says: without a space."""
    if parts[-1].endswith("\\"):
        parts[-1] = parts[-1][:-1]
        parts.append(f" {bare[2:]}" if bare.startswith("\\ ") else bare)
    else:
        parts.append(f" {bare}")
