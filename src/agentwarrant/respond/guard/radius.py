"""The blast radius: how much of a tenant was touched lately, counted where the intent is written.

The tenant's head row is locked in that transaction, so two workers cannot each take the last
place. What was taken back counts all the same: it was touched. Telling people and taking evidence
touches nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, distinct, func, select

from agentwarrant.errors import NotApproved
from agentwarrant.respond.action import TOUCHES_NOBODY
from agentwarrant.respond.ledger.tables import points
from agentwarrant.respond.settings import Limits
from agentwarrant.respond.vendor import actions

DAY_MS = 86_400_000
RETRIED_MS = DAY_MS
"""How long after the first intent a change may be sent again, at most."""


class TooMany(NotApproved):
    """It would be one too many in a window: from here on people decide."""


@cache
def harmless() -> frozenset[str]:
    """Return the actions (``vendor.name``) that touch nobody."""
    return frozenset(i for i, action in actions().items() if action.verb in TOUCHES_NOBODY)


@dataclass(frozen=True, slots=True)
class Touched:
    """How much of a tenant was touched.

    Attributes:
        agents: Other agents, in the window of ``Limits.agents``.
        daily: Other agents, in 24 hours.
        actions: Changes, in the window of ``Limits.actions``.
    """

    agents: int
    daily: int
    actions: int


def touched(connection: Connection, tenant: str, agent: str, limits: Limits, now: int) -> Touched:
    """Count what was touched of a tenant beside one agent.

    Args:
        connection: Of the transaction that writes the intent.
        tenant: Whose.
        agent: The agent that is about to be touched; it is not among the agents counted.
        limits: Say how far back.
        now: In milliseconds.
    """
    row = connection.execute(
        _COUNT,
        {
            "tenant": tenant,
            "agent": agent,
            "agents_since": now - limits.agents_ms,
            "daily_since": now - DAY_MS,
            "actions_since": now - limits.actions_ms,
            "since": now - max(limits.agents_ms, DAY_MS, limits.actions_ms) - RETRIED_MS,
            "harmless": sorted(harmless()) or [""],
        },
    ).one()
    return Touched(int(row[0]), int(row[1]), int(row[2]))


def _count() -> Select[Any]:
    """Return the query; it is made once, for making it takes longer than asking it."""
    when, other = points.c.intended_ms, points.c.agent != bindparam("agent")
    lately = case((and_(other, when > bindparam("agents_since")), points.c.agent))
    daily = case((and_(other, when > bindparam("daily_since")), points.c.agent))
    times = case((points.c.attempts > 1, points.c.attempts), else_=1)
    sent = case((points.c.sent_ms > bindparam("actions_since"), times), else_=0)
    return select(
        func.count(distinct(lately)), func.count(distinct(daily)), func.coalesce(func.sum(sent), 0)
    ).where(
        points.c.tenant == bindparam("tenant"),
        when > bindparam("since"),  # of an index
        points.c.action.not_in(bindparam("harmless", expanding=True)),
    )


_COUNT = _count()


def too_much(limits: Limits, found: Touched, known: int) -> str:
    """Return which limit one more change at one more agent would break; empty for none.

    Args:
        limits: The tenant's.
        found: What was touched beside it.
        known: How many agents the tenant's warrants know; 0: unknown, and no share is told.
    """
    minutes = limits.agents_ms // 60_000
    if found.agents + 1 > limits.agents:
        return f"it would be agent {found.agents + 1} in {minutes} minutes, {limits.agents} may be"
    if found.daily + 1 > limits.daily:
        return f"it would be agent {found.daily + 1} in 24 hours, {limits.daily} may be"
    share = max(1, int(limits.share * known))
    if known and found.daily + 1 > share:
        part = f"{limits.share:.0%} of {known} known agents"
        return f"it would be agent {found.daily + 1} in 24 hours, {share} may be ({part})"
    if found.actions + 1 > limits.actions:
        span = limits.actions_ms // 60_000
        return f"it would be change {found.actions + 1} in {span} minutes, {limits.actions} may be"
    return ""
