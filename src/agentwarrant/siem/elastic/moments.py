"""The commands by which moments are made of moments: order, company, absence, numbers, news.

Each makes a column of a query (``columns``) of others; what is compared there, and how a moment is
written, stands in that module.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.columns import WIDTH, Columns, append, time

SETTLE_MS = 300_000
"""How long an event may come late and still undo an absence."""
_NEVER = "0" * WIDTH


def chain(columns: Columns, window: int, given: Sequence[str], at: str) -> str:
    """Make the moments at which a whole sequence stands in the window that ends there.

    Of the sequences that end at an event, the one that began last is all that matters.

    Args:
        columns: The query.
        window: Its length, in milliseconds.
        given: The columns of the steps.
        at: The moments to look at; empty for those at which a sequence ends.
    """
    made = columns.new()
    lines = ["| MV_EXPAND s0", "| EVAL met = s0, began = s0"]
    for n in range(1, len(given)):
        lines += [
            f"| MV_EXPAND s{n}",
            f"| STATS began = MAX(began) WHERE met <= {time(f's{n}')}{{kept}} BY {{group}}, s{n}",
            f"| EVAL met = s{n}",
        ]
    if not at:
        ends = _since("began", "met", window)
        lines.append(f"| STATS {made} = VALUES(met) WHERE {ends}{{kept}} BY {{group}}")
        return columns.add(given, lines, made)
    last = f"s{len(given)}"
    lines += [
        f"| MV_EXPAND {last}",
        f"| STATS good = COUNT(*) WHERE met <= {time(last)} + 1"
        f" AND {_since('began', last, window)}{{kept}} BY {{group}}, {last}",
        f"| STATS {made} = VALUES({last}) WHERE good > 0{{kept}} BY {{group}}",
    ]
    return columns.add([*given, at], lines, made)


def together(columns: Columns, window: int, given: Sequence[str], at: str) -> str:
    """Make the moments at which something of each stands in the window that ends there."""
    made = columns.new()
    lines = ["| MV_EXPAND s0", "| EVAL at = s0, seen = 0"]
    for n in range(1, len(given) + 1):
        lines += [
            f"| MV_EXPAND s{n}",
            f"| STATS seen = MAX(seen) + MAX(CASE({_within(f's{n}', 'at', window)}, 1, 0))"
            "{kept} BY {group}, at",
        ]
    lines.append(f"| STATS {made} = VALUES(at) WHERE seen == {len(given)}{{kept}} BY {{group}}")
    return columns.add([at, *given], lines, made)


def absence(
    columns: Columns, window: int, given: Sequence[str], absent: Sequence[str], ordered: bool
) -> str:
    """Make the ends of windows that hold what they should and nothing of what they should not.

    A window begins at each event of what should be there.
    """
    if ordered and len(given) > 2:
        raise CannotRender("an absence beside a sequence of more than two")
    over = f"at / 2 + {window + SETTLE_MS} < TO_LONG(NOW())"
    end = f"at + {2 * window + 1}"
    begun = columns.union(given)
    lines = ["| MV_EXPAND s0", f"| EVAL at = {time('s0')}, bad = 0"]
    for n in range(1, len(absent) + 1):
        inside = _inside(f"s{n}", window)
        lines += [
            f"| MV_EXPAND s{n}",
            f"| STATS bad = MAX(bad) + MAX(CASE({inside}, 1, 0)){{kept}} BY {{group}}, at",
        ]
    made = columns.new()
    kept = "at" if len(given) > 1 else end
    lines.append(f"| STATS {made} = VALUES({kept}) WHERE bad == 0 AND {over}{{kept}} BY {{group}}")
    columns.add([begun, *absent], lines, made)
    return _with(columns, window, made, given, ordered) if len(given) > 1 else made


def _with(columns: Columns, window: int, begun: str, given: Sequence[str], ordered: bool) -> str:
    """Make of beginnings of windows the ends of those that hold something of each."""
    made = columns.new()
    lines = ["| MV_EXPAND s0", "| EVAL at = s0"]
    good = []
    for n in range(1, len(given) + 1):
        one = f"s{n}"
        metric = f"MIN({one})" if ordered and n == 1 else f"MAX({time(one)})"
        lines += [
            f"| MV_EXPAND {one}",
            f"| STATS in{n} = {metric} WHERE {_inside(one, window)}"
            + "".join(f", in{before} = MAX(in{before})" for before in range(1, n))
            + "{kept} BY {group}, at",
        ]
        good.append(f"in{n} IS NOT NULL")
    if ordered:
        good.append("in1 <= in2")
    end = f"at + {2 * window + 1}"
    lines.append(f"| STATS {made} = VALUES({end}) WHERE {' AND '.join(good)}{{kept}} BY {{group}}")
    return columns.add([begun, *given], lines, made)


def news(columns: Columns, history: int, pairs: str) -> str:
    """Make the moments at which a value was not seen for the whole of the history.

    Sorted, each moment of a value stands right after the one before it.
    """
    made = columns.new()
    lines = [
        "| MV_EXPAND s0",
        f"| EVAL one = SUBSTRING(s0, 1, {WIDTH}), value = SUBSTRING(s0, {WIDTH + 1})",
        "| STATS one = VALUES(one){kept} BY {group}, value",
        "| EVAL one = MV_SORT(one), n = MV_COUNT(one)",
        f'| EVAL pair = CONCAT(MV_FIRST(one), "={_NEVER}"), rest = CASE(n > 1,'
        ' MV_ZIP(MV_SLICE(one, 1, n - 1), MV_SLICE(one, 0, n - 2), "="), null)',
        append("pair", "pair", "rest"),
        "| DROP one, rest",
        "| MV_EXPAND pair",
        f"| EVAL at = TO_LONG(SUBSTRING(pair, 1, {WIDTH})),"
        f" before = TO_LONG(SUBSTRING(pair, {WIDTH + 2}))",
        f"| STATS {made} = VALUES(at) WHERE before < {time('at')} - {2 * history}{{kept}}"
        " BY {group}",
    ]
    return columns.add([pairs], lines, made)


def not_first(columns: Columns, history: int, new: str, pairs: str) -> str:
    """Make of the moments of new values those of a group that had a value before."""
    made = columns.new()
    lines = [
        "| MV_EXPAND s0",
        "| MV_EXPAND s1",
        f"| EVAL at = s0, one = TO_LONG(SUBSTRING(s1, 1, {WIDTH}))",
        f"| STATS n = COUNT(*) WHERE one < {time('at')}"
        f" AND one >= {time('at')} - {2 * history}{{kept}} BY {{group}}, at",
        f"| STATS {made} = VALUES(at) WHERE n > 0{{kept}} BY {{group}}",
    ]
    return columns.add([new, pairs], lines, made)


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
        "| MV_EXPAND s0",
        "| MV_EXPAND s1",
        f"| EVAL at = s0, one = TO_LONG(SUBSTRING(s1, 1, {WIDTH})),"
        f" value = SUBSTRING(s1, {WIDTH + 2})",
        f"| STATS seen = VALUES(value) WHERE {_within('one', 'at', window)}{{kept}}"
        " BY {group}, at",
        f"| STATS {made} = VALUES(at) WHERE MV_COUNT(seen) >= {least}{{kept}} BY {{group}}",
    ]
    return columns.add([at, pairs], lines, made)


def _inside(one: str, window: int) -> str:
    """Return whether a moment stands in the window that begins at ``at``, both ends included."""
    return f"{one} >= at AND {one} <= at + {2 * window + 1}"


def _within(one: str, at: str, window: int) -> str:
    """Return whether a moment stands in the window that ends at another, all of both included."""
    return f"{one} <= {time(at)} + 1 AND {_since(one, at, window)}"


def _since(one: str, at: str, window: int) -> str:
    return f"{one} >= {time(at)} - {2 * window}"
