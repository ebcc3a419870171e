"""Correlations in ES|QL, and Kibana's own counts: what they are made of, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.shipped import shipped_rules

from agentwarrant.finding import Severity
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import counts, habits, native
from agentwarrant.siem.elastic.mapping import fields

AGENT = ("gen_ai.agent.id",)
PARTS = [
    Rule(
        "r",
        "r",
        "r",
        "",
        "",
        Severity.LOW,
        alerts=False,
        tree=["is", "warrant.tool.class", "eq", "exec"],
    ),
    Rule(
        "s",
        "s",
        "s",
        "",
        "",
        Severity.LOW,
        alerts=False,
        tree=["is", "gen_ai.tool.name", "eq", "sh"],
    ),
]


def made(kind: str, **more: Any) -> Rule:
    given = {"rules": ("r",), "group_by": AGENT, "window_ms": 60_000, **more}
    return Rule(
        "c", "c", "c", "", "", Severity.LOW, alerts=True, correlation=Correlation(kind, **given)
    )


def text(rule: Rule) -> str:
    return counts.correlation(rule, [*PARTS, rule], fields()).text


def test_a_count_needs_no_join() -> None:
    query = counts.correlation(made("event_count", threshold=3), PARTS, fields())
    assert query.text.splitlines() == [
        "FROM logs-agentwarrant.events-* METADATA _id",
        '| WHERE KQL("""warrant.tool.class: "exec" and gen_ai.agent.id: *""")',
        '| STATS seen = VALUES(CONCAT(TO_STRING(TO_LONG(@timestamp)), "=", HASH("sha256", _id)))'
        " BY organization.id, gen_ai.agent.id = TO_LOWER(TO_UPPER(gen_ai.agent.id))",
        "| EVAL n = MV_COUNT(seen)",
        "| WHERE n >= 3",
        "| EVAL seen = MV_SORT(seen)",
        '| EVAL span = MV_ZIP(MV_SLICE(seen, 0, n - 3), MV_SLICE(seen, 2, n - 1), "|")',
        "| KEEP organization.id, gen_ai.agent.id, span",
        "| MV_EXPAND span",
        "| EVAL began = TO_LONG(SUBSTRING(span, 1, 13)), moment = TO_LONG(SUBSTRING(span, 80, 13))",
        "| WHERE began >= moment - 60000",
        "| STATS n = COUNT(*) BY organization.id, gen_ai.agent.id, moment",
        "| STATS first_match = MIN(moment), last_match = MAX(moment), matches = COUNT(*)"
        " BY organization.id, gen_ai.agent.id",
        "| EVAL first_match = TO_DATETIME(first_match), last_match = TO_DATETIME(last_match)",
    ]
    assert (query.type, query.language, query.window_ms) == ("esql", "esql", 60_000)


def test_a_tenant_is_part_of_every_group_and_only_once() -> None:
    assert "BY organization.id\n" in text(made("event_count", group_by=()))
    assert "BY organization.id\n" in text(made("event_count", group_by=("organization.id",)))


def test_a_list_is_counted_value_by_value() -> None:
    listed = made("value_count", threshold=2, fields=("warrant.message.recipients",))
    assert "| MV_EXPAND warrant.message.recipients\n" in text(listed)
    assert "MV_EXPAND gen_ai.tool.name" not in text(
        made("value_count", fields=("gen_ai.tool.name",))
    )


def test_what_remembers_judges_only_what_is_recent() -> None:
    for kind, more in (
        (
            "new_value",
            {"fields": ("gen_ai.tool.name",), "history_ms": 86_400_000, "window_ms": 86_400_000},
        ),
        ("rate_baseline", {"history_ms": 86_400_000, "factor": 4.0}),
    ):
        rule = made(kind, **more)
        query = counts.correlation(rule, PARTS, fields())
        assert f"TO_LONG(NOW()) - {habits.RECENT_MS}" in query.text
        assert query.window_ms >= 86_400_000 + habits.RECENT_MS


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (made("temporal_ordered", rules=("r", "s")), "heeds order"),
        (
            made(
                "temporal", rules=("r", "s"), condition=["and", ["rule", 0], ["not", ["rule", 1]]]
            ),
            "absence",
        ),
        (made("event_count", rules=("c",)), "reads a correlation"),
        (made("event_count", group_by=("warrant.tool.acts",)), "may be a list, and groups"),
        (made("event_count", group_by=("message",)), "indexed as words"),
        (
            made(
                "event_count",
                rules=("r", "s"),
                group_by=("a",),
                aliases={"a": {"r": "user.id", "s": "host.name"}},
            ),
            "another field in each",
        ),
        (made("value_sum", fields=("gen_ai.tool.name",)), "holds no numbers"),
        (made("value_count", fields=("warrant.tool.acts", "user.id")), "counted with other fields"),
        (
            made(
                "value_count",
                rules=("r", "s"),
                fields=("a",),
                aliases={"a": {"r": "user.id", "s": "warrant.tool.acts"}},
            ),
            "has several names",
        ),
        (
            made("new_value", fields=("warrant.tool.acts",), history_ms=86_400_000),
            "one value as a whole",
        ),
        (made("new_value", fields=("user.id",), history_ms=1000), "history of less"),
    ],
)
def test_what_cannot_be_counted_so_is_refused(rule: Rule, reason: str) -> None:
    with pytest.raises(CannotRender, match=reason):
        counts.correlation(rule, [*PARTS, rule], fields())


def test_every_count_of_the_pack_without_order_and_chain_is_rendered() -> None:
    rules = shipped_rules()
    known = {rule.id: rule for rule in rules}
    simple = [
        rule
        for rule in rules
        if rule.correlation
        and not rule.correlation.kind.startswith("temporal")
        and all(known[name].tree for name in rule.correlation.rules)
    ]
    assert len(simple) > 20
    for rule in simple:
        assert counts.correlation(rule, rules, fields()).text.count("STATS") >= 2


# Kibana's own types ----------------------------------------------------------------------------


def test_a_count_as_a_threshold_rule() -> None:
    rule = made("event_count", rules=("r",), threshold=4, op="gt")
    query = native.threshold(rule, PARTS, fields())
    assert query.text == 'warrant.tool.class: "exec"'
    assert query.extra == {
        "threshold": {"field": ["organization.id", *AGENT], "value": 5, "cardinality": []}
    }
    valued = made("value_count", threshold=3, fields=("warrant.message.recipients",))
    counted = native.threshold(valued, PARTS, fields()).extra["threshold"]
    assert counted["cardinality"] == [{"field": "warrant.message.recipients", "value": 3}]
    assert counted["value"] == 1


def test_a_new_value_as_a_new_terms_rule() -> None:
    rules = shipped_rules()
    (outside,) = [rule for rule in rules if rule.short_id == "AIA-NET-002"]
    assert outside.correlation is not None
    with pytest.raises(CannotRender, match="KQL heeds case"):
        native.new_terms(outside, rules, fields())
    plain = made("new_value", threshold=0, fields=("warrant.peer.id",), history_ms=14 * 86_400_000)
    query = native.new_terms(plain, PARTS, fields())
    assert query.extra == {
        "new_terms_fields": ["organization.id", *AGENT, "warrant.peer.id"],
        "history_window_start": "now-14d",
    }


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (made("value_sum", fields=("source.bytes",)), "has no value_sum"),
        (made("event_count", op="lt"), "no upper bound"),
        (
            made(
                "event_count",
                group_by=("user.id", "host.name", "event.id", "user.name", "source.ip"),
            ),
            "more than 5",
        ),
        (made("event_count", group_by=("warrant.tool.acts",)), "may be a list"),
        (made("value_count", fields=("user.id", "host.name")), "values of one field"),
    ],
)
def test_a_threshold_rule_that_would_mean_something_else_is_refused(
    rule: Rule, reason: str
) -> None:
    with pytest.raises(CannotRender, match=reason):
        native.threshold(rule, PARTS, fields())


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"threshold": 1.0}, "first value of a group"),
        ({"group_by": ("user.id", "host.name")}, "more than 2"),
        ({"history_ms": 3_600_000}, "no number of days"),
    ],
)
def test_a_new_terms_rule_that_would_mean_something_else_is_refused(
    more: dict[str, Any], reason: str
) -> None:
    plain = made("new_value", threshold=0.0, fields=("event.id",), history_ms=86_400_000)
    assert plain.correlation is not None
    rule = replace(plain, correlation=replace(plain.correlation, **more))
    with pytest.raises(CannotRender, match=reason):
        native.new_terms(rule, PARTS, fields())
