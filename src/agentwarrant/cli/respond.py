"""``agentwarrant respond …``: what runs do and have done, watched, proven, told and released."""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path
from threading import Event as Signal
from typing import Annotated

import orjson
import typer

from agentwarrant.cli import evidence, votes
from agentwarrant.cli.options import (
    OutOption,
    examples,
    given_path,
    one_of,
)
from agentwarrant.cli.output import json_line, output, say
from agentwarrant.cli.room import (
    ByOption,
    OfTenantOption,
    ReasonOption,
    Room,
    RunArgument,
    opened,
    say_what_a_name_is_worth,
    who,
)
from agentwarrant.cli.siem import ConfigOption, YesOption
from agentwarrant.errors import UsageError
from agentwarrant.rules.durations import duration_ms

app = typer.Typer(
    help="What runs of playbooks do about agents: approve, watch, prove, release.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="A run begins with agentwarrant playbooks run. By default nothing is changed anywhere"
    " (mode observe): docs/response.md.",
)

FORMS = ("text", "json", "markdown")
FormatOption = Annotated[str, typer.Option("--format", help="text, json or markdown.")]


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    root.add_typer(app, name="respond")


@app.command(epilog=examples("agentwarrant respond status", "agentwarrant respond status --all"))
def status(
    tenant: OfTenantOption = None,
    every: Annotated[bool, typer.Option("--all", help="Also runs that are over.")] = False,
    format_: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    config: ConfigOption = None,
) -> None:
    """List runs, what they wait for, and which switches are on."""
    from agentwarrant.cli import respondtext

    one_of("--format", format_, ("text", "json"))
    with opened(config) as room:
        from agentwarrant.respond.reporting import overview

        found = overview.of(room.ledger, tenant, every)
    with output(None) as stream:
        if format_ == "json":
            stream.write(json_line(found.data(), orjson.OPT_INDENT_2))
            return
        for line in found.switches:
            stream.write(respondtext.printed([(0, line)]).encode())
        if not found.runs and not every:
            say("no run is open; --all lists those that are over or only observed")
            return
        stream.write(respondtext.runs_table(found.runs).encode())
        for bundle in found.bundles:
            runs = " ".join(bundle)
            line = f"of one finding: agentwarrant respond approve {runs} --as NAME --key FILE"
            stream.write(respondtext.printed([(0, line)]).encode())


@app.command(
    epilog=examples(
        "agentwarrant respond show 4f1c",
        "agentwarrant respond show 4f1c --format html --out case.html",
    )
)
def show(
    run: RunArgument,
    format_: Annotated[
        str, typer.Option("--format", help="text, json, markdown or html.")
    ] = "text",
    out: OutOption = None,
    config: ConfigOption = None,
) -> None:
    """Report a run: from the log line to the revoked key, each point with its proof."""
    from agentwarrant.cli import respondtext

    one_of("--format", format_, (*FORMS, "html"))
    with opened(config) as room:
        from agentwarrant.respond.reporting.proof import proof_of

        proof = proof_of(room.ledger, room.run(run))
    lines = list(respondtext.proof_lines(proof))
    with output(out) as stream:
        if format_ == "json":
            stream.write(json_line(proof.data(), orjson.OPT_INDENT_2))
        elif format_ == "html":
            stream.write(respondtext.html(lines, f"Run {proof.run}").encode())
        else:
            write = respondtext.markdown if format_ == "markdown" else respondtext.printed
            stream.write(write(lines).encode())


@app.command(
    epilog=examples(
        "agentwarrant respond release 4f1c --reason 'false alarm'",
        "agentwarrant respond release 4f1c --as anna --key anna.pem",
    )
)
def release(
    run: RunArgument,
    by: ByOption = "",
    reason: ReasonOption = "",
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            parser=given_path,
            help="File of the private key of --as: an approver says yes to it.",
        ),
    ] = None,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Take back what a run did, in reverse order; a worker does it, at once if it can.

    Where people had to say yes to the run, as many have to say yes to its release.
    """
    with opened(config) as room:
        from agentwarrant.respond.execution import undo

        name = room.run(run)
        say_what_a_name_is_worth(room.settings, by)
        for left in _left(room, name):
            say(f"stays: {left}")
        if not _let_go(room, name, by, reason, key, yes):
            return
        undo.release(room.ledger, name, actor=who(by), reason=reason)
        room.carry(name)
        row = room.ledger.run(name)
        say(f"run {row.id} is {row.state}" + (f": {row.reason}" if row.reason else ""))


@app.command(
    epilog=examples("agentwarrant respond confirm 4f1c --as anna --reason 'she did not ask'")
)
def confirm(
    run: RunArgument, by: ByOption = "", reason: ReasonOption = "", config: ConfigOption = None
) -> None:
    """Say that the case is real: what was done is not released by itself any more."""
    with opened(config) as room:
        name = room.run(run)
        room.ledger.confirm(name, actor=who(by), reason=reason)
        say(f"run {name} stays as it is until somebody releases it")


@app.command(
    epilog=examples(
        "agentwarrant respond work",
        "agentwarrant respond work --once --metrics agentwarrant.prom",
    )
)
def work(
    once: Annotated[bool, typer.Option("--once", help="End when nothing can be done now.")] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=32, help="So many runs are carried at once.")
    ] = 4,
    metrics: Annotated[
        Path | None,
        typer.Option("--metrics", parser=given_path, help="Write figures here, for Prometheus."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Carry out what may be: approved runs, waits, watches, releases. Any number may run."""
    with opened(config) as room:
        from agentwarrant.respond.execution import crew

        room.adopt_all()
        own = [room.worker(anchors=number == 0) for number in range(workers)]
        told = partial(_figures, room, metrics) if metrics is not None else lambda: None
        crew.work(own, until_idle=once, stop=_until_told(), meanwhile=told)


