"""Rules over others' data that know an agent by its account, held to the engine under a warrant.

The same record goes two ways: through our connector, with a warrant that declares the account and
says nothing of the act; and, renamed as the integration's ingest pipeline renames it, through the
condition of the rule and the account that the file reads. The join itself is executed on a real
server in ``e2e/test_elastic_foreign.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shipped import shipped_rules

from agentwarrant.collect import load_connectors
from agentwarrant.connector import Raw
from agentwarrant.event import Event, epoch_ms
from agentwarrant.identity import Resolver
from agentwarrant.intent.judge import Judge
from agentwarrant.inventory import Inventory
from agentwarrant.redact import Redactor
from agentwarrant.rules.ir import atoms
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.foreign import integrations
from agentwarrant.siem.elastic.foreign_rules import render_foreign
from agentwarrant.siem.elastic.inventory import ACCOUNT, HOLDER, documents, index_of
from agentwarrant.siem.foreign import Account
from agentwarrant.siem.takeover import condition_of, taken_over
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import load_warrants
from agentwarrant.warrant.registry import Registry

CONNECTORS = load_connectors(Redactor(b"key"))
KINDS = Kinds.of(CONNECTORS.values())
RULES = shipped_rules()
SINGLE = Matcher([rule for rule in RULES if rule.alerts and rule.tree])
DATA = {one.name.removesuffix("_accounts"): one for one in integrations() if one.accounts}
RENDERED = {name: render_foreign(RULES, one, "8.19") for name, one in DATA.items()}
SOURCES = {
    "aws_cloudtrail": "aws_cloudtrail",
    "azure_auditlogs": "entra",
    "github": "github",
    "okta": "okta",
}
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
  - {{kind: entra.service_principal, id: {PRINCIPAL}}}
  - {{kind: entra.user, id: {PERSON}}}
  - {{kind: github.user, id: of-old, from: 2025-01-01, until: 2026-01-01}}
scope: {{}}
"""
TIME = "2026-11-16T09:00:00.000Z"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    path = tmp_path_factory.mktemp("warrants") / "helper.yml"
    path.write_text(WARRANT)
    return load_warrants([path], KINDS)


@pytest.fixture(scope="module")
def declared(registry: Registry) -> dict[str, Event]:
    """Return the documents of accounts in the inventory, by account."""
    made = documents(Inventory(registry).entries())
    return {str(document[ACCOUNT]): document for _, _, document in made if ACCOUNT in document}


def found_by_us(source: str, record: Mapping[str, Any], registry: Registry) -> set[str]:
    resolver, judge = Resolver(registry), Judge()
    found: set[str] = set()
    for event in CONNECTORS[SOURCES[source]].normalize(Raw(dict(record))):
        judged = judge.judge(resolver.attribute(event))
        found |= {rule.short_id for rule in SINGLE.hits(judged)}
    return found


def matchers() -> dict[str, Matcher]:
    made: dict[str, Matcher] = {}
    for name, data in DATA.items():
        rules = [
            Rule(r.id, "", "", "", "", r.severity, True, taken_over(r, data), meta=r.meta)
            for r in (one.rule for one in RENDERED[name].rules if not one.rule.correlation)
        ]
        made[name] = Matcher(rules)
    return made


THEIRS = matchers()


def found_there(name: str, document: Event, declared: Mapping[str, Event]) -> set[str]:
    accounts = (account_of(one, document) for one in DATA[name].accounts)
    account = next((one for one in accounts if one), "")
    if not holds(declared.get(account), document):
        return set()
    return {rule.short_id for rule in THEIRS[name].hits(document)}


def account_of(one: Account, document: Event) -> str:
    """Return what ``foreign_agents`` says in ES|QL of a document."""
    value = document.get(one.field)
    if not isinstance(value, str) or not value.endswith(one.tail):
        return ""
    if one.only and document.get(one.only[0]) != one.only[1]:
        return ""
    own = value[: len(value) - len(one.tail)]
    return f"{one.kind}:{own.lower() if one.fold else own}"


