"""Names that a command line gives itself: functions, aliases, arrays, positional parameters.

``alias x='rm -rf'; x /``, ``f() { rm "$1"; }; f /``, ``X=$(which rm); $X /``: what stands in the
place of a program is then not what runs. What a name stands for is read besides what was written,
never instead of it: that something is called ``rm`` does not say that it is used.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from agentwarrant.shell.words import literal

_MOST = 64
_MOST_CALLS = 1000
_MOST_BODY = 8192
_MOST_SCANNED = 256 * 1024
_MOST_BOUND = 64 * 1024

_NAME = r"[^\s(){};&|<>'\"$`=\\]{1,64}"
_DEFINED = re.compile(
    rf"\bfunction[ \t]{{1,16}}({_NAME})[ \t]{{0,16}}(?:\([ \t]{{0,8}}\))?\s{{0,64}}([{{(])"
    rf"|(?<![^\s(){{}};&|<>'\"$`=\\])({_NAME})[ \t]{{0,16}}\([ \t]{{0,8}}\)\s{{0,64}}([{{(])"
)
_ARRAY = re.compile(r"(?<!\w)([A-Za-z_]\w{0,63})\+?=\(([^()]{0,2048})\)")
_PIECE = re.compile(
    r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|\$\{[^{}]*\}|(?<![^\s;])#[^\n]*|([{(])|([})])", re.DOTALL
)
_GIVEN = re.compile(
    r"(?P<other>\\.|'[^']*')|\"\$(?:@|\{@[^{}\"]*\})\"(?P<each>)|(?P<double>\"(?:[^\"\\]|\\.)*\")"
    r"|\$(?:(?P<bare>[1-9@*])|\{(?P<braced>[1-9]\d?|[@*])(?::?[-=](?P<usual>[^{}]*)|[^{}]*)\})",
    re.DOTALL,
)
_IN_DOUBLE = re.compile(
    r"(?P<other>\\.)"
    r"|\$(?:(?P<bare>[1-9@*])|\{(?P<braced>[1-9]\d?|[@*])(?::?[-=](?P<usual>[^{}]*)|[^{}]*)\})",
    re.DOTALL,
)
_SHIFTS = re.compile(r"(?<![\w-])shift(?![\w-])")


def bound(code: str, given: Sequence[str]) -> str:
    """Return code of a shell with its positional parameters put in.

    After a ``shift`` one stands for all that are given. Code that would grow without end stays
    as it is.
    """
    if "$" not in code:
        return code
    every = " ".join(map(literal, given))
    if len(code) + code.count("$") * len(every) > _MOST_BOUND:
        return code
    shifts = _SHIFTS.search(code) is not None

    def put_in(match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind == "other":
            return match[0]
        if kind == "each":
            return " ".join(f'"{literal(one)}"' for one in given)
        if kind == "double":
            return _IN_DOUBLE.sub(put_in, match[0])
        which = match["bare"] or match["braced"]
        if shifts or not which.isdigit():
            return every
        return literal(given[int(which) - 1]) if int(which) <= len(given) else match["usual"] or ""

    return _GIVEN.sub(put_in, code)


def _body(text: str, start: int) -> str:
    """Return a function's body: up to where its bracket closes, or as much as one is read of."""
    depth, end = 1, min(len(text), start + _MOST_BODY)
    for match in _PIECE.finditer(text, start, end):
        depth += bool(match[1]) - bool(match[2])
        if not depth:
            return text[start : match.start()]
    return text[start:end]


VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:\[[^\]]*\])?(?::?-([^{}]*))?\})")
"""A word that is one variable: its name, bare or in braces, and what it is where it is not set."""


