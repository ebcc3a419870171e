"""AWS CloudTrail: who called, on whose account, and what kind of call it was."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.collect import load_connectors
from agentwarrant.connector import Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import DeadLetter, open_input
from agentwarrant.redact import Redactor

REDACTOR = Redactor(b"key")
SOURCE = load_connectors(REDACTOR)["aws_cloudtrail"]
SAMPLES = Path(str(files("agentwarrant.connectors").joinpath("aws_cloudtrail", "samples")))
S3, AGENTCORE = SAMPLES / "handwritten_s3_delivery.json", SAMPLES / "handwritten_agentcore.jsonl"
ACCOUNT = "111122223333"
ROLE = f"aws.role:arn:aws:iam::{ACCOUNT}:role/acme-helper"
KEY = f"aws.access_key:{REDACTOR.mark('ASIAACMEHELP1EXAMPLE')}"
WORKLOAD = (
    f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:workload-identity-directory/default"
    "/workload-identity/acme-helper"
)


INLINE = {"roleName": "acme-helper"}
DENY_ALL = '{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'


def bury(letter: DeadLetter) -> None:
    raise AssertionError(letter)


def read(path: Path) -> list[Event]:
    return [e for raw in SOURCE.read(open_input(path, bury)) for e in SOURCE.normalize(raw)]


def of(path: Path, code: str) -> list[Event]:
    return [event for event in read(path) if event["event.code"] == code]


def call(
    service: str, verb: str, parameters: object = None, answer: object = None, **more: Any
) -> Event:
    record = {
        "eventTime": "2026-11-24T09:00:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": verb,
        "recipientAccountId": ACCOUNT,
        "awsRegion": "us-east-1",
        "requestParameters": parameters,
        "responseElements": answer,
        **more,
    }
    (event,) = SOURCE.normalize(Raw(record, "p", 1))
    return event


def test_a_temporary_key_is_followed_from_where_it_is_made_to_where_it_is_used() -> None:
    made = next(e for e in of(S3, "AssumeRole") if ROLE in e["warrant.identity.target"])  # type: ignore[operator]
    assert made["warrant.identity.target"] == [ROLE, KEY]
    for event in of(S3, "GetSecretValue"):
        assert event["warrant.identity.accounts"] == [KEY, ROLE]
        assert event["warrant.principal.id"] == "alice"  # its source identity


def test_no_key_and_no_secret_stands_in_an_event() -> None:
    text = json.dumps([read(path) for path in SAMPLES.iterdir()])
    assert "fake-session-token" not in text
    assert "AKIA" not in text
    assert "ASIA" not in text


def test_a_key_in_free_text_has_the_mark_of_the_account() -> None:
    said = "The key ASIAACMEHELP1EXAMPLE has expired"
    event = call("s3", "ListBuckets", errorCode="ExpiredToken", errorMessage=said)
    assert KEY.partition(":")[2] in str(event["event.reason"])


def test_a_role_is_named_with_its_path_if_the_session_tells_it() -> None:
    (event,) = of(S3, "StopLogging")
    assert "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO" in str(event["user.id"])
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/bare/s"
    bare = call("s3", "ListBuckets", userIdentity={"type": "AssumedRole", "arn": arn})
    assert bare["user.id"] == f"arn:aws:iam::{ACCOUNT}:role/bare"


def test_who_asks_for_a_workload_token_is_an_agent_and_aws_says_so() -> None:
    event = of(AGENTCORE, "GetWorkloadAccessToken")[0]
    assert event["gen_ai.agent.id"] == WORKLOAD
    assert event["gen_ai.agent.name"] == "acme-helper"
    assert event["warrant.agent.assurance"] == "verified"
    assert event["warrant.identity.agentic"] == "yes"
    assert ROLE in event["warrant.identity.accounts"]  # type: ignore[operator]


def test_the_caller_of_a_gateway_is_the_subject_of_its_token() -> None:
    refused, opened = of(AGENTCORE, "InvokeGateway")[:2]
    assert (refused["event.action"], refused["event.outcome"]) == ("session_start", "failure")
    assert "warrant.identity.accounts" not in refused
    subject = f"https://login.acme.example/realms/acme#{opened['user.id']}"
    assert opened["warrant.identity.accounts"] == [f"aws.jwt_subject:{subject}"]
    assert opened["warrant.principal.name"] == "acme-helper"


def test_a_call_through_a_gateway_is_a_call_of_the_tool() -> None:
    named = {event.get("gen_ai.tool.name"): event for event in read(AGENTCORE)}
    assert named["RefundTarget___create_refund"]["warrant.tool.class"] == "payment"
    assert named["DocsTarget___get_secret"]["event.outcome"] == "failure"
    assert named["RefundTarget___list_claims"]["event.code"] == "InvokeMcp"


def test_a_sign_in_is_a_persons_and_says_whether_it_had_a_second_factor() -> None:
    root, user, failed = of(S3, "ConsoleLogin")
    assert [e["labels.mfa_used"] for e in (root, user, failed)] == ["no", "yes", "no"]
    assert root["warrant.identity.accounts"] == [f"aws.root:arn:aws:iam::{ACCOUNT}:root"]
    assert user["warrant.identity.agentic"] == "no"
    assert failed["event.outcome"] == "failure"


def test_a_service_is_no_address_and_no_agent() -> None:
    event = of(S3, "AssumeRole")[0]
    assert event["source.address"] == "lambda.amazonaws.com"
    assert "source.ip" not in event
    assert event["warrant.identity.agentic"] == "no"


@pytest.mark.parametrize(
    ("verb", "parameters"),
    [
        ("PutRolePolicy", {"roleName": "acme-helper", "policyName": "AWSRevokeOlderSessions"}),
        (
            "AttachRolePolicy",
            {"roleName": "acme-helper", "policyArn": "arn:aws:iam::aws:policy/AWSDenyAll"},
        ),
        ("PutRolePolicy", {**INLINE, "policyName": "Quarantine", "policyDocument": DENY_ALL}),
    ],
)
def test_cutting_a_role_off_is_a_kill_switch(verb: str, parameters: dict[str, str]) -> None:
    event = call("iam", verb, parameters)
    assert event["event.action"] == "kill_switch_engaged"
    assert event["warrant.identity.target"] == [ROLE]


@pytest.mark.parametrize(
    "changed",
    [
        {"policyDocument": DENY_ALL.replace("Deny", "Allow")},
        {"policyDocument": DENY_ALL.replace('"Action": "*"', '"Action": "s3:*"')},
        {"policyDocument": DENY_ALL.replace('"Resource": "*"', '"Resource": "arn:aws:s3:::x"')},
        {"policyDocument": DENY_ALL.replace("}]", ', "Condition": {"Bool": {"a": "b"}}}]')},
        {"policyDocument": "{"},
        {"policyDocument": "[]"},
        {"policyDocument": DENY_ALL + " " * 20_480},
        {"policyName": "guard-rails"},
    ],
)
def test_a_policy_that_leaves_something_open_is_no_kill_switch(changed: dict[str, str]) -> None:
    given = {**INLINE, "policyName": "deny-all", "policyDocument": DENY_ALL, **changed}
    assert call("iam", "PutRolePolicy", given)["event.action"] == "tool_call"


def test_taking_such_a_policy_off_is_a_change_of_a_quarantine() -> None:
    event = call("iam", "DeleteRolePolicy", {**INLINE, "policyName": "deny-all"})
    assert event["event.action"] == "tool_call"
    assert event["warrant.tool.acts"] == ["quarantine_change"]


def test_a_key_made_for_oneself_is_the_callers() -> None:
    alice = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "userName": "alice"}
    event = call("iam", "CreateAccessKey", userIdentity=alice)
    assert event["warrant.identity.target"] == [f"aws.user:arn:aws:iam::{ACCOUNT}:user/alice"]


def test_an_access_that_was_refused_is_denied() -> None:
    refused = [e for e in of(S3, "GetSecretValue") if e["event.outcome"] == "failure"]
    assert [e["warrant.policy.decision"] for e in refused] == ["denied"]
    assert "prod/payroll" in str(refused[0]["message"])


@pytest.mark.parametrize(
    ("service", "verb", "parameters", "kind"),
    [
        ("ec2", "DescribeInstances", {}, "discovery"),
        ("s3", "GetObject", {"bucketName": "b", "key": "k"}, "read"),
        ("secretsmanager", "BatchGetSecretValue", {}, "credential_read"),
        ("ssm", "GetParameter", {"withDecryption": True}, "credential_read"),
        ("ssm", "GetParameter", {"withDecryption": False}, "read"),
        ("ecr", "GetAuthorizationToken", {}, "credential_read"),
        ("kms", "Decrypt", {}, "read"),
        ("kms", "CreateGrant", {}, "privilege"),
        ("kms", "ScheduleKeyDeletion", {}, "destructive"),
        ("s3", "PutBucketPolicy", {}, "privilege"),
        ("lambda", "AddPermission20150331v2", {}, "privilege"),
        ("iam", "PassRole", {}, "privilege"),
        ("ssm", "SendCommand", {}, "exec"),
        ("ses", "SendEmail", {}, "message"),
        ("events", "PutRule", {}, "persistence"),
        ("bedrock", "InvokeAgent", {}, "delegate"),
        ("guardduty", "DeleteDetector", {}, "destructive"),
        ("cloudtrail", "StopLogging", {}, "config_change"),
        ("dynamodb", "UpdateItem", {}, "write"),
        ("newservice", "FrobnicateThing", {}, "other"),
    ],
)
def test_a_call_is_told_by_how_its_name_is_built(
    service: str, verb: str, parameters: dict[str, object], kind: str
) -> None:
    assert call(service, verb, parameters)["warrant.tool.class"] == kind


@pytest.mark.parametrize(
    ("service", "verb", "action"),
    [
        ("bedrock", "ConverseStream", "llm_request"),
        ("bedrock-agentcore", "CreateAgentRuntime", "agent_spawned"),
        ("bedrock-agentcore", "StopRuntimeSession", "session_end"),
        ("bedrock-agentcore", "GetResourceApiKey", "credential_issued"),
        ("bedrock-agentcore", "GetMemoryRecord", "tool_call"),
        ("sts", "AssumeRoleWithSAML", "credential_issued"),
        ("sts", "GetCallerIdentity", "credential_used"),
        ("iam", "CreateServiceSpecificCredential", "credential_issued"),
        ("iam", "DeleteSSHPublicKey", "credential_revoked"),
        ("iam", "ListAccessKeys", "tool_call"),
        ("iam", "GetAccessKeyLastUsed", "tool_call"),
        ("signin", "CheckMfa", "credential_used"),
    ],
)
def test_an_action_is_told_by_service_and_verb(service: str, verb: str, action: str) -> None:
    assert call(service, verb)["event.action"] == action


def test_a_secret_among_the_parameters_is_left_out() -> None:
    event = call("secretsmanager", "PutSecretValue", {"secretId": "x", "secretString": "hunter77"})
    assert "hunter77" not in json.dumps(event)
    assert '"secretId":"x"' in str(event["warrant.arguments.text"])


def test_a_compressed_file_gives_the_same_events(tmp_path: Path) -> None:
    packed = tmp_path / "log.json.gz"
    packed.write_bytes(gzip.compress(S3.read_bytes()))
    assert SOURCE.recognise(open_input(packed, bury)) == 95
    assert [e["event.id"] for e in read(packed)] == [e["event.id"] for e in read(S3)]


def test_an_insight_is_kept() -> None:
    insight = {"eventName": "TerminateInstances", "eventSource": "ec2.amazonaws.com"}
    record = {
        "eventTime": "2026-11-24T09:00:00Z",
        "eventType": "AwsCloudTrailInsight",
        "eventCategory": "Insight",
        "insightDetails": {**insight, "state": "Start"},
    }
    (event,) = SOURCE.normalize(Raw(record, "p", 1))
    assert event["event.code"] == "TerminateInstances"
    assert event["message"] == "Insights: unusual rate of ec2 TerminateInstances Start"


def test_a_record_that_is_no_object_is_buried_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    good = json.loads(S3.read_text())["Records"][0]
    path.write_text(json.dumps({"Records": [7, good]}))
    letters: list[DeadLetter] = []
    assert len(list(SOURCE.read(open_input(path, letters.append)))) == 1
    assert [letter.reason for letter in letters] == ["a record that is no object"]


def test_a_record_without_a_name_is_refused() -> None:
    with pytest.raises(BadRecord, match="without eventName"):
        list(SOURCE.normalize(Raw({"eventTime": "2026-11-24T09:00:00Z"}, "p", 1)))
