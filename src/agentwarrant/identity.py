"""Which agent is behind an event: one identity, however many accounts and names it has.

First form: the identity a source names, made into one entity per tenant. Warrants, which tie
several accounts to one agent, are held against it later.
"""

from __future__ import annotations

from agentwarrant.event import Event, text_of

UNKNOWN_AGENT = "unknown"


def attribute(event: Event) -> Event:
    """Return the event with its agent as an ECS entity; an agent nobody names is ``unknown``."""
    agent = text_of(event, "gen_ai.agent.id") or UNKNOWN_AGENT
    made = dict(event)
    made["gen_ai.agent.id"] = agent
    made.setdefault("gen_ai.agent.name", agent)
    made["entity.id"] = f"{text_of(event, 'event.module')}:{agent}"
    made["entity.name"] = text_of(made, "gen_ai.agent.name")
    return made
