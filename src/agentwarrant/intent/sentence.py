# ruff: noqa: RUF001  # the marks of other scripts are meant
"""What one sentence of people's words asks for: to be told something, an act, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import combining, normalize

from agentwarrant.intent.clauses import clauses_of, plainly, unlabelled
from agentwarrant.intent.languages import ANY_ACT, DOES_SO, asked_of_you, unread_abroad
from agentwarrant.intent.left import left_to_text
from agentwarrant.intent.nouns import noun_wish
from agentwarrant.intent.telling import (
    ASKED_IN,
    HERE,
    INTRODUCES,
    MANNER,
    OF_A_QUESTION,
    ORDER_ASKED,
    PICKS,
    PREPARES,
    RELATIVE,
    SMALL_TALK,
    TELL,
)
from agentwarrant.intent.verbs_last import TOLD_LAST
from agentwarrant.intent.wanted import wanted
from agentwarrant.intent.worktable import VERBS
from agentwarrant.tools.words import DELETE, MOVE, PAY, PRIVILEGE_VERB, SEND, WRITE

_GREETS = re.compile(r"^(?:hi|hello|hey|so|well|this time|also)(?: there)?,? ")
NOT = re.compile(r"^(?:do not|don't|do n't|never|no|without|nothing|nichts?|kein\w*|no|ne|non)\b")
YOU = re.compile(
    r"(?:^|[,;:.!(] ?|[-–—] |\b(?:and|so|then|but|please) )[\s\"']*(?:please |pls )?(?:can"
    r"|could|would|will) (?:you|u|we)\b"
    r"|^kannst du|^puedes"
)
_TAG = re.compile(
    r",? (?:(?:would|could|can|will|won't) (?:you|u)(?: please)?|ok(?:ay)?|right|please|pls|plz"
    r"|thanks|thx|yes|alright|deal)\?+$"
)
"""What is asked behind an order makes no question of it."""
_OF_WORKS = VERBS - {"need", "get", "go", "do", "make", "give"}
IMPERATIVE = re.compile(
    r"^(?!have (?:the|an?) (?:highest|best|top|lowest|good|nice|great)\b)(?!(?:in|on|at|from|with"
    r"|of|for|to|by|about|or|that|than|as|into|over|under|after|before|since|until|till|within"
    r"|among|out|both|all|not|is|are|was|it's|here's|there's|that's|i|we|you|he|she|they|it|there"
    r"|here|this|these|those|my|our|the|an?|his|her|their|your|mine|ours|hers|theirs|yours"
    r"|per|like|but|either|neither|theres"
    r"|heres|thats|its|im|ill|ive|whats|wheres|hows|via|against|during|between|behind|because"
    r"|while|though|which|what|where|who|whose|whom|when|how|why|whatever|if|such|so|too|also"
    r"|again|soon|plus|besides|moreover|furthermore|recently|lately|once|twice|then|afterwards|hence|thus"
    r"|therefore|one"
    r"|two|three|four|five|part|need|needs|want|wants|got|would|may|can|max|min|time|price|names?"
    r"|ratings?|date|thanks?|only|just|even|maybe|still|yes|no|ok|hey|hi|hello|breakfast|lunch"
    r"|dinner|easy|hungry|same|some|any|each|every|another|january|february|march|april|june|july"
    r"|august|september|october|november|december)\b"
    r"|(?!(?:feed|need|seed|shed|embed|speed|proceed|exceed)\b)\w{2,}ed\b|(?!bring|ping|ring|sing|swing)\w+ing\b"
    r"|\w+ly\b)[a-z][a-z'-]+(?: (?:up|out|off|on|down|back|over|away))? (?:(?:the|an?|my|our|his"
    r"|her|their|your|its|it|them|him|me|us|this|that|these|those|all|every\w*|who\w*|each|any"
    r"|what\w*|which\w*|one|two)\b|\d|#|@|\S+@|https?:)"
)
ACTING = re.compile(
    rf"^(?:{'|'.join(sorted(DELETE | SEND | WRITE | PAY | MOVE | PRIVILEGE_VERB))}|run|start|stop"
    r"|restart|disable|enable|block|allow|cancel|comment|upload|deploy|install|close|answer|drop"
    r"|wipe|clean|remind|tell|give|forward|push|order|reserve|subscribe|sign|register|restore"
    r"|rotate|reset|turn|switch|open up|lock|unlock|accept|reject|approve|confirm|use|fix|fill"
    r"|follow|handle|do|process|effect|stick|pop|bring|place|dm|ping|text|let(?! me\b| us\b)"
    r"|get(?! me\b| us\b(?! (?:on|onto|off|over|out|rid|to the)\b)| to\b| in\b)"
    r"|work|carry out|perform|implement|obey|comply|heed|deliver"
    r"|submit|circulate|distribute|attach|append|insert|deposit"
    # what those do who build and run programs
    r"|reproduce|bump|upgrade|downgrade|migrate|merge|rebase|revert|refactor|rename|patch|tag"
    r"|release|roll (?:back|out)|scale|provision|bootstrap|wire|mute|backport|pin) \S"
    r"|^have (?!(?:i|we|you|they|an?|the|there)\b)(?:[\w'-]+ ){1,3}?(?:pay|send|book|order|delete"
    r"|remove|move|forward|buy|transfer|all|go|put|set|sent|paid|changed|updated|entered|done"
    r"|run)\b|^(?:act (?:up)?on|see to|keep in mind) \S|^go ahead\b"
)
_ON_CONDITION = re.compile(
    r"^(?:if|when(?:ever)?|once|should|in case|unless) (?:[\w'-]+ ){1,14}?"
    r"(?<!\bi )(?<!'ll )(?<!'d )(?<!you )(?<!we )(?<!they )(?<!he )(?<!she )(?<!who )(?<!to"
    r" )(?<!not )(?<!n't )"
    r"(?<!can )(?<!will )(?<!may )(?<!must )(?<!should )(?<!could )(?<!would )(?<!and )(?<!or )"
    rf"(?:(?:{'|'.join(sorted(DELETE | SEND | PAY | MOVE))}|cancel|book|order|reserve|tell|forward"
    r"|put|set|add|let|share|give|approve|accept|reject|merge|close|confirm|deploy|release|restart"
    r"|publish|push|submit) (?:it|them|that|this|him|her|everybody|everyone|(?:the|an?|my"
    r"|our) \w)"
    r"|(?<! a )(?<!the )(?:put|add|let|give) (?:(?:in|up|on|down) (?:an?|the)\b|\w+ (?:\(|(?:in"
    r"|into|on|to|for)\b)))"
)
"""What is to be done under a condition is an order: "if they are late cancel it"."""


class Reading(NamedTuple):
    """What a sentence asks for.

    Attributes:
        told: Only to be told something; False: for an act; None: for nothing that is known.
        rest: What of it is no wish to be told something.
    """

    told: bool | None
    rest: str


def read(sentence: str, *, english: bool) -> Reading:
    """Return what a sentence asks for.

    Args:
        sentence: One of ``sentences_of`` what people said.
        english: Are their words English, so that an order is known by its form?
    """
    # What people say grows by a message at a time: the sentences before it are read already.
    return (_known if len(sentence) <= _SHORT else _read)(sentence, english)


def _read(sentence: str, english: bool) -> Reading:
    sentence = _TAG.sub("", sentence)
    question = sentence.endswith(("?", "？")) and not YOU.search(sentence)
    noun = noun_wish(sentence, english=english)
    if noun or wanted(sentence) or asked_of_you(sentence):
        return Reading(False, sentence)
    parts = (plainly(part) for part in sentence.split(", "))
    if question and not any(map(ORDER_ASKED.match, parts)):
        return Reading(True, "")
    found = list(_by_clause(_untitled(sentence), sentence, english=english))
    kinds = {kind for kind, _ in found}
    rest = ", ".join(clause for kind, clause in found if kind != _TOLD)
    if _ACT in kinds:
        return Reading(False, rest)
    if _TOLD in kinds or noun is False:
        lost = any(not kind and _NOT_KNOWN.search(clause) for kind, clause in found)
        lost = lost or (not english and unread_abroad(_untitled(sentence)))
        return Reading(None if lost else True, rest)
    return Reading(False if _PREPARED in kinds else None, rest)


_SHORT = 400
_known = lru_cache(maxsize=4096)(_read)


def _untitled(sentence: str) -> str:
    rest = unlabelled(sentence)
    title = clauses_of(sentence[: len(sentence) - len(rest)])
    return sentence if any(ACTING.match(plainly(clause)) for clause in title) else rest


def _by_clause(plain: str, sentence: str, *, english: bool) -> Iterator[tuple[str, str]]:
    before = ""
    for number, clause in enumerate(clauses_of(plain)):
        stated = _AS_BEFORE.match(clause) is not None and _STATED.search(before) is not None
        kind = "" if stated else _clause(clause, sentence, english=english, number=number)
        yield kind, clause
        before = clause


_NOT_KNOWN = re.compile(r"[\u0590-\u0fff\u1100-\u11ff\uac00-\ud7ff]")
"""Scripts whose words for acts are not known: what is not understood in them may be one."""
_STATED = re.compile(
    r"\b(?:i'?ll|we'll) [a-z]+"
    r"|^(?:(?:and|but|so|because|since|as|then) )*(?:i|we|they)(?:'ll|'m|m|'re| will| am| are)?"
    r" (?!(?:would|need|want|like|wish|ask|hope|should|must|have to)\b)[a-z0-9]+"
    r"(?!.{0,80}\b(?:you|u|please|pls)\b)"
)
_AS_BEFORE = re.compile(r"(?:(?:and|then) ){0,2}(?:get|share|take|book|do|buy|pay|eat|rent|go)\b")
"""What people tell of themselves goes on: "we eat twice a day and share one room"."""


_TOLD, _ACT, _PREPARED = "told", "act", "prepared"


def _clause(clause: str, sentence: str, *, english: bool, number: int) -> str:
    """Return what a clause asks for; '' for nothing.

    What is only taken up to tell of it ("take the last ten, sum them up") is prepared.
    """
    if SMALL_TALK.match(_GREETS.sub("", clause.strip())):
        return ""
    clause = plainly(clause)
    if not clause or any(form.match(clause) for form in (NOT, PICKS, MANNER, INTRODUCES)):
        return ""
    if _ON_CONDITION.match(clause):
        return _ACT
    if _tells(clause, sentence, number):
        return _TOLD
    if PREPARES.match(clause):
        return _PREPARED
    first = clause.partition(" ")[0]
    act = (
        (english and IMPERATIVE.match(clause))
        or ACTING.match(clause)
        or (not english and _done_abroad(clause))
        or (number == 0 and first in _OF_WORKS)
    )
    if act:
        return _ACT
    return _TOLD if english and ASKED_IN.search(clause) else ""


def _done_abroad(clause: str) -> bool:
    plain = _without_marks(clause)
    return any(ANY_ACT.search(c) or DOES_SO.search(c) for c in dict.fromkeys((clause, plain)))


_OBJECT = re.compile(r"(?:what|everything|anything|all|as)\b")
"""What stands before the order it is for: "what he asks for, go ahead and do"."""


def _tells(clause: str, sentence: str, number: int) -> bool:
    if number == 0 and _OBJECT.match(clause) and left_to_text(clause):
        return False
    if RELATIVE.match(clause) and not (number == 0 and OF_A_QUESTION.match(clause)):
        return False
    return (
        TELL.match(clause) is not None
        or TELL.match(_without_marks(clause)) is not None
        or HERE.match(clause) is not None
        or (HERE.match(sentence) is not None and not (number and ACTING.match(clause)))
        or TOLD_LAST.search(clause) is not None
    )


def _without_marks(text: str) -> str:
    """Return letters without their accents: ``resúmeme`` as ``resumeme``."""
    if text.isascii():
        return text
    return "".join(c for c in normalize("NFD", text) if not combining(c))
