"""``agentwarrant agents``: the inventory."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path
from typing import Annotated

import orjson
import typer

from agentwarrant.cli.options import (
    OutOption,
    PathsArgument,
    SourceOption,
    TenantOption,
    WarrantsOption,
    examples,
    given_path,
    one_of,
)
from agentwarrant.cli.output import json_line, output, paths_of, progress, say, tell

EXAMPLES = examples(
    "agentwarrant agents logs/ --warrants warrants/",
    "agentwarrant agents logs/ --shadow",
    "agentwarrant agents logs/ --format csv --out agents.csv",
    "agentwarrant agents logs/ --tenant acme --to main",
)


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("agents", epilog=EXAMPLES)(agents)


def agents(
    paths: PathsArgument = None,
    warrants: WarrantsOption = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format", help="table; json; csv or jsonl: one row an account, to enrich from."
        ),
    ] = "table",
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Only agents without a warrant.")
    ] = False,
    out: OutOption = None,
    source: SourceOption = None,
    tenant: TenantOption = "default",
    to: Annotated[
        str | None, typer.Option("--to", help="Put them into the inventory of this target, too.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            parser=given_path,
            help="The configuration (docs/config.md); else agentwarrant.yml.",
        ),
    ] = None,
) -> None:
    """List the agents that were seen: accounts, owner, tools, warrant; shadow agents first."""
    from rich.console import Console

    from agentwarrant.config import find_config, load_config
    from agentwarrant.report import agents as listing
    from agentwarrant.scan import Scan
    from agentwarrant.siem.plugin import Order, siem_of

    one_of("--format", format_, ("table", "json", "jsonl", "csv"))
    run = Scan.over((), source=source, tenant=tenant, warrants=warrants or ())
    where = paths_of(run, paths)
    with output(out) as stream:
        with progress(run, where):
            seen = list(run.inventory(where).entries())
        entries = [one for one in seen if one.shadow or not shadow]
        if format_ == "json":
            stream.write(json_line(listing.document(entries), orjson.OPT_INDENT_2))
        elif format_ == "jsonl":
            for row in listing.rows(entries):
                stream.write(json_line(row))
        elif format_ == "csv":
            stream.write(listing.lookup(entries).encode("utf-8", "replace"))
        else:
            plain = stream is not sys.stdout.buffer
            console = Console(file=StringIO(), width=140) if plain else Console()
            with console.capture() as shown:
                listing.table(entries, console)
            stream.write(shown.get().encode(console.encoding, "replace"))
    tell(run.collector.tally)
    if to is not None:
        read = load_config(find_config(config))
        order = Order(config=read, target=read.target(to))
        number = siem_of(read.target(to).kind).publish(order, entries)
        say(f"{number} agents in the inventory of {to}")
