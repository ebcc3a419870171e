"""What a call does, by how its name is built: AWS has many thousands of them."""

from __future__ import annotations

import re

import orjson

from agentwarrant.records import mapping, objects, text

from .record import INSIGHT, Call

_READS = frozenset("get head query scan select download receive retrieve read decrypt".split())
_LISTS = frozenset("list describe search lookup count discover".split())
_DELETES = frozenset("delete terminate purge remove destroy deregister".split())
_WRITES = frozenset(
    "put create update upload copy write import restore complete add tag untag run start batch"
    " register append merge replicate".split()
)
_CHANGES = frozenset(
    "modify set enable disable stop associate disassociate attach detach configure rotate change"
    " allocate release reboot activate deactivate cancel schedule move reset".split()
)
_SECRETS = frozenset("secret credential credentials password token".split())
_RIGHTS = frozenset("policy policies permission permissions acl grant grants".split())
_TEXTS = frozenset("email message messages sms text notification".split())
_RUNS = frozenset("command commands script code execution invoke".split())
_SIGN_IN = ("ConsoleLogin", "UserAuthentication", "SwitchRole", "Federate")
_GATEWAY = ("InvokeGateway", "InvokeMcp")

_CREDENTIAL = re.compile(r"(?:AccessKey|LoginProfile|Credential|SigningCertificate|PublicKey)$")
_ACCOUNT = re.compile(r"^(?:Create|Delete)(?:User|Role)$")
_CUT_OFF = re.compile(r"(?:/AWSDenyAll|^AWSRevokeOlderSessions)$")
"""The managed policy that denies everything, and what the console's "Revoke sessions" writes."""
_NAMED_SO = re.compile(r"deny[-_. ]?all|quarantine|kill[-_. ]?switch", re.IGNORECASE)
_LONGEST = 20_480
"""More characters than an inline policy may have (IAM's quota is 10,240)."""


def cuts_off(call: Call) -> bool:
    """Is a call about what denies a principal everything, whether it sets it or takes it off?

    An inline policy is told by its document when it is put and by its name alone when it is
    deleted, so one whose name does not say it is not counted: nobody would see its end.
    """
    policy = text(call.parameters.get("policyArn")) or text(call.parameters.get("policyName"))
    if call.service != "iam" or not policy:
        return False
    if _CUT_OFF.search(policy):
        return True
    inline = call.verb.endswith(("RolePolicy", "UserPolicy")) and "policyArn" not in call.parameters
    ours = inline and _NAMED_SO.search(policy[:200]) is not None
    return ours and (call.first == "delete" or _denies_all(call.parameters.get("policyDocument")))


def _denies_all(document: object) -> bool:
    """Does a policy deny everything, without a condition?"""
    if not isinstance(document, str) or len(document) > _LONGEST:
        return False
    try:
        policy = mapping(orjson.loads(document))
    except orjson.JSONDecodeError:
        return False
    given = policy.get("Statement")
    return any(
        one.get("Effect") == "Deny"
        and one.get("Action") in ("*", ["*"])
        and one.get("Resource") in ("*", ["*"])
        and not one.get("Condition")
        for one in objects([given] if isinstance(given, dict) else given)
    )


def action_of(call: Call) -> str:
    """Return our action for a call."""
    if text(call.record.get("eventType")) == INSIGHT:
        return "policy_decision"
    if call.service == "signin":
        return "login" if call.verb.startswith(_SIGN_IN) else "credential_used"
    if call.service == "sts":
        given = call.first == "assume" or (call.first == "get" and "token" in call.words)
        return "credential_issued" if given else "credential_used"
    if call.service == "iam":
        return _of_iam(call)
    if call.service.startswith("bedrock"):
        return _of_bedrock(call)
    return "tool_call"


def _of_iam(call: Call) -> str:
    if call.first in ("attach", "put") and cuts_off(call):
        return "kill_switch_engaged"
    if call.verb == "ChangePassword":
        return "credential_issued"
    if not _CREDENTIAL.search(call.verb) and not _ACCOUNT.search(call.verb):
        return "tool_call"
    if call.first == "update" and text(call.parameters.get("status")):
        off = text(call.parameters.get("status")) == "Inactive"
        return "credential_revoked" if off else "config_changed"
    if call.first == "delete":
        return "credential_revoked"
    issued = call.first in ("create", "upload", "reset") or call.verb == "UpdateLoginProfile"
    return "credential_issued" if issued else "tool_call"


def _of_bedrock(call: Call) -> str:
    if is_gateway(call):
        return "session_start" if method_of(call) == "initialize" else "tool_call"
    agent = "agent" in call.words or "flow" in call.words
    if call.service == "bedrock" and call.first in ("invoke", "converse") and not agent:
        return "llm_request"
    if call.first == "get" and call.words[-1] in ("token", "jwt", "key", "id") and is_token(call):
        return "credential_issued"
    if call.verb in ("CreateWorkloadIdentity", "DeleteWorkloadIdentity"):
        return "credential_issued" if call.first == "create" else "credential_revoked"
    if call.verb in ("CreateAgentRuntime", "CreateAgent"):
        return "agent_spawned"
    return "session_end" if call.verb == "StopRuntimeSession" else "tool_call"


def is_token(call: Call) -> bool:
    """Does an AgentCore call hand out a token or key (``GetWorkloadAccessTokenForJWT`` …)?"""
    workload = "workload" in call.words and "token" in call.words
    return workload or ("resource" in call.words and call.words[-1] in ("token", "key"))


def is_gateway(call: Call) -> bool:
    """Is this MCP traffic through an AgentCore gateway?"""
    return call.service == "bedrock-agentcore" and call.verb in _GATEWAY


def method_of(call: Call) -> str:
    """Return the method of a gateway's JSON-RPC message."""
    return text(mapping(call.parameters.get("body")).get("method"))


def class_of(call: Call) -> str:
    """Return the tool class of a call on a resource."""
    first, nouns = call.first, frozenset(call.words[1:])
    if first in _READS:
        opened = call.service == "ssm" and call.parameters.get("withDecryption") is True
        return "credential_read" if nouns & _SECRETS or opened else "read"
    if first in _LISTS:
        return "discovery"
    if call.service == "iam" or nouns & _RIGHTS:
        return "read" if call.record.get("readOnly") is True else "privilege"
    if first in _DELETES or "deletion" in nouns:
        return "destructive"
    return _of_change(call, first, nouns)


def _of_change(call: Call, first: str, nouns: frozenset[str]) -> str:
    lasting = call.service in ("events", "scheduler") or "schedule" in nouns
    if lasting and first in ("put", "create", "enable", "update"):
        return "persistence"
    if first == "publish" or (first == "send" and nouns & _TEXTS):
        return "message"
    if first == "invoke" and nouns & {"agent", "flow"}:
        return "delegate"
    session = call.service == "ssm" and call.verb in ("StartSession", "ResumeSession")
    if frozenset(call.words) & _RUNS or session:
        return "exec"
    if first in _WRITES:
        return "write"
    if first in _CHANGES:
        return "config_change"
    return "read" if call.record.get("readOnly") is True else "other"
