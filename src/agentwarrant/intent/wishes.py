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

from agentwarrant.intent.languages import ANY_ACT, DOES_SO, foreign
from agentwarrant.intent.telling import ASKING, HERE, ORDER_ASKED, TELL, TOLD_LAST
from agentwarrant.toolwords import DELETE, MOVE, PAY, PRIVILEGE_VERB, SEND, WRITE

_once = lru_cache(maxsize=256)

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s|[\n;。！？]|\.$")
_CLAUSE = re.compile(
    r",\s|\s(?:and|then|but|und|dann|aber|y|luego|pero|et|puis|mais|e|poi|и|i|en|och|og|ve)\s|:\s"
)
_POLITE = re.compile(
    r"^(?:[\s\"'¿¡(-]|(?:please|kindly|just|only|also|first|now|then|and|hi|hello|hey"
    r"|ok(?:ay)?|so"
    r"|(?:can|could|would|will) you|i(?:'d| would) like(?: you)? to|i (?:want|need) (?:you )?to"
    r"|(?:i(?:'d| would)) like you to|let's|bitte|kannst du|können sie|könnten sie|könntest du"
    r"|por favor|puedes|podrías|s'il (?:te|vous) plaît|peux-tu|pouvez-vous|per favore|puoi"
    r"|пожалуйста|请|請)(?![\w'])[,\s]*)+"
)
_NOT = re.compile(r"^(?:do not|don't|do n't|never|no|without|nothing|nicht|kein\w*|no|ne|non)\b")
_YOU = re.compile(r"^[\s\"']*(?:please )?(?:can|could|would|will) (?:you|we)\b|^kannst du|^puedes")
_TAG = re.compile(r", (?:would|could|can|will|won't) you(?: please)?\?$")
"""What is asked behind an order makes no question of it."""
_IMPERATIVE = re.compile(
    r"^(?!(?:in|on|at|from|with|of|for|to|by|about|or|that|than|as|into|over|under|after"
    r"|before|since"
    r"|until|within|both|all|not|is|are|was|it's|i|we|you|he|she|they|it|there|this|these"
    r"|those|my"
    r"|our|the|an?|his|her|their|per|like|via|against|during|between|behind|because|while"
    r"|though)\b)"
    r"[a-z][a-z'-]+(?: (?:up|out|off|in|on|down|back|over|away|to|for|with))? "
    r"(?:the|an?|my|our|his|her|their|your|its|it|them|him|me|us|this|that|these|those|all"
    r"|every\w*|who\w*"
    r"|each|any|what\w*|one|two|\d|#|@|\S+@|https?:)"
)
_ACTING = re.compile(
    rf"^(?:{'|'.join(sorted(DELETE | SEND | WRITE | PAY | MOVE | PRIVILEGE_VERB))}|run|start|stop"
    r"|restart|disable|enable|block|allow|cancel|comment|upload|deploy|install|close|answer"
    r"|drop|wipe"
    r"|clean|remind|tell|give|forward|push|order|reserve|subscribe|sign|register|restore"
    r"|rotate|reset"
    r"|turn|switch|open up|lock|unlock|accept|reject|approve|confirm|use|fix|fill|follow"
    r"|handle|do|go|process"
    r"|work) \S|^have (?!(?:i|we|you|they|an?|the|there)\b)(?:[\w'-]+ ){1,3}?"
    r"(?:pay|send|book|order|delete|remove|move|forward|buy|transfer|all|go)\b"
    r"|^(?:act (?:up)?on|see to|keep in mind) \S"
)
_ON_CONDITION = re.compile(
    r"^(?:if|when(?:ever)?|once|should|in case|unless) (?:[\w'-]+ ){1,14}?"
    r"(?<!\bi )(?<!you )(?<!we )(?<!they )(?<!he )(?<!she )(?<!who )(?<!to )(?<!not )(?<!n't )"
    r"(?<!can )(?<!will )(?<!may )(?<!must )(?<!should )(?<!could )(?<!would )(?<!and )(?<!or )"
    rf"(?:{'|'.join(sorted(DELETE | SEND | PAY | MOVE))}|cancel|book|order|reserve|tell|forward)"
    r" (?:it|them|that|this|him|her|everybody|everyone)\b"
)
"""What is to be done under a condition is an order: "if they are late cancel it"."""
_STATES = re.compile(
    r"^(?:\S+ ){0,6}?(?:i|i'\w+|we|you|he|she|it|it's|they|there|is|are|was|were|has|have|had"
    r"|will|would"
    r"|can|should|may|\w+'s|no|not)\b"
)
_LEFT_TO = re.compile(
    # to do as something says: "as its README says", "the way the log tells", "wie … beschreibt"
    r"\b(?:as|like|the way|how(?:ever)?|exactly what|what(?:ever)?|everything(?: that)?|anything)"
    r" (?:(?:i|it's|it|is|it is) )?(?:[\w.'-]+ ){1,5}?(?:says?|tells?|asks?(?: for)?|wants?"
    r"|wishes"
    r"|describes?|explains?|advises?|recommends?|suggests?|requests?|requires?|specifies"
    r"|shows?|needs?"
    r"|lists?|states?|wrote|said|asked|written|described|requested)\b"
    r"|\b(?:steps?|commands?|procedure|recipe|method|script|fix|workaround) (?:that |which )?"
    r"(?:[\w'-]+ ){1,4}?(?:gives?|says?|describes?|lists?|names?|suggests?|recommends?)\b"
    r"|\bas (?:described|written|requested|stated|specified|instructed|listed|explained)\b"
    r"|\b(?:follow|obey|implement|carry out|work on|take care of|deal with|handle|resolve"
    r"|complete"
    r"|apply|do)"
    r" (?:the|its|his|her|their|my|our|this|that|ticket|issue|request|each|every)\b"
    r"|\b(?:the way|how) (?:i|we) (?:want|like|need|do) \w+ (?:is|stands) in\b"
    r"|\bas (?:always|usual|agreed)\b"
    r"|\bwith the (?:[\w-]+ )?(?:wording|words|text|sentences?|phrases?|template)\b"
    r"|\b(?:(?:so|genau),? )?wie (?:[\w.-]+ ){1,12}(?:beschreib\w*|steht|sagt|schreibt"
    r"|verlangt|will"
    r"|angibt|bittet|möchte)\b|\bwas (?:[\w.-]+ ){1,12}(?:steht|verlangt|will|sagt|bittet"
    r"|möchte)\b"
    r"|\b(?:der|die|das|den) (?:im|in (?:der|dem|ihrer|seiner|ihrem|seinem)) [\w-]+ (?:steht"
    r"|stehen)\b"
    r"|\b(?:lo que|como) (?:[\w-]+ ){0,5}(?:pide|dice|indica|describe|quiere|explica|solicita)\b"
    r"|\b(?:ce que|ce qu'\w+|comme) (?:[\w'-]+ ){0,5}(?:demande|dit|indique|décrit|veut"
    r"|explique)\b"
    r"|\b(?:quello che|ciò che|come) (?:[\w'-]+ ){0,5}(?:chiede|dice|indica|descrive|vuole)\b"
    r"|выполни\w* |сделай\w* (?:то|как|всё)|как (?:[\w-]+ ){0,5}(?:просит|пишет|сказано|указано)"
    r"|照着|按照|按(?=.{0,12}说)"
)
_WHOM = (
    r"(?:accounts?|ibans?|(?:e-?mail )?address(?:es)?|e-?mails?|numbers?|recipients?|wallets?"
    r"|links?"
    r"|urls?|hosts?|places?|contacts?|payees?|people|persons?|everybody|everyone|members?"
    r"|owner|sender|agents?|colleagues?|teams?|departments?|whoever|everything|where|whom?|konto\w*"
    r"|adress\w*|empfänger\w*|rekening\w*|cuenta|dirección|compte|destinataire)"
)
_WHOM_LEFT = re.compile(
    r"\b(?:tell|inform|notify|invite|remind|write to|mail|answer|let) (?:all )?(?:the )?"
    r"(?:others|everyone|everybody|rest|participants|guests|attendees|members)\b|"
    r"\b(?:every(?:one|body)|any(?:one|body)|whoever|those|people)"
    r" (?:(?:who|that) )?(?:should|needs?|wants?|asks?|asked|has to|have to)\b|"
    rf"\b{_WHOM},? (?:[a-z'-]+ ){{0,6}}?(?:is|are|stands?|as|that|which|who|it|he|she|they|we"
    rf"|asks?"
    rf"|names?|says?|wants?|given|named|listed|steht|figura|está|est)\b [a-z' -]{{0,40}}?"
    r"(?<![a-z])(?:in|on|at|by|from|of|for|names?|says?|asks?|wants?|there|responsible|im|auf|en|dans|sur)\b"
    rf"|\b{_WHOM} (?:in|on|from|of) (?:the|his|her|their|my|our|its|that)\b"
)
_ASKS = re.compile(
    r"\b(?:please|kindly|must|should|shall|need(?:s|ed)? to|ha(?:s|ve) to|(?:is|are"
    r"|to) be (?:\w+ed|put"
    r"|sent|paid|set|read)|(?:is|are|was|were) (?:asked|expected|required|requested|needed"
    r"|missing|to be)"
    r"|can be|would (?:be|help)|could you|grateful|appreciate\w*|continue with|run|execute|go to"
    r"|before|first|still"
    r"|bitte|muss|müssen|soll(?:en)?|ist|sind|por favor|debe|deben|hay que|veuillez|merci de"
    r"|il faut"
    r"|doit|doivent|prego|deve|gelieve|graag|moet|proszę|należy|trzeba|vänligen|måste|venligst|vennligst"
    r"|пожалуйста|нужно|надо)\b|请|請|必须|ください"
)
"""Words with which texts ask for something. They say nothing without an act that came of it."""


