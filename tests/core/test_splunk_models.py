"""What ``tstats`` can say of a rule finds what the engine finds; the rest is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.e2e import parity, parity_cases
from tests.spl.naming import names
from tests.splunk_asked import LATER, NOW, difference, found_moments, found_single, rows_of_cases
from tests.splunk_world import MACROS, READINGS, is_sent, pack, rows_of

from agentwarrant.markers import between
from agentwarrant.rules.load import load_text
from agentwarrant.siem.alternatives import CannotRender, parts
from agentwarrant.siem.plugin import Order, siem_of
from agentwarrant.siem.splunk import models
from agentwarrant.siem.splunk.form import INDEXED
from agentwarrant.siem.splunk.names import INDEXES
from agentwarrant.siem.splunk.query import Form
from agentwarrant.siem.splunk.render import render
from agentwarrant.siem.splunk.steps import SETTLE_MS

RENDERED = models.render(pack())
KNOWN = {rule.id: rule for rule in pack()}
SHOWN = ("_time", "_raw", "gen_ai.agent.name")
"""What a search names though it is not there then: columns of its result, and what it drops."""
SINGLE = [one for one in RENDERED.rules if one.query.window_ms == 0]
REST = [one for one in RENDERED.rules if one.query.window_ms]


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    """Return events around the tests of all rules, of a tenant each, as all that is shipped."""
    made = [event for event in parity_cases.singles(pack()) if is_sent(event)][::4]
    return [{**event, parity.TENANT: str(event.get(parity.TENANT) or "acme")} for event in made]


@pytest.fixture(scope="module")
def rows(events: list[dict[str, Any]]) -> list[Any]:
    made: list[Any] = rows_of(events)
    return made


@pytest.mark.parametrize("one", SINGLE, ids=lambda one: one.rule.short_id)
def test_a_rule_about_single_events_finds_the_same_events(
    one: Any, events: list[dict[str, Any]], rows: list[Any]
) -> None:
    rule = parts(one.rule, KNOWN)[one.part - 1]
    wanted = parity.matched_single(rule, events)
    assert wanted
    assert found_single(one.query, rows, READINGS[0]) == wanted


@pytest.mark.parametrize("one", REST, ids=lambda one: f"{one.rule.short_id}.{one.part}")
def test_a_correlation_finds_the_same_groups_and_moments(one: Any) -> None:
    part = parts(one.rule, KNOWN)[one.part - 1]
    cases = parity_cases.cases(part, pack(), budget=400)
    rows = rows_of_cases(cases)
    wanted = parity.every_moment(part, pack(), cases, NOW, LATER - SETTLE_MS)
    assert wanted
    for readings in READINGS:
        found = found_moments(one.query, part, rows, readings)
        assert found == wanted, difference(wanted, found)


@pytest.mark.parametrize("one", RENDERED.rules, ids=lambda one: f"{one.rule.short_id}.{one.part}")
def test_nothing_but_the_index_is_read(one: Any) -> None:
    assert one.query.form is Form.INDEX
    assert one.query.text.startswith("| tstats ")
    assert one.query.text.count(f"`{INDEXES}`") == 1
    named = names(one.query.text, MACROS)
    assert named.read <= {*INDEXED.values(), *SHOWN, "sourcetype", "index"}


def test_every_rule_has_a_variant_or_a_reason() -> None:
    taken = {one.rule.id for one in RENDERED.rules}
    refused = {one.rule.id: one.reason for one in RENDERED.refused}
    assert taken | refused.keys() == {rule.id for rule in pack() if rule.alerts}
    assert not taken & refused.keys()
    assert all(refused.values())
    assert len(taken) > 10
    assert REST


TEXT = """\
title: A rule
name: a_rule
logsource: {product: ai_agent}
detection:
  one: {event.action: tool_call, %s}
  condition: one
