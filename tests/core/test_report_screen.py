"""The one manner of tables on a terminal."""

from __future__ import annotations

import ast
import io
from pathlib import Path
from typing import Literal

from rich.console import Console, RenderableType
from rich.style import Style
from rich.text import Text

import agentwarrant
from agentwarrant.report.screen import put, table_of

SOURCES = Path(agentwarrant.__file__).parent


def shown(what: RenderableType, width: int = 40, *, colour: bool = False) -> str:
    stream = io.StringIO()
    system: Literal["standard"] | None = "standard" if colour else None
    put(Console(file=stream, width=width, color_system=system, force_terminal=colour), what)
    return stream.getvalue()


def test_a_table_has_neither_boxes_nor_blanks_at_the_ends_of_its_lines() -> None:
    made = table_of(("kind", "value"))
    made.add_row("domain", "a.example")
    made.add_row("url", "")
    assert shown(made) == "kind    value\ndomain  a.example\nurl\n"


def test_what_is_too_long_for_its_column_is_folded_and_none_of_it_is_lost() -> None:
    made = table_of(("kind", "value"))
    made.add_row("url", "x" * 100)
    lines = shown(made).splitlines()
    assert sum(line.count("x") for line in lines) == 100
    assert max(map(len, lines)) <= 40


def test_a_blank_that_has_a_colour_behind_it_stays() -> None:
    painted = Text.assemble("a", (" HIGH ", Style(color="white", bgcolor="red")))
    assert " HIGH " in shown(painted, colour=True)


def test_every_table_is_made_in_the_one_manner() -> None:
    calls = [
        (path.name, node.lineno)
        for path in sorted(SOURCES.rglob("*.py"))
        if "rich.table" in (text := path.read_text(encoding="utf-8")) and path.name != "screen.py"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Table" and node.keywords
    ]
    assert calls == []
