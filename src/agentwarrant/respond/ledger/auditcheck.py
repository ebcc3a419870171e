"""Is the audit chain whole? Finds what was edited, deleted, moved, put in, or cut off.

Each finding is one line. Without a key and without an anchor a chain that somebody wrote anew from
the first entry to the head is as good as the true one: give the ledger a key, and keep anchors
where who can write the database cannot write.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select

from agentwarrant.respond.ledger.anchors import Anchor, head_of
from agentwarrant.respond.ledger.audit import NOTHING, Chain, Entry
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import PointState, RunState, points, runs
from agentwarrant.respond.ledger.tables import audit as entries

_BATCH = 1000
_POINT = {f"point_{state}": state.value for state in PointState}
_RUN = {f"run_{state}": state.value for state in RunState}


def verify(ledger: Ledger, tenant: str, anchors: Iterable[Anchor] = ()) -> list[str]:
    """Return everything that is wrong with a tenant's chain, a line each; empty: it is whole.

    The states of runs and points are held to it as well.

    Args:
        ledger: Opened with the key that its entries were written with.
        tenant: Whose chain.
        anchors: Heads that were kept elsewhere; those of other tenants are passed over.
    """
    mine = [one for one in anchors if one.tenant == tenant]
    with ledger.reading() as connection:
        reading = _Reading(connection, ledger.chain, tenant, mine)
        return [*reading.chain_faults(), *reading.anchor_faults(), *reading.state_faults()]


class _Reading:
    """One pass over a tenant's chain."""

    def __init__(
        self, connection: Connection, chain: Chain, tenant: str, anchors: list[Anchor]
    ) -> None:
        self._connection = connection
        self._chain = chain
        self._tenant = tenant
        self._last = 0
        self._hash = NOTHING
        self._anchors = anchors
        self._kept = {one.seq: "" for one in anchors}
        self._states: dict[tuple[str, str], str] = {}

    def chain_faults(self) -> Iterator[str]:
        """Yield what is wrong with entries and head."""
        asked = select(entries).where(entries.c.tenant == self._tenant).order_by(entries.c.seq)
        for row in self._connection.execution_options(yield_per=_BATCH).execute(asked):
            entry = Entry(**row._mapping)
            yield from self._faults_of(entry)
            self._last, self._hash = entry.seq, entry.hash
            if entry.seq in self._kept:
                self._kept[entry.seq] = entry.hash
            self._heed(entry)
        yield from self._head_faults()

    def _faults_of(self, entry: Entry) -> Iterator[str]:
        gap = entry.seq != self._last + 1
        if gap:
            first, last = self._last + 1, entry.seq - 1
            yield f"{_count(first, last)} gone" if first <= last else f"entry {entry.seq} is twice"
        if not hmac.compare_digest(entry.digest(self._chain), entry.hash):
            yield self._changed(entry)
        elif not gap and entry.prev != self._hash:
            yield f"{_named(entry)} does not follow the one before it: one of them was put in"

    def _changed(self, entry: Entry) -> str:
        """Say what became of an entry whose hash is not that of what it says."""
        asked = select(entries.c.seq).where(
            entries.c.tenant == self._tenant, entries.c.hash == entry.prev
        )
        after = 0 if entry.prev == NOTHING else self._connection.execute(asked).scalar()
        if after is not None and after + 1 != entry.seq:
            return f"{_named(entry)} was moved: by its own word it follows entry {after}"
        return f"{_named(entry)} was edited"

    def _head_faults(self) -> Iterator[str]:
        seq, found = head_of(self._connection, self._tenant)
        if seq > self._last:
            yield f"the end is cut off: {_count(self._last + 1, seq)} gone"
        elif seq < self._last:
            yield f"the head says {seq} entries, and there are {self._last}"
        elif found != self._hash:
            yield "the head is not the hash of the last entry: one of them was edited"

    def anchor_faults(self) -> Iterator[str]:
        """Yield where the chain is not what was kept elsewhere."""
        for one in self._anchors:
            if one.signature != one.signed(self._chain).signature:
                yield f"the anchor of {one.at} is not signed with this ledger's key"
            elif one.seq > self._last:
                yield f"the end is cut off: at {one.at} there were {one.seq} entries"
            elif one.seq and self._kept[one.seq] != one.hash:
                yield f"entry {one.seq} is not the one that was there at {one.at}"

    def _heed(self, entry: Entry) -> None:
        state = _POINT.get(entry.kind) if entry.point else _RUN.get(entry.kind)
        if state is not None:
            self._states[entry.run, entry.point] = state

    def state_faults(self) -> Iterator[str]:
        """Yield runs and points whose state is not the last one that the chain tells of."""
        key = (points.c.run, points.c.point, points.c.state)
        for run, point, state in self._connection.execute(
            select(*key).where(points.c.tenant == self._tenant)
        ):
            yield from self._differs((run, point), state, PointState.PLANNED.value)
        for run, state in self._connection.execute(
            select(runs.c.id, runs.c.state).where(runs.c.tenant == self._tenant)
        ):
            yield from self._differs((run, ""), state, "nothing")
        yield from (f"{_about(*gone)} is gone" for gone in self._states)

    def _differs(self, key: tuple[str, str], state: str, usual: str) -> Iterator[str]:
        told = self._states.pop(key, usual)
        if told != state:
            yield f"{_about(*key)} is {state}, and the chain says {told}"


def _named(entry: Entry) -> str:
    about = _about(entry.run, entry.point)
    return f"entry {entry.seq} ({entry.kind}{f' of {about}' if about else ''})"


def _about(run: str, point: str) -> str:
    return "/".join(filter(None, (run, point)))


def _count(first: int, last: int) -> str:
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"
