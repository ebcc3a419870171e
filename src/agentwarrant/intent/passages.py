"""How a passage of content speaks: does it tell a fact, or ask a machine for an act?

Data is what people meant when they named what is to be read: a labelled value, a row, a record.
An order is a sentence that asks for the act, speaks to a machine, or stands where such text stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from agentwarrant.intent.asks import mentions, readable
from agentwarrant.intent.machines import machines, speaks_to_machine
from agentwarrant.intent.provenance import Match, Source
from agentwarrant.intent.speech import speeches, talks_at
from agentwarrant.intent.values import leaves_of
from agentwarrant.intent.wishes import commands, requests
from agentwarrant.toolenglish import companions
from agentwarrant.toolwords import MESSAGE_NOUNS, MONEY, MOVE, PAY, in_english, words_of
from agentwarrant.vocabulary import SENSITIVE_CLASSES

_BEFORE, _AFTER, _SPOKEN = 300, 160, 220
_SENTENCE, _SHORT = 7, 4
STEM = 5
QUOTE = 160

LABEL = re.compile(
    r"(?<![\w-])(?!to\b|at\b|is\b)[\w-]{2,24}[\"']?\s?[:=]\s{0,2}[\"'\[<(]{0,2}$|^\s*$"
    r"|(?<![\w-])(?<!the )(?<!this )(?<!an )(?:iban|account|acct|konto|no|nr|number)\.?\s$"
)
_WORD = re.compile(r"(?<![\w@./:-])[^\W\d_]{2,}(?![\w@/]|[.:]\w)|[\u3040-\u30ff\u4e00-\u9fff]")
_END = re.compile(
    r"[.!?;|\n](?=\s)|\n(?=[-*] |[\w-]{2,24}:\s|(?:[a-z]{1,3}-?)?\d{1,6}[.):,]?\s)|\\n"
    r"|(?<=\d)\n|\n(?=[^\n]{1,60}?(?:[,;](?! )|\s?[|\t])[^\n]{1,60}?(?:[,;](?! )|\s?[|\t]))"
    r"|[。！？]|\"\s?[,{}\]]|[\"']\s?/?>(?=\s?<)"  # noqa: RUF001  # ends of CJK sentences
)
"""Where a sentence ends, a tag before another one, or a row of a list: the next begins with a mark,
a label, a number."""
_OVERRIDE = re.compile(
    r"(?:previous|prior|earlier|above|your|all|system)\s+(?:instructions?|rules?|prompts?)"
)


LOOKS = ("read", "discovery")
"""Classes of acts that only look at something."""


class Act(NamedTuple):
    """An action as the judge looks at it.

    Attributes:
        tool_class: Its class; ``execute`` for code from elsewhere.
        sensitive: It reaches beyond the conversation or is hard to undo.
        asked: People's words ask for such an act, or name what it is done to.
        aimed: It is aimed at somebody outside.
        tool: The tool's name.
        command: The command it runs, if it is one.
        arguments: Its arguments as JSON text, their beginning.
    """

    tool_class: str
    sensitive: bool
    asked: bool
    aimed: bool
    tool: str = ""
    command: str = ""
    arguments: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The words of the tool's name, and of the command, that say something of the act."""
        return _tool_words(self.tool) | self._run

    @property
    def verbs(self) -> frozenset[str]:
        """Those of them that say what is done: not the namespace ``files`` of ``files.trash``."""
        return _tool_words(self.tool.rpartition(".")[2]) | self._run

    @property
    def _run(self) -> frozenset[str]:
        run = self.command or (self.arguments if self.tool_class == "exec" else "")
        return _command_words(run)

    def meant(self, passage: str) -> bool:
        """Does a passage speak of this act: by its class, the tool's words or the command's?"""
        told = _OVERRIDE.sub(" ", passage)
        return mentions(self.tool_class, told) or self.named(told)

    def named(self, passage: str, *, whole: bool = True) -> bool:
        """Has a passage the tool's name, a word of it (the namespace's, too), or the command's?"""
        if self.called(passage):
            return True
        space = self.tool.lower().rpartition(".")[0]
        # Another tool of its namespace, as it is called, says nothing of this one.
        told = _CALLS.sub(" ", passage) if space and f"{space}." in passage else passage
        # The namespace of a call that is given nothing stands in much text.
        words = self.words if whole and '":' in self.arguments else self.verbs
        words = companions(words) - _GENERIC
        if not whole and _short_words(self.tool) & frozenset(_SHORT_WORD.findall(told)):
            return True
        return _has_word(told, words)

    def called(self, passage: str) -> bool:
        """Does a passage call the tool by its very name?"""
        return COMPOUND.search(self.tool) is not None and self.tool.lower() in passage

    def strange(self, passage: str, said: str) -> bool:
        """Does a passage have words of the tool's name that people did not use?"""
        common = _COMMON_TO.get(self.tool_class, frozenset())
        for word in _tool_words(self.tool) - common:
            same = companions(frozenset((word,))) - _GENERIC
            if _has_word(passage, same) and not any(other[:STEM] in said for other in same):
                return True
        return False


