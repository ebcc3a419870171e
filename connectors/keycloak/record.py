"""One event of Keycloak in one shape, whichever way it was written.

The admin REST API gives objects; the ``jboss-logging`` listener writes ``key="value"`` pairs into
the server's log. The log names realms, which the API does not; the API has an id for each event,
and says in which realm an administrator acted, which the log does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from agentwarrant.errors import BadRecord
from agentwarrant.event import digest
from agentwarrant.inputs import Record
from agentwarrant.records import mapping, text

LOGGER = "org.keycloak.events"
_MASTER = "master"
_PAIR = re.compile(r"(?:^|, )([A-Za-z_][\w.-]*)=(?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([^,]*))")
_ESCAPED = re.compile(r"\\(.)")
_REPRESENTATION = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """What a user event or an admin event says.

    Attributes:
        code: ``LOGIN_ERROR`` …, of an admin event ``UPDATE CLIENT`` ….
        identity: What tells the event apart from any other.
        realms: Names of the actor's realm, the readable one first.
        place: Names of the realm that was acted in; empty where the log does not say it.
        client: Client id; of an admin event the client's internal id.
        details: Whatever else stands there.
        path: Of an admin event: what was acted on, such as ``clients/<id>/client-secret``.
        representation: Of an admin event: the object as it was sent, if that is recorded.
    """

    code: str
    time: object
    identity: str
    realms: tuple[str, ...]
    place: tuple[str, ...]
    client: str
    user: str
    session: str
    ip: str
    error: str
    details: Mapping[str, Any]
    admin: bool = False
    operation: str = ""
    resource: str = ""
    path: str = ""
    representation: str = ""


def likeness(record: Record) -> int:
    """Return how much a record looks like one of Keycloak: 0 to 95."""
    if text(record.get("loggerName")) == LOGGER and "message" in record:
        return 95
    if text(record.get("service.name")) == "keycloak" and "loggerName" in record:
        return 50  # its server's log, which may hold events further down
    common = "realmId" in record and "time" in record
    if common and "operationType" in record and "authDetails" in record:
        return 95
    return 90 if common and text(record.get("type")) and "ipAddress" in record else 0


def is_event(record: Record) -> bool:
    """Is this an event, or a line of the server's log about something else?"""
    return "loggerName" not in record or text(record.get("loggerName")) == LOGGER


def entry_of(record: Record) -> Entry:
    """Return what a record says.

    Raises:
        BadRecord: It is neither a user event nor an admin event.
    """
    if "loggerName" in record:
        return _logged(record)
    if text(record.get("operationType")):
        return _admin(record)
    if text(record.get("type")):
        return _user(record)
    raise BadRecord("an event without type and operationType")


def fields(representation: str) -> Mapping[str, Any]:
    """Return the object that an admin event sent, empty when it is none or very large."""
    if not representation.startswith("{") or len(representation) > _REPRESENTATION:
        return {}
    try:
        return mapping(orjson.loads(representation))
    except ValueError:  # the server cuts a long one off
        return {}


def _user(record: Record) -> Entry:
    realms = _named(text(record.get("realmName")), text(record.get("realmId")))
    return Entry(
        code=text(record.get("type")),
        time=record.get("time"),
        identity=text(record.get("id")) or digest("keycloak", repr(record)),
        realms=realms,
        place=realms,
        client=text(record.get("clientId")),
        user=text(record.get("userId")),
        session=text(record.get("sessionId")),
        ip=text(record.get("ipAddress")),
        error=text(record.get("error")),
        details=mapping(record.get("details")),
    )


def _admin(record: Record) -> Entry:
    actor = mapping(record.get("authDetails"))
    operation, resource = text(record.get("operationType")), text(record.get("resourceType"))
    return Entry(
        code=f"{operation} {resource}".strip(),
        time=record.get("time"),
        identity=text(record.get("id")) or digest("keycloak", repr(record)),
        realms=_named(text(actor.get("realmName")), text(actor.get("realmId"))),
        place=_named(text(record.get("realmName")), text(record.get("realmId"))),
        client=text(actor.get("clientId")),
        user=text(actor.get("userId")),
        session="",
        ip=text(actor.get("ipAddress")),
        error=text(record.get("error")),
        details=mapping(record.get("details")),
        admin=True,
        operation=operation,
        resource=resource,
        path=text(record.get("resourcePath")),
        representation=text(record.get("representation")),
    )


_KNOWN = frozenset(
    "type operationType realmId realmName clientId userId sessionId ipAddress error resourceType"
    " resourcePath representation".split()
)


def _logged(record: Record) -> Entry:
    message = text(record.get("message"))
    pairs = _pairs(message)
    realms = _named(pairs.get("realmName", ""), pairs.get("realmId", ""))
    operation, resource = pairs.get("operationType", ""), pairs.get("resourceType", "")
    if not operation and not pairs.get("type"):
        raise BadRecord("a line of the event log without type and operationType")
    # Only administrators of master act in other realms; in which one, the log does not say.
    elsewhere = bool(operation) and (not realms or realms[0] == _MASTER)
    return Entry(
        code=f"{operation} {resource}".strip() if operation else pairs["type"],
        time=record.get("timestamp"),
        identity=digest("keycloak", str(record.get("timestamp")), message),
        realms=realms,
        place=() if elsewhere else realms,
        client=pairs.get("clientId", ""),
        user=pairs.get("userId", ""),
        session=pairs.get("sessionId", ""),
        ip=pairs.get("ipAddress", ""),
        error=pairs.get("error", ""),
        details={name: value for name, value in pairs.items() if name not in _KNOWN},
        admin=bool(operation),
        operation=operation,
        resource=resource,
        path=pairs.get("resourcePath", ""),
        representation=pairs.get("representation", ""),
    )


def _pairs(message: str) -> dict[str, str]:
    """Return the pairs of a line; of a name that stands there twice, the first.

    What a user typed comes after what the server knows and must not overwrite it.
    """
    found: dict[str, str] = {}
    for name, quoted, single, bare in _PAIR.findall(message):
        value = _ESCAPED.sub(r"\1", quoted) if quoted else single or bare
        if value and value != "null":
            found.setdefault(name, value)
    return found


def _named(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
