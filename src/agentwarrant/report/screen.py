"""The one manner of tables on a terminal: no boxes, dim headings, no blanks that end a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table

GAP = 2


def table_of(columns: Sequence[str] = (), **more: Any) -> Table:
    """Return an empty table whose columns fold what is too long for them.

    Args:
        columns: Their headings.
        more: What rich's tables take beside.
    """
    manner = {"box": None, "pad_edge": False, "header_style": "dim", "padding": (0, GAP, 0, 0)}
    made = Table(**{**manner, **more})
    for name in columns:
        made.add_column(name, overflow="fold")
    return made


def put(console: Console, shown: RenderableType) -> None:
    """Print something without the blanks that would fill its lines to the width of the terminal."""
    console.print(Trimmed(shown))


class Trimmed:
    """What is shown, without blanks at the ends of its lines: files and mails keep the rest."""

    def __init__(self, shown: RenderableType) -> None:
        self._shown = shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self._shown, options, pad=False):
            yield from _trimmed(line)
            yield Segment.line()


def _trimmed(line: Sequence[Segment]) -> list[Segment]:
    kept = list(line)
    while kept:
        last = kept.pop()
        text = last.text if _is_painted(last) else last.text.rstrip(" ")
        if text or last.control:
            return [*kept, Segment(text, last.style, last.control)]
    return kept


def _is_painted(segment: Segment) -> bool:
    """Are blanks seen here, for what is behind them has a colour?"""
    return segment.style is not None and segment.style.bgcolor is not None
