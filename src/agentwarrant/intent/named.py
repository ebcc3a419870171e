"""The objects people named for an act, and whether an act is done to them.

"Retire vm-old-7" names what is to go, and "rotate the key of app-5" whose key: an act of that kind
on something else was not asked for. A name stands for what hangs on it, too ("vm-old-7-disk"), and
what trusted content tells of it may be meant; another of the same kind ("vm-prod-1") never is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from agentwarrant.event import Event, text_of
from agentwarrant.intent.asks import asks_for
from agentwarrant.intent.provenance import says
from agentwarrant.intent.values import leaves_of
from agentwarrant.intent.works import is_step, orders_of
from agentwarrant.intent.worktable import VERBS
from agentwarrant.tools.words import (
    DELETE,
    EXEC,
    LIST,
    MOVE,
    PAY,
    PRIVILEGE_VERB,
    READ,
    SEND,
    WRITE,
)

HELD = frozenset({"destructive", "privilege"})
"""Classes of acts that are held to the object people named."""

FORMED = re.compile(r"\d{6}|[a-z].*\d|\d.*[a-z]|[a-z0-9][@.:-][a-z0-9]")
"""A name by its form, and no word: it has digits in it, or parts."""

_TOKEN = re.compile(r"[^\s\"'“”`=,;|&()<>{}\[\]$]+")
_NAME = re.compile(
    r"(?=[a-z_.@/:-]{0,40}\d|[a-z]{1,40}[-_.@]\w)(?=[\d.:/-]{0,40}[a-z])[a-z0-9][\w.@:-]{2,62}"
)
"""A name and no word: it has a letter and a digit, or is of two parts."""
_CLAUSE = frozenset({"and", "then", "or"})
_PLACES = frozenset(
    "on in at from to into onto with by because as since so if when where which that who whose "
    "before after during until while via using through under over behind and".split()
) - {"and"}
_WHO = re.compile(
    r"(?:^|[-_])(?:users?|user-?names?|principal|grantee|member|account|login|assignee|collaborator"
    r"|service-?account)(?:-?(?:name|id|email))?$"
)
_FLAG = re.compile(r"--?([a-z][\w-]*)")
_VERBS = VERBS | DELETE | LIST | MOVE | PAY | PRIVILEGE_VERB | READ | SEND | WRITE
_PROGRAM_VERBS = _VERBS | EXEC | {"modify", "attach", "detach", "describe", "authorize", "revoke"}
_PASSING = ("/tmp/", "/var/tmp/", "/dev/")  # noqa: S108  # they are looked for, not written to
_MOST = 48


class _Wish(NamedTuple):
    """What a sentence names: its objects; whether it is clear that these are all it means."""

    objects: frozenset[str]
    clear: bool


_NOTHING = _Wish(frozenset(), clear=False)


class Object(NamedTuple):
    """What an act is done to.

    Attributes:
        names: The names in its arguments, lower case.
        who: Those of them that say whose access or account it is about.
    """

    names: list[str]
    who: list[str]


def strays(event: Event, tool_class: str, said: str, given: Callable[[str], bool]) -> str:
    """Return what an act is done to, where people named something else for it; '' else.

    Args:
        event: The call.
        tool_class: Its class.
        said: What people said, lower case.
        given: Did content that may be meant give this name as plain data?
    """
    if tool_class not in HELD:
        return ""
    named = _named(event, tool_class, said)
    if not named.objects:
        return ""
    aim = object_of(event)
    if aim.who and not any(_fits(one, said, named.objects) or given(one) for one in aim.who):
        return aim.who[0]
    if any(fits(one, name) for one in aim.names for name in named.objects):
        return ""
    sibling = next((o for o in aim.names for n in named.objects if _kind(o) == _kind(n) != ""), "")
    if sibling:
        return sibling
    if not named.clear or any(map(given, aim.names)):
        return ""
    return next(iter(aim.names), "")


_STEP = 4_000


def _named(event: Event, tool_class: str, said: str) -> _Wish:
    """Return what the wishes for such an act name; nothing where one of them names none."""
    step = f"{text_of(event, 'gen_ai.tool.name')} {text_of(event, 'warrant.arguments.text')}"
    step = step[:_STEP].lower()
    wishes = [
        wish
        for wish, asked, works in _wishes(tool_class, said)
        if asked or is_step(tool_class, step, works)
    ]
    if not all(wish.objects for wish in wishes):
        return _NOTHING
    objects = frozenset[str]().union(*(wish.objects for wish in wishes))
    return _Wish(objects, all(wish.clear for wish in wishes))


@lru_cache(maxsize=256)
def _wishes(tool_class: str, said: str) -> tuple[tuple[_Wish, bool, frozenset[int]], ...]:
    """Return what each sentence names, whether it asks for this class, which works it asks for."""
    return tuple(
        (_wish(order.text), asks_for(tool_class, order.text), order.works)
        for order in orders_of(said)
    )


def _fits(one: str, said: str, named: frozenset[str]) -> bool:
    """Is somebody whom people named, or who hangs on what they named, whom the act is about?"""
    if re.search(rf"(?<![\w.-]){re.escape(one)}(?![\w-])", said):
        return True
    return any(fits(one, name) for name in named)


def sibling_named(name: str, said: str) -> bool:
    """Did people name a thing of this kind, and not this one?"""
    kind = _kind(name)
    if not kind or says(name, said):
        return False
    named = (_kind(found.group()) for found in islice(_NAME.finditer(said), _MOST))
    return any(other == kind for other in named)


def fits(one: str, name: str) -> bool:
    """Is one name the other, or the name of what hangs on it?"""
    long, short = _letters(one), _letters(name)
    if len(short) < _SHORTEST:
        return one == name
    place = long.find(short)
    if place < 0:
        return len(long) >= _SHORTEST and short.startswith(long) and not long.isalpha()
    after = long[place + len(short) : place + len(short) + 1]
    return not (short[-1].isdigit() and after.isdigit())


_SHORTEST = 3


def fits_words(name: str, said: str) -> bool:
    """Did people say a name, or a word that is a part of it: "the router" for ``svc-router``?"""
    if says(name, said):
        return True
    parts = [part for part in re.split(r"[^a-z]+", name) if len(part) >= _PART]
    return any(says(part, said) for part in parts if part not in _PROGRAM_VERBS)


_PART = 5


def spoken_of(event: Event, said: str) -> bool:
    """Do people's words speak of what an act gives or takes away for good?

    Whoever names a host has not asked for a new account on it.
    """
    acts = event.get("warrant.tool.acts")
    listed = acts if isinstance(acts, list) else [acts]
    return all(_POWERS[str(a)].search(said) is not None for a in listed if a in _POWERS)


_POWERS = {
    "credential_issue": re.compile(
        r"\b(?:api.?)?(?:keys?|tokens?|secrets?|credentials?|passwords?|certs?|certificates?|logins?"
        r"|accounts?|users?|passphrases?)\b"
    ),
    "privilege_grant": re.compile(
        r"\b(?:roles?|permissions?|privileges?|admins?|access|acls?|collaborators?|members?|scopes?"
        r"|owners?|rights?|groups?|sudo\w*|root|bind\w*|invite|add|grant|chmod|allow|let)\b"
    ),
    "guard_disable": re.compile(
        r"\b(?:guard\w*|log\w*|audit\w*|monitor\w*|alert\w*|alarms?|sensors?|edr|antivirus"
        r"|firewall|hooks?|trail|siem|dlp|detect\w*)\b"
    ),
}
"""Acts that an object's name does not cover, and the words that speak of them."""


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name)


