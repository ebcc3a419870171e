"""What an act took from content, where people only wanted to be told something.

There any act has another cause than their words: the sentence that its values stand in.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from agentwarrant.intent.act import Act, asked_as
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.cues import mentions
from agentwarrant.intent.listed import is_row, unrowed
from agentwarrant.intent.named import FORMED
from agentwarrant.intent.passages import Passage, passages
from agentwarrant.intent.provenance import Match, Source
from agentwarrant.intent.values import ACCOUNTS, KINDS, Value
from agentwarrant.intent.wishes import commands, requests

LONG = 12
"""So many characters do not stand twice by chance."""


class Seen(NamedTuple):
    """A value of an act, and one of the passages it stands in."""

    match: Match
    passage: Passage


def taken(one: Seen, act: Act) -> bool:
    """Was a sensitive act, where people only wanted to be told something, taken from content?"""
    value, passage = one.match.value, one.passage
    if value.weak or (one.match.guess and not pressed(one)):
        return False
    copied = len(value.text) >= LONG and " " in value.text
    if not (passage.spoken or (one.match.source.outside and (value.kind or copied))):
        return False  # a row of a listing asks for nothing
    if act.tool_class == "credential_read" and not requests(passage.text):
        return False
    if act.tool_class in _TEXTS:  # an answer may quote what was read, and a note may keep it
        asked = passage.spoken and requests(passage.text)
        kept = act.tool_class == "memory_write" and one.match.source.outside and copied
        if kept and (passage.meant or _KEEPS.search(passage.text)) and _WHOM.search(value.text):
            return True  # whom to write to or pay is to be kept, and nobody asked for a note
        return (value.target and act.tool_class == "message") or (asked and (copied or value.kind))
    return value.target or value.kind or copied


def pressed(one: Seen) -> bool:
    """Does a sentence ask for something, so that a name in it is no mere fact?"""
    text = one.passage.text
    return one.passage.spoken and (requests(text) or commands(text))


def own_matter(one: Seen) -> bool:
    """Is it in a row of a listing that tells of a matter, or asks for who wrote it, and no order?

    Such rows are what people hand over: "Ticket 4: refund request (from …)".
    """
    match, passage = one
    if passage.sign or passage.machine or match.hidden or not is_row(passage.text):
        return False
    place = match.places[0]
    if _BY_WRITER.search(match.source.text, max(0, place - _BEFORE), place):
        return True
    if requests(passage.text):
        return False
    return _MATTER.match(unrowed(passage.text)) is not None or not commands(passage.text)


_BEFORE = 12
_BY_WRITER = re.compile(r"[(\[](?:from|by|von|de|di)[: ]\s?$")
_MATTER = re.compile(
    r"\s*[a-z-]+ (?:request|issue|problem|question|inquiry|enquiry|complaint|failure|error|claim)s?"
    r"\b(?! (?:to|from|at|#|\d))"
)
"""A verb before such a word is no order but says what kind it is: "refund request"."""


def in_a_row(one: Seen) -> bool:
    """Does a value stand as a row of a listing or behind a label, as what one looks up does?"""
    passage = one.passage
    if one.match.hidden:
        return False
    return (
        not (passage.spoken or passage.sign or passage.machine)
        or _alone(one.match)
        or _is_key(one.match)
    )


def _is_key(match: Match) -> bool:
    """Does a value stand as the key of a record? Whoever writes into a field makes no key."""
    text, length = match.source.text, len(match.value.text)
    return any(
        _KEYED.match(text, max(0, place - 1)) and _COLON.match(text, place + length)
        for place in match.places
    )


def _alone(match: Match) -> bool:
    """Does a value stand alone on a line or in an element?"""
    text, value = match.source.text, match.value.text
    for place in match.places:
        if text[max(0, place - 1) : place] == ">" and text[place + len(value) :][:2] == "</":
            return True
        line = text[text.rfind("\n", 0, place) + 1 : place + len(value) + _MARGIN]
        if line.partition("\n")[0].strip(" -*'\"[],") == value:
            return True
    return False


def keyed(match: Match) -> bool:
    """Does a value stand as the key of a line that tells little else: "ann@corp.example: rw"?"""
    text, length = match.source.text, len(match.value.text)
    return any(
        text[max(0, text.rfind("\n", 0, place)) : place].strip(" \n-'\"") == ""
        and _SHORT_LINE.match(text, place + length)
        for place in match.places
    )


_SHORT_LINE = re.compile(r"['\"]?: [^\s]{1,12}\s*(?:\n|$)")
_MARGIN = 16
_KEYED = re.compile(r"['\"]")
_COLON = re.compile(r"['\"]\s?:")


def looked_up(seen: list[Seen]) -> frozenset[str]:
    """Return the names that stand somewhere as plain data: rows of a listing, behind a label.

    Where people asked for the act, that an order has such a name as well says nothing. Outsiders
    who write rows of their own around an order have listed nothing.
    """
    rows = (
        one.match.value
        for one in seen
        if in_a_row(one) and (not one.match.source.outside or _is_key(one.match))
    )
    return frozenset(value.text for value in rows if not (value.kind or value.weak))


def row_of_own(name: str, sources: list[Source], act: Act) -> bool:
    """Is a name a row of what one's own tools answered, as what one looks up is?"""
    value = Value(name, True)
    found = (Match(value, s, s.places(value)) for s in sources if not (s.outside or s.instructs))
    return any(in_a_row(Seen(match, p)) for match in found for p in passages(match, act))


