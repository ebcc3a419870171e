"""What is kept in the KV store of what agents did before, and how a search goes on from it.

Neither new values nor what is usual can be known from what a search looks back to each time it
runs. So a search beside each writes it down (``Query.feeds``). Both may run as often as they like,
in any order and over the same events again: what is kept says since when, so an event is as new as
it was though it has been written down since.

- Of a value (``SEEN``), ``first`` and ``last``: since when it has been known without a gap longer
  than the history, and when it was seen last. It is new at ``first`` alone.
- Of a group (``SEEN``, too), ``last``, ``count`` and ``ripe``: its events since it was last quiet
  for longer than the history, and when there had been as many as it takes before anything is news.
- Of a habit (``HABITS``), slots of time by their number since 1970: ``first``, ``last``, and what
  the mean is made of (``baseline``).

What is shipped after that was written down, but happened before ``last``, is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.splunk.counts import Frame
from agentwarrant.siem.splunk.query import Cost, Query
from agentwarrant.siem.splunk.spl import string

SEEN_FIELDS = ("rule", "tenant", "group", "value", "first", "last", "count", "ripe")
"""What ``SEEN`` holds besides ``_key``; a row of a group has no ``value``."""
HABITS_FIELDS = ("rule", "tenant", "group", "first", "last", "plain", "faded")
"""What ``HABITS`` holds besides ``_key``."""


def correlation_of(rule: Rule) -> Correlation:
    """Return the correlation that a rule is.

    Raises:
        CannotRender: It is none.
    """
    if rule.correlation is None:
        raise CannotRender("it is no correlation")
    return rule.correlation


def runs(called: str, last: str, by: str, at: str, gap: int) -> list[str]:
    """Return the lines that number the stretches of a group without a gap: 0 goes on a kept one.

    Args:
        called: What columns begin with: ``_fresh`` is 1 for rows that are not in what is kept.
        last: The column of the last that is kept.
        by: The columns of a group.
        at: The column of the time.
        gap: How long one must be, longer than which it ends a stretch.
    """
    return [
        f"| streamstats current=f window=1 global=f last({at}) AS {called}_p BY {by}",
        f"| eval {called}_fresh=if(isnull({last}) OR {at}>{last},1,0),"
        f" {called}_since=case(isnull({last}),{called}_p, isnull({called}_p),{last},"
        f" {called}_p<{last},{last}, true(),{called}_p)",
        f"| eval {called}_reset=if({called}_fresh=1 AND"
        f" (isnull({called}_since) OR {at}-{called}_since>{gap}),1,0)",
        f"| streamstats sum({called}_reset) AS {called}_run BY {by}",
    ]


def key_of(frame: Frame, identity: str, kind: str, *more: str) -> str:
    """Return the key of a row in the KV store: a hash, so that no value looks like another."""
    names = [*frame.by.split(), *more]
    parts = ".".join(f'len({one}).":".{one}' for one in names)
    return f"sha256({string(f'{identity}/{kind}/')}.{parts})"


def kept(frame: Frame, identity: str, fields: Sequence[str]) -> list[str]:
    """Return the lines that make rows of the KV store of what was found."""
    groups = frame.by.split()[1:]
    group = '." ".'.join(groups) or '""'
    return [
        f"| eval _key=aw_key, rule={string(identity)}, tenant=substr(aw_t,2), group={group}",
        f"| table _key rule tenant group {' '.join(fields)}",
    ]


def feed(lines: Sequence[str], lookup: str, cost: Cost, window: int = 0) -> Query:
    """Return the search that writes rows into a lookup, over those that it has already."""
    text = "\n".join([*lines, f"| outputlookup append=true key_field=_key {lookup}"])
    return Query(text, window, cost=cost, lookups=(lookup,))
