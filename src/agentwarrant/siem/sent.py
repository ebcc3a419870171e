"""Which documents of one stream a SIEM has acknowledged, for a SIEM that cannot be asked.

A file beside the spool, about 40 bytes a document. It holds digests of ids and nothing else. It
knows no more than this installation did: what was sent and never acknowledged is not in it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from agentwarrant.errors import SpoolError
from agentwarrant.siem.disk import private, troubles

NAME = "sent.sqlite"
_AT_ONCE = 500


class Sent:
    """The ids of documents that were acknowledged.

    Args:
        folder: Of the spool.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._database: sqlite3.Connection | None = None

    def add(self, ids: Sequence[str]) -> None:
        """Note ids; they are on disk when this returns.

        Raises:
            SpoolError: The disk refuses.
        """
        with self._opened() as database, database:
            database.executemany("INSERT OR IGNORE INTO sent VALUES (?)", map(_key, ids))

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return those of some ids that were noted.

        Raises:
            SpoolError: The disk refuses.
        """
        found: set[str] = set()
        with self._opened() as database:
            for begin in range(0, len(ids), _AT_ONCE):
                keys = {_key(one)[0]: one for one in ids[begin : begin + _AT_ONCE]}
                places = ",".join("?" * len(keys))
                rows = database.execute(f"SELECT id FROM sent WHERE id IN ({places})", [*keys])  # noqa: S608  # question marks only
                found.update(keys[row[0]] for row in rows)
        return found

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            self._database.close()
            self._database = None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._database is None:
                self._database = self._open()
            yield self._database
        except sqlite3.Error as error:
            what = f"{NAME} cannot be used: {error}"
            mend = f"remove {NAME}: what is in doubt is sent once more"
            raise SpoolError(what, where=str(self.path.parent), mend=mend) from error

    def _open(self) -> sqlite3.Connection:
        with troubles(self.path.parent):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            FileIO(self.path, "ab", opener=private).close()
        database = sqlite3.connect(self.path)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("CREATE TABLE IF NOT EXISTS sent (id BLOB PRIMARY KEY) WITHOUT ROWID")
        return database


def _key(identity: str) -> tuple[bytes]:
    raw = identity.encode("utf-8", "surrogatepass")
    return (hashlib.blake2b(raw, digest_size=16).digest(),)
