"""How a plan gets into the ledger."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.tables import PointState, RunState, points, runs
from agentwarrant.respond.runplan import Point, RunPlan, canonical, plan_data


def entered(connection: Connection, plan: RunPlan, actor: str) -> str:
    """Take a plan in (``Ledger.enter``), in a transaction that holds the tenant's head."""
    now, run = audit.chain_of(connection).now_ms(), secrets.token_hex(8)
    state = RunState.OBSERVED if plan.mode == "observe" else RunState.PLANNED
    own = {
        "id": run,
        "tenant": plan.tenant,
        "agent": plan.agent,
        "playbook": plan.playbook,
        "state": state.value,
        "mode": plan.mode,
        "plan": canonical(plan_data(plan)).decode(),
        "plan_hash": plan.hash,
        "cases": canonical(list(plan.cases)).decode(),
        "first_event_ms": _ms(plan.facts.get("first_event")),
        "created_ms": now,
        "updated_ms": now,
    }
    connection.execute(insert(runs).values(**own))
    rows = [_row(run, plan, point) for point in plan.points()]
    if rows:
        connection.execute(insert(points), rows)
    told = {"plan_hash": plan.hash, "playbook": plan.playbook, "agent": plan.agent,
            "mode": plan.mode, "cases": list(plan.cases), "points": len(rows)}  # fmt: skip
    audit.append(connection, plan.tenant, f"run_{state}", run, "", actor, told)
    return run


def _row(run: str, plan: RunPlan, point: Point) -> dict[str, Any]:
    return {
        "run": run,
        "point": point.id,
        "tenant": plan.tenant,
        "agent": plan.agent,
        "key": point.key,
        "action": point.action,
        "connection": point.connection,
        "reversibility": point.reversibility.value,
        "state": PointState.PLANNED.value,
        "residual_s": point.step.residual_seconds,
    }


def _ms(iso: object) -> int:
    """Return a time of a case in milliseconds; 0 where it is none."""
    try:
        return int(datetime.fromisoformat(str(iso)).timestamp() * 1000)
    except ValueError:
        return 0
