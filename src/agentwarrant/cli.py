"""The command line: one command per arrow of the flow, and the few that join them.

Exit codes are a contract (``docs/cli.md``)::

    0  done, findings or not
    1  findings at or above --fail-on
    2  wrong usage
    3  a path does not exist
    4  content refused as faulty (rules, playbooks), or a rule's test failed
    5  of the input nothing could be read
    6  anything else went wrong
"""

from __future__ import annotations

import gc
import os
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from agentwarrant import __version__
from agentwarrant.dialect import DIALECTS, render
from agentwarrant.errors import (
    AgentWarrantError,
    ContentError,
    ContentErrors,
    NothingReadable,
    PathNotFound,
    UsageError,
)
from agentwarrant.finding import Severity
from agentwarrant.output import json_line, output, progress, report, shown, tell
from agentwarrant.places import on_this_host
from agentwarrant.rules.check import run_tests
from agentwarrant.rules.load import load_rules
from agentwarrant.scan import Scan

EXIT_FINDINGS, EXIT_USAGE, EXIT_PATH, EXIT_CONTENT, EXIT_NOTHING, EXIT_OTHER = 1, 2, 3, 4, 5, 6
_EXIT_CODES: tuple[tuple[type[AgentWarrantError], int], ...] = (
    (PathNotFound, EXIT_PATH),
    (UsageError, EXIT_USAGE),
    (ContentError, EXIT_CONTENT),
    (ContentErrors, EXIT_CONTENT),
    (NothingReadable, EXIT_NOTHING),
)
_FORMATS = ("table", "jsonl", "json", "html")

