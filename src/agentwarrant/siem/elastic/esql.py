r"""Conditions in ES|QL of 8.19, exact for absent fields, lists and letter case.

``f == "x"`` is null, not false, where a field is absent or holds a list, and a null is lost under
``NOT`` as well. So what the index can decide is asked of it, by functions that are two-valued and
match any value of a list: ``KQL``, and ``QSTR`` with a regular expression in which case is written
out (``lucene``; ``RLIKE "(?i)…"`` never matches). Both may stand in WHERE before any EVAL, and in
``STATS … WHERE`` anywhere. The few others are wrapped in COALESCE. QSTR came with 8.17 and KQL with
8.18 (Elastic's documentation, "ES|QL for search").
"""

from __future__ import annotations

import re
from typing import Any

from agentwarrant.rules.ir import Node, conjunction, disjunction
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import kql, lucene
from agentwarrant.siem.elastic.names import pattern
from agentwarrant.siem.elastic.query import ESQL, KUERY, Query
from agentwarrant.siem.elastic.translate import regular_expression
from agentwarrant.siem.reduced import ANALYSED, Types, reduced
from agentwarrant.siem.vocabulary import is_single

SOURCE = f"FROM {pattern('events')}"
_BARE = re.compile(r"@?[A-Za-z_]\w*(?:\.\w+)*", re.ASCII)
_SIGNS = {"num": "==", "neq": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_PARTS = {
    "minute": "MINUTE_OF_HOUR",
    "hour": "HOUR_OF_DAY",
    "day": "DAY_OF_MONTH",
    "month": "MONTH_OF_YEAR",
    "year": "YEAR",
}
_CONTROL = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def single(rule: Rule, types: Types) -> Query:
    """Return the query of a rule about single events: KQL where that is exact, else ES|QL.

    Raises:
        CannotRender: It cannot mean the same in either.
    """
    tree = rule.tree or ["false"]
    try:
        return Query("query", KUERY, kql.condition(tree, types), 0, rule.group_by)
    except CannotRender:
        where = condition(tree, types)
    text = f"{SOURCE} METADATA _id, _index, _version\n| WHERE {where}"
    return Query("esql", ESQL, text, 0, rule.group_by)


def condition(tree: Node, types: Types) -> str:
    """Return a condition (``rules.ir``) for WHERE before any EVAL, or for ``STATS … WHERE``.

    Raises:
        CannotRender: It cannot mean the same in ES|QL.
    """
    return _rendered(reduced(tree, types), types, inside=False)


def column(name: str) -> str:
    """Return a name as ES|QL reads it, in backquotes where it must be."""
    return name if _BARE.fullmatch(name) else f"`{name.replace('`', '``')}`"


def string(text: str) -> str:
    """Return a literal: between three quotes as it is, else escaped."""
    plain = not any(c < " " for c in text) and '"""' not in text and not text.endswith('"')
    if plain and ("\\" in text or '"' in text):
        return f'"""{text}"""'
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(_CONTROL.get(c, c) for c in escaped) + '"'


def folded(expression: str) -> str:
    """Return text as it compares without case.

    Two texts that our rules take for one are one there, and the other way round, over all of
    Unicode but for the dotless i (U+0131), which is an i there (tried on 8.19, code point by code
    point). ``TO_LOWER`` alone tells 297 characters apart that our rules take for one.
    """
    return f"TO_LOWER(TO_UPPER({expression}))"


def _rendered(node: Node, types: Types, *, inside: bool) -> str:
    if node[0] in ("true", "false"):
        return str(node[0])
    try:
        return _function("KQL", kql.of_reduced(node, types))
    except CannotRender:
        if node[0] == "is":
            return _atom(node[1], node[2], node[3], types)
    if node[0] == "not":
        return f"NOT {_rendered(node[1], types, inside=True)}"
    parts = _joined(node, types)
    made = f" {node[0].upper()} ".join(parts)
    return f"({made})" if inside and len(parts) > 1 else made


def _joined(node: Node, types: Types) -> list[str]:
    """Return the parts of an ``and`` or ``or``: what KQL can say in one, then the rest."""
    said: list[Node] = []
    expressions: list[str] = []
    rest: list[str] = []
    for part in node[1:]:
        if _is_kql(part, types):
            said.append(part)
        elif part[0] == "is" and (made := _expression(part[1], part[2], part[3], types)):
            expressions.append(made)
        else:
            rest.append(_rendered(part, types, inside=True))
    join = conjunction if node[0] == "and" else disjunction
    first = [_function("KQL", kql.of_reduced(join(said), types))] if said else []
    second = _query_strings(expressions, " AND " if node[0] == "and" else " OR ")
    return [*first, *second, *rest]


def _is_kql(part: Node, types: Types) -> bool:
    try:
        kql.of_reduced(part, types)
    except CannotRender:
        return False
    return True


def _query_strings(expressions: list[str], joint: str) -> list[str]:
    return [_function("QSTR", joint.join(expressions))] if expressions else []


def _function(name: str, text: str) -> str:
    if '"' in text or "\\" in text:
        plain = not any(c < " " for c in text) and '"""' not in text
        if plain:
            return f'{name}("""{text}{" " if text.endswith(chr(34)) else ""}""")'
    return f"{name}({string(text)})"


def _atom(name: str, op: str, argument: Any, types: Types) -> str:
    expression = _expression(name, op, argument, types)
    if expression:
        return _function("QSTR", expression)
    if op == "part":
        return _part(name, *argument)
    if op == "ref":
        return _reference(name, *argument)
    return _analysed(name, op, argument)


def _expression(name: str, op: str, argument: Any, types: Types) -> str:
    """Return a regular expression on a field, as a query string; empty when it is none."""
    if types[name] in ANALYSED or op in ("part", "ref"):
        return ""
    return f"{name}:/{_regular(op, argument)}/"


def _regular(op: str, argument: Any) -> str:
    """Return a test of text as Lucene's regular expression; a slash in it is escaped."""
    if op == "cidr":
        return lucene.network(argument)
    if op == "re":
        return regular_expression(*argument)
    plain, _, cased = op.partition("_")
    if plain == "like":
        return lucene.bounded(lucene.pattern(argument, cased=bool(cased)))
    lead = "" if plain in ("startswith", "eq") else ".*"
    trail = "" if plain in ("endswith", "eq") else ".*"
    before, after = bool(lead), bool(trail)
    plainly = lucene.literal(argument)
    text = plainly if cased else lucene.folded(argument, before=before, after=after)
    return lucene.bounded(f"{lead}{text}{trail}")


def _part(name: str, part: str, how: str, wanted: int) -> str:
    moment = column(name)
    if part == "week":  # of ISO 8601: the week that a Thursday stands in
        thursday = f"DATE_TRUNC(1 week, {moment}) + 3 days"
        value = f'(DATE_EXTRACT("DAY_OF_YEAR", {thursday}) - 1) / 7 + 1'
    else:
        value = f'DATE_EXTRACT("{_PARTS[part]}", {moment})'
    return f"COALESCE({value} {_SIGNS[how]} {wanted}, false)"


def _reference(name: str, other: str, how: str) -> str:
    left, right = folded(column(name)), folded(column(other))
    if how == "eq":  # they share a value: together they have fewer than one by one
        both = f"MV_COUNT(MV_DEDUPE(MV_APPEND({left}, {right})))"
        apart = f"MV_COUNT(MV_DEDUPE({left})) + MV_COUNT(MV_DEDUPE({right}))"
        return f"COALESCE({both} < {apart}, false)"
    if not (is_single(name) and is_single(other)):
        raise CannotRender(f"{how} of {name} and {other}, which may be lists")
    made = {
        "contains": f"LOCATE({left}, {right}) > 0",
        "startswith": f"STARTS_WITH({left}, {right})",
        "endswith": f"ENDS_WITH({left}, {right})",
    }[how]
    return f"COALESCE({made}, false)"


def _analysed(name: str, op: str, argument: Any) -> str:
    """Return a test of the text of a field that is indexed as words: it is read whole."""
    if not is_single(name):
        raise CannotRender(f"{name} is indexed as words, and may be a list")
    return f"COALESCE({column(name)} RLIKE {string(_regular(op, argument))}, false)"
