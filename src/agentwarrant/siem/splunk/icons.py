"""The icons of the app, drawn here: a shield with a tick, the seal of a warrant.

Splunk shows ``static/appIcon.png`` (36 pixels wide) and ``appIcon_2x.png`` (72) in its launcher,
and the two ``Alt`` ones where the background is light (Splunk's developer guide, "Add an icon to
your app"). The pixels are computed: the same on every system, and no tool is needed to change them.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from itertools import pairwise
from math import hypot, sqrt

from agentwarrant.siem.splunk.stored import in_zlib

_SMALL, _LARGE = 36, 72
_FINE = 4
"""Points looked at in a pixel, in each direction: edges become smooth by their mean."""
_Color = tuple[float, float, float, float]
_CLEAR: _Color = (0, 0, 0, 0)
_WHITE: _Color = (255, 255, 255, 255)
_TOP, _FOOT = (0x24, 0x3B, 0x73), (0x10, 0x8A, 0x7E)
_CORNER, _EDGE = 0.2, 0.03
_TICK = ((0.375, 0.50), (0.47, 0.595), (0.635, 0.395))
_STROKE = 0.042


@cache
def icons() -> dict[str, bytes]:
    """Return the icons by their path in the app."""
    small, large = _png(_SMALL), _png(_LARGE)
    return {
        "static/appIcon.png": small,
        "static/appIconAlt.png": small,
        "static/appIcon_2x.png": large,
        "static/appIconAlt_2x.png": large,
    }


def _png(size: int) -> bytes:
    """Return a square image with eight bits a channel and an alpha channel (RFC 2083)."""
    rows = b"".join(b"\0" + b"".join(_pixel(x, y, size) for x in range(size)) for y in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", in_zlib(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _pixel(x: int, y: int, size: int) -> bytes:
    points = [(n + 0.5) / _FINE for n in range(_FINE)]
    seen = [_color((x + across) / size, (y + down) / size) for across in points for down in points]
    alpha = sum(color[3] for color in seen)
    if not alpha:
        return bytes(4)
    mean = [round(sum(color[n] * color[3] for color in seen) / alpha) for n in range(3)]
    return bytes([*mean, round(alpha / len(seen))])


def _color(x: float, y: float) -> _Color:
    """Return what is at a point of the unit square, y downwards."""
    if not _in_tile(x, y):
        return _CLEAR
    if _in_shield(x, y) and not _on_tick(x, y):
        return _WHITE
    red, green, blue = (
        top + (foot - top) * (x + y) / 2 for top, foot in zip(_TOP, _FOOT, strict=True)
    )
    return red, green, blue, 255


def _in_tile(x: float, y: float) -> bool:
    inner = 0.5 - _EDGE - _CORNER
    return hypot(max(abs(x - 0.5) - inner, 0), max(abs(y - 0.5) - inner, 0)) <= _CORNER


def _in_shield(x: float, y: float) -> bool:
    """Is a point in the shield: a brow that dips to both sides, straight flanks, a pointed foot."""
    away = abs(x - 0.5)
    brow = 0.17 + 0.09 * sqrt(min(away / 0.27, 1)) * min(away / 0.27, 1)
    if y < brow or y > 0.85:
        return False
    flank = 0.27 if y < 0.48 else 0.27 * (1 - ((y - 0.48) / 0.37) ** 1.9)
    return away <= flank


def _on_tick(x: float, y: float) -> bool:
    return any(_distance(x, y, *pair) <= _STROKE for pair in pairwise(_TICK))


def _distance(x: float, y: float, begin: tuple[float, float], end: tuple[float, float]) -> float:
    """Return how far a point is from a line between two others."""
    along, down = end[0] - begin[0], end[1] - begin[1]
    part = ((x - begin[0]) * along + (y - begin[1]) * down) / (along**2 + down**2)
    part = min(max(part, 0), 1)
    return hypot(x - begin[0] - part * along, y - begin[1] - part * down)
