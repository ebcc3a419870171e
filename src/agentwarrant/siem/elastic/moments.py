"""The commands by which moments are made of moments: order, company, absence, numbers, news.

Each makes a column of a query (``columns``) of others; what is compared there, and how a moment is
written, stands in that module.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentwarrant.siem.elastic.columns import WIDTH, Columns, append, time
from agentwarrant.siem.elastic.query import CannotRender

SETTLE_MS = 300_000
"""How long an event may come late and still undo an absence."""
_NEVER = "0" * WIDTH


def chain(columns: Columns, window: int, given: Sequence[str], at: str) -> str:
    """Make the moments at which a whole sequence stands in the window that ends there.

    Of the sequences that end at an event, the one that began last is all that matters.

    Args:
        window: Its length.
        given: The columns of the steps.
        at: The moments to look at; empty for those at which a sequence ends.
    """
    made = columns.new()
    lines = [f"| EVAL met = {given[0]}", "| MV_EXPAND met", "| EVAL began = met"]
    for name in given[1:]:
        lines += [
            f"| EVAL next = {name}",
            "| MV_EXPAND next",
            f"| STATS began = MAX(began) WHERE met <= {time('next')}{{kept}} BY {{group}}, next",
            "| EVAL met = next",
        ]
    if not at:
        ends = _since("began", "met", window)
        lines.append(f"| STATS {made} = VALUES(met) WHERE {ends}{{kept}} BY {{group}}")
        return columns.add(lines, made)
    lines += [
        f"| EVAL at = {at}",
        "| MV_EXPAND at",
        f"| STATS good = COUNT(*) WHERE met <= {time('at')} + 1"
        f" AND {_since('began', 'at', window)}{{kept}} BY {{group}}, at",
        f"| STATS {made} = VALUES(at) WHERE good > 0{{kept}} BY {{group}}",
    ]
    return columns.add(lines, made)


def together(columns: Columns, window: int, given: Sequence[str], at: str) -> str:
    """Make the moments at which something of each stands in the window that ends there."""
    made = columns.new()
    lines = [f"| EVAL at = {at}, seen = 0", "| MV_EXPAND at"]
    for name in given:
        lines += [
            f"| EVAL one = {name}",
            "| MV_EXPAND one",
            f"| STATS seen = MAX(seen) + MAX(CASE({_within('one', 'at', window)}, 1, 0))"
            "{kept} BY {group}, at",
        ]
    lines.append(f"| STATS {made} = VALUES(at) WHERE seen == {len(given)}{{kept}} BY {{group}}")
    return columns.add(lines, made)


def absence(
    columns: Columns, window: int, given: Sequence[str], absent: Sequence[str], ordered: bool
) -> str:
    """Make the ends of windows that hold what they should and nothing of what they should not.

    A window begins at each event of what should be there.
    """
    if ordered and len(given) > 2:
        raise CannotRender("an absence beside a sequence of more than two")
    made, at = columns.new(), columns.union(given)
    inside = f"one >= at AND one <= at + {2 * window + 1}"
    lines = [
        f"| EVAL at = {at}, bad = 0",
        "| MV_EXPAND at",
        f"| EVAL at = {time('at')}",
    ]
    for name in absent:
        lines += [
            f"| EVAL one = {name}",
            "| MV_EXPAND one",
            f"| STATS bad = MAX(bad) + MAX(CASE({inside}, 1, 0)){{kept}} BY {{group}}, at",
        ]
    good = ["bad == 0"]
    for place, name in enumerate(given if len(given) > 1 else ()):
        metric = "MIN(one)" if ordered and place == 0 else f"MAX({time('one')})"
        lines += [
            f"| EVAL one = {name}",
            "| MV_EXPAND one",
            f"| STATS in{place} = {metric} WHERE {inside}, bad = MAX(bad)"
            + "".join(f", in{n} = MAX(in{n})" for n in range(place))
            + "{kept} BY {group}, at",
        ]
        good.append(f"in{place} IS NOT NULL")
    if ordered and len(given) == 2:
        good.append("in0 <= in1")
    over = f"at / 2 + {window + SETTLE_MS} < TO_LONG(NOW())"
    lines.append(
        f"| STATS {made} = VALUES(at + {2 * window + 1}) WHERE {' AND '.join(good)} AND {over}"
        "{kept} BY {group}"
    )
    return columns.add(lines, made)


def news(columns: Columns, history: int, pairs: str) -> str:
    """Make the moments at which a value was not seen for the whole of the history.

    Sorted, each moment of a value stands right after the one before it.
    """
    made = columns.new()
    lines = [
        f"| EVAL pair = {pairs}",
        "| MV_EXPAND pair",
        f"| EVAL one = SUBSTRING(pair, 1, {WIDTH}), value = SUBSTRING(pair, {WIDTH + 1})",
        "| STATS one = VALUES(one){kept} BY {group}, value",
        "| EVAL one = MV_SORT(one), n = MV_COUNT(one)",
        f'| EVAL pair = CONCAT(MV_FIRST(one), "={_NEVER}"), rest = CASE(n > 1,'
        ' MV_ZIP(MV_SLICE(one, 1, n - 1), MV_SLICE(one, 0, n - 2), "="), null)',
        append("pair", "pair", "rest"),
        "| MV_EXPAND pair",
        f"| EVAL at = TO_LONG(SUBSTRING(pair, 1, {WIDTH})),"
        f" before = TO_LONG(SUBSTRING(pair, {WIDTH + 2}))",
        f"| STATS {made} = VALUES(at) WHERE before < {time('at')} - {2 * history}{{kept}}"
        " BY {group}",
    ]
    return columns.add(lines, made)


def not_first(columns: Columns, history: int, new: str, pairs: str) -> str:
    """Make of the moments of new values those of a group that had a value before."""
    made = columns.new()
    lines = [
        f"| EVAL at = {new}, pair = {pairs}",
        "| MV_EXPAND at",
        "| MV_EXPAND pair",
        f"| EVAL one = TO_LONG(SUBSTRING(pair, 1, {WIDTH}))",
        f"| STATS n = COUNT(*) WHERE one < {time('at')}"
        f" AND one >= {time('at')} - {2 * history}{{kept}} BY {{group}}, at",
        f"| STATS {made} = VALUES(at) WHERE n > 0{{kept}} BY {{group}}",
    ]
    return columns.add(lines, made)


def distinct(columns: Columns, window: int, pairs: str, at: str, least: int) -> str:
    """Make the moments at which so many values stand in the window that ends there.

    Args:
        columns: The query.
        window: Its length, in milliseconds.
        pairs: The column of moments with their values.
        at: The moments to look at.
        least: How many values.
    """
    made = columns.new()
    lines = [
        f"| EVAL at = {at}, pair = {pairs}",
        "| MV_EXPAND at",
        "| MV_EXPAND pair",
        f"| EVAL one = TO_LONG(SUBSTRING(pair, 1, {WIDTH})), value = SUBSTRING(pair, {WIDTH + 2})",
        f"| STATS seen = VALUES(value) WHERE {_within('one', 'at', window)}{{kept}}"
        " BY {group}, at",
        f"| STATS {made} = VALUES(at) WHERE MV_COUNT(seen) >= {least}{{kept}} BY {{group}}",
    ]
    return columns.add(lines, made)


def _within(one: str, at: str, window: int) -> str:
    """Return whether a moment stands in the window that ends at another, all of both included."""
    return f"{one} <= {time(at)} + 1 AND {_since(one, at, window)}"


def _since(one: str, at: str, window: int) -> str:
    return f"{one} >= {time(at)} - {2 * window}"
