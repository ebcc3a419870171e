"""What an audited activity was done to: accounts, apps and their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from agentwarrant.event import compact_json
from agentwarrant.records import mapping, objects

from .common import agentic, text

_KINDS = {
    "user": "entra.user",
    "serviceprincipal": "entra.service_principal",
    "application": "entra.app",
    "agentidentity": "entra.agent_identity",
}
_KEY = re.compile(r"KeyIdentifier[\\\"]*\s*[=:]\s*[\\\"]*([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4,12}){4})")
_UUID = re.compile(r"^[\[\]\"\s]*([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4,12}){4})[\[\]\"\s]*$")
_TOLD = ("AccountEnabled", "Role.DisplayName", "ConsentAction.Permissions", "AppRole.Value")
_APP_IDS = frozenset({"AppId", "TargetId.ServicePrincipalNames", "ServicePrincipal.AppId"})


class Target(NamedTuple):
    """One target of an activity.

    Attributes:
        kind: Kind of account; empty when it is none (a group, a policy, a role).
        id: The object's id in the directory.
        name: What a person calls it.
        login: The login of a user.
        type: Its type as Entra writes it.
        accounts: (kind, id) pairs; an app has its client id beside the object's.
    """

    kind: str
    id: str
    name: str
    login: str
    type: str
    accounts: tuple[tuple[str, str], ...]


def targets_of(body: Mapping[str, Any]) -> list[Target]:
    """Return what an activity was done to."""
    return [_target(one) for one in objects(body.get("targetResources"))]


def keys_changed(body: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the ids of the keys that an activity added, and of those that it removed."""
    before: set[str] = set()
    after: set[str] = set()
    for change in _changes(body):
        if change.get("displayName") == "KeyDescription":
            before.update(_keys(change.get("oldValue")))
            after.update(_keys(change.get("newValue")))
    return sorted(after - before), sorted(before - after)


def stops(body: Mapping[str, Any]) -> bool:
    """Does an activity switch an account off?"""
    return any(
        change.get("displayName") == "AccountEnabled"
        and "false" in compact_json(change.get("newValue")).lower()
        for change in _changes(body)
    )


def switched(body: Mapping[str, Any]) -> bool:
    """Does an activity switch an account off or on?"""
    return any(change.get("displayName") == "AccountEnabled" for change in _changes(body))


def told(body: Mapping[str, Any]) -> str:
    """Return what a person must know of a change that its name does not say: a role, a scope."""
    said = [
        f"{change['displayName']}: {_plain(change.get('newValue'))}"
        for change in _changes(body)
        if change.get("displayName") in _TOLD
    ]
    return "; ".join(said)


def _plain(value: object) -> str:
    written = value if isinstance(value, str) else compact_json(value)
    return written[:200].strip('[]" ')


def _target(one: Mapping[str, Any]) -> Target:
    type_, own, login = (
        text(one.get("type")),
        text(one.get("id")),
        text(one.get("userPrincipalName")),
    )
    kind = _KINDS.get("".join(type_.lower().split()), "")
    agent = agentic(one.get("agentType")).lower()
    if agent == "agenticappinstance":
        kind = "entra.agent_identity"
    accounts = [(kind, own)] if kind and own else []
    if kind in ("entra.app", "entra.service_principal"):
        accounts += [("entra.app", client) for client in _client_ids(one)]
    name = text(one.get("displayName")) or login or own
    return Target(kind, own, name, login, type_, tuple(dict.fromkeys(accounts)))


def _client_ids(one: Mapping[str, Any]) -> list[str]:
    values = [
        text(change.get("newValue")) or text(change.get("oldValue"))
        for change in objects(one.get("modifiedProperties"))
        if text(change.get("displayName")) in _APP_IDS
    ]
    return [found[1] for value in values if (found := _UUID.match(value[:128]))]


def _changes(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    targets = objects(body.get("targetResources"))
    return [change for one in targets for change in objects(mapping(one).get("modifiedProperties"))]


def _keys(value: object) -> list[str]:
    return _KEY.findall(value if isinstance(value, str) else compact_json(value))