_TOLD_OF = re.compile(
    r"\b(?:gist|summary|outline|essence|substance|copy|translation|idea|overview|list|digest)"
    r" of what"
    r"|\b(?:summari[sz]e|explain|translate|tell (?:me|us)|show (?:me|us)|read (?:me|us)?|know|see"
    r"|hear|find out|give me|quote) (?:exactly )?what(?:ever)?\b"
)
"""Who wants to be told what somebody wrote leaves nothing to it."""


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
    question = sentence.endswith(("?", "？")) and not _YOU.match(sentence)
    if question and not ORDER_ASKED.match(_POLITE.sub("", sentence)):
        return True
    asked = None
    for number, clause in enumerate(_CLAUSE.split(sentence)[:40]):
        clause = _POLITE.sub("", clause.strip())
        if not clause or _NOT.match(clause):
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
        elif _IMPERATIVE.match(clause) or _ACTING.match(clause) or _foreign_act(clause, sentence):
            return False
        elif number == 0 and " " in clause and not foreign(clause) and not _STATES.search(clause):
            return False  # an order with a verb that is not known here
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
        for clause in _CLAUSE.split(sentence)[:40]
    )


@_once
def orders_in(words: str) -> tuple[str, ...]:
    """Return the clauses of people's words that ask for more than to be told something."""
    return tuple(
        clause
        for sentence in _SENTENCE.split(words)
        if not (sentence.rstrip().endswith(("?", "？")) and not _YOU.match(sentence))
        for clause in (_POLITE.sub("", c.strip()) for c in _CLAUSE.split(sentence)[:40])
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
    clauses = [_POLITE.sub("", clause.strip()) for clause in _CLAUSE.split(sentence)[:40]]
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


_QUESTION = re.compile(
    r"(?:^|(?<=[.!?¿\n]))\s{0,4}(?:who|what|which|when|where|why|how|is|are|does|did|has|was"
    r"|were|have|had|do(?! (?:it|so|this|that|what|as)\b)|wann|wer|wie|wo"
    r"|qué|cuándo|que|quel\w*|quand|cosa)\b(?:[^.!?\n]|\.(?=\w)){0,300}\?"
)


@_once
def left_to_text(words: str) -> bool:
    """Do people leave to a text what is to be done?"""
    return _LEFT_TO.search(_TOLD_OF.sub(" ", _QUESTION.sub(" ", words))) is not None


KEPT = frozenset({"kept"})
_KEPT = re.compile(
    rf"\b{_WHOM} (?:stays?|remains?|does not change|is unchanged)\b|\b(?:usual|same"
    rf"|existing) {_WHOM}\b"
)
_PLACE = re.compile(
    rf"\b{_WHOM} (?:[a-z'-]+ ){{0,4}}?(?:in|on|from) (?:the|our|my|your) ([a-z]+(?: [a-z]+)?)"
)
_OWN = re.compile(
    r"\bmy (?:own )?(?:[\w-]+ ){0,2}?(?:notes?|list|to-?dos?|plan|checklist|instructions|file"
    r"|template)\b"
)


@_once
def whom_place(words: str) -> frozenset[str]:
    """Return the words that say where people have whom an act is aimed at; ``KEPT``: it stays."""
    if _KEPT.search(words):
        return KEPT
    place = _PLACE.search(words)
    return frozenset(place.group(1).split()) if place else frozenset()


@_once
def own_text_left(words: str) -> bool:
    """Do people leave what is to be done to a text of their own?"""
    return left_to_text(words) and _OWN.search(words) is not None


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
def whom_left(words: str) -> bool:
    """Do people leave to a text whom or what an act is aimed at?"""
    return _WHOM_LEFT.search(words) is not None


@_once
def clear(words: str) -> bool:
    """Do words of another language than English tell what is wanted?"""
    known = ANY_ACT.search(words) is not None or only_told(words) or left_to_text(words)
    return known and foreign(words)


@_once
def commands(passage: str) -> bool:
    """Does a clause of a passage begin like an order: "set the address", "open 22"?"""
    return any(_IMPERATIVE.match(c) or _ACTING.match(c) for c in clauses_of(passage))


def clauses_of(passage: str) -> list[str]:
    """Return the clauses of a passage, without what is only polite in them."""
    return [_POLITE.sub("", c.strip(_MARKS)) for c in _CLAUSE.split(passage)[:40]]


def ordering(passage: str) -> list[str]:
    """Return the first words of the clauses of a passage that begin like an order."""
    found = (c for c in clauses_of(passage) if _IMPERATIVE.match(c) or _ACTING.match(c))
    return [re.split(r"\W", clause, maxsplit=1)[0] for clause in found]


_MARKS = " \t#*>-<[](){}\"'.,:;!"


def requests(passage: str) -> bool:
    """Does a passage of content ask for something, in whatever manner?"""
    return _ASKS.search(passage) is not None
