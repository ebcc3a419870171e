"""The tests at the bottom of a rule file mean what they say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.shipped import shipped_rules

from agentwarrant import schema
from agentwarrant.event import epoch_ms
from agentwarrant.rules.check import events_of, make_events, run_tests
from agentwarrant.rules.model import Rule


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    rules: list[Rule] = shipped_rules()
    return rules


def outcome(rules: list[Rule], name: str, *tests: dict[str, Any]) -> list[tuple[bool, int, str]]:
    known = [replace(rule, tests=tests if rule.name == name else ()) for rule in rules]
    return [(result.passed, result.found, result.error) for result in run_tests(known)]


def times(*parts: dict[str, Any]) -> list[int]:
    made = [epoch_ms(str(event["@timestamp"])) for event in make_events(parts)]
    return [(time - made[0]) // 1000 for time in made]


def test_what_a_test_leaves_out_is_filled_in_and_valid() -> None:
    for part in ({}, {"event.action": "message_received"}, {"warrant.tool.class": "payment"}):
        (event,) = make_events([part])
        assert schema.problems(event) == []


def test_after_repeat_and_every_are_times_and_no_fields() -> None:
    assert times({"repeat": 3}) == [0, 1, 2]
    assert times({"repeat": 3, "every": "1m"}) == [0, 60, 120]
    assert times({}, {"after": "2h"}) == [0, 7200]
    assert not {"after", "repeat", "every"} & set(next(make_events([{"repeat": 1, "every": "1s"}])))


def test_every_event_of_a_test_has_its_own_id() -> None:
    ids = [event["event.id"] for event in make_events([{"repeat": 20}, {"repeat": 20}])]
    assert len(set(ids)) == 40


def test_a_wrong_expectation_fails_and_says_what_was_found(rules: list[Rule]) -> None:
    test = {"name": "t", "events": [{"repeat": 61}], "finds": 0}
    assert outcome(rules, "machine_speed_burst", test) == [(False, 1, "")]
    assert outcome(rules, "machine_speed_burst", {**test, "finds": 1}) == [(True, 1, "")]


@pytest.mark.parametrize(
    "broken",
    [
        {"events": [{"after": "soon"}]},
        {"events": [{"repeat": "often"}]},
        {"events": [{"event.action": "unheard_of"}]},
        {"source": "nobody", "records": [{}]},
        {"source": "openclaw", "records": []},
        {"sources": {"openclaw": [{}], "nobody": [{}]}},
    ],
)
def test_a_test_that_cannot_be_run_fails_with_a_reason(
    rules: list[Rule], broken: dict[str, Any]
) -> None:
    ((passed, _, error),) = outcome(
        rules, "machine_speed_burst", {"name": "t", "finds": 0, **broken}
    )
    assert not passed
    assert error


def test_records_are_read_as_a_scan_reads_them() -> None:
    records = [
        {"type": "session", "version": 4, "id": "s1", "timestamp": "2026-01-01T00:00:00Z"},
        {"type": "message", "id": "m1", "timestamp": "2026-01-01T00:00:01Z",
         "message": {"role": "assistant", "content": [
             {"type": "toolCall", "id": "c1", "name": "exec", "arguments": {"command": "ls"}}]}},
    ]  # fmt: skip
    start, call = events_of({"source": "openclaw", "records": records})
    assert start["entity.id"] == call["entity.id"]
    assert call["warrant.intent.verdict"] == "unknown"


def test_records_of_several_sources_are_one_course_of_events() -> None:
    record = {"type": "session", "version": 4, "id": "s1", "timestamp": "2026-01-01T00:00:01Z"}
    login = {
        "eventType": "user.session.start", "uuid": "1", "version": "0", "target": [],
        "actor": {"id": "00u1", "type": "User"}, "outcome": {"result": "SUCCESS"},
    }  # fmt: skip
    logins = [{**login, "published": f"2026-01-01T00:00:0{n}Z", "uuid": str(n)} for n in (0, 2)]
    events = events_of({"sources": {"openclaw": [record], "okta": logins}})
    assert [event["event.module"] for event in events] == ["okta", "openclaw", "okta"]


def test_a_field_that_is_null_is_absent() -> None:
    (event,) = make_events([{"gen_ai.agent.id": None, "warrant.tool.class": None}])
    assert not {"gen_ai.agent.id", "warrant.tool.class"} & set(event)
