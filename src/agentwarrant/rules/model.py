"""What a loaded rule is: plain values only, so that a loaded set can be kept and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentwarrant.finding import BASE_RISK, Severity
from agentwarrant.rules.ir import Node

DEFAULT_GROUP = ("organization.id", "gen_ai.agent.id", "gen_ai.conversation.id")
DEFAULT_SUPPRESS_MS = 3_600_000
AGENTS = "ai_agent"
"""The log source of our own events: ``product`` or ``category``."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """How events of several rules, or several of one rule, belong together.

    Attributes:
        kind: A type of Sigma 2.1 (``event_count``, ``value_count``, ``value_sum``, ``value_avg``,
            ``value_percentile``, ``value_median``, ``temporal``, ``temporal_ordered``) or one of
            ours (``new_value``, ``rate_baseline``; docs/rules.md).
        rules: Ids of the rules it reads, in order; they may be correlations themselves.
        group_by: Fields that must be equal.
        window_ms: Within this time of the events.
        op: ``gt``, ``gte``, ``lt``, ``lte``, ``eq`` or ``neq``.
        threshold: What the metric is compared with.
        fields: Whose values are counted, summed or remembered; ``rate_baseline`` needs none.
        percentile: 0 to 100, of ``value_percentile``.
        condition: For the temporal types, a tree over positions in ``rules``: ``["and", …]``,
            ``["or", …]``, ``["not", …]`` and ``["rule", position]``; None when a number decides.
        aliases: Name in ``group_by`` or ``fields`` to, by rule id, the field that it stands for.
        generate: The rules it reads give findings of their own as well.
        history_ms: How far back ``new_value`` and ``rate_baseline`` remember.
        factor: By how much ``rate_baseline`` must be exceeded.
    """

    kind: str
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    window_ms: int
    op: str = "gte"
    threshold: float = 1
    fields: tuple[str, ...] = ()
    percentile: int = 50
    condition: Node | None = None
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    generate: bool = False
    history_ms: int = 0
    factor: float = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One Sigma rule or correlation with our metadata.

    Attributes:
        id: The Sigma UUID; ``rule.id`` of its findings.
        name: What correlations refer to it by.
        title: ``rule.name`` of its findings.
        family: Folder it stands in; ``rule.category``.
        path: File it came from.
        severity: What its findings carry.
        alerts: It gives findings of its own (a base rule of a correlation does not).
        tree: The condition (``rules.ir``); None for a correlation.
        selections: The named parts of the condition, for explanations.
        correlation: None for a rule about single events.
        group_by: One burst within one group is one finding.
        suppress_ms: How long a group must be quiet for the next match to be a new finding; None:
            every match is one.
        logsource: ``product``, ``category`` and ``service`` of the file, those that it names.
        meta: The ``agentwarrant`` block of the file.
        tests: The tests of the file, on its last document.
        known_as: The id that its findings carry, where it is a rule fitted to some tenants.
    """

    id: str
    name: str
    title: str
    family: str
    path: str
    severity: Severity
    alerts: bool
    tree: Node | None = None
    selections: Mapping[str, Node] = field(default_factory=dict)
    correlation: Correlation | None = None
    group_by: tuple[str, ...] = DEFAULT_GROUP
    suppress_ms: int | None = DEFAULT_SUPPRESS_MS
    logsource: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    tests: tuple[Mapping[str, Any], ...] = ()
    known_as: str = ""

    @property
    def public_id(self) -> str:
        """The UUID of the file."""
        return self.known_as or self.id

    @property
    def risk(self) -> float:
        given = self.meta.get("risk_score")
        return float(given) if given is not None else BASE_RISK[self.severity]

    @property
    def short_id(self) -> str:
        return str(self.meta.get("short_id", self.id))


def is_for_agents(rule: Rule) -> bool:
    """Is a rule about our own events? (A correlation has the log source of what it reads.)"""
    return AGENTS in (rule.logsource.get("product"), rule.logsource.get("category"))
