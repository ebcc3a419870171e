"""Rules and dashboards into Kibana's spaces: real Elasticsearch, and a stand-in for Kibana."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.shipped import shipped_rules

from agentwarrant.config import load_config
from agentwarrant.errors import TargetRefused, TargetUnreachable
from agentwarrant.siem.elastic.plugin import Elastic
from agentwarrant.siem.elastic.shipped import OBJECT, RECORDS, RULE
from agentwarrant.siem.plugin import Order, Plan, Verb

from .elastic_server import fresh_tenant
from .kibana_standin import KibanaStandIn, kibana_standin

pytestmark = pytest.mark.e2e
SIEM = Elastic()


@pytest.fixture
def kibana() -> Iterator[KibanaStandIn]:
    """A stand-in for Kibana, empty."""
    with kibana_standin() as standin:
        yield standin


def rule(name: str, **parts: Any) -> dict[str, Any]:
    """Return a rule object as it is shipped."""
    return {
        "rule_id": f"id-{name}",
        "name": name,
        "type": "esql",
        "language": "esql",
        "query": f'FROM logs-agentwarrant.events-* | WHERE event.action == "{name}"',
        "enabled": False,
        "version": 1,
        "severity": "high",
        "tags": [f"Rule: AIA-{name}"],
        "required_fields": [{"name": "event.action", "type": "keyword"}],
        "actions": [],
        **parts,
    }


def board(title: str) -> dict[str, Any]:
    return {"type": "dashboard", "id": "board", "attributes": {"title": title}, "references": []}


def ship(folder: Path, rules: list[dict[str, Any]], title: str = "Fleet") -> None:
    """Write what an install from files reads, as a build does."""
    for name, bodies in (("rules", rules), ("dashboards", [board(title)])):
        lines = b"".join(orjson.dumps(body) + b"\n" for body in bodies)
        (folder / f"{name}.ndjson").write_bytes(lines)
    (folder / "elasticsearch").mkdir(exist_ok=True)


@pytest.fixture
def order(elasticsearch_url: str, kibana: KibanaStandIn, tmp_path: Path) -> Iterator[Order]:
    """An install from files into two tenants' spaces; taken out afterwards."""
    tenants: dict[str, Any] = {fresh_tenant(): {}, fresh_tenant(): {}}
    target = {"kind": "elastic", "url": elasticsearch_url, "kibana": kibana.url}
    path = tmp_path / "agentwarrant.yml"
    path.write_bytes(orjson.dumps({"targets": {"es": target}, "tenants": tenants}))
    config = load_config(path)
    ship(tmp_path, [rule("a"), rule("b")])
    made = Order(
        config=config, target=config.target("es"), files=tmp_path, only=frozenset({"kibana"})
    )
    yield made
    kibana.left = None
    out = SIEM.plan_uninstall(made, delete_data=False)
    SIEM.uninstall(made, out, lambda said: None)


def installed(order: Order) -> Plan:
    plan = SIEM.plan_install(order)
    SIEM.install(order, plan, lambda said: None)
    return plan


def spaces(order: Order) -> list[str]:
    assert order.config is not None
    return [tenant.space for tenant in order.config.tenants.values()]


def there(kibana: KibanaStandIn, order: Order, name: str, tenant: int = 0) -> dict[str, Any]:
    return kibana.rules[spaces(order)[tenant]][f"id-{name}"]


def verbs(plan: Plan, kind: str, order: Order, tenant: int = 0) -> dict[str, Verb]:
    space = spaces(order)[tenant]
    return {c.name: c.verb for c in plan.changes if c.kind == kind and c.space == space}


def test_each_tenant_has_its_rules_in_its_space_over_its_streams(
    kibana: KibanaStandIn, order: Order
) -> None:
    installed(order)
    for tenant in spaces(order):
        assert kibana.rules[tenant].keys() == {"id-a", "id-b"}
        for body in kibana.rules[tenant].values():
            assert f"FROM logs-agentwarrant.events-{tenant} |" in body["query"]
            assert not body["enabled"]
        assert kibana.objects[tenant].keys() == {f"dashboard/board-{tenant}"}
    assert kibana.rules["default"] == {}
    again = SIEM.plan_install(order)
    assert again.work == []
    assert again.conflicts == []


