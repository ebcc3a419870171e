"""Rules over what add-ons bring find what the engine finds by our connector of the same records.

A record goes two ways: through our connector and the engine, with a warrant that declares the
accounts and says nothing of the act; and, as the add-on keeps it, through the search, executed by
the interpreter of SPL of these tests. The second never finds what the first does not; and where a
file says that it sees a kind of events, it finds them. What a JSON ``null`` is at search time is
left open by the documentation, so every search runs with both readings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.shipped import shipped_rules
from tests.spl import Macro
from tests.spl.events import row_of
from tests.spl.machine import Machine
from tests.spl.naming import names
from tests.spl.tables import Table

from agentwarrant.collect import load_connectors
from agentwarrant.connector import Raw
from agentwarrant.event import epoch_ms
from agentwarrant.identity import Resolver
from agentwarrant.intent.judge import Judge
from agentwarrant.inventory import Inventory
from agentwarrant.redact import Redactor
from agentwarrant.rules.ir import FALSE, TRUE, atoms, fields_of
from agentwarrant.rules.matcher import Matcher
from agentwarrant.siem.splunk import foreign_rules
from agentwarrant.siem.splunk.foreign import AddOn, add_ons
from agentwarrant.siem.splunk.foreign_rules import render_foreign
from agentwarrant.siem.splunk.foreign_search import TENANT_MACRO
from agentwarrant.siem.splunk.inventory import COLUMNS, documents
from agentwarrant.siem.splunk.names import INVENTORY
from agentwarrant.siem.takeover import condition_of
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import load_warrants
from agentwarrant.warrant.registry import Registry

Record = dict[str, Any]

CONNECTORS = load_connectors(Redactor(b"key"))
KINDS = Kinds.of(CONNECTORS.values())
RULES = shipped_rules()
KNOWN = {rule.id: rule for rule in RULES}
SINGLE = Matcher([rule for rule in RULES if rule.alerts and rule.tree])
DATA = {one.name: one for one in add_ons()}
RENDERED = {name: render_foreign(RULES, one) for name, one in DATA.items()}
ROLE = "arn:aws:iam::111122223333:role/acme-helper"
USER = "arn:aws:iam::111122223333:user/acme-helper"
OTHER = "arn:aws:iam::111122223333:role/somebody"
PRINCIPAL, PERSON = "7D1E0A11-0000-4000-8000-00000000F0E1", "7d1e0a11-0000-4000-8000-00000000f0e2"
WARRANT = f"""\
warrant: 1
version: 1
agent: {{id: helper, name: helper, kind: assistant, owner: dana@acme.example, purpose: Helps.}}
signed: {{by: dana@acme.example, at: 2026-01-01}}
identities:
  - {{kind: aws.role, id: "{ROLE}"}}
  - {{kind: aws.user, id: "{USER}"}}
  - {{kind: okta.user, id: 00uhelper}}
  - {{kind: okta.app, id: 0oahelper}}
  - {{kind: github.user, id: Acme-Helper}}
  - {{kind: github.app, id: acme-app}}
  - {{kind: google.user, id: Helper@acme.example}}
  - {{kind: entra.service_principal, id: {PRINCIPAL}}}
  - {{kind: entra.user, id: {PERSON}}}
  - {{kind: github.user, id: of-old, from: 2025-01-01, until: 2026-01-01}}
