"""What all forms of OpenClaw's records share: session keys, ids, joins."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from agentwarrant.records import text

JsonObject = Mapping[str, Any]
_EMPTY: JsonObject = MappingProxyType({})

_CHANNEL_KINDS = ("direct", "group", "channel")


class SessionKey(NamedTuple):
    """A session key taken apart: ``agent:<agent>:<channel>:<kind>:<peer>`` and its variants.

    Attributes:
        agent: Agent id; empty when the text is no session key.
        channel: ``telegram``, ``a2a``, ``cron``, ``subagent``, ``main``, ``explicit`` …
        kind: ``direct``, ``group`` or ``channel`` for chat channels.
        peer: Who or what is at the other end.
    """

    agent: str = ""
    channel: str = ""
    kind: str = ""
    peer: str = ""


_NO_KEY = SessionKey()


def session_key(text: object) -> SessionKey:
    """Take a session key apart."""
    if not isinstance(text, str) or not text.startswith("agent:"):
        return _NO_KEY
    return _taken_apart(text)


@lru_cache(maxsize=1024)
def _taken_apart(text: str) -> SessionKey:
    parts = text.split(":")
    agent, channel, rest = parts[1], parts[2] if len(parts) > 2 else "", parts[3:]
    kind = next((part for part in rest if part in _CHANNEL_KINDS), "")
    peer = ":".join(rest[rest.index(kind) + 1 :]) if kind else ":".join(rest)
    return SessionKey(agent, channel, kind, peer)


@lru_cache(maxsize=4096)
def call_hash(call_id: str) -> str:
    """Return a tool call's id as the audit ledger writes it.

    The ledger keeps ``sha256:`` and the hex digest of the transcript's id, so a call seen in
    both is one event.
    """
    if call_id.startswith("sha256:"):
        return call_id
    return "sha256:" + hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()


def mapping(value: object) -> JsonObject:
    """Return a mapping as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else _EMPTY


def number(value: object) -> int | None:
    """Return a plain number as an integer within 64 bits, anything else as None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) < 2**53 else None


def content_text(content: object) -> str:
    """Return the text parts of a message's content, joined."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        if len(content) == 1:
            return text(mapping(content[0]).get("text"))
        parts = (mapping(part) for part in content)
        return "\n".join(text(part.get("text")) for part in parts if part.get("text"))
    return ""
