"""Decides about one action: intended, influenced, unexplained or unknown, with its reasons.

The verdict rests on evidence a person can check: which message instructs the agent, which values
of the action stand in which content, and whether the people's own words ask for such an action.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from agentwarrant.event import Event, text_of
from agentwarrant.intent.asks import asks_for, defers, hands_over, readable
from agentwarrant.intent.provenance import (
    Match,
    another_named,
    explained,
    matches,
    site_named,
    values_of,
)
from agentwarrant.intent.session import Session
from agentwarrant.vocabulary import SENSITIVE_CLASSES

_WANTS_ASKING = frozenset(
    {"payment", "privilege", "destructive", "persistence", "config_change", "credential_read"}
    | {"execute"}
)
"""Acts that no task implies: where no word asks for one, it is unexplained."""

_LONG = 12
_COMMAND = "process.command_line"


class Verdict(NamedTuple):
    """What the judge thinks of one action."""

    verdict: str
    reasons: list[str]
    evidence: list[str]
    origin: str


def may_instruct(event: Event) -> bool:
    """May whoever wrote this message instruct the agent, as far as is known?"""
    if text_of(event, "warrant.principal.authority") == "stranger":
        return False
    if text_of(event, "warrant.origin") in ("web", "email", "webhook"):
        return False
    if text_of(event, "warrant.principal.kind") == "agent":
        return text_of(event, "warrant.peer.trust") == "trusted"
    return True


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


def verdict_of(event: Event, session: Session) -> Verdict:
    act = _act(event, session)
    found = _found(event, act, session)
    message = session.instructor
    led = _led(act, found, session.said, heard=message is not None)
    if led:
        return led
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
    if not (act.asked or _object_named(event, act, found, session)) and _wants_asking(
        act, found, session
    ):
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


def _led(act: _Act, found: list[Match], said: str, *, heard: bool) -> Verdict | None:
    """Return ``influenced`` when content, not a person, led to the action; else None.

    What people asked for may quote what was read; then only whom it is aimed at counts. Where
    they left the details to what was read, or named it, its plain contents are what they meant.
    Where nobody was heard, nothing can be said to be in nobody's words.
    """
    if not act.sensitive and act.tool_class != "exec":
        return None
    telling = [m for m in found if m.value.target] if act.asked and act.sensitive else found
    near = [m for m in telling if m.near and (act.sensitive or len(m.value.text) >= _LONG)]
    if near:
        shown = ", ".join(dict.fromkeys(f"“{m.value.text[:80]}”" for m in near[:3]))
        reason = f"{shown} comes from content that instructs agents, read from {near[0].source.who}"
        return _influenced([reason], near)
    wanted = _wanted(act, found, telling, said) if act.sensitive and heard else []
    if not wanted:
        return None
    value, who = wanted[0].value.text[:80], wanted[0].source.who
    reason = f"what was read from {who} asks for it, with “{value}”; no person named that"
    return _influenced([reason], wanted)


def _wanted(act: _Act, found: list[Match], telling: list[Match], said: str) -> list[Match]:
    """Return the values that content wants used and no person does."""
    if not readable(said):
        # Neither asked nor not: only whom it is aimed at tells, if that is no contact of theirs.
        return [m for m in found if m.kind and not m.answers() and not m.recorded(said)]
    if act.asked:
        if defers(said):
            return []
        return [m for m in telling if m.wanted(act.tool_class) and not m.source.pointed(said)]
    return [m for m in found if m.wanted(act.tool_class) or _stray(m, said)]


def _stray(match: Match, said: str) -> bool:
    """Is it an address, account or link of outsiders that has nothing to do with what was asked?"""
    outside = match.source.outside or match.source.instructs
    return match.kind and outside and not match.answers() and not match.recorded(said)


_PART = re.compile(r"[^\W_]{4,}|\w\.\w{3,}")


def _object_named(event: Event, act: _Act, found: list[Match], session: Session) -> bool:
    """Did people name what the act is done to, or whom it reaches?"""
    said = session.said
    if act.tool_class == "egress":
        return site_named(text_of(event, "url.domain"), said)
    if act.tool_class == "message":
        to = [value.text for value in values_of(event) if value.target]
        return bool(to) and all(explained(value, said) for value in to)
    if act.tool_class not in ("destructive", "privilege", "payment"):
        return False
    targets = [match for match in found if match.kind]
    if targets:
        return all(match.recorded(said) for match in targets)
    parts = {part for value in values_of(event)[:8] for part in _PART.findall(value.text)}
    return bool(parts) and 3 * sum(part in said for part in parts) >= len(parts)


def _influenced(reasons: list[str], found: list[Match]) -> Verdict:
    evidence = list(dict.fromkeys(m.source.event for m in found))
    return Verdict("influenced", reasons, evidence[:8], found[0].source.origin)