scope: {{}}
"""
TIME = "2026-11-16T09:00:00.000Z"
ACME = {TENANT_MACRO: Macro('"acme"')}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    path = tmp_path_factory.mktemp("warrants") / "helper.yml"
    path.write_text(WARRANT)
    return load_warrants([path], KINDS)


@pytest.fixture(scope="module")
def inventory(registry: Registry) -> list[dict[str, Any]]:
    return [one for one in documents(Inventory(registry).entries()) if "account" in one]


# The two ways ------------------------------------------------------------------------------------


def found_by_us(source: str, record: Record, registry: Registry) -> set[str]:
    resolver, judge = Resolver(registry), Judge()
    found: set[str] = set()
    for event in CONNECTORS[source].normalize(Raw(json.loads(json.dumps(record)))):
        judged = judge.judge(resolver.attribute(event))
        found |= {rule.short_id for rule in SINGLE.hits(judged)}
    return found


def splunk(
    data: AddOn,
    records: Sequence[Record],
    inventory: Sequence[Mapping[str, Any]],
    *,
    spelt: bool,
    tenant: str = "default",
) -> Machine:
    """Return a Splunk that holds records as the add-on keeps them.

    Args:
        spelt: A JSON ``null`` is the word; else it is nothing.
    """
    rows = [row_of(envelope(data, record, number, spelt)) for number, record in enumerate(records)]
    table = Table(tuple(sorted(COLUMNS)), [dict(one) for one in inventory])
    macros = {data.index_macro: Macro("index=theirs"), TENANT_MACRO: Macro(f'"{tenant}"')}
    return Machine(rows, tables={INVENTORY: table}, macros=macros)


def envelope(data: AddOn, record: Record, number: int, spelt: bool) -> str:
    kept = without_null(record, spelt)
    at: Any = kept
    *path, last = data.identity.split(".")
    for step in path:
        at = at.setdefault(step, {})
    at[last] = str(number)
    sent = {"time": moment(record), "index": "theirs", "sourcetype": data.sourcetypes[0]}
    return json.dumps({**sent, "event": kept})


def without_null(value: Any, spelt: bool) -> Any:
    if isinstance(value, dict):
        kept = {key: without_null(one, spelt) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one is not None}
    if isinstance(value, list):
        return [without_null(one, spelt) for one in value if spelt or one is not None]
    return "null" if value is None and spelt else value


def moment(record: Record) -> float:
    body = record.get("properties", record)
    named = ("eventTime", "published", "activityDateTime", "createdDateTime")
    said = next((body[name] for name in named if name in body), None)
    if said is None:
        return float(record["@timestamp"]) / 1000 if "@timestamp" in record else epoch(TIME)
    return epoch(str(said))


def epoch(said: str) -> float:
    return epoch_ms(said) / 1000


def found_there(machine: Machine, data: AddOn, records: Sequence[Record]) -> list[set[str]]:
    """Return for each record which rules find it."""
    found: list[set[str]] = [set() for _ in records]
    for native in RENDERED[data.name].rules:
        if native.rule.correlation is None:
            for row in machine.run(native.query.text):
                assert row["gen_ai.agent.id"]
                found[int(str(row["aw_id"]))].add(native.rule.short_id.partition(" ")[0])
    return found


def both(
    name: str, source: str, records: Sequence[Record], registry: Registry, inventory: Any
) -> Iterator[tuple[Record, set[str], set[str]]]:
    """Yield each record with what is found there and what by us of the rules that are there."""
    data = DATA[name]
    there = found_there(splunk(data, records, inventory, spelt=False), data, records)
    assert found_there(splunk(data, records, inventory, spelt=True), data, records) == there
    for record, found in zip(records, there, strict=True):
        yield record, found, found_by_us(source, record, registry)


def rendered(name: str) -> set[str]:
    """Return the rules about single events."""
    return {
        one.rule.short_id.partition(" ")[0]
        for one in RENDERED[name].rules
        if not one.rule.correlation
    }


# Records -----------------------------------------------------------------------------------------


def said(name: str, field: str) -> list[str]:
    """Return every word that a file has for a field."""
    found = (atom for kind in DATA[name].kinds for atom in atoms(kind.when))
    return sorted({atom[3] for atom in found if atom[1] == field and atom[2] == "eq_cased"})


def aws(service: str, verb: str, who: str = ROLE, **more: Any) -> Record:
    name = who.rpartition("/")[2]
    identity: Record = {"type": "IAMUser", "arn": who, "userName": name}
    if ":role/" in who:
        issuer = {"type": "Role", "arn": who, "userName": name}
        arn = f"arn:aws:sts::111122223333:assumed-role/{name}/session-1"
        identity = {"type": "AssumedRole", "arn": arn, "sessionContext": {"sessionIssuer": issuer}}
    return {
        "eventTime": TIME,
        "eventSource": service,
        "eventName": verb,
        "eventID": "e",
        "awsRegion": "eu-central-1",
        "requestParameters": None,
        "userIdentity": {**identity, "accountId": "111122223333"},
        **more,
    }


def okta(event_type: str, type_: str, own: str | None, result: str = "SUCCESS") -> Record:
    return {
        "uuid": "u",
        "eventType": event_type,
        "published": TIME,
        "outcome": {"result": result, "reason": None},
        "actor": {"id": own, "type": type_, "displayName": "x", "detailEntry": None},
        "target": [],
    }


def github(action: str, actor: str, **more: Any) -> Record:
    return {"@timestamp": epoch_ms(TIME), "action": action, "actor": actor, "org": "acme", **more}


def entra(activity: str, by: Record, result: str = "success") -> Record:
    return {
        "id": "a",
        "activityDisplayName": activity,
        "activityDateTime": TIME,
        "initiatedBy": by,
        "result": result,
        "targetResources": [{"type": "User", "id": "u1", "modifiedProperties": []}],
    }


def signin(user: str, **more: Any) -> Record:
    body = {
        "id": "s",
        "createdDateTime": TIME,
        "userId": user,
        "userPrincipalName": "x@acme.example",
        "resourceId": "r",
        "status": {"errorCode": 0, "failureReason": None},
    }
    return {**body, **more}


def monitored(category: str, body: Record) -> Record:
    place = "/tenants/7d1e0a11-0000-4000-8000-0000000acce0/providers/Microsoft.aadiam"
    return {"time": TIME, "category": category, "resourceId": place, "properties": body}


def workspace(application: str, event: str, actor: str | None, *values: str) -> Record:
    given = [{"name": f"p{number}", "value": value} for number, value in enumerate(values)]
    return {
        "id": {"time": TIME, "uniqueQualifier": "1", "applicationName": application},
        "actor": {"email": actor, "profileId": "1"},
        "event": {"type": "x", "name": event, "parameters": given},
    }


APP = {"app": {"servicePrincipalId": PRINCIPAL, "displayName": "helper"}}
ACTOR = {"user": {"id": PERSON, "userPrincipalName": "helper@acme.example"}}
SOMEBODY = {"user": {"id": "u9", "userPrincipalName": "dana@acme.example"}}
AWS_CALLS = [
    *(("iam.amazonaws.com", verb) for verb in said("aws_cloudtrail_accounts", "eventName")),
    *(("cloudtrail.amazonaws.com", verb) for verb in ("StopLogging", "DeleteTrail", "GetTrail")),
    ("secretsmanager.amazonaws.com", "GetSecretValue"),
    ("ec2.amazonaws.com", "CreateKeyPair"),
    ("ec2.amazonaws.com", "DescribeInstances"),
    ("guardduty.amazonaws.com", "DeleteDetector"),
    ("sts.amazonaws.com", "AssumeRole"),
]
OPENED = {"requestParameters": {"name": "/db", "withDecryption": True}}
AWS = [
    *(aws(*call, who) for call in AWS_CALLS for who in (ROLE, USER, OTHER)),
    *(aws(*call, errorCode="AccessDenied") for call in AWS_CALLS[::4]),
    *({**aws("ssm.amazonaws.com", "GetParameter", who), **OPENED} for who in (ROLE, OTHER)),
    aws("ssm.amazonaws.com", "GetParameter", requestParameters={"withDecryption": False}),
    *(
        aws("signin.amazonaws.com", "ConsoleLogin", USER, responseElements={"ConsoleLogin": said})
        for said in ("Success", "Failure")
    ),
]
OKTA_TYPES = (
    "system.api_token.create", "app.oauth2.credentials.lifecycle.create", "policy.rule.delete",
    "user.mfa.factor.activate", "zone.deactivate", "zone.removed", "group.user_membership.remove",
    "policy.evaluate_sign_on", "app.oauth2.client.read_client_secret", "user.session.start",
    "app.oauth2.token.grant.access_token", "user.session.access_admin_app", "user.session.end",
    "user.authentication.sso", "user.authentication.auth_via_mfa", "System.Api_Token.Create",
    "system.log_stream.lifecycle.deactivate", "user.lifecycle.create",
)  # fmt: skip
OKTA_ACTORS = (
    ("AIAgent", "wlp7helper"), ("AI_AGENT", "wlp7helper"), ("User", "00uhelper"),
    ("PublicClientApp", "0oahelper"), ("User", "00udana"), ("AIAgent", "00uhelper"),
    ("User", "0oahelper"), ("SystemPrincipal", "okta"), ("AIAgent", ""), ("User", None),
)  # fmt: skip
OKTA = [
    okta(event_type, type_, own, result)
    for event_type in OKTA_TYPES
    for type_, own in OKTA_ACTORS
    for result in ("SUCCESS", "FAILURE", "ALLOW", "DENY")
]
GITHUB = [
    github(action, actor, **more)
    for action in [*said("github_accounts", "aw_verb"), "repo.create", "git.push"]
    for actor, more in (
        ("Copilot", {"actor_is_bot": True, "actor_is_agent": True}),
        ("acme-helper", {}),
        ("ACME-Helper", {"actor_is_bot": False}),
        ("acme-app[bot]", {}),
        ("acme-app", {"actor_is_bot": True}),
        ("dana", {}),
        ("of-old", {}),
        ("copilot", {}),
        ("null", {}),
    )
]
ENTRA = [
    entra(activity, by, result)
    for activity in [
        *said("entra_audit_accounts", "activityDisplayName"),
        "Update application",
        "Add user",
        "Add app role assignment to service principal",
    ]
    for by in (APP, ACTOR, SOMEBODY, {"user": None, "app": APP["app"]}, {"app": None, **ACTOR})
    for result in ("success", "failure", "timeout", "unknownFutureValue")
]
SIGN_INS = [
    signin(user, **more)
    for user in (PERSON, PERSON.upper(), "u9", "")
    for more in (
        {},
        {"isInteractive": True, "signInEventTypes": ["interactiveUser"]},
        {"isInteractive": False},
        {"signInEventTypes": ["nonInteractiveUser"], "isInteractive": False},
        {"status": {"errorCode": 50126, "failureReason": "No."}},
        {"status": {"errorCode": None}},
        {"agent": {"agentType": "notAgentic"}},
        {"agent": {"agentType": "agenticAppInstance"}},
        {"agent": None},
    )
]
CASES = {
    "aws_cloudtrail_accounts": ("aws_cloudtrail", AWS),
    "okta": ("okta", OKTA),
    "okta_accounts": ("okta", OKTA),
    "github": ("github", GITHUB),
    "github_accounts": ("github", GITHUB),
    "entra_audit_accounts": ("entra", ENTRA),
    "entra_signin_accounts": ("entra", SIGN_INS),
    "azure_audit_accounts": ("entra", [monitored("AuditLogs", one) for one in ENTRA]),
    "azure_signin_accounts": ("entra", [monitored("SignInLogs", one) for one in SIGN_INS]),
}
OF_NO_CONNECTOR = {"google_workspace_accounts"}


def test_every_file_is_compared_with_a_connector_or_says_that_there_is_none() -> None:
    assert CASES.keys() | OF_NO_CONNECTOR == DATA.keys()
    for name in OF_NO_CONNECTOR:
        assert "No connector of Agent Warrant reads this source" in DATA[name].less


@pytest.mark.parametrize("name", CASES)
def test_no_more_is_found_than_by_us_and_each_rule_is_found(
    name: str, registry: Registry, inventory: Any
) -> None:
    source, records = CASES[name]
    seen: set[str] = set()
    for record, there, ours in both(name, source, records, registry, inventory):
        assert there <= ours, record
        seen |= there
    assert seen == rendered(name)


# What is found ---------------------------------------------------------------------------------


def pairs() -> list[tuple[str, str]]:
    """Return every (service, verb) that the file of CloudTrail names together."""
    found: set[tuple[str, str]] = set()
    for kind in DATA["aws_cloudtrail_accounts"].kinds:
        for part in alternatives(kind.when):
            words = [atom for atom in part if atom[2] == "eq_cased"]
            verbs = [atom[3] for atom in words if atom[1] == "eventName"]
            services = [atom[3] for atom in words if atom[1] == "eventSource"]
            found |= {(service, verb) for service in services for verb in verbs}
    return sorted(found - {("signin.amazonaws.com", "ConsoleLogin")})


def alternatives(node: Any) -> list[list[Any]]:
    """Return the tests of each conjunction that holds a service of its own."""
    own = [part for part in node[1:] if isinstance(part, list)]
    if node[0] == "and" and any(part[:2] == ["is", "eventSource"] for part in own):
        return [list(atoms(node))]
    return [one for part in own for one in alternatives(part)]


def test_every_call_that_is_named_is_found_both_ways(registry: Registry, inventory: Any) -> None:
    named = pairs()
    assert len(named) > 40
    records = [{**aws(*call, who), **OPENED} for call in named for who in (ROLE, USER)]
    name = "aws_cloudtrail_accounts"
    for record, there, ours in both(name, "aws_cloudtrail", records, registry, inventory):
        assert there, record
        assert there == ours & rendered(name), record


@pytest.mark.parametrize(
    ("name", "source", "records"),
    [
        (
            "github_accounts",
            "github",
            [r for r in GITHUB if r["actor"] in ("acme-helper", "ACME-Helper", "acme-app[bot]")],
        ),
        ("github", "github", [r for r in GITHUB if r["actor"] == "Copilot"]),
        ("entra_audit_accounts", "entra", ENTRA),
        ("entra_signin_accounts", "entra", SIGN_INS),
        ("azure_audit_accounts", "entra", [monitored("AuditLogs", one) for one in ENTRA]),
        ("azure_signin_accounts", "entra", [monitored("SignInLogs", one) for one in SIGN_INS]),
        (
            "okta_accounts",
            "okta",
            [
                okta(event_type, type_, own, result)
                for event_type in OKTA_TYPES[:9]
                for type_, own in (("User", "00uhelper"), ("PublicClientApp", "0oahelper"))
                for result in ("SUCCESS", "FAILURE")
            ],
        ),
        (
            "okta",
            "okta",
            [
                okta(event_type, type_, "wlp7helper", result)
                for event_type in OKTA_TYPES
                for type_ in ("AIAgent", "AI_AGENT")
                for result in ("SUCCESS", "FAILURE")
                if event_type.islower()
            ],
        ),
    ],
)
def test_the_same_is_found_both_ways(
    name: str, source: str, records: list[Record], registry: Registry, inventory: Any
) -> None:
    found = [
        there == ours & rendered(name)
        for _, there, ours in both(name, source, records, registry, inventory)
    ]
    assert all(found)


def found_in(name: str, record: Record, inventory: Any, **more: Any) -> set[str]:
    data = DATA[name]
    (found,) = found_there(splunk(data, [record], inventory, spelt=True, **more), data, [record])
    return found


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (workspace("admin", "CHANGE_PASSWORD", "helper@acme.example"), {"AIA-CRD-007"}),
        (workspace("admin", "CREATE_USER", "HELPER@acme.example"), {"AIA-CRD-007"}),
        (workspace("login", "password_edit", "helper@acme.example"), {"AIA-CRD-007"}),
        (
            workspace("admin", "TURN_OFF_2_STEP_VERIFICATION", "helper@acme.example"),
            {"AIA-KIL-004"},
        ),
        (workspace("user_accounts", "2sv_disable", "helper@acme.example"), {"AIA-KIL-004"}),
        (
            workspace("login", "login_success", "helper@acme.example", "x", "google_password"),
            {"AIA-VIS-004"},
        ),
        (workspace("login", "login_success", "helper@acme.example", "exchange"), set()),
        (workspace("login", "login_failure", "helper@acme.example", "google_password"), set()),
        (workspace("login", "CREATE_USER", "helper@acme.example"), set()),
        (workspace("admin", "CHANGE_PASSWORD", "dana@acme.example"), set()),
        (workspace("admin", "CHANGE_PASSWORD", None), set()),
    ],
)
def test_what_is_found_in_google_workspace(
    record: Record, wanted: set[str], inventory: Any
) -> None:
    assert found_in("google_workspace_accounts", record, inventory) == wanted


def test_githubs_word_is_read_where_the_add_on_keeps_it(inventory: Any) -> None:
    record = github("deploy_key.create", "acme-helper")
    kept = {**record, "action": "created", "vendor_action": record["action"]}
    assert found_in("github_accounts", kept, inventory) == {"AIA-CRD-007"}
    other = {**record, "vendor_action": "repo.create"}
    assert found_in("github_accounts", other, inventory) == set()


def test_an_account_that_is_an_agents_no_more_is_not_found(inventory: Any) -> None:
    record = github("deploy_key.create", "of-old")
    assert found_in("github_accounts", record, inventory) == set()
    for time, wanted in (
        ("2025-01-01T00:00:00.000Z", {"AIA-CRD-007"}),
        ("2024-12-31T23:59:59.999Z", set()),
        ("2025-12-31T23:59:59.999Z", {"AIA-CRD-007"}),
        ("2026-01-01T00:00:00.000Z", set()),
    ):
        then = {**record, "@timestamp": epoch_ms(time)}
        assert found_in("github_accounts", then, inventory) == wanted, time


def test_the_inventory_of_another_tenant_finds_nothing(inventory: Any) -> None:
    record = github("deploy_key.create", "acme-helper")
    assert found_in("github_accounts", record, inventory, tenant="default") == {"AIA-CRD-007"}
    assert found_in("github_accounts", record, inventory, tenant="other") == set()
    theirs = [{**one, "tenant": "other"} for one in inventory]
    assert found_in("github_accounts", record, theirs, tenant="default") == set()


def test_a_row_says_whose_agent_it_is_and_which_record(inventory: Any) -> None:
    data, record = DATA["github_accounts"], github("deploy_key.create", "acme-helper")
    machine = splunk(data, [record], inventory, spelt=True)
    native = next(one for one in RENDERED[data.name].rules if "CRD" in one.rule.short_id)
    (row,) = machine.run(native.query.text)
    assert row["organization.id"] == "default"
    assert row["gen_ai.agent.id"] == "helper"
    assert row["aw_account"] == "github.user:acme-helper"
    assert row["aw_id"] == row["aw_ids"] == "0"
    assert row["aw_first"] == row["aw_last"] == row["_time"] == epoch(TIME)


# Counts -----------------------------------------------------------------------------------------

BURST = next(rule for rule in RULES if rule.short_id == "AIA-SPD-001")


def calls(times: Sequence[float], who: str = ROLE) -> list[Record]:
    """Return calls so many seconds after ``TIME``; CloudTrail's times are whole seconds."""
    made = []
    for second in times:
        then = TIME.replace("09:00:00", f"09:{int(second) // 60:02d}:{int(second) % 60:02d}")
        made.append({**aws("ec2.amazonaws.com", "DescribeInstances", who), "eventTime": then})
    return made


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        (calls([0] * 60), 1),
        (calls([0] * 59), 0),
        (calls([0] * 59 + [60]), 1),
        (calls([0] * 59 + [61]), 0),
        (calls([0] * 59) + calls([1], USER), 1),
        (calls([0] * 59) + calls([1], OTHER), 0),
        (calls([*range(60), 60, 61]), 3),
    ],
)
def test_calls_of_an_agent_are_counted_in_a_window_that_slides(
    records: list[Record], wanted: int, inventory: Any
) -> None:
    data = DATA["aws_cloudtrail_accounts"]
    native = next(one for one in RENDERED[data.name].rules if one.rule.correlation)
    rows = splunk(data, records, inventory, spelt=False).run(native.query.text)
    assert len(rows) == wanted
    assert all(row["gen_ai.agent.id"] == "helper" for row in rows)
    assert all(float(str(row["aw_count"])) >= 60 for row in rows)


