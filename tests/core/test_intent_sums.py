"""Numbers are known again in whatever form people, bills and programs write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant.intent.provenance import Source, says
from agentwarrant.intent.sums import number_of, numbers_in, other_forms, read
from agentwarrant.intent.values import Value, values_in

FORMS = [(",", "."), (".", ","), (" ", ","), ("'", "."), ("\u00a0", ","), ("", "."), ("", ",")]


def written(whole: int, cents: int, form: tuple[str, str]) -> str:
    """Return a sum as people of some country write it."""
    between, point = form
    return f"{whole:,}".replace(",", between) + f"{point}{cents:02}"


def as_called(whole: int, cents: int) -> str:
    """Return the text of the only value of a call that is given the sum as a number."""
    (value,) = values_in(f'{{"amount": {whole}.{cents:02}}}')
    return value.text


@given(st.integers(1_000, 10**9), st.integers(0, 99), st.sampled_from(FORMS))
def test_a_sum_is_known_again_in_every_form(whole: int, cents: int, form: tuple[str, str]) -> None:
    text, number = written(whole, cents, form), as_called(whole, cents)
    assert number in read(text)
    assert number in numbers_in(f"the total is {text} euros.")
    source = Source("1", "email", "bill", f"the total is {text} euros.", False)
    assert source.places(Value(number, False, "amount", True)) == [13]
    assert says(number, f"pay {text} now")


@given(st.integers(1_000, 10**9), st.integers(1_000, 10**9), st.sampled_from(FORMS))
def test_another_sum_is_another(one: int, other: int, form: tuple[str, str]) -> None:
    source = Source("1", "email", "bill", f"the total is {written(one, 0, form)} euros.", False)
    found = source.places(Value(str(other), False, "amount", True))
    assert bool(found) == (one == other)


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_no_text_breaks_the_reading_of_numbers(text: str) -> None:
    low = text.lower()
    for number in [number_of(low), *numbers_in(low)]:
        if number:
            other_forms(number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("eur 1,890.00", "1890"), ("1.890,00 eur", "1890"), ("95 mg", "95"), ("$5", "5"),
        ("12%", "12"), ("15 points", "15"), ("r2", ""), ("2024-05-14", ""), ("0:5", ""), ("", ""),
        ("about 5", ""), ("9:00", ""),
    ],
)  # fmt: skip
def test_an_argument_with_a_unit_is_a_number(text: str, number: str) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize("text", ["it is 47.5 mg", "in all 1,189.00", "from 5,000 on"])
def test_a_part_of_a_number_is_not_the_number(text: str) -> None:
    found: list[Any] = [
        Source("1", "web", "page", text, False).places(Value(number, False, "", True))
        for number in ("47", "189", "5")
    ]
    assert found == [[], [], []]


def test_large_and_fine_numbers_stand_as_they_are() -> None:
    texts = [value.text for value in values_in('{"a": 1200000.0, "b": 123456.78, "c": 98.70}')]
    assert texts == ["1200000", "123456.78", "98.7"]
