"""Case -> proposed response: which playbook fits, and what each of its steps would send.

This is what reports and the SIEM show. No connection is configured here: what is proposed is what
the agent's accounts allow, so steps about hosts, domains and people to tell are left out until a
run is planned (``planner``). Real state is read where a transport is given, and only through
``ObserveTransport``: proposing cannot change anything. Without one, or when the vendor cannot be
asked, the plan is made of the case alone and says so at each step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from agentwarrant.event import compact_json
from agentwarrant.finding import Case
from agentwarrant.redact import Redactor
from agentwarrant.respond.action import Action, Reversibility, Step
from agentwarrant.respond.model import ProposedResponse, ProposedStep
from agentwarrant.respond.planning import reach, readings
from agentwarrant.respond.planning.compiled import Compiler
from agentwarrant.respond.planning.parts import PlaybookStep
from agentwarrant.respond.planning.playbook import Playbook, fitting, playbooks
from agentwarrant.respond.planning.readings import Planned
from agentwarrant.respond.planning.targets import Known, facts_of, target_of
from agentwarrant.respond.transport import Transport

MODE = "observe"
NOTHING, NO_UNDO = "nothing", "nothing to undo"
CANNOT_BE_UNDONE = ""
"""What reports have a word of their own for."""
NOT_KNOWN = "not known until it is planned at the time"
MOST_KINDS = 4
MOST_OF_ONE, MOST = 8, 40
"""Requests that are shown of one step of a playbook, and of all: a report is for reading."""


def propose(
    case: Case,
    redactor: Redactor,
    transports: Mapping[str, Transport] | None = None,
    known: Known | None = None,
    among: Sequence[Playbook] | None = None,
) -> ProposedResponse | None:
    """Return the playbook that fits a case best, planned for it.

    Args:
        case: The case; its timeline names the sessions, channels and accounts.
        redactor: Takes secrets out of what is shown.
        transports: Where real state is read, by vendor name. What is given is wrapped: nothing
            but the vendor's reads passes.
        known: Warrants and inventory, which may name more accounts than fired.
        among: The playbooks; None: the shipped ones.

    Returns:
        None when no playbook fits, or none of its steps is about anything that the agent has.
    """
    all_ = playbooks() if among is None else among
    for playbook in fitting(case, all_):
        steps = list(_propose(playbook, all_, case, redactor, transports or {}, known))
        if steps:
            return ProposedResponse(playbook.name, playbook.title, MODE, _first(steps, MOST))
    return None


def unanswered(
    case: Case, known: Known | None = None, among: Sequence[Playbook] | None = None
) -> str:
    """Return in a few words why ``propose`` has nothing for a case: which condition is not met."""
    fits = fitting(case, playbooks() if among is None else among)
    if not fits:
        return f"none is offered for a {case.severity} case of these rules"
    accounts = target_of(case, known).accounts
    said = f"{fits[0].name} is for it, but"
    mend = "a warrant can name what else the agent has"
    if not accounts:
        return f"{said} no account of the agent is known; {mend}"
    kinds = list(dict.fromkeys(ref.partition(":")[0] for ref in accounts))
    named = ", ".join(_first_kinds(kinds))
    if not any(reach.vendors_for(ref) for ref in accounts):
        return f"{said} no vendor here acts on {named}, all that is known of the agent; {mend}"
    return f"{said} none of its steps is about what the agent has ({named}); {mend}"


def _first_kinds(kinds: list[str]) -> list[str]:
    rest = len(kinds) - MOST_KINDS
    return [*kinds[:MOST_KINDS], f"{rest} more"] if rest > 0 else kinds


def _propose(
    playbook: Playbook,
    among: Sequence[Playbook],
    case: Case,
    redactor: Redactor,
    transports: Mapping[str, Transport],
    known: Known | None,
) -> Iterator[ProposedStep]:
    target = target_of(case, known)
    compiler = Compiler(among, facts_of(case, known), target)
    found: list[tuple[str, PlaybookStep, reach.Way]] = []
    for identity, step in compiler.asked(playbook, certain=True).items():
        wanted = [a for a in reach.asked_for(step.verb, step.action, step.about) if _is_told_by(a)]
        for way in reach.ways(wanted, target, lambda vendor: (None,)):
            found.append((identity, step, way))
    planned = readings.read([way for _, _, way in found], transports)
    listed: dict[str, list[ProposedStep]] = {}
    for (identity, step, _), made in zip(found, planned, strict=True):
        rows = listed.setdefault(identity, [])
        is_left_out = _is_left_out(made, made.way.over in transports)
        rows += _steps(identity, step, made, redactor, len(rows), is_left_out)
    for rows in listed.values():
        yield from _first(rows, MOST_OF_ONE)


def _first(rows: list[ProposedStep], most: int) -> list[ProposedStep]:
    """Return the first rows; the last of them says how many are not shown."""
    if len(rows) <= most:
        return rows
    last = rows[most - 1]
    said = f"{last.note} {len(rows) - most} more steps are not shown here.".strip()
    return [*rows[: most - 1], replace(last, note=said)]


def _is_told_by(action: Action) -> bool:
    """Do the agent's accounts tell that there is something for it to do?"""
    return not action.kinds or any("." in kind for kind in action.kinds)


