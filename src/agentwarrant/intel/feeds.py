"""The feeds that the configuration names, and all of them pulled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agentwarrant.config import Config
from agentwarrant.errors import ConfigError
from agentwarrant.event import iso_time
from agentwarrant.faults import closest
from agentwarrant.intel.markings import CLEAR
from agentwarrant.intel.pull import Progress, pull_file, pull_taxii
from agentwarrant.intel.reading import Report, Terms
from agentwarrant.intel.store import Store
from agentwarrant.intel.taxii import Access
from agentwarrant.secretrefs import Secret, given, text_in


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed.

    Attributes:
        terms: On which it is taken; its name.
        path: Of a file; None for a collection.
        data: What the configuration says of a collection.
        home: What paths are relative to.
    """

    terms: Terms
    path: Path | None
    data: Mapping[str, Any]
    home: Path

    @property
    def place(self) -> str:
        """Where it comes from, for people."""
        return str(self.path or self.data["url"])

    def access(self) -> Access:
        """Return the collection, with the secrets that are needed to ask it.

        Raises:
            ConfigError: A secret is not where it should be.
        """
        return access_of(self.terms.feed, self.data, self.home)

    def pull(self, store: Store, progress: Progress) -> Report:
        """Take what it has; see ``pull`` for what is raised."""
        if self.path is not None:
            return pull_file(self.path, store, self.terms)
        return pull_taxii(self.access(), store, self.terms, progress)


def access_of(name: str, data: Mapping[str, Any], home: Path) -> Access:
    """Return a collection as the configuration says it, with its secrets.

    Raises:
        ConfigError: A secret is not where it should be.
    """
    return Access(
        name=name,
        url=data["url"],
        username=text_in(given(data.get("username", ""), home)),
        password=Secret(data["password"], home).value() if "password" in data else "",
        token=Secret(data["token"], home).value() if "token" in data else "",
        ca=home / Path(data["ca"]).expanduser() if "ca" in data else None,
        proxy=text_in(given(data.get("proxy", ""), home)),
    )


def feeds_of(config: Config, name: str = "") -> Iterator[Feed]:
    """Yield the feeds of a configuration, or the one of a name.

    Raises:
        ConfigError: There is none.
    """
    known: Mapping[str, Any] = config.intel.get("feeds") or {}
    if name and name not in known:
        what = f"no feed is called {name!r}"
        raise ConfigError(what, where=str(config.path), mend=closest(name, list(known)))
    if not known:
        mend = "name one under intel: feeds:, as docs/intel.md says"
        raise ConfigError("no feed is configured", where=str(config.path), mend=mend)
    for one, data in known.items():
        if not name or one == name:
            yield _feed(str(one), data, config.path.parent)


def _feed(name: str, data: Mapping[str, Any], home: Path) -> Feed:
    terms = Terms(
        feed=name,
        tenant=data.get("tenant", ""),
        least=data.get("confidence", 0),
        longest=data.get("days", 0),
        tlp=data.get("tlp", CLEAR),
    )
    path = home / Path(data["path"]).expanduser() if "path" in data else None
    return Feed(terms, path, data, home)


def now() -> str:
    """Return this moment as indicators have it."""
    return iso_time(datetime.now(UTC).isoformat())
