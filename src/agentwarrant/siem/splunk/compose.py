"""Which searches one rule becomes.

Alternatives become searches of their own where they can (``alternatives``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from agentwarrant.rules.documents import fields_read
from agentwarrant.rules.model import Rule
from agentwarrant.schema import field_type, load, own_fields
from agentwarrant.siem.alternatives import TEMPORAL, parts
from agentwarrant.siem.reduced import Types
from agentwarrant.siem.splunk import baseline, counts, habits
from agentwarrant.siem.splunk.chained import chained
from agentwarrant.siem.splunk.query import Query
from agentwarrant.siem.splunk.search import single

_STRUCTURED = frozenset({"object", "flattened", "nested"})
"""Types that hold no scalar: an event has none of them."""


def queries(rule: Rule, rules: Sequence[Rule]) -> list[Query]:
    """Return the searches that find together what a rule finds.

    Args:
        rule: The rule.
        rules: All rules, those that it reads among them.

    Raises:
        CannotRender: It, or one of its alternatives, cannot mean the same in Splunk.
    """
    known = {one.id: one for one in rules}
    return [_query(part, known) for part in parts(rule, known)]


def _query(rule: Rule, known: Mapping[str, Rule]) -> Query:
    types = types_for(list(known.values()))
    if rule.correlation is None:
        return single(rule, types)
    reads = any(known[one].tree is None for one in rule.correlation.rules)
    if reads or rule.correlation.kind in TEMPORAL:
        return chained(rule, known, types)
    if rule.correlation.kind == "new_value":
        return habits.new_value(rule, known, types)
    if rule.correlation.kind == "rate_baseline":
        return baseline.rate_baseline(rule, known, types)
    return counts.correlation(rule, known, types)


@cache
def _types() -> Types:
    named = {**load("ecs.json")["fields"], **own_fields()}
    every = {name: str(field_type(name)) for name in named}
    return MappingProxyType({n: kind for n, kind in every.items() if kind not in _STRUCTURED})


def types_for(rules: Sequence[Rule]) -> Types:
    """Return the types of all fields that an event can have, and of what else some rules read."""
    made = dict(_types())
    for rule in rules:
        for name in fields_read(rule):  # few names: a difference of sets would walk all the others
            kind = None if name in made else field_type(name)
            if kind is not None and kind not in _STRUCTURED:
                made[name] = kind
    return made
