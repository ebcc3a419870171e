"""Splunk as ``siem.plugin.Siem``: the app as a file, and what stands beside it there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from agentwarrant.collect import load_connectors
from agentwarrant.errors import ConfigError
from agentwarrant.inventory import Entry
from agentwarrant.redact import Redactor, installation_key
from agentwarrant.siem.alerting import Alerts
from agentwarrant.siem.plugin import Order, Plan, Say, Siem, target_of, tenants_of
from agentwarrant.siem.splunk import declared, models, publishing
from agentwarrant.siem.splunk.alerting import SplunkAlerts
from agentwarrant.siem.splunk.build import build
from agentwarrant.siem.splunk.install import (
    INDEXES,
    MACROS,
    SEARCHES,
    TOKENS,
    carry_out,
    plan,
    splunkd_of,
)
from agentwarrant.siem.splunk.removal import carry_out_removal, plan_removal
from agentwarrant.siem.splunk.render import render
from agentwarrant.siem.splunk.summary import with_overview
from agentwarrant.siem.splunk.verify import verify
from agentwarrant.siem.verifying import Report, Wish
from agentwarrant.warrant.kinds import Kinds


class Splunk(Siem):
    """Splunk Enterprise and Splunk Cloud, with Enterprise Security and without."""

    name: ClassVar[str] = "splunk"
    title: ClassVar[str] = "Splunk"
    kinds: ClassVar[tuple[str, ...]] = ("splunk",)
    parts: ClassVar[tuple[str, ...]] = (INDEXES, TOKENS, MACROS, SEARCHES)

    def build(self, order: Order, out: Path) -> list[Path]:
        return build(order, out)

    def with_overview(self, text: str, order: Order) -> str:
        made = with_overview(text, render(order.rules))
        return models.with_table(made, order.rules) if models.BEGIN in made else made

    def plan_install(self, order: Order) -> Plan:
        with splunkd_of(order) as splunkd:
            return plan(order, splunkd)

    def install(self, order: Order, plan: Plan, say: Say) -> None:
        carry_out(order, plan, say)

    def plan_uninstall(self, order: Order, *, delete_data: bool) -> Plan:
        with splunkd_of(order) as splunkd:
            return plan_removal(order, splunkd, delete_data=delete_data)

    def uninstall(self, order: Order, plan: Plan, say: Say) -> None:
        carry_out_removal(order, plan, say)

    def publish(self, order: Order, agents: Iterable[Entry]) -> int:
        entries = list(agents)
        _check(order, {entry.tenant for entry in entries})
        with splunkd_of(order) as splunkd:
            return publishing.store(splunkd, entries)

    def declare(self, order: Order, warrants: Sequence[Path]) -> int:
        redactor = Redactor(installation_key())
        kinds = Kinds.of(load_connectors(redactor).values())
        made = declared.rows(warrants, kinds, redactor)
        _check(order, {row["tenant"] for row in made})
        with splunkd_of(order) as splunkd:
            return declared.store(splunkd, made)

    def verify(self, order: Order, wish: Wish, say: Say) -> Report:
        return verify(order, wish, say)

    def alerts(self, kind: str) -> Alerts | None:
        return SplunkAlerts()


def _check(order: Order, tenants: Collection[str]) -> None:
    """Refuse what is of a tenant that does not ship there."""
    strange = sorted(set(tenants) - {tenant.id for tenant in tenants_of(order)})
    if strange:
        what = f"the tenant {strange[0]!r} does not ship there"
        raise ConfigError(what, where=target_of(order).name, mend="docs/config.md")
