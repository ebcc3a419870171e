"""``new_value`` and ``rate_baseline`` in ES|QL: what a group never did, or never so much of.

Both look back for days, so a run judges only what came in the last ``RECENT_MS`` before ``NOW()``:
else it would tell of the same thing for as long as its history reaches. What stands before the
search's own range is not known to it, where the embedded engine remembers: a group that is older
than the history has its mean of the history alone, not of a past that fades, and the events before
a new value are counted within the history. In which order the events of one millisecond came is not
known to it either: of several values that are new in one, each counts as before the others.
"""

from __future__ import annotations

from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.esql import column
from agentwarrant.siem.elastic.frame import MOMENT, WIDTH, Frame, appended, text_of
from agentwarrant.siem.reduced import NUMBERS, type_of
from agentwarrant.siem.vocabulary import is_single

NOW = "TO_LONG(NOW())"
RECENT_MS = 3_600_000
"""How far back a run judges: as late as an event may come, which our engine waits for as well."""
EARLIER = 3
"""A group needs this many slots before it has a habit (``correlation.baseline``)."""
_HASH = 64


def reach(frame: Frame) -> int:
    """Return how far back a run must look, in milliseconds."""
    correlation = frame.correlation
    if correlation.kind == "new_value":
        return correlation.history_ms + RECENT_MS
    if correlation.kind == "rate_baseline":
        return (_slots(frame) + 1) * frame.window + RECENT_MS
    return correlation.window_ms


def new_value(frame: Frame) -> str:
    """Return rows of a group and the moment of a value that it did not have in the history.

    Raises:
        CannotRender: A value could be new twice within what one run judges.
    """
    history, group = frame.correlation.history_ms, frame.group
    if history < RECENT_MS:
        raise CannotRender(f"a history of less than {RECENT_MS // 60_000} minutes")
    needed = int(frame.correlation.threshold)
    rows = (
        f"{_values(frame)}\n"
        f"| EVAL is_new = at >= {NOW} - {RECENT_MS}\n"
        "| STATS old = COUNT(*) WHERE NOT is_new, last_old = MAX(at) WHERE NOT is_new,"
        " first_new = MIN(at) WHERE is_new,"
        f' seen = VALUES(CONCAT(TO_STRING(at), "=", id)) WHERE is_new BY {group}, value\n'
        f"| EVAL moment = CASE(first_new - last_old <= {history}, null, first_new)\n"
    )
    if needed < 1:
        return f"{rows}\n| WHERE moment IS NOT NULL\n| STATS n = COUNT(*) BY {group}, moment"
    return (
        f"{rows}\n"
        "| STATS old = SUM(old), last_old = MAX(last_old), first_new = MIN(first_new),"
        f' seen = VALUES(seen), fresh = VALUES(CONCAT(TO_STRING(moment), "=", value)) BY {group}\n'
        "| WHERE fresh IS NOT NULL\n"
        f"| EVAL old = CASE(first_new - last_old > {history}, TO_LONG(0), old)\n"
        f"| KEEP {group}, old, seen, fresh\n"
        "| MV_EXPAND fresh\n"
        f"| EVAL moment = TO_LONG(SUBSTRING(fresh, 1, {WIDTH}))\n"
        "| STATS old = MAX(old), seen = VALUES(seen), others = COUNT(*) - 1"
        f" BY {group}, moment\n"
        "| MV_EXPAND seen\n"
        f"| EVAL at = TO_LONG(SUBSTRING(seen, 1, {WIDTH}))\n"
        "| STATS old = MAX(old), others = MAX(others), since = COUNT(*) WHERE at < moment"
        f" BY {group}, moment\n"
        f"| WHERE old + others + since >= {needed}"
    )


