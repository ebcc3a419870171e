"""Words in content for a machine that acts: an agent, or a program that is told what to do.

A text that is meant for people speaks of machines, too. One that has a program act without an
article before it ("screening models give this a 10"), or calls it by what it is doing with the very
text ("whatever reads this", "the software that processes this"), speaks to the one that reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

_MOST = 16
_SCRIPT = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Letters of scripts that put no space before a word of another."""

_CLAIMS = re.compile(
    r"\b(?:(?:contains?|has|with) no (?:instructions?|injections?|foreign influence)"
    r"|no (?:foreign influence|injections?) (?:was |were )?(?:found|detected)"
    r"|(?:as the )?user[- ]intended\b|not an? (?:prompt )?injection\b)"
)
"""What a text says of itself to whoever judges it: no other text has to say so."""
_MACHINE = re.compile(
    r"(?<![a-z0-9_\u00df-\u024f\u0400-\u052f@./-])(?:ai|a\.i\.|llms?|gpt[\w.-]*|claude|copilots?|gemini|(?:chat)?bots?"
    r"|automat(?:ion|ed)s?"
    r"|language models?|ki|ia|ии|(?:ki|ai|ia|ии)-[\w-]+|yapay zek[aâ]"
    r"|(?<!support )(?<!travel )(?<!estate )(?<!insurance )(?<!sales )(?<!letting )(?<!user-)"
    r"(?<!customs )(?<!shipping )(?<!press )(?:agents?|assistants?)"
    r"|assistent\w{0,3}|assistente|asistentes?|agente[ns]?|agenten|asystent\w{0,2}|asistan\w{0,2}"
    r"|ассистент\w{0,3}|агент\w{0,3}|помощник\w{0,3})"
    rf"(?![^\W{_SCRIPT}]|[@/])"
    r"|(?:ignore|disregard|forget) (?:all |any |the |your |my ){0,2}(?:previous|prior|earlier)\b"
    # a letter that takes the place of another speaks to whoever has that one
    r"(?! (?:notices?|letters?|reviews?|e-?mails?|versions?|bills?|invoices?|drafts?|offers?)\b)"
    r"|助手|智能体|机器人|人工智能|アシスタント|エージェント|어시스턴트|에이전트|المساعد|सहायक"
)
_READS = (
    r"(?:reads?|process(?:es)?|handles?|summari[sz]es?|examines?|opens?|fetch(?:es)?|parses?"
    r"|scans?)"
)
_PROGRAM = re.compile(
    r"\b(?:software|programs?|systems?|models?|machines?|automations?|robots?|tools?|tooling)"
    r" (?:that|which|reading|in here|takes? note|must|should|shall|please|is to|are to|has to"
    r"|have to|may|can|will|with|to [a-z]{3,16} (?:the|it|this|that|them|him|her|a|an)\b)"
    r"|\b(?:your|the) (?:system|software|ai)\b"
    r"|\b\w+ (?:software|models|tooling):"
    # what does something with this very text
    rf"|\b(?:whatever|whichever [\w-]+|that|which|who) {_READS} this\b"
    r"|\b(?:logiciels?|programmes?|systèmes?|assistante?s?) (?:qui|doi(?:t|vent)|est|sont)\b"
    r"|\b(?:programme?|systeme?|software|anwendung)"
    r" (?:(?:bitte|soll(?:en)?|muss|müssen)\b|, d\w\w )"
    r"|\b(?:sistemas?|programas?|programm[ai]|sistem[ai]|software)"
    r" (?:que|che|debe[nr]?|deve|devono)\b"
)
"""A program that is told what to do: it is no machine where it is only spoken of."""
_SUBJECT = re.compile(
    r"(?:^\s{0,3}|[.!?:;,\n>*(\"]\s{0,3})(?!(?:the|our|their|his|her|my|these|those|some|many|most|all|both"
    r"|other|two|new|no|and|or|of)\b)(?:[a-z]+(?:-[a-z]+)? ){1,2}?"
    r"(?:(?:systems|programs|models|robots|automations|agents|assistants|(?:chat)?bots|copilots)"
    r" (?:[a-z]+ly )?(?!(?:are|were|was|is|and|or|of|in|for|from|at|by|on|like|such|as|had|have|has"
    r"|failed|went|came|did|do|not|to|with|that|which|who|team|department)\b)[a-z]+(?<!s)(?<!ed)(?<!ing)\b"
    r"|software (?:[a-z]+ly )?(?!(?:is|was|has|does|as|this)\b)[a-z]{3,}s\b(?=\s))"
)
"""Programs without an article that do something in the present: who writes so gives a rule."""


_PROGRAMS = (
    "software", "program", "system", "model", "machine", "automat", "robot", "tool",
    "logiciel", "anwendung", "sistem", "assistant", " this",
)  # fmt: skip
"""One of these stands in whatever speaks of a program. To look for them first costs a tenth."""


def speaks_to_machine(passage: str) -> bool:
    """Does a passage (lower case) have a word for a machine that acts?"""
    return next(_found(passage), None) is not None


def gives_rule(passage: str) -> bool:
    """Does a passage say what programs do, as one tells them what to do?"""
    return _SUBJECT.search(passage) is not None


@lru_cache(maxsize=256)
def machines(text: str) -> tuple[int, ...]:
    """Return where a text (lower case) has words for machines that act; bounded."""
    return tuple(sorted(m.end() - 1 for m in islice(_found(text), _MOST)))


def _found(text: str) -> Iterator[re.Match[str]]:
    yield from _MACHINE.finditer(text)
    if "no in" in text or "no for" in text or "intended" in text or "injection" in text:
        yield from _CLAIMS.finditer(text)
    if any(word in text for word in _PROGRAMS):
        for pattern in (_PROGRAM, _SUBJECT):
            yield from pattern.finditer(text)
