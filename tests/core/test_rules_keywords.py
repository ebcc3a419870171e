"""The gate says no only to lines in which no keyword can stand, and it says no to most of them."""

from __future__ import annotations

import json
import random
import sys

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentwarrant.finding import Severity
from agentwarrant.rules import keywords, regexes
from agentwarrant.rules.ir import Node, fold
from agentwarrant.rules.keywords import Gate
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.rules.nested import View

WARM = [b'{"warm":"quiet %d"}' % number for number in range(40)]

PIECES = (
    *("curl", "CURL", "users", "Users", "u0", "u", "/", "//", "/etc", "\\", "\\\\", '"', "x", " "),
    *("k", "\u212a", "s", "\u017f", "ss", "\u00df", "\u1e9e", "i", "\u0130", "fi", "\ufb01", "st"),
    *("\ufb06", "\u00e9", "\u00c9", "\n", "\t", "\x01", "\x7f", "\U0001f511", "1e3", "-", "true"),
    *("mimikatz", "sekurlsa", "\u0149", "n", "j", "\u01f0"),
)
texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
long_texts = texts.filter(lambda text: len(text) > 3)
atoms: st.SearchStrategy[Node] = st.one_of(
    st.tuples(st.sampled_from(("contains", "eq", "startswith", "endswith")), texts).map(
        lambda found: ["is", None, found[0], fold(found[1])]
    ),
    long_texts.map(lambda text: ["is", None, "contains", fold(text)]),
    long_texts.map(lambda text: ["is", None, "contains_cased", text]),
    st.tuples(long_texts, st.sampled_from((0, 1)), texts).map(
        lambda found: ["is", None, "like_cased", list(found)]
    ),
    st.tuples(long_texts, texts).map(
        lambda found: ["is", None, "like", [fold(found[0]), 0, fold(found[1])]]
    ),
    st.sampled_from(
        (["curl.*users", ""], ["(?:mimikatz|sekurlsa)", "i"], ["[[:space:]]curl", ""], ["u.k", "i"])
    ).map(lambda argument: ["is", None, "re", argument]),
    st.sampled_from((1000, 1, 1.5)).map(lambda number: ["is", None, "num", number]),
)


def rule(atom: Node, number: int) -> Rule:
    tree = ["and", ["not", ["is", "no.field", "eq", "x"]], atom]
    name = str(number)
    return Rule(name, name, name, "", "p.yml", Severity.LOW, alerts=True, tree=tree)


def warmed(asked: list[Node], warm: list[bytes] = WARM) -> Gate:
    gate = Gate(asked)
    for line in warm:
        gate.may_hold(line)
    return gate


def escaped(text: str, chosen: random.Random) -> str:
    """Return JSON text in which any character may be written as an escape."""
    made = ""
    for character in text:
        way = chosen.random()
        if way < 0.1:
            code = character.encode("utf-16-be").hex()
            made += "".join(f"\\u{code[i : i + 4]}" for i in range(0, len(code), 4))
        elif character == "/" and way < 0.6:
            made += "\\/"
        else:
            made += json.dumps(character, ensure_ascii=way > 0.8)[1:-1]
    return f'"{made}"'


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Node], bytes]:
    """Draw keywords, and a line in which one of them probably stands."""
    asked = draw(st.lists(atoms, min_size=1, max_size=4))
    pieces: list[str] = []
    for _, _, op, argument in asked:
        if op == "re":
            pieces += ["curl", "users", "mimikatz", "k", " "]
        elif op == "num":
            pieces += [str(argument)]
        else:
            pieces += [argument] if isinstance(argument, str) else map(str, argument)
    pieces += [piece.upper() for piece in pieces]
    part = st.one_of(st.sampled_from(pieces), st.sampled_from(PIECES))
    value = "".join(draw(st.lists(part, max_size=4)))
    if draw(st.booleans()):
        value = value.replace("k", "\u212a").replace("ss", "\u00df").replace("fi", "\ufb01")
    inner = escaped(value, random.Random(draw(st.integers(0, 1000))))  # noqa: S311 - no secret
    shape = draw(st.sampled_from(("{%s:1,%s:%s}", "{%s:[{%s:[%s]}]}", '{"n":1e3,%s:{%s:%s}}')))
    return asked, (shape % ('"a"', '"b"', inner)).encode()


@settings(max_examples=500)
@given(cases())
@example(([["is", None, "contains", "users"]], orjson.dumps({"a": "C:\\users"})))
@example(([["is", None, "contains", "/foo"]], orjson.dumps({"a": "C:\\/foo"})))
@example(([["is", None, "contains", "x/foo"]], b'{"a":"x\\/foo"}'))
@example(([["is", None, "contains", "cu0063"]], b'{"a":"cu006\\u0033"}'))
@example(([["is", None, "re", ["[[:space:]]curl", ""]]], b'{"a":" curl"}'))
@example(([["is", None, "num", 1000]], b'{"a":1000}'))
@example(([["is", None, "contains", "curl"]], '{"a":"cur\u006c"}'.encode()))
def test_a_line_that_holds_a_keyword_is_never_kept_out(case: tuple[list[Node], bytes]) -> None:
    asked, line = case
    one = Matcher([rule(atom, number) for number, atom in enumerate(asked)])
    true = one.true_atoms(View(orjson.loads(line)))
    expected = [r.id for i, r in enumerate(one.program.rules) if one.program.truth(i)(true)]
    assert warmed(asked).may_hold(line) or not expected
    for quiet in WARM:
        one.line(quiet)
    assert [found.id for found in one.line(line)] == expected


