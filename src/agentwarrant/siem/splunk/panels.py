"""What the dashboards show, as small descriptions: one file of ``boards/`` is one dashboard.

Every panel is one search. In it ``{events}``, ``{findings}`` and ``{responses}`` stand for our
documents of that kind, with what the inputs above the panels choose. Fields have the names that
events have, in single quotes where a command evaluates, and are written as Splunk has them
(``form.field_name``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agentwarrant import content
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.names import INDEXES, KINDS, sourcetype

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_DOTTED = re.compile(r"(?P<quote>'?)\b(?P<name>[a-z_]+(?:\.[a-z_]+)+)\b(?P=quote)")


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        title: Of the panel.
        kind: ``metric``, ``columns`` (over time, stacked), ``donut`` or ``table``.
        query: SPL, without ``search`` in front; ``$name|s$`` is what an input chose, in quotes.
        at: x, y, width and height on a grid of 48 columns.
        columns: What a table or a donut shows, in order.
        fields: The fields of our documents that it reads, as events have them.
    """

    title: str
    kind: str
    query: str
    at: tuple[int, int, int, int]
    columns: tuple[str, ...]
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Input:
    """One input above the panels.

    Attributes:
        token: Name of what is chosen.
        label: For people.
        field: The indexed field that it is a value of.
        query: SPL whose rows are the values that can be chosen, in that field.
    """

    token: str
    label: str
    field: str
    query: str


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard.

    Attributes:
        id: Name of the view.
        title, about: For people.
        since: The range of time that it opens with, as Splunk writes it: ``-7d@d,now``.
        inputs: From left to right.
        panels: From top to bottom.
    """

    id: str
    title: str
    about: str
    since: str
    inputs: tuple[Input, ...]
    panels: tuple[Panel, ...]


@cache
def boards() -> tuple[Board, ...]:
    """Return every dashboard, in order of file name."""
    folder = files("agentwarrant.siem.splunk") / "boards"
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir()}
    return tuple(_board(texts[name], name) for name in sorted(texts) if name.endswith(".yml"))


def _board(text: str, name: str) -> Board:
    documents, faults = content.parse(text, name)
    if faults:
        raise faults[0]
    said = documents[0].data
    chosen = "".join(f" {one['field']}=${one['token']}|s$" for one in said["filter_by"])
    return Board(
        said["id"],
        f"Agent Warrant: {said['title']}",
        " ".join(said["about"].split()),
        said["from"],
        tuple(_input(one) for one in said["filter_by"]),
        tuple(_panel(one, chosen) for one in said["panels"]),
    )


def _input(said: Mapping[str, Any]) -> Input:
    """Return an input.

    What is chosen comes from agents. Splunk says that it escapes the quotation marks in it ("Token
    filters"); newer versions escape backslashes too, of older ones nothing is said. So a value that
    has either is not offered.
    """
    field = said["field"]
    query = (
        f"| tstats count where {_documents(said['of'])} by {field}"
        f'\n| where NOT match({field}, "[\\\\\\\\\\"]")'
        f"\n| sort 0 {field}\n| head 1000\n| table {field}"
    )
    return Input(said["token"], said["label"], field, query)


def _documents(kind: str) -> str:
    return f"`{INDEXES}` sourcetype={sourcetype(kind)}"


def _panel(said: Mapping[str, Any], chosen: str) -> Panel:
    query = said["query"].strip()
    read = frozenset(found["name"] for found in _DOTTED.finditer(_TEXT.sub("", query)))
    query = _DOTTED.sub(_spelled, query)
    for kind in KINDS:
        query = query.replace(f"{{{kind}}}", _documents(kind) + chosen)
    x, y, width, height = said["at"]
    at = (x, y, width, height)
    return Panel(said["title"], said["kind"], query, at, tuple(said.get("columns", ())), read)


def _spelled(found: re.Match[str]) -> str:
    quote = found["quote"] or '"'
    return f"{quote}{field_name(found['name'])}{quote}"
