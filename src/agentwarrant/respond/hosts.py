"""Hosts that a case names, and the machine of a vendor that each of them is.

A name is no machine: vendors keep several machines of one name, and look them up by part of a name.
A machine is taken only where exactly one bears the very name, or where the case gives its id.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from agentwarrant.errors import Guarded
from agentwarrant.respond.action import Target
from agentwarrant.respond.http import connection_of
from agentwarrant.respond.naming import sorted_out
from agentwarrant.respond.transport import Transport

NEVER = "patterns of hosts that are never cut off: domain controllers, the responder's own"
"""What the option ``never`` of a vendor of hosts is for."""
CANDIDATES = 100
"""So many machines are looked at for one name; where there are as many, nobody knows of more."""
_MEND = "name one by its id in the inventory"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as a vendor knows it.

    Attributes:
        id: The vendor's own, which never changes.
        name: Its name.
        state: What the vendor calls the state that it is in; empty: not read.
    """

    id: str
    name: str = ""
    state: str = ""


def machines_of(
    target: Target, transport: Transport | None, found: Callable[[str], Iterable[Machine]]
) -> tuple[list[Machine], list[str]]:
    """Return the machines of the agent's hosts, each once, and notes on hosts without one.

    Args:
        target: Its hosts are names or ids.
        transport: None: nothing is read, and a machine is what the case calls it.
        found: Returns the vendor's machines that may be what a name means, ``CANDIDATES`` at
            most; those with another name and another id are not taken.

    Raises:
        Guarded: Several machines have the name, or so many have one like it that it cannot be
            seen; or the host may never be cut off.
    """
    names, notes = sorted_out(target.hosts, _NAME, "name of a host")
    if transport is None:
        return [Machine(name) for name in names], notes
    machines: dict[str, Machine] = {}
    for name in names:
        looked_at = list(found(name))
        fits = {one.id: one for one in looked_at if _is(one, name)}
        if len(looked_at) >= CANDIDATES:
            raise Guarded(
                f"{CANDIDATES} machines or more have a name like {name}", where=name, mend=_MEND
            )
        if not fits:
            notes.append(f"Left out, no machine is called {name}")
        elif len(fits) > 1:
            raise Guarded(
                f"{len(fits)} machines are called {name}",
                where=name,
                mend=_MEND,
            )
        else:
            _not_protected((name, *fits, *(one.name for one in fits.values())), transport)
            machines |= fits
    return list(machines.values()), notes


def _is(machine: Machine, name: str) -> bool:
    return name.casefold() in (machine.id.casefold(), machine.name.casefold())


def _not_protected(names: Iterable[str], transport: Transport) -> None:
    connection = connection_of(transport)
    never = connection.options.get("never", ()) if connection else ()
    patterns = [never] if isinstance(never, str) else [str(one) for one in never]
    here = {socket.gethostname().casefold(), socket.getfqdn().casefold()}
    for name in filter(None, (one.casefold() for one in names)):
        if name in here:
            raise Guarded("it is the host that responses run on", where=name)
        if any(fnmatchcase(name, pattern.casefold()) for pattern in patterns):
            raise Guarded("this host is never cut off", where=name, mend="see the option never")
