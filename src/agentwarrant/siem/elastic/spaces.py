"""Rules and dashboards in the Kibana space of each tenant: the plan, and its carrying out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from agentwarrant.errors import ContentError, PathNotFound
from agentwarrant.siem.elastic import dashboards
from agentwarrant.siem.elastic.build import rendered_for
from agentwarrant.siem.elastic.client import kibana
from agentwarrant.siem.elastic.saved import Space, carry_out, take_out
from agentwarrant.siem.elastic.shipped import (
    OBJECT,
    RECORD,
    RECORDS,
    RULE,
    SPACE,
    Contents,
    Record,
    for_tenant,
    space_changes,
)
from agentwarrant.siem.elastic.state import Cluster
from agentwarrant.siem.plugin import WORK, Change, Order, Plan, Say, Verb, target_of, tenants_of

_MOST = 1_000


def built_for(order: Order, cluster: Cluster) -> Order:
    """Return an order whose rules are built for the version of its cluster, if it names none."""
    if order.stack or order.files is not None:
        return order
    about = cluster.ask("GET", "/")["version"]
    if about.get("build_flavor") == "serverless":
        return replace(order, stack="serverless")
    return replace(order, stack=".".join(str(about["number"]).split(".")[:2]))


def shipped(order: Order) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the rule objects and the saved objects of an order, made now or read from files.

    Raises:
        ContentError: A file is not what ``build`` writes.
        PathNotFound: A file of it is not there.
    """
    if order.files is not None:
        rules = _read(order.files / "rules.ndjson", "rule_id")
        return rules, _read(order.files / "dashboards.ndjson", "attributes")
    return [one.body for one in rendered_for(order).rules], list(dashboards.saved_objects())


def _read(path: Path, key: str) -> list[Mapping[str, Any]]:
    if not path.is_file():
        raise PathNotFound("it is not there", where=str(path), mend="agentwarrant build writes it")
    found: list[Mapping[str, Any]] = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            body = orjson.loads(line)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ContentError("no JSON object", path=str(path), line=number)
        if key in body:
            found.append(body)
    return found


@contextmanager
def _spaces(order: Order, cluster: Cluster, ids: list[str]) -> Iterator[list[Space]]:
    with kibana(target_of(order)) as connection:
        yield [Space(connection, cluster, one) for one in ids]


def plan_spaces(order: Order, cluster: Cluster) -> list[Change]:
    """Return what is to happen in the space of each tenant."""
    rules, objects = shipped(built_for(order, cluster))
    tenants = tenants_of(order)
    made: list[Change] = []
    with _spaces(order, cluster, [tenant.space for tenant in tenants]) as spaces:
        for tenant, space in zip(tenants, spaces, strict=True):
            now = for_tenant(tenant, rules, objects)
            there, record = Contents(), Record()
            if space.exists():
                record = space.record()
                there = space.contents({*now.rules, *record.rules}, {*now.objects, *record.objects})
            else:
                made.append(Change(Verb.CREATE, SPACE, space.id, space.id))
            made += space_changes(
                space.id, now, there, record, overwrite=order.overwrite, enable=order.enable
            )
    return made


def install_spaces(order: Order, cluster: Cluster, plan: Plan, say: Say) -> None:
    """Carry out what ``plan_spaces`` returned."""
    rules, objects = shipped(built_for(order, cluster))
    tenants = {tenant.space: tenant for tenant in tenants_of(order)}
    with _spaces(order, cluster, list(tenants)) as spaces:
        for space in spaces:
            mine = [change for change in plan.changes if change.space == space.id]
            if any(change.verb in WORK for change in mine):
                carry_out(space, for_tenant(tenants[space.id], rules, objects), mine, say)


def plan_emptying(order: Order, cluster: Cluster) -> list[Change]:
    """Return the removal of what is recorded as installed, in every space that has a record."""
    made: list[Change] = []
    with _spaces(order, cluster, recorded_spaces(cluster)) as spaces:
        for space in spaces:
            record = space.record()
            there = space.contents(record.rules, record.objects) if space.exists() else Contents()
            for key, body in sorted(there.rules.items()):
                name, known = str(body.get("name", key)), {"rule_id": key}
                made.append(Change(Verb.REMOVE, RULE, name, space.id, body=known))
            for key, body in sorted(there.objects.items()):
                made.append(Change(Verb.REMOVE, OBJECT, key, space.id, body=body))
            made.append(Change(Verb.REMOVE, RECORD, space.id, space.id))
    return made


def empty_spaces(order: Order, cluster: Cluster, plan: Plan, say: Say) -> None:
    """Carry out what ``plan_emptying`` returned."""
    ids = list(dict.fromkeys(change.space for change in plan.work if change.space))
    with _spaces(order, cluster, ids) as spaces:
        for space in spaces:
            take_out(space, [change for change in plan.work if change.space == space.id], say)


def recorded_spaces(cluster: Cluster) -> list[str]:
    """Return the spaces into which something was installed."""
    path = f"/{RECORDS}/_search?size={_MOST}&_source=false"
    answer = cluster.ask("POST", path, allow=frozenset({404})) or {}
    return sorted(str(hit["_id"]) for hit in answer.get("hits", {}).get("hits", ()))
