"""Every query of every dashboard is asked of a real server, over documents as we ship them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from agentwarrant.siem.elastic import mapping, names
from agentwarrant.siem.elastic.panels import Board, Panel, boards

from .esql_analyzer import faults

pytestmark = pytest.mark.e2e

PANELS = [(board, panel) for board in boards() for panel in board.panels]
SHOWN = {
    "date": {"date"},
    "string": {"keyword", "text"},
    "number": {"long", "double", "integer"},
}
HOUR = ("2026-01-01T00:00:00.000Z", "2026-01-01T01:00:00.000Z")
EVENT = {
    "@timestamp": "2026-01-01T00:30:00.000Z",
    "event.action": "tool_call",
    "event.module": "openclaw",
    "organization.id": "acme",
    "gen_ai.agent.id": "main",
    "gen_ai.tool.name": "exec",
    "warrant.agent.status": "unregistered",
    "warrant.agent.assurance": "claimed",
    "warrant.intent.verdict": "influenced",
    "warrant.intent.reasons": ["A page asked for it.", "Nobody else did."],
    "warrant.origin": "web",
    "warrant.principal.id": "mallory",
    "warrant.principal.kind": "human",
    "warrant.principal.authority": "stranger",
    "warrant.scope.decision": "out_of_scope",
    "warrant.tool.class": "exec",
    "warrant.arguments.text": "cat .env",
}
FINDING = {
    **EVENT,
    "event.kind": "alert",
    "event.risk_score": 73.0,
    "message": "The agent read a secret.",
    "rule.name": "Secret read",
    "warrant.finding.severity": "high",
    "warrant.case.id": "c1",
    "warrant.case.state": "open",
    "warrant.risk.score": 81.5,
}
RESPONSE = {
    "@timestamp": "2026-01-01T00:40:00.000Z",
    "event.outcome": "failure",
    "gen_ai.agent.id": "main",
    "organization.id": "acme",
    "warrant.case.id": "c1",
    "warrant.run.id": "r1",
    **{f"warrant.response.{key}": key for key in ("playbook", "step", "action", "point", "state")},
    "warrant.response.mode": "enforce",
    "warrant.response.target": "main",
    "warrant.response.verified": "yes",
    "warrant.response.undo": "Give it its tools again.",
    "warrant.response.approvers": ["ann", "bob"],
    "warrant.response.sequence": 1,
    "warrant.response.token_expires": "2126-01-01T00:00:00.000Z",
}
DOCUMENTS: dict[str, dict[str, Any]] = {"events": EVENT, "findings": FINDING, "responses": RESPONSE}


@pytest.fixture(scope="module")
def server(elasticsearch_url: str) -> Iterator[httpx.Client]:
    """A server with one document of each kind, and one before the hour that is asked about."""
    with httpx.Client(base_url=elasticsearch_url, timeout=60) as client:
        for kind, document in DOCUMENTS.items():
            index = names.stream(kind, "dashboards")
            made = {"mappings": {"properties": mapping.properties(mapping.fields())}}
            client.put(f"/{index}", json=made).raise_for_status()
            for name, time in (("in", document["@timestamp"]), ("out", "2025-01-01T00:00:00Z")):
                body = {**document, "@timestamp": time, "event.id": f"{kind}-{name}"}
                client.put(f"/{index}/_doc/{name}?refresh=true", json=body).raise_for_status()
        yield client


def asked(client: httpx.Client, panel: Panel) -> dict[str, Any]:
    """Ask as Kibana does: the chosen time as a filter and as named parameters."""
    since, until = HOUR
    time = {"range": {"@timestamp": {"gte": since, "lte": until}}}
    body: dict[str, Any] = {
        "query": panel.query,
        "filter": {"bool": {"filter": [time, {"exists": {"field": "event.id"}}]}},
    }
    if "?_tstart" in panel.query:
        body["params"] = [{"_tstart": since}, {"_tend": until}]
    answer = client.post("/_query", content=orjson.dumps(body), headers=JSON)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert isinstance(said, dict)
    return said


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("board", "panel"), PANELS, ids=[f"{board.id}: {panel.title}" for board, panel in PANELS]
)
def test_a_panel_shows_what_is_there_in_the_columns_that_it_declares(
    server: httpx.Client, board: Board, panel: Panel
) -> None:
    said = asked(server, panel)
    assert not said.get("is_partial")
    types = {column["name"]: column["type"] for column in said["columns"]}
    for name, kind in panel.columns.items():
        assert types[name] in SHOWN[kind], f"{name} is {types[name]}"
    if panel.kind == "table":
        assert set(types) == set(panel.columns)
    assert said["values"], "nothing is shown of a document that is there"
    if panel.kind == "metric":
        (row,) = said["values"]
        if panel.title not in NOT_THIS_ONE:
            assert row[list(types).index(panel.value)], "the document does not count"


NOT_THIS_ONE = ("Unexplained", "Intended")
"""The one document is influenced."""


def test_the_next_version_takes_every_panel_against_our_fields() -> None:
    queries = [panel.query for _, panel in PANELS]
    for name, time in zip(("?_tstart", "?_tend"), HOUR, strict=True):
        queries = [text.replace(name, f'"{time}"') for text in queries]
    assert faults(queries, mapping.fields()) == []
    lost = [queries[0].replace("event.action", "event.no_such")]
    assert len(faults(lost, mapping.fields())) == 1, "a field that is not there would be seen"
