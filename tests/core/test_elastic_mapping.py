"""The fields of the indices: all that documents hold and rules read, with the types of ECS."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import orjson
import pytest
from tests.shipped import shipped_rules

from agentwarrant.errors import ConfigError
from agentwarrant.rules.documents import fields_read
from agentwarrant.rules.model import Rule
from agentwarrant.schema import field_type, load, own_fields
from agentwarrant.siem.elastic.mapping import check, fields, fields_for, flat, properties

EXPECTED = sorted(
    path
    for folder in Path(str(files("agentwarrant.connectors"))).glob("*/expected")
    for path in folder.rglob("*.jsonl")
)


@cache
def pack() -> tuple[Rule, ...]:
    return tuple(shipped_rules())


def agents_rule(field: str) -> Rule:
    """Return a rule about agents that reads one field."""
    shipped = next(rule for rule in pack() if rule.tree and rule.logsource)
    return replace(shipped, tree=["is", field, "eq", "x"], title="reads one field")


@pytest.mark.parametrize("path", EXPECTED, ids=lambda p: "/".join(p.parts[-3:]))
def test_every_field_that_a_connector_is_known_to_write_is_mapped(path: Path) -> None:
    written = {name for line in path.read_bytes().splitlines() for name in orjson.loads(line)}
    assert written <= fields().keys(), "add it to schemas/elastic.json"


def test_there_are_events_to_hold_the_mapping_against() -> None:
    assert len(EXPECTED) > 10


@pytest.mark.parametrize("rule", pack(), ids=lambda r: r.name)
def test_every_field_that_a_rule_reads_is_mapped(rule: Rule) -> None:
    check(rule, fields())


def test_every_field_of_our_schemas_is_mapped() -> None:
    assert own_fields("event").keys() | own_fields("finding").keys() <= fields().keys()


@pytest.mark.parametrize("name", [n for n in fields() if not n.startswith("warrant.")])
def test_a_field_of_ecs_has_the_type_of_ecs(name: str) -> None:
    ecs = load("ecs.json")["fields"].get(name, "keyword")  # labels.*, gen_ai.conversation.id
    assert fields()[name] == ecs.removesuffix("[]")


def test_amounts_are_exact_to_fifteen_digits() -> None:
    ours = {kind for name, kind in fields().items() if name.startswith("warrant.")}
    assert fields()["warrant.payment.amount"] == "double"
    assert "float" not in ours


def test_no_type_needs_more_than_a_scalar_or_a_list() -> None:
    allowed = "keyword wildcard match_only_text date ip long integer float double".split()
    assert set(fields().values()) <= set(allowed)


def test_no_field_stands_below_a_field_that_holds_values() -> None:
    named = set(fields())
    above = {name[: dot.start()] for name in named for dot in re.finditer(r"\.", name)}
    assert not above & named


def test_the_list_of_ecs_names_repeats_nothing_and_is_in_order() -> None:
    names = load("elastic.json")["ecs"]
    assert names == sorted(set(names))
    assert not set(names) & own_fields("finding").keys(), "the schema names it already"


def test_nested_properties_say_the_same_as_flat_names() -> None:
    assert flat(properties(fields())) == dict(fields())


def test_a_rule_of_the_users_own_brings_the_ecs_field_that_it_reads() -> None:
    assert "file.hash.sha256" not in fields()
    assert fields_for([agents_rule("file.hash.sha256")])["file.hash.sha256"] == "keyword"


def test_a_rule_about_other_logs_brings_no_field() -> None:
    other = replace(agents_rule("file.hash.sha256"), logsource={"product": "windows"})
    assert fields_for([other]) == fields()


@pytest.mark.parametrize("field", ["no.such.field", "gen_ai.tool.definitions"])
def test_a_rule_that_reads_what_cannot_be_mapped_is_refused_by_name(field: str) -> None:
    rule = agents_rule(field)
    with pytest.raises(ConfigError, match=re.escape(field)) as refused:
        fields_for([rule])
    assert rule.path in refused.value.where


def test_a_rule_is_held_against_the_fields_of_one_index() -> None:
    check(agents_rule("event.action"), {"event.action": "keyword"})
    with pytest.raises(ConfigError, match=r"event\.action"):
        check(agents_rule("event.action"), {"event.kind": "keyword"})


def test_all_that_rules_read_has_a_type() -> None:
    assert all(field_type(name) for rule in pack() for name in fields_read(rule))
