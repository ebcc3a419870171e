"""What people were told, remembered on this host: messages have no state that could be read back.

A message counts as told once its system has taken it and this file says so. Killed between the two
it is sent again: somebody may hear twice, nobody hears nothing. Systems that know the key of a
message (PagerDuty) make one of two.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentwarrant.errors import ResponseError

FILE = "told.db"
_FORGET_S = 90 * 86_400


class Told:
    """Keys of messages that were taken, by connection.

    Args:
        folder: Where ``told.db`` is.
        connection: Name of the connection.
    """

    def __init__(self, folder: Path, connection: str) -> None:
        self._path = folder / FILE
        self._connection = connection

    def add(self, key: str) -> None:
        """Remember that a message was taken.

        Raises:
            ResponseError: The file cannot be written.
        """
        now = int(time.time())
        with self._open() as database:
            database.execute("DELETE FROM told WHERE at < ?", (now - _FORGET_S,))
            database.execute(
                "INSERT OR IGNORE INTO told VALUES (?, ?, ?)", (self._connection, key, now)
            )

    def has(self, key: str) -> bool:
        """Was a message taken?

        Raises:
            ResponseError: The file cannot be read.
        """
        with self._open() as database:
            found = database.execute(
                "SELECT 1 FROM told WHERE connection = ? AND key = ?", (self._connection, key)
            )
            return found.fetchone() is not None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            database = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            try:
                database.execute("BEGIN IMMEDIATE")
                database.execute(
                    "CREATE TABLE IF NOT EXISTS told (connection TEXT, key TEXT, at INTEGER,"
                    " PRIMARY KEY (connection, key))"
                )
                yield database
                database.execute("COMMIT")
            finally:
                database.close()
        except (OSError, sqlite3.Error) as error:
            what = f"what was told cannot be remembered: {error}"
            raise ResponseError(what, where=str(self._path)) from error
