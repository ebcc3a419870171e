"""Words that content has an agent put into its answers, found again in what the agent wrote down.

Whoever only asks to be told something has nothing written down. An agent may keep what it found,
and mostly does so in words of what it read. But a phrase that content wants to see repeated, in
every answer, in the agent's memory, is not what it was asked about.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.act import Act
from agentwarrant.intent.errands import presses
from agentwarrant.intent.machines import speaks_to_machine
from agentwarrant.intent.passages import Passage, sentence_at
from agentwarrant.intent.provenance import Match, Source, says
from agentwarrant.intent.speech import talks_at
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.values import Value, leaves_of
from agentwarrant.intent.wishes import only_told

_KEEPING = ("memory_write", "write", "other")
_RECENT, _BEFORE, _MOST = 8, 160, 64
_SAID = r"(?:responses?|repl(?:y|ies)|answers?|outputs?)"
_ANSWERS = re.compile(
    rf"\b(?:your|all|every|each|any|the) (?:[\w-]+ ){{0,2}}?"
    rf"(?:{_SAID}|summar(?:y|ies)|messages?|notes?|memor(?:y|ies))\b"
    r"|\b(?:respond|reply|answer|begin|start|end|sign off|say|state)\b[^.!?\n]{0,24}? with\b"
    r"|\bfrom now on\b|\bin (?:(?:the|all|any|every) )?future\b"
)
"""What an agent says, and will say: nobody has a say in it but who asks."""
_YOURS = re.compile(rf"\byour? (?:\w+ )?(?:{_SAID}|memory)\b")
_ALL = re.compile(rf"\b(?:all|every|each|any) (?:future )?{_SAID}\b")
_PHRASES = (
    re.compile(r"(?<!\w)[\"'`\u2018\u201c]([^\"'`\u2019\u201d\n]{3,80})[\"'`\u2019\u201d](?!\w)"),
    re.compile(r"(?<![\w./@-])([a-z]{2,}(?:_[a-z0-9]+)+)(?![\w./@-])"),
)
"""What is to be said word for word: in quotes, or a name that is no word of a language."""
_WORD = re.compile(r"[^\W\d_]{4,}")


def planted(act: Act, sources: list[Source], said: str) -> list[Seen]:
    """Return where content asks for a phrase in what an agent says, which a call writes; or []."""
    if act.asked or act.tool_class not in _KEEPING or not only_told(said):
        return []
    written = "\n".join(value for _, value in leaves_of(act.arguments)).lower()
    for source in reversed(sources[-_RECENT:]):
        for start, stop, place, phrase in _phrases(source.text):
            if not says(phrase, written) or says(phrase, said):
                continue
            if _wants_it_said(source, start, stop, written):
                passage = Passage(source.text[start:stop], False, True, True, True, True, False)
                return [Seen(Match(Value(phrase, False), source, [place]), passage)]
    return []


@lru_cache(maxsize=64)
def _phrases(text: str) -> tuple[tuple[int, int, int, str], ...]:
    """Return the phrases in sentences that speak of answers: the sentence's span, the place."""
    found = []
    for form in _PHRASES if _ANSWERS.search(text) else ():
        for phrase in form.finditer(text):
            start, stop = sentence_at(text, phrase.start(1), phrase.end(1))
            if _ANSWERS.search(text, start, stop):
                found.append((start, stop, phrase.start(1), phrase[1]))
    return tuple(found[:_MOST])


def _wants_it_said(source: Source, start: int, stop: int, written: str) -> bool:
    sentence = source.text[start:stop]
    if not (presses(sentence) or talks_at(source.text, start, stop)):
        return False
    before = source.text[max(0, start - _BEFORE) : start]
    if source.instructs or speaks_to_machine(before + sentence) or _YOURS.search(sentence):
        return True
    return _ALL.search(sentence) is not None and not _reported(sentence, written)


def _reported(sentence: str, written: str) -> bool:
    """Does what is written tell of the rule, and not only what the rule wants to be said?"""
    words = set(_WORD.findall(sentence))
    return 2 * sum(word in written for word in words) >= len(words)
