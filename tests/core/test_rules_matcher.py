"""A Sigma condition means the same here as in the specification."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.errors import ContentErrors
from agentwarrant.event import Event
from agentwarrant.rules.load import load_text
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule


def rule(detection: dict[str, Any], *, foreign: bool = True, **logsource: str) -> Rule:
    document = {
        "title": "t",
        "logsource": {"product": "ai_agent", **logsource},
        "detection": detection,
    }
    (built,) = load_text(json.dumps(document), "rules/t.yml", foreign=foreign)
    return built


def matches(built: Rule, event: Event) -> bool:
    """Does a rule match: as a flat event, as a line with dotted names, as a nested line?"""
    matcher = Matcher([built])
    answers = {
        bool(matcher.hits(event)),
        bool(Matcher([built], compile_after=0).hits(event)),
        bool(matcher.line(orjson.dumps(event))),
        bool(Matcher([built]).line(orjson.dumps(nested(event)))),
    }
    assert len(answers) == 1
    return answers.pop()


def nested(event: Event) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in event.items():
        *above, last = name.split(".")
        place = made
        for part in above:
            place = place.setdefault(part, {})
        place[last] = value
    return made


def holds(condition: dict[str, Any], event: Event) -> bool:
    return matches(rule({"s": condition, "condition": "s"}), event)


def refused(detection: dict[str, Any]) -> str:
    with pytest.raises(ContentErrors) as caught:
        rule(detection)
    return "; ".join(str(fault) for fault in caught.value.faults)


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
    assert matches(built, {"x": "1"}) is expected


def test_a_word_without_a_field_is_looked_for_everywhere() -> None:
    built = rule({"words": ["mimikatz"], "condition": "words"})
    assert matches(built, {"a": ["x", "run Mimikatz now"]})
    assert not matches(built, {"a": "other", "n": 3})


def test_a_service_is_a_source() -> None:
    event: Event = {"event.action": "tool_call", "event.module": "openclaw"}
    asked = {"s": {"event.action": "tool_call"}, "condition": "s"}
    assert matches(rule(asked, foreign=False, service="openclaw"), event)
    assert not matches(rule(asked, foreign=False, service="codex"), event)
    assert matches(rule(asked, foreign=True, service="codex"), event)


@pytest.mark.parametrize(
    "detection",
    [
        {"s": {"a|re": "("}, "condition": "s"},
        {"s": {"a": "x"}, "condition": "s and"},
        {"s": {"a": "x"}, "condition": "other"},
        {"s": {"a|unheard": "x"}, "condition": "s"},
        {"s": {"a": "x"}},
    ],
)
def test_what_cannot_be_expressed_is_refused_with_its_place(detection: dict[str, Any]) -> None:
    assert refused(detection).startswith("rules/t.yml:")


def test_several_conditions_are_alternatives() -> None:
    built = rule({"s": {"a": "x"}, "t": {"a": "y"}, "condition": ["s", "t"]})
    assert [matches(built, {"a": value}) for value in "xyz"] == [True, True, False]


TEXT = st.text(alphabet="aB*?\\.\n", max_size=6)


@given(TEXT, TEXT)
def test_contains_is_what_python_calls_in(part: str, whole: str) -> None:
    escaped = part.replace("\\", "\\\\").replace("*", r"\*").replace("?", r"\?")
    expected = part.lower() in whole.lower()
    assert holds({"a|contains": escaped}, {"a": whole}) is expected
