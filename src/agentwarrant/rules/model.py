"""What a loaded rule is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentwarrant.finding import BASE_RISK, Severity
from agentwarrant.rules.compile import Predicate

DEFAULT_GROUP = ("organization.id", "gen_ai.agent.id", "gen_ai.conversation.id")
DEFAULT_SUPPRESS_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Correlation:
    """How events of several rules, or several of one rule, belong together.

    Attributes:
        kind: ``event_count``, ``value_count``, ``temporal`` or ``temporal_ordered``.
        rules: Names or ids of the base rules, in order.
        group_by: Fields that must be equal.
        window_ms: Within this time of the events.
        count: At least this many (of events or of distinct values).
        field: Whose distinct values are counted.
    """

    kind: str
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    window_ms: int
    count: int = 1
    field: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One Sigma rule or correlation with our metadata.

    Attributes:
        id: The Sigma UUID; ``rule.id`` of its findings.
        name: What correlations refer to it by.
        title: ``rule.name`` of its findings.
        family: Folder it stands in; ``rule.category``.
        path: File it came from.
        severity, risk: What its findings carry.
        alerts: It gives findings of its own (a base rule of a correlation does not).
        predicate: The compiled condition; None for a correlation.
        actions: ``event.action`` values it can match; empty when it can match any.
        fields: What it reads; empty when it may read every field.
        correlation: None for a rule about single events.
        group_by, suppress_ms: One burst within one group is one finding.
        meta: The ``agentwarrant`` block of the file.
        tests: The tests of the file, on its last document.
    """

    id: str
    name: str
    title: str
    family: str
    path: str
    severity: Severity
    alerts: bool
    predicate: Predicate | None
    actions: frozenset[str]
    fields: frozenset[str]
    correlation: Correlation | None
    group_by: tuple[str, ...] = DEFAULT_GROUP
    suppress_ms: int = DEFAULT_SUPPRESS_MS
    meta: Mapping[str, Any] = field(default_factory=dict)
    tests: tuple[Mapping[str, Any], ...] = ()

    @property
    def risk(self) -> float:
        given = self.meta.get("risk_score")
        return float(given) if given is not None else BASE_RISK[self.severity]

    @property
    def short_id(self) -> str:
        return str(self.meta.get("short_id", self.id))