def _kind(name: str) -> str:
    """Return what kind of thing a name says it is: "vm" of ``vm-old-7``; '' where it does not."""
    found = _KIND.match(name)
    return found.group(1) if found else ""


_KIND = re.compile(r"([a-z]{2,12})(?:[-_]?\d|[-_][\w-]*[\w])")


def _wish(sentence: str) -> _Wish:
    """Return the names that stand as objects of a sentence's verbs, up to where a place is told."""
    tokens = [t.strip(".!?:,") for t in _TOKEN.findall(sentence)][:_MOST]
    verbs = [at for at, token in enumerate(tokens) if _verb(token)]
    found: set[str] = set()
    numbers: set[str] = set()
    for at in verbs:
        for before, token in pairwise(tokens[at:]):
            if token in _PLACES:
                break
            if _NAME.fullmatch(token):
                found.add(token)
            elif number := _number(before, token):
                numbers.add(number)
    if verbs:  # a number by itself may be of a list that was read
        return _Wish(frozenset(found | numbers if found else found), clear=True)
    return _Wish(frozenset(t for t in tokens if _NAME.fullmatch(t)), clear=False)


def _number(before: str, token: str) -> str:
    """Return the number by which people call a thing, too: "(ID 12)", "no. 12", "#12"; '' else."""
    number = token.removeprefix("#")
    called = number != token or before in _NUMBER_WORDS
    return number if called and number.isdecimal() else ""


_NUMBER_WORDS = frozenset({"id", "ids", "number", "no", "nr", "num", "#"})


def _verb(token: str) -> bool:
    root = token.removesuffix("ing")
    return any(one in _VERBS for one in (token, root, root + "e", root[:-1]))


def object_of(event: Event) -> Object:
    """Return what an act is done to, by its arguments: names, paths, single words."""
    names: list[str] = []
    who: list[str] = []
    command = text_of(event, "process.command_line")
    for key, value in leaves_of(text_of(event, "warrant.arguments.text")):
        low = value.lower()
        if command and value[:200] in command:
            _of_command(low, names, who)
        elif low and " " not in low and len(low) <= _LONGEST:
            names.append(low)
            if _WHO.search(_dashed(key)):
                who.append(low)
    return Object(_short(names), _short(who))


def named_in(arguments: str) -> frozenset[str]:
    """Return the tokens of arguments, lower case: what stands between spaces, quotes and signs."""
    texts = (value.lower() for _, value in leaves_of(arguments))
    return frozenset(t.strip("-") for text in texts for t in _TOKEN.findall(text[:_STEP])[:_MOST])


def _short(names: list[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if len(name) <= _NAME_LENGTH))[:_MOST]


_NAME_LENGTH = 256


_LONGEST = 64


def _dashed(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", key).replace("_", "-").lower()


def _of_command(command: str, names: list[str], who: list[str]) -> None:
    """Add what a command line names: its names and paths, and its last word."""
    tokens = _TOKEN.findall(command[:_STEP])[: 4 * _MOST]
    last = ""
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token.startswith("-"):
            continue
        last = token
        flag = _FLAG.fullmatch(before)
        if flag and _WHO.search(flag.group(1)):
            who.append(token)
        if token.startswith(_PASSING) or _is_verb(token):
            continue
        if _NAME.fullmatch(token) or "/" in token:
            names.append(token)
    if last and not last.startswith(_PASSING):
        names.append(last)


def _is_verb(token: str) -> bool:
    """Is it a program's own word for what it does: ``create-access-key``?"""
    return re.split(r"[-_]", token, maxsplit=1)[0] in _PROGRAM_VERBS
