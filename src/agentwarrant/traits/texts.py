"""What stands out about a text that an agent was given, or that it gives away (``content.*``)."""

from __future__ import annotations

from functools import lru_cache

from agentwarrant.event import Value
from agentwarrant.signals import content_signal
from agentwarrant.traits.asked import asked
from agentwarrant.traits.hidden import hidden
from agentwarrant.traits.links import carriers

RECEIVED = frozenset(
    {"message_received", "tool_result", "tool_definition_seen", "peer_connect", "handoff"}
)
"""Events whose content somebody else wrote: only that asks the agent for something."""
EMITTED = frozenset({"message_sent"})
_SHORTEST = 8


_REMEMBERED = 2_048


def read_of(text: str, action: str) -> dict[str, Value]:
    """Return ``warrant.content.signal`` and the traits of a content; shared, so do not change it.

    What tools answer is often what they answered before, so what is not long is remembered.
    """
    return (_read_once if len(text) <= _REMEMBERED else _read)(text, action)


def _read(text: str, action: str) -> dict[str, Value]:
    return {"warrant.content.signal": content_signal(text), **traits_of(text, action)}


_read_once = lru_cache(maxsize=1024)(_read)


def traits_of(text: str, action: str) -> dict[str, Value]:
    """Return the fields that say what stands out about a content, by ``event.action``."""
    made: dict[str, Value] = {}
    if len(text) < _SHORTEST:
        return made
    if ways := hidden(text):
        made["warrant.content.hidden"] = list(ways)
    if action in RECEIVED:
        requests, claims = asked(text)
        if requests:
            made["warrant.content.requests"] = list(requests)
        if claims:
            made["warrant.content.claims"] = list(claims)
    elif action in EMITTED and carriers(text):
        made["warrant.content.link"] = "data_bearing"
    return made
