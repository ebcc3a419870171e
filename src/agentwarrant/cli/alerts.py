"""``agentwarrant alerts …``: what rules in a SIEM found, into the triage here, and back."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import orjson
import typer

from agentwarrant.cli.options import (
    NoPackOption,
    RulesOption,
    TuningOption,
    examples,
    given_path,
)
from agentwarrant.cli.output import json_line, say
from agentwarrant.cli.siem import ConfigOption, TargetOption
from agentwarrant.errors import ObserveOnly, ResponseError, UsageError
from agentwarrant.event import iso_from_ms
from agentwarrant.finding import Case, Finding, into_cases
from agentwarrant.rules.durations import duration_ms
from agentwarrant.secretrefs import Secret, is_reference

if TYPE_CHECKING:
    from agentwarrant.config import Config, Target
    from agentwarrant.rules.model import Rule
    from agentwarrant.siem.alerting import Alerts


class Mode(StrEnum):
    """Whether the state of alerts is changed."""

    OBSERVE = "observe"
    ENFORCE = "enforce"


FindingsOption = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", parser=given_path, help="Append findings here, one a line; else to stdout."
    ),
]
SinceOption = Annotated[
    str, typer.Option("--since", help="How far back to begin when nothing was taken yet.")
]
EveryOption = Annotated[
    bool, typer.Option("--every", help="Alerts of all rules, not only of Agent Warrant's.")
]
ModeOption = Annotated[
    Mode, typer.Option("--mode", help="observe: say what would change; enforce: change it.")
]
LinkOption = Annotated[
    str, typer.Option("--link", help="Address of a case, {case} for its id; alerts are given it.")
]

CaseArgument = Annotated[
    str, typer.Argument(help="Id of the case (warrant.case.id), or its start.")
]
TakenOption = Annotated[
    Path,
    typer.Option("--findings", parser=given_path, help="The findings that take and listen wrote."),
]

app = typer.Typer(
    help="Take alerts out of a SIEM into cases, acknowledge and close them there.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    root.add_typer(app, name="alerts")


@app.command(
    "take",
    epilog=examples(
        "agentwarrant alerts take --out findings.jsonl",
        "agentwarrant alerts take --follow 60s --acknowledge --mode enforce",
    ),
)
def take(
    config: ConfigOption = None,
    target: TargetOption = None,
    out: FindingsOption = None,
    since: SinceOption = "24h",
    every: EveryOption = False,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="Tell the alerts which case they became.")
    ] = False,
    mode: ModeOption = Mode.OBSERVE,
    link: LinkOption = "",
    follow: Annotated[
        str, typer.Option("--follow", help="Go on, and look again after so long.")
    ] = "",
) -> None:
    """Take new alerts of every tenant as findings, from Kibana or Splunk; each once."""
    from agentwarrant.config import find_config, load_config

    read = load_config(find_config(config))
    where = _target(read, target)
    pause = duration_ms(follow) / 1000 if follow else 0
    known = _rules(rules, no_pack, tuning)
    with _appending(out) as written:
        new: list[Finding] = []

        def write(findings: Sequence[Finding]) -> None:
            written(findings)
            new.extend(findings if acknowledge else ())

        begin = _begin(since)
        with _alerts(where).intakes(read, where, known, write, begin=begin, every=every) as opened:
            while True:
                for one in opened:
                    say(f"{one.tenant.id}: {one.inbox.poll():,} new alerts")
                    _name(one.source.letters)
                _acknowledge(new, where, mode, link)
                new.clear()
                if not pause:
                    return
                time.sleep(pause)


@app.command(
    "listen",
    epilog=examples(
        "agentwarrant alerts listen --secret env:HOOK --out findings.jsonl",
        note="Put a proxy that speaks TLS before it.",
    ),
)
def listen(
    secret: Annotated[
        str, typer.Option("--secret", help="env:NAME or file:PATH: what the sender must know.")
    ],
    config: ConfigOption = None,
    target: TargetOption = None,
    out: FindingsOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
    every: EveryOption = False,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port; 0 for any.")] = 8480,
) -> None:
    """Take the alerts that a webhook brings: Kibana's at /SPACE, Splunk's signed ones at /."""
    from agentwarrant.config import find_config, load_config
    from agentwarrant.siem.hooks import by_name, server_of

    if not is_reference(secret):
        raise UsageError("write env:NAME or file:PATH, not the secret", where="--secret")
    read = load_config(find_config(config))
    known = _rules(rules, no_pack, tuning)
    shared = Secret(secret)
    with _appending(out) as write:
        where = _target(read, target)
        kind = _alerts(where)
        with kind.intakes(read, where, known, write, begin=_begin("1h"), every=every) as opened:
            hooks = kind.hooks(opened, shared, say)
            with server_of(by_name(hooks), host, port) as server:
                say(f"listening at http://{host}:{server.server_port}")
                server.serve_forever()


def _acknowledge(findings: Sequence[Finding], target: Target, mode: Mode, link: str) -> None:
    """Tell alerts which case they became; they are taken already, whatever comes of that."""
    for case in into_cases(findings):
        try:
            _tell([case], target, mode, link, "acknowledge")
        except ResponseError as error:
            say(f"case {case.id}: {error}; agentwarrant alerts acknowledge {case.id} does it again")


@app.command(
    "acknowledge",
    epilog=examples(
        "agentwarrant alerts acknowledge 3f2a9c01 --findings taken.jsonl --mode enforce"
    ),
)
def acknowledge_again(
    case: CaseArgument,
    findings: TakenOption,
    config: ConfigOption = None,
    target: TargetOption = None,
    mode: ModeOption = Mode.OBSERVE,
    link: LinkOption = "",
) -> None:
    """Tell the alerts of a case that they were taken; may be repeated."""
    from agentwarrant.config import find_config, load_config

    read = load_config(find_config(config))
    _tell(_case(case, findings), _target(read, target), mode, link, "acknowledge")


@app.command(
    "close",
    epilog=examples("agentwarrant alerts close 3f2a9c01 --findings taken.jsonl --mode enforce"),
)
def close(
    case: CaseArgument,
    findings: TakenOption,
    config: ConfigOption = None,
    target: TargetOption = None,
    mode: ModeOption = Mode.OBSERVE,
) -> None:
    """Close the alerts of a case that is closed."""
    from agentwarrant.config import find_config, load_config

    read = load_config(find_config(config))
    _tell(_case(case, findings), _target(read, target), mode, "", "close")


def _case(identity: str, path: Path) -> list[Case]:
    found = [one for one in into_cases(list(_findings(path))) if one.id.startswith(identity)]
    if not found:
        raise UsageError(f"no finding there is of the case {identity}", where=str(path))
    if len(found) > 1:
        several = ", ".join(one.id for one in found[:3])
        raise UsageError(f"{len(found)} cases begin so", where=identity, mend=f"for one, {several}")
    return found


def _tell(cases: Sequence[Case], target: Target, mode: Mode, link: str, verb: str) -> None:
    """Acknowledge or close the alerts of cases; in observe mode say that it would be done."""
    with _alerts(target).status(target, enforce=mode is Mode.ENFORCE, link=link) as status:
        for case in cases:
            change: Callable[[Case], int] = getattr(status, verb)
            try:
                say(f"case {case.id}: {change(case)} alerts told to {verb}")
            except ObserveOnly:
                say(f"case {case.id}: its alerts would be told to {verb} (--mode enforce)")


def _target(config: Config, named: str | None) -> Target:
    if named is not None:
        found = config.target(named)
        if _made_by(found) is None:
            raise UsageError(f"the target {named} makes no alerts for us", where="--target")
        return found
    fitting = [one for one in config.targets.values() if _made_by(one) is not None]
    if len(fitting) != 1:
        names = ", ".join(one.name for one in fitting)
        what = "several targets make alerts" if fitting else "no target makes alerts"
        raise UsageError(what, mend=f"name one with --target: {names}" if names else "")
    return fitting[0]


def _made_by(target: Target) -> Alerts | None:
    from agentwarrant.siem.plugin import siems

    return siems()[target.kind].alerts(target.kind)


def _alerts(target: Target) -> Alerts:
    found = _made_by(target)
    if found is None:
        raise UsageError(f"the target {target.name} makes no alerts for us", where="--target")
    return found


def _rules(paths: list[Path] | None, no_pack: bool, tuning: list[Path] | None) -> list[Rule]:
    """Return the rules that alerts may come of, as they were installed."""
    from agentwarrant.rules import kept
    from agentwarrant.rules.load import load_rules
    from agentwarrant.rules.tuning import load_tuning

    fitted = load_tuning(tuning or ())
    return load_rules(paths or (), pack=not no_pack, cache=kept.folder(), tuning=fitted)


def _begin(since: str) -> str:
    try:
        return iso_from_ms(max(0, time.time() * 1000 - duration_ms(since)))
    except ValueError as error:
        raise UsageError(str(error), where="--since") from error


@contextmanager
def _appending(out: Path | None) -> Iterator[Callable[[Sequence[Finding]], None]]:
    """Yield what writes findings, one a line; when it returns they are durable in a file."""
    try:
        stream: IO[bytes] = sys.stdout.buffer if out is None else out.open("ab")
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(out)) from error

    def write(findings: Sequence[Finding]) -> None:
        stream.write(b"".join(json_line(one.event) for one in findings))
        stream.flush()
        if out is not None:
            os.fsync(stream.fileno())

    try:
        yield write
    finally:
        if out is not None:
            stream.close()


def _findings(path: Path) -> Iterator[Finding]:
    try:
        for line in path.read_bytes().splitlines():
            event = orjson.loads(line)
            if isinstance(event, dict) and "warrant.case.id" in event:
                yield Finding(event, ())
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(path)) from error


def _name(letters: list[tuple[str, str]]) -> None:
    """Name what could not be taken, once."""
    for identity, reason in letters:
        say(f"not taken: alert {identity}: {reason}")
    letters.clear()
