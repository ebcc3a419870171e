"""Rules over others' data, asked of a real Elasticsearch over documents of their shape.

What the server returns is what the engine finds with the same condition, document by document.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from tests.shipped import shipped_rules

from agentwarrant.event import Event, epoch_ms
from agentwarrant.inventory import Account, Entry
from agentwarrant.rules.ir import Node, atoms, fields_of
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.foreign import Integration, integrations
from agentwarrant.siem.elastic.foreign_rules import render_foreign
from agentwarrant.siem.elastic.inventory import ACCOUNT_FIELDS, FIELDS, index_of
from agentwarrant.siem.elastic.inventory import documents as documents_of
from agentwarrant.siem.elastic.inventory import index as index_item
from agentwarrant.siem.elastic.mapping import properties
from agentwarrant.siem.elastic.render import NativeRule
from agentwarrant.siem.takeover import taken_over
from agentwarrant.warrant.model import FOREVER

from .elastic_server import fresh_tenant
from .esql_analyzer import faults

pytestmark = pytest.mark.e2e

RULES = shipped_rules()
NATIVE = [
    (data, one) for data in integrations() for one in render_foreign(RULES, data, "8.19").rules
]
SINGLE = [(data, one) for data, one in NATIVE if one.rule.correlation is None]
COUNTED = [(data, one) for data, one in NATIVE if one.rule.correlation is not None]
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
NOW, OVER = "2026-11-16T09:00:00.000Z", "2026-11-16T08:00:00.000Z"
LOOKED_UP = {**FIELDS, **ACCOUNT_FIELDS, "@timestamp": "date"}
"""What a query that joins the inventory reads besides the integration's fields."""


@pytest.fixture(scope="module")
def server(elasticsearch_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=elasticsearch_url, timeout=60) as client:
        yield client


def documents(rule: Rule, data: Integration, seed: int) -> list[Event]:
    """Return documents with all mixtures of what a rule asks for, of other values and of none.

    Every second one is made to fit, but for one field of some of them.
    """
    chosen = random.Random(seed)  # noqa: S311  # the same documents each time
    tree = rule.tree or []
    values: dict[str, list[Any]] = {name: others(name, data) for name in fields_of(tree) if name}
    for _, name, op, argument in atoms(tree):
        if name and isinstance(argument, str):
            tail = " and more" if op.startswith(("startswith", "contains")) else ""
            values[name] += [argument, argument + tail, argument.upper()]
    for account in data.accounts:
        several = [f"Agent{n}{account.tail}" for n in range(6)]
        values[account.field] = [*values.get(account.field, []), *several]
    made: list[Event] = []
    for n in range(DOCUMENTS):
        mixed = {
            name: chosen.choice(several)
            for name, several in values.items()
            if chosen.random() < 0.93
        }
        if n % 2:
            agents = {one.field: f"Agent{chosen.randrange(6)}{one.tail}" for one in data.accounts}
            fits = {**agents, **fitting(tree, chosen)}
            spoiled = chosen.choice([*values, ""])
            mixed = {name: value for name, value in fits.items() if name != spoiled or n % 4 > 1}
        made.append(mixed)
    return made


def others(name: str, data: Integration) -> list[Any]:
    if data.types[name] == "boolean":
        return [True, False]
    return list(NAMES.get(name, ["other", "unknown"]))


def fitting(node: Node, chosen: random.Random) -> Event:
    """Return fields that the positive tests of one way through a condition ask for."""
    if node[0] == "and":
        return {name: v for part in node[1:] for name, v in fitting(part, chosen).items()}
    if node[0] == "or":
        return fitting(chosen.choice(node[1:]), chosen)
    if node[0] != "is":
        return {}
    _, name, op, argument = node
    if op == "re":
        return {name: chosen.choice([one for one in NAMES[name] if re.search(argument[0], one)])}
    if op == "exists":
        return {name: f"Agent{chosen.randrange(6)}"} if argument else {}
    if op.startswith(("startswith", "contains")):
        return {name: f"{argument} and more"}
    return {name: f"Agent{chosen.randrange(6)}{argument}" if op.startswith("ends") else argument}


@pytest.mark.parametrize(
    ("data", "one"), SINGLE, ids=[f"{data.name} {one.rule.short_id}" for data, one in SINGLE]
)
def test_the_server_returns_what_the_engine_finds(
    server: httpx.Client, data: Integration, one: NativeRule
) -> None:
    tree = taken_over(one.rule, data)
    rule = Rule(one.rule.id, "", "", "", "", one.rule.severity, alerts=True, tree=tree)
    index = data.index.replace("*", fresh_tenant())
    made = documents(rule, data, seed=7)
    known = accounts_of(data, made)
    wanted = {
        str(n)
        for n, document in enumerate(made)
        if Matcher([rule]).hits(document) and is_of_an_agent(data, document, known)
    }
    assert wanted, "no document fits"
    assert len(wanted) < len(made)
    mapped = {name: kind for name, kind in data.types.items() if kind != "constant_keyword"}
    mapped["@timestamp"] = "date"
    server.put(
        f"/{index}", json={"mappings": {"properties": properties(mapped)}}
    ).raise_for_status()
    stored(server, index, [{"@timestamp": NOW, **document} for document in made])
    if data.accounts:
        inventory = inventory_of(server, known)
        text = str(one.body["query"])
        assert text.count(index_of("default")) == 1
        one.body["query"] = text.replace(index_of("default"), inventory)
    assert asked(server, one, data, index) == wanted


