# ruff: noqa: RUF001  # the words of other scripts are meant
"""How far people's words go: only to be told something, or an act; and what they left to a text.

Whoever only asks to be told something has asked for no act, whatever is read on the way. Whoever
leaves an act to a text they name ("pay what the bill says") has asked for what the text says of
acts of that kind. Whoever said whom an act is aimed at has left that to nobody.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import combining, normalize

from agentwarrant.intent.languages import ANY_ACT, DOES_SO, asked_of_you, foreign
from agentwarrant.intent.left import left_to_text
from agentwarrant.intent.telling import (
    ASKING,
    HERE,
    MANNER,
    ORDER_ASKED,
    PICKS,
    SMALL_TALK,
    TELL,
    TOLD_LAST,
)
from agentwarrant.intent.wanted import wanted
from agentwarrant.intent.worktable import VERBS
from agentwarrant.toolwords import DELETE, MOVE, PAY, PRIVILEGE_VERB, SEND, WRITE

_once = lru_cache(maxsize=256)

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s|[\n;。！？]|\.$")
_CLAUSE = re.compile(
    r",\s|\s(?:and|then|but|so(?! that\b)|und|dann|aber|y|luego|pero|et|puis|mais|e|poi|и|en|och"
    r"|og|ve)\s|:\s"
)
_AND = re.compile(rf"{_CLAUSE.pattern}|\si\s")
"""Polish and its kin have marks on their letters; in English, ``i`` is who speaks."""
_MARKED = re.compile(r"[^\x00-\x7f]")
_POLITE = re.compile(
    r"^(?:[\s\"'¿¡(-]|(?:please|pls|plz|kindly|just|only|also|first|next|finally|lastly|now|then|and|hi|hello|hey"
    r"|ok(?:ay)?|so"
    r"|(?:can|could|would|will) (?:you|u)|how about (?:you|u)|i(?:'d| would) like(?: you)? to|i"
    r" (?:want|need) (?:you )?to"
    r"|(?:i(?:'d| would)) like you to|let's|bitte|kannst du|können sie|könnten sie|könntest du"
    r"|por favor|puedes|podrías|s'il (?:te|vous) plaît|peux-tu|pouvez-vous|per favore|puoi"
    r"|пожалуйста|请|請)(?![\w'])[,\s]*)+"
)
_GREETS = re.compile(r"^(?:hi|hello|hey|so|well|this time|also)(?: there)?,? ")
_NOT = re.compile(r"^(?:do not|don't|do n't|never|no|without|nothing|nicht|kein\w*|no|ne|non)\b")
_YOU = re.compile(
    r"(?:^|[,;:.!(] ?|\b(?:and|so|then|but|please) )[\s\"']*(?:please |pls )?(?:can|could|would"
    r"|will) (?:you|u|we)\b"
    r"|^kannst du|^puedes"
)
_TAG = re.compile(
    r",? (?:(?:would|could|can|will|won't) (?:you|u)(?: please)?|ok(?:ay)?|right|please|pls|plz"
    r"|thanks|thx|yes"
    r"|alright|deal)\?+$"
)
"""What is asked behind an order makes no question of it."""
_OF_WORKS = VERBS - {"need", "get", "go", "do", "make", "give"}
_IMPERATIVE = re.compile(
    r"^(?!(?:in|on|at|from|with|of|for|to|by|about|or|that|than|as|into|over|under|after|before"
    r"|since|until|till|within|among|out|both|all|not|is|are|was|it's|here's|there's|that's|i|we"
    r"|you|he|she|they|it|there|here|this|these|those|my|our|the|an?|his|her|their|your|per|like"
    r"|via|against|during|between|behind|because|while|though|which|what|where|who|whose|whom|when"
    r"|how|why|whatever|if|such|so|too|also|again|soon|plus|besides|moreover|furthermore|recently"
    r"|lately|once|twice|then|afterwards|one|two|three|four|five|part|need|needs|want|wants|got"
    r"|would|may|can|max|min|time|price|names?|ratings?|date|thanks?|only|just|even|maybe|still"
    r"|yes|no|ok|hey|hi|hello|breakfast|lunch|dinner|easy|hungry|same|some|any|each|every|another"
    r"|january|february|march|april|june|july|august|september|october|november|december)\b"
    r"|(?!bring|ping|ring|sing|swing)\w+ing\b|\w+ly\b)"
    r"[a-z][a-z'-]+(?: (?:up|out|off|on|down|back|over|away))? "
    r"(?:(?:the|an?|my|our|his|her|their|your|its|it|them|him|me|us|this|that|these|those|all"
    r"|every\w*|who\w*|each|any|what\w*|which\w*|one|two)\b|\d|#|@|\S+@|https?:)"
)
_ACTING = re.compile(
    rf"^(?:{'|'.join(sorted(DELETE | SEND | WRITE | PAY | MOVE | PRIVILEGE_VERB))}|run|start|stop"
    r"|restart|disable|enable|block|allow|cancel|comment|upload|deploy|install|close|answer"
    r"|drop|wipe"
    r"|clean|remind|tell|give|forward|push|order|reserve|subscribe|sign|register|restore"
    r"|rotate|reset"
    r"|turn|switch|open up|lock|unlock|accept|reject|approve|confirm|use|fix|fill|follow"
    r"|handle|do|go ahead|process|effect|stick|pop|bring|place|dm|ping|text|let(?! me\b| us\b)"
    r"|get(?! me\b| us\b| to\b| in\b)"
    r"|work) \S|^have (?!(?:i|we|you|they|an?|the|there)\b)(?:[\w'-]+ ){1,3}?"
    r"(?:pay|send|book|order|delete|remove|move|forward|buy|transfer|all|go|put|set|sent|paid"
    r"|changed"
    r"|updated|entered|done|run)\b"
    r"|^(?:act (?:up)?on|see to|keep in mind) \S"
)
_ON_CONDITION = re.compile(
    r"^(?:if|when(?:ever)?|once|should|in case|unless) (?:[\w'-]+ ){1,14}?"
    r"(?<!\bi )(?<!'ll )(?<!'d )(?<!you )(?<!we )(?<!they )(?<!he )(?<!she )(?<!who )(?<!to"
    r" )(?<!not )(?<!n't )"
    r"(?<!can )(?<!will )(?<!may )(?<!must )(?<!should )(?<!could )(?<!would )(?<!and )(?<!or )"
    rf"(?:{'|'.join(sorted(DELETE | SEND | PAY | MOVE))}|cancel|book|order|reserve|tell|forward"
    r"|put|set|add) (?:it|them|that|this|him|her|everybody|everyone|(?:the|an?|my|our) \w)"
)
"""What is to be done under a condition is an order: "if they are late cancel it"."""
_ASKS = re.compile(
    r"\b(?:please|pls|plz|kindly|must|should|shall|ought|need(?:s|ed)?|wants?|wish(?:es)?|gets?"
    r"|goes"
    r"|gotta|make sure|supposed|waiting|owed?|owing|belongs?|can go|rid of|ha(?:s|ve) to|(?:is|are"
    r"|to) be (?:\w+ed|put"
    r"|sent|paid|set|read)|(?:is|are|was|were) (?:asked|expected|required|requested|needed"
    r"|missing|to be)"
    r"|(?:is|are) (?:then |also )?(?:deleted|removed|sent|mailed|forwarded|paid|transferred|added"
    r"|invited|changed)"
    r"|can be|would (?:be|help)|could you|grateful|appreciate\w*|continue with|run|execute|go to"
    r"|before|first|still"
    r"|bitte|muss|müssen|soll(?:en)?|ist|sind|por favor|debe|deben|hay que|veuillez|merci de"
    r"|il faut"
    r"|doit|doivent|prego|deve|gelieve|graag|moet|proszę|należy|trzeba|vänligen|måste|venligst"
    r"|vennligst"
    r"|пожалуйста|нужно|надо)\b|请|請|必须|ください"
)
"""Words with which texts ask for something. They say nothing without an act that came of it."""


@_once
def only_told(words: str) -> bool:
    """Do these words (lower case), as far as they are understood, only ask to be told something?"""
    asked = False
    for sentence in _SENTENCE.split(words):
        told = _told(sentence.strip())
        if told is False:
            return False
        asked = asked or told is True
    return asked and not left_to_text(words)


def _told(sentence: str) -> bool | None:
    """Is a sentence a wish to be told something? None: it is no wish."""
    sentence = _TAG.sub("", sentence)
    question = sentence.endswith(("?", "？")) and not _YOU.search(sentence)
    if wanted(sentence) or asked_of_you(sentence):
        return False
    parts = (_POLITE.sub("", part) for part in sentence.split(", "))
    if question and not any(map(ORDER_ASKED.match, parts)):
        return True
    asked = None
    for number, clause in enumerate(_clauses(sentence)):
        if SMALL_TALK.match(_GREETS.sub("", clause.strip())):
            continue
        clause = _POLITE.sub("", clause.strip())
        if not clause or _NOT.match(clause) or PICKS.match(clause) or MANNER.match(clause):
            continue
        if _ON_CONDITION.match(clause):
            return False
        if (
            TELL.match(clause)
            or TELL.match(_without_marks(clause))
            or HERE.match(clause)
            or HERE.match(sentence)
            or TOLD_LAST.search(clause)
        ):
            asked = True
        elif (
            _IMPERATIVE.match(clause)
            or _ACTING.match(clause)
            or _foreign_act(clause, sentence)
            or (number == 0 and clause.partition(" ")[0] in _OF_WORKS)
        ):
            return False
    return asked


@_once
def definite(words: str) -> bool:
    """Do all orders in these words say which act they mean: "send", "delete", "book"?

    Whoever says "fix", "prepare" or "plan" has left to the agent what it takes.
    """
    orders = orders_in(words)
    return bool(orders) and all(map(_DEFINITE.match, orders))


@_once
def does_so(words: str) -> bool:
    """Do people, in another language than English, have done whatever is spoken of?"""
    return any(
        foreign(sentence) and DOES_SO.search(_POLITE.sub("", clause.strip()))
        for sentence in _SENTENCE.split(words)
        for clause in _clauses(sentence)
    )


@_once
def orders_in(words: str) -> tuple[str, ...]:
    """Return the clauses of people's words that ask for more than to be told something."""
    return tuple(
        clause
        for sentence in _SENTENCE.split(words)
        if not (sentence.rstrip().endswith(("?", "？")) and not _YOU.match(sentence))
        for clause in (_POLITE.sub("", c.strip()) for c in _clauses(sentence))
        if clause
        and not _NOT.match(clause)
        and not TELL.match(clause)
        and (_IMPERATIVE.match(clause) or _ACTING.match(clause))
    )


