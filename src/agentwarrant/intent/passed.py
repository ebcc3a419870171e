"""Messages that people asked for, to somebody else and with a link that content wants passed on."""

from __future__ import annotations

import re

from agentwarrant.intent.act import Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.cues import mentions
from agentwarrant.intent.errands import presses
from agentwarrant.intent.left import whom_left
from agentwarrant.intent.passages import sentence_at, start_before
from agentwarrant.intent.provenance import Source
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.values import leaves_of

_SHORTEST = 3


def passed_on(one: Seen, act: Act, sources: list[Source], said: str) -> bool:
    """Does a sentence want somebody to be sent a link or an address, and is this the message?

    Args:
        one: A value of the call, and the sentence that it stands in.
        act: A message. People asked for one, and left nothing of it to what was read.
        sources: Content that was read: a link that was opened is what people asked about.
        said: What people said.
    """
    value, passage = one.match.value, one.passage
    if not (value.kind and TEXT_KEY.search(value.key) and passage.spoken):
        return False
    if hands_over(said) or defers(said) or whom_left(said):
        return False
    wish = passage.text if presses(passage.text) else _wished_after(one)
    if not wish:
        return False
    if any(value.text in source.arguments.lower() for source in sources):
        return False
    leaves = ((key.lower(), given.lower()) for key, given in leaves_of(act.arguments))
    whom = (given for key, given in leaves if not TEXT_KEY.search(key))
    told = f"{_before(one)} {wish}" if _SOMEBODY.search(wish) else wish
    return any(len(name) >= _SHORTEST and _named(name, told) for name in whom)


def _before(one: Seen) -> str:
    """Return the sentence before the one that a value stands in: of whom it speaks."""
    text, place = one.match.source.text, one.match.places[0]
    start, _ = sentence_at(text, place, place)
    return text[start_before(text, start) : start]


_SOMEBODY = re.compile(r"\b(?:him|her|them|she|he|they)\b")


def _wished_after(one: Seen) -> str:
    """Return a sentence with the next, where that wants what it names passed on; else ''."""
    text = one.match.source.text
    for place in one.match.places:
        start, stop = sentence_at(text, place, place + len(one.match.value.text))
        _, end = sentence_at(text, min(stop + 2, len(text)), min(stop + 3, len(text)))
        after = text[stop + 1 : end]
        if _OF_IT.search(after) and presses(after) and mentions("message", after):
            return text[start:end]
    return ""


_OF_IT = re.compile(
    r"\b(?:it|this|that|them|(?:the|this|that) (?:links?|addresse?s?|pages?|one))\b"
)


def _named(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
