r"""Regular expressions that cannot blow up, and what a text must hold for one to match.

RE2 runs what it can express, in time linear to the text. What it cannot (look-around, back
references, possessive quantifiers, ``\Z``, ``{,n}``) runs under a time bound; a search that
exceeds it counts as no match and is reported by pattern. Classes such as ``\d`` and ``\w`` mean
ASCII, as in PCRE without UCP; ``$`` also matches before a line feed at the very end, as in PCRE.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from re import _parser  # type: ignore[attr-defined]  # undocumented, but the only parser there is
from typing import Any

import re2  # type: ignore[import-untyped]  # the package has no types
import regex

Search = Callable[[str], bool]

TIME_BOUND = 0.1
"""Seconds that one search may take where RE2 cannot be used."""

MIN_LITERAL = 3
"""Shorter texts stand in nearly every value: looking for them first saves nothing."""

_MAX_ALTERNATIVES = 64
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}
_OWN_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}

_options = re2.Options()
_options.log_errors = False
_options.never_capture = True


_CLASSES = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_POSIX = "[:"
"""RE2 knows classes such as ``[[:space:]]``, which Python's parser reads as something else."""

_END_AND_ON = re.compile(r"\$(?!\)*(?:\||\Z))")
"""A ``$`` behind which the pattern goes on: only what takes the last line feed can match there."""


class TooSlow(Exception):
    """A search took longer than ``TIME_BOUND``; ``args[0]`` is the pattern."""


def is_linear(pattern: str, flags: str) -> bool:
    """Can RE2 run it?"""
    return _linear(pattern, flags) is not None


@lru_cache(4096)
def _linear(pattern: str, flags: str) -> Any:
    if "{," in pattern:  # "at most n" in Python, plain text in RE2
        return None
    if "m" not in flags and _END_AND_ON.search(_CLASSES.sub("x", pattern)):
        return None
    try:
        return re2.compile(f"(?{flags}){pattern}" if flags else pattern, _options)
    except re2.error:
        return None


def fault_of(pattern: str, flags: str) -> str:
    """Return why a pattern cannot be used; empty when it can."""
    if _linear(pattern, flags) is not None:
        return ""
    try:
        _bounded(pattern, flags)
    except regex.error as error:
        return str(error)
    return ""


def _bounded(pattern: str, flags: str) -> Any:
    given = regex.ASCII if pattern.isascii() else regex.UNICODE
    for flag in flags:
        given |= _FLAGS[flag]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return regex.compile(pattern, given)


def searcher(pattern: str, flags: str) -> Search:
    """Return the search of a pattern.

    The function returned raises ``TooSlow`` where RE2 cannot be used and the time is over.
    """
    linear = _linear(pattern, flags)
    if linear is None:
        return _timed(_bounded(pattern, flags), pattern)
    search = linear.search
    if "$" not in pattern or "m" in flags:
        return lambda text: search(text) is not None

    def at_the_end(text: str) -> bool:
        if search(text) is not None:
            return True
        return text.endswith("\n") and search(text[:-1]) is not None

    return at_the_end


def _timed(compiled: Any, pattern: str) -> Search:
    search = compiled.search

    def timed(text: str) -> bool:
        try:
            return search(text, timeout=TIME_BOUND) is not None
        except TimeoutError as error:
            raise TooSlow(pattern) from error

    return timed


@lru_cache(4096)
def literals(pattern: str, flags: str) -> tuple[str, ...]:
    """Return folded texts one of which stands in whatever the pattern matches; empty for none."""
    if _POSIX in pattern:
        return ()
    given = 0
    for flag in flags:
        given |= _OWN_FLAGS[flag]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parser.parse(pattern, given)
    except (re.error, RecursionError, OverflowError):
        return ()
    try:
        found = _required(parsed)
    except RecursionError:
        return ()
    texts = [text.casefold() for text in found]
    if not texts or min(map(len, texts)) < MIN_LITERAL or len(texts) > _MAX_ALTERNATIVES:
        return ()
    return tuple(dict.fromkeys(texts))


def _required(items: Any) -> list[str]:
    """Return the best set of alternatives that a sequence requires."""
    best: list[str] = []
    run: list[str] = []

    def settle(found: list[str]) -> None:
        nonlocal best
        if found and _worth(found) > _worth(best):
            best = found

    for op, argument in items:
        name = str(op)
        if name == "LITERAL":
            run.append(chr(argument))
            continue
        if run:
            settle(["".join(run)])
            run = []
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and argument[0] > 0:
            settle(_required(argument[2]))
        elif name == "SUBPATTERN":
            settle(_required(argument[3]))
        elif name == "ATOMIC_GROUP":
            settle(_required(argument))
        elif name == "BRANCH":
            branches = [_required(branch) for branch in argument[1]]
            if all(branches):
                settle([text for branch in branches for text in branch])
    if run:
        settle(["".join(run)])
    return best


def _worth(found: list[str]) -> tuple[int, int]:
    """Long texts first, then few of them."""
    return (min(map(len, found)), -len(found)) if found else (0, 0)
