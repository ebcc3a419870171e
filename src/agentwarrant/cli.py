"""The command line: one command per arrow of the flow, and the few that join them.

Exit codes are a contract (``docs/cli.md``)::

    0  done, findings or not
    1  findings at or above --fail-on; an agent beyond its warrant (warrants diff), or not
       contained (playbooks run)
    2  wrong usage
    3  a path does not exist
    4  content refused as faulty (rules, playbooks, warrants), or a rule's test failed
    5  of the input nothing could be read
    6  anything else went wrong
"""

from __future__ import annotations

import gc
import os
import sys
from importlib.resources import as_file, files
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from agentwarrant import (
    __version__,
    agentcli,
    alertcli,
    auditcli,
    blockcli,
    drillcli,
    intelcli,
    playbookcli,
    respondcli,
    rulecli,
    shipcli,
    siemcli,
    threatcli,
    tunecli,
    verifycli,
    warrantcli,
    watchcli,
)
from agentwarrant.dialect import DIALECTS, render
from agentwarrant.errors import (
    AgentWarrantError,
    ContentError,
    ContentErrors,
    NothingReadable,
    PathNotFound,
    UsageError,
)
from agentwarrant.options import (
    EXIT_CONTENT,
    EXIT_FINDINGS,
    EXIT_NOTHING,
    EXIT_OTHER,
    EXIT_PATH,
    EXIT_USAGE,
    DebugOption,
    NoPackOption,
    OpinionModelOption,
    OpinionUrlOption,
    OutOption,
    PathsArgument,
    RulesOption,
    SourceOption,
    TenantOption,
    TuningOption,
    WarrantsOption,
    one_of,
    severity,
)
from agentwarrant.output import json_line, output, paths_of, progress, report, say, shown, tell
from agentwarrant.rules import kept
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule, is_for_agents
from agentwarrant.rules.tuning import load_tuning
from agentwarrant.scan import Scan

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
rulecli.app.command("tune", epilog=tunecli.EXAMPLES)(tunecli.tune)
app.add_typer(rulecli.app, name="rules")
app.add_typer(warrantcli.app, name="warrants")
app.add_typer(threatcli.app, name="threats")
app.add_typer(intelcli.app, name="intel")
app.add_typer(blockcli.app, name="blocklist")
app.command("agents", epilog=agentcli.EXAMPLES)(agentcli.agents)
siemcli.register(app)
verifycli.register(app)
app.add_typer(alertcli.app, name="alerts")
app.add_typer(playbookcli.app, name="playbooks")
app.add_typer(respondcli.app, name="respond")
app.add_typer(auditcli.app, name="audit")
shipcli.register(app)
watchcli.register(app)
drillcli.register(app)


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
    no_pack: NoPackOption = False,
    warrants: WarrantsOption = None,
    opinion_url: OpinionUrlOption = None,
    opinion_model: OpinionModelOption = None,
    tuning: TuningOption = None,
) -> None:
    """Read agents' logs; say which agent did what, what it should not have done, and why."""
    one_of("--format", format_, _FORMATS)
    limit = severity(fail_on)
    fitted = load_tuning(tuning or ())
    every = load_rules(rules or (), pack=not no_pack, cache=kept.folder(), tuning=fitted)
    run = Scan.over(
        for_agents(every), source=source, tenant=tenant, warrants=warrants or (), tuning=fitted
    )
    if opinion_url or opinion_model:
        from agentwarrant.opinion import Opinion  # an HTTP client takes long to load

        run.opinion = Opinion.named(opinion_url, opinion_model)
    where = paths_of(run, paths)
    worst = -1
    with output(out) as stream, progress(run, where):
        if format_ == "jsonl":
            for finding in run.findings(where):
                worst = max(worst, -1 if finding.is_muted else finding.severity.rank)
                stream.write(json_line(finding.event))
        else:
            findings = list(run.findings(where))
            worst = max((f.severity.rank for f in findings if not f.is_muted), default=-1)
            report(run, findings, format_, stream)
    tell(run.collector.tally)
    for note in run.notes():
        say(note)
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
    warrants: WarrantsOption = None,
) -> None:
    """Read agents' logs and write one ECS event a line, attributed and judged."""
    one_of("--dialect", dialect, DIALECTS)
    run = Scan.over((), source=source, tenant=tenant, warrants=warrants or ())
    where = paths_of(run, paths)
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
        scan([path], format_, out, None, None, "demo", None, False)


_DEMO = "main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"


@app.command(epilog="Example:  agentwarrant version")
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


# What the commands share -------------------------------------------------------------------


def for_agents(rules: list[Rule]) -> list[Rule]:
    """Return the rules that can find something in agents' logs; say how many cannot."""
    fitting = [rule for rule in rules if is_for_agents(rule)]
    if len(fitting) < len(rules):
        count = len(rules) - len(fitting)
        say(f"{count:,} rules are for other log sources than agents and find nothing here")
    return fitting


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
