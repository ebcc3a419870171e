"""Which accounts a call acted on, and which keys it gave out."""

from __future__ import annotations

from agentwarrant.connector import Connector
from agentwarrant.event import Event
from agentwarrant.records import mapping, text

from .identity import KEY, ROLE, ROOT, USER, WORKLOAD, Pair, Who, workload_arn
from .record import HIDDEN, Call, keep


def aim(source: Connector, event: Event, call: Call, who: Who) -> None:
    """Fill in the accounts that were acted on or issued."""
    if call.service not in ("iam", "sts", "bedrock-agentcore"):
        return
    accounts = _accounts(call, who)
    keys = [source.redactor.mark(key) for key in _keys(call)]
    named = [f"{kind}:{source.redactor.text(one)[0]}" for kind, one in accounts]
    named += [f"{KEY}:{mark}" for mark in keys]
    if named:
        event["warrant.identity.target"] = list(dict.fromkeys(named))
    if accounts:
        keep(source, event, "user.target.id", accounts[0][1])
        keep(source, event, "user.target.name", accounts[0][1].rpartition("/")[2])


def _accounts(call: Call, who: Who) -> list[Pair]:
    found: list[Pair] = []
    for kind, noun in ((ROLE, "role"), (USER, "user")):
        given = text(mapping(call.answer.get(noun)).get("arn"))
        name = text(call.parameters.get(f"{noun}Name"))
        if call.service == "sts":
            given = given or text(call.parameters.get(f"{noun}Arn"))
        if not given and name and name != HIDDEN and call.service == "iam":
            # A record has no path of the account; only those without one are named rightly.
            given = f"arn:{who.partition}:iam::{call.account}:{noun}/{name}"
        if given:
            found.append((kind, given))
    if not found and _own(call):
        found = [pair for pair in who.accounts if pair[0] in (USER, ROOT)]
    return [*found, *_workloads(call, who)]


def _own(call: Call) -> bool:
    """Does a call on credentials that names no user act on the caller's own?"""
    return call.service == "iam" and call.verb.endswith(("AccessKey", "ChangePassword"))


def _workloads(call: Call, who: Who) -> list[Pair]:
    details = mapping(call.answer.get("workloadIdentityDetails"))
    given = text(details.get("workloadIdentityArn"))
    if call.verb.endswith("WorkloadIdentity"):
        name = text(call.parameters.get("name"))
        given = text(call.answer.get("workloadIdentityArn"))
        given = given or (workload_arn(call, who.partition, name) if name else "")
    return [(WORKLOAD, given)] if given else []


def _keys(call: Call) -> list[str]:
    places = (
        mapping(call.answer.get("credentials")),
        mapping(call.answer.get("accessKey")),
        call.parameters,
    )
    found = (text(place.get("accessKeyId")) for place in places)
    return [key for key in found if key and key != HIDDEN]
