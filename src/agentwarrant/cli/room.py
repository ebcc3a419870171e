"""What every command about responses needs: the configuration, the ledger, and who is asking."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli.output import say
from agentwarrant.errors import UsageError
from agentwarrant.faults import closest

if TYPE_CHECKING:
    from agentwarrant.respond.execution.worker import Worker
    from agentwarrant.respond.guard.guards import Guards
    from agentwarrant.respond.ledger.ledger import Ledger
    from agentwarrant.respond.settings import Settings

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Id of the run, or its beginning.")]
ByOption = Annotated[
    str, typer.Option("--as", help="Who is asking; else the account of this process.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it stands in the record.")]
OfTenantOption = Annotated[str | None, typer.Option("--tenant", help="Only of this tenant.")]


@dataclass(frozen=True, slots=True)
class Room:
    """An installation that is open for work."""

    settings: Settings
    ledger: Ledger

    def guards(self) -> Guards:
        """Return its guards.

        Raises:
            ContentErrors, PathNotFound: Its warrants cannot be read.
        """
        from agentwarrant.respond.guard.guards import Guards  # it loads every vendor

        return Guards(self.settings)

    def worker(self, *, anchors: bool = True) -> Worker:
        """Return a worker with every guard, that plans each point anew before it is sent.

        Args:
            anchors: It writes the heads of the chains down, where the settings say so; of several
                workers of a process one does.
        """
        from agentwarrant.respond.execution.worker import Worker
        from agentwarrant.respond.planning.replanning import replanner

        return Worker(
            self.ledger,
            self.settings if anchors else replace(self.settings, anchors=None),
            self.guards(),
            replan=replanner(self.settings),
        )

    def carry(self, run: str) -> None:
        """Carry a run on as far as it goes now."""
        worker = self.worker()
        while worker.step(run):
            pass

    def adopt_all(self) -> None:
        """Put evidence into the record that an earlier version left out of it."""
        from agentwarrant.respond.guard import custody
        from agentwarrant.respond.ledger.rows import run_of

        with self.ledger.reading() as connection:
            left = custody.unadopted(connection)
        for run in left:
            with self.ledger.of(run) as connection:
                custody.adopt(connection, self.settings, run_of(connection, run))

    def run(self, beginning: str) -> str:
        """Return the id of the run that begins so.

        Raises:
            UsageError: None does, or several do.
        """
        found = [row.id for row in self.ledger.runs() if row.id.startswith(beginning)]
        if beginning in found:
            return beginning
        if len(found) != 1 or not beginning:
            what = f"{len(found)} runs have an id that begins so"
            raise UsageError(what, where=beginning, mend="agentwarrant respond status")
        return found[0]


def settings(config: Path | None) -> Settings:
    """Return what the configuration says of responses.

    Raises:
        MissingExtra: What responses need is not installed.
    """
    from agentwarrant.config import find_config, load_config
    from agentwarrant.respond.ledger.opening import needed
    from agentwarrant.respond.settings import settings_of

    needed()
    read = load_config(find_config(config))
    return settings_of(read.respond, read.path.parent, read.state)


@contextmanager
def opened(config: Path | None) -> Iterator[Room]:
    """Open the ledger that the configuration names."""
    from agentwarrant.respond.ledger.opening import open_ledger

    own = settings(config)
    with open_ledger(own) as ledger:
        yield Room(own, ledger)


def say_what_a_name_is_worth(own: Settings, name: str) -> None:
    """Say at once of whoever asks where the name is no approver's, and not when a yes is due."""
    if name and name not in own.approvers:
        mend = closest(name, list(own.approvers)) if own.approvers else "there is none"
        say(f"no approver is called {name!r} ({mend}): it stands in the record, and cannot say yes")


def who(name: str) -> str:
    """Return who is asking: the name that was given, else the account of this process."""
    if name:
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, in a container
        return "somebody"
