"""The searches that Kibana runs for threshold and new_terms rules, and what it makes of them.

Read in elastic/kibana, ``detection_engine/rule_types``: ``utils/build_events_query.ts`` (both ends
of the range are included), ``threshold/build_threshold_aggregation.ts``,
``new_terms/build_new_terms_aggregation.ts`` and ``new_terms/README.md`` (its phases 1 and 2). A
``bucket_selector`` is a script, which the published server does not run: what it would keep is
kept here, from the same buckets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from elasticsearch import Elasticsearch

from agentwarrant.siem.elastic.names import stream
from agentwarrant.siem.elastic.query import Query

_PAGE = 10_000
Group = tuple[str, ...]


def threshold(client: Elasticsearch, query: Query, place: str, start: int, end: int) -> set[Group]:
    """Return the groups that a threshold rule tells of when it searches a range of times."""
    wanted: Mapping[str, Any] = query.extra["threshold"]
    counted = wanted["cardinality"]
    inner: dict[str, Any] = {}
    if counted:
        inner["cardinality_count"] = {"cardinality": {"field": counted[0]["field"]}}
    found = set()
    for bucket in _buckets(client, place, query, wanted["field"], inner, start, end):
        enough = bucket["doc_count"] >= wanted["value"]
        if counted:
            enough = enough and bucket["cardinality_count"]["value"] >= counted[0]["value"]
        if enough:
            found.add(_key(bucket))
    return found


def new_terms(
    client: Elasticsearch, query: Query, place: str, start: int, end: int, history: int
) -> set[Group]:
    """Return the terms that a new_terms rule tells of.

    Args:
        start, end: The range that the run searches.
        history: When its history begins.
    """
    names = query.extra["new_terms_fields"]
    recent = {_key(bucket) for bucket in _buckets(client, place, query, names, {}, start, end)}
    first = {"first_seen": {"min": {"field": "@timestamp"}}}
    return {
        _key(bucket)
        for bucket in _buckets(client, place, query, names, first, history, end)
        if _key(bucket) in recent and bucket["first_seen"]["value"] > start
    }


def _key(bucket: Mapping[str, Any]) -> Group:
    return tuple(str(value) for value in bucket["key"].values())


def _buckets(
    client: Elasticsearch,
    place: str,
    query: Query,
    names: list[str],
    inner: Mapping[str, Any],
    start: int,
    end: int,
) -> Iterator[dict[str, Any]]:
    limits = {"gte": start, "lte": end, "format": "epoch_millis"}
    asks = [{"kql": {"query": query.text}}, {"range": {"@timestamp": limits}}]
    composite: dict[str, Any] = {
        "size": _PAGE,
        "sources": [{name: {"terms": {"field": name}}} for name in names],
    }
    while True:
        answer = client.search(
            index=stream("events", place),
            size=0,
            query={"bool": {"filter": asks}},
            aggs={"groups": {"composite": composite, "aggs": dict(inner)}},
        )
        groups = answer["aggregations"]["groups"]
        yield from groups["buckets"]
        if "after_key" not in groups:
            return
        composite["after"] = groups["after_key"]
