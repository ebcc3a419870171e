"""From logs to cases that are answered: one for each agent, with all that is known of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentwarrant.event import Event, text_of
from agentwarrant.finding import Case, Finding, into_cases
from agentwarrant.inventory import Inventory
from agentwarrant.respond.planning.targets import Known
from agentwarrant.scan import Scan

MOST_EVENTS = 20_000
"""Events of one agent that are kept beside its cases, the newest: its sessions as they were."""
MOST_IN_ALL = 200_000
"""Events of all agents that are kept; those of the agent that is quiet for longest are let go."""


@dataclass(slots=True)
class Casework:
    """What some logs say.

    Attributes:
        cases: One for each agent of a tenant that has open cases, the worst first; each has the
            findings of all of them.
        ids: Ids of the cases that each is made of, by its id.
        known: Warrants and inventory.
        events: What the agents of these cases did, by tenant and agent, in order of time.
    """

    cases: list[Case] = field(default_factory=list)
    ids: dict[str, list[str]] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    events: dict[tuple[str, str], list[Event]] = field(default_factory=dict)

    def events_of(self, case: Case) -> list[Event]:
        """Return what the case's agent did."""
        return self.events.get((case.tenant, case.agent), [])


def read(scan: Scan, paths: Sequence[Path], wanted: str = "") -> Casework:
    """Return the open cases of some logs.

    Args:
        scan: Reads, judges and detects.
        paths: Where the logs are.
        wanted: Only the case whose id begins so.
    """
    found: list[Finding] = []
    inventory = Inventory(scan.resolver.registry)
    kept = _Kept()
    for item in scan.events_and_findings(paths):
        if isinstance(item, Finding):
            if not item.is_muted:
                found.append(item)
            continue
        inventory.see(item)
        kept.add(item)
    opened = [case for case in into_cases(found) if case.is_open and case.id.startswith(wanted)]
    work = Casework(known=Known(scan.resolver.registry, tuple(inventory.entries()), scan.redactor))
    for together in _by_agent(opened):
        case = merged(together)
        work.cases.append(case)
        work.ids[case.id] = [one.id for one in together]
        work.events[case.tenant, case.agent] = kept.of(case.tenant, case.agent)
    return work


class _Kept:
    """The newest events of each agent, in bounds."""

    def __init__(self) -> None:
        self._own: OrderedDict[tuple[str, str], list[Event]] = OrderedDict()
        self._number = 0

    def add(self, event: Event) -> None:
        key = text_of(event, "organization.id"), text_of(event, "gen_ai.agent.id")
        own = self._own.setdefault(key, [])
        self._own.move_to_end(key)
        own.append(event)
        self._number += 1
        if len(own) > 2 * MOST_EVENTS:
            del own[:MOST_EVENTS]
            self._number -= MOST_EVENTS
        while self._number > MOST_IN_ALL and len(self._own) > 1:
            self._number -= len(self._own.popitem(last=False)[1])

    def of(self, tenant: str, agent: str) -> list[Event]:
        return self._own.get((tenant, agent), [])[-MOST_EVENTS:]


def _by_agent(cases: Sequence[Case]) -> Iterator[list[Case]]:
    together: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        together.setdefault((case.tenant, case.agent), []).append(case)
    yield from together.values()


def merged(cases: Sequence[Case]) -> Case:
    """Return cases about one agent as one: it has the id of the first, the worst."""
    first = cases[0]
    if len(cases) == 1:
        return first
    timeline = {text_of(e, "event.id"): e for case in cases for e in case.timeline}
    return Case(
        id=first.id,
        tenant=first.tenant,
        agent=first.agent,
        conversation=first.conversation,
        source=first.source,
        findings=[finding for case in cases for finding in case.findings],
        timeline=sorted(timeline.values(), key=lambda e: text_of(e, "@timestamp")),
    )
