"""An open finding, while its matches go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from agentwarrant.event import Event, text_of
from agentwarrant.rules.model import Rule

MAX_EVIDENCE = 200
"""Ids that are kept of what a finding rests on."""
_MAX_KEPT = 60


@dataclass(slots=True)
class Burst:
    """An open finding: what matched, and how often since.

    Attributes:
        rule, case: Of the finding.
        trigger: The event that completed its first match.
        events, ids: What it rests on: a sample of the events, and ids of many.
        context: What led to it.
        last: Time of its last match.
        steps: For a correlation, time and position of what its first match rests on.
        metric: For a correlation, what was compared with its threshold.
        count: Matches.
    """

    rule: Rule
    case: str
    trigger: Event
    events: list[Event]
    ids: dict[str, None]
    context: tuple[Event, ...]
    last: int
    steps: tuple[tuple[int, int], ...] = ()
    metric: float = 0
    count: int = 1

    def extend(self, evidence: list[Event], time: int) -> None:
        """Take what a further match rests on."""
        self.last = max(self.last, time)
        self.count += 1
        for event in evidence:
            key = text_of(event, "event.id")
            if key in self.ids or len(self.ids) >= MAX_EVIDENCE:
                continue
            self.ids[key] = None
            if len(self.events) < _MAX_KEPT:
                self.events.append(event)


def sample(events: list[Event]) -> list[Event]:
    """Return as many events as are kept: the first and the last."""
    half = _MAX_KEPT // 2
    return events if len(events) <= _MAX_KEPT else [*events[:half], *events[-half:]]


def kept_burst(burst: Burst) -> dict[str, Any]:
    """Return a burst as plain values, the rule by its id."""
    kept = {field.name: getattr(burst, field.name) for field in fields(burst)}
    return {**kept, "rule": burst.rule.id}


def burst_of(kept: Mapping[str, Any], rules: Mapping[str, Rule]) -> Burst:
    """Return what ``kept_burst`` was given.

    Raises:
        KeyError: Its rule is none of these.
    """
    return Burst(**{**kept, "rule": rules[kept["rule"]]})