def holds(account: Event | None, document: Event) -> bool:
    if account is None:
        return False
    time = epoch_ms(str(document["@timestamp"]))
    begins, ends = (account.get(f"warrant.inventory.valid_{one}") for one in ("from", "until"))
    return (begins is None or time >= int(str(begins))) and (ends is None or time < int(str(ends)))


def plain(fields: Mapping[str, Any]) -> Event:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def rendered(name: str) -> set[str]:
    """Return the rules about single events."""
    return {one.rule.short_id for one in RENDERED[name].rules if not one.rule.correlation}


# AWS --------------------------------------------------------------------------------------------


def aws_record(service: str, verb: str, who: str = ROLE, **more: Any) -> dict[str, Any]:
    name = who.rpartition("/")[2]
    identity: dict[str, Any] = {"type": "IAMUser", "arn": who, "userName": name}
    if ":role/" in who:
        issuer = {"type": "Role", "arn": who, "userName": name}
        arn = f"arn:aws:sts::111122223333:assumed-role/{name}/session-1"
        session = {"sessionIssuer": issuer}
        identity = {"type": "AssumedRole", "arn": arn, "sessionContext": session}
    return {
        "eventVersion": "1.11",
        "eventTime": TIME,
        "eventSource": service,
        "eventName": verb,
        "eventID": "e-1",
        "awsRegion": "eu-central-1",
        "recipientAccountId": "111122223333",
        "userIdentity": {**identity, "accountId": "111122223333"},
        **more,
    }


def aws_document(record: Mapping[str, Any]) -> Event:
    who, base = record["userIdentity"], "aws.cloudtrail."
    answer = record.get("responseElements")
    issuer = who.get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
    shown = "{" + ", ".join(f"{k}={v}" for k, v in answer.items()) + "}" if answer else None
    return plain(
        {
            "@timestamp": record["eventTime"],
            "event.action": record["eventName"],
            "event.provider": record["eventSource"],
            f"{base}error_code": record.get("errorCode"),
            f"{base}error_message": record.get("errorMessage"),
            f"{base}response_elements": shown,
            f"{base}user_identity.type": who["type"],
            f"{base}user_identity.arn": who["arn"],
            f"{base}user_identity.session_context.session_issuer.arn": issuer,
        }
    )


def aws_calls() -> list[tuple[str, str]]:
    """Return every call that the file names: (service, call)."""
    found: list[tuple[str, str]] = []
    for kind in DATA["aws_cloudtrail"].kinds:
        for _, *parts in flat(kind.when):
            named = [one for one in parts if one[2] == "eq_cased"]
            verbs = [one[3] for one in named if one[1] == "event.action"]
            services = [one[3] for one in named if one[1] == "event.provider"]
            found += [(service, verb) for service in services for verb in verbs]
    return sorted(set(found) - {("signin.amazonaws.com", "ConsoleLogin")})


def flat(node: Any) -> list[Any]:
    """Return the conjunctions that hold a service, each with all its tests."""
    own = [part for part in node[1:] if isinstance(part, list)]
    if node[0] == "and" and any(part[:2] == ["is", "event.provider"] for part in own):
        return [["and", *atoms(node)]]
    return [one for part in own for one in flat(part)]


@pytest.mark.parametrize(("service", "verb"), aws_calls())
@pytest.mark.parametrize("who", [ROLE, USER])
def test_aws_each_named_call_of_an_agent_is_found_both_ways(
    service: str, verb: str, who: str, registry: Registry, declared: dict[str, Event]
) -> None:
    record = aws_record(service, verb, who)
    there = found_there("aws_cloudtrail", aws_document(record), declared)
    assert there
    assert there == found_by_us("aws_cloudtrail", record, registry) & rendered("aws_cloudtrail")


def test_aws_has_calls_of_every_kind() -> None:
    assert len(aws_calls()) > 40


@pytest.mark.parametrize(("service", "verb"), aws_calls()[::5])
def test_aws_of_others_nothing_is_found(
    service: str, verb: str, declared: dict[str, Event]
) -> None:
    document = aws_document(aws_record(service, verb, OTHER))
    assert found_there("aws_cloudtrail", document, declared) == set()


