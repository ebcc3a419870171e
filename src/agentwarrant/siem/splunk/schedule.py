"""When each search runs, and what of the index it looks at.

**When.** A search runs every so many minutes, by what it costs, and begins at a minute that follows
from its name: so they are spread over the minutes, and a new one moves no other. Minutes are
listed one by one (savedsearches.conf.spec, ``cron_schedule``). Scheduling is continuous
(``realtime_schedule = 0``): a run that is late has the range that it should have had, and none is
left out. No search is real-time.

**What.** A run looks at what was *indexed* since its window, an interval and ``DELAY_MS`` ago
(``dispatch.index_earliest``), and by its time may be ``LATE_MS`` older still: a file that is
shipped late is looked at when it comes. Runs overlap. What ``tstats`` counts is looked at by its
time alone, for a summary has no time of indexing; so it is seen for longer, by ``LATE_MS``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from agentwarrant.siem.splunk.query import Cost, Form, Query

EVERY: Mapping[Cost, int] = MappingProxyType({Cost.LOW: 5, Cost.MEDIUM: 5, Cost.HIGH: 15})
"""Every how many minutes a search runs, by its cost: at most twelve times an hour."""
DELAY_MS = 5 * 60_000
"""How much later than it was received an event may be searchable and still be in the range."""
LATE_MS = 3_600_000
"""How much later than it happened an event may be indexed: as late as our engine waits for it."""
SPARE_MS = 60_000
"""A run starts some seconds late."""
_MINUTE_MS = 60_000
_HOUR = 60


def every_ms(query: Query) -> int:
    """Return how long after one run the next begins."""
    return EVERY[query.cost] * _MINUTE_MS


def lookback(query: Query) -> int:
    """Return how far back of its beginning a run looks, in milliseconds."""
    return query.window_ms + query.settle_ms + every_ms(query) + DELAY_MS + SPARE_MS


def dispatch(query: Query, late_ms: int = LATE_MS) -> dict[str, str]:
    """Return the range of a search.

    Args:
        query: What it asks.
        late_ms: How much later than it happened an event may be indexed.
    """
    back = lookback(query)
    made = {
        "dispatch.earliest_time": f"-{duration(back + late_ms)}",
        "dispatch.latest_time": "now",
    }
    if query.form is Form.RAW:
        made["dispatch.index_earliest"] = f"-{duration(back)}"
        made["dispatch.index_latest"] = "now"
    return made


def timing(name: str, query: Query) -> dict[str, str]:
    """Return when a search runs.

    Args:
        name: What it is called; the minute follows from it.
        query: What it asks.
    """
    return {
        "enableSched": "1",
        "cron_schedule": cron(name, EVERY[query.cost]),
        "realtime_schedule": "0",
        "schedule_window": "auto",
        "allow_skew": "100%",
    }


def cron(name: str, every: int) -> str:
    """Return the minutes at which a search runs.

    Args:
        name: What it is called.
        every: Minutes from one run to the next; a divisor of 60.
    """
    first = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % every
    return f"{','.join(map(str, range(first, _HOUR, every)))} * * * *"


def runs_an_hour(query: Query) -> int:
    """Return how often a search runs in an hour."""
    return _HOUR // EVERY[query.cost]


def load(queries: Iterable[Query]) -> dict[Cost, tuple[int, int]]:
    """Return, by cost, how many searches there are and how often they run in an hour together."""
    counted = Counter(query.cost for query in queries)
    return {cost: (counted[cost], counted[cost] * _HOUR // EVERY[cost]) for cost in Cost}


def duration(ms: int) -> str:
    """Return milliseconds, rounded up to seconds, in the greatest unit that fits: ``5m``."""
    seconds = -(-ms // 1000)
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
