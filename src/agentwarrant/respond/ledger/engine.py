"""The ledger's database: opened, made on first use, brought up to date.

SQLite: one file of mode 0600, write-ahead log, every commit on disk before it is said to be done
(``synchronous=FULL``), writers take their lock at once (``BEGIN IMMEDIATE``). Of one process one
writes at a time: threads that queue here are served in turn, those that find the file locked would
sleep. PostgreSQL: ``postgresql://`` or ``postgresql+psycopg://``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy import update as update_row
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from agentwarrant.errors import ConfigError, MissingExtra
from agentwarrant.respond.ledger.audit import OPTION, Chain
from agentwarrant.respond.ledger.tables import VERSION, metadata, schema_version

UPGRADES: Mapping[int, Sequence[str]] = {}
"""What brings a database to a version, from the one before: statements that both kinds take."""

_READS = "agentwarrant_reads"
_BUSY_MS = 30_000
_CONNECTIONS = 40
_SCHEMA_LOCK = 0x6167776C
_KINDS = ("sqlite", "postgresql")


class Database:
    """One open ledger database.

    Args:
        url: SQLAlchemy's address.
        chain: How audit entries are hashed and dated.

    Raises:
        ConfigError: It cannot be opened, or a newer version of this program has made it.
        MissingExtra: The driver is not installed.
    """

    def __init__(self, url: str, chain: Chain) -> None:
        self._url = _checked(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            _own_file(Path(str(self._url.database)))
        engine = _engine(self._url, self.is_sqlite)
        self._writes = engine.execution_options(**{OPTION: chain})
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reads = engine.execution_options(**{OPTION: chain, _READS: True}, **snapshot)
        self._turn: Any = RLock() if self.is_sqlite else nullcontext()
        try:
            with self.write() as connection:
                brought_up(connection)
        except DatabaseError as error:
            self.close()
            raise _unopened(self._url, error) from None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may write; it is on disk when this ends without an error."""
        with self._turn, self._writes.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads; all of it sees one state."""
        with self._reads.connect() as connection:
            yield connection

    def now_ms(self, connection: Connection) -> int | None:
        """Return the server's time, by which the leases of several hosts are held; None: ours."""
        if self.is_sqlite:
            return None
        asked = text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
        return int(connection.execute(asked).scalar_one())

    def close(self) -> None:
        """Let go of every connection."""
        self._writes.dispose()


def is_made(url: str) -> bool:
    """Is there a ledger at an address? Nothing is made to find out.

    Args:
        url: SQLAlchemy's address.

    Raises:
        ConfigError, MissingExtra: As ``Database``.
    """
    checked = _checked(url)
    if checked.get_backend_name() == "sqlite":
        return Path(str(checked.database)).is_file()
    engine = _engine(checked, is_sqlite=False)
    try:
        return inspect(engine).has_table(schema_version.name)
    except DatabaseError as error:
        raise _unopened(checked, error) from None
    finally:
        engine.dispose()


def _unopened(url: URL, error: DatabaseError) -> ConfigError:
    where = url.render_as_string(hide_password=True)
    return ConfigError(f"the ledger cannot be opened: {_why(error)}", where=where)


def _checked(url: str) -> URL:
    try:
        made = make_url(url)
    except ArgumentError:
        what = "the ledger's address is none"  # it may hold a password and is not quoted
        raise ConfigError(what, mend="sqlite:////PATH or postgresql+psycopg://...") from None
    if made.get_backend_name() not in _KINDS:
        what = f"no ledger can be kept in {made.get_backend_name()}"
        raise ConfigError(what, mend="sqlite or postgresql+psycopg")
    if made.drivername == "postgresql":
        made = made.set(drivername="postgresql+psycopg")
    if made.get_backend_name() == "sqlite" and made.database in (None, "", ":memory:"):
        raise ConfigError("a ledger in memory is lost with the process", mend="sqlite:////PATH")
    return made


def _own_file(path: Path) -> None:
    """Make the file for its owner alone before anything stands in it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        what = f"the ledger cannot be opened: {error.strerror}"
        raise ConfigError(what, where=str(path)) from None


def _engine(url: URL, is_sqlite: bool) -> Engine:
    more: dict[str, Any] = {} if is_sqlite else {"pool_recycle": 300}
    more |= {"pool_size": 5, "max_overflow": _CONNECTIONS}
    try:
        engine = create_engine(url, hide_parameters=True, **more)  # errors quote no values
    except (ImportError, NoSuchModuleError):
        what = f"the ledger's address needs the driver {url.get_driver_name()}"
        raise MissingExtra(what, mend="pip install agentwarrant[postgres]") from None
    if is_sqlite:
        event.listen(engine, "connect", _prepared)
        event.listen(engine, "begin", _begun)
    return engine


def _prepared(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin as ``_begun`` says
    for setting in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {setting}")


def _begun(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def brought_up(
    connection: Connection,
    upgrades: Mapping[int, Sequence[str]] = UPGRADES,
    version: int = VERSION,
) -> None:
    """Make the tables, or bring older ones up to date.

    Args:
        connection: In a transaction that may write.
        upgrades: See ``UPGRADES``.
        version: What they are brought to.

    Raises:
        ConfigError: They are of a newer version than this program knows.
    """
    if connection.dialect.name == "postgresql":  # two may come at once
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
    if not inspect(connection).has_table(schema_version.name):
        metadata.create_all(connection)
        connection.execute(insert(schema_version).values(version=version))
        return
    found = connection.execute(select(schema_version.c.version)).scalar_one()
    if found > version:
        what = f"the ledger is of version {found}, and this program knows {version}"
        raise ConfigError(what, mend="use the newer agentwarrant that wrote it")
    for number in range(found + 1, version + 1):
        for statement in upgrades[number]:
            connection.execute(text(statement))
    if found < version:
        connection.execute(update_row(schema_version).values(version=version))


def _why(error: DatabaseError) -> str:
    """Return the driver's first line: what SQLAlchemy adds quotes statements."""
    lines = str(error.orig).splitlines()
    return lines[0] if lines else type(error).__name__
