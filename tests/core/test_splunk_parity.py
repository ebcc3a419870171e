"""One meaning: what a rule finds in the embedded engine its search finds, as SPL is documented.

No Splunk executed any of this. The searches are run by the interpreter of ``tests/spl``, once with
each reading of what Splunk's documentation leaves open; ``tests/e2e/test_splunk_anchor.py`` holds
the interpreter to a real Elasticsearch. Values that differ only in letters beyond ASCII are left
out where ``lower`` compares them: its page does not say what it makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.e2e import parity, parity_cases, parity_inventions, parity_plays
from tests.spl.values import Row
from tests.splunk_asked import (
    LATER,
    difference,
    found_in_runs,
    found_moments,
    found_single,
    plain_events,
    played,
    rows_of_cases,
)
from tests.splunk_world import READINGS, is_sent, pack, rows_of

from agentwarrant.rules.check import with_parts
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender, parts
from agentwarrant.siem.splunk.compose import queries
from agentwarrant.siem.splunk.query import Query
from agentwarrant.siem.splunk.steps import SETTLE_MS

pytestmark = pytest.mark.once

# The pack -------------------------------------------------------------------------------------


def test_rules_about_single_events_find_the_same_events() -> None:
    events = [event for event in parity_cases.singles(pack()) if is_sent(event)][::4]
    assert len(events) > 2_000
    rows = rows_of(events)
    found_any = 0
    for number, rule in enumerate(pack()):
        if rule.tree is None:
            continue
        wanted = parity.matched_single(rule, events)
        (query,) = queries(rule, pack())
        found = found_single(query, rows, READINGS[number % 2])
        assert found == wanted, f"{rule.title}: {sorted(found ^ wanted)[:3]}: {query.text}"
        found_any += bool(wanted)
    assert found_any > 100, "rules that find nothing prove nothing"


def test_correlations_find_the_same_groups_at_the_same_moments() -> None:
    known = {rule.id: rule for rule in pack()}
    compared = 0
    for rule in pack():
        if rule.correlation is None or not rule.alerts:
            continue
        try:
            asked = queries(rule, pack())
        except CannotRender:
            continue
        cases = parity_cases.cases(rule, pack(), budget=120)
        rows = rows_of_cases(cases)
        both = [
            _same(part, query, cases, rows)
            for part, query in zip(parts(rule, known), asked, strict=True)
        ]
        assert any(both), f"{rule.title}: a rule that finds nothing proves nothing"
        compared += 1
    assert compared > 30


def _same(part: Rule, query: Query, cases: Sequence[parity.Case], rows: list[Row]) -> int:
    """Compare one search of a rule with the engine, in both readings; return what both find.

    What remembers is asked once with nothing written down, and several times with what its feeds
    wrote down, before or after it.
    """
    if part.correlation is None:
        events = [event for case in cases for event in case.events]
        wanted = parity.matched_single(part, events)
        assert found_single(query, rows, READINGS[0]) == wanted, part.title
        return len(wanted)
    moments = parity.every_moment(part, pack(), cases, None, LATER - SETTLE_MS)
    for readings in READINGS:
        found = found_moments(query, part, rows, readings)
        assert found == moments, f"{part.title}: {difference(moments, found)}"
    if query.lookups:
        rules = [*with_parts(part, pack()), part]
        found = found_in_runs(query, rules, rows, READINGS[len(rows) % 2])
        assert found == moments, f"{part.title}, in runs: {difference(moments, found)}"
    return len(moments)


# Rules that nobody wrote ----------------------------------------------------------------------


def test_every_operator_means_the_same() -> None:
    every = list(plain_events())
    ascii_only = [event for event in every if repr(event).isascii()]
    assert len(ascii_only) > 50
    kept = {True: (ascii_only, rows_of(ascii_only)), False: (every, rows_of(every))}
    found_any = tried = 0
    trees = [*parity_inventions.atoms(), *parity_inventions.conditions(60)]
    for number, tree in enumerate(trees):
        rule = parity_inventions.rule_of(tree)
        events, rows = kept["'ref'" in repr(tree)]
        try:
            (query,) = queries(rule, [rule])
        except CannotRender:
            continue
        wanted = parity.matched_single(rule, events)
        found = found_single(query, rows, READINGS[number % 2])
        assert found == wanted, f"{tree}: {sorted(found ^ wanted)[:3]}: {query.text}"
        tried += 1
        found_any += bool(wanted)
    assert tried > len(trees) * 0.9
    assert found_any > len(trees) // 2


def test_every_count_means_the_same_with_every_comparison() -> None:
    cases = {hours: played(hours=hours) for hours in (False, True)}
    rows = {hours: rows_of_cases(made) for hours, made in cases.items()}
    found_any = tried = 0
    for number, rule in enumerate(parity_plays.correlations()):
        assert rule.correlation is not None
        every = [*parity_plays.PARTS, rule]
        hours = rule.correlation.kind == "new_value"
        try:
            asked = queries(rule, every)
        except CannotRender:
            continue
        if len(asked) > 1:
            continue
        wanted = parity.every_moment(rule, every, cases[hours], None, LATER - SETTLE_MS)
        readings = READINGS[number % 2]
        found = found_moments(asked[0], rule, rows[hours], readings)
        assert found == wanted, f"{rule.title}: {difference(wanted, found)}"
        if asked[0].lookups:
            found = found_in_runs(asked[0], [rule], rows[hours], readings)
            assert found == wanted, f"{rule.title}, in runs: {difference(wanted, found)}"
        tried += 1
        found_any += bool(wanted)
    assert tried > 100
    assert found_any > tried * 2 / 3
