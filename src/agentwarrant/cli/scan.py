"""``agentwarrant scan``, ``normalize`` and ``demo``: agents' logs, read, judged and shown."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli.options import (
    EXIT_FINDINGS,
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
    examples,
    one_of,
    severity,
)
from agentwarrant.cli.output import json_line, output, paths_of, progress, report, say, tell

if TYPE_CHECKING:
    from agentwarrant.rules.model import Rule

SCAN_EXAMPLES = examples(
    "agentwarrant scan ~/.openclaw",
    "agentwarrant scan logs/ --format html --out report.html",
    "agentwarrant scan logs/ --format jsonl --fail-on high",
)
NORMALIZE_EXAMPLES = examples(
    "agentwarrant normalize ~/.openclaw > events.jsonl",
    "agentwarrant normalize session.jsonl --dialect splunk",
)
DEMO_EXAMPLES = examples("agentwarrant demo", "agentwarrant demo --format html --out demo.html")
_FORMATS = ("table", "jsonl", "json", "html")
_DEMO = "main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command("scan", epilog=SCAN_EXAMPLES)(scan)
    app.command("normalize", epilog=NORMALIZE_EXAMPLES)(normalize)
    app.command("demo", epilog=DEMO_EXAMPLES)(demo)


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
    from agentwarrant.rules import kept
    from agentwarrant.rules.load import load_rules
    from agentwarrant.rules.tuning import load_tuning
    from agentwarrant.scan import Scan

    one_of("--format", format_, _FORMATS)
    limit = severity(fail_on)
    fitted = load_tuning(tuning or ())
    every = load_rules(rules or (), pack=not no_pack, cache=kept.folder(), tuning=fitted)
    run = Scan.over(
        _for_agents(every), source=source, tenant=tenant, warrants=warrants or (), tuning=fitted
    )
    if opinion_url or opinion_model:
        from agentwarrant.opinion import Opinion  # an HTTP client takes long to load

        run.opinion = Opinion.named(opinion_url, opinion_model)
    where = paths_of(run, paths)
    worst = -1
    with output(out) as stream:
        if format_ == "jsonl":
            with progress(run, where, into=stream):
                for finding in run.findings(where):
                    worst = max(worst, -1 if finding.is_muted else finding.severity.rank)
                    stream.write(json_line(finding.event))
        else:
            with progress(run, where):
                findings = list(run.findings(where))
            worst = max((f.severity.rank for f in findings if not f.is_muted), default=-1)
            report(run, findings, format_, stream)
    tell(run.collector.tally)
    for note in run.notes():
        say(note)
    if limit is not None and worst >= limit.rank:
        raise typer.Exit(EXIT_FINDINGS)


def normalize(
    paths: PathsArgument = None,
    dialect: Annotated[str, typer.Option("--dialect", help="ecs, or splunk (adds CIM).")] = "ecs",
    out: OutOption = None,
    source: SourceOption = None,
    tenant: TenantOption = "default",
    warrants: WarrantsOption = None,
) -> None:
    """Read agents' logs and write one ECS event a line, attributed and judged."""
    from agentwarrant.dialect import DIALECTS, render
    from agentwarrant.scan import Scan

    one_of("--dialect", dialect, DIALECTS)
    run = Scan.over((), source=source, tenant=tenant, warrants=warrants or ())
    where = paths_of(run, paths)
    with output(out) as stream, progress(run, where, into=stream):
        for event in run.events(where):
            stream.write(json_line(render(event, dialect)))
    tell(run.collector.tally)


def demo(
    format_: Annotated[str, typer.Option("--format", help="table, jsonl, json or html.")] = "table",
    out: OutOption = None,
) -> None:
    """Scan a genuine capture that comes with the package: an agent talked into leaking a secret."""
    from rich.console import Console

    capture = files("agentwarrant.connectors").joinpath("openclaw", "samples", _DEMO)
    with as_file(capture) as path:
        if format_ == "table":
            note = "A genuine OpenClaw session: a stranger in a group chat sends the agent to a"
            Console(stderr=True).print(f"{note} network of agents.\n", highlight=False)
        scan([path], format_, out, None, None, "demo", None, False)


def _for_agents(rules: list[Rule]) -> list[Rule]:
    """Return the rules that can find something in agents' logs; say how many cannot."""
    from agentwarrant.rules.model import is_for_agents

    fitting = [rule for rule in rules if is_for_agents(rule)]
    if len(fitting) < len(rules):
        count = len(rules) - len(fitting)
        say(f"{count:,} rules are for other log sources than agents and find nothing here")
    return fitting
