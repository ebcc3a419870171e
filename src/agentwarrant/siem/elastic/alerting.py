"""Kibana's alerts as ``siem.alerting.Alerts``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar

from agentwarrant.config import Config, Target
from agentwarrant.respond.transport import ObserveTransport
from agentwarrant.rules.model import Rule
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.alerting import Alerts
from agentwarrant.siem.elastic.alerts import Inbox
from agentwarrant.siem.elastic.alertstatus import READS, AlertStatus, KibanaTransport
from agentwarrant.siem.elastic.intake import intakes
from agentwarrant.siem.elastic.kibana import kibana
from agentwarrant.siem.elastic.webhook import Webhook
from agentwarrant.siem.hooks import Tell
from agentwarrant.siem.inbox import Intake, Sink


class KibanaAlerts(Alerts):
    """The alerts of Kibana's detection engine, each tenant's in its space."""

    title: ClassVar[str] = "Kibana"

    def intakes(
        self,
        config: Config,
        target: Target,
        rules: Sequence[Rule],
        write: Sink,
        *,
        begin: str,
        every: bool = False,
    ) -> AbstractContextManager[list[Intake]]:
        return intakes(config, target, rules, write, begin=begin, every=every)

    def hooks(self, opened: Sequence[Intake], secret: Secret, tell: Tell) -> Mapping[str, Webhook]:
        return {
            one.tenant.space: Webhook(one.inbox.named, secret, tell)
            for one in opened
            if isinstance(one.inbox, Inbox)
        }

    @contextmanager
    def status(self, target: Target, *, enforce: bool, link: str) -> Iterator[AlertStatus]:
        with kibana(target) as connected:
            inner = KibanaTransport(connected)
            yield AlertStatus(inner if enforce else ObserveTransport(inner, READS), link)
