"""Spans, and moments relative to others.

Search Reference, "Time modifiers", "Date and time format variables", ``streamstats``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from .faults import Refused

_SPAN = re.compile(r"(\d+)([a-z]+)")
_UNITS = {
    "s": 1,
    "sec": 1,
    "m": 60,
    "min": 60,
    "h": 3600,
    "hr": 3600,
    "d": 86_400,
    "day": 86_400,
    "w": 604_800,
}
_MODIFIER = re.compile(r"([+-])(\d+)([a-z]+)")
_KNOWN = re.compile(r"%[YmdHMSTFjVGwaAbBpeIyZzQN%0-9a-zA-Z]")
_SAME = frozenset("YmdHMSjpIyVGu%")


def span(text: str) -> int:
    """Return a span in seconds.

    Raises:
        Refused: It is none, or is of months, quarters or years: these are not of one length.
    """
    found = _SPAN.fullmatch(text)
    if found is None or found[2] not in _UNITS:
        raise Refused(f"the span {text!r}")
    return int(found[1]) * _UNITS[found[2]]


def relative(time: float, modifier: str) -> float:
    """Return a moment so much before or after another; snapping (``@``) is refused."""
    position = 0
    for found in _MODIFIER.finditer(modifier):
        if found.start() != position:
            break
        seconds = int(found[2]) * _unit(found[3], modifier)
        time += seconds if found[1] == "+" else -seconds
        position = found.end()
    if not modifier or position != len(modifier):
        raise Refused(f"the time modifier {modifier!r}")
    return time


def _unit(name: str, modifier: str) -> int:
    if name not in _UNITS:
        raise Refused(f"the time modifier {modifier!r}")
    return _UNITS[name]


def shown(time: float, form: str) -> str:
    """Return a moment in letters, in UTC, which is the time zone of the tests."""
    for found in _KNOWN.findall(form):
        if found[1] not in _SAME:
            raise Refused(f"{found} in a form of time")
    return datetime.fromtimestamp(time, UTC).strftime(form)
