"""Safe ways into a log entry, whose every part may be missing or of any type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from agentwarrant.connector import Connector
from agentwarrant.event import Event
from agentwarrant.records import whole

SERVICE = "Microsoft Entra ID"
_NOTHING = frozenset({"", "<null>", "none", "00000000-0000-0000-0000-000000000000"})
_TENANT = re.compile(r"^/tenants/([0-9a-fA-F-]{36})(?:/|$)")
_NOT_AGENTS = frozenset({"", "notagentic", "unknownfuturevalue"})


def text(value: object) -> str:
    """Return the value if it is text that says something."""
    said = value.strip() if isinstance(value, str) else ""
    return "" if said.lower() in _NOTHING else said


def number(value: object) -> int | None:
    """Return a number that an index can hold, written as one or as text, else None."""
    if isinstance(value, str):
        fits = value.isascii() and value.isdigit() and len(value) < 19
        return int(value) if fits else None
    return whole(value)


def agentic(type_: object) -> str:
    """Return an ``agentType`` where it says that something is an agent, else nothing."""
    said = text(type_)
    return "" if said.lower() in _NOT_AGENTS else said


def put(source: Connector, event: Event, fields: Mapping[str, object]) -> None:
    """Set the fields whose value is text, without the secrets in it."""
    source.fill(event, {name: text(value) for name, value in fields.items()})


def relate(source: Connector, event: Event, people: Iterable[str]) -> None:
    """Set what ties the event to others: its address and the names in it."""
    if "source.ip" in event:
        event["related.ip"] = [str(event["source.ip"])]
    known = [source.redactor.text(one)[0] for one in dict.fromkeys(people) if one]
    if known:
        event["related.user"] = known


def directory(source: Connector, event: Event, outer: Mapping[str, Any], *others: object) -> None:
    """Name the directory as the cloud account: the envelope says it, or a sign-in itself."""
    found = _TENANT.match(text(outer.get("resourceId")))
    named = [outer.get("tenantId"), found[1] if found else "", *others]
    own = next((text(one) for one in named if text(one)), "")
    event["cloud.provider"], event["event.provider"] = "azure", "entra"
    put(source, event, {"cloud.account.id": own})
