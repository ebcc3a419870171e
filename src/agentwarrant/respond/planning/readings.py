"""Plans of many actions, made of real state, all connections at once.

Only reads are sent, through ``ObserveTransport``. What cannot be read, and what a guard forbids,
becomes words: a plan never leaves anything out in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from agentwarrant.errors import (
    AgentWarrantError,
    ConfigError,
    Guarded,
    ObserveOnly,
    OutcomeUnknown,
    Refused,
    ResponseError,
    Unreachable,
)
from agentwarrant.respond.action import Action, Step, Target
from agentwarrant.respond.planning.reach import Way
from agentwarrant.respond.transport import ObserveTransport, Request, Transport
from agentwarrant.respond.vendor import vendors

AT_ONCE = 32
"""Connections that are read at the same time."""
PATIENCE = 20.0
"""Seconds that planning waits for all of them."""

UNREAD = "Made from the case alone"
FORBIDDEN = "Left out, a guard forbids it"
UNPLANNED = "Cannot be planned"


@dataclass(frozen=True, slots=True)
class Planned:
    """What one action would do over one connection.

    Attributes:
        steps: In order.
        notes: What was left out and why; what could not be read.
    """

    way: Way
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


def read(
    ways: Sequence[Way],
    transports: Mapping[str, Transport] | None = None,
    patience: float = PATIENCE,
) -> list[Planned]:
    """Return what each way would do, in the order given.

    Args:
        ways: What is asked for.
        transports: Open connections, by name; those that are missing are opened. Nothing but
            their vendors' reads passes.
        patience: Seconds; what has not been read by then is planned of the case alone, so that
            one vendor that hangs does not keep the agent alive at all the others.
    """
    if not transports and all(way.connection is None for way in ways):
        return [_planned(way, None, "") for way in ways]  # there is nothing to read
    places: dict[str, list[int]] = {}
    for number, way in enumerate(ways):
        places.setdefault(way.over, []).append(number)
    found: dict[int, Planned] = {}
    pool = ThreadPoolExecutor(min(AT_ONCE, len(places)) or 1)
    try:
        asked = {
            pool.submit(_over_one, [ways[n] for n in numbers], transports or {}): numbers
            for numbers in places.values()
        }
        wait(asked, patience)
        for work, numbers in asked.items():
            own = [ways[n] for n in numbers]
            made = work.result() if work.done() else _too_late(own, patience)
            found.update(zip(numbers, made, strict=True))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [found[number] for number in range(len(ways))]


def _too_late(ways: Sequence[Way], patience: float) -> list[Planned]:
    why = f"{UNREAD}: no answer within {patience:g} s"
    return [_planned(way, None, why) for way in ways]


def _over_one(ways: Sequence[Way], transports: Mapping[str, Transport]) -> list[Planned]:
    """Return the plans over one connection, which is opened once."""
    with ExitStack() as stack:
        transport: ObserveTransport | None = None
        why = ""
        try:
            transport = _opened(ways[0], transports, stack)
        except AgentWarrantError as error:
            why = f"{UNREAD}: {error}"
        except Exception as error:  # as below: what one vendor breaks on is no end for the others
            why = f"{UNREAD}: {type(error).__name__} while it was opened"
        return [_planned(way, transport, why) for way in ways]


class _GivesUp(ObserveTransport):
    """Asks a vendor that could not be reached no second time: the others are waiting."""

    _gone: Unreachable | None = None

    def send(self, request: Request) -> Any:
        if self._gone is not None:
            raise self._gone
        try:
            return super().send(request)
        except Unreachable as error:
            self._gone = error
            raise


def _opened(
    way: Way, transports: Mapping[str, Transport], stack: ExitStack
) -> ObserveTransport | None:
    vendor, given = vendors()[way.action.vendor], transports.get(way.over)
    if given is None and way.connection is not None:
        given = stack.enter_context(vendor.connect(way.connection))
    return _GivesUp(given, vendor.only_reads) if given is not None else None


def _planned(way: Way, transport: ObserveTransport | None, why: str) -> Planned:
    try:
        made = plan(way.action, way.target, transport)
    except ObserveOnly as error:  # a fault of the vendor's file; nothing has left
        return Planned(way, notes=(f"{UNPLANNED}: {error}",))
    except Guarded as error:
        parts = _apart(way)
        if not parts:
            return Planned(way, notes=(f"{FORBIDDEN}: {error}",))
        each = [_planned(replace(way, target=part), transport, "") for part in parts]
        steps = tuple(step for one in each for step in one.steps)
        notes = tuple(dict.fromkeys(note for one in each for note in one.notes))
        return Planned(way, steps, (why, *notes) if why else notes)
    return Planned(way, made.steps, (why, *made.notes) if why else made.notes)


def _apart(way: Way) -> list[Target]:
    """Return the target once for each account, so that one that is guarded holds up no other."""
    kinds = way.action.kinds
    own = [ref for ref in way.target.accounts if ref.partition(":")[0] in kinds]
    if len(own) < 2:
        return []
    others = tuple(ref for ref in way.target.accounts if ref not in own)
    return [replace(way.target, accounts=(ref, *others)) for ref in own]


def plan(action: Action, target: Target, transport: ObserveTransport | None) -> Planned:
    """Return what one action would do; what goes wrong becomes a note.

    Raises:
        Guarded: A guard of the action forbids it.
        ObserveOnly: It tried to change something.
    """
    way = Way(action, None, target)
    try:
        made = action.plan(target, transport)
    except (ObserveOnly, Guarded):
        raise
    except (Refused, Unreachable, OutcomeUnknown, ConfigError) as error:
        if transport is None:
            return Planned(way, notes=(f"{UNPLANNED}: {error}",))
        alone = plan(action, target, None)
        return Planned(way, alone.steps, (f"{UNREAD}: {error}", *alone.notes))
    except ResponseError as error:
        return Planned(way, notes=(f"{UNPLANNED}: {error}",))
    except (
        Exception
    ) as error:  # a strange answer of one vendor must not keep the others from acting
        return Planned(way, notes=(f"{UNPLANNED}: {type(error).__name__} in {action.id}",))
    return Planned(way, made.steps, made.notes)
