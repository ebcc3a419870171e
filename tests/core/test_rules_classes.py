"""A value belongs to the class that a plain reading of every atom gives it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentwarrant.event import iso_time
from agentwarrant.rules import classes
from agentwarrant.rules.classes import Field
from agentwarrant.rules.ir import fold

Atom = tuple[str, Any]

LETTERS = "aAbkK\u212as\u017fS\u00df\u1e9ei\u0130\u0131\u03c3\u03c2\u03a3e\u0301\u00e9"
SIGNS = "*?.\\\n \x01\x02\x03-10"
HALVES = "\ud800\udc00"

texts = st.text(alphabet=LETTERS + SIGNS, max_size=5)
short = st.text(alphabet="ab\x02", max_size=3)
numbers = st.sampled_from((0, 1, -1, 2, 7, 1.0, 7.5, -0.0, 10**16, 1e16, 2**63, 2.0**63, 2**64))
networks = st.sampled_from(
    ("10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "::/0", "fe80::/10", "::1/128")
)
addresses = st.sampled_from(
    ("10.1.2.3", " 10.1.2.3", "11.0.0.1", "::1", "fe80::1", "fe80::1%e", "1")
)
times = st.sampled_from(("2024-02-29T23:59:00Z", "2024-03-01", 1_700_000_000, "1700000000", "no"))

scalars = st.one_of(
    texts,
    short,
    st.text(alphabet=LETTERS + HALVES, max_size=4),
    numbers,
    numbers.map(str),
    st.booleans(),
    st.sampled_from(("true", "FALSE", "1e3", "007", "", "a" * 5_000, 10**400)),
    addresses,
    times,
)
values = st.recursive(
    st.one_of(scalars, scalars, st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=1)
    ),
    max_leaves=4,
)


def worded(kind: str) -> st.SearchStrategy[Atom]:
    found = st.one_of(texts, short)
    return st.one_of(
        found.map(lambda text: (kind, fold(text))), found.map(lambda text: (f"{kind}_cased", text))
    )


def pattern(parts: list[Any]) -> list[Any]:
    """Return parts as the loader makes them: folded unless exactly one character is asked for."""
    return parts if 1 in parts else [fold(p) if isinstance(p, str) else p for p in parts]


part_lists = st.lists(st.one_of(st.sampled_from((0, 1)), short, texts.filter(bool)), max_size=4)
atoms: st.SearchStrategy[Atom] = st.one_of(
    *(worded(kind) for kind in ("eq", "contains", "startswith", "endswith")),
    part_lists.map(lambda parts: ("like", pattern(parts))),
    part_lists.map(lambda parts: ("like_cased", parts)),
    st.sampled_from(
        (
            ("^a", ""),
            ("b+\\n?$", ""),
            ("[^a]{2}", "s"),
            ("AbK", "i"),
            ("\x02ab", ""),
            ("aab|bba", ""),
        )
    ).map(lambda found: ("re", list(found))),
    st.tuples(st.sampled_from(("num", "lt", "lte", "gt", "gte", "neq")), numbers),
    st.booleans().map(lambda wanted: ("bool", wanted)),
    networks.map(lambda network: ("cidr", network)),
    st.just(("null", None)),
    st.booleans().map(lambda wanted: ("exists", wanted)),
    st.sampled_from((("day", "num", 29), ("month", "gte", 3), ("year", "lt", 2024))).map(
        lambda found: ("part", list(found))
    ),
)


def listed(value: Any) -> list[Any]:
    """Return the scalars and objects of a value."""
    if isinstance(value, list):
        return [part for item in value for part in listed(item)]
    return [] if value is None else [value]


def written(value: Any) -> str | None:
    """Return a value as text: whole numbers without a fraction as far as 64 bits reach."""
    if isinstance(value, str):  # half of a pair is no character
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float) and abs(value) < 1e300:
        whole = value == int(value) and -(2**63) <= value < 2**64
        return str(int(value)) if whole else str(float(value))
    return None


def alike(one: str, other: str) -> bool:
    """Are two characters one but for case? The sharp s is one character, two s are two."""
    return one == other or fold(one) == fold(other)


def fits(parts: list[Any], text: str, same: Any) -> bool:
    if not parts:
        return not text
    first, rest = parts[0], parts[1:]
    if first == 0:
        return any(fits(rest, text[i:], same) for i in range(len(text) + 1))
    length = 1 if first == 1 else len(first)
    if len(text) < length:
        return False
    plain = first == 1 or all(map(same, first, text))
    return plain and fits(rest, text[length:], same)


COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "num": lambda a, b: a == b, "neq": lambda a, b: a != b, "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b, "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b,
}  # fmt: skip
PLACES = {"year": slice(0, 4), "month": slice(5, 7), "day": slice(8, 10)}
NUMBER = re.compile(r"\s*-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\s*")


def numeric(value: Any) -> int | float | None:
    if isinstance(value, str):
        if not NUMBER.fullmatch(value):
            return None
        return int(value) if value.strip().lstrip("-").isdigit() else float(value)
    return None if isinstance(value, bool | dict) or written(value) is None else value


def true_of_one(op: str, argument: Any, value: Any) -> bool:
    """Read one atom of one scalar straight from the table of ``rules.ir``."""
    text = written(value)
    if text is None:
        return False
    kind, _, cased = op.partition("_")
    seen = text if cased else fold(text)
    if kind in ("num", "lt", "lte", "gt", "gte", "neq"):
        number = numeric(value)
        return number is not None and COMPARED[kind](number, argument)
    if kind == "like":
        as_it_is = bool(cased) or 1 in argument
        same = str.__eq__ if cased else alike
        return fits(argument, text if as_it_is else seen, same if as_it_is else str.__eq__)
    if kind == "re":
        flags = re.ASCII | (re.I if "i" in argument[1] else 0) | (re.S if "s" in argument[1] else 0)
        kelvin = text.replace("\u212a", "k") if "i" in argument[1] else text
        return re.search(argument[0], kelvin, flags) is not None
    if kind == "bool":
        return fold(text) == str(argument).lower()
    if kind == "cidr":
        try:
            return ipaddress.ip_address(text.strip()) in ipaddress.ip_network(argument)
        except ValueError:
            return False
    if kind == "part":
        part, how, wanted = argument
        try:
            return bool(COMPARED[how](int(iso_time(value)[PLACES[part]]), wanted))
        except ValueError:
            return False
    tests = {"eq": str.__eq__, "contains": str.__contains__}
    tests |= {"startswith": str.startswith, "endswith": str.endswith}
    return bool(tests[kind](seen, argument))


def plainly(op: str, argument: Any, value: Any) -> bool:
    found = listed(value)
    if op in ("null", "exists"):
        return bool(found) == (op == "exists" and argument)
    return any(true_of_one(op, argument, part) for part in found)


def shown(value: Any) -> str:
    return repr(value)[:60]


def hashable(value: Any) -> bool:
    return not isinstance(value, list | dict | bool)


@settings(max_examples=400)
@given(st.lists(atoms, min_size=1, max_size=8), st.lists(values, min_size=1, max_size=6))
@example([("eq", "1e+16"), ("num", 10**16)], [1e16, 10**16])
@example([("contains", "a"), ("eq", "a\ufffd")], ["a\ud800"])
@example([("re", ["\x02ab", ""])], ["x\x02ab"])
@example([("startswith", "\x02"), ("endswith", "\x03"), ("contains", "\x02a\x03")], ["a", "\x02"])
def test_a_class_holds_what_a_plain_reading_finds(asked: list[Atom], given_: list[Any]) -> None:
    field = Field((number, *atom) for number, atom in enumerate(asked))
    for value in (*given_, *given_):  # made, and remembered
        expected = {n for n, (op, arg) in enumerate(asked) if plainly(op, arg, value)}
        assert field.of(value) == expected, shown(value)
        if hashable(value):
            assert field[value] == expected, shown(value)


@given(st.lists(atoms, min_size=1, max_size=5), st.lists(scalars, min_size=1, max_size=3))
def test_a_list_has_what_its_parts_have(asked: list[Atom], parts: list[Any]) -> None:
    numbered = [(number, *atom) for number, atom in enumerate(asked)]
    as_list, as_tuple, one = Field(numbered), Field(numbered), Field(numbered)
    expected = frozenset[int]().union(*map(one.of, parts))
    for _ in range(2):
        assert as_list.of(parts) == as_tuple[tuple(parts)] == expected


@given(st.lists(atoms, min_size=1, max_size=6), st.lists(scalars, min_size=2, max_size=6))
def test_the_order_of_values_does_not_matter(asked: list[Atom], given_: list[Any]) -> None:
    numbered = [(number, *atom) for number, atom in enumerate(asked)]
    ahead, back = Field(numbered), Field(numbered)
    first = [ahead.of(value) for value in given_]
    assert first == [back.of(value) for value in reversed(given_)][::-1]


@pytest.mark.parametrize("order", [(True, 1, 1.0), (1.0, 1, True), (1, True, 1.0)])
def test_true_is_not_one_whichever_comes_first(order: tuple[Any, ...]) -> None:
    field = Field([(0, "bool", True), (1, "num", 1), (2, "eq", "1"), (3, "eq", "true")])
    expected = {"True": {0, 3}, "1": {1, 2}, "1.0": {1, 2}}
    assert all(field.of(value) == expected[str(value)] for value in (*order, *order))
    assert field.tells_bools


@pytest.mark.parametrize("order", [(False, 0), (0, False)])
def test_false_is_not_nought_whichever_comes_first(order: tuple[Any, ...]) -> None:
    field = Field([(0, "bool", False), (1, "lt", 1)])
    assert {str(value): set(field.of(value)) for value in order} == {"False": {0}, "0": {1}}


def test_a_field_that_asks_for_text_alone_need_not_tell_true_from_one() -> None:
    assert not Field([(0, "contains", "x")]).tells_bools


def test_equal_classes_are_one_object() -> None:
    field = Field([(0, "contains", "a"), (1, "startswith", "b")])
    assert field["xa"] is field["ya"] is field.of(["xa", 7]) is field[("xa",)]
    assert field["xa"] is not field["ba"]


@given(st.lists(scalars, min_size=1, max_size=40))
def test_forgetting_values_changes_no_class(given_: list[Any]) -> None:
    numbered: list[tuple[int, str, Any]] = [(0, "contains", "a"), (1, "gt", 0), (2, "eq", "")]
    with pytest.MonkeyPatch.context() as patch:
        whole = [Field(numbered).of(value) for value in given_]
        patch.setattr(classes, "MAX_VALUES", 3)
        small = Field(numbered)
        assert [small.of(value) for value in given_] == whole
        assert len(small) <= 3


def test_values_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "MAX_VALUES", 10)
    field = Field([(0, "contains", "1")])
    assert [bool(field[str(n)]) for n in range(100)] == ["1" in str(n) for n in range(100)]
    assert field.forgotten == 9
    assert len(field) == 10


def test_long_values_are_looked_at_and_not_remembered() -> None:
    field = Field([(0, "endswith", "b")])
    long = "a" * classes.MAX_REMEMBERED + "b"
    assert field[long] == field[("x", long)] == {0}
    assert len(field) == 0
    assert field["b"] == {0}
    assert len(field) == 1


def test_what_cannot_be_a_key_is_asked_otherwise() -> None:
    field = Field([(0, "exists", True), (1, "eq", "x"), (2, "null", None)])
    for value, expected in (([], {2}), ([[["x"]]], {0, 1}), ({"x": 1}, {0}), ([{}, "x"], {0, 1})):
        assert field.of(value) == expected
        with pytest.raises(TypeError):
            field[value]
