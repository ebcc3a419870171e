"""The audit chain: what was done, by whom and when, so that nobody can change it unseen.

Each tenant has a chain of its own. An entry's hash covers what it says, its number and the hash of
the entry before. With a key it is an HMAC: then nobody without the key can write a chain that
verifies. Without one a whole chain that was written anew shows only against an anchor: a head of
the chain that was kept elsewhere, in a file or in the SIEM.

    with ledger.transaction(tenant) as connection:
        ...                                                   # the change
        audit.append(connection, tenant, "kind", run, point, actor, data)

An entry is written in the transaction of the change that it tells of. Its data holds no secret:
whoever writes it sees to that.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    Connection,
    Insert,
    Table,
    Update,
    bindparam,
    exists,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from agentwarrant.errors import ResponseError
from agentwarrant.respond.ledger.tables import audit as entries
from agentwarrant.respond.ledger.tables import heads
from agentwarrant.respond.runplan import canonical

OPTION = "agentwarrant_chain"
"""Execution option of the ledger's engine: its ``Chain``."""

_HELD = "agentwarrant_heads"
NOTHING = "0" * 64
"""What the first entry follows."""

_OF = heads.c.tenant == bindparam("of")
_HEAD = select(heads.c.seq, heads.c.hash).where(_OF).with_for_update()
_MOVE = update(heads).where(_OF).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
_INSERT = insert(entries)
_SAID = [bindparam(f"new_{column.name}", type_=column.type) for column in entries.c]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A change of one row, which is written together with the entry that tells of it.

    Attributes:
        table: Whose.
        where: The row: values of columns; a state among them is the one that it must still have.
        values: What is set.
    """

    table: Table
    where: Mapping[str, Any]
    values: Mapping[str, Any]

    @property
    def statement(self) -> Update:
        """The update; what it takes is ``parameters``."""
        return _update(self.table, tuple(self.where), tuple(self.values))

    @property
    def parameters(self) -> dict[str, Any]:
        """The values, under names that are no column's and no entry's."""
        own = {f"of_{name}": value for name, value in self.where.items()}
        return own | {f"set_{name}": value for name, value in self.values.items()}


@lru_cache(maxsize=256)
def _update(table: Table, where: tuple[str, ...], names: tuple[str, ...]) -> Update:
    row = (table.c[name] == bindparam(f"of_{name}") for name in where)
    return update(table).where(*row).values({name: bindparam(f"set_{name}") for name in names})


@lru_cache(maxsize=256)
def _at_once(change: Update | None) -> Insert:
    """Return one statement for a change, its entry and the head; it returns the entry's number.

    Each way to the server takes time. Where the change finds no row nothing is written.
    """
    said, moved = select(*_SAID), _MOVE
    if change is not None:
        done = change.returning(literal_column("1").label("one")).cte("done")
        said, moved = said.select_from(done), moved.where(exists(select(done)))
    whole = insert(entries).from_select([column.name for column in entries.c], said)
    return whole.add_cte(moved.cte("moved")).returning(entries.c.seq)


class Chain:
    """How entries of one ledger are hashed and dated.

    Args:
        key: For the HMAC; None: plain SHA-256.
        clock: Seconds since 1970.
    """

    def __init__(self, key: bytes | None = None, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock

    def now_ms(self) -> int:
        """Return the time in milliseconds since 1970."""
        return int(self._clock() * 1000)

    def hash(self, data: Any) -> str:
        """Return the hash of JSON data, 64 hexadecimal digits."""
        text = canonical(data)
        if self._key is None:
            return hashlib.sha256(text).hexdigest()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()

    @property
    def is_keyed(self) -> bool:
        """Can only somebody with a key write entries that verify?"""
        return self._key is not None


_PLAIN = Chain()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    Attributes:
        seq: Its number in the tenant's chain, from 1 without a gap.
        at_ms: When.
        kind: What happened: ``point_verified``, ``run_contained``, ``vote`` and so on.
        run, point: What it is about; empty where it is about neither.
        actor: Who did it: a worker, a person, ``policy``.
        data: JSON text, canonical.
        prev: Hash of the entry before.
        hash: Its own.
    """

    tenant: str
    seq: int
    at_ms: int
    kind: str
    run: str
    point: str
    actor: str
    data: str
    prev: str
    hash: str = ""

    def digest(self, chain: Chain) -> str:
        """Return the hash that it should have."""
        return chain.hash({name: getattr(self, name) for name in _HASHED})


