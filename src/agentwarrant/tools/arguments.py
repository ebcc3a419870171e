"""The arguments of a tool call, in whatever form a runtime hands them over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

Arguments = Mapping[str, Any] | str

_MAX_WALK = 512


def parse_arguments(arguments: object) -> Arguments:
    """Return arguments as a mapping where they are one, also when written as JSON text."""
    if isinstance(arguments, Mapping):
        return arguments
    if isinstance(arguments, str):
        text = arguments.strip()
        if text[:1] == "{":
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError:
                return arguments
            if isinstance(value, dict):
                return value
        return arguments
    if arguments is None:
        return {}
    if isinstance(arguments, list) and all(isinstance(part, str) for part in arguments):
        return " ".join(arguments)
    return {"arguments": arguments}


def walk(value: object, key: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield (key, scalar) of everything in the arguments, at most ``_MAX_WALK`` of them."""
    stack: list[tuple[str, object, int]] = [(key, value, depth)]
    count = 0
    while stack and count < _MAX_WALK:
        name, current, level = stack.pop()
        if isinstance(current, Mapping) and level < 8:
            inner = [(str(k), v, level + 1) for k, v in current.items()]
            stack.extend(reversed(inner))
        elif isinstance(current, list) and level < 8:
            stack.extend((name, item, level + 1) for item in reversed(current))
        else:
            count += 1
            yield name, current
