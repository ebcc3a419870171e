"""Safe ways into a log entry, whose every part may be missing or of any type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from agentwarrant.connector import Connector
from agentwarrant.event import Event, cut

SERVICE = "Microsoft Entra ID"
_LINE = 300
_FIELD = 1024
_LONG = 2**63
_NOTHING = frozenset({"", "<null>", "none", "00000000-0000-0000-0000-000000000000"})
_TENANT = re.compile(r"^/tenants/([0-9a-fA-F-]{36})(?:/|$)")
_NOT_AGENTS = frozenset({"", "notagentic", "unknownfuturevalue"})


def text(value: object) -> str:
    """Return the value if it is text that says something."""
    said = value.strip() if isinstance(value, str) else ""
    return "" if said.lower() in _NOTHING else said


def mapping(value: object) -> Mapping[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, and nothing of anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def number(value: object) -> int | None:
    """Return a number that an index can hold, written as one or as text, else None."""
    if isinstance(value, str):
        fits = value.isascii() and value.isdigit() and len(value) < 19
        return int(value) if fits else None
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < _LONG else None  # type: ignore[operator, return-value]


def ip(value: object) -> str:
    """Return an IP address as it is, and nothing where the value is none."""
    try:
        return str(ip_address(value)) if isinstance(value, str) else ""
    except ValueError:
        return ""


def agentic(type_: object) -> str:
    """Return an ``agentType`` where it says that something is an agent, else nothing."""
    said = text(type_)
    return "" if said.lower() in _NOT_AGENTS else said


def put(source: Connector, event: Event, fields: Mapping[str, object]) -> None:
    """Set the fields whose value is text, without the secrets in it."""
    for name, value in fields.items():
        if said := text(value):
            event[name] = cut(source.redactor.text(said)[0], _FIELD)[0]


def relate(source: Connector, event: Event, people: Iterable[str]) -> None:
    """Set what ties the event to others: its address and the names in it."""
    if "source.ip" in event:
        event["related.ip"] = [str(event["source.ip"])]
    known = [source.redactor.text(one)[0] for one in dict.fromkeys(people) if one]
    if known:
        event["related.user"] = known


def show(source: Connector, event: Event, parts: Iterable[str]) -> None:
    """Set the one line that a person reads."""
    line = " ".join(" ".join(parts).split())
    event["message"] = cut(source.redactor.text(line)[0], _LINE)[0]


def tenant(source: Connector, event: Event, outer: Mapping[str, Any], *others: object) -> None:
    """Name the tenant: the envelope says it, or a sign-in itself."""
    found = _TENANT.match(text(outer.get("resourceId")))
    named = [outer.get("tenantId"), found[1] if found else "", *others]
    own = next((text(one) for one in named if text(one)), "")
    event["cloud.provider"], event["event.provider"] = "azure", "entra"
    put(source, event, {"cloud.account.id": own})
