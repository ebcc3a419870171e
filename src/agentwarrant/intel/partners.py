"""Where cases may go and what of them: the collections and the sharing policies of a configuration.

A tenant that has no policy tells nothing. What others gave is held to what they said of it: of
``TLP:CLEAR`` everything may be told again, of ``TLP:GREEN`` what is not told to everybody, of more
nothing (TLP 2.0, FIRST, August 2022).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agentwarrant.config import Config
from agentwarrant.errors import ConfigError
from agentwarrant.faults import closest
from agentwarrant.intel.feeds import access_of
from agentwarrant.intel.markings import CLEAR, GREEN, LEVELS, STRICT, strictest
from agentwarrant.intel.sharing import INFRASTRUCTURE, Restricted, Sharing
from agentwarrant.intel.store import Store
from agentwarrant.intel.taxii import Access

_DEFINITION = "extension-definition"


@dataclass(frozen=True, slots=True)
class Partner:
    """A collection that cases may go to.

    Attributes:
        name: As the configuration calls it.
        url: Where it is.
        tlp: What is marked stricter does not go there.
        definitions: Extension definitions go there, too. A collection of medallion 3.0.0, OASIS's
            own server, answers no more once it has one: it takes its ``version`` for a time.
        config: Where its secrets are found.
    """

    name: str
    url: str
    tlp: str
    definitions: bool
    config: Config

    def of(self, objects: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return those of some objects that go there."""
        return [one for one in objects if self.definitions or one.get("type") != _DEFINITION]

    def access(self) -> Access:
        """Return the collection, with the secrets that are needed to write to it.

        Raises:
            ConfigError: A secret is not where it should be.
        """
        data = self.config.intel["collections"][self.name]
        return access_of(self.name, data, self.config.path.parent)

    def takes(self, tlp: str) -> bool:
        """May what is marked so go there?"""
        return LEVELS.index(tlp) <= LEVELS.index(self.tlp)


def partner_of(config: Config, name: str) -> Partner:
    """Return a collection.

    Raises:
        ConfigError: None is called so.
    """
    known: Mapping[str, Any] = config.intel.get("collections") or {}
    if name not in known:
        what = f"no collection is called {name!r}"
        mend = closest(name, list(known)) or "name one under intel: collections: (docs/intel.md)"
        raise ConfigError(what, where=str(config.path), mend=mend)
    data = known[name]
    definitions = data.get("definitions", False)
    return Partner(name, data["url"], data.get("tlp", STRICT), definitions, config)


def sharing_of(config: Config, tenant: str) -> Sharing | None:
    """Return what a tenant lets others know; None for nothing."""
    data = (config.intel.get("sharing") or {}).get(tenant)
    if data is None:
        return None
    return Sharing(
        tlp=data["tlp"],
        tell=data.get("tell", INFRASTRUCTURE),
        author=data.get("author", ""),
        victim=data.get("victim", ""),
        names=data.get("names", False),
        links=data.get("links", False),
        own=tuple(data.get("own", ())),
    )


def may_go(config: Config, tenant: str, partner: Partner) -> str:
    """Return why nothing of a tenant's may go to a collection; '' where it may."""
    data = (config.intel.get("sharing") or {}).get(tenant)
    if data is None:
        return "it shares nothing"
    if partner.name not in data.get("collections", ()):
        return f"its policy does not name {partner.name}"
    if not partner.takes(data["tlp"]):
        return f"{partner.name} takes no TLP:{data['tlp'].upper()}"
    return ""


def restricted_by(config: Config, store: Store | None, tlp: str) -> Restricted:
    """Return what says of an indicator of others whether what it names must stay here.

    Args:
        config: Whose feeds may be held more strictly than what they gave says.
        store: The indicators; None where there are none.
        tlp: The marking under which would be told.
    """
    feeds: Mapping[str, Any] = config.intel.get("feeds") or {}

    def restricted(identity: str) -> bool:
        given = store.levels(identity) if store else {}
        if not given:
            return True  # it has run out or was taken back since, and nobody knows what it said
        held = (feeds.get(feed, {}).get("tlp", CLEAR) for feed in given)
        level = strictest((*given.values(), *held))
        return level not in (CLEAR, GREEN) or (level == GREEN and tlp == CLEAR)

    return lru_cache(maxsize=4096)(restricted)  # a case asks for the same ones again and again
