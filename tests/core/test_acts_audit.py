"""What vendors' audit logs record besides the action: raw records through the real connectors."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
import pytest

from agentwarrant import plugins, schema
from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event
from agentwarrant.redact import Redactor

Fields = dict[str, Any]
TIME = "2026-11-24T10:00:00.000Z"
HERE, THERE = "7d1e0a11-0000-4000-8000-0000000acce0", "7d1e0a11-0000-4000-8000-00000000f0e1"


@cache
def source(name: str) -> Connector:
    home = "agentwarrant.connectors"
    found = (one for m in plugins.modules(home, home) for one in plugins.classes(m, Connector))  # type: ignore[type-abstract]  # as a base
    return next(one for one in found if one.name == name)(Redactor(b"k" * 32))


def read(name: str, record: Fields) -> Event:
    (event,) = source(name).normalize(Raw(record))
    assert not list(schema.problems(event))
    return event


def okta(said: str, kind: str = "AppInstance", own: str = "0oaX", **more: Any) -> Event:
    target = {"id": own, "type": kind, "alternateId": "x", "displayName": "x"}
    actor = {"id": "00u1", "type": "User", "alternateId": "dana@acme.example"}
    record = {"eventType": said, "published": TIME, "actor": actor, "target": [target]}
    return read("okta", {**record, "outcome": {"result": "SUCCESS"}, **more})


def entra(said: str, kind: str = "ServicePrincipal", changes: list[Fields] | None = None) -> Event:
    target = {"type": kind, "id": HERE, "displayName": "x", "modifiedProperties": changes or []}
    by = {"user": {"id": THERE, "userPrincipalName": "dana@acme.example"}}
    record = {"activityDisplayName": said, "activityDateTime": TIME, "initiatedBy": by}
    return read("entra", {**record, "id": said, "result": "success", "targetResources": [target]})


def sign_in(**more: Any) -> Event:
    record = {"id": "s", "createdDateTime": TIME, "userId": THERE, "ipAddress": "198.51.100.4",
              "status": {"errorCode": 0}, "resourceId": HERE}  # fmt: skip
    return read("entra", {**record, **more})


def github(said: str, **more: Any) -> Event:
    return read("github", {"action": said, "@timestamp": 1795515600000, "actor": "dana", **more})


def aws(service: str, verb: str, parameters: Fields | None = None, **more: Any) -> Event:
    who = {"type": "AssumedRole", "accountId": "111122223333",
           "arn": "arn:aws:sts::111122223333:assumed-role/acme-helper/s"}  # fmt: skip
    record = {"eventSource": f"{service}.amazonaws.com", "eventName": verb, "eventTime": TIME,
              "eventID": verb, "userIdentity": who, "requestParameters": parameters,
              "recipientAccountId": "111122223333"}  # fmt: skip
    return read("aws_cloudtrail", {**record, **more})


def keycloak(operation: str, resource: str, path: str, sent: Fields | None = None) -> Event:
    record = {"id": path, "time": 1795515600000, "operationType": operation, "realmId": "acme",
              "resourceType": resource, "resourcePath": path,
              "authDetails": {"realmId": "acme", "clientId": "c", "userId": "u"}}  # fmt: skip
    text = orjson.dumps(sent).decode() if sent else ""
    return read("keycloak", {**record, "representation": text})


def process(line: str, parent: str = "bash") -> Event:
    name = line.split()[0]
    return read("ecs", {"@timestamp": TIME, "ecs": {"version": "9.5.0"}, "event": {
        "kind": "event", "category": ["process"], "type": ["start"], "action": "exec",
        "module": "endpoint", "id": line}, "host": {"name": "build-07"}, "user": {"name": "ci"},
        "process": {"name": name, "command_line": line, "parent": {"name": parent}}})  # fmt: skip


def connection(**more: Any) -> Event:
    return read("ecs", {"@timestamp": TIME, "ecs": {"version": "9.5.0"}, "event": {
        "kind": "event", "category": ["network"], "type": ["start"], "action": "connected",
        "module": "endpoint", "id": "n"}, "host": {"name": "build-07"}, **more})  # fmt: skip


def acts(event: Event) -> set[str]:
    found = event.get("warrant.tool.acts", [])
    return set(map(str, found)) if isinstance(found, list) else set()


STATE = {"displayName": "AccountEnabled", "oldValue": "[false]", "newValue": "[true]"}
POLICY = {"displayName": "ConditionalAccessPolicy", "oldValue": '{"state":"enabled"}'}
AGENT = "workload_principal.ai_agent"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (okta("system.api_token.create", "Token", "00T1"), {"credential_issue"}),
        (okta("app.oauth2.credentials.lifecycle.create"), {"credential_issue"}),
        (okta("user.account.privilege.grant", "User", "00u2"), {"privilege_grant"}),
        (okta("group.user_membership.add", "User", "00u2"), {"privilege_grant"}),
        (okta("policy.rule.deactivate", "PolicyRule", "0pr1"), {"guard_disable"}),
        (okta("system.log_stream.lifecycle.deactivate", "LogStream", "l"), {"guard_disable"}),
        (okta("application.lifecycle.activate"), {"quarantine_change"}),
        (okta(f"{AGENT}.lifecycle.create", "AiAgent", "wlp1"), {"deploy_agent"}),
        (okta("policy.evaluate_sign_on", "PolicyRule", "0pr1"), set()),
        (okta("policy.rule.update", "PolicyRule", "0pr1"), set()),
        (okta("user.lifecycle.suspend", "User", "00u2"), set()),
        (okta("group.user_membership.remove", "User", "00u2"), set()),
        (okta("user.authentication.sso"), set()),
        (entra("Add service principal credentials"), {"credential_issue"}),
        (entra("Add member to role", "User"), {"privilege_grant"}),
        (entra("Consent to application"), {"privilege_grant"}),
        (entra("Add app role assignment to service principal"), {"privilege_grant"}),
        (entra("Remove member from role", "User"), set()),
        (entra("Delete conditional access policy", "Policy"), {"guard_disable"}),
        (
            entra("Update conditional access policy", "Policy",
                  [{**POLICY, "newValue": '{"state":"disabled"}'}]),
            {"guard_disable"},
        ),
        (
            entra("Update conditional access policy", "Policy",
                  [{**POLICY, "newValue": '{"state":"enabled","x":1}'}]),
            set(),
        ),
        (entra("Update service principal", changes=[STATE]), {"quarantine_change"}),
        (entra("Update service principal"), set()),
        (entra("Add agent identity", "AgentIdentity"), {"deploy_agent"}),
        (entra("Add application", "Application"), set()),
        (entra("Add member to role requested (PIM activation)", "User"), set()),
        (github("repo.access", visibility="public", repo="acme/x"), {"publish"}),
        (github("repo.create", visibility="public", repo="acme/x"), {"publish"}),
        (github("repo.create", visibility="private", repo="acme/x"), set()),
        (github("git.push", repo="acme/x"), {"publish"}),
        (github("git.clone", repo="acme/x"), set()),
        (github("personal_access_token.create"), {"credential_issue"}),
        (github("org.create_actions_secret"), set()),
        (github("org.add_member", user="mallory"), {"privilege_grant"}),
        (github("protected_branch.destroy", repo="acme/x"), {"guard_disable"}),
        (github("repository_secret_scanning.disable", repo="acme/x"), {"guard_disable"}),
        (github("protected_branch.create", repo="acme/x"), set()),
        (github("ip_allow_list_entry.create"), {"quarantine_change"}),
        (github("integration_installation.unsuspend", integration="h"), {"quarantine_change"}),
        (github("pull_request.create", repo="acme/x"), set()),
        (aws("iam", "CreateAccessKey", {"userName": "x"}), {"credential_issue"}),
        (aws("iam", "AttachRolePolicy", {"policyArn": "p", "roleName": "r"}), {"privilege_grant"}),
        (aws("bedrock", "DeleteGuardrail", {"guardrailIdentifier": "g"}), {"guard_disable"}),
        (aws("bedrock", "UpdateGuardrail", {"guardrailIdentifier": "g"}), set()),
        (aws("bedrock", "DeleteModelInvocationLoggingConfiguration"), {"guard_disable"}),
        (aws("cloudtrail", "StopLogging", {"name": "t"}), {"guard_disable"}),
        (aws("config", "StopConfigurationRecorder"), {"guard_disable"}),
        (aws("cloudtrail", "DescribeTrails"), set()),
        (aws("bedrock", "CreateAgent", {"agentName": "a"}), {"deploy_agent"}),
        (aws("bedrock-agentcore", "CreateAgentRuntime"), {"deploy_agent"}),
        (aws("ssm", "StartSession", {"target": "i-1"}), {"remote_access"}),
        (aws("events", "PutRule", {"name": "r"}), {"schedule"}),
        (
            aws("ec2", "ModifySnapshotAttribute",
                {"createVolumePermission": {"add": {"items": [{"group": "all"}]}}}),
            {"publish"},
        ),
        (aws("ec2", "ModifySnapshotAttribute", {"snapshotId": "s"}), set()),
        (
            aws("iam", "DetachRolePolicy",
                {"policyArn": "arn:aws:iam::aws:policy/AWSDenyAll", "roleName": "r"}),
            {"quarantine_change"},
        ),
        (aws("sts", "AssumeRole", {"roleArn": "arn:aws:iam::111122223333:role/x"}), set()),
        (keycloak("CREATE", "REALM_ROLE_MAPPING", "users/u2/role-mappings/realm"),
         {"privilege_grant"}),
        (keycloak("DELETE", "REALM_ROLE_MAPPING", "users/u2/role-mappings/realm"), set()),
        (keycloak("ACTION", "CLIENT", "clients/c2/client-secret"), {"credential_issue"}),
        (keycloak("UPDATE", "REALM", "events/config", {"eventsEnabled": False}),
         {"guard_disable"}),
        (keycloak("UPDATE", "REALM", "events/config", {"eventsEnabled": True}), set()),
        (keycloak("UPDATE", "CLIENT", "clients/c2", {"enabled": False}), {"quarantine_change"}),
        (keycloak("UPDATE", "CLIENT", "clients/c2", {"name": "x"}), set()),
        (process("crontab -e"), {"schedule"}),
        (process("claude -p hello", parent="bash"), {"agent_runtime"}),
        (process("claude -p hello", parent="openclaw"), {"agent_runtime", "deploy_agent"}),
        (process("ollama serve"), {"agent_runtime"}),
        (process("ls -la"), set()),
        (connection(destination={"ip": "10.0.0.5", "port": 11434}), {"agent_runtime"}),
        (connection(destination={"ip": "10.0.0.5", "port": 443}), set()),
        (connection(dns={"question": {"name": "registry.ollama.ai"}}), {"agent_runtime"}),
    ],
)  # fmt: skip
def test_an_audit_log_says_what_was_done(event: Event, expected: set[str]) -> None:
    assert acts(event) == expected


BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (BROWSER, "browser"),
        ("Mozilla/5.0 (Windows NT 10.0) WindowsPowerShell/5.1", "cli"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36", "sdk"),
        ("aws-cli/2.15.0 md/Botocore#1.34", "cli"),
        ("curl/8.14.1", "cli"),
        ("Boto3/1.34.0 md/Botocore#1.34", "sdk"),
        ("python-httpx/0.28.1", "sdk"),
        ("openai/python 1.2.3", "sdk"),
        ("claude-code/2.1.330", "agent"),
        ("copilot-swe-agent/1.0", "agent"),
        ("somebody", "unknown"),
    ],
)
def test_a_client_is_told_by_its_user_agent_in_every_log_that_has_one(said: str, kind: str) -> None:
    found = (
        okta("user.session.start", client={"userAgent": {"rawUserAgent": said}}),
        sign_in(userAgent=said),
        github("git.clone", user_agent=said),
        aws("s3", "GetObject", userAgent=said),
        connection(user_agent={"original": said}, destination={"ip": "10.0.0.5", "port": 443}),
    )
    assert [event["warrant.client.kind"] for event in found] == [kind] * len(found)


def test_a_log_without_a_user_agent_says_nothing_of_the_client() -> None:
    assert "warrant.client.kind" not in aws("s3", "GetObject")


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (okta("user.session.start", "User", "00u1"), "interactive"),
        (okta("app.oauth2.token.grant.access_token", "User", "00u1"), "service"),
        (sign_in(isInteractive=True), "interactive"),
        (sign_in(isInteractive=False, signInEventTypes=["nonInteractiveUser"]), "service"),
        (sign_in(userId="", servicePrincipalId=HERE), "service"),
        (aws("signin", "ConsoleLogin"), "interactive"),
        (aws("sts", "AssumeRole"), "service"),
        (aws("sts", "AssumeRoleWithSAML"), "unknown"),
        (github("user.login"), "interactive"),
    ],
)
def test_a_persons_sign_in_is_told_from_a_programs(event: Event, kind: str) -> None:
    assert event["warrant.login.kind"] == kind


def test_what_is_no_sign_in_has_no_kind_of_one() -> None:
    for event in (okta("policy.rule.update"), aws("s3", "GetObject"), entra("Add user", "User")):
        assert "warrant.login.kind" not in event


OTHER: Fields = {"recipientAccountId": "444455556666"}
FOREIGN_ROLE = {"roleArn": "arn:aws:iam::444455556666:role/partner"}


@pytest.mark.parametrize(
    ("event", "relation"),
    [
        (sign_in(homeTenantId=HERE, resourceTenantId=HERE.upper()), "home"),
        (sign_in(homeTenantId=HERE, resourceTenantId=THERE), "foreign"),
        (
            sign_in(homeTenantId=HERE, resourceTenantId=THERE,
                    crossTenantAccessType="serviceProvider"),
            "delegated",
        ),
        (
            sign_in(homeTenantId=HERE, resourceTenantId=THERE, crossTenantAccessType="none"),
            "foreign",
        ),
        (sign_in(homeTenantId=HERE), None),
        (aws("s3", "GetObject"), "home"),
        (aws("s3", "GetObject", **OTHER), "foreign"),
        (aws("s3", "GetObject", resources=[{"accountId": "444455556666"}]), "foreign"),
        (aws("sts", "AssumeRole", FOREIGN_ROLE), "delegated"),
        (aws("sts", "AssumeRole", FOREIGN_ROLE, errorCode="AccessDenied"), "foreign"),
        (aws("s3", "GetObject", userIdentity={"type": "AWSService"}), None),
    ],
)  # fmt: skip
def test_whose_tenant_was_acted_in_is_said_where_the_log_says_it(
    event: Event, relation: str | None
) -> None:
    assert event.get("warrant.tenant.relation") == relation


def test_what_was_acted_on_has_one_id_in_a_log() -> None:
    assert okta("application.lifecycle.activate")["warrant.resource.id"] == "0oaX"
    assert entra("Update service principal")["warrant.resource.id"] == HERE
    assert github("git.push", repo="Acme/X")["warrant.resource.id"] == "acme/x"
    assert aws("iam", "CreateAccessKey", {"userName": "x"})["warrant.resource.id"] == (
        "arn:aws:iam::111122223333:user/x"
    )
    ended = {"instancesSet": {"items": [{"instanceId": "i-1"}]}}
    assert aws("ec2", "TerminateInstances", ended)["warrant.resource.id"] == "ec2:i-1"
    assert keycloak("UPDATE", "CLIENT", "clients/c2")["warrant.resource.id"] == "c2"
