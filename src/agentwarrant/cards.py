"""The card by which an A2A agent presents itself: is it signed, and does it fit where it lay?

References:
    - https://a2a-protocol.org/latest/specification/ (AgentCard, AgentCardSignature)
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import orjson

from agentwarrant.event import Value, digest
from agentwarrant.network import parse_url
from agentwarrant.records import mapping, objects, text

_PLACE = re.compile(r"/\.well-known/agent(?:-card)?\.json")
_LIKE = ("skills", "capabilities", "supportedInterfaces", "protocolVersion", "defaultInputModes")
_SIGNED = re.compile(r"[A-Za-z0-9_-]{16,4096}={0,2}")
_LONGEST = 100_000


def asks_for_card(call: str) -> bool:
    """Does a call's address or command fetch an agent's card?"""
    return _PLACE.search(call) is not None


def card_fields(answer: str, host: str = "", *, failed: bool = False) -> dict[str, Value]:
    """Return the fields that say what is wrong with a card; none where nothing is seen to be.

    That a card is signed does not prove it: ``verified`` is for a source to say.

    Args:
        answer: What was got where the card should be.
        host: The host that it was asked of; '' where that is not known.
        failed: Did the fetch fail?
    """
    card = None if failed else _card_in(answer)
    if card is None:
        return {"warrant.peer.card": "missing"}
    fields: dict[str, Value] = {
        "warrant.peer.card_hash": digest("agent-card", _canonical(card)),
    }
    name = text(card.get("name"))
    if name:
        fields["warrant.peer.claimed_id"] = name[:256]
    signatures = card.get("signatures")
    if not _fits(card, host):
        fields["warrant.peer.card"] = "invalid"
    elif not signatures:
        fields["warrant.peer.card"] = "unsigned"
    elif not isinstance(signatures, list) or not all(map(_well_formed, signatures)):
        fields["warrant.peer.card"] = "invalid"
    return fields


def _card_in(answer: str) -> dict[str, Any] | None:
    """Return the card in an answer, whatever a tool puts around it."""
    sample = answer[:_LONGEST]
    start, end = sample.find("{"), sample.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        card = orjson.loads(sample[start : end + 1])
    except orjson.JSONDecodeError:
        return None
    known = isinstance(card, dict) and text(card.get("name")) and any(k in card for k in _LIKE)
    return card if known else None


def _canonical(card: dict[str, Any]) -> str:
    try:
        return orjson.dumps(card, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:  # nested deeper than it can be written again
        return repr(card)[:_LONGEST]


def _hosts(card: dict[str, Any]) -> Iterator[str]:
    places = [
        card.get("url"),
        *(one.get("url") for one in objects(card.get("supportedInterfaces"))),
    ]
    for place in places[:32]:
        url = parse_url(place) if isinstance(place, str) and len(place) < 4096 else None
        if url:
            yield url.host


def _fits(card: dict[str, Any], host: str) -> bool:
    """Is the agent reached at the site that gave the card? Its hosts may differ within one."""
    site = _site(host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host)
    return not host or all(_site(one) == site for one in _hosts(card))


def _site(host: str) -> str:
    if host.replace(".", "").isdigit():
        return host
    labels = host.lower().split(".")
    # Of "shop.co.uk" the last two labels are no site of anybody's.
    short = len(labels[-1]) == 2 and len(labels) > 2 and len(labels[-2]) <= _SHORT
    return ".".join(labels[-3:] if short else labels[-2:])


_SHORT = 3


def _well_formed(signature: object) -> bool:
    """Is it a JSON Web Signature of some algorithm, as RFC 7515 writes it?"""
    parts = mapping(signature)
    protected, signed = text(parts.get("protected")), text(parts.get("signature"))
    if not _SIGNED.fullmatch(protected) or not _SIGNED.fullmatch(signed):
        return False
    try:
        header = orjson.loads(base64.urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))
    except (orjson.JSONDecodeError, binascii.Error, ValueError):
        return False
    algorithm = text(mapping(header).get("alg"))
    return bool(algorithm) and algorithm.lower() != "none"
