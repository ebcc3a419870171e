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
        Guarded: Of no host can a machine be taken, and of one because several have the name, so
            many have one like it that it cannot be seen, or it may never be cut off. Where others
            can be taken this becomes a note: a name in a log must not hold up the rest.
    """
    names, notes = sorted_out(target.hosts, _NAME, "name of a host")
    if transport is None:
        return [Machine(name) for name in names], notes
    machines: dict[str, Machine] = {}
    refused: list[Guarded] = []
    for name in names:
        try:
            one = _one(name, list(found(name)), transport)
        except Guarded as error:
            refused.append(error)
        else:
            machines |= {one.id: one} if one else {}
            notes += [] if one else [f"Left out, no machine is called {name}"]
    if refused and not machines:
        raise refused[0]
    notes += [f"Left out, a guard forbids it: {error}" for error in refused]
    return list(machines.values()), notes


def _one(name: str, candidates: list[Machine], transport: Transport) -> Machine | None:
    """Return the one machine that a name means; None for none."""
    if len(candidates) >= CANDIDATES:
        what = f"{CANDIDATES} machines or more have a name like {name}"
        raise Guarded(what, where=name, mend=_MEND)
    fits = {one.id: one for one in candidates if _is(one, name)}
    if len(fits) > 1:
        raise Guarded(f"{len(fits)} machines are called {name}", where=name, mend=_MEND)
    for one in fits.values():
        _not_protected((name, one.id, one.name), transport)
        return one
    return None


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
