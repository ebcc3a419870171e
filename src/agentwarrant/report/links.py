"""What one event says about who did what to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from agentwarrant.event import Event, text_of
from agentwarrant.report import words
from agentwarrant.report.steps import agent_name, principal_name, texts
from agentwarrant.vocabulary import UNTRUSTED_ORIGINS

PLANTS = "plants instructions"
"""What content does that tells an agent what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """Somebody or something that took part.

    Attributes:
        key: What makes it one and the same.
        kind: principal, agent, peer, network, host, store, beneficiary or system.
        name: Its name, as recorded.
        caption: What it is, in a few of our own words.
    """

    key: str
    kind: str
    name: str = field(compare=False)
    caption: str = field(compare=False)


Found = tuple[Node, Node, str]


def links_of(event: Event, places: dict[str, Node]) -> Iterator[Found]:
    """Yield the links of one event; ``places`` remembers where each tool call went."""
    agent = agent_node(event)
    if agent is None:
        return
    action = text_of(event, "event.action")
    if action == "tool_result":
        yield from _answer(event, agent, places)
        return
    if action == "message_received":
        yield from _instruction(event, agent)
        return
    call = text_of(event, "gen_ai.tool.call.id")
    for target, verb in _deeds(event, action):
        if call and target.kind in ("host", "network"):
            places[call] = target
        yield agent, target, verb


def agent_node(event: Event) -> Node | None:
    """Return the agent behind an event, None when no agent is."""
    name = agent_name(event)
    if not name:
        return None
    key = text_of(event, "gen_ai.agent.id") or name
    status = text_of(event, "warrant.agent.status", "unregistered")
    return Node(f"agent:{key}", "agent", name, f"agent, {status}" if status in _STATUS else "agent")


_STATUS = frozenset({"registered", "unregistered", "revoked", "expired"})


def _instruction(event: Event, agent: Node) -> Iterator[Found]:
    peer = text_of(event, "warrant.peer.id")
    if peer and text_of(event, "warrant.origin") == "peer":
        yield _peer(event, peer), agent, "tells"
    elif principal_name(event):
        key = text_of(event, "warrant.principal.id") or principal_name(event)
        person = Node(f"principal:{key}", "principal", principal_name(event), _who(event))
        yield person, agent, "instructs"


def _who(event: Event) -> str:
    authority = words.AUTHORITIES.get(text_of(event, "warrant.principal.authority"), "")
    kind = text_of(event, "warrant.principal.kind", "unknown")
    parts = [
        authority,
        kind if kind in ("human", "agent", "service", "schedule", "webhook") else "",
    ]
    return ", ".join(part for part in parts if part) or "instructs the agent"


def _peer(event: Event, peer: str) -> Node:
    trust = text_of(event, "warrant.peer.trust")
    shown = f"peer agent, {trust}" if trust in ("trusted", "untrusted") else "peer agent"
    return Node(f"peer:{peer}", "peer", peer, shown)


_PEER_VERBS = {
    "handoff": "hands over to",
    "agent_spawned": "starts",
    "peer_connect": "connects to",
}
_NETWORK_VERBS = {
    "read": "reads",
    "write": "writes to",
    "register": "registers at",
    "post": "posts to",
}
_THING_VERBS = {
    "privilege": "raises privilege on",
    "destructive": "destroys",
    "persistence": "persists in",
    "memory_write": "writes memory",
    "config_change": "changes",
}


_ADDRESSES = ("message", "delegate")
"""Calls that speak to a peer; on any other call the peer is the one who asked for it."""


def _deeds(event: Event, action: str) -> Iterator[tuple[Node, str]]:
    tool_class = text_of(event, "warrant.tool.class")
    peer = text_of(event, "warrant.peer.id")
    if peer and (action != "tool_call" or tool_class in _ADDRESSES):
        yield _peer(event, peer), _PEER_VERBS.get(action, "sends to")
    place = _place(event)
    if place is not None:
        yield place, _network_verb(event, tool_class)
    elif tool_class == "credential_read":
        yield _store(event), "reads secrets"
    elif text_of(event, "warrant.payment.kind") not in ("", "none") or tool_class == "payment":
        name = text_of(event, "warrant.payment.beneficiary") or "unknown beneficiary"
        yield Node(f"beneficiary:{name}", "beneficiary", name, "beneficiary"), "pays"
    elif tool_class == "write" and _holds_secret(event):
        yield _store(event), "stores a secret"
    elif tool_class in _THING_VERBS:
        yield _thing(event), _THING_VERBS[tool_class]


def _holds_secret(event: Event) -> bool:
    secret = text_of(event, "warrant.data.sensitivity") == "secret"
    return secret or bool(texts(event, "warrant.secret.types"))


def _network_verb(event: Event, tool_class: str) -> str:
    if tool_class == "credential_read":
        return "reads secrets"
    verb = _NETWORK_VERBS.get(text_of(event, "warrant.network.operation"))
    return verb or ("sends to" if tool_class == "egress" else "connects to")


_PLACE_NAMES = ("destination.address", "url.domain", "destination.domain", "destination.ip")
_PLACE_CAPTIONS = {
    "agent_network": "agent network",
    "internet": "host on the internet",
    "private": "host, private network",
    "metadata": "cloud metadata service",
}


def _place(event: Event) -> Node | None:
    name = next((text_of(event, n) for n in _PLACE_NAMES if text_of(event, n)), "")
    if not name:
        return None
    kind = text_of(event, "warrant.network.kind")
    node_kind = "network" if kind == "agent_network" else "host"
    return Node(f"place:{name}", node_kind, name, _PLACE_CAPTIONS.get(kind, "host"))


def _store(event: Event) -> Node:
    name = text_of(event, "file.path") or text_of(event, "gen_ai.tool.name") or "credentials"
    return Node(f"store:{name}", "store", name, "credential store")


def _thing(event: Event) -> Node:
    names = ("file.path", "host.name", "gen_ai.tool.name")
    name = next((text_of(event, n) for n in names if text_of(event, n)), "the system")
    return Node(f"system:{name}", "system", name, "changed by the agent")


def _answer(event: Event, agent: Node, places: dict[str, Node]) -> Iterator[Found]:
    """Only an answer that gives orders is a link of its own: the call shows the reading."""
    if text_of(event, "warrant.content.signal") != "instruction_like":
        return
    origin = text_of(event, "warrant.origin")
    place = _place(event) or places.get(text_of(event, "gen_ai.tool.call.id"))
    if place is None:
        name = (
            words.ORIGINS.get(origin, origin) if origin in UNTRUSTED_ORIGINS else "a tool's answer"
        )
        place = Node(f"content:{name}", "host", name, "content the agent read")
    yield place, agent, PLANTS
