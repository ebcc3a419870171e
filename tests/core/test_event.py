"""Times, ids and texts of events."""

from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.event import (
    compact_json,
    cut,
    digest,
    epoch_ms,
    event_id,
    iso_from_ms,
    iso_time,
    text_of,
)

MILLISECONDS = st.integers(10**11, 99 * 10**11)  # 1973 to 2283: told apart by size in any unit
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MILLISECONDS)
def test_a_time_is_the_same_in_milliseconds_microseconds_and_nanoseconds(ms: int) -> None:
    expected = iso_from_ms(ms)
    assert iso_time(ms) == iso_time(ms * 1000) == iso_time(ms * 1_000_000) == expected
    assert iso_time(str(ms)) == expected


@given(st.integers(0, 99 * 10**9))
def test_a_time_in_seconds_is_the_same_as_number_and_as_text(seconds: int) -> None:
    assert iso_time(seconds) == iso_time(str(seconds)) == iso_from_ms(seconds * 1000)


@given(MILLISECONDS)
def test_a_time_goes_to_text_and_back(ms: int) -> None:
    assert epoch_ms(iso_from_ms(ms)) == ms
    assert iso_time(iso_from_ms(ms)) == iso_from_ms(ms)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), OFFSETS)  # noqa: DTZ001  # made aware below
def test_an_offset_changes_the_writing_and_not_the_moment(naive: datetime, zone: timezone) -> None:
    moment = naive.replace(tzinfo=zone)
    assert iso_time(moment.isoformat()) == iso_time(moment.astimezone(UTC).isoformat())


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000Z"),
        ("2026-01-31 10:00:00.1239", "2026-01-31T10:00:00.123Z"),
        ("2026-01-31T10:00:00.5+02:00", "2026-01-31T08:00:00.500Z"),
        (" 2026-01-31 ", "2026-01-31T00:00:00.000Z"),
        (1769853600.5, "2026-01-31T10:00:00.500Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_what_sources_write_as_a_time_is_read(value: object, iso: str) -> None:
    assert iso_time(value) == iso


@pytest.mark.parametrize(
    "value",
    [None, True, "", "soon", "²", -1, 10**30, 10**400, "1" * 5000, float("nan"), float("inf"),
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", [], {}, b"2026-01-31"],
)  # fmt: skip
def test_what_is_no_time_is_refused_as_a_value(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        iso_time(value)


@given(st.text() | st.integers() | st.floats() | st.none() | st.binary())
def test_no_value_is_refused_in_another_way(value: object) -> None:
    try:
        assert iso_time(value).endswith("Z")
    except ValueError:
        return


PARTS = st.lists(st.text(max_size=8), max_size=4)


@given(PARTS, PARTS)
def test_ids_are_equal_for_equal_parts_and_differ_for_others(
    one: list[str], other: list[str]
) -> None:
    assert (event_id("source", *one) == event_id("source", *other)) == (one == other)


def test_ids_differ_when_a_part_moves_over_the_border() -> None:
    assert len({digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("abc", "")}) == 4
    assert len({digest("a\x1fb", "c"), digest("a", "b\x1fc")}) == 2


@given(st.text(), st.text())
def test_ids_of_two_sources_differ(source: str, other: str) -> None:
    assert (event_id(source, "1") == event_id(other, "1")) == (source == other)


def test_an_id_is_lower_case_hexadecimal_of_the_size_asked_for() -> None:
    assert len(digest("x")) == 32
    assert len(digest(b"x", size=8)) == 16
    assert digest("\ud800") != digest("\udfff")


@given(st.text(), st.integers(0, 50))
def test_a_cut_text_says_that_it_is_cut(text: str, limit: int) -> None:
    kept, was_cut = cut(text, limit)
    assert text.startswith(kept)
    assert (was_cut == "yes") == (kept != text)
    assert len(kept) <= limit


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_value_has_a_text(value: object) -> None:
    text = compact_json(value)
    if not text.startswith(("'", '"', "[", "{")) or "\n" in text:
        return
    assert text in (orjson.dumps(value).decode(), repr(value)) if _plain(value) else text


def _plain(value: object) -> bool:
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True


def test_a_value_that_json_cannot_hold_still_has_a_text() -> None:
    assert compact_json({"n": 10**30, 1: "x"}) == "{'n': 1000000000000000000000000000000, 1: 'x'}"
    assert compact_json({1: {"a": b"x"}}) == '{"1":{"a":"b\'x\'"}}'


def test_a_field_is_read_as_text_whatever_it_holds() -> None:
    event = {"a": "x", "b": ["y", "z"], "c": 3, "d": []}
    found = [text_of(event, name, "none") for name in "abcde"]  # type: ignore[arg-type]  # a plain dict is invariant
    assert found == ["x", "y", "3", "none", "none"]