def test_a_record_that_came_twice_is_counted_once(inventory: Any) -> None:
    data, records = DATA["aws_cloudtrail_accounts"], calls([0] * 59)
    native = next(one for one in RENDERED[data.name].rules if one.rule.correlation)
    machine = splunk(data, records, inventory, spelt=False)
    machine.events.append(dict(machine.events[0]))
    assert machine.run(native.query.text) == []


# All --------------------------------------------------------------------------------------------

NATIVE = [(DATA[name], one) for name, made in RENDERED.items() for one in made.rules]
IDS = [one.rule.short_id for _, one in NATIVE]


@pytest.mark.parametrize(("data", "one"), NATIVE, ids=IDS)
def test_a_search_names_only_what_there_is(data: AddOn, one: Any) -> None:
    tree = condition_of(KNOWN[one.rule.id], KNOWN, data)
    assert tree not in (TRUE, FALSE)
    text = one.query.text
    named = names(text, {data.index_macro: Macro("index=x"), **ACME})
    assert named.macros == {data.index_macro, TENANT_MACRO}
    assert (
        named.lookups.keys() == set(one.query.lookups) == ({INVENTORY} if data.accounts else set())
    )
    assert all(columns <= COLUMNS for columns in named.lookups.values())
    assert not [field for field in named.read if field.startswith("warrant.")]
    read = {name for name in fields_of(tree) if name}
    ours = {"_time", "sourcetype", "index", data.identity}
    theirs = {one for them in data.derived.values() for one in them}
    accounts = {account.field for account in data.accounts}
    accounts |= {account.only[0] for account in data.accounts if account.only}
    shown = set(data.fields.values()) if not data.accounts else set()
    assert named.read <= read | ours | theirs | accounts | shown


