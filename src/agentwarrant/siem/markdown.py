"""Text of rules in Markdown that is made and not written."""

from __future__ import annotations


def cell(text: str) -> str:
    """Return text for a cell of a table: one line, and no markup of its own."""
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return line.replace("\\", "\\\\").replace("|", "\\|")


def row(*cells: str) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"
