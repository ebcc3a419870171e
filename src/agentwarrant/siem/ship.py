"""Delivers what waits in spools: nothing is lost, and nothing is there twice without a doubt.

::

    spools = [Spool(state / "spool" / stream("events", "acme"))]
    tally = ship(spools, Bulk(client), Policy(), progress=show, trouble=warn)

A batch is settled when each of its documents is acknowledged, was there already, or is a dead
letter (``deadletters.py``); only then does the cursor of the spool move. A document that the
server cannot take now is sent again alone, later. Where no answer came, or the process ended
before it could note one, the batch is **in doubt**: the server is asked which of its documents
it has before anything is sent again. The same is done with documents that a producer put in as
doubtful. A SIEM that cannot be asked answers by what this installation knows (``sent.py``), and
gets what stays in doubt a second time.

A SIEM may tell what became of a batch later (``receiver.Later``). The stream waits for it with
that batch in memory, and the others go on.

A stream that does not accept waits by itself, longer each time, and holds up no other. What
fails for good (rights, a stream that is not installed) is in ``Tally.failed``, by stream; nothing
of it is lost. Any exception, and any way for the process to end, leaves everything on disk.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from heapq import heappop, heappush

from agentwarrant.errors import AgentWarrantError
from agentwarrant.siem.deadletters import DeadLetters
from agentwarrant.siem.delivery import Delivery, Policy, Progress, Tally, Trouble
from agentwarrant.siem.outlet import shipping
from agentwarrant.siem.receiver import Receiver
from agentwarrant.siem.spool import Spool


def ship(
    spools: Iterable[Spool],
    receiver: Receiver,
    policy: Policy | None = None,
    *,
    progress: Progress = lambda _stream, _tally: None,
    trouble: Trouble = lambda _stream, _why: None,
) -> Tally:
    """Ship until nothing waits in any spool, or what does was given up."""
    policy = policy or Policy()
    tally = Tally()
    queue: list[tuple[float, int, Delivery]] = []
    with ExitStack() as stack:
        for number, spool in enumerate(spools):
            try:
                if not spool.waiting():
                    continue
                outlet = stack.enter_context(shipping(spool))
            except AgentWarrantError as error:
                tally.failed[spool.stream] = error
                continue
            letters = DeadLetters(spool.folder)
            delivery = Delivery(outlet, letters, receiver, policy, tally, trouble)
            queue.append((0.0, number, delivery))
        while queue:
            ready, number, delivery = heappop(queue)
            time.sleep(max(0.0, ready - time.monotonic()))
            try:
                pause = delivery.step()
            except AgentWarrantError as error:
                tally.failed[delivery.stream] = error
                continue
            progress(delivery.stream, tally)
            if pause is not None:
                heappush(queue, (time.monotonic() + pause, number, delivery))
    return tally


__all__ = ["Policy", "Progress", "Tally", "Trouble", "ship"]
