"""Whose order a call fits: people's, or a sentence's of what was read.

People may ask for such an act, and content for another one of the kind. The call tells whose it is:
by what it is given that people did not say and that stands nowhere as plain data, and by the words
of the tool that the one used and the other did not.
"""

from __future__ import annotations

from agentwarrant.event import Event
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.dates import is_day
from agentwarrant.intent.named import FORMED
from agentwarrant.intent.passages import Act, Passage, passages
from agentwarrant.intent.provenance import Match, Source, explained
from agentwarrant.intent.rows import row_names
from agentwarrant.intent.session import Session
from agentwarrant.intent.taken import LONG, Seen, in_a_row, pressed
from agentwarrant.intent.values import MIN_VALUE, Value, leaves_of, values_of
from agentwarrant.intent.wishes import definite, left_to_text, whom_left

_LOOKS = ("read", "discovery")
_RUNS = ("exec", "execute")
_PLAIN = ("write", "other")
_ENOUGH, _SHORT = 2, 2


def contested(event: Event, act: Act, session: Session) -> list[Seen]:
    """Return what a call took from a sentence that orders it, rather than people's words; or []."""
    said = session.said
    if not said.strip():
        return []
    values = [v for v in values_of(event) if _telling(v) and not explained(v.text, session.known)]
    rows = row_names(act, session.sources) if values else ()
    for value in values:
        if value.key in rows:
            continue
        seen = [Seen(m, p) for m in _stands(value, session.sources) for p in passages(m, act)]
        if any(map(in_a_row, seen)) and not value.kind:
            continue
        for one in seen:
            if _orders(one, act, said) and _fits(one, act, values, session):
                return [one]
    return []


def _telling(value: Value) -> bool:
    """Does a value tell one call from another of its kind?"""
    if value.weak:
        return False
    if value.kind or value.target or is_day(value.text) or FORMED.search(value.text):
        return len(value.text) >= MIN_VALUE
    return " " in value.text and len(value.text) >= LONG


def _stands(value: Value, sources: list[Source]) -> list[Match]:
    found = ((source, source.places(value)) for source in reversed(sources))
    return [Match(value, source, places) for source, places in found if places]


def _orders(one: Seen, act: Act, said: str) -> bool:
    """Does the sentence that a value stands in ask for such an act?"""
    passage = one.passage
    if act.tool_class in _LOOKS:
        return passage.sign and pressed(one)
    return pressed(one) and (passage.meant or act.named(passage.text))


def _fits(one: Seen, act: Act, values: list[Value], session: Session) -> bool:
    """Does a call fit the sentence better than what people said?"""
    said, passage = session.said, one.passage
    if _left(said) and not (passage.sign and one.match.source.outside):
        return False
    if TEXT_KEY.search(one.match.value.key) and not _aimed_so(act, passage):
        return False  # it may be quoted
    if passage.sign:
        return True
    if act.tool_class in _RUNS:
        return False
    if act.tool_class in _PLAIN and (_own_part(act, session) or not definite(said)):
        return False  # any task may imply it
    if not act.asked or act.strange(passage.text, said):
        return True
    return sum(value.text in passage.text for value in values) >= _ENOUGH


def _left(said: str) -> bool:
    """Did people leave to what was read what is to be done, or to whom?"""
    return hands_over(said) or left_to_text(said) or defers(said) or whom_left(said)


def _aimed_so(act: Act, passage: Passage) -> bool:
    """Does a sentence say to whom, or what for, the words of the call are?"""
    told = passage.text
    return any(
        len(value) > _SHORT and value.lower() in told
        for key, value in leaves_of(act.arguments)
        if not TEXT_KEY.search(key.lower())
    )


def _own_part(act: Act, session: Session) -> bool:
    """Did people say a part of what the call is given?"""
    return any(
        len(value) > _SHORT and explained(value.lower(), session.said)
        for key, value in leaves_of(act.arguments)
        if not TEXT_KEY.search(key.lower())
    )
