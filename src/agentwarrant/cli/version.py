"""``agentwarrant version``."""

from __future__ import annotations

import typer

from agentwarrant import __version__
from agentwarrant.cli.options import examples


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("version", epilog=examples("agentwarrant version"))(version)


def version() -> None:
    """Print the version."""
    typer.echo(__version__)
