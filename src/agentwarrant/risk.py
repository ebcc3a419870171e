"""Risk of an agent: what findings add to it, how that decays, and when it opens a case.

A finding adds its rule's risk score; the same rule adds half as much each further time, so that no
rule opens a case by repeating itself. What was added halves with every half-life. A case opens
when a finding is critical, or when the sum reaches the threshold: one high finding does that, or
two different medium ones within a day. Until then findings are only watched.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from agentwarrant.event import Event, epoch_ms, iso_from_ms, text_of
from agentwarrant.finding import Finding, Severity, acting

DAY_MS = 86_400_000
MAX_AGENTS = 50_000
"""Agents whose risk is remembered; the one quiet for longest is let go."""

_MAX_ADDED = 64
_NEGLIGIBLE = 0.05
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Weights:
    """How risk is weighed, for one tenant.

    Attributes:
        threshold: The sum at which a case opens.
        half_life_ms: After so long a finding counts half.
    """

    threshold: float = 70.0
    half_life_ms: int = DAY_MS


class Added(NamedTuple):
    """What one finding added: when (milliseconds), how much, by which rule, of what severity."""

    time: int
    points: float
    rule: str
    title: str


class RiskBook:
    """The risk of every agent; state by tenant and agent only, bounded.

    Args:
        weights: By tenant; the empty name stands for tenants without any of their own.

    Attributes:
        evicted: Agents that were let go.
    """

    def __init__(self, weights: dict[str, Weights] | None = None) -> None:
        self._weights = weights or {}
        self._usual = self._weights.get("", Weights())
        self._added: OrderedDict[tuple[str, str], list[Added]] = OrderedDict()
        self._open: OrderedDict[str, str] = OrderedDict()
        self.evicted = 0

    def weigh(self, finding: Finding) -> Finding:
        """Return the finding with its agent's risk, the arithmetic, and the state of its case.

        Findings come in the order in which they close; one that closes late counts from its own
        time, and never raises what was said before.
        """
        event = finding.event
        key = (text_of(event, "organization.id"), acting(event))
        weights = self._weights.get(key[0], self._usual)
        time = epoch_ms(text_of(event, "@timestamp"))
        added = self._of(key)
        added.append(_addition(added, event, finding.risk, time))
        now = max(one.time for one in added)
        counted = [(one, _left(one, now, weights.half_life_ms)) for one in added]
        score = round(sum(left for _, left in counted), 1)
        self._added[key] = [one for one, left in counted if left >= _NEGLIGIBLE][-_MAX_ADDED:]
        made = dict(event)
        made["warrant.risk.score"] = score
        made["warrant.risk.reasons"] = _arithmetic(counted, score, weights)
        made.update(self._state(finding, score, weights))
        return replace(finding, event=made)

    def _of(self, key: tuple[str, str]) -> list[Added]:
        added = self._added.setdefault(key, [])
        self._added.move_to_end(key)
        if len(self._added) > MAX_AGENTS:
            self._added.popitem(last=False)
            self.evicted += 1
        return added

    def _state(self, finding: Finding, score: float, weights: Weights) -> Event:
        """Return whether the finding's case is open, and what opened it: it never closes here."""
        case = text_of(finding.event, "warrant.case.id")
        by = self._open.get(case, "")
        if finding.severity is Severity.CRITICAL:
            by = "critical_finding"
        if not by and score >= weights.threshold:
            by = "weight_of_evidence"
        if not by:
            return {"warrant.case.state": "watched"}
        self._open[case] = by
        self._open.move_to_end(case)
        if len(self._open) > MAX_AGENTS:
            self._open.popitem(last=False)
        return {"warrant.case.state": "open", "warrant.case.opened_by": by}

    def snapshot(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        added = [[*key, [list(one) for one in known]] for key, known in self._added.items()]
        return {"added": added, "open": [list(pair) for pair in self._open.items()]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a snapshot was taken."""
        self._added = OrderedDict(
            ((tenant, agent), [Added(*one) for one in known])
            for tenant, agent, known in state["added"]
        )
        self._open = OrderedDict((case, by) for case, by in state["open"])


def _addition(before: Sequence[Added], event: Event, risk: float, time: int) -> Added:
    rule = text_of(event, "rule.id")
    again = sum(1 for one in before if one.rule == rule)
    return Added(time, risk / 2**again, rule, text_of(event, "rule.name"))


def _left(added: Added, now: int, half_life_ms: int) -> float:
    return float(added.points * 0.5 ** ((now - added.time) / half_life_ms))


def _arithmetic(
    counted: Sequence[tuple[Added, float]], score: float, weights: Weights
) -> list[str]:
    """Return the sum as lines for a person, what weighs most first."""
    heaviest = sorted(counted, key=lambda pair: -pair[1])
    lines = [_line(added, left) for added, left in heaviest[:_SHOWN]]
    rest = heaviest[_SHOWN:]
    if rest:
        lines.append(f"{sum(left for _, left in rest):.1f} of {len(rest)} further findings")
    hours = weights.half_life_ms / 3_600_000
    lines.append(f"= {score:.1f}; a case opens at {weights.threshold:g}; halves in {hours:g} h")
    return lines


def _line(added: Added, left: float) -> str:
    faded = added.points - left >= _NEGLIGIBLE
    since = f", {added.points:.1f} at {iso_from_ms(added.time)}" if faded else ""
    return f"{left:.1f} {added.title}{since}"
