"""The outbox of one stream: what is to be shipped waits here, on disk, until it is acknowledged.

A producer appends documents and may move its own cursor when ``append`` returns: they are on disk
then. One shipper at a time takes them out again (``outlet.py``). A spool is a folder::

    000000000001.ndjson            a segment: ready-made pairs of lines, as a bulk request has them
    000000000002-doubtful.ndjson   another, whose documents may have been shipped before
    cursor.json                    acknowledged up to here, sent up to there
    write.lock, ship.lock          one appends at a time, one ships at a time

Only the newest segment grows. What a crash left of a pair is cut off before anything is written
behind it. Files are for their owner alone: they hold what agents did.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import NamedTuple

import orjson
from filelock import FileLock, Timeout
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from agentwarrant.errors import SpoolBusy, SpoolError, SpoolFull
from agentwarrant.event import digest
from agentwarrant.siem.disk import private, sync_folder, troubles, write_through

LIMIT = 1 << 30
"""Bytes that wait in one spool at most."""
SEGMENT = 16 << 20
"""A segment that has this many bytes gets no more."""
_LONGEST_ID = 512
"""Bytes; Elasticsearch refuses a whole request for one longer ``_id`` (IndexRequest.validate)."""
_NAME = re.compile(r"(\d{12})(-doubtful)?\.ndjson")
_CURSOR = "cursor.json"
_LOOK_AGAIN = 0.1


class Place(NamedTuple):
    """A place in a spool: number of a segment, offset in bytes."""

    segment: int
    offset: int


START = Place(0, 0)


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One file of a spool."""

    number: int
    path: Path
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a spool was shipped.

    Attributes:
        done: Everything before is acknowledged.
        sent: Nothing from here on was ever sent; what stands between the two is in doubt.
        mark: What this spool's requests are marked with, so that a server can be asked for them.
    """

    done: Place
    sent: Place
    mark: str


def document_id(identity: str) -> str:
    """Return an event's id as an ``_id``: itself, or its digest where no ``_id`` is like that."""
    length = len(identity.encode("utf-8", "replace"))
    return identity if 1 <= length <= _LONGEST_ID else digest("long id", identity)


def pair(identity: str, document: bytes) -> bytes:
    """Return one document as the two lines of a bulk request.

    Raises:
        ValueError: The document has a line break in it, or the id is no text.
    """
    if b"\n" in document:
        raise ValueError("a document is one line of JSON")
    name = orjson.dumps(document_id(identity))
    return b'{"create":{"_id":%b}}\n%b\n' % (name, document)


def sound_length(data: bytes) -> int:
    """Return the length of the longest beginning that is whole pairs of lines of JSON."""
    end = 0
    while (middle := data.find(b"\n", end)) >= 0 and (last := data.find(b"\n", middle + 1)) >= 0:
        try:
            orjson.loads(data[end:middle])
            orjson.loads(data[middle + 1 : last])
        except ValueError:  # a disk that lost power can leave anything
            break
        end = last + 1
    return end


