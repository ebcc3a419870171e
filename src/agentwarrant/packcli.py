"""``agentwarrant rules mutate`` and ``rules coverage``: what the tests of a pack are worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from agentwarrant.errors import UsageError
from agentwarrant.options import EXIT_CONTENT
from agentwarrant.output import shown
from agentwarrant.rules.model import Rule
from agentwarrant.rules.mutate import Mutator

MUTATE_EXAMPLES = (
    "Examples:  agentwarrant rules mutate   |   agentwarrant rules mutate AIA-NET-001 --notes"
    "   |   agentwarrant rules mutate my-rules/"
)


def rules_mutate(
    rules: Annotated[
        list[str] | None,
        typer.Argument(help="Rule files, or ids of shipped rules; none: the shipped pack."),
    ] = None,
    notes: Annotated[
        bool, typer.Option("--notes", help="Show also single values that no test needs.")
    ] = False,
) -> None:
    """Take rules and their tests apart: is every part of a rule needed by one of its tests?"""
    mutator, wanted = _chosen(rules or ())
    faults: dict[str, None] = {}
    weak: dict[str, None] = {}
    terminal = Console(stderr=True)
    for rule in track(
        wanted,
        "taking rules apart",
        console=terminal,
        disable=not terminal.is_terminal,
        transient=True,
    ):
        for survivor in mutator.survivors(rule):
            (weak if survivor.weak else faults)[str(mutator.fault(survivor))] = None
    for text in faults:
        typer.echo(shown(text))
    for text in weak if notes else ():
        typer.echo(shown(f"note: {text}"))
    counted = f"{len(wanted)} rules, {mutator.tried:,} changes, {len(faults)} not noticed"
    typer.echo(f"{counted}, {len(weak)} {'note' if len(weak) == 1 else 'notes'}")
    if faults:
        raise typer.Exit(EXIT_CONTENT)


def _chosen(given: Sequence[str]) -> tuple[Mutator, list[Rule]]:
    """Return the rules that some words name: files and folders, or ids of shipped rules."""
    paths = [Path(word) for word in given if Path(word).exists()]
    names = [word for word in given if not Path(word).exists()]
    if paths and names:
        raise UsageError("files and ids of shipped rules do not go together", where=names[0])
    mutator = Mutator(paths)
    by_name = {name: r for r in mutator.rules for name in (r.short_id, r.id, r.name)}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        mend = "agentwarrant rules list names them"
        raise UsageError("no file and no shipped rule", where=unknown[0], mend=mend)
    return mutator, [by_name[name] for name in names] or mutator.rules
