"""Orders about another thing of a kind: "cancel order #W5267498" asks for nothing of #W2378156."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from agentwarrant.intent.dates import is_day
from agentwarrant.intent.values import leaves_of

_TOKEN = re.compile(r"[#@]?[a-z0-9](?:[a-z0-9_./:-]{0,62}[a-z0-9])?")
_SIGNS = re.compile(r"[a-z0-9]")
_SHORTEST, _DIGITS = 4, 5
_LONGEST = 64


class _Form(NamedTuple):
    """What names of one kind have in common: length, letters, what stands between them."""

    length: int
    letters: bool
    between: str


def of_another(sentence: str, arguments: str) -> bool:
    """Does a sentence name a thing by its number, like one that a call is given, but none of them?

    Args:
        sentence: Of content, lower case.
        arguments: What the call is given, as JSON text.
    """
    given = _numbered(arguments)
    if not given:
        return False
    forms = set(given.values())
    named = [token for token in _TOKEN.findall(sentence) if _form(token) in forms]
    return bool(named) and not any(name in sentence for name in given)


@lru_cache(maxsize=256)
def _numbered(arguments: str) -> dict[str, _Form]:
    """Return the arguments that have a form by which things are numbered, lower case."""
    values = (value.lower() for _, value in leaves_of(arguments) if len(value) <= _LONGEST)
    forms = ((value, _form(value)) for value in values if _TOKEN.fullmatch(value))
    return {value: form for value, form in forms if form}


def _form(token: str) -> _Form | None:
    digits = sum(char.isdigit() for char in token)
    letters = any(char.isalpha() for char in token)
    if not digits or is_day(token) or len(token) < (_SHORTEST if letters else _DIGITS):
        return None
    return _Form(len(token), letters, _SIGNS.sub("", token))
