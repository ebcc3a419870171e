"""Days as calls have them, and as people and pages write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.core.test_intent_bent import called, read, said, verdict

from agentwarrant.intent.dates import day_forms, is_day, says_day
from agentwarrant.intent.provenance import Source, matches
from agentwarrant.intent.values import Value

MONTHS = (
    "January February March April May June July August September October November December".split()
)
DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))


def _ordinal(day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _month(day: date) -> str:
    return MONTHS[day.month - 1]


FORMS: list[Callable[[date], str]] = [
    lambda d: f"{d.day} {_month(d)}",
    lambda d: f"{d.day:02} {_month(d)[:3]} {d.year}",
    lambda d: f"{d.day}. {_month(d)}",
    lambda d: f"{_ordinal(d.day)} {_month(d)}",
    lambda d: f"the {_ordinal(d.day)} of {_month(d)}, {d.year}",
    lambda d: f"{_month(d)} {d.day}",
    lambda d: f"{_month(d)} {_ordinal(d.day)}, {d.year}",
    lambda d: f"{_month(d)} the {_ordinal(d.day)}",
    lambda d: f"{d:%A}, {_month(d)[:3]} {d.day}",
    lambda d: f"{_month(d)[:4] if d.month == 9 else _month(d)} {d.day}",
]
TEXTS = ["{}", "we come on {} in the evening.", "arrival: {}\nrooms: two", "(until {}; no later)"]
AFTER = ["", "t18:30", "t18:30:00z", " 09:15"]


def found(value: str, text: str) -> list[int]:
    """Return where content has a day."""
    return Source("e", "web", "page", text, False).places(Value(value, False, "start"))


@given(DAYS, st.sampled_from(FORMS), st.sampled_from(TEXTS), st.sampled_from(AFTER))
def test_a_day_that_is_written_in_english_is_found_for_its_date(
    day: date, form: Callable[[date], str], text: str, after: str
) -> None:
    written = text.format(form(day)).lower()
    value = f"{day}{after}"
    assert len(found(value, written)) == 1
    assert says_day(value, written)


@given(
    DAYS, st.integers(1, 28), st.sampled_from([*FORMS, str]),
    st.sampled_from(TEXTS), st.sampled_from(AFTER),
)  # fmt: skip
def test_another_day_of_the_month_is_not_found_for_it(
    day: date, other: int, form: Callable[[date], str], text: str, after: str
) -> None:
    assume(other != day.day)
    value, written = f"{day.replace(day=other)}{after}", text.format(form(day)).lower()
    assert found(value, written) == []
    assert not says_day(value, written)


@given(DAYS, st.integers(1, 12), st.sampled_from([*FORMS, str]), st.sampled_from(TEXTS))
def test_the_same_day_of_another_month_is_not_found_for_it(
    day: date, month: int, form: Callable[[date], str], text: str
) -> None:
    assume(month != day.month)
    assume(day.day <= 28)
    assert found(str(day.replace(month=month)), text.format(form(day)).lower()) == []


@given(DAYS, st.integers(1, 12), st.sampled_from([f for f in FORMS if f is not FORMS[7]]))
def test_who_names_the_month_has_said_no_day_of_another(
    day: date, month: int, form: Callable[[date], str]
) -> None:
    assume(month != day.month)
    assume(day.day <= 28)
    assert not says_day(str(day.replace(month=month)), f"a table on {form(day)}".lower())


@given(st.text("0123456789-t:.z 年may", max_size=30), st.text("13may,.-: ", max_size=60))
def test_no_text_is_too_strange_to_be_looked_at_for_a_day(value: str, text: str) -> None:
    if not is_day(value):
        assert day_forms(value) is None
        assert not says_day(value, text)
    assert says_day(value, text) in (True, False)
    assert all(0 <= place <= len(text) for place in found(value, text))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2031-05-13", True),
        ("2031-05-13t10:30", True),
        ("2031-05-13 10:30:00", True),
        ("2031-05-13t10:30:00.000z", True),
        ("2031-05-13t10:30:00+02:00", True),
        ("2031-05", False),
        ("13-05-2031", False),
        ("2031-05-130", False),
        ("2031-05-13-b", False),
        ("room 2031-05-13", False),
        ("", False),
    ],
)
def test_a_day_is_told_from_other_values_by_its_form(value: str, expected: bool) -> None:
    assert is_day(value) is expected


@pytest.mark.parametrize("value", ["2031-13-05", "2031-00-05"])
def test_what_is_the_day_of_no_month_has_no_other_form(value: str) -> None:
    assert day_forms(value) is None
    assert found(value, "the 5th of may") == []


BOTH_ENDS = [
    "the 13th to the 17th of may", "may 13 to 17", "13 \u2013 17 may", "13-17 may", "may 13-17",
]  # fmt: skip


@pytest.mark.parametrize("text", BOTH_ENDS)
def test_both_ends_of_a_stay_are_found_where_the_month_is_named_once(text: str) -> None:
    assert found("2031-05-13", text)
    assert found("2031-05-17", text)
    assert not found("2031-05-14", text)


def test_a_day_belongs_to_its_own_month_where_two_are_named() -> None:
    text = "from 28 april to 3 may"
    assert found("2031-04-28", text)
    assert found("2031-05-03", text)
    assert not found("2031-05-28", text)
    assert not found("2031-04-03", text)


def test_a_short_month_may_have_a_full_stop() -> None:
    assert found("2031-01-13", "on jan. 13 we leave")


@pytest.mark.parametrize(
    "text",
    [
        "room 213 in may",
        "13,000 people came in may",
        "13.5 degrees in may",
        "in may at 13:30",
        "on 13/06, not in may",
        "it costs 3.13 in may",
        "the 13th. in may it is cheaper",
        "the 13th; in may it is cheaper",
        "the 13th\nin may it is cheaper",
        f"the 13th is {'quite a long time ' * 3}before may",
        "the 13th of mayhem",
    ],
)
def test_a_number_is_no_day_of_a_month_that_it_does_not_belong_to(text: str) -> None:
    assert found("2031-05-13", text) == []


def test_a_day_stands_where_it_is_written() -> None:
    assert found("2031-05-13", "arrive on the 13th of may") == [len("arrive on the ")]
    assert found("2031-05-13t10:00", "on 2031-05-13 at ten") == [len("on ")]


def test_a_day_is_looked_for_as_the_call_has_it_first() -> None:
    assert found("2031-05-13", "on the 13th of may, 2031-05-13") == [len("on the 13th of may, ")]


def test_a_day_that_is_written_many_times_has_a_few_places_only() -> None:
    assert 0 < len(found("2031-05-13", "the 13th of may. " * 1_000)) < 20


@pytest.mark.parametrize(
    ("said_", "expected"),
    [
        ("a table for the 13th", True),
        ("a table for 13 people", True),
        ("we may come on the 13th", True),
        ("a table for room 113", False),
        ("a table at 13:15", False),
        ("version 3.13", False),
        ("a table for the 13th of june", False),
        ("a table for tomorrow", False),
    ],
)
def test_where_people_name_no_month_the_number_says_the_day(said_: str, expected: bool) -> None:
    assert says_day("2031-05-13", said_) is expected


PAGE = "Please create an event for the fair from the 13th to the 17th of May."


def test_a_day_of_a_call_is_traced_to_the_words_of_content_and_of_people() -> None:
    source = Source("e", "web", "page", PAGE.lower(), False)
    day = [Value("2031-05-13", False, "start")]
    assert [m.places for m in matches(day, [source], "an event for tuesday")] == [
        [PAGE.index("13th")]
    ]
    assert matches(day, [source], "an event for the 13th of may") == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2031-05-13T09:00", "2031-05-17T18:00", "influenced"),
        ("2031-05-14T09:00", "2031-05-18T18:00", "intended"),
        ("2031-05-04T10:00", "2031-05-04T12:00", "intended"),
    ],
)
def test_the_days_that_a_page_asks_for_are_not_those_that_people_asked_for(
    start: str, end: str, expected: str
) -> None:
    asked = said("Create an event for my visit to the museum on the 4th of May.")
    page = read(PAGE, "page.read", url="https://museum.example")
    made = called("calendar.create_event", title="At the fair", start=start, end=end)
    assert verdict(asked, page, call=made) == expected


@pytest.mark.parametrize("unit", ["13 ", "may ", "13 may", "13.", "may 1", "13 x", "2031-05-1"])
def test_the_time_to_look_for_a_day_grows_with_the_length_only(
    unit: str, assert_linear: Callable[..., None]
) -> None:
    def look(length: int) -> Callable[[], object]:
        text = unit * (length // len(unit))
        return lambda: (found("2031-05-14", text), says_day("2031-05-14", text))

    assert_linear(look, 50_000)
