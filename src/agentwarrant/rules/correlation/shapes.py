"""What goes into the correlator and what comes out."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from agentwarrant.event import Event
from agentwarrant.rules.model import Rule


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a correlator keeps.

    Attributes:
        keys: Live keys per operator.
        evidence: Events kept for showing evidence (at most 262,144), all operators together.
        buffered: Hits waiting in the reorder buffer.
        values: Values held per key where a window must be kept whole.
    """

    keys: int = 1_000_000
    evidence: int = 20_000
    buffered: int = 200_000
    values: int = 100_000


@dataclass(frozen=True, slots=True)
class Match:
    """A correlation found something.

    Attributes:
        rule: The correlation.
        time_ms: When it became true; for an absence, the end of its window.
        key: ``organization.id``, then the values of ``group_by``, text folded.
        metric: What was compared. A count says at least so many: it stops at the number that
            decides, unless another correlation reads it.
        events: The evidence that is still held, in order of time.
        steps: Time and position in ``correlation.rules`` of all evidence, in order of time;
            position -1 is an event that only opened the window of an absence.
        trigger: The last event of the evidence; for an absence, the event that opened the window.
            Empty when it is no longer held.
    """

    rule: Rule
    time_ms: int
    key: tuple[Hashable, ...]
    metric: float
    events: tuple[Event, ...]
    steps: tuple[tuple[int, int], ...]
    trigger: Event


class Fired(NamedTuple):
    """A match as an operator knows it: stamps for events, no rule.

    Attributes:
        tenant: ``organization.id``.
        key: The rest of the group, a bare value when one field groups.
        time: As ``Match.time_ms``.
        metric: As ``Match.metric``.
        evidence: Stamp and position of each event.
        anchor: Stamp of the event that opened the window of an absence.
    """

    tenant: Hashable
    key: Hashable
    time: int
    metric: float
    evidence: list[tuple[bytes, int]]
    anchor: bytes | None = None
