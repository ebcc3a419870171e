"""The block list of an installation: what firewalls, proxies and gateways poll, by tenant.

One SQLite file. An entry is held by whoever asked for it (a point of a run, or a person), until a
time; it is on the list as long as somebody holds it. What has left the list is remembered for a
while, so that a reader of the STIX form learns that it is revoked.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from agentwarrant.errors import Guarded, ResponseError
from agentwarrant.faults import short

FILE = "blocklist.db"
KINDS = ("domain", "address", "url")
FORGET_MS = 30 * 86_400_000
"""Milliseconds for which what left the list is still told as revoked."""
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_LONGEST_URL = 2048
_WIDEST = {4: 24, 6: 48}
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS holds (
    tenant TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL, PRIMARY KEY (tenant, kind, value, holder)
    )""",
    """CREATE TABLE IF NOT EXISTS entries (
    tenant TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
    since_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
    gone_ms INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant, kind, value)
    )""",
    "CREATE INDEX IF NOT EXISTS entries_changed ON entries (tenant, changed_ms)",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is, or was, blocked.

    Attributes:
        kind: ``domain`` (with all below it), ``address`` (or a network), ``url``.
        since_ms: When it came on the list; of something that came again, the first time.
        changed_ms: When this was last said anew; a reader's cursor.
        until_ms: When it ends by itself; 0: it does not.
        gone_ms: When it left the list; 0: it is on it.
    """

    tenant: str
    kind: str
    value: str
    since_ms: int
    changed_ms: int
    until_ms: int
    gone_ms: int


class Blocklist:
    """The list in one folder; several processes may use it at once.

    Args:
        folder: Where ``blocklist.db`` is; made when something is put on the list.
        clock: Seconds since 1970.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / FILE
        self._clock = clock

    def hold(self, tenant: str, kind: str, value: str, holder: str, seconds: float = 0) -> None:
        """Put something on the list, or go on holding it; ``seconds`` 0: until it is let go.

        Raises:
            Guarded: It would block more than somebody can have meant.
            ResponseError: It is none of its kind; the list cannot be written.
        """
        clean = cleaned(kind, value)
        now = self._now()
        until = now + round(seconds * 1000) if seconds else 0
        with self._open() as database:
            database.execute(
                "INSERT INTO holds VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET until_ms = excluded.until_ms",
                (tenant, kind, clean, holder, until),
            )
            _settle(database, now)

    def let_go(self, tenant: str, kind: str, value: str, holder: str) -> None:
        """Hold it no longer; it leaves the list unless somebody else holds it.

        Raises:
            Guarded, ResponseError: See ``hold``.
        """
        own = (tenant, kind, cleaned(kind, value), holder)
        with self._open() as database:
            database.execute(
                "DELETE FROM holds WHERE tenant = ? AND kind = ? AND value = ? AND holder = ?", own
            )
            _settle(database, self._now())

    def holders(self, tenant: str, kind: str, value: str) -> list[str]:
        """Return who holds it now."""
        with self._open() as database:
            _settle(database, self._now())
            found = database.execute(
                "SELECT holder FROM holds WHERE tenant = ? AND kind = ? AND value = ?"
                " ORDER BY holder",
                (tenant, kind, cleaned(kind, value)),
            )
            return [holder for (holder,) in found]

    def entries(self, tenant: str, *, after_ms: int = -1, gone: bool = False) -> list[Entry]:
        """Return what is on a tenant's list, by kind and value.

        Args:
            tenant: Whose; no list holds another tenant's.
            after_ms: Only what was said after this time.
            gone: Also what has left it within ``FORGET_MS``.
        """
        with self._open() as database:
            _settle(database, self._now())
            found = database.execute(
                "SELECT * FROM entries WHERE tenant = ? AND changed_ms > ?"
                " AND (gone_ms = 0 OR ?) ORDER BY changed_ms, kind, value",
                (tenant, after_ms, gone),
            )
            return [Entry(*row) for row in found]

    def _now(self) -> int:
        return round(self._clock() * 1000)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            database = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            try:
                database.execute("BEGIN IMMEDIATE")
                for statement in _SCHEMA:
                    database.execute(statement)
                yield database
                database.execute("COMMIT")
            finally:
                database.close()
        except (OSError, sqlite3.Error) as error:
            what = f"the block list cannot be worked with: {error}"
            raise ResponseError(what, where=str(self._path)) from error


