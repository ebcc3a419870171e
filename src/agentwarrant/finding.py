"""Findings and cases: what a rule found, and what belongs together for one analyst.

A finding is an event too (``schemas/finding.schema.json``): one flat object that ships to the
same SIEM. A case is a view over findings and never changes them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from agentwarrant.event import Event, Value, digest, epoch_ms, text_of


class Severity(StrEnum):
    """How bad, in CIM's words, least first."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Order for comparing: 0 for informational to 4 for critical."""
        return list(Severity).index(self)


BASE_RISK = {
    Severity.INFORMATIONAL: 10.0,
    Severity.LOW: 21.0,
    Severity.MEDIUM: 47.0,
    Severity.HIGH: 73.0,
    Severity.CRITICAL: 99.0,
}
"""``event.risk_score`` where a rule names none (the scores Elastic's rules use)."""

CASE_GAP_MS = 6 * 3600 * 1000
"""Findings of one conversation further apart than this open a new case."""

MAX_OPEN_CASES = 50_000
"""Conversations whose case is remembered; the one quiet for longest is let go."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found.

    Attributes:
        event: The finding as a flat event; see ``schemas/finding.schema.json``.
        evidence: The events it rests on, in order of time.
        context: What led to it in the same conversation, in order of time.
    """

    event: Event
    evidence: tuple[Event, ...]
    context: tuple[Event, ...] = ()

    @property
    def id(self) -> str:
        return text_of(self.event, "event.id")

    @property
    def severity(self) -> Severity:
        return Severity(text_of(self.event, "warrant.finding.severity"))

    @property
    def risk(self) -> float:
        return float(text_of(self.event, "event.risk_score"))

    @property
    def is_muted(self) -> bool:
        """Did it fall into a maintenance window?"""
        return "warrant.finding.muted_by" in self.event

    def muted(self, window: str) -> Finding:
        """Return it as one that fell into a maintenance window: kept, and nobody's case."""
        marks = {"warrant.finding.muted_by": window, "warrant.case.state": "watched"}
        return replace(self, event={**self.event, **marks})

    @property
    def reasons(self) -> list[str]:
        value: Value = self.event["warrant.finding.reasons"]
        return [str(reason) for reason in value] if isinstance(value, list) else [str(value)]


@dataclass(slots=True)
class Case:
    """Findings about one agent in one conversation, close in time.

    Attributes:
        id: Deterministic: the same findings give the same case.
        tenant: ``organization.id``.
        agent: ``gen_ai.agent.id``.
        conversation: ``gen_ai.conversation.id``.
        source: ``event.module`` of the evidence.
        findings: In order of time.
        timeline: Every event the findings rest on and what led to them, in order of time,
            each with origin and verdict.
    """

    id: str
    tenant: str
    agent: str
    conversation: str
    source: str
    findings: list[Finding] = field(default_factory=list)
    timeline: list[Event] = field(default_factory=list)

    @property
    def severity(self) -> Severity:
        return max((f.severity for f in self.findings), key=lambda s: s.rank)

    @property
    def risk(self) -> float:
        """0 to 100: the highest risk, raised a little by every further distinct rule."""
        best: dict[str, float] = {}
        for finding in self.findings:
            rule = text_of(finding.event, "rule.id")
            best[rule] = max(best.get(rule, 0.0), finding.risk)
        left = 1.0
        for score in best.values():
            left *= 1 - min(score, 99.0) / 100
        return round(100 * (1 - left), 1)

    @property
    def is_open(self) -> bool:
        """Was it opened, by a critical finding or by the weight of evidence (``risk.py``)?

        Findings that nobody weighed open their case at once.
        """
        states = {text_of(f.event, "warrant.case.state", "open") for f in self.findings}
        return "open" in states

    @property
    def opened_by(self) -> str:
        """``critical_finding``, ``weight_of_evidence``, or nothing."""
        said = {text_of(f.event, "warrant.case.opened_by") for f in self.findings} - {""}
        return min(said, default="")  # one critical finding says more than any weight

    @property
    def arithmetic(self) -> list[str]:
        """How the agent's risk came to what it was at its highest, line by line."""
        weighed = [f.event for f in self.findings if "warrant.risk.score" in f.event]
        if not weighed:
            return []
        top = max(weighed, key=lambda event: float(text_of(event, "warrant.risk.score")))
        lines = top["warrant.risk.reasons"]
        return [str(line) for line in lines] if isinstance(lines, list) else [str(lines)]

    @property
    def start(self) -> str:
        return min(text_of(e, "@timestamp") for e in self._all())

    @property
    def end(self) -> str:
        return max(text_of(e, "@timestamp") for e in self._all())

    @property
    def title(self) -> str:
        """The worst finding's name, and how many other rules fired."""
        worst = max(self.findings, key=lambda f: (f.severity.rank, f.risk))
        others = {text_of(f.event, "rule.name") for f in self.findings}
        others.discard(text_of(worst.event, "rule.name"))
        name = text_of(worst.event, "rule.name")
        return f"{name} (+{len(others)} more)" if others else name

    def _all(self) -> Iterable[Event]:
        yield from self.timeline
        for finding in self.findings:
            yield finding.event


