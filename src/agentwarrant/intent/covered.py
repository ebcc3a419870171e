"""What people's words cover beyond the acts they ask for: what they named, the steps of a work.

An object's name covers an act that fits the wish, and a work its steps. What is done to something
else, or paid to somebody whom only content gave, is covered by neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agentwarrant.event import Event, text_of
from agentwarrant.intent.act import Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.asks import defers
from agentwarrant.intent.errands import presses
from agentwarrant.intent.left import whom_left
from agentwarrant.intent.named import FORMED, fits_words, object_of, spoken_of
from agentwarrant.intent.passages import passages
from agentwarrant.intent.provenance import Match, explained, says, site_named
from agentwarrant.intent.session import Session
from agentwarrant.intent.values import Value, leaves_of, values_of
from agentwarrant.intent.wishes import only_made
from agentwarrant.intent.works import of_no_work, part_of_work

_PART = re.compile(r"(?=[^\W\d_]|\w*[^\W\d_])[^\W_]{4,}|\w\.\w{3,}")


def object_named(event: Event, act: Act, found: list[Match], session: Session) -> bool:
    """Did people name what the act is done to, or whom it reaches?"""
    said = session.said
    if act.tool_class == "egress" and event.get("url.domain"):
        return site_named(text_of(event, "url.domain"), said)
    if act.tool_class == "egress" and says(text_of(event, "file.path").lower() or "\0", said):
        return True
    if act.tool_class in ("message", "egress"):
        to = [value.text for value in values_of(event) if value.target]
        return bool(to) and all(explained(value, said) for value in to)
    if act.tool_class not in ("destructive", "privilege", "payment"):
        return False
    targets = [match for match in found if match.value.kind and not match.guess]
    if targets:
        paid = act.tool_class == "payment"
        return all(m.recorded(said) and not (paid and _told_of(m, act)) for m in targets)
    # A work reaches as far as its steps, and who wants something made of a thing wants it kept.
    wished = "\n".join(s for s in of_no_work(said).split("\n") if not only_made(s))
    parts = {part for value in values_of(event)[:8] for part in _PART.findall(value.text)}
    named = bool(parts) and 3 * sum(part in wished for part in parts) >= len(parts)
    return named and spoken_of(event, said)


def _told_of(match: Match, act: Act) -> bool:
    """Does a sentence ask for something with it, or tell of it? That makes it no record."""
    return any(p.spoken and presses(p.text) for p in passages(match, act)) or all(
        len(_SPOKEN.findall(p.text)) >= _ENOUGH for p in passages(match, act)
    )


_SPOKEN = re.compile(r"(?<![\w@./:-])[^\W\d_]{2,}(?![\w@/]|[.:]\w)")
_ENOUGH = 9


def said_whole(act: Act, said: str) -> bool:
    """Did people say all that a call is given, at least two things of it?"""
    given = [
        value.lower()
        for key, value in leaves_of(act.arguments)
        if value and not TEXT_KEY.search(key.lower())
    ]
    return len(given) >= _TWO and all(explained(value, said) for value in given)


_TWO = 2


def anchored(
    event: Event, act: Act, found: list[Match], said: str, *, strongly: bool = False
) -> bool:
    """Is a call made of people's own words, whatever verb they used for it?

    They gave something of it that is no common word (a title, a text, a name of several parts),
    and whom or what it is aimed at they said, or it stands somewhere as plain data. Who names
    somebody has not asked for a power of theirs.

    Args:
        event: The call.
        act: The same, as the judge looks at it.
        found: The values of it that stand in content and in nobody's words.
        said: What people said, lower case.
        strongly: Did they give a text of several words, or two such things?
    """
    given = [" ".join(value.lower().split()) for _, value in leaves_of(act.arguments)]
    anchors = {one for one in given if _SPECIFIC.search(one) and says(one, said)}
    dictated = any(one.count(" ") >= _WORDS for one in anchors)
    if not anchors or (strongly and not dictated and len(anchors) < _TWO):
        return False
    if any(_spoken_of(match, act) for match in found if not match.guess):
        return False
    return spoken_of(event, said)


def _spoken_of(match: Match, act: Act) -> bool:
    """Does it stand in sentences only, so that one of them may have asked for it?"""
    value = match.value
    if value.weak or not (value.target or value.kind):
        return False
    return all(p.sign or p.machine or (p.spoken and not p.labelled) for p in passages(match, act))


_SPECIFIC = re.compile(r"^(?=.{8})\S+ \S|\S@\S|^[a-z]{2}\d{2}[a-z0-9]{10,}$")
"""A text, an address, an account; but no day, nor a name of a thing, on which much may be done."""
_WORDS = 3


def in_a_work(event: Event, act: Act, found: list[Match], session: Session) -> bool:
    """Is the act a step of a work that people asked for, done to what they meant?

    They meant what they named, and what trusted content gave as plain data. What untrusted
    content gave they did not mean, whatever the work.
    """
    said = session.said
    step = f"{act.tool} {text_of(event, 'warrant.arguments.text')[:_STEP]}".lower()
    if act.asked or not part_of_work(act.tool_class, step, said):
        return False
    if not all(_given(match, act, said) for match in found):
        return False
    if any(match.value.target for match in found) or _names(event, said):
        return True
    if not session.sources:
        return _NAME.search(said) is None
    things = [name for name in object_of(event).names if FORMED.search(name)]
    return any(map(told_by_tools(act, session), things))


def uncalled(match: Match, act: Act, said: str) -> bool:
    """Does it decide where money goes, and come from content nobody named as where to take it?

    Who asks for a work ("do the salaries") named nobody, so that a word in common names no place.
    """
    source, value = match.source, match.value
    if act.tool_class != "payment" or not value.kind or not source.outside or match.guess:
        return False
    if whom_left(said) or defers(said):
        return False
    if part_of_work(act.tool_class, act.tool, said):
        return not source.pointed(said)
    return not (source.called(said) or match.beside(said))


def told_by_tools(act: Act, session: Session) -> Callable[[str], bool]:
    """Return whether a name stands as plain data in content that may be meant."""

    def told(name: str) -> bool:
        value = Value(name, True)
        found = ((source, source.places(value)) for source in session.sources)
        return any(
            _given(Match(value, source, places), act, session.said)
            for source, places in found
            if places
        )

    return told


def _given(match: Match, act: Act, said: str) -> bool:
    """Is a value plain data of a trusted source, or of the very source that people named?"""
    source, value = match.source, match.value
    if match.guess or match.hidden or source.instructs:
        return False
    if source.outside and not (
        source.called(said) if whom_left(said) else source.pointed(said) and not value.kind
    ):
        return False
    return value.weak or not any(p.spoken or p.machine for p in passages(match, act))


_STEP = 4_000
_NAME = re.compile(
    r"(?<![\w.@-])(?:(?=[a-z_.@-]{1,40}\d|[a-z]{1,40}[-_.@]\w)[a-z0-9][\w.@-]{3,62}"
    r"|\d{1,3}(?:\.\d{1,3}){3}(?![\w.]))"
)
"""What is a name and no word: it has a digit in it, is of two parts, or an address."""


def _names(event: Event, said: str) -> bool:
    """Is the act done to anything that people named?"""
    names = _NAME.findall(text_of(event, "warrant.arguments.text")[:_STEP].lower())
    named = any(fits_words(name.rstrip(".-"), said) for name in names[:64])
    return named or any(explained(value.text, said) for value in values_of(event))
