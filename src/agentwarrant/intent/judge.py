"""Gives every event its instructor, origin and taint, and every action an intent verdict.

The verdict rests on evidence a person can check: which message instructs the agent, which values
of the action stand in which content, and whether the people's own words ask for such an action.
"""

from __future__ import annotations

from typing import NamedTuple

from agentwarrant.event import Event, text_of
from agentwarrant.intent.asks import asks_for, defers, hands_over
from agentwarrant.intent.provenance import (
    Match,
    Source,
    another_named,
    matches,
    values_of,
)
from agentwarrant.intent.session import INSTRUCTOR_FIELDS, Call, Session, Sessions
from agentwarrant.vocabulary import SENSITIVE_CLASSES, UNTRUSTED_ORIGINS

_WANTS_ASKING = frozenset(
    {"payment", "privilege", "destructive", "persistence", "config_change", "credential_read"}
    | {"execute"}
)
"""Acts that no task implies: where no word asks for one, it is unexplained."""

_SAYS_NOTHING = 12
"""An answer of so few characters ("(no output)", "ok") carries nothing on."""
_LONG = 12
_ARGUMENTS = 600
_COMMAND = "process.command_line"

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
    event["warrant.taint.state"] = "tainted" if session.outside else "clean"
    if text_of(event, "warrant.origin") in ("system", "memory"):
        session.hear(text, person=False)  # the harness's own words instruct nobody anew
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
    outside = session.outside
    if outside:
        event["warrant.taint.state"] = "tainted"
        origins = {source.origin for source in outside}
        event["warrant.taint.sources"] = sorted(origins)


def _called(event: Event, session: Session) -> Event:
    _known_network(event, session)
    call = Call(
        text_of(event, "gen_ai.tool.name"),
        text_of(event, "warrant.tool.class"),
        text_of(event, "warrant.network.kind"),
        text_of(event, "warrant.network.operation"),
        text_of(event, "destination.address"),
        text_of(event, "warrant.arguments.text")[:_ARGUMENTS],
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
    outside = origin in UNTRUSTED_ORIGINS
    if len(text) > _SAYS_NOTHING and not denied:
        who = text_of(event, "destination.address") or text_of(event, "gen_ai.tool.name") or origin
        identity, talks = text_of(event, "event.id"), _talks(event)
        arguments = call.arguments if call else ""
        session.read(Source(identity, origin, who, text, talks, outside, arguments))
    _taint(event, session)
    return event


class _Act(NamedTuple):
    """An action as the judge looks at it."""

    tool_class: str
    sensitive: bool
    asked: bool
    aimed: bool


def _act(event: Event, session: Session) -> _Act:
    tool_class = text_of(event, "warrant.tool.class")
    downloads = text_of(event, "warrant.network.operation") == "execute"
    cue = "execute" if downloads and tool_class == "exec" else tool_class
    asked = asks_for(cue, session.said) or _handed_over(session)
    # A push to where the work came from, or a request to one's own machine, is aimed at nobody.
    own = text_of(event, "warrant.network.kind") == "private"
    aimed = not own and bool(event.get("destination.address") or not event.get(_COMMAND))
    return _Act(cue, tool_class in SENSITIVE_CLASSES or downloads, asked, aimed)


def _handed_over(session: Session) -> bool:
    """Did people tell the agent to do what something says that they named?"""
    if not hands_over(session.said):
        return False
    return defers(session.said) or any(s.pointed(session.said) for s in session.sources)


def _found(event: Event, act: _Act, session: Session) -> list[Match]:
    """Return the values of an action that content explains and people's words do not."""
    if act.sensitive:
        sources = session.sources
    elif act.tool_class == "exec":
        sources = [source for source in session.sources if source.instructs]
    else:
        return []
    return matches(values_of(event), sources, session.known) if sources else []


def _verdict(event: Event, session: Session) -> Verdict:
    act = _act(event, session)
    found = _found(event, act, session)
    led = _led(act, found, session.said)
    if led:
        return led
    message = session.instructor
    if message is None:
        return Verdict("unknown", ["no message that asks for it was seen"], [], "unknown")
    origin, evidence = text_of(message, "warrant.origin"), [text_of(message, "event.id")]
    who = text_of(message, "warrant.principal.name") or text_of(message, "warrant.principal.id")
    if not may_instruct(message):
        kind = _stranger(message)
        verdict = "influenced" if act.sensitive else "unexplained"
        return Verdict(verdict, [f"{who or kind} asked for it: {kind}"], evidence, origin)
    other = next((m for m in found if m.value.target and another_named(m, session.said)), None)
    if act.sensitive and other and not defers(session.said):
        reason = f"“{other.value.text[:80]}” was read from {other.source.who}; people named another"
        return Verdict("unexplained", [reason], [*evidence, other.source.event], origin)
    if not act.asked and _wants_asking(act, found, session):
        reason = f"{who or 'the user'} asked for something else"
        if session.outside:
            last = session.outside[-1]
            reason += f", and content from {last.who} was read before"
            evidence.append(last.event)
        return Verdict("unexplained", [reason], evidence, origin)
    return Verdict("intended", [f"{who or 'the user'} asked for it"], evidence, origin)


def _wants_asking(act: _Act, found: list[Match], session: Session) -> bool:
    """Is this an act that no task implies, so that somebody must have asked for it?"""
    if act.tool_class in _WANTS_ASKING:
        return True
    if act.tool_class == "egress":
        return act.aimed
    if act.tool_class == "message":
        return bool(session.sources)
    return act.tool_class == "memory_write" and bool(found)


def _stranger(message: Event) -> str:
    if text_of(message, "warrant.principal.kind") == "agent":
        return "another agent, which is not trusted to instruct this one"
    if text_of(message, "warrant.principal.authority") == "stranger":
        return "somebody who is not this agent's owner"
    return f"content that came by {text_of(message, 'warrant.origin')}"


def _led(act: _Act, found: list[Match], said: str) -> Verdict | None:
    """Return ``influenced`` when content, not a person, led to the action; else None.

    What people asked for may quote what was read; then only whom it is aimed at counts. Where
    they left the details to what was read, or named it, its plain contents are what they meant.
    """
    if not act.sensitive and act.tool_class != "exec":
        return None
    telling = [m for m in found if m.value.target] if act.asked and act.sensitive else found
    near = [m for m in telling if m.near and (act.sensitive or len(m.value.text) >= _LONG)]
    if near:
        shown = ", ".join(dict.fromkeys(f"“{m.value.text[:80]}”" for m in near[:3]))
        reason = f"{shown} comes from content that instructs agents, read from {near[0].source.who}"
        return _influenced([reason], near)
    if not act.sensitive or (act.asked and defers(said)):
        return None
    wanted = [m for m in telling if m.wanted(act.tool_class) and not m.source.pointed(said)]
    if wanted:
        value, who = wanted[0].value.text[:80], wanted[0].source.who
        reason = f"what was read from {who} asks for it, with “{value}”; no person named that"
        return _influenced([reason], wanted)
    return None


def _influenced(reasons: list[str], found: list[Match]) -> Verdict:
    evidence = list(dict.fromkeys(m.source.event for m in found))
    return Verdict("influenced", reasons, evidence[:8], found[0].source.origin)


_STEPS = {
    "message_received": _received,
    "tool_call": _called,
    "tool_result": _answered,
}
