"""What the dashboards show, as small descriptions: one file of ``boards/`` is one dashboard.

Every panel is one ES|QL query, so that what a dashboard asks can be asked of a server as it
stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agentwarrant import content
from agentwarrant.siem.elastic import names

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_DOTTED = re.compile(r"@timestamp|\b[a-z_]+(?:\.[a-z_]+)+\b")


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        title: Of the panel.
        kind: ``metric``, ``bar_stacked``, ``donut`` or ``table``.
        query: ES|QL over our data streams; ``?_tstart`` and ``?_tend`` are the chosen time.
        index: The pattern that it reads.
        columns: Name of every column that is shown -> ``string``, ``number`` or ``date``.
        at: x, y, width and height on a grid of 48 columns.
        x, y, split, value: Which columns are what, by kind.
    """

    title: str
    kind: str
    query: str
    index: str
    columns: Mapping[str, str]
    at: tuple[int, int, int, int]
    x: str = ""
    y: tuple[str, ...] = ()
    split: str = ""
    value: str = ""

    @property
    def fields(self) -> frozenset[str]:
        """The fields that it reads."""
        text = self.query.replace(self.index, "")
        return frozenset(_DOTTED.findall(_STRING.sub("", text)))


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard.

    Attributes:
        id: Of the saved object, the same at every customer.
        title, about: For people.
        since: Where its time begins when it is opened, as Kibana writes it.
        controls: Field and label of every control above the panels.
        panels: From top to bottom.
    """

    id: str
    title: str
    about: str
    since: str
    controls: tuple[tuple[str, str], ...]
    panels: tuple[Panel, ...]


@cache
def boards() -> tuple[Board, ...]:
    """Return every dashboard, in order of file name."""
    folder = files("agentwarrant.siem.elastic") / "boards"
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir()}
    return tuple(_board(texts[name], name) for name in sorted(texts) if name.endswith(".yml"))


def _board(text: str, name: str) -> Board:
    documents, faults = content.parse(text, name)
    if faults:
        raise faults[0]
    said = documents[0].data
    return Board(
        f"agentwarrant-{said['id']}",
        f"[Agent Warrant] {said['title']}",
        " ".join(said["about"].split()),
        said["from"],
        tuple((one["field"], one["label"]) for one in said["filter_by"]),
        tuple(_panel(one) for one in said["panels"]),
    )


def _panel(said: Mapping[str, Any]) -> Panel:
    query, index = " ".join(said["query"].split()), ""
    for kind in names.KINDS:
        if f"{{{kind}}}" in query:
            index = names.pattern(kind)
            query = query.replace(f"{{{kind}}}", index)
    x, split, value = (said.get(key, "") for key in ("x", "split", "value"))
    y = tuple(said.get("y", ()))
    columns = dict(said.get("columns", {}))
    columns |= {x: "date"} if x else {}
    columns |= {split: "string"} if split else {}
    columns |= dict.fromkeys([*y, *([value] if value else [])], "number")
    x0, y0, width, height = said["at"]
    at = (x0, y0, width, height)
    return Panel(said["title"], said["kind"], query, index, columns, at, x, y, split, value)
