"""Ordered sequences in EQL, the language that an analyst expects them in.

What is said here rests on Elasticsearch's EQL syntax reference and, where that is silent, on its
source (``x-pack/plugin/eql``):

- ``maxspan`` includes its end (``SequenceMatcher.exceedsMaxSpan``), as a window of ours does.
- A sequence is kept per value of the ``by`` fields; an event without one of them is in none,
  unless the field is optional (``?``). ``organization.id`` is: events of no tenant are a group.
- A later beginning takes the place of an earlier one, and a match uses its events up. So the first
  match of a burst is found as by our engine, and not every one that follows it.
- Events of one millisecond stand in the order in which a shard has them.
- ``by`` heeds case. Ids of agents and conversations are the same text in every event of a source,
  so what our engine would put together beyond that is one agent spelt in two ways.

EQL does not support fields with several values ("may return inconsistent results"), ``:`` ignores
case in ASCII alone and knows wildcards, and a missing event at the end (``![…]``) is asked for
before its time has passed. A step that would need one of these is refused, and ES|QL says it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentwarrant.rules.correlation.graph import plain_sequence
from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import Node
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.query import EQL, Query
from agentwarrant.siem.vocabulary import is_lower, is_single

NUMERIC = frozenset({"byte", "double", "float", "integer", "long", "scaled_float", "short"})
_KEYWORDS = frozenset({"constant_keyword", "keyword", "wildcard"})
_COMPARED = {"num": "==", "neq": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_FUNCTIONS = {"startswith": "startsWith", "endswith": "endsWith", "contains": "stringContains"}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def condition(tree: Node, types: Mapping[str, str]) -> str:
    """Return what stands after ``where``.

    A negation stands at the fields it is about, each with its absence said: an absent field makes
    the ``not`` of anything about it true.

    Args:
        tree: A condition (``rules.ir``).
        types: The types of the fields that are mapped.

    Raises:
        CannotRender: It cannot mean the same there.
    """
    return _node(tree, types, negative=False)


def sequence(rule: Rule, known: Mapping[str, Rule], types: Mapping[str, str]) -> Query:
    """Return a plain ordered correlation of rules about single events.

    Args:
        rule: The correlation.
        known: All rules by id.
        types: The types of the fields that are mapped.

    Raises:
        CannotRender: It is another kind of correlation, or a step cannot be said.
    """
    correlation = rule.correlation
    if correlation is None or not plain_sequence(correlation) or len(correlation.rules) < 2:
        raise CannotRender("EQL is for two steps or more, all of them, in order")
    steps = [_step(known[one], types) for one in correlation.rules]
    keys = [_keys(correlation, one, types) for one in correlation.rules]
    span = f"with maxspan={maxspan(correlation.window_ms)}"
    if len(set(keys)) == 1:
        head, tails = f"sequence by {keys[0]} {span}", [""] * len(keys)
    else:
        head, tails = f"sequence {span}", [f" by {key}" for key in keys]
    lines = [f"  [any where {step}]{tail}" for step, tail in zip(steps, tails, strict=True)]
    groups = (TENANT, *(name for name in correlation.group_by if name != TENANT))
    return Query(EQL, EQL, "\n".join([head, *lines]), correlation.window_ms, groups)


def maxspan(ms: int) -> str:
    """Return a length of time in Elasticsearch's units."""
    unit, size = next((unit, size) for unit, size in _UNITS if ms % size == 0)
    return f"{ms // size}{unit}"


def quoted(text: str) -> str:
    """Return text as a string of EQL."""
    made = "".join(
        _ESCAPES.get(c) or (c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in text
    )
    return f'"{made}"'


def _step(rule: Rule, types: Mapping[str, str]) -> str:
    if rule.tree is None:
        raise CannotRender(
            f"{rule.title}: a sequence of EQL has events for its steps, no sequences"
        )
    return condition(rule.tree, types)


def _keys(correlation: Correlation, rule: str, types: Mapping[str, str]) -> str:
    named = [correlation.aliases.get(name, {}).get(rule, name) for name in correlation.group_by]
    for name in named:
        if not is_single(name) or types.get(name) not in _KEYWORDS:
            raise CannotRender(f"{name} may have several values, so EQL cannot group by it")
    return ", ".join([f"?{TENANT}", *(name for name in named if name != TENANT)])


def _node(node: Node, types: Mapping[str, str], *, negative: bool) -> str:
    kind = node[0]
    if kind == "not":
        return _node(node[1], types, negative=not negative)
    if kind in ("true", "false"):
        return "true" if (kind == "true") != negative else "false"
    if kind == "is":
        return _negated(node, types) if negative else _atom(node, types)
    joined = "and" if (kind == "and") != negative else "or"
    parts = node[1:]
    made: list[str] = []
    if joined == "or" and not negative:
        parts, made = _lists(parts, types)
    made = [*(_node(part, types, negative=negative) for part in parts), *made]
    return made[0] if len(made) == 1 else "(" + f" {joined} ".join(made) + ")"


def _lists(parts: Sequence[Node], types: Mapping[str, str]) -> tuple[list[Node], list[str]]:
    """Take out of alternatives the values of one field: they are a list of EQL."""
    values: dict[str, list[str]] = {}
    for part in parts:
        if part[0] == "is" and part[1] is not None and part[2] == "eq":
            values.setdefault(part[1], []).append(part[3])
    lists = {name: given for name, given in values.items() if len(given) > 1}
    rest = [p for p in parts if not (p[0] == "is" and p[2] == "eq" and p[1] in lists)]
    return rest, [
        f"{_field(name, types)} in ({', '.join(_text(name, one, types) for one in given)})"
        for name, given in lists.items()
    ]


def _negated(atom: Node, types: Mapping[str, str]) -> str:
    _, name, op, argument = atom
    if op in ("null", "exists"):
        return _exists(_field(name, types), op == "null" or not argument)
    return f"({_field(name, types)} == null or not {_atom(atom, types)})"


def _atom(atom: Node, types: Mapping[str, str]) -> str:
    _, name, op, argument = atom
    shown = _field(name, types)
    if op in ("null", "exists"):
        return _exists(shown, op == "exists" and bool(argument))
    if op in _COMPARED:
        if types[name] not in NUMERIC:
            raise CannotRender(f"{name} is compared as a number, and is none in the index")
        return (
            f"{shown} {_COMPARED[op]} {argument:g}"
            if argument != int(argument)
            else (f"{shown} {_COMPARED[op]} {int(argument)}")
        )
    plain = op.removesuffix("_cased")
    if plain != "eq" and plain not in _FUNCTIONS:
        raise CannotRender(f"EQL has nothing that means the same as {op} of {name}")
    text = _text(name, argument, types, cased=plain != op)
    return f"{shown} == {text}" if plain == "eq" else f"{_FUNCTIONS[plain]}({shown}, {text})"


def _exists(shown: str, there: bool) -> str:
    return f"{shown} {'!=' if there else '=='} null"


def _field(name: str | None, types: Mapping[str, str]) -> str:
    if name is None:
        raise CannotRender("words that are looked for in every field")
    if name not in types:
        raise CannotRender(f"{name} is in no index of ours")
    if not is_single(name):
        raise CannotRender(f"{name} may have several values, which EQL does not define")
    return f"?{name}"


def _text(name: str, given: str, types: Mapping[str, str], *, cased: bool = False) -> str:
    if types[name] not in _KEYWORDS:
        raise CannotRender(f"{name} is compared as text, and is {types[name]} in the index")
    if not cased and not is_lower(name):
        raise CannotRender(f"{name} is compared without case, which EQL does in ASCII alone")
    return quoted(given)
