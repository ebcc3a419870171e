"""What is known of agents' networks and of attacks on agents, as data with source and date.

The shipped lists (``schemas/threat_lists.json``) and those of a feed, kept on this host, count
together. An entry that has run out does not count. Values are compared as they are, hosts also
with all that is below them; nothing in a list is a pattern.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agentwarrant.event import Event, text_of
from agentwarrant.schema import load

PLACE_VARIABLE = "AGENTWARRANT_THREAT_LISTS"
LISTS = (
    "agent_networks", "skill_registries", "hosts", "packages", "publishers", "key_prefixes",
    "burned_keys",
)  # fmt: skip
_HOST_FIELDS = ("url.domain", "destination.address", "destination.ip", "destination.domain")
_NAME_FIELDS = ("package.name", "warrant.resource.id", "warrant.definition.server")
_FIELDS = frozenset((*_HOST_FIELDS, *_NAME_FIELDS, "warrant.secret.types"))
_MOST = 8


class Entry(NamedTuple):
    """One thing that is known, and who says so since when (``YYYY-MM-DD``)."""

    value: str
    name: str
    source: str
    date: str


@dataclass(slots=True)
class ThreatLists:
    """The lists, by value.

    Attributes:
        titles: What was read, each with the day that it is of.
        by: Entries by value, by list.
    """

    titles: dict[str, str] = field(default_factory=dict)
    by: dict[str, dict[str, Entry]] = field(default_factory=lambda: {one: {} for one in LISTS})

    def add(self, document: Mapping[str, Any], today: str) -> None:
        """Take the lists of a document that is valid; later ones replace entries of one value."""
        self.titles[str(document.get("title", "a feed"))] = str(document["updated"])
        for name in LISTS:
            for given in document.get(name, ()):
                value = str(given["value"]).casefold()
                if str(given.get("until", "9999")) > today:
                    entry = (value, given["name"], given["source"], given["date"])
                    self.by[name][value] = Entry(*map(str, entry))
                else:
                    self.by[name].pop(value, None)

    def host(self, name: str, host: str) -> Entry | None:
        """Return the entry of a list that a host is, or is below."""
        known = self.by[name]
        while host:
            entry = known.get(host)
            if entry is not None:
                return entry
            host = host.partition(".")[2]
        return None

    def is_burned(self, secret: str) -> bool:
        """Is a key known to have leaked?"""
        known = self.by["burned_keys"]
        return bool(known) and sha256(secret.encode("utf-8", "replace")).hexdigest() in known

    def mark(self, event: Event) -> None:
        """Say on an event what of it is on a list: ``warrant.threat.matched`` and ``.name``."""
        if event.keys().isdisjoint(_FIELDS):
            return
        found = list(dict.fromkeys(self._matches(event)))
        if found:
            event["warrant.threat.matched"] = [f"{name}:{e.value}" for name, e in found[:_MOST]]
            said = (f"{e.name} ({e.source}, {e.date})" for _, e in found[:_MOST])
            event["warrant.threat.name"] = list(dict.fromkeys(said))

    def _matches(self, event: Event) -> Iterator[tuple[str, Entry]]:
        for name in _HOST_FIELDS:
            if name in event:
                host = _bare(text_of(event, name).casefold())
                entry = self.host("hosts", host)
                if entry is not None:
                    yield "hosts", entry
        for name in _NAME_FIELDS:
            if name in event:
                yield from self._named(text_of(event, name).casefold())
        if "warrant.secret.types" in event and "burned_key" in _listed(event):
            yield "burned_keys", _BURNED

    def _named(self, text: str) -> Iterator[tuple[str, Entry]]:
        """Yield what a name of a package is: itself, its publisher, or its version's name."""
        bare = text.rpartition("@")[0] or text
        for part in dict.fromkeys((text, bare, bare.rpartition("/")[2])):
            if part in self.by["packages"]:
                yield "packages", self.by["packages"][part]
        publisher = bare.lstrip("@").partition("/")[0]
        if publisher in self.by["publishers"]:
            yield "publishers", self.by["publishers"][publisher]


_BURNED = Entry("key", "a key that is known to have leaked", "threat lists", "see the feed")


def _listed(event: Event) -> list[str]:
    value = event["warrant.secret.types"]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _bare(host: str) -> str:
    """Return a host without its port; an address of IPv6 has several colons."""
    return host.partition(":")[0] if host.count(":") == 1 else host.strip("[]")


def place() -> Path:
    """Return where the lists of a feed are kept on this host."""
    given = os.environ.get(PLACE_VARIABLE)
    if given:
        return Path(given)
    base = os.environ.get("XDG_DATA_HOME")
    data = Path(base) if base else Path.home() / ".local" / "share"
    return data / "agentwarrant" / "threat_lists.json"


@cache
def current() -> ThreatLists:
    """Return the shipped lists with those of the feed; read once.

    What is kept on this host was checked when it came; should it be unreadable now, the shipped
    lists stand alone.
    """
    lists = ThreatLists()
    today = datetime.now(UTC).date().isoformat()
    lists.add(load("threat_lists.json"), today)
    with suppress(OSError, ValueError, KeyError, TypeError):
        lists.add(orjson.loads(place().read_bytes()), today)
    return lists
