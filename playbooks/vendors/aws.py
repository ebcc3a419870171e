"""AWS: how it is reached, and the access keys of IAM users.

A key that is switched off does not reach the sessions that were made from it: keys and the denials
of ``aws_policies`` belong together.

References:
    - IAM API reference, UpdateAccessKey: without UserName it is the caller's own key
    - every call was run against moto 5.2.5, which is not AWS (docs/vendors/aws.md)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from agentwarrant.faults import short
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Op,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Transport, at
from agentwarrant.respond.vendor import Vendor

from ._aws import HOURS_36, IAM, Look, body, change, read, there
from ._aws_client import connect

_LONG_LIVED = re.compile(r"AKIA[A-Z0-9]{12,124}")
_TEMPORARY = re.compile(r"ASIA[A-Z0-9]{12,124}")
_MARK = re.compile(r"[0-9a-f]{16,64}")
_SESSIONS = (
    "Sessions that were made from the key (GetSessionToken, up to 36 hours) and roles that were"
    " assumed with it (up to 12 hours) work on: revoke the sessions of the user and of the roles."
)


class Aws(Vendor):
    name = "aws"
    title = "AWS IAM, STS and Bedrock AgentCore"
    reads = frozenset(
        """sts.GetCallerIdentity iam.GetUser iam.GetRole iam.GetUserPolicy
        iam.GetRolePolicy iam.ListAccessKeys iam.GetAccessKeyLastUsed
        iam.ListInstanceProfilesForRole lambda.ListFunctions
        bedrock-agentcore-control.ListAgentRuntimes bedrock-agentcore-control.GetAgentRuntime
        bedrock-agentcore-control.GetResourcePolicy bedrock-agentcore-control.GetWorkloadIdentity
        bedrock-agentcore-control.GetApiKeyCredentialProvider
        bedrock-agentcore-control.GetOauth2CredentialProvider""".split()
    )
    """By name: GetSessionToken, GetSecretValue and the like begin with Get and hand out secrets."""

    secrets: ClassVar = {
        "access_key_id": "access key of the responder's own user",
        "secret_access_key": "its secret",
        "session_token": "for temporary credentials",
    }
    options: ClassVar = {
        "region": "region of AgentCore and Lambda; IAM has none (us-east-1)",
        "role_arn": "role in the account that is to be acted on, assumed with these credentials",
        "external_id": "what that role asks for",
        "host_credentials": "true: use what the host has (instance role, profile); no secrets then",
        "shared_roles": "true: act on roles that several workloads use",
    }
    needs_url = False
    examples = (
        "aws.user:arn:aws:iam::111122223333:user/acme-helper",
        "aws.access_key:AKIAACMEHELPEXAMPLE1",
        "aws.role:arn:aws:iam::111122223333:role/acme-helper",
        "aws.agentcore_workload:arn:aws:bedrock-agentcore:us-east-1:111122223333"
        ":workload-identity-directory/default/workload-identity/acme-helper",
        "aws.agentcore_runtime:arn:aws:bedrock-agentcore:us-east-1:111122223333"
        ":runtime/acme_helper-AbCdEf1234",
        "aws.agentcore_session:arn:aws:bedrock-agentcore:us-east-1:111122223333"
        ":runtime/acme_helper-AbCdEf1234/5f0c6a4e-1f1d-4f7c-9a53-0d5f6f3a7b21",
        "aws.agentcore_provider:arn:aws:bedrock-agentcore:us-east-1:111122223333"
        ":token-vault/default/apikeycredentialprovider/acme-crm",
    )

    def connect(
        self, connection: Connection, *, changes: bool = False
    ) -> AbstractContextManager[Transport]:
        return connect(connection)


class _Keys(Action):
    """What both actions on access keys share."""

    kinds = frozenset({"aws.user", "aws.access_key"})
    vendor = "aws"
    propagation_seconds = 10.0

    def _keys(self, target: Target, look: Look) -> Iterator[tuple[str, str, str]]:
        """Yield user, key id and status: every key of the agent's users, and keys by name."""
        users = [one.name for one in look.principals(target, "user")]
        for user in users if look.transport else ():
            yield from _listed(user, look)
        for key in target.ids("aws.access_key"):
            if not _LONG_LIVED.fullmatch(key):
                look.notes.append(_why_not(key, users))
            elif look.transport is None:
                if len(users) == 1:
                    yield users[0], key, ""
                else:
                    look.notes.append("Whose key it is was not read, and the case does not say")
            elif (owner := _owner(key, look)) and owner not in users:
                yield from (row for row in _listed(owner, look) if row[1] == key)

    def _read(self, user: str) -> Any:
        return read("iam.ListAccessKeys", UserName=user)


