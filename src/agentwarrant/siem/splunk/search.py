"""A rule about single events: one ``search``, and ``where`` for what that cannot say.

``search`` means what our rules mean: ``NOT f=x`` keeps events without ``f``, ``f=x`` is true of a
list when of any of its values, and letters compare without case (Search Manual, "Difference between
NOT and !="; Search Reference, ``search``). It evaluates OR before AND, so everything stands in
parentheses (Search Manual, "Boolean expressions with logical operators").

What it cannot say are a literal asterisk, case, regular expressions, networks, fields compared with
fields, and letters that are one without case only beyond ASCII (``k`` and the Kelvin sign). What
has such a part is asked by ``where`` after it (``expression``), and ``search`` picks what can still
match. Fields that are indexed and have a closed vocabulary are asked as ``aw_action::tool_call``,
which reads the index alone. A value that may begin with anything is never asked of ``search``: it
would read all events.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentwarrant.rules.ir import FALSE, TRUE, Node, conjunction, disjunction, negation
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.reduced import NUMBERS, Types, reduced, type_of
from agentwarrant.siem.splunk.expression import SIGNS, of_reduced, whole
from agentwarrant.siem.splunk.form import INDEXED, field_name
from agentwarrant.siem.splunk.names import INDEXES, sourcetype
from agentwarrant.siem.splunk.query import Cost, Query
from agentwarrant.siem.splunk.spl import name, spelt_in_one_way, string, word
from agentwarrant.siem.vocabulary import closed, is_lower, is_single

SOURCE = f"search `{INDEXES}` sourcetype={string(sourcetype('events'))}"
COLUMNS = ("aw_first", "aw_last", "aw_count", "aw_ids")
"""Columns of every row: the first and the last event of a match in seconds since 1970, how many
there are (or what was counted or summed), and the ids of at most 20 of them."""
ONCE = '| eval aw_t=coalesce("=".aw_tenant,"-")\n| dedup aw_t aw_id'
"""What was sent twice is one event: ids are a tenant's own."""
_STEP = ("event.action",)


def single(rule: Rule, types: Types) -> Query:
    """Return the query of a rule about single events.

    Raises:
        CannotRender: It cannot mean the same in Splunk.
    """
    tree = rule.tree or FALSE
    lines = [*found(tree, types), ONCE]
    lines.append("| eval aw_first=_time, aw_last=_time, aw_count=1, aw_ids=aw_id")
    cost = Cost.LOW if is_picked(tree, types) else Cost.HIGH
    return Query("\n".join(lines), 0, 0, rule.group_by, COLUMNS, cost=cost)


def found(tree: Node, types: Types) -> list[str]:
    """Return the lines that find the events that match a condition.

    Raises:
        CannotRender: It cannot mean the same, or nothing can match it.
    """
    made = reduced(tree, types)
    if made == FALSE:
        raise CannotRender("no event that is sent can match it")
    parts = made[1:] if made[0] == "and" else [made]
    rest = [part for part in parts if not _is_said(part, types)]
    lines = [_line(_hopeful(made, types, positive=True), types)]
    if rest:
        lines.append(f"| where {of_reduced(conjunction(rest), types)}")
    return lines


def picked(trees: list[Node], types: Types) -> str:
    """Return the line that finds what any of some conditions may match.

    Raises:
        CannotRender: Nothing can match any of them.
    """
    made = [reduced(tree, types) for tree in trees]
    every = disjunction([_hopeful(tree, types, positive=True) for tree in made])
    if every == FALSE:
        raise CannotRender("no event that is sent can match it")
    return _line(every, types)


def is_picked(tree: Node, types: Types) -> bool:
    """Does a condition leave few kinds of acts?"""
    return _acts(reduced(tree, types))


def _acts(tree: Node) -> bool:
    if tree[0] == "is":
        return tree[1] in _STEP and tree[2] in ("eq", "eq_cased")
    if tree[0] == "or":
        return all(_acts(part) for part in tree[1:])
    return tree[0] == "and" and any(_acts(part) for part in tree[1:])


def _line(tree: Node, types: Types) -> str:
    if tree == TRUE:
        return SOURCE
    return f"{SOURCE} {_condition(tree, types, inside=tree[0] == 'or')}"


def _hopeful(tree: Node, types: Types, *, positive: bool) -> Node:
    """Return what must hold for a condition to hold, in terms of what ``search`` can say."""
    kind = tree[0]
    if kind == "is":
        if _is_said(tree, types):
            return tree
        return TRUE if positive else FALSE
    if kind == "not":
        return negation(_hopeful(tree[1], types, positive=not positive))
    if kind in ("true", "false"):
        return tree
    join = conjunction if kind == "and" else disjunction
    return join([_hopeful(part, types, positive=positive) for part in tree[1:]])


def _is_said(tree: Node, types: Types) -> bool:
    if tree[0] == "is":
        return bool(_atom(tree[1], tree[2], tree[3], types))
    return all(_is_said(part, types) for part in tree[1:])


def _condition(tree: Node, types: Types, *, inside: bool = True) -> str:
    if tree[0] == "is":
        return _atom(tree[1], tree[2], tree[3], types)
    if tree[0] == "not":
        return f"NOT {_condition(tree[1], types)}"
    made = (" " if tree[0] == "and" else " OR ").join(_parts(tree, types))
    return f"({made})" if inside else made


def _parts(tree: Node, types: Types) -> Iterator[str]:
    for part in tree[1:]:
        yield _condition(part, types)


def _atom(field: str, op: str, argument: Any, types: Types) -> str:
    """Return a test for ``search``; empty where it cannot say it."""
    shown = name(field_name(field))
    if op == "exists":
        return f"{shown}=*"
    if op == "bool":
        return f"{shown}={'true' if argument else 'false'}"
    if op in SIGNS:
        plain = type_of(field, types) in NUMBERS and is_single(field) and argument >= 0
        return _number(shown, op, whole(argument)) if plain else ""
    kind, _, cased = op.partition("_")
    if kind not in ("eq", "startswith") or not word(argument):
        return ""
    if cased and not is_lower(field):
        return ""
    if not spelt_in_one_way(is_lower(field), kind, argument):
        return ""
    if kind == "startswith":
        return f'{shown}="{argument}*"'
    if field in INDEXED and argument in closed().get(field, ()):
        return f"{INDEXED[field]}::{argument}"
    return f"{shown}={string(argument)}"


def _number(shown: str, op: str, number: float) -> str:
    """Return a comparison by size: = and != compare texts, and 7.0 is no 7 to them."""
    if op == "num":
        return f"({shown}>={number} {shown}<={number})"
    if op == "neq":
        return f"({shown}<{number} OR {shown}>{number})"
    return f"{shown}{SIGNS[op]}{number}"