@pytest.mark.parametrize(
    ("answer", "more", "wanted"),
    [
        ("Success", {}, {"AIA-VIS-004"}),
        ("Failure", {"errorMessage": "Failed authentication"}, set()),
        ("Failure", {}, set()),
    ],
)
def test_aws_a_person_at_the_console_with_an_agents_user_is_found_both_ways(
    answer: str,
    more: dict[str, Any],
    wanted: set[str],
    registry: Registry,
    declared: dict[str, Event],
) -> None:
    said = {"responseElements": {"ConsoleLogin": answer}, **more}
    record = aws_record("signin.amazonaws.com", "ConsoleLogin", USER, **said)
    assert found_there("aws_cloudtrail", aws_document(record), declared) == wanted
    assert found_by_us("aws_cloudtrail", record, registry) & rendered("aws_cloudtrail") == wanted


@given(
    st.sampled_from(aws_calls()),
    st.sampled_from([ROLE, USER, OTHER]),
    st.sampled_from([{}, {"errorCode": "AccessDenied"}, {"errorMessage": "No."}]),
)
def test_aws_no_more_is_found_than_by_us(
    registry: Registry,
    declared: dict[str, Event],
    call: tuple[str, str],
    who: str,
    failed: dict[str, str],
) -> None:
    record = aws_record(*call, who, **failed)
    there = found_there("aws_cloudtrail", aws_document(record), declared)
    assert there <= found_by_us("aws_cloudtrail", record, registry)


COUNTED = next(rule for rule in RULES if rule.short_id == "AIA-SPD-001")


def hits(tree: Any, event: Event) -> bool:
    rule = Rule("one", "", "", "", "", COUNTED.severity, alerts=True, tree=tree)
    return bool(Matcher([rule]).hits(event))


@given(
    st.sampled_from(
        [
            *aws_calls(),
            ("bedrock.amazonaws.com", "Converse"),
            ("ec2.amazonaws.com", "DescribeInstances"),
            ("iam.amazonaws.com", "ListUsers"),
            ("s3.amazonaws.com", "GetObject"),
            ("signin.amazonaws.com", "ConsoleLogin"),
            ("sts.amazonaws.com", "AssumeRole"),
        ]
    ),
    st.sampled_from([ROLE, USER]),
    st.sampled_from([{}, {"errorCode": "AccessDenied"}, {"eventType": "AwsApiCall"}]),
)
def test_aws_no_call_is_counted_that_we_do_not_count(
    registry: Registry, call: tuple[str, str], who: str, more: dict[str, str]
) -> None:
    record = aws_record(*call, who, **more)
    assert COUNTED.correlation is not None
    (name,) = COUNTED.correlation.rules
    base = next(rule for rule in RULES if rule.id == name)
    (event,) = CONNECTORS["aws_cloudtrail"].normalize(Raw(record))
    ours = hits(base.tree, Judge().judge(Resolver(registry).attribute(event)))
    known = {rule.id: rule for rule in RULES}
    there = hits(condition_of(COUNTED, known, DATA["aws_cloudtrail"]), aws_document(record))
    assert there <= ours
    assert there == (call[0].partition(".")[0] not in ("iam", "sts", "signin", "bedrock"))


# Okta -------------------------------------------------------------------------------------------


def okta_record(said: str, type_: str, own: str, result: str = "SUCCESS") -> dict[str, Any]:
    actor = {"id": own, "type": type_, "alternateId": "x", "displayName": "x"}
    return {
        "uuid": "u-1",
        "eventType": said,
        "published": TIME,
        "outcome": {"result": result},
        "actor": actor,
        "target": [],
    }


def okta_document(record: Mapping[str, Any]) -> Event:
    return plain(
        {
            "@timestamp": record["published"],
            "okta.event_type": record["eventType"],
            "okta.actor.id": record["actor"]["id"],
            "okta.actor.type": record["actor"]["type"],
            "okta.outcome.result": record["outcome"]["result"],
        }
    )


OKTA = [
    ("system.api_token.create", {"AIA-CRD-007"}),
    ("app.oauth2.credentials.lifecycle.create", {"AIA-CRD-007"}),
    ("policy.rule.delete", {"AIA-KIL-004"}),
    ("policy.evaluate_sign_on", set()),
    ("app.oauth2.client.read_client_secret", {"AIA-CRD-001"}),
    ("user.session.start", set()),
]
OKTA_WHO = [("User", "00uhelper"), ("PublicClientApp", "0oahelper")]


