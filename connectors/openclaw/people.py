"""Who sent a message into a session: what OpenClaw wrote about the sender, in our words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from agentwarrant.records import text

from .common import JsonObject, SessionKey, mapping, session_key

_WRAPPED = re.compile(
    r"<<<EXTERNAL_UNTRUSTED_CONTENT\b[^>]{0,200}>>>\s*Source:\s*(\w+)", re.IGNORECASE
)
_INTER_SESSION = re.compile(r"^\[Inter-session message\] sourceSession=(\S+)")
_SUBAGENT = "[Subagent Context]"
_CRON = re.compile(r"^\[cron:([^\s\]]+)|^Job ID: (\S+)")


class Sender(NamedTuple):
    """Who instructs, in the event's fields (``warrant.principal.*``, ``warrant.peer.*``)."""

    id: str = "unknown"
    name: str = ""
    kind: str = "unknown"
    authority: str = "unknown"
    origin: str = "unknown"
    channel: str = ""
    peer: str = ""
    verified: str = "unknown"
    trust: str = "unknown"

    def fields(self) -> dict[str, str]:
        made = {
            "warrant.principal.id": self.id or "unknown",
            "warrant.principal.kind": self.kind,
            "warrant.principal.authority": self.authority,
            "warrant.origin": self.origin,
            "warrant.peer.verified": self.verified,
            "warrant.peer.trust": self.trust,
        }
        more = {
            "warrant.principal.name": self.name,
            "warrant.channel": self.channel,
            "warrant.peer.id": self.peer,
        }
        return {**made, **{name: value for name, value in more.items() if value}}


def sender_of(message: JsonObject, body: str, context: Mapping[str, Any]) -> Sender:
    """Return who sent a user message.

    Source: the provenance OpenClaw 2026.8 and later writes under ``__openclaw`` and
    ``provenance``; before that only the session key says who.
    """
    marks = mapping(message.get("__openclaw"))
    provenance = mapping(message.get("provenance"))
    kind = text(provenance.get("kind"))
    key = session_key(context.get("key"))
    # What a person types on a channel may look like anything: that sender is known.
    typed = bool(marks.get("senderId"))
    if kind == "inter_session" or (not typed and _INTER_SESSION.match(body)):
        return _other_session(provenance, body)
    if kind == "internal_system":
        what = text(provenance.get("sourceTool")) or "system"
        origin = "schedule" if what in ("heartbeat", "cron") else "system"
        return Sender(what, kind="schedule", authority="allowed", origin=origin, channel=what)
    if body.startswith(_SUBAGENT) and not (typed or key.kind):
        parent = text(context.get("spawned_by")) or key.agent or text(context.get("agent"))
        return Sender(
            parent, kind="agent", authority="allowed", origin="peer", channel="subagent",
            peer=parent, verified="yes", trust="trusted",
        )  # fmt: skip
    wrapped = _WRAPPED.search(body[:4000])
    if wrapped or context.get("hook"):
        source = (wrapped.group(1) if wrapped else str(context["hook"])).lower()
        origin = "email" if source in ("gmail", "email", "mail") else "webhook"
        return Sender(source, kind="webhook", origin=origin, channel=origin)
    if marks.get("senderId"):
        return _channel_sender(marks)
    if marks.get("senderIsOwner") is True:
        return Sender("owner", kind="human", authority="owner", origin="user", channel="cli")
    return _by_key(key, body)


def _other_session(provenance: JsonObject, body: str) -> Sender:
    match = _INTER_SESSION.match(body)
    stated = text(provenance.get("sourceSessionKey"))
    agent = session_key(stated or (match.group(1) if match else "")).agent or "unknown"
    return Sender(
        agent, kind="agent", authority="unknown", origin="peer", channel="sessions_send",
        peer=agent, verified="yes" if stated else "unknown",
    )  # fmt: skip


def _channel_sender(marks: JsonObject) -> Sender:
    identity = mapping(marks.get("senderIdentity"))
    channel = text(mapping(marks.get("transport")).get("channel")) or text(identity.get("pluginId"))
    who = text(marks.get("senderId"))
    name = text(marks.get("senderName")) or text(marks.get("senderUsername"))
    machine = identity.get("senderKind") == "bot" or channel == "a2a"
    owner = marks.get("senderIsOwner") is True
    if machine:
        # A peer of A2A is known by the bearer token that the gateway's configuration has for it,
        # and without one gets no further (2026.9.6, resolvePeerName); a bot in a chat is only seen.
        proved = "yes" if channel == "a2a" else "unknown"
        return Sender(
            who, name, "agent", "stranger", "peer", channel, peer=who,
            verified=proved, trust="untrusted",
        )  # fmt: skip
    authority = "owner" if owner else "stranger"
    return Sender(who, name, "human", authority, "user", channel)


def _by_key(key: SessionKey, body: str) -> Sender:
    cron = _CRON.match(body)
    if key.channel == "cron" or cron:
        job = key.peer.split(":", 1)[0] or (cron.group(1) or cron.group(2) if cron else "")
        return Sender(job or "cron", kind="schedule", authority="allowed", origin="schedule")
    if key.channel in ("main", "explicit"):
        return Sender("owner", kind="human", authority="owner", origin="user", channel="cli")
    if key.channel == "a2a":
        return Sender(
            key.peer, kind="agent", authority="stranger", origin="peer", channel="a2a",
            peer=key.peer, trust="untrusted",
        )  # fmt: skip
    if key.kind == "direct":
        return Sender(key.peer, kind="unknown", origin="user", channel=key.channel)
    return Sender(origin="user", channel=key.channel)
