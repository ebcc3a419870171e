"""Says on an event which indicators it is of, and counts that they were seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from agentwarrant.event import Event, text_of
from agentwarrant.intel.index import Index
from agentwarrant.intel.markings import STRICT
from agentwarrant.intel.store import Indicator, Store, place

LIST = "indicators"
"""What ``warrant.threat.matched`` begins with: ``indicators:indicator--…``."""
_MOST = 8


@dataclass(slots=True)
class _Count:
    times: int
    first: str
    last: str


class Marker:
    """Marks the events of one run.

    Args:
        store: The indicators.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._index = Index(store)
        self._seen: dict[tuple[Indicator, str], _Count] = {}

    def mark(self, event: Event) -> None:
        """Say on an event what it is of: ``warrant.threat.matched`` and ``.name``."""
        found = self._index.of(event)
        if not found:
            return
        tenant = text_of(event, "organization.id")
        for one in found:
            self._count(one, tenant, text_of(event, "@timestamp"))
        shown = found[:_MOST]
        _add(event, "warrant.threat.matched", [f"{LIST}:{one.id}" for one in shown])
        _add(event, "warrant.threat.name", [name for one in shown if (name := _name(one, tenant))])

    def _count(self, one: Indicator, tenant: str, when: str) -> None:
        count = self._seen.setdefault((one, tenant), _Count(0, when, when))
        count.times += 1
        count.first, count.last = min(count.first, when), max(count.last, when)

    def keep(self) -> None:
        """Add what was seen to the sightings of the store."""
        with self._store.batch():
            for (one, tenant), count in self._seen.items():
                self._store.saw(one, tenant, count.times, count.first, count.last)
        self._seen.clear()


def _name(one: Indicator, tenant: str) -> str:
    """Return what may be told of an indicator to whoever sees the event; '' for nothing.

    ``TLP:AMBER+STRICT`` is for the organization that has the feed, and not for its clients.
    """
    if one.tlp == STRICT and one.tenant != tenant:
        return ""
    return f"{one.name or 'an indicator'} ({one.feed}, TLP:{one.tlp.upper()})"


def _add(event: Event, field: str, more: list[str]) -> None:
    known = event.get(field)
    listed = [str(one) for one in known] if isinstance(known, list) else []
    if listed or more:
        event[field] = list(dict.fromkeys([*listed, *more]))


@contextmanager
def marking() -> Iterator[Marker | None]:
    """Open the indicators of this host; None where there are none. Sightings are kept at the end.

    Raises:
        ConfigError: The file is none of indicators, or cannot be written.
    """
    if not place().is_file():
        yield None
        return
    with closing(Store(place())) as store:
        marker = Marker(store)
        try:
            yield marker
        finally:  # also where nobody wants the rest of the events
            marker.keep()
