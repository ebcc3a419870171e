"""An upgrade of a rule keeps what a customer changed, and never overwrites it in silence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.siem.elastic.upgrade import CUSTOMERS, MEANING, SCHEDULE, merge, plain
from agentwarrant.siem.plugin import Verb

SETTLED = (Verb.NOTHING, Verb.KEEP)
words = st.sampled_from(["a", "b", "c"])
shipped = st.fixed_dictionaries(
    {"rule_id": st.just("r"), "name": words, "query": words, "version": st.integers(1, 5)},
    optional={"threshold": words, "severity": words, "interval": words, "note": words},
)
owned = st.fixed_dictionaries(
    {"enabled": st.booleans(), "exceptions_list": st.lists(words), "actions": st.lists(words)}
)
"""What the customer sets."""
theirs_of = st.builds(
    lambda rule, own: {**rule, **own, "id": "x", "revision": 3, "created_at": "t"}, shipped, owned
)
UNITS = (MEANING, SCHEDULE, *((name,) for name in ("name", "severity", "note")))


def unit_of(body: dict[str, Any], unit: tuple[str, ...]) -> dict[str, Any]:
    return {name: body[name] for name in unit if name in body}


@given(before=shipped, now=shipped, theirs=theirs_of)
def test_each_unit_is_theirs_or_ours_and_whoever_changed_it_wins(
    before: dict[str, Any], now: dict[str, Any], theirs: dict[str, Any]
) -> None:
    merged = merge(before, now, theirs)
    after = theirs if merged.body is None else dict(merged.body)
    for unit in UNITS:
        was, new, there = (unit_of(body, unit) for body in (before, now, theirs))
        result = unit_of(after, unit)
        assert result in (new, there), "no unit is of both"
        if there != was and there != new and new != was:
            assert merged.verb is Verb.CONFLICT
            assert merged.body is None
        elif new == was:
            assert result == there
        elif merged.verb is not Verb.CONFLICT:
            assert result == new


@given(before=shipped, now=shipped, theirs=theirs_of, overwrite=st.booleans())
def test_what_is_the_customers_is_never_changed(
    before: dict[str, Any], now: dict[str, Any], theirs: dict[str, Any], overwrite: bool
) -> None:
    merged = merge(before, {**now, "enabled": False, "actions": []}, theirs, overwrite=overwrite)
    if merged.body is not None:
        assert {name: merged.body.get(name) for name in CUSTOMERS} == {
            name: theirs.get(name) for name in CUSTOMERS
        }
        assert not {"id", "revision", "created_at"} & merged.body.keys()


@given(before=shipped, now=shipped, theirs=theirs_of, overwrite=st.booleans())
def test_an_upgrade_that_was_made_is_not_made_again(
    before: dict[str, Any], now: dict[str, Any], theirs: dict[str, Any], overwrite: bool
) -> None:
    merged = merge(before, now, theirs, overwrite=overwrite)
    if merged.body is not None:
        there = {**merged.body, "id": "x", "revision": 4}
        assert merge(now, now, there).verb in SETTLED
        # interrupted before it was recorded
        assert merge(before, now, there, overwrite=overwrite).verb in SETTLED


@given(before=shipped, now=shipped, own=owned)
def test_a_rule_that_nobody_edited_becomes_what_is_shipped(
    before: dict[str, Any], now: dict[str, Any], own: dict[str, Any]
) -> None:
    merged = merge(before, now, {**before, **own})
    after = {**before, **own} if merged.body is None else merged.body
    for unit in UNITS:
        assert unit_of(dict(after), unit) == unit_of(now, unit)


@given(before=shipped, theirs=theirs_of)
def test_without_a_new_version_nothing_is_sent(
    before: dict[str, Any], theirs: dict[str, Any]
) -> None:
    merged = merge(before, {**before, "version": 9}, theirs)
    assert merged.body is None
    assert merged.verb in SETTLED


@given(before=shipped, now=shipped, theirs=theirs_of)
def test_overwriting_leaves_no_conflict_and_keeps_edits_that_do_not_conflict(
    before: dict[str, Any], now: dict[str, Any], theirs: dict[str, Any]
) -> None:
    merged = merge(before, now, theirs, overwrite=True)
    assert merged.verb is not Verb.CONFLICT
    after = theirs if merged.body is None else dict(merged.body)
    for unit in UNITS:
        if unit_of(now, unit) == unit_of(before, unit):
            assert unit_of(after, unit) == unit_of(theirs, unit)


@given(shipped, shipped, theirs_of)
def test_what_kibana_adds_to_what_it_is_sent_is_no_edit(
    before: dict[str, Any], now: dict[str, Any], added: dict[str, Any]
) -> None:
    seen = {**added, **before}
    merged = merge(before, now, {**seen, "enabled": True}, seen=seen)
    assert merged.verb in (Verb.NOTHING, Verb.UPDATE)


def test_our_query_is_not_mixed_with_their_threshold() -> None:
    before = {"query": "a", "threshold": {"value": 3}}
    now = {"query": "b", "threshold": {"value": 3}}
    theirs = {"query": "a", "threshold": {"value": 30}}
    merged = merge(before, now, theirs)
    assert merged.verb is Verb.CONFLICT
    assert merged.body is None
    assert '~ query: "a" -> "b"' in merged.lines


def test_a_rule_that_the_customer_deleted_stays_deleted_until_it_is_wanted() -> None:
    rule = {"rule_id": "r", "name": "a"}
    assert merge(rule, rule, None).verb is Verb.KEEP
    assert merge(rule, rule, None, overwrite=True).verb is Verb.CREATE
    assert merge(None, rule, None).body == rule


def test_a_rule_that_is_no_longer_shipped_goes_unless_it_was_edited() -> None:
    rule = {"rule_id": "r", "name": "a", "enabled": True}
    assert merge(rule, None, {**rule, "enabled": False}).verb is Verb.REMOVE
    assert merge(rule, None, {**rule, "name": "mine"}).verb is Verb.KEEP
    assert merge(None, None, rule).verb is Verb.NOTHING
    assert merge(rule, None, None).verb is Verb.NOTHING


def test_a_rule_of_our_id_that_no_install_recorded_is_not_overwritten() -> None:
    now = {"rule_id": "r", "name": "a", "query": "x"}
    same = {**now, "max_signals": 100, "enabled": True}
    assert merge(None, now, same).verb is Verb.NOTHING
    merged = merge(None, now, {**same, "query": "y"})
    assert merged.verb is Verb.CONFLICT
    assert merged.lines == ('~ query: "y" -> "x"',)
    taken = merge(None, now, {**same, "query": "y"}, overwrite=True)
    assert taken.body == {**same, "version": 1}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([], None), ("", None), ({"a": []}, {}), ({"a": None, "b": 1}, {"b": 1}),
        ([{"name": "x", "type": "keyword", "ecs": False}], [{"name": "x", "type": "keyword"}]),
        ([{"id": "T1", "technique": []}], [{"id": "T1"}]),
    ],
)  # fmt: skip
def test_what_says_nothing_makes_no_difference(one: Any, other: Any) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(("one", "other"), [(0, None), (False, None), (["a"], ["b"]), ([0], [])])
def test_what_says_something_does(one: Any, other: Any) -> None:
    assert plain(one) != plain(other)


def test_a_version_never_falls() -> None:
    before, now = {"name": "a", "version": 2}, {"name": "b", "version": 3}
    assert (merge(before, now, {"name": "a", "version": 7}).body or {})["version"] == 7
    assert (merge(before, now, {"name": "a", "version": 2}).body or {})["version"] == 3
