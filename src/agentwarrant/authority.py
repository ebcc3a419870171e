"""Who instructs an agent, held against its warrant: principals by id, peers by proof.

A name proves nothing and is never compared. Where a warrant lists principals nobody else may
instruct the agent, whatever its runtime believes.
"""

from __future__ import annotations

from agentwarrant.event import Event, text_of
from agentwarrant.warrant.model import Principal, Warrant

_NOBODY = frozenset({"", "unknown"})


def authorize(event: Event, warrant: Warrant) -> None:
    """Set the authority of a message's sender as the warrant has it; the event is changed."""
    _peer(event, warrant)
    if warrant.principals is None:
        return
    kind = text_of(event, "warrant.principal.kind", "unknown")
    identity = text_of(event, "warrant.principal.id")
    if identity == warrant.agent and text_of(event, "warrant.peer.verified") == "yes":
        return  # its own other half: what started that one is judged there
    if kind == "unknown" and identity in _NOBODY:
        return  # a log that names nobody accuses nobody
    event["warrant.principal.authority"] = _authority(event, kind, identity, warrant.principals)


def _authority(event: Event, kind: str, identity: str, principals: tuple[Principal, ...]) -> str:
    channel = text_of(event, "warrant.channel")
    for principal in principals:
        if kind not in (principal.kind, "unknown"):
            continue
        if principal.channels is not None and channel and principal.channels.find(channel) < 0:
            continue
        if principal.id == identity or (not principal.id and kind != "unknown"):
            return principal.authority
    return "unknown" if identity in _NOBODY else "stranger"


def _peer(event: Event, warrant: Warrant) -> None:
    peer = text_of(event, "warrant.peer.id")
    peers = warrant.scope.peers
    if not peer or peers is None:
        return
    if peer == warrant.agent:
        return
    known = next((one for one in peers if one.id == peer), None)
    proved = text_of(event, "warrant.peer.verified") == "yes"
    trusted = known is not None and known.trusted and proved
    event["warrant.peer.trust"] = "trusted" if trusted else "untrusted"