@pytest.mark.parametrize("made", RENDERED.values(), ids=RENDERED)
def test_every_rule_is_taken_over_or_refused_with_a_reason(made: Any) -> None:
    taken = {one.rule.id for one in made.rules}
    refused = {one.rule.id for one in made.refused}
    assert taken | refused == {rule.id for rule in RULES if rule.alerts}
    assert not taken & refused
    assert all(one.reason for one in made.refused)


def test_saved_searches_are_off_and_have_names_of_their_own() -> None:
    stanzas = foreign_rules.stanzas(RULES)
    assert len(stanzas) == len(NATIVE)
    own = foreign_rules.macros(RULES)
    for name, stanza in stanzas.items():
        assert len(name) < 100
        assert " over " in name
        assert stanza["disabled"] == "1"
        assert "without Agent Warrant's connector" in stanza["description"]
        used = {macro for macro in own if f"`{macro}`" in stanza["search"]}
        assert len(used) == 3, "where it is, whose it is, what is excepted"


def test_one_can_be_switched_on_alone() -> None:
    on = foreign_rules.stanzas(RULES, ["AIA-CRD-007 over okta"])
    assert [name for name, one in on.items() if one["disabled"] == "0"] == [
        "Agent Warrant - AIA-CRD-007 over okta - Rule"
    ]


