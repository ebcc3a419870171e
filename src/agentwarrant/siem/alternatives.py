"""The rules that are together one rule: its alternatives, each alone where it can be.

An analyst then reads a query about single events, a count or a sequence, and not all of them in
one. What only holds together stays together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.correlation.terms import Term, terms_of
from agentwarrant.rules.ir import Node, conjunction, disjunction
from agentwarrant.rules.model import Correlation, Rule, is_for_agents

TEMPORAL = ("temporal", "temporal_ordered")


class CannotRender(Exception):
    """A rule cannot mean the same in a SIEM; the message says why, for a reader of the README."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that cannot mean the same there.

    Attributes:
        rule: The rule.
        reason: Why, for a reader of the README.
    """

    rule: Rule
    reason: str


def check(rule: Rule, known: Mapping[str, Rule]) -> None:
    """Refuse a rule that is about other events than ours, or reads what is not there.

    Raises:
        CannotRender: It is, or does.
    """
    if not is_for_agents(rule):
        raise CannotRender("it is about other events than those of agents")
    pending = [rule]
    while pending:
        correlation = pending.pop().correlation
        read = correlation.rules if correlation else ()
        if any(name not in known for name in read):
            raise CannotRender("it reads a rule that has become several, fitted to tenants")
        pending += [known[name] for name in read]


def parts(rule: Rule, known: Mapping[str, Rule]) -> list[Rule]:
    """Return the rules whose findings are together those of a rule; often it alone.

    A correlation matches at an event of an alternative that stands alone, and at others as long
    as that event is in its window: so whenever the alternative does.
    """
    correlation = rule.correlation
    if correlation is None or correlation.kind not in TEMPORAL or correlation.condition is None:
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
