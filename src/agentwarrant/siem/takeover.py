"""Rules over others' data: their conditions, said in the fields that stand there (``foreign``).

A rule is taken over by putting what a file says in the place of the rule's own conditions. A rule
that needs something for which the file has no counterpart is refused: what only the engine knows
(intent, origin, warrants) is in nobody else's data. So are correlations, but for plain counts of an
agent's events: of a count that only has to grow, events that a file leaves out make it smaller and
never greater. So each of the rules that it reads is taken over by itself, and those that cannot be
are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from agentwarrant.finding import Severity
from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import FALSE, TRUE, Node, conjunction, disjunction, negation
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule, is_for_agents
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.foreign import AGENT, Data, Kind


def condition_of(rule: Rule, known: Mapping[str, Rule], data: Data) -> Node:
    """Return the condition of the events that a rule finds, or counts, in theirs.

    Raises:
        CannotRender: It cannot be said in them, or would never be met.
    """
    if rule.correlation is not None:
        return counted(rule, known, data)
    return taken_over(rule, data)


def taken_over(rule: Rule, data: Data) -> Node:
    """Return the condition of a rule about single events in their fields.

    Raises:
        CannotRender: It cannot be said in them, or would never be met.
    """
    if rule.correlation is not None:
        raise CannotRender("it correlates events, and only rules about single ones are taken over")
    if rule.tree is None or not is_for_agents(rule):
        raise CannotRender("it is about other events than those of agents")
    found: list[Node] = []
    lacks: dict[str, None] = {}
    for kind in data.kinds:
        try:
            met = _substituted(rule.tree, kind, data)
        except _Unknown as unknown:
            lacks[str(unknown)] = None
            continue
        found.append(conjunction([kind.when, met]))
    whole = disjunction(found)
    if whole == FALSE:
        if lacks:
            raise CannotRender(f"its data has no counterpart of {', '.join(sorted(lacks))}")
        raise CannotRender("of its events none can meet it: it needs what only the engine knows")
    return whole


class _Unknown(Exception):
    """A field that has no counterpart."""


def _substituted(node: Node, kind: Kind, data: Data) -> Node:
    if node[0] == "and":
        return _joined(node[1:], kind, data, FALSE, conjunction)
    if node[0] == "or":
        return _joined(node[1:], kind, data, TRUE, disjunction)
    if node[0] == "not":
        return negation(_substituted(node[1], kind, data))
    return node if node[0] != "is" else _replaced(node, kind, data)


def _joined(parts: Sequence[Node], kind: Kind, data: Data, decides: Node, join: Any) -> Node:
    """Join parts; one that decides for all makes it matter nothing that others are unknown."""
    made: list[Node] = []
    unknown: _Unknown | None = None
    for part in parts:
        try:
            made.append(_substituted(part, kind, data))
        except _Unknown as error:
            unknown = error
    if decides in made:
        return decides
    if unknown is not None:
        raise unknown
    joined: Node = join(made)
    return joined


def _replaced(atom: Node, kind: Kind, data: Data) -> Node:
    name = atom[1]
    if name in kind.constants:
        value = kind.constants[name]
        return TRUE if _holds(atom, {} if value is None else {name: value}) else FALSE
    if name in kind.values:
        ways = kind.values[name].items()
        return disjunction([one for value, one in ways if _holds(atom, {name: value})])
    if name in data.fields and name != TENANT and atom[2] != "ref":
        return [atom[0], data.fields[name], *atom[2:]]
    raise _Unknown(name or "a word anywhere")


def _holds(atom: Node, event: Mapping[str, Any]) -> bool:
    return _is_met(json.dumps(atom), json.dumps(event))


@lru_cache(maxsize=65_536)
def _is_met(atom: str, event: str) -> bool:
    """Return whether a condition holds of an event, both as JSON: many rules ask the same."""
    tree = json.loads(atom)
    rule = Rule("atom", "", "", "", "", Severity.LOW, alerts=True, tree=tree)
    return bool(Matcher([rule]).hits(json.loads(event)))


def counted(rule: Rule, known: Mapping[str, Rule], data: Data) -> Node:
    """Return the condition of the events that a correlation counts, in their fields.

    Raises:
        CannotRender: It is no plain count by agent, or none of its events can be told.
    """
    correlation = rule.correlation
    plain = correlation is not None and correlation.kind == "event_count"
    if not plain or correlation is None or set(correlation.group_by) != {AGENT}:
        raise CannotRender("it correlates events, and only plain counts by agent are taken over")
    if not data.counts:
        raise CannotRender("it counts calls, and only few kinds of them are seen there")
    if correlation.op not in ("gt", "gte"):
        raise CannotRender("it asks for few events, and not all are seen there")
    found: list[Node] = []
    why = ""
    for name in correlation.rules:
        try:
            found.append(taken_over(known[name], data))
        except CannotRender as error:
            why = str(error)
    if not found:
        raise CannotRender(why)
    return disjunction(found)
