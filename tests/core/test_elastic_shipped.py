"""A space of Kibana over many installs and edits: nothing of a customer's is lost on the way."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant.config import Tenant
from agentwarrant.siem.elastic import dashboards
from agentwarrant.siem.elastic.shipped import (
    OBJECT,
    RECORD,
    RULE,
    Contents,
    Record,
    for_tenant,
    hash_of,
    recorded,
    space_changes,
)
from agentwarrant.siem.plugin import WORK, Change, Verb

words = st.sampled_from(["a", "b", "c"])
FIELDS = ("query", "severity", "note")
shipped_rules = st.dictionaries(
    st.sampled_from(["r1", "r2"]), st.fixed_dictionaries(dict.fromkeys(FIELDS, words))
)
edits = st.dictionaries(
    st.tuples(st.sampled_from(["r1", "r2"]), st.sampled_from([*FIELDS, "deleted", "enabled"])),
    words,
    max_size=2,
)


def contents(rules: dict[str, dict[str, str]]) -> Contents:
    return Contents({k: {"rule_id": k, "name": k, **body} for k, body in rules.items()})


def as_kibana_keeps_it(body: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Return a rule with what Kibana adds to it."""
    made = {"max_signals": 100, "exceptions_list": [], **body}
    return {**made, "id": old.get("id", "x"), "revision": old.get("revision", -1) + 1}


class Installation:
    """A space, its record, and what the customer did to it."""

    def __init__(self) -> None:
        self.there: dict[str, dict[str, Any]] = {}
        self.record = Record()

    def install(self, now: Contents, overwrite: frozenset[str] = frozenset()) -> list[Change]:
        before = Contents(dict(self.there))
        made = list(space_changes("s", now, before, self.record, overwrite=overwrite))
        for change in made:
            if change.kind == RULE and change.verb is Verb.REMOVE:
                del self.there[change.body["rule_id"]]
            elif change.kind == RULE and change.verb in WORK:
                key = change.body["rule_id"]
                old = self.there.get(key, {})
                self.there[key] = as_kibana_keeps_it(dict(change.body), old)
        if any(change.kind == RECORD for change in made):
            self.record = recorded(now, before, Contents(dict(self.there)), self.record, made)
        return made

    def edit(self, key: str, field: str, value: str) -> None:
        if field == "deleted":
            self.there.pop(key, None)
        elif key in self.there:
            self.there[key] = {**self.there[key], field: value}


keys = st.sampled_from(["r1", "r2"])
ours = st.tuples(keys, st.sampled_from(FIELDS), words)
"""A change of what is shipped."""
theirs = st.none() | st.tuples(keys, st.sampled_from([*FIELDS, "enabled", "deleted"]), words)


@settings(max_examples=400)
@given(st.lists(st.tuples(ours, theirs), min_size=2, max_size=6))
def test_over_any_installs_and_edits_an_edit_is_never_lost(
    steps: list[tuple[tuple[str, str, str], tuple[str, str, str] | None]],
) -> None:
    space = Installation()
    rules = {key: dict.fromkeys(FIELDS, "a") for key in ("r1", "r2")}
    space.install(contents(rules))
    mine: dict[tuple[str, str], str] = {}
    for (key, field, value), edit in steps:
        if edit is not None and edit[0] in space.there:
            space.edit(*edit)
            mine = {k: v for k, v in mine.items() if k[0] != edit[0] or edit[1] != "deleted"}
            mine[edit[:2]] = edit[2]
            if space.record.rules[edit[0]]["seen"].get(edit[1]) == edit[2]:
                del mine[edit[:2]]  # back to what was installed
        rules = {**rules, key: {**rules[key], field: value}}
        space.install(contents(rules))
        assert not [change for change in space.install(contents(rules)) if change.verb in WORK]
        for (mine_key, mine_field), kept in mine.items():
            if mine_field == "deleted":
                assert mine_key not in space.there, "what was deleted does not come back"
            else:
                assert space.there[mine_key][mine_field] == kept, "what was edited stays"
        # an edit to what is shipped is none from then on
        mine = {k: v for k, v in mine.items() if rules[k[0]].get(k[1]) != v}


@given(before=shipped_rules, now=shipped_rules)
def test_where_nobody_edits_a_space_is_what_is_shipped(
    before: dict[str, dict[str, str]], now: dict[str, dict[str, str]]
) -> None:
    space = Installation()
    space.install(contents(before))
    space.install(contents(now))
    assert {k: {f: body[f] for f in FIELDS} for k, body in space.there.items()} == now


