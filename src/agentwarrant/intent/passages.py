"""How a passage of content speaks: does it tell a fact, or ask a machine for an act?

Data is what people meant when they named what is to be read: a labelled value, a row, a record.
An order is a sentence that asks for the act, speaks to a machine, or stands where such text stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from agentwarrant.intent.act import Act
from agentwarrant.intent.asks import readable
from agentwarrant.intent.codelines import in_code
from agentwarrant.intent.listed import HEAD
from agentwarrant.intent.machines import speaks_to_machine
from agentwarrant.intent.provenance import Match, Source
from agentwarrant.intent.speech import speeches, talks_at
from agentwarrant.intent.wishes import asks, commands

BEFORE, _AFTER, SPOKEN = 300, 160, 220
SENTENCE, SHORT = 7, 4
QUOTE = 160

LABEL = re.compile(
    r"(?<![\w-])(?!to\b|at\b|is\b)[\w-]{2,24}[\"']?\s?[:=]\s{0,2}[\"'\[<(]{0,2}$|^\s*$"
    r"|(?<![\w-])(?<!the )(?<!this )(?<!an )(?<!das )(?<!dem )(?<!mein )(?<!dieses )"
    r"(?:iban|account|acct|konto|no|nr|number)\.?\s$"
)
WORD = re.compile(r"(?<![\w@./:-])[^\W\d_]{2,}(?![\w@/]|[.:]\w)|[\u3040-\u30ff\u4e00-\u9fff]")
END = re.compile(
    r"[.!?;|\n](?=\s)|\n(?=[-*] |[\w-]{2,24}:\s|(?:[a-z]{1,3}-?)?\d{1,6}[.):,]?\s)|\\n"
    r"|(?<=\d)\n|\n(?=[-bcdlps][-rwxst]{9}[.+@]? )"
    rf"|\n(?={HEAD})"
    r"|\n(?=[^\n]{1,60}?(?:[,;](?! )|\s?[|\t])[^\n]{1,60}?(?:[,;](?! )|\s?[|\t]))"
    r"|[。！？]|[\"']\s?/?>(?=\s?<)|</(?:td|tr|li|h\d)>"  # noqa: RUF001  # ends of CJK sentences
    # of a field: as JSON has it, and as Python has it
    r"|\"\s?[,{}\]]|'\]{0,3}(?:\s?\}|,(?=\s['\"][\w -]{1,40}['\"]:))"
)
"""Where a sentence ends, a tag before another one, or a row of a list: the next begins with a mark,
a label, a number."""


class Passage(NamedTuple):
    """What stands around a value in content.

    Attributes:
        text: The sentence, for a person to read.
        labelled: It is a label and the value.
        prose: It is a sentence, not a label and a value or a row.
        machine: It, or what stands just before it, speaks of a machine.
        meant: It speaks of the act.
        readable: It is in a language whose words are known here.
        sign: It stands in a passage that talks to agents.
        called: The tool is called by its name just before.
    """

    text: str
    labelled: bool
    prose: bool
    machine: bool
    meant: bool
    readable: bool
    sign: bool
    called: bool = False

    @property
    def order(self) -> bool:
        """Does it ask a machine for the act, as far as its language is understood?"""
        return self.machine and (self.meant or not self.readable) and self._spoken

    @property
    def _spoken(self) -> bool:
        return self.prose or len(WORD.findall(self.text)) >= SHORT

    @property
    def spoken(self) -> bool:
        """Is it at least a short sentence, and no label and value?"""
        return not self.labelled and self._spoken


def passages(match: Match, act: Act) -> Iterator[Passage]:
    """Yield the passages of a source in which a value stands."""
    source, length = match.source, len(match.value.text)
    for place in match.places:
        yield _passage(source, place, place + length, act)


@lru_cache(maxsize=64)  # a call asks about the same place more than once
def _passage(source: Source, place: int, end: int, act: Act) -> Passage:
    text = source.text
    start, stop = sentence_at(text, place, end)
    stop = _stop_after(text, stop)
    sentence = text[start:stop]
    if in_code(text, place):
        sign = source.instructs and talks_at(text, place, end)
        return Passage(sentence, True, False, False, act.meant(sentence), True, sign)
    labelled = LABEL.search(text[max(0, place - 40) : place]) is not None
    labelled = labelled and len(WORD.findall(text[start:place])) <= SENTENCE
    if labelled and _DOES.match(text, end):
        labelled = _NAMES_IT.search(text[max(0, place - 40) : place]) is not None
    labelled = labelled or _FILE.match(sentence) is not None
    labelled = labelled or _CHOICE.search(text[start:place]) is not None
    sign = source.instructs and talks_at(text, place, end)
    # Beside a whole speech, what stands outside it is not spoken with it.
    apart = labelled or (source.instructs and not sign and speeches(text) != ())
    spoken = sentence if apart else _before(source, place, start) + sentence
    machine = speaks_to_machine(spoken)
    return Passage(
        sentence,
        labelled,
        not labelled and len(WORD.findall(sentence)) >= SENTENCE,
        machine,
        act.meant(spoken if machine else _order_before(text, start, sentence) + sentence),
        readable(sentence),
        sign,
        act.called(text[max(0, place - BEFORE) : place]),
    )


def _before(source: Source, place: int, start: int) -> str:
    """Return what is said just before a sentence, in the same paragraph."""
    first = source.shown if source.shown >= 0 and place >= source.shown else 0
    before = source.text[max(first, start - SPOKEN) : start]
    return PARAGRAPH.split(before)[-1]


def start_before(text: str, start: int) -> int:
    """Return where the sentence before the one that begins at ``start`` begins."""
    place = max(0, start - 2)
    return sentence_at(text, place, place)[0]


def _order_before(text: str, start: int, sentence: str) -> str:
    """Return the order that a sentence only gives a value for: "Share it. The number is …"."""
    if not _GIVES.match(sentence):
        return ""
    before = text[start_before(text, start) : start]
    return before if PARAGRAPH.search(before) is None and asks(before) else ""


def _stop_after(text: str, stop: int) -> int:
    """Return where a sentence ends with the order about it: "X waits for it. Write to him."."""
    if _ABOUT_IT.match(text, stop + 1) is None:
        return stop
    start, end = sentence_at(text, stop + 2, stop + 2)
    return end if commands(text[start:end]) else stop


_ABOUT_IT = re.compile(
    r"[ \n]{1,6}[a-z]{3,}(?: [a-z'-]+){0,4}? (?:him|her|them|there"
    r"|(?:this|that|the same) (?:address|account|person|number|place|link))\b"
)
"""What may be an order about whom or what was spoken of."""
_GIVES = re.compile(
    r"[\s\"'(]*(?:the|my|our|your|its|his|her|their) (?:[\w'-]+ ){1,5}(?:is|are|will be)\b"
)
_CHOICE = re.compile(
    r"\b(?:(?:one|any|either) of"
    r"|(?:valid|allowed|possible|accepted|supported) (?:values?|options?))\b"
    r"(?: the following)?(?: are)?[: (\[]{0,3}"
    r"(?:[\"'`][\w-]{1,40}[\"'`](?:,? (?:or |and )?|,)){0,24}[\"'`]$"
)
"""Before one of several words that something may be set to, each in quotation marks."""
_NAMES_IT = re.compile(
    r"(?:iban|account|acct|konto|number|no|nr|recipient|payee|beneficiary|address|e-?mail|mail|name"
    r"|sender|from|to|cc|bcc|contact|user|member|owner|id|url|link)"
    r"[\"']?\s?[:=]\s{0,2}[\"'\[<(]{0,2}$|^\s*$"
)
"""A label that says what its value is: then it is one, whatever follows."""
_DOES = re.compile(
    r"[\"')]{0,2} (?:still |now |also )?(?:(?:is|are) (?:[a-z]+ing|still|to|due|owed)\b"
    r"|(?:needs?|expects?|wants?|awaits?|lacks?|must|should|shall|gets?|belongs?|goes|has|have"
    r"|had|[a-z]+n'{1,2}t|would|could|will|can|may|did|does|never)\b)"
)
"""After a name that does something: "account 12 is waiting for it" is no label and its value."""
_FILE = re.compile(r"\s*[-bcdlps][-rwxst]{9}[.+@]?\s+\d+ ")
"""A file as ``ls -l`` lists it: a row, however many words stand in it."""
PARAGRAPH = re.compile(r"\n\s*\n|\\n\\n")


def sentence_at(text: str, place: int, end: int) -> tuple[int, int]:
    """Return where the sentence around a place begins and ends; bounded."""
    start = max(0, place - BEFORE)
    for match in END.finditer(text, start, place):
        start = match.end()
    after = END.search(text, end, end + _AFTER)
    return start, after.start() if after else min(len(text), end + _AFTER)


def quote(passage: str) -> str:
    """Return a passage as a short line for a person."""
    line = " ".join("".join(c if c.isprintable() else " " for c in passage).split())
    return line if len(line) <= QUOTE else line[: QUOTE - 1] + "…"
