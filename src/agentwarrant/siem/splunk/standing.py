"""What stands in a Splunk, read from it: nothing about an install is kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agentwarrant.errors import WrongTarget
from agentwarrant.siem.splunk.names import APP
from agentwarrant.siem.splunk.objects import Collection, objects
from agentwarrant.siem.splunk.plan import RECORDS, Place, Record, Standing, record_of
from agentwarrant.siem.splunk.splunkd import Splunkd

_HEADS = frozenset({"cluster_search_head", "shc_member", "shc_captain", "search_head"})
_ABSENT = frozenset({404})
_ON = ("0", "false")


@dataclass(frozen=True, slots=True)
class Server:
    """What a Splunk is.

    Attributes:
        version: Of the server: ``9.4.1``.
        roles: What it does (``server_roles``): ``indexer``, ``search_head``, ``shc_member`` …
        is_cloud: It is Splunk Cloud.
        app: Version of our app there; empty where there is none.
        is_on: Our app is not switched off.
    """

    version: str
    roles: frozenset[str]
    is_cloud: bool
    app: str
    is_on: bool

    @property
    def holds_data(self) -> bool:
        """May an index and a token be made here, by this API?"""
        return not self.is_cloud and ("indexer" in self.roles or not self.roles & _HEADS)

    @property
    def why(self) -> str:
        """Why it may not."""
        if self.is_cloud:
            return "Splunk Cloud makes no indexes and tokens by this API"
        return "this is a search head, and data stands on indexers"


def read_server(splunkd: Splunkd) -> Server:
    """Return what a Splunk is.

    Raises:
        WrongTarget: What answers is no Splunk.
        TargetError: It could not be asked.
    """
    found = splunkd.entries("/services/server/info") or {}
    about: Mapping[str, Any] = next(iter(found.values()), {})
    if not about.get("version"):
        raise WrongTarget("what answers is no splunkd", where=splunkd.target.name)
    app = next(
        iter((splunkd.entries(f"/services/apps/local/{APP}", allow=_ABSENT) or {}).values()), {}
    )
    return Server(
        version=str(about["version"]),
        roles=frozenset(str(role) for role in about.get("server_roles") or ()),
        is_cloud=str(about.get("instance_type", "")).lower() == "cloud",
        app=str(app.get("version") or "unknown") if app else "",
        is_on=str(app.get("disabled", "0")).lower() in _ON,
    )


def read_standing(splunkd: Splunkd, kinds: Iterable[str]) -> Standing:
    """Return what stands there of what an install may make.

    Args:
        splunkd: Where.
        kinds: Of these kinds: who may not see the others can do without.

    Raises:
        TargetError: It could not be asked.
    """
    found = {
        (kind, name): one
        for kind in sorted(set(kinds))
        for name, one in objects(splunkd, kind).items()
    }
    return Standing(
        {place: one.fields for place, one in found.items()},
        frozenset(place for place, one in found.items() if one.is_brought),
        read_records(splunkd),
    )


def read_records(splunkd: Splunkd) -> dict[Place, Record]:
    """Return what an install did."""
    listed = map(record_of, Collection(splunkd, RECORDS).documents())
    return {(one.kind, one.name): one for one in listed if one is not None}