@given(before=shipped_rules, now=shipped_rules, changed=edits)
def test_overwriting_everything_settles_every_conflict(
    before: dict[str, dict[str, str]],
    now: dict[str, dict[str, str]],
    changed: dict[tuple[str, str], str],
) -> None:
    space = Installation()
    space.install(contents(before))
    for (key, field), value in changed.items():
        space.edit(key, field, value)
    space.install(contents(now), frozenset({"r1", "r2"}))
    assert not [c for c in space.install(contents(now)) if c.verb is Verb.CONFLICT]
    assert space.there.keys() >= now.keys()


def test_a_rule_is_installed_for_one_tenant_alone() -> None:
    query = "FROM logs-agentwarrant.events-* | STATS n = COUNT(*) BY organization.id"
    body = {"rule_id": "r", "query": query, "index": ["logs-agentwarrant.events-*"]}
    made = for_tenant(Tenant("Acme Corp", ()), [body], []).rules["r"]
    assert made["index"] == ["logs-agentwarrant.events-acme_corp"]
    assert made["query"].startswith("FROM logs-agentwarrant.events-acme_corp |")
    assert body["query"] == query, "what is shipped is not changed"


def test_saved_objects_have_ids_of_their_space_and_go_on_naming_each_other() -> None:
    objects = list(dashboards.saved_objects())
    made = for_tenant(Tenant("acme", (), space="acme"), [], objects).objects
    ids = {str(one["id"]) for one in made.values()}
    assert ids == {f"{one['id']}-acme" for one in objects}
    for one in made.values():
        assert {reference["id"] for reference in one["references"]} <= ids
        assert '"agentwarrant"' not in orjson.dumps(one).decode().replace("\\", "")
        assert "logs-agentwarrant." in orjson.dumps(list(made.values())).decode()
    only = for_tenant(Tenant("default", ()), [], objects).objects
    assert list(only.values()) == objects


def test_what_kibana_counts_in_a_data_view_is_no_edit() -> None:
    view = {"type": "index-pattern", "id": "v", "attributes": {"title": "logs-*"}}
    used = {**view, "attributes": {"title": "logs-*", "fieldAttrs": '{"message":{"count":3}}'}}
    assert hash_of(view) == hash_of(used)
    assert hash_of(view) != hash_of({**view, "attributes": {"title": "metrics-*"}})


def test_a_saved_object_that_kibana_migrated_when_it_came_in_is_not_edited() -> None:
    sent = {"type": "dashboard", "id": "d", "attributes": {"title": "Fleet"}}
    kept = {**sent, "attributes": {"title": "Fleet", "migrated": True}}
    now, after = Contents({}, {"dashboard/d": sent}), Contents({}, {"dashboard/d": kept})
    made = list(space_changes("s", now, Contents(), Record()))
    record = recorded(now, Contents(), after, Record(), made)
    again = list(space_changes("s", now, after, record))
    assert [c.verb for c in again] == [Verb.NOTHING]
    newer = Contents({}, {"dashboard/d": {**sent, "attributes": {"title": "Fleet 2"}}})
    assert [c.verb for c in space_changes("s", newer, after, record) if c.kind == OBJECT] == [
        Verb.UPDATE
    ]


def test_a_dashboard_that_was_deleted_there_stays_deleted() -> None:
    sent = {"type": "dashboard", "id": "d", "attributes": {"title": "Fleet"}}
    now = Contents({}, {"dashboard/d": sent})
    record = Record({}, {"dashboard/d": {"sent": hash_of(sent), "seen": hash_of(sent)}})
    (change,) = space_changes("s", now, Contents(), record)
    assert change.verb is Verb.KEEP


def test_a_dashboard_that_is_no_longer_shipped_goes_unless_it_was_changed() -> None:
    sent = {"type": "dashboard", "id": "d", "attributes": {"title": "Fleet"}}
    record = Record({}, {"dashboard/d": {"sent": hash_of(sent), "seen": hash_of(sent)}})
    there = Contents({}, {"dashboard/d": sent})
    gone, written = space_changes("s", Contents(), there, record)
    assert (gone.verb, written.kind) == (Verb.REMOVE, RECORD)
    assert recorded(Contents(), there, Contents(), record, [gone]) == Record()
    theirs = Contents({}, {"dashboard/d": {**sent, "attributes": {"title": "Mine"}}})
    (kept,) = space_changes("s", Contents(), theirs, record)
    assert kept.verb is Verb.KEEP
    assert recorded(Contents(), theirs, theirs, record, [kept]) == record
