"""Rules over others' data, asked of a real Elasticsearch over documents of their shape.

What the server returns is what the engine finds with the same condition, document by document.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import httpx
import orjson
import pytest

from agentwarrant.event import Event
from agentwarrant.rules.ir import atoms, fields_of
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.foreign import Integration, integrations, taken_over
from agentwarrant.siem.elastic.foreign_rules import render_foreign
from agentwarrant.siem.elastic.mapping import properties
from agentwarrant.siem.elastic.render import NativeRule

from .elastic_server import fresh_tenant
from .esql_analyzer import faults

pytestmark = pytest.mark.e2e

RULES = load_rules()
NATIVE = [
    (data, one) for data in integrations() for one in render_foreign(RULES, data, "8.19").rules
]
DOCUMENTS = 250
NAMES = {
    "okta.event_type": [
        "system.api_token.create",
        "user.session.start",
        "policy.rule.delete",
        "policy.evaluate_sign_on",
        "group.privilege.remove",
        "zone.deactivate",
        "app.oauth2.token.grant.access_token",
        "app.oauth2.client.read_client_secret",
        "User.Session.Start",
    ]
}
"""Values for fields that a regular expression is about."""


@pytest.fixture(scope="module")
def server(elasticsearch_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=elasticsearch_url, timeout=60) as client:
        yield client


def documents(rule: Rule, seed: int) -> list[Event]:
    """Return documents with all mixtures of what a rule asks for, of other values and of none."""
    chosen = random.Random(seed)  # noqa: S311  # the same documents each time
    values = {
        name: list(NAMES.get(name, ["other", "unknown"]))
        for name in fields_of(rule.tree or [])
        if name
    }
    for _, name, op, argument in atoms(rule.tree or []):
        if name and isinstance(argument, str):
            tail = " and more" if op.startswith(("startswith", "contains")) else ""
            values[name] += [argument, argument + tail, argument.upper()]
    return [
        {name: chosen.choice(several) for name, several in values.items() if chosen.random() < 0.93}
        for _ in range(DOCUMENTS)
    ]


@pytest.mark.parametrize(
    ("data", "one"), NATIVE, ids=[f"{data.package} {one.rule.short_id}" for data, one in NATIVE]
)
def test_the_server_returns_what_the_engine_finds(
    server: httpx.Client, data: Integration, one: NativeRule
) -> None:
    tree = taken_over(one.rule, data)
    rule = Rule(one.rule.id, "", "", "", "", one.rule.severity, alerts=True, tree=tree)
    index = data.index.replace("*", fresh_tenant())
    made = documents(rule, seed=7)
    wanted = {str(n) for n, document in enumerate(made) if Matcher([rule]).hits(document)}
    assert wanted, "no document fits"
    assert len(wanted) < len(made)
    mapped = {name: kind for name, kind in data.types.items() if kind != "constant_keyword"}
    server.put(
        f"/{index}", json={"mappings": {"properties": properties(mapped)}}
    ).raise_for_status()
    lines = [line for n, doc in enumerate(made) for line in ({"index": {"_id": str(n)}}, doc)]
    body = b"".join(orjson.dumps(line) + b"\n" for line in lines)
    sent = server.post(
        f"/{index}/_bulk?refresh=true",
        content=body,
        headers={"content-type": "application/x-ndjson"},
    )
    assert sent.json()["errors"] is False
    assert asked(server, one, data, index) == wanted


def asked(server: httpx.Client, one: NativeRule, data: Integration, index: str) -> set[str]:
    text = str(one.body["query"])
    if one.body["language"] == "esql":
        query = f"{text.replace(data.index, index, 1)} | KEEP _id | LIMIT 10000"
        answer = server.post("/_query", json={"query": query})
        assert answer.status_code == 200, answer.text
        assert not answer.json().get("is_partial")
        return {str(row[0]) for row in answer.json()["values"]}
    found = server.post(
        f"/{index}/_search", json={"size": 10_000, "query": {"kql": {"query": text}}}
    )
    assert found.status_code == 200, found.text
    return {hit["_id"] for hit in found.json()["hits"]["hits"]}


def test_the_next_version_takes_every_rule_against_their_fields() -> None:
    for data in integrations():
        own = [one.body for where, one in NATIVE if where is data]
        queries = [
            " ".join(body["query"].split("\n")) for body in own if body["language"] == "esql"
        ]
        if queries:
            assert faults(queries, data.types) == []
