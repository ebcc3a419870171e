"""Counts and new values as Kibana's own types ``threshold`` and ``new_terms``.

They are not what the rules of this package become (``counts`` is), because they mean less or more:

- A threshold rule counts once a run, over the whole range that the run searches. Over a range of
  one window it counts what our window that ends with the run holds, and nothing else: a burst that
  a run's end falls into is split between two runs and missed. Over a longer range it counts events
  together that no window holds.
- Both heed case, and leave out events without one of the fields.
- ``new_terms`` knows no number of events before news is news.

What is offered here is the nearest of that kind for who prefers it, and never finds more than our
rule does but where case differs; anything further off is refused. What Kibana searches for them
was read in elastic/kibana, ``rule_types/threshold/build_threshold_aggregation.ts`` and
``rule_types/new_terms/build_new_terms_aggregation.ts``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from agentwarrant.rules.ir import Node, conjunction, disjunction
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import kql
from agentwarrant.siem.elastic.query import KUERY, Query
from agentwarrant.siem.reduced import EXACT, NUMBERS, Types, type_of
from agentwarrant.siem.vocabulary import is_single

TENANT = "organization.id"
_MOST_COUNTED, _MOST_TERMS = 5, 3
"""Fields that the two types take (Kibana's API of detection rules)."""
_DAY_MS = 86_400_000


def threshold(rule: Rule, rules: Sequence[Rule], types: Types) -> Query:
    """Return a count as a threshold rule, to be run over a range of exactly one window.

    Raises:
        CannotRender: A threshold rule would find what ours does not, or cannot count so.
    """
    correlation = _plain(rule)
    if correlation.kind not in ("event_count", "value_count"):
        raise CannotRender(f"a threshold rule has no {correlation.kind}")
    if correlation.op not in ("gt", "gte"):
        raise CannotRender("a threshold rule knows no upper bound")
    wanted, more = correlation.threshold, correlation.op == "gt"
    least = max(1, math.floor(wanted) + 1 if more else math.ceil(wanted))
    groups = _fields(correlation, _MOST_COUNTED, types)
    made: dict[str, object] = {"field": groups, "value": least, "cardinality": []}
    if correlation.kind == "value_count":
        counted = _checked(correlation.fields, types, single=False)
        if len(counted) > 1:
            raise CannotRender("a threshold rule counts the values of one field")
        made |= {"value": 1, "cardinality": [{"field": counted[0], "value": least}]}
    text = _condition(correlation, rules, types)
    extra = {"threshold": made}
    return Query("threshold", KUERY, text, correlation.window_ms, rule.group_by, extra)


def new_terms(rule: Rule, rules: Sequence[Rule], types: Types) -> Query:
    """Return a new value as a ``new_terms`` rule.

    Raises:
        CannotRender: Such a rule would find what ours does not.
    """
    correlation = _plain(rule)
    if correlation.kind != "new_value":
        raise CannotRender(f"a new_terms rule has no {correlation.kind}")
    if correlation.threshold > 0:
        raise CannotRender("a new_terms rule tells of the first value of a group as well")
    if correlation.history_ms % _DAY_MS:
        raise CannotRender("the history is no number of days")
    groups = _fields(correlation, _MOST_TERMS - len(correlation.fields), types)
    names = [*groups, *_checked(correlation.fields, types, single=True)]
    text = _condition(correlation, rules, types)
    start = f"now-{correlation.history_ms // _DAY_MS}d"
    extra = {"new_terms_fields": names, "history_window_start": start}
    return Query("new_terms", KUERY, text, correlation.history_ms, rule.group_by, extra)


def _plain(rule: Rule) -> Correlation:
    correlation = rule.correlation
    if correlation is None:
        raise CannotRender("it is no correlation")
    if correlation.aliases:
        raise CannotRender("a field has another name in each of its rules")
    return correlation


def _fields(correlation: Correlation, most: int, types: Types) -> list[str]:
    names = [TENANT, *(name for name in correlation.group_by if name != TENANT)]
    if len(names) > most:
        raise CannotRender(f"more than {most} fields with the tenant")
    return _checked(names, types, single=True)


def _checked(names: Sequence[str], types: Types, *, single: bool) -> list[str]:
    for name in names:
        if type_of(name, types) not in EXACT | NUMBERS:
            raise CannotRender(f"{name} cannot be grouped by")
        if single and not is_single(name):
            raise CannotRender(f"{name} may be a list, and each of its values is a group there")
    return list(names)


def _condition(correlation: Correlation, rules: Sequence[Rule], types: Types) -> str:
    known = {one.id: one for one in rules}
    trees: list[Node] = []
    for name in correlation.rules:
        tree = known[name].tree
        if tree is None:
            raise CannotRender("it reads a correlation")
        trees.append(tree)
    return kql.condition(conjunction([disjunction(trees)]), types)
