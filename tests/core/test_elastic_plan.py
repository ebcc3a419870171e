"""What happens to an object of a cluster: by what is there, what was sent, and what is shipped."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.config import Retention, Tenant
from agentwarrant.siem.elastic import opensearch
from agentwarrant.siem.elastic.inventory import index
from agentwarrant.siem.elastic.lifecycle import (
    Steps,
    Stream,
    is_shorter,
    same_type,
    stream_changes,
)
from agentwarrant.siem.elastic.mapping import fields
from agentwarrant.siem.elastic.plan import (
    COMPONENT,
    CUSTOM,
    POLICY,
    ROLE,
    TEMPLATE,
    Item,
    change_of,
    changes,
    difference,
    leaves,
    mark_of,
    removals,
)
from agentwarrant.siem.elastic.templates import ELASTIC
from agentwarrant.siem.plugin import Verb

names = st.text("abc", min_size=1, max_size=3)
scalars = st.text(max_size=4) | st.integers(-5, 5) | st.booleans()
bodies = st.recursive(
    scalars | st.lists(st.text(max_size=3), max_size=3),
    lambda inner: st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
).filter(lambda body: isinstance(body, dict))


def component(body: dict[str, Any], name: str = "agentwarrant-x") -> Item:
    return Item(COMPONENT, name, {"template": body})


@given(bodies)
def test_what_was_sent_and_came_back_needs_nothing(body: dict[str, Any]) -> None:
    item = component(body)
    assert change_of(item, item.marked).verb is Verb.NOTHING


@given(bodies)
def test_what_is_absent_is_created_as_it_is_sent(body: dict[str, Any]) -> None:
    item = component(body)
    change = change_of(item, None)
    assert change.verb is Verb.CREATE
    assert change.body == item.marked


@given(before=bodies, now=bodies, theirs=bodies)
def test_nothing_that_somebody_changed_is_ever_overwritten(
    before: dict[str, Any], now: dict[str, Any], theirs: dict[str, Any]
) -> None:
    sent, wanted = component(before), component(now)
    there = {**sent.marked, "template": theirs}
    verb = change_of(wanted, there).verb
    old, new = leaves(COMPONENT, sent.body), leaves(COMPONENT, wanted.body)
    found = leaves(COMPONENT, there)
    if found == new:
        assert verb is Verb.NOTHING
    elif found == old:
        assert verb is Verb.UPDATE
    elif new == old:
        assert verb is Verb.KEEP
    else:
        assert verb is Verb.CONFLICT
        assert change_of(wanted, there, frozenset({wanted.name})).verb is Verb.UPDATE


@given(old=bodies, new=bodies)
def test_a_difference_is_told_exactly_where_there_is_one(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    before, after = leaves(COMPONENT, old), leaves(COMPONENT, new)
    assert bool(difference(before, after)) == (before != after)


def test_what_has_our_name_and_not_our_mark_is_somebody_elses() -> None:
    there = {"template": {"settings": {"index": {"number_of_replicas": "2"}}}}
    change = change_of(component({"mappings": {"dynamic": "false"}}), there)
    assert change.verb is Verb.CONFLICT
    assert "not ours" in change.why


def test_the_same_body_without_our_mark_is_not_ours_either() -> None:
    item = component({"mappings": {"dynamic": "false"}})
    assert change_of(item, deepcopy(dict(item.body))).verb is Verb.CONFLICT


def test_the_customers_component_is_never_touched_once_it_is_there() -> None:
    custom = Item(COMPONENT, CUSTOM, {"template": {}})
    assert change_of(custom, None).verb is Verb.CREATE
    theirs = {"template": {"settings": {"index": {"number_of_replicas": "2"}}}}
    assert change_of(custom, theirs).verb is Verb.NOTHING


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"settings": {"index.mode": "standard"}}, {"settings": {"index": {"mode": "standard"}}}),
        ({"settings": {"index.x.limit": 1000}}, {"settings": {"index": {"x": {"limit": "1000"}}}}),
        ({"settings": {"index.x": True}}, {"settings": {"index": {"x": "true"}}}),
        ({"settings": {"number_of_replicas": 1}}, {"settings": {"index.number_of_replicas": "1"}}),
        ({"mappings": {"dynamic": False}}, {"mappings": {"dynamic": "false"}}),
        ({"lifecycle": {"data_retention": "30d"}},
         {"lifecycle": {"enabled": True, "data_retention": "30d"}}),
        ({"aliases": {}}, {}),
    ],
)  # fmt: skip
def test_what_a_server_spells_otherwise_is_the_same(
    sent: dict[str, Any], read: dict[str, Any]
) -> None:
    assert leaves(COMPONENT, {"template": sent}) == leaves(COMPONENT, {"template": read})


def test_what_a_server_adds_to_a_template_is_no_difference() -> None:
    item = Item(TEMPLATE, "logs-x", {"index_patterns": ["logs-x-*"], "data_stream": {}})
    there = {**item.marked, "data_stream": {"hidden": False, "allow_custom_routing": False}}
    assert change_of(item, there).verb is Verb.NOTHING


def test_the_times_that_servers_of_line_9_add_are_no_difference() -> None:
    item = component({"mappings": {"dynamic": "false"}})
    there = {**item.marked, "created_date_millis": 1, "modified_date_millis": 2}
    assert change_of(item, there).verb is Verb.NOTHING


def test_what_a_server_adds_to_a_role_is_no_difference() -> None:
    item = Item(ROLE, "agentwarrant-x", {"indices": [{"names": ["a"], "privileges": ["read"]}]})
    there = {
        **item.marked,
        "cluster": [],
        "applications": [],
        "run_as": [],
        "transient_metadata": {"enabled": True},
        "indices": [{"names": ["a"], "privileges": ["read"], "allow_restricted_indices": False}],
    }
    assert change_of(item, there).verb is Verb.NOTHING


def test_a_role_that_was_given_more_is_seen() -> None:
    item = Item(ROLE, "agentwarrant-x", {"indices": [{"names": ["a"], "privileges": ["read"]}]})
    there = {**item.marked, "cluster": ["all"]}
    change = change_of(item, there)
    assert change.verb is Verb.KEEP
    assert change.lines == ('- cluster: ["all"]',)


def test_a_version_alone_is_no_reason_to_write() -> None:
    item = component({"mappings": {"dynamic": "false"}})
    older = {**item.marked, "_meta": {**item.marked["_meta"], "version": "0.0.1"}}
    assert change_of(item, older).verb is Verb.NOTHING


def test_changes_come_in_the_order_in_which_they_can_be_made() -> None:
    wanted = [component({}, "agentwarrant-a"), Item(TEMPLATE, "logs-x", {"priority": 1})]
    made = changes(wanted, {})
    assert [change.name for change in made] == ["agentwarrant-a", "logs-x"]


def test_only_what_carries_our_mark_is_removed_what_is_used_last() -> None:
    ours = component({"settings": {}})
    theirs: dict[str, Any] = {"template": {}}
    template = Item(TEMPLATE, "logs-agentwarrant.events", {"priority": 1})
    there = {
        (COMPONENT, ours.name): ours.marked,
        (COMPONENT, "agentwarrant-theirs"): theirs,
        (TEMPLATE, template.name): template.marked,
        (POLICY, "agentwarrant-events"): {"policy": {}},
    }
    gone = removals(there, (POLICY, TEMPLATE, COMPONENT), lambda kind, name: kind == POLICY)
    assert [change.name for change in gone] == [
        "agentwarrant-events", template.name, ours.name,
    ]  # fmt: skip


def test_the_mark_of_an_index_stands_in_its_mapping() -> None:
    item = index("acme")
    assert mark_of(item.kind, item.marked)["managed_by"] == "agentwarrant"
    assert change_of(item, item.marked).verb is Verb.NOTHING


def test_a_policy_that_a_server_gives_back_is_the_same() -> None:
    item = next(opensearch.policies([Tenant("acme", ("os",))]))
    policy = {
        **item.body["policy"],
        "policy_id": item.name,
        "last_updated_time": 1,
        "schema_version": 21,
        "error_notification": None,
    }
    there = {"_id": item.name, "_seq_no": 1, "_primary_term": 1, "policy": policy}
    assert change_of(item, there).verb is Verb.NOTHING


# Streams ---------------------------------------------------------------------------------

ACME = Tenant("acme", ("es",), retention=Retention(events="30d"))


def stream(**parts: Any) -> dict[str, Stream]:
    made = {"fields": ELASTIC.of(fields()), "retention": "30d", **parts}
    return {"logs-agentwarrant.events-acme": Stream("logs-agentwarrant.events-acme", **made)}


def events_change(there: dict[str, Stream], *, makes: bool = True) -> Any:
    made = stream_changes(fields(), [ACME], there, ELASTIC, makes=makes)
    return next(change for change in made if change.name == "logs-agentwarrant.events-acme")


def test_a_stream_that_is_as_it_should_be_is_left_alone() -> None:
    assert events_change(stream()).verb is Verb.NOTHING


def test_a_missing_stream_is_made_where_the_cluster_can() -> None:
    assert events_change({}).body == Steps(create=True)
    assert events_change({}, makes=False).verb is Verb.NOTHING


def test_a_new_field_is_added_to_the_index_that_is_written_to() -> None:
    had = {name: kind for name, kind in fields().items() if name != "warrant.origin"}
    change = events_change(stream(fields=had))
    assert change.lines == ("+ warrant.origin: keyword",)
    assert change.body.fields == {"warrant": {"properties": {"origin": {"type": "keyword"}}}}
    assert not change.body.rollover


def test_a_field_of_another_type_begins_a_new_index() -> None:
    change = events_change(stream(fields={**fields(), "warrant.origin": "long"}))
    assert change.body.rollover
    assert change.lines == ("~ warrant.origin: long -> keyword",)


def test_types_that_a_query_cannot_tell_apart_are_the_same() -> None:
    assert same_type("keyword", "wildcard")
    assert same_type("text", "match_only_text")
    assert not same_type("text", "keyword")
    assert not same_type("long", "integer")


def test_a_shorter_retention_says_that_documents_will_go() -> None:
    change = events_change(stream(retention="90d"))
    assert change.body.lifecycle == {"data_retention": "30d"}
    assert "older than 30d will be deleted" in change.why
    assert "deleted" not in events_change(stream(retention="7d")).why


@pytest.mark.parametrize(
    ("span", "than", "shorter"),
    [
        ("30d", "forever", True), ("forever", "30d", False), ("forever", "forever", False),
        ("12h", "1d", True), ("30d", "30d", False), ("720h", "29d", False),
    ],
)  # fmt: skip
def test_spans_are_compared_by_length(span: str, than: str, shorter: bool) -> None:
    assert is_shorter(span, than) is shorter


def test_a_cluster_that_does_not_tell_its_retention_is_not_told_any() -> None:
    assert events_change(stream(retention=None)).verb is Verb.NOTHING
