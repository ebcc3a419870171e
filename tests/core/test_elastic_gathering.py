"""The events behind an alert that counts are told by group, time and what its rule reads."""

from __future__ import annotations

from typing import Any

from agentwarrant.event import Event
from agentwarrant.rules.load import load_text
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.alertdoc import Alert
from agentwarrant.siem.elastic.gathering import Gatherer

RULES = """\
title: Stop
name: stop
logsource: {product: ai_agent}
detection: {one: {event.action: kill_switch_engaged}, condition: one}
---
title: Act
name: act
logsource: {product: ai_agent}
detection: {one: {event.action: tool_call}, condition: one}
---
title: Acts after it was stopped
id: 11111111-1111-4111-8111-111111111111
name: after
correlation:
  type: temporal_ordered
  rules: [stop, act]
  group-by: [gen_ai.agent.id]
  timespan: 1h
  aliases:
    gen_ai.agent.id: {stop: warrant.target.agent, act: gen_ai.agent.id}
level: high
---
title: Often
id: 22222222-2222-4222-8222-222222222222
correlation:
  type: event_count
  rules: [after]
  group-by: [gen_ai.agent.id]
  timespan: 2h
  condition: {gte: 2}
level: high
"""


def rules() -> list[Rule]:
    return load_text(RULES, foreign=False)


def alert(**fields: Any) -> Alert:
    made = {
        "organization.id": "acme",
        "gen_ai.agent.id": "main",
        "first_match": "2026-01-01T12:00:00.000Z",
        "last_match": "2026-01-01T12:30:00.000Z",
    }
    kept = {name: value for name, value in (made | fields).items() if value is not None}
    return Alert("a1", "default", "2026-01-01T12:31:00.000Z", kept, ())


def named(title: str) -> Rule:
    return next(rule for rule in rules() if rule.title == title)


def event(number: int, **fields: Any) -> Event:
    made = {"@timestamp": "2026-01-01T12:00:00.000Z", "event.id": f"e{number}"}
    return made | fields


def test_each_event_is_in_the_group_by_the_field_that_its_own_rule_names() -> None:
    rule = named("Acts after it was stopped")
    events = [
        event(1, **{"event.action": "kill_switch_engaged", "warrant.target.agent": "Main"}),
        event(2, **{"event.action": "tool_call", "gen_ai.agent.id": "main"}),
        event(3, **{"event.action": "kill_switch_engaged", "gen_ai.agent.id": "main"}),
        event(4, **{"event.action": "tool_call", "gen_ai.agent.id": "other"}),
        event(5, **{"event.action": "login", "gen_ai.agent.id": "main"}),
    ]
    found = Gatherer(rules()).chosen(alert(), rule, events)
    assert [one["event.id"] for one in found] == ["e1", "e2"]


def test_a_field_that_is_another_one_in_some_rule_does_not_narrow_the_search() -> None:
    query = Gatherer(rules()).query(alert(), named("Acts after it was stopped"), "acme")
    assert query is not None
    terms = [one["term"] for one in query["bool"]["filter"] if "term" in one]
    assert terms == [{"organization.id": "acme"}]


def test_the_search_goes_back_over_the_windows_of_all_that_is_read() -> None:
    query = Gatherer(rules()).query(alert(), named("Often"), "acme")
    assert query is not None
    time = query["bool"]["filter"][0]["range"]["@timestamp"]
    assert time == {"gte": "2026-01-01T09:00:00.000Z", "lte": "2026-01-01T12:30:00.000Z"}


def test_an_alert_that_does_not_say_when_it_matched_is_searched_for_nothing() -> None:
    gatherer, rule = Gatherer(rules()), named("Often")
    assert gatherer.query(alert(first_match=None), rule, "acme") is None
    assert gatherer.query(alert(last_match="soon"), rule, "acme") is None
    assert gatherer.query(alert(), named("Act"), "acme") is None
