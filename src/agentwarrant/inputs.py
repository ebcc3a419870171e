"""Opens what is on disk: JSON lines, JSON documents, SQLite; plain, gzip or zstd.

One record is never larger than ``RECORD_LIMIT`` in memory, whatever a file claims to be.
What cannot be read is handed to the caller with file, line and reason; nothing is raised for
one bad record, and nothing is lost in silence.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, Any, Protocol

import orjson

from agentwarrant.errors import UnreadableFile
from agentwarrant.packed import BROKEN, open_plain

RECORD_LIMIT = 32 * 1024 * 1024
"""Bytes of one record (a line, or a whole JSON document). More is a dead letter."""

HEAD_RECORDS = 24
CHUNK = 1 << 20
_SELDOM = 63
_SQLITE = b"SQLite format 3\0"
BOM = b"\xef\xbb\xbf"
_JSON_NAMES = {str: "text", int: "number", float: "number", bool: "boolean", list: "array"}

Record = dict[str, Any]


class Readable(Protocol):
    """Anything with lines of bytes."""

    def readline(self, limit: int, /) -> bytes:
        """Return a line with its end, or as much of it as the limit allows; nothing at the end."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be read, kept with its place and reason.

    Attributes:
        path: The file.
        line: 1-based line or row, 0 for the file as a whole.
        reason: One clause for a human.
        bytes: Size of what was refused, when known.
    """

    path: str
    line: int
    reason: str
    bytes: int = 0


Bury = Callable[[DeadLetter], None]


@dataclass(slots=True)
class InputFile:
    """One file, opened by what it contains and never by its name.

    Attributes:
        path: As the user will see it.
        kind: ``sqlite`` or ``records``.
        head: The first records of a ``records`` file.
        tables: Table names of an ``sqlite`` file.
        bury: Where unreadable records go.
        size: Bytes on disk.
        consumed: Bytes read up to some records ago, for progress (of the file on disk).
    """

    path: Path
    kind: str
    bury: Bury
    head: list[Record] = field(default_factory=list)
    tables: frozenset[str] = frozenset()
    size: int = 0
    consumed: int = 0

    def records(self) -> Iterator[tuple[int, Record]]:
        """Yield (line, record) for every JSON object; what is no object is buried."""
        stream, position = open_plain(self.path)
        with stream:
            for line, record in _records(stream, str(self.path), self.bury):
                yield line, record
                if line & _SELDOM == 0:  # asking costs a fourth of reading a record
                    self.consumed = position()
            self.consumed = position()

    def connect(self) -> sqlite3.Connection:
        """Open the database read-only; the agent may be writing it at this moment.

        Raises:
            UnreadableFile: It is locked, truncated or not a database after all.
        """
        return open_sqlite(self.path)


def open_sqlite(path: Path) -> sqlite3.Connection:
    """Open a database read-only, with its write-ahead log where there is one.

    Nothing is ever made beside the database: it may be evidence.

    Raises:
        UnreadableFile: The database cannot be opened or read.
    """
    failure = "cannot be opened"
    for options in _sqlite_options(path):
        db: sqlite3.Connection | None = None
        try:
            db = sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True, timeout=2.0)
            db.text_factory = _lenient
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            failure = str(error)
            if db is not None:
                db.close()
            if "locked" in failure:
                break
            continue
        return db
    raise UnreadableFile(
        f"SQLite cannot read it: {failure}",
        where=str(path),
        mend="copy the database together with its -wal file and scan the copy",
    )


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "replace")  # one bad text must not end the reading of a table


def _sqlite_options(path: Path) -> tuple[str, ...]:
    """Return the ways to open a database, best first.

    A database in WAL mode makes SQLite create shared memory beside it, even to read. Where
    neither that nor a log is there nobody has it open, and ``immutable`` reads it as it is. Where
    the folder cannot be written ``immutable`` is the only way.
    """
    beside = any(path.with_name(path.name + side).exists() for side in ("-wal", "-shm"))
    with path.open("rb") as file:
        wal_mode = file.read(20)[18:20] == b"\2\2"
    alone = wal_mode and not beside
    return ("mode=ro&immutable=1",) if alone else ("mode=ro", "mode=ro&immutable=1")


def _tables(path: Path) -> frozenset[str]:
    with closing(open_sqlite(path)) as db:
        try:
            rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        except sqlite3.Error as error:
            raise UnreadableFile(f"SQLite cannot read it: {error}", where=str(path)) from error
    return frozenset(str(name) for (name,) in rows)


def open_input(path: Path, bury: Bury) -> InputFile:
    """Look into a file and return it with its head read.

    Raises:
        UnreadableFile: It cannot be opened, or holds nothing that could be a record.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            os.scandir(path).close()  # one that cannot be opened says why
            raise UnreadableFile("it is a folder", where=str(path))
        if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for its writer
            raise UnreadableFile("it is no regular file", where=str(path))
        size = found.st_size
        with path.open("rb") as raw:
            magic = raw.read(16)
    except OSError as error:
        raise UnreadableFile(_reason(error), where=str(path)) from error
    if not magic:
        raise UnreadableFile("it is empty", where=str(path))
    if magic.startswith(_SQLITE):
        return InputFile(path, "sqlite", bury, tables=_tables(path), size=size)
    letters: list[DeadLetter] = []
    head: list[Record] = []
    stream, _ = open_plain(path)
    with stream:
        for _, record in _records(stream, str(path), letters.append):
            head.append(record)
            if len(head) >= HEAD_RECORDS:
                break
            if len(letters) >= HEAD_RECORDS:
                break
    if not head:
        reason = letters[0].reason if letters else "it holds no JSON object"
        raise UnreadableFile(reason, where=str(path))
    return InputFile(path, "records", bury, head=head, size=size)


