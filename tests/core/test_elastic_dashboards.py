"""Dashboards: every field is mapped, every column is what the panel shows, every id is stable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from agentwarrant.siem.elastic import dashboards, mapping, names
from agentwarrant.siem.elastic.panels import Board, Panel, boards

PANELS = [(board, panel) for board in boards() for panel in board.panels]
IDS = [f"{board.id}: {panel.title}" for board, panel in PANELS]


def objects() -> list[dict[str, Any]]:
    return [json.loads(line) for line in dashboards.ndjson().splitlines()]


def parsed(made: dict[str, Any]) -> list[dict[str, Any]]:
    panels = json.loads(made["attributes"]["panelsJSON"])
    assert isinstance(panels, list)
    return panels


def cells(panel: Panel) -> set[tuple[int, int]]:
    x, y, width, height = panel.at
    return {(x + i, y + j) for i in range(width) for j in range(height)}


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=IDS)
def test_every_field_that_a_panel_reads_is_mapped(board: Board, panel: Panel) -> None:
    assert not panel.fields - mapping.fields().keys()


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=IDS)
def test_a_panel_reads_one_of_our_data_streams(board: Board, panel: Panel) -> None:
    assert panel.index in {names.pattern(kind) for kind in names.KINDS}
    assert panel.query.startswith(f"FROM {panel.index} ")
    assert "{" not in panel.query


def test_a_field_that_is_not_mapped_would_be_seen() -> None:
    index = names.pattern("events")
    query = f'FROM {index} | WHERE warrant.no_such.field == "warrant.in.text" | LIMIT 1'
    panel = Panel("t", "table", query, index, {}, (0, 0, 1, 1))
    assert panel.fields == {"warrant.no_such.field"}


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.id)
def test_the_panels_of_a_dashboard_do_not_lie_on_one_another(board: Board) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board.panels:
        assert not taken & cells(panel), panel.title
        assert all(x < 48 for x, _ in cells(panel)), panel.title
        taken |= cells(panel)


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.id)
def test_the_controls_of_a_dashboard_filter_by_fields_that_its_panels_data_has(
    board: Board,
) -> None:
    assert board.controls
    assert not {name for name, _ in board.controls} - mapping.fields().keys()


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=IDS)
def test_what_lens_shows_are_columns_of_its_query(board: Board, panel: Panel) -> None:
    made = next(one for one in objects() if one["id"] == board.id)
    lens = next(p for p in parsed(made) if p["title"] == panel.title)["embeddableConfig"]
    state = lens["attributes"]["state"]
    (layer,) = state["datasourceStates"]["textBased"]["layers"].values()
    known = {column["columnId"] for column in layer["columns"]}
    assert known == set(panel.columns)
    assert set(accessors(state["visualization"])) <= known
    assert layer["query"]["esql"] == state["query"]["esql"] == panel.query
    assert layer["index"] in state["adHocDataViews"]
    assert state["filters"], "package-spec wants a filter in every panel"


def accessors(visualization: dict[str, Any]) -> Iterator[str]:
    """Yield every column that a visualization names."""
    for layer in visualization.get("layers", [visualization]):
        for key in ("metricAccessor", "xAccessor", "splitAccessor"):
            if key in layer:
                yield layer[key]
        for key in ("accessors", "primaryGroups", "metrics"):
            yield from layer.get(key, ())
        yield from (column["columnId"] for column in layer.get("columns", ()))


def test_every_reference_is_to_an_object_that_is_imported_with_it() -> None:
    seen: set[tuple[str, str]] = set()
    for made in objects():
        for reference in made["references"]:
            assert (reference["type"], reference["id"]) in seen
        seen.add((made["type"], made["id"]))
    assert sum(kind == "dashboard" for kind, _ in seen) == len(boards()) == 4


def test_ids_are_unique_and_the_same_in_every_build() -> None:
    first, again = objects(), objects()
    assert first == again
    assert dashboards.ndjson() == dashboards.ndjson()
    for made in first:
        if made["type"] == "dashboard":
            panels = parsed(made)
            assert len({panel["panelIndex"] for panel in panels}) == len(panels)


def test_kibana_runs_no_migration_of_older_dashboards_over_them() -> None:
    versions = {made["type"]: made["typeMigrationVersion"] for made in objects()}
    assert versions == {"index-pattern": "8.0.0", "tag": "8.0.0", "dashboard": "10.2.0"}
