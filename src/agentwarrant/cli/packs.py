"""``agentwarrant rules mutate`` and ``rules coverage``: what the tests of a pack are worth."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from agentwarrant.cli.options import (
    EXIT_CONTENT,
    NoPackOption,
    RulesOption,
    examples,
    given_path,
    one_of,
)
from agentwarrant.cli.output import going_on, output, say, shown
from agentwarrant.errors import UsageError

if TYPE_CHECKING:
    from agentwarrant.rules.model import Rule
    from agentwarrant.rules.mutate import Mutator

MUTATE_EXAMPLES = examples(
    "agentwarrant rules mutate",
    "agentwarrant rules mutate AIA-NET-001 --notes",
    "agentwarrant rules mutate my-rules/",
)
COVERAGE_EXAMPLES = examples(
    "agentwarrant rules coverage",
    "agentwarrant rules coverage --navigator layer.json --atlas atlas.json",
    "agentwarrant rules coverage --write README.md",
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
    with going_on("taking rules apart", lambda: len(wanted)) as bar:
        for rule in wanted:
            for survivor in mutator.survivors(rule):
                (weak if survivor.weak else faults)[str(mutator.fault(survivor))] = None
            bar.advance()
    for text in faults:
        typer.echo(shown(text))
    for text in weak if notes else ():
        typer.echo(shown(f"note: {text}"))
    rules_word = "rule" if len(wanted) == 1 else "rules"
    counted = f"{len(wanted)} {rules_word}, {mutator.tried:,} changes, {len(faults)} not noticed"
    typer.echo(f"{counted}, {len(weak)} {'note' if len(weak) == 1 else 'notes'}")
    if faults:
        raise typer.Exit(EXIT_CONTENT)


def _chosen(given: Sequence[str]) -> tuple[Mutator, list[Rule]]:
    """Return the rules that some words name: files and folders, or ids of shipped rules."""
    from agentwarrant.rules.mutate import Mutator

    paths = [path for path in map(given_path, given) if path.exists()]
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


def rules_coverage(
    format_: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    navigator: Annotated[
        Path | None,
        typer.Option(
            "--navigator", parser=given_path, help="Write an ATT&CK Navigator layer here."
        ),
    ] = None,
    atlas: Annotated[
        Path | None,
        typer.Option("--atlas", parser=given_path, help="Write an ATLAS Navigator layer here."),
    ] = None,
    as_table: Annotated[bool, typer.Option("--table", help="Print a Markdown table.")] = False,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            parser=given_path,
            help="Write the table into this file, between its markers.",
        ),
    ] = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
) -> None:
    """Say what the rules cover: techniques, risks, sources. Only what a test proves counts."""
    from agentwarrant.rules.contract import connectors
    from agentwarrant.rules.coverage import coverage_of
    from agentwarrant.rules.load import load_rules
    from agentwarrant.rules.navigator import (
        atlas_layer,
        attack_layer,
        document_of,
        lines_of,
        table,
        with_table,
    )

    one_of("--format", format_, ("text", "json"))
    with going_on("running tests"):
        coverage = coverage_of(load_rules(rules or (), pack=not no_pack), connectors())
    for path, layer in ((navigator, attack_layer), (atlas, atlas_layer)):
        if path is not None:
            _write(path, _json(layer(coverage)))
    if write is not None:
        try:
            text = write.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot be read: {error}", where=str(write)) from error
        _write(write, with_table(text, coverage).encode())
    if as_table:
        typer.echo(table(coverage), nl=False)
    elif format_ == "json":
        typer.echo(_json(document_of(coverage)), nl=False)
    elif not (navigator or atlas or write):
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        for line in lines_of(coverage, width):
            typer.echo(shown(line))


def _json(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _write(path: Path, body: bytes) -> None:
    with output(path) as stream:
        stream.write(body)
    say(f"wrote {path}")
