"""Macros: text in backticks that stands for other text (Knowledge Manager Manual, "Use search
macros in searches")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .faults import Unreadable
from .words import words

_USED = re.compile(r"(?<!`)`(?!`)\s*([^`(]+?)\s*(?:\(([^`]*)\))?\s*`(?!`)")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Macro:
    """What a macro says, with ``$name$`` where an argument goes."""

    definition: str
    arguments: tuple[str, ...] = ()


def used(text: str) -> list[str]:
    """Return the names of the macros that a search uses, as in macros.conf: ``m``, ``m(2)``."""
    return [_stanza(found[1], _given(found[2])) for found in _USED.finditer(text)]


def expanded(text: str, macros: Mapping[str, Macro]) -> str:
    """Return a search with all macros replaced.

    Raises:
        Unreadable: There is no such macro, or macros never end.
    """

    def replaced(found: re.Match[str]) -> str:
        given = _given(found[2])
        macro = macros.get(_stanza(found[1], given))
        if macro is None or len(macro.arguments) != len(given):
            raise Unreadable(f"no macro {found[0]}")
        said = macro.definition
        for name, value in zip(macro.arguments, given, strict=True):
            said = said.replace(f"${name}$", value)
        return said

    for _ in range(_DEEPEST):
        if _USED.search(text) is None:
            return text
        text = _USED.sub(replaced, text)
    raise Unreadable("macros that use each other without an end")


def _stanza(name: str, given: list[str]) -> str:
    return f"{name}({len(given)})" if given else name


def _given(text: str | None) -> list[str]:
    """Return the arguments; one in quotes may have a comma, and the quotes are not part of it."""
    made: list[str] = []
    start, every = 0, words(text or "", "search")
    for word in (*every, None):
        if word is None or (word.kind == "sign" and word.text == ","):
            end = word.start if word else len(text or "")
            said = (text or "")[start:end].strip()
            made.append(said[1:-1] if said[:1] == said[-1:] == '"' and len(said) > 1 else said)
            start = word.end if word else end
    return made if every else []
