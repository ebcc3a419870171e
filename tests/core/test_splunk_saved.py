"""Saved searches: keys that Splunk has, values of the right shape, and the rule's search whole."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.shipped import shipped_rules as pack
from tests.spl import Macro, naming, parse

from agentwarrant.finding import Severity
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk import app, conf, found, names, saved, security
from agentwarrant.siem.splunk.form import INDEXED
from agentwarrant.siem.splunk.query import Cost, Form, Query
from agentwarrant.siem.splunk.render import NativeSearch, Rendered, render
from agentwarrant.siem.splunk.schedule import EVERY, LATE_MS, load, lookback
from agentwarrant.siem.written import Written, written

SPEC = frozenset(
    {
        "search", "description", "disabled", "enableSched", "cron_schedule", "realtime_schedule",
        "schedule_window", "allow_skew", "dispatch.earliest_time", "dispatch.latest_time",
        "dispatch.index_earliest", "dispatch.index_latest", "request.ui_dispatch_app",
        "counttype", "relation", "quantity", "alert.digest_mode", "alert.expires",
        "alert.severity", "alert.suppress", "alert.suppress.fields", "alert.suppress.period",
        "alert.track",
    }
)  # fmt: skip
"""Keys of savedsearches.conf.spec of Splunk 9 that are used; any other is an action's."""
ACTIONS = frozenset(
    {
        "action.correlationsearch.annotations", "action.correlationsearch.detection_type",
        "action.correlationsearch.enabled", "action.correlationsearch.label",
        "action.correlationsearch.metadata", "action.notable",
        "action.notable.param._entities", "action.notable.param.drilldown_searches",
        "action.notable.param.nes_fields", "action.notable.param.next_steps",
        "action.notable.param.recommended_actions", "action.notable.param.rule_description",
        "action.notable.param.rule_title", "action.notable.param.security_domain",
        "action.notable.param.severity", "action.risk", "action.risk.param._risk",
        "action.risk.param._risk_message", "action.risk.param._risk_score",
        "action.risk.param.verbose", f"action.{names.ALERT_ACTION}",
    }
)  # fmt: skip
"""Keys of Enterprise Security, as contentctl 5.6.2 and splunk.es write them; and of our action."""
ENTITIES = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["risk_object_field", "risk_object_type", "risk_score"],
        "additionalProperties": False,
        "properties": {
            "risk_object_field": {"type": "string", "pattern": "^aw_[a-z]+$"},
            "risk_object_type": {"enum": ["user", "system", "other"]},
            "risk_score": {"type": "integer", "minimum": 1, "maximum": 100},
        },
    },
}
SHAPES: dict[str, dict[str, Any]] = {
    "action.correlationsearch.annotations": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "mitre_attack": {"items": {"pattern": r"^T\d{4}(\.\d{3})?$"}},
            "mitre_atlas": {"items": {"pattern": r"^AML\.T\d{4}(\.\d{3})?$"}},
            "owasp_agentic": {"items": {"pattern": r"^ASI\d\d:\d{4}$"}},
            "owasp_llm": {"items": {"pattern": r"^LLM\d\d:\d{4}$"}},
            "maestro": {"items": {"pattern": r"^L\d$"}},
        },
    },
    "action.correlationsearch.metadata": {
        "type": "object",
        "required": ["detection_id", "detection_version", "deprecated"],
        "additionalProperties": {"type": "string"},
    },
    "action.notable.param._entities": ENTITIES,
    "action.risk.param._risk": ENTITIES,
    "action.notable.param.drilldown_searches": {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["name", "search", "earliest_offset", "latest_offset"],
            "additionalProperties": {"type": "string", "minLength": 5},
        },
    },
    "action.notable.param.next_steps": {
        "type": "object",
        "required": ["version", "data"],
        "properties": {"version": {"const": 1}, "data": {"type": "string", "minLength": 20}},
    },
}
DOMAINS = ("access", "audit", "endpoint", "identity", "network", "threat")
SINGLE = Query("search `x` a=b", 0, 0, ("gen_ai.agent.id",))
LONG = Query("search `x` a=b\n| stats count", 86_400_000, 0, ("gen_ai.agent.id",), cost=Cost.HIGH)
FEED = Query("search `x` a=b\n| outputlookup agentwarrant_seen", cost=Cost.HIGH)
TOKEN = re.compile(r"\$([a-z_]+)(?:\|s)?\$")


@cache
def rendered() -> Rendered:
    return render(pack())


@cache
def made() -> saved.Stanzas:
    return saved.stanzas(rendered())


