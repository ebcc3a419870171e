"""Admin events: what was created, changed or deleted through the admin API, and by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event, compact_json, cut, digest
from agentwarrant.records import text
from agentwarrant.vocabulary import category_of

from .acts import acts_of
from .filling import CLIENT, USER, is_service, keep, line, pairs, relate, stamp, targets
from .record import Entry, fields

_PRIVILEGE = re.compile(r"_MAPPING$|^GROUP_MEMBERSHIP$|^AUTHORIZATION_|_ROLE$")
_SECRET = re.compile(
    r"/(?:client-secret|reset-password|registration-access-token|nodes|certificates/[^/]+/generate"
    r"(?:-and-download)?|credentials/[^/]+|offline-sessions|configured-user-storage-credential-types"
    r"/[^/]+)$"
)
_ISSUED = re.compile(
    r"/(?:client-secret|reset-password|registration-access-token|generate[a-z-]*)$"
)
_ENDED = re.compile(r"(?:^|/)(?:logout|logout-all)$|^sessions/")
_REVOKED = re.compile(r"(?:^|/)(?:push-revocation|consents/[^/]+)$")
_ACCOUNTS = ("USER", "CLIENT", "CLIENT_INITIAL_ACCESS_MODEL")
_KINDS = {"users": USER, "clients": CLIENT}


def events(source: Connector, raw: Raw, entry: Entry, names: Mapping[str, str]) -> Iterator[Event]:
    """Yield the event of one record."""
    kind, target = _target(entry)
    name = names.get(target, "")
    action = _action(entry, kind, name)
    event = source.event(raw, action, entry.time, entry.identity, dataset="admin")
    stamp(source, event, entry)
    _actor(source, event, entry, names)
    if kind and target:
        ids = (name, target) if kind == CLIENT else (target,)
        targets(event, pairs(source, kind, entry.place, *ids))
        keep(source, event, "user.target.id", target)
        keep(source, event, "user.target.name", name or target)
    elif entry.path.startswith("sessions/"):
        keep(source, event, "warrant.session.key", target)
    source.acts(event, acts_of(entry, action))
    about = entry.path if not (kind and target) else target
    keep(source, event, "warrant.resource.id", about)
    who = names.get(entry.user) or entry.user
    relate(source, event, who, entry.user, name, target if kind else "")
    _sent(source, event, entry)
    by = f"by {who} of {entry.realms[0]}" if who and entry.realms else ""
    shown = f"{entry.path} ({name})" if name else entry.path
    line(source, event, entry.code, shown, _switch(entry), by)
    yield event


def _target(entry: Entry) -> tuple[str, str]:
    """Return (kind of account, id) of what was acted on; the kind is empty for no account."""
    collection, _, rest = entry.path.partition("/")
    return _KINDS.get(collection, ""), rest.partition("/")[0]


def _action(entry: Entry, kind: str, name: str) -> str:
    for pattern, action in ((_ENDED, "session_end"), (_REVOKED, "credential_revoked")):
        if pattern.search(entry.path):
            return action
    if entry.operation == "ACTION" and _ISSUED.search(entry.path):
        return "credential_issued"
    if _PRIVILEGE.search(entry.resource):
        return "tool_call"
    if entry.resource in _ACCOUNTS and entry.path.count("/") <= 1:
        if entry.operation in ("CREATE", "DELETE"):
            return "credential_issued" if entry.operation == "CREATE" else "credential_revoked"
        if kind and fields(entry.representation).get("enabled") is False:
            # A client is a program; of users only a service account is known to be one.
            program = kind == CLIENT or is_service(name)
            return "kill_switch_engaged" if program else "credential_revoked"
    return "credential_revoked" if entry.path.endswith("/rotated") else "config_changed"


def _switch(entry: Entry) -> str:
    """Return in words whether an object was switched on or off."""
    sent = fields(entry.representation)
    for name in ("enabled", "eventsEnabled", "adminEventsEnabled"):
        if sent.get(name) is False or (entry.operation == "UPDATE" and sent.get(name) is True):
            return f"{name}={str(sent[name]).lower()}"
    return ""


def _actor(source: Connector, event: Event, entry: Entry, names: Mapping[str, str]) -> None:
    username = names.get(entry.user, "")
    user = pairs(source, USER, entry.realms, entry.user)
    client = pairs(source, CLIENT, entry.realms, names.get(entry.client, ""), entry.client)
    source.accounts(event, *user, *client)
    keep(source, event, "user.id", entry.user)
    keep(source, event, "user.name", username)
    keep(source, event, "labels.client_id", names.get(entry.client) or entry.client)
    keep(source, event, "warrant.principal.id", entry.user)
    keep(source, event, "warrant.principal.name", username)
    if is_service(username):
        event["warrant.principal.kind"] = "service"


def _sent(source: Connector, event: Event, entry: Entry) -> None:
    """Keep what was sent, unless it is a secret, and say what kind of call it was."""
    open_ = "" if _SECRET.search(entry.path) else entry.representation
    if event["event.action"] != "tool_call":
        if open_:
            source.content(event, open_)
        return
    arguments = compact_json({"resourcePath": entry.path, "representation": open_})
    event["gen_ai.operation.name"] = "execute_tool"
    keep(source, event, "gen_ai.tool.name", entry.code)
    event["warrant.arguments.text"] = cut(source.redactor.text(arguments)[0])[0]
    event["warrant.arguments.hash"] = digest("arguments", entry.code, arguments)
    event["warrant.tool.class"] = "privilege"
    event["event.category"], event["event.type"] = category_of("tool_call", "privilege")
    roles = re.findall(r'"name":"([^"\\]{1,200})"', open_[:100_000])
    if roles and text(entry.resource).endswith("_MAPPING"):
        event["user.target.roles"] = [source.redactor.text(role)[0] for role in roles[:50]]
