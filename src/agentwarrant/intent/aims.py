"""Whom or what people said an act is aimed at: what they fixed is for no content to change."""

from __future__ import annotations

import re
from itertools import islice

from agentwarrant.intent.passages import Passage
from agentwarrant.intent.provenance import Match, Source, explained, says, site_named
from agentwarrant.intent.sums import read
from agentwarrant.intent.values import AMOUNT_KEY, KINDS, Value, leaves_of
from agentwarrant.intent.wishes import requests
from agentwarrant.shell import commands

_FIXED = (*KINDS, re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"))
_NUMBERED = re.compile(r"([a-z]{2,8})-(?:[a-z]{2,8}-)?\d{2,}")


TEXT_KEY = re.compile(
    r"(?:^|_)(?:body|text|content|contents|message|subject|note|notes|description|comment"
    r"|summary|title"
    r"|prompt|input|memo|msg|subj|payload|html|markdown|headline|caption|remarks?"
    r"|stuff|wording|narrative|letter)(?:$|_)"
)


def fixed(value: Value, said: str) -> bool:
    """Did people say of what is aimed at which one it is, and this is another?"""
    text = value.text
    if TEXT_KEY.search(value.key.lower()):
        return False
    for kind in _FIXED:
        if kind.fullmatch(text):
            return kind.search(said) is not None and not says(text, said)
    numbered = _NUMBERED.fullmatch(text) if value.target or _ITEM_KEY.search(value.key) else None
    if numbered is None or text in said:
        return False
    return any(m.group(1) == numbered.group(1) for m in _NUMBERED.finditer(said))


def own_site(text: str, said: str) -> bool:
    """Does a text link only to sites that people named?"""
    hosts = _LINKED.findall(text)
    return bool(hosts) and all(site_named(host, said) for host in hosts)


_LINKED = re.compile(r"(?:https?://|www\.)([\w.-]{1,253})")
_ITEM_KEY = re.compile(r"(?:^|_)(?:sku|item|article|product|code|id)(?:$|_)")


def beside_whom(match: Match, sources: list[Source], said: str) -> bool:
    """Is it an address that content gives, though people named somebody whose address was read?

    "Reply to Jonas" writes to ``jonas@…``; who else is to have the answer, people did not say.
    """
    if match.guess or not _MAIL.fullmatch(match.value.text):
        return False
    return any(
        found.group() != match.value.text
        and explained(found.group(), said)
        and _to_whom(found.group(), said)
        for source in sources
        for text in (source.arguments.lower(), source.text)
        for found in islice(_MAIL.finditer(text), _ADDRESSES)
    )


def _to_whom(address: str, said: str) -> bool:
    """Did people name who has this address as the one to write to, and nobody besides?"""
    names = [n for n in re.split(r"[.+_-]", address.split("@", 1)[0]) if len(n) > 2]
    who = "|".join(map(re.escape, names))
    alone = rf"\b(?:{_WRITES}) (?:\w+ )?(?:{who})\b(?!'s|,? (?:and|or|plus|und|et|y)\b)"
    return bool(who) and re.search(alone, said) is not None


_MAIL = KINDS[0]
_ADDRESSES = 32
_WRITES = "to|answer|tell|write|inform|notify|e-?mail|mail|message|ask|invite|remind|an|à"


def on_file(match: Match, sources: list[Source], said: str) -> bool:
    """Do records of one's own hold another account beside a name that people used?

    A bill that gives an account for a supplier whose account is known changes where money goes.
    """
    if match.value.target and _IBAN.fullmatch(match.value.text) is None:
        return False
    return any(
        "".join(found.group().split()) != match.value.text
        and Match(match.value, source, [found.start()]).recorded(said)
        for source in sources
        if not (source.outside or source.instructs)
        for found in islice(_IBAN.finditer(source.text), _ACCOUNTS)
    )


def replaces(passage: str, said: str) -> bool:
    """Does a sentence say that an account takes the place of another, which people did not say?

    So do those who have money sent to themselves; whoever knows of the change speaks of it.
    """
    return _REPLACES.search(passage) is not None and _REPLACES.search(said) is None


_REPLACES = re.compile(
    r"\b(?:new|now|instead|no longer|anymore|old|earlier|previous|former|chang(?:ed?|ing)|closed"
    r"|moved|switched|replac\w+|updated|neue\w?|ab sofort|künftig|statt\w*|geändert\w*|bisherige\w*"
    r"|nouve\w+|désormais|ancien\w*|nuev\w+|ahora|nuov[oaie]|d'ora|novo|nova|agora"
    r"|retired|erloschen|nur noch|sustituid\w*|remplac\w+|ersetzt\w*"
    r"|substituíd\w*"
    r"|vervang\w*|zastąpi\w*|sostituit\w*|this time)\b"
)


def sum_fixed(value: Value, said: str) -> bool:
    """Did people say how much, and this is another sum? A limit is no sum."""
    if not (value.weak and AMOUNT_KEY.search(value.key)) or _LIMIT.search(said):
        return False
    sums = {m.group(1) for m in islice(_SUM.finditer(said), _ADDRESSES)}
    return bool(sums) and all(value.text not in read(one) for one in sums)


_SUM = re.compile(
    r"(?<![\w.,])(?:[$€£¥] ?)?"
    r"(\d{1,3}(?:[., ']\d{3})+(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?)"
    r"(?:(?= ?(?:[$€£¥]|euros?\b|eur\b"
    r"|dollars?\b|usd\b|pounds?\b|gbp\b|chf\b|kr\b))|(?<=\d\d\d[.,]\d\d)(?![\d.,]\d))"
)
_LIMIT = re.compile(
    r"\b(?:up to|at most|max\w*|limit|under|below|less than|no more than|each|per|bis|höchstens"
    r"|hasta|jusqu\w*|fino a|percent|half|rest|remaining|difference|too (?:much|little)"
    r"|(?:what|whatever)(?:'s| is|s)? (?:over|left|missing|open|due|owed|outstanding))\b|%"
)


_IBAN = re.compile(r"(?<![\w])[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?(?![\w])")
_ACCOUNTS = 32


def by_guest(match: Match, said: str) -> bool:
    """Does it stand in what another hand wrote into a text: a comment, a suggestion?"""
    if "comment" in said or "suggest" in said:
        return False
    text, place = match.source.text, match.places[0]
    line = text[text.rfind("\n", 0, place) + 1 : place][:_LINE]
    return _ANOTHER_HAND.search(line) is not None


_LINE = 400
_ANOTHER_HAND = re.compile(
    r"(?:comment|note|reply|suggestion|annotation|edit|kommentar|anmerkung|comentario"
    r"|commentaire)\w{0,3}"
    r" (?:by|from|of|von|de|par)\b|\b(?:wrote|commented|suggested|schrieb|écrit|escribió)\b"
)


def printed(match: Match, passage: Passage) -> bool:
    """Does a link stand in what a program printed that asks for it to be run?

    Who asks for an installation has not asked for what its output asks for. A file that was shown
    is no such output: people may mean what it says.
    """
    if not (match.value.text.startswith("http") and requests(passage.text)):
        return False
    lines = [v for k, v in leaves_of(match.source.arguments) if k in ("command", "cmd")]
    return any(commands.facts_of(line).tool_class not in _SHOWING for line in lines)


_SHOWING = ("read", "discovery")
