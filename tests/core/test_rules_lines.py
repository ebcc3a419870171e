"""A JSON line of any shape is read as the flat event that it is."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentwarrant.finding import Severity
from agentwarrant.rules.ir import Node, atoms, fold
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.rules.nested import MAX_DEPTH, View
from agentwarrant.rules.values import parts_of, text_of_value

NAMES = ("a", "a.b", "a.b.c", "a.c", "d", "d.e.f", "g")


def rule(tree: Node, identity: str = "r") -> Rule:
    return Rule(identity, identity, identity, "", "p.yml", Severity.LOW, alerts=True, tree=tree)


def matcher(*trees: Node) -> Matcher:
    rules = [rule(tree, str(number)) for number, tree in enumerate(trees)]
    return Matcher(rules, compile_after=0)  # it is the generated functions that are tested


def is_(name: str | None, value: str) -> Node:
    return ["is", name, "eq", fold(value)]


def ids(rules: Any) -> list[str]:
    return [found.id for found in rules]


words = st.sampled_from(("x", "y", "", "\u00e9", "1", "true", "x/y", "\u212a"))
scalars = st.one_of(
    words, st.sampled_from((0, 1, 1.0, -1, 2.5, 2**63, 2**64, -(2**64), 10**30)), st.booleans()
)
keys = st.sampled_from(("a", "b", "c", "a.b", "b.c", "a.b.c", "d", "e.f", "e", "f", "g", "", "a."))
nodes = st.recursive(
    st.one_of(scalars, scalars, st.none()),
    lambda inner: st.one_of(
        st.dictionaries(keys, inner, max_size=3),
        st.lists(inner, max_size=3),
        st.lists(st.dictionaries(keys, inner, max_size=2), max_size=2),
    ),
    max_leaves=6,
)
documents = st.dictionaries(keys, nodes, max_size=5)

names = st.sampled_from(NAMES)
tests: st.SearchStrategy[Node] = st.one_of(
    st.tuples(names, words).map(lambda found: is_(*found)),
    st.tuples(names, words).map(lambda found: ["is", found[0], "contains", fold(found[1])]),
    st.tuples(names, st.sampled_from((0, 1, 2**63, 2**64, 10**30))).map(
        lambda found: ["is", found[0], "num", found[1]]
    ),
    st.tuples(names, st.booleans()).map(lambda found: ["is", found[0], "bool", found[1]]),
    st.tuples(names, st.integers(-1, 2)).map(lambda found: ["is", found[0], "gt", found[1]]),
    names.map(lambda name: ["is", name, "exists", True]),
    names.map(lambda name: ["is", name, "null", None]),
    st.tuples(names, names).map(lambda found: ["is", found[0], "ref", [found[1], "eq"]]),
    words.filter(bool).map(lambda word: ["is", None, "contains", fold(word)]),
)
trees: st.SearchStrategy[Node] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda found: ["and", *found]),
        st.lists(inner, min_size=2, max_size=3).map(lambda found: ["or", *found]),
        inner.map(lambda found: ["not", found]),
    ),
    max_leaves=4,
)


def asks_for_presence_of_an_object(tree: Node, view: View) -> bool:
    """A flat event has no objects, so it cannot say that one is there."""
    return any(
        atom[2] in ("exists", "null")
        and any(part.__class__ is dict for part in parts_of(view.get(atom[1])))
        for atom in atoms(tree)
    )


def written(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


@settings(max_examples=300)
@given(st.lists(trees, min_size=1, max_size=5), st.lists(documents, min_size=1, max_size=6))
@example([is_("a.b", "x")], [{"a": [[{"b": "x"}]]}])
@example([is_("a.b", "x")], [{"a.b": 1, "a": {"b": "x"}}])
@example([is_("a", "x")], [{"": {"a": "x"}}])
@example([is_("a.", "x")], [{"a": {"": "x"}}])
@example([["is", "a", "contains", "0000"]], [{"a": 10**30}])
@example([is_("a", "true"), ["is", "a", "num", 1]], [{"a": 1}, {"a": True}, {"a": [True, 1]}])
def test_a_line_is_its_flat_event(asked: list[Node], stream: list[dict[str, Any]]) -> None:
    one = matcher(*asked)
    for document in (*stream, *stream):
        line = written(document)
        view = View(orjson.loads(line))
        truth = one.true_atoms(view)
        found = ids(one.line(line))
        numbers = range(len(asked))
        assert found == [str(n) for n in numbers if one.program.truth(n)(truth)], line
        expected = ids(one.hits(view.flat()))
        told = {str(n) for n in numbers if not asks_for_presence_of_an_object(asked[n], view)}
        assert [i for i in found if i in told] == [i for i in expected if i in told], line


SHAPES: tuple[dict[str, Any], ...] = (
    {"a": {"b": {"c": "x"}}},
    {"a.b.c": "x"},
    {"a.b": {"c": "x"}},
    {"a": {"b.c": "x"}},
    {"a": [{"b": {"c": "y"}}, {"b": {"c": "x"}}]},
    {"a": {"b": [{"c": ["y", "x"]}]}},
    {"a.b": [{"c": "x"}, {"d": 1}]},
    {"a": [[{"b.c": "x"}]]},
    {"a": [1, None, {"b": {"c": "x"}}]},
    {"a.b.c": None, "a": {"b": {"c": "x"}}},
    {"a.b.c": "y", "a": {"b": {"c": "x"}}},
    {"a": "y", "a.b.c": "x"},
)
OTHERS: tuple[dict[str, Any], ...] = (
    {},
    {"a": None},
    {"a": "x"},
    {"a": ["x"]},
    {"a": {"b": "x"}},
    {"a": {"b": {"c": {"d": "x"}}}},
    {"a": {"b": ["x", ["x"]]}},
    {"a": {"c": "x"}},
    {"b": {"c": "x"}},
    {"": {"a": {"b": {"c": "x"}}}},
    {"a": {"b": {"c": []}}},
)


@pytest.mark.parametrize("others", [(), ("a",), ("a.b",), ("a", "a.b", "a.b.c.d"), ("a.x", "q.r")])
@pytest.mark.parametrize("turned", [1, 3, 5, 7])
def test_shapes_may_alternate_within_a_stream(others: tuple[str, ...], turned: int) -> None:
    one = matcher(is_("a.b.c", "x"), *(is_(name, "no such value") for name in others))
    stream: list[tuple[dict[str, Any], list[str]]] = [(shape, ["0"]) for shape in SHAPES] + [
        (other, []) for other in OTHERS
    ]
    for place in range(3 * len(stream)):
        document, expected = stream[place * turned % len(stream)]
        assert ids(one.line(written(document))) == expected, document
        assert ids(one.hits(View(document).flat())) == expected, document


def test_a_field_may_be_a_prefix_of_another() -> None:
    one = matcher(is_("a", "x"), is_("a.b", "x"))
    stream: list[tuple[dict[str, Any], list[str]]] = [
        ({"a": "x"}, ["0"]), ({"a": {"b": "x"}}, ["1"]), ({"a": ["x", {"b": "x"}]}, ["0", "1"]),
        ({"a": "x", "a.b": "x"}, ["0", "1"]), ({"a": {}}, []), ({"a": [{"b": "x"}]}, ["1"]),
    ]  # fmt: skip
    for document, expected in (*stream, *reversed(stream)):
        assert ids(one.line(written(document))) == expected, document


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"a":"y","a":"x"}', True),
        (b'{"a":"x","a":"y"}', False),
        (b'{"a":{"b":1},"a":"x"}', True),
        (b'{"a":"x","a":{"b":1}}', False),
        (b'{"a":"x","a":null}', False),
        (b'{"\\u0061":"\\u0078"}', True),
        (b' \t{ "a" :\r\n "x" } \n', True),
        (b'{"a":["x"]}', True),
        (b'{"a":"X"}', True),
        (b'{"b":"\\/","a":"x"}', True),
        (b'{"a":"xx"}', False),
    ],
)
def test_json_may_be_written_in_many_ways(line: bytes, expected: bool) -> None:
    for other in (["is", "b", "exists", True], is_("a.b", "z"), is_(None, "z")):
        one = matcher(is_("a", "x"), other)
        for _ in range(2):
            assert ("0" in ids(one.line(line))) is expected


def test_what_is_not_ascii_is_one_text_however_it_is_written() -> None:
    one = matcher(is_("\u00e9.\u0436", "/\u00e9\U0001f511"))
    document = {"\u00e9": {"\u0436": "/\u00c9\U0001f511"}}
    lines = [written(document), orjson.dumps(document), written(document).replace(b"/", b"\\/")]
    assert [ids(one.line(line)) for line in lines] == [["0"]] * 3


@pytest.mark.parametrize(
    "name", ['a"b', "a\\b", "a\nb", ".".join("a" * 120), "a..b", ".a", "a.", "''"]
)
def test_a_field_may_have_any_name(name: str) -> None:
    one = matcher(is_(name, "x"), is_("z", "x"))
    assert ids(one.line(written({name: "x"}))) == ["0"]
    assert ids(one.line(written({name: ["y", "x"], "z": "x"}))) == ["0", "1"]
    assert ids(one.line(written({name: "y"}))) == []
    assert ids(one.hits({name: "x"})) == ["0"]


BIG = (2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**30)


@pytest.mark.parametrize("number", BIG)
def test_a_number_beyond_64_bits_is_the_same_in_every_shape(number: int) -> None:
    one = matcher(
        ["is", "a.b", "gt", 5], ["is", "a.b", "contains", "00000"], ["is", "a.b", "eq", "1"]
    )
    shapes = ({"a": {"b": number}}, {"a.b": number}, {"a": [{"b": number}]}, {"a.b": [number]})
    answers = {tuple(ids(one.line(written(shape)))) for shape in (*shapes, *shapes)}
    assert answers == {tuple(ids(one.hits({"a.b": number})))} == {("0",) if number > 0 else ()}


BROKEN = (
    b"", b" ", b"x", b"{", b'{"a":}', b'{"a":"x"', b'{"a":"x"}}', b'{"a":"x",}', b"{'a':'x'}",
    b'{"a":"x"} {"a":"x"}', b'{"a":01}', b'{"a":"\x01"}', b'{"a":"\\x"}', b'{"a":"\xff"}',
    b'{"a":"\\ud800"}', b'{"a":NaN}', b'{"b":nul}', b'\xef\xbb\xbf{"a":"x"}',
)  # fmt: skip
NO_OBJECTS = (b"null", b"1", b'"a"', b"true", b"[]", b'[{"a":"x"}]', b'["a"]')


@pytest.mark.parametrize("line", [*BROKEN, *NO_OBJECTS])
def test_what_is_no_json_object_is_an_error(line: bytes) -> None:
    for tree in (is_("a", "x"), is_("a.b", "x"), ["not", is_("a", "x")], is_(None, "x")):
        one = matcher(tree)
        for _ in range(2):
            with pytest.raises(ValueError):  # noqa: PT011  # every decoder says it in its own way
                one.line(line)
        assert ids(matcher(is_("a", "x")).line(b'{"a":"x"}')) == ["0"]


def test_rules_that_read_nothing_still_want_an_object() -> None:
    with pytest.raises(ValueError, match="object"):
        matcher(["true"]).line(b"[1]")


@pytest.mark.parametrize("depth", [10, MAX_DEPTH + 5, 400, 1_000, 5_000])
@pytest.mark.parametrize(("opened", "closed"), [(b'{"a":', b"}"), (b"[", b"]"), (b'[{"a":', b"}]")])
def test_depth_is_an_error_or_an_answer_and_never_a_crash(
    depth: int, opened: bytes, closed: bytes
) -> None:
    for name in ("b", "a", "a.b", ".".join("a" * 30)):
        one = matcher(is_("z", "x"), is_(name, "x"), is_(None, "keyword"))
        line = b'{"z":"x","a":' + opened * depth + b'{"b":"x"}' + closed * depth + b"}"
        try:
            found = ids(one.line(line))
        except ValueError:
            assert depth * opened.count(b"[") + depth * opened.count(b"{") > 900
        else:
            assert found[:1] == ["0"]
            assert ids(one.hits(View(json.loads(line) if depth < 100 else {"z": "x"}).flat()))


def test_a_flat_event_holds_scalars_by_dotted_names() -> None:
    document = {
        "a": {"b": 1, "c.d": [1, None, 2], "e": {}, "f": [], "g": None, "h": True},
        "i": [{"j": 1}, {"j": 2}, {"k": "x"}],
        "l": [1, "x", 2.0, False],
        "m": [[1, [2]]],
        "n": [True, False],
        "a.b": 2,
        "o": [{"p": [1]}],
    }
    assert View(document).flat() == {
        "a.b": [1, 2],
        "a.c.d": [1, 2],
        "a.h": "true",
        "i.j": [1, 2],
        "i.k": "x",
        "l": ["1", "x", "2", "false"],
        "m": [1, 2],
        "n": ["true", "false"],
        "o.p": [1],
    }


@given(documents)
def test_a_flat_event_has_only_what_an_event_may_have(document: dict[str, Any]) -> None:
    flat = View(orjson.loads(written(document))).flat()
    for value in flat.values():
        kinds = {part.__class__ for part in value} if isinstance(value, list) else {value.__class__}
        assert len(kinds) == 1
        assert kinds <= {str, int, float}


@given(documents, names)
def test_a_flat_event_has_the_values_that_a_view_finds(document: dict[str, Any], name: str) -> None:
    view = View(orjson.loads(written(document)))
    found = [part for part in parts_of(view.get(name)) if part.__class__ is not dict]
    flat = list(parts_of(view.flat().get(name)))
    assert sorted(map(str, map(text_of_value, found))) == sorted(map(str, map(text_of_value, flat)))
