"""The report of a month in observe mode, as text, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from agentwarrant.cli.output import json_line
from agentwarrant.cli.respondtext import Line, markdown, markdown_table, printed, table
from agentwarrant.errors import PathNotFound
from agentwarrant.proposal import read_findings
from agentwarrant.report.words import count

if TYPE_CHECKING:
    from agentwarrant.respond.reporting.observed import Report

_COLUMNS = ("runs", "agents", "changes", "right", "wrong", "mixed", "open")


def findings_in(path: Path | None) -> list[dict[str, Any]]:
    """Return the findings in a file of JSON lines; none where there is no file.

    Raises:
        PathNotFound: It cannot be read.
    """
    if path is None:
        return []
    try:
        return read_findings(path.read_bytes().splitlines())
    except OSError as error:
        raise PathNotFound(f"cannot be read: {error.strerror}", where=str(path)) from None


def shown(report: Report, form: str) -> bytes:
    """Return a report in one of the forms ``text``, ``markdown`` and ``json``."""
    data = report.data()
    if form == "json":
        return json_line(data, orjson.OPT_INDENT_2)
    tables = markdown_table if form == "markdown" else table
    write = markdown if form == "markdown" else printed
    parts = [
        write(_head(data)),
        tables(data["playbooks"], ("tenant", "playbook", *_COLUMNS)),
        tables(data["classes"], ("class", *_COLUMNS)),
        write(_tail(data)),
    ]
    return "\n".join(parts).encode()


def _head(data: dict[str, Any]) -> Iterator[Line]:
    runs = sum(row["runs"] for row in data["playbooks"])
    when = f"from {data['since']} to {data['until']}"
    yield 0, f"What would have been done {when}: {count(runs, 'run')}"
    closed = [row for row in data["playbooks"] if row["share_right"] is not None]
    for row in closed:
        line = f"{row['tenant']}, {row['playbook']}: {row['share_right']:.0%} of what was closed"
        yield 1, f"{line} would have been right"
    if not closed:
        yield 1, "no case was closed: --findings names the findings as analysts closed them"


def _tail(data: dict[str, Any]) -> Iterator[Line]:
    yield 0, "What would have been wrong"
    for one in data["wrong"]:
        yield 1, f"{one['agent']} ({one['tenant']}): {one['playbook']}, run {one['run']}"
        for what in one["stops"]:
            yield 2, f"would have stopped: {what}"
    if not data["wrong"]:
        yield 1, "nothing that is known"
    yield 0, "What would have stopped, by how many runs"
    for row in data["stops"]:
        yield 1, f"{row['runs']}: {row['what']}"
    if not data["stops"]:
        yield 1, "nothing that is known"
