"""Wishes that give no order: what is to come about, what is asked for as a favour.

"Everybody must get a mail", "could the address be brought in line", "how about you put it there".
Each form has a modal word, and behind it a word that takes an act; what is only to be found out,
told or chosen takes none ("it should be rated highest", "I need to know").
"""

from __future__ import annotations

import re

from agentwarrant.intent.nouns import ACTS
from agentwarrant.intent.telling import FORM
from agentwarrant.tools.words import DELETE, MOVE, PAY, PRIVILEGE_VERB, SEND

_THINGS = {"mail", "email", "message", "post", "draft", "invoice", "checkout", "issue", "payment"}
_THINGS |= {"payments", "payout", "swap", "make", "execute", "drop"}
"""Verbs that are said as nouns more often: "it should be in an email"."""
_MORE = (
    "invite|change|update|adjust|book|reserve|cancel|order|create|schedule|remind|complete"
    "|dm|enter|register|replace|bring|put|stick|pop|place|publish|upload|save|append"
)
DOES = "|".join(
    [*sorted((DELETE | SEND | PAY | MOVE | PRIVILEGE_VERB) - _THINGS), *_MORE.split("|")]
)
"""Verbs of acts."""
_STEMS = "|".join(
    sorted({re.escape(verb.rstrip("e")) for verb in DOES.split("|") if len(verb) > 3})
)
_DONE = (
    rf"(?:(?:{_STEMS})(?:e|ed|en|ing|ting|ted)?|sent|paid|put|told|written|given|made|set"
    r"|gone|brought)"
)
_MUST = (
    r"(?:should|shall|must|ha(?:s|ve) to|needs? to|ought to|(?:is|are) to|gotta|supposed to"
    r"|still needs?|due to)"
)
_SENT = (
    r"(?:e-?mails?|mails?|messages?|msgs?|dms?|invit\w+|payments?|transfers?|refunds?|reminders?"
    r"|access|notes?|letters?|copy|heads-up)"
)
_FOUND_IN = r"(?<!link )(?<!code )(?<!prices )(?<!price )(?<!lunch )(?<!dinner )(?<!this )"
"""Of a link or a price, "it should be in the mail" is a guess where it is to be found."""
_NOT_I = (
    r"(?<!\bi )(?<!\bwe )(?<!\bit )(?<!there )(?<!\bthat )(?<!which )(?<!what )(?<!would )(?<!'d )"
)
_ONLY_RATED = (
    r"(?!(?:need|ask|summari[sz]|list|explain|describ|compar|check|count|rat|review|translat|nam"
    r"|call|titl|bas|locat|interest|includ|exclud|rank|sort|inform|show|look|examin|limit|expect"
    r"|consider|spell|format|plann?|allow|inclin|oblig|pleas|delight|us|requir|suppos|mention|word"
    r"|accommodat|quot|indicat|dealt|stat|express|giv|count|pric|top-rat|recommend|concern|relat"
    r"|involv|own|relax|crowd|clos|open|prepar|hir)ed\b)"
)
_PARTICIPLE = (
    rf"{_ONLY_RATED}(?:[a-z]{{2,}}ed|put|sent|set|paid|written|made|brought|given|gone|taken|left"
    r"|reset|thrown|let)"
)
_WANTED = re.compile(
    # who or what must …
    rf"{_NOT_I}\b{_MUST} (?:[\w'-]+ ){{0,3}}?{_DONE}\b"
    r"(?! (?:me|us|less|more|at most|up to|no more|under)\b)"
    rf"|\b{_MUST} (?:(?:also|all|each|both|then) )?(?:get|have|receive|be sent)"
    rf" (?:from (?:you|me) )?(?:an?|the|one|his|her|their) (?:[\w'-]+ ){{0,2}}?{_SENT}\b"
    rf"|(?<!\bi )(?<!\bwe )\b(?:needs?|gets?|receives?) (?:an?|one|another|this|the|that)"
    rf" (?:[\w'-]+ ){{0,3}}?{_SENT}\b"
    r"|(?<!\bi )(?<!\bwe )\bneeds access\b"
    r"|(?<!\bi )(?<!\bwe )\bneeds? (?!(?:read|check|look|see|know|find|sort|plann|choos"
    r"|someth|anyth|noth)ing\b)"
    r"(?:[a-z]{3,}ing|(?:paid|put|sent) )\b"
    r"|(?<!pleased to )(?<!glad to )(?<!like to )(?<!hope to )(?<!want to )(?<!happy to )(?<!love"
    r" to )"
    r"\b(?:get|receive|hear)s? (?:\w+ ){0,3}?(?:from|by) (?:you|u|us)\b"
    rf"|{_FOUND_IN}{_NOT_I}(?<=[\w'\")] )(?:should|must|shall|ought to|needs? to|ha(?:s|ve) to)"
    r" (?:\w+ ){0,2}?(?:go (?:to|up|out|in|back|away)"
    r"|appear|hear|join|become|end up|know|take part|meet"
    r"|(?:say|show)(?! (?:where|when|what|who|which|how|if|whether)\b)"
    r"|be (?:in(?!side\b)|on|down|there"
    r"|up|gone|part|among|added|set up|titled|['\"“‘])"  # noqa: RUF001  # quotes that people use
    r"(?! (?:euros?|dollars|pounds|usd|eur|percent|the (?:best|top|highest)|(?:an?|some"
    r"|one of)\b)))"
    # what is to stand there
    r"|\bwhat (?:should|must|has to|needs to|is to) (?:appear|go|stand|be (?:in|on|sent|posted"
    r"|written|said|put))\b"
    # what would help if it were so
    r"|\b(?:help\w*|great|nice|grateful|thankful|obliged|glad|appreciate\w*|lovely)\b[^.?!]{0,40}?"
    r" if (?!you (?:could|would|can|might)\b)(?:[\w',-]+ ){1,12}?(?:were|contained|got|had"
    r"|received|appeared|went|found)\b"
    # what there must be, or could be
    r"|\b(?:there|it) (?:should|must|needs? to|has to|ought to|could|can) be (?:an?|one|another)"
    r" (?:[\w'-]+ ){0,4}?"
    r"(?:event|meeting|reminder|entry|appointment|list|file|document|message|note|payment"
    r"|transfer)\b"
    r"|\bcould (?:there be an?|(?:[\w'-]+ ){1,4}?have an?|(?:[\w'-]+ ){1,4}?be on (?:its|their"
    r"|his|her) way)\b"
    # whom or what people want to have …
    r"|\b(?:i|we)(?:'d| would)? (?:need|want|like|love) (?!to\b|you\b|u\b)(?:[\w'@.,-]+ ){1,8}?to"
    r" (?!(?:my|our|your|his|her|its|their|the|an?|me|us|it|him|them|this|that|these|those)\b)"
    r"(?!(?:know|see|hear|understand|find|eat|stay|sleep|visit|try|do|go there|have (?:lunch"
    r"|dinner|a look)"
    r"|be (?:the|a|close|near|under|rated))\b)[a-z]+"
    rf"|\b(?:i|we)(?:'d| would)? (?:need|want|like) (?!to\b)(?:[\w'@.-]+"
    rf" ){{1,4}}?{_PARTICIPLE}\b(?! (?:hotel|restaurant|one|place))"
    # you do it, said as one tells how things are done; or you may
    r"|(?<!\bif )(?<!when )(?<!what )(?<!that )(?<!which )(?<!once )(?<!as )(?<!can )(?<!could"
    r" )(?<!where )"
    rf"\b(?:you|u) (?:(?:also|then|just|please|kindly|first|can|must|may|should"
    rf"|\w+ly) ){{0,3}}(?:{DOES}|effect|execute|make|arrange"
    r"|do(?= the (?:ones?|first|last|rest)\b))"
    r" (?!me\b|us\b|up with|as\b)\S"
    # an order that begins with its object
    rf"|(?<=[\w'\")] )please (?:also )?(?:{DOES}|effect|execute|give|hand over)\b"
    rf"(?! (?:(?:it|this|that|them|over) )?(?:to )?(?:me|us)\b| (?:an?|the|their"
    rf"|its) (?:[\w-]+ )?(?:summary|list"
    rf"|names?|overview|answer|prices?|ratings?|details)\b)|^(?:{DOES}|effect|execute) please\b"
    rf"|\bto (?:each|every|all)\b(?: [\w'-]+){{0,4}}? (?:{DOES}|write|give)\b"
    # a piece of a note: "calendar, 3rd of may, event titled …"
    r"|(?<!\bthe )(?<!\bmy )(?<!\ba )(?<!\ban )(?<!\bany )\b(?:event|entry|appointment|reminder)"
    r" (?:titled|called|named)\b"
    # a file that is full, "whichever is biggest can go"
    r"|\b(?:which|what)ever (?:[\w']+ ){1,6}?(?:can|may|should|must) go\b"
)
"""What is to come about, and takes an act: "everybody must get a mail"."""
_TO_BE = re.compile(
    r"\b(?:can|could|would|might|may|should|shall|must|needs? to|ha(?:s|ve) to|ought to|(?:is"
    r"|are) to"
    r"|like to|want to|prefer to|see|gets?|request\w*)(?: (?!who\b|what\b|when\b"
    r"|how\b)[\w'.@-]+){0,8}?"
    rf" (?:(?:be|get|gets|being)(?: [\w'-]+){{0,2}}? ){_PARTICIPLE}\b"
    rf"|\bcould (?!you\b|u\b|we\b|i\b)(?:[\w'-]+ ){{1,10}}?be {_PARTICIPLE}\b"
    rf"|, (?:and )?to be {_PARTICIPLE}\b"
    rf"|\b(?:(?:be|make|making) (?:sure|certain)|see to it|ensure)(?: that)?"
    rf" (?:[\w'.@-]+ ){{1,8}}?(?:is|are|gets?) {_PARTICIPLE}\b"
    rf"|\b(?:have|get|see|had) (?:it|them|this|that|him|her|these|those|everyone|(?:the|my|our|his"
    rf"|her|their)"
    rf" [\w'-]+(?: [\w'-]+)?) {_PARTICIPLE}\b"
)
_FAVOUR = re.compile(
    # "could I ask for its deletion", but not for what it is
    r"\b(?:could|can|may|might|would) (?:i|we) (?:\w+ ){0,2}?"
    r"(?:have|get|trouble|ask|leave|request|bother)\b"
    r"(?! (?:you )?(?:\w+ )?(?:know|what|which|who|when|where|how|a (?:list|summary|look)"
    rf"|the (?:name|names))).{{0,60}}?\b(?:{ACTS})\b"
    # "would you mind deleting it"
    r"|\b(?:any chance|how about|would (?:you|u) mind|do (?:you|u) think|mind"
    r"|be so (?:kind|good)(?: as to| and)?)\b"
    rf".{{0,80}}?\b(?:{DOES}|set)(?:ing|ting)?\b(?! (?:me|us)\b)"
    # "proceed with its deletion"
    r"|\b(?:proceed with|undertake|see to|ensure|ask (?:\w+ )?for|entrust|request\w*|appreciat\w+"
    r"|grateful for) (?:the|an?|its|her|his|their)?"
    rf" ?(?:[\w'-]+ ){{0,2}}?(?:{ACTS})\b"
    # "its deletion is requested"
    rf"|\b(?:{ACTS}) (?:[\w'-]+ ){{0,12}}?(?:is|are|be)"
    r" (?:what i|requested|asked|wanted|desired|appreciated|welcome|needed)\b"
)
"""An act that is asked for as a favour, or by its noun."""


_TO_BE_TOLD = re.compile(
    r"\b(?:i|we)(?:'d| would)? (?:need|like|want|love|wish|prefer|have)(?: only)? to be (?:told"
    r"|given|shown|informed|advised|sent|handed|reminded)\b|\b(?:shared|given|sent|told) (?:with "
    r"|to"
    r" )?(?:me|us)\b"
)
_FORM = re.compile(FORM)


def wanted(sentence: str) -> bool:
    """Does a sentence wish for an act: "could it be brought in line", "she must get a mail"?"""
    if _FORM.search(sentence):
        return False
    rest = _TO_BE_TOLD.sub(" ", sentence)
    return any(form.search(rest) is not None for form in (_WANTED, _TO_BE, _FAVOUR))
