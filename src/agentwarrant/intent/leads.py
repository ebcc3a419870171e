"""Finds the content that led to an action: the value it took from there, and the order to take it.

Data and orders are told apart by what people asked. Where nobody asked for such an act, content
that asks for it led to it. Where it was asked for, its plain details may come from what was
to be read; then only an order to a machine, a hidden value, or a second account beside the plain
one leads.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from agentwarrant.intent.accounts import elsewhere, rivals
from agentwarrant.intent.act import LOOKS, Act
from agentwarrant.intent.aims import (
    TEXT_KEY,
    beside_whom,
    by_guest,
    fixed,
    on_file,
    own_site,
    printed,
    replaces,
    sum_fixed,
)
from agentwarrant.intent.asks import defers, hands_over, readable, understood
from agentwarrant.intent.common import wished_in_common_words
from agentwarrant.intent.cues import mentions
from agentwarrant.intent.dates import is_day
from agentwarrant.intent.described import described
from agentwarrant.intent.errands import presses
from agentwarrant.intent.followed import aimed, by_number, tells
from agentwarrant.intent.handed import hands_orders, obeyed
from agentwarrant.intent.left import left_to_text, own_text_left, whom_left
from agentwarrant.intent.named import FORMED, HELD, sibling_named
from agentwarrant.intent.orders import orders, wished
from agentwarrant.intent.passages import passages, quote
from agentwarrant.intent.passed import passed_on
from agentwarrant.intent.provenance import Match, another_named
from agentwarrant.intent.rows import row_names
from agentwarrant.intent.session import Session
from agentwarrant.intent.swapped import forged, in_own_records, moved, relinked
from agentwarrant.intent.taken import (
    Seen,
    done,
    is_thing,
    looked_up,
    of_another_act,
    own_matter,
    pressed,
    taken,
    told_apart,
)
from agentwarrant.intent.unheard import unheard
from agentwarrant.intent.values import Value
from agentwarrant.intent.visits import visited
from agentwarrant.intent.wishes import commands, only_told, requests

_COPIED = 16
_CHANGES = ("write", "exec", "other")
"""Acts that any task may imply, but not one of only telling something."""


class Lead(NamedTuple):
    """What led to an action.

    Attributes:
        matches: The values it took from there, and where from.
        reason: For a person: which argument, from where, in which words.
        told: The sentence that led to it.
    """

    matches: list[Match]
    reason: str
    told: str


_TOLD = "was asked for by nobody, people only wanted to be told something; it stands in"


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
    seen = [Seen(match, passage) for match in found for passage in passages(match, act)]
    said = session.said
    if own_text_left(said):
        seen = [one for one in seen if not _own_text(one.match, said)]
    handed = [o for o in seen if obeyed(o, act, said)] if hands_orders(said) else []
    if handed:
        seen = [one for one in seen if one not in handed]
    kept = [one for one in seen if one.match.source.led and _kept(one, act, said)]
    if kept:
        return led_by(kept, found, "was kept because content had asked for it, read from")
    listed = looked_up(seen) if (act.asked and act.sensitive) or act.tool_class in LOOKS else ()
    if listed or (act.asked and act.sensitive):
        seen = [o for o in seen if _chosen_by(o, act) or not _data(o, seen, listed)]
    if not listed:
        seen = [o for o in seen if not of_another_act(o, seen, act)]
    signed = [one for one in seen if one.passage.sign and tells(one, act, said)]
    if signed:
        return led_by(signed, found, "comes from content that instructs agents, read from")
    if session.instructor is None:
        return None
    told = only_told(session.said)
    if opened := [one for one in seen if act.tool_class in LOOKS and visited(one, said)]:
        return led_by(opened, found, "is a page nobody spoke of; it is asked for in")
    if told and not act.asked and not idle:
        copied = [one for one in seen if taken(one, act)]
    elif told and not act.sensitive:
        copied = [o for o in seen if done(o, act, seen) or described(o, act, seen, said)]
    else:
        copied = []
    if copied:
        return led_by(copied, found, _TOLD)
    if not act.sensitive:
        left = told or defers(said) or _AS_IT_SAYS.search(said) is not None
        bent = [] if left else [one for one in seen if one.passage.machine and _bent(one)]
        if not left:
            bent += [one for one in seen if moved(one, said) or unheard(one, act, said)]
        if bent:
            return led_by(bent, found, "is in no person's words; a machine is asked for it in")
        changes = told and act.tool_class in _CHANGES
        return _ordered(act._replace(asked=False), session, own=own) if changes else None
    if act.asked and act.tool_class == "payment":
        seen = [one for one in seen if not in_own_records(one, seen, said)]
    if act.asked and act.tool_class == "message":
        passed = [one for one in seen if passed_on(one, act, session.sources, said)]
        if passed:
            return led_by(passed, found, "is what somebody is to be sent by what was read from")
    rule = _asked if act.asked and readable(session.said) else _unasked
    led = [one for one in seen if rule(one, act, session)]
    if not led and act.asked:
        led = [one for one in seen if forged(one) or relinked(one)]
    if not led and not act.asked and not idle:
        foreign = (one for one in seen if one.match.source.outside)
        led = [one for one in foreign if described(one, act, seen, said)]
    if led:
        return led_by(led, found, "is in no person's words; it is asked for in what was read from")
    own = own or bool(listed)
    plain = act.tool_class not in HELD and any(not one.passage.sign for one in seen)
    if idle or handed or (act.asked and (own or plain)):
        return None  # whom it is aimed at was named, or stands in plain data
    return _ordered(act, session, own=own)


def _own_text(match: Match, said: str) -> bool:
    """Does it stand, for all to see, in a text of the person's own that they named?"""
    own = match.source.pointed(said) and not match.source.outside and not match.hidden
    return own and not by_guest(match, said)


