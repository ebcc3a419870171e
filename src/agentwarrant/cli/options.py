"""What the commands of the command line have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agentwarrant.errors import PathNotFound, UsageError
from agentwarrant.finding import Severity

EXIT_FINDINGS, EXIT_USAGE, EXIT_PATH, EXIT_CONTENT, EXIT_NOTHING, EXIT_OTHER = 1, 2, 3, 4, 5, 6


def given_path(text: str) -> Path:
    """Return the path that a word of the command line names.

    Whether it is there, and may be read, is said by whoever opens it.

    Raises:
        UsageError: It is empty, which would mean the current folder.
    """
    if not text:
        mend = "is a variable unset? the current folder is called ."
        raise UsageError("a path is empty", mend=mend)
    return Path(text)


def given_file(text: str) -> Path:
    """Return the file that a word of the command line names, which must be there.

    Raises:
        PathNotFound: It is not there.
        UsageError: It is empty, or a folder.
    """
    path = given_path(text)
    if not path.exists():
        raise PathNotFound("there is no such file", where=text)
    if path.is_dir():
        raise UsageError("a folder, where a file belongs", where=text)
    return path


PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        parser=given_path,
        help="Files and folders; none looks where agents keep logs.",
    ),
]
SourceOption = Annotated[
    str | None, typer.Option("--source", help="Force one source instead of recognising files.")
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", parser=given_path, help="Write here, not to stdout."),
]
TenantOption = Annotated[
    str, typer.Option("--tenant", help="organization.id of events whose source names none.")
]
RulesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        parser=given_path,
        help="More Sigma rules and filters, file or folder; may be repeated.",
    ),
]
WarrantsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--warrants",
        parser=given_path,
        help="Warrants to hold agents to, file or folder; repeatable.",
    ),
]
TuningOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--tuning",
        parser=given_path,
        help="How rules are fitted to tenants (docs/tuning.md), file or folder.",
    ),
]
OpinionUrlOption = Annotated[
    str | None,
    typer.Option(
        "--opinion-url",
        help="Ask a model at this OpenAI-compatible URL about verdicts; it may only doubt them."
        " Its key: AGENTWARRANT_OPINION_KEY.",
    ),
]
OpinionModelOption = Annotated[
    str | None, typer.Option("--opinion-model", help="The model to ask there.")
]
NoPackOption = Annotated[
    bool, typer.Option("--no-pack", help="Leave the shipped rules out: only those of --rules.")
]
PipelineOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--pipeline",
        parser=given_path,
        help="A pySigma processing pipeline; may be repeated.",
    ),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show a traceback when it goes wrong.")]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", help="Name all that was not read, however much it is.")
]


def examples(*commands: str, note: str = "") -> str:
    """Return the end of a command's help: each example on a line of its own, whole, to be copied.

    A blank line between them is the one break of lines that every release of typer keeps.
    """
    heading = "Example:" if len(commands) == 1 else "Examples:"
    return "\n\n".join((heading, *commands, *([note] if note else ())))


def one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Hold an option to the values it may have.

    Raises:
        UsageError: It has another.
    """
    if value not in allowed:
        words = ", ".join(word for word in allowed if word)
        raise UsageError(f"{value!r} is not possible", where=option, mend=f"use {words}")


def severity(text: str | None) -> Severity | None:
    """Return what ``--fail-on`` names; None when it was not given."""
    if text is None:
        return None
    one_of("--fail-on", text, tuple(str(s) for s in Severity))
    return Severity(text)
