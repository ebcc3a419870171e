"""``agentwarrant intel …``: indicators of others, from TAXII collections, STIX files and MISP."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli import intelout
from agentwarrant.cli.options import (
    examples,
    given_path,
    one_of,
)
from agentwarrant.cli.output import json_line, say, shown
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.errors import AgentWarrantError

if TYPE_CHECKING:
    from agentwarrant.intel.pull import Progress
    from agentwarrant.intel.reading import Report
    from agentwarrant.intel.store import Indicator, Sighting

app = typer.Typer(
    help="Take indicators of others in, say which of them agents met, and tell others of cases.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
intelout.register(app)
_BY_HAND = "by-hand"


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    root.add_typer(app, name="intel")


@app.command(
    epilog=examples(
        "agentwarrant intel pull",
        "agentwarrant intel pull --feed sector",
        "agentwarrant intel pull bundle.json misp.json",
    )
)
def pull(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=given_path,
            help="Files of STIX 2.1 or MISP; else the feeds of the configuration.",
        ),
    ] = None,
    feed: Annotated[str, typer.Option("--feed", help="Only this feed.")] = "",
    config: ConfigOption = None,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Say of each that was refused why.")
    ] = False,
) -> None:
    """Take in what feeds have more than at the last pull, or files.

    A feed that cannot be read to its end holds up no other; what came of it is kept, and the next
    pull goes on from there.
    """
    from agentwarrant.config import find_config, load_config
    from agentwarrant.intel.feeds import feeds_of, now
    from agentwarrant.intel.pull import pull_file
    from agentwarrant.intel.reading import Terms
    from agentwarrant.intel.store import Store, place

    failed: list[AgentWarrantError] = []
    with closing(Store(place())) as store:
        gone = store.expire(now())
        if files:
            for path in files:
                _tell(str(path), pull_file(path, store, Terms(_BY_HAND)), reasons=reasons)
        else:
            for one in feeds_of(load_config(find_config(config)), feed):
                name = one.terms.feed
                try:
                    _tell(name, one.pull(store, _progress(name)), reasons=reasons)
                except AgentWarrantError as error:
                    failed.append(error)
                    say(f"{name}: not read to its end")
        total = sum(store.counts().values())
    ended = f", {gone:,} have run out" if gone else ""
    say(f"{total:,} indicators in place{ended} ({place()})")
    for other in failed[1:]:
        say(str(other))
    if failed:
        raise failed[0]


@app.command(
    "list",
    epilog=examples("agentwarrant intel list", "agentwarrant intel list --format jsonl"),
)
def list_(
    format_: Annotated[str, typer.Option("--format", help="table or jsonl.")] = "table",
) -> None:
    """Show how many indicators each feed has, and which of them agents met."""
    from agentwarrant.intel.store import Store, place

    one_of("--format", format_, ("table", "jsonl"))
    with closing(Store(place())) as store:
        counts, seen = store.counts(), store.sightings()
        if format_ == "jsonl":
            for sighting in seen:
                sys.stdout.buffer.write(json_line(dict(sighting._asdict())))
            return
        for feed, count in counts.items():
            typer.echo(shown(f"{feed:24} {count:>10,} indicators"))
        if seen:
            typer.echo(f"\n{'met by':16} {'times':>7}  {'first':19}  {'last':19}  indicator")
        for one in seen:
            typer.echo(shown(_line(one, store.named(one.feed, one.id))))
    if not counts:
        say("no indicators: agentwarrant intel pull")


def _line(one: Sighting, known: Indicator | None) -> str:
    from agentwarrant.intel.marking import named_to

    called = named_to(known, one.tenant) if known else ""
    when = f"{one.first[:19]}  {one.last[:19]}"
    return f"{one.tenant:16} {one.times:>6}x  {when}  {called or one.feed} {one.id}"


def _progress(feed: str) -> Progress:
    def show(report: Report) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{feed}: {report.taken + report.known:,} indicators")
            sys.stderr.flush()

    return show


def _tell(name: str, report: Report, *, reasons: bool) -> None:
    parts = [f"{report.taken:,} new"]
    parts += [f"{report.known:,} known"] if report.known else []
    parts += [f"{report.revoked:,} revoked"] if report.revoked else []
    parts += [f"{report.others:,} of other types"] if report.others else []
    refused = sum(report.refused.values())
    if refused:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in report.refused.most_common())
        parts.append(f"{refused:,} refused ({kinds})")
    say(f"{name}: {', '.join(parts)}")
    for line in report.why if reasons else ():
        say(f"  {line}")
