"""Beginnings that a younger one took the place of in the present moment.

A sequence that reads correlations gets one event several times: as itself, and as each match that
it brought about. When such a match begins the sequence anew and the event itself is its next step,
the step belongs to the beginning before: an event is never two steps of one match. So what is
replaced is kept until its moment is over, and no longer: for any later event the younger is better.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any

from agentwarrant.rules.correlation.stamps import SIZE

MOST = 1_024
"""Groups of one moment; of more, those that were touched first are forgotten."""

EACH = 16
"""Beginnings of one step of one group: the last one that the present event has no part in is
always among them."""

Older = dict[int, deque[bytes]]
"""Of one group: step to the joined stamps of its former beginnings, oldest first."""


class Replaced:
    """What was replaced in one moment."""

    def __init__(self) -> None:
        self._time = -1
        self._held: dict[tuple[Hashable, Hashable], Older] = {}

    def of(self, time: int, tenant: Hashable, key: Hashable) -> Older:
        """Return what was replaced in a group; what is put there is kept for the moment."""
        if time != self._time:
            self._held, self._time = {}, time
        group = (tenant, key)
        if group not in self._held and len(self._held) >= MOST:
            del self._held[next(iter(self._held))]
        return self._held.setdefault(group, {})

    def state(self) -> Any:
        return [self._time, self._held]

    def take_state(self, state: Any) -> None:
        self._time, self._held = state


def before(chain: bytes, older: Older, step: int, since: bytes) -> bytes:
    """Return the last beginning up to a step that ended before an event; empty when none did."""
    if chain[-SIZE:] < since:
        return chain
    return next((one for one in reversed(older.get(step, ())) if one[-SIZE:] < since), b"")


def after(old: bytes, new: bytes, older: Older, step: int, since: bytes) -> bytes:
    """Return which of two beginnings up to a step goes on, and keep the one it replaces.

    The new one is older when a match that was judged at the end of its moment continued what
    stood before others of that moment.
    """
    if new[:SIZE] < old[:SIZE]:
        return old
    if old and old[-SIZE:] < since:
        older.setdefault(step, deque(maxlen=EACH)).append(old)
    return new
