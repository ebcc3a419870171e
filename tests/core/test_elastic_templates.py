"""The objects of a cluster: templates, roles, policies, the inventory; and the same as files."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.config import Retention, Tenant
from agentwarrant.errors import ContentError, PathNotFound
from agentwarrant.inventory import Account, Entry
from agentwarrant.siem.elastic import files, inventory, names, opensearch
from agentwarrant.siem.elastic.mapping import fields, flat
from agentwarrant.siem.elastic.plan import COMPONENT, CUSTOM, POLICY, ROLE, TEMPLATE, Item
from agentwarrant.siem.elastic.roles import analyst, installer, kibana_role, roles, shipper
from agentwarrant.siem.elastic.templates import (
    ELASTIC,
    SERVERLESS,
    Dialect,
    streams,
    usual_retention,
)
from agentwarrant.siem.folder import README, fill
from agentwarrant.siem.plugin import Order, Siem, siem_of, siems

DIALECTS = (ELASTIC, SERVERLESS, opensearch.DIALECT)
ACME = Tenant("Acme Corp", ("es",), space="acme")
LONG = Tenant("globex", ("es",), retention=Retention(events="90d", findings="forever"))


def made(dialect: Dialect = ELASTIC, *tenants: Tenant) -> dict[tuple[str, str], Item]:
    listed = list(streams(fields(), tenants or (ACME,), dialect))
    assert len({(item.kind, item.name) for item in listed}) == len(listed)
    return {(item.kind, item.name): item for item in listed}


def composed(dialect: Dialect, kind: str) -> dict[str, str]:
    """Return the fields of an index of a kind, as its template's components say."""
    objects = made(dialect)
    template = objects[TEMPLATE, f"logs-agentwarrant.{kind}"].body
    found: dict[str, str] = {}
    for name in template["composed_of"]:
        item = objects.get((COMPONENT, name))
        mapping = item.body["template"].get("mappings", {}) if item else {}
        found |= flat(mapping.get("properties", {}))
    return found


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
@pytest.mark.parametrize("kind", names.KINDS)
def test_an_index_of_each_kind_has_every_field(dialect: Dialect, kind: str) -> None:
    assert dialect.of(fields()).items() <= composed(dialect, kind).items()


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
def test_every_component_stands_before_the_template_that_is_made_of_it(dialect: Dialect) -> None:
    seen: set[str] = set()
    for item in streams(fields(), [ACME, LONG], dialect):
        missing = set(item.body.get("composed_of", ())) - seen
        assert missing <= set(item.body.get("ignore_missing_component_templates", ()))
        seen.add(item.name)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
def test_a_template_counts_for_its_streams_and_no_others(dialect: Dialect) -> None:
    for item in made(dialect, ACME, LONG).values():
        if item.kind == TEMPLATE:
            (pattern,) = item.body["index_patterns"]
            assert fnmatch.fnmatch("logs-agentwarrant.events-globex", pattern) == (
                ".events" in item.name
            )
            assert not fnmatch.fnmatch("logs-nginx.access-globex", pattern)
            assert item.body["priority"] > 200  # 100 is the built-in one's, 200 is Fleet's


def test_all_of_ecs_is_not_in_it() -> None:
    assert len(fields()) < ELASTIC.settings["index.mapping.total_fields.limit"] // 2


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
def test_nothing_is_indexed_that_is_not_named(dialect: Dialect) -> None:
    mapping = made(dialect)[COMPONENT, "agentwarrant-mappings"].body["template"]["mappings"]
    assert mapping["dynamic"] == "false"


def test_nothing_long_is_hidden_from_rules() -> None:
    assert (
        "ignore_above" not in orjson.dumps(made()[COMPONENT, "agentwarrant-mappings"].body).decode()
    )


def test_opensearch_gets_no_type_and_no_setting_that_it_has_not() -> None:
    text = orjson.dumps([item.body for item in made(opensearch.DIALECT).values()]).decode()
    for word in ("wildcard", "match_only_text", "flattened", "index.mode", "lifecycle",
                 "ignore_missing", "failure_store", "ignore_above"):  # fmt: skip
        assert word not in text
    assert (COMPONENT, CUSTOM) in made(opensearch.DIALECT)
    assert '"constant_keyword","value"' in text


def test_a_tenant_that_keeps_longer_has_a_template_that_wins() -> None:
    other = [Tenant(name, ("es",)) for name in ("a", "b")]
    objects = made(ELASTIC, LONG, *other)
    own = objects[TEMPLATE, "logs-agentwarrant.events-globex"].body
    usual = objects[TEMPLATE, "logs-agentwarrant.events"].body
    assert own["template"]["lifecycle"] == {"data_retention": "90d"}
    assert usual["template"]["lifecycle"] == {"data_retention": "30d"}
    assert own["priority"] > usual["priority"]
    assert own["composed_of"] == usual["composed_of"]
    assert (TEMPLATE, "logs-agentwarrant.responses-globex") not in objects


