"""Safe ways into an audit log entry, whose every part may be missing or of any type."""

from __future__ import annotations

from collections.abc import Mapping

from agentwarrant.connector import Connector
from agentwarrant.event import Event
from agentwarrant.records import whole


def text(value: object) -> str:
    """Return the value if it is text, else nothing."""
    return value.strip() if isinstance(value, str) else ""


def number(value: object) -> str:
    """Return a numeric id as text, and nothing for 0, which is how GitHub writes none."""
    if isinstance(value, str):
        return value if value.isascii() and value.isdigit() and len(value) < 20 else ""
    return str(whole(value) or "")


def put(source: Connector, event: Event, fields: Mapping[str, object]) -> None:
    """Set the fields whose value is text, without the secrets in it."""
    source.fill(event, {name: text(value) for name, value in fields.items()})
