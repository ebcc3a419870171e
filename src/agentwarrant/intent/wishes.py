# ruff: noqa: RUF001  # the words of other scripts are meant
"""How far people's words go: only to be told something, or an act; and what they left to a text.

Whoever only asks to be told something has asked for no act, whatever is read on the way. Whoever
leaves an act to a text they name ("pay what the bill says") has asked for what the text says of
acts of that kind. Whoever said whom an act is aimed at has left that to nobody.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.clauses import clauses_of, plainly, sentences_of
from agentwarrant.intent.languages import DOES_SO, any_word, ordered_abroad
from agentwarrant.intent.left import left_to_text
from agentwarrant.intent.listed import unrowed
from agentwarrant.intent.nouns import noun_wish
from agentwarrant.intent.sentence import ACTING, IMPERATIVE, NOT, YOU, read
from agentwarrant.intent.telling import ASKING, TELL
from agentwarrant.intent.tongues import foreign, in_english
from agentwarrant.intent.wanted import wanted

_once = lru_cache(maxsize=256)

_ASKS = re.compile(
    r"\b(?:please|pls|plz|kindly|must|should|shall|ought|need(?:s|ed)?|wants?|wish(?:es)?|gets?"
    r"|goes|gotta|make sure|supposed|waiting|owed?|owing|belongs?|can go|rid of|ha(?:s|ve) to"
    r"|(?:is|are|to) be (?:\w+ed|put|sent|paid|set|read|left|kept|gone)"
    r"|(?:is|are|was|were) (?:asked|expected"
    r"|required|requested|needed|missing|to be)|(?:is|are) (?:then |also )?(?:deleted|removed|sent"
    r"|mailed|forwarded|paid|transferred|added|invited|changed)|can be|would (?:be|help)|could you"
    r"|(?:is|are|was|were|be|been|still) expecting|expects|await(?:s|ed|ing)?|(?:over)?due"
    r"|outstanding|still without|yet to|falls? to|(?:is|are) up to"
    r"|(?:duty|job|task|business|responsibility|turn) (?:of|to|for)"
    r"|grateful|appreciate\w*|continue with|run|execute|go to|before|first|still|bitte|muss|müssen"
    r"|soll(?:en)?|ist|sind|por favor|debe|deben|hay que|veuillez|merci de|il faut|doit|doivent"
    r"|prego|deve|gelieve|graag|moet|proszę|należy|trzeba|vänligen|måste|venligst|vennligst"
    r"|пожалуйста|нужно|надо)\b|请|請|必须|ください"
)
"""Words with which texts ask for something. They say nothing without an act that came of it."""


@_once
def only_told(words: str) -> bool:
    """Do these words (lower case), as far as they are understood, only ask to be told something?"""
    english, rest, asked = in_english(words), [], False
    for sentence in sentences_of(words):
        told, left = read(sentence, english=english)
        if told is False:
            return False
        asked = asked or told is True
        rest.append(left)
    return asked and not left_to_text("\n".join(rest))


@_once
def definite(words: str) -> bool:
    """Do all orders in these words say which act they mean: "send", "delete", "book"?

    Whoever says "fix", "prepare" or "plan" has left to the agent what it takes.
    """
    orders = orders_in(words)
    return bool(orders) and not any(map(_VAGUE.match, orders))


@_once
def does_so(words: str) -> bool:
    """Do people, in another language than English, have done whatever is spoken of?"""
    return any(
        foreign(sentence) and DOES_SO.search(plainly(clause))
        for sentence in sentences_of(words)
        for clause in clauses_of(sentence)
    )


@_once
def orders_in(words: str) -> tuple[str, ...]:
    """Return the clauses of people's words that ask for more than to be told something."""
    return tuple(
        clause
        for sentence in sentences_of(words)
        if not (sentence.rstrip().endswith(("?", "？")) and not YOU.match(sentence))
        for clause in (plainly(c) for c in clauses_of(sentence))
        if clause
        and not NOT.match(clause)
        and not TELL.match(clause)
        and (IMPERATIVE.match(clause) or ACTING.match(clause))
    )