def test_rules_are_switched_on_when_made_as_told_and_never_later(
    kibana: KibanaStandIn, order: Order
) -> None:
    installed(replace(order, enable=frozenset({"AIA-a"})))
    assert there(kibana, order, "a")["enabled"]
    assert not there(kibana, order, "b")["enabled"]
    there(kibana, order, "a")["enabled"] = False
    installed(replace(order, enable=frozenset({"*"})))
    assert not there(kibana, order, "a")["enabled"]


def test_an_upgrade_keeps_edits_exceptions_and_what_is_switched_on_through_versions(
    kibana: KibanaStandIn, order: Order, tmp_path: Path
) -> None:
    installed(order)
    theirs = there(kibana, order, "a")
    theirs.update(enabled=True, severity="low", exceptions_list=[{"list_id": "mine"}])
    theirs["actions"] = [{"id": "mail"}]
    query = 'FROM logs-agentwarrant.events-* | WHERE event.action == "newer"'
    ship(tmp_path, [rule("a", query=query, version=2), rule("b")])
    plan = installed(order)
    assert verbs(plan, RULE, order) == {"a": Verb.UPDATE, "b": Verb.NOTHING}
    for version in (3, 4):
        now = there(kibana, order, "a")
        assert now["query"].endswith(f'== "newer{"" if version == 3 else 3}"')
        assert now["enabled"] is True
        assert now["severity"] == "low"
        assert now["exceptions_list"] == [{"list_id": "mine"}]
        assert now["actions"] == [{"id": "mail"}]
        newest = query.replace("newer", f"newer{version}")
        ship(tmp_path, [rule("a", query=newest, version=version), rule("b")])
        installed(order)
    ship(tmp_path, [rule("a", query=query, version=5, severity="critical"), rule("b")])
    plan = installed(order)
    assert verbs(plan, RULE, order)["a"] is Verb.CONFLICT, "the edit is an edit still"
    assert there(kibana, order, "a")["severity"] == "low"
    installed(replace(order, overwrite=frozenset({"a"})))
    assert there(kibana, order, "a")["severity"] == "critical"
    assert there(kibana, order, "a")["enabled"] is True


def test_a_query_that_both_changed_is_shown_and_left(
    kibana: KibanaStandIn, order: Order, tmp_path: Path
) -> None:
    installed(order)
    there(kibana, order, "a")["query"] = "FROM mine"
    ship(tmp_path, [rule("a", query="FROM logs-agentwarrant.events-* | LIMIT 1"), rule("b")])
    plan = installed(order)
    (conflict,) = [c for c in plan.conflicts if c.space == spaces(order)[0]]
    assert "FROM mine" in conflict.lines[0]
    assert there(kibana, order, "a")["query"] == "FROM mine"
    assert verbs(plan, RULE, order, tenant=1)["a"] is Verb.UPDATE, "the other tenant's goes on"
    assert SIEM.plan_install(order).conflicts, "it is told of until it is settled"


def test_a_rule_that_was_deleted_there_does_not_come_back(
    kibana: KibanaStandIn, order: Order, tmp_path: Path
) -> None:
    installed(order)
    del kibana.rules[spaces(order)[0]]["id-a"]
    ship(tmp_path, [rule("a", version=2, note="new"), rule("b")])
    plan = installed(order)
    assert verbs(plan, RULE, order)["a"] is Verb.KEEP
    assert "id-a" not in kibana.rules[spaces(order)[0]]
    assert SIEM.plan_install(order).work == []


def test_a_rule_that_is_no_longer_shipped_goes(
    kibana: KibanaStandIn, order: Order, tmp_path: Path
) -> None:
    installed(order)
    there(kibana, order, "b")["query"] = "FROM mine"
    ship(tmp_path, [rule("a")])
    installed(order)
    first, second = spaces(order)
    assert kibana.rules[first].keys() == {"id-a", "id-b"}
    assert kibana.rules[second].keys() == {"id-a"}


def test_a_dashboard_that_somebody_rearranged_stays(
    kibana: KibanaStandIn, order: Order, tmp_path: Path
) -> None:
    installed(order)
    first, second = spaces(order)
    kibana.objects[first][f"dashboard/board-{first}"]["attributes"]["title"] = "Mine"
    ship(tmp_path, [rule("a"), rule("b")], title="Fleet 2")
    plan = installed(order)
    assert set(verbs(plan, OBJECT, order).values()) == {Verb.CONFLICT}
    assert kibana.objects[first][f"dashboard/board-{first}"]["attributes"]["title"] == "Mine"
    assert kibana.objects[second][f"dashboard/board-{second}"]["attributes"]["title"] == "Fleet 2"
    installed(replace(order, overwrite=frozenset({f"board-{first}"})))
    assert kibana.objects[first][f"dashboard/board-{first}"]["attributes"]["title"] == "Fleet 2"


