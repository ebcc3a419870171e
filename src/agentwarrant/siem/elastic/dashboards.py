"""The dashboards (``panels``) as saved objects of Kibana.

The objects have the form in which Kibana 8.19 keeps them and 9.x takes them: Lens by
value, ``state.datasourceStates.textBased`` (Kibana's own ``createESQLPanel`` and Lens'
``TextBasedPersistedState``), stated as of model version 10.2.0 of dashboards. Without that version
Kibana runs the migrations of older ones over the panels, and these know nothing of ES|QL.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.event import compact_json
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.panels import Board, Panel, boards

DATA_VIEW = "agentwarrant"
"""The data view that the dashboards' controls offer values from."""
PACKAGE_DATA_VIEW = "logs-*"
"""The one that Fleet makes itself; a package cannot bring its own (package-spec, content)."""
TAG = "agentwarrant"
_SPACE = uuid.UUID("6a0d4f4e-5f0c-5f6b-9a3c-5f1f0b0c7d11")
_MADE = {"coreMigrationVersion": "8.8.0", "managed": False}


def ndjson() -> bytes:
    """Return the data view, the tag and the dashboards as Kibana imports them, one a line."""
    return b"".join(compact_json(one).encode() + b"\n" for one in saved_objects())


def saved_objects() -> Iterator[dict[str, Any]]:
    """Yield every saved object: what is referred to first."""
    view = {"title": names.pattern(), "name": "Agent Warrant", "timeFieldName": "@timestamp"}
    yield _object("index-pattern", DATA_VIEW, view, [], "8.0.0")
    tag = {"name": "Agent Warrant", "description": "AI agents in bounds", "color": "#1a5c9e"}
    yield _object("tag", TAG, tag, [], "8.0.0")
    for board in boards():
        made = dashboard(board, DATA_VIEW)
        made["references"].append({"type": "tag", "id": TAG, "name": f"tag-ref-{TAG}"})
        yield made


def _object(
    kind: str, identity: str, attributes: dict[str, Any], references: list[Any], version: str
) -> dict[str, Any]:
    made = {"id": identity, "type": kind, "attributes": attributes, "references": references}
    return {**made, **_MADE, "typeMigrationVersion": version}


def dashboard(board: Board, data_view: str) -> dict[str, Any]:
    """Return a dashboard as a saved object.

    Args:
        board: The dashboard.
        data_view: Id of the data view of its controls; it must exist where it is imported.
    """
    controls = {_uid(board.id, "control", name): (name, said) for name, said in board.controls}
    attributes = {
        "title": board.title,
        "description": board.about,
        "panelsJSON": compact_json([_shown(board, panel) for panel in board.panels]),
        "optionsJSON": compact_json(_OPTIONS),
        "kibanaSavedObjectMeta": {"searchSourceJSON": compact_json({"query": _ANY, "filter": []})},
        "controlGroupInput": _controls(controls, data_view),
        "timeRestore": True,
        "timeFrom": board.since,
        "timeTo": "now",
        "version": 1,
    }
    references = [
        {
            "type": "index-pattern",
            "id": data_view,
            "name": f"controlGroup_{key}:optionsListDataView",
        }
        for key in controls
    ]
    return _object("dashboard", board.id, attributes, references, "10.2.0")


_ANY = {"query": "", "language": "kuery"}
_OPTIONS = {
    "useMargins": True,
    "syncColors": False,
    "syncCursor": True,
    "syncTooltips": False,
    "hidePanelTitles": False,
}


def _controls(controls: Mapping[str, tuple[str, str]], data_view: str) -> dict[str, Any]:
    panels = {
        key: {
            "type": "optionsListControl",
            "order": order,
            "grow": True,
            "width": "medium",
            "explicitInput": {
                "id": key,
                "dataViewId": data_view,
                "fieldName": name,
                "title": label,
                "searchTechnique": "prefix",
                "selectedOptions": [],
                "sort": {"by": "_count", "direction": "desc"},
            },
        }
        for order, (key, (name, label)) in enumerate(controls.items())
    }
    ignored = ("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations")
    return {
        "chainingSystem": "HIERARCHICAL",
        "controlStyle": "oneLine",
        "showApplySelections": False,
        "ignoreParentSettingsJSON": compact_json(dict.fromkeys(ignored, False)),
        "panelsJSON": compact_json(panels),
    }


