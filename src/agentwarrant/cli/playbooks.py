"""``agentwarrant playbooks …``: what would be done about an agent, and doing it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from agentwarrant.cli.options import (
    EXIT_FINDINGS,
    NoPackOption,
    OutOption,
    PathsArgument,
    RulesOption,
    SourceOption,
    TenantOption,
    TuningOption,
    WarrantsOption,
    examples,
    given_file,
    given_path,
    one_of,
)
from agentwarrant.cli.output import json_line, output, say
from agentwarrant.cli.room import ByOption, say_what_a_name_is_worth
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.errors import ContentErrors

app = typer.Typer(
    help="What is done about an agent: playbooks checked, planned, run, exchanged.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
FolderOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--playbooks",
        parser=given_path,
        help="Playbooks of your own, over the shipped ones; file or folder.",
    ),
]
PlaybookOption = Annotated[
    str | None, typer.Option("--playbook", help="Which; else the one that fits the case best.")
]
CaseOption = Annotated[
    str | None,
    typer.Option("--case", help="Only this case: its id, or how it begins; else all."),
]
AgentOption = Annotated[
    str | None, typer.Option("--agent", help="An agent by hand, without logs: its id.")
]
AccountOption = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        help="An account of it, kind:id; or session:, channel:, host:, domain:, address:, url:,"
        " tool:, server:NAME. Repeatable.",
    ),
]
SeverityOption = Annotated[
    str, typer.Option("--severity", help="How bad it is, where no case says it.")
]
FormatOption = Annotated[
    str,
    typer.Option("--format", help="table, json, cacao, or markdown for a ticket."),
]
_FORMATS = ("table", "json", "cacao", "markdown")


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    root.add_typer(app, name="playbooks")


@app.command(
    "list",
    epilog=examples("agentwarrant playbooks list", "agentwarrant playbooks list --playbooks own/"),
)
def list_(playbooks: FolderOption = None) -> None:
    """List the playbooks: what each does and when it is offered."""
    from rich.console import Console

    from agentwarrant.report import runplan as shown
    from agentwarrant.respond.planning.playbook import load_playbooks

    console = Console()
    shown.show_playbooks(load_playbooks(playbooks or ()), console)


@app.command(
    epilog=examples("agentwarrant playbooks check", "agentwarrant playbooks check own/*.yml")
)
def check(paths: PathsArgument = None) -> None:
    """Say every fault of the shipped playbooks and of those given, with file and line."""
    from agentwarrant.respond.planning.playbook import read_playbooks

    loaded, faults = read_playbooks(paths or ())
    if faults:
        raise ContentErrors(faults)
    typer.echo(f"{len(loaded)} playbooks, no fault")


@app.command(
    epilog=examples(
        "agentwarrant playbooks verbs", "agentwarrant playbooks verbs --write docs/playbooks.md"
    )
)
def verbs(
    write: Annotated[
        Path | None,
        typer.Option(
            "--write", parser=given_file, help="Put it into this file, between the marks."
        ),
    ] = None,
) -> None:
    """Write the verbs that a step may ask for: what each does, which vendors can, to what."""
    from agentwarrant.respond.planning import verbtable

    if write is None:
        typer.echo(verbtable.markdown(), nl=False)
        return
    write.write_text(verbtable.within(write.read_text(encoding="utf-8")), encoding="utf-8")


@app.command(
    epilog=examples(
        "agentwarrant playbooks plan ~/.openclaw --config agentwarrant.yml",
        "agentwarrant playbooks plan --agent bot --account keycloak.client:acme/bot",
        "agentwarrant playbooks plan logs/ --case 1f3a --format markdown",
    )
)
def plan(
    paths: PathsArgument = None,
    playbook: PlaybookOption = None,
    case: CaseOption = None,
    agent: AgentOption = None,
    account: AccountOption = None,
    severity: SeverityOption = "high",
    config: ConfigOption = None,
    playbooks: FolderOption = None,
    warrants: WarrantsOption = None,
    tenant: TenantOption = "default",
    source: SourceOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
    by: ByOption = "",
    format_: FormatOption = "table",
    out: OutOption = None,
) -> None:
    """Plan: read real state, and show every request that would be sent. Nothing is changed.

    Of logs every open case is planned. What a run would wait for, and what forbids it, is said.
    """
    from agentwarrant.respond.ledger.opening import needed

    one_of("--format", format_, _FORMATS)
    needed()
    from agentwarrant.cli import playbookwork as working  # only where the ledger's libraries are

    asked = working.Asked(playbook, case, agent, tuple(account or ()), severity, tenant, by)
    work = working.Work.of(
        config, playbooks, warrants, tenant, source, rules, tuning,
        pack=not no_pack, logs=not asked.by_hand,
    )  # fmt: skip
    say_what_a_name_is_worth(work.planning.settings, by)
    found = working.previews(work, list(work.plans(paths, asked)))
    with output(out) as stream:
        working.write(found, format_, stream)
    for error in work.refused[:1]:
        raise error


@app.command(
    epilog=examples(
        "agentwarrant playbooks run logs/ --config agentwarrant.yml",
        "agentwarrant playbooks run logs/ --case 1f3a --as anna",
        "agentwarrant playbooks run --agent helper --playbook quarantine-agent",
        "agentwarrant playbooks run --agent helper --playbook release-agent",
        note="Exit code 1: not contained.",
    )
)
def run(
    paths: PathsArgument = None,
    playbook: PlaybookOption = None,
    case: CaseOption = None,
    agent: AgentOption = None,
    account: AccountOption = None,
    severity: SeverityOption = "high",
    config: ConfigOption = None,
    playbooks: FolderOption = None,
    warrants: WarrantsOption = None,
    tenant: TenantOption = "default",
    source: SourceOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
    by: ByOption = "",
) -> None:
    """Plan and carry out, as far as the mode and people let it; show the time line.

    Of logs every open case is answered. In mode observe a run is written down and nothing is sent
    that changes anything. What waits for people is told: agentwarrant respond approve, and
    agentwarrant respond work goes on with it.
    """
    from agentwarrant.respond.ledger.opening import needed

    needed()
    from agentwarrant.cli import playbookwork as working  # as above

    asked = working.Asked(playbook, case, agent, tuple(account or ()), severity, tenant, by)
    work = working.Work.of(
        config, playbooks, warrants, tenant, source, rules, tuning,
        pack=not no_pack, logs=not asked.by_hand,
    )  # fmt: skip
    say_what_a_name_is_worth(work.planning.settings, by)
    failed = False
    with working.opened(work.planning.settings) as room:
        since = room.ledger.now_ms()
        for one in work.plans(paths, asked, keep=True):
            failed |= not working.done(room, one, work, since, by)
    if failed or work.refused:
        raise typer.Exit(EXIT_FINDINGS)


@app.command(
    epilog=examples(
        "agentwarrant playbooks export quarantine-agent",
        "agentwarrant playbooks export --playbooks own/ mine --out mine.cacao.json",
    )
)
def export(
    name: Annotated[str, typer.Argument(help="The playbook.")],
    playbooks: FolderOption = None,
    out: OutOption = None,
) -> None:
    """Write a playbook as CACAO 2.0; say on stderr what CACAO cannot express."""
    from agentwarrant.respond.cacao import cacao
    from agentwarrant.respond.planning.playbook import load_playbooks

    document = cacao.playbook_document(name, load_playbooks(playbooks or ()))
    with output(out) as stream:
        stream.write(json_line(document, orjson.OPT_INDENT_2))
    (own,) = document["playbook_extensions"].values()
    for loss in own["losses"]:
        say(f"not in CACAO's own words: {loss}")


@app.command("import", epilog=examples("agentwarrant playbooks import theirs.cacao.json"))
def import_(
    file: Annotated[Path, typer.Argument(parser=given_file, help="A playbook of CACAO 2.0.")],
) -> None:
    """Show a CACAO 2.0 playbook of others as a plan to read. Nothing of it is ever executed."""
    from agentwarrant.respond.cacao import reading as cacao_in

    reading = cacao_in.read(file.read_bytes(), str(file))
    for line in reading.lines():
        typer.echo(line)
    people = len(reading.manual())
    say(f"{people} of {len(list(reading.all()))} steps are for people; none was executed")
