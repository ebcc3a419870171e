"""Opens a file as plain UTF-8 bytes: undoes gzip, zstd and UTF-16.

What a few bytes claim to hold is not unpacked without end, and a compressed file whose end is
missing says so, as gzip does and zstd's reader does not.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import zstandard

from agentwarrant.errors import UnreadableFile

UNPACKED_FREELY = 32 * 1024 * 1024
"""Bytes that any compressed file may unpack to, however small it is."""
MAX_RATIO = 250
"""How many times its size a larger one may unpack to: logs reach 10 to 60."""

BROKEN = (OSError, EOFError, zlib.error, zstandard.ZstdError, UnicodeError)
"""What reading a damaged file raises."""

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ZSTD_HEADER = 18  # bytes at most (RFC 8878, 3.1.1.1)
_ZSTD_RLE = 1


def open_plain(path: Path) -> tuple[IO[bytes], Callable[[], int]]:
    """Return the stream, and a function that says how much of the file on disk was read.

    Raises:
        UnreadableFile: It cannot be opened, or is no such compressed file after all.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise UnreadableFile(f"cannot be opened: {error.strerror}", where=str(path)) from error
    try:
        return _decoded(_unpacked(raw)), raw.tell
    except BROKEN as error:
        raw.close()
        raise UnreadableFile(f"cannot be opened: {error}", where=str(path)) from error


def _unpacked(raw: io.BufferedReader) -> io.BufferedReader:
    magic = raw.peek(4)
    if magic.startswith(_GZIP):
        return io.BufferedReader(_Unpacked(raw, gzip.GzipFile(fileobj=raw)), _CHUNK)
    if magic.startswith(_ZSTD):
        whole = _zstd_is_whole(raw)
        raw.seek(0)
        plain = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        reader = plain.stream_reader(raw, read_across_frames=True)
        return io.BufferedReader(_Unpacked(raw, reader, whole=whole), _CHUNK)
    return raw


def _decoded(stream: io.BufferedReader) -> IO[bytes]:
    if stream.peek(2).startswith(_UTF16):  # Windows tools write it
        text = io.TextIOWrapper(stream, encoding="utf-16", errors="replace")
        return io.BufferedReader(_Reencoded(text), _CHUNK)
    return stream


class _Unpacked(io.RawIOBase):
    """What a decompressor gives, until it gives too much; closing it closes the file."""

    def __init__(self, raw: IO[bytes], inner: Any, *, whole: bool = True) -> None:
        self._raw = raw
        self._inner = inner
        self._whole = whole
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._inner.readinto1(buffer)  # what comes before a fault is given first
        self._given += count
        if not count and not self._whole:
            raise EOFError("the end of the compressed data is missing")
        if self._given > max(UNPACKED_FREELY, MAX_RATIO * self._raw.tell()):
            raise OSError(f"it unpacks to more than {MAX_RATIO} times its size")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Reencoded(io.RawIOBase):
    """A text stream as UTF-8 bytes."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = self._text.read(len(buffer) // 4 or 1).encode()
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._text.close()
        super().close()


def _zstd_is_whole(raw: IO[bytes]) -> bool:
    """Does the last frame have its last block? Only headers are read (RFC 8878, 3.1.1)."""
    size = raw.seek(0, io.SEEK_END)
    raw.seek(0)
    while (start := raw.tell()) < size:
        head = raw.read(_ZSTD_HEADER)
        if not head.startswith(_ZSTD):
            return True  # a skippable frame, or what the decompressor will complain about
        raw.seek(start + zstandard.frame_header_size(head))
        last = False
        while not last:
            block = int.from_bytes(raw.read(3), "little")
            if raw.tell() >= size:
                return False
            last, kind, length = bool(block & 1), block >> 1 & 3, block >> 3
            raw.seek(1 if kind == _ZSTD_RLE else length, io.SEEK_CUR)
        raw.seek(4 if zstandard.get_frame_parameters(head).has_checksum else 0, io.SEEK_CUR)
    return raw.tell() == size
