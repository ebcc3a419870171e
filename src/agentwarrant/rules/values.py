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
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, int):
        return str(value) if value.bit_length() < 1200 else None
    return None


def number_of_value(value: Any) -> int | float | None:
    """Return a scalar as a number: numbers, and text that is a JSON number and nothing else."""
    if value.__class__ is int or value.__class__ is float:
        number: int | float = value
        return number if number == number else None  # a NaN is no number
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
