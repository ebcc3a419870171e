"""What would have been done while everything was only observed: the report before ``auto``.

Each run that was planned and not carried out is held against what an analyst made of its cases:
closed as malicious, it would have been right; as benign, wrong. What would have stopped is what
the plans said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from agentwarrant.event import Event, iso_from_ms, text_of
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.ledger.tables import RunState

BENIGN, MALICIOUS = "benign", "malicious"
STOPS = ("Stops working: ", "no longer will", "any more", "stops with it")
"""What stands in the notes of a plan that say what the business would lose."""
_MOST = 20


class Verdict(StrEnum):
    """What would have come of a run."""

    RIGHT = "right"
    WRONG = "wrong"
    MIXED = "mixed"  # its cases were closed as both
    OPEN = "open"  # nobody has closed any


@dataclass(slots=True)
class Count:
    """How often, and at how many agents."""

    runs: int = 0
    right: int = 0
    wrong: int = 0
    mixed: int = 0
    open: int = 0
    changes: int = 0
    agents: set[str] = field(default_factory=set)

    def add(self, run: RunRow, verdict: Verdict, changes: int) -> None:
        """Count a run."""
        self.runs += 1
        self.changes += changes
        self.agents.add(run.agent)
        setattr(self, verdict.value, getattr(self, verdict.value) + 1)

    @property
    def share(self) -> float | None:
        """Right ones among those that were closed; None: none was."""
        closed = self.right + self.wrong + self.mixed
        return self.right / closed if closed else None

    def data(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {**asdict(self), "agents": len(self.agents), "share_right": self.share}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One run that would have been wrong, with what would have stopped."""

    run: str
    tenant: str
    agent: str
    playbook: str
    cases: tuple[str, ...]
    stops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What would have been done.

    Attributes:
        since, until: ISO times, UTC.
        playbooks: By tenant and playbook.
        classes: By class of action: how many runs have such an action, and how they turned out.
        wrong: Those that would have been wrong.
        stops: What would have stopped, by how many runs.
    """

    since: str
    until: str
    playbooks: Mapping[tuple[str, str], Count]
    classes: Mapping[str, Count]
    wrong: tuple[Wrong, ...]
    stops: Mapping[str, int]

    def data(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "since": self.since,
            "until": self.until,
            "playbooks": [
                {"tenant": tenant, "playbook": name, **count.data()}
                for (tenant, name), count in sorted(self.playbooks.items())
            ],
            "classes": [{"class": n, **count.data()} for n, count in sorted(self.classes.items())],
            "wrong": [asdict(one) for one in self.wrong],
            "stops": [{"what": what, "runs": n} for what, n in self.stops.items()],
        }


def report(
    ledger: Ledger, dispositions: Mapping[str, str], *, since_ms: int, tenant: str | None = None
) -> Report:
    """Return what would have been done since a moment.

    Args:
        ledger: Its runs in observe mode count.
        dispositions: How cases were closed, by id (``dispositions_of``).
        since_ms: From when on.
        tenant: Whose runs; None: all.
    """
    rows = [row for row in ledger.runs(tenant, (RunState.OBSERVED,)) if row.created_ms >= since_ms]
    playbooks: dict[tuple[str, str], Count] = {}
    classes: dict[str, Count] = {}
    wrong: list[Wrong] = []
    stops: dict[str, int] = {}
    for row in rows:
        verdict = verdict_of(row.cases, dispositions)
        kinds = [point.reversibility.value for point in row.plan.points()]
        playbooks.setdefault((row.tenant, row.playbook), Count()).add(row, verdict, len(kinds))
        for kind in sorted(set(kinds)):
            classes.setdefault(kind, Count()).add(row, verdict, kinds.count(kind))
        lost = tuple(_stops(row))
        for one in lost:
            stops[one] = stops.get(one, 0) + 1
        if verdict in (Verdict.WRONG, Verdict.MIXED):
            wrong.append(Wrong(row.id, row.tenant, row.agent, row.playbook, row.cases, lost))
    most = sorted(stops.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
    return Report(
        since=iso_from_ms(since_ms),
        until=iso_from_ms(ledger.now_ms()),
        playbooks=playbooks,
        classes=classes,
        wrong=tuple(wrong),
        stops=dict(most),
    )


def verdict_of(cases: Iterable[str], dispositions: Mapping[str, str]) -> Verdict:
    """Return whether acting on some cases would have been right."""
    said = {dispositions[case] for case in cases if case in dispositions}
    if {BENIGN, MALICIOUS} <= said:
        return Verdict.MIXED
    if MALICIOUS in said:
        return Verdict.RIGHT
    return Verdict.WRONG if BENIGN in said else Verdict.OPEN


def _stops(row: RunRow) -> Iterator[str]:
    for note in row.plan.notes:
        if any(mark in note for mark in STOPS):
            yield note.removeprefix(STOPS[0])


def dispositions_of(findings: Iterable[Event]) -> dict[str, str]:
    """Return how cases were closed: as malicious where one of their findings was."""
    found: dict[str, str] = {}
    for finding in findings:
        case, said = (
            text_of(finding, "warrant.case.id"),
            text_of(finding, "warrant.finding.disposition"),
        )
        if case and said in (BENIGN, MALICIOUS) and found.get(case) != MALICIOUS:
            found[case] = said
    return found
