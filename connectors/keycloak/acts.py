"""What an event is besides its action: acts, and whether a person or a program signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .record import Entry, fields

_GIVES = re.compile(r"_MAPPING$|^GROUP_MEMBERSHIP$")
_GUARDS = re.compile(
    r"^(?:client-policies|client-profiles|authentication/|components/|events/config)|"
    r"^realms?/[^/]+/events/config$"
)
_LASTING = re.compile(r"^(?:REGISTER|UPDATE_(?:PASSWORD|TOTP|CREDENTIAL)|IDENTITY_PROVIDER_LINK)")
_OFF = ("eventsEnabled", "adminEventsEnabled", "bruteForceProtected")
_BY_PROGRAMS = re.compile(r"^(?:CLIENT_|TOKEN_EXCHANGE|JWT_BEARER|REFRESH_TOKEN|OAUTH2_)")


def acts_of(entry: Entry, action: str) -> Iterator[str]:
    """Yield the acts that an event is.

    Args:
        entry: The event.
        action: What it was found to be.
    """
    if not entry.admin:
        if action == "credential_issued" and _LASTING.match(entry.code):
            yield "credential_issue"
        if entry.code.startswith("GRANT_CONSENT"):
            yield "privilege_grant"
        return
    if action == "credential_issued":
        yield "credential_issue"
    gives = _GIVES.search(entry.resource) or entry.path.endswith("/composites")
    if gives and entry.operation in ("CREATE", "UPDATE"):
        yield "privilege_grant"
    sent = fields(entry.representation)
    ends = entry.operation == "DELETE" and _GUARDS.match(entry.path)
    if ends or any(sent.get(name) is False for name in _OFF):
        yield "guard_disable"
    if action == "kill_switch_engaged":
        yield "quarantine_change"


def login_kind(entry: Entry, action: str) -> str:
    """Return whether a person signed in or a program; '' where nobody did."""
    if entry.admin or action not in ("login", "credential_used", "credential_issued"):
        return ""
    if _BY_PROGRAMS.match(entry.code):
        return "service"
    if action != "login":
        return ""
    # A program can send a person's password itself; only a redirect shows a page to a person.
    return "interactive" if "redirect_uri" in entry.details else "unknown"
