"""What became of a run that is over, in words, for whoever still wants something of it."""

from __future__ import annotations

from sqlalchemy import Connection

from agentwarrant.errors import ResponseError
from agentwarrant.event import iso_from_ms
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.ledger.tables import RunState

_NOTHING = {
    RunState.OBSERVED: "it was only observed: nothing was sent for it",
    RunState.REFUSED: "it was refused: nothing of it is in force",
}
_TAKEN_BACK = {
    RunState.RELEASING: "it is being released",
    RunState.RELEASED: "it is released already",
}


def not_over(connection: Connection, row: RunRow) -> None:
    """Let a run pass of which something is, or may come to be, in force.

    Args:
        connection: Reads the ledger.
        row: The run.

    Raises:
        ResponseError: It is over, or on its way there; since when, and by whom.
    """
    said = _NOTHING.get(row.state, "")
    if row.state in _TAKEN_BACK:
        since, _ = _last(connection, row, row.state)
        _, who = _last(connection, row, RunState.RELEASING)
        said = f"{_TAKEN_BACK[row.state]}, since {since}; {who} asked for it"
    if said:
        raise ResponseError(said, where=row.id, mend=f"agentwarrant respond show {row.id}")


def _last(connection: Connection, row: RunRow, state: RunState) -> tuple[str, str]:
    """Return when a run was last brought into a state, and by whom."""
    entries = audit.told(connection, row.tenant, row.id)
    found = [one for one in entries if one.kind == f"run_{state}"]
    return (iso_from_ms(found[-1].at_ms), found[-1].actor) if found else ("a time", "somebody")
