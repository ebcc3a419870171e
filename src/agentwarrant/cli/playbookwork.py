"""What ``agentwarrant playbooks plan`` and ``run`` do: it needs the ledger's libraries."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import IO, Any

import orjson
from rich.console import Console

from agentwarrant import casework
from agentwarrant.casework import Casework
from agentwarrant.cli import respondtext
from agentwarrant.cli.output import json_line, paths_of, progress, say, tell
from agentwarrant.cli.room import Room, settings, who
from agentwarrant.config import find_config
from agentwarrant.errors import AgentWarrantError, Guarded, UsageError
from agentwarrant.report import runplan as shown
from agentwarrant.report.planrows import is_idle, plan_rows
from agentwarrant.report.words import listed
from agentwarrant.respond.cacao import plan as cacaoplan
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.opening import known_ledger, open_ledger
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.planning.playbook import Playbook, load_playbooks, named
from agentwarrant.respond.planning.targets import Known
from agentwarrant.respond.reporting.intake import (
    Planning,
    by_hand,
    carry_out,
    take_back,
    to_let_go,
    to_release,
)
from agentwarrant.respond.reporting.preview import Preview, preview
from agentwarrant.respond.runplan import RunPlan, plan_data
from agentwarrant.respond.settings import Settings
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
    by: str = ""

    @property
    def by_hand(self) -> bool:
        return bool(self.agent or self.accounts)


@dataclass(slots=True)
class Work:
    """An installation, and the logs that it reads.

    Attributes:
        scan: Reads them.
        planning: What planning needs.
        refused: Why a case has no plan, where other cases have one.
    """

    scan: Scan
    planning: Planning
    refused: list[AgentWarrantError] = field(default_factory=list)

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
        pack: bool,
        logs: bool,
    ) -> Work:
        """Return it; rules are loaded only where there are logs to read."""
        own = _settings(config)
        fitted = load_tuning(tuning or ())
        every = (
            load_rules(rules or (), pack=pack, cache=kept.folder(), tuning=fitted) if logs else ()
        )
        scan = Scan.over(
            [rule for rule in every if is_for_agents(rule)],
            source=source,
            tenant=tenant,
            warrants=list(dict.fromkeys((*(warrants or ()), *own.warrants))),
            tuning=fitted,
        )
        registry = scan.resolver.registry
        known = Known(registry, (), scan.redactor)
        planning = Planning(
            own,
            Guards(own, registry),
            known,
            load_playbooks((*own.playbook_files, *(folders or ()))),
        )
        return cls(scan, planning)

    def plans(
        self, paths: list[Path] | None, asked: Asked, *, keep: bool = False
    ) -> Iterator[RunPlan]:
        """Yield what is to be done, a plan an agent; say which cases no playbook fits.

        Args:
            paths: The logs; None: where agents keep them.
            asked: What for.
            keep: Lay out the evidence of each case too.

        Raises:
            Guarded: The playbook is switched off; of one case among several it is said, and stands
                in ``refused``.
        """
        playbook = named(self.planning.playbooks(), asked.playbook) if asked.playbook else None
        if asked.by_hand:
            if playbook is None:
                raise UsageError("no case says which playbook", mend="name one with --playbook")
            yield self._by_hand(asked, playbook, keep)
            return
        found = self._cases(paths, asked.case)
        for case in found.cases:
            try:
                made = self.planning.for_case(case, playbook)
            except Guarded as error:
                if len(found.cases) == 1:
                    raise
                say(f"case {case.id[:12]} of {case.agent} is not planned: {error}")
                self.refused.append(error)
                continue
            if made is None:
                what = f"case {case.id[:12]} of {case.agent} has no playbook"
                say(f"{what} (--playbook names one): {case.title}")
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
            actors=self._actors(asked.by),
            now_ms=int(time.time() * 1000),
            known=self.planning.known,
        )
        made = self.planning.for_target(playbook, target, [case.id], facts)
        if keep:
            self.planning.keep(case, made)
        return made

    def _actors(self, by: str) -> list[str]:
        """Return whoever names an agent by hand: an approver's accounts with the name, too."""
        approver = self.planning.settings.approvers.get(by)
        return [actor_of(by), actor_of(""), *(approver.subjects if approver else ())]

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
            say("no open case: nothing is to be done (agentwarrant scan shows what was found)")
        return found


def actor_of(by: str) -> str:
    """Return who starts a run, for the record: the name given, else the account that asks."""
    return by or f"cli:{who('')}"


def _settings(config: Path | None) -> Settings:
    """Return what the configuration says; without any, nothing is connected."""
    if config is None and not find_config(None).is_file():
        say("there is no configuration: no system is connected (docs/config.md)")
        return Settings(Path())
    return settings(config)


@contextmanager
def opened(own: Settings) -> Iterator[Room]:
    """Open the ledger for runs.

    Raises:
        UsageError: There is no configuration that says where it is.
    """
    if own.folder == Path():
        mend = "name one with --config: docs/config.md"
        raise UsageError("a run needs a configuration", mend=mend)
    with open_ledger(own) as ledger:
        yield Room(own, ledger)


