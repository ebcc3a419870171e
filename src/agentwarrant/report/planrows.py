"""What is told of a plan before it is carried out, in rows: drawn on a terminal, or in a ticket.

Rows hold what agents wrote as they wrote it: whoever shows them makes it harmless. Requests are
never cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentwarrant.report.words import count, listed
from agentwarrant.respond import runplan
from agentwarrant.respond.action import TOUCHES_NOBODY, Reversibility
from agentwarrant.respond.runplan import Approval, Decide, Node, Parallel, Point, RunPlan, Wait
from agentwarrant.respond.settings import Mode

if TYPE_CHECKING:
    from agentwarrant.respond.reporting.preview import Preview

_CASES = 10
_FINAL = "cannot be taken back"
_NOT_COVERED = "NOT COVERED"
_STOPS = "Stops working: "
_QUOTED = re.compile(r"(.*: )('[^']*')")

Span = tuple[str, str]
"""Text and its style."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of what is told of a plan.

    Attributes:
        depth: How far in; 0: a heading.
        spans: What it says.
        more: Does it belong to the row before, which it says more of?
    """

    depth: int
    spans: tuple[Span, ...]
    more: bool = False

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.spans)


def _row(depth: int, text: str, style: str = "", *, more: bool = False) -> Row:
    return Row(depth, ((text, style),), more)


def plan_rows(preview: Preview) -> Iterator[Row]:
    """Tell a plan: what would be done to whom, what stops working, what forbids it, who is asked.

    A terminal shows the end of what is long, so what must not be missed stands there.
    """
    plan = preview.plan
    yield from _head(preview)
    yield from _inside(plan.root, 1)
    said = set(map(str, plan.facts.get("stops", ())))
    stops = [note for note in plan.notes if note in said]  # only notes are what is approved
    yield from _section("Cannot be taken back", plan.irreversible, "red")
    left = [note for note in plan.notes if note not in said]
    yield from _section("To know before", _together(left))
    about = "What stops working" if _touches(plan) else "What would stop working, were it stopped"
    about = "Whom it is about" if preview.takes_back else about
    yield from _section(about, [one.removeprefix(_STOPS) for one in stops])
    back = [f"run {run.id} of {run.playbook}, now {run.state}" for run in preview.taken_back]
    if preview.takes_back:
        nothing = [f"none: no run has anything in force about {plan.agent}"]
        yield from _section("Runs that are taken back, one after the other", back or nothing)
    yield from _section("Waits for people", list(_asked(preview)), "bold yellow")
    yield from _section(
        "FORBIDDEN: it does not start, whoever approves", preview.forbidden, "bold red"
    )


def is_idle(preview: Preview) -> bool:
    """Would a run touch nothing, and is none of the agent's accounts within reach?

    Where there is nothing left to do because it is done, this is not so.
    """
    facts = preview.plan.facts
    accounts, missing = set(facts.get("accounts", ())), set(facts.get("not_covered", ()))
    return accounts <= missing and not _touches(preview.plan) and not preview.takes_back


def _touches(plan: RunPlan) -> bool:
    return any(point.verb not in TOUCHES_NOBODY for point in plan.points())


def _section(title: str, lines: Sequence[str], style: str = "") -> Iterator[Row]:
    if lines:
        yield _row(0, title, style or "bold")
        for line in lines:
            yield _row(1, line, "bold yellow" if _NOT_COVERED in line else style)


def _head(preview: Preview) -> Iterator[Row]:
    plan = preview.plan
    points = list(plan.points())
    quiet = sum(point.verb in TOUCHES_NOBODY for point in points)
    number = count(len(points) - quiet, "change")
    beside = f" and {count(quiet, 'step')} that {'touches' if quiet == 1 else 'touch'} nobody"
    whom = f"{plan.agent} of {plan.tenant or 'no tenant'}"
    head = f"{plan.title}: {whom}; {number}{beside * bool(quiet)}, mode {plan.mode}"
    yield _row(0, head, "bold")
    yield _row(0, f"playbook {plan.playbook}, plan {plan.hash}", "dim", more=True)
    if plan.cases:
        more = len(plan.cases) - _CASES
        named = [*plan.cases[:_CASES], *([f"{more} more"] if more > 0 else [])]
        word = "case" if len(plan.cases) == 1 else "cases"
        yield _row(0, f"{word} {listed(named)}", "dim", more=True)
    if plan.mode == Mode.OBSERVE and not preview.takes_back:
        what = "mode observe: a run is written down, and nothing is sent"
        yield _row(0, what, "dim", more=True)
    if preview.open_run:
        what = f"run {preview.open_run} is open and does all of this: it takes the case"
        yield _row(0, what, "bold", more=True)
    if is_idle(preview):
        why = "no account of it is known (--account names one)"
        if plan.facts.get("accounts"):
            why = "no connection reaches any of its accounts"
        yield _row(0, f"NOTHING HERE STOPS IT: {why}", "bold red", more=True)


def _asked(preview: Preview) -> Iterator[str]:
    """Yield why people are asked, how many, and who may say yes."""
    observed = preview.plan.mode == Mode.OBSERVE
    for why in preview.cautions:
        yield f"{why} (once it is not only observed)" if observed else why
    if not preview.needs:
        return
    people = "1 person" if preview.needs == 1 else f"{preview.needs} people"
    may = listed(sorted(preview.approvers)) or "nobody (approvers: in the configuration)"
    if len(preview.approvers) < preview.needs:
        yield f"NOT ENOUGH APPROVERS: {people} must say yes, and who may is {may}"
    else:
        yield f"{people} must say yes; who may: {may}"


def _together(notes: Iterable[str]) -> list[str]:
    """Return notes, what is the same of several steps or things once; first what is not covered."""
    found: dict[str, list[str]] = {}
    for note in notes:
        quoted = _QUOTED.fullmatch(note)
        what, thing = quoted.groups() if quoted else (note, "")
        found.setdefault(what, []).append(thing)
    alike: dict[str, list[str]] = {}
    for what, things in found.items():
        step, colon, rest = what.partition(": ")
        own = bool(colon) and " " not in step
        said = (rest if own else what) + ", ".join(filter(None, things))
        alike.setdefault(said, []).append(step if own else "")
    made = [f"{', '.join(filter(None, who))}: {said}".removeprefix(": ")
            for said, who in alike.items()]  # fmt: skip
    return sorted(made, key=lambda note: _NOT_COVERED not in note)


# What is done ----------------------------------------------------------------------------


def _node(node: Node, depth: int) -> Iterator[Row]:
    if isinstance(node, Point):
        yield _point(node, depth)
        for word, text in details(node):
            yield Row(depth, ((f"{word} ", "dim"), (text, "dim")), more=True)
    elif isinstance(node, Wait):
        yield _row(depth, f"wait {node.seconds:g} s", "dim")
    elif isinstance(node, Approval):
        people = "a person" if node.needs == 1 else f"{node.needs} people"
        limit = f", within {node.seconds / 60:g} min" if node.seconds else ""
        yield _row(depth, f"wait until {people} said yes{limit}: {node.reason}", "bold yellow")
    elif isinstance(node, Decide):
        states = " or ".join(map(str, node.when["is"]))
        yield _row(depth, f"if {node.when['step']} ended {states}", "bold")
        yield from _inside(node.then, depth + 1)
        if node.otherwise is not None:
            yield _row(depth, "else", "bold")
            yield from _inside(node.otherwise, depth + 1)
    elif isinstance(node, Parallel):
        yield _row(depth, "at once", "bold")
        for one in node.nodes:
            yield from _node(one, depth + 1)
    elif name := _name(node):
        yield _row(depth, name, "dim")
        yield from _inside(node, depth + 1)
    else:
        yield from _inside(node, depth)


def _inside(node: Node, depth: int) -> Iterator[Row]:
    """Tell what a node holds, without a row for the node if it is a list."""
    for one in node.nodes if isinstance(node, runplan.Sequence) else [node]:
        yield from _node(one, depth)


def _name(node: runplan.Sequence) -> str:
    """Return what a list of steps is called: as the playbook that it is, if it is one."""
    name = node.id.rpartition("/")[2]
    if "." not in name and "@" not in name:
        return name
    return "one after the other" if len(node.nodes) > 1 else ""


def _point(point: Point, depth: int) -> Row:
    step = point.step
    mark: Span = ("", "")
    if point.verb in TOUCHES_NOBODY:
        mark = (" (touches nobody)", "dim")
    elif point.reversibility is Reversibility.IRREVERSIBLE:
        mark = (f" ({_FINAL})", "red")
    spans = ((f"{step.title} ", ""), (f"[{point.connection}] ", "cyan"), (step.changes, ""), mark)
    return Row(depth, spans)


def details(point: Point) -> Iterator[Span]:
    """Yield what a step sends, what proves it, what takes it back, what else: word and text."""
    step = point.step
    yield "sends", step.request.text
    yield "proof", str(step.verify)
    for probe in step.probes:
        yield "tries", str(probe)
    yield "undo", _undo(point)
    if step.residual_seconds:
        what = f": {step.residual}" if step.residual else ""
        yield "lives on", f"up to {step.residual_seconds:g} s{what}"
    if step.note:
        yield "note", step.note


def _undo(point: Point) -> str:
    if point.step.undo:
        return "; ".join(request.text for request in point.step.undo)
    return _UNDONE[point.reversibility]


_UNDONE = {
    Reversibility.READ_ONLY: "nothing to take back",
    Reversibility.IRREVERSIBLE: _FINAL.upper(),
    Reversibility.EXTERNALLY_REVERSIBLE: "nothing of ours; what was stopped can be begun again",
    Reversibility.REVERSIBLE: "made when it is sent, of the state that is read then",
}
