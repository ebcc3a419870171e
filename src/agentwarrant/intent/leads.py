"""Finds the content that led to an action: the value it took from there, and the order to take it.

Data and orders are told apart by what people asked. Where nobody asked for such an act, content
that asks for it led to it. Where it was asked for, its plain details may come from what was
to be read; then only an order to a machine, a hidden value, or a second account beside the plain
one leads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from agentwarrant.intent.asks import defers, hands_over, mentions, readable, understood
from agentwarrant.intent.passages import Act, Passage, orders, passages, quote, rivals
from agentwarrant.intent.provenance import AMOUNT_KEY, Match, Value, another_named
from agentwarrant.intent.session import Session

_LONG = 12


class Lead(NamedTuple):
    """What led to an action.

    Attributes:
        matches: The values it took from there, and where from.
        reason: For a person: which argument, from where, in which words.
    """

    matches: list[Match]
    reason: str


class _Seen(NamedTuple):
    match: Match
    passage: Passage


def lead_of(
    act: Act, found: list[Match], session: Session, *, idle: bool, own: bool
) -> Lead | None:
    """Return what content led to the action; None when none did.

    Args:
        act: The action.
        found: The values of it that stand in content and in nobody's words.
        idle: The act needs no asking: any task may imply it.
        own: People named whom or what it is aimed at.
        session: The conversation; where nobody was heard, nothing is held to be in nobody's words.
    """
    if not act.sensitive and not found:
        return None
    seen = [_Seen(match, passage) for match in found for passage in passages(match, act)]
    signed = [one for one in seen if one.passage.sign and _tells(one, act, session.said)]
    if signed:
        return _lead(signed, found, "comes from content that instructs agents, read from")
    if not act.sensitive or session.instructor is None:
        return None
    rule = _asked if act.asked and readable(session.said) else _unasked
    led = [one for one in seen if rule(one, act, session)]
    if led:
        return _lead(led, found, "is in no person's words; it is asked for in what was read from")
    if idle or (act.asked and (own or any(not one.passage.sign for one in seen))):
        return None  # whom it is aimed at was named, or stands in plain data
    return _ordered(act, session)


def _tells(one: _Seen, act: Act, said: str) -> bool:
    """Does a value beside a passage that talks to agents tell that it was followed?

    What people asked for may quote what was read; then only whom it is aimed at counts, and only
    when that passage asks for such an act: to block a host is not to send to it.
    """
    value = one.match.value
    if not act.sensitive:
        return len(value.text) >= _LONG and not value.weak
    if not act.asked:
        return not value.weak or one.passage.meant
    if one.passage.called:
        return _aimed(value, said) or not value.weak
    if not _aimed(value, said) or one.passage.labelled:
        return False
    return not _plain_too(one, act) and (
        value.kind or one.passage.meant or not one.passage.readable
    )


def _plain_too(one: _Seen, act: Act) -> bool:
    """Does a value stand in the same content as plain data, too?"""
    return any(not passage.sign and not passage.meant for passage in passages(one.match, act))


def _aimed(value: Value, said: str) -> bool:
    """Does a value say whom or what the act is aimed at, or change a sum that people named?"""
    if value.target or _ID_KEY.search(value.key):
        return True
    return AMOUNT_KEY.search(value.key) is not None and any(c.isdigit() for c in said)


_ID_KEY = re.compile(r"(?:^|_)ids?_?$")


def _unasked(one: _Seen, act: Act, session: Session) -> bool:
    """Did content lead to an act for which no word of people asks?"""
    match, passage = one
    value, said = match.value, session.said
    if match.guess:
        return passage.meant and passage.prose and (passage.machine or not act.asked)
    if match.hidden and (not value.weak or passage.meant):
        return True
    if value.weak:
        return passage.meant and (passage.spoken or passage.machine) and not act.asked
    if passage.order or (passage.machine and passage.prose):
        return True
    if not act.asked and passage.meant and passage.spoken:
        # Whoever names what is to be read, in words not known here, may mean just this.
        return understood(said) or not match.source.pointed(said)
    if passage.labelled or match.answers() or match.recorded(said):
        return False
    outside = match.source.outside or match.source.instructs or passage.prose
    return value.kind and (outside or not readable(said))


def _asked(one: _Seen, act: Act, session: Session) -> bool:
    """Did content bend an act that people asked for?"""
    match, passage = one
    said, value = session.said, match.value
    if match.guess:
        return value.target and passage.order
    if not _aimed(value, said) or value.weak:
        return passage.order and value.weak and _aimed(value, said) and not passage.labelled
    if passage.order or rivals(match, passage):
        return True
    if match.hidden:
        return passage.prose and (passage.machine or passage.meant)
    pointed = match.source.pointed(said)
    billed = act.tool_class == "payment" and value.kind  # a bill may ask for itself to be paid
    if defers(said) or (pointed and (billed or hands_over(said))):
        return False
    if pointed and act.tool_class == "payment":
        return passage.spoken and mentions(act.tool_class, passage.text)
    if pointed or another_named(match, said):
        return passage.spoken and (passage.meant or (passage.prose and not pointed))
    return passage.meant and passage.prose


def _ordered(act: Act, session: Session) -> Lead | None:
    """Return content that asks a machine for an act nobody else asked for, whatever its values."""
    if not session.said.strip():
        return None
    for source in reversed(session.sources):
        passage = orders(source, act, session.said)
        if passage:
            match = Match(Value("", False), source, [0])
            said = f"what was read from {source.who} asks for it: “{quote(passage.text)}”"
            return Lead([match], said)
    return None


def _lead(seen: list[_Seen], found: list[Match], why: str) -> Lead:
    first = max(seen, key=lambda one: (one.match.value.target, not one.match.value.weak))
    shown = ", ".join(dict.fromkeys(_named([first, *seen])))
    text = f"{shown} {why} {first.match.source.who}: “{quote(first.passage.text)}”"
    value = first.match.value
    pieces = [m for m in found if m.value == value and value.text not in m.source.text]
    rest = [one.match for one in seen if one.match is not first.match] + pieces
    return Lead([first.match, *rest], text)


def _named(seen: list[_Seen]) -> Iterator[str]:
    for one in seen[:4]:
        value = one.match.value
        key = f"{value.key} " if value.key else ""
        hidden = " (hidden there)" if one.match.hidden else ""
        yield f"{key}“{value.text[:80]}”{hidden}"
