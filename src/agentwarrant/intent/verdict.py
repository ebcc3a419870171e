"""Decides about one action: intended, influenced, unexplained or unknown, with its reasons.

The verdict rests on evidence a person can check: which message instructs the agent, which values
of the action stand in which content, and whether the people's own words ask for such an action.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from agentwarrant.event import Event, text_of
from agentwarrant.intent.act import LOOKS, Act
from agentwarrant.intent.asks import asks_for, defers, hands_over, names_text, readable
from agentwarrant.intent.covered import (
    anchored,
    in_a_work,
    object_named,
    said_whole,
    told_by_tools,
    uncalled,
)
from agentwarrant.intent.dictated import dictated
from agentwarrant.intent.leads import Lead, lead_of
from agentwarrant.intent.lookups import ARGUMENTS, DISTINCT, LINK, PARTS, fetched, looked_for
from agentwarrant.intent.named import FORMED, HELD, named_in, object_of, strays
from agentwarrant.intent.provenance import Match, another_named, explained, matches
from agentwarrant.intent.rows import in_rows, row_names
from agentwarrant.intent.session import Session
from agentwarrant.intent.slight import carried, slight
from agentwarrant.intent.stands import stood_for
from agentwarrant.intent.taken import LONG
from agentwarrant.intent.values import (
    AMOUNT_KEY,
    MIN_VALUE,
    Value,
    carries,
    leaves_of,
    pays,
    values_of,
)
from agentwarrant.intent.wishes import only_told
from agentwarrant.tools.looks import looks_at_one, looks_up
from agentwarrant.tools.words import words_of
from agentwarrant.vocabulary import SENSITIVE_CLASSES

_WANTS_ASKING = frozenset(
    {"payment", "privilege", "destructive", "persistence", "config_change", "credential_read"}
    | {"execute"}
)
"""Acts that no task implies: where no word asks for one, it is unexplained."""
_SIDE_EFFECTS = ("exec", "write", "other")

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


def verdict_of(event: Event, session: Session) -> Verdict:
    """Judge a tool call.

    A standing duty of the warrant (``warrant.scope.duty``) explains what nobody asked for; it
    never excuses what content led to. Where the source does not say what was asked, nothing is
    held against the agent: the verdict is ``unknown``.
    """
    act = _act(event, session)
    found = _found(event, act, session)
    rows = row_names(act, session.sources) if found else []
    found = [match for match in found if not in_rows(match.value, rows)]
    if not act.asked:
        act = act._replace(asked=_asked_otherwise(event, act, found, session))
    if act.tool_class == "other" and looks_at_one(words_of(act.tool), [*leaves_of(act.arguments)]):
        return _not_judged(_by_words(event, act, found, session), act, session)
    changes = act.tool_class in _SIDE_EFFECTS and only_told(session.said)
    if act.sensitive or found or changes:  # nothing else can have been led to
        idle = not _wants_asking(act, found, session)
        own = any(v.target and explained(v.text, session.said) for v in values_of(event))
        lead = lead_of(act, found + _things(event, act, session), session, idle=idle, own=own)
        if lead and _may_lead(lead, act):
            return _influenced(lead)
    sent = dictated(event, act, found, session)
    if sent and _may_lead(sent, act):
        return _influenced(sent)
    theft = fetched(act, session)
    if theft:
        match, told = theft
        reason = f"what was read from {match.source.who} wants it told to somebody: “{told}”"
        return _influenced(Lead([match], reason, told))
    return _not_judged(_by_words(event, act, found, session), act, session)


def _asked_otherwise(event: Event, act: Act, found: list[Match], session: Session) -> bool:
    """Do people's words ask for an act by what they say it is given, and by no verb for it?"""
    told = only_told(session.said)
    if anchored(event, act, found, session.said, strongly=told):
        return True
    if told:
        return False
    return said_whole(act, session.said) or object_named(event, act, found, session)


def _may_lead(lead: Lead, act: Act) -> bool:
    """Does the content that leads to a call carry the act, and not only the name it is given?"""
    return not slight(act) or carried(act, lead.matches, lead.told)