def _settle(database: sqlite3.Connection, now: int) -> None:
    """Let go what has ended, and bring the entries into line with who holds what."""
    database.execute("DELETE FROM holds WHERE until_ms > 0 AND until_ms <= ?", (now,))
    database.execute(
        """
        INSERT INTO entries
        SELECT tenant, kind, value, :now, :now,
               CASE WHEN MIN(until_ms) = 0 THEN 0 ELSE MAX(until_ms) END, 0
        FROM holds WHERE true GROUP BY tenant, kind, value
        ON CONFLICT DO UPDATE SET
            changed_ms = :now, until_ms = excluded.until_ms, gone_ms = 0
        WHERE gone_ms > 0 OR until_ms <> excluded.until_ms
        """,
        {"now": now},
    )
    database.execute(
        """
        UPDATE entries SET gone_ms = :now, changed_ms = :now
        WHERE gone_ms = 0 AND NOT EXISTS (
            SELECT 1 FROM holds AS h WHERE h.tenant = entries.tenant
            AND h.kind = entries.kind AND h.value = entries.value)
        """,
        {"now": now},
    )
    database.execute("DELETE FROM entries WHERE gone_ms > 0 AND gone_ms <= ?", (now - FORGET_MS,))


def sorted_out(
    kind: str, values: Iterable[str], known: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """Return what of a case can come on a list, each once, and what is said of the rest.

    Args:
        kind: One of ``KINDS``.
        values: As logs gave them.
        known: What is on the list already.
    """
    wanted: list[str] = []
    notes: list[str] = []
    for value in dict.fromkeys(values):
        try:
            clean = cleaned(kind, value)
        except ResponseError as error:
            notes.append(f"Left out: {short(value)}: {error.what}")
            continue
        if clean in known:
            notes.append(f"On the list already: {clean}")
        elif clean not in wanted:
            wanted.append(clean)
    return wanted, notes


def cleaned(kind: str, value: str) -> str:
    """Return a domain, an address or a URL as the list writes it.

    Raises:
        Guarded: It would block more than somebody can have meant: a domain below which many
            owners have theirs, a wide network, this house's own addresses.
        ResponseError: It is none of its kind.
    """
    if kind == "domain":
        return _domain(value)
    if kind == "address":
        return _address(value)
    if kind == "url":
        return _url(value)
    raise ResponseError(f"a block list has no {kind!r}", mend=", ".join(KINDS))


def _domain(value: str) -> str:
    name = value.strip().rstrip(".").lower()
    try:
        name = idna.encode(name, uts46=True).decode() if not name.isascii() else name
    except idna.IDNAError:
        raise _none_of("domain", value) from None
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _none_of("domain", value)
    if labels[-1].isdigit():
        raise _none_of("domain", value)
    if len(labels) < 2:
        raise Guarded(f"{name} is a whole top-level domain, or a name of this network")
    if _suffixes().is_public(name):
        raise Guarded(f"{name} is shared: names of many owners stand below it")
    return name


@cache
def _suffixes() -> PublicSuffixList:
    """Return the public suffixes (publicsuffix.org), those of registries and of hosters."""
    return PublicSuffixList()


def _address(value: str) -> str:
    try:
        net = ip_network(value.strip(), strict=False)
    except ValueError:
        raise _none_of("address", value) from None
    if net.prefixlen < _WIDEST[net.version]:
        raise Guarded(f"{net} is wider than /{_WIDEST[net.version]}")
    first = net.network_address
    if not first.is_global or first.is_multicast:
        raise Guarded(f"{net} is no address of the internet")
    return str(ip_address(first)) if net.prefixlen == net.max_prefixlen else str(net)


def _url(value: str) -> str:
    text = value.strip()
    plain = text.isascii() and text.isprintable() and " " not in text
    if not plain or len(text) > _LONGEST_URL:
        raise _none_of("url", value)
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        raise _none_of("url", value) from None
    if parts.scheme not in ("http", "https") or not host:
        raise _none_of("url", value)
    _address(host) if host.replace(".", "").isdigit() or ":" in host else _domain(host)
    if parts.path in ("", "/") and not parts.query:
        raise Guarded("the URL is a whole site", mend="block its domain")
    return parts._replace(fragment="", netloc=parts.netloc.rpartition("@")[2]).geturl()


def _none_of(kind: str, value: str) -> ResponseError:
    shown = "".join(c if c.isprintable() else "?" for c in value[:60])
    return ResponseError(f"{shown!r} is no {kind}")
