"""Sequences, absences and chained correlations where they run, against the embedded engine.

Every test of every such rule, and of each that finds its events changed so that it must not, is
played to both, each under a tenant of its own; the groups that match must be the same ones.
ES|QL and KQL run in Elasticsearch 8.19; EQL in Elastic's own library, whose order and windows are
Elasticsearch's (its letter case is not).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from tests.shipped import shipped_rules as pack

from agentwarrant.detect import Detector
from agentwarrant.event import Event, epoch_ms, iso_from_ms, text_of
from agentwarrant.rules.check import events_of, with_parts
from agentwarrant.rules.model import Rule
from agentwarrant.rules.variants import variants
from agentwarrant.siem.alternatives import parts
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.compose import queries
from agentwarrant.siem.elastic.mapping import fields_for, properties
from agentwarrant.siem.elastic.query import EQL, ESQL, Query

from .elastic_server import SERVERS

pytestmark = pytest.mark.e2e

TENANT = "organization.id"
DAY_MS = 86_400_000
MIXED = 60
"""Cases of mixed events for each rule."""
TEMPORAL = ("temporal", "temporal_ordered")
Group = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """Events that a rule is shown, all of one tenant or of several of its own."""

    rule: Rule
    name: str
    events: tuple[Event, ...]

    @property
    def tenants(self) -> set[str]:
        return {text_of(event, TENANT) for event in self.events}


@cache
def ordered_rules() -> list[Rule]:
    """Return the rules with order or absence, or that read correlations.

    Of a rule with counts among its alternatives, which are compared elsewhere, the others.
    """
    known = {one.id: one for one in pack()}
    found = []
    for rule in pack():
        if not rule.alerts or rule.correlation is None or rule.correlation.kind not in TEMPORAL:
            continue
        made = [one for one in parts(rule, known) if one.correlation]
        mine = [one for one in made if one.correlation and one.correlation.kind in TEMPORAL]
        if mine == made:
            found.append(rule)
        else:
            found += [replace(one, alerts=True, tests=rule.tests) for one in mine]
    return found


def moved(events: Sequence[Event], tenant: str, end: int) -> tuple[Event, ...]:
    """Return events with tenants and ids of their own, the last of them at a time."""
    last = max(epoch_ms(text_of(event, "@timestamp")) for event in events)
    made = []
    for n, event in enumerate(events):
        at = epoch_ms(text_of(event, "@timestamp")) - last + end
        own = {**event, "@timestamp": iso_from_ms(at), "event.id": f"{tenant}-{n}"}
        own[TENANT] = f"{tenant}-{text_of(event, TENANT)}"
        made.append(own)
    return tuple(made)


@cache
def cases() -> list[Case]:
    end = int(time.time() * 1000) - DAY_MS
    made: list[Case] = []
    for rule in ordered_rules():
        for test in rule.tests:
            events = events_of(test)
            played = [(str(test["name"]), events)]
            if test.get("finds"):
                played += [
                    (f"{test['name']}: {v}", v.events) for v in variants(rule, events, pack())
                ]
                played += [(f"{test['name']}: by half a second", apart(events))]
            for name, shown in played:
                if shown:
                    tenant = f"t{len(made)}x{uuid.uuid4().hex[:6]}"
                    made.append(Case(rule, name, moved(shown, tenant, end)))
    return made


@cache
def mixed() -> list[Case]:
    """Return cases of each rule's own events, in any order, at the edges of its windows.

    No two events have one millisecond: an index does not keep their order.
    """
    end = int(time.time() * 1000) - DAY_MS
    made: list[Case] = []
    for rule in ordered_rules():
        shuffled = random.Random(rule.id)  # noqa: S311  # the same cases in every run
        pool = [e for t in rule.tests if t.get("finds") for e in events_of(t)]
        kept = [one.correlation.window_ms for one in with_parts(rule, pack()) if one.correlation]
        gaps = [1, 1000, *(w + d for w in kept for d in (-1, 0, 1, -w // 2))]
        for n in range(MIXED):
            at, shown = 0, []
            for event in shuffled.choices(pool, k=shuffled.randint(2, 9)):
                at += max(1, shuffled.choice(gaps))
                agent = shuffled.choice(("agent-1", "agent-1", "agent-2"))
                own = {**event, "@timestamp": iso_from_ms(at), "gen_ai.agent.id": agent}
                shown.append(own)
            tenant = f"m{len(made)}x{uuid.uuid4().hex[:6]}"
            made.append(Case(rule, f"mixed {n}", moved(shown, tenant, end)))
    return made


def apart(events: Sequence[Event]) -> list[Event]:
    """Return events with those of one millisecond half a second apart."""
    made: list[Event] = []
    for n, event in enumerate(events):
        at = epoch_ms(text_of(event, "@timestamp")) + 500 * (n % 2)
        made.append({**event, "@timestamp": iso_from_ms(at)})
    return sorted(made, key=lambda event: text_of(event, "@timestamp"))


def embedded(case: Case) -> set[Group]:
    """Return the groups of a rule that match in the embedded engine, all windows over."""
    detector = Detector(with_parts(case.rule, pack()))
    found: set[Group] = set()
    last = 0
    for event in case.events:
        last = epoch_ms(text_of(event, "@timestamp"))
        hits = [rule.id for rule in detector.matcher.hits(event)]
        matches = detector.correlator.feed(event, hits, last)
        found |= {match.key for match in matches if match.rule.id == case.rule.id}
    for match in detector.correlator.feed({}, [], last + 30 * DAY_MS):
        if match.rule.id == case.rule.id:
            found.add(match.key)
    return found


def keys_of(rule: Rule) -> list[str]:
    assert rule.correlation is not None
    return [TENANT, *(name for name in rule.correlation.group_by if name != TENANT)]


@pytest.fixture(scope="module")
def filled(elasticsearch_url: str) -> Iterator[tuple[Elasticsearch, str]]:
    client = Elasticsearch(elasticsearch_url, request_timeout=120)
    index = f"parity-{uuid.uuid4().hex[:8]}"
    types = fields_for(pack())
    mapping = {"dynamic": False, "properties": properties(types)}
    client.indices.create(index=index, mappings=mapping)
    lines: list[Mapping[str, Any]] = []
    for case in (*cases(), *mixed()):
        for event in case.events:
            lines += [{"index": {"_id": event["event.id"]}}, event]
    for start in range(0, len(lines), 4000):
        answer = client.bulk(index=index, operations=lines[start : start + 4000], refresh=True)
        assert not answer["errors"], next(i for i in answer["items"] if "error" in i["index"])
    yield client, index
    client.indices.delete(index=index)


def native(client: Elasticsearch, index: str, rule: Rule, query: Query) -> set[Group]:
    """Return the groups that one native query finds, in the terms of the whole rule."""
    keys = keys_of(rule)
    if query.language == ESQL:
        text = query.text.replace(names.pattern("events"), index)
        answer = client.esql.query(query=text + "\n| LIMIT 10000")
        assert not answer.get("is_partial"), answer
        columns = [column["name"] for column in answer["columns"]]
        places = [columns.index(name) for name in keys]
        return {tuple(row[place] for place in places) for row in answer["values"]}
    hits = client.search(index=index, query={"kql": {"query": query.text}}, size=10000)
    found = [hit["_source"] for hit in hits["hits"]["hits"]]
    return {tuple(folded(event.get(name)) for name in keys) for event in found}


def folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


@pytest.mark.parametrize("rule", ordered_rules(), ids=lambda rule: rule.short_id)
def test_groups_that_match_are_those_of_the_embedded_engine(
    filled: tuple[Elasticsearch, str], rule: Rule
) -> None:
    client, index = filled
    types = fields_for(pack())
    found: set[Group] = set()
    for query in queries(rule, pack(), types, in_eql=False):
        found |= native(client, index, rule, query)
    mine = [case for case in (*cases(), *mixed()) if case.rule.id == rule.id]
    assert any(embedded(case) for case in mine)
    for case in mine:
        here = {group for group in found if group[0] in case.tenants}
        assert here == embedded(case), case.name


RUN = """
import json, sys
sys.path.insert(0, sys.argv[1])
import eql_check
query, cases = json.load(sys.stdin)
print(json.dumps([[match[-1] for match in eql_check.run(query, case)] for case in cases]))
"""
PYTHON = "AGENTWARRANT_TEST_EQL_PYTHON"
"""An interpreter that has Elastic's library ``eql``, where this one has not."""


