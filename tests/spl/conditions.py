"""Reading the expressions of ``search``.

``NOT`` comes before ``OR``, and ``OR`` before ``AND``, which stands between all that has nothing
between it; the words are in capitals (Search Manual, "Boolean expressions with logical operators").
"""

from __future__ import annotations

from .cursor import Cursor
from .faults import Refused, Unreadable
from .syntax import Compared, Condition, Either, Every, Indexed, Not, Term

_OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
_REFUSED = ("XOR", "CASE", "TERM", "TAG", "EVENTTYPE", "SAVEDSEARCH")


def condition(text: str) -> Condition:
    """Read what stands after ``search``.

    Raises:
        Unreadable: It is no expression.
        Refused: It has something that is not known here, such as a search in brackets.
    """
    cursor = Cursor(text, "search")
    if cursor.peek() is None:
        return Every(())
    made = _every(cursor)
    cursor.end()
    return made


def _every(cursor: Cursor) -> Condition:
    parts = [_either(cursor)]
    while (word := cursor.peek()) is not None and word.text not in (")", ","):
        if word.kind == "word" and word.text == "AND":
            cursor.next()
        parts.append(_either(cursor))
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _either(cursor: Cursor) -> Condition:
    parts = [_not(cursor)]
    while (word := cursor.peek()) is not None and word.kind == "word" and word.text == "OR":
        cursor.next()
        parts.append(_not(cursor))
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def _not(cursor: Cursor) -> Condition:
    word = cursor.peek()
    if word is not None and word.kind == "word" and word.text == "NOT":
        cursor.next()
        return Not(_not(cursor))
    if cursor.sign("("):
        if cursor.sign(")"):
            return Every(())
        made = _every(cursor)
        if not cursor.sign(")"):
            raise Unreadable(f"a parenthesis is not closed: {cursor.text!r}")
        return made
    return _atom(cursor)


def _atom(cursor: Cursor) -> Condition:
    word = cursor.next()
    if word.kind == "sign":
        what = "a search in brackets" if word.text == "[" else word.text
        raise Refused(f"{what} in {cursor.text!r}")
    if word.kind == "word" and (word.text in ("AND", "OR") or _not_capital(word.text)):
        raise Unreadable(f"{word.text} stands where it cannot: {cursor.text!r}")
    if op := cursor.sign(*_OPERATORS):
        return Compared(word.text, op, _value(cursor))
    if word.kind == "word" and "::" in word.text:
        name, _, value = word.text.partition("::")
        return Indexed(name, value or _value(cursor))
    if word.kind == "word" and cursor.keyword("IN"):
        return _listed(cursor, word.text)
    if word.kind == "word" and word.text.upper() in _REFUSED and cursor.sign("("):
        raise Refused(f"{word.text} in {cursor.text!r}")
    return Term(word.text)


def _not_capital(text: str) -> bool:
    return text.upper() in ("AND", "OR", "NOT") and text != text.upper()


def _value(cursor: Cursor) -> str:
    word = cursor.next()
    if word.kind == "sign":
        raise Unreadable(f"a value is expected, not {word.text!r}: {cursor.text!r}")
    return word.text


def _listed(cursor: Cursor, name: str) -> Condition:
    if not cursor.sign("("):
        raise Unreadable(f"a list is expected after IN: {cursor.text!r}")
    parts: list[Condition] = []
    while not cursor.sign(")"):
        parts.append(Compared(name, "=", _value(cursor)))
        cursor.sign(",")
    if not parts:
        raise Unreadable(f"a list is empty: {cursor.text!r}")
    return parts[0] if len(parts) == 1 else Either(tuple(parts))
