"""``agentwarrant drill``: the whole way, from a poisoned post to a stopped agent and back."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli import asking
from agentwarrant.cli.options import (
    EXIT_FINDINGS,
    examples,
    given_path,
    one_of,
)
from agentwarrant.cli.output import shown
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.errors import UsageError
from agentwarrant.finding import Severity

if TYPE_CHECKING:
    from agentwarrant.drill.play import Report
    from agentwarrant.drill.servers import Ready
    from agentwarrant.drill.stage import Stage
    from agentwarrant.respond.runplan import RunPlan

EXAMPLES = examples(
    "agentwarrant drill",
    "agentwarrant drill --servers servers/ --mode auto",
    "agentwarrant drill --config test.yml --provoke 'python3 say.py'",
    note="Exit code 1: something did not go as it must.",
)
STAND_INS = "[stand-ins] "
"""Begins every line about servers that are none."""


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("drill", epilog=EXAMPLES)(drill)


def drill(
    servers: Annotated[
        Path | None,
        typer.Option(
            "--servers",
            parser=given_path,
            help="Start real servers by openclaw/start.py, idp/start.py and openbao/start.py of"
            " this folder.",
        ),
    ] = None,
    config: ConfigOption = None,
    provoke: Annotated[
        str | None,
        typer.Option(
            "--provoke",
            help="With --config: a command that lets the agent meet what deceives it.",
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", help="approve or auto; with --config the file says it.")
    ] = "approve",
    yes: Annotated[
        bool, typer.Option("--yes", help="Approve by the keys of the drill without asking.")
    ] = False,
    trigger: Annotated[
        str, typer.Option("--trigger", help="How bad a finding must be to start the response.")
    ] = "critical",
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", parser=given_path, help="Keep ledger, plan and logs in this new folder."
        ),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Do not release the agent.")] = False,
) -> None:
    """Deceive a test agent, watch it, stop it everywhere, prove it from its side, release it.

    Without --servers or --config it runs against built-in stand-ins, and every line says so.
    """
    from agentwarrant.config import load_config
    from agentwarrant.respond.ledger.opening import needed

    one_of("--mode", mode, ("approve", "auto"))
    needed()
    one_of("--trigger", trigger, tuple(str(s) for s in Severity))
    if servers and config:
        raise UsageError("two sources of servers", where="--servers", mend="--servers or --config")
    if config and not provoke:
        mend = "a command that makes the test agent act"
        raise UsageError("--config needs --provoke", where="drill", mend=mend)
    head = "" if servers or config else STAND_INS

    def tell(text: str) -> None:
        typer.echo(shown(f"{head}{text}"))

    with _folder(data) as folder, _stage(servers, config, folder, mode, tell) as stage:
        from agentwarrant.drill.play import Drill  # the ledger and WebSockets take long to load

        work = Drill(
            stage,
            load_config(stage.config),
            tell,
            _asking(yes, tell, head),
            trigger=Severity(trigger),
        )
        report = work.run(_provoking(stage, provoke), release=not keep)
        _summary(report, tell)
    if report.faults:
        raise typer.Exit(EXIT_FINDINGS)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        if data.exists() and any(data.iterdir()):
            raise UsageError("the folder is not empty", where=str(data), mend="name a new one")
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="agentwarrant-drill-") as made:
        yield Path(made)


@contextmanager
def _stage(
    servers: Path | None,
    config: Path | None,
    folder: Path,
    mode: str,
    tell: Callable[[str], None],
) -> Iterator[Stage]:
    if config is not None:
        from agentwarrant.drill.play import stage_of

        yield stage_of(config)
        return
    from agentwarrant.drill.stage import staged

    with _started(servers, folder / "servers", tell) as told:
        yield staged(told, folder / "installation", mode=mode)


def _started(
    servers: Path | None, data: Path, tell: Callable[[str], None]
) -> AbstractContextManager[Ready]:
    if servers is None:
        from agentwarrant.drill.stand import stand_ins

        return stand_ins(data)
    from agentwarrant.drill.servers import servers as real

    return real(servers, data, tell)


def _provoking(stage: Stage, command: str | None) -> Callable[[], None]:
    if stage.clerk is not None and command is None:
        return stage.clerk.poison
    words = shlex.split(command or "")

    def run() -> None:
        done = subprocess.run(words, check=False)  # noqa: S603  # the user's own command
        if done.returncode:
            raise UsageError(f"it ended with {done.returncode}", where="--provoke")

    return run


def _asking(
    yes: bool, tell: Callable[[str], None], head: str
) -> Callable[[RunPlan, Sequence[str]], bool]:
    def approve(plan: RunPlan, names: Sequence[str]) -> bool:
        if yes:
            return True
        for line in plan.irreversible:
            tell(f"cannot be taken back: {line}")
        who = " and ".join(names)
        question = f"{head}Approve the plan {plan.hash[:12]} as {who}?"
        return asking.confirmed(question, to_stderr=False)

    return approve


def _summary(report: Report, tell: Callable[[str], None]) -> None:
    tell("")
    for name, before in report.before.items():
        stopped = report.stopped.get(name)
        back = report.back.get(name)
        tell(
            f"{name}: before: {before or 'nothing'}; contained: {_said(stopped)};"
            f" released: {_said(back)}"
        )
    proof = report.proof
    if proof is not None and proof.time_to_contain_s is not None:
        tell(f"time to contain, from the first event of the case: {proof.time_to_contain_s:.1f} s")
        tell(f"reaction, from the plan to the last proof: {proof.reaction_s or 0:.1f} s")
        tell(f"residual exposure: {proof.residual_s / 60:.1f} min")
    tell("all as it must be" if not report.faults else f"{len(report.faults)} not as it must be")


def _said(what: str | None) -> str:
    return "not tried" if what is None else what or "nothing"
