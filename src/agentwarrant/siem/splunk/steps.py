"""The commands by which a correlation of others is found: order, company, absence, numbers.

Each works on rows in order of time (``rows``) of which columns say by 1 or 0 whether a rule or a
correlation matches at them, and makes such a column. Rows are not changed by it, but an absence
adds some: what did not happen is known at the end of its window, at which nothing needs to have
happened. Of rows at one moment those that time alone made (``aw_late``) come last.

A statistic has a name of its own wherever it stands: what becomes of a column that is there already
where there is nothing to put into it is not said in the documentation.

``streamstats`` without a window goes over all rows before (Search Reference, ``streamstats``:
``window`` is 0 unless said, which is all); what its page says of ``max_stream_window`` is read as
said of windows that are asked for, as limits.conf.spec has it.

Splunk keeps no order of the events of one millisecond, so they may be steps in any order; but one
event is never two steps.
"""

from __future__ import annotations

from collections.abc import Sequence

SETTLE_MS = 300_000
"""How long an event may come late and still undo an absence."""
RESET = "@others@"
"""Stands for the assignments that make 0, in added rows, of all that the events' rows match."""


def time_of(flag: str, function: str, called: str) -> str:
    """Return a statistic of the times of the rows that a column marks."""
    return f"{function}(eval(if({flag}=1,aw_ms,null()))) AS {called}"


def any_of(flags: Sequence[str]) -> str:
    """Return whether a row is marked by any of some columns."""
    return " OR ".join(f"{flag}=1" for flag in dict.fromkeys(flags))


def latest(flags: Sequence[str], by: str, called: str, *, whole: bool) -> list[str]:
    """Return the lines that make when each was seen last: columns ``called`` and its place.

    Args:
        flags: What is looked for.
        by: The columns of a group.
        called: What the columns begin with.
        whole: All that happens in a moment counts for each of its rows.
    """
    so_far = f"{called}s" if whole else called
    made = ", ".join(time_of(flag, "max", f"{so_far}{n}") for n, flag in enumerate(flags))
    lines = [f"| streamstats {made} BY {by}"]
    if whole:
        again = ", ".join(f"max({so_far}{n}) AS {called}{n}" for n in range(len(flags)))
        lines.append(f"| eventstats {again} BY {by} aw_ms")
    return lines


def _ranked(flags: Sequence[str], *, down: bool) -> list[str]:
    """Return the lines that put rows of one moment in the order in which they can be steps."""
    first = ", ".join(f"{flag}=1,{n}" for n, flag in enumerate(flags))
    last = ", ".join(f"{flag}=1,{n}" for n, flag in reversed(list(enumerate(flags))))
    other = len(flags)
    rank = f"case({first}, true(),{other})*{other + 1}+case({last}, true(),{other})"
    sign = "-" if down else ""
    keys = " ".join(f"{sign}{key}" for key in ("aw_ms", "aw_late", "aw_k", "str(aw_id)"))
    return [f"| eval aw_k={rank}", f"| sort 0 {keys}"]


def chain(flags: Sequence[str], by: str, window: int, called: str) -> list[str]:
    """Return the lines that make when the sequence that began last and is whole began.

    Of the sequences that end at a row, the one that began last is all that matters.

    Args:
        flags: The steps, two or more.
        by: The columns of a group.
        window: Its length, in milliseconds.
        called: The column; it is there from the end of the first sequence on.
    """
    lines = _ranked(flags, down=False)
    lines.append(f"| eval aw_c=if({flags[0]}=1,aw_ms,null())")
    for n, flag in enumerate(flags[1:]):
        lines += [
            f"| streamstats current=f max(aw_c) AS {called}_{n} BY {by}",
            f"| eval aw_c=if({flag}=1 AND {called}_{n}>=aw_ms-{window},{called}_{n},null())",
        ]
    return [*lines, f"| streamstats max(aw_c) AS {called} BY {by}"]


def next_chain(flags: Sequence[str], by: str, called: str) -> list[str]:
    """Return the lines that make when the sequence is whole that begins at a moment or later.

    Rows are left the newest first.
    """
    lines = _ranked(flags, down=True)
    lines.append(f"| eval aw_c=if({flags[-1]}=1,aw_ms,null())")
    for n, flag in enumerate(reversed(flags[:-1])):
        lines += [
            f"| streamstats current=f min(aw_c) AS {called}_{n} BY {by}",
            f"| eval aw_c=if({flag}=1,{called}_{n},null())",
        ]
    return [
        *lines,
        f"| streamstats min(aw_c) AS {called}_s BY {by}",
        f"| eventstats min({called}_s) AS {called} BY {by} aw_ms",
    ]


def following(flags: Sequence[str], by: str, called: str) -> list[str]:
    """Return the lines that make when each is seen next, from the moment itself on.

    Rows are left the newest first.
    """
    made = ", ".join(time_of(flag, "min", f"{called}s{n}") for n, flag in enumerate(flags))
    again = ", ".join(f"min({called}s{n}) AS {called}{n}" for n in range(len(flags)))
    return [
        "| sort 0 -aw_ms -aw_late -str(aw_id)",
        f"| streamstats {made} BY {by}",
        f"| eventstats {again} BY {by} aw_ms",
    ]


def added(
    condition: str, by: str, window: int, flag: str, others: Sequence[str], place: int
) -> list[str]:
    """Return the lines that add a row at the end of each window that holds what it should.

    Args:
        condition: Whether the window that begins at a row does.
        by: The columns of a group.
        window: Its length, in milliseconds.
        flag: The column that marks the rows that are added.
        others: Columns of what other correlations match, which added rows do not.
        place: Where they stand among rows that time alone made, from 1.
    """
    cleared = "".join(f'{one}=if(aw_v="1",0,{one}), ' for one in others)
    settled = f"aw_ms+{window + SETTLE_MS}<now()*1000"
    return [
        f"| eval aw_a=if(({condition}) AND {settled},1,0)",
        f"| streamstats count(eval(aw_a=1)) AS aw_z BY {by} aw_ms",
        '| eval aw_v=if(aw_a=1 AND aw_z=1,mvappend("0","1"),"0")',
        "| mvexpand aw_v",
        f'| eval {RESET}, {cleared}{flag}=if(aw_v="1",1,{flag}),'
        f' aw_ms=if(aw_v="1",aw_ms+{window},aw_ms), aw_late=if(aw_v="1",{place},aw_late)',
        "| sort 0 aw_ms aw_late str(aw_id)",
    ]


def count(flags: Sequence[str], by: str, window: int, least: int, called: str) -> list[str]:
    """Return the lines that mark the rows at which so many of them stand in the window."""
    return [
        f"| eval aw_h=if({any_of(flags)},1,0)",
        f"| streamstats window={least} global=f count AS {called}_n, min(aw_ms) AS {called}_f"
        f" BY {by} aw_h",
        f"| eval {called}=if(aw_h=1 AND {called}_n={least} AND aw_ms-{called}_f<={window},1,0)",
    ]
