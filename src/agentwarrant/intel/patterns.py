"""STIX patterns (STIX 2.1, section 9) as trees, by recursive descent over the standard's grammar.

It is read by our own code because a feed may bring a million of them: the parsers that are made of
the same grammar by ANTLR take a millisecond each, this one some hundredths of that. The tests hold
it to OASIS's own, pattern by pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agentwarrant.intel.tokens import Literal, PatternError, Token, tokens

DEEPEST = 64
"""Parentheses within parentheses at most."""
EQUALITY = ("=", "!=")
ORDER = ("<", "<=", ">", ">=")
WORDS = ("LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET")


@dataclass(frozen=True, slots=True)
class Path:
    """What a comparison looks at: ``file:hashes.'SHA-256'``.

    Attributes:
        type: The type of object.
        steps: Names of properties; a number or ``*`` for a member of a list.
    """

    type: str
    steps: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test of one property.

    Attributes:
        path: Of which.
        op: One of ``EQUALITY``, ``ORDER`` and ``WORDS``, or ``IN`` or ``EXISTS``.
        values: What it is compared with: one value, of ``IN`` any number, of ``EXISTS`` none.
        negated: ``NOT`` stands before the operator.
    """

    path: Path
    op: str
    values: tuple[Literal, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Comparisons of one observation, or observations, joined.

    Attributes:
        op: ``AND``, ``OR`` or, of observations, ``FOLLOWEDBY``.
        parts: Two or more.
    """

    op: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """What must hold of one observation."""

    test: Node


@dataclass(frozen=True, slots=True)
class Qualified:
    """Observations within a time, or again and again.

    Attributes:
        part: Which.
        op: ``WITHIN`` (seconds), ``REPEATS`` (times) or ``START`` (two times).
        values: How much.
    """

    part: Node
    op: str
    values: tuple[Literal, ...]


Node = Comparison | Joined | Observation | Qualified


def parse(text: str) -> Node:
    """Return a pattern as a tree.

    Raises:
        PatternError: It is none; says where.
    """
    return _Parser(list(tokens(text))).whole()


class _Parser:
    def __init__(self, listed: list[Token]) -> None:
        self._tokens = listed
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        found = self._followed()
        self._take("end")
        return found

    def _followed(self) -> Node:
        return self._joined(
            "FOLLOWEDBY",
            lambda: self._joined("OR", lambda: self._joined("AND", self._observation)),
        )

    def _joined(self, op: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._is(op):
            parts.append(part())
        return Joined(op, tuple(parts)) if len(parts) > 1 else parts[0]

    def _observation(self) -> Node:
        found: Node
        if self._is("("):
            found = self._deeper(self._followed)
            self._take(")")
        else:
            self._take("[")
            found = Observation(self._tests())
            self._take("]")
        while self._next.kind in ("WITHIN", "REPEATS", "START"):
            found = self._qualified(found)
        return found

    def _qualified(self, part: Node) -> Node:
        word = self._take(self._next.kind)
        if word.kind == "START":
            begin = self._time()
            self._take("STOP")
            return Qualified(part, word.kind, (begin, self._time()))
        number = self._next
        kinds = ("integer", "float") if word.kind == "WITHIN" else ("integer",)
        if number.kind not in kinds or not isinstance(number.value, int | float):
            raise self._wrong("a number")
        if number.value <= 0:
            raise PatternError(f"{number.text} is not above zero", number.place)
        self._at += 1
        self._take("SECONDS" if word.kind == "WITHIN" else "TIMES")
        return Qualified(part, word.kind, (number.value,))

    def _time(self) -> datetime:
        token = self._take("literal")
        if not isinstance(token.value, datetime):
            raise PatternError(f"{token.text[:40]} is no time", token.place)
        return token.value

    def _tests(self) -> Node:
        return self._joined("OR", lambda: self._joined("AND", self._test))

    def _test(self) -> Node:
        if self._is("("):
            found = self._deeper(self._tests)
            self._take(")")
            return found
        if self._is("EXISTS"):
            return Comparison(self._path(), "EXISTS", ())
        path = self._path()
        negated = self._is("NOT")
        op = self._next
        if op.kind not in (*EQUALITY, *ORDER, *WORDS, "IN"):
            raise self._wrong("an operator")
        self._at += 1
        return Comparison(path, op.kind, self._values(op.kind), negated)

    def _values(self, op: str) -> tuple[Literal, ...]:
        if op == "IN":
            return self._set()
        if op in WORDS:
            return (self._take("string").value,)
        return (self._literal(truth=op in EQUALITY),)

    def _set(self) -> tuple[Literal, ...]:
        self._take("(")
        found: list[Literal] = []
        while not self._is(")"):
            if found:
                self._take(",")
            found.append(self._literal(truth=True))
        return tuple(found)

    def _literal(self, *, truth: bool) -> Literal:
        token = self._next
        kinds = ("string", "literal", "integer", "float", *(("true", "false") if truth else ()))
        if token.kind not in kinds:
            raise self._wrong("a value")
        self._at += 1
        return token.value

    def _path(self) -> Path:
        kind = self._take("name")
        self._take(":")
        steps: list[str | int] = [self._step()]
        while self._next.kind in (".", "["):
            if self._is("."):
                steps.append(self._step())
                continue
            self._at += 1
            member = self._next
            if member.kind not in ("integer", "*"):
                raise self._wrong("the number of a member")
            self._at += 1
            steps.append("*" if member.kind == "*" else int(member.text))
            self._take("]")
        return Path(kind.text, tuple(steps))

    def _step(self) -> str:
        token = self._next
        if token.kind == "string":
            self._at += 1
            return str(token.value)
        if token.kind != "name" or "-" in token.text:
            raise self._wrong("a property")
        self._at += 1
        return token.text

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _is(self, kind: str) -> bool:
        """Take the next word if it is of a kind."""
        if self._next.kind != kind:
            return False
        self._at += 1
        return True

    def _take(self, kind: str) -> Token:
        token = self._next
        if token.kind != kind:
            raise self._wrong(repr(kind))
        self._at += 1
        return token

    def _deeper(self, part: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise PatternError(f"more than {DEEPEST} parentheses within others", self._next.place)
        found = part()
        self._depth -= 1
        return found

    def _wrong(self, wanted: str) -> PatternError:
        token = self._next
        return PatternError(
            f"{token.text[:40] or 'the end'!r} stands where {wanted} belongs", token.place
        )
