"""Correlations in ES|QL of 8.19, whose windows slide as those of the embedded engine do.

There are no window functions, so every group is joined with itself: its events become a list
(``VALUES``), the list becomes rows twice (``MV_EXPAND``), a moment at which a window ends and what
may stand in that window. That is exact, and quadratic in what a group does within two windows;
only groups that could match at all come so far. A plain count needs no join: N events stand in a
window when, in order of time, one and the (N-1)th after it are no further apart than that
(``MV_SLICE``, ``MV_ZIP``).

A row, before the last step, is a group and a moment at which the engine's operator fires. A moment
is a millisecond, and what happened in it is one: a match at any event of it is a match of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from agentwarrant.rules.ir import Node
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import habits
from agentwarrant.siem.elastic.esql import column
from agentwarrant.siem.elastic.frame import (
    MOMENT,
    WIDTH,
    Frame,
    appended,
    found,
    frame_of,
    inside,
    near,
    text_of,
)
from agentwarrant.siem.elastic.query import ESQL, Query
from agentwarrant.siem.reduced import NUMBERS, Types, type_of
from agentwarrant.siem.vocabulary import is_single

_SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "==", "neq": "!="}
_GROWING = ("gt", "gte")
_NUMBERS_KEPT = 10_000
"""Numbers of a window that a percentile is taken of."""
_MARK = '"#"'
_REST = f"SUBSTRING(seen, {WIDTH + 2})"
_TIMED = f'CONCAT(TO_STRING({MOMENT}), "="'


def correlation(rule: Rule, rules: Sequence[Rule], types: Types) -> Query:
    """Return the query of a correlation: a row for each group that matches.

    Its columns are the group's, ``first_match``, ``last_match`` and ``matches`` (moments).

    Args:
        rule: A correlation of rules about single events, without order and without absence.
        rules: All rules, those that it reads among them.
        types: Dotted name -> Elasticsearch type of all fields (``mapping.fields``).

    Raises:
        CannotRender: It cannot be said so, or is of a kind that is said elsewhere.
    """
    frame = frame_of(rule, rules, types)
    text = found(_moments(frame), frame)
    return Query("esql", ESQL, text, habits.reach(frame), rule.group_by)


def _moments(frame: Frame) -> str:
    """Return a query with a row for each group and moment at which a correlation matches."""
    made = _KINDS.get(frame.correlation.kind)
    if made is None:
        raise CannotRender(f"{frame.correlation.kind} heeds order, which EQL is for")
    return made(frame)


def _least(frame: Frame) -> int:
    """Return the least count that matches."""
    threshold = frame.correlation.threshold
    more = frame.correlation.op == "gt"
    return max(1, math.floor(threshold) + 1 if more else math.ceil(threshold))


def _compared(value: str, frame: Frame) -> str:
    wanted = frame.correlation.threshold
    number = int(wanted) if wanted == int(wanted) else wanted
    return f"{value} {_SIGNS[frame.correlation.op]} {number}"


def _event_count(frame: Frame) -> str:
    if frame.correlation.op not in _GROWING:
        return _summed(frame, "COUNT(*)", "TO_LONG")
    least, second = _least(frame), WIDTH + 1 + 64 + 2
    return (
        f"{frame.events(ids=True)}\n"
        f'| STATS seen = VALUES({_TIMED}, HASH("sha256", _id))) BY {frame.by}\n'
        "| EVAL n = MV_COUNT(seen)\n"
        f"| WHERE n >= {least}\n"
        "| EVAL seen = MV_SORT(seen)\n"
        f"| EVAL span = MV_ZIP(MV_SLICE(seen, 0, n - {least}),"
        f' MV_SLICE(seen, {least - 1}, n - 1), "|")\n'
        f"| KEEP {frame.group}, span\n"
        "| MV_EXPAND span\n"
        f"| EVAL began = TO_LONG(SUBSTRING(span, 1, {WIDTH})),"
        f" moment = TO_LONG(SUBSTRING(span, {second}, {WIDTH}))\n"
        f"| WHERE began >= moment - {frame.window}\n"
        f"| STATS n = COUNT(*) BY {frame.group}, moment"
    )


def _value_count(frame: Frame) -> str:
    ways = dict.fromkeys(frame.fields)
    growing = frame.correlation.op in _GROWING
    if len(ways) == 1:
        begun = frame.events() + _expanded(frame, next(iter(ways)))
        kept = f"seen = VALUES({_TIMED}, {_value(frame, 0)}))"
        seen = ""
    else:
        begun = frame.events()
        kept = ", ".join(
            f"seen{n} = VALUES({_TIMED}, {_value(frame, n)})) WHERE {frame.where(n)}"
            for n in range(len(frame.fields))
        )
        seen = "\n" + appended(len(frame.fields))
    # A pair of a moment and a value is counted, so this is no less than the values are.
    hopeful = f"MV_COUNT(seen) >= {_least(frame)}" if growing else ""
    return (
        f"{begun}\n"
        f"| STATS moment = VALUES({MOMENT}), {kept} BY {frame.by}, {frame.stretch}{seen}\n"
        f"{near(frame, ['seen'], hopeful)}\n"
        f"{_joined(frame, f'value = {_REST}')}\n"
        f"| STATS different = VALUES(value) WHERE {inside(frame)} BY {frame.group}, moment\n"
        f"| WHERE {_compared('COALESCE(MV_COUNT(different), 0)', frame)}"
    )


def _expanded(frame: Frame, names: tuple[str, ...]) -> str:
    """Return how each value of a list becomes a row; several fields are one value, as they are."""
    lists = [name for name in names if not is_single(name)]
    if len(names) > 1 and lists:
        raise CannotRender(f"{lists[0]} may be a list, and is counted with other fields")
    return "".join(f"\n| MV_EXPAND {column(name)}" for name in lists)


def _value(frame: Frame, position: int) -> str:
    """Return what is counted of an event; of several fields, with the lengths of all."""
    names = frame.fields[position]
    if len(set(frame.fields)) > 1 and not all(map(is_single, names)):
        raise CannotRender(f"one of {', '.join(names)} may be a list, and has several names")
    texts = [
        f"TO_STRING({made})" if _is_number(name, frame) else made
        for name in names
        for made in [text_of(name, frame.types)]
    ]
    if len(texts) == 1:
        return texts[0]
    return "CONCAT(" + ", ".join(f'TO_STRING(LENGTH({t})), ":", {t}' for t in texts) + ")"


def _is_number(name: str, frame: Frame) -> bool:
    return type_of(name, frame.types) in NUMBERS


def _joined(frame: Frame, part: str) -> str:
    """Return the join of a group with itself: every moment with all that ``seen`` holds.

    What stands in ``seen`` is taken apart before it is joined, and lists are let go as soon as
    they are rows: every row would carry them along.
    """
    return (
        f"| KEEP {frame.group}, moment, seen\n"
        "| MV_EXPAND seen\n"
        f"| EVAL at = TO_LONG(SUBSTRING(seen, 1, {WIDTH})), {part}\n"
        "| DROP seen\n"
        "| MV_EXPAND moment"
    )


def _summed(frame: Frame, of_moment: str, number: str) -> str:
    """Return a sum over windows of what is a sum of each moment; of no number there is none."""
    growing = frame.correlation.op in _GROWING
    positive = "most = SUM(CASE(amount > 0, amount, 0.0)), " if growing else ""
    hopeful = _compared("most", frame) if growing else ""
    return (
        f"{frame.events()}\n"
        f"| STATS amount = {of_moment} BY {frame.by}, moment = {MOMENT}\n"
        f'| STATS {positive}seen = VALUES(CONCAT(TO_STRING(moment), "=", TO_STRING(amount))),'
        f" moment = VALUES(moment) BY {frame.group}, stretch = moment / {frame.window}\n"
        f"{near(frame, ['seen'], hopeful)}\n"
        f"{_joined(frame, f'amount = {number}({_REST})')}\n"
        f"| STATS n = SUM(amount) WHERE {inside(frame)} BY {frame.group}, moment\n"
        f"| WHERE {_compared('n', frame)}"
    )


def _number(frame: Frame) -> str:
    """Return the column of the numbers that are computed with."""
    names = {fields[0] for fields in frame.fields}
    if len(names) > 1:
        raise CannotRender("the number is another field in each of its rules")
    (name,) = names
    if not _is_number(name, frame):
        raise CannotRender(f"{name} holds no numbers")
    return column(name)


def _value_sum(frame: Frame) -> str:
    return _summed(frame, f"SUM(TO_DOUBLE({_number(frame)}))", "TO_DOUBLE")


def _of_numbers(frame: Frame, metric: str) -> str:
    """Return a metric of the numbers of a window, each as often as it stands there."""
    number = f"TO_STRING(TO_DOUBLE({_number(frame)})), {_MARK}, _id"
    return (
        f"{frame.events(ids=True)}\n"
        f"| STATS moment = VALUES({MOMENT}), seen = VALUES({_TIMED}, {number}))"
        f" BY {frame.by}, {frame.stretch}\n"
        f"{near(frame, ['seen'])}\n"
        f"{_joined(frame, f'number = TO_DOUBLE(MV_FIRST(SPLIT({_REST}, {_MARK})))')}\n"
        f"| EVAL number = CASE({inside(frame)}, number, null)\n"
        f"| STATS {metric} BY {frame.group}, moment"
    )


def _value_avg(frame: Frame) -> str:
    return f"{_of_numbers(frame, 'n = AVG(number)')}\n| WHERE {_compared('n', frame)}"


def _percentile(frame: Frame) -> str:
    """Return a percentile: of more numbers than are kept it is Elasticsearch's estimate."""
    part = 50 if frame.correlation.kind == "value_median" else frame.correlation.percentile
    metric = (
        f'numbers = TOP(number, {_NUMBERS_KEPT}, "asc"), many = COUNT(number),'
        f" estimate = PERCENTILE(number, {part})"
    )
    return (
        f"{_of_numbers(frame, metric)}\n"
        f"| EVAL n = CASE(many > {_NUMBERS_KEPT}, estimate, MV_PERCENTILE(numbers, {part}))\n"
        f"| WHERE {_compared('n', frame)}"
    )


