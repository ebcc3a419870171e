"""Order, absence, and correlations of correlations in ES|QL: the moments at which each matches.

Each kind becomes the commands that make the column of its moments (``columns``), so that one
correlation can read another as our engine does: at every event at which that matches, not only at
the first. The whole is exact for groups, windows and order; it is quadratic in what a group does
within one look-back, and groups that lack a needed part are let go before that.

An absence is known when its window is over and ``moments.SETTLE_MS`` more have passed, in which
late events come.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from agentwarrant.rules.correlation.operator import GROWING
from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.correlation.terms import Term, terms_of
from agentwarrant.rules.ir import FALSE, Node, disjunction
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import moments
from agentwarrant.siem.elastic.columns import Columns, Events
from agentwarrant.siem.elastic.query import ESQL, Query
from agentwarrant.siem.reduced import Types

_MOST_NEEDS = 16

Needs = list[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Made:
    """The column of a correlation's moments.

    Attributes:
        column: Its name.
        needs: Alternatives of columns that must all be there for it to have any.
        reach: How far back of a match its events may stand, in milliseconds.
    """

    column: str
    needs: Needs
    reach: int


def chained(rule: Rule, known: Mapping[str, Rule], types: Types) -> Query:
    """Return the query of a correlation with order, absence or correlations in it.

    Args:
        rule: The correlation.
        known: All rules by id.
        types: Of all fields.

    Raises:
        CannotRender: It cannot mean the same there.
    """
    correlation = _correlation(rule)
    names = _names(correlation)
    builder = _Builder(Columns(names, types), known, names)
    made = builder.correlation(rule, None, whole=True)
    text = builder.columns.text(made.column, made.needs)
    return Query("esql", ESQL, text, made.reach, (TENANT, *names))


def _names(correlation: Correlation) -> tuple[str, ...]:
    return tuple(name for name in correlation.group_by if name != TENANT)


def _correlation(rule: Rule) -> Correlation:
    if rule.correlation is None:
        raise CannotRender("it is no correlation")
    return rule.correlation


class _Builder:
    def __init__(self, columns: Columns, known: Mapping[str, Rule], names: tuple[str, ...]) -> None:
        self.columns = columns
        self._known = known
        self._names = names
        self._made: dict[str, Made] = {}

    def correlation(self, rule: Rule, then: Node | None, *, whole: bool) -> Made:
        """Make the moments of a correlation.

        Args:
            rule: The correlation.
            then: What the next step asks for, of a sequence that it is a step of.
            whole: Nothing reads it, so the moments at which it becomes true are enough.
        """
        key = repr((rule.id, then, whole))
        if key not in self._made:
            self._made[key] = self._correlation(_correlation(rule), then, whole=whole)
        return self._made[key]

    def _correlation(self, correlation: Correlation, then: Node | None, *, whole: bool) -> Made:
        kind = correlation.kind
        if kind in ("temporal", "temporal_ordered"):
            return self._temporal(correlation, then, whole=whole)
        if sorted(self._names) != sorted(_names(correlation)):
            return self._foreign(correlation, then)
        if kind == "value_count":
            return self._value_count(correlation, then)
        if kind == "new_value":
            return self._new_value(correlation, then)
        raise CannotRender(f"{kind} within another correlation")

    # Temporal -----------------------------------------------------------------------------

    def _temporal(self, correlation: Correlation, then: Node | None, *, whole: bool) -> Made:
        if sorted(self._names) != sorted(_names(correlation)):
            raise CannotRender("it reads a correlation that is grouped by other fields")
        terms = _terms(correlation)
        ordered = correlation.kind == "temporal_ordered"
        made = [self._term(correlation, term, then, ordered, whole=whole) for term in terms]
        column = self.columns.union([one.column for one in made])
        needs = [need for one in made for need in one.needs]
        return Made(column, needs, max(one.reach for one in made))

    def _term(
        self, correlation: Correlation, term: Term, then: Node | None, ordered: bool, *, whole: bool
    ) -> Made:
        if not term.positive:
            raise CannotRender("it looks for nothing but absences")
        # Of the first of two steps it is asked whether one stands in the window of the second.
        pair = whole and ordered and len(term.positive) == 2 and not term.negative
        within = correlation.window_ms if pair else 0
        parts = self._parts(correlation, term, then, ordered, within)
        reach = max(part.reach for part in parts) + correlation.window_ms
        needs = _all_of([part.needs for part in parts])
        given = [part.column for part in parts]
        if term.negative:
            window = correlation.window_ms
            absent = [self._child(correlation, n, None, window).column for n in term.negative]
            column = moments.absence(self.columns, window, given, absent, ordered)
            return Made(column, needs, reach + moments.SETTLE_MS)
        if len(given) == 1 and whole:
            return Made(given[0], needs, reach - correlation.window_ms)
        looked = given if whole else self._hits(correlation, then)
        window = correlation.window_ms
        if not ordered:
            return Made(
                moments.together(self.columns, window, given, self.columns.union(looked)),
                needs,
                reach,
            )
        at = "" if whole else self.columns.union(looked)
        return Made(moments.chain(self.columns, window, given, at), needs, reach)

    def _parts(
        self, correlation: Correlation, term: Term, then: Node | None, ordered: bool, within: int
    ) -> list[Made]:
        made = []
        for place, position in enumerate(term.positive):
            last = place + 1 == len(term.positive)
            following = then if last else self._asked(correlation.rules[term.positive[place + 1]])
            following = following if ordered else None
            made.append(self._child(correlation, position, following, 0 if last else within))
        return made

    def _child(
        self, correlation: Correlation, position: int, then: Node | None, within: int = 0
    ) -> Made:
        identity = correlation.rules[position]
        rule = self._known[identity]
        if rule.tree is None:
            if any(identity in named for named in correlation.aliases.values()):
                raise CannotRender("it gives another name to a field of a correlation")
            return self.correlation(rule, then, whole=False)
        column = self.columns.events(self._events(correlation, rule), then, within)
        return Made(column, [frozenset([column])], 0)

    def _events(self, correlation: Correlation, rule: Rule, value: str = "") -> Events:
        named = tuple(_alias(correlation, name, rule.id) for name in self._names)
        return Events(rule.tree or ["false"], named, value)

    def _hits(self, correlation: Correlation, then: Node | None) -> list[str]:
        """Return the columns of all that a correlation looks at, as each may make it match."""
        every = range(len(correlation.rules))
        return [self._child(correlation, n, then).column for n in every]

    def _asked(self, identity: str) -> Node:
        """Return which events may make a rule match.

        A correlation may match at any event that it looks at, but an absence is no event's doing.
        """
        rule = self._known[identity]
        if rule.tree is not None:
            return rule.tree
        correlation = _correlation(rule)
        temporal = correlation.kind in ("temporal", "temporal_ordered")
        if temporal and all(term.negative for term in _terms(correlation)):
            return FALSE
        return disjunction([self._asked(one) for one in dict.fromkeys(correlation.rules)])

    # Values -------------------------------------------------------------------------------

    def _value_count(self, correlation: Correlation, then: Node | None) -> Made:
        least = _least(correlation)
        each = [self._pairs(correlation, one, then) for one in correlation.rules]
        pairs = self.columns.union(each)
        at = self.columns.union(self._hits(correlation, then))
        window = correlation.window_ms
        column = moments.distinct(self.columns, window, pairs, at, least)
        return Made(column, [frozenset([one]) for one in each], window)

    def _pairs(self, correlation: Correlation, identity: str, then: Node | None) -> str:
        rule = self._known[identity]
        if rule.tree is None or len(correlation.fields) != 1:
            raise CannotRender("values of a correlation, or of several fields, within another")
        value = _alias(correlation, correlation.fields[0], identity)
        return self.columns.events(self._events(correlation, rule, value), then)

    def _new_value(self, correlation: Correlation, then: Node | None) -> Made:
        if correlation.threshold not in (0, 1) or correlation.op != "gte":
            raise CannotRender("a new value after a number of events, within another correlation")
        if len(correlation.rules) != 1:
            raise CannotRender("a new value of several rules, within another correlation")
        pairs = self._pairs(correlation, correlation.rules[0], then)
        made = moments.news(self.columns, correlation.history_ms, pairs)
        if correlation.threshold == 1:
            made = moments.not_first(self.columns, correlation.history_ms, made, pairs)
        return Made(made, [frozenset([pairs])], correlation.history_ms)

    def _foreign(self, correlation: Correlation, then: Node | None) -> Made:
        """Make the moments of new values of a group that the value itself is part of."""
        whole = sorted({*_names(correlation), *correlation.fields})
        if correlation.kind != "new_value" or whole != sorted(self._names):
            raise CannotRender("it reads a correlation that is grouped by other fields")
        if correlation.threshold != 0 or correlation.op != "gte" or len(correlation.rules) != 1:
            raise CannotRender("a new value after a number of events, within another correlation")
        at = self._hits(correlation, then)[0]
        pairs = self.columns.new()
        self.columns.add((), [f"| EVAL {pairs} = TO_STRING({at})"], pairs)
        made = moments.news(self.columns, correlation.history_ms, pairs)
        return Made(made, [frozenset([at])], correlation.history_ms)


def _terms(correlation: Correlation) -> list[Term]:
    every = tuple(range(len(correlation.rules)))
    if correlation.condition is not None:
        return terms_of(correlation.condition)
    least = _least(correlation)
    if least == 1:
        return [Term((n,), ()) for n in every]
    if least == len(every):
        return [Term(every, ())]
    raise CannotRender("some of its rules, whichever they are, within or in order")


def _least(correlation: Correlation) -> int:
    if correlation.op not in GROWING:
        raise CannotRender(f"{correlation.op} is known only when a moment is over")
    threshold = correlation.threshold
    return max(1, math.ceil(threshold) if correlation.op == "gte" else math.floor(threshold) + 1)


def _alias(correlation: Correlation, name: str, rule: str) -> str:
    return correlation.aliases.get(name, {}).get(rule, name)


def _all_of(parts: Sequence[Needs]) -> Needs:
    if math.prod(len(part) for part in parts) > _MOST_NEEDS:
        return [frozenset()]
    return [frozenset().union(*chosen) for chosen in product(*parts)]
