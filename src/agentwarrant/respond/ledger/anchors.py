"""Anchors: heads of the audit chains, kept where who can write the database cannot write.

An anchor is ``{tenant, seq, hash, at, signature}``, the signature with the ledger's key (empty
without one). It is kept as a line of a file, and in the SIEM as the event that ``head_event``
gives. ``Anchors`` writes those events to a file at intervals, for a forwarder to take along.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, select

from agentwarrant import __version__
from agentwarrant.errors import ConfigError, UsageError
from agentwarrant.event import event_id, iso_from_ms
from agentwarrant.respond.ledger.audit import NOTHING, Chain
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import audit as entries
from agentwarrant.respond.ledger.tables import heads
from agentwarrant.respond.runplan import canonical

MODULE = "agentwarrant"
_ECS = "8.17.0"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of a tenant's chain, at a time.

    Attributes:
        at: ISO 8601, UTC.
        signature: With the ledger's key; empty where it has none.
    """

    tenant: str
    seq: int
    hash: str
    at: str
    signature: str = ""

    def signed(self, chain: Chain) -> Anchor:
        """Return it with its signature."""
        own = {name: value for name, value in asdict(self).items() if name != "signature"}
        return Anchor(**own, signature=chain.hash(own) if chain.is_keyed else "")


def anchor_of(ledger: Ledger, tenant: str) -> Anchor:
    """Return the head of a tenant's chain as it is now; ``seq`` is 0 where there is no entry."""
    with ledger.reading() as connection:
        seq, found = head_of(connection, tenant)
    return Anchor(tenant, seq, found, iso_from_ms(ledger.now_ms())).signed(ledger.chain)


def anchor_from(text: str | bytes) -> Anchor:
    """Return the anchor that a line of a file holds, or the event that ``head_event`` made of it.

    Raises:
        UsageError: It holds none.
    """
    try:
        data = orjson.loads(text)
        data = orjson.loads(data["event.original"]) if "event.original" in data else data
        return Anchor(**{name: data[name] for name in Anchor.__dataclass_fields__})
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise UsageError(
            "a line is no anchor", mend="agentwarrant audit anchor writes them"
        ) from None


def anchor_line(anchor: Anchor) -> bytes:
    """Return an anchor as a line of a file, without the line feed."""
    return canonical(asdict(anchor))


def head_event(anchor: Anchor) -> dict[str, Any]:
    """Return an anchor as an ECS event for the SIEM; ``event.original`` is its line of a file."""
    return {
        "@timestamp": anchor.at,
        "ecs.version": _ECS,
        "event.id": event_id(MODULE, "audit", anchor.tenant, str(anchor.seq), anchor.hash),
        "event.kind": "state",
        "event.category": ["configuration"],
        "event.type": ["info"],
        "event.outcome": "success",
        "event.action": "audit_anchored",
        "event.module": MODULE,
        "event.dataset": f"{MODULE}.audit",
        "event.sequence": anchor.seq,
        "event.hash": anchor.hash,
        "event.original": anchor_line(anchor).decode(),
        "organization.id": anchor.tenant,
        "observer.product": "Agent Warrant",
        "observer.version": __version__,
        "message": f"audit chain of {anchor.tenant}: entry {anchor.seq} is {anchor.hash}",
    }


def tenants_of(ledger: Ledger) -> list[str]:
    """Return every tenant that has a chain, or entries of one whose head is gone."""
    with ledger.reading() as connection:
        listed = connection.execute(select(heads.c.tenant).union(select(entries.c.tenant)))
        return sorted(listed.scalars())


def head_of(connection: Connection, tenant: str) -> tuple[int, str]:
    """Return number and hash of a tenant's last entry, as the head of its chain has them."""
    asked = select(heads.c.seq, heads.c.hash).where(heads.c.tenant == tenant)
    found = connection.execute(asked).one_or_none()
    return (found.seq, found.hash) if found else (0, NOTHING)


class Anchors:
    """The file to which workers write the heads of the chains that have moved, as events.

    Several workers may have one file: an event's id is the head's, and one that stands there
    twice counts once. A file that cannot be written now is tried again at the next time.

    Args:
        ledger: Whose chains.
        path: The file; it is appended to.
        every: How often, in seconds.

    Raises:
        ConfigError: It cannot be written.
    """

    def __init__(self, ledger: Ledger, path: Path, every: float) -> None:
        self._ledger = ledger
        self._path = path
        self._every = every
        self._next = 0.0
        self._written: dict[str, int] = {}
        try:
            self._append(b"")
        except OSError as error:
            what = f"anchors cannot be written: {error.strerror}"
            raise ConfigError(what, where=str(path), mend="respond: anchors: file:") from None

    def write_if_due(self) -> None:
        """Write the heads that have moved since the last time, once it is time again.

        Raises:
            SQLAlchemyError: The database is away.
        """
        if time.monotonic() >= self._next:
            self.write()
            self._next = time.monotonic() + self._every

    def write(self) -> None:
        """Write the heads that have moved since the last time."""
        found = [anchor_of(self._ledger, tenant) for tenant in tenants_of(self._ledger)]
        moved = [one for one in found if self._written.get(one.tenant) != one.seq]
        try:
            self._append(b"".join(orjson.dumps(head_event(one)) + b"\n" for one in moved))
        except OSError:
            return
        self._written |= {one.tenant: one.seq for one in moved}

    def _append(self, lines: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "ab", opener=_private) as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
