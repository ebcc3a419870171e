"""Carries an action through against a server or a simulator: plan, do, prove, undo, prove.

It is what the ledger's workers do with a step, without the ledger: for tests of one vendor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from agentwarrant.errors import OutcomeUnknown, Refused
from agentwarrant.respond.action import Action, Plan, Step, Target, Verification
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import EnforceTransport, Permit, Request, Transport
from agentwarrant.respond.vendor import actions, vendors

PATIENCE = 10.0


class Cycle:
    """One action over one connection; ``patience``: seconds, instead of the action's own."""

    def __init__(
        self,
        action: Action,
        connection: Connection,
        transport: Transport,
        patience: float | None = None,
    ) -> None:
        self.action = action
        self.patience = patience
        self.vendor = vendors()[connection.vendor]
        self.transport = transport

    def plan(self, target: Target) -> Plan:
        """Plan it from real state; the plan of the same state is the same."""
        made = self.action.plan(target, self._for(None))
        assert self.action.plan(target, self._for(None)) == made
        return made

    def contain(self, step: Step) -> bool:
        """Do a step and return whether its effect showed in time; a refusal is not the end."""
        with suppress(Refused, OutcomeUnknown):  # done already, or not: the read decides
            self.action.execute(step, self._for(step.request))
        return self.shows(step)

    def shows(self, step: Step) -> bool:
        """Ask until the effect shows, as long as the action says that it may take."""
        transport = self._for(None)
        usual = max(self.action.propagation_seconds * 3, 0.5)
        patience = usual if self.patience is None else self.patience
        return until(lambda: self.action.verify(step, transport), patience)

    def release(self, step: Step) -> bool:
        """Take a step back and return whether a read shows that it was."""
        for number, request in enumerate(step.undo):
            self.action.compensate(step, number, self._for(request))
        assert step.undone is not None
        return self.holds(step.undone)

    def holds(self, check: Verification) -> bool:
        """Ask until a read shows what it should."""
        transport = self._for(None)
        patience = PATIENCE if self.patience is None else self.patience
        return until(lambda: check.holds(transport.send(check.request)), patience)

    def _for(self, request: Request | None) -> EnforceTransport:
        permit = Permit("test", request.digest) if request else None
        return self.vendor.permitted(self.transport, permit)


@contextmanager
def cycle(name: str, connection: Connection, patience: float | None = None) -> Iterator[Cycle]:
    """Open a connection for one action, by ``vendor.name``."""
    vendor = vendors()[connection.vendor]
    with vendor.connect(connection, changes=True) as transport:
        yield Cycle(actions()[name], connection, transport, patience)


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Ask until it holds or the time is over."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)  # there is no event to wait for: the other side has to be asked
    return True
