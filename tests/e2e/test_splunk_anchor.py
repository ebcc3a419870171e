"""What holds the interpreter of SPL: a real Elasticsearch, asked the same about the same events.

No Splunk is here to hold it to. So every rule that is rendered to KQL or ES|QL as well as to SPL is
executed by a server that exists, and by the interpreter of ``tests/spl``; both find the same
events, or the same groups at the same moments. The embedded engine has no part in it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache

import pytest
from elasticsearch import Elasticsearch
from tests.spl import Refused
from tests.spl.values import Row
from tests.splunk_asked import (
    LATER,
    Moments,
    found_moments,
    found_single,
    plain_events,
    played,
    rows_of_cases,
)
from tests.splunk_world import READINGS, is_sent, pack, rows_of

from agentwarrant.event import Event
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender, parts
from agentwarrant.siem.elastic import compose as elastic
from agentwarrant.siem.elastic import counts, esql, kql
from agentwarrant.siem.elastic.habits import RECENT_MS
from agentwarrant.siem.elastic.mapping import fields_for
from agentwarrant.siem.elastic.query import ESQL, KUERY
from agentwarrant.siem.elastic.query import Query as ElasticQuery
from agentwarrant.siem.splunk import compose as splunk
from agentwarrant.siem.splunk.query import Query

from . import parity, parity_cases, parity_inventions, parity_plays
from .elastic_server import fresh_tenant

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::Warning")]

NOW = parity_cases.NOW


@pytest.fixture(scope="module")
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with parity.connected(elasticsearch_url) as client:
        yield client


@cache
def types() -> dict[str, str]:
    return dict(fields_for(pack()))


def stored(client: Elasticsearch, events: list[Event]) -> str:
    """Store events and return where."""
    place = fresh_tenant()
    parity.store(client, place, events)
    return place


def both_ways(tree: list[object]) -> Iterator[ElasticQuery]:
    """Yield a condition in KQL, where that is exact, and in ES|QL."""
    with contextlib.suppress(CannotRender):
        yield ElasticQuery("query", KUERY, kql.condition(tree, types()))
    where = esql.condition(tree, types())
    yield ElasticQuery("esql", ESQL, f"{esql.SOURCE} METADATA _id\n| WHERE {where}")


def test_rules_about_single_events_find_the_same_events(client: Elasticsearch) -> None:
    events = [event for event in parity_cases.singles(pack()) if is_sent(event)]
    place, rows = stored(client, events), rows_of(events)
    compared = 0
    for number, rule in enumerate(pack()):
        if rule.tree is None:
            continue
        (query,) = splunk.queries(rule, pack())
        found = found_single(query, rows, READINGS[number % 2])
        for other in both_ways(rule.tree):
            theirs = parity.found_single(client, other, place)
            assert found == theirs, f"{rule.title}: {sorted(found ^ theirs)[:3]}: {query.text}"
        compared += bool(found)
    assert compared > 100


def test_every_operator_finds_the_same_events(client: Elasticsearch) -> None:
    every = list(plain_events())
    ascii_only = {str(event["event.id"]) for event in every if repr(event).isascii()}
    place, rows = stored(client, every), rows_of(every)
    compared = 0
    for number, tree in enumerate(parity_inventions.atoms()):
        rule = parity_inventions.rule_of(tree)
        try:
            (query,) = splunk.queries(rule, [rule])
            theirs = [parity.found_single(client, one, place) for one in both_ways(tree)]
            found = found_single(query, rows, READINGS[number % 2])
        except (CannotRender, Refused):
            continue
        if tree[2] == "ref":  # what lower makes of letters beyond ASCII is not said
            found, theirs = found & ascii_only, [one & ascii_only for one in theirs]
        assert all(found == one for one in theirs), f"{tree}: {query.text}"
        compared += bool(found)
    assert compared > 300


def test_counts_find_the_same_groups_at_the_same_moments(client: Elasticsearch) -> None:
    compared = 0
    for rule in pack():
        if rule.correlation is None:
            continue
        try:
            other = counts.correlation(rule, pack(), types())
            (query,) = splunk.queries(rule, pack())
        except (CannotRender, ValueError):
            continue
        cases = parity_cases.cases(rule, pack(), budget=400)
        compared += bool(_same_moments(client, rule, query, other, cases))
    assert compared > 20


def test_invented_counts_find_the_same_groups_at_the_same_moments(client: Elasticsearch) -> None:
    cases = played(hours=False)
    rows, compared = rows_of_cases(cases), 0
    place = stored(client, [event for case in cases for event in case.events])
    for rule in parity_plays.correlations():
        every = [*parity_plays.PARTS, rule]
        try:
            (query,) = splunk.queries(rule, every)
        except (CannotRender, ValueError):
            continue
        if rule.correlation is not None and rule.correlation.kind not in parity.REMEMBERING:
            other = counts.correlation(rule, every, types())
            compared += bool(_same(client, place, rule, query, other, rows))
    assert compared > 70


def _same_moments(
    client: Elasticsearch,
    rule: Rule,
    query: Query,
    other: ElasticQuery,
    cases: list[parity.Case],
) -> int:
    place = stored(client, [event for case in cases for event in case.events])
    return _same(client, place, rule, query, other, rows_of_cases(cases))


def _same(
    client: Elasticsearch,
    place: str,
    rule: Rule,
    query: Query,
    other: ElasticQuery,
    rows: list[Row],
) -> int:
    correlation = rule.correlation
    assert correlation is not None
    theirs = parity.found_groups(client, other, correlation, place, NOW)
    if correlation.kind in parity.REMEMBERING:  # it is asked of what is recent, from its history on
        since = parity.begun(correlation, NOW) / 1000
        rows = [row for row in rows if since <= float(str(row["_time"])) <= NOW / 1000]
    for readings in READINGS:
        moments = _recent(correlation, found_moments(query, rule, rows, readings))
        found = {group: (min(one), max(one), len(one)) for group, one in moments.items()}
        assert found == theirs, f"{rule.title}: {parity.first_difference(found, theirs)}"
    return len(theirs)


def _recent(correlation: Correlation, moments: Moments) -> Moments:
    """Return the moments that a rule that remembers is asked for; all, of another."""
    if correlation.kind not in parity.REMEMBERING:
        return moments
    more = correlation.window_ms if correlation.kind == "rate_baseline" else 1
    recent = {
        group: {one for one in found if one + more > NOW - RECENT_MS}
        for group, found in moments.items()
    }
    return {group: found for group, found in recent.items() if found}


def test_sequences_and_absences_find_the_same_groups(client: Elasticsearch) -> None:
    known = {rule.id: rule for rule in pack()}
    compared = 0
    for rule in pack():
        if rule.correlation is None or not rule.alerts:
            continue
        try:
            others = elastic.queries(rule, pack(), types(), in_eql=False)
            asked = splunk.queries(rule, pack())
        except CannotRender:
            continue
        cases = parity_cases.cases(rule, pack(), budget=400)
        rows, place = rows_of_cases(cases), ""
        for part, query, other in zip(parts(rule, known), asked, others, strict=True):
            if part.correlation is None or not part.correlation.kind.startswith("temporal"):
                continue
            place = place or stored(client, [event for case in cases for event in case.events])
            names = part.correlation.group_by
            theirs = parity.found_chained(client, other, names, place, LATER)
            found = set(found_moments(query, part, rows, READINGS[compared % 2]))
            assert found == theirs, f"{part.title}: {sorted(found ^ theirs)[:3]}"
            compared += bool(found)
    assert compared > 15
