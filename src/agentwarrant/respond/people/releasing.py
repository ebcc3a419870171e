"""Who lets an agent go: as many people as were asked before it was held.

A release gives powers back. Where somebody had to say yes to what a run did, as many have to say
yes before it is taken back, by the same signatures (``approvals``, ``voting``): of people, in time,
for this run's plan alone, once. What nobody was asked for is released without asking, and so is
what the timer takes back, which leaves disabled credentials as they are.
"""

from __future__ import annotations

from sqlalchemy import Connection

from agentwarrant.errors import NotApproved
from agentwarrant.respond.ledger.rows import RunRow, points_of
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.people import approvals
from agentwarrant.respond.runplan import Approval, walk

NODE = "release"
"""The approval that a release asks for; it is no node of a plan."""


def needed(connection: Connection, run: RunRow) -> int:
    """Return how many people must let it go: the most that were asked for what is taken back.

    Args:
        connection: Reads the ledger.
        run: What would be taken back.
    """
    asked = approvals.asked(connection, run.id)
    used = [one for one in asked if one.state is approvals.State.USED]
    if run.state is RunState.NOT_RELEASED and any(one.node == NODE for one in used):
        return 0  # they have said yes: it is tried once more
    rows = points_of(connection, run.id)
    by = {row.approval for row in rows if run.point(row.point).step.undo}
    apart = {node.id for node in walk(run.plan.root) if isinstance(node, Approval)} - by
    return max((one.needs for one in used if one.node not in (NODE, *apart)), default=0)


def ask(connection: Connection, run: RunRow, seconds: float, reason: str) -> approvals.Asked | None:
    """Ask people to let it go, once; None: nobody has to.

    Args:
        connection: Of a transaction that holds the head of the tenant's chain.
        run: What would be taken back.
        seconds: How long they have.
        reason: Who wants it, and why.
    """
    people = needed(connection, run)
    if not people:
        return None
    node = Approval(NODE, people, seconds, reason)
    return approvals.ask(connection, run.id, run.tenant, node, run.plan_hash)


def spend(connection: Connection, run: RunRow) -> None:
    """Hold a release to what people said, and spend their approval.

    Args:
        connection: Of the transaction that begins the release.
        run: What is to be taken back.

    Raises:
        NotApproved: Somebody has to say yes first.
    """
    people = needed(connection, run)
    if not people:
        return
    try:
        approvals.use(connection, run.id, NODE, run.plan_hash)
    except NotApproved as error:
        who = "an approver" if people == 1 else f"{people} approvers"
        mend = f"agentwarrant respond release {run.id} --as NAME --key FILE"
        raise NotApproved(f"{who} must say yes to its release", where=run.id, mend=mend) from error
