"""One event of any shape by dotted names: nested objects, dotted keys, or both at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentwarrant.event import Event
from agentwarrant.rules.values import parts_of, text_of_value

MAX_DEPTH = 40
MAX_FIELDS = 20_000


class View:
    """A decoded JSON object, read by dotted names.

    ``a.b.c`` is found as the key ``a.b.c``, as ``c`` in ``b`` in ``a``, and as any mixture. Where
    a list of objects stands on the way, the values of all of them are one list; so are the values
    of a field that is written in two ways.
    """

    __slots__ = ("_known", "document")

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._known: dict[str, Any] = {}

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a field; None where it is absent or null."""
        if name not in self._known:
            self._known[name] = _found(self.document, name, 0)
        value = self._known[name]
        return default if value is None else value

    def values(self) -> Iterator[Any]:
        """Yield every scalar of the event."""
        for _, value in leaves(self.document):
            yield from parts_of(value)

    def flat(self) -> Event:
        """Return the event as a flat mapping of dotted names, without nulls and empty lists."""
        made: dict[str, Any] = {}
        for name, value in leaves(self.document):
            parts = [part for part in parts_of(value) if text_of_value(part) is not None]
            if not parts:
                continue
            known = made.get(name)
            if known is not None:  # an object in a list, or one field written in two ways
                parts = [*(known if isinstance(known, list) else [known]), *parts]
            made[name] = parts if len(parts) > 1 or isinstance(value, list) else parts[0]
        return {name: _plain(value) for name, value in made.items()}


def _plain(value: Any) -> Any:
    """Return a value without booleans, which no event has (``event``), and without mixed lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and len({part.__class__ for part in value}) > 1:
        return [str(text_of_value(part)) for part in value]
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value


def _found(node: Any, name: str, depth: int) -> Any:
    if node.__class__ is list:
        if depth > MAX_DEPTH:
            return None
        found = [_found(part, name, depth + 1) for part in node if isinstance(part, dict | list)]
        parts = [part for value in found for part in parts_of(value)]
        return parts or None
    value = node.get(name)
    ways = [] if value is None else [value]
    end = name.rfind(".") if depth <= MAX_DEPTH else -1
    while end >= 0:
        inner = node.get(name[:end])
        if inner.__class__ is dict or inner.__class__ is list:
            value = _found(inner, name[end + 1 :], depth + 1)
            if value is not None:
                ways.append(value)
        end = name.rfind(".", 0, end)
    if len(ways) < 2:
        return ways[0] if ways else None
    return [part for way in ways for part in parts_of(way)]


def _is_nested(part: Any) -> bool:
    return isinstance(part, dict | list)


def leaves(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield dotted name and value of whatever is no object, at most ``MAX_FIELDS`` of them."""
    pending: list[tuple[str, Any, int]] = [("", document, 0)]
    left = MAX_FIELDS
    while pending and left:
        prefix, node, depth = pending.pop()
        if isinstance(node, dict) and depth < MAX_DEPTH:
            lead = f"{prefix}." if depth else ""
            pending.extend((f"{lead}{key}", node[key], depth + 1) for key in reversed(node))
        elif isinstance(node, list) and depth < MAX_DEPTH and any(map(_is_nested, node)):
            pending.extend((prefix, part, depth + 1) for part in reversed(node))
        else:
            left -= 1
            yield prefix, node
