"""Plain counts of an agent's events, over data that others bring.

So many events stand within a span when the newest and the one so many before it are no further
apart: ``streamstats`` with ``window`` counts events and not time, so it has no edge to heed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.model import Correlation
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.foreign import AGENT
from agentwarrant.siem.splunk import spl
from agentwarrant.siem.splunk.query import Cost, Query
from agentwarrant.siem.splunk.search import COLUMNS

_MOST = 10_000
"""Rows that ``streamstats`` keeps in a window at most (limits.conf, ``[streamstats] maxmem``)."""


def count(correlation: Correlation, events: str, lookups: Sequence[str]) -> Query:
    """Return the query of a plain count by agent, which only has to grow (``takeover``).

    Args:
        correlation: What it counts.
        events: The search for its events, with tenant and agent.
        lookups: What that reads.

    Raises:
        CannotRender: It counts more than is kept.
    """
    least = _least(correlation)
    groups = f"{spl.name(TENANT)} {spl.name(AGENT)}"
    span = correlation.window_ms
    text = (
        f"{events}"
        "\n| dedup aw_id"
        "\n| sort 0 _time"
        f"\n| streamstats window={least} current=true global=false count AS aw_count,"
        f" min(_time) AS aw_first, max(_time) AS aw_last, list(aw_id) AS aw_seen BY {groups}"
        f"\n| where aw_count>={least} AND round((aw_last-aw_first)*1000)<={span}"
        "\n| eval aw_ids=mvindex(aw_seen, 0, 19)"
    )
    return Query(
        text,
        window_ms=span,
        group_by=(AGENT,),
        columns=(*COLUMNS, "aw_id"),
        cost=Cost.MEDIUM,
        lookups=tuple(lookups),
    )


def _least(correlation: Correlation) -> int:
    more = correlation.op == "gt"
    threshold = correlation.threshold
    least = max(1, math.floor(threshold) + 1 if more else math.ceil(threshold))
    if least > _MOST:
        raise CannotRender(f"it counts {least} events, and not so many are kept")
    return least
