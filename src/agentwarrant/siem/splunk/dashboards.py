"""The dashboards (``panels``) as views of the app: Dashboard Studio, JSON in XML.

Sources: Splunk Dashboard Studio 9.4 and 10.x, "What is a dashboard definition", "Use inputs to make
dashboards dynamic", "Dropdown" (a menu that a search fills, with a choice of its own before it),
"Time range" (the picker that all searches follow), "Tokens" (filters). No view was opened in a
Splunk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from agentwarrant.siem.splunk.panels import Board, Input, Panel, boards

PLACE = "default/data/ui/views/"
"""Where views are in an app."""
_TIME = "global_time"
_WIDTH, _COLUMNS = 1200, 48
_UNIT = _WIDTH // _COLUMNS
_ALL = "*"
_KINDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "metric": ("splunk.singlevalue", {}),
    "columns": (
        "splunk.column",
        {"stackMode": "stacked", "legendDisplay": "bottom", "xAxisTitleVisibility": "hide"},
    ),
    "donut": ("splunk.pie", {"showDonutHole": True}),
    "table": ("splunk.table", {"count": 20, "showRowNumbers": False}),
}


def views() -> dict[str, bytes]:
    """Return the views by their path in the app; the same in every build."""
    return {f"{PLACE}{board.id}.xml": view(board) for board in boards()}


def view(board: Board) -> bytes:
    """Return a view: its definition as JSON within XML."""
    said = json.dumps(definition(board), indent=2).replace("]]>", "]]\\u003e")
    lines = [
        '<dashboard version="2" theme="light">',
        f"  <label>{escape(board.title)}</label>",
        f"  <description>{escape(board.about)}</description>",
        f"  <definition><![CDATA[{said}]]></definition>",
        "</dashboard>",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def definition(board: Board) -> dict[str, Any]:
    """Return what Dashboard Studio shows."""
    places = {f"viz_{number}": panel for number, panel in enumerate(board.panels, 1)}
    inputs = {f"input_{one.token}": one for one in board.inputs}
    time = {"queryParameters": {name: f"${_TIME}.{name}$" for name in ("earliest", "latest")}}
    return {
        "title": board.title,
        "description": board.about,
        "visualizations": {name: _shown(name, panel) for name, panel in places.items()},
        "dataSources": {
            **{_source(name): _search(p.title, p.query) for name, p in places.items()},
            **{_source(name): _search(one.label, one.query) for name, one in inputs.items()},
        },
        "defaults": {"dataSources": {"ds.search": {"options": time}}},
        "inputs": {
            "input_time": {
                "type": "input.timerange",
                "title": "Time",
                "options": {"token": _TIME, "defaultValue": board.since},
            },
            **{name: _dropdown(name, one) for name, one in inputs.items()},
        },
        "layout": {
            "type": "grid",
            "globalInputs": ["input_time", *inputs],
            "structure": [_placed(name, panel) for name, panel in places.items()],
        },
    }


def _source(name: str) -> str:
    return f"ds_{name}"


def _search(name: str, query: str) -> dict[str, Any]:
    return {"type": "ds.search", "name": name, "options": {"query": query}}


def _shown(name: str, panel: Panel) -> dict[str, Any]:
    kind, options = _KINDS[panel.kind]
    made = {"type": kind, "title": panel.title, "dataSources": {"primary": _source(name)}}
    return {**made, "options": options} if options else made


def _dropdown(name: str, one: Input) -> dict[str, Any]:
    """Return an input with the values that its search finds, after one that stands for all."""
    series = f'>primary | seriesByName("{one.field}") | renameSeries("{{}}")'
    return {
        "type": "input.dropdown",
        "title": one.label,
        "dataSources": {"primary": _source(name)},
        "options": {
            "token": one.token,
            "defaultValue": _ALL,
            "items": ">frame(label, value) | prepend(formattedStatics) | objects()",
        },
        "context": {
            "formattedConfig": {"number": {"prefix": ""}},
            "formattedStatics": ">statics | formatByType(formattedConfig)",
            "statics": [["All"], [_ALL]],
            "label": f"{series.format('label')} | formatByType(formattedConfig)",
            "value": f"{series.format('value')} | formatByType(formattedConfig)",
        },
    }


def _placed(name: str, panel: Panel) -> dict[str, Any]:
    x, y, width, height = (size * _UNIT for size in panel.at)
    return {"item": name, "type": "block", "position": {"x": x, "y": y, "w": width, "h": height}}
