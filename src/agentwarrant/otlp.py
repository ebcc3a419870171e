"""OTLP/JSON: requests taken apart into single records with decoded attributes.

Source: opentelemetry-proto, "JSON Protobuf Encoding" (64-bit integers are decimal strings,
attribute values are one-key objects). Collectors write one request a line; some sinks write one
``{"resource", "scope", "record"}`` a line; both give the same units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agentwarrant.inputs import Record

_MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Unit:
    """One log record or span with what stands around it.

    Attributes:
        signal: ``log`` or ``span``.
        resource: Decoded resource attributes.
        scope: Instrumentation scope name.
        record: The record as written.
        attributes: Its decoded attributes.
    """

    signal: str
    resource: Mapping[str, Any]
    scope: str
    record: Mapping[str, Any]
    attributes: Mapping[str, Any]


def is_otlp(record: Mapping[str, Any]) -> bool:
    """Does this JSON object hold OTLP logs or traces?"""
    return (
        isinstance(record.get("resourceLogs"), list)
        or isinstance(record.get("resourceSpans"), list)
        or (isinstance(record.get("record"), dict) and "scope" in record and "resource" in record)
    )


def is_metrics(record: Mapping[str, Any]) -> bool:
    """Does this JSON object hold only OTLP metrics, which describe no action?"""
    return isinstance(record.get("resourceMetrics"), list) and not is_otlp(record)


def units(record: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield every log record and span of an OTLP object."""
    single = record.get("record")
    if isinstance(single, dict):
        signal = "span" if "spanId" in single and "startTimeUnixNano" in single else "log"
        resource = attributes_of(record.get("resource"))
        scope = _name(record.get("scope"))
        yield Unit(signal, resource, scope, single, attributes_of(single))
        return
    for signal, outer, inner, leaf in _SHAPES:
        for group in _dicts(record.get(outer)):
            resource = attributes_of(group.get("resource"))
            for part in _dicts(group.get(inner) or group.get(_OLD.get(inner, ""))):
                scope = _name(part.get("scope") or part.get("instrumentationLibrary"))
                for item in _dicts(part.get(leaf)):
                    yield Unit(signal, resource, scope, item, attributes_of(item))


_SHAPES = (
    ("log", "resourceLogs", "scopeLogs", "logRecords"),
    ("span", "resourceSpans", "scopeSpans", "spans"),
)
# Renamed in opentelemetry-proto 0.15; old exporters still write it.
_OLD = {"scopeSpans": "instrumentationLibrarySpans", "scopeLogs": "instrumentationLibraryLogs"}


def attributes_of(holder: object) -> dict[str, Any]:
    """Return the decoded ``attributes`` of a resource, scope, record, span or span event."""
    if not isinstance(holder, dict):
        return {}
    return key_values(holder.get("attributes"))


def key_values(pairs: object) -> dict[str, Any]:
    """Return a KeyValue list as a mapping; a plain mapping is returned as it is."""
    if isinstance(pairs, dict):
        return pairs
    found: dict[str, Any] = {}
    for pair in _dicts(pairs):
        key = pair.get("key")
        if isinstance(key, str):
            found[key] = any_value(pair.get("value"))
    return found


def any_value(value: object, depth: int = 0) -> Any:
    """Return an AnyValue as the plain value it stands for."""
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return value if not isinstance(value, dict) else None
    for kind, inner in value.items():
        if kind in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
            return inner
        if kind == "intValue":
            return _integer(inner)
        if kind == "arrayValue":
            items = inner.get("values") if isinstance(inner, dict) else None
            return [any_value(i, depth + 1) for i in items] if isinstance(items, list) else []
        if kind == "kvlistValue":
            listed = inner.get("values") if isinstance(inner, dict) else None
            return {
                pair["key"]: any_value(pair.get("value"), depth + 1)
                for pair in _dicts(listed)
                if isinstance(pair.get("key"), str)
            }
    return None


def _integer(value: object) -> object:
    """Return a 64-bit integer, which JSON writes as text; anything longer stays as it is."""
    text = isinstance(value, str) and len(value) <= 20 and value.removeprefix("-").isdecimal()
    return int(str(value)) if text else value


def _dicts(value: object) -> Iterator[Record]:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield item


def _name(scope: object) -> str:
    name = scope.get("name") if isinstance(scope, dict) else None
    return name if isinstance(name, str) else ""