def of_another_act(one: Seen, seen: list[Seen], act: Act) -> bool:
    """Does an order for another act name a thing that stands in one's own records, too?

    That the order names it as well says nothing of this act: it may be the customer's own account.
    """
    value, passage = one.match.value, one.passage
    if value.weak or value.kind or not FORMED.search(value.text):
        return False
    if not passage.spoken:  # a key of the records that an order happens to stand among
        return not one.match.source.outside and _is_key(one.match)
    if passage.meant or not passage.readable or not pressed(one):
        return False
    return any(
        other.match.value.text == value.text and not other.match.source.outside
        and not other.passage.sign and in_a_row(other)
        for other in seen
    )  # fmt: skip


def told_apart(one: Seen, seen: list[Seen]) -> bool:
    """Does a name in a passage that talks to agents stand outside it, too?"""
    value = one.match.value
    if value.kind or value.weak or not one.passage.sign:
        return False
    return any(o.match.value.text == value.text and not o.passage.sign for o in seen)


_KEEPS = re.compile(r"\b(?:keeps?|kept|notes?|later|from now on|in future)\b")
_WHOM = re.compile("|".join(kind.pattern for kind in KINDS), re.IGNORECASE)
_TEXTS = ("message", "memory_write")


def done(one: Seen, act: Act, seen: list[Seen]) -> bool:
    """Was an act of an ordinary class, in the same case, done because content asked for it?"""
    value, passage = one.match.value, one.passage
    if value.weak and len(value.text) < _NUMBER:
        # a machine is asked for something to be done to just this one
        spoken = passage.machine and one.match.source.instructs
        ordered = (spoken or _numbered(one, act)) and pressed(one)
        return ordered and act.tool_class == "other" and value.key in ("id", "number", "no")
    if (value.weak or one.match.guess) and not pressed(one):
        return False
    if passage.called and len(value.text) >= LONG:
        return True  # the content spells the call out
    if not passage.spoken:
        return False
    if act.called(passage.text):
        return True
    copied = len(value.text) >= LONG and " " in value.text
    if act.tool_class == "write":
        dictated = copied and passage.machine and not TEXT_KEY.search(value.key)
        return dictated or _written(one, act, seen)
    if act.tool_class == "other" and passage.machine and value.target:
        named = FORMED.search(value.text) is not None
        return named or pressed(one) or (passage.prose and value.kind)
    return copied and (passage.prose or requests(passage.text))


def _numbered(one: Seen, act: Act) -> bool:
    """Does a number stand beside its own name where an act is asked for that the tool is for?"""
    value, text = one.match.value, one.passage.text
    named = re.search(rf"(?<!\w){re.escape(value.key)}\W{{1,3}}{re.escape(value.text)}(?!\w)", text)
    return named is not None and any(mentions(kind, text) for kind in asked_as(act.tool))


def _written(one: Seen, act: Act, seen: list[Seen]) -> bool:
    """Was something changed as a sentence of content has it?

    It takes two values of one sentence, or one that says whom, and words that ask for a change.
    """
    value, passage = one.match.value, one.passage
    same = {o.match.value.text for o in seen if o.passage.text == passage.text}
    urged = requests(passage.text) and (value.target or value.kind)
    if act.meant(passage.text) and (urged or len(same) > 1):
        return True
    if value.kind and (one.match.hidden or commands(passage.text)):
        return True
    account = any(kind.fullmatch(value.text) for kind in ACCOUNTS)
    if account and value.key and not TEXT_KEY.search(value.key):
        return True  # where money goes is changed, and nobody spoke of a change
    told = [o.match.value for o in seen if o.passage.text == passage.text and is_thing(o)]
    return len({v.text for v in told}) > 1 and any(FORMED.search(v.text) for v in told)


def is_thing(one: Seen) -> bool:
    """Is it a whole argument that is no text of its own: a name, a number, an address?"""
    value = one.match.value
    return value.key != "" and " " not in value.text and not TEXT_KEY.search(value.key)


_NUMBER = 6
"""A number of so many digits stands for something: a member, an order."""