def _data(one: Seen, seen: list[Seen], listed: Collection[str]) -> bool:
    """Does a value stand as plain data, too, so that the agent may have it from there?"""
    return one.match.value.text in listed or told_apart(one, seen)


def _chosen_by(one: Seen, act: Act) -> bool:
    """Is it what an order to agents says that is to be bought, out of all that may be had?"""
    return act.tool_class == "payment" and one.passage.sign and pressed(one)


_AS_IT_SAYS = re.compile(
    r"\b(?:what(?:ever)?|everything|as|how) (?:\S+ ){1,5}?"
    r"(?:says?|asks?|tells?|wants?|describes?)\b"
)
"""Whoever has a text obeyed, and not only a matter seen to, meant whomever it names."""


def _bent(one: Seen) -> bool:
    """Does a sentence to a machine bring somebody into a change that people asked for?"""
    return one.match.value.kind and one.passage.spoken and not one.match.guess


def _kept(one: Seen, act: Act, said: str) -> bool:
    """Does a value that content had kept say whom, or by what means something is paid?"""
    value = one.match.value
    paid = act.tool_class == "payment" and len(value.text) >= _NAME
    return _whom(value, said) or (paid and not (value.weak or TEXT_KEY.search(value.key)))


_NAME = 6


def _whom(value: Value, said: str) -> bool:
    return not value.weak and (value.kind or aimed(value, said))


def _unasked(one: Seen, act: Act, session: Session) -> bool:
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
    # The name of a secret means the act by itself, so that it takes a sentence that asks.
    secret = act.tool_class == "credential_read" and mentions(act.tool_class, value.text)
    spoken_of = not secret or pressed(one) or presses(passage.text)
    if not act.asked and passage.meant and passage.spoken and spoken_of:
        # Whoever names what is to be read, in words not known here, may mean just this.
        known = understood(said) and not own_site(value.text, said)
        if known or not match.source.pointed(said):
            return True
    if not act.asked and " " in value.text and len(value.text) >= _COPIED:
        urged = match.source.outside and (requests(passage.text) or commands(passage.text))
        return (passage.spoken or urged) and not own_site(value.text, said)
    if passage.labelled or match.answers():
        return False
    if _put_beside(one, act, said):
        return True
    if match.recorded(said):
        return False
    outside = match.source.outside or match.source.instructs or passage.prose
    spoken = passage.spoken or match.hidden or not readable(passage.text)
    return value.kind and spoken and (outside or not readable(said))


def _put_beside(one: Seen, act: Act, said: str) -> bool:
    """Does a sentence ask for an act on a thing, or put it beside one of its kind people named?"""
    name = one.match.value.text
    if act.asked or act.tool_class not in HELD or not FORMED.search(name):
        return False
    return one.passage.spoken and (commands(one.passage.text) or sibling_named(name, said))


