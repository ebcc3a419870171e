# ruff: noqa: RUF001  # the words of other languages are meant
"""What people leave to a text: what is to be done, and to whom.

Whoever leaves an act to a text they name ("pay what the bill says") has asked for what the text
says of acts of that kind.
"""

from __future__ import annotations

import re
from functools import lru_cache

_once = lru_cache(maxsize=256)

_ACTS = (
    r"(?:the|its|his|her|their|my|our|this|that) (?:[\w-]+ )?(?:payments?|transfers?|transactions?"
    r"|bookings?|reservations?|purchases?|invitations?|invites?|deletions?|removals?)\b"
)
"""To take care of the payment is to pay, and not to do what a text says."""

_LEFT_TO = re.compile(
    # to do as something says: "as its README says", "the way the log tells", "wie … beschreibt"
    r"\b(?:as|(?<!'d )(?<!would )like|the way|how(?:ever)?|exactly what|what(?:ever)?|anything"
    r"|everything(?: that)?) (?!(?:i|we|you|u|do|does|did|many|much|to)\b(?! (?:forwarded|got)))"
    r"(?:(?:i|it's|it|is|it is) )?(?:[\w'/:-]+(?:\.[\w'/:-]+)* ){1,5}?(?<!\bi )(?<!we )(?<!you )"
    r"(?<!i'd )(?:says?|tells?|asks?(?: for)?|wants?"
    r"|wishes|writes?|puts"
    r"|describes?|explains?|advises?|recommends?|suggests?|requests?|requires?|specifies"
    r"|shows?|needs?"
    r"|lists|states?|wrote|said|asked|written|described|requested)\b"
    r"|\b(?:steps?|commands?|procedure|recipe|method|script|fix|workaround) (?:that |which )?"
    r"(?:[\w'-]+ ){1,4}?(?:gives?|says?|describes?|lists?|names?|suggests?|recommends?)\b"
    r"|\b(?:what(?:ever)?|everything|anything|all)(?: that)? (?:is|was|has been|stands)(?: \w+)?? "
    r"(?:instructed|written|said|asked|requested|demanded|ordered|listed|described|stated|required"
    r"|in (?:it|there|the|that|his|her|their|this)|there)\b"
    r"|\bas (?:described|written|requested|stated|specified|instructed|listed|explained)\b"
    r"|\b(?<!can )(?<!could )(?<!we )(?<!will )(?<!would )(?<!'ll )(?<!'d )(?<!not )(?<!n't )"
    r"(?<!fails to )(?<!failed to )"
    r"(?:follow|obey|implement|carry out|work on|take care of|deal with|handle|resolve"
    r"|complete"
    r"|apply)"
    rf" (?!{_ACTS})(?:the(?! following\b)|its|his|her|their|my|our|(?:this|that)(?= \w)"
    r"|ticket|issue|request|each|every)\b"
    r"|\bdo (?:the(?! same\b| right\b)|her|his|their|my|our|all|every\w*) (?:[\w-]+ )?"
    r"(?:things?|tasks?|actions?|jobs?|chores?|rest)\b(?! of\b)"
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
    r"|\bo que (?:[\w-]+ ){0,5}(?:pede|pedem|diz|dizem|indica|indicam|quer|querem|escreve)\b"
    r"|\b(?:ce que|ce qu'\w+|comme) (?:[\w'-]+ ){0,5}(?:demande|dit|indique|décrit|veut"
    r"|explique)\b"
    r"|\b(?:quello che|ciò che|come) (?:[\w'-]+ ){0,5}(?:chiede|dice|indica|descrive|vuole)\b"
    r"|言われた|頼まれた|頼んで|依頼(?:された|して)|指示(?:され|どおり|通り)|書(?:かれ|いて)(?:た|ある|い)"
    r"|(?:通り|とおり|どおり)に|\b(?:istediği|söylediği|yazdığı|belirttiği|istenen)\w*|\byazılan\w*"
    r"|выполни\w* |сделай\w* (?:то|как|всё)|как (?:[\w-]+ ){0,5}(?:просит|пишет|сказано|указано)"
    r"|照着|按照|按(?=.{0,12}说)"
)

_WHOM = (
    r"(?:accounts?|ibans?|(?:e-?mail )?address(?:es)?|e-?mails?|numbers?(?! of\b)|recipients?"
    r"|wallets?"
    r"|links?|urls?|hosts?|places?|contacts?|payees?|people|persons?|everybody|everyone|members"
    r"|(?<!\ba )member"
    r"|owner|sender|agents?|colleagues?|teams?|departments?|whoever|everything|where|whom?"
    r"|konto\w*|adress\w*|empfänger\w*|rekening\w*|cuenta|dirección|compte|destinataire)"
)