def _listed(user: str, look: Look) -> Iterator[tuple[str, str, str]]:
    rows = at(look.ask(read("iam.ListAccessKeys", UserName=user)), body("AccessKeyMetadata"))
    for row in rows or []:
        yield user, str(row.get("AccessKeyId")), str(row.get("Status"))


def _owner(key: str, look: Look) -> str:
    """Return the user who has a key: AWS tells it with when the key was last used."""
    asked = read("iam.GetAccessKeyLastUsed", AccessKeyId=key, accepts=(403, 404))
    name = at(look.ask(asked), body("UserName"))
    if not isinstance(name, str) or not name:
        look.notes.append("Left out: AWS knows no user with a key that the case names")
        return ""
    if look.own is not None and (look.own.kind, look.own.name) == ("user", name):
        look.barred.append(f"a key that the case names is the responder's own ({name})")
        return ""
    return name


def _why_not(key: str, users: list[str]) -> str:
    if _TEMPORARY.fullmatch(key):
        return "A temporary key has no switch: its role's sessions or its user are to be denied"
    if _MARK.fullmatch(key):
        found = "all keys of the agent's user are taken" if users else "name the user in a warrant"
        return f"A log names a key by its mark alone: {found}"
    return f"Left out, no id of an access key: {short(key)}"


class DisableAccessKey(_Keys):
    """Switch the agent's access keys off; they can be switched on again."""

    name = "disable_access_key"
    verb = Verb.DISABLE_CREDENTIALS
    title = "Switch an access key off"
    method = "iam.UpdateAccessKey"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = (
        "sts:GetCallerIdentity",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:GetAccessKeyLastUsed",
        "iam:UpdateAccessKey",
    )
    doc = f"{IAM}/APIReference/API_UpdateAccessKey.html"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = []
        for user, key, status in self._keys(target, look):
            if status == "Inactive":
                look.notes.append(f"Off already: a key of {user}")
            else:
                steps.append(self._step(user, key, status))
        return look.plan(self.id, target, steps)

    def _step(self, user: str, key: str, status: str) -> Step:
        place = body("AccessKeyMetadata", ("AccessKeyId", key), "Status")
        named: dict[str, Any] = {"UserName": user, "AccessKeyId": key}
        return Step(
            title=self.title,
            request=change(self.method, **named, Status="Inactive"),
            changes=f"access key {key} of {user}: {status or 'not read'} becomes Inactive",
            verify=Verification(self._read(user), (Expectation(place, "Inactive"),)),
            undo=(change(self.method, **named, Status=status),) if status else (),
            pre_state={"Status": status} if status else {},
            note=_SESSIONS,
            point=f"aws.access_key:{key}",
            undone=Verification(self._read(user), (Expectation(place, status),))
            if status
            else None,
            residual_seconds=HOURS_36,
            residual="sessions made from the key before",
        )


class DeleteAccessKey(_Keys):
    """Delete the agent's access keys, for good."""

    name = "delete_access_key"
    verb = Verb.REVOKE_CREDENTIALS
    title = "Delete an access key"
    method = "iam.DeleteAccessKey"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = (
        "sts:GetCallerIdentity",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:GetAccessKeyLastUsed",
        "iam:DeleteAccessKey",
    )
    doc = f"{IAM}/APIReference/API_DeleteAccessKey.html"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = [self._step(*row) for row in self._keys(target, look)]
        return look.plan(self.id, target, steps)

    def _step(self, user: str, key: str, status: str) -> Step:
        gone = Expectation(body("AccessKeyMetadata", ("AccessKeyId", key)), op=Op.EMPTY)
        return Step(
            title=self.title,
            request=change(self.method, UserName=user, AccessKeyId=key),
            changes=f"access key {key} of {user}: {status or 'not read'} becomes deleted",
            verify=Verification(self._read(user), (there("AccessKeyMetadata"), gone)),
            pre_state={"Status": status} if status else {},
            note=f"A new key has to be made and given out. {_SESSIONS}",
            point=f"aws.access_key:{key}",
            residual_seconds=HOURS_36,
            residual="sessions made from the key before",
        )
