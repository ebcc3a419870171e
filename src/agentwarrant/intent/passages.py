"""How a passage of content speaks: does it tell a fact, or ask a machine for an act?

Data is what people meant when they named what is to be read: a labelled value, a row, a record.
An order is a sentence that asks for the act, speaks to a machine, or stands where such text stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from agentwarrant.intent.act import STEM, Act, tool_words
from agentwarrant.intent.asks import readable
from agentwarrant.intent.codelines import in_code
from agentwarrant.intent.cues import mentioned
from agentwarrant.intent.listed import HEAD
from agentwarrant.intent.machines import machines, speaks_to_machine
from agentwarrant.intent.provenance import Match, Source, says
from agentwarrant.intent.siblings import of_another
from agentwarrant.intent.speech import speeches, talks_at
from agentwarrant.intent.values import ACCOUNTS, leaves_of
from agentwarrant.intent.wishes import asks, only_told
from agentwarrant.toolwords import MESSAGE_NOUNS, MONEY

_BEFORE, _AFTER, _SPOKEN = 300, 160, 220
_SENTENCE, _SHORT = 7, 4
QUOTE = 160

LABEL = re.compile(
    r"(?<![\w-])(?!to\b|at\b|is\b)[\w-]{2,24}[\"']?\s?[:=]\s{0,2}[\"'\[<(]{0,2}$|^\s*$"
    r"|(?<![\w-])(?<!the )(?<!this )(?<!an )(?<!das )(?<!dem )(?<!mein )(?<!dieses )"
    r"(?:iban|account|acct|konto|no|nr|number)\.?\s$"
)
_WORD = re.compile(r"(?<![\w@./:-])[^\W\d_]{2,}(?![\w@/]|[.:]\w)|[\u3040-\u30ff\u4e00-\u9fff]")
_END = re.compile(
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
        return self.prose or len(_WORD.findall(self.text)) >= _SHORT

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
    sentence = text[start:stop]
    if in_code(text, place):
        sign = source.instructs and talks_at(text, place, end)
        return Passage(sentence, True, False, False, act.meant(sentence), True, sign)
    labelled = LABEL.search(text[max(0, place - 40) : place]) is not None
    labelled = labelled and len(_WORD.findall(text[start:place])) <= _SENTENCE
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
        not labelled and len(_WORD.findall(sentence)) >= _SENTENCE,
        machine,
        act.meant(spoken if machine else _order_before(text, start, sentence) + sentence),
        readable(sentence),
        sign,
        act.called(text[max(0, place - _BEFORE) : place]),
    )


def _before(source: Source, place: int, start: int) -> str:
    """Return what is said just before a sentence, in the same paragraph."""
    first = source.shown if source.shown >= 0 and place >= source.shown else 0
    before = source.text[max(first, start - _SPOKEN) : start]
    return _PARAGRAPH.split(before)[-1]


def _order_before(text: str, start: int, sentence: str) -> str:
    """Return the order that a sentence only gives a value for: "Share it. The number is …"."""
    if not _GIVES.match(sentence):
        return ""
    first, _ = sentence_at(text, max(0, start - 2), max(0, start - 2))
    before = text[first:start]
    return before if _PARAGRAPH.search(before) is None and asks(before) else ""


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
_FILE = re.compile(r"\s*[-bcdlps][-rwxst]{9}[.+@]?\s+\d+ ")
"""A file as ``ls -l`` lists it: a row, however many words stand in it."""
_PARAGRAPH = re.compile(r"\n\s*\n|\\n\\n")


def sentence_at(text: str, place: int, end: int) -> tuple[int, int]:
    """Return where the sentence around a place begins and ends; bounded."""
    start = max(0, place - _BEFORE)
    for match in _END.finditer(text, start, place):
        start = match.end()
    after = _END.search(text, end, end + _AFTER)
    return start, after.start() if after else min(len(text), end + _AFTER)


def orders(source: Source, act: Act, said: str, *, own: bool = False) -> Passage | None:
    """Return a sentence of a source that asks a machine for the act, or names the tool; else None.

    This looks at no value: what is asked for may have none ("stop the audit daemon"). An act of a
    kind that people asked for must be told from theirs by a word of the tool they did not use.
    """
    text, tool = source.text, act.tool.lower()
    if source.instructs:
        for start, stop in speeches(text):
            speech = text[start:stop]
            if act.asked and not act.strange(speech, said):
                continue
            if of_another(_about(speech, act), act.arguments):
                continue
            if act.meant(speech) and _is_for(act, speech, source, said, own=own):
                return Passage(_about(speech, act), False, True, True, True, True, True)
    if act.asked:
        return None
    named = text.find(tool) if len(tool) > 5 and ("_" in tool or source.instructs) else -1
    for place in [named] if named >= 0 else machines(text):
        if in_code(text, place):
            continue
        start, stop = sentence_at(text, place, place + 1)
        sentence = _PARAGRAPH.split(text[start : stop + _SPOKEN])[0]
        if not _is_for(act, sentence, source, said, own=own):
            continue
        if of_another(sentence, act.arguments):
            continue
        if len(_WORD.findall(sentence)) >= _SENTENCE - 2 and (named >= 0 or act.meant(sentence)):
            about = _about(sentence, act)
            return Passage(about, False, True, named < 0, True, True, source.instructs)
    return None


_AT_SOMEBODY = frozenset({"message", "egress"})
"""Acts of which an order says to whom, or what: one that says neither is for another call."""


def _is_for(act: Act, order: str, source: Source, said: str, *, own: bool) -> bool:
    """May an order be for this call: has it something of what is given, or need it have nothing?

    Of a message to whom people named, that it names them, too, says nothing.
    """
    known = said if own and act.tool_class in _AT_SOMEBODY else ""
    return _shares(act, order, known) or (not own and _may_share(act, order, source))


def _may_share(act: Act, order: str, source: Source) -> bool:
    """May an order be for this call though it has nothing of what is given?

    It may, where what it is aimed at is whoever wrote it, or the place where it was read. One that
    says into which account is for a call that is given it.
    """
    if act.asked:
        return False
    if act.tool_class == "payment":
        return not any(kind.search(order) for kind in ACCOUNTS)
    if act.tool_class not in _AT_SOMEBODY:
        return True
    given = [value.lower() for _, value in leaves_of(act.arguments) if value]
    looked = source.arguments.lower()
    return any(
        (len(one) > 1 and one in looked)
        or (_written_by(one, source.text) if " " not in one else False)
        for one in given
    )


def _written_by(who: str, text: str) -> bool:
    found = text.find(who)
    if found < 0:
        return False
    before = text[max(0, found - 24) : found]
    said = text[found + len(who) :].partition("\n")[0]
    return _WRITER.search(before) is not None or (said[:1] == ":" and len(said) > _SAYS)


_SAYS = 16
_WRITER = re.compile(r"(?:from|sender|author|by|von|de)[\"']?\s{0,3}[:=]?\s{0,3}[\"']?$")


def _shares(act: Act, speech: str, known: str = "") -> bool:
    """Has a speech anything of what a call is given? Of what is redacted it cannot be told.

    Args:
        known: Words whose values do not count.
    """
    given = [v.lower() for key, v in leaves_of(act.arguments) if v and not _NUMBER_KEY.search(key)]
    return not given or any(
        "[redacted" in one or one in speech for one in given if not (known and says(one, known))
    )


_NUMBER_KEY = re.compile(r"(?i)(?:^|_)ids?_?$")
"""Whose number it is, an order seldom says: it stands in a listing."""


def _about(speech: str, act: Act) -> str:
    """Return the sentence of a speech that asks for the act."""
    sentences = _END.split(speech[:4_000])
    return next((one for one in sentences if one and act.meant(one)), speech[:QUOTE])


def wished(source: Source, act: Act, said: str, *, own: bool = False) -> Passage | None:
    """Return a sentence that asks for what the tool does in words that people did not use.

    It is the last resort for an act of a kind nobody asked for: its values may be redacted. Where
    people only want to be told something, that is any change.
    """
    plain = act.tool_class in _PLAIN_ACTS
    changing = act.tool_class in _CHANGES or (act.tool_class == "exec" and act.verbs)
    changes = changing and only_told(said) and _ENTERS.isdisjoint(act.words)
    if act.asked or not (plain or changes) or not readable(said):
        return None
    for place, end in _wishes(source.text, act, said, plain=plain):
        if in_code(source.text, place):
            continue
        start, stop = sentence_at(source.text, place, end)
        sentence = source.text[start:stop]
        if (own and not _shares(act, sentence)) or forbids(sentence, act.words):
            continue
        if of_another(sentence, act.arguments):
            continue
        if len(_WORD.findall(sentence)) >= _SHORT and act.meant(sentence) and asks(sentence):
            return Passage(sentence, False, True, False, True, True, source.instructs)
    return None


def forbids(sentence: str, words: frozenset[str]) -> bool:
    """Does a sentence say that what one of these words does must not, or cannot, be done?"""
    return any(
        found[1].startswith(word[:STEM]) for found in _NEGATED.finditer(sentence) for word in words
    )


_NEGATED = re.compile(
    r"\b(?:can(?:no|\s?')t|can not|won't|(?:must|should|may|will|could|do|does|need|shall)"
    r"(?:n't| not)|never|unable to)"
    r" (?:(?:be|get|yet|ever|then|now|simply) ){0,2}(\w{3,})"
)


def _wishes(text: str, act: Act, said: str, *, plain: bool) -> Iterator[tuple[int, int]]:
    """Yield where a text has a word of the tool that people did not use, or of such an act."""
    name = act.tool if plain else act.tool.rpartition(".")[2]
    for word in sorted((tool_words(name) - MONEY - MESSAGE_NOUNS) | act.verbs):
        if word[:STEM] not in said:
            yield from (one.span() for one in islice(_word_in(word).finditer(text), _PLACES))
    if act.tool_class == "destructive":  # by whatever word
        yield from mentioned(act.tool_class, text)


@lru_cache(maxsize=1024)
def _word_in(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![./@-]){re.escape(word)}")  # not within a link


_PLACES = 4
"""So often a word is looked for: the first may be in a title."""
_PLAIN_ACTS = frozenset({"privilege", "destructive", "persistence", "config_change", "payment"})
_CHANGES = frozenset({"write", "other"})
_ENTERS = frozenset({"sign", "signin", "login", "logon"})
"""To see something one may have to sign in."""


def quote(passage: str) -> str:
    """Return a passage as a short line for a person."""
    line = " ".join("".join(c if c.isprintable() else " " for c in passage).split())
    return line if len(line) <= QUOTE else line[: QUOTE - 1] + "…"
