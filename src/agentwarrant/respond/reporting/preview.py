"""A plan before it is carried out: what a run of it would meet now, as far as can be told."""

from __future__ import annotations

from dataclasses import dataclass

from agentwarrant.respond.action import TOUCHES_NOBODY
from agentwarrant.respond.guard import storms
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.people import voting
from agentwarrant.respond.planning.playbook import named
from agentwarrant.respond.reporting.intake import Planning, to_release
from agentwarrant.respond.runplan import Approval, RunPlan, walk
from agentwarrant.respond.settings import Mode


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan, and what a run of it would meet.

    Attributes:
        plan: What would be done.
        forbidden: What forbids it, whoever approves.
        cautions: Why it would wait for people although its mode is ``auto``; what touches nobody
            waits for nobody.
        needs: How many people must say yes, at most at once; 0: nobody is asked.
        approvers: Names of those who may.
        open_run: The run that is open and would take the cases instead of a new one; or empty.
        takes_back: Does its playbook take back what runs did?
        taken_back: Those runs, the newest first.
    """

    plan: RunPlan
    forbidden: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    needs: int = 0
    approvers: tuple[str, ...] = ()
    open_run: str = ""
    takes_back: bool = False
    taken_back: tuple[RunRow, ...] = ()


def preview(plan: RunPlan, planning: Planning, ledger: Ledger | None = None) -> Preview:
    """Return what a run of a plan would meet now; nothing is entered.

    Args:
        plan: The plan.
        planning: What it was planned with.
        ledger: Where runs and switches stand; None: there are none.
    """
    guards = planning.guards
    touches = any(point.verb not in TOUCHES_NOBODY for point in plan.points())
    cautions = guards.cautions(plan, ledger) if touches else []
    takes_back = bool(named(planning.playbooks(), plan.playbook).takes_back)
    back = to_release(ledger, plan.tenant, plan.agent) if ledger and takes_back else []
    return Preview(
        plan,
        forbidden=tuple(guards.of_plan(plan, ledger)),
        cautions=tuple(cautions),
        needs=_needs(plan, planning, bool(cautions)),
        approvers=tuple(voting.who_may(planning.settings, plan.tenant, guards.electorate(plan))),
        open_run=storms.taking(ledger, plan) if ledger and not takes_back else "",
        takes_back=takes_back,
        taken_back=tuple(back),
    )


def _needs(plan: RunPlan, planning: Planning, held: bool) -> int:
    if plan.mode == Mode.OBSERVE:
        return 0
    asked = [node.needs for node in walk(plan.root) if isinstance(node, Approval)]
    if held:
        kinds = {point.reversibility for point in plan.points()}
        asked += [planning.guards.needed(plan.tenant, plan.agent, kind) for kind in kinds]
    return max(asked, default=0)