def _temporal(frame: Frame) -> str:
    several = range(len(frame.trees))
    growing = frame.correlation.condition is not None or frame.correlation.op in _GROWING
    there = _present(frame, [f"seen{n} IS NOT NULL" for n in several])
    lists = [f"seen{n}" for n in several]
    marks = ", ".join(f'seen{n} = VALUES({_TIMED}, "{n}")) WHERE {frame.where(n)}' for n in several)
    counted = ", ".join(f'has{n} = COUNT(*) WHERE rule == "{n}"' for n in several)
    return (
        f"{frame.events()}\n"
        f"| STATS moment = VALUES({MOMENT}), {marks} BY {frame.by}, {frame.stretch}\n"
        f"{near(frame, lists, there if growing else '')}\n"
        f"{appended(len(frame.trees))}\n"
        f"{_joined(frame, f'rule = {_REST}')}\n"
        f"| WHERE {inside(frame)}\n"
        f"| STATS {counted} BY {frame.group}, moment\n"
        f"| WHERE {_present(frame, [f'has{n} > 0' for n in several])}"
    )


def _present(frame: Frame, each: Sequence[str]) -> str:
    """Return the correlation's condition over tests, one for each rule, of whether it is there."""
    tree = frame.correlation.condition
    if tree is not None:
        return _over(tree, each, inner=False)
    if frame.correlation.op in _GROWING and _least(frame) == len(each):
        return " AND ".join(each)
    return _compared(" + ".join(f"CASE({test}, 1, 0)" for test in each), frame)


def _over(tree: Node, each: Sequence[str], *, inner: bool) -> str:
    if tree[0] == "rule":
        return each[tree[1]]
    if tree[0] not in ("and", "or"):
        raise CannotRender("an absence, which is judged when its window is over")
    made = f" {tree[0].upper()} ".join(_over(part, each, inner=True) for part in tree[1:])
    return f"({made})" if inner and len(tree) > 2 else made


_KINDS: dict[str, Callable[[Frame], str]] = {
    "event_count": _event_count,
    "value_count": _value_count,
    "value_sum": _value_sum,
    "value_avg": _value_avg,
    "value_percentile": _percentile,
    "value_median": _percentile,
    "temporal": _temporal,
    "new_value": habits.new_value,
    "rate_baseline": habits.rate_baseline,
}
