# ruff: noqa: RUF001  # the marks of other scripts are meant
"""How what people said is taken apart: sentences, clauses, and what is only polite in them."""

from __future__ import annotations

import re
from functools import lru_cache

_once = lru_cache(maxsize=256)

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s|[\n;。！？]|\.$")
_DAY = re.compile(
    r"\b(\d{1,2})\.(?= (?:jan|feb|m[aä]r|apr|ma[ijy]|jun|jul|aug|sep|o[kc]t|nov|de[zc]|stycz|lut"
    r"|kwie|czerw|lip|sierp|wrze|pa[zź]d|list|grud))"
)
"""A day, as it is written in German and Polish: its dot ends no sentence."""
_ITEM = re.compile(
    r"(?:^|(?<=[\n:;.!?,] )|(?<=[\n:;.!?]))"
    r"(?:[-*•–] |\(?(?:\d{1,2}|[a-e]|i{1,3})[.)] "
    r"|(?:no\.?|item|part|point|step|number|task) (?:\d{1,2}|[a-e]|one|two|three)(?:[:.)]| is) )"
)
"""What is counted off: "1. …", "(b) …", "item c: …"."""
_CLAUSE = re.compile(
    r",\s|\s(?:and|then|but|so(?! that\b)|und|dann|aber|y|luego|pero|et|puis|mais|e|poi|и|en|och"
    r"|og|ve)\s|:\s"
)
_AND = re.compile(rf"{_CLAUSE.pattern}|\si\s")
"""Polish and its kin have marks on their letters; in English, ``i`` is who speaks."""
_MARKED = re.compile(r"[^\x00-\x7f]")
_MOST = 40
_POLITE = re.compile(
    r"^(?:[\s\"'¿¡(-]|(?:please|pls|plz|kindly|just|only|also|first|next|finally|lastly|further"
    r"|now|then|and|therefore|afterwards|thereafter|furthermore|moreover|in addition"
    r"|in (?:that|this|which) case|if so|hi|hello|hey"
    r"|ok(?:ay)?|so|(?:can|could|would|will) (?:you|u)|how about (?:you|u)"
    r"|i(?:'d| would) like(?: you)? to|i (?:want|need) (?:you )?to|(?:i(?:'d| would)) like you to"
    r"|let's|bitte|kannst du|können sie|könnten sie|könntest du|por favor|puedes|podrías"
    r"|s'il (?:te|vous) plaît|peux-tu|pouvez-vous|per favore|puoi|пожалуйста|请|請)"
    r"(?![\w'])[,\s]*)+"
)

_WHEN = re.compile(
    r"^(?:for|on|by) (?:the )?(?:(?:\d{1,2}(?:st|nd|rd|th)?(?: of)? )?(?:january|february|march"
    r"|april|may|june|july|august|september|october|november|december)(?: \d{1,2}(?:st|nd|rd|th)?)?"
    r"(?:,? \d{4})?|\d{4}-\d\d-\d\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\s(?=[a-z])"
)
"""A day that stands before what is to be done then: "for october 15th create …"."""


@_once
def sentences_of(words: str) -> tuple[str, ...]:
    """Return the sentences of what people said (lower case), each point of a list for itself."""
    plain = _ITEM.sub("\n", _DAY.sub(r"\1", words.replace("’", "'")))
    return tuple(found for part in _SENTENCE.split(plain) if (found := part.strip()))


def clauses_of(sentence: str) -> list[str]:
    """Return the clauses of a sentence, at most 40."""
    return (_AND if _MARKED.search(sentence) else _CLAUSE).split(sentence)[:_MOST]


_ASKED_TO = re.compile(
    r"^.{0,120}?(?:\b(?:i|we)(?:'d| would)? (?:want|wish|need|like|love|prefer)(?: it if"
    r"| that)? (?:you"
    r"|u)(?: to)?"
    r"|\b(?:if|that) (?:you|u) (?:could|would|can|might)(?: please| kindly| also)?) (?=[a-z])"
)
"""What stands before the act that somebody is asked for: "it would help if you could …"."""


def plainly(clause: str) -> str:
    """Return a clause without what is only polite before it, and the day that it is for."""
    return _WHEN.sub("", _POLITE.sub("", _ASKED_TO.sub("", clause.strip())))


def unlabelled(sentence: str) -> str:
    """Return a sentence without the few words that title it: "daily briefing: state …"."""
    found = _LABEL.match(sentence)
    if found is None or _SOUNDS.match(plainly(found.group())):
        return sentence
    return sentence[found.end() :]


_LABEL = re.compile(r"^(?!(?:https?|www)\b)[^:,.?!'\"]{1,60}:\s(?=\S)")
_SOUNDS = re.compile(
    r"(?!car |part |day |person )[a-z]{2,}(?: (?:up|out|off|on|in|down|through|over))? (?:(?:the"
    r"|an?|my|our|his|her|their"
    r"|your|it|them|all|every\w*|this|that|these|those|to|into) |\w+ (?:to|in|into|on) )"
)
"""A title that sounds like an order: "clear up my mails: …"."""