def stored(server: httpx.Client, index: str, made: list[Event]) -> None:
    lines = [line for n, doc in enumerate(made) for line in ({"index": {"_id": str(n)}}, doc)]
    body = b"".join(orjson.dumps(line) + b"\n" for line in lines)
    sent = server.post(
        f"/{index}/_bulk?refresh=true",
        content=body,
        headers={"content-type": "application/x-ndjson"},
    )
    assert sent.json()["errors"] is False, sent.text[:1000]


# Agents by account ------------------------------------------------------------------------------


def account_of(data: Integration, document: Event) -> str:
    """Return the account of a document as warrants name it; empty where it has none."""
    for one in data.accounts:
        value = document.get(one.field)
        fits = isinstance(value, str) and value.endswith(one.tail)
        if fits and (one.only is None or document.get(one.only[0]) == one.only[1]):
            own = str(value)[: len(str(value)) - len(one.tail)]
            return f"{one.kind}:{own.lower() if one.fold else own}"
    return ""


def accounts_of(data: Integration, made: list[Event]) -> dict[str, bool]:
    """Return two thirds of the accounts of some documents: whether they are in force still."""
    found = dict.fromkeys(account_of(data, one) for one in made)
    return {account: n % 3 > 0 for n, account in enumerate(found) if account and n % 3 < 2}


def is_of_an_agent(data: Integration, document: Event, known: dict[str, bool]) -> bool:
    return not data.accounts or known.get(account_of(data, document), False)


def inventory_of(server: httpx.Client, known: dict[str, bool], *, agents: bool = False) -> str:
    """Make the inventory of a tenant, with accounts of one agent; return its name.

    With ``agents`` every account is an agent of its own, which is called as it is.
    """
    name = index_of(fresh_tenant())
    server.put(f"/{name}", json=index_item("x").body).raise_for_status()
    entries: dict[str, Entry] = {}
    for account, in_force in known.items():
        agent = account if agents else "helper"
        entry = entries.setdefault(agent, Entry("x", agent))
        held = (0, FOREVER if in_force else epoch_ms(OVER))
        entry.accounts[account] = Account("", "", "declared", held)
    stored(server, name, [document for _, _, document in documents_of(entries.values())])
    return name


def asked(server: httpx.Client, one: NativeRule, data: Integration, index: str) -> set[str]:
    text = str(one.body["query"])
    if one.body["language"] == "esql":
        assert text.count(data.index) == 1
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


# Counts -----------------------------------------------------------------------------------------

ROLES = {"fast": 1000, "enough": 59_000 // 59, "slow": 61_000 // 59}
"""Agents and how far apart in milliseconds each of their sixty calls is."""


@pytest.mark.parametrize(("data", "one"), COUNTED, ids=[one.rule.short_id for _, one in COUNTED])
def test_the_server_counts_the_calls_of_each_agent_in_a_minute(
    server: httpx.Client, data: Integration, one: NativeRule
) -> None:
    index = data.index.replace("*", fresh_tenant())
    mapped = {name: kind for name, kind in data.types.items() if kind != "constant_keyword"}
    mapped["@timestamp"] = "date"
    server.put(
        f"/{index}", json={"mappings": {"properties": properties(mapped)}}
    ).raise_for_status()
    base, who = epoch_ms(NOW), "aws.cloudtrail.user_identity."
    made: list[Event] = []
    for role, apart in {**ROLES, "nobody": 10, "fewer": 10}.items():
        times = range(base, base + 60 * apart, apart)
        for time in times[: 59 if role == "fewer" else 60]:
            call: Event = {
                "@timestamp": time,
                "event.action": "DescribeInstances",
                "event.provider": "ec2.amazonaws.com",
                f"{who}type": "AssumedRole",
                f"{who}session_context.session_issuer.arn": role,
            }
            made.append(call)
    stored(server, index, made)
    known = {f"aws.role:{role}": True for role in (*ROLES, "fewer")}
    inventory = inventory_of(server, known, agents=True)
    text = str(one.body["query"]).replace(index_of("default"), inventory)
    text = text.replace(data.index, index, 1) + "\n| KEEP organization.id, gen_ai.agent.id"
    answer = server.post("/_query", json={"query": text})
    assert answer.status_code == 200, answer.text
    found = {tuple(row) for row in answer.json()["values"]}
    assert found == {("x", "aws.role:fast"), ("x", "aws.role:enough")}


def test_the_next_version_takes_every_rule_against_their_fields() -> None:
    for data in integrations():
        own = [one.body for where, one in NATIVE if where is data]
        queries = [
            " ".join(body["query"].split("\n")) for body in own if body["language"] == "esql"
        ]
        if queries:
            assert faults(queries, {**data.types, **LOOKED_UP}) == []
