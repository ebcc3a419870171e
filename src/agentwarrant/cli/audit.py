"""``agentwarrant audit …``: is the record of responses whole, anchored, and given to others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli.options import (
    EXIT_FINDINGS,
    OutOption,
    examples,
    given_path,
)
from agentwarrant.cli.output import json_line, output, say, shown
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.errors import PathNotFound, UsageError

if TYPE_CHECKING:
    from agentwarrant.respond.ledger.anchors import Anchor
    from agentwarrant.respond.ledger.ledger import Ledger

app = typer.Typer(
    help="The audit chain of responses: verify it, anchor its head elsewhere, export it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
OfTenantOption = Annotated[str | None, typer.Option("--tenant", help="Only this tenant's chain.")]
AnchorsOption = Annotated[
    Path | None,
    typer.Option("--anchors", parser=given_path, help="Heads that anchor wrote, one a line."),
]


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    root.add_typer(app, name="audit")


@app.command(
    epilog=examples(
        "agentwarrant audit verify",
        "agentwarrant audit verify --tenant acme --anchors /mnt/worm/anchors.jsonl",
    )
)
def verify(
    tenant: OfTenantOption = None, anchors: AnchorsOption = None, config: ConfigOption = None
) -> None:
    """Find what was edited, deleted, moved or cut off; exit 1 when something was."""
    with _ledger(config) as ledger:
        from agentwarrant.respond.ledger import auditcheck as audit_check

        kept = _kept(anchors)
        found = False
        for name in _tenants(ledger, tenant, kept):
            for fault in audit_check.verify(ledger, name, kept):
                found = True
                typer.echo(shown(f"{name}: {fault}"))
        if found:
            raise typer.Exit(EXIT_FINDINGS)
        head = "with a key" if ledger.chain.is_keyed else "without a key (respond: audit_key:)"
        say(f"the audit chain is whole, {head}, {len(kept)} anchors held")


@app.command(
    epilog=examples(
        "agentwarrant audit anchor --out anchors.jsonl",
        "agentwarrant audit anchor --event > head.json",
    )
)
def anchor(
    tenant: OfTenantOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", parser=given_path, help="Append to this file, not to stdout."),
    ] = None,
    event: Annotated[
        bool, typer.Option("--event", help="As ECS events, for a SIEM, not as anchors.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Write the head of each chain down, to be kept where nobody here can change it."""
    with _ledger(config) as ledger:
        from agentwarrant.respond.ledger import anchors

        made = [anchors.anchor_of(ledger, name) for name in _tenants(ledger, tenant)]
    if event:
        lines = [json_line(anchors.head_event(one)) for one in made]
    else:
        lines = [anchors.anchor_line(one) + b"\n" for one in made]
    if out is None:
        sys.stdout.buffer.writelines(lines)
    else:
        _append(out, lines)


@app.command(epilog=examples("agentwarrant audit export --tenant acme --out acme-audit.jsonl"))
def export(
    tenant: OfTenantOption = None, out: OutOption = None, config: ConfigOption = None
) -> None:
    """Write every entry, one JSON object a line, as it is hashed."""
    with _ledger(config) as ledger, output(out) as stream:
        from agentwarrant.respond.ledger import audit

        for name in _tenants(ledger, tenant):
            with ledger.reading() as connection:
                for entry in audit.told(connection, name):
                    stream.write(json_line(asdict(entry)))


@contextmanager
def _ledger(config: Path | None) -> Iterator[Ledger]:
    from agentwarrant.config import find_config, load_config
    from agentwarrant.respond.ledger.opening import open_ledger  # HTTP clients take long to load
    from agentwarrant.respond.settings import settings_of

    read = load_config(find_config(config))
    with open_ledger(settings_of(read.respond, read.path.parent, read.state)) as ledger:
        yield ledger


def _tenants(ledger: Ledger, tenant: str | None, kept: list[Anchor] | None = None) -> list[str]:
    """Return whose chains are meant: one that only an anchor knows was deleted whole."""
    from agentwarrant.respond.ledger.anchors import tenants_of

    known = tenants_of(ledger)
    if tenant is None:
        return sorted({*known, *(one.tenant for one in kept or ())})
    if tenant not in known and all(one.tenant != tenant for one in kept or ()):
        raise UsageError(f"the tenant {shown(tenant)} has no audit chain")
    return [tenant]


def _kept(path: Path | None) -> list[Anchor]:
    from agentwarrant.respond.ledger.anchors import anchor_from

    if path is None:
        return []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise PathNotFound(f"cannot be read: {error.strerror}", where=str(path)) from None
    return [anchor_from(line) for line in lines if line.strip()]


def _append(path: Path, lines: list[bytes]) -> None:
    try:
        with path.open("ab") as file:
            file.writelines(lines)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path)) from None
