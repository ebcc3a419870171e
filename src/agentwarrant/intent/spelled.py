"""Content that spells a call out: the tool by its very name, and behind it what it is given.

No one writes so of what was only found; it is a call that somebody had in mind. People who asked
for such an act and left nothing to a text did not have this one in mind. Nor did those who handed
a matter over, where it is written as programs write calls: people ask each other in sentences.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.act import COMPOUND, LOOKS, Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.asks import defers, hands_over, names_text
from agentwarrant.intent.passages import Passage
from agentwarrant.intent.provenance import Match, Source, explained
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.values import Value, leaves_of

_BEHIND = 160
_RECENT = 8
_LONGEST = 64
_REMEMBERED = 64
"""Few: what is remembered keeps whole texts alive, beside those that sessions hold."""


def spelled(act: Act, sources: list[Source], said: str) -> list[Seen]:
    """Return where content spells out this call, with all that people did not say; or []."""
    tool = act.tool.lower()
    if not COMPOUND.search(tool):
        return []
    placed = [(source, _place(source.text, tool)) for source in sources[-_RECENT:]]
    recent = [(source, place) for source, place in placed if place >= 0]
    if not recent:
        return []
    handed = hands_over(said) or defers(said)
    if handed:
        recent = [(source, place) for source, place in recent if _as_call(source.text, place)]
    if not recent or (handed and names_text(said)):
        return []
    things = [
        (key, low)
        for key, value in leaves_of(act.arguments)
        if (low := " ".join(value.lower().split())) and not explained(low, said)
        if not (handed and TEXT_KEY.search(key.lower()))
    ]
    if not things or any(len(thing) > _LONGEST for _, thing in things):
        return []
    if act.tool_class in LOOKS and all(_listed(thing, sources) for _, thing in things):
        return []  # it looks at what a listing had
    for source, place in reversed(recent):
        stop = place + len(tool) + _BEHIND
        window = source.text[place + len(tool) : stop]
        if all(_stands(thing, window) for _, thing in things):
            passage = Passage(source.text[place:stop], False, True, True, True, True, False, True)
            key, thing = things[0]
            return [Seen(Match(Value(thing, False, key.lower()), source, [place]), passage)]
    return []


def _as_call(text: str, place: int) -> bool:
    """Does the tool's name stand as the one of a call in JSON, with what it is given?"""
    before, after = text[max(0, place - _KEY) : place], text[place : place + _KEY * 2]
    return _CALLS.search(before) is not None and _GIVES.search(after) is not None


_KEY = 40
_CALLS = re.compile(
    r"[\"'](?:tool|action|function|method|call|command|operation|name)(?:_?(?:name|call))?"
    r"\\?[\"']\s*:\s*\\?[\"']$"
)
_GIVES = re.compile(r"[\"'](?:params|parameters|arguments|args|input|inputs|kwargs)\\?[\"']\s*:")


def _listed(thing: str, sources: list[Source]) -> bool:
    row = re.compile(rf"(?:^|\n)[ \-*'\"]*{re.escape(thing)}[ '\",]*(?:\n|$)")
    return any(row.search(source.text) for source in sources[-_RECENT:])


@lru_cache(maxsize=_REMEMBERED)
def _place(text: str, tool: str) -> int:
    return text.find(tool)


def _stands(thing: str, window: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(thing)}(?![\w-])", window) is not None
