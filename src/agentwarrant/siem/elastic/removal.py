"""What an uninstall removes from a cluster: what carries our mark, and data only when told."""

from __future__ import annotations

from typing import Any

from agentwarrant.siem.elastic.install import CLUSTER, KIBANA, ROLES
from agentwarrant.siem.elastic.plan import (
    COMPONENT,
    CUSTOM,
    LOOKUP,
    POLICY,
    ROLE,
    STREAM,
    TEMPLATE,
    removals,
)
from agentwarrant.siem.elastic.shipped import RECORDS
from agentwarrant.siem.elastic.state import Cluster, State, read
from agentwarrant.siem.plugin import Change, Order, Verb, is_wanted

_ORDER = (ROLE, POLICY, STREAM, TEMPLATE, COMPONENT, LOOKUP)
"""In which order kinds can be removed: a template in use cannot be, nor what it is made of."""


def plan_removal(
    order: Order, cluster: Cluster, *, delete_data: bool
) -> tuple[list[Change], list[str]]:
    """Return the removal of what an install made in the cluster.

    Templates that streams are made of stay as long as these stay: without them the next index of a
    stream would have other fields.
    """
    state = read(cluster)
    gone = removals(state.objects, _ORDER, lambda kind, name: kind == POLICY)
    gone = [c for c in gone if is_wanted(order, _part_of(c))]
    kept = [one for one in state.streams.values() if one.ours]
    notes = []
    if is_wanted(order, CLUSTER) and delete_data:
        at = next((n for n, c in enumerate(gone) if c.kind in (TEMPLATE, COMPONENT)), len(gone))
        gone[at:at] = [Change(Verb.REMOVE, STREAM, one.name) for one in kept]
        if kept and not state.manages_streams:
            notes.append("the cluster has no API to delete data streams")
            gone = [_staying(c, "the streams cannot be deleted there") for c in gone]
    elif kept:
        gone = [_staying(c, "data is kept (--delete-data)") for c in gone]
    if not delete_data:
        gone = [_data(c) for c in gone]
    return [_customers(c, state) for c in gone], notes


def _part_of(change: Change) -> str:
    if change.name == RECORDS:
        return KIBANA
    return ROLES if change.kind == ROLE else CLUSTER


def _staying(change: Change, why: str) -> Change:
    held = change.kind in (TEMPLATE, COMPONENT, POLICY, STREAM)
    return Change(Verb.KEEP, change.kind, change.name, why=why) if held else change


def staying(change: Change, name: str, why: str) -> Change:
    """Return a change, of the object of a name that it stays."""
    return Change(Verb.KEEP, change.kind, name, why=why) if change.name == name else change


def _data(change: Change) -> Change:
    if change.kind == LOOKUP and change.name != RECORDS:
        return Change(Verb.KEEP, LOOKUP, change.name, why="data is kept (--delete-data)")
    return change


def _customers(change: Change, state: State) -> Change:
    body: Any = state.objects.get((change.kind, change.name))
    if change.name == CUSTOM and change.kind == COMPONENT and body.get("template"):
        return Change(Verb.KEEP, COMPONENT, CUSTOM, why="it is the customer's")
    return change
