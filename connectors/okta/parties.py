"""Who acted, for whom, and on what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from agentwarrant.records import mapping, objects

from .common import text


class Party(NamedTuple):
    """An actor or a target.

    Attributes:
        kind: Kind of account; empty when it is none (a policy, a group, Okta itself).
        id: Okta's id of it.
        name: What a person calls it.
        login: The login of a user.
        type: Its type as Okta writes it.
    """

    kind: str
    id: str
    name: str
    login: str
    type: str


def party(value: object) -> Party:
    """Return an actor or target as what it is."""
    found = mapping(value)
    kind, own = text(found.get("type")), _id(found)
    login = text(found.get("alternateId"))
    name = text(found.get("displayName")) or login or own
    return Party(_kind(kind, own), own, name, login, kind)


def targets(record: Mapping[str, Any]) -> list[Party]:
    """Return what an event was done to."""
    return [party(target) for target in objects(record.get("target"))]


def is_agent(type_: str) -> bool:
    """Does a type say AI agent, however it is spelled? Okta's directory agents are none."""
    return "aiagent" in _squeezed(type_)


def _id(found: Mapping[str, Any]) -> str:
    # A client's secret is listed under its own id or under the client's; the detail says which.
    of_client = text(mapping(found.get("detailEntry")).get("clientid"))
    secret = "secret" in _squeezed(text(found.get("type")))
    return of_client if secret and of_client else text(found.get("id"))


def _kind(type_: str, own: str) -> str:
    squeezed = _squeezed(type_)
    if is_agent(type_) or squeezed == "workloadprincipal":
        return "okta.ai_agent"
    if squeezed == "user":
        return "okta.user"
    if own.startswith("0oa") or squeezed.endswith(("clientapp", "appinstance")):
        return "okta.app"
    return "okta.token" if squeezed.endswith("token") else ""


def _squeezed(text_: str) -> str:
    return "".join(sign for sign in text_.lower() if sign.isalnum())