def into_cases(findings: Sequence[Finding]) -> list[Case]:
    """Group findings into cases, open ones first, worst first; stamps nothing, changes nothing.

    Findings carry their ``warrant.case.id`` already (``case_id``); this only gathers.
    """
    cases: dict[str, Case] = {}
    for finding in sorted(findings, key=lambda f: (text_of(f.event, "@timestamp"), f.id)):
        key = text_of(finding.event, "warrant.case.id")
        case = cases.get(key)
        if case is None:
            case = cases[key] = Case(
                id=key,
                tenant=text_of(finding.event, "organization.id"),
                agent=text_of(finding.event, "gen_ai.agent.id"),
                conversation=text_of(finding.event, "gen_ai.conversation.id"),
                source=text_of(finding.event, "event.module"),
            )
        case.findings.append(finding)
    for case in cases.values():
        seen = {text_of(e, "event.id"): e for f in case.findings for e in (*f.context, *f.evidence)}
        case.timeline = sorted(seen.values(), key=lambda e: text_of(e, "@timestamp"))
    return sorted(cases.values(), key=lambda c: (not c.is_open, -c.severity.rank, -c.risk, c.start))


def acting(event: Event) -> str:
    """Return what tells who acted: the agent, or the account where no agent is known."""
    agent = text_of(event, "gen_ai.agent.id", "unknown")
    return agent if agent != "unknown" else text_of(event, "entity.id", agent)


class CaseBook:
    """Gives each finding its case id as it appears; state only by tenant, agent, conversation."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, str, str], tuple[str, int]] = OrderedDict()

    def case_id(self, event: Event) -> str:
        """Return the id of the case an evidence event's finding belongs to."""
        key = (
            text_of(event, "organization.id"),
            acting(event),
            text_of(event, "gen_ai.conversation.id"),
        )
        now = epoch_ms(text_of(event, "@timestamp"))
        known = self._open.get(key)
        if known is None or now - known[1] > CASE_GAP_MS:
            known = (digest("case", *key, text_of(event, "event.id"), size=8), now)
        self._open[key] = (known[0], max(now, known[1]))
        self._open.move_to_end(key)
        if len(self._open) > MAX_OPEN_CASES:
            self._open.popitem(last=False)
        return known[0]

    def snapshot(self) -> list[list[str | int]]:
        """Return what it knows as plain values, the case quiet for longest first."""
        return [[*key, *known] for key, known in self._open.items()]

    def restore(self, state: Iterable[Sequence[str | int]]) -> None:
        """Go on where a snapshot was taken."""
        self._open.clear()
        for tenant, agent, conversation, case, time in state:
            self._open[str(tenant), str(agent), str(conversation)] = (str(case), int(time))
