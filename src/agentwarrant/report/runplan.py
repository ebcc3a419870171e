"""A run plan, and what became of it, for a terminal: clean whatever agents have written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from agentwarrant.report.safe import one_line
from agentwarrant.respond import runplan
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.planning.parts import PlaybookStep
from agentwarrant.respond.planning.playbook import Playbook
from agentwarrant.respond.runplan import Approval, Decide, Node, Parallel, Point, RunPlan, Wait

if TYPE_CHECKING:
    from agentwarrant.respond.ledger.rows import PointRow, RunRow

_LINE = 200
_NOTES = 60
_STATES = {"verified": "green", "applied_unverified": "yellow", "failed": "bold red",
           "in_doubt": "bold red", "skipped": "dim", "rolled_back": "cyan"}  # fmt: skip
_RUNS = {"contained": "bold green", "released": "green", "not_contained": "bold red",
         "refused": "bold red", "awaiting": "bold yellow", "stopped": "bold red"}  # fmt: skip
_FINAL = "cannot be taken back"


def _text(text: str, style: str = "", limit: int = _LINE) -> Text:
    return Text(one_line(text, limit), style=style)


# Plans -----------------------------------------------------------------------------------


def show_plan(plan: RunPlan, console: Console) -> None:
    """Print what a run would do, what it cannot take back, what stops working, what is left out."""
    points = list(plan.points())
    number = f"{len(points)} change{'' if len(points) == 1 else 's'}"
    whom = f"{plan.agent} of {plan.tenant or 'no tenant'}"
    head = f"{plan.title}: {whom}; {number}, mode {plan.mode}"
    tree = Tree(_text(head, "bold"), guide_style="dim")
    for node in plan.root.nodes if isinstance(plan.root, runplan.Sequence) else [plan.root]:
        _add(tree, node)
    console.print(tree)
    for title, lines, style in (
        ("Cannot be taken back", plan.irreversible, "red"),
        ("To know before", plan.notes, ""),
    ):
        if lines:
            console.print(_text(title, "bold"))
            for line in lines[:_NOTES]:
                console.print(Text("  - ") + _text(line, _style(line) or style))
            if len(lines) > _NOTES:
                console.print(f"  - and {len(lines) - _NOTES} more (--format json)")
    console.print(_text(f"Plan {plan.hash}", "dim"))


def _style(line: str) -> str:
    return "bold yellow" if "NOT COVERED" in line else ""


def _add(tree: Tree, node: Node) -> None:
    if isinstance(node, Point):
        tree.add(_point(node))
    elif isinstance(node, Wait):
        tree.add(_text(f"wait {node.seconds:g} s", "dim"))
    elif isinstance(node, Approval):
        people = "a person" if node.needs == 1 else f"{node.needs} people"
        limit = f", within {node.seconds / 60:g} min" if node.seconds else ""
        tree.add(_text(f"wait until {people} said yes{limit}: {node.reason}", "bold yellow", 600))
    elif isinstance(node, Decide):
        states = " or ".join(map(str, node.when["is"]))
        branch = tree.add(_text(f"if {node.when['step']} ended {states}", "bold"))
        _add(branch, node.then)
        if node.otherwise is not None:
            _add(tree.add(_text("else", "bold")), node.otherwise)
    else:
        word = "at once" if isinstance(node, Parallel) else one_line(node.id, 60)
        branch = tree.add(Text(word, style="bold" if isinstance(node, Parallel) else "dim"))
        for one in node.nodes:
            _add(branch, one)


def _point(point: Point) -> Text:
    step = point.step
    line = _text(f"{step.title} ", "", 100)
    line += _text(f"[{point.connection}] ", "cyan", 80)
    line += _text(step.changes)
    if point.reversibility is Reversibility.IRREVERSIBLE:
        line += Text(f" ({_FINAL})", style="red")
    elif point.reversibility is Reversibility.READ_ONLY:
        line += Text(" (touches nobody)", style="dim")
    elif not step.undo:
        line += Text(" (undo is made when it is read)", style="dim")
    return line


# Runs ------------------------------------------------------------------------------------


def show_run(run: RunRow, points: Sequence[PointRow], console: Console) -> None:
    """Print how far a run is and its time line: when each point was sent, applied, verified."""
    begin = run.first_event_ms or run.created_ms
    since = "first event" if run.first_event_ms else "start"
    state = Text(str(run.state), style=_RUNS.get(str(run.state), "bold"))
    console.print(_text(f"Run {run.id}: ", "bold") + state + _text(f" {run.reason}"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("step", "at", "state", f"sent (after the {since})", "verified", "then"):
        table.add_column(name, overflow="fold")
    own = {point.id: point for point in run.plan.points()}
    for row in points:
        table.add_row(
            _text(own[row.point].step.title if row.point in own else row.point, limit=60),
            _text(row.connection, "cyan", 80),
            Text(str(row.state), style=_STATES.get(str(row.state), "")),
            _after(row.intended_ms, begin),
            _after(row.verified_ms, begin),
            _then(row),
        )
    console.print(table)
    if run.contained_ms:
        took = (run.contained_ms - begin) / 1000
        console.print(_text(f"Contained {took:.1f} s after the {since}", "bold green"))
    for ref in run.plan.facts.get("not_covered", ()):
        console.print(_text(f"NOT COVERED: {ref}", "bold yellow"))


def _then(row: PointRow) -> Text:
    """Return what was seen of a point, and for how long what was issued before may still work."""
    left = f"may still work for {row.residual_s / 60:.0f} min" if row.residual_s else ""
    return _text("; ".join(filter(None, (row.detail, left))), limit=120)


def _after(moment: int, begin: int) -> str:
    return f"+{(moment - begin) / 1000:.1f} s" if moment else ""


# Playbooks -------------------------------------------------------------------------------


def show_playbooks(known: Sequence[Playbook], console: Console) -> None:
    """Print playbooks: name, title, when each is offered, what it asks for."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("playbook", "what it does", "offered for", "asks for"):
        table.add_column(name, overflow="fold")
    for one in known:
        table.add_row(
            _text(one.name, "bold"),
            _text(one.title),
            _text(", ".join(_triggers(one.triggers)) or "by name only", "dim"),
            _text(", ".join(_asks(one))),
        )
    console.print(table)


def _triggers(triggers: Mapping[str, object]) -> Iterator[str]:
    for name, wanted in triggers.items():
        listed = wanted if isinstance(wanted, list) else [wanted]
        yield f"{name} {' or '.join(map(str, listed))}"


def _asks(playbook: Playbook) -> list[str]:
    steps = (part for part in playbook.parts() if isinstance(part, PlaybookStep))
    return list(dict.fromkeys(step.verb or step.action for step in steps))
