"""Durations as Sigma writes them."""

from __future__ import annotations

import re

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800}
_DURATION = re.compile(r"(\d{1,7})([smhdw])")


def duration_ms(text: str) -> int:
    """Return milliseconds of ``30s``, ``10m``, ``2h``, ``1d`` or ``4w``.

    Raises:
        ValueError: It is no such text.
    """
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no duration such as 30s, 10m, 2h, 1d or 4w")
    return int(match.group(1)) * _SECONDS[match.group(2)] * 1000
