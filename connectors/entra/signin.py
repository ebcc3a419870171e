"""Sign-ins of people, service principals, managed identities and agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event, compact_json, digest
from agentwarrant.records import ip, mapping

from .acts import login_kind, relation_of
from .common import SERVICE, agentic, directory, number, put, relate, text
from .entries import Entry

_TYPES = {
    "SignInLogs": "interactiveUser",
    "NonInteractiveUserSignInLogs": "nonInteractiveUser",
    "ServicePrincipalSignInLogs": "servicePrincipal",
    "ManagedIdentitySignInLogs": "managedIdentity",
}
"""Category of the envelope -> what Graph calls the type of a sign-in."""

_PEOPLE = frozenset({"interactiveUser", "nonInteractiveUser"})
_AGENT_USER = "agentiduser"


class _Who(NamedTuple):
    """Who signed in: accounts, whether an agent did, and the agent's id."""

    accounts: list[tuple[str, str]]
    agentic: str
    agent: str


def event_of(source: Connector, raw: Raw, entry: Entry) -> Event:
    """Return the event of a sign-in."""
    body, outer = entry.body, entry.outer
    type_ = _type(body, outer)
    action = "login" if type_ in _PEOPLE else "credential_used"
    own = text(body.get("id")) or digest("entra", compact_json(dict(body)))
    time = body.get("createdDateTime") or outer.get("time")
    event = source.event(raw, action, time, own, dataset="signin")
    directory(source, event, outer, body.get("homeTenantId"), body.get("resourceTenantId"))
    who = _who(body, type_)
    source.accounts(event, *who.accounts, agentic=who.agentic)
    if who.agent:
        named = source.redactor.text(_name(body))[0]
        source.agent(event, who.agent, name=named, assurance="verified")
    _principal(source, event, body)
    _fields(source, event, body, outer, type_)
    _outcome(source, event, body, outer)
    event["warrant.login.kind"] = login_kind(body, type_, who.agentic)
    relation = relation_of(body)
    if relation:
        event["warrant.tenant.relation"] = relation
    source.client(event)
    _line(source, event, body)
    return event


def _type(body: Mapping[str, Any], outer: Mapping[str, Any]) -> str:
    types = body.get("signInEventTypes")
    stated = text(types[0]) if isinstance(types, list) and types else ""
    known = stated or _TYPES.get(text(outer.get("category")), "")
    return known or ("interactiveUser" if text(body.get("userId")) else "servicePrincipal")


def _who(body: Mapping[str, Any], type_: str) -> _Who:
    facet = mapping(body.get("agent"))
    caller, subject = agentic(facet.get("agentType")), agentic(facet.get("agentSubjectType"))
    if caller or subject:
        return _agent(body, facet, caller, subject)
    principal, app = text(body.get("servicePrincipalId")), text(body.get("appId"))
    user = ("entra.user", text(body.get("userId")))
    if type_ == "interactiveUser":
        return _Who([user], "no", "")
    if type_ in _PEOPLE:  # the app came back by itself, with what the person once gave it
        return _Who([("entra.app", app), user], "", "")
    service = [("entra.service_principal", principal), ("entra.app", app)]
    if type_ == "managedIdentity":
        return _Who([("entra.managed_identity", principal), *service], "", "")
    return _Who(
        [("entra.key", text(body.get("servicePrincipalCredentialKeyId"))), *service], "", ""
    )


def _agent(body: Mapping[str, Any], facet: Mapping[str, Any], caller: str, subject: str) -> _Who:
    """Return an agent that signed in.

    Its credential is its blueprint's and shared by all agents made of that, so it is not named.
    """
    principal, app = text(body.get("servicePrincipalId")), text(body.get("appId"))
    user = text(body.get("userId"))
    as_user = _AGENT_USER in (caller.lower(), subject.lower())
    parent = text(facet.get("agentSubjectParentId")) if as_user else ""
    own = text(facet.get("agentServicePrincipalId")) or principal or parent or app or user
    shared = app == text(facet.get("parentAppId"))
    blueprint = caller.lower() in ("agenticapp", "agentidentityblueprintprincipal")
    accounts = [
        ("" if blueprint else "entra.agent_identity", "" if blueprint else own),
        ("entra.service_principal", principal),
        ("entra.app", "" if shared else app),
        ("entra.user", user if as_user else ""),
    ]
    return _Who(accounts, "yes", own)


