"""Orders that people handed over: whose they are, and which one of several they picked.

Who says "do what she asks in her mail" has asked for what that mail asks, and who says "do the one
with the wiki" for that one. A sentence to a machine is none of it, unless it is the one picked.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.act import Act
from agentwarrant.intent.taken import Seen

_PICKED = re.compile(
    r"\b(?:do|take|handle) the (?:one|item|point|task|thing)s? (?:with|about|on|for|of|that says)"
    r" (?:the |an? |my |our )?([a-z][\w-]{2,40})"
)
_OBEYS = re.compile(
    r"\b(?:do|make|change|set|follow) (?:exactly )?what(?:ever)? (?:[\w.'-]+ ){1,5}?"
    r"(?:asks?|wants?|says?|requests?)\b|\bas (?:[\w.'-]+ ){1,4}?(?:asks?|wants?|requests?)\b"
)


def obeyed(one: Seen, act: Act, said: str) -> bool:
    """Does a value stand in an order that people told the agent to do?"""
    match, passage = one
    if match.hidden or match.source.led or not act.asked:
        return False
    which = picked(said)
    if which:
        return which in passage.text and passage.meant
    return _obeying(said) and not passage.machine and match.source.pointed(said)


@lru_cache(maxsize=256)
def _obeying(said: str) -> bool:
    return _OBEYS.search(said) is not None


@lru_cache(maxsize=256)
def hands_orders(said: str) -> bool:
    """Do people hand over any order at all?"""
    return _obeying(said) or picked(said) != ""


@lru_cache(maxsize=256)
def picked(said: str) -> str:
    """Return the word by which people picked one of several orders; '' for none."""
    found = _PICKED.search(said)
    return found.group(1) if found else ""
