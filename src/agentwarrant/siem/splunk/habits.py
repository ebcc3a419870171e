"""``new_value``: what a group never did before, by what is kept of it in the KV store.

A value is new where it was not seen for longer than the history, neither in what the search looks
at nor in what is kept (``memory``). In which order the events of one millisecond came is not known.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.reduced import Types
from agentwarrant.siem.splunk import counts
from agentwarrant.siem.splunk.counts import Frame
from agentwarrant.siem.splunk.expression import whole
from agentwarrant.siem.splunk.memory import correlation_of, feed, kept, key_of, runs
from agentwarrant.siem.splunk.names import SEEN
from agentwarrant.siem.splunk.query import Query
from agentwarrant.siem.vocabulary import is_single

_LEAST_HISTORY_MS = 3_600_000


def new_value(rule: Rule, known: Mapping[str, Rule], types: Types) -> Query:
    """Return the search of a correlation that tells of new values, and what feeds it.

    Raises:
        CannotRender: It cannot mean the same in Splunk.
    """
    correlation = correlation_of(rule)
    frame = counts.frame_of(correlation, known, types)
    marked = news(frame, rule.id, "aw_n", guarded=False)
    rows = frame.rows
    rows.show(rule.group_by)
    lines = [
        *rows.begun(marked=False, whole=True),
        *rows.evidence(),
        f"| eval aw_v={values(frame, guarded=False)}",
        *marked,
        "| where aw_n=1",
        *rows.once(),
        *rows.ended(0, "1", whole=True),
    ]
    return Query(
        "\n".join(lines),
        0,
        0,
        rule.group_by,
        rows.columns(),
        cost=rows.cost(0),
        lookups=(SEEN,),
        feeds=feeds(rule, known, types),
    )


def values(frame: Frame, *, guarded: bool) -> str:
    """Return what is remembered of an event (``counts.values``).

    Raises:
        CannotRender: It may be a list, which is one value as a whole.
    """
    for names in frame.fields:
        for name in names:
            if not is_single(name):
                raise CannotRender(f"{name} may be a list, which is one value as a whole")
    return counts.values(frame, guarded=guarded)


def news(
    frame: Frame, identity: str, called: str, *, guarded: bool, at_event: str = ""
) -> list[str]:
    """Return the lines that mark the rows at which a value is new.

    Args:
        frame: The correlation; ``aw_v`` has the values of a row, or ``-``.
        identity: The id of its rule.
        called: The column; others begin with it.
        guarded: There are rows that match none of its rules; of each row one is left.
        at_event: Further columns by which rows of one moment are in order.

    Raises:
        CannotRender: Its history is too short.
    """
    history, by = frame.correlation.history_ms, frame.by
    if history < _LEAST_HISTORY_MS:
        raise CannotRender(f"a history of less than {_LEAST_HISTORY_MS // 60_000} minutes")
    lines = [
        *_expanded(frame, guarded=guarded),
        f"| sort 0 aw_ms{at_event} str(aw_id)",
        f"| eval aw_key={key_of(frame, identity, 'value', 'aw_v')}",
        f"| lookup {SEEN} _key AS aw_key OUTPUT first AS {called}_first last AS {called}_last",
        f"| streamstats current=f window=1 global=f last(aw_ms) AS {called}_b BY {by} aw_v",
        f'| eval {called}_v=case(aw_v="-",0, aw_ms-{called}_b<={history},0,'
        f" {called}_last>=aw_ms,"
        f"if({called}_first=aw_ms OR ({called}_first>aw_ms AND isnotnull({called}_b)),1,0),"
        f" aw_ms-{called}_last<={history},0, true(),1)",
    ]
    condition = f"{called}_v=1"
    if frame.correlation.threshold > 0:
        lines += _grown(frame, identity, called)
        condition += f" AND {called}_ripe=1"
    lines.append(f"| eval {called}=if({condition},1,0)")
    if guarded:
        one = f"{frame.rows.keys()} aw_ms aw_late aw_id"
        lines += [
            f"| eventstats max({called}) AS {called}_m BY {one}",
            f"| dedup {one}",
            f"| eval {called}={called}_m",
        ]
    return lines


def _expanded(frame: Frame, *, guarded: bool) -> list[str]:
    """Return how each value of an event becomes a row, where there may be several."""
    return ["| mvexpand aw_v"] if guarded or len(set(frame.fields)) > 1 else []


def _grown(frame: Frame, identity: str, called: str) -> list[str]:
    """Return the lines that tell whether a group had enough events before a row."""
    by = f"{frame.by} aw_h"
    needed = whole(frame.correlation.threshold)
    return [
        f"| eval aw_key={key_of(frame, identity, 'group')}",
        f"| lookup {SEEN} _key AS aw_key OUTPUT last AS {called}_gl count AS {called}_gc"
        f" ripe AS {called}_gr",
        '| eval aw_h=if(aw_v="-",0,1)',
        *runs(called, f"{called}_gl", by, "aw_ms", frame.correlation.history_ms),
        f"| streamstats current=f sum({called}_fresh) AS {called}_k BY {by} {called}_run",
        f"| eval {called}_ripe=case({called}_fresh=0,if(aw_ms>{called}_gr,1,0),"
        f" coalesce({called}_k,0)+if({called}_run=0,coalesce({called}_gc,0),0)>={needed},1,"
        " true(),0)",
    ]


def feeds(rule: Rule, known: Mapping[str, Rule], types: Types) -> tuple[Query, ...]:
    """Return the searches that write down the values of a correlation, and its groups."""
    correlation = correlation_of(rule)
    frame = counts.frame_of(correlation, known, types)
    made = values(frame, guarded=False)
    begun = [
        *frame.rows.begun(marked=False),
        f"| eval aw_v={made}",
        *_expanded(frame, guarded=False),
        '| where aw_v!="-"',
    ]
    cost = frame.rows.cost(0)
    several = [feed([*begun, *_fed_values(frame, rule.id)], SEEN, cost)]
    if correlation.threshold > 0:
        several.append(feed([*begun, *_fed_groups(frame, rule.id)], SEEN, cost))
    return tuple(several)


def _fed_values(frame: Frame, identity: str) -> list[str]:
    history = frame.correlation.history_ms
    return [
        f"| eval aw_key={key_of(frame, identity, 'value', 'aw_v')}",
        f"| stats min(aw_ms) AS aw_lo, max(aw_ms) AS aw_hi BY {frame.by} aw_v aw_key",
        f"| lookup {SEEN} _key AS aw_key OUTPUT first AS aw_f last AS aw_l",
        f"| eval first=if(isnull(aw_l) OR aw_lo-aw_l>{history} OR aw_lo<aw_f,aw_lo,aw_f),"
        " last=if(aw_l>aw_hi,aw_l,aw_hi), value=substr(aw_v,2)",
        *kept(frame, identity, ("value", "first", "last")),
    ]


def _fed_groups(frame: Frame, identity: str) -> list[str]:
    needed = whole(frame.correlation.threshold)
    return [
        f"| eval aw_key={key_of(frame, identity, 'group')}",
        f"| lookup {SEEN} _key AS aw_key OUTPUT first AS aw_gf last AS aw_gl count AS aw_gc"
        " ripe AS aw_gr",
        "| where isnull(aw_gl) OR aw_ms>aw_gl",
        "| sort 0 aw_ms str(aw_id)",
        *runs("aw", "aw_gl", "aw_key", "aw_ms", frame.correlation.history_ms),
        "| streamstats count AS aw_k BY aw_key aw_run",
        "| eval aw_k=aw_k+if(aw_run=0,coalesce(aw_gc,0),0)",
        f"| eval aw_r=if(aw_k>={needed},aw_ms,null())",
        "| eventstats max(aw_run) AS aw_m BY aw_key",
        "| where aw_run=aw_m",
        "| stats min(aw_ms) AS aw_lo, max(aw_ms) AS last, max(aw_k) AS count, min(aw_r) AS aw_r,"
        f" max(aw_gf) AS aw_gf, max(aw_gr) AS aw_gr BY {frame.by} aw_key aw_run",
        "| eval first=if(aw_run=0,aw_gf,aw_lo), ripe=if(aw_run=0,coalesce(aw_gr,aw_r),aw_r)",
        *kept(frame, identity, ("first", "last", "count", "ripe")),
    ]
