"""Order, absence, and correlations that read correlations: one search, one row for each match.

Every rule about single events marks the rows of its events (``rows``); every correlation marks, by
what it reads, those at which it matches, as our engine lets one correlation be an event of another
(``steps``). So the whole is exact for groups, windows and order, and each part of it goes through
the rows a few times, however many there are.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentwarrant.rules.correlation.operator import GROWING
from agentwarrant.rules.correlation.terms import Term
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.reduced import Types
from agentwarrant.siem.splunk import counts, habits, steps
from agentwarrant.siem.splunk.groups import grouping, named
from agentwarrant.siem.splunk.metrics import MOST_ROWS, comparison, least_of, terms_in
from agentwarrant.siem.splunk.query import Query
from agentwarrant.siem.splunk.rows import Rows

TEMPORAL = ("temporal", "temporal_ordered")


def chained(rule: Rule, known: Mapping[str, Rule], types: Types) -> Query:
    """Return the search of a correlation with order, company, absence or correlations in it.

    Raises:
        CannotRender: It cannot mean the same in Splunk.
    """
    correlation = _correlation(rule)
    builder = Builder(_names(rule, known), types, known)
    flag = builder.correlation(rule)
    reach = builder.reach(rule)
    rows = builder.rows
    rows.show(rule.group_by)
    lines = [*rows.begun(), *rows.evidence(grouping(correlation)), "| eval aw_late=0"]
    lines += [*builder.lines(), f"| where {flag}=1", *rows.once(names=grouping(correlation))]
    lines += rows.ended(reach)
    return Query(
        "\n".join(lines),
        reach,
        builder.settle,
        rule.group_by,
        rows.columns(),
        cost=rows.cost(reach),
        lookups=tuple(dict.fromkeys(name for feed in builder.feeds for name in feed.lookups)),
        feeds=tuple(builder.feeds),
    )


def _names(rule: Rule, known: Mapping[str, Rule]) -> tuple[str, ...]:
    """Return what groups a correlation or one that it reads, its own first."""
    correlation = rule.correlation
    if correlation is None:
        return ()
    inner = [name for one in correlation.rules for name in _names(known[one], known)]
    return tuple(dict.fromkeys([*grouping(correlation), *inner]))


def _correlation(rule: Rule) -> Correlation:
    if rule.correlation is None:
        raise CannotRender("it is no correlation")
    return rule.correlation


class Builder:
    """A search in the making.

    Args:
        names: What groups any of its correlations.
        types: Of all fields.
        known: All rules by id.

    Attributes:
        rows: Its rows.
        settle: How long after its newest event a match can be told, in milliseconds.
        feeds: Searches that it needs beside it.
    """

    def __init__(self, names: tuple[str, ...], types: Types, known: Mapping[str, Rule]) -> None:
        self.rows = Rows(names, types)
        self.settle = 0
        self.feeds: list[Query] = []
        self._known = known
        self._lines: list[str] = []
        self._made: dict[str, str] = {}
        self._flags: list[str] = []
        self._late = 0

    def lines(self) -> list[str]:
        """Return the commands, once every correlation has its column."""
        others = ", ".join(f'{flag}=if(aw_v="1",0,{flag})' for flag in self.rows.flags)
        return [line.replace(steps.RESET, others) for line in self._lines]

    def correlation(self, rule: Rule) -> str:
        """Return the column that marks the matches of a correlation."""
        if rule.id not in self._made:
            correlation = _correlation(rule)
            made = _KINDS.get(correlation.kind)
            if made is None:
                raise CannotRender(f"{correlation.kind} within another correlation")
            self._made[rule.id] = made(self, rule, correlation)
        return self._made[rule.id]

    def reach(self, rule: Rule) -> int:
        """Return how long before a match its events may stand, in milliseconds."""
        if rule.correlation is None:
            return 0
        inner = max(self.reach(self._known[one]) for one in rule.correlation.rules)
        own = 0 if rule.correlation.kind == "new_value" else rule.correlation.window_ms
        return own + inner

    # What is read ---------------------------------------------------------------------------

    def child(self, correlation: Correlation, position: int) -> str:
        """Return the column that marks what one of a correlation's rules finds."""
        identity = correlation.rules[position]
        rule = self._known[identity]
        names = grouping(correlation)
        if rule.tree is not None:
            plan = tuple(
                named(correlation, one, identity) if one in names else one
                for one in self.rows.names
            )
            return self.rows.flag(rule.tree, plan, correlation.group_by)
        if any(identity in given for given in correlation.aliases.values()):
            raise CannotRender("it gives another name to a field of a correlation")
        return self._grouped(self.correlation(rule), _correlation(rule), names)

    def _grouped(self, flag: str, inner: Correlation, names: tuple[str, ...]) -> str:
        """Return the column of an inner correlation for one that is grouped by other fields."""
        others = [one for one in names if one not in grouping(inner)]
        if not others:
            return flag
        if inner.kind != "new_value":  # a match of many events, each of which may differ
            raise CannotRender("it reads a correlation that is grouped by other fields")
        there = [f'aw_g{self.rows.names.index(one)}!="-"' for one in others]
        return self._marks(f"{flag}=1 AND {' AND '.join(there)}")

    def _new(self, lead: str) -> str:
        self._late += 1
        return f"{lead}{self._late}"

    def _flag(self) -> str:
        made = self._new("aw_y")
        self._flags.append(made)
        return made

    def _marks(self, condition: str) -> str:
        made = self._flag()
        self._lines.append(f"| eval {made}=if({condition},1,0)")
        return made

    # Temporal -------------------------------------------------------------------------------

    def _temporal(self, _rule: Rule, correlation: Correlation) -> str:
        flags = [self.child(correlation, n) for n in range(len(correlation.rules))]
        by = self.rows.keys(grouping(correlation))
        if correlation.condition is None and correlation.kind == "temporal":
            return self._numbered(correlation, flags, by)
        terms = terms_in(correlation)
        if any(not term.positive for term in terms):
            raise CannotRender("it looks for nothing but absences")
        past = [term for term in terms if not term.negative]
        rest = [term for term in terms if term.negative]
        flag = self._past(correlation, flags, by, past)
        if rest:
            self._absent(correlation, flags, by, rest, flag)
        return flag

    def _numbered(self, correlation: Correlation, flags: list[str], by: str) -> str:
        """Mark where so many of the rules are present, whichever they are."""
        whole = correlation.op not in GROWING
        different = list(dict.fromkeys(flags))
        lead = self._new("aw_l")
        self._lines += steps.latest(different, by, f"{lead}_", whole=whole)
        since = f"aw_ms-{correlation.window_ms}"
        parts = [f"if({lead}_{different.index(flag)}>={since},1,0)" for flag in flags]
        compared = comparison(f"({'+'.join(parts)})", correlation)
        return self._marks(f"({steps.any_of(flags)}) AND {compared}")

    def _past(self, correlation: Correlation, flags: list[str], by: str, terms: list[Term]) -> str:
        """Mark where one of some terms holds that ask for no absence."""
        conditions = [self._held(correlation, flags, by, term) for term in terms]
        if not conditions:
            made = self._flag()
            self._lines.append(f"| eval {made}=0")
            return made
        return self._marks(f"({steps.any_of(flags)}) AND ({' OR '.join(conditions)})")

    def _held(self, correlation: Correlation, flags: list[str], by: str, term: Term) -> str:
        since = f"aw_ms-{correlation.window_ms}"
        lead = self._new("aw_l")
        wanted = [flags[n] for n in term.positive]
        if correlation.kind == "temporal_ordered" and len(wanted) > 1:
            self._lines += steps.chain(wanted, by, correlation.window_ms, lead)
            return f"coalesce({lead},0)>={since}"
        self._lines += steps.latest(wanted, by, f"{lead}_", whole=False)
        parts = [f"coalesce({lead}_{n},0)>={since}" for n in range(len(wanted))]
        return f"({' AND '.join(parts)})"

    def _absent(
        self,
        correlation: Correlation,
        flags: list[str],
        by: str,
        terms: list[Term],
        flag: str,
    ) -> None:
        """Mark the ends of windows that hold what a term asks for, and not what must not be."""
        window = correlation.window_ms
        lead = self._new("aw_q")
        asked = [[f"({steps.any_of([flags[n] for n in term.positive])})"] for term in terms]
        seen: list[str] = []
        for conditions, term in zip(asked, terms, strict=True):
            wanted = [flags[n] for n in term.positive]
            if correlation.kind == "temporal_ordered" and len(wanted) > 1:
                whole = self._new("aw_q")
                self._lines += steps.next_chain(wanted, by, whole)
                conditions.append(f"{whole}<=aw_ms+{window}")
            elif len(wanted) > 1:
                conditions += [f"{_seen(lead, seen, one)}<=aw_ms+{window}" for one in wanted]
            for one in (flags[n] for n in term.negative):
                again = _seen(lead, seen, one)
                conditions.append(f"(isnull({again}) OR {again}>aw_ms+{window})")
        self._lines += steps.following(seen, by, f"{lead}_")
        either = " OR ".join(f"({' AND '.join(conditions)})" for conditions in asked)
        others = [one for one in self._flags if one != flag]
        self._late += 1
        self._lines += steps.added(either, by, window, flag, others, self._late)
        self.settle = (self.settle or steps.SETTLE_MS) + window

    # Numbers --------------------------------------------------------------------------------

    def _event_count(self, _rule: Rule, correlation: Correlation) -> str:
        flags = [self.child(correlation, n) for n in range(len(correlation.rules))]
        least = least_of(correlation)
        if least > MOST_ROWS:
            raise CannotRender(f"a count of more than {MOST_ROWS} within another correlation")
        by = self.rows.keys(grouping(correlation))
        made = self._flag()
        self._lines += steps.count(flags, by, correlation.window_ms, least, made)
        return made

    def _value_count(self, _rule: Rule, correlation: Correlation) -> str:
        frame = self._frame(correlation)
        least = least_of(correlation)
        one = f"{self.rows.keys()} aw_ms aw_late aw_id"
        self._lines += [
            f"| eval aw_v={counts.values(frame, guarded=True)}",
            *counts.present(frame, " aw_late", self._new("aw_v")),
            "| where aw_in=1",
            f"| eventstats max(aw_n) AS aw_n BY {one}",
            f"| dedup {one}",
        ]
        return self._marks(f"({frame.hit}) AND aw_n>={least}")

    def _new_value(self, rule: Rule, correlation: Correlation) -> str:
        frame = self._frame(correlation)
        made = self._flag()
        self._lines += [
            f"| eval aw_v={habits.values(frame, guarded=True)}",
            *habits.news(frame, rule.id, made, guarded=True, at_event=" aw_late"),
        ]
        self.feeds += habits.feeds(rule, self._known, self.rows.types)
        return made

    def _frame(self, correlation: Correlation) -> counts.Frame:
        if any(self._known[one].tree is None for one in correlation.rules):
            raise CannotRender("values of a correlation within another")
        flags = [self.child(correlation, n) for n in range(len(correlation.rules))]
        fields = [
            tuple(named(correlation, name, one) for name in correlation.fields)
            for one in correlation.rules
        ]
        self.rows.keep(name for each in fields for name in each)
        return counts.Frame(correlation, self.rows, tuple(flags), tuple(fields))


def _seen(lead: str, seen: list[str], flag: str) -> str:
    """Return the column of when something is seen next, of those that begin with ``lead``."""
    if flag not in seen:
        seen.append(flag)
    return f"{lead}_{seen.index(flag)}"


_KINDS = {
    "temporal": Builder._temporal,
    "temporal_ordered": Builder._temporal,
    "event_count": Builder._event_count,
    "value_count": Builder._value_count,
    "new_value": Builder._new_value,
}
