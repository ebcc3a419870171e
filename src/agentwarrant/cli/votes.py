"""``agentwarrant respond approve`` and so on: what people decide, signed with their own keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli import asking
from agentwarrant.cli.options import (
    examples,
    given_path,
)
from agentwarrant.cli.output import say
from agentwarrant.cli.room import ByOption, ReasonOption, Room, opened, who
from agentwarrant.cli.siem import ConfigOption, YesOption
from agentwarrant.errors import AgentWarrantError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from agentwarrant.respond.people.approvals import Asked

RunsArgument = Annotated[
    list[str], typer.Argument(metavar="RUN...", help="Runs: ids or their beginnings.")
]
AsOption = Annotated[
    str, typer.Option("--as", help="Who says it: a name under approvers: in the configuration.")
]
KeyOption = Annotated[
    Path, typer.Option("--key", parser=given_path, help="File of their private key.")
]
NodeOption = Annotated[
    str, typer.Option("--node", help="Which question, where a run waits for several.")
]
EVERYONE = "*"


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    keyed = "--as anna --key anna.pem"
    for command, shown in (
        (approve, [f"approve 4f1c {keyed}", f"approve 4f1c 77ab 9d02 {keyed}"]),
        (deny, [f"deny 4f1c {keyed}"]),
        (stop, ["stop --reason 'it stops the wrong ones'", "stop --tenant acme"]),
        (resume, [f"resume {keyed}", f"resume --tenant acme --breaker {keyed}"]),
        (keygen, ["keygen anna.pem --passphrase"]),
    ):
        epilog = examples(*(f"agentwarrant respond {one}" for one in shown))
        app.command(command.__name__, epilog=epilog)(command)


def approve(
    runs: RunsArgument,
    by: AsOption,
    key: KeyOption,
    node: NodeOption = "",
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Say yes to what runs ask: everything is shown first, whole, then signed with your key."""
    _vote(runs, by, key, node, "yes", yes, config)


