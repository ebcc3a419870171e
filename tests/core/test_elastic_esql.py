"""Conditions in ES|QL: what asks the index, how case is written out, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.finding import Severity
from agentwarrant.rules import regexes
from agentwarrant.rules.ir import Node, fold
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import esql, lucene
from agentwarrant.siem.elastic.mapping import fields
from agentwarrant.siem.elastic.translate import regular_expression

CLASS, TOOL, ARGUMENTS = "warrant.tool.class", "gen_ai.tool.name", "warrant.arguments.text"
LETTERS = "abfiklnst /.*[\\\u00df\u212a\u017f\ufb03\ufb00\ufb05\u0131\u0130\u03c2\u03a3\u0149"


def said(*node: Any) -> str:
    return esql.condition(list(node), fields())


def rule(tree: Node) -> Rule:
    return Rule("r", "r", "r", "", "", Severity.LOW, alerts=True, tree=tree)


def test_a_rule_is_kql_where_that_is_exact_and_esql_where_it_is_not() -> None:
    closed = esql.single(rule(["is", CLASS, "eq", "exec"]), fields())
    assert (closed.type, closed.language) == ("query", "kuery")
    opened = esql.single(rule(["is", ARGUMENTS, "contains", "curl"]), fields())
    assert (opened.type, opened.language) == ("esql", "esql")
    assert opened.text == (
        "FROM logs-agentwarrant.events-* METADATA _id, _index, _version\n"
        '| WHERE QSTR("warrant.arguments.text:/.*[cC][uU][rR][lL].*/")'
    )


def test_what_kql_can_say_is_said_in_one_and_the_rest_beside_it() -> None:
    node = [
        "and",
        ["is", CLASS, "eq", "exec"],
        ["is", TOOL, "exists", True],
        ["not", ["is", ARGUMENTS, "contains", "x"]],
    ]
    assert said(*node) == (
        'KQL("""warrant.tool.class: "exec" and gen_ai.tool.name: *""")'
        ' AND NOT QSTR("warrant.arguments.text:/.*[xX].*/")'
    )


def test_alternatives_of_text_are_one_query_string() -> None:
    node = ["or", ["is", TOOL, "eq", "a"], ["is", TOOL, "endswith", "/b"]]
    assert said(*node) == (r'QSTR("""gen_ai.tool.name:/[aA]/ OR gen_ai.tool.name:/.*\/[bB]/""")')


@pytest.mark.parametrize(
    ("node", "wanted"),
    [
        (
            ["is", "@timestamp", "part", ["hour", "gte", 22]],
            'COALESCE(DATE_EXTRACT("HOUR_OF_DAY", @timestamp) >= 22, false)',
        ),
        (
            ["is", "message", "contains", "b"],
            'COALESCE(message RLIKE ".*[bB].*", false)',
        ),
        (
            ["is", "warrant.principal.id", "ref", ["warrant.peer.id", "endswith"]],
            "COALESCE(ENDS_WITH(TO_LOWER(TO_UPPER(warrant.principal.id)),"
            " TO_LOWER(TO_UPPER(warrant.peer.id))), false)",
        ),
        (["true"], "true"),
        (["is", "source.bytes", "eq", "many"], "false"),
    ],
)
def test_what_no_index_can_say_is_never_null(node: Node, wanted: str) -> None:
    assert esql.condition(node, fields()) == wanted


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (["is", None, "contains", "curl"], "without a field"),
        (["is", TOOL, "contains", "x" * 400], "over 1000"),
        (["is", TOOL, "contains", "s" * 30], "too many spellings"),
        (["is", TOOL, "like", [1, "\u00e9"]], "counted as one character"),
        (["is", "destination.address", "cidr", "2001:db8::/32"], "IPv6"),
        (["is", TOOL, "ref", ["source.bytes", "eq"]], "not both are keywords"),
        (["is", TOOL, "ref", ["warrant.tool.acts", "contains"]], "may be lists"),
        (["is", TOOL, "re", [r"\bcurl\b", ""]], "regular expression"),
        (["is", TOOL, "re", ["(?=a)b", ""]], "does not have"),
    ],
)
def test_what_esql_cannot_mean_is_refused_with_a_reason(node: Node, reason: str) -> None:
    with pytest.raises(CannotRender, match=reason):
        esql.condition(node, fields())


@given(st.text())
def test_a_literal_ends_where_it_ends(text: str) -> None:
    made = esql.string(text)
    if made.startswith('"""'):
        assert made == f'"""{text}"""'
        assert '"""' not in made[3:-3]
        assert "\n" not in text
        assert "\r" not in text
    else:
        inside = made[1:-1].replace("\\\\", "").replace('\\"', "")
        assert '"' not in inside
        assert "\n" not in inside
        assert "\r" not in inside