# What is shown ------------------------------------------------------------------------------


def previews(work: Work, plans: Sequence[RunPlan]) -> list[Preview]:
    """Return what runs of plans would meet; of what the ledger has, if there is one to read."""
    try:
        ledger = known_ledger(work.planning.settings) if plans else None
    except AgentWarrantError as error:
        say(f"not looked at: which switches are on, and which runs are open: {error}")
        ledger = None
    try:
        return [preview(plan, work.planning, ledger) for plan in plans]
    finally:
        if ledger is not None:
            ledger.close()


def write(found: Sequence[Preview], format_: str, stream: IO[bytes]) -> None:
    """Write previews in one of the forms."""
    if format_ == "json":
        stream.write(json_line([_data(one) for one in found], orjson.OPT_INDENT_2))
    elif format_ == "cacao":
        documents = [cacaoplan.run_document(one.plan) for one in found]
        data = documents[0] if len(documents) == 1 else documents
        stream.write(json_line(data, orjson.OPT_INDENT_2))
    elif format_ == "markdown":
        texts = (
            respondtext.markdown((row.depth + row.more, row.text) for row in plan_rows(one))
            for one in found
        )
        stream.write("\n".join(texts).encode())
    else:
        console = _console() if stream is sys.stdout.buffer else _file()
        with console.capture() as text:
            for number, one in enumerate(found):
                console.print("\n" * bool(number), end="")
                shown.show_plan(one, console)
        _summed_up(found)
        stream.write(text.get().encode(console.encoding, "replace"))


def _summed_up(found: Sequence[Preview]) -> None:
    """Say of several plans which stop nothing: they are easily missed among the others."""
    idle = [one.plan.agent for one in found if is_idle(one)]
    if len(found) > 1:
        what = f"; nothing here stops {listed(idle)}" if idle else ""
        say(f"{len(found)} agents{what}")


def _data(found: Preview) -> dict[str, Any]:
    return {
        **plan_data(found.plan),
        "hash": found.plan.hash,
        "forbidden": list(found.forbidden),
        "waits_for_people": list(found.cautions),
        "people_needed": found.needs,
        "approvers": list(found.approvers),
        "open_run": found.open_run,
        "taken_back": [run.id for run in found.taken_back],
    }


def _console() -> Console:
    """Return the terminal; what goes into a pipe has more room than 80 columns."""
    console = Console()
    wide = not console.is_terminal and not os.environ.get("COLUMNS")
    return Console(width=_WIDTH) if wide else console


def _file() -> Console:
    return Console(file=StringIO(), width=_WIDTH)


# What is done -------------------------------------------------------------------------------


def done(room: Room, plan: RunPlan, work: Work, since: int, by: str) -> bool:
    """Carry out a plan and show what became of it; False: not contained."""
    console, ledger = _console(), room.ledger
    takes_back = named(work.planning.playbooks(), plan.playbook).takes_back
    if takes_back:
        return _released(ledger, plan, work, takes_back, by, console)
    try:
        entered = carry_out(ledger, plan, work.planning, actor=actor_of(by), since_ms=since)
    except Guarded as error:
        say(f"{plan.agent}: not started: {error}")
        return False
    if not entered.is_new:
        say(f"the run {entered.run} does this already and has taken the case")
    row = ledger.run(entered.run)
    met = preview(row.plan, work.planning, ledger)
    if row.state is RunState.OBSERVED:
        write([met], "table", sys.stdout.buffer)
        sys.stdout.buffer.flush()
        say(f"observe mode: nothing was sent; it stands as run {row.id} in the record")
        return True
    shown.show_run(row, ledger.points(entered.run), console)
    if row.state is RunState.AWAITING:
        for why in met.cautions:
            say(f"people are asked because {why}")
        say(f"people are asked: agentwarrant respond approve {row.id} --as NAME --key FILE")
    return row.state not in (RunState.NOT_CONTAINED, RunState.REFUSED, RunState.STOPPED)


def _released(
    ledger: Ledger, plan: RunPlan, work: Work, how: str, by: str, console: Console
) -> bool:
    """Take back what runs did to an agent, then do the rest of the plan; False: not all of it."""
    found = to_release(ledger, plan.tenant, plan.agent)
    if not found:
        say(f"no run has anything in force about {plan.agent}")
        return True
    actor = actor_of(by)
    waiting = to_let_go(ledger, found, work.planning, actor=actor)
    for run in waiting:
        mend = f"agentwarrant respond release {run} --as NAME --key FILE"
        say(f"run {run} stays as it is until people let it go: {mend}")
    if waiting:
        return True
    ended = take_back(ledger, found, work.planning, actor=actor, how=how)
    for row in ended:
        shown.show_run(row, ledger.points(row.id), console)
    if any(plan.points()):
        carry_out(ledger, plan, work.planning, actor=actor, since_ms=ledger.now_ms())
    return len(ended) == len(found) and ended[-1].state is RunState.RELEASED
