r"""A regular expression of a rule (RE2, found anywhere in a value) as one of PCRE.

It is read and written anew, so that flags, anchors and classes mean in PCRE what they mean here,
whatever options it is run with: case is written out, ``\d``, ``\w`` and ``\b`` are ASCII, and the
end is where it is in RE2. What RE2 cannot run in linear time is refused: here it has a time bound,
there it would be a limit of another kind. PCRE may give up on long texts (limits.conf, ``[rex]
match_limit``), and then finds nothing.
"""

from __future__ import annotations

import re
from typing import Any

from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.regexes import FOREVER, OTHERS, REPEATS, translated
from agentwarrant.siem.splunk.spl import letter, literal, one_of

_CLASSES = {
    "CATEGORY_DIGIT": "0-9",
    "CATEGORY_WORD": "0-9A-Za-z_",
    "CATEGORY_SPACE": r"\x09\x0a\x0c\x0d\x20",  # as in RE2, without the vertical tab
}
_WORD = "[0-9A-Za-z_]"
_ANCHORS = {
    "AT_BEGINNING_STRING": "^",
    "AT_BOUNDARY": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "AT_NON_BOUNDARY": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}
_OF_LINES = {"AT_BEGINNING": r"(?:^|(?<=\x0a))", "AT_END": r"(?=\x0a|(?!.))"}
_OF_TEXT = {"AT_BEGINNING": "^", "AT_END": r"(?=\x0a?(?!.))"}


def regular_expression(pattern: str, flags: str) -> str:
    """Return what PCRE finds anywhere in a value.

    Raises:
        CannotRender: It cannot mean the same there.
    """

    def write(parsed: Any, holding: int) -> str:
        return "(?s)" + _Translation(holding).sequence(parsed)

    return translated(pattern, flags, "uses what PCRE does in another way", write)


class _Translation:
    def __init__(self, flags: int) -> None:
        self._ignore = bool(flags & re.IGNORECASE)
        self._all = bool(flags & re.DOTALL)
        self._anchors = _ANCHORS | (_OF_LINES if flags & re.MULTILINE else _OF_TEXT)

    def sequence(self, items: Any) -> str:
        return "".join(self._item(str(op), argument) for op, argument in items)

    def _item(self, op: str, argument: Any) -> str:
        if op == "LITERAL":
            character = chr(argument)
            return one_of(letter(character)) if self._ignore else literal(character)
        if op == "NOT_LITERAL":
            return f"[^{self._member('LITERAL', argument)}]"
        if op == "ANY":
            return "." if self._all else r"[^\x0a]"
        if op == "IN":
            return self._class(list(argument))
        if op == "BRANCH":
            return f"(?:{'|'.join(self.sequence(branch) for branch in argument[1])})"
        if op == "AT" and str(argument) in self._anchors:
            return self._anchors[str(argument)]
        if op == "SUBPATTERN":
            _, added, removed, inner = argument
            if added or removed:
                raise CannotRender("flags inside a regular expression")
            return f"(?:{self.sequence(inner)})"
        if op in REPEATS:
            return self._repeated(*argument)
        raise CannotRender(f"{op.lower()} in a regular expression")

    def _repeated(self, least: int, most: Any, inner: Any) -> str:
        bound = "" if str(most) == FOREVER else str(most)
        made = self.sequence(inner)
        short = {(0, ""): "*", (1, ""): "+", (0, "1"): "?"}.get((least, bound))
        return f"(?:{made}){short or f'{{{least},{bound}}}'}"

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
            low, high = argument
            if self._ignore:
                return "".join(self._in_class(chr(n)) for n in range(low, high + 1))
            return f"{_coded(chr(low))}-{_coded(chr(high))}"
        if op == "CATEGORY" and str(argument) in _CLASSES:
            return _CLASSES[str(argument)]
        raise CannotRender(f"{str(argument).lower()} in a class of a regular expression")

    def _in_class(self, character: str) -> str:
        return "".join(map(_coded, letter(character) if self._ignore else character))


def _coded(character: str) -> str:
    """Return a character as it stands in a class."""
    plain = character.isascii() and character.isalnum()
    return character if plain or ord(character) > 127 else f"\\x{ord(character):02x}"
