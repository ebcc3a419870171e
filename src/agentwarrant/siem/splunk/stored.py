"""Data as zlib and gzip have it, not compressed: libraries that compress differ in what they write.

Two builds of the same are then the same bytes, whatever Python and zlib made them.
"""

from __future__ import annotations

import struct
import zlib

_MOST = 0xFFFF


def in_zlib(data: bytes) -> bytes:
    """Return data in the form of RFC 1950."""
    return b"\x78\x01" + _blocks(data) + struct.pack(">I", zlib.adler32(data))


def in_gzip(data: bytes) -> bytes:
    """Return data in the form of RFC 1952: no name, no time, of an unknown system."""
    head = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"
    return head + _blocks(data) + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _blocks(data: bytes) -> bytes:
    """Return data in stored blocks (RFC 1951, 3.2.4)."""
    blocks = [data[at : at + _MOST] for at in range(0, len(data), _MOST)] or [b""]
    return b"".join(
        struct.pack("<BHH", number == len(blocks), len(block), len(block) ^ _MOST) + block
        for number, block in enumerate(blocks, 1)
    )
