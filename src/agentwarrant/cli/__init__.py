"""The command line: one command per arrow of the flow, and the few that join them.

Exit codes are a contract (``docs/cli.md``)::

    0  done, findings or not
    1  findings at or above --fail-on; an agent beyond its warrant (warrants diff), or not
       contained (playbooks run)
    2  wrong usage
    3  a path does not exist
    4  content refused as faulty (rules, playbooks, warrants), or a rule's test failed
    5  of the input nothing could be read
    6  anything else went wrong

The module of a command (``…cli.py``) loads what it takes to say which options there are, and each
command what it works with when it runs: so ``--help`` and ``version`` need a fifth of the time.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from agentwarrant import __version__
from agentwarrant.cli.options import (
    EXIT_CONTENT,
    EXIT_NOTHING,
    EXIT_OTHER,
    EXIT_PATH,
    EXIT_USAGE,
    DebugOption,
    VerboseOption,
)
from agentwarrant.cli.output import VERBOSE, shown
from agentwarrant.errors import (
    AgentWarrantError,
    ContentError,
    ContentErrors,
    NothingReadable,
    PathNotFound,
    UsageError,
)

_EXIT_CODES: tuple[tuple[type[AgentWarrantError], int], ...] = (
    (PathNotFound, EXIT_PATH),
    (UsageError, EXIT_USAGE),
    (ContentError, EXIT_CONTENT),
    (ContentErrors, EXIT_CONTENT),
    (NothingReadable, EXIT_NOTHING),
)
_HOMES = {
    "demo": "scan",
    "scan": "scan",
    "agents": "agents",
    "warrants": "warrants",
    "rules": "rules",
    "threats": "threats",
    "intel": "intel",
    "normalize": "scan",
    "watch": "watch",
    "build": "siem",
    "install": "siem",
    "uninstall": "siem",
    "verify": "verify",
    "ship": "ship",
    "alerts": "alerts",
    "playbooks": "playbooks",
    "respond": "respond",
    "audit": "audit",
    "blocklist": "blocklist",
    "drill": "drill",
    "version": "version",
}
"""The module that registers each command, in the order in which the help lists them."""


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


VersionOption = Annotated[
    bool,
    typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
]


class _Commands(TyperGroup):
    """Commands whose modules are loaded when one of them is named, or the help lists them all."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_HOMES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        # of a name that there is not, all are loaded: the complaint names those that are like it
        homes = [_HOMES[cmd_name]] if cmd_name in _HOMES else _HOMES.values()
        for name in dict.fromkeys(homes):
            self._load(name)
        return super().get_command(ctx, cmd_name)

    def _load(self, home: str) -> None:
        if any(_HOMES[known] == home for known in self.commands):
            return
        made = typer.Typer()
        import_module(f"agentwarrant.cli.{home}").register(made)
        self.commands.update(typer.main.get_group(made).commands)


app = typer.Typer(
    name="agentwarrant",
    cls=_Commands,
    help="Keep AI agents in bounds: which agent did what, was it allowed, who made it do that.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 findings at or above --fail-on, 2 wrong usage, 3 no such path,"
    " 4 faulty content, 5 nothing readable, 6 anything else.",
)


@app.callback()
def _options(
    debug: DebugOption = False, verbose: VerboseOption = False, version: VersionOption = False
) -> None:
    if debug:
        os.environ["AGENTWARRANT_DEBUG"] = "1"
    if verbose:
        os.environ[VERBOSE] = "1"


def main() -> NoReturn:
    """Run the command line; every error is one line, and a traceback only with ``--debug``."""
    # Events live long and hold no cycles: collecting as often as Python does by default costs
    # a third of the time of a scan.
    gc.set_threshold(100_000, 50, 1000)
    try:
        code = app(standalone_mode=False) or 0
    except AgentWarrantError as error:
        code = next((c for kind, c in _EXIT_CODES if isinstance(error, kind)), EXIT_OTHER)
        _complain(error)
    except typer.Exit as stop:
        code = stop.exit_code
    except typer.Abort:
        code = 130
    except (BrokenPipeError, SystemExit):  # so click and rich leave when the reader has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        code = _click(error)
    sys.exit(code)


def _complain(error: Exception) -> None:
    if os.environ.get("AGENTWARRANT_DEBUG"):
        import traceback

        traceback.print_exception(error)
    for line in str(error).splitlines():
        typer.echo(f"agentwarrant: {shown(line)}" if line else "", err=True)


def _click(error: Exception) -> int:
    """Show the parser's own complaints as it does; anything else is a fault of ours."""
    show = getattr(error, "show", None)
    if show is not None:
        show()
        return EXIT_USAGE
    _complain(AgentWarrantError(f"{type(error).__name__}: {error}", mend="--debug shows where"))
    if os.environ.get("AGENTWARRANT_DEBUG"):
        raise error
    return EXIT_OTHER