def test_from_a_finding_an_analyst_comes_to_the_record(inventory: Any) -> None:
    data, record = DATA["github_accounts"], github("deploy_key.create", "acme-helper")
    stanza = foreign_rules.stanzas(RULES)["Agent Warrant - AIA-CRD-007 over github_accounts - Rule"]
    (drilldown,) = json.loads(stanza["action.notable.param.drilldown_searches"])
    native = next(one for one in RENDERED[data.name].rules if "CRD" in one.rule.short_id)
    assert "aw_id" in native.query.columns
    assert '"aw_id"' in stanza["search"] or " aw_id" in stanza["search"].rpartition("| table")[2]
    machine = splunk(data, [github("repo.create", "dana"), record], inventory, spelt=True)
    (row,) = machine.run(native.query.text)
    asked = drilldown["search"].replace("$aw_id|s$", f'"{row["aw_id"]}"')
    (found,) = machine.run(asked)
    assert found["action"] == "deploy_key.create"


def test_all_is_not_these() -> None:
    on = foreign_rules.stanzas(RULES, ["*"]).values()
    assert {stanza["disabled"] for stanza in on} == {"1"}


def test_the_table_names_every_search() -> None:
    table = foreign_rules.table(RULES)
    for data in DATA.values():
        assert data.title in table
        assert data.index_macro in table
        assert all(f"`{kind}`" in table for kind in data.sourcetypes)