def _values(frame: Frame) -> str:
    """Return rows of a group, a time, an event and its value."""
    ways = tuple(dict.fromkeys(frame.fields))
    for names in ways:
        for name in names:
            if not is_single(name):
                raise CannotRender(f"{name} may be a list, which is one value as a whole")
    if len(ways) == 1:
        (names,) = ways
        made = [f"value = {_value(frame, names)}", *(key for key in frame.columns if " = " in key)]
        return (
            f"{frame.events(ids=True, needed=names)}\n"
            f"| EVAL at = {MOMENT}, id = _id, {', '.join(made)}"
        )
    kept = ", ".join(
        f'seen{n} = VALUES(CONCAT(TO_STRING({MOMENT}), HASH("sha256", _id),'
        f" {_value(frame, names)})) WHERE {frame.where(n)}"
        for n, names in enumerate(frame.fields)
    )
    return (
        f"{frame.events(ids=True)}\n"
        f"| STATS {kept} BY {frame.by}\n"
        f"{appended(len(frame.fields))}\n"
        f"| KEEP {frame.group}, seen\n"
        "| MV_EXPAND seen\n"
        f"| EVAL at = TO_LONG(SUBSTRING(seen, 1, {WIDTH})),"
        f" id = SUBSTRING(seen, {WIDTH + 1}, {_HASH}), value = SUBSTRING(seen, {WIDTH + _HASH + 1})"
    )


def _value(frame: Frame, names: tuple[str, ...]) -> str:
    made = [f"TO_STRING({text_of(name, frame.types)})" for name in names]
    if len(made) == 1:
        return made[0]
    return "CONCAT(" + ", ".join(f'TO_STRING(LENGTH({t})), ":", {t}' for t in made) + ")"


def rate_baseline(frame: Frame) -> str:
    """Return rows of a group and a slot in which it did far more than it used to."""
    correlation, slots, group = frame.correlation, _slots(frame), frame.group
    amount = f"TO_DOUBLE(SUBSTRING(seen, {WIDTH + 2}))"
    return (
        f"{_amounts(frame)}\n"
        '| STATS seen = VALUES(CONCAT(TO_STRING(slot), "=", TO_STRING(amount))),'
        f" moment = VALUES(CASE(slot + {frame.window} > {NOW} - {RECENT_MS}, slot, null))"
        f" BY {group}\n"
        "| WHERE moment IS NOT NULL\n"
        "| MV_EXPAND seen\n"
        f"| EVAL at = TO_LONG(SUBSTRING(seen, 1, {WIDTH})), amount = {amount}\n"
        "| DROP seen\n"
        "| MV_EXPAND moment\n"
        f"| WHERE at <= moment AND at >= moment - {slots * frame.window}\n"
        "| STATS present = SUM(amount) WHERE at == moment, past = SUM(amount) WHERE at < moment,"
        f" began = MIN(at) BY {group}, moment\n"
        f"| EVAL earlier = (moment - began) / {frame.window}\n"
        f"| WHERE earlier >= {EARLIER} AND present >= {correlation.threshold!r}"
        f" AND present >= {correlation.factor!r} * past / earlier"
    )


def _slots(frame: Frame) -> int:
    return max(EARLIER, frame.correlation.history_ms // frame.window)


def _amounts(frame: Frame) -> str:
    """Return rows of a group, a slot of time by its beginning, and how much the group did in it."""
    slot = f"slot = {MOMENT} / {frame.window} * {frame.window}"
    if not frame.correlation.fields:
        return f"{frame.events()}\n| STATS amount = COUNT(*) BY {frame.by}, {slot}"
    names = frame.fields[0]
    if len(set(frame.fields)) > 1:
        raise CannotRender("the numbers are other fields in each of its rules")
    for name in names:
        if type_of(name, frame.types) not in NUMBERS:
            raise CannotRender(f"{name} holds no numbers")
    several = len(names) > 1
    parts = [f"TO_DOUBLE({column(name)})" for name in names]
    amount = " + ".join(f"COALESCE({part}, 0.0)" for part in parts) if several else parts[0]
    there = " OR ".join(f"{column(name)} IS NOT NULL" for name in names)
    return (
        f"{frame.events()}\n"
        f"| WHERE {there}\n"
        f"| EVAL amount = {amount}\n"
        "| WHERE amount >= 0\n"
        f"| STATS amount = SUM(amount) BY {frame.by}, {slot}"
    )