def _shown(board: Board, panel: Panel) -> dict[str, Any]:
    key = _uid(board.id, panel.title)
    x, y, width, height = panel.at
    return {
        "type": "lens",
        "panelIndex": key,
        "gridData": {"x": x, "y": y, "w": width, "h": height, "i": key},
        "title": panel.title,
        "embeddableConfig": {
            "attributes": _lens(panel),
            "enhancements": {"dynamicActions": {"events": []}},
        },
    }


def _lens(panel: Panel) -> dict[str, Any]:
    """Return a panel as Lens keeps it; its data view is its own and needs no saved object."""
    view = _uid(panel.index)
    layer = {
        "index": view,
        "query": {"esql": panel.query},
        "timeField": "@timestamp",
        "columns": [_column(name, kind) for name, kind in panel.columns.items()],
    }
    source = {"layers": {_LAYER: layer}, "indexPatternRefs": [_reference(panel, view)]}
    return {
        "title": panel.title,
        "type": "lens",
        "visualizationType": _VISUALIZATIONS[panel.kind],
        "references": [],
        "state": {
            "query": {"esql": panel.query},
            "filters": [_OURS],
            "datasourceStates": {"textBased": source},
            "visualization": _visualization(panel),
            "internalReferences": [],
            "adHocDataViews": {view: {"id": view, "name": panel.index, **_titled(panel)}},
        },
    }


_LAYER = "layer_0"
_VISUALIZATIONS = {
    "metric": "lnsMetric",
    "bar_stacked": "lnsXY",
    "donut": "lnsPie",
    "table": "lnsDatatable",
}
_OURS = {
    "$state": {"store": "appState"},
    "meta": {
        "alias": None,
        "disabled": False,
        "negate": False,
        "type": "exists",
        "key": "event.id",
        "field": "event.id",
        "value": "exists",
    },
    "query": {"exists": {"field": "event.id"}},
}
"""Every document of ours has it. A package's panels must have a filter (package-spec)."""


def _titled(panel: Panel) -> dict[str, str]:
    return {"title": panel.index, "timeFieldName": "@timestamp"}


def _reference(panel: Panel, view: str) -> dict[str, str]:
    return {"id": view, "title": panel.index, "timeField": "@timestamp"}


def _column(name: str, kind: str) -> dict[str, Any]:
    label = name.replace("_", " ").capitalize()
    said = {"columnId": name, "fieldName": name, "label": label, "customLabel": True}
    return {**said, "meta": {"type": kind}, "inMetricDimension": kind == "number"}


def _visualization(panel: Panel) -> dict[str, Any]:
    base: dict[str, Any] = {"layerId": _LAYER, "layerType": "data"}
    match panel.kind:
        case "metric":
            return {**base, "metricAccessor": panel.value}
        case "table":
            columns = [{"columnId": name, "isTransposed": False} for name in panel.columns]
            return {**base, "columns": columns}
        case "donut":
            slices = {"primaryGroups": [panel.split], "metrics": [panel.value]}
            look = {"numberDisplay": "percent", "categoryDisplay": "default"}
            legend = {"legendDisplay": "default", "nestedLegend": False}
            return {"shape": "donut", "layers": [{**base, **slices, **look, **legend}]}
        case _:
            series = {"seriesType": panel.kind, "xAccessor": panel.x, "accessors": list(panel.y)}
            return {
                "preferredSeriesType": panel.kind,
                "legend": {"isVisible": True, "position": "right"},
                "valueLabels": "hide",
                "fittingFunction": "None",
                "layers": [{**base, **series, "splitAccessor": panel.split}],
            }


def _uid(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "\0".join(parts)))
