"""What is going on: open runs, what they wait for, and which switches are on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from agentwarrant.event import iso_from_ms
from agentwarrant.respond.guard import switches
from agentwarrant.respond.guard.storms import bundles
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.ledger.tables import EVERYONE, PointState, RunState
from agentwarrant.respond.people import approvals
from agentwarrant.respond.people.approvals import State

_TAKEN_BACK = (RunState.RELEASING, RunState.RELEASED, RunState.NOT_RELEASED)
OVER = (RunState.OBSERVED, RunState.REFUSED, RunState.RELEASED)


@dataclass(frozen=True, slots=True)
class Overview:
    """What is going on.

    Attributes:
        switches: A line for each that is on.
        runs: A row for each run: ``run``, ``tenant``, ``agent``, ``playbook``, ``state``,
            ``points`` (verified of all), ``taken_back`` (how many of all, in words, of a run that
            is released, or is to be; else empty), ``waits`` (for what, until when),
            ``reason``.
        bundles: Runs that wait and belong together, where there are several.
    """

    switches: list[str]
    runs: list[dict[str, str]]
    bundles: list[list[str]]

    def data(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)


def of(ledger: Ledger, tenant: str | None = None, every: bool = False) -> Overview:
    """Return what is going on.

    Args:
        ledger: Where.
        tenant: Of whom; None: of all.
        every: Also runs that are over.
    """
    rows = [row for row in ledger.runs(tenant) if every or row.state not in OVER]
    waiting = [row for row in rows if row.state is RunState.AWAITING]
    return Overview(
        switches=_switches(ledger, tenant),
        runs=[_row(ledger, row) for row in rows],
        bundles=[[r.id for r in one] for one in bundles(waiting) if len(one) > 1],
    )


def _switches(ledger: Ledger, tenant: str | None) -> list[str]:
    with ledger.reading() as connection:
        on = switches.all_engaged(connection)
    return [
        f"{one.name.value} is on for {_whom(one.tenant)} since {iso_from_ms(one.at_ms)},"
        f" by {one.by}: {one.reason}"
        for one in on
        if tenant is None or one.tenant in (tenant, EVERYONE)
    ]


def _whom(tenant: str) -> str:
    return "every tenant" if tenant == EVERYONE else tenant


def _row(ledger: Ledger, row: RunRow) -> dict[str, str]:
    points = ledger.points(row.id)
    done = sum(point.state is PointState.VERIFIED for point in points)
    back = sum(point.state is PointState.ROLLED_BACK for point in points)
    return {
        "run": row.id,
        "tenant": row.tenant,
        "agent": row.agent,
        "playbook": row.playbook,
        "state": row.state.value,
        "points": f"{done}/{len(points)}",
        "taken_back": f"{back} of {len(points)} taken back" if row.state in _TAKEN_BACK else "",
        "waits": _waits(ledger, row),
        "reason": row.reason,
    }


def _waits(ledger: Ledger, row: RunRow) -> str:
    with ledger.reading() as connection:
        asked = approvals.asked(connection, row.id)
    newest = {one.node: one for one in asked}
    said = []
    for one in newest.values():
        if one.state is State.ASKED:
            yes = sum(word == "yes" for word in one.voted.values())
            said.append(f"{one.node}: {yes} of {one.needs} yes by {iso_from_ms(one.expires_ms)}")
    return "; ".join(said)
