"""One meaning: what a rule finds in the embedded engine it finds in a real Elasticsearch.

The table in ``docs/elastic.md`` is written by this run with ``AGENTWARRANT_WRITE_PARITY=1``.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import pytest
from elasticsearch import Elasticsearch
from tests.shipped import shipped_rules as pack

from agentwarrant.event import Event
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender, parts
from agentwarrant.siem.elastic import counts, esql, kql
from agentwarrant.siem.elastic.compose import queries
from agentwarrant.siem.elastic.mapping import fields_for
from agentwarrant.siem.elastic.moments import SETTLE_MS
from agentwarrant.siem.elastic.query import ESQL, KUERY, Query

from . import parity, parity_cases, parity_inventions, parity_plays, parity_table
from .elastic_server import SERVERS, fresh_tenant
from .parity_table import Line

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::Warning")]

WRITE = "AGENTWARRANT_WRITE_PARITY"
LATER = parity_cases.NOW + 3_600_000
"""A moment at which every absence of a case is over."""
_SHORT = 1 / 3


@dataclass(frozen=True, slots=True)
class Stored:
    """Where events lie, and which."""

    client: Elasticsearch
    place: str
    events: Sequence[Event] = ()
    cases: Sequence[parity.Case] = ()


@cache
def types() -> dict[str, str]:
    return dict(fields_for(pack()))


def cases_of(rule: Rule) -> list[parity.Case]:
    return _every_case()[rule.id]


@cache
def _every_case() -> dict[str, list[parity.Case]]:
    return {rule.id: parity_cases.cases(rule, pack()) for rule in pack() if rule.correlation}


@pytest.fixture(scope="module")
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with parity.connected(elasticsearch_url) as client:
        yield client


@pytest.fixture(scope="module")
def events(client: Elasticsearch) -> Stored:
    """Single events around the tests of all rules."""
    place, made = fresh_tenant(), parity_cases.singles(pack())
    parity.store(client, place, made)
    return Stored(client, place, made)


@pytest.fixture(scope="module")
def cases(client: Elasticsearch) -> Stored:
    """Cases around the tests of all correlations."""
    place = fresh_tenant()
    made = [case for found in _every_case().values() for case in found]
    parity.store(client, place, [event for case in made for event in case.events])
    return Stored(client, place)


LINES: dict[str, Line] = {}
COMPARED: dict[str, int] = {}
"""By id of a count that was compared already, the groups that both sides find."""


def test_rules_about_single_events_find_the_same_events(events: Stored) -> None:
    assert len(events.events) > 5_000
    found_any = 0
    for rule in pack():
        if rule.tree is None:
            continue
        wanted = parity.matched_single(rule, events.events)
        for query in both_ways(rule):
            found = parity.found_single(events.client, query, events.place)
            assert found == wanted, f"{rule.title}: {sorted(found ^ wanted)[:3]}: {query.text}"
        found_any += bool(wanted)
        if rule.alerts:
            _note(rule, len(events.events), len(wanted))
    assert found_any > 100, "rules that find nothing prove nothing"


def both_ways(rule: Rule) -> Iterator[Query]:
    """Yield a rule about single events in KQL, where that is exact, and in ES|QL."""
    tree = rule.tree or ["false"]
    with contextlib.suppress(CannotRender):
        yield Query("query", KUERY, kql.condition(tree, types()))
    where = esql.condition(tree, types())
    yield Query("esql", ESQL, f"{esql.SOURCE} METADATA _id\n| WHERE {where}")


def test_counts_find_the_same_groups_at_the_same_moments(cases: Stored) -> None:
    found_any = 0
    for rule in pack():
        try:
            query = counts.correlation(rule, pack(), types())
        except CannotRender:
            continue
        COMPARED[rule.id] = len(_same_moments(cases, rule, query, cases_of(rule)))
        found_any += bool(COMPARED[rule.id])
    assert found_any > 20


def _same_moments(
    cases: Stored, rule: Rule, query: Query, made: Sequence[parity.Case]
) -> parity.Moments:
    assert rule.correlation is not None
    now = parity_cases.NOW
    wanted = parity.matched_groups(rule, pack(), made, now)
    names = {case.name for case in made}
    answer = parity.found_groups(cases.client, query, rule.correlation, cases.place, now)
    found = {group: one for group, one in answer.items() if _case(group) in names}
    assert found == wanted, f"{rule.title}: {parity.first_difference(wanted, found)}"
    return wanted


def _case(group: parity.Group) -> str:
    return group[0].partition("/")[0]


def test_every_rendered_correlation_finds_what_the_engine_finds(cases: Stored) -> None:
    known = {rule.id: rule for rule in pack()}
    for rule in pack():
        if rule.correlation is None or not rule.alerts:
            continue
        try:
            made = [
                (part, queries(part, pack(), types(), in_eql=False)) for part in parts(rule, known)
            ]
        except CannotRender:
            continue
        groups = 0
        for part, asked in made:
            assert len(asked) == 1
            groups += _same_part(cases, rule, part, asked[0])
        assert groups, f"{rule.title}: a rule that finds nothing proves nothing"
        _note(rule, sum(len(case.events) for case in cases_of(rule)), groups)


def _same_part(cases: Stored, rule: Rule, part: Rule, query: Query) -> int:
    """Compare one native rule of a rule; return how many findings both have."""
    made = cases_of(rule)
    if part.correlation is None:
        lead = f"{rule.name}-"
        events = [event for case in made for event in case.events]
        wanted = parity.matched_single(part, events)
        assert parity.found_single(cases.client, query, cases.place, lead) == wanted, part.title
        return len(wanted)
    if not part.correlation.kind.startswith("temporal"):
        return COMPARED.get(part.id) or len(_same_moments(cases, part, query, made))
    groups = parity.matched_chained(part, pack(), made, LATER - SETTLE_MS)
    names = {case.name for case in made}
    answer = parity.found_chained(
        cases.client, query, part.correlation.group_by, cases.place, LATER
    )
    found = {group for group in answer if _case(group) in names}
    assert found == groups, f"{rule.title}: {sorted(found ^ groups)[:3]}"
    return len(groups)


def _note(rule: Rule, events: int, findings: int) -> None:
    try:
        forms = parity_table.forms_of(rule, pack(), types())
    except CannotRender:
        return
    LINES[rule.short_id] = Line(rule.short_id, *forms, events, findings)


def test_the_table_of_the_documentation_is_of_this_run(client: Elasticsearch) -> None:
    refused = {}
    for rule in pack():
        if rule.alerts:
            try:
                queries(rule, pack(), types())
            except CannotRender as error:
                refused[rule.short_id] = str(error)
    every = {rule.short_id for rule in pack() if rule.alerts}
    if every != {*LINES, *refused}:
        pytest.skip("the table is of all rules: run the whole module")
    made = parity_table.table(LINES.values(), refused.items())
    if os.environ.get(WRITE):
        parity_table.write(made)
    there = parity_table.without_numbers(parity_table.written())
    assert there == parity_table.without_numbers(made), f"run it with {WRITE}=1"


# Rules that nobody wrote -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def awkward(client: Elasticsearch) -> Stored:
    place, made = fresh_tenant(), parity_inventions.awkward(400)
    parity.store(client, place, made)
    return Stored(client, place, made)


def test_every_operator_means_the_same(awkward: Stored) -> None:
    found_any, tried = 0, 0
    trees = [*parity_inventions.atoms(), *parity_inventions.conditions(150)]
    for tree in trees:
        rule = parity_inventions.rule_of(tree)
        wanted = parity.matched_single(rule, awkward.events)
        for query in both_ways(rule):
            found = parity.found_single(awkward.client, query, awkward.place)
            assert found == wanted, f"{tree}: {sorted(found ^ wanted)[:3]}: {query.text}"
            tried += 1
        found_any += bool(wanted)
    assert tried > len(trees), "none was said in KQL"
    assert found_any > len(trees) // 2


@pytest.fixture(scope="module")
def plays(client: Elasticsearch) -> Stored:
    place = fresh_tenant()
    made = [*parity_plays.played(50), *parity_plays.played(50, hours=True)]
    parity.store(client, place, [event for case in made for event in case.events])
    return Stored(client, place, cases=made)


def test_every_count_means_the_same_with_every_comparison(plays: Stored) -> None:
    found_any = tried = 0
    for rule in parity_plays.correlations():
        assert rule.correlation is not None
        remembers = rule.correlation.kind == "new_value"
        fitting = [case for case in plays.cases if (case.name[0] == "h") == remembers]
        every = [*parity_plays.PARTS, rule]
        query = counts.correlation(rule, every, types())
        now = parity_cases.NOW
        wanted = parity.matched_groups(rule, every, fitting, now)
        answer = parity.found_groups(plays.client, query, rule.correlation, plays.place, now)
        found = {g: one for g, one in answer.items() if (g[0][0] == "h") == remembers}
        assert found == wanted, f"{rule.title}: {parity.first_difference(wanted, found)}"
        tried += 1
        found_any += bool(wanted)
    assert found_any > tried * _SHORT * 2


# The next version's analyzer -------------------------------------------------------------------


def test_the_analyzer_of_the_next_version_takes_every_form() -> None:
    script = SERVERS / "elasticsearch/esql_check.py"
    if not script.is_file():
        pytest.skip(f"no esql_check.py at ../{script.relative_to(SERVERS.parents[1])}")
    every = [*parity_plays.PARTS]
    trees = [*parity_inventions.atoms(), *(r.tree for r in pack() if r.tree is not None)]
    asked = [f"{esql.SOURCE} | WHERE {esql.condition(tree, types())}" for tree in trees]
    for rule in parity_plays.correlations():
        asked.append(counts.correlation(rule, [*every, rule], types()).text)
    whole = "import json,sys,esql_check;print(json.dumps(esql_check.check(*json.load(sys.stdin))))"
    answer = subprocess.run(
        [sys.executable, "-c", whole],
        cwd=script.parent,
        input=json.dumps([asked, types()]),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        pytest.skip(f"the analyzer did not start: {answer.stderr.strip().splitlines()[-1:]}")
    said = json.loads(answer.stdout.splitlines()[-1])
    wrong = [(text, fault) for text, fault in zip(asked, said, strict=True) if fault]
    assert not wrong, wrong[:3]