_DEFINITE = re.compile(
    rf"^(?:{'|'.join(sorted(DELETE | SEND | WRITE | PAY | PRIVILEGE_VERB))}|comment|upload|answer"
    r"|forward|make an? \w+|remind|cancel|tell|put|call|message|ping)\b(?! (?:up|out|together)\b)"
)


@_once
def only_made(sentence: str) -> bool:
    """Is only something to be made of a thing: a translation, a transcript, a draft?"""
    clauses = [_POLITE.sub("", clause.strip()) for clause in _clauses(sentence)]
    acts = [c for c in clauses if _MAKING.match(c) or _IMPERATIVE.match(c) or _ACTING.match(c)]
    return bool(acts) and all(map(_MAKING.match, acts))


_MAKING = re.compile(
    r"^(?:transcribe|translate|draft|compose|convert|render|summari[sz]e|describe|document|caption"
    r"|annotate|proofread|format|transcode|encode|plot|chart|illustrate|paraphrase|rephrase|index"
    r"|tag|label|read|copy|back up|archive|export|print)\b"
)


def _without_marks(text: str) -> str:
    """Return letters without their accents: ``resúmeme`` as ``resumeme``."""
    if text.isascii():
        return text
    return "".join(c for c in normalize("NFD", text) if not combining(c))


