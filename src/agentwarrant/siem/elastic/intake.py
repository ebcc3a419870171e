"""The alerts of a target's tenants into findings, cases and risk, with what is known between runs.

Each tenant has a Kibana space of its own, and so a file of its own: how far its alerts were taken,
which cases are open and what its agents' risk is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agentwarrant.config import Config, Target, Tenant
from agentwarrant.errors import ConfigError
from agentwarrant.finding import CaseBook, Finding
from agentwarrant.risk import RiskBook
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.alertdoc import rules_by_id
from agentwarrant.siem.elastic.alerts import AlertSource, Inbox
from agentwarrant.siem.elastic.client import asking, connect
from agentwarrant.siem.elastic.foreign_rules import rules_by_id as foreign_rules_by_id

Write = Callable[[Sequence[Finding]], None]
"""Takes findings; when it returns they are durable."""


@dataclass(frozen=True, slots=True)
class Intake:
    """The alerts of one tenant.

    Attributes:
        tenant: Whose they are.
        source: Where they are read; its ``letters`` name what could not be taken.
        inbox: Takes them.
    """

    tenant: Tenant
    source: AlertSource
    inbox: Inbox


class Triage:
    """Cases and risk of what comes from a SIEM, as the embedded engine's findings have them.

    Args:
        path: Where they are kept between runs.

    Raises:
        ConfigError: The file is none of ours.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.cases, self.risk = CaseBook(), RiskBook()
        if not path.exists():
            return
        try:
            said: dict[str, Any] = orjson.loads(path.read_bytes())
            self.cases.restore(said["cases"])
            self.risk.restore(said["risk"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            mend = "remove it; cases that were open begin anew"
            raise ConfigError(f"no state: {error!r}", where=str(path), mend=mend) from error

    def weighed(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return findings with the risk of their agents and the state of their cases."""
        return [self.risk.weigh(finding) for finding in findings]

    def save(self) -> None:
        """Keep what is known; the file is whole or as it was."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f"{self._path.name}.part")
        said = {"cases": self.cases.snapshot(), "risk": self.risk.snapshot()}
        part.write_bytes(orjson.dumps(said))
        part.replace(self._path)


@contextmanager
def intakes(
    config: Config,
    target: Target,
    rules: Sequence[Rule],
    write: Write,
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
    write: Write,
    begin: str,
) -> Intake:
    def sink(findings: Sequence[Finding]) -> None:
        write(triage.weighed(findings))
        triage.save()

    path = _folder(config, target) / f"{tenant.space}.cursor.json"
    return Intake(tenant, source, Inbox(source, sink, path, begin))
