"""Reading ``stats``, ``eventstats``, ``streamstats`` and ``tstats``."""

from __future__ import annotations

import re

import regex

from .conditions import condition
from .cursor import Cursor
from .evals import expression
from .faults import Refused, Unreadable
from .syntax import Aggregate, Expression, Field, Stats, Tstats
from .words import unescaped

FUNCTIONS = frozenset(
    "avg c count dc distinct_count earliest estdc first last latest list max mean median min range"
    " stdev sum values".split()
)
_SAME = {"c": "count", "distinct_count": "dc", "mean": "avg"}
_PERCENTILE = re.compile(r"(?:p|perc|exactperc)\d{1,2}(?:\.\d+)?")
_OPTIONS = {
    "stats": ("allnum", "delim", "partitions"),
    "eventstats": ("allnum",),
    "streamstats": ("current", "window", "time_window", "global", "allnum", "reset_on_change"),
}
_RESET = regex.compile(
    r"(?P<name>reset_before|reset_after)\s*=\s*"
    r"(?:\"\(\"(?P<quoted>(?:[^\"\\]|\\.)*)\"\)\"|\((?P<plain>(?P<deep>[^()\"]|\"(?:[^\"\\]|\\.)*\"|\((?&deep)*\))*)\))"
)
_TSTATS = ("prestats", "summariesonly", "allow_old_summaries", "append", "fillnull_value")


def stats(kind: str, text: str) -> Stats:
    """Read one of the three commands."""
    outside = _Resets(text)
    cursor = Cursor(outside.text, "plain")
    options: dict[str, str] = {}
    aggregates: list[Aggregate] = []
    by: list[str] = []
    grouped = False
    while cursor.peek() is not None:
        if cursor.is_option():
            options |= cursor.options(*_OPTIONS[kind])
        elif cursor.keyword("BY"):
            grouped = True
        elif not cursor.sign(","):
            if grouped:
                by.append(cursor.name())
            else:
                aggregates.append(_aggregate(cursor))
    if not aggregates or grouped is not bool(by):
        raise Unreadable(f"something is missing: {text!r}")
    if outside.found and kind != "streamstats":
        raise Refused(f"{kind} with {sorted(outside.found)}")
    return Stats(kind, tuple(aggregates), tuple(by), options, outside.found)


class _Resets:
    """The text of ``streamstats`` without what resets it, and that.

    It is written ``reset_after=(x=1)`` or, as the documentation does, with every part of it in
    quotes, the expression with its own quotes escaped: ``reset_after="("x=\\"y\\"")"``.
    """

    def __init__(self, text: str) -> None:
        self.found: dict[str, Expression] = {}
        self.text = _RESET.sub(self._taken, text)
        if "reset_" in self.text.replace("reset_on_change=", ""):
            raise Unreadable(f"not understood: {self.text!r}")

    def _taken(self, found: regex.Match[str]) -> str:
        said = found["plain"]
        if said is None:
            said = unescaped(found["quoted"])
        self.found[found["name"]] = expression(said)
        return " "


def _aggregates(cursor: Cursor, *stops: str) -> tuple[tuple[Aggregate, ...], tuple[str, ...]]:
    made: list[Aggregate] = []
    while (word := cursor.peek()) is not None:
        if word.kind == "word" and word.text.lower() in stops:
            break
        if cursor.keyword("BY"):
            return tuple(made), cursor.names()
        if not cursor.sign(","):
            made.append(_aggregate(cursor))
    if not made:
        raise Unreadable(f"nothing is counted: {cursor.text!r}")
    return tuple(made), ()


def _aggregate(cursor: Cursor) -> Aggregate:
    word = cursor.next()
    name = word.text
    if word.kind != "word" or not (name in FUNCTIONS or _PERCENTILE.fullmatch(name)):
        raise Refused(f"the statistic {name!r} in {cursor.text!r}")
    function = _SAME.get(name, name)
    inside = ""
    opened = cursor.peek()
    if opened is not None and opened.text == "(" and opened.glued:
        inside = cursor.inside().strip()
    of, evaluated = _argument(inside)
    if of is None and function != "count":
        raise Unreadable(f"{name} is of a field: {cursor.text!r}")
    called = cursor.name() if cursor.keyword("AS") else (f"{name}({inside})" if inside else name)
    return Aggregate(function, of, called, evaluated)


def _argument(text: str) -> tuple[Field | Expression | None, bool]:
    if not text:
        return None, False
    if found := re.fullmatch(r"eval\s*\((.*)\)", text, re.DOTALL):
        return expression(found[1]), True
    names = Cursor(text, "plain").names()
    if len(names) != 1 or "*" in names[0]:
        raise Refused(f"a statistic of {text!r}")
    return Field(names[0]), False


def tstats(text: str) -> Tstats:
    """Read ``tstats``: statistics of indexed fields, or of a data model."""
    cursor = Cursor(text, "plain")
    options = cursor.options(*_TSTATS)
    aggregates, by = _aggregates(cursor, "from", "where")
    model, asked, span = "", None, ""
    if cursor.keyword("FROM"):
        model = cursor.options("datamodel").get("datamodel", "")
        if not model:
            raise Unreadable(f"a data model is expected: {text!r}")
    if not by and cursor.keyword("WHERE"):
        asked = condition(_until_by(cursor))
    if not by and cursor.keyword("BY"):
        by, span = _by(cursor)
    cursor.end()
    return Tstats(aggregates, model, asked, by, span, options)


def _until_by(cursor: Cursor) -> str:
    start = cursor.peek()
    if start is None:
        raise Unreadable(f"a condition is expected: {cursor.text!r}")
    end = start.start
    while (word := cursor.peek()) is not None and not (
        word.kind == "word" and word.text.upper() == "BY"
    ):
        end = cursor.next().end
    return cursor.text[start.start : end]


def _by(cursor: Cursor) -> tuple[tuple[str, ...], str]:
    made, span = [], ""
    while cursor.peek() is not None:
        if cursor.sign(","):
            continue
        span = cursor.options("span").get("span", span)
        if cursor.peek() is not None:
            made.append(cursor.name())
    return tuple(made), span
