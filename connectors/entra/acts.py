"""What an activity or a sign-in is besides its action: acts, kind of sign-in, whose tenant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.event import compact_json
from agentwarrant.records import mapping, objects

from .common import text
from .targets import Target, switched

_WORDS = re.compile(r"[a-z0-9]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_GIVES = _set("add added grant consent assign assigned activate activated approve invite")
_RIGHTS = _set(
    "role roles permission permissions consent owner grant assignment oauth2permissiongrant"
)
_ENDS = _set("delete deleted disable disabled remove removed")
_GUARDS = _set(
    "policy policies alert alerts logging diagnostic protection detection audit monitoring baseline"
)
_STATES = _set("disable disabled enable enabled delete deleted restore restored block suspend")
_MACHINES = frozenset({"entra.app", "entra.service_principal", "entra.agent_identity"})
_OFF = re.compile(r"\\*\"state\\*\"\s*:\s*\\*\"disabled", re.IGNORECASE)
_INVITED = _set("serviceprovider b2bcollaboration b2bdirectconnect microsoftsupport")
"""Ways across tenants that somebody in the other tenant agreed to."""


def acts_of(
    said: str, action: str, body: Mapping[str, Any], targets: list[Target]
) -> Iterator[str]:
    """Yield the acts that an audited activity is.

    Args:
        said: The activity, as Entra writes it.
        action: What it was found to be.
        body: The entry.
        targets: What it was done to.
    """
    if action in ("approval_requested", "approval_denied"):
        return
    words = frozenset(_WORDS.findall(said.lower()))
    first = next(iter(_WORDS.findall(said.lower())), "")
    kinds = {target.kind for target in targets}
    adds = bool(words & _set("add added create created invite register"))
    if action == "credential_issued" or (adds and words >= {"user"} and "to" not in words):
        yield "credential_issue"
    if words & _GIVES and (words & _RIGHTS or words >= {"member", "to"}) and first not in _ENDS:
        yield "privilege_grant"
    ends = bool(words & _ENDS) and not words & {"member", "assignment", "role"}
    if words & _GUARDS and (ends or _switched_off(body)):
        yield "guard_disable"
    if (
        "entra.agent_identity" in kinds
        and adds
        and words & _set("agent agentic identity principal")
    ):
        yield "deploy_agent"
    if not kinds.isdisjoint(_MACHINES) and (
        switched(body)
        or (words & _STATES and not words & _RIGHTS | words & _set("credential secret"))
    ):
        yield "quarantine_change"


def _switched_off(body: Mapping[str, Any]) -> bool:
    """Does a change write that something is disabled which was not?"""
    changes = [
        change
        for one in objects(body.get("targetResources"))
        for change in objects(mapping(one).get("modifiedProperties"))
    ]
    return any(
        _OFF.search(compact_json(change.get("newValue"))[:65536])
        and not _OFF.search(compact_json(change.get("oldValue"))[:65536])
        for change in changes
    )


def login_kind(body: Mapping[str, Any], type_: str, agentic: str) -> str:
    """Return whether a person signed in or a program."""
    stated = body.get("isInteractive")
    if agentic == "yes" or type_ not in ("interactiveUser", "nonInteractiveUser"):
        return "service"
    if isinstance(stated, bool):
        return "interactive" if stated else "service"
    return "interactive" if type_ == "interactiveUser" else "service"


def relation_of(body: Mapping[str, Any]) -> str:
    """Return whose the tenant of the resource is; '' where a sign-in does not say it."""
    home, resource = text(body.get("homeTenantId")), text(body.get("resourceTenantId"))
    if not home or not resource:
        return ""
    if home.lower() == resource.lower():
        return "home"
    ways = text(body.get("crossTenantAccessType")).lower().replace(" ", "").split(",")
    return "foreign" if _INVITED.isdisjoint(ways) else "delegated"