def deny(
    runs: RunsArgument,
    by: AsOption,
    key: KeyOption,
    node: NodeOption = "",
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Say no to what runs ask: one no ends it."""
    _vote(runs, by, key, node, "no", yes, config)


def stop(
    tenant: Annotated[
        str, typer.Option("--tenant", help="Only for this tenant; else for all.")
    ] = EVERYONE,
    by: ByOption = "",
    reason: ReasonOption = "no reason was given",
    config: ConfigOption = None,
) -> None:
    """Stop the responder itself: every worker stops before its next request."""
    with opened(config) as room:
        from agentwarrant.respond.guard import switches

        name = switches.Name.STOP
        with room.ledger.transaction(tenant) as connection:
            made = switches.switch_on(connection, tenant, name, by=who(by), reason=reason)
        said = "the emergency stop is on" if made else "the emergency stop was on already"
        say(f"{said} for {'every tenant' if tenant == EVERYONE else tenant}")


def resume(
    by: AsOption,
    key: KeyOption,
    tenant: Annotated[
        str, typer.Option("--tenant", help="As it was switched on; else what is on for all.")
    ] = EVERYONE,
    breaker: Annotated[bool, typer.Option("--breaker", help="Close the breaker instead.")] = False,
    config: ConfigOption = None,
) -> None:
    """Switch the emergency stop off again, or close the breaker; an approver signs it."""
    with opened(config) as room:
        from agentwarrant.respond.guard import switches
        from agentwarrant.respond.people.keys import sign
        from agentwarrant.respond.people.voting import approver_named

        approver = approver_named(room.settings, by)
        name = switches.Name.BREAKER if breaker else switches.Name.STOP
        with room.ledger.reading() as connection:
            on = [one for one in switches.all_engaged(connection) if one.name is name]
        found = next((one for one in on if one.tenant == tenant), None)
        if found is None:
            mend = ", ".join(f"--tenant {one.tenant}" for one in on) or "nothing is on"
            raise UsageError(f"the {name.value} is not on", where=tenant, mend=mend)
        signature = sign(_key(key), found.message())
        with room.ledger.transaction(tenant) as connection:
            switches.switch_off(connection, tenant, name, approver, signature)
        say(f"the {name.value} is off for {'every tenant' if tenant == EVERYONE else tenant}")


def keygen(
    path: Annotated[
        Path,
        typer.Argument(parser=given_path, help="File that the private key goes to, mode 0600."),
    ],
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase that seals the file.")
    ] = False,
) -> None:
    """Make a key to approve with; print its public half, for approvers: in the configuration."""
    from agentwarrant.respond.ledger.opening import needed

    needed()
    from agentwarrant.respond.people.keys import new_key

    word = ""
    if passphrase:
        word = asking.passphrase(twice=True)
    typer.echo(new_key(path, word))


# --------------------------------------------------------------------------------------------


def _vote(
    runs: Sequence[str], by: str, key: Path, node: str, says: str, yes: bool, config: Path | None
) -> None:
    with opened(config) as room:
        vote_on(room, runs, by, key, node=node, says=says, yes=yes)


def vote_on(
    room: Room,
    runs: Sequence[str],
    by: str,
    key: Path,
    *,
    node: str = "",
    says: str = "yes",
    yes: bool = False,
) -> None:
    """Show what runs ask, whole, and sign it.

    Args:
        room: Where.
        runs: Ids, or their beginnings.
        by: Name of the approver.
        key: File of their private key.
        node: Which question, where a run waits for several.
        says: ``yes`` or ``no``.
        yes: Sign without asking once more.
    """
    from agentwarrant.respond.people.voting import approver_named

    approver_named(room.settings, by)
    asked = [_question(room, room.run(run), node) for run in dict.fromkeys(runs)]
    private = _key(key)
    what = "yes to this" if says == "yes" else "no to this"
    if not yes and not asking.confirmed(f"{by} says {what}?"):
        raise typer.Abort
    faults: list[AgentWarrantError] = []
    for one in asked:  # one that is refused must not keep the others from theirs
        try:
            _signed(room, one, by, says, private)
        except AgentWarrantError as error:
            faults.append(error)
            if len(asked) > 1:
                say(f"{one.run}: {error}")
    if faults:
        raise faults[0]


def _question(room: Room, run: str, node: str) -> Asked:
    """Show what a run asks, whole, and return the request."""
    from agentwarrant.cli import respondtext
    from agentwarrant.respond.people import releasing
    from agentwarrant.respond.people.voting import waiting

    with room.ledger.reading() as connection:
        found = waiting(connection, run, node)
    plan = room.ledger.run(run).plan
    if found.node == releasing.NODE:
        lines = respondtext.release_lines(plan, found)
    else:
        lines = respondtext.question_lines(plan, found, _covered(room, found))
    typer.echo(respondtext.printed(lines), err=True)
    return found


def _covered(room: Room, asked: Asked) -> list[str]:
    """Return the ids of the points that a request is for."""
    from agentwarrant.respond.guard.guards import NODE
    from agentwarrant.respond.people.coverage import covering

    row = room.ledger.run(asked.run)
    if asked.node == NODE:
        return [point.id for point in row.plan.points()]
    return [point for point, nodes in covering(row.text).items() if asked.node in nodes]


def _signed(room: Room, asked: Asked, by: str, says: str, private: Ed25519PrivateKey) -> None:
    from agentwarrant.respond.people.approvals import State
    from agentwarrant.respond.people.keys import sign
    from agentwarrant.respond.people.releasing import NODE
    from agentwarrant.respond.people.voting import vote

    plan = room.ledger.run(asked.run).plan
    who_may = room.guards().electorate(plan)
    signature = sign(private, asked.message(says))
    found = vote(room.ledger, room.settings, asked.run, by, says, signature, who_may, asked.node)
    say(f"run {found.run}, {found.node}: {found.state}")
    if found.node == NODE and found.state == State.GRANTED:
        say(f"it goes when somebody asks for it: agentwarrant respond release {found.run}")


def _key(path: Path) -> Ed25519PrivateKey:
    from agentwarrant.respond.people.keys import read_key

    return read_key(path, asking.passphrase)