@app.command(
    epilog=examples(
        "agentwarrant respond report --since 30d",
        "agentwarrant respond report --findings closed.jsonl --format markdown",
    )
)
def report(
    since: Annotated[str, typer.Option("--since", help="How far back: 30d, 12h.")] = "30d",
    findings: Annotated[
        Path | None,
        typer.Option(
            "--findings", parser=given_path, help="Findings as analysts closed them, one a line."
        ),
    ] = None,
    tenant: OfTenantOption = None,
    format_: FormatOption = "text",
    out: OutOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what would have been done while everything was only observed, right and wrong."""
    from agentwarrant.cli import respondreport

    one_of("--format", format_, FORMS)
    with opened(config) as room:
        from agentwarrant.respond.reporting import observed

        begin = room.ledger.now_ms() - _span(since)
        closed = observed.dispositions_of(respondreport.findings_in(findings))
        found = observed.report(room.ledger, closed, since_ms=begin, tenant=tenant)
    with output(out) as stream:
        stream.write(respondreport.shown(found, format_))


@app.command(epilog=examples("agentwarrant respond metrics --out agentwarrant.prom"))
def metrics(out: OutOption = None, config: ConfigOption = None) -> None:
    """Write figures for Prometheus: time to contain, runs and points by state, what waits."""
    with opened(config) as room, output(out) as stream:
        from agentwarrant.respond.reporting.metrics import metrics as figures

        stream.write(figures(room.ledger).encode())


@app.command(epilog=examples("agentwarrant respond events 4f1c > events.jsonl"))
def events(
    runs: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="Runs; none: all.")
    ] = None,
    out: OutOption = None,
    config: ConfigOption = None,
) -> None:
    """Write what was done as events for the SIEM: kill_switch_engaged and kill_switch_ack."""
    with opened(config) as room, output(out) as stream:
        from agentwarrant.respond.reporting.killevents import events_of
        from agentwarrant.respond.reporting.proof import proof_of

        names = [room.run(one) for one in runs or ()]
        for name in names or [row.id for row in room.ledger.runs()]:
            for event in events_of(proof_of(room.ledger, name)):
                stream.write(json_line(event))


# ---------------------------------------------------------------------------------------


def _let_go(room: Room, run: str, by: str, reason: str, key: Path | None, yes: bool) -> bool:
    """Ask people where somebody has to be asked; with a key, its owner says yes. May it go?"""
    from agentwarrant.respond.execution.undo import ask_people
    from agentwarrant.respond.people.approvals import State
    from agentwarrant.respond.people.releasing import NODE

    if key is not None and not by:
        raise UsageError("a key is somebody's", where="--key", mend="say whose with --as NAME")
    why = f"{who(by)}: {reason}" if reason else who(by)
    asked = ask_people(room.ledger, room.settings, run, why)
    if asked is not None and asked.state is State.ASKED and key is not None:
        votes.vote_on(room, [run], by, key, node=NODE, yes=yes)
        asked = ask_people(room.ledger, room.settings, run, why)
    if asked is None or asked.state is State.GRANTED:
        return True
    more = asked.needs - list(asked.voted.values()).count("yes")
    people = "an approver lets" if more == 1 else f"{more} approvers let"
    mend = f"agentwarrant respond release {run} --as NAME --key FILE"
    say(f"run {run} stays as it is until {people} it go: {mend}")
    return False


def _left(room: Room, run: str) -> list[str]:
    """Return what of a run nothing takes back."""
    from agentwarrant.respond.reporting.proof import proof_of

    found = proof_of(room.ledger, run)
    return [f"{one.where}: {one.title}" for one in found.points if one.irreversible and one.sent]


def _figures(room: Room, path: Path) -> None:
    from agentwarrant.respond.reporting.metrics import metrics as figures

    with output(path) as stream:
        stream.write(figures(room.ledger).encode())


def _span(text: str) -> int:
    try:
        return duration_ms(text)
    except ValueError as error:
        raise UsageError(str(error), where="--since") from None


def _until_told() -> Signal:
    """Return what is set when the process is told to end: the run at hand is carried on first."""
    stop = Signal()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


votes.register(app)
app.add_typer(evidence.app, name="evidence")
