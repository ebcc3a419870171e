"""Installs into a cluster that exists, and out of it again.

An install is a list of changes made from what stands there (``state``, ``plan``). Each is carried
out by one request that may be repeated, so an interrupted install is simply run again; at the end
everything is read back and must be as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agentwarrant.config import Target
from agentwarrant.errors import TargetRefused
from agentwarrant.siem.elastic import files, inventory, opensearch
from agentwarrant.siem.elastic.client import OPENSEARCH, connect
from agentwarrant.siem.elastic.lifecycle import Steps, stream_changes
from agentwarrant.siem.elastic.mapping import fields_for
from agentwarrant.siem.elastic.plan import (
    COMPONENT,
    LOOKUP,
    POLICY,
    ROLE,
    STREAM,
    TEMPLATE,
    Item,
    changes,
)
from agentwarrant.siem.elastic.roles import roles
from agentwarrant.siem.elastic.shipped import records_index
from agentwarrant.siem.elastic.state import Cluster, State, path_of, read
from agentwarrant.siem.elastic.templates import ELASTIC, SERVERLESS, Dialect, streams
from agentwarrant.siem.plugin import (
    Change,
    Order,
    Plan,
    Say,
    Verb,
    is_wanted,
    target_of,
    tenants_of,
)

CLUSTER, ROLES, KIBANA = "cluster", "roles", "kibana"
"""The parts of an install."""
_OF_CLUSTER = frozenset({ROLE, POLICY, STREAM, TEMPLATE, COMPONENT, LOOKUP})


@contextmanager
def cluster_of(order: Order) -> Iterator[Cluster]:
    """Open the cluster of an order.

    Raises:
        ConfigError, MissingExtra, TargetError: As ``client.connect`` says.
    """
    target = target_of(order)
    client = connect(target)
    try:
        yield Cluster(client, target)
    finally:
        client.close()


def has_kibana(target: Target) -> bool:
    """Is there a Kibana to install rules and dashboards into?"""
    return target.kind != OPENSEARCH and bool(target.kibana or target.cloud_id)


def dialect_of(state: State) -> Dialect:
    """Return what the product of a cluster understands."""
    return {OPENSEARCH: opensearch.DIALECT, "serverless": SERVERLESS}.get(state.product, ELASTIC)


def items(order: Order, state: State) -> Iterator[Item]:
    """Yield the objects that should stand in the cluster, those that others need first."""
    tenants, dialect = tenants_of(order), dialect_of(state)
    if order.files is not None:
        yield from _from_files(order, order.files, state)
        return
    if is_wanted(order, CLUSTER):
        yield from streams(fields_for(order.rules), tenants, dialect)
        yield inventory.template(dialect)
        for tenant in tenants:
            yield inventory.index(tenant.id, dialect)
        if state.has_policies:
            yield from opensearch.policies(tenants)
    if is_wanted(order, ROLES) and state.has_security:
        yield from roles(tenants)
    if is_wanted(order, KIBANA) and has_kibana(target_of(order)):
        yield records_index()


def _fields(order: Order, state: State) -> Mapping[str, str]:
    """Return the fields that indices should have."""
    if order.files is None:
        return fields_for(order.rules)
    return files.fields_in(files.load(order.files, _product(state)))


def _product(state: State) -> str:
    return "opensearch" if state.product == OPENSEARCH else "elasticsearch"


def _from_files(order: Order, folder: Path, state: State) -> Iterator[Item]:
    for item in files.load(folder, _product(state)):
        part = ROLES if item.kind == ROLE else CLUSTER
        possible = {ROLE: state.has_security, POLICY: state.has_policies}.get(item.kind, True)
        if possible and is_wanted(order, part):
            yield item
    if is_wanted(order, CLUSTER):
        for tenant in tenants_of(order):
            yield inventory.index(tenant.id, dialect_of(state))
    if is_wanted(order, KIBANA) and has_kibana(target_of(order)):
        yield records_index()


def plan_cluster(order: Order, cluster: Cluster) -> tuple[list[Change], list[str]]:
    """Return what is to happen to the objects of the cluster, and what else to say."""
    state = read(cluster)
    made = [_possible(c) for c in changes(items(order, state), state.objects, order.overwrite)]
    if is_wanted(order, CLUSTER):
        made += stream_changes(
            _fields(order, state),
            tenants_of(order),
            state.streams,
            dialect_of(state),
            makes=state.manages_streams,
        )
    return made, list(_notes(order, state))


def _possible(change: Change) -> Change:
    """Return a change, a conflict instead where the cluster cannot do it."""
    modes = [line for line in change.lines if "index.mode" in line]
    if change.kind == LOOKUP and change.verb is Verb.UPDATE and modes:
        why = "the mode of an index cannot change: delete it and install again"
        return Change(Verb.CONFLICT, LOOKUP, change.name, lines=change.lines, why=why)
    return change


def _notes(order: Order, state: State) -> Iterator[str]:
    files = "the files of `agentwarrant build` hold them"
    if is_wanted(order, ROLES) and not state.has_security:
        yield f"no roles: security is off there, or this user may not see roles; {files}"
    if is_wanted(order, CLUSTER) and state.product == OPENSEARCH and not state.has_policies:
        yield f"nothing deletes old documents: the cluster has no Index State Management; {files}"
    if is_wanted(order, CLUSTER) and not state.manages_streams:
        yield "the cluster has no API for data streams: the first document of each makes it"


def apply(cluster: Cluster, change: Change) -> None:
    """Carry one change of the cluster out.

    Raises:
        TargetError: It was refused, or the cluster was not reached.
    """
    if change.kind == STREAM:
        _apply_stream(cluster, change)
    elif change.verb is Verb.REMOVE:
        cluster.ask("DELETE", path_of(change.kind, change.name), allow=frozenset({404}))
    elif change.kind == LOOKUP and change.verb is Verb.UPDATE:
        body = change.body["mappings"]
        cluster.ask("PUT", f"{path_of(LOOKUP, change.name)}/_mapping", body)
    elif change.kind == POLICY and change.verb is Verb.UPDATE:
        now = cluster.ask("GET", path_of(POLICY, change.name))
        at = f"?if_seq_no={now['_seq_no']}&if_primary_term={now['_primary_term']}"
        cluster.ask("PUT", path_of(POLICY, change.name) + at, change.body)
    else:
        cluster.ask("PUT", path_of(change.kind, change.name), change.body)


def _apply_stream(cluster: Cluster, change: Change) -> None:
    place = f"/_data_stream/{change.name}"
    if change.verb is Verb.REMOVE:
        cluster.ask("DELETE", place, allow=frozenset({404}))
        return
    steps: Steps = change.body
    if steps.create:
        cluster.ask("PUT", place)
    if steps.rollover:
        cluster.ask("POST", f"/{change.name}/_rollover")
    if steps.fields:
        body = {"properties": steps.fields}
        cluster.ask("PUT", f"/{change.name}/_mapping?write_index_only=true", body)
    if steps.lifecycle is not None:
        cluster.ask("PUT", f"{place}/_lifecycle", dict(steps.lifecycle))


def carry_out(order: Order, plan: Plan, say: Say, *, removing: bool = False) -> None:
    """Carry the changes of the cluster out and read them back.

    Args:
        order: What was planned.
        plan: What to do; what concerns Kibana is left to others.
        say: Told of each change when it is done.
        removing: The plan is one of an uninstall: what it removes must be gone.

    Raises:
        TargetError: One was refused, the cluster was not reached, or has not what was sent.
    """
    mine = [change for change in plan.work if is_of_cluster(change)]
    if not mine:
        return
    with cluster_of(order) as cluster:
        for change in mine:
            try:
                apply(cluster, change)
            except TargetRefused as error:
                what = f"{change.kind} {change.name}: {error.what}"
                mend = error.mend or "mend that and run it again: what is done stays done"
                raise TargetRefused(
                    what, where=error.where, mend=mend, status=error.status
                ) from error
            say(f"{change.verb}: {change.kind} {change.name}")
        done = {(change.kind, change.name) for change in mine}
        wrong = _still_there(cluster, done) if removing else _not_as_sent(order, cluster, done)
    if wrong:
        raise TargetRefused(wrong, where=plan.target.name, mend="run it again")


def _not_as_sent(order: Order, cluster: Cluster, done: set[tuple[str, str]]) -> str:
    for change in plan_cluster(order, cluster)[0]:
        if (change.kind, change.name) in done and change.verb is not Verb.NOTHING:
            said = "; ".join(change.lines[:3])
            return f"{change.kind} {change.name} is not as it was sent: {said}"
    return ""


def _still_there(cluster: Cluster, done: set[tuple[str, str]]) -> str:
    state = read(cluster)
    there = state.objects.keys() | {(STREAM, name) for name in state.streams}
    return "".join(f"{kind} {name} is still there" for kind, name in sorted(done & there)[:1])


def is_of_cluster(change: Change) -> bool:
    """Does a change concern the cluster, not Kibana?"""
    return change.kind in _OF_CLUSTER
