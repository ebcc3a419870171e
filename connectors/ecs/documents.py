"""ECS documents however they were exported: nested or dotted, alone or as Elasticsearch's hits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

_DEEPEST = 8
_MOST = 2000
_LONG = 2**63
_ACTED = frozenset({"process", "network", "network_traffic", "web", "authentication"})
_SHAPE = ("ecs.version", "event.dataset", "data_stream.dataset", "event.module", "agent.type")


class Document:
    """One document, its fields by their dotted names.

    Attributes:
        id: Elasticsearch's id of it; empty where it was exported without.
        body: The document as it was written.
    """

    __slots__ = ("_fields", "body", "id")

    def __init__(self, record: Mapping[str, Any]) -> None:
        source = record.get("_source")
        self.body: Mapping[str, Any] = record
        own = None
        if isinstance(source, dict) and "@timestamp" not in record:
            self.body, own = source, record.get("_id")
        self.id = own if isinstance(own, str) else ""
        self._fields = dict(_flat(self.body))

    def value(self, name: str) -> object:
        """Return a single value: of a list the first; None where there is none."""
        value = self._fields.get(name)
        return next(iter(value), None) if isinstance(value, list) else value

    def text(self, *names: str) -> str:
        """Return the text of the first of some fields that has one; numbers as text."""
        for name in names:
            value = self.value(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return str(value) if abs(value) < _LONG else ""
            if isinstance(value, str) and value.strip() not in ("", "-"):
                return value
        return ""

    def number(self, name: str) -> int | None:
        """Return an integer that an index can hold, else None; also written as text."""
        value = self.value(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            value = int(value)
        whole = isinstance(value, int) and not isinstance(value, bool)
        return value if whole and 0 <= value < _LONG else None  # type: ignore[operator, return-value]

    def ip(self, *names: str) -> str:
        """Return the first of some fields that is an IP address."""
        for name in names:
            value = self.value(name)
            try:
                return str(ip_address(value)) if isinstance(value, str) else ""
            except ValueError:
                continue
        return ""

    def words(self, name: str) -> list[str]:
        """Return all texts of a field that may be one or a list."""
        value = self._fields.get(name)
        listed = value if isinstance(value, list) else [value]
        return [one for one in listed if isinstance(one, str) and one]

    def has(self, prefix: str) -> bool:
        """Is there a field of this name or below it?"""
        below = f"{prefix}."
        return any(name == prefix or name.startswith(below) for name in self._fields)


def _flat(value: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    stack: list[tuple[str, object, int]] = [("", value, 0)]
    count = 0
    while stack and count < _MOST:
        name, inner, depth = stack.pop()
        if isinstance(inner, dict):
            if depth < _DEEPEST:
                above = f"{name}." if name else ""
                found = [(f"{above}{key}", one, depth + 1) for key, one in inner.items()]
                stack.extend(reversed(found))
            continue
        count += 1
        yield name, inner


def unpacked(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the documents of a record: itself, or the hits of an answer of ``_search``."""
    hits = record.get("hits")
    inside = hits.get("hits") if isinstance(hits, dict) else None
    if not isinstance(inside, list):
        yield record
        return
    for hit in inside:
        if isinstance(hit, dict):
            yield hit


def likeness(record: Mapping[str, Any]) -> int:
    """Return how much a record looks like a document of ECS that somebody else made.

    What this package wrote has ECS names, too, and is no log: it is not read a second time.
    """
    document = Document(record)
    if not document.text("@timestamp") or document.has("warrant"):
        return 0
    if not document.words("event.category"):
        dated = any(document.text(name) for name in _SHAPE)
        known = document.has("process") or document.has("destination") or document.has("url")
        return 35 if dated and known else 0
    if not any(document.text(name) for name in _SHAPE):
        return 0
    return 80 if set(document.words("event.category")) & _ACTED else 30
