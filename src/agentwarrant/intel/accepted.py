"""What collections have been given, in one SQLite file: nothing is sent twice.

Before objects leave it is written down that they may have; what became of them is written down
when the server has said it. Whoever finds the first without the second asks the server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from agentwarrant.errors import ConfigError, SpoolBusy
from agentwarrant.event import iso_time

_FORM = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (
    collection TEXT, id TEXT, version TEXT, state TEXT,
    PRIMARY KEY (collection, id, version)
) WITHOUT ROWID;
"""
DOUBT, ACCEPTED = "doubt", "accepted"
Key = tuple[str, str]
"""An object's id and version."""


def key_of_object(one: Mapping[str, Any]) -> Key:
    """Return by what an object is known: its id and its version, '' of one that has none."""
    return str(one["id"]), version(one.get("modified") or one.get("created"))


def version(given: Any) -> str:
    """Return a version in one form: servers write the same moment with more zeros or fewer."""
    try:
        return iso_time(str(given)) if given else ""
    except (ValueError, OverflowError):
        return str(given)


class Accepted:
    """What one collection has been given. Made by ``accepted``."""

    def __init__(self, db: sqlite3.Connection, url: str) -> None:
        self._db = db
        self._url = url

    def state(self, key: Key) -> str:
        """Return ``accepted``, ``doubt``, or '' where it never left."""
        found = self._db.execute(
            "SELECT state FROM sent WHERE collection = ? AND id = ? AND version = ?",
            (self._url, *key),
        ).fetchone()
        return str(found[0]) if found else ""

    def note(self, keys: Iterable[Key], state: str) -> None:
        """Write down what became of objects, for good before this returns; '' forgets them."""
        with self._db:
            for key in keys:
                if state:
                    self._db.execute(
                        "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?)", (self._url, *key, state)
                    )
                else:
                    self._db.execute(
                        "DELETE FROM sent WHERE collection = ? AND id = ? AND version = ?",
                        (self._url, *key),
                    )


@contextmanager
def accepted(path: Path, url: str) -> Iterator[Accepted]:
    """Open what is known of a collection, for one process alone.

    Args:
        path: The file; made when it is not there.
        url: The collection.

    Raises:
        ConfigError: The file is none of ours, or cannot be written.
        SpoolBusy: Another process sends.
    """
    lock = FileLock(f"{path}.lock", timeout=0, mode=0o600)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock, closing(sqlite3.connect(path)) as db:
            form = db.execute("PRAGMA user_version").fetchone()[0]
            if form not in (0, _FORM):
                raise ConfigError("it was written by another version", where=str(path))
            db.executescript(_SCHEMA)
            db.execute("PRAGMA synchronous = FULL")
            db.execute(f"PRAGMA user_version = {_FORM}")
            yield Accepted(db, url)
    except Timeout as error:
        what = "another process sends to others: two would send the same twice"
        raise SpoolBusy(what, where=str(path), mend="wait until it has ended") from error
    except (sqlite3.Error, OSError) as error:
        mend = "see to the disk and to who may write there"
        raise ConfigError(f"cannot be used: {error}", where=str(path), mend=mend) from error
