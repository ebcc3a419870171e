"""State as plain JSON values and back, types kept."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any


def encode(value: Any) -> Any:
    """Return JSON values that ``decode`` turns into an equal value of the same types.

    Raises:
        TypeError: There is something in it that is no part of a state.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, bytes):
        return {"b": value.hex()}
    if isinstance(value, list):
        return [encode(part) for part in value]
    if isinstance(value, tuple):
        return {"t": [encode(part) for part in value]}
    if isinstance(value, deque):
        return {"q": [encode(part) for part in value], "size": value.maxlen}
    if isinstance(value, dict):
        pairs = [[encode(name), encode(part)] for name, part in value.items()]
        return {"o" if isinstance(value, OrderedDict) else "d": pairs}
    raise TypeError(f"cannot keep a {type(value).__name__}")


def decode(value: Any) -> Any:
    """Return what ``encode`` was given."""
    if isinstance(value, list):
        return [decode(part) for part in value]
    return _tagged(value) if isinstance(value, Mapping) else value


def _tagged(value: Mapping[str, Any]) -> Any:
    if "b" in value:
        return bytes.fromhex(value["b"])
    if "t" in value:
        return tuple([decode(part) for part in value["t"]])
    if "q" in value:
        return deque([decode(part) for part in value["q"]], value["size"])
    kind = OrderedDict if "o" in value else dict
    return kind(
        [(decode(name), decode(part)) for name, part in value["o" if "o" in value else "d"]]
    )
