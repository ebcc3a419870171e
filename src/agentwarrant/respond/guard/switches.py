"""Two switches that stop the responder itself: the emergency stop and the breaker.

The emergency stop is a person's: nothing is sent any more, not even what would take something
back. The breaker opens by itself where too much would be touched at once: then nothing runs
without a person any more, whatever the mode. Both count for one tenant or, as ``*``, for all.
Every intent reads them in its own transaction, so that a running worker stops before its next
request. Only an approver's signature switches them off again, and it is for this one time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from agentwarrant.errors import Guarded, NotApproved, UsageError
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.tables import EVERYONE, switches
from agentwarrant.respond.people.keys import is_signed
from agentwarrant.respond.runplan import canonical
from agentwarrant.respond.settings import Approver

_ON, _OFF = "on", "off"


class Name(StrEnum):
    """Which switch."""

    STOP = "stop"
    BREAKER = "breaker"


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch that is on.

    Attributes:
        tenant: For whom; ``*``: for all.
        by: Who switched it on: a person, or the guard.
        at_ms: When; whoever switches it off signs this, so that no signature serves twice.
    """

    tenant: str
    name: Name
    by: str
    at_ms: int
    reason: str

    def message(self) -> bytes:
        """Return what an approver signs to switch it off."""
        own = {"switch": self.name.value, "tenant": self.tenant, "since": self.at_ms}
        return canonical({**own, "says": _OFF})


_ON_FOR = (
    select(switches)
    .where(switches.c.tenant.in_((bindparam("tenant"), EVERYONE)), switches.c.state == _ON)
    .order_by(switches.c.tenant)
)
"""Made once: making a query takes longer than asking it, and each intent asks this one."""


def on_for(connection: Connection, tenant: str) -> dict[Name, Switch]:
    """Return what is on for a tenant: its own switches, and everyone's."""
    rows = connection.execute(_ON_FOR, {"tenant": tenant})
    return {one.name: one for one in (_switch(dict(row._mapping)) for row in rows)}


def engaged(connection: Connection, tenant: str, name: Name) -> Switch | None:
    """Return the switch that is on for a tenant: its own, or everyone's."""
    return on_for(connection, tenant).get(name)


def all_engaged(connection: Connection) -> list[Switch]:
    """Return every switch that is on."""
    found = connection.execute(
        select(switches).where(switches.c.state == _ON).order_by(switches.c.tenant)
    )
    return [_switch(dict(row._mapping)) for row in found]


def _switch(row: Mapping[str, Any]) -> Switch:
    return Switch(row["tenant"], Name(row["name"]), row["by"], row["at_ms"], row["reason"])


def hold_if_stopped(connection: Connection, tenant: str) -> dict[Name, Switch]:
    """Let nothing pass while the emergency stop is on; return what else is on.

    Raises:
        Guarded: It is.
    """
    found = on_for(connection, tenant)
    stop = found.get(Name.STOP)
    if stop is not None:
        whom = "every tenant" if stop.tenant == EVERYONE else stop.tenant
        what = f"the emergency stop is on for {whom}, by {stop.by}: {stop.reason}"
        raise Guarded(what, mend="agentwarrant respond resume")
    return found


def switch_on(
    connection: Connection, tenant: str, name: Name, *, by: str, reason: str
) -> Switch | None:
    """Switch one on and record it; None where it was on already (said once, not twice).

    Args:
        connection: Of a transaction that holds the head of this tenant's chain.
        tenant: For whom; ``*``: for all.
        name: Which.
        by: Who.
        reason: Why, one line.
    """
    where = and_(switches.c.tenant == tenant, switches.c.name == name.value)
    row = connection.execute(select(switches).where(where)).first()
    if row is not None and row.state == _ON:
        return None
    # never twice the same moment: what was signed for the last time must not fit this time
    now = max(audit.chain_of(connection).now_ms(), row.at_ms + 1 if row else 0)
    values = {"state": _ON, "by": by[:80], "at_ms": now, "reason": reason}
    if row is None:
        connection.execute(insert(switches).values(tenant=tenant, name=name.value, **values))
    else:
        connection.execute(update(switches).where(where).values(**values))
    audit.append(
        connection, tenant, f"{name.value}_on", "", "", by, {"reason": reason, "since": now}
    )
    return Switch(tenant, name, by[:80], now, reason)


def switch_off(
    connection: Connection, tenant: str, name: Name, approver: Approver, signature: str
) -> Switch:
    """Switch one off by an approver's signature, and record it.

    Args:
        connection: Of a transaction that holds the head of this tenant's chain.
        tenant: As it was switched on: ``*`` is switched off as ``*``.
        name: Which.
        approver: Who; of all tenants where it is on for all.
        signature: Of ``Switch.message``.

    Raises:
        UsageError: It is not on.
        NotApproved: The signature is not theirs, or they may not.
    """
    row = connection.execute(
        select(switches).where(
            switches.c.tenant == tenant, switches.c.name == name.value, switches.c.state == _ON
        )
    ).first()
    if row is None:
        raise UsageError(f"the {name.value} is not on", where=tenant)
    switch = _switch(dict(row._mapping))
    if approver.tenants and tenant not in approver.tenants:
        raise NotApproved("is no approver for this tenant", where=approver.name)
    if not is_signed(approver.key, switch.message(), signature, approver.name):
        what = "the signature is of another key, or of something else"
        raise NotApproved(what, where=approver.name, mend="sign what is on now")
    connection.execute(
        update(switches)
        .where(switches.c.tenant == tenant, switches.c.name == name.value)
        .values(state=_OFF)
    )
    data = {"since": switch.at_ms, "signature": signature}
    audit.append(connection, tenant, f"{name.value}_off", "", "", approver.name, data)
    return switch
