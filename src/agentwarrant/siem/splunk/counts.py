"""Counts and sums in windows that slide, exact to the millisecond, both ends included.

``streamstats time_window`` would say it shorter, but its documentation leaves open whether a row
that is just as old as the window is long is in it, and it holds ``max_stream_window`` rows at most.
So:

- N events stand in a window when the first of the last N is no older (``window=N``).
- Sums go along: an event comes with its number at its time, and goes with it when it has left the
  window, a millisecond after that is as old as it is long. What has come and not gone is inside.
- Of different values one comes when it was not there for longer than a window, and goes when it
  does not come again within one.
- Percentiles need all numbers of a window: each event is put beside each moment that is no more
  than a window later (the stretch of time that it is in, and the next one).

A row is a group and a moment: a match at any event of a millisecond is a match of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agentwarrant.rules.correlation.operator import GROWING
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.reduced import NUMBERS, WHOLE, Types, type_of
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.groups import compared, grouping, named, tree_of
from agentwarrant.siem.splunk.metrics import MOST_ROWS, comparison, least_of
from agentwarrant.siem.splunk.query import Cost, Query
from agentwarrant.siem.splunk.rows import Rows
from agentwarrant.siem.splunk.spl import column
from agentwarrant.siem.vocabulary import is_single

_DIGITS = 6
"""To so many digits after the point sums of fractions are compared: beyond, the order in which
they are added up shows."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A correlation of rules about single events.

    Attributes:
        correlation: It.
        rows: Their events.
        flags: The columns of its rules, in their order.
        fields: What each of its rules is counted by, names resolved.
    """

    correlation: Correlation
    rows: Rows
    flags: tuple[str, ...]
    fields: tuple[tuple[str, ...], ...]

    @property
    def window(self) -> int:
        return self.correlation.window_ms

    @property
    def by(self) -> str:
        """The columns of a group."""
        return self.rows.keys(grouping(self.correlation))

    @property
    def hit(self) -> str:
        """Whether a row matches any of the rules."""
        return " OR ".join(f"{flag}=1" for flag in dict.fromkeys(self.flags))


def frame_of(correlation: Correlation, known: Mapping[str, Rule], types: Types) -> Frame:
    """Return a correlation with the rows of what it reads.

    Raises:
        CannotRender: It reads correlations.
    """
    names = grouping(correlation)
    rows = Rows(names, types)
    flags, fields = [], []
    for one in correlation.rules:
        plan = tuple(named(correlation, name, one) for name in names)
        flags.append(rows.flag(tree_of(known[one]), plan, correlation.group_by))
        fields.append(tuple(named(correlation, name, one) for name in correlation.fields))
    rows.keep(name for each in fields for name in each)
    return Frame(correlation, rows, tuple(flags), tuple(fields))


def correlation(rule: Rule, known: Mapping[str, Rule], types: Types) -> Query:
    """Return the search of a count, a sum, an average, a percentile or a number of values.

    Raises:
        CannotRender: It cannot mean the same in Splunk.
    """
    given = rule.correlation
    if given is None or given.kind not in _KINDS:
        raise CannotRender("it is no count and no sum")
    frame = frame_of(given, known, types)
    frame.rows.show(rule.group_by)
    lines = _KINDS[given.kind](frame)
    rows = frame.rows
    cost = Cost.HIGH if given.kind in _JOINED else rows.cost(frame.window)
    begun = [*rows.begun(marked=False), *rows.evidence()]
    text = "\n".join([*begun, *lines])
    return Query(text, frame.window, 0, rule.group_by, rows.columns(), cost=cost)


def _event_count(frame: Frame) -> list[str]:
    given = frame.correlation
    if given.op not in GROWING or least_of(given) > MOST_ROWS:
        return _running(frame, "1")
    least = least_of(given)
    return [
        f"| streamstats window={least} global=f count AS aw_n, min(aw_ms) AS aw_f BY {frame.by}",
        f"| where aw_n={least} AND aw_ms-aw_f<={frame.window}",
        *frame.rows.once(),
        *frame.rows.ended(frame.window, "aw_n"),
    ]


# What comes and goes ------------------------------------------------------------------------


def _running(
    frame: Frame, amount: str, *, average: bool = False, fractions: bool = False
) -> list[str]:
    """Return the lines of a sum over the events of the window; of none there is none."""
    total = f"round(aw_n,{_DIGITS})" if fractions else "aw_n"
    metric = f"{total}/aw_k" if average else total
    return [
        f"| eval aw_d={amount}",
        '| eval aw_in=mvappend("1","0")',
        "| mvexpand aw_in",
        f"| eval aw_in=tonumber(aw_in), aw_at=if(aw_in=1,aw_ms,aw_ms+{frame.window + 1}),"
        " aw_h=if(isnull(aw_d),0,if(aw_in=1,1,-1)), aw_d=coalesce(aw_d,0)*if(aw_in=1,1,-1)",
        "| sort 0 aw_at aw_in str(aw_id)",
        f"| streamstats sum(aw_d) AS aw_n, sum(aw_h) AS aw_k BY {frame.by}",
        *_judged(frame, metric, there="aw_k>0 AND "),
    ]


def _judged(frame: Frame, metric: str, *order: str, there: str = "") -> list[str]:
    """Return the lines that compare what is inside when a moment is over."""
    return [
        "| where aw_in=1",
        *frame.rows.once(*order),
        f"| where {there}{comparison(metric, frame.correlation)}",
        *frame.rows.ended(frame.window, metric),
    ]


def _number(frame: Frame) -> tuple[str, bool]:
    """Return the number of an event as an expression, and whether it may have fractions."""
    for names in frame.fields:
        if type_of(names[0], frame.rows.types) not in NUMBERS:
            raise CannotRender(f"{names[0]} holds no numbers")
        if not is_single(names[0]):
            raise CannotRender(f"{names[0]} may be a list of numbers")
    ways = list(dict.fromkeys(names[0] for names in frame.fields))
    if len(ways) > 1:
        raise CannotRender("the number is another field in each of its rules")
    fractions = type_of(ways[0], frame.rows.types) not in WHOLE
    return f"tonumber({column(field_name(ways[0]))})", fractions


def _value_sum(frame: Frame) -> list[str]:
    amount, fractions = _number(frame)
    return _running(frame, amount, fractions=fractions)


def _value_avg(frame: Frame) -> list[str]:
    amount, fractions = _number(frame)
    return _running(frame, amount, average=True, fractions=fractions)


# Different values ---------------------------------------------------------------------------


def values(frame: Frame, *, guarded: bool = False) -> str:
    """Return what is counted of an event: its values, each after a ``=``, or a ``-`` for none.

    Args:
        frame: The correlation.
        guarded: There are rows that match none of its rules.

    Raises:
        CannotRender: A field with fractions is counted, or a list with other fields.
    """
    ways: dict[tuple[str, ...], list[str]] = {}
    for flag, names in zip(frame.flags, frame.fields, strict=True):
        ways.setdefault(names, []).append(flag)
    made = [_value(names, frame.rows.types) for names in ways]
    if len(made) == 1 and not guarded:
        return f'coalesce({made[0]},"-")'
    parts = [
        f"if({' OR '.join(f'{flag}=1' for flag in dict.fromkeys(flags))},{one},null())"
        for one, flags in zip(made, ways.values(), strict=True)
    ]
    return f'coalesce(mvdedup(mvappend({",".join(parts)})),"-")'


def _value(names: tuple[str, ...], types: Types) -> str:
    if len(names) == 1:
        (field,) = names
        if is_single(field):
            return f'"=".{compared(field, types)}'
        shown = column(field_name(field))
        one = compared(field, types)
        each = f"lower({shown})" if one.startswith("mvmap") else shown
        return f'mvdedup(mvmap({shown},"=".{each}))'
    return together(names, types)


def together(names: tuple[str, ...], types: Types) -> str:
    """Return several fields as one value, absent when one is; each with its length before it.

    Raises:
        CannotRender: One may be a list, which is one value as a whole there, or has fractions.
    """
    for field in names:
        if not is_single(field):
            raise CannotRender(f"{field} may be a list, and is counted with other fields")
    parts = [compared(field, types) for field in names]
    return '"=".' + ".".join(f'len({one}).":".{one}' for one in parts)


def present(frame: Frame, at_event: str = "", lead: str = "aw") -> list[str]:
    """Return the lines that make ``aw_n``: how many values are inside, of rows ``aw_in=1``.

    Args:
        frame: The correlation; ``aw_v`` has the values of a row, or ``-``.
        at_event: Further columns by which rows of one moment are in order.
        lead: What columns begin with that other commands of the search must not have.
    """
    by, window = frame.by, frame.window
    return [
        "| mvexpand aw_v",
        f"| sort 0 aw_ms{at_event} str(aw_id)",
        f"| streamstats current=f window=1 global=f last(aw_ms) AS {lead}_b BY {by} aw_v",
        f"| sort 0 -aw_ms{at_event.replace(' ', ' -')} -str(aw_id)",
        f"| streamstats current=f window=1 global=f last(aw_ms) AS {lead}_f BY {by} aw_v",
        '| eval aw_in=mvappend("1","0")',
        "| mvexpand aw_in",
        f"| eval aw_in=tonumber(aw_in), aw_at=if(aw_in=1,aw_ms,aw_ms+{window + 1}),"
        f' aw_d=case(aw_v="-",0, aw_in=1 AND coalesce({lead}_b,0)<aw_ms-{window},1,'
        f" aw_in=0 AND (isnull({lead}_f) OR {lead}_f>aw_ms+{window}),-1, true(),0)",
        f"| sort 0 aw_at aw_in{at_event} str(aw_id)",
        f"| streamstats sum(aw_d) AS aw_n BY {by}",
    ]


def _value_count(frame: Frame) -> list[str]:
    return [
        f"| eval aw_v={values(frame)}",
        *present(frame),
        *_judged(frame, "aw_n", "aw_ms", "aw_n"),
    ]


# All numbers of a window --------------------------------------------------------------------


def _percentile(frame: Frame) -> list[str]:
    given, by = frame.correlation, frame.by
    amount, _ = _number(frame)
    part = 0.5 if given.kind == "value_median" else given.percentile / 100
    return [
        f'| eval aw_v={amount}, aw_b=floor(aw_ms/{frame.window}), aw_in=mvappend("1","0")',
        "| mvexpand aw_in",
        "| eval aw_in=tonumber(aw_in), aw_b=aw_b+1-aw_in",
        f"| eventstats values(eval(if(aw_in=1,aw_ms,null()))) AS aw_at BY {by} aw_b",
        "| where isnotnull(aw_at) AND isnotnull(aw_v)",
        "| mvexpand aw_at",
        "| eval aw_at=tonumber(aw_at)",
        f"| where aw_ms<=aw_at AND aw_ms>=aw_at-{frame.window}",
        "| sort 0 aw_v",
        f"| streamstats count AS aw_k BY {by} aw_at",
        f"| eventstats count AS aw_c BY {by} aw_at",
        f"| eval aw_p=(aw_c-1)*{part!r}",
        "| eval aw_l=floor(aw_p)",
        "| eval aw_d=aw_v*case(aw_k=aw_l+1,1-(aw_p-aw_l), aw_k=aw_l+2,aw_p-aw_l, true(),0)",
        f"| eventstats sum(aw_d) AS aw_n BY {by} aw_at",
        f"| where {comparison('aw_n', given)}",
        *frame.rows.once("aw_at"),
        *frame.rows.ended(frame.window, "aw_n", "aw_at"),
    ]


_JOINED = frozenset({"value_median", "value_percentile"})
_KINDS = {
    "event_count": _event_count,
    "value_count": _value_count,
    "value_sum": _value_sum,
    "value_avg": _value_avg,
    "value_percentile": _percentile,
    "value_median": _percentile,
}
