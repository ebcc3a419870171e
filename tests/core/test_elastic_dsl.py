"""Conditions as OpenSearch's query DSL: what is said, what is written out, what is refused."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shipped import shipped_rules

from agentwarrant.event import Event
from agentwarrant.finding import Severity
from agentwarrant.rules.ir import Node, fold
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import dsl, opensearch
from agentwarrant.siem.elastic.mapping import fields

CLASS, TOOL, ARGUMENTS = "warrant.tool.class", "gen_ai.tool.name", "warrant.arguments.text"
TYPES = opensearch.DIALECT.of(fields())
EXEC, READ = ["is", CLASS, "eq", "exec"], ["is", CLASS, "eq", "read"]
BYTES, NAMED = ["is", "source.bytes", "num", 5], ["is", TOOL, "exists", True]
IS_EXEC = {"term": {CLASS: "exec"}}
HAS_TOOL = {"exists": {"field": TOOL}}


@pytest.mark.parametrize(
    ("node", "wanted"),
    [
        (EXEC, IS_EXEC),
        (["not", EXEC], {"bool": {"must_not": [IS_EXEC]}}),
        (["and", EXEC, NAMED], {"bool": {"filter": [IS_EXEC, HAS_TOOL]}}),
        (["and", NAMED, ["not", EXEC]], {"bool": {"filter": [HAS_TOOL], "must_not": [IS_EXEC]}}),
        (["and", ["not", NAMED], ["not", EXEC]], {"bool": {"must_not": [HAS_TOOL, IS_EXEC]}}),
        (["or", EXEC, READ], {"terms": {CLASS: ["exec", "read"]}}),
        (
            ["or", EXEC, NAMED],
            {"bool": {"should": [IS_EXEC, HAS_TOOL], "minimum_should_match": 1}},
        ),
        (["is", TOOL, "exists", False], {"bool": {"must_not": [HAS_TOOL]}}),
        (["is", TOOL, "null", None], {"bool": {"must_not": [HAS_TOOL]}}),
        (["is", TOOL, "contains", ""], HAS_TOOL),
        (["is", CLASS, "contains", "redential"], {"term": {CLASS: "credential_read"}}),
        (["is", TOOL, "eq_cased", 'a"\n*'], {"term": {TOOL: 'a"\n*'}}),
        (["is", TOOL, "eq", "curl"], {"term": {TOOL: {"value": "curl", "case_insensitive": True}}}),
        (["is", TOOL, "eq", "42 %"], {"term": {TOOL: "42 %"}}),
        (["is", TOOL, "eq", ""], {"term": {TOOL: ""}}),
        (["is", TOOL, "startswith_cased", "G"], {"prefix": {TOOL: {"value": "G"}}}),
        (
            ["is", ARGUMENTS, "contains", "a*\\b"],
            {"wildcard": {ARGUMENTS: {"value": r"*a\*\\b*", "case_insensitive": True}}},
        ),
        (["is", TOOL, "like_cased", ["a?", 1, "b"]], {"wildcard": {TOOL: {"value": r"a\??b"}}}),
        (["is", TOOL, "re", ["^c.rl", "s"]], {"regexp": {TOOL: {"value": "c.rl.*"}}}),
        (["is", TOOL, "eq", "k"], {"regexp": {TOOL: {"value": "[kK\u212a]"}}}),
        (["is", TOOL, "eq", "\u00e4"], {"regexp": {TOOL: {"value": "[\u00e4\u00c4]"}}}),
        (BYTES, {"term": {"source.bytes": 5}}),
        (["is", "source.bytes", "gte", 4.5], {"range": {"source.bytes": {"gte": 5}}}),
        (
            ["is", "source.bytes", "neq", 7],
            {
                "bool": {
                    "should": [
                        {"range": {"source.bytes": {"lt": 7}}},
                        {"range": {"source.bytes": {"gt": 7}}},
                    ],
                    "minimum_should_match": 1,
                }
            },
        ),
        (["is", "source.ip", "cidr", "10.0.0.0/8"], {"term": {"source.ip": "10.0.0.0/8"}}),
        (["true"], {"match_all": {}}),
        (["false"], {"match_none": {}}),
    ],
)
def test_a_condition_is_said_as_opensearch_reads_it(node: Node, wanted: dict[str, Any]) -> None:
    assert dsl.condition(node, TYPES) == wanted


@pytest.mark.parametrize(
    ("node", "why"),
    [
        (["is", "@timestamp", "part", ["hour", "lt", 6]], "a part of a time"),
        (["is", "warrant.peer.id", "ref", [TOOL, "eq"]], "compared with another field"),
        (["is", "message", "contains", "secret"], "indexed as words"),
        (["is", None, "contains", "secret"], "every value"),
        (["is", "no.such.field", "eq", "x"], "a field of no index"),
        (["is", TOOL, "eq", "k" * 300], "a regular expression of"),
        (["is", TOOL, "re", [r"\bcurl", ""]], "regular expression"),
        (["or", EXEC, ["not", ["is", "message", "eq", "x"]]], "indexed as words"),
    ],
)
def test_what_has_no_counterpart_is_refused_with_a_reason(node: Node, why: str) -> None:
    with pytest.raises(CannotRender, match=why):
        dsl.condition(node, TYPES)


def test_a_long_text_without_a_regular_expression_is_no_matter() -> None:
    text = "c" * 3_000
    assert dsl.condition(["is", TOOL, "eq", text], TYPES) == {
        "term": {TOOL: {"value": text, "case_insensitive": True}}
    }


def test_every_condition_of_the_pack_is_said_or_refused() -> None:
    said = refused = 0
    for rule in shipped_rules():
        if rule.tree is not None:
            try:
                dsl.condition(rule.tree, TYPES)
                said += 1
            except CannotRender:
                refused += 1
    assert said > 100
    assert not refused


# What OpenSearch makes of a query, by its documentation, against our engine -----------------------


def finds(query: Mapping[str, Any], event: Event) -> bool:
    """Return whether a query finds an event, as OpenSearch's documentation says it."""
    ((kind, what),) = query.items()
    if kind == "bool":
        asked = [finds(one, event) for one in what.get("should", ())]
        return (
            all(finds(one, event) for one in what.get("filter", ()))
            and not any(finds(one, event) for one in what.get("must_not", ()))
            and sum(asked) >= what.get("minimum_should_match", 0)
        )
    if kind in ("match_all", "match_none"):
        return kind == "match_all"
    if kind == "exists":
        return bool(values(event, what["field"]))
    ((name, wanted),) = what.items()
    return any(passes(kind, wanted, value) for value in values(event, name))


