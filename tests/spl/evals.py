"""Reading expressions of ``eval`` and ``where``.

Names that are more than letters, digits and underscores stand in single quotes, texts in double
ones (Search Reference, ``eval``, "Usage"). ``NOT`` comes before ``AND``, ``AND`` before ``OR``,
``OR`` before ``XOR`` (Search Manual, "Boolean expressions with logical operators").
"""

from __future__ import annotations

from .cursor import Cursor
from .faults import Refused, Unreadable
from .syntax import Call, Expression, Field, Literal, Operation

FUNCTIONS: dict[str, tuple[int, int]] = {
    "abs": (1, 1),
    "case": (2, 99),
    "ceiling": (1, 1),
    "cidrmatch": (2, 2),
    "coalesce": (1, 99),
    "false": (0, 0),
    "floor": (1, 1),
    "if": (3, 3),
    "in": (2, 999),
    "isnotnull": (1, 1),
    "isnull": (1, 1),
    "isnum": (1, 1),
    "json_array": (0, 99),
    "json_object": (0, 99),
    "len": (1, 1),
    "like": (2, 2),
    "lower": (1, 1),
    "match": (2, 2),
    "max": (1, 99),
    "md5": (1, 1),
    "min": (1, 99),
    "mvappend": (1, 99),
    "mvcount": (1, 1),
    "mvdedup": (1, 1),
    "mvfilter": (1, 1),
    "mvfind": (2, 2),
    "mvindex": (2, 3),
    "mvjoin": (2, 2),
    "mvmap": (2, 2),
    "mvrange": (2, 3),
    "mvsort": (1, 1),
    "mvzip": (2, 3),
    "now": (0, 0),
    "null": (0, 0),
    "nullif": (2, 2),
    "pow": (2, 2),
    "relative_time": (2, 2),
    "replace": (3, 3),
    "round": (1, 2),
    "searchmatch": (1, 1),
    "sha256": (1, 1),
    "split": (2, 2),
    "strftime": (2, 2),
    "strptime": (2, 2),
    "substr": (2, 3),
    "time": (0, 0),
    "tonumber": (1, 2),
    "tostring": (1, 2),
    "trim": (1, 2),
    "true": (0, 0),
    "upper": (1, 1),
    "validate": (2, 99),
}
"""Functions that are read, and between how many and how many arguments each takes."""
_CASES = {"=": "=", "==": "=", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_CAPITALS = ("AND", "OR", "NOT", "XOR")


def expression(text: str) -> Expression:
    """Read one expression.

    Raises:
        Unreadable: It is none.
        Refused: It has a function that is not known, or takes another number of arguments.
    """
    cursor = Cursor(text, "eval")
    made = _xor(cursor)
    cursor.end()
    return made


def assignments(text: str) -> tuple[tuple[str, Expression], ...]:
    """Read what stands after ``eval``: names and expressions, with commas between them."""
    cursor = Cursor(text, "eval")
    made = []
    while True:
        word = cursor.next()
        if word.kind not in ("word", "string", "name"):
            raise Unreadable(f"the name of a field is expected: {text!r}")
        if not cursor.sign("="):
            raise Unreadable(f"an = is expected after {word.text!r}: {text!r}")
        made.append((word.text, _xor(cursor)))
        if not cursor.sign(","):
            break
    cursor.end()
    return tuple(made)


def _xor(cursor: Cursor) -> Expression:
    return _chain(cursor, "XOR", lambda c: _chain(c, "OR", lambda d: _chain(d, "AND", _not)))


def _chain(cursor: Cursor, word: str, part) -> Expression:  # type: ignore[no-untyped-def]  # itself
    parts = [part(cursor)]
    while _logical(cursor, word):
        parts.append(part(cursor))
    return parts[0] if len(parts) == 1 else Operation(word, tuple(parts))


def _logical(cursor: Cursor, word: str) -> bool:
    there = cursor.peek()
    if there is not None and there.kind == "word" and there.text.upper() in _CAPITALS:
        if there.text != there.text.upper():
            raise Unreadable(f"{there.text} must be in capitals")
        return cursor.keyword(word) != ""
    return False


def _not(cursor: Cursor) -> Expression:
    if _logical(cursor, "NOT"):
        return Operation("NOT", (_not(cursor),))
    return _comparison(cursor)


def _comparison(cursor: Cursor) -> Expression:
    left = _sum(cursor)
    if sign := cursor.sign(*_CASES):
        return Operation(_CASES[sign], (left, _sum(cursor)))
    if cursor.keyword("LIKE"):
        return Call("like", (left, _sum(cursor)))
    there = cursor.peek()
    if there is not None and there.kind == "word" and there.text in ("IN", "in"):
        cursor.next()
        if cursor.sign("(") == "":
            raise Unreadable("a list is expected after IN")
        return Call("in", (left, *_arguments(cursor)))
    return left


def _sum(cursor: Cursor) -> Expression:
    made = _product(cursor)
    while sign := cursor.sign("+", "-", "."):
        made = Operation(sign, (made, _product(cursor)))
    return made


def _product(cursor: Cursor) -> Expression:
    made = _signed(cursor)
    while sign := cursor.sign("*", "/", "%"):
        made = Operation(sign, (made, _signed(cursor)))
    return made


def _signed(cursor: Cursor) -> Expression:
    if cursor.sign("-"):
        part = _signed(cursor)
        if isinstance(part, Literal) and isinstance(part.value, float):
            return Literal(-part.value)
        return Operation("-", (part,))
    return _primary(cursor)


def _primary(cursor: Cursor) -> Expression:
    if cursor.sign("("):
        made = _xor(cursor)
        _close(cursor)
        return made
    word = cursor.next()
    if word.kind == "string":
        return Literal(word.text)
    if word.kind == "number":
        return Literal(float(word.text))
    if word.kind == "name":
        return Field(word.text)
    if word.kind != "word" or word.text.upper() in _CAPITALS:
        raise Unreadable(f"not understood at {word.text!r}: {cursor.text!r}")
    if cursor.sign("("):
        return _call(word.text, tuple(_arguments(cursor)))
    if word.text in ("true", "false", "null"):
        raise Refused(f"{word.text} without parentheses is a field, and surely not meant")
    return Field(word.text)


def _call(name: str, arguments: tuple[Expression, ...]) -> Call:
    if name not in FUNCTIONS:
        raise Refused(f"the function {name}")
    least, most = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise Unreadable(f"{name} takes {least} to {most} arguments, not {len(arguments)}")
    if name == "case" and len(arguments) % 2:
        raise Unreadable("case takes pairs of a condition and a value")
    return Call(name, arguments)


def _arguments(cursor: Cursor) -> list[Expression]:
    made: list[Expression] = []
    if cursor.sign(")"):
        return made
    made.append(_xor(cursor))
    while cursor.sign(","):
        made.append(_xor(cursor))
    _close(cursor)
    return made


def _close(cursor: Cursor) -> None:
    if not cursor.sign(")"):
        raise Unreadable(f"a parenthesis is not closed: {cursor.text!r}")