@pytest.fixture(scope="module")
def eql_python() -> str:
    folder = SERVERS / "elasticsearch"
    if not (folder / "eql_check.py").is_file():
        pytest.skip(f"no eql_check.py in ../{folder.relative_to(SERVERS.parents[1])}")
    python = os.environ.get(PYTHON, sys.executable)
    if subprocess.run([python, "-c", "import eql"], capture_output=True, check=False).returncode:
        pytest.skip(f"no library eql: name an interpreter that has it in {PYTHON}")
    return python


def in_eql() -> list[tuple[Rule, Query]]:
    types = fields_for(pack())
    made = [(rule, one) for rule in ordered_rules() for one in queries(rule, pack(), types)]
    return [(rule, one) for rule, one in made if one.language == EQL]


def nested(event: Event) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in event.items():
        *above, leaf = name.split(".")
        place = made
        for part in above:
            place = place.setdefault(part, {})
        place[leaf] = value
    return made


def read(document: Mapping[str, Any], name: str) -> Any:
    value: Any = document
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


@pytest.mark.parametrize(("rule", "query"), in_eql(), ids=lambda one: getattr(one, "short_id", ""))
def test_eql_finds_the_same_groups_in_order_and_window(
    eql_python: str, rule: Rule, query: Query
) -> None:
    mine = [case for case in (*cases(), *mixed()) if case.rule.id == rule.id]
    shown = [[nested(event) for event in case.events] for case in mine]
    script = [eql_python, "-c", RUN, str(SERVERS / "elasticsearch")]
    answer = subprocess.run(
        script, input=json.dumps([query.text, shown]), capture_output=True, text=True, check=True
    )
    for case, matches in zip(mine, json.loads(answer.stdout), strict=True):
        groups = {tuple(folded(read(last, name)) for name in keys_of(rule)) for last in matches}
        # To the library an absent key is one like others; Elasticsearch leaves such events out,
        # unless the key is optional, as the tenant's is (elastic/elasticsearch, 79677).
        found = {group for group in groups if None not in group[1:]}
        assert found == embedded(case), case.name