def test_rules_that_were_imported_by_hand_are_taken_in_or_told_of(
    kibana: KibanaStandIn, order: Order
) -> None:
    space = spaces(order)[0]
    kibana.rules[space], kibana.objects[space] = {}, {}
    tenant_a = rule("a")
    tenant_a["query"] = tenant_a["query"].replace("events-*", f"events-{space}")
    kibana.rules[space]["id-a"] = {**tenant_a, "id": "x", "max_signals": 100}
    kibana.rules[space]["id-b"] = {**rule("b"), "id": "y", "query": "FROM mine"}
    plan = installed(order)
    assert verbs(plan, RULE, order) == {"a": Verb.NOTHING, "b": Verb.CONFLICT}
    assert kibana.rules[space]["id-b"]["query"] == "FROM mine"
    assert SIEM.plan_install(order).work == [], "what was taken in is recorded"


def test_an_install_that_is_broken_off_anywhere_is_finished_by_the_next(
    kibana: KibanaStandIn, order: Order
) -> None:
    plan = SIEM.plan_install(order)
    for calls in range(40):
        kibana.left = calls
        try:
            SIEM.install(order, plan, lambda said: None)
            break
        except (TargetUnreachable, TargetRefused):
            kibana.left = None
            plan = SIEM.plan_install(order)
    assert calls > 5, "it was broken off at every call"
    kibana.left = None
    installed(order)
    assert SIEM.plan_install(order).work == []
    for space in spaces(order):
        assert kibana.rules[space].keys() == {"id-a", "id-b"}
        assert {body["revision"] for body in kibana.rules[space].values()} <= {0, 1}


def test_a_rule_that_kibana_refuses_is_named(
    kibana: KibanaStandIn, order: Order, tmp_path: Path
) -> None:
    ship(tmp_path, [rule("a", query=""), rule("b")])
    with pytest.raises(TargetRefused, match=r"rule id-a: Required: query"):
        installed(order)


def test_an_uninstall_takes_out_what_was_installed_and_nothing_else(
    kibana: KibanaStandIn, order: Order
) -> None:
    installed(order)
    space = spaces(order)[0]
    kibana.rules[space]["theirs"] = {"rule_id": "theirs", "name": "theirs"}
    kibana.objects[space]["dashboard/theirs"] = {"type": "dashboard", "id": "theirs"}
    plan = SIEM.plan_uninstall(order, delete_data=False)
    assert RECORDS in {change.name for change in plan.work}
    SIEM.uninstall(order, plan, lambda said: None)
    assert kibana.rules[space].keys() == {"theirs"}
    assert kibana.objects[space].keys() == {"dashboard/theirs"}
    assert kibana.rules[spaces(order)[1]] == {}
    assert SIEM.plan_uninstall(order, delete_data=False).work == []


def test_without_kibana_rules_are_said_to_stay(kibana: KibanaStandIn, order: Order) -> None:
    installed(order)
    assert order.target is not None
    blind = replace(order, target=replace(order.target, kibana=""))
    plan = SIEM.plan_uninstall(blind, delete_data=False)
    assert plan.work == []
    assert any("rules stay in the spaces" in note for note in plan.notes)
    assert any("no rules and no dashboards" in n for n in SIEM.plan_install(blind).notes)


def test_the_whole_pack_goes_into_a_space_as_it_is_built(
    kibana: KibanaStandIn, order: Order
) -> None:

    whole = replace(order, files=None, rules=shipped_rules())
    plan = installed(whole)
    space = spaces(order)[0]
    created = [c for c in plan.changes if c.kind == RULE and c.space == space]
    assert len(created) > 50
    assert len(kibana.rules[space]) == len(created)
    assert not any(
        "logs-agentwarrant.events-*" in orjson.dumps(body).decode()
        for body in kibana.rules[space].values()
    )
    assert {key.partition("/")[0] for key in kibana.objects[space]} >= {"dashboard", "tag"}
    assert SIEM.plan_install(whole).work == []