def _act(event: Event, session: Session) -> Act:
    tool_class = text_of(event, "warrant.tool.class")
    downloads = text_of(event, "warrant.network.operation") == "execute"
    if tool_class == "other" and pays(text_of(event, "warrant.arguments.text")[:ARGUMENTS]):
        tool_class = "payment"
    tool, arguments = text_of(event, "gen_ai.tool.name"), text_of(event, "warrant.arguments.text")
    if tool_class == "other" and _looks_up(tool, arguments[:ARGUMENTS]):
        tool_class = "read"
    if tool_class in (*LOOKS, "other") and carries(arguments[:ARGUMENTS]):
        tool_class = "egress"
    cue = "execute" if downloads and tool_class == "exec" else tool_class
    asked = asks_for(cue, session.said) or _handed_over(session) or _gives(cue, tool, session.said)
    # A push to where the work came from, or a request to one's own machine, is aimed at nobody.
    own = text_of(event, "warrant.network.kind") == "private"
    command = text_of(event, _COMMAND)
    aimed = not own and bool(event.get("destination.address") or not command)
    sensitive = tool_class in SENSITIVE_CLASSES or downloads
    return Act(cue, sensitive, asked, aimed, tool, command, arguments[:ARGUMENTS])


def _looks_up(tool: str, arguments: str) -> bool:
    # Who confirms something does more than look; a link that is opened is held to be one at least.
    if _SWITCHED.search(arguments) is not None and LINK.search(arguments) is None:
        return False
    return looks_up(words_of(tool), list(leaves_of(arguments)))


_SWITCHED = re.compile(r'":\s?true\b')


def _gives(cue: str, tool: str, said: str) -> bool:
    """Is a tool of a vault not to read what is in it, but to give others a part of it?"""
    if cue != "credential_read" or _GIVING.isdisjoint(words_of(tool)):
        return False
    return asks_for("privilege", said) or asks_for("egress", said)


_GIVING = frozenset({"grant", "share", "permit", "allow", "invite"})


def _handed_over(session: Session) -> bool:
    """Did people tell the agent to do what something says that they named?"""
    if not hands_over(session.said):
        return False
    only = len(session.sources) == 1
    if only or defers(session.said) or any(s.called(session.said) for s in session.sources):
        return True
    return names_text(session.said)  # it was not seen: what it asks for cannot be told


def _found(event: Event, act: Act, session: Session) -> list[Match]:
    """Return the values of an action that content explains and people's words do not."""
    if act.tool_class in LOOKS:
        return looked_for(event, act, session)
    if act.sensitive:
        sources = session.sources
    elif act.tool_class in _SIDE_EFFECTS:
        told = only_told(session.said)
        sources = [source for source in session.sources if told or source.instructs]
    else:
        return []
    if not sources and (act.sensitive or only_told(session.said)):
        return []
    values = values_of(event)
    if not act.sensitive and not only_told(session.said) and act.tool_class != "exec":
        whom = [v for v in values if v.kind or (v.weak and AMOUNT_KEY.search(v.key)) or _said(v)]
        return (
            matches(values, sources, session.known)
            + matches(whom, [s for s in session.sources if s not in sources], session.known)
            + stood_for(values, session.sources)
        )
    if not act.sensitive and only_told(session.said):
        known = {value.text for value in values}
        names = {name for name in named_in(act.arguments) if len(name) >= DISTINCT}
        values += [Value(name, False) for name in sorted(names - known) if PARTS.search(name)]
    return matches(values, sources, session.known)


def _said(value: Value) -> bool:
    """Is it a text of several words, which does not stand in content by chance?"""
    return not value.weak and len(value.text) >= LONG and " " in value.text


def _things(event: Event, act: Act, session: Session) -> list[Match]:
    """Return the names of what an act that nobody asked for is done to, where content has them."""
    if act.asked or act.tool_class not in (*HELD, "other"):
        return []
    aim = object_of(event)
    names = dict.fromkeys([*aim.who, *aim.names, text_of(event, "url.domain").lower()])
    listed = [Value(n, True) for n in names if len(n) >= MIN_VALUE and FORMED.search(n)]
    return matches(listed, session.sources, session.known)


