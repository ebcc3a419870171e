"""Regular expressions (PCRE) of ``match`` and others, patterns of ``like``, wildcards.

Search Manual, "About Splunk regular expressions": PCRE, unanchored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import regex

from .faults import Doubt, Refused
from .values import folds

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SAME = frozenset("dDwWsSbBAntrfv0123456789xu")
_END = {"z": r"\Z", "Z": r"(?=\n?\Z)", "h": r"[ \t]", "R": r"(?:\r\n|\n|\r)"}


@lru_cache(4096)
def compiled(pattern: str) -> Callable[[str], bool]:
    """Return a search for a pattern.

    Raises:
        Refused: It has something that Python's expressions do not say the same way.
    """
    try:
        plain = regex.compile(_translated(pattern), regex.ASCII)
        wide = regex.compile(_translated(pattern))
    except regex.error as error:
        raise Refused(f"the pattern {pattern!r}: {error}") from error

    def found(said: str) -> bool:
        first = plain.search(said) is not None
        if not said.isascii() and first is not (wide.search(said) is not None):
            raise Doubt(f"{pattern!r} in {said!r}: is PCRE's Unicode on?")
        return first

    return found


def _translated(pattern: str) -> str:
    def escape(found: re.Match[str]) -> str:
        letter = found[1]
        if letter in _END:
            return _END[letter]
        if letter.isascii() and letter.isalnum() and letter not in _SAME:
            raise Refused(f"\\{letter} in {pattern!r}")
        return found[0]

    # In a pattern of Python $ is before a last line feed as well, as in PCRE.
    return _ESCAPE.sub(escape, pattern)


def replaced(said: str, pattern: str, by: str) -> str:
    """Return a text with all that matches replaced; ``\\1`` is the first group."""
    if re.search(r"\\(?![0-9])", by):
        raise Doubt(f"a backslash in what replaces: {by!r}")
    return regex.sub(_translated(pattern), by, said, flags=regex.ASCII)


@lru_cache(4096)
def like(pattern: str) -> Callable[[str], bool]:
    """Return a test for a pattern of ``like``: ``%`` is any text, ``_`` one character.

    Raises:
        Doubt: It has a backslash: whether that takes a wildcard's meaning is not said.
    """
    if "\\" in pattern:
        raise Doubt(f"a backslash in the pattern of like: {pattern!r}")
    parts = {"%": ".*", "_": "."}
    whole = re.compile("".join(parts.get(c, re.escape(c)) for c in pattern), re.DOTALL)
    return lambda said: whole.fullmatch(said) is not None


def wildcard(value: str) -> Callable[[str], bool]:
    """Return a test for a value of ``search``: without case, ``*`` is any text.

    Search Reference, ``search``; Search Manual, "Wildcards": there is no way to take the meaning
    of ``*``.
    """
    wanted = [_test(said) for said in folds(value)]
    return lambda said: _agreed(value, said, wanted)


def _agreed(value: str, said: str, wanted: list[Callable[[str], bool]]) -> bool:
    there = folds(said)
    size = max(len(wanted), len(there))
    if size == 1:
        return wanted[0](there[0])
    # One that is ASCII is the same in every reading.
    tests = wanted if len(wanted) == size else wanted * size
    texts = there if len(there) == size else there * size
    found = {test(one) for test, one in zip(tests, texts, strict=True)}
    if len(found) > 1:
        raise Doubt(f"{value!r} is {said!r} without case?")
    return found.pop()


def _test(value: str) -> Callable[[str], bool]:
    if "*" not in value:
        return value.__eq__
    parts = value.split("*")
    if len(parts) == 3 and not parts[0] and not parts[2]:
        inside = parts[1]
        return lambda said: inside in said
    whole = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
    return lambda said: whole.fullmatch(said) is not None
