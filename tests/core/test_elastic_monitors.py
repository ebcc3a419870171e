"""Rules as monitors of OpenSearch's alerting plug-in: what is written, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.shipped import shipped_rules as shipped

from agentwarrant.finding import Severity
from agentwarrant.rules.ir import Node
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import parts
from agentwarrant.siem.elastic import monitors, opensearch
from agentwarrant.siem.elastic.build import build, rendered_for
from agentwarrant.siem.elastic.mapping import fields
from agentwarrant.siem.plugin import Order

TYPES = opensearch.DIALECT.of(fields())
TOOL = "gen_ai.tool.name"
SPECIAL = {"id", "name", "severity", "condition", "actions"}


@cache
def made() -> monitors.Monitors:
    return monitors.render(shipped(), TYPES)


def rule(tree: Node, severity: Severity = Severity.LOW, **more: Any) -> Rule:
    source = {"product": "ai_agent"}
    return Rule(
        "r", "r", "A rule", "", "", severity, alerts=True, tree=tree, logsource=source, **more
    )


def trigger(body: dict[str, Any]) -> dict[str, Any]:
    (only,) = body["triggers"]
    found: dict[str, Any] = only["query_level_trigger"]
    return found


def test_every_part_of_every_rule_is_a_monitor_or_refused_with_a_reason() -> None:
    known = {one.id: one for one in shipped()}
    alerting = [one for one in shipped() if one.alerts]
    whole = sum(len(parts(one, known)) for one in alerting)
    assert len(made().monitors) + len(made().refused) == whole
    assert all(one.reason for one in made().refused)
    single = {one.id for one in alerting if one.tree is not None}
    assert single == {one.rule.id for one in made().monitors if one.rule.tree is not None}
    assert all(one.rule.correlation for one in made().refused)


def test_a_monitor_holds_what_the_plug_in_parses_and_starts_nothing() -> None:
    for one in made().monitors:
        body = one.body
        assert body["type"] == "monitor"
        assert body["monitor_type"] == "query_level_monitor"
        assert body["enabled"] is False
        assert body["schedule"] == {"period": {"interval": 5, "unit": "MINUTES"}}
        (entry,) = body["inputs"]
        assert entry["search"]["indices"] == ["logs-agentwarrant.events-*"]
        found = trigger(body)
        assert found.keys() == SPECIAL
        assert found["actions"] == []
        assert found["condition"]["script"]["lang"] == "painless"
        assert body["ui_metadata"]["agentwarrant"]["managed_by"] == "agentwarrant"


def test_nothing_but_the_end_of_a_run_is_filled_in() -> None:
    for one in made().monitors:
        text = json.dumps(one.body["inputs"])
        assert text.count("{{") == text.count("{{period_end}}") == 4


def test_a_monitor_has_the_id_and_the_name_of_the_detection_rule_of_the_same_part() -> None:
    native = {
        (one.rule.id, one.part): (one.body["rule_id"], one.body["name"])
        for one in rendered_for(Order(rules=shipped())).rules
    }
    for one in made().monitors:
        assert native[one.rule.id, one.part] == (one.id, one.body["name"])
        assert trigger(one.body)["id"] == one.id
    assert len({one.id for one in made().monitors}) == len(made().monitors)


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (Severity.CRITICAL, "1"),
        (Severity.HIGH, "2"),
        (Severity.MEDIUM, "3"),
        (Severity.LOW, "4"),
        (Severity.INFORMATIONAL, "5"),
    ],
)
def test_the_highest_severity_is_the_first(severity: Severity, level: str) -> None:
    (one,) = monitors.render([rule(["is", TOOL, "exists", True], severity)], TYPES).monitors
    assert trigger(one.body)["severity"] == level


@pytest.mark.parametrize(
    ("tree", "why"),
    [
        (["is", TOOL, "eq_cased", "a {{period_end}} b"], "two braces"),
        (["is", TOOL, "startswith_cased", "{{"], "two braces"),
        (["is", "message", "contains", "x"], "indexed as words"),
    ],
)
def test_what_a_monitor_cannot_ask_is_refused(tree: Node, why: str) -> None:
    found = monitors.render([rule(tree)], TYPES)
    assert not found.monitors
    assert why in found.refused[0].reason


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("event_count", "counts within a window that slides"),
        ("value_sum", "counts within a window that slides"),
        ("new_value", "remembers nothing"),
        ("rate_baseline", "remembers nothing"),
        ("temporal_ordered", "several events within a window"),
    ],
)
def test_a_window_that_slides_is_refused_and_not_approximated(kind: str, why: str) -> None:
    base = replace(rule(["is", TOOL, "exists", True]), id="base", alerts=False)
    correlation = Correlation(kind, ("base",), ("gen_ai.agent.id",), 60_000)
    one = replace(rule(["true"]), tree=None, correlation=correlation)
    found = monitors.render([base, one], TYPES)
    assert not found.monitors
    assert why in found.refused[0].reason


def test_a_rule_about_other_events_is_refused() -> None:
    other = replace(rule(["is", TOOL, "exists", True]), logsource={"product": "windows"})
    assert "other events" in monitors.render([other], TYPES).refused[0].reason


def test_of_some_rules_only_an_alternative_is_a_monitor_and_the_rest_is_named() -> None:
    partly = {one.rule.id for one in made().monitors} & {one.rule.id for one in made().refused}
    assert partly
    for one in made().refused:
        if one.rule.id in partly:
            assert one.reason.startswith("part ")


def test_build_writes_monitors_and_what_is_none(tmp_path: Path) -> None:
    build(Order(rules=shipped()), tmp_path)
    files = {path.stem: path for path in (tmp_path / "opensearch/monitor").iterdir()}
    assert files.keys() == {one.id for one in made().monitors}
    for one in made().monitors:
        assert json.loads(files[one.id].read_bytes()) == one.body
    text = (tmp_path / "opensearch/refused.md").read_text()
    for refusal in made().refused:
        assert refusal.rule.short_id in text
        assert refusal.reason in text
    assert "_plugins/_alerting/monitors" in (tmp_path / "README.md").read_text()