_VAGUE = re.compile(
    r"^(?:act|adapt|adjust|administer|apply|arrange|assist|attend|bring|build|carry|check|clean|clear"
    r"|complete|configure|continue|coordinate|cover|deal|debug|deploy|develop|do|ensure|finish|fix"
    r"|follow|fulfil|get|go|handle|have|help|implement|improve|investigate|keep|look|maintain"
    r"|make(?! an? \w)|manage|meet|mend|migrate|optimi[sz]e|orchestrate|organi[sz]e|perform|plan"
    r"|prepare|proceed|process|refactor|repair|resolve|run|see|set|settle|solve|sort|start|straighten"
    r"|support|sync|take|tidy|treat|triage|try|tune|use|work|update|upgrade)\b"
    r"|^\w+ (?:up|out|together|through|over)\b"
)
"""Orders of which the agent finds out what it takes."""


@_once
def only_made(sentence: str) -> bool:
    """Is only something to be made of a thing: a translation, a transcript, a draft?"""
    clauses = [plainly(clause) for clause in clauses_of(sentence)]
    acts = [c for c in clauses if _MAKING.match(c) or IMPERATIVE.match(c) or ACTING.match(c)]
    return bool(acts) and all(map(_MAKING.match, acts))


_MAKING = re.compile(
    r"^(?:transcribe|translate|draft|compose|convert|render|summari[sz]e|describe|document|caption"
    r"|annotate|proofread|format|transcode|encode|plot|chart|illustrate|paraphrase|rephrase|index"
    r"|tag|label|read|copy|back up|archive|export|print)\b"
)


@_once
def asks_somebody(words: str) -> bool:
    """Do people want somebody else to be asked something?"""
    return _SOMEBODY.search(words) is not None


_SOMEBODY = re.compile(rf"\b{ASKING}")


@_once
def wants(words: str) -> bool:
    """Is there a sentence that tells the agent, in words of a known form, to do something?"""
    clauses = (plainly(c) for s in sentences_of(words) for c in clauses_of(s))
    return any(ACTING.match(c) or TELL.match(c) for c in clauses)


@_once
def clear(words: str) -> bool:
    """Do words of another language than English tell what is wanted?"""
    known = any_word(words) or only_told(words) or left_to_text(words)
    return known and foreign(words)


@_once
def commands(passage: str) -> bool:
    """Does a clause of a passage begin like an order ("set the address"), or wish for an act?"""
    if any(IMPERATIVE.match(c) or ACTING.match(c) for c in spoken_clauses(passage)):
        return True
    if in_english(passage):
        return wanted(passage) or noun_wish(passage, english=True) is True
    return ordered_abroad(passage)


def spoken_clauses(passage: str) -> list[str]:
    """Return the clauses of a passage, without what is only polite in them, or marks a turn."""
    spoken = _TURN.sub(" ", unrowed(passage))
    return [plainly(c.strip(_MARKS)) for c in clauses_of(spoken)]


_TURN = re.compile(
    r"[#=*|<\[({]{1,4}\s?[\[({<]?(?:system|developer|admin|assistant)[ _-]\w{1,16}"
    r"[\])}>*#=|:]{1,4}\s*"
)


def ordering(passage: str) -> list[str]:
    """Return the first words of the clauses of a passage that begin like an order."""
    found = (c for c in spoken_clauses(passage) if IMPERATIVE.match(c) or ACTING.match(c))
    return [re.split(r"\W", clause, maxsplit=1)[0] for clause in found]


_MARKS = " \t#*>-<[](){}\"'.,:;!"


def requests(passage: str) -> bool:
    """Does a passage of content ask for something, in whatever manner?"""
    return _ASKS.search(passage) is not None


def asks(sentence: str) -> bool:
    """Does a sentence ask for something, politely or like an order?"""
    return requests(sentence) or commands(sentence)
