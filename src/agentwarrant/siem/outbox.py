"""From what a scan yields to spools: what leaves for whom, as documents, in batches on disk."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agentwarrant.config import Config, Shipped, Target, Tenant
from agentwarrant.event import Event, Value, text_of
from agentwarrant.finding import Case, Finding
from agentwarrant.redact import Redactor
from agentwarrant.respond.model import ProposedResponse
from agentwarrant.siem.documents import (
    EVENTS,
    FINDINGS,
    RESPONSES,
    document,
    now,
    response_records,
)
from agentwarrant.siem.privacy import Outgoing
from agentwarrant.siem.spool import START, Spool

BATCH = 1000
"""Documents of one write to a spool."""
_REMEMBERED = 200_000
"""Ids of events that left because a finding rests on them; of more, some are sent once more."""
SPOOLS = "spool"


@dataclass(frozen=True, slots=True)
class Route:
    """Where documents of one kind and one tenant go.

    Attributes:
        stream: What the SIEM calls it; the name of the spool.
        stamps: What the SIEM wants to be on each document.
        write: Makes a document of what leaves, its stamps and the time at which it did.
    """

    stream: str
    stamps: Mapping[str, Value] = field(default_factory=dict)
    write: Callable[[Event, Mapping[str, Value], str], bytes] = document


Routes = Callable[[str, Tenant], Route]
"""Gives the route of a kind of document and a tenant."""


def spools_in(state: Path, target: str) -> list[Spool]:
    """Return the spools of a target that there are, by name."""
    home = state / SPOOLS / target
    folders = sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
    return [Spool(folder) for folder in folders]


class _Box:
    """The spool of one stream, and the batch that is gathered for it."""

    def __init__(self, folder: Path, route: Route) -> None:
        self.spool = Spool(folder)
        self.route = route
        # What was read may have been read and shipped before, also from a copy or in another
        # form: from the second time on the server is asked. Only a fresh spool has no past.
        self._doubtful = self.spool.cursor().done != START or bool(self.spool.segments())
        self._batch: list[tuple[str, bytes]] = []
        self._ingested = ""

    @property
    def is_due(self) -> bool:
        """Is a batch together?"""
        return len(self._batch) >= BATCH

    def put(self, item: Event) -> None:
        """Gather a document."""
        self._ingested = self._ingested or now()
        body = self.route.write(item, self.route.stamps, self._ingested)
        self._batch.append((text_of(item, "event.id"), body))

    def flush(self) -> int:
        """Put what is gathered on disk; return how many bytes that were."""
        self.spool.append(self._batch, doubtful=self._doubtful)
        size = sum(len(body) for _, body in self._batch)
        self._batch, self._ingested = [], ""
        return size


class Outbox:
    """Puts what a scan yields into the spools of one target.

    Args:
        config: Tenants, what may leave for each, and where spools are.
        target: Where it goes.
        routes: What streams the SIEM has.
        redactor: Of the scan.

    Attributes:
        put: Documents that were put into spools, by kind.
        kept: Events that do not leave, as their tenants want it.
        foreign: Events and findings of tenants that do not ship to this target, by tenant.
    """

    def __init__(self, config: Config, target: Target, routes: Routes, redactor: Redactor) -> None:
        self._tenants = {tenant.id: tenant for tenant in config.tenants_of(target.name)}
        self._home = config.state / SPOOLS / target.name
        self._routes = routes
        self._outgoing = {
            tenant.id: Outgoing(tenant.privacy, redactor) for tenant in self._tenants.values()
        }
        self._boxes: dict[tuple[str, str], _Box] = {}
        self._evidence: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.put: Counter[str] = Counter()
        self.kept = 0
        self.foreign: Counter[str] = Counter()

    @property
    def spools(self) -> list[Spool]:
        """The spools that something was put into."""
        return [box.spool for box in self._boxes.values()]

    def take(self, item: Event | Finding) -> int:
        """Take what a scan yields next; return how many bytes went to disk.

        Raises:
            SpoolError: They could not be written. What is gathered stays so: ``flush`` again.
            SpoolFull: They have no room until something is shipped; the same.
        """
        event = item.event if isinstance(item, Finding) else item
        tenant = self._tenants.get(text_of(event, "organization.id"))
        if tenant is None:
            self.foreign[text_of(event, "organization.id")] += 1
        elif isinstance(item, Finding):
            self._finding(tenant, item)
        else:
            self._event(tenant, item)
        return self._flush(due=True)

    def propose(self, case: Case, response: ProposedResponse) -> int:
        """Take what would be done about a case; see ``take``."""
        tenant = self._tenants.get(case.tenant)
        if tenant is not None:
            for record in response_records(case, response):
                self._put(RESPONSES, tenant, self._outgoing[tenant.id].response(record))
        return self._flush(due=True)

    def flush(self) -> int:
        """Put on disk what is gathered; return how many bytes; see ``take``."""
        return self._flush(due=False)

    def _flush(self, *, due: bool) -> int:
        return sum(box.flush() for box in self._boxes.values() if box.is_due or not due)

    def _event(self, tenant: Tenant, event: Event) -> None:
        left = self._outgoing[tenant.id].event(event, in_finding=False)
        if left is None:
            self.kept += 1
        else:
            self._put(EVENTS, tenant, left)

    def _finding(self, tenant: Tenant, finding: Finding) -> None:
        if tenant.privacy.events is Shipped.EVIDENCE:
            for event in (*finding.context, *finding.evidence):
                self._rests_on(tenant, event)
        self._put(FINDINGS, tenant, self._outgoing[tenant.id].finding(finding.event))

    def _rests_on(self, tenant: Tenant, event: Event) -> None:
        """Put an event that a finding rests on, or that led to it, once."""
        key = tenant.id, text_of(event, "event.id")
        if key in self._evidence or text_of(event, "organization.id") != tenant.id:
            return
        self._evidence[key] = None
        if len(self._evidence) > _REMEMBERED:
            self._evidence.popitem(last=False)
        left = self._outgoing[tenant.id].event(event, in_finding=True)
        if left is not None:
            self.kept -= 1
            self._put(EVENTS, tenant, left)

    def _put(self, kind: str, tenant: Tenant, item: Event) -> None:
        box = self._boxes.get((kind, tenant.id))
        if box is None:
            route = self._routes(kind, tenant)
            box = self._boxes[kind, tenant.id] = _Box(self._home / route.stream, route)
        self.put[kind] += 1
        box.put(item)
