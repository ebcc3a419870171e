"""Which native rules one rule becomes, and the query of each.

Alternatives become rules of their own where they can: an analyst then reads a query about single
events, a count or a sequence, and not all of them in one. What only holds together stays together.

Ordered steps are said in EQL where that is exact (``eql``), and in ES|QL where it is not
(``chained``); all other correlations in ES|QL (``counts``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.correlation.terms import Term, terms_of
from agentwarrant.rules.ir import Node, conjunction, disjunction
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.elastic import counts, eql, esql
from agentwarrant.siem.elastic.chained import chained
from agentwarrant.siem.elastic.query import ESQL, CannotRender, Query
from agentwarrant.siem.elastic.reduced import Types

MOST_FIELDS = 3
"""By so many fields Kibana suppresses at most (``AlertSuppressionGroupBy``)."""
_TEMPORAL = ("temporal", "temporal_ordered")


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


def parts(rule: Rule, known: Mapping[str, Rule]) -> list[Rule]:
    """Return the rules whose findings are together those of a rule; often it alone.

    A correlation matches at an event of an alternative that stands alone, and at others as long
    as that event is in its window: so whenever the alternative does.
    """
    correlation = rule.correlation
    if correlation is None or correlation.kind not in _TEMPORAL or correlation.condition is None:
        return [rule]
    terms = terms_of(correlation.condition)
    alone = [term.positive[0] for term in terms if len(term.positive) == 1 and not term.negative]
    rest = [term for term in terms if len(term.positive) != 1 or term.negative]
    found = [one for position in alone for one in _alternative(rule, correlation, position, known)]
    if rest and alone:
        found.append(_without(rule, correlation, rest))
    return found if alone else [rule]


def _alternative(
    rule: Rule, correlation: Correlation, position: int, known: Mapping[str, Rule]
) -> Iterator[Rule]:
    child = known[correlation.rules[position]]
    names = [correlation.aliases.get(n, {}).get(child.id, n) for n in correlation.group_by]
    if child.tree is not None:
        there: list[Node] = [["is", name, "exists", True] for name in names if name != TENANT]
        tree = conjunction([child.tree, *there])
        yield replace(rule, id=child.id, correlation=None, tree=tree)
        return
    inner = child.correlation.group_by if child.correlation else ()
    if not set(names) <= {TENANT, *inner}:
        raise CannotRender(f"{child.title} is grouped by other fields than what reads it")
    for one in parts(child, known):
        yield replace(one, group_by=rule.group_by, suppress_ms=rule.suppress_ms)


def _without(rule: Rule, correlation: Correlation, terms: Sequence[Term]) -> Rule:
    """Return a correlation with some of its alternatives alone."""
    trees = [
        conjunction(
            [
                *(["rule", n] for n in term.positive),
                *(["not", ["rule", n]] for n in term.negative),
            ]
        )
        for term in terms
    ]
    return replace(rule, correlation=replace(correlation, condition=disjunction(trees)))


def _query(
    rule: Rule, rules: Sequence[Rule], known: Mapping[str, Rule], types: Types, *, in_eql: bool
) -> Query:
    correlation = rule.correlation
    if correlation is None:
        return _single(rule, types)
    if correlation.kind not in _TEMPORAL:
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
