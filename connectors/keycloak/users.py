"""Events of users and clients: logins, tokens, consent, lockouts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event
from agentwarrant.records import text

from .acts import acts_of, login_kind
from .filling import CLIENT, USER, is_service, keep, line, pairs, relate, stamp, targets
from .record import Entry

_RULES = tuple(
    (re.compile(pattern), action)
    for pattern, action in (
        (r"^LOGOUT", "session_end"),
        (r"LOGIN$|^IMPERSONATE$", "login"),
        (r"LOCKOUT$", "credential_revoked"),
        (r"CONSENT$", "approval_granted"),
        (r"^SEND_|^INTROSPECT_|^VALIDATE_|^EXECUTE_|^USER_INFO", "credential_used"),
        (r"^(?:REVOKE|REMOVE|DELETE)_|_DELETE$", "credential_revoked"),
        (r"TOKEN$|^TOKEN_EXCHANGE|_GRANT$|^JWT_BEARER", "credential_issued"),
        (r"REGISTER$|(?:PASSWORD|TOTP|CREDENTIAL)$", "credential_issued"),
        (r"^UPDATE_|_UPDATE$|_LINK|LINKING$|REGISTER_NODE$", "config_changed"),
    )
)
"""Keycloak adds types with each release, so they are told by how they are built."""

_STEP = "credential_used"
"""What is left: a step of authenticating."""


def action_of(code: str) -> str:
    """Return our action for the type of a user event."""
    base = code.removesuffix("_ERROR")
    action = next((action for rule, action in _RULES if rule.search(base)), _STEP)
    return "approval_denied" if action == "approval_granted" and base != code else action


def events(source: Connector, raw: Raw, entry: Entry, names: Mapping[str, str]) -> Iterator[Event]:
    """Yield the event of one record."""
    action = action_of(entry.code)
    event = source.event(raw, action, entry.time, entry.identity, dataset="events")
    stamp(source, event, entry)
    username = text(entry.details.get("username")) or names.get(entry.user, "")
    keep(source, event, "labels.client_id", entry.client)
    keep(source, event, "labels.grant_type", text(entry.details.get("grant_type")))
    source.acts(event, acts_of(entry, action))
    keep(source, event, "warrant.login.kind", login_kind(entry, action))
    if "LOCKOUT" in entry.code or entry.code.startswith("IMPERSONATE"):
        _suffered(source, event, entry, username)
    else:
        _acted(source, event, entry, username)
    yield event


def _acted(source: Connector, event: Event, entry: Entry, username: str) -> None:
    """Fill in who acted: a user at a client, or a client by itself or for a user."""
    client = pairs(source, CLIENT, entry.realms, entry.client)
    user = pairs(source, USER, entry.realms, entry.user)
    relate(source, event, username, entry.user, entry.client)
    if entry.code.startswith("TOKEN_EXCHANGE"):  # the client does it, with a token of the user's
        source.accounts(event, *client)
        targets(event, user)
        keep(source, event, "user.name", entry.client)
        keep(source, event, "user.target.id", entry.user)
        keep(source, event, "user.target.name", username)
    else:
        own = event["event.action"] in ("login", "session_end") and not _by_itself(entry, username)
        source.accounts(event, *([*user, *client] if own else [*client, *user]))
        keep(source, event, "user.id", entry.user)
        keep(source, event, "user.name", username or entry.client)
    _principal(source, event, entry, username)
    line(source, event, entry.code, *_who(entry, username))


def _who(entry: Entry, username: str) -> tuple[str, ...]:
    client = f"client {entry.client}" if entry.client else ""
    user = f"user {username or entry.user}" if username or entry.user else ""
    if entry.code.startswith("TOKEN_EXCHANGE"):
        return (f"by {client}", f"with a token of {user}" if user else "")
    if not user or _by_itself(entry, username):
        return (f"by {client or user}" if client or user else "",)
    return (f"by {user}", f"at {client}" if client else "")


def _by_itself(entry: Entry, username: str) -> bool:
    return entry.code.startswith("CLIENT_") or is_service(username)


def _principal(source: Connector, event: Event, entry: Entry, username: str) -> None:
    """Say for whom it was done; Keycloak does not say whether a user is a person."""
    if _by_itself(entry, username):
        event["warrant.principal.kind"] = "service"
        keep(source, event, "warrant.principal.id", entry.client)
        return
    keep(source, event, "warrant.principal.id", entry.user)
    keep(source, event, "warrant.principal.name", username)


def _suffered(source: Connector, event: Event, entry: Entry, username: str) -> None:
    """Fill in what was done to a user: locked out by the server, impersonated by an admin."""
    by = text(entry.details.get("impersonator"))
    targets(event, pairs(source, USER, entry.realms, entry.user))
    keep(source, event, "user.target.id", entry.user)
    keep(source, event, "user.target.name", username)
    keep(source, event, "user.name", by)
    keep(source, event, "user.domain", text(entry.details.get("impersonator_realm")))
    keep(source, event, "warrant.principal.name", by)
    relate(source, event, by, username, entry.user)
    line(
        source, event, f"{entry.code}:", f"user {username or entry.user}", f"by {by}" if by else ""
    )
