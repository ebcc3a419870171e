"""Splunk's alerts as ``siem.alerting.Alerts``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar

from agentwarrant.config import Config, Target, Tenant
from agentwarrant.errors import ConfigError
from agentwarrant.respond.transport import ObserveTransport
from agentwarrant.rules.model import Rule
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.alerting import Alerts
from agentwarrant.siem.hooks import Tell
from agentwarrant.siem.inbox import Inbox, Intake, Sink, Triage
from agentwarrant.siem.splunk.names import index
from agentwarrant.siem.splunk.notables import AlertSource, rules_by_id
from agentwarrant.siem.splunk.splunkd import connect
from agentwarrant.siem.splunk.status import READS, AlertStatus, SplunkTransport
from agentwarrant.siem.splunk.webhook import Webhook


class SplunkAlerts(Alerts):
    """Notable and risk events of Enterprise Security, or triggered alerts; each tenant's apart."""

    title: ClassVar[str] = "Splunk"

    @contextmanager
    def intakes(
        self,
        config: Config,
        target: Target,
        rules: Sequence[Rule],
        write: Sink,
        *,
        begin: str,
        every: bool = False,
    ) -> Iterator[list[Intake]]:
        tenants = config.tenants_of(target.name)
        if not tenants:
            raise ConfigError("no tenant ships there", where=target.name, mend="docs/config.md")
        known, folder = rules_by_id(rules), config.state / "alerts" / target.name
        with connect(target) as splunkd:

            def intake(tenant: Tenant) -> Intake:
                name = index(tenant.id)
                triage = Triage(folder / f"{name}.triage.json")
                source = AlertSource(
                    splunkd,
                    tenant,
                    is_only=len(tenants) == 1,
                    rules=known,
                    cases=triage.cases,
                    every=every,
                )
                inbox = Inbox(source, triage.into(write), folder / f"{name}.cursor.json", begin)
                return Intake(tenant, source, inbox)

            yield [intake(tenant) for tenant in tenants]

    def hooks(self, opened: Sequence[Intake], secret: Secret, tell: Tell) -> Mapping[str, Webhook]:
        return {"splunk": Webhook({one.tenant.id: one.inbox for one in opened}, secret, tell)}

    @contextmanager
    def status(self, target: Target, *, enforce: bool, link: str) -> Iterator[AlertStatus]:
        with connect(target) as splunkd:
            inner = SplunkTransport(splunkd)
            yield AlertStatus(inner if enforce else ObserveTransport(inner, READS), link)
