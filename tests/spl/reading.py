"""Reading a search: ``parse``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from . import words
from .conditions import condition
from .cursor import Cursor
from .evals import assignments, expression
from .faults import Refused, Unreadable
from .macros import Macro, expanded
from .statistics import stats, tstats
from .syntax import (
    Append,
    Command,
    Dedup,
    Eval,
    Fields,
    FillNull,
    Head,
    InputLookup,
    Lookup,
    MvExpand,
    OutputLookup,
    Pipeline,
    Rename,
    Search,
    Shown,
    Sort,
    Table,
    Together,
    Where,
)

_NAME = re.compile(r"[A-Za-z_]+")
_SORTED = re.compile(r"(auto|num|str|ip)\((.+)\)")
_SHOWN = frozenset(
    "agentwarrant bin bucket chart collect convert datamodel eventcount fieldformat from loadjob"
    " makemv makeresults rare reltime rest return sendalert spath timechart top transaction"
    " transpose tags typeahead".split()
)
"""Commands that are read and not executed."""
_GENERATING = frozenset({"tstats", "inputlookup", "makeresults", "rest", "from", "datamodel"})


def parse(text: str, macros: Mapping[str, Macro] | None = None) -> Pipeline:
    """Read a search.

    Args:
        text: The search, with or without ``search`` in front.
        macros: What its macros stand for.

    Raises:
        Unreadable: It is no search, or uses a macro that is not there.
        Refused: It has a command, an option or a function that is not known.
    """
    parts = list(words.commands(expanded(text, macros or {})))
    if parts and not parts[0]:
        parts = parts[1:]
    elif parts and _NAME.match(parts[0]) and _first_word(parts[0]) in _GENERATING:
        raise Unreadable(f"a pipe is missing before {parts[0][:40]!r}")
    made = []
    for place, part in enumerate(parts):
        if not part:
            raise Unreadable(f"a command is missing: {text!r}")
        made.append(_command(part, first=place == 0 and not text.lstrip().startswith("|")))
    if not made:
        raise Unreadable("nothing is asked")
    return tuple(made)


def _first_word(text: str) -> str:
    found = _NAME.match(text)
    return found[0] if found else ""


@lru_cache(maxsize=8_192)
def _command(text: str, *, first: bool) -> Command:
    name = _first_word(text)
    rest = text[len(name) :]
    known = name in _READERS or name in _SHOWN
    if first and not (known and (not rest or rest[0].isspace())):
        return Search(condition(text))
    if name in _READERS:
        return _READERS[name](rest.strip())
    if name in _SHOWN:
        return _shown(name, rest.strip())
    raise Refused(f"the command {name or text[:20]!r}")


def _fields(text: str) -> Fields:
    keep = not text.startswith("-")
    return Fields(Cursor(text.removeprefix("-").removeprefix("+"), "plain").names(), keep)


def _rename(text: str) -> Rename:
    cursor = Cursor(text, "plain")
    pairs = []
    while cursor.peek() is not None:
        old = cursor.name()
        if not cursor.keyword("AS"):
            raise Unreadable(f"AS is expected: {text!r}")
        pairs.append((old, cursor.name()))
        cursor.sign(",")
    if not pairs or any("*" in name for pair in pairs for name in pair):
        raise Refused(f"rename {text!r}")
    return Rename(tuple(pairs))


def _fillnull(text: str) -> FillNull:
    cursor = Cursor(text, "plain")
    value = cursor.options("value").get("value", "0")
    return FillNull(value, cursor.names())


def _sort(text: str) -> Sort:
    cursor = Cursor(text, "plain")
    first = cursor.peek()
    limit = 10_000
    if first is not None and first.text.isdecimal():
        limit = int(cursor.next().text)
    keys = []
    while cursor.peek() is not None:
        if cursor.sign(","):
            continue
        keys.append(_key(cursor))
    if not keys:
        raise Unreadable(f"nothing to sort by: {text!r}")
    return Sort(limit, tuple(keys))


def _key(cursor: Cursor) -> tuple[bool, str, str]:
    """Take a key: ``-name``, ``+name``, ``num(name)`` and so on."""
    word = cursor.next()
    said, down = word.text, False
    if word.kind == "word" and said[:1] in ("+", "-"):
        down, said = said[0] == "-", said[1:]
        if not said:
            word = cursor.next()
            said = word.text
    opened = cursor.peek()
    how = "auto"
    if word.kind == "word" and opened is not None and opened.text == "(":
        how, said = said, Cursor(cursor.inside(), "plain").name()
        if how not in ("auto", "num", "str"):
            raise Refused(f"sort by {how}(…)")
    if word.kind == "sign":
        raise Unreadable(f"the name of a field is expected: {cursor.text!r}")
    return down, how, said


def _head(text: str) -> Head:
    if not text.isdecimal():
        raise Refused(f"head {text!r}")
    return Head(int(text))


def _dedup(text: str) -> Dedup:
    cursor = Cursor(text, "plain")
    first = cursor.peek()
    count = 1
    if first is not None and first.text.isdecimal():
        count = int(cursor.next().text)
    return Dedup(count, cursor.names())


def _lookup(text: str) -> Lookup:
    cursor = Cursor(text, "plain")
    cursor.options()
    table = cursor.name()
    inputs = _pairs(cursor)
    outputs: tuple[tuple[str, str], ...] = ()
    mode = cursor.keyword("OUTPUT", "OUTPUTNEW")
    if mode:
        outputs = _pairs(cursor)
    cursor.end()
    return Lookup(table, inputs, outputs, mode == "OUTPUTNEW")


def _pairs(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    made = []
    while (word := cursor.peek()) is not None:
        if cursor.sign(","):
            continue
        if word.kind == "word" and word.text.upper() in ("OUTPUT", "OUTPUTNEW"):
            break
        name = cursor.name()
        made.append((name, cursor.name() if cursor.keyword("AS") else name))
    if not made:
        raise Unreadable(f"fields of a lookup are expected: {cursor.text!r}")
    return tuple(made)


def _inputlookup(text: str) -> InputLookup:
    cursor = Cursor(text, "plain")
    append = _flag(cursor.options("append"), "append")
    table = cursor.name()
    asked = None
    if cursor.keyword("WHERE"):
        start = cursor.peek()
        asked = condition(text[start.start :]) if start else None
    else:
        cursor.end()
    return InputLookup(table, append, asked)


def _outputlookup(text: str) -> OutputLookup:
    cursor = Cursor(text, "plain")
    options = cursor.options("append", "key_field")
    table = cursor.name()
    cursor.end()
    return OutputLookup(table, _flag(options, "append"), options.get("key_field", ""))


def _flag(options: Mapping[str, str], name: str) -> bool:
    return flag(options.get(name, "false"))


def flag(text: str) -> bool:
    """Return what an option says that is true or false (``t``, ``1`` … too)."""
    if text.lower() in ("true", "t", "1"):
        return True
    if text.lower() in ("false", "f", "0"):
        return False
    raise Unreadable(f"{text!r} is neither true nor false")


def _append(text: str) -> Append:
    (only,) = _several(text, most=1)
    return Append(only)


def _together(kind: str) -> Callable[[str], Together]:
    return lambda text: Together(kind, _several(text, most=50))


def _several(text: str, most: int) -> tuple[Pipeline, ...]:
    found = words.searches(text)
    if not 1 <= len(found) <= most:
        raise Unreadable(f"{len(found)} searches in brackets: {text[:60]!r}")
    return tuple(parse(one) for one in found)


def _shown(name: str, text: str) -> Shown:
    return Shown(name, tuple(word.text for word in words.words(text, "plain")))


def _mvexpand(text: str) -> MvExpand:
    cursor = Cursor(text, "plain")
    made = MvExpand(cursor.name())
    cursor.end()
    return made


_READERS: dict[str, Callable[[str], Command]] = {
    "append": _append,
    "dedup": _dedup,
    "eval": lambda text: Eval(assignments(text)),
    "eventstats": lambda text: stats("eventstats", text),
    "fields": _fields,
    "fillnull": _fillnull,
    "head": _head,
    "inputlookup": _inputlookup,
    "lookup": _lookup,
    "multisearch": _together("multisearch"),
    "mvexpand": _mvexpand,
    "outputlookup": _outputlookup,
    "rename": _rename,
    "search": lambda text: Search(condition(text)),
    "sort": _sort,
    "stats": lambda text: stats("stats", text),
    "streamstats": lambda text: stats("streamstats", text),
    "table": lambda text: Table(Cursor(text, "plain").names()),
    "tstats": tstats,
    "union": _together("union"),
    "where": lambda text: Where(expression(text)),
}
