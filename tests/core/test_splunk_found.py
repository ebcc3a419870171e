"""Findings of a saved search: its text is executed over events, as Splunk's documentation says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from tests.shipped import shipped_rules as pack
from tests.spl import Macro
from tests.spl.evaluating import Clock
from tests.spl.events import row_of
from tests.spl.machine import Machine
from tests.spl.values import Row, many, text

from agentwarrant.event import Event, text_of
from agentwarrant.rules.check import events_of
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk import app, found, names
from agentwarrant.siem.splunk.form import INDEXED
from agentwarrant.siem.splunk.payload import envelope
from agentwarrant.siem.splunk.query import Cost, Query
from agentwarrant.siem.splunk.render import NativeSearch, render
from agentwarrant.siem.splunk.schedule import LATE_MS

BEGIN = 1_769_904_000
NOW = BEGIN + 3600
FILTER = "agentwarrant_aia_net_001_filter"


@cache
def contact() -> tuple[Rule, Query]:
    (one,) = [r for r in render(pack()).rules if r.rule.short_id == "AIA-NET-001"]
    return one.rule, one.query


def event(number: int, second: float = 0, **fields: str) -> Event:
    time = datetime.fromtimestamp(BEGIN + second, UTC).isoformat(timespec="milliseconds")
    made: Event = {
        "@timestamp": time.replace("+00:00", "Z"),
        "event.id": f"e{number}",
        "event.action": "tool_call",
        "organization.id": "acme",
        "gen_ai.agent.id": "main",
        "warrant.network.kind": "agent_network",
        "host.name": "db1",
    }
    given = {name.replace("__", "."): value for name, value in fields.items()}
    return {name: value for name, value in {**made, **given}.items() if value != "-"}


def run(
    rule: Rule, query: Query, *events: Event, only: str = "search *", now: float = NOW
) -> list[Row]:
    stamps = {"sourcetype": names.sourcetype("events"), "index": "agentwarrant_acme"}
    rows = [row_of(envelope(one, stamps, "")) for one in events]
    macros = {name: Macro(said["definition"]) for name, said in app.macros({}).items()}
    macros[FILTER] = Macro(only)
    machine = Machine(rows, indexed=frozenset(INDEXED.values()), macros=macros, clock=Clock(now))
    made: list[Row] = machine.run(found.finding_search(rule, query, FILTER))
    return made


def findings(*events: Event, only: str = "search *") -> list[Row]:
    return run(*contact(), *events, only=only)


def ids(row: Row) -> list[str]:
    return [text(one) for one in many(row.get("aw_ids"))]


def test_a_burst_is_one_row_that_says_how_much_and_how_long() -> None:
    (row,) = findings(*(event(n, n * 2) for n in range(30)))
    assert row["aw_matches"] == 30
    assert (row["aw_first"], row["aw_last"]) == (BEGIN, BEGIN + 58)
    assert row["_time"] == BEGIN
    assert sorted(ids(row)) == sorted(f"e{n}" for n in range(30))


def test_a_row_says_what_the_alert_action_sends() -> None:
    (row,) = findings(event(1))
    rule, query = contact()
    assert row["aw_rule"] == rule.public_id
    assert (row["aw_tenant"], row["aw_agent"], row["aw_host"]) == ("acme", "main", "db1")
    assert ids(row) == ["e1"]
    assert set(row) <= set(found.columns(rule, query))


def test_no_finding_is_of_two_tenants_or_two_agents() -> None:
    rows = findings(
        event(1),
        event(2, organization__id="other"),
        event(3, gen_ai__agent__id="side"),
    )
    assert {(row["aw_tenant"], row["aw_agent"]) for row in rows} == {
        ("acme", "main"),
        ("other", "main"),
        ("acme", "side"),
    }
    assert len({row["aw_entity"] for row in rows}) == len({row["aw_group"] for row in rows}) == 3


def test_no_agent_can_choose_a_name_that_falls_into_anothers_group() -> None:
    rows = findings(
        event(1, organization__id="a", gen_ai__agent__id="bc"),
        event(2, organization__id="ab", gen_ai__agent__id="c"),
        event(3, organization__id='a","bc', gen_ai__agent__id="-"),
    )
    assert len({row["aw_group"] for row in rows}) == 3


def test_the_same_name_in_another_case_is_the_same_group() -> None:
    assert len(findings(event(1), event(2, 5, gen_ai__agent__id="MAIN"))) == 1


def test_what_lacks_a_field_of_the_group_is_a_group_of_its_own() -> None:
    rows = findings(event(1), event(2, gen_ai__agent__id="-"), event(3, organization__id="-"))
    assert len(rows) == 3
    assert {row["aw_who"] for row in rows} == {"acme/main", "acme", "main"}


def test_an_event_that_was_sent_twice_is_found_once() -> None:
    (row,) = findings(event(1), event(1))
    assert row["aw_matches"] == 1


def test_so_many_ids_are_kept_and_no_more() -> None:
    (row,) = findings(*(event(n, n / 10) for n in range(130)))
    assert row["aw_matches"] == 130
    assert len(ids(row)) == found.MOST_IDS


def test_a_customer_excepts_by_any_field_of_an_event() -> None:
    both = event(1), event(2, destination__address="partner.example", gen_ai__agent__id="side")
    assert len(findings(*both)) == 2
    only = 'search NOT "destination.address"="partner.example"'
    assert [row["aw_agent"] for row in findings(*both, only=only)] == ["main"]


def test_the_same_moment_found_twice_has_the_same_group() -> None:
    first = findings(event(1), event(2, 5))
    again = findings(event(2, 5), event(3, 9))
    assert first[0]["aw_group"] == again[0]["aw_group"]


def test_without_suppression_each_moment_is_a_finding_and_found_again_the_same() -> None:
    rule, query = contact()
    loose = replace(rule, suppress_ms=None)
    rows = run(loose, query, event(1), event(2, 5))
    assert len(rows) == 2
    again = run(loose, query, event(2, 5), event(3, 9))
    shared = {row["aw_group"] for row in rows} & {row["aw_group"] for row in again}
    assert len(shared) == 1


@pytest.mark.parametrize(("age", "told"), [(LATE_MS / 1000 - 1, 1), (LATE_MS / 1000 + 1, 0)])
def test_what_takes_long_is_told_only_when_it_is_of_late(age: float, told: int) -> None:
    rule, query = contact()
    long = replace(query, window_ms=86_400_000, cost=Cost.HIGH)
    assert len(run(rule, long, event(1), now=BEGIN + age)) == told


def test_a_title_of_a_rule_is_a_text_and_nothing_more() -> None:
    rule, query = contact()
    for title in (
        'a "b" \\',
        "`no_such_macro`",
        "$token$",
        "x | delete",
        '"| delete',
        "\x00\ud800",
    ):
        (row,) = run(replace(rule, title=title), query, event(1))
        kept = re.sub("[`$|\x00\ud800]", " ", title).split()
        assert row["aw_title"] == " ".join(kept)


def test_hostile_names_stay_values() -> None:
    name = 'x" | delete [search index=*] $a$ `b` \\'
    (row,) = findings(event(1, gen_ai__agent__id=name))
    assert row["aw_agent"] == name


def whole(native: NativeSearch, events: list[Event], until: int) -> list[Row]:
    """Run the saved search of a rule when it can first tell of the last of some events."""
    stamps = {"sourcetype": names.sourcetype("events"), "index": "agentwarrant_acme"}
    rows = [row_of(envelope(one, stamps, "")) for one in events[:until]]
    now = max(float(str(row["_time"])) for row in rows) + 60 + native.query.settle_ms / 1000
    macros = {name: Macro(said["definition"]) for name, said in app.macros({}).items()}
    macros[FILTER] = Macro("search *")
    machine = Machine(rows, indexed=frozenset(INDEXED.values()), macros=macros, clock=Clock(now))
    made: list[Row] = machine.run(found.finding_search(native.rule, native.query, FILTER))
    return made


def ends(events: list[Event]) -> list[int]:
    """Return up to where events are given: all, and then each beginning, some of many."""
    return [len(events), *range(1, len(events), 1 + len(events) // 20)] if events else []


def of_tests(native: NativeSearch) -> Iterator[tuple[set[str], list[Row]]]:
    """Yield what the search of a rule finds of its tests: the ids that there are, and the rows."""
    (tests,) = [rule.tests for rule in pack() if rule.path == native.rule.path and rule.tests]
    for test in tests:
        events = [{"organization.id": "acme", **one} for one in events_of(test)]
        for until in ends(events):
            rows = whole(native, events, until)
            yield {text_of(one, "event.id") for one in events[:until]}, rows
            if rows or not test.get("finds"):
                break


@pytest.mark.once
def test_the_findings_of_every_rule_have_what_a_responder_needs() -> None:
    for native in render(pack()).rules:
        if native.query.feeds:  # it compares with what they have kept
            continue
        told = 0
        for known, rows in of_tests(native):
            for row in rows:
                assert row["aw_rule"] == native.rule.public_id
                assert row["aw_tenant"]
                assert row["aw_who"]
                assert float(str(row["aw_first"])) <= float(str(row["aw_last"]))
                assert float(str(row["aw_matches"])) >= 1
                assert ids(row)
                assert set(ids(row)) <= known, native.rule.short_id
                assert row.keys() <= set(found.columns(native.rule, native.query))
            told += len(rows)
        assert told, f"{native.rule.short_id} part {native.part} finds nothing of its tests"


def test_a_search_that_is_not_known_would_be_seen() -> None:
    rule, query = contact()
    with pytest.raises(Exception, match="delete"):
        run(rule, replace(query, text=query.text + "\n| delete"), event(1))
