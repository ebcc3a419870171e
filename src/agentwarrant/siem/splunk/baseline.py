"""``rate_baseline``: a group does far more in a slot of time than it used to.

While a group is younger than the history its mean is that of all its slots; then each slot weighs
as one of as many as the history holds, and fades by that with each later one
(``correlation.baseline``). Kept are two sums (``memory``): ``plain``, of the first slots as they
are, and ``faded``, of later ones, each as much larger as those before it have faded since. What is
added to a sum can be taken off again, so a slot is compared with those before it though it has been
added since.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.reduced import NUMBERS, Types, type_of
from agentwarrant.siem.splunk import counts
from agentwarrant.siem.splunk.counts import Frame
from agentwarrant.siem.splunk.expression import whole
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.memory import correlation_of, feed, kept, key_of, runs
from agentwarrant.siem.splunk.names import HABITS
from agentwarrant.siem.splunk.query import Cost, Query
from agentwarrant.siem.splunk.spl import column
from agentwarrant.siem.splunk.steps import SETTLE_MS
from agentwarrant.siem.vocabulary import is_single

EARLIER = 3
"""A group needs this many slots before it has a habit (``correlation.baseline``)."""


def rate_baseline(rule: Rule, known: Mapping[str, Rule], types: Types) -> Query:
    """Return the search of a correlation that tells of far more than usual, and what feeds it.

    Raises:
        CannotRender: It cannot mean the same in Splunk.
    """
    correlation = correlation_of(rule)
    frame = counts.frame_of(correlation, known, types)
    frame.rows.show(rule.group_by)
    rows, by, slots = frame.rows, frame.by, _slots(correlation)
    begun = [*rows.begun(marked=False), *rows.evidence(), *_amounts(frame, rule.id)]
    mean = (
        f"if(aw_j<={slots},aw_x/aw_j,aw_x/{slots}*{_faded(slots, f'aw_j-{slots}')}"
        f"+aw_y/{slots}*{_faded(slots, f'aw_j-{slots + 1}')})"
    )
    lines = [
        *begun,
        _looked_up(),
        *runs("aw", "aw_l", by, "aw_s", slots),
        f"| streamstats min(aw_s) AS aw_o BY {by} aw_run",
        *_weighed(slots),
        f"| streamstats sum(aw_px) AS aw_cx, sum(aw_py) AS aw_cy BY {by} aw_run",
        f"| streamstats sum(aw_d) AS aw_n, sum(aw_px) AS aw_sx, sum(aw_py) AS aw_sy BY {by} aw_s",
        "| eventstats sum(eval(if(aw_fresh=1,0,aw_px))) AS aw_ix,"
        f" sum(eval(if(aw_fresh=1,0,aw_py))) AS aw_iy BY {by} aw_run",
        "| eval aw_x=aw_cx-aw_sx-aw_ix+if(aw_run=0,aw_a,0),"
        " aw_y=aw_cy-aw_sy-aw_iy+if(aw_run=0,aw_b,0)",
        f"| where aw_j>={EARLIER} AND aw_n>={whole(correlation.threshold)}",
        f"| eval aw_u={mean}",
        f"| where aw_n>={whole(correlation.factor)}*aw_u",
        "| sort 0 aw_ms str(aw_id)",
        f"| dedup {by} aw_s",
        *rows.once(),
        *rows.ended(frame.window, "aw_n"),
    ]
    cost = rows.cost(frame.window)
    return Query(
        "\n".join(lines),
        2 * frame.window + SETTLE_MS,
        0,
        rule.group_by,
        rows.columns(),
        cost=cost,
        lookups=(HABITS,),
        feeds=(_fed_habits(frame, rule.id, cost),),
    )


def _slots(correlation: Correlation) -> int:
    return max(EARLIER, correlation.history_ms // correlation.window_ms)


def _faded(slots: int, exponent: str) -> str:
    return f"pow(1-1/{slots},{exponent})"


def _amounts(frame: Frame, identity: str) -> list[str]:
    """Return the lines that make how much an event is, which slot it is in, and its key."""
    amount = "1"
    if frame.correlation.fields:
        if len(set(frame.fields)) > 1:
            raise CannotRender("the numbers are other fields in each of its rules")
        names = frame.fields[0]
        for name in names:
            if type_of(name, frame.rows.types) not in NUMBERS or not is_single(name):
                raise CannotRender(f"{name} holds no numbers, or several")
        numbers = [f"tonumber({column(field_name(name))})" for name in names]
        there = " OR ".join(f"isnotnull({column(field_name(name))})" for name in names)
        total = "+".join(f"coalesce({number},0)" for number in numbers)
        amount = f"if({there},{total},null())"
    return [
        f"| eval aw_d={amount}, aw_s=floor(aw_ms/{frame.window}),"
        f" aw_key={key_of(frame, identity, 'habit')}",
        "| where aw_d>=0",
    ]


def _looked_up() -> str:
    given = "first AS aw_f last AS aw_l plain AS aw_a faded AS aw_b"
    return f"| lookup {HABITS} _key AS aw_key OUTPUT {given}"


def _weighed(slots: int) -> list[str]:
    """Return the lines that make of an amount its part in the plain sum, and in the faded one."""
    return [
        "| eval aw_j=aw_s-if(aw_run=0,aw_f,aw_o)",
        f"| eval aw_px=case(aw_j<0,0, aw_j<{slots},aw_d, true(),0),"
        f" aw_py=if(aw_j<{slots},0,aw_d*{_faded(slots, f'{slots}-aw_j')})",
    ]


def _fed_habits(frame: Frame, identity: str, cost: Cost) -> Query:
    """Return the search that adds slots that are over, once each."""
    slots, window = _slots(frame.correlation), frame.window
    lines = [
        *frame.rows.begun(marked=False),
        *_amounts(frame, identity),
        f"| where (aw_s+1)*{window}+{SETTLE_MS}<=now()*1000",
        f"| stats sum(aw_d) AS aw_d BY {frame.by} aw_key aw_s",
        _looked_up(),
        "| where isnull(aw_l) OR aw_s>aw_l",
        "| sort 0 aw_s",
        *runs("aw", "aw_l", "aw_key", "aw_s", slots),
        "| eventstats max(aw_run) AS aw_m BY aw_key",
        "| where aw_run=aw_m",
        "| eventstats min(aw_s) AS aw_o BY aw_key",
        *_weighed(slots),
        "| stats sum(aw_px) AS aw_px, sum(aw_py) AS aw_py, max(aw_s) AS last, max(aw_a) AS aw_a,"
        " max(aw_b) AS aw_b, max(aw_f) AS aw_f, min(aw_o) AS aw_o"
        f" BY {frame.by} aw_key aw_run",
        "| eval first=if(aw_run=0,aw_f,aw_o), plain=aw_px+if(aw_run=0,aw_a,0),"
        " faded=aw_py+if(aw_run=0,aw_b,0)",
        *kept(frame, identity, ("first", "last", "plain", "faded")),
    ]
    return feed(lines, HABITS, cost, 2 * window + SETTLE_MS)
