"""What stands in a cluster, read from the cluster: nothing about an install is kept elsewhere."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from agentwarrant.config import Target
from agentwarrant.errors import TargetRefused, TargetUnreachable
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.client import OPENSEARCH, asking
from agentwarrant.siem.elastic.lifecycle import FOREVER, Stream
from agentwarrant.siem.elastic.mapping import flat
from agentwarrant.siem.elastic.plan import (
    COMPONENT,
    LOOKUP,
    OURS,
    POLICY,
    ROLE,
    TEMPLATE,
)
from agentwarrant.siem.elastic.shipped import RECORDS

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_patiently = Retrying(
    retry=retry_if_exception_type(TargetUnreachable),
    stop=stop_after_delay(20),
    wait=wait_exponential(multiplier=0.2, max=4),
    reraise=True,
).wraps
Found = dict[tuple[str, str], Mapping[str, Any]]
_ABSENT = frozenset({404})
_NO_SUCH_API = frozenset({400, 404, 405})
"""How a server answers to an API that it does not have: "no handler found", or a method that only
another API has at that path; OpenSearch's plug-ins say 400."""
POLICIES = "/_plugins/_ism/policies"


class Cluster:
    """A cluster, asked by paths; errors are ours (``client.asking``).

    Attributes:
        target: Where it is.
        heard: What the server warned of, each once, in order.
    """

    def __init__(self, client: Elasticsearch, target: Target) -> None:
        self._client = client
        self.target = target
        self.heard: dict[str, None] = {}

    def ask(
        self, method: str, path: str, body: Any = None, *, allow: frozenset[int] = frozenset()
    ) -> Any:
        """Send a request; return the document of the answer, None for an allowed refusal.

        Where the cluster is busy for a moment (its own indices come up one by one) it is asked
        again, except for what may not be done twice.

        Args:
            method: Of HTTP.
            path: With its query.
            body: Sent as JSON.
            allow: Status codes that are no errors here.

        Raises:
            TargetRefused, TargetUnreachable, WrongTarget: As ``client.asking`` says.
        """
        send = self._send if method == "POST" else _patiently(self._send)
        try:
            return send(method, path, body, "application/json")
        except TargetRefused as error:
            if error.status in allow:
                return None
            raise

    def bulk(self, lines: bytes) -> Any:
        """Send lines of ``_bulk`` and return the answer; items may have failed one by one.

        Raises:
            TargetRefused, TargetUnreachable, WrongTarget: As ``client.asking`` says.
        """
        return self._send("POST", "/_bulk?refresh=true", lines, "application/x-ndjson")

    def _send(self, method: str, path: str, body: Any, kind: str) -> Any:
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = kind
        try:
            with asking(self.target), warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                answer = self._client.perform_request(method, path, headers=headers, body=body)
        except TargetRefused as error:
            reason = _reason(error.__cause__)
            if not reason or reason in error.what:
                raise
            what = f"{error.what}: {reason}"
            raise TargetRefused(
                what, where=error.where, mend=error.mend, status=error.status
            ) from error.__cause__
        self.heard.update(dict.fromkeys(str(one.message) for one in told))
        return answer.body

    def has(self, path: str) -> bool:
        """Is an API there, asked with ``GET``?"""
        return self.ask("GET", path, allow=_NO_SUCH_API) is not None


def _reason(error: BaseException | None) -> str:
    """Return why a server said no, in its own words; empty where it gave no reason."""
    body = getattr(error, "body", None)
    found = body.get("error") if isinstance(body, Mapping) else None
    return str(found.get("reason", ""))[:300] if isinstance(found, Mapping) else ""


@dataclass(frozen=True, slots=True)
class State:
    """What stands in a cluster.

    Attributes:
        version: Of the server: ``8.19.2``.
        product: ``opensearch``, ``serverless`` or empty for Elasticsearch.
        objects: Bodies by kind and name, of all that has a name of ours, whosever it is.
        streams: Data streams by name.
        manages_streams: It has the API of data streams (make, delete, retention).
        has_security: It has roles.
        has_policies: OpenSearch: it has Index State Management.
    """

    version: str = ""
    product: str = ""
    objects: Found = field(default_factory=dict)
    streams: Mapping[str, Stream] = field(default_factory=dict)
    manages_streams: bool = True
    has_security: bool = True
    has_policies: bool = False


