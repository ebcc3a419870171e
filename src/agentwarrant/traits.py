"""What stands out about a text that an agent was given, or that it gives away (``content.*``)."""

from __future__ import annotations

from agentwarrant.event import Value
from agentwarrant.traits_asked import asked
from agentwarrant.traits_hidden import hidden
from agentwarrant.traits_links import carriers

RECEIVED = frozenset(
    {"message_received", "tool_result", "tool_definition_seen", "peer_connect", "handoff"}
)
"""Events whose content somebody else wrote: only that asks the agent for something."""
EMITTED = frozenset({"message_sent"})
_SHORTEST = 8


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
