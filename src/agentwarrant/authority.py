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
    found = _listed(event, kind, identity, warrant.principals)
    if not found and kind == "agent" and _trusted(event, identity, warrant):
        found = "allowed"
    if found:
        event["warrant.principal.authority"] = found
    elif kind != "unknown":
        unnamed = identity in _NOBODY
        event["warrant.principal.authority"] = "unknown" if unnamed else "stranger"
    # Else the log names nobody, or by a hash of its own: that accuses nobody.


def _listed(event: Event, kind: str, identity: str, principals: tuple[Principal, ...]) -> str:
    """Return the authority of a sender that the warrant lists; or ''."""
    channel = text_of(event, "warrant.channel")
    for principal in principals:
        if kind not in (principal.kind, "unknown"):
            continue
        # Where a source says no channel the id decides; who has none is known by the channel only.
        heard = channel or not principal.id
        if principal.channels is not None and heard and principal.channels.find(channel) < 0:
            continue
        named = principal.id == identity and identity not in _NOBODY
        if named or (not principal.id and kind != "unknown"):
            return principal.authority
    return ""


def _trusted(event: Event, identity: str, warrant: Warrant) -> bool:
    """Is the sender a peer that the warrant trusts by name, and that no principal narrows?"""
    if text_of(event, "warrant.peer.verified") != "yes" or identity in _NOBODY:
        return False
    if text_of(event, "warrant.peer.id") != identity:
        return False
    narrowed = any(one.kind == "agent" and one.id == identity for one in warrant.principals or ())
    peers = warrant.scope.peers or ()
    return not narrowed and any(one.trusted and one.id == identity for one in peers)


def _peer(event: Event, warrant: Warrant) -> None:
    peer = text_of(event, "warrant.peer.id")
    peers = warrant.scope.peers
    if not peer or peers is None:
        return
    if peer == warrant.agent:
        return
    known = next((one for one in peers if one.id == peer), None)
    proved = text_of(event, "warrant.peer.verified") == "yes"
    if known is None and proved and text_of(event, "warrant.peer.trust") == "trusted":
        return  # it started this one, as the source proves, and the warrant has nothing against it
    trusted = known is not None and known.trusted and proved
    event["warrant.peer.trust"] = "trusted" if trusted else "untrusted"