def test_every_file_says_where_its_add_on_was_read() -> None:
    for data in DATA.values():
        assert data.add_on.startswith("Splunk Add-on for ")
        assert data.sourcetypes
        assert data.less.endswith(".")


# Genuine records ---------------------------------------------------------------------------------

HOME = Path(__file__).parents[2] / "connectors"
SAMPLES = {
    "aws_cloudtrail_accounts": ("aws_cloudtrail", "handwritten_s3_delivery.json"),
    "okta": ("okta", "system_log.jsonl"),
    "okta_accounts": ("okta", "system_log.jsonl"),
    "github": ("github", "audit_log_stream.jsonl"),
    "github_accounts": ("github", "audit_log_stream.jsonl"),
    "entra_audit_accounts": ("entra", "graph_directory_audits.jsonl"),
    "entra_signin_accounts": ("entra", "graph_signins.json"),
    "azure_audit_accounts": ("entra", "azure_monitor.jsonl"),
    "azure_signin_accounts": ("entra", "azure_monitor.jsonl"),
}


def samples(source: str, name: str) -> list[Record]:
    text = (HOME / source / "samples" / name).read_text(encoding="utf-8")
    if name.endswith(".jsonl"):
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        # a message of an event hub is split into its records by the add-on
        return [record for line in lines for record in line.get("records", [line])]
    whole = json.loads(text)
    listed: list[Record] = whole.get("Records") or whole["value"]
    return listed


