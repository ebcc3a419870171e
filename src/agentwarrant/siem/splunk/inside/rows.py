"""Rows of a search made events again, as the engine reads them, and what it found made columns.

A row's own text (``_raw``) is preferred: nested JSON, as ``payload`` writes it. Where a search has
dropped it, the row's fields are taken under the names that ``form`` gives them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from agentwarrant.event import Event, epoch_ms, iso_from_ms, text_of
from agentwarrant.schema import field_type
from agentwarrant.siem.splunk.form import INDEXED, field_name

Record = dict[str, Any]
"""A row as the SDK has it: column -> text, or a list of texts."""

ERROR = "aw_error"
"""The column that says why a row passed as it was; empty where it did not."""
ADDED = (
    *("gen_ai.agent.id", "gen_ai.agent.name", "entity.id", "entity.name", "entity.type"),
    *("entity.sub_type", "warrant.agent.status", "warrant.agent.assurance"),
    *("warrant.agent.registry", "warrant.identity.accounts", "warrant.identity.evidence"),
    *("warrant.identity.shared", "warrant.target.agent", "warrant.target.self"),
    *("warrant.peer.id", "warrant.peer.claimed_id", "warrant.peer.trust"),
    *("warrant.peer.verified", "warrant.peer.card", "warrant.peer.card_hash"),
    *("warrant.principal.id", "warrant.principal.kind", "warrant.principal.name"),
    *("warrant.principal.authority", "warrant.channel", "warrant.origin", "warrant.taint.state"),
    *("warrant.taint.sources", "warrant.scope.decision", "warrant.scope.clause"),
    *("warrant.scope.version", "warrant.scope.reasons", "warrant.scope.duty"),
    *("warrant.intent.verdict", "warrant.intent.reasons", "warrant.intent.evidence"),
    *("warrant.approval.state", "warrant.approval.id", "warrant.network.kind"),
    *("warrant.network.operation", "warrant.tool.class", "warrant.message.copied"),
    *("warrant.content.link", "warrant.resource.id", "gen_ai.tool.name", "destination.address"),
)
"""Fields that attribution and judging may change; every row has a column for each."""

_DEEPEST, _MOST = 24, 2_000
_WHOLE = frozenset({"long", "integer"})
_BROKEN = frozenset({"float", "double", "scaled_float"})
_FULL_NAMES = {short: name for name, short in INDEXED.items()}


class NoEvent(Exception):
    """A row is no event of ours. Its text says why."""


def event_of(record: Mapping[str, Any]) -> Event:
    """Return the event of a row.

    Raises:
        NoEvent: It is none.
    """
    event = _from_text(record.get("_raw")) or dict(_from_fields(record))
    if "event.action" not in event:
        raise NoEvent("no event of Agent Warrant: it has no event.action")
    if not isinstance(event.get("@timestamp"), str):
        event["@timestamp"] = _time(record.get("_time"))
    try:
        epoch_ms(text_of(event, "@timestamp"))
    except (ValueError, TypeError):
        raise NoEvent("its @timestamp is no time") from None
    return event


def told(record: Record, before: Event, after: Event) -> Record:
    """Return a row with columns for what attribution and judging may have changed in its event."""
    row = dict(record)
    for name, column in _COLUMNS:
        value = after.get(name)
        if value is not None:
            row[column] = _shown(value)
        elif name in before or column not in record:
            row[column] = ""
    row[ERROR] = ""
    return row


def untold(record: Record, why: str) -> Record:
    """Return a row as it was, with the reason for that."""
    return {**_EMPTY, **record, ERROR: why}


_COLUMNS = tuple((name, field_name(name)) for name in ADDED)
_EMPTY = {column: "" for _, column in _COLUMNS}


def _shown(value: Any) -> Any:
    if value.__class__ is str:
        return value
    return [str(one) for one in value] if isinstance(value, list) else str(value)


def _from_text(raw: object) -> Event:
    """Return the event that a text is, nested or not; an empty one for any other text."""
    if not isinstance(raw, str) or raw[:1] != "{":
        return {}
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    event: Event = {}
    _flatten(found, "", event, 0)
    return event if "event.action" in event else {}


def _flatten(node: Mapping[str, Any], prefix: str, event: Event, depth: int) -> None:
    if depth > _DEEPEST:
        raise NoEvent(f"nested deeper than {_DEEPEST}")
    for key, value in node.items():
        kind = value.__class__
        if kind is str or kind is int or kind is float:
            event[prefix + key] = value
        elif kind is dict:
            _flatten(value, f"{prefix}{key}.", event, depth + 1)
        elif kind is list:
            event[prefix + key] = [_plain(one) for one in value if one is not None]
        elif value is not None:
            event[prefix + key] = _plain(value)
    if len(event) > _MOST:
        raise NoEvent(f"more than {_MOST} fields")


def _plain(value: Any) -> Any:
    """Return a value as events have them: no booleans, nothing nested in lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str | int | float) else orjson.dumps(value).decode()


def _from_fields(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for short, name in _FULL_NAMES.items():
        value = _one(record.get(short))
        if value:
            yield name, value
    for column, value in record.items():
        name = column.removesuffix("{}")
        kind = field_type(name)
        if kind is None or value in ("", []):
            continue
        typed = [_typed(one, kind) for one in (value if isinstance(value, list) else [value])]
        yield name, typed if field_name(name) != name else typed[0]


def _typed(value: Any, kind: str) -> Any:
    try:
        if kind in _WHOLE:
            return int(value)
        return float(value) if kind in _BROKEN else value
    except ValueError:
        return value


def _one(value: Any) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) else ""


def _time(value: Any) -> str:
    try:
        return iso_from_ms(round(float(_one(value)) * 1000))
    except ValueError:
        raise NoEvent("it has no time") from None