@pytest.mark.parametrize(("said", "wanted"), OKTA)
@pytest.mark.parametrize(("type_", "own"), OKTA_WHO)
def test_okta_of_an_agents_account_the_same_is_found_both_ways(
    said: str,
    wanted: set[str],
    type_: str,
    own: str,
    registry: Registry,
    declared: dict[str, Event],
) -> None:
    record = okta_record(said, type_, own)
    assert found_there("okta", okta_document(record), declared) == wanted
    assert found_by_us("okta", record, registry) & wanted == wanted


@given(
    st.sampled_from([said for said, _ in OKTA] + ["zone.removed", "user.mfa.factor.activate"]),
    st.sampled_from(
        [*OKTA_WHO, ("User", "00udana"), ("AIAgent", "00uhelper"), ("User", "0oahelper")]
    ),
    st.sampled_from(["SUCCESS", "FAILURE", "ALLOW", "DENY", "CHALLENGE"]),
)
def test_okta_no_more_is_found_than_by_us(
    registry: Registry,
    declared: dict[str, Event],
    said: str,
    who: tuple[str, str],
    result: str,
) -> None:
    record = okta_record(said, *who, result)
    there = found_there("okta", okta_document(record), declared)
    assert there <= found_by_us("okta", record, registry)


# GitHub -----------------------------------------------------------------------------------------


def github_record(action: str, actor: str, *, bot: bool = False) -> dict[str, Any]:
    more = {"actor_is_bot": True} if bot else {}
    return {
        "@timestamp": epoch_ms(TIME),
        "_document_id": "d1",
        "action": action,
        "actor": actor,
        "org": "acme",
        **more,
    }


def github_document(record: Mapping[str, Any]) -> Event:
    return plain(
        {
            "@timestamp": TIME,
            "event.action": record["action"],
            "user.name": record["actor"],
            "github.actor_is_bot": record.get("actor_is_bot"),
        }
    )


GITHUB = sorted(
    {
        atom[3]
        for kind in DATA["github"].kinds
        for atom in atoms(kind.when)
        if atom[1] == "event.action"
    }
)


@pytest.mark.parametrize("action", GITHUB)
@pytest.mark.parametrize("actor", ["acme-helper", "ACME-Helper", "acme-app[bot]"])
def test_github_each_named_action_of_an_agent_is_found_both_ways(
    action: str, actor: str, registry: Registry, declared: dict[str, Event]
) -> None:
    record = github_record(action, actor)
    there = found_there("github", github_document(record), declared)
    assert there
    assert there == found_by_us("github", record, registry) & rendered("github")


@given(
    st.sampled_from([*GITHUB, "repo.create", "git.push"]),
    st.sampled_from(["acme-helper", "acme-app", "acme-app[bot]", "dana", "of-old", "Copilot"]),
    st.booleans(),
)
def test_github_no_more_is_found_than_by_us(
    registry: Registry, declared: dict[str, Event], action: str, actor: str, bot: bool
) -> None:
    record = github_record(action, actor, bot=bot)
    there = found_there("github", github_document(record), declared)
    assert there <= found_by_us("github", record, registry)


def test_github_an_account_that_is_an_agents_no_more_is_not_found(
    declared: dict[str, Event],
) -> None:
    document = github_document(github_record("deploy_key.create", "of-old"))
    assert found_there("github", document, declared) == set()
    then = {**document, "@timestamp": "2025-06-01T00:00:00.000Z"}
    assert found_there("github", then, declared) == {"AIA-CRD-007"}


# Entra ------------------------------------------------------------------------------------------


def entra_record(said: str, who: str, result: str = "success") -> dict[str, Any]:
    app = {"servicePrincipalId": PRINCIPAL, "displayName": "helper"}
    by: dict[str, Any] = {"app": app}
    if who == "person":
        by = {"user": {"id": PERSON, "userPrincipalName": "helper@acme.example"}}
    if who == "somebody":
        by = {"user": {"id": "u9", "userPrincipalName": "dana@acme.example"}}
    return {
        "id": "a-1",
        "activityDisplayName": said,
        "activityDateTime": TIME,
        "initiatedBy": by,
        "result": result,
        "targetResources": [{"type": "User", "id": "u1", "modifiedProperties": []}],
    }


