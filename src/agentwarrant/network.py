"""What a URL says about who is at the other end: agent networks by name and by behaviour."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import urlsplit

from agentwarrant import paths, threatlists

_URL = re.compile(r"\b(?:https?|wss?|ftp)://[^\s'\"<>|\\`]{1,2048}", re.IGNORECASE)
_BARE = re.compile(
    r"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)){1,8}[A-Za-z]{2,24}(?::\d{1,5})?(?:/\S*)?$"
    r"|^(?:localhost|\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5})?(?:/\S*)?$"
)
# How agent networks look whatever their name: agents sign up for themselves, and instructions
# for agents lie at the root of the site.
_REGISTER = re.compile(r"/(?:agents?|bots?|claws?|molts?)/(?:register|signup|sign-up|join|claim)\b")
_BEHAVIOUR = re.compile(
    r"/(?:agents?|bots?)/(?:register|signup|sign-up|join|claim|me|status|profile|verify[\w-]*)\b"
    r"|/submolts?\b|/\.well-known/agent(?:-card)?\.json|/a2a(?:/|$)|/molts?/|/claim/\w*claim"
    r"|^/(?:skill|heartbeat|messaging)\.(?:md|json)$",
)
_POST = re.compile(r"/(?:posts?|comments?|messages?|replies|upvote|vote|follow|dm|feed)(?:/|$)")


class Url(NamedTuple):
    """A URL taken apart.

    Attributes:
        full: As written.
        host: Lower case, without port.
        port: 0 when none is written.
        path: Path without query.
        kind: ``agent_network``, ``metadata``, ``private`` or ``internet``.
        registers: It is where agents sign up.
        posts: Its path is one that content is posted to.
    """

    full: str
    host: str
    port: int
    path: str
    query: str
    kind: str
    registers: bool
    posts: bool

    @property
    def authority(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host


@cache
def agent_networks() -> frozenset[str]:
    """Return the known agent networks' domains (``threatlists``)."""
    return frozenset(threatlists.current().by["agent_networks"])


@lru_cache(maxsize=8192)
def parse_url(text: str) -> Url | None:
    """Take a URL apart; None when the text is none."""
    text = text.strip().rstrip(".,;)]}")
    if "://" not in text and not _BARE.match(text):
        return None
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host = _resolved(parts.hostname or "")
        port = parts.port or 0
    except ValueError:
        return None
    if not host:
        return None
    kind = _kind(host, parts.path)
    registers = bool(_REGISTER.search(parts.path))
    return Url(
        text, host, port, parts.path, parts.query, kind, registers, bool(_POST.search(parts.path))
    )


def _resolved(host: str) -> str:
    """Return a host as clients resolve it: ``MOLTBOOK.com.``, ``2852039166`` and ``0xa9fea9fe``."""
    host = normalize("NFKC", host).lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(int(host[:40], 0)))
    except ValueError:
        return host


def urls_in(text: str) -> list[Url]:
    """Return the URLs in a text, in order, each once."""
    found = (parse_url(match.group()) for match in _URL.finditer(text))
    return list(dict.fromkeys(url for url in found if url))


_SEVERITY = {"agent_network": 0, "metadata": 1, "internet": 2, "private": 3}


def worst(urls: Iterable[Url]) -> Url | None:
    """Return the URL that matters most; None of none."""
    return min(urls, key=lambda url: _SEVERITY[url.kind], default=None)


def _kind(host: str, path: str) -> str:
    if paths.is_metadata_service(host):
        return "metadata"
    if threatlists.current().host("agent_networks", host) is not None:
        return "agent_network"
    if _BEHAVIOUR.search(path):
        return "agent_network"
    return "private" if is_private(host) else "internet"


def is_private(host: str) -> bool:
    """Is this host this machine or a private network?"""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_private or address.is_loopback or address.is_link_local
