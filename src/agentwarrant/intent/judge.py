"""Gives every event its instructor, origin and taint, and every action an intent verdict.

The verdict rests on evidence a person can check: which message instructs the agent, which values
of the action stand in which content, and whether the people's own words ask for such an action.
"""

from __future__ import annotations

from typing import NamedTuple

from agentwarrant.event import Event, text_of
from agentwarrant.intent.asks import asks_for
from agentwarrant.intent.provenance import Match, Source, matches, values_of
from agentwarrant.intent.session import INSTRUCTOR_FIELDS, Call, Session, Sessions
from agentwarrant.vocabulary import SENSITIVE_CLASSES, UNTRUSTED_ORIGINS

_WANTS_ASKING = frozenset(
    {"payment", "privilege", "destructive", "persistence", "config_change", "credential_read"}
)
"""Acts that no task implies: where no word asks for one, it is unexplained."""

_NETWORK_ORIGIN = {"agent_network": "peer", "internet": "web", "private": "web"}


class Verdict(NamedTuple):
    """What the judge thinks of one action."""

    verdict: str
    reasons: list[str]
    evidence: list[str]
    origin: str


class Judge:
    """Judges events in order of time. State is by tenant, agent and conversation only."""

    def __init__(self) -> None:
        self.sessions = Sessions()

    def judge(self, event: Event) -> Event:
        """Return the event with instructor, origin, taint and verdict."""
        step = _STEPS.get(text_of(event, "event.action"))
        if step is None or not event.get("gen_ai.conversation.id"):
            return event
        return step(dict(event), self.sessions.of(event))


def may_instruct(event: Event) -> bool:
    """May whoever wrote this message instruct the agent, as far as is known?"""
    if text_of(event, "warrant.principal.authority") == "stranger":
        return False
    if text_of(event, "warrant.origin") in ("web", "email", "webhook"):
        return False
    if text_of(event, "warrant.principal.kind") == "agent":
        return text_of(event, "warrant.peer.trust") == "trusted"
    return True


def _received(event: Event, session: Session) -> Event:
    text = text_of(event, "warrant.content.text")
    if not text and text_of(event, "warrant.principal.kind") == "unknown":
        return event  # a log line about a message, not the message
    event["warrant.taint.state"] = "tainted" if session.sources else "clean"
    if text_of(event, "warrant.origin") in ("system", "memory"):
        session.hear(text)  # the harness's own words: they instruct nobody anew, but explain
        return event
    session.instructor = event
    if may_instruct(event):
        session.hear(text)
        return event
    who = text_of(event, "warrant.principal.name") or text_of(event, "warrant.principal.id")
    origin = text_of(event, "warrant.origin")
    session.read(Source(text_of(event, "event.id"), origin, who, text, _talks(event)))
    _taint(event, session)
    return event


def _talks(event: Event) -> bool:
    return text_of(event, "warrant.content.signal") == "instruction_like"


def _taint(event: Event, session: Session) -> None:
    if session.sources:
        event["warrant.taint.state"] = "tainted"
        origins = {source.origin for source in session.sources}
        event["warrant.taint.sources"] = sorted(origins)


def _called(event: Event, session: Session) -> Event:
    _known_network(event, session)
    call = Call(
        text_of(event, "gen_ai.tool.name"),
        text_of(event, "warrant.tool.class"),
        text_of(event, "warrant.network.kind"),
        text_of(event, "warrant.network.operation"),
        text_of(event, "destination.address"),
        bool(event.get("process.command_line")),
    )
    session.call(_call_key(event), call)
    _instructor(event, session)
    if text_of(event, "warrant.taint.state") != "tainted":
        _taint(event, session)
    verdict = _verdict(event, session)
    event["warrant.intent.verdict"] = verdict.verdict
    if verdict.reasons:
        event["warrant.intent.reasons"] = verdict.reasons
    if verdict.evidence:
        event["warrant.intent.evidence"] = verdict.evidence
    event["warrant.origin"] = verdict.origin
    return event


def _call_key(event: Event) -> str:
    return text_of(event, "gen_ai.tool.call.id") or text_of(event, "gen_ai.tool.name")


def _known_network(event: Event, session: Session) -> None:
    """A host where the agent has registered is an agent network, whatever its name."""
    host = text_of(event, "destination.address")
    if not host:
        return
    kind = text_of(event, "warrant.network.kind")
    if kind == "agent_network":
        session.networks.add(host)
    elif host in session.networks:
        event["warrant.network.kind"] = "agent_network"


