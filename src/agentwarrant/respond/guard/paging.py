"""One page to people when the breaker opens: a run of its own, so that it is sent and recorded.

It is planned from words alone: nothing is asked of anybody while the ledger is held.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentwarrant.errors import ResponseError
from agentwarrant.respond.action import Target, Verb
from agentwarrant.respond.runplan import Node, Parallel, Point, RunPlan, Sequence
from agentwarrant.respond.settings import Mode, Settings
from agentwarrant.respond.vendor import actions

PLAYBOOK = "page-breaker"
_MOST = 20


def page(settings: Settings, tenant: str, agent: str, name: str, reason: str) -> RunPlan | None:
    """Return the plan that tells people; None where no connection of the tenant can.

    Args:
        settings: Their connections with an action of the verb ``notify``.
        tenant: Whose breaker it is.
        agent: At which agent it opened.
        name: Of this opening: the same is told once.
        reason: Why it opened.
    """
    target = Target(
        agent=agent,
        tenant=tenant,
        case=name,
        title="The breaker is open: every response waits for people",
        severity="critical",
        summary=f"{reason}\nagentwarrant respond status",
    )
    nodes: tuple[Node, ...] = tuple(_points(settings, target))[:_MOST]
    if not nodes:
        return None
    root = Sequence(PLAYBOOK, (Parallel(f"{PLAYBOOK}@", nodes),))
    return RunPlan(PLAYBOOK, target.title, tenant, agent, (name,), Mode.AUTO.value, root)


def _points(settings: Settings, target: Target) -> Iterator[Point]:
    for action in sorted(actions().values(), key=lambda one: one.id):
        if action.verb is not Verb.NOTIFY:
            continue
        for connection in settings.connections_for(action.vendor, target.tenant):
            try:
                steps = action.plan(target).steps
            except ResponseError:  # one that cannot be told must not keep the others from it
                continue
            for number, step in enumerate(steps, 1):
                yield Point(
                    id=f"{connection.name}.{action.name}.{number}",
                    action=action.id,
                    connection=connection.name,
                    reversibility=action.reversibility,
                    verb=action.verb,
                    on_failure="continue",
                    step=step,
                )