def values(event: Event, name: str) -> list[Any]:
    value = event.get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def passes(kind: str, wanted: Any, value: Any) -> bool:
    if kind == "terms":
        return value in wanted
    if kind == "range":
        signs = {"lt": value.__lt__, "lte": value.__le__, "gt": value.__gt__, "gte": value.__ge__}
        return all(signs[sign](limit) for sign, limit in wanted.items())
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    text = wanted["value"]
    if wanted.get("case_insensitive"):
        text, value = in_ascii(text), in_ascii(value)
    if kind == "wildcard":
        text = re.sub(r"\\(.)", lambda m: f"[{m[1]}]", text.replace("[", "[[]"))
        return fnmatch.fnmatchcase(value, text)
    if kind == "regexp":
        return re.fullmatch(text, value, re.DOTALL) is not None
    return bool(value.startswith(text) if kind == "prefix" else value == text)


def in_ascii(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


LETTERS = st.text("aAbBfiFISsktT\u212a\u017f\u00df\ufb03\ufb01\u00e4\u00c4*?\\[]. 7", max_size=5)
OPERATORS = ("eq", "contains", "startswith", "endswith")


@st.composite
def atoms(draw: st.DrawFn) -> Node:
    kind = draw(st.sampled_from(("text", "cased", "number", "exists", "closed")))
    if kind == "exists":
        return ["is", draw(st.sampled_from((TOOL, ARGUMENTS))), "exists", draw(st.booleans())]
    if kind == "number":
        sign = draw(st.sampled_from(("num", "neq", "lt", "lte", "gt", "gte")))
        return ["is", "source.bytes", sign, draw(st.sampled_from((0, 1, 1.5, 2)))]
    if kind == "closed":
        return ["is", CLASS, "eq", draw(st.sampled_from(("exec", "read", "write")))]
    op, text = draw(st.sampled_from(OPERATORS)), draw(LETTERS)
    name = draw(st.sampled_from((TOOL, ARGUMENTS)))
    return ["is", name, op, fold(text)] if kind == "text" else ["is", name, f"{op}_cased", text]


def joined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.tuples(st.sampled_from(("and", "or")), st.lists(inner, min_size=2, max_size=3))
    return several.map(lambda two: [two[0], *two[1]]) | inner.map(lambda one: ["not", one])


TREES = st.recursive(atoms(), joined, max_leaves=5)
TEXTS = LETTERS | st.lists(LETTERS, min_size=2, max_size=2)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        TOOL: TEXTS,
        ARGUMENTS: TEXTS,
        "source.bytes": st.sampled_from((0, 1, 2, [0, 2])),
        CLASS: st.sampled_from(("exec", "read", ["write", "exec"])),
    },
)


@given(tree=TREES, event=EVENTS)
def test_a_query_finds_an_event_when_our_engine_does(tree: Node, event: Event) -> None:
    rule = Rule("r", "r", "r", "", "", Severity.LOW, alerts=True, tree=tree)
    query = dsl.condition(tree, TYPES)
    assert finds(query, event) == bool(Matcher([rule]).hits(event)), query


@given(text=st.text(max_size=6), op=st.sampled_from(OPERATORS))
def test_letter_case_is_left_to_the_index_only_where_ascii_has_all_of_it(
    text: str, op: str
) -> None:
    (what,) = dsl.condition(["is", TOOL, op, fold(text)], TYPES).values()
    wanted = what.get(TOOL)
    if isinstance(wanted, dict) and wanted.get("case_insensitive"):
        assert not set("ks") & set(fold(text))
        assert all(c.isascii() or c.upper() == c.lower() for c in fold(text))
