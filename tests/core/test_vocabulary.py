"""The words an event may use, held against ECS and against the schema of events."""

import pytest

from agentwarrant import vocabulary
from agentwarrant.schema import load, problems
from agentwarrant.vocabulary import (
    ACTIONS,
    DEFAULTS,
    ORIGINS,
    SENSITIVE_CLASSES,
    TOOL_ACTS,
    TOOL_CLASSES,
    UNTRUSTED_ORIGINS,
    category_of,
)


def enumerated(name: str) -> set[str]:
    """Return the values that the schema of events allows a field."""
    return set(load("event.schema.json")["$defs"]["fields"]["properties"][name]["enum"])


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("warrant.origin", ORIGINS),
        ("warrant.tool.class", TOOL_CLASSES),
        ("event.action", ACTIONS),
    ],
)
def test_the_schema_of_events_allows_exactly_these_words(
    field: str, words: tuple[str, ...]
) -> None:
    assert enumerated(field) == set(words)
    assert len(words) == len(set(words))


def test_the_schema_of_events_allows_exactly_these_acts() -> None:
    known = load("event.schema.json")["$defs"]["fields"]["properties"]["warrant.tool.acts"]
    assert known["items"]["enum"] == list(TOOL_ACTS)


@pytest.mark.parametrize("tool_class", ["", *TOOL_CLASSES])
@pytest.mark.parametrize("action", ACTIONS)
def test_ecs_allows_the_types_of_every_action(action: str, tool_class: str) -> None:
    category, kind = category_of(action, tool_class)
    event = {
        **DEFAULTS,
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": "1",
        "event.action": action,
        "event.category": category,
        "event.type": kind,
    }
    said = [p for p in problems(event) if "event.category" in p or "event.type" in p]
    assert said == []


def test_an_action_out_of_the_vocabulary_is_refused() -> None:
    with pytest.raises(KeyError):
        category_of("teleport")


def test_only_a_tool_call_is_filed_by_its_class() -> None:
    assert category_of("tool_result", "exec") == category_of("tool_result")
    assert category_of("tool_call", "exec") != category_of("tool_call")


def test_the_sensitive_classes_are_the_stronger_ones() -> None:
    weaker = TOOL_CLASSES[len(SENSITIVE_CLASSES) :]
    assert weaker == ("exec", "write", "discovery", "read", "other")


def test_who_may_instruct_is_never_among_the_untrusted() -> None:
    assert set(ORIGINS) > UNTRUSTED_ORIGINS
    assert not UNTRUSTED_ORIGINS & {"user", "schedule", "system"}


@pytest.mark.parametrize("name", [n for n in DEFAULTS if n.startswith("warrant.")])
def test_a_default_is_a_value_that_the_schema_allows(name: str) -> None:
    assert DEFAULTS[name] in enumerated(name)


def test_no_word_of_the_vocabulary_is_a_boolean() -> None:
    assert not [name for name, value in vocabulary.DEFAULTS.items() if isinstance(value, bool)]