def test_what_is_kept_for_ever_has_no_retention() -> None:
    objects = made(ELASTIC, LONG, Tenant("a", ("es",)), Tenant("b", ("es",)))
    own = objects[TEMPLATE, "logs-agentwarrant.findings-globex"].body
    assert own["template"]["lifecycle"] == {"enabled": True}


def test_the_usual_retention_is_that_of_most_tenants() -> None:
    assert usual_retention([]) == Retention()
    assert usual_retention([LONG, LONG, ACME]).events == "90d"


# OpenSearch's policies -------------------------------------------------------------------


def test_a_policy_deletes_after_the_retention_and_not_before() -> None:
    policies = {item.name: item for item in opensearch.policies([LONG, ACME, ACME])}
    own = policies["agentwarrant-events-globex"].body["policy"]
    assert own["ism_template"] == [
        {"index_patterns": ["logs-agentwarrant.events-globex"], "priority": 110}
    ]
    written, gone = own["states"]
    assert written["transitions"] == [
        {"state_name": "gone", "conditions": {"min_rollover_age": "90d"}}
    ]
    assert gone["actions"] == [{"delete": {}}]


def test_a_policy_of_what_is_kept_for_ever_deletes_nothing() -> None:
    policies = {item.name: item for item in opensearch.policies([LONG, ACME, ACME])}
    states = policies["agentwarrant-findings-globex"].body["policy"]["states"]
    assert "delete" not in orjson.dumps(states).decode()


def test_states_of_a_policy_are_there_and_reached() -> None:
    for item in opensearch.policies([LONG, ACME]):
        policy = item.body["policy"]
        known = [state["name"] for state in policy["states"]]
        reached = [t["state_name"] for s in policy["states"] for t in s.get("transitions", ())]
        assert policy["default_state"] == known[0]
        assert set(reached) == set(known[1:])


@pytest.mark.parametrize(
    ("span", "age"),
    [
        ("12h", "1d"), ("14d", "1d"), ("15d", "7d"), ("90d", "7d"), ("91d", "30d"),
        ("forever", "30d"),
    ],
)  # fmt: skip
def test_an_index_grows_no_older_than_its_retention_bears(span: str, age: str) -> None:
    assert opensearch.rollover_age(span) == age


# Roles -----------------------------------------------------------------------------------

tenants = st.text("abc-_. 0123456789*?", min_size=1, max_size=12).map(lambda t: Tenant(t, ("es",)))


def reached(role: dict[str, Any]) -> set[str]:
    return {name for part in role["indices"] for name in part["names"]}


@given(tenants, tenants)
def test_no_role_of_one_tenant_reaches_anothers_data(one: Tenant, other: Tenant) -> None:
    if names.namespace(one.id) == names.namespace(other.id):
        return  # the configuration refuses two such tenants
    theirs = {names.stream(kind, other.id) for kind in names.KINDS}
    theirs.add(inventory.index_of(other.id))
    for role in (shipper(one), analyst(one)):
        for pattern in reached(role) - {n for n in reached(role) if n.startswith(".")}:
            assert not any(fnmatch.fnmatchcase(name, pattern) for name in theirs)


def test_a_shipper_may_not_overwrite_delete_or_manage_what_it_shipped() -> None:
    streams_part = shipper(ACME)["indices"][0]
    assert set(streams_part["privileges"]) == {
        "create_doc", "auto_configure", "read", "maintenance",
    }  # fmt: skip
    assert "cluster" not in shipper(ACME)


def test_an_analyst_may_change_nothing_but_alerts_of_the_own_space() -> None:
    data, alerts = analyst(ACME)["indices"]
    assert set(data["privileges"]) == {"read", "view_index_metadata"}
    assert alerts["names"] == [
        ".alerts-security.alerts-acme", ".internal.alerts-security.alerts-acme-*",
    ]  # fmt: skip
    assert kibana_role(ACME)["kibana"] == [{"base": ["read"], "spaces": ["acme"]}]


def test_the_installer_reaches_nothing_but_what_is_ours() -> None:
    assert reached(installer()) == {
        "logs-agentwarrant.*-*", "agentwarrant-inventory-*", "agentwarrant-installed",
    }  # fmt: skip


def test_each_tenant_has_roles_of_its_own() -> None:
    listed = [item.name for item in roles([ACME, LONG])]
    assert listed == [
        "agentwarrant-shipper-acme_corp", "agentwarrant-analyst-acme_corp",
        "agentwarrant-shipper-globex", "agentwarrant-analyst-globex",
    ]  # fmt: skip