@cache
def pairs() -> list[tuple[str, NativeSearch]]:
    """Return each search with its stanza's name."""
    found_names = [name for name in made() if name.endswith(" - Rule")]
    return list(zip(found_names, rendered().rules, strict=True))


def named(short_id: str) -> Rule:
    found: Rule = next(rule for rule in pack() if rule.short_id == short_id)
    return found


def one(rule: Rule, *queries: Query, enable: tuple[str, ...] = ()) -> saved.Stanzas:
    parts = tuple(NativeSearch(rule, n, query) for n, query in enumerate(queries, 1))
    return saved.stanzas(Rendered(parts, ()), enable)


def only(rule: Rule, query: Query) -> dict[str, str]:
    (stanza,) = one(rule, query).values()
    return stanza


def seconds(text: str) -> int:
    return int(text.removeprefix("-")[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def macros() -> dict[str, Macro]:
    stanzas = {**app.macros({}), **saved.filters(rendered())}
    return {name: Macro(said["definition"]) for name, said in stanzas.items()}


def test_every_rule_that_is_rendered_has_a_search_of_its_own() -> None:
    assert len(pairs()) == len(rendered().rules) > 30
    feeds = sum(len(native.query.feeds) for _, native in pairs())
    assert len(made()) == len(pairs()) + feeds


def test_every_key_is_one_that_splunk_or_enterprise_security_has() -> None:
    for name, stanza in made().items():
        assert stanza.keys() <= SPEC | ACTIONS, name


def test_every_value_can_stand_in_a_conf_file() -> None:
    assert conf.text(made())
    assert conf.text(saved.filters(rendered()))


def test_the_search_of_a_rule_is_there_whole() -> None:
    for name, native in pairs():
        text = made()[name]["search"]
        assert text.startswith(found.bare(native.query.text) + "\n|")
        assert not text.startswith("search ")


def test_every_search_is_read_and_names_only_macros_that_the_app_has() -> None:
    for name, stanza in made().items():
        assert parse(stanza["search"], macros()), name
        assert naming.names(stanza["search"], macros()).macros <= macros().keys()


def test_names_are_unique_and_such_as_enterprise_security_lists() -> None:
    for name, _ in pairs():
        assert len(name) <= saved.LONGEST
        assert name.startswith("Agent Warrant - AIA-")
    labels = [made()[name]["action.correlationsearch.label"] for name, _ in pairs()]
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 83


def test_everything_is_off_until_somebody_switches_it_on() -> None:
    assert {stanza["disabled"] for stanza in made().values()} == {"1"}
    assert {made()[name][f"action.{names.ALERT_ACTION}"] for name, _ in pairs()} == {"0"}


def test_a_rule_is_switched_on_with_what_feeds_it() -> None:
    rule = named("AIA-NET-001")
    query = replace(SINGLE, feeds=(FEED,))
    on = one(rule, query, SINGLE, enable=("AIA-NET-001",))
    assert len(on) == 3
    assert {stanza["disabled"] for stanza in on.values()} == {"0"}
    assert {stanza["disabled"] for stanza in one(rule, query, enable=("*",)).values()} == {"0"}
    assert {stanza["disabled"] for stanza in one(rule, query, enable=("AIA-X",)).values()} == {"1"}


def test_what_feeds_a_rule_finds_nothing_itself() -> None:
    stanzas = one(named("AIA-NET-001"), replace(SINGLE, feeds=(FEED,)))
    feed = stanzas["Agent Warrant - AIA-NET-001 - Feed 1"]
    assert feed["search"] == "`x` a=b\n| outputlookup agentwarrant_seen"
    assert not [key for key in feed if key.startswith(("action.", "alert.", "counttype"))]
    assert feed["enableSched"] == "1"


@pytest.mark.parametrize("key", sorted(SHAPES))
def test_json_has_the_shape_that_is_read(key: str) -> None:
    validator = Draft202012Validator(SHAPES[key])
    found_values = [stanza[key] for stanza in made().values() if key in stanza]
    assert found_values
    for value in found_values:
        faults = [fault.message for fault in validator.iter_errors(json.loads(value))]
        assert not faults, value


def test_a_rule_gives_findings_or_intermediate_ones_and_never_both() -> None:
    for name, native in pairs():
        stanza = made()[name]
        severe = native.rule.severity in (Severity.HIGH, Severity.CRITICAL)
        assert ("action.notable" in stanza, "action.risk" in stanza) == (severe, not severe)


def test_severity_and_risk_are_those_of_the_rule() -> None:
    for name, native in pairs():
        stanza = made()[name]
        assert stanza["alert.severity"] == saved.SEVERITIES[native.rule.severity]
        assert stanza.get("action.notable.param.severity", native.rule.severity.value) == (
            native.rule.severity.value
        )
        key = "action.notable.param._entities"
        scored = json.loads(stanza[key if key in stanza else "action.risk.param._risk"])
        assert {entity["risk_score"] for entity in scored} == {round(native.rule.risk)}
        assert stanza.get("action.notable.param.security_domain", "threat") in DOMAINS
    assert list(saved.SEVERITIES) == list(Severity)[::-1] or list(saved.SEVERITIES) == list(
        Severity
    )
    assert sorted(saved.SEVERITIES.values()) == ["1", "2", "3", "4", "5"]


def test_what_a_finding_names_is_a_column_of_it() -> None:
    for name, native in pairs():
        stanza = made()[name]
        there = set(found.columns(native.rule, native.query))
        said = " ".join(value for key, value in stanza.items() if key.startswith("action."))
        assert set(TOKEN.findall(said)) - {"info_min_time", "info_max_time"} <= there
        assert set(stanza["alert.suppress.fields"].split(",")) <= there
        assert stanza.get("action.notable.param.nes_fields", "aw_entity") in there
        for key in ("action.notable.param._entities", "action.risk.param._risk"):
            entities = json.loads(stanza.get(key, "[]"))
            assert {entity["risk_object_field"] for entity in entities} <= there
        last = parse(stanza["search"], macros())[-1]
        assert getattr(last, "names", ()) == tuple(found.columns(native.rule, native.query))


def test_what_findings_are_suppressed_by_is_asked_of_their_own_fields() -> None:
    assert security.SUPPRESSED_BY not in INDEXED.values()


def test_what_the_alert_action_reads_is_a_column_of_every_finding() -> None:
    for _, native in pairs():
        there = found.columns(native.rule, native.query)
        assert {"aw_rule", "aw_tenant", "aw_agent", "aw_ids", "_time"} <= set(there)


def test_a_column_that_a_search_makes_hides_no_indexed_field_but_its_own() -> None:
    made_columns = set(found.columns(named("AIA-NET-001"), SINGLE))
    assert made_columns & set(INDEXED.values()) == {"aw_rule", "aw_tenant", "aw_agent"}


def test_alerts_are_one_for_each_row_and_told_apart_by_group() -> None:
    for name, _ in pairs():
        stanza = made()[name]
        assert stanza["alert.digest_mode"] == "0"
        assert stanza["alert.suppress"] == "1"
        assert (stanza["counttype"], stanza["relation"], stanza["quantity"]) == (
            "number of events", "greater than", "0",
        )  # fmt: skip


def test_a_group_is_quiet_for_as_long_as_its_rule_says_and_as_runs_overlap() -> None:
    for name, native in pairs():
        quiet = seconds(made()[name]["alert.suppress.period"]) * 1000
        assert quiet >= (native.rule.suppress_ms or 0)
        assert quiet >= found.told_again(native.query)
    rule = named("AIA-NET-001")
    assert only(rule, SINGLE)["alert.suppress.period"] == "1h"
    assert only(replace(rule, suppress_ms=None), SINGLE)["alert.suppress.period"] == "11m"
    assert only(replace(rule, suppress_ms=60_000), SINGLE)["alert.suppress.period"] == "11m"
    assert only(replace(rule, suppress_ms=None), LONG)["alert.suppress.period"] == "76m"
    model = replace(SINGLE, form=Form.MODEL)
    assert only(replace(rule, suppress_ms=None), model)["alert.suppress.period"] == "66m"


def test_what_takes_long_is_told_when_it_comes_to_be_and_not_for_as_long_as_it_is_seen() -> None:
    rule = named("AIA-NET-001")
    assert 'where _time >= relative_time(now(), "-1h")' in only(rule, LONG)["search"]
    assert "relative_time" not in only(rule, SINGLE)["search"]
    assert found.told_again(LONG) < lookback(LONG)
    assert found.told_again(LONG) > LATE_MS


def test_the_group_is_the_tenants_and_the_rules() -> None:
    for name, native in pairs():
        (said,) = re.findall(r"^\| eval aw_group=(.*)$", made()[name]["search"], re.MULTILINE)
        assert "'organization.id'" in said
        for field in native.query.group_by or native.rule.group_by:
            assert f"'{field}" in said
    loose = only(replace(named("AIA-NET-001"), suppress_ms=None), SINGLE)["search"]
    assert "mvjoin(aw_ids" in loose
    assert "tostring(_time)" in loose


def test_a_rule_fitted_to_a_tenant_and_one_of_several_parts_have_names_of_their_own() -> None:
    rule = named("AIA-NET-001")
    fitted = replace(rule, id=f"{rule.id} (acme)", known_as=rule.id)
    assert list(one(fitted, SINGLE)) == ["Agent Warrant - AIA-NET-001 (acme) - Rule"]
    assert list(one(rule, SINGLE, LONG)) == [
        "Agent Warrant - AIA-NET-001.1 - Rule",
        "Agent Warrant - AIA-NET-001.2 - Rule",
    ]
    assert f'aw_rule="{rule.id}"' in only(fitted, SINGLE)["search"]


def test_a_name_does_not_change_with_the_title() -> None:
    rule = named("AIA-NET-001")
    assert list(one(rule, SINGLE)) == list(one(replace(rule, title="Another"), SINGLE))


def test_a_filter_keeps_every_row_until_a_customer_changes_it() -> None:
    filters = saved.filters(rendered())
    assert len(filters) == len(pairs())
    assert {said["definition"] for said in filters.values()} == {"search *"}
    for name, _ in pairs():
        (used,) = re.findall(r"^\| `(agentwarrant_\w+_filter)`$", made()[name]["search"], re.M)
        assert used in filters


def test_rows_of_a_data_model_have_no_host_and_no_fields_of_events() -> None:
    query = replace(SINGLE, form=Form.MODEL)
    assert "message" not in found.columns(named("AIA-NET-001"), query)
    entities = json.loads(only(named("AIA-NET-001"), query)["action.notable.param._entities"])
    assert [entity["risk_object_field"] for entity in entities] == ["aw_entity"]


@pytest.mark.parametrize("attack", ["v18", "v19"])
def test_techniques_are_those_of_the_version_that_is_asked_for(attack: str) -> None:
    for rule in (one.rule for one in rendered().rules):
        taxonomy = rule.meta.get("taxonomy") or {}
        wanted = (taxonomy.get("attack") or {}).get(attack) or []
        assert security.frameworks(rule, attack).get("mitre_attack", []) == list(wanted)


def test_the_guide_has_all_that_the_rule_says_for_an_analyst() -> None:
    rule = named("AIA-NET-003")
    said = written([rule])[rule.id]
    text = "\n".join(security.next_steps(rule, said))
    for part in ("look", "tell", "respond"):
        assert all(line in text for line in said.triage[part])
    assert all(line in text for line in said.false_positives)
    assert said.blind_spots in text
    assert "quarantine-agent" in text


HOSTILE = "$aw_agent$ [[action|delete]] $$ \n# head ] \\"


def test_no_text_of_a_rule_is_a_token_or_an_action() -> None:
    rule = replace(named("AIA-NET-003"), title=HOSTILE)
    said = Written(HOSTILE, (), (HOSTILE,), 1, HOSTILE, {"look": (HOSTILE,)})
    keys = security.keys(rule, said, HOSTILE, [("aw_entity", "other")], "v19")
    text = " ".join(keys[key] for key in keys if "drilldown" not in key and "label" not in key)
    assert set(re.findall(r"\$[^$]*\$", text)) == {"$aw_who$"}
    assert re.findall(r"\[\[[^\]]*\]\]", text) == [f"[[action|{names.ALERT_ACTION}]]"]


@given(st.text(st.sampled_from("$[]a \n")) | st.text())
def test_a_text_stays_in_its_line(text: str) -> None:
    shown = security.plain(text)
    assert "\n" not in shown
    assert "$" not in shown
    assert "[[" not in shown


def test_the_documentation_says_what_all_searches_cost() -> None:
    page = Path(__file__).parents[2] / "docs/splunk.md"
    if not page.is_file():
        pytest.skip("the tests run without a checkout beside them")
    text = page.read_text(encoding="utf-8")
    rules = [native.query for native in rendered().rules]
    feeds = [feed for query in rules for feed in query.feeds]
    for cost, (count, runs) in load([*rules, *feeds]).items():
        (row,) = re.findall(rf"^\| {cost} \|.*$", text, re.MULTILINE)
        assert row.endswith(f"| {60 // EVERY[cost]} | {count} | {runs} |")
    assert f"{len(rules)} searches of rules, and {len(feeds)} feeds" in text
    assert not rendered().refused
    crons = [stanza["cron_schedule"] for stanza in made().values()]
    begun = Counter(minute for cron in crons for minute in cron.split(" ")[0].split(","))
    assert f"at most {max(begun.values())} in one" in text
    assert all(f"`{name}`" in text for name in INDEXED.values())
