"""Elastic and OpenSearch as ``siem.plugin.Siem``: the cluster, and Kibana where there is one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from agentwarrant.errors import ConfigError
from agentwarrant.inventory import Entry
from agentwarrant.siem.alerting import Alerts
from agentwarrant.siem.elastic import publishing
from agentwarrant.siem.elastic.alerting import KibanaAlerts
from agentwarrant.siem.elastic.build import build, rendered_for
from agentwarrant.siem.elastic.client import OPENSEARCH
from agentwarrant.siem.elastic.install import (
    CLUSTER,
    KIBANA,
    ROLES,
    carry_out,
    cluster_of,
    has_kibana,
    plan_cluster,
)
from agentwarrant.siem.elastic.removal import plan_removal, staying
from agentwarrant.siem.elastic.shipped import RECORDS
from agentwarrant.siem.elastic.spaces import (
    empty_spaces,
    install_spaces,
    plan_emptying,
    plan_spaces,
    recorded_spaces,
)
from agentwarrant.siem.elastic.state import Cluster
from agentwarrant.siem.elastic.summary import with_overview
from agentwarrant.siem.plugin import (
    Change,
    Order,
    Plan,
    Say,
    Siem,
    is_wanted,
    target_of,
    tenants_of,
)


class Elastic(Siem):
    """Elasticsearch with Kibana, and OpenSearch."""

    name: ClassVar[str] = "elastic"
    title: ClassVar[str] = "Elastic and OpenSearch"
    kinds: ClassVar[tuple[str, ...]] = ("elastic", "opensearch")
    parts: ClassVar[tuple[str, ...]] = (CLUSTER, ROLES, KIBANA)

    def build(self, order: Order, out: Path) -> list[Path]:
        return build(order, out)

    def with_overview(self, text: str, order: Order) -> str:
        return with_overview(text, rendered_for(order))

    def plan_install(self, order: Order) -> Plan:
        with cluster_of(order) as cluster:
            changes, notes = plan_cluster(order, cluster)
            if is_wanted(order, KIBANA) and target_of(order).kind != OPENSEARCH:
                if has_kibana(target_of(order)):
                    changes += plan_spaces(order, cluster)
                    notes.append(_KEYS)
                else:
                    notes.append(_NO_KIBANA)
            notes += cluster.heard
        return Plan(target_of(order), tuple(changes), tuple(notes))

    def install(self, order: Order, plan: Plan, say: Say) -> None:
        carry_out(order, plan, say)
        if any(change.space for change in plan.work):
            with cluster_of(order) as cluster:
                install_spaces(order, cluster, plan, say)

    def plan_uninstall(self, order: Order, *, delete_data: bool) -> Plan:
        with cluster_of(order) as cluster:
            emptied, notes = _emptying(order, cluster)
            changes, more = plan_removal(order, cluster, delete_data=delete_data)
            if notes:  # what is recorded is still there
                changes = [staying(c, RECORDS, "rules it tells of are there") for c in changes]
            heard = list(cluster.heard)
        found = (*emptied, *changes)
        return Plan(target_of(order), found, (*notes, *more, *heard))

    def uninstall(self, order: Order, plan: Plan, say: Say) -> None:
        if any(change.space for change in plan.work):
            with cluster_of(order) as cluster:
                empty_spaces(order, cluster, plan, say)
        carry_out(order, plan, say, removing=True)

    def publish(self, order: Order, agents: Iterable[Entry]) -> int:
        entries, declared = list(agents), {tenant.id for tenant in tenants_of(order)}
        for entry in entries:
            if entry.tenant not in declared:
                what = f"the tenant {entry.tenant!r} does not ship there"
                raise ConfigError(what, where=target_of(order).name, mend="docs/config.md")
        with cluster_of(order) as cluster:
            return publishing.store(cluster, entries)

    def alerts(self, kind: str) -> Alerts | None:
        return None if kind == OPENSEARCH else KibanaAlerts()


_KEYS = (
    "a rule runs with the rights of who imports it: if that is an API key and it is deleted, the"
    " rules stop"
)
_NO_KIBANA = (
    "no rules and no dashboards: the target has no kibana; the files of `agentwarrant build` hold"
    " them, to be imported there"
)


def _emptying(order: Order, cluster: Cluster) -> tuple[list[Change], list[str]]:
    spaces = recorded_spaces(cluster) if is_wanted(order, KIBANA) else []
    if not spaces:
        return [], []
    if has_kibana(target_of(order)):
        return plan_emptying(order, cluster), []
    return [], [f"rules stay in the spaces {', '.join(spaces)}: the target has no kibana"]
