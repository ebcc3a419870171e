"""A Sigma condition means the same here as in the specification."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant import content
from agentwarrant.event import Event
from agentwarrant.rules.load import build
from agentwarrant.rules.model import Rule


def rule(detection: dict[str, Any], **logsource: str) -> Rule:
    document = {
        "title": "t",
        "logsource": {"product": "ai_agent", **logsource},
        "detection": detection,
    }
    documents, faults = content.parse(json.dumps(document), "rules/t.yml")
    assert faults == []
    (built,), faults = build(documents, "rules/t.yml")
    assert faults == []
    return built


def holds(condition: dict[str, Any], event: Event, **logsource: str) -> bool:
    found = rule({"s": condition, "condition": "s"}, **logsource).predicate
    assert found is not None
    return found(event)


def refused(detection: dict[str, Any]) -> str:
    document = {"title": "t", "logsource": {"product": "ai_agent"}, "detection": detection}
    rules, faults = build(content.parse(json.dumps(document), "t.yml")[0], "t.yml")
    assert rules == []
    return "; ".join(str(fault) for fault in faults)


YES: list[tuple[dict[str, Any], Event]] = [
    ({"a": "curl"}, {"a": "curl"}),
    ({"a": "curl"}, {"a": "CURL"}),
    ({"a|cased": "Curl"}, {"a": "Curl"}),
    ({"a": "cu*"}, {"a": "curl -s"}),
    ({"a": "*rl"}, {"a": "curl"}),
    ({"a": "*ur*"}, {"a": "cURl"}),
    ({"a": "c?rl"}, {"a": "carl"}),
    ({"a": "c*r?"}, {"a": "c\nurl"}),
    ({"a": "*"}, {"a": ""}),
    ({"a": r"\*"}, {"a": "*"}),
    ({"a": ["x", "y"]}, {"a": "y"}),
    ({"a": "y"}, {"a": ["x", "Y"]}),
    ({"a": "y", "b": "z"}, {"a": "y", "b": "z"}),
    ({"a|contains": "ur"}, {"a": "curl"}),
    ({"a|contains|all": ["c", "l"]}, {"a": "curl"}),
    ({"a|startswith": "cu"}, {"a": "Curl"}),
    ({"a|endswith": "rl"}, {"a": "curl"}),
    ({"a|re": "^c.*l$"}, {"a": "curl"}),
    ({"a|re|i": "CURL"}, {"a": "curl"}),
    ({"a": 7}, {"a": 7}),
    ({"a": 7}, {"a": "7"}),
    ({"a": 7}, {"a": 7.0}),
    ({"a": "7"}, {"a": 7}),
    ({"a|gte": 7}, {"a": 7}),
    ({"a|gt": 7}, {"a": 7.5}),
    ({"a|lt": 7}, {"a": "6"}),
    ({"a|lte": 7}, {"a": [9, 7]}),
    ({"a|cidr": "10.0.0.0/8"}, {"a": "10.1.2.3"}),
    ({"a|cidr": "fd00::/8"}, {"a": "fd00::1"}),
    ({"a|exists": True}, {"a": ""}),
    ({"a|exists": False}, {"b": "x"}),
    ({"a": None}, {"b": "x"}),
    ({"a|fieldref": "b"}, {"a": "x", "b": "X"}),
    ({"a|fieldref": "b"}, {"a": ["x", "y"], "b": ["z", "y"]}),
    ({"a|base64offset|contains": "secret"}, {"a": "xxc2VjcmV0xx"}),
    ({"a|windash|contains": " -f"}, {"a": "rm /f"}),
]
NO: list[tuple[dict[str, Any], Event]] = [
    ({"a": "curl"}, {"a": "curl "}),
    ({"a": "curl"}, {}),
    ({"a|cased": "Curl"}, {"a": "curl"}),
    ({"a": "c?rl"}, {"a": "crl"}),
    ({"a": r"\*"}, {"a": "x"}),
    ({"a": "y", "b": "z"}, {"a": "y"}),
    ({"a": "y"}, {"a": []}),
    ({"a|contains|all": ["c", "x"]}, {"a": "curl"}),
    ({"a|re": "^url"}, {"a": "curl"}),
    ({"a|re": "CURL"}, {"a": "curl"}),
    ({"a": 7}, {"a": "seven"}),
    ({"a|gt": 7}, {"a": 7}),
    ({"a|gt": 7}, {"a": "many"}),
    ({"a|gt": 7}, {}),
    ({"a|cidr": "10.0.0.0/8"}, {"a": "11.1.2.3"}),
    ({"a|cidr": "10.0.0.0/8"}, {"a": "nonsense"}),
    ({"a|exists": True}, {"b": "x"}),
    ({"a|exists": False}, {"a": "x"}),
    ({"a": None}, {"a": "x"}),
    ({"a|fieldref": "b"}, {"a": "x"}),
    ({"a|fieldref": "b"}, {"a": "x", "b": "y"}),
]


@pytest.mark.parametrize(("condition", "event"), YES, ids=lambda value: json.dumps(value))
def test_it_matches(condition: dict[str, Any], event: Event) -> None:
    assert holds(condition, event)


@pytest.mark.parametrize(("condition", "event"), NO, ids=lambda value: json.dumps(value))
def test_it_does_not_match(condition: dict[str, Any], event: Event) -> None:
    assert not holds(condition, event)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a and b", False), ("a or b", True), ("not b", True), ("a and not b", True),
        ("1 of them", True), ("all of them", False), ("1 of a*", True), ("not (a or b)", False),
    ],
)  # fmt: skip
def test_conditions_join_selections(condition: str, expected: bool) -> None:
    built = rule({"a": {"x": "1"}, "b": {"x": "2"}, "condition": condition})
    assert built.predicate is not None
    assert built.predicate({"x": "1"}) is expected


def test_a_word_without_a_field_is_looked_for_everywhere() -> None:
    built = rule({"words": ["mimikatz"], "condition": "words"})
    assert built.predicate is not None
    assert built.predicate({"a": ["x", "run Mimikatz now"]})
    assert not built.predicate({"a": "other", "n": 3})


def test_a_service_is_a_source() -> None:
    event: Event = {"a": "x", "event.module": "openclaw"}
    assert holds({"a": "x"}, event, service="openclaw")
    assert not holds({"a": "x"}, event, service="codex")


def test_a_rule_knows_what_it_reads_and_which_actions_it_can_match() -> None:
    call = {"event.action": "tool_call", "a": "x"}
    assert rule({"s": call, "condition": "s"}).actions == {"tool_call"}
    assert rule({"s": {"event.action": ["b", "c"]}, "condition": "s"}).actions == {"b", "c"}
    assert rule({"s": call, "condition": "not s"}).actions == frozenset()
    assert rule({"s": {"event.action": "tool*"}, "condition": "s"}).actions == frozenset()
    assert rule({"s": {"a|fieldref": "b"}, "condition": "s"}).fields == {"a", "b"}
    assert rule({"s": {"a": "x"}, "condition": "s"}, service="s").fields == {"a", "event.module"}
    assert rule({"s": {"a": "x"}, "w": ["y"], "condition": "s and w"}).fields == frozenset()


@pytest.mark.parametrize(
    "detection",
    [
        {"s": {"a|re": "("}, "condition": "s"},
        {"s": {"a": "x"}, "condition": "s and"},
        {"s": {"a": "x"}, "condition": "other"},
        {"s": {"a|unheard": "x"}, "condition": "s"},
        {"s": {"a": "x"}, "t": {"a": "y"}, "condition": ["s", "t"]},
        {"s": {"a": "x"}},
    ],
)
def test_what_cannot_be_expressed_is_refused_with_its_place(detection: dict[str, Any]) -> None:
    assert refused(detection).startswith("t.yml:")


def test_a_rule_about_other_logs_is_refused() -> None:
    document = {
        "title": "t",
        "logsource": {"product": "windows"},
        "detection": {"s": {"a": "x"}, "condition": "s"},
    }
    rules, faults = build(content.parse(json.dumps(document), "t.yml")[0], "t.yml")
    assert rules == []
    assert "log source" in str(faults[0])


TEXT = st.text(alphabet="aB*?\\.\n", max_size=6)


@given(TEXT, TEXT)
def test_contains_is_what_python_calls_in(part: str, whole: str) -> None:
    escaped = part.replace("\\", "\\\\").replace("*", r"\*").replace("?", r"\?")
    expected = part.lower() in whole.lower()
    assert holds({"a|contains": escaped}, {"a": whole}) is expected
