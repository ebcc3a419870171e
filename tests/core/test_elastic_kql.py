"""Conditions in KQL: what is said, how it is quoted, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shipped import shipped_rules

from agentwarrant.rules.ir import Node
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import kql
from agentwarrant.siem.elastic.mapping import fields
from agentwarrant.siem.vocabulary import LOWER, closed, is_lower, is_single

CLASS, TOOL, ARGUMENTS = "warrant.tool.class", "gen_ai.tool.name", "warrant.arguments.text"


def said(*node: Any) -> str:
    return kql.condition(list(node), fields())


@pytest.mark.parametrize(
    ("node", "wanted"),
    [
        (["is", CLASS, "eq", "exec"], 'warrant.tool.class: "exec"'),
        (["not", ["is", CLASS, "eq", "exec"]], 'not warrant.tool.class: "exec"'),
        (["is", CLASS, "contains", "redential"], 'warrant.tool.class: "credential_read"'),
        (["is", TOOL, "exists", True], "gen_ai.tool.name: *"),
        (["is", TOOL, "exists", False], "not gen_ai.tool.name: *"),
        (["is", TOOL, "null", None], "not gen_ai.tool.name: *"),
        (["is", TOOL, "contains", ""], "gen_ai.tool.name: *"),
        (["is", TOOL, "eq_cased", 'a"b\\c'], 'gen_ai.tool.name: "a\\"b\\\\c"'),
        (["is", TOOL, "eq_cased", "a\nb\x01"], 'gen_ai.tool.name: "a\\nb\\u0001"'),
        (["is", TOOL, "startswith_cased", "git"], "gen_ai.tool.name: git*"),
        (["is", TOOL, "like_cased", ["a", 0, "b"]], "gen_ai.tool.name: a*b"),
        (["is", "event.module", "eq", "okta"], 'event.module: "okta"'),
        (["is", "warrant.secret.types", "endswith", "_key"], "warrant.secret.types: *_key"),
        (["is", "source.bytes", "num", 5], "source.bytes: 5"),
        (["is", "source.bytes", "gte", 4.5], "source.bytes >= 5"),
        (["is", "source.bytes", "lte", 4.5], "source.bytes < 5"),
        (["is", "source.bytes", "eq", "7"], "source.bytes: 7"),
        (["is", "source.bytes", "eq", "seven"], "not *"),
        (["is", "source.bytes", "neq", 7], "(source.bytes < 7 or source.bytes > 7)"),
        (["is", "source.ip", "cidr", "10.0.0.0/8"], 'source.ip: "10.0.0.0/8"'),
        (["true"], "*"),
    ],
)  # fmt: skip
def test_a_condition_is_said_as_kibana_reads_it(node: Node, wanted: str) -> None:
    assert kql.condition(node, fields()) == wanted


def test_and_stands_without_brackets_only_at_the_top() -> None:
    a, b = ["is", CLASS, "eq", "exec"], ["is", CLASS, "eq", "read"]
    both = 'warrant.tool.class: "exec" or warrant.tool.class: "read"'
    assert said("or", a, b) == both
    assert (
        said("and", ["is", TOOL, "exists", True], ["or", a, b])
        == f"gen_ai.tool.name: * and ({both})"
    )
    assert said("not", ["or", a, b]) == f"not ({both})"


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (["is", TOOL, "eq", "bash"], "KQL heeds case"),
        (["is", ARGUMENTS, "contains", "curl"], "KQL heeds case"),
        (["is", "message", "eq_cased", "curl"], "indexed as words"),
        (["is", TOOL, "re", ["a.c", ""]], "KQL heeds case"),
        (["is", TOOL, "contains_cased", "a b"], "does not take as it is"),
        (["is", TOOL, "contains_cased", "a*b"], "does not take as it is"),
        (["is", TOOL, "like_cased", ["a", 1]], "exactly one character"),
        (["is", None, "contains", "curl"], "without a field"),
        (["is", "no.such.field", "eq", "x"], "field of no index"),
        (["is", TOOL, "gte", 5], "is text"),
        (["is", "source.bytes", "contains", "5"], "holds numbers"),
        (["is", "source.bytes", "gt", 1 << 70], "beyond the numbers"),
        (["is", "source.ip", "eq", "2001:db8::1"], "several spellings"),
        (["is", "@timestamp", "eq", "2026"], "of the type date"),
    ],
)
def test_what_kql_cannot_mean_is_refused_with_a_reason(node: Node, reason: str) -> None:
    with pytest.raises(CannotRender, match=reason):
        kql.condition(node, fields())


@given(st.text())
def test_a_quoted_text_ends_where_it_ends(text: str) -> None:
    quoted = kql.quoted(text)
    inside = quoted[1:-1].replace("\\\\", "").replace('\\"', "")
    assert quoted[0] == quoted[-1] == '"'
    assert '"' not in inside
    assert not inside.endswith("\\")
    assert not any(c < " " for c in quoted)


def test_every_closed_field_is_mapped_and_lower_case() -> None:
    for name, values in closed().items():
        assert name in fields(), name
        assert values
        assert all(value == value.casefold() for value in values), name
    assert is_lower(CLASS)
    assert is_lower("event.module")
    assert not is_lower(TOOL)


def test_the_fields_that_are_lower_case_without_a_schema_are_no_more_than_needed() -> None:
    read = {atom for rule in shipped_rules() if rule.tree for atom in _fields(rule.tree)}
    assert set(fields()) >= LOWER
    assert {"entity.sub_type", "event.module", "warrant.secret.types"} <= read


def test_the_samples_of_every_source_hold_them_in_lower_case() -> None:
    folder = Path(__file__).parents[2] / "connectors"
    if not folder.is_dir():
        pytest.skip("the tests run without a checkout beside them")
    seen: dict[str, set[str]] = {}
    for path in folder.glob("*/expected/**/*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            for name in {*LOWER, *closed()} & event.keys():
                found = event[name] if isinstance(event[name], list) else [event[name]]
                seen.setdefault(name, set()).update(found)
    assert set(seen) >= LOWER
    assert {
        name for name, found in seen.items() if any(one != one.casefold() for one in found)
    } == set()
    strange = {name: found - closed()[name] for name, found in seen.items() if name in closed()}
    assert not any(strange.values()), strange


def _fields(node: Node) -> set[str]:
    if node[0] == "is":
        return {node[1]}
    return {name for part in node[1:] for name in _fields(part)}


def test_a_field_is_single_where_the_schema_says_so() -> None:
    assert is_single(TOOL)
    assert is_single("message")
    assert is_single("source.bytes")
    assert not is_single("warrant.tool.acts")
    assert not is_single("event.category")
    assert not is_single("warrant.message.recipients")
    assert not is_single("log.file.path")