def entra_document(record: Mapping[str, Any]) -> Event:
    base, by = "azure.auditlogs.properties.", record["initiatedBy"]
    known = record["result"] in ("success", "failure")
    return plain(
        {
            "@timestamp": TIME,
            "event.outcome": record["result"] if known else None,
            f"{base}result": None if known else record["result"],
            f"{base}activity_display_name": record["activityDisplayName"],
            f"{base}initiated_by.app.servicePrincipalId": by.get("app", {}).get(
                "servicePrincipalId"
            ),
            f"{base}initiated_by.user.id": by.get("user", {}).get("id"),
        }
    )


ENTRA = sorted(
    {
        atom[3]
        for kind in DATA["azure_auditlogs"].kinds
        for atom in atoms(kind.when)
        if atom[1].endswith("activity_display_name")
    }
)


@pytest.mark.parametrize("said", ENTRA)
@pytest.mark.parametrize("who", ["app", "person"])
def test_entra_each_named_activity_of_an_agent_is_found_both_ways(
    said: str, who: str, registry: Registry, declared: dict[str, Event]
) -> None:
    record = entra_record(said, who)
    there = found_there("azure_auditlogs", entra_document(record), declared)
    assert there
    assert there == found_by_us("azure_auditlogs", record, registry) & rendered("azure_auditlogs")


@given(
    st.sampled_from([*ENTRA, "Update application", "Add app role assignment to service principal"]),
    st.sampled_from(["app", "person", "somebody"]),
    st.sampled_from(["success", "failure", "timeout"]),
)
def test_entra_no_more_is_found_than_by_us(
    registry: Registry, declared: dict[str, Event], said: str, who: str, result: str
) -> None:
    record = entra_record(said, who, result)
    there = found_there("azure_auditlogs", entra_document(record), declared)
    assert there <= found_by_us("azure_auditlogs", record, registry)


# The inventory ----------------------------------------------------------------------------------


def test_the_inventory_has_every_account_that_a_warrant_declares(
    declared: dict[str, Event],
) -> None:
    assert declared.keys() == {
        f"aws.role:{ROLE}",
        f"aws.user:{USER}",
        "okta.user:00uhelper",
        "okta.app:0oahelper",
        "github.user:acme-helper",
        "github.app:acme-app",
        f"entra.service_principal:{PRINCIPAL.lower()}",
        f"entra.user:{PERSON}",
        "github.user:of-old",
    }
    assert {document[HOLDER] for document in declared.values()} == {"helper"}


def test_an_account_that_only_was_seen_is_not_in_it(registry: Registry) -> None:
    inventory, resolver = Inventory(registry), Resolver(registry)
    record = aws_record("iam.amazonaws.com", "CreateUser", ROLE)
    record["userIdentity"]["invokedBy"] = "cloudformation.amazonaws.com"
    for event in CONNECTORS["aws_cloudtrail"].normalize(Raw(record)):
        inventory.see(resolver.attribute(event))
    (entry,) = inventory.entries()
    assert "aws.service:cloudformation.amazonaws.com" in entry.accounts
    made = [document for _, _, document in documents([entry]) if ACCOUNT in document]
    assert "aws.service:cloudformation.amazonaws.com" not in {one[ACCOUNT] for one in made}
    assert f"aws.role:{ROLE}" in {one[ACCOUNT] for one in made}


def test_rules_of_a_tenant_read_its_own_inventory() -> None:
    (first, *_) = render_foreign(RULES, DATA["okta"], "8.19", "Acme Corp").rules
    assert f"LOOKUP JOIN {index_of('Acme Corp')} ON" in first.body["query"]


def test_every_guide_says_that_what_a_warrant_allows_is_found_too() -> None:
    for made in RENDERED.values():
        assert all("what an agent may do is found" in one.body["note"] for one in made.rules)
