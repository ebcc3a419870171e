"""The report on a terminal, for a person at three in the morning: worst first, one screen a case.

Everything is printed as ``rich.text.Text``, so no value is read as markup, and every value is
made visible first, so none can move the cursor, set a colour or reverse a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from agentwarrant.finding import Case
from agentwarrant.report import view, words
from agentwarrant.report.model import ScanResult
from agentwarrant.report.opened import Openings
from agentwarrant.report.safe import one_line, visible
from agentwarrant.report.screen import put, table_of
from agentwarrant.report.steps import Step, fold, select, steps

MAX_STEPS = 12
MAX_CASES = 25
"""Cases shown as blocks; every further case is one line."""
_FURTHER = "Further cases"
_WATCHED = (
    "Watched, no case yet: no critical finding, and when it was found the agent's findings added"
    " up to less than opens a case"
)
_NAME, _LEAST_NAME, _LEAST_ROOM = 80, 12, 16
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
    openings = Openings(result.cases, opened[:MAX_CASES])
    for case in opened[:MAX_CASES]:
        for part in _block(case, openings, result, console.width):
            put(console, part)
        console.print()
    _list(opened[MAX_CASES:], _FURTHER, openings, console)
    _list(result.cases[len(opened) :], _WATCHED, openings, console)
    if not result.cases:
        put(console, _text(view.summary(result)))
    put(console, _text(_counts(result), style="bold"))


def _block(
    case: Case, openings: Openings, result: ScanResult, width: int
) -> Iterator[RenderableType]:
    yield _title(case)
    yield _grid(_facts(case, openings))
    yield Padding(_timeline(case, width), (1, 0, 1, 2), expand=False)
    yield _grid([("response", _proposal(case, result))])


def _list(cases: Sequence[Case], heading: str, openings: Openings, console: Console) -> None:
    """Print cases as rows: how bad, which, whose, and what; the last alone may take more lines."""
    if not cases:
        return
    put(console, Text(heading, style="bold"))
    names = [one_line(view.agent_called(case), _NAME) for case in cases]
    level = max(len(_level(case)) for case in cases)
    ids = max(len(case.id) for case in cases)
    called = min(max(map(cell_len, names)), max(console.width // 5, _LEAST_NAME))
    room = max(console.width - (level + ids + called + 12), _LEAST_ROOM)
    head = f"{' level':{level}}  risk  {'case':{ids}}  {_fitted('agent', called)}  what"
    put(console, Text(head, style="dim"))
    for case, name in zip(cases, names, strict=True):
        also = "" if case.is_open else openings.also(case)
        title = one_line(case.title, 200) + (f" (see case {also})" if also else "")
        row = Text.assemble(
            (f"{_level(case):{level}}", _STYLES.get(case.severity.value, "bold")),
            f"  {case.risk:>4g}  {case.id:{ids}}  {_fitted(name, called)}  ",
        )
        indent = "\n" + " " * row.cell_len
        for number, line in enumerate(Text(title).wrap(console, room)):
            line.rstrip()
            row.append(indent if number else "").append_text(line)
        console.print(row, soft_wrap=True)  # it is wrapped: there may be thousands of them
    console.print()


def _level(case: Case) -> str:
    return f" {case.severity.upper()} "


def _fitted(text: str, width: int) -> str:
    cut = text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"
    return set_cell_size(cut, width)


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


def _title(case: Case) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    style = _STYLES.get(case.severity.value, "bold")
    grid.add_row(Text(_level(case), style), Text(one_line(case.title, 200), "bold"))
    return grid


def _facts(case: Case, openings: Openings) -> Iterator[tuple[str, list[str]]]:
    yield "case", [f"{case.id}, risk {case.risk:g} of 100 by what is in it"]
    yield "agent", [f"{one_line(view.agent_of(case), 100)} ({view.agent_standing(case)})"]
    who = [one_line(name, 120) for name in view.instigators(case)]
    yield "made by", _first(who, 4) or ["not recorded"]
    yield "when", view.when(case)
    reasons = [one_line(reason, 300) for found in view.why(case) for reason in found.reasons]
    yield "why", [f"- {reason}" for reason in _first(list(dict.fromkeys(reasons)), _MAX_REASONS)]
    opened = openings.lines(case)
    if opened:
        yield "opened", opened


def _first(lines: list[str], limit: int) -> list[str]:
    rest = len(lines) - limit
    return [*lines[:limit], f"and {rest:,} more"] if rest > 0 else lines


def _timeline(case: Case, width: int) -> Table:
    shown = select(fold(steps(case)), MAX_STEPS)
    made = table_of(expand=True, padding=(0, 1, 0, 0))
    made.add_column("time", width=8, no_wrap=True)
    made.add_column("", width=1, no_wrap=True)
    made.add_column("tool", width=10 if width < 100 else 20, no_wrap=True, overflow="ellipsis")
    made.add_column("what", ratio=1, no_wrap=True, overflow="ellipsis")
    made.add_column("origin", width=8, no_wrap=True, overflow="ellipsis")
    made.add_column("verdict", width=11, no_wrap=True, overflow="ellipsis")
    for step in shown:
        made.add_row(*_cells(step, width))
    rest = len(case.timeline) - sum(step.times for step in shown)
    if rest:
        made.add_row("", "", "", Text(f"and {rest:,} more", style="dim"))
    return made


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


def _proposal(case: Case, result: ScanResult) -> list[str]:
    response = result.responses.get(case.id)
    if response is None:
        why = one_line(result.unanswered.get(case.id, ""), 300)
        by_hand = f"agentwarrant playbooks plan --case {one_line(case.id[:12], 60)} --playbook NAME"
        none = f"nothing is proposed: no playbook fits{': ' if why else ''}{why}; decide by hand"
        return [none, f"to see one: {by_hand}"]
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
    watched = sum(not case.is_open for case in result.cases)
    cases += f", {watched:,} of them watched" if watched else ""
    parts = [
        cases,
        words.count(result.events, "event"),
        words.count(result.agent_count, "agent"),
        words.count(len(result.files), "file"),
    ]
    if result.dead_letters:
        parts.append(words.count(len(result.dead_letters), "unreadable record"))
    if result.unknown_files:
        parts.append(words.count(len(result.unknown_files), "file") + " not recognised")
    return ", ".join(parts)
