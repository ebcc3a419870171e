"""Who made a call, and on whose account it acted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentwarrant.connector import Connector
from agentwarrant.event import Event
from agentwarrant.records import mapping, objects, text

from .record import HIDDEN, Call, keep
from .verbs import is_gateway, is_token

ROLE, USER, ROOT, KEY = "aws.role", "aws.user", "aws.root", "aws.access_key"
WORKLOAD, SERVICE, ACCOUNT = "aws.agentcore_workload", "aws.service", "aws.account"
FEDERATED, JWT = "aws.federated_user", "aws.jwt_subject"

_SESSION = re.compile(r"^arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/(.+)$")
_PERSONS = ("IAMUser", "Root")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Who:
    """The actor of a call.

    Attributes:
        accounts: The accounts that acted, the most specific first.
        shown: How the event's line calls the actor.
        session: Name of a role's session.
        partition: ``aws``, ``aws-cn`` …: how ARNs of this cloud begin.
    """

    accounts: tuple[Pair, ...]
    id: str
    name: str
    shown: str
    session: str
    partition: str


def who_of(source: Connector, call: Call) -> Who:
    """Return the actor of a call."""
    identity = mapping(call.record.get("userIdentity"))
    kind, arn = text(identity.get("type")), text(identity.get("arn"))
    key = text(identity.get("accessKeyId"))
    pairs: list[Pair] = [(KEY, source.redactor.mark(key))] if key else []
    main = _main(identity, kind, arn)
    pairs += [main] if main[1] else []
    by = text(identity.get("invokedBy"))
    if by and by != main[1]:
        pairs.append((SERVICE, by))
    workload = _workload(call, arn)
    if workload:
        pairs.insert(0, (WORKLOAD, workload))
    name = _name(identity, kind, main)
    session = _session(arn, text(identity.get("principalId")))
    noun = main[0].partition(".")[2].replace("_", " ") or kind or "somebody"
    shown = noun if name in ("", noun) else f"{noun} {name}"
    shown += f" (session {session})" if session else ""
    part = arn.split(":")[1] if arn.startswith("arn:") and arn.count(":") > 1 else "aws"
    return Who(tuple(pairs), main[1], name, shown, session, part)


def _main(identity: Mapping[str, Any], kind: str, arn: str) -> Pair:
    issuer = text(mapping(mapping(identity.get("sessionContext")).get("sessionIssuer")).get("arn"))
    account, principal = text(identity.get("accountId")), text(identity.get("principalId"))
    if kind == "AssumedRole" or _SESSION.match(arn):
        return ROLE, issuer or role_of(arn)
    if kind in ("SAMLUser", "WebIdentityUser"):
        return FEDERATED, principal
    if kind == "Root":
        return ROOT, arn or account
    if kind in ("AWSService", "AWSAccount"):
        by = text(identity.get("invokedBy"))
        return (SERVICE, by) if by else (ACCOUNT, "" if account == "anonymous" else account)
    if kind == "Role" or ":role/" in arn:
        return ROLE, arn
    if kind == "FederatedUser":
        return (ROOT if issuer.endswith(":root") else USER), issuer
    return USER, arn


def role_of(arn: str) -> str:
    """Return the role behind an assumed role; a path that the role has does not stand in there."""
    found = _SESSION.match(arn)
    return f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}" if found else ""


def _session(arn: str, principal: str) -> str:
    found = _SESSION.match(arn)
    if found:
        return found[4]
    return principal.partition(":")[2] if principal.startswith("AROA") else ""


def _name(identity: Mapping[str, Any], kind: str, main: Pair) -> str:
    issuer = mapping(mapping(identity.get("sessionContext")).get("sessionIssuer"))
    if main[0] == ROOT:
        return text(identity.get("userName")) or "root"
    given = text(issuer.get("userName")) if main[0] == ROLE else text(identity.get("userName"))
    if given or kind == "AWSAccount":
        return given or main[1]
    return main[1].rpartition("/")[2] if main[0] in (ROLE, USER) else main[1]


def workload_arn(call: Call, partition: str, name: str) -> str:
    """Return the ARN of a workload identity in the default directory."""
    region = text(call.record.get("awsRegion"))
    place = f"arn:{partition}:bedrock-agentcore:{region}:{call.account}"
    return f"{place}:workload-identity-directory/default/workload-identity/{name}"


def _workload(call: Call, arn: str) -> str:
    """Return the AgentCore workload that asks for a token: it is an agent, AWS says."""
    if call.service != "bedrock-agentcore" or not is_token(call):
        return ""
    for resource in objects(call.record.get("resources")):
        named = text(resource.get("ARN"))
        if "/workload-identity/" in named:
            return named
    name = text(call.parameters.get("workloadName"))
    partition = arn.split(":")[1] if arn.startswith("arn:") and arn.count(":") > 1 else "aws"
    return workload_arn(call, partition, name) if name and name != HIDDEN else ""


def identify(source: Connector, event: Event, call: Call, who: Who) -> None:
    """Fill in who acted, for whom, in which session, and whether it is an agent."""
    accounts = [(kind, source.redactor.text(one)[0]) for kind, one in who.accounts]
    person = event["event.action"] == "login" and _kind(call) in _PERSONS
    plain = _kind(call) == "AWSService"
    agentic = "yes" if accounts and accounts[0][0] == WORKLOAD else "no" if person or plain else ""
    keep(source, event, "user.id", who.id)
    keep(source, event, "user.name", who.name)
    claims = _claims(call) if is_gateway(call) and not who.id else {}
    subject, issuer = text(claims.get("sub")), text(claims.get("iss"))
    if subject and issuer:
        accounts.append((JWT, source.redactor.text(f"{issuer}#{subject}")[0]))
        keep(source, event, "user.id", subject)
        keep(source, event, "user.domain", issuer)
    source.accounts(event, *accounts, agentic=agentic)
    if agentic == "yes":
        name = accounts[0][1].rpartition("/")[2]
        source.agent(event, accounts[0][1], name=name, assurance="verified")
    _principal(source, event, call, who, claims)
    if person or plain:
        event["warrant.principal.kind"] = "human" if person else "service"


def _kind(call: Call) -> str:
    return text(mapping(call.record.get("userIdentity")).get("type"))


def _claims(call: Call) -> Mapping[str, Any]:
    extra = mapping(call.record.get("additionalEventData"))
    return mapping(mapping(extra.get("jwt")).get("claims"))


def _principal(
    source: Connector, event: Event, call: Call, who: Who, claims: Mapping[str, Any]
) -> None:
    """Say for whom it was done: a stated source identity, a person, or a session's name."""
    identity = mapping(call.record.get("userIdentity"))
    stated = text(mapping(identity.get("sessionContext")).get("sourceIdentity"))
    person = text(mapping(identity.get("onBehalfOf")).get("userId"))
    client = text(claims.get("azp")) or text(claims.get("client_id"))
    if person:
        event["warrant.principal.kind"] = "human"
    keep(source, event, "warrant.principal.id", person or stated or text(claims.get("sub")))
    keep(source, event, "warrant.principal.name", stated or who.session or client)
    arn = text(identity.get("arn"))
    if who.session and _SESSION.match(arn):
        keep(source, event, "warrant.session.key", arn)