def test_a_column_is_quoted_where_it_must_be() -> None:
    assert esql.column("gen_ai.agent.id") == "gen_ai.agent.id"
    assert esql.column("@timestamp") == "@timestamp"
    assert esql.column("http.headers.x-y") == "`http.headers.x-y`"


# What Lucene matches; Python's fullmatch reads these expressions in the same way. --------------


def matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@given(st.text(alphabet=LETTERS, max_size=7), st.text(alphabet=LETTERS, max_size=9))
def test_case_is_written_out_as_unicode_folds_it(wanted: str, text: str) -> None:
    needle = fold(wanted)
    for before in (False, True):
        for after in (False, True):
            lead, trail = ".*" if before else "", ".*" if after else ""
            made = lucene.folded(needle, before=before, after=after)
            found = {
                (False, False): fold(text) == needle,
                (True, False): fold(text).endswith(needle),
                (False, True): fold(text).startswith(needle),
                (True, True): needle in fold(text),
            }[before, after]
            assert matches(f"{lead}{made}{trail}", text) == found, made


@given(st.data())
def test_any_text_is_found_by_any_part_of_what_it_folds_to(data: st.DataObject) -> None:
    text = data.draw(st.text(max_size=8))
    whole = fold(text)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    made = lucene.folded(whole[start:end], before=True, after=True)
    assert matches(f".*{made}.*", text)
    assert matches(lucene.literal(text), text)


@pytest.mark.parametrize(
    "pattern",
    [
        "c.rl",
        "^curl",
        "passwd$",
        "a|b",
        "(a|b)c",
        "^(a|b)$",
        "^a|b$",
        r"\d{2,3}",
        "[^a-c]x?",
        "x*y+",
        r"\S\s\w",
        "a{2}",
        "^$",
        "",
        "[a-f0-9]+",
        r"[\d.]+",
        r"C:\\t",
        "(?:ab)+",
        "a|",
    ],
)
@pytest.mark.parametrize("flags", ["", "i", "s"])
def test_a_regular_expression_finds_the_same(pattern: str, flags: str) -> None:
    made = regular_expression(pattern, flags)
    search = regexes.searcher(pattern, flags)
    for text in (
        "",
        "curl",
        "CURL",
        "c\nrl",
        "my passwd",
        "passwd\n",
        "ab",
        "abc",
        "bb",
        "a1 22",
        "C:\\t",
        "x y",
        "aa",
        "\n",
        "a\n",
        "12.5",
        "ABAB",
        "\u212a",
        "no",
    ):
        assert matches(made, text) == search(text), (made, text)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.0",
        "10.1.2.3",
        "10.1.2.15",
        "10.1.2.16",
        "11.0.0.1",
        "192.168.300.1",
        " 10.1.2.3 ",
        "10.1.2.3x",
        "",
    ],
)
def test_a_network_holds_its_addresses_as_text(address: str) -> None:
    inside = {"10.0.0.0/8": ("10.",), "10.1.2.0/28": ("10.1.2.3", "10.1.2.15"), "0.0.0.0/0": ("1",)}
    for network, leads in inside.items():
        wanted = address.strip().startswith(leads) and address[-1:] != "x" and "300" not in address
        assert matches(lucene.network(network), address) == wanted, network
