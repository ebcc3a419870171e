r"""Stands in for google-re2 where nothing compiled may be: as much of it as our code calls.

Our code asks RE2 only what a text cannot hold, and looks again at what is left with Python's own
expressions. So this may say yes where RE2 says no; it never says no where RE2 says yes. Most of
what it is asked are lists of words: a word that is not in a text needs no expression to say so.

In long texts words are all that is looked for: RE2's time is linear whatever is asked, Python's is
not.

RE2's classes are of ASCII; Python's are made so by the translation. ``$`` and letter case differ
by what only adds to the matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

_CLASSES = {"w": "0-9A-Za-z_", "d": "0-9", "s": r"\t\n\f\r "}
_NO_I_OF_RE2 = "(?-i:[\u0130\u0131])"
"""Without letter case these are an ``i`` to Python: no class that excludes it has them."""
_IGNORE = "(?i)"
_GROUP = re.compile(r"\(\?(?:[a-zA-Z]+|P<\w+>|:)")
_COUNT = re.compile(r"\{\d+,?\d*\}")
_HEX = "\\x"
_LONGEST = 20_000
"""Characters of a text that expressions are asked of."""
_OPENING, _QUANTIFIERS = "([", "*?{"


class Options:
    """What an expression is compiled with."""

    case_sensitive = True
    log_errors = True
    max_mem = 0


class _Alternative:
    """One of the alternatives of an expression.

    Attributes:
        literal: What a text that it matches holds, in folded case; '' when none is known.
    """

    def __init__(self, pattern: str, flags: int) -> None:
        self._pattern, self._flags = pattern, flags
        self.literal = max(_literals(pattern), key=len, default="").casefold()

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(_translated(self._pattern), self._flags)


class Pattern:
    """A compiled expression."""

    def __init__(self, pattern: str, options: Options | None = None) -> None:
        self.pattern = pattern
        plain = pattern.removeprefix(_IGNORE)
        folds = plain != pattern or not (options or Options()).case_sensitive
        flags = re.IGNORECASE if folds else 0
        self._alternatives = [_Alternative(one, flags) for one in _split(plain)]

    def search(self, text: str | bytes) -> object | None:
        """Return something where there may be a match; None where there is none."""
        return self.may(*_both(text)) or None

    def may(self, text: str, folded: str) -> bool:
        """May it match a text?"""
        listed = (one for one in self._alternatives if one.literal in folded)
        return any(len(text) > _LONGEST or one.compiled.search(text) for one in listed)


def compile(pattern: str, options: Options | None = None) -> Pattern:  # noqa: A001  # its name
    """Return an expression."""
    return Pattern(pattern, options)


class Set:
    """Several expressions that are asked at once."""

    def __init__(self) -> None:
        self._patterns: list[Pattern] = []

    @classmethod
    def SearchSet(cls) -> Set:  # noqa: N802  # its name
        """Return a set whose expressions match anywhere."""
        return cls()

    def Add(self, pattern: str) -> int:  # noqa: N802  # its name
        """Take an expression; return its number."""
        self._patterns.append(Pattern(pattern))
        return len(self._patterns) - 1

    def Compile(self) -> None:  # noqa: N802  # its name
        """Do nothing: alternatives are compiled when they are needed."""

    def Match(self, text: str | bytes) -> list[int] | None:  # noqa: N802  # its name
        """Return the numbers of the expressions that may match; None for none."""
        plain, folded = _both(text)
        return [i for i, one in enumerate(self._patterns) if one.may(plain, folded)] or None


def _both(text: str | bytes) -> tuple[str, str]:
    plain = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return plain, plain.casefold()


def _parts(pattern: str) -> Iterator[tuple[str, int]]:
    """Yield the parts of an expression, each with its depth: ``0`` outside of all groups."""
    depth, place, in_class = 0, 0, False
    while place < len(pattern):
        part = _part(pattern, place, in_class)
        opens = not in_class and part[0] in _OPENING
        closes = part == ("]" if in_class else ")")
        depth += opens
        yield part, depth
        depth -= closes
        in_class = (in_class or part == "[") and not closes
        place += len(part)


def _part(pattern: str, place: int, in_class: bool) -> str:
    if pattern[place] == "\\":
        return pattern[place : place + (4 if pattern.startswith(_HEX, place) else 2)]
    longer = None if in_class else _GROUP.match(pattern, place) or _COUNT.match(pattern, place)
    return longer.group() if longer else pattern[place]


def _split(pattern: str) -> Iterator[str]:
    """Yield the alternatives of an expression."""
    current: list[str] = []
    for part, depth in _parts(pattern):
        if part == "|" and depth == 0:
            yield "".join(current)
            current = []
        else:
            current.append(part)
    yield "".join(current)


def _literals(pattern: str) -> Iterator[str]:
    """Yield texts that whatever the pattern matches holds."""
    run = ""
    for part, depth in _parts(pattern):
        plain = part[1:] if part[0] == "\\" and not part[1:].isalnum() else part
        if part[0] in _QUANTIFIERS:
            run = run[:-1]  # what it counts may be absent
        if depth or len(plain) != 1 or (plain == part and part in "^$.*+?|"):
            yield run
            run = ""
        else:
            run += plain
    yield run


def _translated(pattern: str) -> str:
    """Return Python's expression for one of RE2: classes of ASCII."""
    made: list[str] = []
    in_class = negated = False
    for part, _ in _parts(pattern):
        if part == "^" and made[-1:] == ["["]:
            made[-1:], negated = ["(?:[", part], True
        elif part == "]" and negated:
            made.append(f"]|{_NO_I_OF_RE2})")
            negated = False
        elif part[0] == "\\" and part[1:] in ("w", "d", "s") and in_class:
            made.append(_CLASSES[part[1:]])
        elif part == r"\w":  # without letter case there are two letters more to both
            made.append(f"[{_CLASSES['w']}]")
        elif part == r"\W" and not in_class:
            made.append(f"(?:[^{_CLASSES['w']}]|{_NO_I_OF_RE2})")
        elif part[0] == "\\" and part[1:] in ("w", "d", "s", "W", "D", "S", "b", "B"):
            if in_class:
                raise ValueError(f"{part} within a class: no pattern of ours has it")
            made.append(f"(?a:{part})")
        else:
            made.append(part)
        in_class = part == "[" or (in_class and part != "]")
    return "".join(made)
