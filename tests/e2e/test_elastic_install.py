"""Installing into real Elasticsearch, as it is, changed by others, interrupted, and out again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.shipped import shipped_rules

from agentwarrant.config import Config, load_config
from agentwarrant.errors import ConfigError, TargetRefused
from agentwarrant.inventory import Entry
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.elastic import install as installing
from agentwarrant.siem.elastic import inventory, names
from agentwarrant.siem.elastic.mapping import LONGEST, fields, flat
from agentwarrant.siem.elastic.plan import COMPONENT, ROLE, TEMPLATE
from agentwarrant.siem.elastic.plugin import Elastic
from agentwarrant.siem.elastic.roles import installer, key_of
from agentwarrant.siem.elastic.shipped import RECORDS
from agentwarrant.siem.elastic.state import Cluster, read
from agentwarrant.siem.elastic.templates import streams
from agentwarrant.siem.plugin import Change, Order, Plan, Verb, target_of, tenants_of

from .elastic_server import URL_VARIABLE, fresh_tenant, running

pytestmark = pytest.mark.e2e

SECRET = "a-password-of-a-test"  # noqa: S105  # of a server that lives as long as the test
RUNNING = "AGENTWARRANT_TEST_SECURED_URL"
SIEM = Elastic()
RULES = shipped_rules()
LOG = (
    Path(str(files("agentwarrant.connectors")))
    / "openclaw/samples"
    / ("main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl")
)
SAMPLES = sorted(Path(str(files("agentwarrant.connectors"))).rglob("expected/*.jsonl"))


@contextmanager
def secured(line: str, folder: Path) -> Iterator[str]:
    """Yield a server of one line, with security; never one that runs already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(URL_VARIABLE.format("ELASTICSEARCH"), raising=False)
        patch.setenv("INSTALL_TEST_PASSWORD", SECRET)
        with running("elasticsearch", folder, "--line", line, "--password", SECRET) as url:
            yield url