def test_roles_of_opensearch_reach_backing_indices_of_the_tenant_alone() -> None:
    made_roles = opensearch.roles([ACME, LONG])
    for name, role in made_roles.items():
        patterns = {p for part in role["index_permissions"] for p in part["index_patterns"]}
        other = "globex" if "acme" in name else "acme_corp"
        assert not any(
            fnmatch.fnmatchcase(f".ds-logs-agentwarrant.events-{other}-000001", pattern)
            for pattern in patterns
        )


# The inventory ---------------------------------------------------------------------------


def entry() -> Entry:
    made_entry = Entry("Acme Corp", "main", name="Main", first="2026-01-01T00:00:00.000Z")
    made_entry.last, made_entry.events = "2026-01-02T00:00:00.000Z", 7
    for tool in ("exec", "exec", "read"):
        made_entry.tools.add(tool)
    made_entry.accounts["okta:main"] = Account("", "")
    return made_entry


def test_an_agent_is_one_document_whenever_it_is_made() -> None:
    (first,), (second,) = (list(inventory.documents([entry()])) for _ in range(2))
    assert first == second
    where, identity, document = first
    assert where == "agentwarrant-inventory-acme_corp"
    assert document["gen_ai.agent.id"] == "main"
    assert document["warrant.inventory.shadow"] == "yes"
    assert document["warrant.inventory.tools"] == ["exec", "read"]
    assert identity


def test_the_same_agent_of_two_tenants_is_two_documents_in_two_indices() -> None:
    other = Entry("globex", "main")
    made_both = list(inventory.documents([entry(), other]))
    assert len({where for where, _, _ in made_both}) == 2
    assert len({identity for _, identity, _ in made_both}) == 2


def test_every_field_of_a_document_of_the_inventory_is_mapped() -> None:
    full = entry()
    full.owner, full.version = "dana", "2"
    for tally in (full.runtimes, full.classes, full.hosts, full.peers, full.signs):
        tally.add("x")
    ((_, _, document),) = inventory.documents([full])
    assert document.keys() == inventory.FIELDS.keys()


def test_what_is_joined_hides_no_field_of_an_event() -> None:
    assert not (inventory.FIELDS.keys() - {inventory.KEY}) & fields().keys()


# Files -----------------------------------------------------------------------------------


def laid_out(folder: Path) -> Path:
    """Return a folder with the files of a build that are objects of a cluster."""
    fill(folder, {README: b"# A build\n", **files.bodies(Order())})
    return folder


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    laid_out(tmp_path)
    (tenant,) = files.tenants_of(Order())
    for product, dialect in (("elasticsearch", ELASTIC), ("opensearch", opensearch.DIALECT)):
        wanted = list(files.items(Order(), [tenant], dialect))
        read = files.load(tmp_path, product)
        assert sorted(read, key=str) == sorted(wanted, key=str)


def test_the_fields_of_files_are_those_they_were_built_with(tmp_path: Path) -> None:
    assert files.fields_in(files.load(laid_out(tmp_path), "elasticsearch")) == dict(fields())
    assert files.fields_in([]) == {}


def test_components_are_read_before_templates(tmp_path: Path) -> None:
    kinds = [item.kind for item in files.load(laid_out(tmp_path), "elasticsearch")]
    assert kinds == sorted(kinds, key=(COMPONENT, TEMPLATE, ROLE, POLICY).index)


def test_templates_are_told_by_their_names_and_those_of_their_folders() -> None:
    written = files.bodies(Order()).keys()
    assert (
        "elasticsearch/component_template/agentwarrant-mappings.component_template.json" in written
    )
    assert "elasticsearch/index_template/logs-agentwarrant.events.index_template.json" in written
    assert "elasticsearch/role/agentwarrant-installer.json" in written
    assert "opensearch/policy/agentwarrant-events.json" in written


def test_a_folder_without_files_of_an_install_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound, match="no files of an install"):
        files.load(tmp_path, "elasticsearch")


@pytest.mark.parametrize("text", ["{", "[]", '{"template": {}}'])
def test_a_file_that_build_did_not_write_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "elasticsearch/component_template/agentwarrant-x.component_template.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(ContentError) as refused:
        files.load(tmp_path, "elasticsearch")
    assert refused.value.path == str(path)


# The plug --------------------------------------------------------------------------------


def test_a_siem_is_found_by_looking_into_its_folder() -> None:
    assert isinstance(siem_of("elastic"), Siem)
    assert siem_of("elastic") is siem_of("opensearch")
    assert set(siem_of("elastic").kinds) <= siems().keys()
