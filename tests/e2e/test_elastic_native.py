"""What Kibana's own counts would find, and why the rules do not become them.

The searches are those that Kibana runs (``kibana_searches``), on a real Elasticsearch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from elasticsearch import Elasticsearch

from agentwarrant.event import Event, epoch_ms, text_of
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic import native
from agentwarrant.siem.elastic.habits import RECENT_MS
from agentwarrant.siem.elastic.mapping import fields
from agentwarrant.siem.elastic.query import Query

from . import kibana_searches, parity
from .elastic_server import fresh_tenant
from .parity_cases import NOW
from .parity_inventions import KEYWORD
from .parity_plays import PARTS, WINDOW, correlations, played

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::Warning")]

DAY_MS = 86_400_000
AGENT = "gen_ai.agent.id"


@pytest.fixture(scope="module")
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with parity.connected(elasticsearch_url) as client:
        yield client


def one_spelling(event: Event) -> Event:
    """Return an event whose agents and tools are written in one way: Kibana heeds case."""
    spelt = {name: str(event[name]).lower() for name in (AGENT, KEYWORD) if name in event}
    spelt = {name: value.replace("\u00df", "ss") for name, value in spelt.items()}
    return {**event, **spelt}


@pytest.fixture(scope="module")
def cases() -> list[parity.Case]:
    made = played(40)
    return [replace(case, events=tuple(map(one_spelling, case.events))) for case in made]


@pytest.fixture(scope="module")
def place(client: Elasticsearch, cases: list[parity.Case]) -> str:
    place = fresh_tenant()
    parity.store(client, place, [event for case in cases for event in case.events])
    return place


def countings() -> list[tuple[Rule, Query]]:
    found = []
    for rule in correlations():
        correlation = rule.correlation
        assert correlation is not None
        counts = correlation.kind in ("event_count", "value_count")
        single = len(correlation.fields) < 2 and not correlation.aliases
        if counts and single and correlation.op in ("gt", "gte") and correlation.group_by:
            found.append((rule, native.threshold(rule, [*PARTS, rule], fields())))
    assert len(found) > 8
    return found


def engine(rule: Rule, cases: Sequence[parity.Case], start: int, end: int) -> set[parity.Group]:
    """Return the groups that our rule finds in the events of a range."""
    inside = [
        replace(case, events=tuple(e for e in case.events if start <= _time(e) <= end))
        for case in cases
    ]
    return set(parity.matched_groups(rule, [*PARTS, rule], inside, end))


def _time(event: Event) -> int:
    return epoch_ms(text_of(event, "@timestamp"))


def test_over_exactly_one_window_a_threshold_rule_finds_the_same(
    client: Elasticsearch, place: str, cases: list[parity.Case]
) -> None:
    found_any = 0
    for rule, query in countings():
        for end in range(NOW - 6 * WINDOW, NOW + 1, WINDOW):
            wanted = engine(rule, cases, end - WINDOW, end)
            found = kibana_searches.threshold(client, query, place, end - WINDOW, end)
            assert {_folded(group) for group in found} == wanted, f"{rule.title} at {end}"
            found_any += bool(wanted)
    assert found_any > 20


def _folded(group: parity.Group) -> parity.Group:
    return (group[0], *(value.casefold() for value in group[1:]))


def test_over_a_longer_range_a_threshold_rule_finds_what_no_window_holds(
    client: Elasticsearch, place: str, cases: list[parity.Case]
) -> None:
    surplus = missed = 0
    for rule, query in countings():
        start = NOW - 12 * WINDOW
        wanted = engine(rule, cases, start, NOW)
        longer = kibana_searches.threshold(client, query, place, start, NOW)
        surplus += len({_folded(group) for group in longer} - wanted)
        assert {_folded(group) for group in longer} >= wanted
        runs = [kibana_searches.threshold(client, query, place, end - WINDOW, end)
                for end in range(start + WINDOW, NOW + 1, WINDOW)]  # fmt: skip
        every = {_folded(group) for run in runs for group in run}
        assert every <= wanted, "over one window it never finds more"
        missed += len(wanted - every)
    assert surplus > 10, "a longer range counts together what no window holds"
    assert missed > 10, "run after run misses the bursts that a run's end falls into"


def test_a_new_terms_rule_finds_the_same_values_where_case_does_not_differ(
    client: Elasticsearch,
) -> None:
    given = next(
        rule
        for rule in correlations()
        if rule.correlation
        and rule.correlation.kind == "new_value"
        and not rule.correlation.threshold
    )
    assert given.correlation is not None
    correlation = replace(given.correlation, history_ms=DAY_MS, window_ms=DAY_MS)
    rule = replace(given, correlation=correlation)
    made = [
        replace(case, events=tuple(map(one_spelling, case.events)))
        for case in played(200, hours=True)
    ]
    place = fresh_tenant()
    parity.store(client, place, [event for case in made for event in case.events])
    query = native.new_terms(rule, [*PARTS, rule], fields())
    assert query.extra["new_terms_fields"] == [parity.TENANT, AGENT, KEYWORD]
    start = NOW - RECENT_MS
    found = kibana_searches.new_terms(client, query, place, start, NOW, NOW - DAY_MS)
    groups = {group[:2] for group in found}
    wanted = parity.matched_groups(rule, [*PARTS, rule], made, NOW)
    assert {_folded(group) for group in groups} == set(wanted)
    assert len(wanted) > 10


def test_a_new_terms_rule_takes_another_spelling_for_news(client: Elasticsearch) -> None:
    base: Event = {parity.TENANT: "t", AGENT: "one", "warrant.tool.class": "exec"}
    events = [
        {**base, "event.id": "1", "@timestamp": "2026-11-01T10:00:00.000Z", KEYWORD: "Bash"},
        {**base, "event.id": "2", "@timestamp": "2026-11-02T10:00:00.000Z", KEYWORD: "bash"},
    ]
    place = fresh_tenant()
    parity.store(client, place, events)
    end = _time(events[1])
    terms = Query("new_terms", "kuery", "*", extra={"new_terms_fields": [parity.TENANT, KEYWORD]})
    found = kibana_searches.new_terms(client, terms, place, end - 1000, end, end - 30 * DAY_MS)
    assert found == {("t", "bash")}
