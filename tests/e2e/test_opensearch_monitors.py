"""One meaning: what a rule finds in the embedded engine its monitor finds in a real OpenSearch.

The server has no alerting plug-in, but all that the plug-in hands a monitor's parts to: its
Mustache fills in the moments of a run, its ``_search`` answers, its Painless decides.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
import pytest
from elasticsearch import Elasticsearch
from tests.shipped import shipped_rules as pack

from agentwarrant.event import Event, iso_from_ms
from agentwarrant.rules.ir import Node
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender, parts
from agentwarrant.siem.elastic import dsl, monitors, names, opensearch
from agentwarrant.siem.elastic.mapping import fields_for
from agentwarrant.siem.elastic.nodes import node_class
from agentwarrant.siem.elastic.plan import COMPONENT
from agentwarrant.siem.elastic.templates import streams

from . import parity, parity_cases, parity_inventions
from .elastic_server import fresh_tenant

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::Warning")]

_PAGE = 10_000
NOW = parity_cases.NOW
MINUTES = 60_000


@dataclass(frozen=True, slots=True)
class Stored:
    """Where events lie, and which."""

    client: Elasticsearch
    place: str
    events: Sequence[Event] = ()


@cache
def types() -> Mapping[str, str]:
    return opensearch.DIALECT.of(fields_for(pack()))


@pytest.fixture(scope="module")
def client(opensearch_url: str) -> Iterator[Elasticsearch]:
    node = node_class(opensearch=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = Elasticsearch(opensearch_url, node_class=node, request_timeout=120)
        for item in streams(fields_for(pack()), (), opensearch.DIALECT):
            if item.kind == COMPONENT:
                client.cluster.put_component_template(name=item.name, body=dict(item.body))
            else:
                client.indices.put_index_template(name=item.name, body=dict(item.body))
        yield client
        client.close()


@pytest.fixture(scope="module")
def events(client: Elasticsearch) -> Iterator[Stored]:
    """Single events around the tests of all rules."""
    yield from stored(client, parity_cases.singles(pack()))


@pytest.fixture(scope="module")
def awkward(client: Elasticsearch) -> Iterator[Stored]:
    yield from stored(client, parity_inventions.awkward(400))


def stored(client: Elasticsearch, made: Sequence[Event]) -> Iterator[Stored]:
    place = fresh_tenant()
    parity.store(client, place, made)
    yield Stored(client, place, made)
    client.indices.delete_data_stream(name=names.stream("events", place))


def found(at: Stored, query: Mapping[str, Any]) -> set[str]:
    """Return the ids of the events that a query finds, however many they are."""
    ids: set[str] = set()
    after: list[Any] | None = None
    while True:
        hits = at.client.search(
            index=names.stream("events", at.place),
            query=query,
            sort=[{"event.id": "asc"}],
            search_after=after,
            size=_PAGE,
            source=False,
        )["hits"]["hits"]
        ids |= {hit["_id"] for hit in hits}
        if len(hits) < _PAGE:
            return ids
        after = hits[-1]["sort"]


def differs(at: Stored, rule: Rule, tree: Node) -> str:
    """Return what one side finds and the other does not, with the query; empty for nothing."""
    query = dsl.condition(tree, types())
    wanted = parity.matched_single(rule, at.events)
    there = found(at, query)
    return "" if there == wanted else f"{rule.title}: {sorted(there ^ wanted)[:3]}: {query}"


def singles() -> Iterator[Rule]:
    """Yield rules about single events, and alternatives that are such."""
    known = {rule.id: rule for rule in pack()}
    for rule in pack():
        if rule.tree is not None:
            yield rule
        elif rule.alerts:
            yield from (part for part in parts(rule, known) if part.tree is not None)


def test_rules_about_single_events_find_the_same_events(events: Stored) -> None:
    assert len(events.events) > 5_000
    finding = 0
    for rule in singles():
        assert rule.tree is not None
        assert not differs(events, rule, rule.tree)
        finding += bool(parity.matched_single(rule, events.events))
    assert finding > 100, "rules that find nothing prove nothing"


def test_alternatives_of_correlations_find_the_same_events_of_their_cases(
    client: Elasticsearch,
) -> None:
    known = {rule.id: rule for rule in pack()}
    made = [one for one in monitors.render(pack(), types()).monitors if one.rule.correlation]
    assert made
    for one in made:
        part = parts(one.rule, known)[one.part - 1]
        cases = parity_cases.cases(one.rule, pack())
        for at in stored(client, [event for case in cases for event in case.events]):
            assert parity.matched_single(part, at.events)
            assert part.tree is not None
            assert not differs(at, part, part.tree)


def test_every_operator_means_the_same_or_is_refused(awkward: Stored) -> None:
    trees = [*parity_inventions.atoms(), *parity_inventions.conditions(150)]
    finding = said = 0
    for tree in trees:
        rule = parity_inventions.rule_of(tree)
        try:
            differing = differs(awkward, rule, tree)
        except CannotRender:
            continue
        assert not differing, f"{tree}: {differing}"
        said += 1
        finding += bool(parity.matched_single(rule, awkward.events))
    assert said > len(trees) // 2
    assert finding > said // 2


# Monitors as the plug-in asks them --------------------------------------------------------------


def answer_of(client: Elasticsearch, at: Stored, body: Mapping[str, Any], now: int) -> Any:
    """Return what a monitor is answered in the run that ends at a moment.

    As the plug-in does it, the text of the search is a Mustache template that the server fills in.
    """
    search = body["inputs"][0]["search"]
    assert search["indices"] == [names.pattern("events")]
    text = orjson.dumps(search["query"]).decode()
    moments = {"period_start": now - 5 * MINUTES, "period_end": now}
    asked = client.render_search_template(source=text, params=moments)["template_output"]
    return client.search(index=names.stream("events", at.place), **asked).body


def triggers(client: Elasticsearch, body: Mapping[str, Any], answer: Any) -> bool:
    """Return whether a monitor raises an alert over an answer, as the server's Painless says it."""
    script = body["triggers"][0]["query_level_trigger"]["condition"]["script"]
    whole = f"def ctx = params.ctx; return {script['source']};"
    said = client.scripts_painless_execute(
        script={
            "lang": script["lang"],
            "source": whole,
            "params": {"ctx": {"results": [answer]}},
        }
    )
    return bool(said["result"] == "true")