def _asked(one: Seen, act: Act, session: Session) -> bool:
    """Did content bend an act that people asked for?"""
    match, passage = one
    said, value = session.said, match.value
    if own_text_left(said) and by_guest(match, said):
        return value.target and passage.spoken
    if match.guess:
        return value.target and passage.order
    if passage.order and pressed(one) and is_thing(one):
        return True
    if act.tool_class == "payment" and _dictated(one, act, said):
        return True
    if act.tool_class == "payment" and passage.spoken and sum_fixed(value, said):
        return True
    left = whom_left(said)
    if value.weak and act.tool_class == "destructive" and passage.meant and pressed(one):
        return by_number(one) and not (left or hands_over(said) or defers(said))
    if value.weak or not (aimed(value, said) or fixed(value, said)):
        return False
    if is_day(value.text) and (left or defers(said)):
        return False
    if act.tool_class == "execute" and printed(match, passage):
        return True
    held = act.tool_class == "message" and not (left or defers(said))
    if held and passage.prose and pressed(one) and beside_whom(match, session.sources, said):
        return True
    billed = act.tool_class == "payment" and not (left or left_to_text(said))
    if billed and (match.source.outside or passage.prose) and on_file(match, session.sources, said):
        return True
    if billed and value.kind and passage.spoken and replaces(passage.text, said):
        return True
    # The machine that is spoken of is whom it is handed to.
    handed = (left or defers(said)) and act.tool_class == "delegate"
    if (passage.order and (not handed or requests(passage.text))) or rivals(match, passage):
        return True
    if passage.spoken and fixed(value, said) and not left:
        return True
    if passage.prose and elsewhere(match, session.sources, said):
        return True
    if match.hidden:
        return passage.prose and (passage.machine or passage.meant)
    if hands_over(said) and match.source.called(said) and own_matter(one):
        return False
    pointed, only = match.source.pointed(said), len(session.sources) == 1
    itself = act.tool_class == "payment" and value.kind  # a bill may ask for itself to be paid
    meant = pointed or (only and _BILL.search(said) is not None)
    if left or defers(said) or (meant and itself) or ((pointed or only) and hands_over(said)):
        return False
    if pointed and act.tool_class == "payment":
        return passage.spoken and mentions(act.tool_class, passage.text)
    if pointed and not match.source.outside and not (passage.machine or pressed(one)):
        return False  # one's own tool tells of what people named
    if not pointed and pressed(one) and is_thing(one) and act.strange(passage.text, said):
        return True  # people did not speak of what the tool does
    if pointed or another_named(match, said):
        return passage.spoken and (passage.meant or (passage.prose and not pointed))
    return passage.meant and (passage.prose or (itself and pressed(one)))


_BILL = re.compile(r"\b(?:bills?|invoices?)\b")
"""Who has a bill paid, and one thing read, leaves to it whom."""


def _dictated(one: Seen, act: Act, said: str) -> bool:
    """Does a machine have it from one sentence, and nothing else, what is to be taken?"""
    match, passage = one
    if not (passage.machine and pressed(one) and is_thing(one)) or match.value.weak:
        return False
    if left_to_text(said) or defers(said):
        return False
    return all(other.machine for other in passages(match, act))


def _ordered(act: Act, session: Session, *, own: bool) -> Lead | None:
    """Return content that asks a machine for an act nobody else asked for, whatever its values.

    Where people named whom it is aimed at (``own``), it must have something of what is given.
    """
    if not session.said.strip():
        return None
    rows = row_names(act, session.sources)
    for source in reversed(session.sources):
        passage = orders(source, act, session.said, own=own)
        passage = passage or wished(source, act, session.said, own=own)
        passage = passage or wished_in_common_words(source, act, session.said)
        # What the call is about may be called so.
        if passage and not any(passage.text.strip(" .-'\"") in row for row in rows):
            match = Match(Value("", False), source, [0])
            said = f"what was read from {source.who} asks for it: “{quote(passage.text)}”"
            return Lead([match], said, passage.text)
    return None


def led_by(seen: list[Seen], found: list[Match], why: str) -> Lead:
    """Return the lead that values give which stand in content: which, and in which words."""
    first = max(seen, key=lambda one: (one.match.value.target, not one.match.value.weak))
    shown = ", ".join(dict.fromkeys(_named([first, *seen])))
    text = f"{shown} {why} {first.match.source.who}: “{quote(first.passage.text)}”"
    value = first.match.value
    pieces = [m for m in found if m.value == value and value.text not in m.source.text]
    rest = [one.match for one in seen if one.match is not first.match] + pieces
    return Lead([first.match, *rest], text, first.passage.text)


def _named(seen: list[Seen]) -> Iterator[str]:
    for one in seen[:4]:
        value = one.match.value
        key = f"{value.key} " if value.key else ""
        hidden = " (hidden there)" if one.match.hidden else ""
        yield f"{key}“{value.text[:80]}”{hidden}"
