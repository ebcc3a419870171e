"""``agentwarrant respond evidence …``: what runs have kept, whole, on hold, or let go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agentwarrant.cli.options import EXIT_FINDINGS, OutOption, examples
from agentwarrant.cli.output import json_line, output, say
from agentwarrant.cli.room import (
    ByOption,
    OfTenantOption,
    ReasonOption,
    RunArgument,
    opened,
    who,
)
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.errors import UsageError
from agentwarrant.event import iso_from_ms
from agentwarrant.rules.durations import duration_ms

app = typer.Typer(
    help="Evidence that runs have taken: list, verify, hold against retention, export.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command("list", epilog=examples("agentwarrant respond evidence list --tenant acme"))
def list_(
    tenant: OfTenantOption = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
    config: ConfigOption = None,
) -> None:
    """List what is kept: of which run, when and by whom it was taken, and whether it is on hold."""
    from agentwarrant.cli import respondtext

    with opened(config) as room:
        from agentwarrant.respond.guard import custody

        with room.ledger.reading() as connection:
            listed = custody.kept(connection, tenant=tenant or "")
    rows = [
        {
            "run": one.run,
            "tenant": one.tenant,
            "part": one.name,
            "bytes": one.bytes,
            "taken": iso_from_ms(one.collected_ms),
            "by": one.collector,
            "hold": "yes" if one.hold else "no",
            "sha256": one.sha256,
        }
        for one in listed
    ]
    names = ("run", "tenant", "part", "bytes", "taken", "by", "hold", "sha256")
    with output(None) as stream:
        if json:
            stream.writelines(map(json_line, rows))
        else:
            stream.write(respondtext.table(rows, names).encode())


@app.command(epilog=examples("agentwarrant respond evidence hold 4f1c --reason 'case 12/2026'"))
def hold(
    run: RunArgument, by: ByOption = "", reason: ReasonOption = "", config: ConfigOption = None
) -> None:
    """Keep a run's evidence whatever retention says."""
    _hold(run, True, by, reason, config)


@app.command(epilog=examples("agentwarrant respond evidence release 4f1c --reason 'case closed'"))
def release(
    run: RunArgument, by: ByOption = "", reason: ReasonOption = "", config: ConfigOption = None
) -> None:
    """Let a run's evidence go when its time is over."""
    _hold(run, False, by, reason, config)


@app.command(epilog=examples("agentwarrant respond evidence verify"))
def verify(
    runs: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="Runs; none: all.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Hold every part to its hash and to the audit chain; exit 1 where one is not what it was."""
    from agentwarrant.cli import respondtext

    found = False
    with opened(config) as room:
        from agentwarrant.respond.guard import custody

        with room.ledger.reading() as connection:
            known = list(dict.fromkeys(one.run for one in custody.kept(connection)))
            for name in [room.run(one) for one in runs or ()] or known:
                faults = custody.faults(connection, room.settings, name)
                found = found or bool(faults)
                for line in faults or ["whole"]:
                    typer.echo(respondtext.printed([(0, f"{name}: {line}")]), nl=False)
    if found:
        raise typer.Exit(EXIT_FINDINGS)


@app.command(epilog=examples("agentwarrant respond evidence export 4f1c --out 4f1c.zip"))
def export(run: RunArgument, out: OutOption = None, config: ConfigOption = None) -> None:
    """Write a run's evidence as a ZIP file, with its entries of the audit chain."""
    with opened(config) as room, output(out) as stream:
        from agentwarrant.respond.guard import custody

        with room.ledger.reading() as connection:
            stream.write(custody.export(connection, room.settings, room.run(run)))


@app.command(
    epilog=examples("agentwarrant respond evidence expire --tenant acme --older-than 365d")
)
def expire(
    tenant: Annotated[str, typer.Option("--tenant", help="Of this tenant.")],
    older: Annotated[str, typer.Option("--older-than", help="For example 365d.")],
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """Delete evidence that is older and not on hold."""
    try:
        span = duration_ms(older)
    except ValueError as error:
        raise UsageError(str(error), where="--older-than") from None
    with opened(config) as room:
        from agentwarrant.respond.guard import custody

        before = room.ledger.now_ms() - span
        with room.ledger.transaction(tenant) as connection:
            gone = custody.expire(connection, tenant, before, actor=who(by))
        custody.drop(room.settings, gone)
        say(f"{len(gone)} parts are gone")


def _hold(run: str, on: bool, by: str, reason: str, config: Path | None) -> None:
    with opened(config) as room:
        from agentwarrant.respond.guard import custody

        name = room.run(run)
        with room.ledger.of(name) as connection:
            number = custody.put_on_hold(connection, name, on, actor=who(by), reason=reason)
        say(f"{number} parts of run {name} are {'on hold' if on else 'let go'}")