def _has_word(passage: str, words: frozenset[str]) -> bool:
    return bool(words) and _beginnings(words).search(passage) is not None


@lru_cache(maxsize=2048)
def _beginnings(words: frozenset[str]) -> re.Pattern[str]:
    stems = sorted({re.escape(word[:STEM]) for word in words})
    return re.compile(rf"(?<!\w)(?:{'|'.join(stems)})")


_COMMON_TO = {
    "payment": MONEY | MOVE | PAY,
    "message": MESSAGE_NOUNS | MONEY,
    "egress": MESSAGE_NOUNS | MONEY,
}
"""Words of tools that are said of any act of a class."""
COMPOUND = re.compile(r"_|\w\.\w")
"""The name of a tool that is no word of a language."""
_CALLS = re.compile(r"(?<![\w./@-])[a-z]{2,24}\.[a-z]\w{2,40}(?![\w./@-])(?= [\w{(\"'])")
"""The name of another tool that a passage has called: ``files.trash``, with what it is given."""

_GENERIC = frozenset(
    "tool tools send create update make call read file files data user users item items list get "
    "set text name value info account request execute command shell bash general write http post "
    "open api new add find search show fetch with from this that true false sudo echo null tmp "
    "home".split()
)


@lru_cache(maxsize=1024)
def _tool_words(tool: str) -> frozenset[str]:
    found = {word for word in in_english(words_of(tool)) if len(word) > 3 or word == "mfa"}
    return frozenset(found - _GENERIC)


@lru_cache(maxsize=1024)
def _short_words(tool: str) -> frozenset[str]:
    words = words_of(tool.rpartition(".")[2])
    return frozenset(word for word in words if len(word) == _SHORT - 1) - _GENERIC


_SHORT_WORD = re.compile(r"(?<![\w.-])[a-z]{3}(?![\w-])")


@lru_cache(maxsize=1024)
def asked_as(tool: str) -> frozenset[str]:
    """Return the classes of act that a tool's name, its namespace apart, has words for.

    ``bin.trash`` is given to delete by: whoever says "delete" speaks of it.
    """
    words = words_of(tool.rpartition(".")[2])
    return frozenset(one for one in _VERBAL for word in words if mentions(one, word))


_VERBAL = SENSITIVE_CLASSES - {"credential_read", "config_change", "delegate", "persistence"}
"""The words of the others are of things, which look-ups are about."""


@lru_cache(maxsize=256)
def _command_words(command: str) -> frozenset[str]:
    found = re.findall(r"(?<![\w.@/-])[a-z]{4,16}(?![\w.@/-])", command[:400].lower())
    return frozenset(found[:8]) - _GENERIC


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
    labelled = LABEL.search(text[max(0, place - 40) : place]) is not None
    labelled = labelled and len(_WORD.findall(text[start:place])) <= _SENTENCE
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
        act.meant(spoken if machine else sentence),
        readable(sentence),
        sign,
        act.called(text[max(0, place - _BEFORE) : place]),
    )