def test_a_run_of_every_monitor_finds_what_its_rule_finds_of_late(client: Elasticsearch) -> None:
    rendered = monitors.render(pack(), types())
    assert len(rendered.monitors) > 30
    recent = [
        {**event, "@timestamp": iso_from_ms(NOW - 60_000)} for event in parity_cases.singles(pack())
    ][::3]
    known = {rule.id: rule for rule in pack()}
    finding = 0
    for at in stored(client, recent):
        for one in rendered.monitors:
            part = parts(one.rule, known)[one.part - 1]
            wanted = parity.matched_single(part, recent)
            answer = answer_of(client, at, one.body, NOW)
            assert answer["hits"]["total"] == {"value": len(wanted), "relation": "eq"}, part.title
            assert {hit["_id"] for hit in answer["hits"]["hits"]} <= wanted
            assert triggers(client, one.body, answer) is bool(wanted)
            finding += bool(wanted)
    assert finding > 30


@pytest.mark.parametrize(
    ("happened", "ingested", "seen"),
    [
        (NOW, None, True),
        (NOW - 9 * MINUTES, None, True),
        (NOW - 11 * MINUTES, None, False),
        (NOW + 1, None, False),
        (NOW - 90 * MINUTES, NOW - MINUTES, True),
        (NOW - MINUTES, NOW - 11 * MINUTES, False),
        (NOW - MINUTES, NOW + 1, False),
    ],
)
def test_a_run_looks_at_what_was_ingested_since(
    client: Elasticsearch, happened: int, ingested: int | None, *, seen: bool
) -> None:
    one = monitors.render(pack(), types()).monitors[0]
    part = parts(one.rule, {rule.id: rule for rule in pack()})[one.part - 1]
    event = next(e for e in parity_cases.singles(pack()) if parity.matched_single(part, [e]))
    event = {**event, "@timestamp": iso_from_ms(happened)}
    if ingested is not None:
        event["event.ingested"] = iso_from_ms(ingested)
    for at in stored(client, [event]):
        assert triggers(client, one.body, answer_of(client, at, one.body, NOW)) is seen
