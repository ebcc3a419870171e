"""The indicators that are known on this host, in one SQLite file.

What an indicator is looked up by (``anchors``) is worked out once, when it comes, so that a
million of them load in a second and take a few megabytes.
"""

from __future__ import annotations

import os
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from agentwarrant.errors import ConfigError
from agentwarrant.intel.anchors import EQUAL, Anchor, key_of

PLACE_VARIABLE = "AGENTWARRANT_INTEL"
_FORM = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS indicators (
    row INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    id TEXT NOT NULL,
    modified TEXT NOT NULL,
    name TEXT NOT NULL,
    pattern TEXT NOT NULL,
    confidence INTEGER NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    tlp TEXT NOT NULL,
    tenant TEXT NOT NULL,
    UNIQUE (feed, id)
);
CREATE TABLE IF NOT EXISTS keys (row INTEGER NOT NULL, key INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS keys_of ON keys (row);
CREATE TABLE IF NOT EXISTS words (row INTEGER NOT NULL, how TEXT, path TEXT, text TEXT);
CREATE INDEX IF NOT EXISTS words_of ON words (row);
CREATE TABLE IF NOT EXISTS markings (
    feed TEXT, id TEXT, level TEXT, PRIMARY KEY (feed, id)
);
CREATE TABLE IF NOT EXISTS waiting (
    feed TEXT, mark TEXT, id TEXT, PRIMARY KEY (feed, mark, id)
);
CREATE TABLE IF NOT EXISTS cursors (feed TEXT PRIMARY KEY, added_after TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sightings (
    feed TEXT, id TEXT, tenant TEXT, times INTEGER, first TEXT, last TEXT,
    PRIMARY KEY (feed, id, tenant)
);
CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, key INTEGER UNIQUE);
"""
REMEMBERED = 1_000_000
"""Sightings of which it is known which event they were, so that none counts twice."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator.

    Attributes:
        feed: Which source it came from, as the configuration calls it.
        id: ``indicator--…``.
        modified: Its version.
        name: For a person.
        pattern: A STIX pattern.
        confidence: 0 to 100.
        since, until: When it counts; ``until`` is empty where it does not end.
        tlp: ``clear``, ``green``, ``amber``, ``amber+strict``.
        tenant: For whose events alone; empty for all.
    """

    feed: str
    id: str
    modified: str
    name: str
    pattern: str
    confidence: int
    since: str
    until: str
    tlp: str
    tenant: str


class Sighting(NamedTuple):
    """How often an indicator was seen in the events of one tenant."""

    feed: str
    id: str
    tenant: str
    times: int
    first: str
    last: str


def place() -> Path:
    """Return where indicators are kept on this host."""
    given = os.environ.get(PLACE_VARIABLE)
    if given:
        return Path(given)
    base = os.environ.get("XDG_DATA_HOME")
    data = Path(base) if base else Path.home() / ".local" / "share"
    return data / "agentwarrant" / "intel.sqlite"


class Store:
    """Indicators, how far feeds were read, and sightings.

    Args:
        path: The file; made when it is not there.

    Raises:
        ConfigError: It is no such file, or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA secure_delete = ON")  # what is forgotten is gone from disk
            form = self._db.execute("PRAGMA user_version").fetchone()[0]
            if form not in (0, _FORM):
                raise ConfigError("it was written by another version", where=str(path))
            self._db.executescript(_SCHEMA)
            self._db.execute(f"PRAGMA user_version = {_FORM}")
        except sqlite3.DatabaseError as error:
            self._db.close()
            mend = "remove it and pull again"
            raise ConfigError("no file of indicators", where=str(path), mend=mend) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make what is done within durable together, or not at all.

        Raises:
            ConfigError: The file cannot be written.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            mend = "see to the disk and to who may write there"
            what = f"indicators cannot be written: {error}"
            raise ConfigError(what, where=str(self._path), mend=mend) from error
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def put(self, one: Indicator, anchors: Iterable[Anchor]) -> bool:
        """Keep an indicator, unless a version as new is there; return whether it was kept."""
        known = self._db.execute(
            "SELECT row, modified FROM indicators WHERE feed = ? AND id = ?", (one.feed, one.id)
        ).fetchone()
        if known and known[1] >= one.modified:
            return False
        if known:
            self._forget(known[0])
        row = self._db.execute(
            "INSERT INTO indicators VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(one.feed, one.id, one.modified, one.name, one.pattern),
                *(one.confidence, one.since, one.until, one.tlp, one.tenant),
            ),
        ).lastrowid
        for anchor in anchors:
            if anchor.how == EQUAL:
                key = key_of(anchor.path, anchor.text)
                self._db.execute("INSERT INTO keys VALUES (?, ?)", (row, key))
            else:
                self._db.execute("INSERT INTO words VALUES (?, ?, ?, ?)", (row, *anchor))
        return True

    def remove(self, feed: str, identity: str) -> bool:
        """Forget an indicator (it was revoked); return whether it was there."""
        known = self._db.execute(
            "SELECT row FROM indicators WHERE feed = ? AND id = ?", (feed, identity)
        ).fetchone()
        if known:
            self._forget(known[0])
        return known is not None

    def _forget(self, row: int) -> None:
        for table in ("indicators", "keys", "words"):
            self._db.execute(f"DELETE FROM {table} WHERE row = ?", (row,))  # noqa: S608  # our names

    def expire(self, now: str) -> int:
        """Forget what has run out; return how many that were."""
        gone = self._db.execute(
            "SELECT row FROM indicators WHERE until <> '' AND until <= ?", (now,)
        ).fetchall()
        for (row,) in gone:
            self._forget(row)
        return len(gone)

    def scrub(self) -> None:
        """Take what was forgotten out of SQLite's journal, too; outside of ``batch``."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def keys(self) -> tuple[array[int], array[int]]:
        """Return all keys in order, and the row of each."""
        keys, rows = array("q"), array("L")
        for key, row in self._db.execute("SELECT key, row FROM keys ORDER BY key"):
            keys.append(key)
            rows.append(row)
        return keys, rows

    def words(self) -> list[tuple[int, Anchor]]:
        """Return what is looked for otherwise than by equality, by row."""
        found = self._db.execute("SELECT row, how, path, text FROM words ORDER BY row")
        return [(row, Anchor(how, path, text)) for row, how, path, text in found]

    def indicator(self, row: int) -> Indicator | None:
        """Return an indicator by its row."""
        found = self._db.execute("SELECT * FROM indicators WHERE row = ?", (row,)).fetchone()
        return Indicator(*found[1:]) if found else None

    def words_of(self, feed: str) -> list[Anchor]:
        """Return what a feed's indicators look for otherwise than by equality."""
        found = self._db.execute(
            "SELECT how, path, text FROM words WHERE row IN"
            " (SELECT row FROM indicators WHERE feed = ?)",
            (feed,),
        )
        return [Anchor(*one) for one in found]

    def has(self, feed: str, identity: str) -> bool:
        """Is an indicator here, in whichever version?"""
        known = "SELECT 1 FROM indicators WHERE feed = ? AND id = ?"
        return self._db.execute(known, (feed, identity)).fetchone() is not None

    def levels(self, identity: str) -> dict[str, str]:
        """Return as what an indicator is marked, by the feeds that have it."""
        feeds = "SELECT DISTINCT feed FROM indicators"  # so that the index by feed and id serves
        found = f"SELECT feed, tlp FROM indicators WHERE feed IN ({feeds}) AND id = ?"  # noqa: S608  # ours
        return dict(self._db.execute(found, (identity,)))

    def count(self, feed: str) -> int:
        """Return how many indicators a feed has."""
        counted = self._db.execute("SELECT COUNT(*) FROM indicators WHERE feed = ?", (feed,))
        return int(counted.fetchone()[0])

    def markings(self, feed: str) -> dict[str, str]:
        """Return what the marking definitions of a feed say, by id: a level, or '' for no TLP."""
        return dict(self._db.execute("SELECT id, level FROM markings WHERE feed = ?", (feed,)))

    def mark(self, feed: str, identity: str, level: str) -> None:
        """Note what a marking definition says."""
        self._db.execute(
            "INSERT OR REPLACE INTO markings VALUES (?, ?, ?)", (feed, identity, level)
        )

    def wait(self, feed: str, mark: str, identity: str) -> None:
        """Note that an indicator has a marking whose definition has not come."""
        self._db.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?)", (feed, mark, identity))

    def waiting(self, feed: str, mark: str) -> list[str]:
        """Return, once, the indicators that waited for a marking's definition."""
        where = "WHERE feed = ? AND mark = ?"
        found = self._db.execute(f"SELECT id FROM waiting {where}", (feed, mark)).fetchall()  # noqa: S608  # ours
        self._db.execute(f"DELETE FROM waiting {where}", (feed, mark))  # noqa: S608  # ours
        return [str(identity) for (identity,) in found]

    def counts(self) -> Mapping[str, int]:
        """Return how many indicators each feed has."""
        listed = self._db.execute("SELECT feed, COUNT(*) FROM indicators GROUP BY feed")
        return {str(feed): int(count) for feed, count in listed}

    def cursor(self, feed: str) -> str:
        """Return up to when a feed was read (``added_after``); '' at first."""
        found = self._db.execute("SELECT added_after FROM cursors WHERE feed = ?", (feed,))
        return str((found.fetchone() or ("",))[0])

    def advance(self, feed: str, added_after: str) -> None:
        """Note up to when a feed was read."""
        self._db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (feed, added_after))

    def is_first(self, one: Indicator, tenant: str, event: str) -> bool:
        """Note that an indicator was seen in an event; return False where it was known.

        The newest ``REMEMBERED`` are known, for all indicators together, eight bytes each.

        Args:
            one: The indicator.
            tenant: Whose event it is.
            event: Its ``event.id``; of one without any nothing is known.
        """
        if not event:
            return True
        key = key_of("\0".join((one.feed, one.id, tenant)), event)
        made = self._db.execute("INSERT OR IGNORE INTO seen (key) VALUES (?)", (key,))
        return made.rowcount > 0

    def forget_old(self) -> None:
        """Let go of the oldest sightings that ``is_first`` knows, beyond the newest."""
        self._db.execute(
            "DELETE FROM seen WHERE number <= (SELECT MAX(number) FROM seen) - ?", (REMEMBERED,)
        )

    def saw(self, one: Indicator, tenant: str, times: int, first: str, last: str) -> None:
        """Count sightings of an indicator in the events of a tenant."""
        self._db.execute(
            "INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " times = times + excluded.times, first = MIN(first, excluded.first),"
            " last = MAX(last, excluded.last)",
            (one.feed, one.id, tenant, times, first, last),
        )

    def named(self, feed: str, identity: str) -> Indicator | None:
        """Return an indicator by its id; None where it is gone."""
        found = self._db.execute(
            "SELECT row FROM indicators WHERE feed = ? AND id = ?", (feed, identity)
        ).fetchone()
        return self.indicator(found[0]) if found else None

    def sightings(self) -> list[Sighting]:
        """Return all sightings."""
        return [Sighting(*row) for row in self._db.execute("SELECT * FROM sightings ORDER BY 1, 2")]
