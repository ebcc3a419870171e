"""Dashboards: they are read as searches, name only what there is, and let nobody's text out."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from tests.spl import Macro, naming, parse

from agentwarrant import schema
from agentwarrant.siem.splunk import app, dashboards, names
from agentwarrant.siem.splunk.form import INDEXED, field_name
from agentwarrant.siem.splunk.panels import Board, Input, Panel, boards

PANELS = [(board, panel) for board in boards() for panel in board.panels]
IDS = [f"{board.id}: {panel.title}" for board, panel in PANELS]
INPUTS = [(board, one) for board in boards() for one in board.inputs]
TOKEN = re.compile(r"\$([a-z_.]+)(\|s)?\$")
OF_SPLUNK = {"_time", "sourcetype", "index", "_raw"}


def macros() -> dict[str, Macro]:
    return {name: Macro(said["definition"]) for name, said in app.macros({}).items()}


def chosen(query: str, value: str = "*") -> str:
    return TOKEN.sub(json.dumps(value), query)


def definition(board: Board) -> dict[str, Any]:
    root = ElementTree.fromstring(dashboards.view(board))  # noqa: S314  # it is our own
    assert root.attrib["version"] == "2"
    text = root.findtext("definition")
    assert text is not None
    made = json.loads(text)
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=IDS)
def test_a_panel_is_a_search_that_is_read(board: Board, panel: Panel) -> None:
    assert parse(chosen(panel.query), macros())
    assert "{" not in panel.query.replace("{}", "")
    assert not panel.query.startswith("search ")


@pytest.mark.parametrize(("board", "one"), INPUTS)
def test_an_input_offers_the_values_of_an_indexed_field(board: Board, one: Input) -> None:
    assert one.field in INDEXED.values()
    named = naming.names(one.query, macros())
    assert named.read <= {one.field, *OF_SPLUNK}


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=IDS)
def test_a_panel_reads_fields_that_our_documents_have(board: Board, panel: Panel) -> None:
    finding = schema.load("finding.schema.json")["properties"]
    known = {name for name in panel.fields if schema.field_type(name) or name in finding}
    unknown = {name for name in panel.fields - known if not name.startswith("warrant.response.")}
    assert unknown <= {"warrant.run.id"}
    named = naming.names(chosen(panel.query), macros())
    spelled = {field_name(name) for name in panel.fields}
    assert named.read - spelled <= {*INDEXED.values(), *OF_SPLUNK, "message"}


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=IDS)
def test_a_panel_names_macros_that_the_app_has(board: Board, panel: Panel) -> None:
    named = naming.names(chosen(panel.query), macros())
    assert named.macros == {names.INDEXES}
    kinds = {names.sourcetype(kind) for kind in names.KINDS}
    assert set(re.findall(r"sourcetype=(\S+)", panel.query)) <= kinds


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=IDS)
def test_what_is_chosen_stands_in_quotes(board: Board, panel: Panel) -> None:
    tokens = TOKEN.findall(panel.query)
    assert {name for name, _ in tokens} == {one.token for one in board.inputs}
    assert all(quotes == "|s" for _, quotes in tokens)


@pytest.mark.parametrize("value", ['a"b', "a\\", '\\" OR index=*', 'x" | delete'])
def test_a_value_that_could_leave_its_quotes_cannot_be_chosen(value: str) -> None:
    for _, one in INPUTS:
        (asked,) = re.findall(r'NOT match\(\w+, "(.*)"\)', one.query)
        pattern = asked.replace('\\"', '"').replace("\\\\", "\\")
        assert re.search(pattern, value)
        assert not re.search(pattern, "spiffe://example.org/agent-1 (main)")


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=IDS)
def test_a_table_has_the_columns_that_it_says(board: Board, panel: Panel) -> None:
    last = parse(chosen(panel.query), macros())[-1]
    if panel.kind in ("table", "donut"):
        assert panel.columns
        assert getattr(last, "names", None) == panel.columns
    else:
        assert not panel.columns


def cells(panel: Panel) -> set[tuple[int, int]]:
    x, y, width, height = panel.at
    return {(x + i, y + j) for i in range(width) for j in range(height)}


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.id)
def test_panels_fill_the_width_and_do_not_lie_on_one_another(board: Board) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board.panels:
        assert not taken & cells(panel), panel.title
        taken |= cells(panel)
    height = max(y for _, y in taken) + 1
    assert taken == {(x, y) for x in range(48) for y in range(height)}


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.id)
def test_everything_that_a_definition_refers_to_is_in_it(board: Board) -> None:
    made = definition(board)
    sources = made["dataSources"]
    shown = {**made["visualizations"], **made["inputs"]}
    used = {one["dataSources"]["primary"] for one in shown.values() if "dataSources" in one}
    assert used == sources.keys()
    assert {one["item"] for one in made["layout"]["structure"]} == made["visualizations"].keys()
    assert made["layout"]["globalInputs"] == list(made["inputs"])
    tokens = {one["options"]["token"] for one in made["inputs"].values()}
    for source in sources.values():
        assert {name for name, _ in TOKEN.findall(source["options"]["query"])} <= tokens
    limits = made["defaults"]["dataSources"]["ds.search"]["options"]["queryParameters"]
    assert limits == {
        "earliest": "$global_time.earliest$",
        "latest": "$global_time.latest$",
    }
    assert "global_time" in tokens


def test_views_are_the_same_in_every_build_and_one_for_each_dashboard() -> None:
    assert dashboards.views() == dashboards.views()
    paths = {f"default/data/ui/views/{board.id}.xml" for board in boards()}
    assert dashboards.views().keys() == paths
    assert len(paths) == 4


def test_a_definition_does_not_end_its_xml_early() -> None:
    board = boards()[0]
    hostile = Board(board.id, "a ]]> b & <c>", "]]>", board.since, board.inputs, board.panels)
    assert definition(hostile)["title"] == "a ]]> b & <c>"
