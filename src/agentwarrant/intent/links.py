"""What a call's address is besides an address: an agent network, a link that carries data out."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import unquote_plus

from agentwarrant.event import Event, text_of
from agentwarrant.intent.provenance import site_named
from agentwarrant.intent.session import Session

_GROWN = 12


def known_network(event: Event, session: Session) -> None:
    """A host where the agent has registered is an agent network, whatever its name."""
    host = text_of(event, "destination.address")
    if not host:
        return
    kind = text_of(event, "warrant.network.kind")
    if kind == "agent_network":
        session.network(host)
    elif host in session.networks:
        event["warrant.network.kind"] = "agent_network"


def grown_link(event: Event, session: Session) -> None:
    """A link out of content, with something of the agent's own put behind it, carries that out."""
    url = text_of(event, "url.full").lower()
    if "?" not in url or text_of(event, "warrant.tool.class") not in ("read", "other"):
        return
    start = url[: url.rfind("=") + 1] or url.split("?", 1)[0]
    grown = len(url) - len(start) >= _GROWN
    known = any(start in source.text and url not in source.text for source in session.sources)
    if not (grown and known):
        return
    own = site_named(text_of(event, "url.domain"), session.said)
    if not own or _filled(url[len(start) :], session):
        event["warrant.tool.class"], event["warrant.network.operation"] = "egress", "write"


def _filled(query: str, session: Session) -> bool:
    """Does what was put behind a link hold a number or an address of the agent's own data?"""
    told = islice(_FILLING.finditer(unquote_plus(query)), _PIECES)
    pieces = {piece.group() for piece in told if piece.group() not in session.known}
    return any(piece in s.text for s in session.sources if not s.outside for piece in pieces)


_FILLING = re.compile(r"\d[\d -]{4,30}\d|[\w.+-]{1,64}@[\w.-]{4,64}")
_PIECES = 16
