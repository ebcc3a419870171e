"""Slight calls: given one name at most, by tools without a verb of an act, as look-ups are.

One name out of what was read is what every look-up is given: the record of a person, the page of an
order. That the name stands in an order says nothing yet; the order must be for such a call, and
have a word of what the tool does.
"""

from __future__ import annotations

import re

from agentwarrant.intent.act import STEM, Act, asked_as
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.asks import readable
from agentwarrant.intent.cues import mentions
from agentwarrant.intent.passages import sentence_at
from agentwarrant.intent.provenance import Match
from agentwarrant.intent.speech import speeches
from agentwarrant.intent.values import MIN_VALUE, leaves_of
from agentwarrant.tools.words import LIST, words_of

_SLIGHT = frozenset({"other", "read", "discovery"})
_AROUND = 240
_NAME = re.compile(r"(?!https?:|www\.)\S{1,64}|[^\W\d_]\S{0,23}(?: \S{1,24}){1,2}")
_SCRIPT = re.compile(r"[^\W\d_\u0000-\u024f]")
"""A letter of a script that no tool's name is in."""


def slight(act: Act) -> bool:
    """Is an act given so little, and named so plainly, that it may only look something up?

    So is a list of what a vault has, and what is got out of the agent's own for nobody yet.
    """
    if act.command or act.arguments.count('":') > 1:
        return False
    given = set(leaves_of(act.arguments))
    if act.tool_class == "credential_read":
        return not (given or LIST.isdisjoint(words_of(act.tool)))
    if act.tool_class == "egress":
        return all(value.isdecimal() and len(value) <= MIN_VALUE for _, value in given)
    if act.sensitive or act.tool_class not in _SLIGHT or asked_as(act.tool):
        return False
    return all(_NAME.fullmatch(value) and not TEXT_KEY.search(key.lower()) for key, value in given)


def carried(act: Act, found: list[Match], told: str) -> bool:
    """Does content ask for such a call, and not only have the value?

    Args:
        act: The call.
        found: The values that led to it.
        told: The sentence that did.
    """
    if _names(act, told):
        return True
    return any(_asks(act, one, place) for one in found if one.value.text for place in one.places)


def _asks(act: Act, match: Match, place: int) -> bool:
    text = match.source.text
    start, stop = sentence_at(text, place, place + len(match.value.text))
    if not readable(text[start:stop]) or _SCRIPT.search(text, start, stop):
        return True  # it cannot be told
    spoken = [(a, b) for a, b in speeches(text) if a <= place < b] if match.source.instructs else []
    start, stop = spoken[0] if spoken else (max(0, start - _AROUND), stop + _AROUND)
    return _names(act, text[start:stop])


def _names(act: Act, told: str) -> bool:
    """Has a text a word of what the tool does? Of one that gives out, that which says so."""
    giving = [word for word in words_of(act.tool) if mentions("egress", word)]
    if act.tool_class != "egress" or not giving or act.called(told):
        return act.named(told, whole=False)
    return any(re.search(rf"(?<!\w){word[:STEM]}", told) for word in giving)
