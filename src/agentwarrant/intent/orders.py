"""Sentences of content that ask for an act, whatever the values that it is given.

What is asked for may have none ("stop the audit daemon"), or say them otherwise. So an order must
be for this call: it has something of what is given, or nothing that is another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from agentwarrant.intent.act import STEM, Act, tool_words
from agentwarrant.intent.asks import readable
from agentwarrant.intent.codelines import in_code
from agentwarrant.intent.cues import mentioned
from agentwarrant.intent.machines import machines
from agentwarrant.intent.passages import (
    BEFORE,
    END,
    PARAGRAPH,
    QUOTE,
    SENTENCE,
    SHORT,
    SPOKEN,
    WORD,
    Passage,
    sentence_at,
    start_before,
)
from agentwarrant.intent.provenance import Source, says
from agentwarrant.intent.siblings import of_another
from agentwarrant.intent.speech import speeches
from agentwarrant.intent.values import ACCOUNTS, leaves_of, same_account
from agentwarrant.intent.wishes import asks, only_told
from agentwarrant.tools.words import MESSAGE_NOUNS, MONEY


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
            if _for_another(act, _about(speech, act), text, start, stop):
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
        sentence = PARAGRAPH.split(text[start : stop + SPOKEN])[0]
        if not _is_for(act, sentence, source, said, own=own):
            continue
        about = _about(sentence, act)
        if of_another(sentence, act.arguments) or _for_another(act, about, text, start, stop):
            continue
        if len(WORD.findall(sentence)) >= SENTENCE - 2 and (named >= 0 or act.meant(sentence)):
            return Passage(about, False, True, named < 0, True, True, source.instructs)
    return None


def _for_another(act: Act, order: str, text: str, start: int, stop: int) -> bool:
    """Is an order for another call: by the number of its thing, or as it says whom to pay?

    Args:
        act: The call.
        order: The sentence that asks.
        text: What it stands in, from ``start`` to ``stop``.
    """
    if of_another(order, act.arguments):
        return True
    if act.tool_class == "payment":
        return _into_another(act, text, start, stop)
    if act.tool_class in _AT_SOMEBODY or not _accounts_in(order):
        return False
    # An account beside a word of the tool ("delete the file of account …") is no order to pay.
    spoken_of = any(word[:STEM] in order for word in tool_words(act.tool))
    return not (spoken_of or _accounts_in(act.arguments.lower()))


def _into_another(act: Act, text: str, start: int, stop: int) -> bool:
    """Is the account that an order to pay stands beside none that the call is given?"""
    accounts = _accounts_in(text[start : stop + 2 * SPOKEN])  # what begins in reach may end beyond
    accounts = accounts or _accounts_in(text[max(0, start - BEFORE) : start])
    if not accounts or "[redacted" in act.arguments.lower():
        return False
    given = _accounts_in(act.arguments.lower())
    return not any(same_account(one, other) for one in accounts for other in given)


def _accounts_in(text: str) -> list[str]:
    found = (one for kind in ACCOUNTS for one in islice(kind.finditer(text), _MOST_ACCOUNTS))
    return [one.group() for one in found]


_MOST_ACCOUNTS = 4


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
        return not _into_another(act, order, 0, len(order))
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
        "[redacted" in one or (len(one) > 1 and one in speech)
        for one in given
        if not (known and says(one, known))
    )


_NUMBER_KEY = re.compile(r"(?i)(?:^|_)ids?_?$")
"""Whose number it is, an order seldom says: it stands in a listing."""


def _about(speech: str, act: Act) -> str:
    """Return the sentence of a speech that asks for the act."""
    sentences = END.split(speech[:4_000])
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
        order = source.text[start:stop]
        start, stop = _with_its_thing(source.text, start, stop)
        sentence = source.text[start:stop]
        if (own and not _shares(act, sentence)) or forbids(sentence, act.words):
            continue
        if _for_another(act, sentence, source.text, start, stop):
            continue
        spoken = len(WORD.findall(sentence)) >= SHORT and act.meant(sentence)
        if spoken and (asks(sentence) or (order != sentence and asks(order))):
            return Passage(sentence, False, True, False, True, True, source.instructs)
    return None


def _with_its_thing(text: str, start: int, stop: int) -> tuple[int, int]:
    """Return where an order and what it is about begin and end, which may be two sentences."""
    if _BY_PRONOUN.match(text, start, stop) or _OF_IT.match(text, start, stop):
        return start_before(text, start), stop
    if _OF_IT.match(text, stop + 1):
        return start, sentence_at(text, stop + 2, stop + 2)[1]
    return start, stop


_BY_PRONOUN = re.compile(
    r"[\s,;:-]*(?:so |then |and |please |kindly |just |also ){0,3}[a-z]+"
    r" (?:it|them|this|that|these)(?: [a-z]+){0,2}[\s.!]*$"
)
"""A short order about what was spoken of: "remove it", "please throw that away"."""
_OF_IT = re.compile(
    r"[\s,;:-]*(?:so |then |and |also ){0,2}(?:it|they|this|that|these|those|he|she)"
    r" (?:now |also |still )?(?:ha(?:s|ve) to|must|should|needs? to|(?:is|are) to|ought to|wants"
    r"|needs|shall)\b"
)
"""What is said to be due of what was spoken of: "it has to be replaced"."""


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
