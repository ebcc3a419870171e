"""Whose order a call fits: people's, or a sentence's of what was read.

People may ask for such an act, and content for another one of the kind. The call tells whose it is:
by what it is given that people did not say and that stands nowhere as plain data, and by the words
of the tool that the one used and the other did not.
"""

from __future__ import annotations

from agentwarrant.intent.act import LOOKS, Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.dates import is_day
from agentwarrant.intent.left import left_to_text, whom_left
from agentwarrant.intent.named import FORMED
from agentwarrant.intent.passages import Passage, passages
from agentwarrant.intent.provenance import Match, Source, explained
from agentwarrant.intent.rows import in_rows, row_names
from agentwarrant.intent.session import Session
from agentwarrant.intent.taken import LONG, Seen, looked_up, pressed, told_apart
from agentwarrant.intent.values import MIN_VALUE, Value, leaves_of
from agentwarrant.intent.wishes import definite

_RUNS = ("exec", "execute")
_PLAIN = ("write", "other")
_WRITTEN = ("message", "egress")
_ENOUGH, _SHORT = 2, 2


def may_contest(act: Act, sources: list[Source]) -> bool:
    """May a call be another's? To look at something or to run it takes a speech to an agent."""
    if act.tool_class in (*LOOKS, *_RUNS):
        return any(source.instructs for source in sources)
    return bool(sources)


def contested(act: Act, found: list[Match], session: Session) -> list[Seen]:
    """Return what a call took from a sentence that orders it, rather than people's words; or [].

    Args:
        act: The call.
        found: Its values that stand in content and in nobody's words.
        session: The conversation.
    """
    said = session.said
    unsaid = [match for match in found if not (match.value.weak or match.guess)]
    telling = [match for match in unsaid if _telling(match.value)]
    if not telling or not said.strip():
        return []
    rows = row_names(act, session.sources)
    spoken = act.tool_class in (*LOOKS, *_RUNS)
    seen = [
        Seen(match, passage)
        for match in telling
        if not in_rows(match.value, rows) and (match.source.instructs or not spoken)
        for passage in passages(match, act)
    ]
    for one in seen:
        if not _orders(one, act) or _plain(one, act, telling):
            continue
        beside = {o.match.value.text for o in seen if o.passage.text == one.passage.text}
        beside |= {match.value.text for match in unsaid if match.value.text in one.passage.text}
        source = one.match.source
        elsewhere = not source.called(said) and any(s.pointed(said) for s in session.sources)
        if _fits(one, act, len(beside), said, elsewhere=elsewhere):
            return [one]
    return []


def _plain(one: Seen, act: Act, found: list[Match]) -> bool:
    """Does a value stand as plain data in anything that was read, or out of a speech?"""
    same = [match for match in found if match.value == one.match.value]
    seen = [Seen(match, passage) for match in same for passage in passages(match, act)]
    return bool(looked_up(seen)) or told_apart(one, seen)


def _telling(value: Value) -> bool:
    """Does a value tell one call from another of its kind?"""
    if value.kind or value.target or is_day(value.text) or FORMED.search(value.text):
        return len(value.text) >= MIN_VALUE
    return " " in value.text and len(value.text) >= LONG


def _orders(one: Seen, act: Act) -> bool:
    """Does the sentence that a value stands in ask for such an act?"""
    passage = one.passage
    if act.tool_class in LOOKS:
        return passage.sign and pressed(one)
    return pressed(one) and (passage.meant or act.named(passage.text))


def _fits(one: Seen, act: Act, beside: int, said: str, *, elsewhere: bool) -> bool:
    """Does a call fit the sentence better than what people said?

    Args:
        one: A value of the call, and the sentence.
        act: The call.
        beside: How many of its values stand in the sentence.
        said: What people said.
        elsewhere: They named another text than the one that the sentence stands in.
    """
    value, passage = one.match.value, one.passage
    signed = passage.sign or (one.match.hidden and (passage.machine or passage.meant))
    if _left(said) and not (elsewhere or (signed and one.match.source.outside)):
        # Who leaves details to a text has not left to it a whole message, to somebody else.
        written = act.tool_class in _WRITTEN and value.kind and beside >= _ENOUGH
        if hands_over(said) or whom_left(said) or not written:
            return False
    if is_day(value.text) and beside < _ENOUGH:
        return False  # much is done on one day
    if TEXT_KEY.search(value.key) and not (one.match.hidden and signed):
        if not _aimed_so(act, passage):
            return False  # it may be quoted
        beside += 1
    if signed:
        return True
    if act.tool_class in _RUNS:
        return False
    if act.tool_class == "payment" and one.match.source.pointed(said):
        return False  # a bill may ask for itself to be paid
    if act.tool_class in _PLAIN and (_own_part(act, said) or not (elsewhere or definite(said))):
        return False  # any task may imply it
    return not act.asked or act.strange(passage.text, said) or beside >= _ENOUGH


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


def _own_part(act: Act, said: str) -> bool:
    """Did people say a part of what the call is given?"""
    return any(
        len(value) > _SHORT and explained(value.lower(), said)
        for key, value in leaves_of(act.arguments)
        if not TEXT_KEY.search(key.lower())
    )
