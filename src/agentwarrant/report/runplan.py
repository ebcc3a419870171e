"""A run plan, and what became of it, for a terminal: clean whatever agents have written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from agentwarrant.report.planrows import Row, plan_rows
from agentwarrant.report.safe import one_line, visible
from agentwarrant.report.screen import put, table_of
from agentwarrant.report.words import duration
from agentwarrant.respond.planning.parts import PlaybookStep
from agentwarrant.respond.planning.playbook import Playbook

if TYPE_CHECKING:
    from agentwarrant.respond.ledger.rows import PointRow, RunRow
    from agentwarrant.respond.reporting.preview import Preview

_LINE = 200
_WORD = 11
_NOTES = 60
_STATES = {"verified": "green", "applied_unverified": "yellow", "failed": "bold red",
           "in_doubt": "bold red", "skipped": "dim", "rolled_back": "cyan"}  # fmt: skip
_RUNS = {"contained": "bold green", "released": "green", "not_contained": "bold red",
         "refused": "bold red", "awaiting": "bold yellow", "stopped": "bold red"}  # fmt: skip


def _text(text: str, style: str = "", limit: int = _LINE) -> Text:
    return Text(one_line(text, limit), style=style)


# Plans -----------------------------------------------------------------------------------


def show_plan(preview: Preview, console: Console) -> None:
    """Draw what a run would do, and what there is to know before."""
    rows = list(plan_rows(preview))
    ends = [number for number, row in enumerate(rows) if not row.depth and not row.more]
    tree, *sections = (rows[a:b] for a, b in zip(ends, [*ends[1:], len(rows)], strict=True))
    put(console, _tree(tree))
    for heading, *items in sections:
        console.print(_drawn(heading))
        notes = Table.grid(padding=0)
        notes.add_column(width=4)
        notes.add_column(overflow="fold")
        for item in items[:_NOTES]:
            notes.add_row("  - ", _drawn(item))
        put(console, notes)
        if len(items) > _NOTES:
            console.print(f"  - and {len(items) - _NOTES} more (--format json)")


def _tree(rows: Sequence[Row]) -> Tree:
    """Return the first rows as a tree; what says more of a row stands below it."""
    way: list[Tree] = []
    label = Table()
    for row in rows:
        if row.more:
            label.add_row(_further(row))
            continue
        del way[row.depth :]
        label = Table.grid(padding=0)
        label.add_row(_drawn(row))
        way.append(way[-1].add(label) if way else Tree(label, guide_style="dim"))
    return way[0]


def _further(row: Row) -> RenderableType:
    """Return what says more of a row: its word in a column of its own, if it has one."""
    word, *rest = row.spans
    if not rest:
        return _drawn(row)
    said = Table.grid(padding=0)
    said.add_column(width=_WORD)
    said.add_column(overflow="fold")
    said.add_row(Text(f"  {word[0]}", word[1]), _drawn(Row(0, tuple(rest))))
    return said


def _drawn(row: Row) -> Text:
    return Text.assemble(*((visible(text), style) for text, style in row.spans))


# Runs ------------------------------------------------------------------------------------


def show_run(run: RunRow, points: Sequence[PointRow], console: Console) -> None:
    """Print how far a run is and its time line: when each point was sent, applied, verified."""
    begin = run.first_event_ms or run.created_ms
    since = "first event" if run.first_event_ms else "start"
    state = Text(str(run.state), style=_RUNS.get(str(run.state), "bold"))
    why = _text(f": {run.reason}" if run.reason else "")
    console.print(_text(f"Run {run.id} of {run.agent}: ", "bold") + state + why)
    made = table_of(("step", "at", "state", "sent", "verified", "then"))
    own = {point.id: point for point in run.plan.points()}
    for row in points:
        made.add_row(
            _text(own[row.point].step.title if row.point in own else row.point, limit=60),
            _text(row.connection, "cyan", 80),
            Text(str(row.state), style=_STATES.get(str(row.state), "")),
            _after(row.intended_ms, begin),
            _after(row.verified_ms, begin),
            _then(row),
        )
    put(console, made)
    if any(row.intended_ms for row in points):
        console.print(_text(f"Sent and verified: so long after the {since}", "dim"))
    if run.contained_ms:
        took = duration(run.contained_ms - begin)
        console.print(_text(f"Contained {took} after the {since}", "bold green"))
    for ref in run.plan.facts.get("not_covered", ()):
        console.print(_text(f"NOT COVERED: {ref}", "bold yellow"))


def _then(row: PointRow) -> Text:
    """Return what was seen of a point, and for how long what was issued before may still work."""
    left = f"may still work for {row.residual_s / 60:.0f} min" if row.residual_s else ""
    return _text("; ".join(filter(None, (row.detail, left))), limit=120)


def _after(moment: int, begin: int) -> str:
    return f"+{duration(max(moment - begin, 0))}" if moment else ""


# Playbooks -------------------------------------------------------------------------------


def show_playbooks(known: Sequence[Playbook], console: Console) -> None:
    """Print playbooks: name, title, when each is offered, what it asks for."""
    made = table_of(("playbook", "what it does", "offered for", "asks for"))
    made.columns[0].no_wrap = True
    for one in known:
        made.add_row(
            _text(one.name, "bold"),
            _text(one.title),
            _text(", ".join(_triggers(one.triggers)) or "by name only", "dim"),
            _text(", ".join(_asks(one))),
        )
    put(console, made)


def _triggers(triggers: Mapping[str, object]) -> Iterator[str]:
    for name, wanted in triggers.items():
        listed = wanted if isinstance(wanted, list) else [wanted]
        yield f"{name} {' or '.join(map(str, listed))}"


def _asks(playbook: Playbook) -> list[str]:
    steps = (part for part in playbook.parts() if isinstance(part, PlaybookStep))
    return list(dict.fromkeys(step.verb or step.action for step in steps))
