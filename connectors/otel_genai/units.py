"""OTLP requests taken apart into single spans and log records, each with what it tells.

Liberal in what it accepts: snake_case names (protobuf's other JSON), base64 ids, attributes as a
plain mapping, names of enumerations instead of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentwarrant import otlp
from agentwarrant.inputs import Record
from agentwarrant.records import text

from . import names
from .values import JsonObject, hexadecimal, mapping, nanos

_SHAPES = (
    ("resourceSpans", ("scopeSpans", "instrumentationLibrarySpans"), "spans"),
    ("resourceLogs", ("scopeLogs", "instrumentationLibraryLogs"), "logRecords"),
)
_SNAKE = {"resource_spans", "resource_logs"}
_UNDERSCORE = re.compile(r"_([a-z])")
_ERRORS = (2, "2", "STATUS_CODE_ERROR", "ERROR", "Error", "error")
_FINE = (1, "1", "STATUS_CODE_OK", "OK", "Ok", "ok")


@dataclass(frozen=True, slots=True)
class Unit:
    """One span or log record.

    Attributes:
        single: As ``{"resource", "scope", "record"}``, attributes decoded.
        span: Is it a span?
        name: Span name, or the event name of a log record.
        trace_id, span_id, parent_id: Lower-case hex; empty when absent.
        start, end: Nanoseconds; a log record has one time.
        operation: See ``names``.
    """

    single: Record
    span: bool
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    start: int
    end: int
    operation: str
    attributes: JsonObject
    resource: JsonObject

    @property
    def record(self) -> JsonObject:
        return mapping(self.single.get("record"))

    @property
    def key(self) -> tuple[str, str]:
        return self.trace_id, self.span_id

    @property
    def failed(self) -> bool | None:
        """Did the operation fail; None when nothing is said."""
        code = mapping(self.record.get("status")).get("code")
        if self.attributes.get("error.type") or code in _ERRORS:
            return True
        return False if self.span and (self.end or code in _FINE) else None


def is_otlp(record: JsonObject) -> bool:
    """Does this JSON object hold OTLP traces or logs, in either of protobuf's JSON spellings?"""
    return otlp.is_otlp(record) or any(isinstance(record.get(key), list) for key in _SNAKE)


def singles(record: Record) -> Iterator[Record]:
    """Yield every span and log record of a request as ``{"resource", "scope", "record"}``."""
    if any(key in record for key in _SNAKE):
        record = _camel(record)
    if isinstance(record.get("record"), dict):
        yield record
        return
    for outer, inner, leaf in _SHAPES:
        for group in _dicts(record.get(outer)):
            resource = {"attributes": _attributes(group.get("resource"))}
            for part in (p for one in inner for p in _dicts(group.get(one))):
                scope = part.get("scope") or part.get("instrumentationLibrary") or {}
                for item in _dicts(part.get(leaf)):
                    yield {"resource": resource, "scope": scope, "record": item}


def _dicts(value: object) -> Iterator[Record]:
    listed = value if isinstance(value, list) else []
    return (item for item in listed if isinstance(item, dict))


def _camel(value: Any, depth: int = 0) -> Any:
    if depth > 24:
        return value
    if isinstance(value, list):
        return [_camel(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {
            # attributes as a plain mapping have the producer's own keys
            _UNDERSCORE.sub(lambda m: m[1].upper(), key): item
            if key == "attributes" and isinstance(item, dict)
            else _camel(item, depth + 1)
            for key, item in value.items()
        }
    return value


def unit_of(single: Record) -> Unit:
    """Return one span or log record with its ids, times and attributes read."""
    record = mapping(single.get("record"))
    attributes = {**_body_fields(record), **_attributes(record)}
    resource = _attributes(single.get("resource"))
    span = _is_span(record)
    title = text(record.get("name")) if span else _event_name(record, attributes)
    start, end = nanos(record.get("startTimeUnixNano")), nanos(record.get("endTimeUnixNano"))
    if not span:
        stated = nanos(record.get("timeUnixNano")) or nanos(record.get("observedTimeUnixNano"))
        start = end = stated
    kept = {**record, "attributes": attributes}
    made = {"resource": {"attributes": resource}, "scope": single.get("scope"), "record": kept}
    return Unit(
        made, span, title,
        hexadecimal(record.get("traceId")), hexadecimal(record.get("spanId")),
        hexadecimal(record.get("parentSpanId")) if span else "",
        start or end, end or start,
        names.operation(attributes, title) if span else "", attributes, resource,
    )  # fmt: skip


def _is_span(record: JsonObject) -> bool:
    if "startTimeUnixNano" in record or "endTimeUnixNano" in record:
        return True
    return "name" in record and "body" not in record and "timeUnixNano" not in record


def _attributes(holder: object) -> dict[str, Any]:
    """Return decoded attributes; a value that cannot be decoded is left out, the rest is kept."""
    pairs = mapping(holder).get("attributes")
    if isinstance(pairs, dict):
        return {key: value for key, value in pairs.items() if isinstance(key, str)}
    found: dict[str, Any] = {}
    for pair in _dicts(pairs):
        key = pair.get("key")
        if isinstance(key, str):
            found[key] = _value(pair.get("value"))
    return found


def _value(value: object) -> Any:
    try:
        return otlp.any_value(value)
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def _event_name(record: JsonObject, attributes: JsonObject) -> str:
    stated = text(record.get("eventName")) or text(attributes.get("event.name"))
    if stated:
        return stated
    body = record.get("body")
    plain = text(mapping(body).get("stringValue")) or text(body)
    return plain if plain.startswith("gen_ai.") and len(plain) < 100 else ""


def body_of(record: JsonObject) -> Any:
    """Return a log record's body as the plain value it stands for."""
    body = record.get("body")
    if isinstance(body, dict) and len(body) == 1 and next(iter(body)).endswith("Value"):
        return _value(body)
    return body


def _body_fields(record: JsonObject) -> dict[str, Any]:
    """A body may carry what other producers put into attributes."""
    body = body_of(record)
    fields = body if isinstance(body, dict) else {}
    return {key: value for key, value in fields.items() if names.is_ours({key: value})}


def events_of(record: JsonObject) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (name, attributes) of a span's events."""
    for event in _dicts(record.get("events")):
        attributes = _attributes(event)
        yield text(event.get("name")) or text(attributes.get("event.name")), attributes
