"""Entra: names, requests and what its actions share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from agentwarrant.errors import Guarded
from agentwarrant.respond import http
from agentwarrant.respond.action import Expectation, Op, Target, Verification
from agentwarrant.respond.http import connection_of, path
from agentwarrant.respond.naming import sorted_out
from agentwarrant.respond.transport import Request, Transport

ENDPOINT = "Microsoft Graph"
DOC = "docs/vendors/entra.md"
UNKNOWN = "Left out, unknown to Entra: "
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
NOT_THERE = (400, 404)
"""400: the object is there and is of another type than the path says."""
TOKEN_LIFE = 3600.0
MANAGED_LIFE = 86_400.0
LIVES_ON = (
    "access tokens that were issued before, for services that do not evaluate access continuously"
)
BLUEPRINT = "microsoft.graph.agentIdentityBlueprintPrincipal"

read = partial(http.read, endpoint=ENDPOINT)
change = partial(http.change, endpoint=ENDPOINT)


@dataclass(frozen=True, slots=True)
class Principal:
    """A service principal.

    Attributes:
        id: Its object id; what the case called it where nothing was read.
        enabled: ``accountEnabled``; None where it was not read.
        kind: The account kind by which the case named it.
        client: Its client id; empty where it was not read.
    """

    id: str
    kind: str
    enabled: bool | None = None
    client: str = ""

    @property
    def point(self) -> str:
        kind = "entra.service_principal" if self.kind == "entra.app" else self.kind
        return f"{kind}:{self.id}"

    @property
    def where(self) -> str:
        return path("/v1.0/servicePrincipals/{}", self.id)


def ids_of(target: Target, *kinds: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (kind, id) of the agent's accounts of some kinds, and notes on those without form."""
    found: list[tuple[str, str]] = []
    notes: list[str] = []
    for kind in kinds:
        ids, odd = sorted_out(target.ids(kind), GUID, f"id for {kind}")
        found += [(kind, one.lower()) for one in ids]
        notes += odd
    return list(dict.fromkeys(found)), notes


def principals_of(
    target: Target, transport: Transport | None, *kinds: str
) -> tuple[list[Principal], list[str]]:
    """Return the agent's service principals, each once, and notes on what is left out.

    Raises:
        Guarded: One is what responses themselves act as.
    """
    named, notes = ids_of(target, *kinds)
    if transport is None:
        return [Principal(one, kind) for kind, one in named], notes
    found: dict[str, Principal] = {}
    for kind, one in named:
        body = body_of(transport, _principal_at(kind, one), select="id,appId,accountEnabled")
        own = str(body.get("id") or "").lower()
        if one not in (own, str(body.get("appId") or "").lower()):
            notes.append(f"{UNKNOWN}{one}")
            continue
        not_ours(body, transport)
        enabled = body.get("accountEnabled") is not False
        found.setdefault(own, Principal(own, kind, enabled, str(body.get("appId") or "")))
    return list(found.values()), notes


def _principal_at(kind: str, one: str) -> str:
    if kind == "entra.app":
        return path("/v1.0/servicePrincipals(appId='{}')", one)
    return path("/v1.0/servicePrincipals/{}", one)


def apps_of(
    target: Target, transport: Transport | None, select: str
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """Return the registrations of the agent's apps as Graph shows them; ``id`` is the object id.

    Raises:
        Guarded: One is what responses themselves act as.
    """
    named, notes = ids_of(target, "entra.app")
    if transport is None:
        return [{"id": one} for _, one in named], notes
    found: dict[str, Mapping[str, Any]] = {}
    for _, one in named:
        body: Mapping[str, Any] = {}
        for where in ("/v1.0/applications(appId='{}')", "/v1.0/applications/{}"):
            body = body or body_of(transport, path(where, one), select=f"id,appId,{select}")
        if one not in (str(body.get("id")).lower(), str(body.get("appId")).lower()):
            notes.append(f"{UNKNOWN}{one}; or registered in another tenant")
            continue
        not_ours(body, transport)
        found.setdefault(str(body["id"]), body)
    return list(found.values()), notes


def not_ours(body: Mapping[str, Any], transport: Transport) -> None:
    """Refuse what responses themselves act as.

    Raises:
        Guarded: It is.
    """
    connection = connection_of(transport)
    own = connection.option("client_id").lower() if connection else ""
    if own and str(body.get("appId") or "").lower() == own:
        what = "it is the app that responses themselves act as"
        raise Guarded(what, where=f"entra.app:{own}")


def is_blueprint(principal: Principal, transport: Transport) -> bool:
    """Is it the principal of a blueprint, which all agents that were made from it hang on?"""
    body = body_of(transport, f"{principal.where}/{BLUEPRINT}", select="id")
    return str(body.get("id") or "").lower() == principal.id


def selected(where: str, fields: str, accepts: tuple[int, ...] = ()) -> Request:
    """Return the read of some fields; of the usual ones where none are named."""
    query: dict[str, Any] = {"$select": fields} if fields else {}
    return read(where, accepts=accepts, **query)


def body_of(transport: Transport, where: str, *, select: str = "") -> Mapping[str, Any]:
    """Return what stands at a path; empty where nothing does, or something of another type."""
    body = transport.send(selected(where, select, NOT_THERE))["body"]
    found = body if isinstance(body, Mapping) else {}
    return {} if "error" in found else found


def rows(found: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list; none where there is no list."""
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def is_enabled(where: str, value: bool) -> Verification:
    """Return the read that shows that an account is enabled, or is not."""
    seen = selected(where, "id,accountEnabled")
    return Verification(seen, (Expectation(("body", "accountEnabled"), value),))


def lacks(where: str, key: str) -> Verification:
    """Return the read that shows that an app has a password no more."""
    place = ("body", "passwordCredentials")
    return Verification(
        selected(where, "id,passwordCredentials"),
        (
            Expectation(place, "", op=Op.LACKS),  # it is a list: nothing is not taken for empty
            Expectation((*place, ("keyId", key)), op=Op.EMPTY),
        ),
    )
