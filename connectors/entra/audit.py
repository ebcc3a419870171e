"""The directory's audit: who changed which account, app, credential or permission."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event, compact_json, digest
from agentwarrant.records import ip, mapping, objects
from agentwarrant.tools.words import class_of_words
from agentwarrant.vocabulary import category_of

from .acts import acts_of
from .common import SERVICE, agentic, directory, put, relate, text
from .entries import Entry
from .targets import Target, keys_changed, stops, targets_of, told

_WORDS = re.compile(r"[a-z0-9]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CREDENTIALS = _set("credential credentials secret secrets certificate certificates password keys")
_METHODS = ("security info", "authentication method", "temporary access pass", "passkey")
_ISSUE = _set("add added create created generate register registered update updated reset change")
_REVOKE = _set("remove removed delete deleted revoke revoked disable disabled")
_HELD = _set("session sessions token tokens")
_STOP = _set("delete deleted disable disabled block suspend")
_CHANGE = _set(
    "add added create created update updated delete deleted remove removed set unset consent "
    "assign invite restore enable enabled disable disabled import link register registered reset "
    "change grant revoke move publish approve"
)
_ASKED = {"approved": "granted", "denied": "denied", "requested": "requested"}
_MACHINES = frozenset({"entra.app", "entra.service_principal", "entra.agent_identity"})


def event_of(source: Connector, raw: Raw, entry: Entry) -> Event:
    """Return the event of an audited activity.

    Raises:
        BadRecord: It does not say which.
    """
    body, outer = entry.body, entry.outer
    said = text(body.get("activityDisplayName")) or text(outer.get("operationName"))
    if not said:
        raise BadRecord("an audit entry without activityDisplayName")
    targets = targets_of(body)
    action = _action(said, body, targets)
    own = text(body.get("id")) or digest("entra", compact_json(dict(body)))
    time = body.get("activityDateTime") or outer.get("time")
    event = source.event(raw, action, time, own, dataset="audit")
    directory(source, event, outer)
    event["service.name"] = SERVICE
    put(source, event, {"event.code": said, "warrant.session.key": body.get("correlationId")})
    _outcome(source, event, body)
    _actor(source, event, body, outer)
    _targets(source, event, body, targets)
    if action == "tool_call":
        _call(source, event, said, targets)
    source.acts(event, acts_of(said, action, body, targets))
    source.client(event)
    _line(source, event, body, targets)
    return event


def _action(said: str, body: Mapping[str, Any], targets: list[Target]) -> str:
    lowered = said.lower()
    words = _WORDS.findall(lowered)
    asked = next((state for word, state in _ASKED.items() if word in words), "")
    if asked:
        return f"approval_{asked}"
    verb = next((word for word in words if word in _ISSUE | _REVOKE), "")
    if set(words) & _CREDENTIALS or any(method in lowered for method in _METHODS):
        return _credential(verb, body)
    if verb in _REVOKE and set(words) & _HELD:
        return "credential_revoked"
    machine = any(target.kind in _MACHINES for target in targets)
    if machine and (set(words) & _STOP or stops(body)):
        return "kill_switch_engaged"
    return "config_changed" if set(words) & _CHANGE else "tool_call"


def _credential(verb: str, body: Mapping[str, Any]) -> str:
    added, removed = keys_changed(body)
    if verb in _REVOKE or (removed and not added):
        return "credential_revoked"
    return "credential_issued" if verb else "credential_used"


def _outcome(source: Connector, event: Event, body: Mapping[str, Any]) -> None:
    result = body.get("result")
    said = text(result).lower()
    if said in ("success", "failure"):
        event["event.outcome"] = said
    elif said == "timeout":
        event["event.outcome"] = "failure"
    elif isinstance(result, int) and not isinstance(result, bool):
        event["event.outcome"] = "failure" if result else "success"
    put(source, event, {"event.reason": body.get("resultReason")})
    state = str(event["event.action"]).removeprefix("approval_")
    if state != event["event.action"]:
        event["warrant.approval.state"] = state


def _actor(
    source: Connector, event: Event, body: Mapping[str, Any], outer: Mapping[str, Any]
) -> None:
    by = mapping(body.get("initiatedBy"))
    user, app = mapping(by.get("user")), mapping(by.get("app"))
    person, service = text(user.get("id")), text(app.get("servicePrincipalId"))
    agent = next((t for t in map(_agent_type, (app, user, by)) if t), "")
    own = service or text(app.get("appId")) or person
    accounts = [
        ("entra.agent_identity", own if agent else ""),
        ("entra.service_principal", service),
        ("entra.app", text(app.get("appId"))),
        ("entra.user", person),
    ]
    plain = person and not app
    source.accounts(event, *accounts, agentic="yes" if agent else "no" if plain else "")
    name = text(app.get("displayName")) or text(app.get("servicePrincipalName"))
    login = text(user.get("userPrincipalName"))
    called = name or login or text(user.get("displayName"))
    if agent and own:
        source.agent(event, own, name=source.redactor.text(called)[0], assurance="verified")
    if person and not (agent and not app):
        known = login or text(user.get("displayName")) or person
        put(source, event, {"warrant.principal.id": person, "warrant.principal.name": known})
        event["warrant.principal.kind"] = "human"
    address = ip(user.get("ipAddress")) or ip(outer.get("callerIpAddress"))
    fields = {"user.id": own, "user.name": called, "source.ip": address}
    put(source, event, {**fields, "user.email": login if "@" in login else ""})
    details = objects(body.get("additionalDetails"))
    agents = (one.get("value") for one in details if one.get("key") == "User-Agent")
    put(source, event, {"user_agent.original": next(agents, "")})


def _agent_type(of: Mapping[str, Any]) -> str:
    return agentic(of.get("agentType"))


def _targets(
    source: Connector, event: Event, body: Mapping[str, Any], targets: list[Target]
) -> None:
    named = [f"{kind}:{own}" for target in targets for kind, own in target.accounts]
    added, removed = keys_changed(body)
    named += [f"entra.key:{key}" for key in (*added, *removed)]
    if named:
        event["warrant.identity.target"] = list(dict.fromkeys(named))
    first = next((target for target in targets if target.kind), next(iter(targets), None))
    if first:
        put(
            source,
            event,
            {
                "user.target.id": first.id,
                "user.target.name": first.name,
                "user.target.email": first.login if "@" in first.login else "",
                "warrant.resource.id": first.id.lower(),
            },
        )
    actor = str(event.get("user.name", ""))
    relate(source, event, [actor, *(target.login or target.name for target in targets)])


def _call(source: Connector, event: Event, said: str, targets: list[Target]) -> None:
    """Fill in an activity that is no change: an export, an evaluation, a look."""
    kind = class_of_words(said).tool_class
    facts = [{"type": target.type, "id": target.id, "name": target.name} for target in targets]
    shown = source.redactor.text(compact_json({"target": facts}))[0]
    event["gen_ai.operation.name"] = "execute_tool"
    event["gen_ai.tool.name"] = str(event["event.code"])
    event["warrant.arguments.text"] = shown[:8192]
    event["warrant.tool.class"] = kind
    event["event.category"], event["event.type"] = category_of("tool_call", kind)


def _line(source: Connector, event: Event, body: Mapping[str, Any], targets: list[Target]) -> None:
    names = ", ".join(dict.fromkeys(target.name for target in targets if target.name))
    more = told(body)
    why = f": {event['event.reason']}" if "event.reason" in event else ""
    failed = event["event.outcome"] == "failure"
    said = f"{event.get('user.name', 'somebody')}: {event['event.code']}"
    end = f"[failure{why}]" if failed else ""
    source.headline(event, (said, f"({names})" if names else "", more, end))