def declaring(data: AddOn, source: str, records: Sequence[Record]) -> str:
    """Return a warrant that declares every account in some records that a file reads."""
    kinds = {one.kind for one in data.accounts}
    refs: set[str] = set()
    for record in records:
        for event in CONNECTORS[source].normalize(Raw(json.loads(json.dumps(record)))):
            found = event.get("warrant.identity.accounts")
            refs |= {str(ref) for ref in (found if isinstance(found, list) else [])}
    named = sorted(ref.split(":", 1) for ref in refs if ref.partition(":")[0] in kinds)
    lines = [f"  - {json.dumps({'kind': kind, 'id': own})}" for kind, own in named]
    return "\n".join([WARRANT.partition("identities:")[0] + "identities:", *lines, "scope: {}\n"])


@pytest.mark.skipif(not HOME.is_dir(), reason="the tests run without a checkout beside them")
@pytest.mark.parametrize("name", SAMPLES)
def test_of_genuine_records_no_more_is_found_than_by_us(name: str, tmp_path: Path) -> None:
    source, file = SAMPLES[name]
    data, records = DATA[name], samples(source, file)
    assert records
    path = tmp_path / "helper.yml"
    path.write_text(declaring(data, source, records) if data.accounts else WARRANT)
    registry = load_warrants([path], KINDS)
    held = [one for one in documents(Inventory(registry).entries()) if "account" in one]
    for record, there, ours in both(name, source, records, registry, held):
        assert there <= ours, record


# Whatever comes -----------------------------------------------------------------------------------

OKTA_WORDS = (
    "user app application oauth2 client credential credentials secret key keys token token_grant "
    "factor policy rule zone log_stream lifecycle create generate add_member activate delete "
    "deactivate_all removed evaluate_sign_on grant authorize session access_request group "
    "membership privilege system api_token event_hook update read_client_secret start sso"
).split()
ANY_OKTA = st.builds(
    lambda words, actor, result: okta(".".join(words), actor[0], actor[1], result),
    st.lists(st.sampled_from(OKTA_WORDS), min_size=1, max_size=5),
    st.sampled_from(OKTA_ACTORS),
    st.sampled_from(["SUCCESS", "FAILURE", "ALLOW", "DENY", "CHALLENGE", "UNKNOWN", ""]),
)


@pytest.mark.parametrize("name", ["okta", "okta_accounts"])
@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(ANY_OKTA, min_size=1, max_size=12))
def test_whatever_okta_writes_no_more_is_found_than_by_us(
    name: str, registry: Registry, inventory: Any, records: list[Record]
) -> None:
    for record, there, ours in both(name, "okta", records, registry, inventory):
        assert there <= ours, record