def _is_left_out(made: Planned, was_read: bool) -> bool:
    """Is it known that there is nothing to do: by real state, or by a guard that forbids it?"""
    unread = any(note.startswith((readings.UNREAD, readings.UNPLANNED)) for note in made.notes)
    forbidden = any(note.startswith(readings.FORBIDDEN) for note in made.notes)
    return not made.steps and (forbidden or (was_read and not unread))


def _steps(
    identity: str,
    step: PlaybookStep,
    made: Planned,
    redactor: Redactor,
    before: int,
    is_left_out: bool,
) -> Iterator[ProposedStep]:
    action = made.way.action
    notes = " ".join(f"{note}." for note in made.notes)
    if not made.steps:
        yield _shown(
            redactor, id=_numbered(identity, before + 1), title=action.title,
            vendor=action.vendor, call=action.method, note=notes,
            changes=NOTHING if is_left_out else NOT_KNOWN,
            undo=NO_UNDO if is_left_out else _undo(action),
        )  # fmt: skip
    for number, planned in enumerate(made.steps, 1):
        yield _proposed(
            _numbered(identity, before + number),
            step,
            action,
            planned,
            redactor,
            notes if number == 1 else "",
        )


def _numbered(identity: str, number: int) -> str:
    return identity if number == 1 else f"{identity}-{number}"


def _proposed(
    identity: str,
    step: PlaybookStep,
    action: Action,
    planned: Step,
    redactor: Redactor,
    notes: str,
) -> ProposedStep:
    request = planned.request
    parameters, _ = redactor.value(request.shown())
    needs = f"Needs {', '.join(action.required_permissions)}."
    final = action.reversibility is Reversibility.IRREVERSIBLE
    approval = "A person must approve it." if step.needs_approval or final else ""
    proof = f"Would be proved by {planned.verify}."
    return _shown(
        redactor,
        id=identity,
        title=planned.title,
        vendor=action.vendor,
        call=f"{request.method} ({request.endpoint})",
        parameters=compact_json(parameters),
        changes=planned.changes,
        undo="; ".join(request.text for request in planned.undo) or _undo(action),
        note=" ".join(filter(None, (planned.note, notes, proof, needs, approval))),
    )


def _undo(action: Action) -> str:
    """Return what is known of taking it back where no request is known that does."""
    return _UNDONE[action.reversibility]


_UNDONE = {
    Reversibility.READ_ONLY: NO_UNDO,
    Reversibility.REVERSIBLE: NOT_KNOWN,
    Reversibility.EXTERNALLY_REVERSIBLE: CANNOT_BE_UNDONE,
    Reversibility.IRREVERSIBLE: CANNOT_BE_UNDONE,
}


def _shown(redactor: Redactor, **fields: str) -> ProposedStep:
    return ProposedStep(**{name: redactor.text(text)[0] for name, text in fields.items()})
