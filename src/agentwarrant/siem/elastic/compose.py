"""Which native rules one rule becomes, and the query of each.

Alternatives become rules of their own where they can (``alternatives``).

Ordered steps are said in EQL where that is exact (``eql``), and in ES|QL where it is not
(``chained``); all other correlations in ES|QL (``counts``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import TEMPORAL, CannotRender, parts
from agentwarrant.siem.elastic import counts, eql, esql
from agentwarrant.siem.elastic.chained import chained
from agentwarrant.siem.elastic.query import ESQL, Query
from agentwarrant.siem.reduced import Types

MOST_FIELDS = 3
"""By so many fields Kibana suppresses at most (``AlertSuppressionGroupBy``)."""


def queries(rule: Rule, rules: Sequence[Rule], types: Types, *, in_eql: bool = True) -> list[Query]:
    """Return the queries that find together what a rule finds.

    Args:
        rule: The rule.
        rules: All rules, those that it reads among them.
        types: The types of the fields that are mapped.
        in_eql: Say sequences in EQL where that is exact; else all of them in ES|QL.

    Raises:
        CannotRender: It, or one of its alternatives, cannot mean the same there.
    """
    known = {one.id: one for one in rules}
    return [_query(part, rules, known, types, in_eql=in_eql) for part in parts(rule, known)]


def _query(
    rule: Rule, rules: Sequence[Rule], known: Mapping[str, Rule], types: Types, *, in_eql: bool
) -> Query:
    correlation = rule.correlation
    if correlation is None:
        return _single(rule, types)
    if correlation.kind not in TEMPORAL:
        return _counted(rule, correlation, rules, types)
    if in_eql:
        try:
            return eql.sequence(rule, known, types)
        except CannotRender:
            return chained(rule, known, types)
    return chained(rule, known, types)


def _single(rule: Rule, types: Types) -> Query:
    """Return the query of a rule about single events.

    It is ES|QL as well where more fields tell its bursts apart than Kibana takes: there a query
    can make one of them (``rule.with_group``).
    """
    if len({TENANT, *rule.group_by}) <= MOST_FIELDS:
        return esql.single(rule, types)
    where = esql.condition(rule.tree or ["false"], types)
    text = f"{esql.SOURCE} METADATA _id, _index, _version\n| WHERE {where}"
    return Query(ESQL, ESQL, text, 0, rule.group_by)


def _counted(rule: Rule, correlation: Correlation, rules: Sequence[Rule], types: Types) -> Query:
    query = counts.correlation(rule, rules, types)
    names = (name for name in correlation.group_by if name != TENANT)
    return replace(query, group_by=(TENANT, *names))
