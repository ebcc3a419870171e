"""Safe ways into an audit log entry, whose every part may be missing or of any type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from agentwarrant.connector import Connector
from agentwarrant.event import Event, cut

_LINE = 300
_FIELD = 1024
_LONG = 2**63


def text(value: object) -> str:
    """Return the value if it is text, else nothing."""
    return value.strip() if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def number(value: object) -> str:
    """Return a numeric id as text, and nothing for 0, which is how GitHub writes none."""
    if isinstance(value, str):
        return value if value.isascii() and value.isdigit() and len(value) < 20 else ""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole and 0 < value < _LONG else ""  # type: ignore[operator]


def ip(value: object) -> str:
    """Return an IP address as it is, and nothing where the value is none."""
    try:
        return str(ip_address(value)) if isinstance(value, str) else ""
    except ValueError:
        return ""


def put(source: Connector, event: Event, fields: Mapping[str, object]) -> None:
    """Set the fields whose value is text, without the secrets in it."""
    for name, value in fields.items():
        if said := text(value):
            event[name] = cut(source.redactor.text(said)[0], _FIELD)[0]


def show(source: Connector, event: Event, parts: Iterable[str]) -> None:
    """Set the one line that a person reads."""
    line = " ".join(" ".join(parts).split())
    event["message"] = cut(source.redactor.text(line)[0], _LINE)[0]
