"""The event of one record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event, compact_json, cut, digest
from agentwarrant.records import mapping, objects, text
from agentwarrant.vocabulary import category_of

from .acts import acts_of, login_kind, relation_of, resource_of
from .identity import Who, identify, who_of
from .record import INSIGHT, Call, call_of, clean, keep
from .targets import aim
from .verbs import action_of, class_of, is_gateway, method_of

_LINE = 400
_DENIED = re.compile(r"AccessDenied|Unauthorized|Forbidden|NotAuthorized|^40[13]$")
_SECRET = frozenset(
    "secretstring secretbinary plaintext ciphertextblob credentials sessiontoken secretaccesskey"
    " password newpassword oldpassword workloadaccesstoken workloadidentitytoken usertoken"
    " accesstoken authorizationtoken samlassertion webidentitytoken".split()
)
_NAMING = re.compile(r"(?:name|id|arn|key)$", re.IGNORECASE)
_NO_NAME = re.compile(r"token|contextkey|^accesskeyid$", re.IGNORECASE)
_DEPTH = 40


def events(source: Connector, raw: Raw, record: Mapping[str, Any]) -> Iterator[Event]:
    """Yield the event of one record.

    Raises:
        BadRecord: It does not say which call it is about.
    """
    call = call_of(record)
    if not call.verb:
        raise BadRecord("a record without eventName")
    action = action_of(call)
    own = text(record.get("eventID")) or digest("cloudtrail", compact_json(record))
    event = source.event(raw, action, record.get("eventTime"), own, dataset=_dataset(call))
    who = who_of(source, call)
    _stamp(source, event, call)
    identify(source, event, call, who)
    aim(source, event, call, who)
    if action == "tool_call":
        _tool(source, event, call)
    elif action == "llm_request":
        event["gen_ai.operation.name"] = "chat"
        event["gen_ai.provider.name"] = "aws.bedrock"
        keep(source, event, "gen_ai.request.model", text(call.parameters.get("modelId")))
    _kinds(source, event, call)
    _refusal(source, event, call)
    _relate(source, event, call, who)
    _line(source, event, call, who)
    yield event


def _kinds(source: Connector, event: Event, call: Call) -> None:
    """Say what else was done, on what, in whose account, with which kind of program."""
    found = event.get("warrant.tool.acts")
    known = found if isinstance(found, list) else []
    source.acts(event, [*map(str, known), *acts_of(call, str(event["event.action"]))])
    said = {
        "warrant.login.kind": login_kind(call, str(event["event.action"])),
        "warrant.tenant.relation": relation_of(call),
    }
    event.update({name: value for name, value in said.items() if value})
    target, path = text(event.get("user.target.id")), text(event.get("file.path"))
    if "warrant.resource.id" not in event:
        keep(source, event, "warrant.resource.id", resource_of(call, target, path))
    source.client(event)


def _dataset(call: Call) -> str:
    kinds = {"Data": "data", "Insight": "insight", "NetworkActivity": "network"}
    return kinds.get(text(call.record.get("eventCategory")), "management")


def _stamp(source: Connector, event: Event, call: Call) -> None:
    """Fill in where, from where and with which result."""
    record = call.record
    event["cloud.provider"] = "aws"
    keep(source, event, "cloud.account.id", call.account)
    owner = text(mapping(record.get("userIdentity")).get("accountId"))
    if owner not in ("", "anonymous", call.account):
        keep(source, event, "cloud.origin.account.id", owner)
    keep(source, event, "cloud.region", text(record.get("awsRegion")))
    keep(source, event, "cloud.service.name", call.service)
    keep(source, event, "event.provider", text(record.get("eventSource")) or call.service)
    keep(source, event, "event.code", call.verb)
    keep(source, event, "user_agent.original", text(record.get("userAgent")))
    address = text(record.get("sourceIPAddress"))
    try:
        ip_address(address)
    except ValueError:  # a service's name, or "AWS Internal"
        keep(source, event, "source.address", address)
    else:
        event["source.ip"], event["related.ip"] = address, [address]
    code, said = call.failure
    event["event.outcome"] = "failure" if code else "success"
    keep(source, event, "error.code", code)
    keep(source, event, "event.reason", f"{code} ({said})" if said else code)
    used = text(mapping(record.get("additionalEventData")).get("MFAUsed"))
    keep(source, event, "labels.mfa_used", used.lower())


def _refusal(source: Connector, event: Event, call: Call) -> None:
    if not _DENIED.search(call.failure[0]):
        return
    if event["event.action"] in ("tool_call", "llm_request"):
        source.denied(event, "policy_denied")
        return
    event["warrant.policy.decision"] = "denied"
    event["warrant.policy.reason"] = "policy_denied"


def _tool(source: Connector, event: Event, call: Call) -> None:
    """Fill in a call on a resource, or on a tool behind an AgentCore gateway."""
    body = mapping(call.parameters.get("body"))
    asked = mapping(body.get("params"))
    named = text(asked.get("name"))
    if is_gateway(call) and method_of(call) == "tools/call" and named:
        source.tool_call(event, named, asked.get("arguments"))
        _gateway(source, event, call)
        return
    kind = "discovery" if is_gateway(call) else class_of(call)
    whole = compact_json(_without_secrets(call.parameters))
    event["gen_ai.operation.name"] = "execute_tool"
    keep(source, event, "gen_ai.tool.name", call.verb)
    event["warrant.arguments.text"] = cut(clean(source, whole))[0]
    event["warrant.arguments.hash"] = digest("arguments", call.verb, whole)
    event["warrant.tool.class"] = kind
    event["event.category"], event["event.type"] = category_of("tool_call", kind)
    if kind == "credential_read":
        event["warrant.data.sensitivity"] = "secret"
    bucket, key = text(call.parameters.get("bucketName")), text(call.parameters.get("key"))
    if call.service == "s3" and bucket and key:
        keep(source, event, "file.path", f"s3://{bucket}/{key}")
    if is_gateway(call):
        _gateway(source, event, call)


def _gateway(source: Connector, event: Event, call: Call) -> None:
    event["warrant.channel"] = "mcp"
    for resource in objects(call.record.get("resources"))[:1]:
        keep(source, event, "service.target.name", text(resource.get("ARN")))
    result = mapping(mapping(call.answer.get("body")).get("result"))
    if result.get("isError") is True:
        event["event.outcome"] = "failure"


def _without_secrets(value: Any, depth: int = 0) -> Any:
    """Return a value without members that are secrets by their name, as AWS names them."""
    if depth > _DEPTH:
        return "[nested too deep]"
    if isinstance(value, dict):
        return {
            str(name): _without_secrets(inner, depth + 1)
            for name, inner in value.items()
            if str(name).lower() not in _SECRET
        }
    if isinstance(value, list):
        return [_without_secrets(item, depth + 1) for item in value]
    return value


def _relate(source: Connector, event: Event, call: Call, who: Who) -> None:
    targets = (text(event.get("user.target.id")), text(event.get("user.target.name")))
    stated = text(event.get("warrant.principal.id"))
    names = (who.id, who.name, who.session, stated, *targets)
    known = [cut(clean(source, name), 1024)[0] for name in names if name]
    if known:
        event["related.user"] = list(dict.fromkeys(known))


def _line(source: Connector, event: Event, call: Call, who: Who) -> None:
    if text(call.record.get("eventType")) == INSIGHT:
        state = text(mapping(call.record.get("insightDetails")).get("state"))
        said = f"Insights: unusual rate of {call.service} {call.verb} {state}"
    else:
        bearer = text(event.get("warrant.principal.name")) or text(event.get("user.id"))
        actor = who.shown if who.name else f"a JWT of {bearer}" if bearer else "an unnamed caller"
        tool = text(event.get("gen_ai.tool.name"))
        verb = call.verb if tool in ("", call.verb) else f"{call.verb} {tool}"
        said = f"{call.service} {verb}{_about(call)} by {actor}"
    mfa = text(event.get("labels.mfa_used"))
    said += f", MFA used {mfa}" if mfa else ""
    reason = text(event.get("event.reason"))
    said += f", {reason}" if reason else ""
    event["message"] = cut(clean(source, " ".join(said.split())), _LINE)[0]


def _about(call: Call) -> str:
    """Return the first names in a call's parameters: what it was about."""
    found = [
        value[:120]
        for name, value in list(call.parameters.items())[:20]
        if isinstance(value, str) and _NAMING.search(str(name)) and not _NO_NAME.search(str(name))
    ]
    return f" {' '.join(found[:2])}" if found else ""
