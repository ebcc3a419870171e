import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant import vocabulary
from agentwarrant.event import ECS_VERSION, Event
from agentwarrant.finding import Severity
from agentwarrant.schema import (
    field_type,
    finding_problems,
    load,
    own_fields,
    problems,
    taxonomy,
)

DOCS = Path(__file__).parents[2] / "docs" / "events.md"
PROPERTIES = load("event.schema.json")["$defs"]["fields"]["properties"]
ENUMS = {name: spec["enum"] for name, spec in PROPERTIES.items() if "enum" in spec}
CALLS = [("tool_call", name) for name in vocabulary.TOOL_CLASSES]
HAPPENINGS = [(name, "other") for name in vocabulary.ACTIONS] + CALLS
WORDS = st.text(max_size=30)


def event_of(
    action: str = "tool_call",
    tool_class: str = "exec",
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Event:
    category, kind = vocabulary.category_of(action, tool_class)
    return {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        **vocabulary.DEFAULTS,
        "event.id": "e1",
        "event.action": action,
        "event.category": category,
        "event.type": kind,
        "event.module": "openclaw",
        "event.dataset": "openclaw.events",
        "gen_ai.tool.name": "bash",
        "warrant.arguments.text": "{}",
        "warrant.tool.class": tool_class,
        **more,
    }


def finding_of(more: Mapping[str, Any] = MappingProxyType({})) -> Event:
    return {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": "f1",
        "event.kind": "alert",
        "rule.id": "r1",
        "rule.name": "Agent reads a credential",
        "warrant.finding.severity": "high",
        "event.risk_score": 73.0,
        "message": "main read a key",
        "warrant.finding.reasons": ["it was told to by a web page"],
        "warrant.finding.events": ["e1"],
        "warrant.case.id": "c1",
        "gen_ai.agent.id": "main",
        "gen_ai.conversation.id": "s1",
        "organization.id": "acme",
        "log.file.path": ["a.jsonl", "b.jsonl"],
        "threat.framework": "MITRE ATT&CK",
        "threat.technique.id": ["T1552"],
        "warrant.tool.class": "exec",
        **more,
    }


@pytest.mark.parametrize(("action", "tool_class"), HAPPENINGS)
def test_every_action_and_class_makes_a_right_event(action: str, tool_class: str) -> None:
    assert problems(event_of(action, tool_class)) == []


@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(v) for name, v in ENUMS.items()}))
def test_every_word_of_the_vocabulary_is_allowed(words: Event) -> None:
    words.pop("event.action", None)
    assert problems(event_of(more=words)) == []


@pytest.mark.parametrize("name", sorted(ENUMS))
@given(word=WORDS)
@settings(max_examples=10)
def test_no_other_word_is(name: str, word: str) -> None:
    found = problems(event_of(more={name: word}))
    assert bool(found) is (word not in ENUMS[name])


@pytest.mark.parametrize("name", sorted(vocabulary.DEFAULTS))
def test_what_every_event_carries_is_required(name: str) -> None:
    event = event_of()
    del event[name]
    assert problems(event) == [f"the key {name!r} is missing"]


def test_the_schema_and_the_vocabulary_say_the_same() -> None:
    assert tuple(ENUMS["event.action"]) == vocabulary.ACTIONS
    assert tuple(ENUMS["warrant.tool.class"]) == vocabulary.TOOL_CLASSES
    assert tuple(ENUMS["warrant.origin"]) == vocabulary.ORIGINS
    severity = load("finding.schema.json")["properties"]["warrant.finding.severity"]
    assert severity["enum"] == [str(word) for word in Severity]
    assert load("ecs.json")["ecs_version"] == ECS_VERSION


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source.ip", "not an address"),
        ("process.pid", "12"),
        ("process.pid", True),
        ("event.start", "yesterday"),
        ("event.start", "2026-01-31T10:00:00"),
        ("event.risk_score", float("nan")),
        ("user.name", ["two", "names"]),
        ("process.args", ["ls", 1]),
        ("gen_ai.tool.call.arguments", "{}"),
        ("user.nickname", "x"),
        ("warrant.unheard_of", "x"),
        ("warrant.finding.severity", "high"),
        ("Odd Name", "x"),
        ("warrant.secret.types", "token"),
        ("warrant.record.line", 1.5),
        ("@timestamp", "2026-01-31 10:00"),
        ("event.category", ["agents"]),
        ("event.type", ["connection"]),
    ],
)
def test_what_ecs_or_our_schema_does_not_know_is_named(name: str, value: object) -> None:
    found = problems(event_of(more={name: value}))
    assert any(line.startswith(f"{name}: ") for line in found)


