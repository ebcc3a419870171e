"""Approvals: N of M people say yes to one plan, once, in time.

A request for approval has a nonce. What a person signs names run, node, the plan's hash, that
nonce, the word (``yes`` or ``no``) and when it expires: it fits no other plan, run, request or
word. A plan that changed since is asked for anew, with a new nonce; who had said yes says it
again. One no ends it, also after enough people have said yes, as long as it was not used. Without
enough people in time it is refused. Who may vote: ``voting``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update

from agentwarrant.errors import NotApproved
from agentwarrant.event import iso_from_ms
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.tables import approvals, votes
from agentwarrant.respond.runplan import Approval, canonical


class State(StrEnum):
    """How far a request for approval is."""

    ASKED = "asked"
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"
    DRIFTED = "drifted"  # the plan is another now
    USED = "used"
    NONE = "none"  # nobody was asked yet


OPEN = (State.ASKED, State.GRANTED)
GIVEN = (State.GRANTED, State.USED)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for approval.

    Attributes:
        attempt: Which request of this node it is: above 1 the plan was another before, or nobody
            answered in time.
        voted: Who has said what.
    """

    run: str
    node: str
    tenant: str
    plan_hash: str
    nonce: str
    needs: int
    state: State
    asked_ms: int
    expires_ms: int
    attempt: int = 1
    voted: Mapping[str, str] = field(default_factory=dict)

    def message(self, says: str) -> bytes:
        """Return what an approver signs."""
        return canonical(
            {
                "run": self.run,
                "node": self.node,
                "plan_hash": self.plan_hash,
                "nonce": self.nonce,
                "says": says,
                "expires": self.expires_ms,
            }
        )


def now_ms(connection: Connection) -> int:
    """Return the time of the ledger in milliseconds since 1970."""
    return audit.chain_of(connection).now_ms()


def ask(connection: Connection, run: str, tenant: str, node: Approval, plan_hash: str) -> Asked:
    """Ask for an approval, once: the same open request is returned, not made again.

    A request of the same node that is open for another plan is drifted from then on.

    Args:
        connection: Of a transaction that holds the head of the tenant's chain.
        run: The run's id.
        tenant: The run's.
        node: What is asked: how many, how long, for what.
        plan_hash: Of the plan as it is now.
    """
    found = latest(connection, run, node.id)
    if found is not None and found.state in OPEN:
        if found.plan_hash == plan_hash:
            return found
        become(connection, found, State.DRIFTED, "planner", {"plan_hash": plan_hash})
    moment = max(now_ms(connection), found.asked_ms + 1 if found else 0)  # the newest stands last
    made = Asked(
        run=run,
        node=node.id,
        tenant=tenant,
        plan_hash=plan_hash,
        nonce=secrets.token_hex(16),
        needs=node.needs,
        state=State.ASKED,
        asked_ms=moment,
        expires_ms=moment + int(node.seconds * 1000),
        attempt=found.attempt + 1 if found else 1,
    )
    own = {
        name: getattr(made, name)
        for name in ("run", "node", "tenant", "plan_hash", "nonce", "needs", "asked_ms",
                     "expires_ms")
    }  # fmt: skip
    connection.execute(insert(approvals).values(state=State.ASKED.value, **own))
    data = {"plan_hash": plan_hash, "nonce": made.nonce, "needs": node.needs,
            "expires": made.expires_ms, "reason": node.reason}  # fmt: skip
    audit.append(connection, tenant, "approval_asked", run, node.id, "responder", data)
    return made


def latest(connection: Connection, run: str, node: str) -> Asked | None:
    """Return the newest request of a node; one whose time is over counts as expired."""
    found = asked(connection, run, node)
    return found[-1] if found else None


def asked(connection: Connection, run: str, node: str = "") -> list[Asked]:
    """Return every request of a run, or of one node of it, in the order in which it was made."""
    where = (
        and_(approvals.c.run == run, approvals.c.node == node) if node else approvals.c.run == run
    )
    rows = connection.execute(
        select(approvals).where(where).order_by(approvals.c.asked_ms, approvals.c.nonce)
    ).all()
    count: dict[str, int] = {}
    made = []
    for row in rows:
        count[row.node] = count.get(row.node, 0) + 1
        made.append(_asked(connection, row, count[row.node]))
    return made


def _asked(connection: Connection, row: Row[Any], attempt: int) -> Asked:
    said = connection.execute(
        select(votes.c.approver, votes.c.says).where(votes.c.nonce == row.nonce)
    ).all()
    state = State(row.state)
    if state in OPEN and row.expires_ms <= now_ms(connection):
        state = State.EXPIRED
    return Asked(
        **{**dict(row._mapping), "state": state},
        attempt=attempt,
        voted={row.approver: row.says for row in said},
    )


def state(connection: Connection, run: str, node: str) -> State:
    """Return how far the newest request of a node is."""
    found = latest(connection, run, node)
    return found.state if found else State.NONE


def use(connection: Connection, run: str, node: str, plan_hash: str) -> Asked:
    """Spend a granted approval: the run goes on past its node, and nothing else ever does.

    Args:
        connection: Of a transaction that holds the head of the tenant's chain.
        run, node: Whose.
        plan_hash: Of the plan as it is now.

    Raises:
        NotApproved: It was not granted, its time is over, or it is of another plan.
    """
    found = latest(connection, run, node)
    if found is None or found.state is not State.GRANTED or found.plan_hash != plan_hash:
        was = found.state if found else State.NONE
        if found is not None and found.plan_hash != plan_hash:
            was = State.DRIFTED
        raise NotApproved(f"the approval {node} is {was}", where=run)
    changed = connection.execute(
        update(approvals)
        .where(approvals.c.nonce == found.nonce, approvals.c.state == State.GRANTED.value)
        .values(state=State.USED.value)
    )
    if changed.rowcount != 1:
        raise NotApproved(f"the approval {node} was used already", where=run)
    data = {"nonce": found.nonce, "plan_hash": plan_hash}
    audit.append(connection, found.tenant, "approval_used", run, node, "responder", data)
    return found


def close(connection: Connection, run: str, node: str = "") -> list[Asked]:
    """Mark open requests of a run whose time is over as expired; return them."""
    late = [one for one in asked(connection, run, node) if one.state is State.EXPIRED]
    return [one for one in late if become(connection, one, State.EXPIRED, "responder", {})]


def become(
    connection: Connection, one: Asked, state: State, actor: str, data: Mapping[str, Any]
) -> bool:
    """Set a request's state, from open only, and record it; False: it was not open any more.

    Args:
        connection: Of a transaction that holds the head of the tenant's chain.
        one: The request.
        state: What it becomes.
        actor: Who does it.
        data: What else the entry tells.
    """
    changed = connection.execute(
        update(approvals)
        .where(approvals.c.nonce == one.nonce, approvals.c.state.in_([o.value for o in OPEN]))
        .values(state=state.value)
    )
    if changed.rowcount:
        own = {"nonce": one.nonce, **data}
        audit.append(
            connection, one.tenant, f"approval_{state.value}", one.run, one.node, actor, own
        )
    return bool(changed.rowcount)


def deadline(one: Asked) -> str:
    """Return until when a request can be answered."""
    return iso_from_ms(one.expires_ms)
