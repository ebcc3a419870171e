"""Says on an event which indicators it is of, and counts that they were seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from agentwarrant.event import Event, text_of
from agentwarrant.intel.index import Index
from agentwarrant.intel.markings import LEVELS, STRICT
from agentwarrant.intel.store import Indicator, Store, place

LIST = "indicators"
"""What ``warrant.threat.matched`` begins with: ``indicators:indicator--…``."""
_MOST = 8
_KEPT_AT = 10_000
"""Sightings that wait in memory, at most."""


class _Met(NamedTuple):
    one: Indicator
    tenant: str
    event: str
    when: str


class Marker:
    """Marks the events of one run.

    Args:
        store: The indicators.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._index = Index(store)
        self._met: list[_Met] = []

    def mark(self, event: Event) -> None:
        """Say on an event what it is of: ``warrant.threat.matched`` and ``.name``.

        Where it is of more indicators than are said, those stay whose marking is the strictest:
        what may not be told to others must be seen to be so.
        """
        found = self._index.of(event)
        if not found:
            return
        tenant = text_of(event, "organization.id")
        for one in found:
            met = _Met(one, tenant, text_of(event, "event.id"), text_of(event, "@timestamp"))
            self._met.append(met)
        if len(self._met) >= _KEPT_AT:
            self.keep()
        shown = sorted(found, key=lambda one: -LEVELS.index(one.tlp))[:_MOST]
        _add(event, "warrant.threat.matched", [f"{LIST}:{one.id}" for one in shown])
        _add(
            event, "warrant.threat.name", [name for one in shown if (name := named_to(one, tenant))]
        )

    def keep(self) -> None:
        """Add what was seen to the sightings of the store; an event that is known adds nothing."""
        with self._store.batch():
            for one, tenant, event, when in self._met:
                if self._store.is_first(one, tenant, event):
                    self._store.saw(one, tenant, 1, when, when)
            self._store.forget_old()
        self._met.clear()


def named_to(one: Indicator, tenant: str) -> str:
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