KEYWORD = ["is", None, "contains", "mimikatz"]


@pytest.mark.parametrize(
    "written",
    [
        b'"mimikatz"', b'"MimiKatz"', b'"\\u006dimikatz"', b'"mimi\\u006Batz"', b'"x\\nmimikatz"',
        '"mimi\u212aatz"'.encode(), b'"mimi\\u212aatz"', b'"\\\\mimikatz"', b'["a",["mimikatz"]]',
        b'{"x":"\\/mimikatz\\/"}',
    ],
)  # fmt: skip
def test_a_keyword_is_seen_however_it_is_written(written: bytes) -> None:
    line = b'{"a":' + written + b"}"
    assert warmed([KEYWORD]).may_hold(line)
    one = Matcher([rule(KEYWORD, 0)])
    for quiet in WARM:
        assert not one.line(quiet)
    assert one.line(line)


@pytest.mark.parametrize("written", [b"1000", b"1e3", b"1000.0", b"10E2", b"1.0e+3", b'"1000"'])
def test_a_number_as_keyword_is_seen_in_every_notation(written: bytes) -> None:
    for atom in (["is", None, "num", 1000], ["is", None, "contains", "1000"]):
        one = Matcher([rule(atom, 0)])
        for quiet in WARM[:9]:
            one.line(quiet)
        assert one.line(b'{"a":' + written + b"}")


def test_every_character_that_folds_to_ascii_is_known() -> None:
    found = [
        character
        for character in map(chr, range(0x80, sys.maxunicode + 1))
        if not character.casefold().isascii() or character.casefold() != character
        if any(part.isascii() for part in character.casefold())
    ]
    assert "".join(found) == keywords._FOLDING_TO_ASCII


NEEDLES = st.binary(min_size=1, max_size=8).map(lambda raw: bytes(97 + b % 6 for b in raw))


@given(st.lists(NEEDLES, min_size=1, max_size=12), st.lists(NEEDLES, max_size=6))
def test_fragments_stand_in_every_needle_and_in_no_sampled_line(
    needles: list[bytes], sample: list[bytes]
) -> None:
    found = keywords._fragments(needles, sample)
    if found:
        assert all(any(text in needle for text in found) for needle in needles)
        assert not any(text in line for text in found for line in sample)


def test_fragments_are_shared_where_they_can_be() -> None:
    needles = [b"one-42-", b"-42-two", b"(-42-)"]
    (shared,) = keywords._fragments(needles, [b'{"a":"b"}'])
    assert shared in b"-42-"


def test_there_are_no_fragments_when_they_would_not_cover() -> None:
    assert keywords._fragments([b"curl", b"ab"], []) == []
    assert keywords._fragments([b"curl"], [b"a curl here"]) == []
    many = [random.Random(n).randbytes(9).hex().encode() for n in range(300)]  # noqa: S311 - no secret
    assert len(keywords._fragments(many, [])) <= keywords._MAX_FRAGMENTS


def test_too_many_keywords_for_fragments_are_looked_for_whole() -> None:
    source = random.Random(7)  # noqa: S311 - no secret
    words = ["".join(source.choices("bcdfghjklmnpqrstvwxz", k=9)) for _ in range(900)]
    gate = warmed([["is", None, "contains", word] for word in words])
    assert all(gate.may_hold(orjson.dumps({"a": f"C:\\{word.upper()}"})) for word in words)
    assert not gate.may_hold(b'{"a":"aaaaaaaaaaaaaaaa"}')


def lines(count: int) -> list[bytes]:
    source = random.Random(3)  # noqa: S311 - no secret
    words = (
        "explorer",
        "System32",
        "C:\\Windows\\users\\",
        "svchost",
        "a/b",
        "user",
        "Z\u00fcrich",
    )
    return [
        orjson.dumps({"n": number, "a": {"b": " ".join(source.choices(words, k=9))}})
        for number in range(count)
    ]


def test_most_lines_without_keywords_are_kept_out() -> None:
    words = ("mimikatz", "sekurlsa::logonpasswords", "Invoke-ReflectivePEInjection", "/bin/bash -i")
    gate = warmed([["is", None, "contains", fold(word)] for word in words], lines(30))
    kept = [gate.may_hold(line) for line in lines(500)]
    assert kept.count(True) == 0
    assert gate.may_hold(lines(1)[0].replace(b"user", b"MIMIKATZ"))


@pytest.mark.parametrize(
    "atom",
    [
        ["is", None, "re", ["^a.b$", ""]], ["is", None, "contains", "1e3"], ["is", None, "num", 3],
        ["is", None, "contains", "\u0436"], ["is", None, "like", [0]], ["is", None, "bool", True],
    ],
)  # fmt: skip
def test_where_nothing_is_sure_every_line_is_looked_at(atom: Node) -> None:
    gate = warmed([atom, KEYWORD])
    assert all(gate.may_hold(line) for line in lines(5))


def test_atoms_of_a_field_are_passed_over() -> None:
    gate = warmed([KEYWORD, ["is", "a.b", "re", [".", ""]]])
    assert not gate.may_hold(b'{"a":"quiet"}')


def test_a_class_of_letters_is_no_literal() -> None:
    assert regexes.literals("[[:space:]]curl", "") == ()
    assert regexes.literals("[a-z:]curl", "") == ("curl",)
