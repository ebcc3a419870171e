"""What one value of an event is to a rule: text, a number, a time, an address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from agentwarrant.event import iso_time

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_MAX_DIGITS = 400
_LEAST, _PAST = -(1 << 63), 1 << 64
"""Whole numbers between these are exact in every decoder of JSON; beyond, some make a float."""


def parts_of(value: Any) -> Iterator[Any]:
    """Yield the scalars of a value: itself, or those of a list however deep; None is nothing."""
    if value.__class__ is not list:
        if value is not None:
            yield value
        return
    pending = list(reversed(value))
    while pending:
        part = pending.pop()
        if part.__class__ is list:
            pending.extend(reversed(part))
        elif part is not None:
            yield part


def text_of_value(value: Any) -> str | None:
    """Return a scalar as the text that rules compare; None for an object, which has none.

    A whole number is written without a fraction, whatever its type, so that 1 and 1.0 are one.
    """
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        if _LEAST <= value < _PAST:
            return str(value)
        value = _as_float(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and _LEAST <= value < _PAST else repr(value)
    return None


def _as_float(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def number_of_value(value: Any) -> int | float | None:
    """Return a scalar as a number: numbers, and text that is a JSON number and nothing else."""
    if value.__class__ is int:
        number: int = value
        return number if _LEAST <= number < _PAST else _as_float(number)
    if value.__class__ is float:
        fraction: float = value
        return fraction if fraction == fraction else None  # a NaN is no number
    if not isinstance(value, str) or len(value) > _MAX_DIGITS:
        return None
    text = value.strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


def part_of_time(value: Any, part: str) -> int | None:
    """Return minute, hour, day, ISO week, month or year of a time in UTC; None for no time."""
    try:
        moment = datetime.fromisoformat(iso_time(value))
    except (ValueError, OverflowError, OSError):
        return None
    if part == "week":
        return moment.isocalendar().week
    found: int = getattr(moment, part)
    return found


class Networks:
    """Which networks an address is in, by one look-up for each length of prefix."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int], dict[int, list[int]]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, cidr: str, identity: int) -> None:
        network = ipaddress.ip_network(cidr)
        shift = network.max_prefixlen - network.prefixlen
        known = self._found.setdefault((network.version, shift), {})
        known.setdefault(int(network.network_address) >> shift, []).append(identity)

    def holding(self, text: str) -> Iterator[int]:
        """Yield the identities of the networks that hold an address; nothing for other text."""
        if not self._found or len(text) > 64:
            return
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            return
        number = int(address)
        for (version, shift), known in self._found.items():
            if version == address.version:
                yield from known.get(number >> shift, ())
