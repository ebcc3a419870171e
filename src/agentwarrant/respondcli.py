"""``agentwarrant respond …``: plan, run, watch, prove and release what is done about agents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from agentwarrant import evidencecli, respondtext, runcli, votecli
from agentwarrant.casework import Casework, read
from agentwarrant.errors import Guarded, UsageError
from agentwarrant.finding import Case
from agentwarrant.options import (
    EXIT_FINDINGS,
    NoPackOption,
    OutOption,
    PathsArgument,
    RulesOption,
    SourceOption,
    TenantOption,
    TuningOption,
    WarrantsOption,
    one_of,
)
from agentwarrant.output import json_line, output, paths_of, progress, say, tell
from agentwarrant.respondroom import ByOption, opened, settings, who
from agentwarrant.rules import kept
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import is_for_agents
from agentwarrant.rules.tuning import load_tuning
from agentwarrant.runcli import FORMS, FormatOption
from agentwarrant.scan import Scan
from agentwarrant.siemcli import ConfigOption

if TYPE_CHECKING:
    from agentwarrant.respond.guard.storms import Entered
    from agentwarrant.respond.reporting.intake import Planning
    from agentwarrant.respond.runplan import RunPlan
    from agentwarrant.respond.settings import Settings
    from agentwarrant.respondroom import Room

app = typer.Typer(
    help="Stop agents at every place where they can be stopped: plan, approve, prove, release.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="By default nothing is changed anywhere (mode observe): docs/response.md.",
)
runcli.register(app)
votecli.register(app)
app.add_typer(evidencecli.app, name="evidence")

PlaybookOption = Annotated[
    str, typer.Option("--playbook", help="This one, whatever fits the case best.")
]
CaseOption = Annotated[str, typer.Option("--case", help="Only the case whose id begins so.")]


@app.command(
    epilog="Examples:  agentwarrant respond plan ~/.openclaw   |   agentwarrant respond plan logs/"
    " --playbook hard-kill --format markdown"
)
def plan(
    paths: PathsArgument = None,
    playbook: PlaybookOption = "",
    case: CaseOption = "",
    config: ConfigOption = None,
    format_: FormatOption = "text",
    out: OutOption = None,
    source: SourceOption = None,
    tenant: TenantOption = "default",
    warrants: WarrantsOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
) -> None:
    """Show what would be done about the open cases of some logs; read, change and enter nothing."""
    one_of("--format", format_, FORMS)
    own = settings(config)
    scan = _scan(own, source, tenant, warrants, rules, no_pack, tuning)
    work = _read(scan, paths, case)
    planning = _planning(own, work)
    made = [one for _, one in _plans(planning, work, playbook)]
    with output(out) as stream:
        stream.write(_plans_shown(planning, made, format_))


@app.command(
    epilog="Examples:  agentwarrant respond run ~/.openclaw   |   agentwarrant respond run logs/"
    " --case 4f1c --playbook quarantine-agent"
)
def run(
    paths: PathsArgument = None,
    playbook: PlaybookOption = "",
    case: CaseOption = "",
    config: ConfigOption = None,
    by: ByOption = "",
    source: SourceOption = None,
    tenant: TenantOption = "default",
    warrants: WarrantsOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
) -> None:
    """Answer the open cases of some logs, as far as the mode lets it go without people.

    In mode observe a run is written down and nothing is sent that changes anything. What waits for
    people is told; agentwarrant respond work goes on with it.
    """
    from agentwarrant.respond.reporting import casefile
    from agentwarrant.respond.reporting.intake import carry_out

    with opened(config) as room:
        scan = _scan(room.settings, source, tenant, warrants, rules, no_pack, tuning)
        work = _read(scan, paths, case)
        planning = _planning(room.settings, work)
        begun = room.ledger.now_ms()
        done = True
        for one, made in _plans(planning, work, playbook):
            casefile.keep(room.settings, one, made, scan.redactor, work.events_of(one))
            try:
                entered = carry_out(room.ledger, made, planning, actor=who(by), since_ms=begun)
            except Guarded as error:
                say(f"{made.agent}: not started: {error}")
                done = False
                continue
            done = _told(room, planning, made, entered) and done
    if not done:
        raise typer.Exit(EXIT_FINDINGS)


# What the commands share --------------------------------------------------------------------


def _scan(
    own: Settings,
    source: str | None,
    tenant: str,
    warrants: list[Path] | None,
    rules: list[Path] | None,
    no_pack: bool,
    tuning: list[Path] | None,
) -> Scan:
    fitted = load_tuning(tuning or ())
    every = load_rules(rules or (), pack=not no_pack, cache=kept.folder(), tuning=fitted)
    places = list(dict.fromkeys([*(warrants or ()), *own.warrants]))
    return Scan.over(
        [rule for rule in every if is_for_agents(rule)],
        source=source,
        tenant=tenant,
        warrants=places,
        tuning=fitted,
    )


def _read(scan: Scan, paths: list[Path] | None, case: str) -> Casework:
    where = paths_of(scan, paths)
    with progress(scan, where):
        found = read(scan, where, case)
    tell(scan.collector.tally)
    if case and not found.cases:
        raise UsageError("no open case has an id that begins so", where=case)
    if not found.cases:
        say("no open case")
    return found


def _planning(own: Settings, work: Casework) -> Planning:
    from agentwarrant.respond.guard.guards import Guards
    from agentwarrant.respond.reporting.intake import Planning

    guards = Guards(own, work.known.registry)
    return Planning(own, guards, work.known)


def _plans(planning: Planning, work: Casework, playbook: str) -> Iterator[tuple[Case, RunPlan]]:
    """Yield each case with what would be done about it; say where nothing would."""
    from agentwarrant.respond.planning.playbook import named

    wanted = named(planning.playbooks(), playbook) if playbook else None
    if wanted is not None and wanted.takes_back:
        what = f"{playbook} takes back what runs did"
        raise UsageError(what, where="--playbook", mend="agentwarrant respond release RUN")
    for case in work.cases:
        made = planning.for_case(case, wanted)
        if made is None:
            say(f"{case.agent}: no playbook fits case {case.id}")
            continue
        yield case, replace(made, cases=tuple(work.ids[case.id]))


def _told(room: Room, planning: Planning, made: RunPlan, entered: Entered) -> bool:
    """Say what became of a plan; False: the agent is not stopped, and nobody is asked."""
    from agentwarrant.respond.ledger.tables import RunState

    room.adopt(entered.run)
    row = room.ledger.run(entered.run)
    new = "" if entered.is_new else ", which was open, has taken the case"
    why = f": {row.reason}" if row.reason else ""
    say(f"{row.agent}: run {row.id} of {row.playbook} is {row.state}{new}{why}")
    if row.state is RunState.AWAITING:
        say(f"  people are asked: agentwarrant respond approve {row.id} --as NAME --key FILE")
        for caution in planning.guards.cautions(made, room.ledger):
            say(f"  {caution}")
    return row.state not in (RunState.NOT_CONTAINED, RunState.REFUSED, RunState.STOPPED)


def _plans_shown(planning: Planning, made: Sequence[RunPlan], form: str) -> bytes:
    from agentwarrant.respond.runplan import plan_data

    if form == "json":
        listed: list[dict[str, Any]] = [
            {**plan_data(one), "hash": one.hash, "forbidden": planning.guards.of_plan(one)}
            for one in made
        ]
        return json_line(listed, orjson.OPT_INDENT_2)
    write = respondtext.markdown if form == "markdown" else respondtext.printed
    shown = (
        write(
            list(
                respondtext.plan_lines(
                    one, planning.guards.cautions(one), planning.guards.of_plan(one)
                )
            )
        )
        for one in made
    )
    return "\n".join(shown).encode()
