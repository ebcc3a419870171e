"""Who started whom: from the first conversation or agent to this one (``warrant.session.*``)."""

from __future__ import annotations

from collections.abc import Iterable

from agentwarrant.event import Event

BETWEEN = " > "
_LONGEST, _NAME = 16, 256


def descend(event: Event, chain: Iterable[str]) -> None:
    """Say from whom an event's conversation descends.

    Args:
        event: Changed in place.
        chain: From the first to this one, as far as the source says; names that are empty or
            come again are passed over. Of one alone it is said that nobody started it.
    """
    known = [name[:_NAME] for name in dict.fromkeys(chain) if name]
    if not known:
        return
    event["warrant.session.root"] = known[0]
    event["warrant.session.depth"] = len(known) - 1
    if len(known) > 1:
        kept = known if len(known) <= _LONGEST else [known[0], *known[1 - _LONGEST :]]
        event["warrant.session.lineage"] = BETWEEN.join(kept)