_HASHED = tuple(one.name for one in fields(Entry) if one.name != "hash")


def chain_of(connection: Connection) -> Chain:
    """Return how the ledger that a connection belongs to hashes its entries."""
    found = connection.get_execution_options().get(OPTION)
    return found if isinstance(found, Chain) else _PLAIN


def lock(connection: Connection, tenant: str) -> tuple[int, str]:
    """Hold the head of a tenant's chain until the transaction ends; return its number and hash.

    Whoever changes something of the tenant holds it: changes of a tenant queue.
    """
    held = _held(connection)
    if tenant not in held:
        held[tenant] = _locked(connection, tenant)
    return held[tenant]


def holds(connection: Connection, tenant: str, seq: int, last: str) -> bool:
    """Note that a statement has locked the head of a tenant's chain; was it not held before?"""
    held = _held(connection)
    is_new = tenant not in held
    held.setdefault(tenant, (seq, last))
    return is_new


def _held(connection: Connection) -> dict[str, tuple[int, str]]:
    """Return the heads that this transaction holds."""
    transaction = connection.get_transaction()
    known = connection.info.get(_HELD)
    if known is None or known[0] is not transaction:
        known = connection.info[_HELD] = (transaction, {})
    found: dict[str, tuple[int, str]] = known[1]
    return found


def _locked(connection: Connection, tenant: str) -> tuple[int, str]:
    found = connection.execute(_HEAD, {"of": tenant}).one_or_none()
    if found is None:
        first = {"tenant": tenant, "seq": 0, "hash": NOTHING}
        if connection.dialect.name == "postgresql":  # two may come at once
            connection.execute(postgres_insert(heads).values(first).on_conflict_do_nothing())
        else:
            connection.execute(insert(heads).values(first))
        found = connection.execute(_HEAD, {"of": tenant}).one()
    return found.seq, found.hash


def append(
    connection: Connection,
    tenant: str,
    kind: str,
    run: str,
    point: str,
    actor: str,
    data: Mapping[str, Any],
    change: Change | None = None,
) -> Entry:
    """Add an entry to a tenant's chain, in the transaction of the change that it tells of.

    Args:
        connection: In a transaction that may write; the head is locked if it is not yet.
        tenant: Whose chain.
        kind, run, point, actor: See ``Entry``.
        data: What else there is to say; JSON, without secrets.
        change: What is changed with it.

    Raises:
        ResponseError: The row that is to be changed is not, or not any more, as it should be.
    """
    chain = chain_of(connection)
    seq, prev = lock(connection, tenant)
    text = canonical(dict(data)).decode()
    bare = Entry(tenant, seq + 1, chain.now_ms(), kind, run, point, actor, text, prev)
    own = {name: getattr(bare, name) for name in _HASHED} | {"hash": bare.digest(chain)}
    if not _written(connection, own, change):
        where = f"{run}/{point}" if point else run
        raise ResponseError("somebody else changed it meanwhile", where=where)
    _held(connection)[tenant] = (own["seq"], own["hash"])
    return Entry(**own)


def _written(connection: Connection, own: Mapping[str, Any], change: Change | None) -> bool:
    """Write an entry, the head and a change; was the change's row there?"""
    head = {"of": own["tenant"], "new_seq": own["seq"], "new_hash": own["hash"]}
    if connection.dialect.name == "postgresql":
        values = head | {f"new_{name}": value for name, value in own.items()}
        statement = _at_once(change.statement if change else None)
        values |= change.parameters if change else {}
        return connection.execute(statement, values).first() is not None
    if change and connection.execute(change.statement, change.parameters).rowcount != 1:
        return False
    connection.execute(_INSERT, own)
    connection.execute(_MOVE, head)
    return True


def told(connection: Connection, tenant: str, run: str = "") -> list[Entry]:
    """Return a tenant's entries in order, or those about one run."""
    asked = select(entries).where(entries.c.tenant == tenant).order_by(entries.c.seq)
    if run:
        asked = asked.where(entries.c.run == run)
    return [Entry(**row._mapping) for row in connection.execute(asked)]


def data_of(entry: Entry) -> dict[str, Any]:
    """Return an entry's data."""
    found: dict[str, Any] = orjson.loads(entry.data)
    return found
