"""Rule objects: what Kibana's import takes, and what an analyst reads in them."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.shipped import shipped_rules as pack

from agentwarrant import schema
from agentwarrant.finding import Severity
from agentwarrant.rules.contract import reads_of
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.mapping import fields_for
from agentwarrant.siem.elastic.query import EQL, ESQL, KUERY, Query
from agentwarrant.siem.elastic.rule import (
    GROUP,
    aggregates,
    body,
    duration,
    identity,
    lookback,
    with_group,
)
from agentwarrant.siem.elastic.threat import attack_version, threat
from agentwarrant.siem.guide import guide, text
from agentwarrant.siem.written import Written, written

SINGLE = Query("query", KUERY, "event.action: tool_call")
SEQUENCE = Query(EQL, EQL, "sequence by a [any where true] [any where true]", 600_000, ("a",))
COUNTED = Query(
    ESQL, ESQL, "FROM x | STATS last_match = MAX(t) BY a, b, c", 60_000, ("a", "b", "c")
)


@cache
def validator() -> Draft202012Validator:
    made = Draft202012Validator(schema.load("kibana_rule.schema.json"))
    made.check_schema(made.schema)
    return made


def named(short_id: str) -> Rule:
    found: Rule = next(rule for rule in pack() if rule.short_id == short_id)
    return found


def made(rule: Rule, query: Query, stack: str = "8.19", part: int = 1, parts: int = 1) -> Any:
    return body(
        rule,
        query,
        part=part,
        parts=parts,
        said=written([rule])[rule.id],
        types=fields_for(pack()),
        reads=reads_of(rule, {one.id: one for one in pack()}),
        stack=stack,
    )


@pytest.mark.parametrize("query", [SINGLE, SEQUENCE, COUNTED], ids=["query", "eql", "esql"])
@pytest.mark.parametrize("stack", ["8.19", "9.5.3", "serverless"])
def test_every_rule_makes_an_object_that_kibana_takes(query: Query, stack: str) -> None:
    for rule in pack():
        if rule.alerts:
            faults = [fault.message for fault in validator().iter_errors(made(rule, query, stack))]
            assert not faults, (rule.short_id, faults)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("severity", "informational"),
        ("enabled", True),
        ("risk_score", 101),
        ("from", "now"),
        ("interval", "0m"),
        ("index", None),
        ("language", "lucene"),
        ("timestamp_field", "@timestamp"),
        ("colour", "red"),
        ("alert_suppression", {"group_by": ["a", "b", "c", "d"]}),
        ("rule_id", "AIA-NET-001"),
        ("references", ["javascript:alert(1)"]),
    ],
)
def test_the_schema_refuses_what_kibana_or_we_would_not_want(name: str, value: object) -> None:
    whole = made(named("AIA-NET-001"), SINGLE)
    if value is None:
        del whole[name]
    else:
        whole[name] = value
    assert not validator().is_valid(whole)


def test_an_esql_rule_names_no_index() -> None:
    assert "index" not in made(named("AIA-SPD-001"), COUNTED)
    assert not validator().is_valid({**made(named("AIA-SPD-001"), COUNTED), "index": ["logs-*"]})


def test_the_id_is_that_of_the_rule_and_of_its_parts_one_made_of_it() -> None:
    rule = named("AIA-NET-003")
    assert identity(rule, 1, 1) == rule.id
    first, second = identity(rule, 1, 2), identity(rule, 2, 2)
    assert len({rule.id, first, second}) == 3
    assert uuid.UUID(first).version == 5
    assert identity(rule, 1, 2) == first


def test_a_rule_fitted_to_a_tenant_has_an_id_and_a_name_of_its_own() -> None:
    rule = named("AIA-SPD-001")
    fitted = replace(rule, id=f"{rule.id} (acme)", known_as=rule.id)
    assert identity(fitted, 1, 1) not in (identity(rule, 1, 1), identity(fitted, 1, 2))
    whole = made(fitted, COUNTED)
    assert whole["name"] == f"{rule.title} (acme)"
    assert validator().is_valid(whole)
    assert whole["version"] == made(rule, COUNTED)["version"]


def test_a_rule_without_a_uuid_gets_one_that_stays() -> None:
    rule = replace(named("AIA-SPD-001"), id="my_rule")
    assert uuid.UUID(identity(rule, 1, 1)).version == 5
    assert identity(rule, 1, 1) == identity(replace(rule, title="x"), 1, 1)
    assert validator().is_valid(made(rule, COUNTED))


def test_a_rule_looks_back_over_its_window_an_interval_and_the_delay() -> None:
    assert made(named("AIA-NET-001"), SINGLE)["from"] == "now-11m"
    assert made(named("AIA-NET-007"), SEQUENCE)["from"] == "now-21m"
    assert lookback(SEQUENCE) > SEQUENCE.window_ms + 2 * 5 * 60_000


@given(st.integers(1, 10**11))
def test_a_duration_is_never_shorter_than_asked_for(ms: int) -> None:
    said = duration(ms)
    seconds = int(said[:-1]) * {"s": 1, "m": 60, "h": 3600}[said[-1]]
    assert ms <= seconds * 1000 < ms + 1000


def test_a_tenant_is_always_part_of_what_is_suppressed_together() -> None:
    for rule in pack():
        suppression = made(rule, SINGLE).get("alert_suppression") if rule.alerts else None
        if suppression:
            assert "organization.id" in suppression["group_by"]


def test_more_fields_than_kibana_takes_are_one_column_or_no_suppression() -> None:
    rule = named("AIA-NET-004")
    assert len({"organization.id", *rule.group_by}) == 4
    assert "alert_suppression" not in made(rule, SINGLE)
    counted = made(rule, COUNTED)
    assert counted["alert_suppression"]["group_by"] == [GROUP]
    assert f"| EVAL {GROUP} = CONCAT(" in counted["query"]


def test_what_aggregates_is_suppressed_for_as_long_as_it_is_found_again() -> None:
    rule = replace(named("AIA-SPD-001"), suppress_ms=None)
    whole = made(rule, COUNTED)
    assert whole["alert_suppression"]["duration"] == {"value": 12, "unit": "m"}
    assert whole["from"] == "now-12m"
    single = replace(named("AIA-NET-001"), suppress_ms=None)
    assert "alert_suppression" not in made(single, SINGLE)


def test_what_takes_long_is_told_when_it_comes_to_be_and_not_for_as_long_as_it_is_seen() -> None:
    whole = made(named("AIA-VIS-006"), replace(COUNTED, window_ms=86_400_000))
    assert whole["from"] == "now-1451m"
    assert whole["query"].splitlines()[-2:][0] == "| WHERE last_match >= NOW() - 60 minutes"
    assert whole["alert_suppression"]["duration"] == {"value": 6, "unit": "h"}
    rule = replace(named("AIA-VIS-006"), suppress_ms=None)
    whole = made(rule, replace(COUNTED, window_ms=86_400_000))
    assert whole["alert_suppression"]["duration"] == {"value": 66, "unit": "m"}


def test_a_row_that_is_no_event_has_the_time_of_its_last_match() -> None:
    assert "| EVAL @timestamp = last_match" in made(named("AIA-SPD-001"), COUNTED)["query"]
    assert "last_match" not in made(named("AIA-NET-001"), SINGLE)["query"]


def test_a_query_whose_rows_are_events_does_not_aggregate() -> None:
    assert aggregates(COUNTED)
    for said in ('"| stats by the pound"', '"""a "quoted" | STATS"""', r'"a \" | STATS"'):
        assert not aggregates(Query(ESQL, ESQL, f"FROM x | WHERE a == {said}"))
        assert aggregates(Query(ESQL, ESQL, f"FROM x | WHERE a == {said}\n| stats n = COUNT(*)"))
    assert not aggregates(SINGLE)
    assert with_group(named("AIA-NET-004"), SINGLE) == SINGLE


def test_a_threshold_rule_is_suppressed_by_its_own_fields() -> None:
    query = Query("threshold", KUERY, "a: b", extra={"threshold": {"field": ["a"], "value": 3}})
    whole = made(named("AIA-SPD-001"), query)
    assert set(whole["alert_suppression"]) == {"duration"}
    assert validator().is_valid(whole)


def test_severity_and_risk_are_those_of_the_rule() -> None:
    whole = made(named("AIA-CRD-008"), SINGLE)
    assert (whole["severity"], whole["risk_score"]) == ("low", 5)
    lesser = replace(named("AIA-CRD-008"), severity=Severity.INFORMATIONAL)
    assert made(lesser, SINGLE)["severity"] == "low"


@pytest.mark.parametrize(
    ("stack", "version"),
    [("8.19", "v18"), ("9.4.2", "v18"), ("9.5.0", "v19"), ("10.0", "v19"), ("serverless", "v19")],
)
def test_techniques_are_those_of_the_version_that_the_stack_knows(stack: str, version: str) -> None:
    assert attack_version(stack) == version
    rule = named("AIA-A2A-005")
    ids = {
        sub["id"]
        for entry in threat(rule, stack)
        for one in entry["technique"]
        for sub in one.get("subtechnique", [one])
        if entry["framework"] == "MITRE ATT&CK"
    }
    assert ids == set(rule.meta["taxonomy"]["attack"][version])


def test_atlas_stands_beside_attack() -> None:
    entries = threat(named("AIA-FIN-002"), "8.19")
    assert [entry["framework"] for entry in entries][-1] == "MITRE ATLAS"
    atlas = [entry for entry in entries if entry["framework"] == "MITRE ATLAS"]
    parts = [one for entry in atlas for one in entry["technique"] if one["id"] == "AML.T0051"]
    assert parts[0]["subtechnique"][0]["id"] == "AML.T0051.001"
    reference = parts[0]["subtechnique"][0]["reference"]
    assert reference == "https://atlas.mitre.org/techniques/AML.T0051.001"


def test_the_guide_has_all_that_the_rule_says_for_an_analyst() -> None:
    note = made(named("AIA-NET-003"), SINGLE)["note"]
    for heading in ("### Look", "### Tell benign from bad", "### Respond", "### False positive"):
        assert heading in note
    assert "`warrant.peer.card_hash`" in note
    assert "`quarantine-agent`" in note


HOSTILE = "![x](https://evil) {{secret}} !{osquery{}} <img src=x> `code` [a](javascript:b)\n# head"


def test_nothing_in_a_guide_is_more_than_text() -> None:
    said = Written(HOSTILE, (), (HOSTILE,), 1, HOSTILE, {"look": (HOSTILE,), "tell": ()})
    note = guide(named("AIA-NET-003"), said, "a`b\n# c")
    assert not re.search(r"(?<!\\)[\[\]{}<>!]", note)
    headings = [line for line in note.splitlines() if line.startswith("#")]
    assert all("evil" not in line and line != "# head" for line in headings)
    assert "`a b # c`" in note


@given(st.text())
def test_no_text_leaves_its_line_or_becomes_markdown(given_text: str) -> None:
    shown = text(given_text)
    assert not set("\r\n") & set(shown)
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]{}<>|]", shown)


def test_what_stands_in_the_file_of_a_rule_is_found_for_every_rule_of_the_pack() -> None:
    said = written(rule for rule in pack() if rule.alerts)
    assert all(
        one.description and one.false_positives and one.triage["look"] for one in said.values()
    )
    assert max(one.version for one in said.values()) > 1


def test_a_rule_whose_file_is_gone_still_has_an_object() -> None:
    rule = replace(named("AIA-NET-001"), path="detections/agent_networks/gone.yml")
    whole = made(rule, SINGLE)
    assert whole["description"] == rule.title
    assert validator().is_valid(whole)
