"""An open finding, while its matches go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from agentwarrant.event import Event
from agentwarrant.rules.model import Rule


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
