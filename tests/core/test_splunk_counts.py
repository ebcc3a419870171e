"""Counts, sums and values in Splunk: windows, what is said of a match, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.spl.reading import parse
from tests.spl.syntax import Stats
from tests.splunk_made import AGENT, act, acts, made, moments, query_of, rows_found
from tests.splunk_world import MACROS, several

from agentwarrant.siem.alternatives import CannotRender


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("event_count", {}),
        ("event_count", {"op": "eq"}),
        ("value_count", {"fields": ("event.id",)}),
        ("value_sum", {"fields": ("source.bytes",)}),
    ],
)
def test_a_window_slides_and_includes_both_ends(kind: str, more: dict[str, Any]) -> None:
    query = query_of(made(kind, threshold=3, **more))
    for late, found in ((0, [1_000]), (1, [])):
        events = [act(at, source__bytes=1) for at in (0, 999, 1_000 + late)]
        assert moments(query, events) == found


def test_a_search_says_what_it_counted_and_rests_on() -> None:
    query = query_of(made("event_count", threshold=3))
    (row,) = rows_found(query, list(acts(0, 400, 900, 2_500)))
    assert row["_time"] == row["aw_last"] == 1_795_000_000.9
    assert (row["aw_first"], row["aw_count"]) == (1_795_000_000.0, 3.0)
    assert list(several(row, "aw_ids")) == ["e0", "e1", "e2"]
    assert (row["organization.id"], row[AGENT]) == ("acme", "one")


def test_evidence_is_of_the_window_and_twenty_events_at_most() -> None:
    query = query_of(made("event_count", threshold=30))
    (row,) = rows_found(query, list(acts(*range(0, 900, 30))))
    assert list(several(row, "aw_ids")) == [f"e{n}" for n in range(10, 30)]
    query = query_of(made("value_sum", threshold=9, fields=("source.bytes",)))
    (row,) = rows_found(query, [act(0, source__bytes=1), act(5_000, source__bytes=9)])
    assert list(several(row, "aw_ids")) == ["e1"]


def test_what_was_sent_twice_is_one_event_and_ids_are_a_tenants_own() -> None:
    query = query_of(made("event_count", threshold=2))
    assert moments(query, [act(0, event__id="x"), act(0, event__id="x")]) == []
    other = act(1, event__id="x", organization__id="other")
    assert moments(query, [act(0, event__id="x"), other, act(2, event__id="y")]) == [2]


def test_a_tenant_is_a_wall_and_no_tenant_is_one_too() -> None:
    query = query_of(made("event_count", threshold=2))
    events = [act(0), act(1, organization__id="other"), act(2, organization__id=None)]
    assert moments(query, events) == []
    assert moments(query, [*events, act(3, organization__id=None)]) == [3]


def test_where_the_tenant_groups_an_event_without_one_is_not_counted() -> None:
    query = query_of(made("event_count", threshold=2, group_by=("organization.id",)))
    assert moments(query, [act(0, organization__id=None), act(1, organization__id=None)]) == []
    assert moments(query, [act(0), act(1, gen_ai__agent__id="two")]) == [1]


def test_groups_are_one_without_case_and_what_lacks_a_field_is_in_none() -> None:
    query = query_of(made("event_count", threshold=2))
    assert moments(query, [act(0, gen_ai__agent__id="ONE"), act(1)]) == [1]
    assert moments(query, [act(0, gen_ai__agent__id=None), act(1, gen_ai__agent__id=None)]) == []


def test_each_value_of_a_list_is_counted_once_without_case() -> None:
    query = query_of(made("value_count", threshold=3, fields=("warrant.message.recipients",)))
    events = [
        act(0, warrant__message__recipients=["a", "A", "b"]),
        act(1, warrant__message__recipients=["b"]),
    ]
    assert moments(query, events) == []
    assert moments(query, [*events, act(2, warrant__message__recipients=["c"])]) == [2]


def test_an_event_without_a_value_looks_at_the_window_that_it_ends() -> None:
    query = query_of(made("value_count", threshold=1, fields=("gen_ai.tool.name",)))
    assert moments(query, [act(0, gen_ai__tool__name="a"), act(9), act(1_001)]) == [0, 9]


def test_numbers_are_none_where_no_event_of_the_window_has_one() -> None:
    query = query_of(made("value_sum", op="lt", threshold=5, fields=("source.bytes",)))
    assert moments(query, [act(0), act(1, source__bytes=3), act(2_000)]) == [1]


def test_a_great_count_goes_without_a_window_of_rows() -> None:
    small, great = (
        query_of(made("event_count", threshold=least)).text for least in (10_000, 10_001)
    )
    assert "window=10000 " in small
    windows = {one.options.get("window") for one in parse(great, MACROS) if isinstance(one, Stats)}
    assert windows <= {None, "20"}  # that of the evidence


def test_rules_that_are_grouped_by_other_fields_make_a_row_for_each_way() -> None:
    aliases = {AGENT: {"write": "warrant.target.agent"}}
    query = query_of(made("event_count", rules=("exec", "write"), threshold=2, aliases=aliases))
    events = [act(0), act(1, "write", warrant__target__agent="one", gen_ai__agent__id="other")]
    (row,) = rows_found(query, events)
    assert row[AGENT] == "one"
    assert "gen_ai.agent.name" not in row


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("value_sum", {"fields": ("gen_ai.tool.name",)}, "holds no numbers"),
        ("value_count", {"fields": ("warrant.payment.amount",)}, "has fractions"),
        ("event_count", {"group_by": ("warrant.tool.acts",)}, "may be a list, and groups"),
        (
            "value_count",
            {"fields": ("gen_ai.tool.name", "warrant.tool.acts")},
            "may be a list, and is counted with other fields",
        ),
        (
            "value_sum",
            {
                "rules": ("exec", "write"),
                "fields": ("n",),
                "aliases": {"n": {"exec": "source.bytes", "write": "destination.bytes"}},
            },
            "the number is another field in each of its rules",
        ),
    ],
)
def test_what_cannot_mean_the_same_is_refused_in_words(
    kind: str, more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CannotRender, match=reason):
        query_of(made(kind, threshold=2, **more))


def test_a_row_has_what_the_rule_groups_its_findings_by() -> None:
    rule = replace(made("event_count", threshold=2), group_by=(AGENT, "host.name"))
    query = query_of(rule)
    assert query.group_by == rule.group_by
    (row,) = rows_found(query, [act(0, host__name="a"), act(1, host__name="b")])
    assert row["host.name"] == "b"
