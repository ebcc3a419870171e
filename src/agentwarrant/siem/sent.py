"""Which documents of one stream a SIEM has acknowledged, for a SIEM that cannot be asked.

Two files beside the spool, about 25 bytes a document: digests of ids and nothing else. What is new
is put behind the others in ``sent.log``, and from there, many at once and in order, into
``sent.sqlite``: one by one they would rewrite most of that file again and again. It has a table for
each month, of which the newest are kept.

This knows no more than this installation did: what was sent and never acknowledged is not in it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from agentwarrant.errors import SpoolError
from agentwarrant.siem.disk import private, troubles, write_through

NAME, LOG = "sent.sqlite", "sent.log"
MONTHS = 3
"""Months that are remembered, the one that runs among them."""
MANY = 200_000
"""So many wait in the log at most; they are held in memory, 20 MB of them."""
_SIZE = 16
_AT_ONCE = 500
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


class Sent:
    """The ids of documents that were acknowledged; one process at a time works with a folder.

    Args:
        folder: Of the spool.
        many: Ids that wait in the log at most.
        now: The time; that of this moment if it is not given.
    """

    def __init__(self, folder: Path, *, many: int = MANY, now: datetime | None = None) -> None:
        self._folder = folder
        self._many = many
        self._table = (now or datetime.now(UTC)).strftime("sent_%Y_%m")
        self._log: FileIO | None = None
        self._recent: set[bytes] = set()
        self._database: sqlite3.Connection | None = None

    def add(self, ids: Sequence[str]) -> None:
        """Note ids; they are on disk when this returns.

        Raises:
            SpoolError: The disk refuses.
        """
        keys = list(map(_key, ids))
        with self._troubles():
            write_through(self._opened_log(), b"".join(keys))
            self._recent.update(keys)
            if len(self._recent) > self._many:
                self._fold()

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return those of some ids that were noted in the months that are remembered.

        Raises:
            SpoolError: The disk refuses.
        """
        asked = {_key(one): one for one in ids}
        with self._troubles():
            self._opened_log()
            found = self._recent & asked.keys()
            left = sorted(asked.keys() - found)
            database = self._opened()
            for table in _tables(database):
                for begin in range(0, len(left), _AT_ONCE):
                    some = left[begin : begin + _AT_ONCE]
                    places = ",".join("?" * len(some))
                    query = f"SELECT id FROM {table} WHERE id IN ({places})"  # noqa: S608  # names of ours, question marks
                    found.update(key for (key,) in database.execute(query, some))
        return {asked[key] for key in found}

    def close(self) -> None:
        """Close the files."""
        if self._log is not None:
            self._log.close()
        if self._database is not None:
            self._database.close()
        self._log = self._database = None

    def _opened_log(self) -> FileIO:
        """Open the log and read it; what a crash left of an id is cut off."""
        if self._log is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileIO(self._folder / LOG, "ab+", opener=private) as file:
                file.seek(0)
                noted = file.readall()
                file.truncate(len(noted) - len(noted) % _SIZE)
            whole = range(0, len(noted) - _SIZE + 1, _SIZE)
            self._recent = {noted[begin : begin + _SIZE] for begin in whole}
            self._log = FileIO(self._folder / LOG, "ab", opener=private)
        return self._log

    def _fold(self) -> None:
        """Put what the log has into the table of this month; a crash in between repeats it."""
        with self._opened() as database:
            statement = f"INSERT OR IGNORE INTO {self._table} VALUES (?)"  # noqa: S608  # a name of ours
            database.executemany(statement, ((key,) for key in sorted(self._recent)))
        log = self._opened_log()
        log.truncate(0)
        os.fsync(log.fileno())
        self._recent.clear()

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            FileIO(self._folder / NAME, "ab", opener=private).close()
            database = sqlite3.connect(self._folder / NAME)
            try:
                _prepare(database, self._table)
            except sqlite3.Error:
                database.close()
                raise
            self._database = database
        return self._database

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        try:
            with troubles(self._folder):
                yield
        except sqlite3.Error as error:
            what = f"{NAME} cannot be used: {error}"
            mend = f"remove {NAME}: what is in doubt is sent once more"
            raise SpoolError(what, where=str(self._folder), mend=mend) from error


def _prepare(database: sqlite3.Connection, table: str) -> None:
    """Make the table of this month; drop those that are too old."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"CREATE TABLE IF NOT EXISTS {table} (id BLOB PRIMARY KEY) WITHOUT ROWID")
    for old in _tables(database)[:-MONTHS]:
        database.execute(f"DROP TABLE {old}")


def _tables(database: sqlite3.Connection) -> list[str]:
    """Return the tables of months, the oldest first."""
    return [str(name) for (name,) in database.execute(_TABLES).fetchall()]


def _key(identity: str) -> bytes:
    raw = identity.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(raw, digest_size=_SIZE).digest()
