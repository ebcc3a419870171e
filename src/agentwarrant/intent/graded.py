"""Texts that grade themselves: what is to be judged says how it is to come out.

An application, a review or a ticket is read to give it a score, a stage, a state. Where a sentence
in it has a machine do so, and the call gives just that, the sentence stands behind the call, though
people may have named that very stage among others: which of them it was to be was for the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentwarrant.intent.act import STEM, Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.errands import presses
from agentwarrant.intent.left import left_to_text
from agentwarrant.intent.machines import gives_rule, machines, speaks_to_machine
from agentwarrant.intent.passages import Passage, sentence_at
from agentwarrant.intent.provenance import Match, Source, says
from agentwarrant.intent.records import of_another
from agentwarrant.intent.taken import LONG, Seen
from agentwarrant.intent.values import Value, leaves_of
from agentwarrant.intent.wishes import only_told

_KEY = re.compile(
    r"(?:^|_)(?:scores?|grade|rating|stars|points|marks?|rank|stage|state|status|decision|verdict"
    r"|results?|outcome|recommendation|label|category|priority|severity|approved|approval"
    r"|evaluation|assessment)(?:$|_)"
)
"""Names of arguments that say how something comes out."""
_BOUND = re.compile(
    r"(?:^|_)(?:max|min|limit|num|number|total|page|per|count|top|first|from|to)(?:$|_)"
)
"""Names of arguments that say how many, or between what, is looked for: ``max_results``."""
_ANY_KEY = re.compile(
    r'"[^"]{0,40}(?:scor|grad|rat|star|point|mark|rank|sta[tg]|dec|verd|res|out|rec'
    r"|lab|cat|prio|sev|appr|eval|ass)"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_GRADING = frozenset({"exec", "execute", "discovery", "payment"})
_AFTER, _MOST, _PLACES, _RECENT = 120, 4, 4, 8


def graded(act: Act, sources: list[Source], said: str) -> list[Seen]:
    """Return where content asks for the grade that a call gives; [] when it does not."""
    if act.tool_class in _NOT_GRADING or not _ANY_KEY.search(act.arguments) or left_to_text(said):
        return []
    leaves = list(leaves_of(act.arguments))
    grades = [
        Value(low, False, key.lower(), low.isdecimal())
        for key, text in leaves
        if _KEY.search(name := _CAMEL.sub("_", key).lower())
        and not _BOUND.search(name)
        and 0 < len(low := text.lower().strip()) <= LONG
    ][:_MOST]
    texts = [t.lower() for k, t in leaves if TEXT_KEY.search(k.lower()) and len(t) >= LONG]
    for grade in grades:
        for source in reversed(sources[-_RECENT:]):
            for start, stop in _sentences(source, grade):
                text = source.text[start:stop]
                place = _named(grade, text)
                if place < 0 or not _asks_for(grade, text, texts, act, said):
                    continue
                if not of_another(act, grade, source.text, start, start + place):
                    passage = Passage(text, False, True, True, True, True, False)
                    return [Seen(Match(grade, source, [start]), passage)]
    return []


def _sentences(source: Source, grade: Value) -> Iterator[tuple[int, int]]:
    """Yield where content speaks to a machine, and where the grade stands."""
    for place in machines(source.text):
        start, stop = sentence_at(source.text, place, place + 1)
        yield start, min(len(source.text), stop + _AFTER)
    for place in source.places(grade)[:_PLACES]:
        yield sentence_at(source.text, place, place + len(grade.text))


def _asks_for(grade: Value, text: str, texts: list[str], act: Act, said: str) -> bool:
    if presses(text) or gives_rule(text):
        return speaks_to_machine(text) or any(one in text for one in texts)
    # Where nothing was to be changed, a text that tells of a state brought it about.
    told = act.tool_class == "write" and only_told(said) and not says(grade.text, said)
    return told and not grade.weak and len(grade.text) > STEM


def _named(grade: Value, text: str) -> int:
    """Return where a sentence names the grade: the number, or the word in whatever form; or -1.

    A word before what it tells of ("every important letter") grades nothing, nor does a heading.
    """
    whole = re.escape(grade.text)
    if not grade.weak and len(grade.text) > STEM:
        whole = rf"{re.escape(grade.text[:STEM])}\w*"
    for found in re.finditer(rf"(?<![\w.,]){whole}(?!\w)", text):
        if grade.weak or not (_TELLS_OF.match(text, found.end()) or _heads(found, text)):
            return found.start()
    return -1


_TELLS_OF = re.compile(
    r" (?!(?:and|or|but|so|as|at|by|for|from|if|in|on|to|of|with|without|while|when|once|because"
    r"|since|until|unless|then|now|please|immediately|regardless|before|after|is|are|was|it|this"
    r"|that|the|an?|your|scores?|grade|rating|stars?|points?|marks?|rank|stage|state|status"
    r"|category|label|priority|severity|level|\w+ly)\b)[a-z]"
)
"""A word that another one follows which it tells of: neither a small word nor a kind of grade."""


def _heads(found: re.Match[str], text: str) -> bool:
    """Does a word only call for attention: "Important: …"?"""
    before = text[: found.start()].rstrip(" *#>-[(\"'")
    return text[found.end() :].lstrip(" *])")[:1] in (":", "!") and before[-1:] in ("", *".!?:\n")
