"""What ``agentwarrant playbooks plan`` and ``run`` do: it needs the ledger's libraries."""

from __future__ import annotations

import getpass
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import IO, Any

import orjson
from rich.console import Console

from agentwarrant import casework
from agentwarrant.casework import Casework
from agentwarrant.config import find_config, load_config
from agentwarrant.errors import Guarded, UsageError
from agentwarrant.output import json_line, paths_of, progress, say, tell
from agentwarrant.report import runplan as shown
from agentwarrant.respond.cacao import plan as cacaoplan
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.opening import open_ledger
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.planning.playbook import Playbook, load_playbooks, named
from agentwarrant.respond.planning.targets import Known
from agentwarrant.respond.reporting.intake import (
    Planning,
    by_hand,
    carry_out,
    take_back,
    to_release,
)
from agentwarrant.respond.runplan import RunPlan, plan_data
from agentwarrant.respond.settings import Settings, settings_of
from agentwarrant.rules import kept
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import is_for_agents
from agentwarrant.rules.tuning import load_tuning
from agentwarrant.scan import Scan

_WIDTH = 140


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command asks for."""

    playbook: str | None
    case: str | None
    agent: str | None
    accounts: tuple[str, ...]
    severity: str
    tenant: str

    @property
    def by_hand(self) -> bool:
        return bool(self.agent or self.accounts)


@dataclass(slots=True)
class Work:
    """An installation, and the logs that it reads."""

    scan: Scan
    planning: Planning
    actor: str

    @classmethod
    def of(
        cls,
        config: Path | None,
        folders: Sequence[Path] | None,
        warrants: Sequence[Path] | None,
        tenant: str,
        source: str | None,
        rules: Sequence[Path] | None,
        tuning: Sequence[Path] | None,
        *,
        logs: bool,
    ) -> Work:
        """Return it; rules are loaded only where there are logs to read."""
        settings = _settings(config)
        fitted = load_tuning(tuning or ())
        every = load_rules(rules or (), cache=kept.folder(), tuning=fitted) if logs else ()
        scan = Scan.over(
            [rule for rule in every if is_for_agents(rule)],
            source=source,
            tenant=tenant,
            warrants=(*(warrants or ()), *settings.warrants),
            tuning=fitted,
        )
        registry = scan.resolver.registry
        known = Known(registry, (), scan.redactor)
        planning = Planning(
            settings,
            Guards(settings, registry),
            known,
            load_playbooks((*settings.playbook_files, *(folders or ()))),
        )
        return cls(scan, planning, f"cli:{getpass.getuser()}")

    def plans(
        self, paths: list[Path] | None, asked: Asked, *, keep: bool = False
    ) -> Iterator[RunPlan]:
        """Yield what is to be done, a plan a case; say which cases no playbook fits.

        Args:
            paths: The logs; None: where agents keep them.
            asked: What for.
            keep: Lay out the evidence of each case too.
        """
        playbook = named(self.planning.playbooks(), asked.playbook) if asked.playbook else None
        if asked.by_hand:
            if playbook is None:
                raise UsageError("no case says which playbook", mend="name one with --playbook")
            yield self._by_hand(asked, playbook, keep)
            return
        found = self._cases(paths, asked.case)
        for case in found.cases:
            made = self.planning.for_case(case, playbook)
            if made is None:
                say(f"no playbook fits the case {case.id[:12]}: {case.title}")
                continue
            if keep:
                self.planning.keep(case, made, found.events_of(case))
            yield replace(made, cases=tuple(found.ids[case.id]))

    def _by_hand(self, asked: Asked, playbook: Playbook, keep: bool) -> RunPlan:
        target, facts, case = by_hand(
            asked.agent or "",
            asked.accounts,
            tenant=asked.tenant,
            severity=asked.severity,
            actor=self.actor,
            now_ms=int(time.time() * 1000),
            known=self.planning.known,
        )
        made = self.planning.for_target(playbook, target, [case.id], facts)
        if keep:
            self.planning.keep(case, made)
        return made

    def _cases(self, paths: list[Path] | None, begins: str | None) -> Casework:
        """Return the open cases, one for each agent: many findings about one make one plan."""
        where = paths_of(self.scan, paths)
        with progress(self.scan, where):
            found = casework.read(self.scan, where, begins or "")
        tell(self.scan.collector.tally)
        self.planning.known = found.known
        if begins and not found.cases:
            raise UsageError(f"no open case begins with {begins!r}", where="--case")
        if not found.cases:
            say("no open case")
        return found


def _settings(config: Path | None) -> Settings:
    """Return what the configuration says; without any, nothing is connected."""
    path = find_config(config)
    if config is None and not path.is_file():
        say("there is no configuration: no system is connected (docs/config.md)")
        return Settings(Path())
    read = load_config(path)
    return settings_of(read.respond, path.parent, read.state)


def ledger_of(settings: Settings) -> Ledger:
    if settings.folder == Path():
        raise UsageError("a run needs a configuration", mend="--config (docs/config.md)")
    return open_ledger(settings)


def write(plans: Sequence[RunPlan], format_: str, stream: IO[bytes]) -> None:
    if format_ == "json":
        rows: Any = [{**plan_data(one), "hash": one.hash} for one in plans]
        stream.write(json_line(rows, orjson.OPT_INDENT_2))
    elif format_ == "cacao":
        documents = [cacaoplan.run_document(one) for one in plans]
        data = documents[0] if len(documents) == 1 else documents
        stream.write(json_line(data, orjson.OPT_INDENT_2))
    else:
        plain = stream is not sys.stdout.buffer
        console = Console(file=StringIO(), width=_WIDTH) if plain else Console()
        with console.capture() as text:
            for one in plans:
                shown.show_plan(one, console)
        stream.write(text.get().encode(console.encoding, "replace"))


def done(ledger: Ledger, plan: RunPlan, work: Work, since: int, console: Console) -> bool:
    """Carry out a plan and show what became of it; False: not contained."""
    takes_back = named(work.planning.playbooks(), plan.playbook).takes_back
    if takes_back:
        return _released(ledger, plan, work, takes_back, console)
    try:
        entered = carry_out(ledger, plan, work.planning, actor=work.actor, since_ms=since)
    except Guarded as error:
        say(f"not started: {error}")
        return False
    if not entered.is_new:
        say(f"the run {entered.run} does this already and has taken the case")
    row = ledger.run(entered.run)
    if row.state is RunState.OBSERVED:
        shown.show_plan(row.plan, console)
        say(f"observe mode: nothing was sent; the run {row.id} says what would have been")
        return True
    shown.show_run(row, ledger.points(entered.run), console)
    if row.state is RunState.AWAITING:
        say(f"people are asked: agentwarrant respond approve {row.id} --as NAME --key FILE")
    return row.state not in (RunState.NOT_CONTAINED, RunState.REFUSED, RunState.STOPPED)


def _released(ledger: Ledger, plan: RunPlan, work: Work, how: str, console: Console) -> bool:
    """Take back what runs did to an agent, then do the rest of the plan; False: not all of it."""
    found = to_release(ledger, plan.tenant, plan.agent)
    if not found:
        say(f"no run has anything in force about {plan.agent}")
        return True
    ended = take_back(ledger, found, work.planning, actor=work.actor, how=how)
    for row in ended:
        shown.show_run(row, ledger.points(row.id), console)
    if any(plan.points()):
        carry_out(ledger, plan, work.planning, actor=work.actor, since_ms=ledger.now_ms())
    return len(ended) == len(found) and ended[-1].state is RunState.RELEASED
