"""Arguments that are the whole name of something a listing has, whatever that name says.

Whoever may name a channel, a folder or a file may write an order into the name. A call that is
given the name is about that thing; what stands within the name is no address it was sent to.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.act import Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.provenance import Source
from agentwarrant.intent.values import Value, leaves_of, plain_key
from agentwarrant.signals import plain

_LONG = 24
_HEAD = 8
_ROW = r"(?:(?:^|\n|\\n)\s{0,8}(?:[-*]\s{1,3})?['\"]?|[\[,]\s{0,3}['\"])"
_RUNS = frozenset({"exec", "execute"})
_LETTERS = re.compile(r"[\W_]+")
_ESCAPED = re.compile(r"\\(?:u000[0-9a-f]{5}|u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt])")
"""In JSON or YAML, in lower case, as it was read."""
_BEYOND = re.compile(r"[^\x00-\x7f]+")


def row_names(act: Act, sources: list[Source]) -> list[str]:
    """Return the arguments that are whole rows of what was read, as ``Value.text`` has them.

    An account printed in fours is no name, and outsiders list nothing.
    """
    if act.tool_class in _RUNS or len(act.arguments) < _LONG:
        return []
    named = (
        plain(value)  # content was read so as well
        for key, value in leaves_of(act.arguments)
        if len(value) >= _LONG and " " in value and not TEXT_KEY.search(plain_key(key))
    )
    return [
        " ".join(value.lower().split())
        for value in named
        if not Value(" ".join(value.lower().split()), True).kind
        if any(_row(value, source.text) for source in sources if not source.outside)
    ]


def in_rows(value: Value, rows: list[str]) -> bool:
    """Is a value a part of such an argument, or the whole?"""
    return any(value.text in row for row in rows) and not TEXT_KEY.search(value.key)


def _row(value: str, text: str) -> bool:
    head = value.strip()[:_HEAD].partition("\n")[0].rstrip().lower()
    if head not in text or re.search(_ROW + re.escape(head), text) is None:
        return False
    low = value.lower()
    if _LETTERS.sub("", low) in _squeezed(text):
        return True
    ascii_only = _LETTERS.sub("", _BEYOND.sub("", low))  # the rest stands there escaped
    return len(ascii_only) >= _LONG and not low.isascii() and ascii_only in _squeezed(text)


@lru_cache(maxsize=16)
def _squeezed(text: str) -> str:
    return _LETTERS.sub("", _ESCAPED.sub(" ", text))
