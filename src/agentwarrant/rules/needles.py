"""What text must hold for a test of it to be true: the needles of the one pass over a value.

A value is wrapped in two marks, so that a beginning, an end and a whole are literals too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from agentwarrant.rules import regexes
from agentwarrant.rules.ir import fold

_START, _END, _FORGED = "\x02", "\x03", "\x01"
_MARKS = re.compile("[\x01-\x03]")


def marked(folded: str) -> str:
    """Return folded text between the marks."""
    if _START in folded or _END in folded:  # a value must not look like its own end
        folded = _MARKS.sub(_FORGED, folded)
    return f"{_START}{folded}{_END}"


def text_test(op: str, argument: Any) -> tuple[str, Callable[[str, str], bool] | None]:
    """Return what the needle, folded value must hold, and what must be verified then.

    Without a needle the test must be asked of every text; without a test the needle is enough
    (and with neither, every text will do). A test takes the text, and the text folded.
    """
    kind, _, cased = op.partition("_")
    if kind == "like":
        return _pattern_test(argument, bool(cased))
    if not argument and kind != "eq":
        return "", None
    if cased:
        return plain(fold(argument)), _whole_test(kind, argument, 0)
    if not plain(argument):
        return "", _whole_test(kind, argument, 1)
    lead = _START if kind in ("eq", "startswith") else ""
    trail = _END if kind in ("eq", "endswith") else ""
    return f"{lead}{argument}{trail}", None


def plain(text: str) -> str:
    """Return text that can be a needle: none of the marks stands in it."""
    return "" if _MARKS.search(text) else text


def _whole_test(kind: str, wanted: str, which: int) -> Callable[[str, str], bool]:
    """Return the test of the text itself (0) or of the folded text (1)."""
    if kind == "contains":
        return lambda *texts: wanted in texts[which]
    if kind == "startswith":
        return lambda *texts: texts[which].startswith(wanted)
    if kind == "endswith":
        return lambda *texts: texts[which].endswith(wanted)
    return lambda *texts: texts[which] == wanted


def _pattern_test(parts: list[Any], cased: bool) -> tuple[str, Callable[[str, str], bool]]:
    """Return the longest text of a pattern, and the pattern's own test."""
    escaped = ["(?s:.)*" if p == 0 else "(?s:.)" if p == 1 else _escaped(p) for p in parts]
    texts = [plain(fold(part)) for part in parts if isinstance(part, str)]
    needle = max(texts, key=len, default="")
    counts = 1 in parts  # "?": the text as it is, in which a character is one
    search = regexes.searcher(rf"\A(?:{''.join(escaped)})\z", "i" if counts and not cased else "")
    if cased or counts:
        return needle, lambda text, _: search(text)
    return needle, lambda _, folded: search(folded)


def _escaped(text: str) -> str:
    """Return text for RE2: every character that is not plain by its code."""
    return "".join(c if c.isalnum() and c.isascii() else f"\\x{{{ord(c):x}}}" for c in text)