_WHOM_LEFT = re.compile(
    r"\b(?:tell|inform|notify|invite|remind|write to|mail|answer|let) (?:all )?(?:the )?"
    r"(?:others|everyone|everybody|rest|participants|guests|attendees|members)\b|"
    r"\b(?:every(?:one|body)|any(?:one|body)|whoever|those|people)"
    r" (?:(?:who|that) )?(?:should|needs?|wants?|asks?|asked|has to|have to)\b|"
    rf"\b{_WHOM},? (?:[a-z'-]+ ){{0,6}}?(?:is|are|stands?|as|that|which|who|it|he|she|they|we"
    rf"|asks?"
    rf"|names?|says?|wants?|given|named|listed|steht|figura|está|est)\b [a-z' -]{{0,40}}?"
    r"(?<![a-z])(?:in|on|at|by|from|of|for|names?|says?|asks?|wants?|there|responsible|im|auf|en"
    r"|dans|sur)\b"
    rf"|\b{_WHOM} (?:in|on|from|of|aus|im|auf|von|dans|en|de|del|nel|da|do)"
    r" (?:the|his|her|their|my|our|its|that|der|dem|den|ihrer|seiner|ihrem|seinem|meiner|meinem"
    r"|la|le|el|su|sa|son|leur|sua|seu)\b"
    r"|\b(?:person|people|ones?|somebody|someone|everybody|everyone|anybody|anyone|those) who\b"
    # in other languages
    r"|\bpara quem (?:\w+ )?(?:ped|di[zg]|quer|indi)\w*|\ba quien(?:es)? (?:\w+ )?(?:pid|di[cg]"
    r"|quier|indi)\w*|\bà qui (?:\w+ )?(?:demand|di[ts]|veu|indi)\w*|\ba chi (?:\w+ )?(?:chied|dic"
    r"|vuol|indic)\w*|\b(?:an wen|wem) (?:sie|er|es)\b|\baan wie\b|言われた先|頼まれた先|指定された"
    # a thing, and who says which: "the drafts that are named in it", "the people that she names"
    r"|\b(?:the|those|all|every|each|any|whatever) (?:[\w'-]+ ){1,4}?(?:(?:that|which|who) )?"
    r"(?:(?:is|are|was|were) )?(?:named|listed|mentioned|marked|noted|flagged|pointed out)"
    r" (?:in|by|on|at|there|here)\b"
    r"|\b(?:the|those|all|every|each|any) (?:[\w'-]+ ){1,4}?(?:that|which|whom?|what)"
    r" (?:s?he|they|it|the \w+|\w+) (?:names?|lists?|mentions?|marks?|notes?|flags?|points? out)\b"
)

_TO_ITS_VERB = (
    r"(?:(?: (?!and\b|then\b)[\w'-]+){1,8}? (?:says?|said|tells?|told|writes?|wrote|mentions?"
    r"|describes?|contains?)\b)?"
)
"""What is told of goes on to its verb: "what the description of each one says"."""
_TOLD_OF = re.compile(
    r"\b(?:(?:gist|summary|outline|essence|substance|copy|translation|idea|overview|list|digest|word"
    r"|note|info\w*|details|news|recap|line)"
    r" (?:of|on|about) what"
    r"|(?:summari[sz]e|explain|translate|tell (?:me|us)|show (?:me|us)|read (?:me|us)?|know|see"
    r"|hear|find out|give me|quote|learn|say|resume|recap)(?: (?:in|me|us|short|brief|words"
    r"|exactly)){0,3} what(?:ever)?\b)"
    rf"{_TO_ITS_VERB}"
)
"""Who wants to be told what somebody wrote leaves nothing to it."""

_SAID = re.compile(
    r"\b(?:that|this|it)(?:'s| is| was) (?:\w+ )?what (?:[\w'-]+ ){1,4}?(?:said|says?|wrote|writes?"
    r"|told|tells?)\b"
)
"""Where people know something from leaves nothing to it: "that's what they wrote to me"."""

_AS_PART = re.compile(
    r"\bas (?:an? |the |its |their )?(?:[\w-]+ )?(?:description|title|subject|name|message|text"
    r"|body|heading|headline|header|summary|label|caption|note|reason|topic|comment|memo)"
    r"(?: line)?,?"
    r" (?=(?:write|put|say|state|use|list|show|tell|ask|give|take|have|need)\b)"
)
"""What a text that people give is to be: "as subject write 'Hello'" leaves nothing to it."""

_AS_DETAIL = re.compile(
    r"\bas (?:an? |the |its |their )?(?:[\w-]+ )?(?:place|location|venue|title|subject|name|date"
    r"|day|time|description|text|body|address|number) what(?:ever)?\b"
)
"""A detail that a text gives: "with, as the place, whatever her mail says"."""
_READ_OF = re.compile(
    r"\b(?:read|reading|take in|tak(?:e|ing) note of|go(?:ing)? (?:through|over)|look(?:ing)?"
    r" (?:at|through|into|over)|see|check|verify|skim|study|summ?ari[sz](?:e|ing)"
    r"|sum(?:s|ming|med)? up|write up|recap|condense|boil down|count|state|describe"
    r"|(?:summary|version|digest|gist|account|outline|article|write-up|report|word|words)"
    r"(?: \w+){0,2}? (?:of|on|about|from)|in (?:brief|short|a (?:few|couple of) words)"
    r"|answer to)(?:,? (?!and do\b)[\w'.-]+){0,6}?,? (?:what(?:ever)?|how)\b"
    rf"{_TO_ITS_VERB}"
)
"""Who has read, counted or summed up what something says leaves nothing to it."""

_QUESTION = re.compile(
    r"(?:^|(?<=[.!?¿\n]))\s{0,4}(?:who|what|which|when|where|why|how|is|are|does|did|has|was"
    r"|were|have|had|do(?! (?:it|so|this|that|what|as)\b)|wann|wer|wie|wo"
    r"|qué|cuándo|que|quel\w*|quand|cosa)\b(?:[^.!?\n]|\.(?=\w)){0,300}\?"
)


@_once
def left_to_text(words: str) -> bool:
    """Do people leave to a text what is to be done?"""
    return _LEFT_TO.search(_AS_DETAIL.sub(" ", of_no_question(words))) is not None


def of_no_question(words: str) -> str:
    """Return words without their questions, what is only to be told, and what something is for."""
    rest = _QUESTION.sub(" ", words)
    for told in (_SAID, _TOLD_OF, _READ_OF, _AS_PART):
        rest = told.sub(" ", rest)
    return rest


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
def whom_left(words: str) -> bool:
    """Do people leave to a text whom or what an act is aimed at?"""
    return _WHOM_LEFT.search(words) is not None