app = typer.Typer(
    name="agentwarrant",
    help="Keep AI agents in bounds: which agent did what, was it allowed, who made it do that.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 findings at or above --fail-on, 2 wrong usage, 3 no such path,"
    " 4 faulty content, 5 nothing readable, 6 anything else.",
)
rules_app = typer.Typer(
    help="List and test the detection rules.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(rules_app, name="rules")

PathsArgument = Annotated[
    list[Path] | None, typer.Argument(help="Files and folders; none looks where agents keep logs.")
]
SourceOption = Annotated[
    str | None, typer.Option("--source", help="Force one source instead of recognising files.")
]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="Write here, not to stdout.")]
TenantOption = Annotated[
    str, typer.Option("--tenant", help="organization.id of events whose source names none.")
]
RulesOption = Annotated[
    list[Path] | None, typer.Option("--rules", help="More rule files or folders; may be repeated.")
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show a traceback when it goes wrong.")]


@app.callback()
def _options(debug: DebugOption = False) -> None:
    if debug:
        os.environ["AGENTWARRANT_DEBUG"] = "1"


@app.command(
    epilog="Examples:  agentwarrant scan ~/.openclaw   |   agentwarrant scan logs/ --format html"
    " --out report.html   |   agentwarrant scan logs/ --format jsonl --fail-on high"
)
def scan(
    paths: PathsArgument = None,
    format_: Annotated[str, typer.Option("--format", help="table, jsonl, json or html.")] = "table",
    out: OutOption = None,
    source: SourceOption = None,
    fail_on: Annotated[
        str | None, typer.Option("--fail-on", help="Exit 1 if a finding is this severe or worse.")
    ] = None,
    tenant: TenantOption = "default",
    rules: RulesOption = None,
) -> None:
    """Read agents' logs; say which agent did what, what it should not have done, and why."""
    _one_of("--format", format_, _FORMATS)
    limit = _severity(fail_on)
    run = Scan.over(load_rules(rules or ()), source=source, tenant=tenant)
    where = _paths(run, paths)
    worst = -1
    with output(out) as stream, progress(run, where):
        if format_ == "jsonl":
            for finding in run.findings(where):
                worst = max(worst, finding.severity.rank)
                stream.write(json_line(finding.event))
        else:
            findings = list(run.findings(where))
            worst = max((f.severity.rank for f in findings), default=-1)
            report(run, findings, format_, stream)
    tell(run.collector.tally)
    if limit is not None and worst >= limit.rank:
        raise typer.Exit(EXIT_FINDINGS)


@app.command(
    epilog="Examples:  agentwarrant normalize ~/.openclaw > events.jsonl   |   agentwarrant"
    " normalize session.jsonl --dialect splunk"
)
def normalize(
    paths: PathsArgument = None,
    dialect: Annotated[str, typer.Option("--dialect", help="ecs, or splunk (adds CIM).")] = "ecs",
    out: OutOption = None,
    source: SourceOption = None,
    tenant: TenantOption = "default",
) -> None:
    """Read agents' logs and write one ECS event a line, attributed and judged."""
    _one_of("--dialect", dialect, DIALECTS)
    run = Scan.over((), source=source, tenant=tenant)
    where = _paths(run, paths)
    with output(out) as stream, progress(run, where):
        for event in run.events(where):
            stream.write(json_line(render(event, dialect)))
    tell(run.collector.tally)


@app.command(
    epilog="Examples:  agentwarrant demo   |   agentwarrant demo --format html --out demo.html"
)
def demo(
    format_: Annotated[str, typer.Option("--format", help="table, jsonl, json or html.")] = "table",
    out: OutOption = None,
) -> None:
    """Scan a genuine capture that comes with the package: an agent talked into leaking a secret."""
    capture = files("agentwarrant.connectors").joinpath("openclaw", "samples", _DEMO)
    with as_file(capture) as path:
        if format_ == "table":
            note = "A genuine OpenClaw session: a stranger in a group chat sends the agent to a"
            Console(stderr=True).print(f"{note} network of agents.\n", highlight=False)
        scan([path], format_, out, None, None, "demo", None)


_DEMO = "main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"


@app.command(epilog="Example:  agentwarrant version")
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@rules_app.command(
    "list", epilog="Examples:  agentwarrant rules list   |   agentwarrant rules list --format jsonl"
)
def rules_list(
    format_: Annotated[str, typer.Option("--format", help="table or jsonl.")] = "table",
    rules: RulesOption = None,
) -> None:
    """List the rules: id, title, family, severity."""
    _one_of("--format", format_, ("table", "jsonl"))
    listed = [rule for rule in load_rules(rules or ()) if rule.alerts]
    if format_ == "jsonl":
        for rule in listed:
            row = {
                "id": rule.id,
                "short_id": rule.short_id,
                "title": rule.title,
                "family": rule.family,
                "severity": str(rule.severity),
            }
            sys.stdout.buffer.write(json_line(row))
        return
    for rule in listed:
        typer.echo(f"{rule.short_id:12} {rule.severity:14} {rule.family:18} {shown(rule.title)}")


@rules_app.command(
    "test",
    epilog="Examples:  agentwarrant rules test   |   agentwarrant rules test --rules my-rules/ -v",
)
def rules_test(
    rules: RulesOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every test.")] = False,
) -> None:
    """Run the tests at the bottom of every rule file."""
    outcomes = list(run_tests(load_rules(rules or ())))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in outcomes if verbose else failed:
        state = "ok" if outcome.passed else "FAILED"
        why = outcome.error or f"{outcome.found} findings where {outcome.wanted} belong"
        tail = "" if outcome.passed else f": {why}"
        typer.echo(shown(f"{state} {outcome.rule.short_id} {outcome.test}{tail}"))
    typer.echo(f"{len(outcomes)} tests, {len(failed)} failed")
    if failed:
        raise typer.Exit(EXIT_CONTENT)


# What the commands share -------------------------------------------------------------------


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(
            f"{value!r} is not possible", where=option, mend=f"use {', '.join(allowed)}"
        )


def _severity(text: str | None) -> Severity | None:
    if text is None:
        return None
    _one_of("--fail-on", text, tuple(str(s) for s in Severity))
    return Severity(text)


def _paths(run: Scan, paths: list[Path] | None) -> list[Path]:
    if paths:
        return paths
    found = on_this_host(run.collector.connectors)
    if not found:
        raise NothingReadable(
            "no agent keeps its logs in the usual places of this host", mend="name a path"
        )
    return found


def main() -> NoReturn:
    """Run the command line; every error is one line, and a traceback only with ``--debug``."""
    # Events live long and hold no cycles: collecting as often as Python does by default costs
    # a third of the time of a scan.
    gc.set_threshold(100_000, 50, 1000)
    try:
        code = app(standalone_mode=False) or 0
    except AgentWarrantError as error:
        code = next((c for kind, c in _EXIT_CODES if isinstance(error, kind)), EXIT_OTHER)
        _complain(error)
    except typer.Exit as stop:
        code = stop.exit_code
    except typer.Abort:
        code = 130
    except (BrokenPipeError, SystemExit):  # so click and rich leave when the reader has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        code = _click(error)
    sys.exit(code)


def _complain(error: Exception) -> None:
    if os.environ.get("AGENTWARRANT_DEBUG"):
        import traceback

        traceback.print_exception(error)
    for line in str(error).splitlines():
        typer.echo(f"agentwarrant: {shown(line)}" if line else "", err=True)


def _click(error: Exception) -> int:
    """Show the parser's own complaints as it does; anything else is a fault of ours."""
    show = getattr(error, "show", None)
    if show is not None:
        show()
        return EXIT_USAGE
    _complain(AgentWarrantError(f"{type(error).__name__}: {error}", mend="--debug shows where"))
    if os.environ.get("AGENTWARRANT_DEBUG"):
        raise error
    return EXIT_OTHER