def _instructor(event: Event, session: Session) -> None:
    if session.instructor is not None:
        for name in INSTRUCTOR_FIELDS:
            if name in session.instructor:
                event[name] = session.instructor[name]


def _answered(event: Event, session: Session) -> Event:
    call = session.calls.pop(_call_key(event), None)
    _instructor(event, session)
    if call:
        event.setdefault("gen_ai.tool.name", call.tool)
        event["warrant.tool.class"] = call.tool_class
        if call.network_operation != "none":
            event["warrant.network.kind"] = call.network_kind
            event["warrant.network.operation"] = call.network_operation
            event["warrant.origin"] = _NETWORK_ORIGIN.get(call.network_kind, "web")
            if call.host:
                event.setdefault("destination.address", call.host)
    text = text_of(event, "warrant.content.text")
    origin = text_of(event, "warrant.origin")
    denied = text_of(event, "warrant.policy.decision") == "denied"
    outside = origin in UNTRUSTED_ORIGINS or _talks(event)
    if text.strip() and outside and not denied and text != "(no output)":
        who = text_of(event, "destination.address") or text_of(event, "gen_ai.tool.name") or origin
        session.read(Source(text_of(event, "event.id"), origin, who, text, _talks(event)))
    _taint(event, session)
    return event


def _verdict(event: Event, session: Session) -> Verdict:
    tool_class = text_of(event, "warrant.tool.class")
    sensitive = tool_class in SENSITIVE_CLASSES
    asked = asks_for(tool_class, session.said)
    found = matches(values_of(event), session.sources, session.said) if session.sources else []
    led = _led(tool_class, sensitive, asked, found, session)
    if led:
        return led
    message = session.instructor
    if message is None:
        return Verdict("unknown", ["no message that asks for it was seen"], [], "unknown")
    origin, evidence = text_of(message, "warrant.origin"), [text_of(message, "event.id")]
    who = text_of(message, "warrant.principal.name") or text_of(message, "warrant.principal.id")
    if not may_instruct(message):
        kind = _stranger(message)
        verdict = "influenced" if sensitive else "unexplained"
        return Verdict(verdict, [f"{who or kind} asked for it: {kind}"], evidence, origin)
    if sensitive and not asked and (session.sources or tool_class in _WANTS_ASKING):
        reason = f"{who or 'the user'} asked for something else"
        if session.sources:
            last = session.sources[-1]
            reason += f", and content from {last.who} was read before"
            evidence.append(last.event)
        return Verdict("unexplained", [reason], evidence, origin)
    return Verdict("intended", [f"{who or 'the user'} asked for it"], evidence, origin)


def _stranger(message: Event) -> str:
    if text_of(message, "warrant.principal.kind") == "agent":
        return "another agent, which is not trusted to instruct this one"
    if text_of(message, "warrant.principal.authority") == "stranger":
        return "somebody who is not this agent's owner"
    return f"content that came by {text_of(message, 'warrant.origin')}"


def _led(
    tool_class: str, sensitive: bool, asked: bool, found: list[Match], session: Session
) -> Verdict | None:
    """Return ``influenced`` when content, not a person, led to the action; else None."""
    near = [m for m in found if m.near]
    if near:
        shown = ", ".join(dict.fromkeys(f"“{m.value[:80]}”" for m in near[:3]))
        reason = f"{shown} comes from content that instructs agents, read from {near[0].source.who}"
        return _influenced([reason], near)
    if not sensitive or asked:
        return None
    outside = [m for m in found if m.source.origin in UNTRUSTED_ORIGINS]
    wanted = [m for m in outside if asks_for(tool_class, _around(m))]
    if wanted:
        reason = (
            f"“{wanted[0].value[:80]}” was read from {wanted[0].source.who}; nobody asked for it"
        )
        return _influenced([reason], wanted)
    callers = [s for s in session.sources if s.instructs and asks_for(tool_class, s.text)]
    if callers:
        reason = f"content read from {callers[-1].who} asks an agent for this; no person did"
        return _influenced([reason], [Match("", callers[-1], True)])
    return None


def _around(match: Match) -> str:
    place = match.source.text.find(match.value)
    return match.source.text[max(0, place - 200) : place + len(match.value) + 80]


def _influenced(reasons: list[str], found: list[Match]) -> Verdict:
    evidence = list(dict.fromkeys(m.source.event for m in found))
    return Verdict("influenced", reasons, evidence[:8], found[0].source.origin)


_STEPS = {
    "message_received": _received,
    "tool_call": _called,
    "tool_result": _answered,
}
