"""What a call does besides its class, whose account it acts in, and who or what signs in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentwarrant.acts.programs import acts_of_words
from agentwarrant.event import compact_json
from agentwarrant.records import mapping, objects, text
from agentwarrant.tools.arguments import walk

from .record import HIDDEN, Call
from .verbs import cuts_off

_SERVICES = {
    "bedrock": ("bedrock", "bedrock-agent"),
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore-control"),
    "config": ("configservice",),
    "monitoring": ("cloudwatch",),
    "sso": ("sso-admin",),
    "elasticloadbalancing": ("elbv2",),
    "cognito-idp": ("cognito-idp",),
}
"""What the command line calls the services whose names in the log are others."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_EVERYBODY = re.compile(
    r'"group":"all"|"[Pp]rincipal":(?:"\*"|\{"AWS":(?:"\*"|\["\*"))|public-read|AllUsers'
    r'|\\"Principal\\":\s*(?:\\"\*\\"|\{\s*\\"AWS\\":\s*\\"\*\\")'
)
_SHARED = re.compile(
    r"^(?:Modify(?:Image|Snapshot|DBSnapshot|DBClusterSnapshot)\w*Attribute|PutBucket(?:Policy|Acl)"
    r"|PutObjectAcl|PutResourcePolicy|AddPermission|SetRepositoryPolicy|PutImage)$"
)
_LONGEST = 65_536


def acts_of(call: Call, action: str) -> Iterator[str]:
    """Yield the acts that a call is. What it asks for counts, also where it was refused."""
    words = "-".join(word.lower() for word in _WORDS.findall(call.verb[:200]))
    for service in _SERVICES.get(call.service, (call.service,)):
        if not cuts_off(call):
            yield from acts_of_words("aws", [service, words])
    if cuts_off(call) or action == "kill_switch_engaged":
        yield "quarantine_change"
    if _publishes(call):
        yield "publish"
    if call.service == "lambda" and call.verb.startswith("AddPermission"):
        yield "privilege_grant"


def _publishes(call: Call) -> bool:
    if call.service == "ecr-public":
        return call.verb in ("CreateRepository", "PutImage")
    return bool(_SHARED.match(call.verb) and _EVERYBODY.search(_parameters(call)))


def _parameters(call: Call) -> str:
    return compact_json(dict(call.parameters))[:_LONGEST]


_BY_PERSONS = ("ConsoleLogin", "SwitchRole", "CheckMfa", "UserAuthentication")
_BY_PROGRAMS = ("AssumeRole", "GetSessionToken", "GetFederationToken", "GetCallerIdentity")


def login_kind(call: Call, action: str) -> str:
    """Return whether a person signed in or a program; '' where nobody did."""
    if call.service == "signin":
        return "interactive" if call.verb.startswith(_BY_PERSONS) else "unknown"
    if call.service == "sts" and call.verb in _BY_PROGRAMS:
        return "service"
    return "unknown" if call.service == "sts" or action == "login" else ""


def relation_of(call: Call) -> str:
    """Return whose the account is in which a call acts; '' where the record does not say it.

    A role of an account is that account's own. Who assumes a role of another was trusted there.
    """
    own = text(mapping(call.record.get("userIdentity")).get("accountId"))
    if own in ("", "anonymous"):
        return ""
    touched = {text(call.record.get("recipientAccountId")), _account_of_role(call)}
    touched |= {text(one.get("accountId")) for one in objects(call.record.get("resources"))[:16]}
    if not touched - {""}:
        return ""
    if touched <= {"", own}:
        return "home"
    trusted = call.service == "sts" and call.verb.startswith("AssumeRole") and not call.failure[0]
    return "delegated" if trusted else "foreign"


def _account_of_role(call: Call) -> str:
    if call.service != "sts":
        return ""
    arn = text(call.parameters.get("roleArn")).split(":")
    return arn[4] if len(arn) > 4 else ""


def resource_of(call: Call, target: str, path: str) -> str:
    """Return the account, else the object that a call is about, as AWS names it."""
    if target or path:
        return target or path
    for one in objects(call.record.get("resources"))[:1]:
        if text(one.get("ARN")):
            return text(one.get("ARN"))
    named = (
        value
        for name, value in walk(dict(call.parameters))
        if isinstance(value, str)
        and value not in ("", HIDDEN)
        and _NAMES.search(name)
        and not _NO_NAMES.search(name)
    )
    name = next(named, "")
    return name if not name or name.startswith("arn:") else f"{call.service}:{name}"


_NAMES = re.compile(r"(?:name|id|identifier|arn)$", re.IGNORECASE)
_NO_NAMES = re.compile(r"token|accesskeyid|clientsecret|session", re.IGNORECASE)
