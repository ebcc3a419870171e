"""Conditions in the query DSL, as OpenSearch's ``_search`` and its monitors read it.

The DSL is two-valued, and a list matches when any of its values does: ``must_not`` keeps events
that lack the field, as our rules do. An ``and`` stands in ``filter``, which is ``must`` without a
score that nobody reads.

A keyword compares with case. Where every value of a field is known and lower case (``vocabulary``)
a text is compared as it stands. Elsewhere ``case_insensitive: true`` says it where that is exact:
OpenSearch lets a letter of ASCII differ in case and nothing else (opensearch-project/OpenSearch,
``AutomatonQueries``), and our rules compare by Unicode's full case folding. So what any other
character could stand for (``k`` for the Kelvin sign, ``ss`` for the sharp s, ``fi`` for a
ligature) is a regular expression in which case is written out (``lucene``). ``query_string`` is
not used: in a ``wildcard`` field it finds nothing and says nothing (3.8.0).

``wildcard``, ``prefix`` and ``regexp`` need ``search.allow_expensive_queries``, which is on unless
somebody turned it off; then they fail and say so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from agentwarrant.rules.ir import Node
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import lucene
from agentwarrant.siem.elastic.translate import regular_expression
from agentwarrant.siem.reduced import ANALYSED, NUMBERS, Types, reduced

Query = dict[str, Any]
"""A query: one key, its kind, and what it is about."""
_SPECIAL = re.compile(r"[\\*?]")
_ANY = 0
_UNSAID = {
    "part": "{} is asked for a part of a time, which no query looks into",
    "ref": "{} is compared with another field, and a query compares with values",
}


def condition(tree: Node, types: Types) -> Query:
    """Return a condition (``rules.ir``) as a query.

    Args:
        tree: The condition.
        types: Dotted name -> type of all fields in OpenSearch (``opensearch.DIALECT.of``).

    Raises:
        CannotRender: It cannot mean the same there.
    """
    return _rendered(reduced(tree, types), types)


def every(queries: Sequence[Query], unless: Sequence[Query] = ()) -> Query:
    """Return what all of some queries find, and none of some others."""
    if len(queries) == 1 and not unless:
        return queries[0]
    made = {"filter": list(queries), "must_not": list(unless)}
    return {"bool": {name: parts for name, parts in made.items() if parts}}


def some(queries: Sequence[Query]) -> Query:
    """Return what any of some queries finds."""
    if len(queries) == 1:
        return queries[0]
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def _rendered(node: Node, types: Types) -> Query:
    kind, *parts = node
    if kind == "is":
        return _atom(node[1], node[2], node[3], types)
    if kind == "not":
        return every([], [_rendered(node[1], types)])
    if kind == "and":
        kept = [_rendered(part, types) for part in parts if part[0] != "not"]
        return every(kept, [_rendered(part[1], types) for part in parts if part[0] == "not"])
    if kind == "or":
        return some(_alternatives(parts, types))
    return {"match_all": {}} if kind == "true" else {"match_none": {}}


def _alternatives(parts: Sequence[Node], types: Types) -> list[Query]:
    """Return the queries of alternatives; values of one field stand together in ``terms``."""
    made: list[Query] = []
    values: dict[str, list[str]] = {}
    for query in (_rendered(part, types) for part in parts):
        name, value = next(iter(query.get("term", {}).items()), ("", None))
        if not isinstance(value, str):
            made.append(query)
        elif name in values:
            values[name].append(value)
        else:
            values[name] = [value]
            made.append({"terms": {name: values[name]}})
    return [_single(query) for query in made]


def _single(query: Query) -> Query:
    """Return ``term`` for ``terms`` of one value."""
    for name, values in query.get("terms", {}).items():
        if len(values) == 1:
            return {"term": {name: values[0]}}
    return query


def _atom(name: str, op: str, argument: Any, types: Types) -> Query:
    kind = types[name]
    if op == "exists":
        return {"exists": {"field": name}}
    if op in _UNSAID:
        raise CannotRender(_UNSAID[op].format(name))
    if kind in ANALYSED:
        raise CannotRender(f"{name} is indexed as words, and is asked for text as it stands")
    if kind in NUMBERS:
        return _number(name, op, argument)
    if op == "bool" or (op == "cidr" and kind == "ip"):
        return {"term": {name: argument}}
    if op == "cidr":
        return _regexp(name, lucene.network(argument))
    if op == "re":
        return _regexp(name, regular_expression(*argument))
    return _text(name, op, argument)


def _number(name: str, op: str, argument: float) -> Query:
    if op == "num":
        return {"term": {name: argument}}
    if op == "neq":
        return some([{"range": {name: {side: argument}}} for side in ("lt", "gt")])
    return {"range": {name: {op: argument}}}


def _text(name: str, op: str, argument: Any) -> Query:
    plain, _, cased = op.partition("_")
    parts = _pattern(plain, argument)
    written_out = lucene.pattern(parts, cased=bool(cased))
    if written_out == lucene.pattern(parts, cased=True):  # asked for as it is, or without letters
        return _compared(name, parts, {})
    if written_out == _in_ascii(parts):
        return _compared(name, parts, {"case_insensitive": True})
    return _regexp(name, written_out)


def _pattern(plain: str, argument: Any) -> list[str | int]:
    """Return a test of text as a pattern (``rules.ir``, like)."""
    if plain == "like":
        return list(argument)
    lead = [] if plain in ("startswith", "eq") else [_ANY]
    trail = [] if plain in ("endswith", "eq") else [_ANY]
    return [*lead, argument, *trail]


def _in_ascii(parts: Sequence[str | int]) -> str:
    """Return a pattern as ``lucene.pattern`` says it where only letters of ASCII have a case."""
    return "".join(
        "".join(map(_cases, part)) if isinstance(part, str) else lucene.pattern([part], cased=True)
        for part in parts
    )


def _cases(character: str) -> str:
    both = dict.fromkeys([character, character.lower(), character.upper()])
    return lucene.one_of("".join(both) if character.isascii() else character)


def _compared(name: str, parts: Sequence[str | int], more: Query) -> Query:
    """Return a query that an analyst reads at a glance: a value, its beginning, or a pattern."""
    head, *rest = parts
    if isinstance(head, str) and not rest:
        return {"term": {name: {"value": head, **more} if more else head}}
    if isinstance(head, str) and rest == [_ANY]:
        return {"prefix": {name: {"value": head, **more}}}
    signs = [_SPECIAL.sub(r"\\\g<0>", p) if isinstance(p, str) else "*?"[p] for p in parts]
    return {"wildcard": {name: {"value": "".join(signs), **more}}}


def _regexp(name: str, text: str) -> Query:
    return {"regexp": {name: {"value": lucene.bounded(text)}}}