def _foreign_act(clause: str, sentence: str) -> bool:
    known = ANY_ACT.search(clause) or DOES_SO.search(clause)
    return known is not None and foreign(sentence)


@_once
def asks_somebody(words: str) -> bool:
    """Do people want somebody else to be asked something?"""
    return _SOMEBODY.search(words) is not None


_SOMEBODY = re.compile(rf"\b{ASKING}")


@_once
def wants(words: str) -> bool:
    """Is there a sentence that tells the agent, in words of a known form, to do something?"""
    clauses = (_POLITE.sub("", c.strip()) for s in _SENTENCE.split(words) for c in _CLAUSE.split(s))
    return any(_ACTING.match(c) or TELL.match(c) for c in clauses)


@_once
def clear(words: str) -> bool:
    """Do words of another language than English tell what is wanted?"""
    known = ANY_ACT.search(words) is not None or only_told(words) or left_to_text(words)
    return known and foreign(words)


@_once
def commands(passage: str) -> bool:
    """Does a clause of a passage begin like an order: "set the address", "open 22"?"""
    return any(_IMPERATIVE.match(c) or _ACTING.match(c) for c in clauses_of(passage))


def _clauses(sentence: str) -> list[str]:
    return (_AND if _MARKED.search(sentence) else _CLAUSE).split(sentence)[:40]


def clauses_of(passage: str) -> list[str]:
    """Return the clauses of a passage, without what is only polite in them, or marks a turn."""
    spoken = _TURN.sub(" ", passage)
    return [_POLITE.sub("", c.strip(_MARKS)) for c in _clauses(spoken)]


_TURN = re.compile(
    r"[#=*|<\[({]{1,4}\s?[\[({<]?(?:system|developer|admin|assistant)[ _-]\w{1,16}"
    r"[\])}>*#=|:]{1,4}\s*"
)


def ordering(passage: str) -> list[str]:
    """Return the first words of the clauses of a passage that begin like an order."""
    found = (c for c in clauses_of(passage) if _IMPERATIVE.match(c) or _ACTING.match(c))
    return [re.split(r"\W", clause, maxsplit=1)[0] for clause in found]


_MARKS = " \t#*>-<[](){}\"'.,:;!"


def requests(passage: str) -> bool:
    """Does a passage of content ask for something, in whatever manner?"""
    return _ASKS.search(passage) is not None


def asks(sentence: str) -> bool:
    """Does a sentence ask for something, politely or like an order?"""
    return requests(sentence) or commands(sentence)
