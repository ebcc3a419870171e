"""Attributes and judges rows of a search, with the engine that runs everywhere else.

What is known is what the command has seen: rows one after the other as they come, which must be
in order of time (``sort 0 _time``), of as many sessions and credentials as the engine keeps.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from agentwarrant.event import Event, text_of
from agentwarrant.identity import Resolver
from agentwarrant.intent.judge import Judge
from agentwarrant.siem.splunk.inside.rows import NoEvent, Record, event_of, told, untold
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.registry import Registry

LONGEST_S = 5.0
"""Seconds that one event may take: hostile text must not hold a search up."""


class TooLong(Exception):
    """An event took too long."""


class Bench:
    """Takes rows in order and returns them with what the engine says.

    Args:
        registry: Warrants to hold agents to.
        kinds: Kinds of accounts.
        everything: Judge also what came with a verdict. It was given by who had seen all, also
            what was not sent to Splunk, or was withheld; so it stands unless this is asked for.

    Attributes:
        unread: How many rows passed as they were.
    """

    def __init__(self, registry: Registry, kinds: Kinds, *, everything: bool = False) -> None:
        self._resolver = Resolver(registry, kinds.credentials)
        self._judge = Judge()
        self._everything = everything
        self.unread = 0

    def rows(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield each row with the columns of ``rows.ADDED`` and ``rows.ERROR``."""
        with _alarms() as alarm:
            for record in records:
                yield self._row(record, alarm)

    def _row(self, record: Record, alarm: Callable[[float], object]) -> Record:
        alarm(LONGEST_S)
        try:
            event = event_of(record)
            return told(record, event, self._judged(event))
        except (NoEvent, TooLong) as error:
            said = str(error)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            said = f"the event is broken: {type(error).__name__}"
        finally:
            alarm(0)
        self.unread += 1
        return untold(record, said)

    def _judged(self, event: Event) -> Event:
        before = text_of(event, "warrant.agent.registry")
        made = self._resolver.attribute(event)
        judged = self._judge.judge(made)
        return judged if self._everything or not before else made


@contextmanager
def _alarms() -> Iterator[Callable[[float], object]]:
    """Give what raises TooLong in the main thread after some seconds, where the system can."""
    if not hasattr(signal, "setitimer"):
        yield lambda seconds: None
        return
    before = signal.signal(signal.SIGALRM, _over)
    try:
        yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    finally:
        signal.signal(signal.SIGALRM, before)


def _over(*_: Any) -> None:
    raise TooLong(f"the event took longer than {LONGEST_S:.0f} seconds")