def _principal(source: Connector, event: Event, body: Mapping[str, Any]) -> None:
    """Name for whom the token is: the person, the agent's own user, or the blueprint behind it."""
    facet = mapping(body.get("agent"))
    user, name = text(body.get("userId")), text(body.get("userPrincipalName"))
    agent = agentic(facet.get("agentType")) or agentic(facet.get("agentSubjectType"))
    if user:
        as_user = _AGENT_USER in (
            text(facet.get("agentType")).lower(),
            text(facet.get("agentSubjectType")).lower(),
        )
        kind = "agent" if as_user else "human"
    else:
        user, kind = text(facet.get("parentAppId")) if agent else "", "service"
    if user:
        put(source, event, {"warrant.principal.id": user, "warrant.principal.name": name or user})
        event["warrant.principal.kind"] = kind


def _fields(
    source: Connector, event: Event, body: Mapping[str, Any], outer: Mapping[str, Any], type_: str
) -> None:
    place, user = mapping(body.get("location")), text(body.get("userId"))
    email, service = text(body.get("userPrincipalName")), text(body.get("servicePrincipalId"))
    event["service.name"] = SERVICE
    put(
        source,
        event,
        {
            "event.code": type_,
            "user.id": user or service or text(body.get("appId")),
            "user.name": email if user and email else _name(body),
            "user.full_name": body.get("userDisplayName") if user else "",
            "user.email": email if "@" in email else "",
            "service.name": body.get("resourceDisplayName"),
            "warrant.resource.id": text(body.get("resourceId")).lower(),
            "source.ip": ip(body.get("ipAddress")) or ip(outer.get("callerIpAddress")),
            "source.geo.country_iso_code": place.get("countryOrRegion"),
            "source.geo.city_name": place.get("city"),
            "user_agent.original": body.get("userAgent"),
            "warrant.session.key": text(body.get("sessionId")) or body.get("correlationId"),
        },
    )
    system = number(body.get("autonomousSystemNumber"))
    if system:
        event["source.as.number"] = system
    relate(source, event, [str(event.get("user.name", ""))])


def _outcome(
    source: Connector, event: Event, body: Mapping[str, Any], outer: Mapping[str, Any]
) -> None:
    status = mapping(body.get("status"))
    code = number(status.get("errorCode"))
    if code is None:
        code = number(outer.get("resultType"))
    if code is not None:
        event["event.outcome"] = "failure" if code else "success"
    if code:
        event["error.code"] = str(code)
        why = text(status.get("failureReason")) or text(outer.get("resultDescription"))
        put(source, event, {"event.reason": why})
    if text(body.get("conditionalAccessStatus")) == "failure":
        event["warrant.policy.decision"] = "denied"
        event["warrant.policy.reason"] = "policy_denied"


def _name(body: Mapping[str, Any]) -> str:
    user = text(body.get("userDisplayName")) or text(body.get("userPrincipalName"))
    app = text(body.get("servicePrincipalName")) or text(body.get("appDisplayName"))
    facet = mapping(body.get("agent"))
    agent = agentic(facet.get("agentType"))
    own = app or user if agent or not user else user
    return own or text(body.get("servicePrincipalId")) or text(body.get("appId"))


def _line(source: Connector, event: Event, body: Mapping[str, Any]) -> None:
    app, name = text(body.get("appDisplayName")), _name(body)
    via = f"with {app}" if app and app != name else ""
    person = str(event.get("warrant.principal.name", ""))
    agent = "gen_ai.agent.id" in event and event["warrant.principal.kind"] == "human"
    why = f": {event['event.reason']}" if "event.reason" in event else ""
    end = f"[failure {event.get('error.code', '')}{why}]"
    failed = event["event.outcome"] == "failure"
    said = f"{name or 'somebody'}: {event['event.code']} sign-in to {event['service.name']}"
    source.headline(event, (said, via, f"for {person}" if agent else "", end if failed else ""))