def _before(source: Source, place: int, start: int) -> str:
    """Return what is said just before a sentence, in the same paragraph."""
    first = source.shown if source.shown >= 0 and place >= source.shown else 0
    before = source.text[max(first, start - _SPOKEN) : start]
    return _PARAGRAPH.split(before)[-1]


_PARAGRAPH = re.compile(r"\n\s*\n|\\n\\n")


def sentence_at(text: str, place: int, end: int) -> tuple[int, int]:
    """Return where the sentence around a place begins and ends; bounded."""
    start = max(0, place - _BEFORE)
    for match in _END.finditer(text, start, place):
        start = match.end()
    after = _END.search(text, end, end + _AFTER)
    return start, after.start() if after else min(len(text), end + _AFTER)


def orders(source: Source, act: Act, said: str) -> Passage | None:
    """Return a sentence of a source that asks a machine for the act, or names the tool; else None.

    This looks at no value: what is asked for may have none ("stop the audit daemon"). An act of a
    kind that people asked for must be told from theirs by a word of the tool they did not use.
    """
    text, tool = source.text, act.tool.lower()
    if source.instructs:
        for start, stop in speeches(text):
            speech = text[start:stop]
            if act.meant(speech) and (
                not act.asked or (act.strange(speech, said) and _shares(act, speech))
            ):
                return Passage(_about(speech, act), False, True, True, True, True, True)
    if act.asked:
        return None
    named = text.find(tool) if len(tool) > 5 and ("_" in tool or source.instructs) else -1
    for place in [named] if named >= 0 else machines(text):
        start, stop = sentence_at(text, place, place + 1)
        sentence = _PARAGRAPH.split(text[start : stop + _SPOKEN])[0]
        if len(_WORD.findall(sentence)) >= _SENTENCE - 2 and (named >= 0 or act.meant(sentence)):
            about = _about(sentence, act)
            return Passage(about, False, True, named < 0, True, True, source.instructs)
    return None


def _shares(act: Act, speech: str) -> bool:
    """Has a speech anything of what a call is given? Of what is redacted it cannot be told."""
    given = [v.lower() for key, v in leaves_of(act.arguments) if v and not _NUMBER_KEY.search(key)]
    return not given or any("[redacted" in one or one in speech for one in given)


_NUMBER_KEY = re.compile(r"(?i)(?:^|_)ids?_?$")
"""Whose number it is, an order seldom says: it stands in a listing."""


def _about(speech: str, act: Act) -> str:
    """Return the sentence of a speech that asks for the act."""
    sentences = _END.split(speech[:4_000])
    return next((one for one in sentences if one and act.meant(one)), speech[:QUOTE])


def wished(source: Source, act: Act, said: str) -> Passage | None:
    """Return a sentence that asks for what the tool does in words that people did not use.

    It is the last resort for an act of a kind nobody asked for: its values may be redacted.
    """
    if act.asked or act.tool_class not in _PLAIN_ACTS or not readable(said):
        return None
    for word in sorted(_tool_words(act.tool) - MONEY - MESSAGE_NOUNS):
        place = -1 if word[:STEM] in said else source.text.find(word)
        if place < 0:
            continue
        start, stop = sentence_at(source.text, place, place + len(word))
        sentence = source.text[start:stop]
        if len(_WORD.findall(sentence)) >= _SHORT and act.meant(sentence) and asks(sentence):
            return Passage(sentence, False, True, False, True, True, source.instructs)
    return None


def asks(sentence: str) -> bool:
    """Does a sentence ask for something, politely or like an order?"""
    return requests(sentence) or commands(sentence)


_PLAIN_ACTS = frozenset({"privilege", "destructive", "persistence", "config_change", "payment"})


def quote(passage: str) -> str:
    """Return a passage as a short line for a person."""
    line = " ".join("".join(c if c.isprintable() else " " for c in passage).split())
    return line if len(line) <= QUOTE else line[: QUOTE - 1] + "…"
