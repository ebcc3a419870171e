"""``agentwarrant warrants …``: check, draft, compare and publish warrants."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli.options import (
    EXIT_CONTENT,
    EXIT_FINDINGS,
    OutOption,
    PathsArgument,
    SourceOption,
    TenantOption,
    WarrantsOption,
    examples,
    given_path,
    one_of,
)
from agentwarrant.cli.output import (
    json_line,
    output,
    paths_of,
    progress,
    say,
    shown,
    tell,
    tell_empty,
)
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.errors import NothingReadable, UsageError
from agentwarrant.event import epoch_ms
from agentwarrant.faults import closest
from agentwarrant.report import words
from agentwarrant.report.safe import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from agentwarrant.drift import Drift
    from agentwarrant.inventory import Entry
    from agentwarrant.redact import Redactor
    from agentwarrant.scan import Scan
    from agentwarrant.warrant.kinds import Kinds

app = typer.Typer(
    help="Check, draft and compare warrants: what each agent is, and what it may do.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_REASONS = 3
AgentOption = Annotated[
    str | None, typer.Option("--agent", help="The agent's id; needed where several were seen.")
]


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    root.add_typer(app, name="warrants")


def _kinds(redactor: Redactor) -> Kinds:
    from agentwarrant.collect import load_connectors
    from agentwarrant.warrant.kinds import Kinds

    return Kinds.of(load_connectors(redactor).values())


@app.command(epilog=examples("agentwarrant warrants check warrants/"))
def check(
    paths: Annotated[
        list[Path], typer.Argument(parser=given_path, help="Warrant files and folders.")
    ],
) -> None:
    """Name every fault of every warrant at once, with file and line; exit 4 if there is one."""
    from agentwarrant.redact import Redactor, installation_key
    from agentwarrant.warrant.load import empty_of, read_warrants

    redactor = Redactor(installation_key())
    warrants, faults = read_warrants(paths, _kinds(redactor), redactor.mark)
    tell_empty(empty_of(paths))
    for fault in sorted(faults, key=lambda one: (one.path, one.line, one.what)):
        typer.echo(shown(str(fault)))
    agents = len({(one.tenant, one.agent) for one in warrants})
    counts = ((len(warrants), "warrant"), (agents, "agent"), (len(faults), "fault"))
    one, other, third = (words.count(number, noun) for number, noun in counts)
    typer.echo(f"{one} of {other}, {third}")
    if faults:
        raise typer.Exit(EXIT_CONTENT)


@app.command(epilog=examples("agentwarrant warrants kinds"))
def kinds() -> None:
    """List the kinds of accounts and credentials that a warrant may name."""
    from agentwarrant.redact import Redactor, installation_key

    for name, kind in sorted(_kinds(Redactor(installation_key())).by_name.items()):
        typer.echo(f"{name:28} {'credential' if kind.credential else 'account':11} {kind.title}")


@app.command(epilog=examples("agentwarrant warrants publish warrants/ --to main"))
def publish(
    paths: Annotated[
        list[Path],
        typer.Argument(parser=given_path, help="Warrants: files and folders, all of a tenant."),
    ],
    to: Annotated[str, typer.Option("--to", help="The target whose search command reads them.")],
    config: ConfigOption = None,
) -> None:
    """Put warrants where a SIEM holds events to them; what was there of their tenants goes."""
    from agentwarrant.config import find_config, load_config
    from agentwarrant.siem.plugin import Order, siem_of

    read = load_config(find_config(config))
    target = read.target(to)
    number = siem_of(target.kind).declare(Order(config=read, target=target), paths)
    say(f"{words.count(number, 'warrant')} in {to}")


@app.command(
    "draft",
    epilog=examples("agentwarrant warrants draft ~/.openclaw --agent main --out warrants/main.yml"),
)
def draft_command(
    paths: PathsArgument = None,
    agent: AgentOption = None,
    warrants: WarrantsOption = None,
    out: OutOption = None,
    source: SourceOption = None,
    tenant: TenantOption = "default",
) -> None:
    """Write a least-privilege warrant from what an agent was seen to do; a person signs it."""
    from agentwarrant.draft import draft

    run, entries = _seen(paths, warrants, source, tenant)
    entry = _one(entries, agent)
    with output(out, folders=True) as stream:
        stream.write(draft(entry).encode())
    if entry.refused:
        say(f"left out {sum(entry.refused.values())} actions that nobody asked for: see its end")
    if out is not None:
        say(f"{out} is a draft: read it, write owner and purpose for TODO, add signed:, then check")
    tell(run.collector.tally)


@app.command(
    epilog=examples(
        "agentwarrant warrants diff logs/ --warrants warrants/",
        "agentwarrant warrants diff logs/ --warrants warrants/ --format jsonl",
    )
)
def diff(
    paths: PathsArgument = None,
    warrants: WarrantsOption = None,
    agent: AgentOption = None,
    format_: Annotated[str, typer.Option("--format", help="table or jsonl.")] = "table",
    out: OutOption = None,
    source: SourceOption = None,
    tenant: TenantOption = "default",
) -> None:
    """Show where warrants and behaviour have come apart; exit 1 if an agent went beyond its own."""
    from rich.console import Console

    from agentwarrant.drift import drift

    one_of("--format", format_, ("table", "jsonl"))
    if not warrants:
        raise UsageError("there is nothing to compare with", mend="name --warrants")
    run, entries = _seen(paths, warrants, source, tenant)
    beyond = False
    with output(out) as stream:
        terminal = Console() if out is None and sys.stdout.isatty() else None
        for entry in [_one(entries, agent)] if agent else entries:
            time = epoch_ms(entry.last) if entry.last else 0
            warrant = run.resolver.registry.version(entry.tenant, entry.agent, time)
            found = list(drift(entry, warrant)) if warrant else []
            beyond = beyond or any(one.kind == "beyond" for one in found)
            if format_ == "jsonl":
                for one in found:
                    who = {"agent": entry.agent, "tenant": entry.tenant}
                    stream.write(json_line(who | one._asdict()))
            else:
                for line in _differences(entry.agent, found, terminal):
                    stream.write(f"{line}\n".encode())
    tell(run.collector.tally)
    if beyond:
        raise typer.Exit(EXIT_FINDINGS)


def _differences(agent: str, listed: list[Drift], console: Console | None) -> Iterator[str]:
    """Yield an agent's name and a line for each difference of its warrant.

    Args:
        agent: The agent.
        listed: What differs, the worst first.
        console: The terminal that the lines must fit; None: they are whole.
    """
    if not listed:
        return
    yield one_line(agent, 120)
    clause = min(max(len(one_line(one.clause, 60)) for one in listed), 60)
    times = max(len(_times(one)) for one in listed)
    for one in listed:
        reasons = [one_line(reason, 200) for reason in one.reasons]
        more = f"; +{len(reasons) - _REASONS} more" if len(reasons) > _REASONS else ""
        why = "; ".join(reasons[:_REASONS]) + more
        head = f"  {one.kind:10}  {_times(one):>{times}}  {one_line(one.clause, 60):{clause}}  "
        line = (head + why).rstrip()
        yield line if console is None else _cut(line, console.width)


def _times(one: Drift) -> str:
    return f"{one.times:,}x" if one.times else ""


def _cut(line: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    return line if cell_len(line) <= width else set_cell_size(line, width - 1).rstrip() + "…"


def _seen(
    paths: list[Path] | None, warrants: list[Path] | None, source: str | None, tenant: str
) -> tuple[Scan, list[Entry]]:
    from agentwarrant.scan import Scan

    run = Scan.over((), source=source, tenant=tenant, warrants=warrants or ())
    where = paths_of(run, paths)
    with progress(run, where):
        return run, list(run.inventory(where).entries())


def _one(entries: list[Entry], agent: str | None) -> Entry:
    if agent is None and len(entries) == 1:
        return entries[0]
    if not entries:
        raise NothingReadable("no agent was seen")
    names = sorted({one.agent for one in entries})
    found = [one for one in entries if one.agent == agent]
    if not found:
        what = f"no agent {agent!r} was seen" if agent else "several agents were seen"
        mend = closest(agent, names) if agent else f"name --agent, one of: {', '.join(names)}"
        raise UsageError(what, mend=mend)
    return found[0]
