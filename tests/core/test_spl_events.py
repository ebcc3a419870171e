"""What a search sees of an event that the HTTP Event Collector took."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.spl import Doubt, Refused
from tests.spl.events import row_of

ROOM = 10_240


def seen(event: object, maxchars: int = ROOM, **rest: object) -> dict[str, object]:
    envelope = json.dumps({"time": 1.5, "event": event, **rest})
    found = row_of(envelope, maxchars)
    return {name: value for name, value in found.items() if name != "_raw"}


def test_nested_objects_have_dotted_names_and_lists_braces() -> None:
    """Search Reference, "spath": ``a.b``, and ``a.b{}`` for the members of a list."""
    event = {"a": {"b": "x", "c": ["1", "2"]}, "d": ["only"], "e": []}
    assert seen(event) == {"a.b": "x", "a.c{}": ["1", "2"], "d{}": "only", "_time": 1.5}


def test_a_dotted_key_has_the_same_name_as_nested_objects() -> None:
    assert seen({"a.b": ["x"]}) == seen({"a": {"b": ["x"]}})


def test_objects_in_a_list_have_names_behind_the_braces() -> None:
    assert seen({"a": [{"b": "x"}, {"b": "y"}]}) == {"a{}.b": ["x", "y"], "_time": 1.5}


def test_numbers_are_what_was_written() -> None:
    """They are texts (Search Reference, "search", "Comparison expression options")."""
    assert seen({"a": 7.0, "b": 7, "c": True}) == {"a": "7.0", "b": "7", "c": "true", "_time": 1.5}


def test_indexed_fields_and_metadata_are_fields_besides() -> None:
    """Getting Data In, "Format events for HTTP Event Collector"."""
    found = seen({"a": "x"}, fields={"aw_id": "1"}, index="i", sourcetype="s", host="h")
    assert found == {
        "a": "x",
        "aw_id": "1",
        "index": "i",
        "sourcetype": "s",
        "host": "h",
        "_time": 1.5,
    }


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(Refused):
        seen({"a": [["x"]]})
    with pytest.raises(Refused):
        seen("text")
    with pytest.raises(Refused):
        seen({"a": "x"}, fields={"a": "y"})
    with pytest.raises(Doubt):
        seen({"a": None})


def test_only_the_beginning_of_an_event_is_read() -> None:
    """limits.conf, [kv], maxchars: 10,240 by default."""
    event = {"a": {"b": "x"}, "long": "y" * ROOM, "after": "z"}
    assert seen(event) == {"a.b": "x", "_time": 1.5}
    assert seen(event, 2 * ROOM)["after"] == "z"


NAMES = st.sampled_from(["a", "b", "c.d", "e"])
LEAVES = st.one_of(st.text(max_size=8), st.integers(-99, 99), st.booleans())
EVENTS = st.dictionaries(
    NAMES,
    st.recursive(
        st.one_of(LEAVES, st.lists(LEAVES, max_size=3)),
        lambda inner: st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@given(EVENTS, st.integers(1, 200))
def test_what_is_read_of_the_beginning_is_part_of_the_whole(
    event: dict[str, object], room: int
) -> None:
    whole, beginning = seen(event, 10_000), seen(event, room)
    for name, value in beginning.items():
        said = value if isinstance(value, list) else [value]
        known = whole[name]
        assert said == (known if isinstance(known, list) else [known])[: len(said)]
