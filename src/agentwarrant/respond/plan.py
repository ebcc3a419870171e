"""Case -> proposed response: which playbook fits, and what each of its steps would send.

Real state is read where a transport is given, and only through ``ObserveTransport``: planning
cannot change anything. Without one, or when the vendor cannot be asked, the plan is made of the
case alone and says so at each step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agentwarrant.errors import (
    ObserveOnly,
    OutcomeUnknown,
    Refused,
    ResponseError,
    Unreachable,
)
from agentwarrant.event import Event, compact_json, text_of
from agentwarrant.finding import Case
from agentwarrant.redact import Redactor
from agentwarrant.respond.action import Action, Plan, Step, Target
from agentwarrant.respond.model import ProposedResponse, ProposedStep
from agentwarrant.respond.playbook import Playbook, PlaybookStep, playbooks
from agentwarrant.respond.transport import ObserveTransport, Transport
from agentwarrant.respond.vendor import actions, vendors

MODE = "observe"
NOTHING = "nothing"
_UNDO_LATER = "made from the state that is read when the step runs"


def propose(
    case: Case, redactor: Redactor, transports: Mapping[str, Transport] | None = None
) -> ProposedResponse | None:
    """Return the first playbook, by name, that fits a case, planned for it.

    Args:
        case: The case; its timeline names the sessions and channels.
        redactor: Takes secrets out of what is shown.
        transports: Where real state is read, by vendor name. What is given is wrapped: nothing
            but the vendor's reads passes.

    Returns:
        None when no playbook fits, or none of its steps is about the case's source.
    """
    for playbook in playbooks():
        if playbook.fits(case):
            steps = list(_propose(playbook, case, redactor, transports or {}))
            if steps:
                return ProposedResponse(playbook.name, playbook.title, MODE, steps)
    return None


def target_of(case: Case) -> Target:
    """Return what a case is about: its agent, and the sessions and channels of its own events."""
    own = [e for e in case.timeline if text_of(e, "gen_ai.agent.id") == case.agent]
    return Target(
        agent=_at_its_source(own, case),
        sessions=tuple(_distinct(text_of(e, "warrant.session.key") for e in own)),
        channels=tuple(_distinct(text_of(e, "warrant.channel") for e in own)),
    )


def _at_its_source(own: list[Event], case: Case) -> str:
    """Return what the source calls the agent: a warrant may call it something else."""
    prefix = f"{case.source}.agent:"
    for event in own:
        accounts = event.get("warrant.identity.accounts")
        for ref in accounts if isinstance(accounts, list) else ():
            name = str(ref).removeprefix(prefix)
            if name != ref and "/" not in name:
                return name
    return case.agent


def _distinct(names: Iterator[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name]


def _propose(
    playbook: Playbook, case: Case, redactor: Redactor, transports: Mapping[str, Transport]
) -> Iterator[ProposedStep]:
    target = target_of(case)
    for step in playbook.steps:
        vendor = vendors()[step.vendor]
        if case.source in vendor.sources:
            inner = transports.get(vendor.name)
            transport = ObserveTransport(inner, vendor.only_reads) if inner else None
            action = actions()[step.action]
            yield from _steps(step, action, _plan(action, target, transport), redactor)


def _plan(action: Action, target: Target, transport: ObserveTransport | None) -> Plan:
    """Plan with what can be read; a fault becomes a note, so that the other steps still show."""
    try:
        return action.plan(target, transport)
    except ObserveOnly:  # planning that is no reading is a fault of the vendor's file
        raise
    except (Refused, Unreachable, OutcomeUnknown) as error:
        from_case = _plan(action, target, None)
        note = f"Made from the case alone: {error}"
        return Plan(action.id, target, from_case.steps, (note, *from_case.notes))
    except ResponseError as error:
        return Plan(action.id, target, notes=(f"Cannot be planned: {error}",))


def _steps(
    step: PlaybookStep, action: Action, plan: Plan, redactor: Redactor
) -> Iterator[ProposedStep]:
    notes = " ".join(f"{note}." for note in plan.notes)
    if not plan.steps:
        yield _shown(
            redactor, id=step.id, title=action.title, vendor=action.vendor, call=action.method,
            changes=NOTHING, undo="nothing to undo", note=notes,
        )  # fmt: skip
    for number, planned in enumerate(plan.steps, 1):
        yield _proposed(step, action, planned, redactor, number, notes if number == 1 else "")


def _proposed(
    step: PlaybookStep, action: Action, planned: Step, redactor: Redactor, number: int, notes: str
) -> ProposedStep:
    request = planned.request
    parameters, _ = redactor.value(request.shown())
    needs = f"Needs {', '.join(action.required_permissions)}."
    approval = "A person must approve it." if step.needs_approval else ""
    proof = f"Would be proved by {planned.verify}."
    return _shown(
        redactor,
        id=step.id if number == 1 else f"{step.id}-{number}",
        title=planned.title,
        vendor=action.vendor,
        call=f"{request.method} ({request.endpoint})",
        parameters=compact_json(parameters),
        changes=planned.changes,
        undo=_undo(action, planned),
        note=" ".join(filter(None, (planned.note, notes, proof, needs, approval))),
    )


def _undo(action: Action, planned: Step) -> str:
    if planned.undo:
        return "; ".join(request.text for request in planned.undo)
    return _UNDO_LATER if action.reversibility == "reversible" else ""


def _shown(redactor: Redactor, **fields: str) -> ProposedStep:
    return ProposedStep(**{name: redactor.text(text)[0] for name, text in fields.items()})
