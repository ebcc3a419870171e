"""Everything that is rendered is taken where it runs; and correlations that nobody wrote agree."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from tests.shipped import shipped_rules

from agentwarrant.detect import Detector
from agentwarrant.event import Event, epoch_ms, iso_from_ms, text_of
from agentwarrant.rules.load import load_text
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.chained import chained
from agentwarrant.siem.elastic.mapping import fields_for, properties
from agentwarrant.siem.elastic.query import ESQL, KUERY, Query
from agentwarrant.siem.elastic.render import NativeRule, render

from .elastic_server import SERVERS

pytestmark = pytest.mark.e2e

TENANT = "organization.id"
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
RULES, CASES = 120, 25


@cache
def types() -> dict[str, str]:
    return dict(fields_for(shipped_rules()))


def native(language: str) -> list[NativeRule]:
    return [one for one in render(shipped_rules(), types()).rules if one.query.language == language]


@pytest.fixture(scope="module")
def client(elasticsearch_url: str) -> Elasticsearch:
    return Elasticsearch(elasticsearch_url, request_timeout=120)


@pytest.fixture(scope="module")
def index(client: Elasticsearch) -> Iterator[str]:
    name = f"render-{uuid.uuid4().hex[:8]}"
    mapping = {"dynamic": False, "properties": properties(types())}
    client.indices.create(index=name, mappings=mapping)
    yield name
    client.indices.delete(index=name)


def test_the_server_takes_every_query_as_kibana_sends_it(client: Elasticsearch, index: str) -> None:
    sent = native(ESQL)
    assert sent
    for one in sent:
        text = one.body["query"].replace(names.pattern("events"), index)
        answer = client.esql.query(query=f"{text} | limit 1001")
        assert not answer.get("is_partial"), one.rule.short_id
        listed = {column["name"] for column in answer["columns"]}
        suppressed = one.body.get("alert_suppression", {}).get("group_by", [])
        assert set(suppressed) <= listed, one.rule.short_id
    for one in native(KUERY):
        client.search(index=index, query={"kql": {"query": one.body["query"]}})


def test_the_next_version_takes_every_query_against_our_fields() -> None:
    script = SERVERS / "elasticsearch" / "esql_check.py"
    if not script.is_file():
        pytest.skip(f"no esql_check.py at ../{script.relative_to(SERVERS.parents[1])}")
    queries = [" ".join(one.body["query"].splitlines()) for one in native(ESQL)]
    listed = "".join(f"{name} {kind}\n" for name, kind in types().items())
    answer = _checked([sys.executable, str(script)], queries, listed)
    assert answer == ["ok"] * len(queries)


def _checked(command: list[str], queries: list[str], fields: str) -> list[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(fields)
        file.flush()
        answer = subprocess.run(
            [*command, "--fields", file.name],
            input="\n".join(queries) + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
    said = [line for line in answer.stdout.splitlines() if line.startswith(("ok", "bad"))]
    if not said:
        pytest.skip(f"the analyzer did not start: {answer.stderr.strip().splitlines()[-1:]}")
    return said


# Correlations that nobody wrote ---------------------------------------------------------------

ACTIONS = ("tool_call", "tool_result", "message_sent")
CLASSES = ("exec", "write", "read")
LEAVES = [
    *({"event.action": action} for action in ACTIONS),
    *({"warrant.tool.class": kind} for kind in CLASSES),
    {"event.action": "tool_call", "warrant.tool.class": "exec"},
]
CONDITIONS = (
    "{0} and {1}",
    "{0} or {1}",
    "{0} and not {1}",
    "({0} or {1}) and {2}",
    "({0} or {1}) and not {2}",
    "{0} and {1} and not {2}",
    "({0} and {1}) or ({1} and {2})",
    "({0} and not {1}) or {2}",
)


def invented(made_by: random.Random) -> str:
    """Return rules: some about single events, a correlation or two, and one that reads them."""
    leaves = made_by.sample(LEAVES, k=3)
    documents = [
        f"title: r{n}\nname: r{n}\nlogsource: {{product: ai_agent}}\n"
        f"detection: {{a: {leaf!r}, condition: a}}".replace("'", "")
        for n, leaf in enumerate(leaves)
    ]
    known = [f"r{n}" for n in range(len(leaves))]
    for n in range(made_by.randint(0, 2)):
        documents.append(f"title: c{n}\nname: c{n}\ncorrelation: {inner(made_by, known)}")
        known.append(f"c{n}")
    top = temporal(made_by, made_by.sample(known, k=3) if len(known) > 3 else known)
    return "\n---\n".join([*documents, f"title: top\nname: top\ncorrelation: {top}"])


def inner(made_by: random.Random, known: list[str]) -> str:
    kind = made_by.randrange(4)
    one = made_by.choice(known[:3])
    grouped = "group-by: [gen_ai.agent.id]"
    if kind == 0:
        return (
            f"{{type: value_count, rules: [{one}], {grouped}, timespan: 4s,"
            " condition: {gte: 2, field: gen_ai.tool.name}}"
        )
    if kind == 1:
        least = made_by.randrange(2)
        return (
            f"{{type: new_value, rules: [{one}], {grouped}, history: 20s,"
            f" condition: {{gte: {least}, field: gen_ai.tool.name}}}}"
        )
    return temporal(made_by, known)


def temporal(made_by: random.Random, known: list[str]) -> str:
    kind = made_by.choice(("temporal", "temporal_ordered", "temporal_ordered"))
    names_ = made_by.sample(known, k=len(known))
    span = made_by.choice((2, 5, 9))
    plain = made_by.random() < 0.4
    condition = made_by.choice(CONDITIONS).format(*names_)
    read = [name for name in names_ if plain or name in condition]
    said = "" if plain else f", condition: {condition}"
    return (
        f"{{type: {kind}, rules: [{', '.join(read)}], group-by: [gen_ai.agent.id],"
        f" timespan: {span}s{said}}}"
    )


def happened(made_by: random.Random, tenant: str, end: int) -> list[Event]:
    """Return events of one tenant, one or two agents, no two at the same time."""
    events: list[Event] = []
    at = 0
    for n in range(made_by.randint(2, 12)):
        at += made_by.choice((1, 500, 1000, 1999, 2000, 2001, 4000, 5000, 9000, 9001, 21000))
        event: Event = {
            "@timestamp": iso_from_ms(end - HOUR_MS + at),
            TENANT: tenant,
            "event.id": f"{tenant}-{n}",
            "event.action": made_by.choice(ACTIONS),
            "warrant.tool.class": made_by.choice(CLASSES),
            "gen_ai.tool.name": made_by.choice(("a", "B", "b", "c")),
            "gen_ai.agent.id": made_by.choice(("one", "One", "two")),
        }
        if made_by.random() < 0.1:
            del event[made_by.choice(("gen_ai.agent.id", "gen_ai.tool.name", "event.action"))]
        events.append(event)
    return events


def embedded(rules: list[Rule], events: list[Event]) -> set[tuple[Any, ...]]:
    detector = Detector(rules)
    found = set()
    top = rules[-1].id
    for event in events:
        hits = [rule.id for rule in detector.matcher.hits(event)]
        at = epoch_ms(text_of(event, "@timestamp"))
        matches = detector.correlator.feed(event, hits, at)
        found |= {match.key for match in matches if match.rule.id == top}
    for match in detector.correlator.feed({}, [], at + DAY_MS):
        if match.rule.id == top:
            found.add(match.key)
    return found


@cache
def inventions() -> list[tuple[list[Rule], Query, str]]:
    """Return rule sets whose last correlation can be rendered, and its query."""
    made_by = random.Random(20261129)  # noqa: S311  # the same in every run
    found: list[tuple[list[Rule], Query, str]] = []
    tries = 0
    while len(found) < RULES:
        tries += 1
        text = invented(made_by)
        rules = load_text(text, foreign=False)
        try:
            query = chained(rules[-1], {rule.id: rule for rule in rules}, types())
        except CannotRender:
            continue
        found.append((rules, query, text))
    assert tries < 20 * RULES, "nearly all is refused"
    return found


def test_invented_correlations_match_for_the_same_groups(client: Elasticsearch, index: str) -> None:
    made_by = random.Random(7)  # noqa: S311  # the same in every run
    end = int(time.time() * 1000)
    played = {
        tenant: happened(made_by, tenant, end)
        for tenant in (f"i{n}-{uuid.uuid4().hex[:6]}" for n in range(CASES))
    }
    lines: list[dict[str, Any]] = []
    for events in played.values():
        for event in events:
            lines += [{"index": {"_id": event["event.id"]}}, dict(event)]
    assert not client.bulk(index=index, operations=lines, refresh=True)["errors"]
    matched = 0
    for rules, query, text in inventions():
        asked = query.text.replace(names.pattern("events"), index)
        answer = client.esql.query(query=f"{asked}\n| LIMIT 10000")
        found = {tuple(row[-2:]) for row in _groups(answer)}
        wanted = {key for events in played.values() for key in embedded(rules, events)}
        assert found == wanted, text
        matched += bool(wanted)
    assert matched > RULES // 2


def _groups(answer: Any) -> list[list[Any]]:
    columns = [column["name"] for column in answer["columns"]]
    places = [columns.index(name) for name in (TENANT, "gen_ai.agent.id")]
    return [[row[place] for place in places] for row in answer["values"]]
