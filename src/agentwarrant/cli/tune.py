"""``agentwarrant rules tune``: filters from what an analyst closed as benign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agentwarrant.cli.options import (
    NoPackOption,
    OutOption,
    RulesOption,
    examples,
    given_path,
)
from agentwarrant.cli.output import output, say
from agentwarrant.errors import NothingReadable, PathNotFound

EXAMPLES = examples(
    "agentwarrant rules tune closed.jsonl > tuning/acme-filters.yml",
    "agentwarrant rules tune findings.jsonl --benign 3f2a9c01 --benign 77b0d1e4",
)
FindingsArgument = Annotated[
    list[Path],
    typer.Argument(
        parser=given_path,
        help="Findings as JSON lines (scan --format jsonl), as their analysts closed them.",
    ),
]
BenignOption = Annotated[
    list[str] | None,
    typer.Option(
        "--benign",
        help="event.id of a finding closed as benign, or how it begins; may be repeated.",
    ),
]


def tune(
    findings: FindingsArgument,
    benign: BenignOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    out: OutOption = None,
) -> None:
    """Propose filters from findings closed as benign; show what each would have hidden.

    A finding was closed as benign where warrant.finding.disposition says so, or --benign names it.
    Nothing is changed: read what is proposed, and put it into a folder for --tuning.
    Where no finding was closed as benign, those that there are are listed with their ids.
    """
    from agentwarrant.proposal import listed, named, propose, read_findings, untold
    from agentwarrant.rules.load import load_rules

    lines: list[bytes] = []
    for path in findings:
        if not path.is_file():
            raise PathNotFound("no such file", where=str(path))
        lines += path.read_bytes().splitlines()
    read = read_findings(lines)
    if not read:
        raise NothingReadable("no finding is in it", where=", ".join(map(str, findings)))
    loaded = load_rules(rules or (), pack=not no_pack)
    chosen = named(read, benign or ())
    proposals = list(propose(read, loaded, chosen))
    with output(out) as stream:
        stream.write("---\n".join(one.text() for one in proposals).encode())
    for one in proposals:
        hidden, closed = one.benign
        beyond = f"; also {len(one.others)} that were not" if one.others else ""
        say(f"{one.rule.short_id}, {one.tenant}: hides {hidden} of {closed} benign{beyond}")
    left = untold(read, proposals, chosen)
    for title, tenant in left:
        say(f"{title}, {tenant}: no field tells what was closed as benign from the rest")
    if not proposals and not left:
        say("no finding is closed as benign; name those that are with --benign:")
        for line in listed(read, loaded):
            say(f"  {line}")