@pytest.mark.parametrize(("action", "missing"), [("tool_call", 2), ("heartbeat", 0)])
def test_a_tool_call_says_which_tool_and_with_what(action: str, missing: int) -> None:
    event = event_of(action)
    del event["gen_ai.tool.name"], event["warrant.arguments.text"]
    assert len(problems(event)) == missing


@given(st.dictionaries(WORDS, st.one_of(WORDS, st.integers(), st.floats(), st.lists(WORDS))))
@settings(max_examples=50)
def test_hostile_events_are_answered_and_never_crash(event: Event) -> None:
    assert problems(event)
    assert finding_problems(event)


def test_a_finding_is_right_with_what_the_contract_asks_and_its_events_fields() -> None:
    assert finding_problems(finding_of()) == []


@pytest.mark.parametrize("name", load("finding.schema.json")["required"])
def test_a_finding_lacks_nothing(name: str) -> None:
    finding = finding_of()
    del finding[name]
    assert finding_problems(finding) == [f"the key {name!r} is missing"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event.kind", "event"),
        ("event.risk_score", 101),
        ("warrant.finding.events", []),
        ("warrant.taxonomy.atlas", ["T0051"]),
        ("threat.framework", "MITRE ATLAS"),
    ],
)
def test_a_wrong_finding_is_named(name: str, value: object) -> None:
    assert [line.partition(":")[0] for line in finding_problems(finding_of({name: value}))] == [
        name
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("@timestamp", "date"),
        ("source.ip", "ip"),
        ("labels.env", "keyword"),
        ("gen_ai.conversation.id", "keyword"),
        ("warrant.content.text", "wildcard"),
        ("warrant.record.line", "long"),
        ("warrant.payment.amount", "float"),
        ("warrant.finding.reasons", "keyword"),
        ("warrant.unheard_of", None),
        ("", None),
    ],
)
def test_a_field_has_one_type(name: str, expected: str | None) -> None:
    assert field_type(name) == expected


def test_no_field_of_ours_is_another_type_in_ecs() -> None:
    fields = load("ecs.json")["fields"]
    for name in own_fields("finding"):
        assert not (name.startswith("warrant.") and name in fields)


def test_every_field_and_every_word_of_ours_is_documented() -> None:
    rows = re.findall(
        r"^\| `(warrant\.[\w.]+)`(?: \(always\))? \| (.*?) \|", DOCS.read_text(), re.M
    )
    assert {name for name, _ in rows} == {
        n for n in own_fields("finding") if n.startswith("warrant.")
    }
    for name, values in rows:
        if name in ENUMS:
            assert re.findall(r"`(\w+)`", values) == ENUMS[name]


def test_the_documentation_says_which_fields_are_always_there() -> None:
    always = re.findall(r"^\| `(warrant\.[\w.]+)` \(always\)", DOCS.read_text(), re.M)
    assert sorted(always) == sorted(n for n in vocabulary.DEFAULTS if n.startswith("warrant."))


def test_every_technique_has_a_name_and_known_tactics() -> None:
    for framework in ("attack", "atlas"):
        tables = taxonomy()[framework]
        for name, *tactics in tables["techniques"].values():
            assert name
            assert tactics
            assert set(tactics) <= set(tables["tactics"])