level: low
"""


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("warrant.tool.acts: exec", "warrant.tool.acts, which is not indexed"),
        ("message: x", "message, which is not indexed"),
        ("gen_ai.agent.id: Bert", "compares gen_ai.agent.id otherwise"),
        ("gen_ai.agent.id|startswith: b", "compares gen_ai.agent.id otherwise"),
        ("gen_ai.agent.id|re: '^b+$'", "compares gen_ai.agent.id otherwise"),
    ],
)
def test_what_cannot_be_said_exactly_is_refused(test: str, why: str) -> None:
    (rule,) = load_text(TEXT % test, foreign=False)
    assert render([rule]).rules, "the raw search can say it"
    (refusal,) = models.render([rule]).refused
    assert why in refusal.reason


def test_a_field_that_is_there_can_be_asked_for() -> None:
    (rule,) = load_text(TEXT % "gen_ai.agent.id|exists: true", foreign=False)
    ((one,), _) = models.render([rule]).rules, ()
    events = [
        {"event.id": "a", "@timestamp": "2026-11-16T09:00:00.000Z", "event.action": "tool_call",
         parity.TENANT: "acme", **more}
        for more in ({}, {"gen_ai.agent.id": "b", "event.id": "c"})
    ]  # fmt: skip
    assert found_single(one.query, rows_of(events), READINGS[0]) == {"c"}


def test_no_rule_is_said_to_be_over_a_data_model_and_none_could_be() -> None:
    for rule in pack():
        if rule.alerts:
            assert models.why_not_in_cim(rule, pack())


def test_a_rule_that_a_data_model_could_say_would_be_noticed() -> None:
    field = next(iter(sorted(models.held())))
    (rule,) = load_text(f"""\
title: A rule
name: a_rule
logsource: {{product: ai_agent}}
detection:
  one: {{{field}: x}}
  condition: one
level: low
""", foreign=False)  # fmt: skip
    with pytest.raises(CannotRender, match="can be said over a data model"):
        models.why_not_in_cim(rule, [rule])


def test_what_a_data_model_fills_from_several_fields_is_not_held() -> None:
    held = models.held()
    assert "gen_ai.agent.id" not in held
    assert "event.outcome" not in held
    assert "Authentication" in held["event.reason"]


def test_saved_searches_are_off_and_not_named_as_the_others() -> None:
    stanzas = models.stanzas(pack())
    assert len(stanzas) == len(RENDERED.rules)
    for name, stanza in stanzas.items():
        assert " by tstats" in name
        assert len(name) < 100
        assert stanza["disabled"] == "1"
        assert "in the place of the search of the same rule" in stanza["description"]
        assert "dispatch.index_earliest" not in stanza
    used = [
        macro
        for macro in models.macros(pack())
        if any(macro in s["search"] for s in stanzas.values())
    ]
    assert len(used) == len(stanzas)


def test_all_is_not_these_and_one_can_be_named() -> None:
    assert {one["disabled"] for one in models.stanzas(pack(), ["*"]).values()} == {"1"}
    on = models.stanzas(pack(), ["AIA-CRD-001 by tstats"])
    assert [name for name, one in on.items() if one["disabled"] == "0"] == [
        "Agent Warrant - AIA-CRD-001 by tstats - Rule"
    ]


def test_the_page_has_the_table() -> None:
    page = Path(__file__).parents[2] / "docs/splunk.md"
    if not page.exists():
        pytest.skip("the tests run without a checkout beside them")
    text = page.read_text(encoding="utf-8")
    assert models.with_table(text, pack()) == text


def test_the_table_says_of_every_rule_what_there_is() -> None:
    table = models.table(pack())
    assert all(f"`{rule.short_id}`" in table for rule in pack() if rule.alerts)
    page = f"a\n{models.BEGIN}\nold\n{models.END}\nz\n"
    assert models.with_table(page, pack()) == between(page, models.BEGIN, models.END, table)


def test_a_page_is_renewed_with_both_tables_and_one_without_it_with_one() -> None:
    both = f"<!-- splunk -->\n<!-- /splunk -->\n{models.BEGIN}\n{models.END}\n"
    order = Order(rules=pack())
    made = siem_of("splunk").with_overview(both, order)
    assert models.table(pack()) in made
    assert "rules run in Splunk" in made
    one = "<!-- splunk -->\n<!-- /splunk -->\n"
    assert models.BEGIN not in siem_of("splunk").with_overview(one, order)