@pytest.fixture(scope="module", params=["8", "9"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Elasticsearch of both lines with security; one that runs where ``RUNNING`` names it."""
    if address := os.environ.get(RUNNING):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("INSTALL_TEST_PASSWORD", SECRET)
            yield address
        return
    with secured(request.param, tmp_path_factory.mktemp("secured")) as address:
        yield address


def config_of(url: str, folder: Path, tenants: Mapping[str, Any]) -> Config:
    path = folder / "agentwarrant.yml"
    target = {
        "kind": "elastic",
        "url": url,
        "username": "elastic",
        "password": "env:INSTALL_TEST_PASSWORD",
    }
    path.write_bytes(orjson.dumps({"targets": {"es": target}, "tenants": tenants}))
    return load_config(path)


def order_for(config: Config, **parts: Any) -> Order:
    return Order(rules=RULES, config=config, target=config.target("es"), **parts)


@contextmanager
def cluster_for(order: Order) -> Iterator[Cluster]:
    with installing.cluster_of(order) as cluster:
        yield cluster


def installed(order: Order) -> Plan:
    """Install; return the plan that was carried out."""
    plan = SIEM.plan_install(order)
    SIEM.install(order, plan, lambda said: None)
    return plan


def verbs(plan: Plan, name: str) -> set[Verb]:
    return {change.verb for change in plan.changes if change.name == name}


def one(plan: Plan, name: str) -> Change:
    (found,) = [change for change in plan.changes if change.name == name]
    return found


# The whole life, on a server of its own ----------------------------------------------------


@pytest.mark.parametrize("line", ["8", "9"])
def test_what_is_installed_is_kept_told_of_and_removed_and_nothing_else(
    line: str, tmp_path: Path
) -> None:
    with secured(line, tmp_path) as url:
        order = order_for(config_of(url, tmp_path, {"acme": {}, "globex": {}}))
        with cluster_for(order) as cluster:
            _somebody_elses(cluster)
            before = _everything(cluster)
            dry = SIEM.plan_install(order)
            assert _everything(cluster) == before, "a plan changes nothing"
            assert {change.verb for change in dry.work} == {Verb.CREATE}

            installed(order)
            after = _everything(cluster)
            again = SIEM.plan_install(order)
            assert {change.verb for change in again.changes} == {Verb.NOTHING}
            SIEM.install(order, again, lambda said: None)
            assert _everything(cluster) == after

            gone = SIEM.plan_uninstall(order, delete_data=True)
            SIEM.uninstall(order, gone, lambda said: None)
            assert _everything(cluster) == before
            assert SIEM.plan_uninstall(order, delete_data=True).work == []


def _somebody_elses(cluster: Cluster) -> None:
    """Put what another product has into a cluster, also under a name that looks like ours."""
    for name in ("their-settings", "agentwarrant-of-theirs"):
        cluster.ask("PUT", f"/_component_template/{name}", {"template": {"settings": {}}})
    body = {"index_patterns": ["logs-theirs-*"], "data_stream": {}, "priority": 120}
    cluster.ask("PUT", "/_index_template/logs-theirs", body)
    cluster.ask("PUT", "/_security/role/agentwarrant-of-theirs", {"cluster": ["monitor"]})


def _everything(cluster: Cluster) -> dict[str, Any]:
    found = {
        path: cluster.ask("GET", path)
        for path in (
            "/_component_template", "/_index_template", "/_security/role",
            "/_resolve/index/*", "/_all/_mapping",
        )
    }  # fmt: skip
    for listed in (found["/_component_template"], found["/_index_template"]):
        for entries in listed.values():
            entries.sort(key=lambda entry: entry["name"])
    return found


# What others changed -----------------------------------------------------------------------


@pytest.fixture
def order(url: str, tmp_path: Path) -> Order:
    """An order for a tenant that no test had before."""
    return order_for(config_of(url, tmp_path, {fresh_tenant(): {}}))


def tenant_of(order: Order) -> str:
    (tenant,) = tenants_of(order)
    return tenant.id


def changed_by_somebody(cluster: Cluster, name: str, path: str, value: Any) -> dict[str, Any]:
    """Change one setting of a component template as a customer does; return what it was."""
    place = f"/_component_template/{name}"
    (entry,) = cluster.ask("GET", place)["component_templates"]
    was: dict[str, Any] = entry["component_template"]
    for added in ("created_date_millis", "modified_date_millis"):  # by line 9, which takes none
        was.pop(added, None)
    settings = {**was["template"].get("settings", {}), path: value}
    cluster.ask("PUT", place, {**was, "template": {**was["template"], "settings": settings}})
    return was


def test_what_somebody_changed_stays_until_it_is_given_up(order: Order) -> None:
    installed(order)
    name = "agentwarrant-settings"
    with cluster_for(order) as cluster:
        changed_by_somebody(cluster, name, "index.refresh_interval", "17s")
        plan = installed(order)
        kept = one(plan, name)
        assert kept.verb is Verb.KEEP
        assert kept.lines == ('- template.settings.index.refresh_interval: "17s"',)
        theirs = installed(replace(order, overwrite=frozenset({name})))
        assert one(theirs, name).verb is Verb.UPDATE
        assert one(SIEM.plan_install(order), name).verb is Verb.NOTHING


def test_what_both_changed_is_a_conflict_and_stays(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(order)
    name = "agentwarrant-findings"
    with cluster_for(order) as cluster:
        changed_by_somebody(cluster, name, "index.refresh_interval", "17s")
        shipped = streams

        def newer(*given: Any) -> Iterator[Any]:
            for item in shipped(*given):
                template = {**item.body.get("template", {}), "settings": {"index.priority": 7}}
                ours = item.name == name
                yield replace(item, body={"template": template}) if ours else item

        monkeypatch.setattr(installing, "streams", newer)
        plan = installed(order)
        assert one(plan, name).verb is Verb.CONFLICT
        (entry,) = cluster.ask("GET", f"/_component_template/{name}")["component_templates"]
        assert "refresh_interval" in str(entry)
        monkeypatch.undo()
        installed(replace(order, overwrite=frozenset({name})))


def test_an_object_of_our_name_that_is_not_ours_is_left_alone(order: Order) -> None:
    name = f"agentwarrant-shipper-{names.namespace(tenant_of(order))}"
    with cluster_for(order) as cluster:
        cluster.ask("PUT", f"/_security/role/{name}", {"cluster": ["monitor"]})
        plan = installed(order)
        assert one(plan, name).verb is Verb.CONFLICT
        assert cluster.ask("GET", f"/_security/role/{name}")[name]["cluster"] == ["monitor"]
        gone = SIEM.plan_uninstall(order, delete_data=True)
        assert name not in {change.name for change in gone.changes}


def test_what_the_cluster_refuses_is_named_with_its_reason(order: Order) -> None:
    plan = SIEM.plan_install(order)
    role = next(change for change in plan.work if change.kind == ROLE)
    wrong = replace(role, body={"cluster": ["no-such-privilege"]})
    with pytest.raises(TargetRefused, match=r"role agentwarrant-.*no-such-privilege"):
        SIEM.install(order, replace(plan, changes=(wrong,)), lambda said: None)


def test_an_install_that_was_interrupted_anywhere_is_finished_by_the_next(order: Order) -> None:
    todo = len(SIEM.plan_install(order).work)
    assert todo > 2, "the tenant's inventory and roles at least"
    for done in range(todo):
        plan = SIEM.plan_install(order)
        with cluster_for(order) as cluster:
            installing.apply(cluster, plan.work[0])  # and then the power goes
        assert len(SIEM.plan_install(order).work) == todo - done - 1
    assert SIEM.plan_install(order).work == []


def test_a_cluster_that_has_not_what_was_sent_is_told_of(order: Order) -> None:
    plan = SIEM.plan_install(order)
    role = next(change for change in plan.work if change.kind == ROLE)
    less = replace(role, body={**role.body, "indices": []})
    with pytest.raises(TargetRefused, match="not as it was sent"):
        SIEM.install(order, replace(plan, changes=(less,)), lambda said: None)


def test_an_install_from_files_is_the_same_as_one_that_is_made_now(
    order: Order, tmp_path: Path
) -> None:
    SIEM.build(order, tmp_path / "built")
    installed(replace(order, files=tmp_path / "built", rules=()))
    plan = SIEM.plan_install(order)
    assert {change.verb for change in plan.changes} == {Verb.NOTHING}


# Documents ---------------------------------------------------------------------------------


def sent(cluster: Cluster, stream: str, documents: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Send documents, wait until they can be found; return what each was answered with."""
    lines = [
        orjson.dumps(part) + b"\n"
        for document in documents
        for part in ({"create": {"_index": stream}}, document)
    ]
    return [item["create"] for item in cluster.bulk(b"".join(lines))["items"]]


def rows(cluster: Cluster, query: str) -> tuple[list[str], list[list[Any]]]:
    if cluster.ask("GET", "/")["version"]["number"].startswith("9."):
        pytest.skip("line 9 is published without ES|QL: what comes before was run")
    answer = cluster.ask("POST", "/_query", {"query": query})
    assert not answer.get("is_partial")
    return [column["name"] for column in answer["columns"]], answer["values"]


def test_every_event_of_every_source_is_taken_and_every_field_can_be_asked_for(
    order: Order,
) -> None:
    installed(order)
    stream = names.stream("events", tenant_of(order))
    lines = [line for path in SAMPLES for line in path.read_bytes().splitlines()]
    assert len(lines) > 500
    with cluster_for(order) as cluster:
        answers = sent(cluster, stream, [orjson.loads(line) for line in lines])
        assert {answer["status"] for answer in answers} == {201}
        columns, _ = rows(cluster, f"FROM {stream} | LIMIT 1")
        assert fields().keys() <= set(columns)
        _, counted = rows(cluster, f"FROM {stream} | STATS n = COUNT(*)")
        assert counted == [[len(lines)]]


def test_an_index_has_the_fields_and_types_that_rules_are_checked_against(order: Order) -> None:
    installed(order)
    tenant = tenant_of(order)
    with cluster_for(order) as cluster:
        for kind in names.KINDS:
            made = cluster.ask(
                "POST", f"/_index_template/_simulate_index/{names.stream(kind, tenant)}"
            )["template"]
            found = flat(made["mappings"]["properties"])
            standin = {"wildcard": "keyword", "match_only_text": "text"}
            wanted = {name: standin.get(type_, type_) for name, type_ in fields().items()}
            assert wanted.items() <= found.items()
            assert made["lifecycle"]["data_retention"] == {"events": "30d"}.get(kind, "365d")
            assert made["data_stream_options"] == {"failure_store": {"enabled": False}}
            assert made["settings"]["index"]["mode"] == "standard"


def test_the_longest_text_is_found_and_a_longer_one_is_refused_aloud(order: Order) -> None:
    installed(order)
    stream = names.stream("events", tenant_of(order))
    time = "2026-01-01T00:00:00.000Z"
    longest, longer = "\u00e9" * (LONGEST // 2), "\u00e9" * (LONGEST // 2 + 1)
    documents = [{"@timestamp": time, "user.id": text} for text in (longest, longer)]
    with cluster_for(order) as cluster:
        taken, refused = sent(cluster, stream, documents)
        assert taken["status"] == 201
        assert refused["status"] == 400
        query = f"FROM {stream} | WHERE LENGTH(user.id) == {len(longest)} | STATS n = COUNT(*)"
        assert rows(cluster, query)[1] == [[1]]


def test_names_that_an_agent_makes_up_do_not_grow_the_mapping(order: Order) -> None:
    installed(order)
    stream = names.stream("events", tenant_of(order))
    made_up = {f"labels.x{n}": "y" for n in range(2000)}
    with cluster_for(order) as cluster:
        (answer,) = sent(cluster, stream, [{"@timestamp": "2026-01-01T00:00:00Z", **made_up}])
        assert answer["status"] == 201
        mapped = cluster.ask("GET", f"/{stream}/_mapping")
        assert "x1999" not in str(mapped)
        (hit,) = cluster.ask("POST", f"/{stream}/_search")["hits"]["hits"]
        assert hit["_source"]["labels.x1999"] == "y"


def test_a_field_that_is_new_reaches_a_stream_that_is_written_to(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = names.stream("events", tenant_of(order))
    less = {name: kind for name, kind in fields().items() if name != "warrant.origin"}
    less["warrant.channel"] = "long"
    plan = SIEM.plan_install(order)
    with cluster_for(order) as cluster, monkeypatch.context() as older:
        older.setattr(installing, "fields_for", lambda rules: less)
        installed(replace(order, overwrite=frozenset({"agentwarrant-mappings"})))
        sent(cluster, stream, [{"@timestamp": "2026-01-01T00:00:00.000Z"}])
    plan = installed(replace(order, overwrite=frozenset({"agentwarrant-mappings"})))
    change = one(plan, stream)
    assert change.lines == ("+ warrant.origin: keyword", "~ warrant.channel: long -> keyword")
    with cluster_for(order) as cluster:
        sent(cluster, stream, [{"@timestamp": "2026-01-02T00:00:00.000Z", "warrant.origin": "web"}])
        _, found = rows(cluster, f'FROM {stream} | WHERE warrant.origin == "web" | KEEP @timestamp')
        assert found == [["2026-01-02T00:00:00.000Z"]]


def test_templates_stay_as_long_as_streams_are_made_of_them(order: Order) -> None:
    installed(order)
    with cluster_for(order) as cluster:
        stream = names.stream("events", tenant_of(order))
        sent(cluster, stream, [{"@timestamp": "2026-01-01T00:00:00.000Z"}])
        plan = SIEM.plan_uninstall(order, delete_data=False)
        kept = {change.kind for change in plan.changes if change.verb is Verb.KEEP}
        assert {COMPONENT, TEMPLATE} <= kept
        assert {change.kind for change in plan.work if change.name != RECORDS} == {"role"}


# Roles -------------------------------------------------------------------------------------


def key_for(cluster: Cluster, descriptor: Mapping[str, Any]) -> str:
    return str(cluster.ask("POST", "/_security/api_key", key_of("test", descriptor))["encoded"])


@contextmanager
def as_role(order: Order, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Yield the cluster as one who has a role of those installed."""
    with cluster_for(order) as cluster:
        role = cluster.ask("GET", f"/_security/role/{name}")[name]
        allowed = {part: role[part] for part in ("cluster", "indices")}
        monkeypatch.setenv("INSTALL_TEST_KEY", key_for(cluster, allowed))
    with cluster_for(with_key(order)) as narrow:
        yield narrow


def with_key(order: Order) -> Order:
    """Return an order that is carried out with a key, not by the administrator."""
    target = target_of(order)
    key = Secret("env:INSTALL_TEST_KEY", Path())
    return replace(order, target=replace(target, username="", password=None, api_key=key))


@pytest.fixture
def two(url: str, tmp_path: Path) -> tuple[Order, str, str]:
    """Two tenants, installed, each with a document; and their names."""
    mine, other = fresh_tenant(), fresh_tenant()
    order = order_for(config_of(url, tmp_path, {mine: {}, other: {}}))
    installed(order)
    with cluster_for(order) as cluster:
        for tenant in (mine, other):
            document = {"@timestamp": "2026-01-01T00:00:00.000Z", "organization.id": tenant}
            sent(cluster, names.stream("events", tenant), [document])
    return order, mine, other


DOCUMENT = {"@timestamp": "2026-01-01T00:00:00.000Z"}


def test_a_shipper_writes_and_checks_its_own_tenant_and_reaches_no_other(
    two: tuple[Order, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order, mine, other = two
    ours, theirs = names.stream("events", mine), names.stream("events", other)
    with as_role(order, f"agentwarrant-shipper-{mine}", monkeypatch) as cluster:
        created = cluster.ask("POST", f"/{ours}/_create/id-1?refresh=false", DOCUMENT)
        assert created["result"] == "created"
        cluster.ask("POST", f"/{ours}/_refresh")
        found = cluster.ask("POST", f"/{ours}/_search", {"query": {"ids": {"values": ["id-1"]}}})
        assert [hit["_id"] for hit in found["hits"]["hits"]] == ["id-1"]
        cluster.ask("PUT", f"/{inventory.index_of(mine)}/_doc/a", {"gen_ai.agent.id": "a"})
        (hit,) = found["hits"]["hits"]
        for method, path, body in (
            ("POST", f"/{theirs}/_create/id-1", DOCUMENT),
            ("POST", f"/{theirs}/_search", {}),
            ("POST", f"/{theirs}/_refresh", None),
            ("PUT", f"/{inventory.index_of(other)}/_doc/a", {"gen_ai.agent.id": "a"}),
            ("DELETE", f"/{hit['_index']}/_doc/id-1", None),
            ("PUT", f"/{hit['_index']}/_doc/id-1?if_seq_no=0&if_primary_term=1", DOCUMENT),
            ("PUT", f"/{ours}/_mapping", {"properties": {"x": {"type": "keyword"}}}),
            ("POST", f"/{ours}/_rollover", None),
            ("GET", "/_security/role", None),
            ("GET", "/_component_template/agentwarrant-mappings", None),
        ):
            with pytest.raises(TargetRefused) as refused:
                cluster.ask(method, path, body)
            assert refused.value.status == 403, (method, path)
        seen = cluster.ask("POST", f"/{names.pattern('events')}/_search")
        assert {hit["_source"].get("organization.id", mine) for hit in seen["hits"]["hits"]} == {
            mine
        }


def test_a_shipper_may_make_its_own_stream_where_it_is_missing(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(order)
    tenant = tenant_of(order)
    with as_role(order, f"agentwarrant-shipper-{tenant}", monkeypatch) as cluster:
        stream = names.stream("findings", tenant)
        assert cluster.ask("POST", f"/{stream}/_create/1", DOCUMENT)["result"] == "created"


def test_an_analyst_reads_the_own_tenant_and_writes_nothing(
    two: tuple[Order, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order, mine, other = two
    with as_role(order, f"agentwarrant-analyst-{mine}", monkeypatch) as cluster:
        _, found = rows(
            cluster, f"FROM {names.pattern('events')} | STATS n = COUNT(*) BY organization.id"
        )
        assert found == [[1, mine]]
        for method, path, body in (
            ("POST", f"/{names.stream('events', mine)}/_create/2", DOCUMENT),
            ("POST", f"/{names.stream('events', other)}/_search", {}),
            ("POST", f"/{inventory.index_of(other)}/_search", {}),
        ):
            with pytest.raises(TargetRefused) as refused:
                cluster.ask(method, path, body)
            assert refused.value.status == 403, path


def test_the_installers_rights_are_enough_for_all_but_roles(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster_for(order) as cluster:
        monkeypatch.setenv("INSTALL_TEST_KEY", key_for(cluster, installer()))
    narrow = with_key(order)
    plan = installed(narrow)
    assert any("no roles" in note for note in plan.notes)
    assert one(plan, inventory.index_of(tenant_of(order))).verb is Verb.CREATE
    gone = SIEM.plan_uninstall(narrow, delete_data=True)
    assert inventory.index_of(tenant_of(order)) in {change.name for change in gone.work}


# The inventory -----------------------------------------------------------------------------


def test_events_are_joined_to_the_agents_of_their_tenant(order: Order) -> None:
    installed(order)
    tenant = tenant_of(order)
    known = Entry(tenant, "main", name="Main", owner="dana", status="registered")
    stream, agents = names.stream("events", tenant), inventory.index_of(tenant)
    time = "2026-01-01T00:00:00.000Z"
    events = [
        {"@timestamp": time, "gen_ai.agent.id": agent, "organization.id": tenant}
        for agent in ("main", "stranger")
    ]
    with cluster_for(order) as cluster:
        sent(cluster, stream, events)
        assert SIEM.publish(order, [replace(known, owner="nobody")]) == 1
        assert SIEM.publish(order, [known]) == 1  # over what was there
        _, found = rows(
            cluster,
            f"FROM {stream} | LOOKUP JOIN {agents} ON gen_ai.agent.id"
            " | KEEP gen_ai.agent.id, organization.id, warrant.inventory.owner,"
            " warrant.inventory.shadow | SORT gen_ai.agent.id",
        )
    assert found == [["main", tenant, "dana", "no"], ["stranger", tenant, None, None]]


def test_an_agent_of_a_tenant_that_does_not_ship_there_is_not_published(order: Order) -> None:
    with pytest.raises(ConfigError, match="does not ship there"):
        SIEM.publish(order, [Entry("somebody-else", "main")])


def test_an_agent_that_the_cluster_refuses_is_said_to_be_refused(order: Order) -> None:
    installed(order)
    wrong = Entry(tenant_of(order), "main", first="no time at all")
    with pytest.raises(TargetRefused, match="an agent was refused"):
        SIEM.publish(order, [wrong])


# What an event may be ----------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
times = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 30)).map(  # noqa: DTZ001  # events say Z themselves
    lambda moment: moment.isoformat(timespec="milliseconds") + "Z"
)
values: dict[str, st.SearchStrategy[Any]] = {
    "keyword": texts,
    "wildcard": texts,
    "match_only_text": texts,
    "date": times,
    "ip": st.ip_addresses().map(str),
    "long": st.integers(-(2**63), 2**63 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "float": st.floats(allow_nan=False, allow_infinity=False, width=32),
}
pairs = st.sampled_from(sorted(fields().items())).flatmap(
    lambda field: st.tuples(
        st.just(field[0]), values[field[1]] | st.lists(values[field[1]], max_size=3)
    )
)
events = st.builds(
    lambda time, some: {**dict(some), "@timestamp": time}, times, st.lists(pairs, max_size=8)
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes a server minutes
)
@given(st.lists(events, min_size=1, max_size=30))
def test_any_event_that_the_schema_allows_is_taken(
    order: Order, documents: list[dict[str, Any]]
) -> None:
    stream = names.stream("events", tenant_of(order))
    with cluster_for(order) as cluster:
        if stream not in read(cluster).streams:
            installed(order)
        answers = sent(cluster, stream, documents)
    assert [a["error"] for a in answers if a["status"] != 201] == []


# The command -------------------------------------------------------------------------------


def command(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    run = (sys.executable, "-W", "error", "-m", "agentwarrant", *arguments)
    return subprocess.run(run, capture_output=True, check=False)


def test_the_command_shows_what_it_would_do_and_does_it_when_told(
    order: Order, tmp_path: Path
) -> None:
    config = str(tmp_path / "agentwarrant.yml")
    arguments = ("install", "elastic", "--config", config)
    shown = command(*arguments, "--dry-run")
    assert shown.returncode == 0, shown.stderr
    agents = inventory.index_of(tenant_of(order))
    assert f"create   index {agents}" in shown.stdout.decode()
    assert one(SIEM.plan_install(order), agents).verb is Verb.CREATE, "nothing was done"
    done = command(*arguments, "--yes", "--sample", str(LOG))
    assert done.returncode == 0, done.stderr
    assert "installed into es" in done.stderr.decode()
    again = command(*arguments, "--yes")
    assert "nothing to do" in again.stdout.decode()
