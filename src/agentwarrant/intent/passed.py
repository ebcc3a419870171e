"""Messages that people asked for, to somebody else and with a link that content wants passed on."""

from __future__ import annotations

import re

from agentwarrant.intent.act import Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.errands import presses
from agentwarrant.intent.left import whom_left
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
    if hands_over(said) or defers(said) or whom_left(said) or not presses(passage.text):
        return False
    if any(value.text in source.arguments.lower() for source in sources):
        return False
    leaves = ((key.lower(), given.lower()) for key, given in leaves_of(act.arguments))
    whom = (given for key, given in leaves if not TEXT_KEY.search(key))
    return any(len(name) >= _SHORTEST and _named(name, passage.text) for name in whom)


def _named(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
