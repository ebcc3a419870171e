"""Elastic and OpenSearch as ``siem.plugin.Siem``: the cluster, and Kibana where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from agentwarrant.siem.elastic.build import build, rendered_for
from agentwarrant.siem.elastic.install import (
    CLUSTER,
    ROLES,
    carry_out,
    cluster_of,
    plan_cluster,
    plan_removal,
    target_of,
)
from agentwarrant.siem.elastic.summary import with_overview
from agentwarrant.siem.plugin import Order, Plan, Say, Siem


class Elastic(Siem):
    """Elasticsearch with Kibana, and OpenSearch."""

    name: ClassVar[str] = "elastic"
    title: ClassVar[str] = "Elastic and OpenSearch"
    kinds: ClassVar[tuple[str, ...]] = ("elastic", "opensearch")
    parts: ClassVar[tuple[str, ...]] = (CLUSTER, ROLES)

    def build(self, order: Order, out: Path) -> list[Path]:
        return build(order, out)

    def with_overview(self, text: str, order: Order) -> str:
        return with_overview(text, rendered_for(order))

    def plan_install(self, order: Order) -> Plan:
        with cluster_of(order) as cluster:
            changes, notes = plan_cluster(order, cluster)
        return Plan(target_of(order), tuple(changes), tuple(notes))

    def install(self, order: Order, plan: Plan, say: Say) -> None:
        carry_out(order, plan, say)

    def plan_uninstall(self, order: Order, *, delete_data: bool) -> Plan:
        with cluster_of(order) as cluster:
            changes, notes = plan_removal(order, cluster, delete_data=delete_data)
        return Plan(target_of(order), tuple(changes), tuple(notes))

    def uninstall(self, order: Order, plan: Plan, say: Say) -> None:
        carry_out(order, plan, say, removing=True)
