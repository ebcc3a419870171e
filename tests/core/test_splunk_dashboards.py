"""Dashboards: they are read as searches, name only what there is, and let nobody's text out."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.shipped import shipped_rules
from tests.spl import Macro, naming, parse
from tests.spl.events import row_of
from tests.spl.machine import Machine
from tests.spl.values import Row, many

from agentwarrant import schema
from agentwarrant.event import Event
from agentwarrant.finding import Finding, into_cases
from agentwarrant.redact import Redactor
from agentwarrant.respond.planning.plan import propose
from agentwarrant.rules.model import is_for_agents
from agentwarrant.scan import Scan
from agentwarrant.siem.documents import response_records
from agentwarrant.siem.splunk import app, dashboards, names
from agentwarrant.siem.splunk.form import INDEXED, field_name
from agentwarrant.siem.splunk.panels import Board, Input, Panel, boards
from agentwarrant.siem.splunk.payload import envelope

PANELS = [(board, panel) for board in boards() for panel in board.panels]
IDS = [f"{board.id}: {panel.title}" for board, panel in PANELS]
INPUTS = [(board, one) for board in boards() for one in board.inputs]
SAMPLE = (
    Path(__file__).parents[2]
    / "connectors/openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"
)
TOKEN = re.compile(r"\$([a-z_.]+)(\|s)?\$")
READ_ONLY = re.compile(r"\b(?:timechart|strptime)\b")
"""What the interpreter reads and does not execute."""
OF_SPLUNK = {"_time", "sourcetype", "index", "_raw"}


def macros() -> dict[str, Macro]:
    return {name: Macro(said["definition"]) for name, said in app.macros({}).items()}


@cache
def sample() -> tuple[list[Event], list[Event], list[Event]]:
    """Return events, findings and response records of a genuine capture."""
    if not SAMPLE.is_file():
        pytest.skip("the tests run without a checkout beside them")
    rules = [rule for rule in shipped_rules() if is_for_agents(rule)]
    items = list(Scan.over(rules, tenant="acme").events_and_findings([SAMPLE]))
    found = [item for item in items if isinstance(item, Finding)]
    responses: list[Event] = []
    for case in into_cases(found):
        response = propose(case, Redactor(b"key"))
        responses += response_records(case, response) if response else ()
    events = [item for item in items if not isinstance(item, Finding)]
    return events, [one.event for one in found], responses


@cache
def machine() -> Machine:
    rows = []
    for kind, items in zip(names.KINDS, sample(), strict=True):
        stamps = {"sourcetype": names.sourcetype(kind), "index": "agentwarrant_acme"}
        rows += [row_of(envelope(item, stamps, "")) for item in items]
    return Machine(rows, frozenset(INDEXED.values()), macros=macros())


def shown(title: str) -> list[Row]:
    (query,) = [panel.query for _, panel in PANELS if panel.title == title]
    made: list[Row] = machine().run(chosen(query))
    return made


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


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=IDS)
def test_a_panel_that_can_be_executed_shows_something(board: Board, panel: Panel) -> None:
    if READ_ONLY.search(panel.query):
        assert panel.kind == "columns" or panel.title == "Tokens that still live"
        return
    rows = machine().run(chosen(panel.query))
    empty = {"Agents that nobody declared", "Agents that others steer"}
    assert rows or panel.title in empty
    for row in rows:
        assert not panel.columns or row.keys() <= set(panel.columns)


def test_figures_are_those_of_what_was_sent() -> None:
    events, findings, responses = sample()
    calls = {e["event.id"] for e in events if e["event.action"] == "tool_call"}
    assert shown("Actions") == [{"actions": len(calls)}]
    assert shown("Findings") == [{"findings": len(findings)}]
    assert shown("Agents seen") == [
        {"agents": len({e.get("gen_ai.agent.id") for e in events} - {None})}
    ]
    asked = ("influenced", "unexplained")
    unasked = [e for e in events if e.get("warrant.intent.verdict") in asked]
    assert shown("Actions that nobody asked for") == [{"actions": len(unasked)}]
    actions = [e for e in events if e["event.action"] == "tool_call"]
    known = [e for e in actions if e["warrant.intent.verdict"] != "unknown"]
    (judged,) = shown("Actions that were judged, in percent")
    assert float(str(judged["judged"])) == round(100 * len(known) / len(actions), 1)
    cases = {one["warrant.case.id"] for one in findings if one.get("warrant.case.state") == "open"}
    assert shown("Open cases") == [{"cases": len(cases)}]
    risks = [float(str(one["warrant.risk.score"])) for one in findings]
    assert shown("Highest risk") == [{"risk": max(risks)}]
    assert len(shown("The ledger, the newest first")) == len(responses)


def test_a_fleet_is_listed_with_what_each_agent_did() -> None:
    events, _, _ = sample()
    rows = shown("Agents")
    assert {(row["tenant"], row["agent"]) for row in rows} == {
        ("acme", e["gen_ai.agent.id"]) for e in events if "gen_ai.agent.id" in e
    }
    assert sum(int(float(str(row["events"]))) for row in rows) == sum(
        "gen_ai.agent.id" in e for e in events
    )


def test_reasons_are_counted_one_by_one() -> None:
    events, _, _ = sample()
    asked = ("influenced", "unexplained")
    reasons = {
        str(reason)
        for e in events
        if e.get("warrant.intent.verdict") in asked
        for reason in many(e["warrant.intent.reasons"])
    }
    assert {str(row["reason"]) for row in shown("Reasons")} == reasons


def test_another_tenant_sees_nothing_of_it() -> None:
    for _, panel in PANELS:
        if READ_ONLY.search(panel.query):
            continue
        rows = machine().run(chosen(panel.query, "other"))
        assert not rows or set(rows[0].values()) <= {0.0}, panel.title


@pytest.mark.parametrize(("board", "one"), INPUTS)
def test_an_input_offers_what_is_there(board: Board, one: Input) -> None:
    rows = machine().run(one.query)
    assert rows
    assert all(set(row) == {one.field} for row in rows)
