"""``agentwarrant intel export``, ``push`` and ``lists``: what goes to others, and what would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from agentwarrant.cli.options import (
    NoPackOption,
    OutOption,
    PathsArgument,
    RulesOption,
    SourceOption,
    TenantOption,
    TuningOption,
    WarrantsOption,
    examples,
    given_path,
)
from agentwarrant.cli.output import json_line, output, say
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.errors import UsageError

CaseOption = Annotated[
    list[str] | None,
    typer.Option("--case", help="Only this case, or how its id begins; else all open ones."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``intel``."""
    app.command(
        epilog=examples(
            "agentwarrant intel export logs/ --out case.json",
            "agentwarrant intel export logs/ --case 4f0e --tenant acme",
        )
    )(export)
    app.command(
        "push",
        epilog=examples(
            "agentwarrant intel push sector logs/",
            "agentwarrant intel push sector --bundle case.json --yes",
        ),
    )(push_)
    app.command(
        epilog=examples("agentwarrant intel lists --out lists.json"),
    )(lists)


def export(
    paths: PathsArgument = None,
    case: CaseOption = None,
    out: OutOption = None,
    config: ConfigOption = None,
    source: SourceOption = None,
    tenant: TenantOption = "default",
    warrants: WarrantsOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
) -> None:
    """Write cases as a STIX 2.1 bundle: of each what its tenant's policy lets others know."""
    from agentwarrant.cli import intelwork as working
    from agentwarrant.config import find_config, load_config
    from agentwarrant.intel.bundle import merged

    read = load_config(find_config(config))
    run = working.scan_of(source, tenant, warrants, rules, no_pack, tuning)
    told = list(working.told(run, paths, read, case or []))
    if told:
        with output(out) as stream:
            made = merged([bundle for _, bundle in told])
            stream.write(json_line(made, orjson.OPT_INDENT_2))
    else:
        say("nothing was written")


def push_(
    collection: Annotated[
        str, typer.Argument(metavar="NAME", help="A collection of intel: collections:.")
    ],
    paths: PathsArgument = None,
    bundles: Annotated[
        list[Path] | None,
        typer.Option(
            "--bundle",
            parser=given_path,
            help="A file of intel export instead of logs; repeatable.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send; else only say what.")] = False,
    case: CaseOption = None,
    config: ConfigOption = None,
    source: SourceOption = None,
    tenant: TenantOption = "default",
    warrants: WarrantsOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
) -> None:
    """Send cases to a TAXII 2.1 collection, each object once; without --yes only say what.

    May be repeated: what the collection took is not sent again, also where it failed half way.
    """
    from agentwarrant.cli import intelwork as working
    from agentwarrant.config import find_config, load_config
    from agentwarrant.intel.accepted import accepted
    from agentwarrant.intel.bundle import merged
    from agentwarrant.intel.partners import partner_of
    from agentwarrant.intel.push import push, waiting

    read = load_config(find_config(config))
    partner = partner_of(read, collection)
    if bundles:
        if paths or case:
            mend = "choose --bundle or logs"
            raise UsageError("a bundle is sent as it is", where="--bundle", mend=mend)
        objects: Sequence[Mapping[str, Any]] = working.objects_of(bundles, read, partner, tenant)
    else:
        run = working.scan_of(source, tenant, warrants, rules, no_pack, tuning)
        told = working.told(run, paths, read, case or [], partner)
        objects = merged([bundle for _, bundle in told])["objects"]
    objects = partner.of(objects)
    working.check(objects, partner)
    with accepted(read.state / "intel-sent.sqlite", partner.url) as known:
        new = waiting(objects, known)
        working.show(new, len(objects), partner)
        if not new:
            return
        if not yes:
            say("nothing was sent: --yes sends it")
            return
        done = push(objects, partner.access(), known, working.pushing(partner, len(new)))
    working.tell_pushed(done, partner)


def lists(out: OutOption = None) -> None:
    """Write the shipped threat lists as a STIX 2.1 bundle, with sources and dates."""
    from agentwarrant.intel.lists import lists_bundle

    made = lists_bundle()
    with output(out) as stream:
        stream.write(json_line(made, orjson.OPT_INDENT_2))
    say(f"{sum(one['type'] == 'indicator' for one in made['objects'])} indicators")
