"""Safe ways into a log event, whose every part may be missing or of any type."""

from __future__ import annotations

from collections.abc import Mapping

from agentwarrant.connector import Connector
from agentwarrant.event import Event


def text(value: object) -> str:
    """Return the value if it is text that says something; Okta writes ``unknown`` for nothing."""
    return value if isinstance(value, str) and value.strip().lower() not in ("", "unknown") else ""


def put(source: Connector, event: Event, fields: Mapping[str, object]) -> None:
    """Set the fields whose value is text, without the secrets in it."""
    source.fill(event, {name: text(value) for name, value in fields.items()})
