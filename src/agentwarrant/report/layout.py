"""The picture of who talked to whom as plain geometry, no markup.

Every link gets a row of its own, so no two labels can meet; ``wide`` and ``tall`` say where.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.cells import cell_len, chop_cells

from agentwarrant.report.graph import Link
from agentwarrant.report.links import Node
from agentwarrant.report.safe import visible

_CHAR = 7.9
"""Width of a character of the 13 px monospace face names are set in."""
PAD = 12
LINE = 17
_NAME_LINES = 3
GAP_Y = 16


@dataclass(slots=True)
class Box:
    """A node with its place; ``lines`` are its name, wrapped."""

    node: Node
    lines: list[str]
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """A link with its path, its head (a polygon's points) and where its label begins."""

    link: Link
    path: str
    head: str
    x: float
    y: float
    label: list[str]


@dataclass(slots=True)
class Picture:
    """Everything to draw, in units of one pixel; ``lanes`` are (x, top, bottom)."""

    width: float
    height: float
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    lanes: list[tuple[float, float, float]] = field(default_factory=list)


def box(node: Node, x: float, y: float, width: float, least: float) -> Box:
    """Return a node's box, high enough for its name and at least ``least``."""
    lines = wrapped(node.name, int((width - 2 * PAD) / _CHAR))
    height = max(2 * PAD + LINE * (len(lines) + 1) - 4, least)
    return Box(node, lines, x, y, width, height)


def wrapped(name: str, width: int) -> list[str]:
    """Return a name on at most three lines of ``width`` cells; what is cut ends in ``…``."""
    text = visible(name[: width * (_NAME_LINES + 1)]) or "(no name)"
    lines = chop_cells(text, width)
    if len(lines) <= _NAME_LINES and len(name) <= width * (_NAME_LINES + 1):
        return lines
    last = lines[_NAME_LINES - 1]
    while cell_len(last) > width - 1:
        last = last[:-1]
    return [*lines[: _NAME_LINES - 1], last + "…"]


def label(link: Link, width: int) -> list[str]:
    """Return a link's label on one line of ``width`` characters, or on two."""
    times = f" ×{link.count}" if link.count > 1 else ""  # noqa: RUF001 - the sign, not the letter
    text = f"{link.order}. {link.verb}{times}"
    if len(text) <= width:
        return [text]
    first, _, rest = text[:width].rpartition(" ")
    return [first, rest + text[width:]]


def head(x: float, y: float, towards: int) -> str:
    """Return an arrow head with its tip at a point, to the right (1) or to the left (-1)."""
    back = x - 9 * towards
    return f"{x:.1f},{y:.1f} {back:.1f},{y - 5:.1f} {back:.1f},{y + 5:.1f}"
