"""What events of users and of administrators have in common."""

from __future__ import annotations

from ipaddress import ip_address

from agentwarrant.connector import Connector
from agentwarrant.event import Event, cut
from agentwarrant.records import text

from .record import Entry

_LINE = 400
_WORD = 1024
_SERVICE = "service-account-"
CLIENT, USER = "keycloak.client", "keycloak.user"


def keep(source: Connector, event: Event, name: str, value: str) -> None:
    """Set a field to redacted text, unless there is none."""
    source.fill(event, {name: value})


def stamp(source: Connector, event: Event, entry: Entry) -> None:
    """Fill in where, from where, in which session and with which result."""
    event["event.provider"] = event["service.name"] = "keycloak"
    keep(source, event, "event.code", entry.code)
    if entry.place:
        keep(source, event, "organization.name", entry.place[0])
    if entry.realms:
        keep(source, event, "user.domain", entry.realms[0])
    keep(source, event, "warrant.session.key", entry.session)
    _address(source, event, entry.ip)
    failed = bool(entry.error) or entry.code.endswith("_ERROR")
    event["event.outcome"] = "failure" if failed else "success"
    keep(source, event, "error.code", entry.error)
    keep(source, event, "event.reason", _reason(entry))


def _reason(entry: Entry) -> str:
    """Return why it failed, without a colon: a word after ``invalid_token:`` reads as a token."""
    said = text(entry.details.get("reason"))
    return f"{entry.error} ({said})" if entry.error and said else entry.error or said


def _address(source: Connector, event: Event, address: str) -> None:
    try:
        ip_address(address)
    except ValueError:
        keep(source, event, "source.address", address)
        return
    event["source.ip"], event["related.ip"] = address, [address]


def pairs(
    source: Connector, kind: str, realms: tuple[str, ...], *ids: str
) -> list[tuple[str, object]]:
    """Return an account under each name of its realm and of itself."""
    whole = [f"{realm}/{one}" for one in ids if one for realm in realms]
    return [(kind, source.redactor.text(name)[0]) for name in dict.fromkeys(whole)]


def targets(event: Event, accounts: list[tuple[str, object]]) -> None:
    """Say which accounts were acted on or issued."""
    if accounts:
        event["warrant.identity.target"] = [f"{kind}:{one}" for kind, one in accounts]


def relate(source: Connector, event: Event, *names: str) -> None:
    """Keep every id and name of a person or account, for a search."""
    clean = [cut(source.redactor.text(name)[0], _WORD)[0] for name in names if name]
    if clean:
        event["related.user"] = list(dict.fromkeys(clean))


def line(source: Connector, event: Event, *parts: str) -> None:
    """Make the event's one line; its parts, of which some may be empty, and the reason."""
    said = " ".join(part for part in parts if part)
    reason = f", {event['event.reason']}" if "event.reason" in event else ""
    clean = source.redactor.text(" ".join(f"{said}{reason}".split()))[0]
    event["message"] = cut(clean, _LINE)[0]


def is_service(username: str) -> bool:
    """Is this the account that a client has for itself?"""
    return username.startswith(_SERVICE)
