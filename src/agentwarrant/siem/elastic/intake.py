"""The alerts of a target's tenants into findings, cases and risk, with what is known between runs.

Each tenant has a Kibana space of its own, and so a file of its own: how far its alerts were taken,
which cases are open and what its agents' risk is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from agentwarrant.config import Config, Target, Tenant
from agentwarrant.errors import ConfigError
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.alertdoc import rules_by_id
from agentwarrant.siem.elastic.alerts import AlertSource, Inbox
from agentwarrant.siem.elastic.client import asking, connect
from agentwarrant.siem.elastic.foreign_rules import rules_by_id as foreign_rules_by_id
from agentwarrant.siem.inbox import Intake, Sink, Triage


@contextmanager
def intakes(
    config: Config,
    target: Target,
    rules: Sequence[Rule],
    write: Sink,
    *,
    begin: str,
    every: bool = False,
) -> Iterator[list[Intake]]:
    """Open the intakes of all tenants of a target, and close them.

    Args:
        config: Names the tenants and where state is kept.
        target: An Elastic.
        rules: That alerts may come of.
        write: Where findings go.
        begin: Where to begin when nothing was taken yet.
        every: Take the alerts of all rules, not only of ours.

    Raises:
        ConfigError: No tenant ships there, or what was kept is none of ours.
        TargetError: The cluster cannot be asked.
    """
    tenants = config.tenants_of(target.name)
    if not tenants:
        raise ConfigError("no tenant ships there", where=target.name, mend="docs/config.md")
    known = {**rules_by_id(rules), **foreign_rules_by_id(rules)}
    with ExitStack() as opened:
        client = connect(target)
        opened.callback(client.close)

        def intake(tenant: Tenant) -> Intake:
            triage = Triage(_folder(config, target) / f"{tenant.space}.triage.json")
            source = AlertSource(
                client,
                lambda: asking(target),
                space=tenant.space,
                tenants=frozenset({tenant.id}),
                rules=known,
                known=rules,
                cases=triage.cases,
                every=every,
            )
            return _intake(config, target, tenant, source, triage, write, begin)

        yield [intake(tenant) for tenant in tenants]


def _folder(config: Config, target: Target) -> Path:
    return config.state / "alerts" / target.name


def _intake(
    config: Config,
    target: Target,
    tenant: Tenant,
    source: AlertSource,
    triage: Triage,
    write: Sink,
    begin: str,
) -> Intake:
    path = _folder(config, target) / f"{tenant.space}.cursor.json"
    return Intake(tenant, source, Inbox(source, triage.into(write), path, begin))