class Spool:
    """The outbox of one stream.

    Args:
        folder: Its own; its name is the stream's (``outbox.Route``).
        limit: Bytes that may wait in it.
        segment: Bytes after which a segment gets no more.
    """

    def __init__(self, folder: Path, *, limit: int = LIMIT, segment: int = SEGMENT) -> None:
        self.folder = folder
        self.stream = folder.name
        self._limit = limit
        self._most = segment
        self._sound = START

    def append(
        self,
        documents: Iterable[tuple[str, bytes]],
        *,
        doubtful: bool = False,
        patience: float = 0.0,
    ) -> int:
        """Put documents in, all or none; return how many, when they are on disk.

        Args:
            documents: (id, one line of JSON) each.
            doubtful: They may have been shipped before (their source is read once more): the
                server is asked for them before they are sent.
            patience: Seconds to wait for room.

        Raises:
            SpoolFull: There is no room for them.
            SpoolError: They cannot be written.
            ValueError: A document is not one line.
        """
        pairs = [pair(identity, document) for identity, document in documents]
        if not pairs:
            return 0
        patiently = Retrying(
            retry=retry_if_exception_type(SpoolFull),
            wait=wait_fixed(_LOOK_AGAIN),
            stop=stop_after_delay(patience),
            reraise=True,
        )
        patiently(self._append, b"".join(pairs), doubtful)
        return len(pairs)

    def _append(self, body: bytes, doubtful: bool) -> None:
        with self.locked("write", patience=-1), troubles(self.folder):
            self.mend()
            found = self.segments()
            self._make_sure_of_room(found, len(body))
            newest = found[-1] if found else None
            if newest and newest.doubtful == doubtful and self._sound.offset < self._most:
                self._write(newest, body)
                return
            number = max(newest.number if newest else 0, self.cursor().done.segment) + 1
            name = f"{number:012}{'-doubtful' if doubtful else ''}.ndjson"
            self._write(Segment(number, self.folder / name, doubtful), body)
            sync_folder(self.folder)

    def _make_sure_of_room(self, found: list[Segment], more: int) -> None:
        waiting = sum(map(_size, found))
        if waiting and waiting + more > self._limit:
            what = f"{waiting >> 20:,} MiB wait to be shipped, and no more may"
            mend = "ship them; what was to be added is still in its source"
            raise SpoolFull(what, where=str(self.folder), mend=mend)

    def _write(self, segment: Segment, body: bytes) -> None:
        with FileIO(segment.path, "ab", opener=private) as file:
            before = file.seek(0, os.SEEK_END)
            try:
                write_through(file, body)
            except BaseException:
                with suppress(OSError):  # what stays is cut off before the next is written
                    file.truncate(before)
                raise
        self._sound = Place(segment.number, before + len(body))

    def mend(self) -> None:
        """Cut off what a crash left of a pair; the caller holds the lock ``write``."""
        if not (self.folder / _CURSOR).exists():
            self.keep(self.cursor())
        newest = max(self.segments(), default=None)
        if newest is None:
            return
        known = self._sound.offset if self._sound.segment == newest.number else 0
        with newest.path.open("r+b", buffering=0) as file:
            file.seek(known)
            data = file.read()
            end = known + sound_length(data)
            if end < known + len(data):
                file.truncate(end)
                os.fsync(file.fileno())
        self._sound = Place(newest.number, end)

    def segments(self) -> list[Segment]:
        """Return the segments that there are, the oldest first."""
        paths = self.folder.iterdir() if self.folder.is_dir() else ()
        matches = [match for path in paths if (match := _NAME.fullmatch(path.name))]
        return sorted(Segment(int(m[1]), self.folder / m[0], bool(m[2])) for m in matches)

    def waiting(self) -> int:
        """Return how many bytes wait to be shipped.

        Raises:
            SpoolError: The spool cannot be read.
        """
        with troubles(self.folder):
            done = self.cursor().done
            sizes = {segment.number: _size(segment) for segment in self.segments()}
        left = sum(size for number, size in sizes.items() if number >= done.segment)
        return left - (done.offset if done.segment in sizes else 0)

    def cursor(self) -> Cursor:
        """Return how far it was shipped; everything is in doubt where nothing says so.

        Raises:
            SpoolError: What stands there is no cursor.
        """
        try:
            kept = orjson.loads((self.folder / _CURSOR).read_bytes())
            return Cursor(Place(*kept["done"]), Place(*kept["sent"]), str(kept["mark"]))
        except FileNotFoundError:
            ends = [Place(segment.number, _size(segment)) for segment in self.segments()]
            mark = f"agentwarrant-{secrets.token_hex(8)}"
            return Cursor(START, max(ends, default=START), mark)
        except (ValueError, TypeError, KeyError) as error:
            what, mend = f"{_CURSOR} is broken: {error}", f"remove {_CURSOR}: the server is asked"
            raise SpoolError(what, where=str(self.folder), mend=mend) from error

    def keep(self, cursor: Cursor) -> None:
        """Put a cursor on disk in place of the last one."""
        told = {"done": list(cursor.done), "sent": list(cursor.sent), "mark": cursor.mark}
        body = orjson.dumps(told)
        part = self.folder / f"{_CURSOR}.part"
        with FileIO(part, "wb", opener=private) as file:
            write_through(file, body)
        part.replace(self.folder / _CURSOR)
        sync_folder(self.folder)

    @contextmanager
    def locked(self, name: str, *, patience: float = 0.0) -> Iterator[None]:
        """Hold one of the locks, ``write`` or ``ship``; the system frees it when a process ends.

        Args:
            name: Which.
            patience: Seconds to wait for it; -1: as long as it takes.

        Raises:
            SpoolBusy: Another has it.
            SpoolError: The disk refuses.
        """
        with troubles(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(self.folder / f"{name}.lock", timeout=patience, mode=0o600)
            try:
                lock.acquire()
            except Timeout:
                what, mend = "another process is working on it", "let that one do it"
                raise SpoolBusy(what, where=str(self.folder), mend=mend) from None
        try:
            yield
        finally:
            lock.release()


def _size(segment: Segment) -> int:
    """Return the bytes of a segment; none where it was shipped and removed this moment."""
    try:
        return segment.path.stat().st_size
    except FileNotFoundError:
        return 0
