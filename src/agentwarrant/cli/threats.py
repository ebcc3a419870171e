"""``agentwarrant threats …``: what is known of agents' networks and of attacks on agents."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from agentwarrant.cli.options import examples, given_path, one_of
from agentwarrant.cli.output import json_line, say, shown
from agentwarrant.errors import UsageError

FEED_VARIABLE = "AGENTWARRANT_THREAT_FEED"

app = typer.Typer(
    help="Show and refresh the lists of agents' networks, burned keys and known attackers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    root.add_typer(app, name="threats")


@app.command(
    "list",
    epilog=examples("agentwarrant threats list", "agentwarrant threats list --format jsonl"),
)
def threats_list(
    format_: Annotated[str, typer.Option("--format", help="table or jsonl.")] = "table",
) -> None:
    """List every entry that counts: list, value, name, date and source."""
    from agentwarrant import threatlists

    one_of("--format", format_, ("table", "jsonl"))
    lists = threatlists.current()
    for name, entries in lists.by.items():
        for entry in entries.values():
            if format_ == "jsonl":
                sys.stdout.buffer.write(json_line({"list": name, **entry._asdict()}))
            else:
                line = f"{name:17} {entry.value:26} {entry.date}  {entry.name} ({entry.source})"
                typer.echo(shown(line))
    say("; ".join(f"{title}, of {day}" for title, day in lists.titles.items()))


@app.command(
    epilog=examples(
        "agentwarrant threats update --from https://feeds.example/agents.json",
        f"{FEED_VARIABLE}=lists.json agentwarrant threats update",
    )
)
def update(
    where: Annotated[
        str | None,
        typer.Option("--from", help=f"https address or file; else {FEED_VARIABLE}."),
    ] = None,
    sha256: Annotated[str, typer.Option("--sha256", help="What the feed must hash to.")] = "",
) -> None:
    """Fetch the lists of a feed, check them whole, and put them into place."""
    from agentwarrant import feed, threatlists

    if where is not None:
        given_path(where)
    source = where or os.environ.get(FEED_VARIABLE, "")
    if not source:
        mend = f"give --from or {FEED_VARIABLE}"
        raise UsageError("no feed is configured", mend=mend)
    counts = feed.refresh(source, sha256)
    listed = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    say(f"in place: {listed or 'no entries'} ({threatlists.place()})")
