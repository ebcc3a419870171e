"""``agentwarrant rules …``: list, test, check, run and explain detection rules."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import orjson
import typer

from agentwarrant.cli import tune
from agentwarrant.cli.options import (
    EXIT_CONTENT,
    EXIT_FINDINGS,
    NoPackOption,
    OutOption,
    PipelineOption,
    RulesOption,
    TenantOption,
    examples,
    given_path,
    one_of,
    severity,
)
from agentwarrant.cli.output import going_on, json_line, naming, output, say, shown, tell_letters
from agentwarrant.cli.packs import (
    COVERAGE_EXAMPLES,
    MUTATE_EXAMPLES,
    rules_coverage,
    rules_mutate,
)
from agentwarrant.errors import UsageError
from agentwarrant.finding import Finding
from agentwarrant.report import words
from agentwarrant.rules.durations import duration_ms

if TYPE_CHECKING:
    from agentwarrant.cli.output import Lost
    from agentwarrant.engine import Engine
    from agentwarrant.rules.check import Outcome
    from agentwarrant.rules.model import Rule
    from agentwarrant.streams import Unread

_SHOWN = 20
app = typer.Typer(
    help="List, test, check, run and explain detection rules (Sigma).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("mutate", epilog=MUTATE_EXAMPLES)(rules_mutate)
app.command("coverage", epilog=COVERAGE_EXAMPLES)(rules_coverage)


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    root.add_typer(app, name="rules")


@app.command(
    "list", epilog=examples("agentwarrant rules list", "agentwarrant rules list --format jsonl")
)
def rules_list(
    format_: Annotated[str, typer.Option("--format", help="table or jsonl.")] = "table",
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
) -> None:
    """List the rules: id, title, family, severity."""
    from agentwarrant.rules import kept
    from agentwarrant.rules.load import load_rules

    one_of("--format", format_, ("table", "jsonl"))
    every = load_rules(rules or (), pack=not no_pack, cache=kept.folder())
    listed = [rule for rule in every if rule.alerts]
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
        columns = f"{rule.short_id:12} {rule.severity:14} {rule.family:18} {rule.title}"
        typer.echo(shown(columns))


@app.command(
    "test",
    epilog=examples("agentwarrant rules test", "agentwarrant rules test --rules my-rules/ -v"),
)
def rules_test(
    rules: RulesOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every test.")] = False,
    no_pack: NoPackOption = False,
) -> None:
    """Run the tests at the bottom of every rule file."""
    from agentwarrant.rules.check import run_tests
    from agentwarrant.rules.load import load_rules

    outcomes: list[Outcome] = []
    with going_on("loading rules"):
        loaded = load_rules(rules or (), pack=not no_pack)
    with going_on("running tests", lambda: sum(len(rule.tests) for rule in loaded)) as bar:
        for outcome in run_tests(loaded):
            outcomes.append(outcome)
            bar.advance()
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in outcomes if verbose else failed:
        state = "ok" if outcome.passed else "FAILED"
        why = outcome.error or f"{outcome.found} findings where {outcome.wanted} belong"
        tail = "" if outcome.passed else f": {why}"
        typer.echo(shown(f"{state} {outcome.rule.short_id} {outcome.test}{tail}"))
    typer.echo(f"{words.count(len(outcomes), 'test')}, {len(failed)} failed")
    _tell_untested(loaded)
    if failed:
        raise typer.Exit(EXIT_CONTENT)


def _tell_untested(rules: Sequence[Rule]) -> None:
    """Name rules that no test at the bottom of their file holds to anything."""
    bare = [rule for rule in rules if rule.alerts and not rule.tests]
    for rule in bare[:_SHOWN]:
        say(f"{rule.path}: {rule.title} has no test")
    if len(bare) > _SHOWN:
        say(f"{words.count(len(bare) - _SHOWN, 'more rule')} without a test")


@app.command(
    "check",
    epilog=examples(
        "agentwarrant rules check",
        "agentwarrant rules check my-rules/",
        "agentwarrant rules check my-rules/ --update-lock",
    ),
)
def rules_check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(parser=given_path, help="Rule files and folders; none: the shipped pack."),
    ] = None,
    update_lock: Annotated[
        bool, typer.Option("--update-lock", help="Write the lock file of ids, hashes, versions.")
    ] = False,
) -> None:
    """Check rules as a reviewer would; name every fault at once, with file and line."""
    from agentwarrant.rules.lint import faults_of, lock_path, locked

    with going_on("checking rules"):
        faults, rules = faults_of(paths or (), ignore_lock=update_lock)
    for fault in faults:
        typer.echo(shown(str(fault)))
    if update_lock and not faults:
        path = lock_path(paths or ())
        path.write_bytes(locked(paths or ()))
        say(f"wrote {path}")
    typer.echo(f"{_counted(rules)}, {words.count(len(faults), 'fault')}")
    if faults:
        raise typer.Exit(EXIT_CONTENT)


def _counted(rules: Sequence[Rule]) -> str:
    """Return how many rules give findings, and how many others they are made of."""
    alerting = sum(rule.alerts for rule in rules)
    parts = len(rules) - alerting
    more = f" and {parts} more that they are made of" if parts else ""
    return f"{words.count(alerting, 'rule')}{more}"


@app.command(
    "run",
    epilog=examples(
        "agentwarrant rules run sigma/ events.jsonl",
        "agentwarrant rules run rule.yml logs/ --pipeline sysmon.yml --format jsonl",
        "zcat log.gz | agentwarrant rules run sigma/ -",
    ),
)
def rules_run(
    rules: Annotated[
        Path, typer.Argument(parser=given_path, help="A file or folder of Sigma rules and filters.")
    ],
    events: Annotated[
        list[Path],
        typer.Argument(parser=given_path, help="Files and folders of JSON events; - for stdin."),
    ],
    format_: Annotated[str, typer.Option("--format", help="table or jsonl.")] = "table",
    pipeline: PipelineOption = None,
    out: OutOption = None,
    time_field: Annotated[
        str, typer.Option("--time-field", help="Where events carry their time.")
    ] = "",
    lateness: Annotated[
        str, typer.Option("--lateness", help="How late an event may come, for correlations.")
    ] = "1h",
    workers: Annotated[int, typer.Option("--workers", "-j", help="Processes.", min=1)] = 1,
    fail_on: Annotated[
        str | None, typer.Option("--fail-on", help="Exit 1 if a finding is this severe or worse.")
    ] = None,
    tenant: TenantOption = "default",
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            parser=given_path,
            help="Go on where the last run ended, and keep what is open.",
        ),
    ] = None,
) -> None:
    """Run Sigma rules over any JSON events: nested or flat, ECS or not."""
    from agentwarrant.engine import Engine
    from agentwarrant.rules import kept
    from agentwarrant.rules.load import load_rules
    from agentwarrant.streams import findings_of

    one_of("--format", format_, ("table", "jsonl"))
    limit = severity(fail_on)
    loaded = load_rules(
        [rules], pack=False, foreign=True, pipelines=pipeline or (), cache=kept.folder()
    )
    engine = Engine(loaded, lateness_ms=_lateness(lateness), time_field=time_field, tenant=tenant)
    if state is not None and state.exists():
        _restore(engine, state)
    unread: Unread = []
    worst, count = -1, 0
    with output(out) as stream, naming(lambda: _lost(engine, unread)):
        for finding in findings_of(engine, loaded, events, unread, workers, close=state is None):
            worst, count = max(worst, finding.severity.rank), count + 1
            _write(finding, format_, stream)
    if state is not None:
        with output(state) as stream:
            stream.write(json_line(engine.snapshot()))
        state.chmod(0o600)  # the events that it keeps are as they were logged
    tell_letters(*_lost(engine, unread))
    for note in engine.notes():
        say(note)
    if format_ == "table":
        found = f"{count:,} {'finding' if count == 1 else 'findings'}"
        say(f"{found} in {engine.tally.events:,} events, by {len(loaded):,} rules")
    if limit is not None and worst >= limit.rank:
        raise typer.Exit(EXIT_FINDINGS)


def _lost(engine: Engine, unread: Unread) -> Lost:
    return engine.tally.dead_letters, engine.tally.dead, unread, ()


def _restore(engine: Engine, state: Path) -> None:
    try:
        engine.restore(orjson.loads(state.read_bytes()))
    except (OSError, ValueError) as error:
        mend = "the rules or --lateness changed: remove the file to begin anew"
        raise UsageError(f"cannot be gone on from: {error}", where=str(state), mend=mend) from error


def _lateness(text: str) -> int:
    from agentwarrant.engine import DEFAULT_LATENESS_MS

    if text in ("0", "0s"):
        return 0
    try:
        return duration_ms(text) if text else DEFAULT_LATENESS_MS
    except ValueError as error:
        raise UsageError(str(error), where="--lateness") from error


def _write(finding: Finding, format_: str, stream: IO[bytes]) -> None:
    if format_ == "jsonl":
        stream.write(json_line(finding.event))
        return
    event = finding.event
    count = event["warrant.finding.count"]
    times = f" ({count:,} times)" if isinstance(count, int) and count > 1 else ""
    head = f"{event['@timestamp']} {finding.severity:13} {event['rule.name']}{times}"
    matched = event.get("warrant.finding.matched")
    lines = [head, *(f"    {line}" for line in (matched if isinstance(matched, list) else ())[:4])]
    stream.write("".join(f"{shown(line)}\n" for line in lines).encode("utf-8", "replace"))


@app.command(
    "explain",
    epilog=examples(
        "agentwarrant rules explain rule.yml events.jsonl",
        "agentwarrant rules explain AIA-NET-001 session.jsonl --logs",
    ),
)
def rules_explain(
    rule: Annotated[
        str, typer.Argument(help="A rule file, or the id, short id or name of a shipped rule.")
    ],
    events: Annotated[
        list[Path],
        typer.Argument(parser=given_path, help="Files and folders of JSON events; - for stdin."),
    ],
    pipeline: PipelineOption = None,
    logs: Annotated[
        bool, typer.Option("--logs", help="EVENTS are agents' own logs: normalize them first.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", help="Events shown.", min=1)] = 20,
    only: Annotated[
        str, typer.Option("--only", help="Show only events that: matched, or missed.")
    ] = "",
) -> None:
    """Show why a rule did or did not fire: the selections, the fields, the values."""
    from agentwarrant.cli.explaining import explained, rules_named
    from agentwarrant.redact import Redactor, installation_key

    one_of("--only", only, ("", "matched", "missed"))
    given_path(rule)
    wanted, known = rules_named(rule, pipeline or ())
    redactor = Redactor(installation_key())
    for one in wanted:
        for line in explained(one, known, events, logs=logs, limit=limit, only=only):
            typer.echo(shown(redactor.text(line)[0]))


app.command("tune", epilog=tune.EXAMPLES)(tune.tune)
