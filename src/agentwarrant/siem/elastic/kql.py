r"""Conditions in KQL, as Kibana's query rules and Elasticsearch's ``kql`` query read it.

KQL is two-valued, and a list matches when any of its values does: ``not`` keeps events that lack
the field, as our rules do. It heeds case, so a text is compared where it may (``vocabulary``) or
where a rule asks for it with ``cased``.

What KQL treats specially (the grammar of elastic/elasticsearch, x-pack/plugin/kql,
``KqlBase.g4``, and of elastic/kibana, kbn-es-query, ``kuery/grammar/grammar.peggy``): in quotes
``\`` and ``"``; outside ``\ ( ) : < > " * { }``, white space, ``and``, ``or`` and ``not``. In a
pattern 8.19 takes ``\*`` for ``*`` and finds nothing for ``\(``, so none of these may stand there.
Kibana's short form for several values, ``f: ("a" or "b")``, is none of Elasticsearch 8.19.
"""

from __future__ import annotations

import re
from typing import Any

from agentwarrant.rules.ir import Node
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.reduced import ANALYSED, NUMBERS, Types, reduced

EVERYTHING = "*"
_NAME = re.compile(r"@?\w[\w.@-]*", re.ASCII)
_UNQUOTABLE = re.compile(r'[\s\x00-\x1f\\():<>"*{}]')
_ESCAPES = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def condition(tree: Node, types: Types) -> str:
    """Return a condition (``rules.ir``) in KQL.

    Args:
        tree: The condition.
        types: Dotted name -> Elasticsearch type of all fields (``mapping.fields``).

    Raises:
        CannotRender: It cannot mean the same in KQL.
    """
    return of_reduced(reduced(tree, types), types)


def of_reduced(node: Node, types: Types) -> str:
    """Return a reduced condition (``reduced``) in KQL.

    Raises:
        CannotRender: It cannot mean the same in KQL.
    """
    if node[0] == "true":
        return EVERYTHING
    if node[0] == "false":
        return f"not {EVERYTHING}"
    return _rendered(node, types, inside=False)


def quoted(text: str) -> str:
    """Return text between quotes, in which nothing but the two escaped characters is special."""
    escaped = "".join(_in_quotes(c) for c in text)
    return f'"{escaped}"'


def _in_quotes(character: str) -> str:
    if character in '\\"':
        return f"\\{character}"
    if character < " ":
        return _ESCAPES.get(character, f"\\u{ord(character):04x}")
    return character


def _rendered(node: Node, types: Types, *, inside: bool) -> str:
    kind = node[0]
    if kind == "is":
        return _atom(node[1], node[2], node[3], types)
    if kind == "not":
        return f"not {_rendered(node[1], types, inside=True)}"
    joined = f" {kind} ".join(_rendered(part, types, inside=True) for part in node[1:])
    return f"({joined})" if inside else joined


def _atom(name: str, op: str, argument: Any, types: Types) -> str:
    if not _NAME.fullmatch(name):
        raise CannotRender(f"{name!r} is no name of a field that KQL can read")
    kind = types[name]
    if op == "exists":
        return f"{name}: *"
    if kind in NUMBERS:
        return _number(name, op, argument)
    if op == "bool":
        return f"{name}: {'true' if argument else 'false'}"
    if op == "cidr" and kind == "ip":
        return f"{name}: {quoted(argument)}"
    if kind in ANALYSED:
        raise CannotRender(f"{name} is indexed as words, and is asked for text as it stands")
    if op == "eq_cased":
        return f"{name}: {quoted(argument)}"
    if op.endswith("_cased"):
        return f"{name}: {_pattern(name, op, argument)}"
    raise CannotRender(f"{name} may hold any text, and KQL heeds case")


def _number(name: str, op: str, argument: float) -> str:
    if op == "num":
        return f"{name}: {argument!r}"
    if op == "neq":
        return f"({name} < {argument!r} or {name} > {argument!r})"
    return f"{name} {_SIGNS[op]} {argument!r}"


def _pattern(name: str, op: str, argument: Any) -> str:
    plain = op.removesuffix("_cased")
    if plain == "like":
        parts = argument
    else:
        lead = [] if plain == "startswith" else [0]
        parts = [*lead, argument, *([] if plain == "endswith" else [0])]
    if 1 in parts:
        raise CannotRender(f"KQL has no sign for exactly one character ({name})")
    if any(_UNQUOTABLE.search(part) for part in parts if isinstance(part, str)):
        raise CannotRender(f"a character in a pattern that KQL does not take as it is ({name})")
    return "".join(part if isinstance(part, str) else "*" for part in parts)