def read(cluster: Cluster) -> State:
    """Return what stands in a cluster.

    Raises:
        TargetError: It could not be asked.
    """
    about = cluster.ask("GET", "/")
    version = about.get("version", {})
    product = OPENSEARCH if version.get("distribution") == OPENSEARCH else ""
    if version.get("build_flavor") == "serverless":
        product = "serverless"
    roles = _roles(cluster) if product != OPENSEARCH else None
    found = {**_components(cluster), **_templates(cluster), **_lookups(cluster), **(roles or {})}
    has_policies = product == OPENSEARCH and cluster.has(POLICIES)
    if has_policies:
        found.update(_policies(cluster))
    manages = cluster.has(f"/_data_stream/{names.pattern()}")
    return State(
        version=str(version.get("number", "")),
        product=product,
        objects=found,
        streams=_streams(cluster, manages),
        manages_streams=manages,
        has_security=roles is not None,
        has_policies=has_policies,
    )


def _components(cluster: Cluster) -> Found:
    answer = cluster.ask("GET", f"/_component_template/{OURS}*", allow=_ABSENT) or {}
    return {
        (COMPONENT, one["name"]): one["component_template"]
        for one in answer.get("component_templates", ())
    }


def _templates(cluster: Cluster) -> Found:
    found: Found = {}
    for pattern in (f"logs-{OURS}.*", f"{OURS}*"):
        answer = cluster.ask("GET", f"/_index_template/{pattern}", allow=_ABSENT) or {}
        for one in answer.get("index_templates", ()):
            found[TEMPLATE, one["name"]] = one["index_template"]
    return found


def _lookups(cluster: Cluster) -> Found:
    path = f"/{names.INVENTORY}-*,{RECORDS}?flat_settings=true&ignore_unavailable=true"
    answer = cluster.ask("GET", path, allow=_ABSENT) or {}
    found: Found = {}
    for name, body in answer.items():
        mode = body.get("settings", {}).get("index.mode")
        settings = {"index.mode": mode} if mode else {}
        found[LOOKUP, name] = {"settings": settings, "mappings": body.get("mappings", {})}
    return found


def _roles(cluster: Cluster) -> Found | None:
    """Return the roles; None where security is off."""
    answer = cluster.ask("GET", "/_security/role", allow=_NO_SUCH_API | {403})
    if answer is None:
        return None
    return {(ROLE, name): body for name, body in answer.items() if name.startswith(OURS)}


def _policies(cluster: Cluster) -> Found:
    answer = cluster.ask("GET", f"{POLICIES}?size=1000")
    return {
        (POLICY, one["_id"]): one
        for one in answer.get("policies", ())
        if str(one["_id"]).startswith(OURS)
    }


def _streams(cluster: Cluster, manages: bool) -> dict[str, Stream]:
    pattern = names.pattern()
    resolved = cluster.ask("GET", f"/_resolve/index/{pattern}", allow=_ABSENT) or {}
    listed: Sequence[Mapping[str, Any]] = resolved.get("data_streams", ())
    if not listed:
        return {}
    mapped = cluster.ask("GET", f"/{pattern}/_mapping", allow=_ABSENT) or {}
    retention = _retention(cluster) if manages else {}
    made = {}
    for one in listed:
        indices = one.get("backing_indices", [])
        indices = [indices] if isinstance(indices, str) else indices
        newest = mapped.get(indices[-1], {}).get("mappings", {}) if indices else {}
        name = str(one["name"])
        made[name] = Stream(
            name,
            flat(newest.get("properties", {})),
            retention.get(name),
            newest.get("_meta", {}).get("managed_by") == OURS,
        )
    return made


def _retention(cluster: Cluster) -> dict[str, str]:
    """Return how long each stream keeps its documents, where its lifecycle is the stream's."""
    answer = cluster.ask("GET", f"/_data_stream/{names.pattern()}", allow=_ABSENT) or {}
    return {
        str(one["name"]): str(one["lifecycle"].get("data_retention", FOREVER))
        for one in answer.get("data_streams", ())
        if isinstance(one.get("lifecycle"), Mapping)
    }


def path_of(kind: str, name: str) -> str:
    """Return where an object of a kind stands in the API."""
    place = {
        COMPONENT: "/_component_template/",
        TEMPLATE: "/_index_template/",
        ROLE: "/_security/role/",
        POLICY: f"{POLICIES}/",
        LOOKUP: "/",
    }[kind]
    return place + quote(name, safe="@-._")
