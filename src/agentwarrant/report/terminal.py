"""The report on a terminal, for a person at three in the morning: worst first, one screen a case.

Everything is printed as ``rich.text.Text``, so no value is read as markup, and every value is
made visible first, so none can move the cursor, set a colour or reverse a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from agentwarrant.finding import Case
from agentwarrant.report import view, words
from agentwarrant.report.model import ProposedResponse, ScanResult
from agentwarrant.report.safe import one_line, visible
from agentwarrant.report.steps import Step, fold, select, steps

MAX_STEPS = 12
MAX_CASES = 25
"""Cases shown as blocks; every further case is one line."""
_MAX_REASONS = 6
_MAX_ACTIONS = 5
_STYLES = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "bold yellow",
    "low": "bold green",
    "influenced": "red",
    "unexplained": "red",
    "intended": "green",
}


def render_table(result: ScanResult, console: Console) -> None:
    """Print the cases of a scan, worst first, and one line that counts everything."""
    opened = [case for case in result.cases if case.is_open]
    for case in opened[:MAX_CASES]:
        for part in _block(case, result.responses.get(case.id), console.width):
            console.print(part)
        console.print()
    for case in opened[MAX_CASES:]:
        console.print(_title(case), no_wrap=True, overflow="ellipsis")
    for case in result.cases[len(opened) :]:
        line = Text.assemble(("watched ", "dim"), _title(case), f"  {one_line(case.agent, 60)}")
        console.print(line, no_wrap=True, overflow="ellipsis")
    if not result.cases:
        console.print(_text(view.summary(result)))
    console.print(_text(_counts(result), style="bold"))


def _block(case: Case, response: ProposedResponse | None, width: int) -> Iterator[RenderableType]:
    yield _title(case)
    yield _grid(_facts(case))
    yield Padding(_timeline(case, width), (1, 0, 1, 2), expand=False)
    yield _grid([("response", _proposal(case, response))])


def _text(text: str, style: str = "") -> Text:
    """The one way a value gets onto the screen."""
    return Text(visible(text), style=style)


def _grid(rows: Iterable[tuple[str, list[str]]]) -> Padding:
    grid = Table.grid(padding=(0, 2), pad_edge=False)
    grid.add_column(no_wrap=True, style="dim", min_width=8)
    grid.add_column(ratio=1, overflow="fold")
    for name, lines in rows:
        grid.add_row(Text(name), Text("\n").join(_text(line) for line in lines))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _title(case: Case) -> Text:
    severity = case.severity.value
    return Text.assemble(
        (f" {severity.upper()} ", _STYLES.get(severity, "bold")),
        f" risk {case.risk:g}  ",
        (one_line(case.title, 200), "bold"),
    )


def _facts(case: Case) -> Iterator[tuple[str, list[str]]]:
    yield "agent", [f"{one_line(view.agent_of(case), 100)} ({view.agent_standing(case)})"]
    who = [one_line(name, 120) for name in view.instigators(case)]
    yield "made by", _first(who, 4) or ["not recorded"]
    yield "when", view.when(case)
    reasons = [one_line(reason, 300) for found in view.why(case) for reason in found.reasons]
    yield "why", [f"- {reason}" for reason in _first(list(dict.fromkeys(reasons)), _MAX_REASONS)]
    if case.opened_by == "weight_of_evidence":
        yield "weight", [one_line(line, 160) for line in case.arithmetic]


def _first(lines: list[str], limit: int) -> list[str]:
    rest = len(lines) - limit
    return [*lines[:limit], f"and {rest:,} more"] if rest > 0 else lines


def _timeline(case: Case, width: int) -> Table:
    shown = select(fold(steps(case)), MAX_STEPS)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, expand=True, header_style="dim")
    table.add_column("time", width=8, no_wrap=True)
    table.add_column("", width=1, no_wrap=True)
    table.add_column("tool", width=10 if width < 100 else 20, no_wrap=True, overflow="ellipsis")
    table.add_column("what", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("origin", width=8, no_wrap=True, overflow="ellipsis")
    table.add_column("verdict", width=11, no_wrap=True, overflow="ellipsis")
    for step in shown:
        table.add_row(*_cells(step, width))
    rest = len(case.timeline) - sum(step.times for step in shown)
    if rest:
        table.add_row("", "", "", Text(f"and {rest:,} more", style="dim"))
    return table


def _cells(step: Step, width: int) -> tuple[Text, ...]:
    return (
        _text(one_line(words.clock(step.time), 8)),
        _text("!" if step.detected else "", style="bold red"),
        _text(one_line(step.tool, 40) or "-"),
        _text((f"{step.times:,}x " if step.times > 1 else "") + one_line(_what(step), width)),
        _text(one_line(step.origin, 20)),
        _text(one_line(step.verdict, 20), style=_STYLES.get(step.verdict, "")),
    )


def _what(step: Step) -> str:
    text = step.text or f"{step.who} {step.did}"
    return f"answered: {text}" if step.is_answer else text


def _proposal(case: Case, response: ProposedResponse | None) -> list[str]:
    if response is None:
        by_hand = f"agentwarrant playbooks plan --case {one_line(case.id[:12], 60)} --playbook NAME"
        return ["nothing is proposed: no playbook fits; decide by hand", f"to see one: {by_hand}"]
    observe = ", observe mode: nothing was sent or changed" if response.mode == "observe" else ""
    title, playbook = one_line(response.title, 120), one_line(response.playbook, 60)
    actions = [
        f"{number}. {one_line(step.title, 100)}: {one_line(step.call, 160)}; "
        + (f"undo: {one_line(step.undo, 120)}" if step.undo else "cannot be undone")
        for number, step in enumerate(response.steps, 1)
    ]
    return [f"{title} (playbook {playbook}{observe})", *_first(actions, _MAX_ACTIONS - 1)]


def _counts(result: ScanResult) -> str:
    severities = ", ".join(f"{number} {name}" for name, number in view.severity_counts(result))
    cases = words.count(len(result.cases), "case") + (f" ({severities})" if severities else "")
    parts = [
        cases,
        words.count(result.events, "event"),
        words.count(len(result.agents), "agent"),
        words.count(len(result.files), "file"),
    ]
    if result.dead_letters:
        parts.append(words.count(len(result.dead_letters), "unreadable record"))
    if result.unknown_files:
        parts.append(words.count(len(result.unknown_files), "file") + " not recognised")
    return ", ".join(parts)