def _reason(error: OSError) -> str:
    text = error.strerror or type(error).__name__
    return text[0].lower() + text[1:]


def raw_lines(stream: Readable, path: str, bury: Bury) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line with its end); a line beyond ``RECORD_LIMIT`` is buried."""
    number = 0
    try:
        while line := stream.readline(RECORD_LIMIT + 1):
            number += 1
            if len(line) > RECORD_LIMIT and not line.endswith(b"\n"):
                total = len(line)
                while more := stream.readline(CHUNK):
                    total += len(more)
                    if more.endswith(b"\n"):
                        break
                bury(DeadLetter(path, number, f"longer than {RECORD_LIMIT >> 20} MiB", total))
                continue
            yield number, line
    except BROKEN as error:
        bury(DeadLetter(path, number + 1, f"the file ends in the middle: {error}"))


def _records(stream: IO[bytes], path: str, bury: Bury) -> Iterator[tuple[int, Record]]:
    lines = raw_lines(stream, path, bury)
    started = False
    for number, line in lines:
        body = line.strip().removeprefix(BOM)
        if not body:
            continue
        if not started and opens_document(body):
            yield from document_objects((number, line), lines, path, bury)
            return
        started = True
        value = loads_object(body)
        if isinstance(value, dict):  # nearly always
            yield number, value
        else:
            yield from _objects(number, value, path, bury, len(body))


def opens_document(body: bytes) -> bool:
    """Is this first line the beginning of a JSON document spread over many lines?"""
    spread = body[:1] in (b"{", b"[") and body[-1:] in (b"{", b"[", b",")
    return spread and not isinstance(loads_object(body), dict)


def document_objects(
    first: tuple[int, bytes], rest: Iterator[tuple[int, bytes]], path: str, bury: Bury
) -> Iterator[tuple[int, Record]]:
    """Yield the objects of a document over many lines, or of the lines that it turns out to be."""
    start, text = first[0], bytearray(first[1])
    for _, line in rest:
        text += line  # one text: millions of short lines would take far more room
        if len(text) > RECORD_LIMIT:
            break
    whole = loads_object(bytes(text).strip().removeprefix(BOM))
    if len(text) <= RECORD_LIMIT and not isinstance(whole, str):
        yield from _objects(start, whole, path, bury, len(text))
        return
    # No document after all: its lines may still be records of their own.
    for number, line in chain(enumerate(io.BytesIO(text), start), rest):
        if body := line.strip():
            yield from line_objects(number, body, path, bury)


def line_objects(number: int, body: bytes, path: str, bury: Bury) -> Iterator[tuple[int, Record]]:
    """Yield the objects of one line: one, or those of a list; what is none is buried."""
    value = loads_object(body)
    if isinstance(value, dict):
        yield number, value
        return
    yield from _objects(number, value, path, bury, len(body))


def _objects(
    number: int, value: Any, path: str, bury: Bury, size: int
) -> Iterator[tuple[int, Record]]:
    if isinstance(value, str):
        bury(DeadLetter(path, number, value, size))
        return
    items = value if isinstance(value, list) else [value]
    for item in items:
        if isinstance(item, dict):
            yield number, item
        else:
            what = f"a JSON {_JSON_NAMES.get(type(item), 'value')} where an object belongs"
            bury(DeadLetter(path, number, what, size))


def loads_object(body: bytes) -> Any:
    """Parse one JSON object or array; return the reason, as text, when it is none."""
    if body[:1] not in (b"{", b"["):
        return _not_json(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        failure = error
    if b"\\ud" in body or b"\\uD" in body:
        try:  # JavaScript may write half a surrogate pair: mended, not refused
            text = json.dumps(json.loads(body), ensure_ascii=False)
            return orjson.loads(text.encode("utf-8", "replace"))
        except RecursionError:
            return "JSON nested too deep"
        except ValueError:
            pass
    if "depth" in failure.msg.lower() or "recursion" in failure.msg.lower():
        return "JSON nested too deep"
    if "utf" in failure.msg.lower() or "surrogate" in failure.msg.lower():
        return "not UTF-8"
    return "incomplete or broken JSON"


def _not_json(body: bytes) -> str:
    sample = body[:4096]
    if b"\0" in sample:
        return "binary, not text"
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:
            return "not UTF-8"
    return "not JSON"
