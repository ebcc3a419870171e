"""Which conversation an event belongs to, and which thread in it: sub-agents have their own.

Some sources write what a sub-agent does under the conversation, and the name, of the agent that
started it. Only the lineage tells them apart. It comes from the harness: no text can claim it.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentwarrant.event import Event, text_of
from agentwarrant.lineage import BETWEEN
from agentwarrant.vocabulary import UNTRUSTED_ORIGINS

Key = tuple[str, str, str, str]
"""Tenant, agent, conversation, and the thread in it: '' is the main one."""
NOWHERE: Key = ("", "", "", "")


def key_of(event: Event) -> Key:
    """Return where an event belongs."""
    conversation = text_of(event, "gen_ai.conversation.id")
    thread = ""
    if "warrant.session.lineage" in event:
        thread = _thread(text_of(event, "warrant.session.lineage").split(BETWEEN), conversation)
    tenant, agent = text_of(event, "organization.id"), text_of(event, "gen_ai.agent.id")
    return tenant, agent, conversation, thread


def key_above(event: Event, key: Key) -> Key | None:
    """Return what started the thread or the conversation of an event; None: nothing did.

    Args:
        event: The event.
        key: Where it belongs.
    """
    if "warrant.session.lineage" not in event:
        return None
    names = text_of(event, "warrant.session.lineage").split(BETWEEN)[:-1]
    if not names:
        return None
    tenant, agent, conversation, thread = key
    if thread:
        return tenant, agent, conversation, _thread(names, conversation)
    return tenant, agent, names[-1], ""


def restored(names: Sequence[str]) -> Key:
    """Return a key that was kept as a list."""
    tenant, agent, conversation, thread = names
    return tenant, agent, conversation, thread


def _thread(names: list[str], conversation: str) -> str:
    """Return the name of a thread that descends from a conversation; '' for the main one."""
    return BETWEEN.join(names) if conversation in names[:-1] else ""


def starts_thread(event: Event, key: Key) -> bool:
    """Is a message the task of a sub-agent, as the thread that started it worded it?"""
    return (
        key[3] != ""
        and text_of(event, "warrant.principal.kind") == "agent"
        and "warrant.peer.id" not in event
        and text_of(event, "warrant.origin") not in UNTRUSTED_ORIGINS
    )
