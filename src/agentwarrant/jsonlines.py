"""Files of JSON objects, a line each, undecoded: for those who decode no more than they need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import orjson

from agentwarrant.inputs import (
    BOM,
    CHUNK,
    Bury,
    Readable,
    document_objects,
    line_objects,
    loads_object,
    opens_document,
    raw_lines,
)
from agentwarrant.packed import open_plain


class Stretch:
    """The lines of an open file that begin between two places of it.

    Args:
        file: Positioned by this.
        start: A line that begins here, or the first one after, is the first.
        end: The last line begins before here, and may end after.

    Attributes:
        lines: Lines read so far, empty ones too.
    """

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        self._file = file
        self._end = end
        self._inside = False
        self._at = start
        self.lines = 0
        file.seek(max(0, start - 1))
        if start:
            while not (part := file.readline(CHUNK)).endswith(b"\n") and part:
                pass
            self._at = file.tell()

    def readline(self, limit: int, /) -> bytes:
        """Return the next line, or what the limit allows of it."""
        if self._at >= self._end and not self._inside:
            return b""
        part = self._file.readline(limit)
        self._at += len(part)
        inside = bool(part) and not part.endswith(b"\n")
        self.lines += bool(part) and not self._inside
        self._inside = inside
        return part


def is_plain_lines(path: Path) -> bool:
    """Is a file uncompressed, and is its first line one JSON object?"""
    with path.open("rb") as file:
        first = file.readline(CHUNK).strip()
    return first[:1] == b"{" and first[-1:] == b"}" and isinstance(loads_object(first), dict)


def json_lines(path: Path, bury: Bury) -> Iterator[tuple[int, bytes]]:
    """Yield (line, JSON object as bytes) of a file, undecoded wherever a line is one object.

    Whether such a line is JSON at all shows when it is decoded: see ``mended``. What is told to
    be no object from its look alone is buried.

    Raises:
        UnreadableFile: The file cannot be opened.
    """
    stream, _ = open_plain(path)
    with stream:
        yield from lines_of(stream, str(path), bury)


def lines_of(
    stream: Readable, path: str, bury: Bury, *, started: bool = False
) -> Iterator[tuple[int, bytes]]:
    """Yield what ``json_lines`` does, of an open stream.

    Args:
        stream: Read from where it stands.
        path: Its name, for what is buried.
        bury: Where unreadable records go.
        started: It begins in the middle of lines: no document spread over lines begins here.
    """
    lines = raw_lines(stream, path, bury)
    for number, line in lines:
        body = line.strip()
        if body[:1] == b"{" and (started or body[-1:] == b"}"):
            started = True
            yield number, body
            continue
        body = body.removeprefix(BOM)
        if not body:
            continue
        if not started and opens_document(body):
            for place, record in document_objects((number, line), lines, path, bury):
                yield place, orjson.dumps(record)
            return
        started = True
        for place, record in line_objects(number, body, path, bury):
            yield place, orjson.dumps(record)


def mended(body: bytes) -> bytes | str:
    """Return a line that no decoder took, made one that it takes; or the reason, as text."""
    value = loads_object(body)
    if isinstance(value, str):
        return value
    return orjson.dumps(value) if isinstance(value, dict) else "no JSON object"