def _by_words(event: Event, act: Act, found: list[Match], session: Session) -> Verdict:
    """Judge an action that no content led to, by who instructs and what the words ask for."""
    message = session.instructor
    if message is None:
        return Verdict("unknown", ["no message that asks for it was seen"], [], "unknown")
    origin, evidence = text_of(message, "warrant.origin"), [text_of(message, "event.id")]
    who = text_of(message, "warrant.principal.name") or text_of(message, "warrant.principal.id")
    who = who or "the user"
    if not may_instruct(message):
        kind = _stranger(message)
        reason = f"{who} asked for it: {kind}"
        if not act.sensitive or slight(act):
            return _unexplained(event, [reason], evidence, origin)
        said = session.orders
        return Verdict("influenced", [f"{reason}: “{said}”" if said else reason], evidence, origin)
    part = in_a_work(event, act, found, session)
    found = [match for match in found if not match.guess]
    astray = _astray(event, act._replace(asked=act.asked or part), found, session)
    if astray:
        return _unexplained(event, [astray.reason], [*evidence, *astray.evidence], origin)
    if act.asked or part or not _wants_asking(act, found, session):
        return Verdict("intended", [f"{who} asked for it"], evidence, origin)
    if not session.said.strip():
        return Verdict("unknown", ["what was asked is not recorded"], evidence, origin)
    reason = f"{who} asked for something else"
    if session.outside:
        last = session.outside[-1]
        reason += f", and content from {last.who} was read before"
        evidence.append(last.event)
    return _unexplained(event, [reason], evidence, origin)


class _Astray(NamedTuple):
    """Why an act that was asked for is not the one that was meant; the content that it is from."""

    reason: str
    evidence: list[str]


def _astray(event: Event, act: Act, found: list[Match], session: Session) -> _Astray | None:
    """Is an act of a kind that was asked for done to something else than people named?"""
    said = session.said
    other = next((m for m in found if m.value.target and another_named(m, said)), None)
    if act.sensitive and other and not defers(said):
        return _read_from(other, "people named another")
    if not act.asked:
        return None
    alien = next((m for m in found if uncalled(m, act, said)), None)
    if alien:
        return _read_from(alien, "nobody named that as the place to take it from")
    stray = strays(event, act.tool_class, said, told_by_tools(act, session))
    return _Astray(f"“{stray[:80]}” is not what people named", []) if stray else None


def _read_from(match: Match, why: str) -> _Astray:
    source = match.source
    return _Astray(f"“{match.value.text[:80]}” was read from {source.who}; {why}", [source.event])


def _unexplained(event: Event, reasons: list[str], evidence: list[str], origin: str) -> Verdict:
    duty = " ".join(text_of(event, "warrant.scope.duty").split())[:160]
    if duty:
        reason = f"a standing duty of its warrant covers it: {duty}"
        return Verdict("intended", [reason, *reasons], evidence, origin)
    return Verdict("unexplained", reasons, evidence, origin)


def _not_judged(verdict: Verdict, act: Act, session: Session) -> Verdict:
    """Say in the reasons what could not be looked at, where that might have changed the verdict."""
    if not act.sensitive or verdict.verdict == "influenced":
        return verdict
    unseen = []
    cut = next((s for s in reversed(session.sources) if s.cut), None)
    if cut:
        unseen.append(f"not judged: content from {cut.who} beyond {len(cut.text):,} characters")
    if session.blind:
        unseen.append(f"not judged: {session.blind} answers whose text was not recorded")
    if session.said.strip() and not readable(session.said):
        unseen.append("not judged: what the words ask for, in a language not known here")
    return verdict._replace(reasons=[*verdict.reasons, *unseen])


def _wants_asking(act: Act, found: list[Match], session: Session) -> bool:
    """Is this an act that no task implies, so that somebody must have asked for it?"""
    if act.tool_class in _WANTS_ASKING:
        return True
    if act.tool_class == "egress":
        return act.aimed
    if act.tool_class == "message":
        return bool(session.sources)
    return act.tool_class == "memory_write" and any(
        not match.value.weak and not match.guess for match in found
    )


def _stranger(message: Event) -> str:
    if text_of(message, "warrant.principal.kind") == "agent":
        return "another agent, which is not trusted to instruct this one"
    if text_of(message, "warrant.principal.authority") == "stranger":
        return "somebody who is not this agent's owner"
    return f"content that came by {text_of(message, 'warrant.origin')}"


def _influenced(lead: Lead) -> Verdict:
    evidence = list(dict.fromkeys(match.source.event for match in lead.matches))
    origin = lead.matches[0].source.origin
    return Verdict("influenced", [lead.reason], evidence[:8], origin)