class Names:
    """What a command line has named so far.

    Attributes:
        given: Names of functions and aliases.
        positions: What ``set --`` made of ``$1``, ``$2`` …; None: it was not said.
        lost: More is named or called than is followed.
    """

    __slots__ = (
        "_aliases", "_bodies", "_calls", "_functions", "_inside", "_room", "_values", "given",
        "lost", "positions",
    )  # fmt: skip

    def __init__(self) -> None:
        self._functions: dict[str, list[tuple[str, int]]] = {}
        self._bodies: dict[tuple[str, int], list[str]] = {}
        self._aliases: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._inside: list[str] = []
        self._calls, self._room = _MOST_CALLS, _MOST_SCANNED
        self.given: set[str] = set()
        self.positions: list[str] | None = None
        self.lost = False

    def define(self, text: str) -> None:
        """Note the functions and arrays of a command line."""
        for match in _DEFINED.finditer(text):
            name = match[1] or match[3]
            self._functions.setdefault(name, []).append((text, match.end()))
            self.given.add(name)
        if "=(" in text:
            self._values.update((found[1], found[2]) for found in _ARRAY.finditer(text))

    def note(self, program: str, args: Sequence[str]) -> None:
        """Note what a command of ``NAMING`` names."""
        if program == "set" and "--" in args:
            self.positions = list(args[args.index("--") + 1 :])
        made: list[tuple[str, str]] = []
        if program == "alias":
            made = [(name, value) for name, _, value in (one.partition("=") for one in args)]
        elif program == "hash" and args[:1] == ["-p"]:
            made = [(name, args[1]) for name in args[2:3]]
        elif program in _POWERSHELL_ALIASES:
            plain = [arg for arg in args if not arg.startswith("-")]
            made = [(plain[0], plain[1])] if len(plain) > 1 else []
        for name, value in made:
            if value and len(self._aliases) < _MOST:
                self._aliases[name] = value
                self.given.add(name)
            self.lost |= len(self._aliases) >= _MOST

    def assign(self, words: Sequence[str], value: str) -> None:
        """Note what a variable got from a command whose own words say it: ``X=$(which rm)``."""
        for match in filter(None, map(_ASSIGNED.match, words)):
            if len(self._values) < _MOST:
                self._values[match[1]] = value[:_MOST_BODY]

    def called(self, name: str, args: Sequence[str], *, piped: bool) -> Iterator[str]:
        """Yield the code that a command runs by a name that was given here.

        A body is read where it stands, too: it says more only by what it is given. While it is
        read, the same name is no call: what calls itself would have no end.
        """
        if name in self._inside:
            return
        bodies = self._bodies_of(name)
        codes = [
            code for code in (bound(one, args) for one in bodies) if piped or code not in bodies
        ]
        if name in self._aliases:
            codes.append(f"{self._aliases[name]} {shlex.join(args)}")
        self._inside.append(name)
        for code in codes:
            self._calls -= 1
            self.lost |= self._calls < 0
            if self._calls >= 0:
                yield code
        self._inside.pop()

    def _bodies_of(self, name: str) -> list[str]:
        """Return what a function does, by each of its definitions; read once, when it is called."""
        places = self._functions.get(name, [])
        found = self._bodies.get((name, len(places)))
        if found is None:
            found = []
            for text, start in places:
                body = _body(text, start) if self._room > 0 else ""
                self._room -= len(body)
                found += [body] if body not in found else []
            self.lost |= self._room <= 0 or len(found) > _MOST
            self._bodies[name, len(places)] = found = found[-_MOST:]
        return found

    def value(self, path: str) -> str:
        """Return what a variable holds that stands in the place of a program; empty: unknown."""
        match = VARIABLE.fullmatch(path)
        return self._values.get(match[1] or match[2], "") if match else ""


_ASSIGNED = re.compile(r"([A-Za-z_]\w{0,63})=\"?(?:\$\(|`)")
_POWERSHELL_ALIASES = frozenset({"set-alias", "new-alias", "sal", "nal"})
NAMING = _POWERSHELL_ALIASES | {"alias", "hash", "set"}
"""Programs that give a name to another, or make what ``$1`` is."""
