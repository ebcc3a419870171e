r"""A regular expression of a rule (RE2, found anywhere in a value) as one of Lucene (the whole).

What has no exact counterpart is refused: anchors that are not at an end, ``\b``, look-around,
back references, and letters outside ASCII without case.
"""

from __future__ import annotations

import re
from typing import Any

from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.lucene import bounded, letter, literal, one_of
from agentwarrant.siem.regexes import FOREVER, OTHERS, REPEATS, translated

_CLASSES = {
    "CATEGORY_DIGIT": "0-9",
    "CATEGORY_WORD": "0-9A-Za-z_",
    "CATEGORY_SPACE": "\t\n\f\r ",  # as in RE2, without the vertical tab
}


def regular_expression(pattern: str, flags: str) -> str:
    """Return what Lucene matches against a whole value.

    Raises:
        CannotRender: It cannot mean the same there.
    """

    def write(parsed: Any, holding: int) -> str:
        return bounded(_Translation(holding).anywhere(list(parsed)))

    return translated(pattern, flags, "uses what Lucene does not have", write)


class _Translation:
    def __init__(self, flags: int) -> None:
        self._ignore = bool(flags & re.IGNORECASE)
        self._all = bool(flags & re.DOTALL)
        self._lines = bool(flags & re.MULTILINE)

    def anywhere(self, items: list[Any]) -> str:
        """Return a whole pattern; an anchor at one of its ends, or of its branches, is kept."""
        if len(items) == 1 and str(items[0][0]) == "BRANCH":
            ways = [self.anywhere(list(branch)) for branch in items[0][1][1]]
            return f"({'|'.join(ways)})"
        lead, trail = ".*", ".*"
        if items and _anchor(items[0]) in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            self._no_lines(items[0])
            lead, items = "", items[1:]
        if items and _anchor(items[-1]) == "AT_END":
            self._no_lines(items[-1])
            trail, items = "\n?", items[:-1]
        return f"{lead}{self._sequence(items)}{trail}"

    def _no_lines(self, item: Any) -> None:
        if self._lines and _anchor(item) != "AT_BEGINNING_STRING":
            raise CannotRender("an anchor of lines in a regular expression")

    def _sequence(self, items: Any) -> str:
        return "".join(self._item(str(op), argument) for op, argument in items) or "()"

    def _item(self, op: str, argument: Any) -> str:
        if op == "LITERAL":
            return self._letter(chr(argument))
        if op == "NOT_LITERAL":
            return f"[^{self._in_class(chr(argument))}]"
        if op == "ANY":
            return "." if self._all else "[^\n]"
        if op == "IN":
            return self._class(list(argument))
        if op == "BRANCH":
            return f"({'|'.join(self._sequence(branch) for branch in argument[1])})"
        if op == "SUBPATTERN":
            _, added, removed, inner = argument
            if added or removed:
                raise CannotRender("flags inside a regular expression")
            return f"({self._sequence(inner)})"
        if op in REPEATS:
            least, most, inner = argument
            bound = "" if str(most) == FOREVER else str(most)
            return f"({self._sequence(inner)}){{{least},{bound}}}"
        raise CannotRender(f"{op.lower()} in a regular expression")

    def _letter(self, character: str) -> str:
        return one_of(letter(character)) if self._ignore else literal(character)

    def _in_class(self, character: str) -> str:
        return "".join(map(literal, letter(character) if self._ignore else character))

    def _class(self, items: list[Any]) -> str:
        negated = bool(items) and str(items[0][0]) == "NEGATE"
        only = str(items[-1][1]) if len(items) == 1 + negated else ""
        if only in OTHERS:
            return f"[{'' if negated else '^'}{_CLASSES[OTHERS[only]]}]"
        made = [self._member(str(op), argument) for op, argument in items[negated:]]
        return f"[{'^' if negated else ''}{''.join(made)}]"

    def _member(self, op: str, argument: Any) -> str:
        if op == "LITERAL":
            return self._in_class(chr(argument))
        if op == "RANGE":
            low, high = map(chr, argument)
            if self._ignore:
                return "".join(self._in_class(chr(n)) for n in range(argument[0], argument[1] + 1))
            return f"{literal(low)}-{literal(high)}"
        if op == "CATEGORY" and str(argument) in _CLASSES:
            return _CLASSES[str(argument)]
        raise CannotRender(f"{str(argument).lower()} in a class of a regular expression")


def _anchor(item: Any) -> str:
    op, argument = item
    return str(argument) if str(op) == "AT" else ""
