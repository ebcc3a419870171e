"""How much a tenant would ship a day, for each thing its configuration may say, from sample logs.

Bytes are those that the licence of the SIEM counts, before compression: its folder says how many
(``weigh``). What an index takes on disk is another number (``docs/config.md``).
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from agentwarrant.config import Content, Privacy, Shipped
from agentwarrant.event import Event, text_of
from agentwarrant.finding import Finding
from agentwarrant.redact import Redactor
from agentwarrant.scan import Scan
from agentwarrant.siem.privacy import Outgoing

_REMEMBERED = 200_000
_DAY = len("2026-01-31")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one tenant would ship on a day on which its agents work.

    Attributes:
        tenant: Its id.
        privacy: What its configuration would say.
        days: How many such days the sample has; an estimate from one is a guess.
        events, findings: Documents a day, on average.
        bytes: Of both a day, on average.
        busiest: Bytes of the busiest day.
    """

    tenant: str
    privacy: Privacy
    days: int
    events: float
    findings: float
    bytes: float
    busiest: int


@dataclass(slots=True)
class _Day:
    """What one day of one tenant would ship: counts, and bytes by what leaves."""

    events: Counter[Shipped]
    findings: int
    bytes: Counter[tuple[Content, Shipped]]


class Meter:
    """Weighs what a scan yields; ships nothing.

    Args:
        redactor: Of the scan.
        weigh: Bytes that the licence of the SIEM counts of what leaves.
    """

    def __init__(self, redactor: Redactor, weigh: Callable[[Event], int]) -> None:
        self._weigh = weigh
        self._outgoing = {
            content: Outgoing(Privacy(content, Shipped.ALL), redactor) for content in Content
        }
        self._days: dict[str, dict[str, _Day]] = defaultdict(dict)
        self._evidence: OrderedDict[tuple[str, str], None] = OrderedDict()

    def take(self, item: Event | Finding) -> None:
        """Take what a scan yields next."""
        if isinstance(item, Finding):
            for event in (*item.context, *item.evidence):
                self._rests_on(event)
            self._finding(item.event)
        else:
            self._event(item, Shipped.ALL)

    def estimates(self, tenant: str) -> list[Estimate]:
        """Return the estimates for a tenant, by how much leaves; none where it did nothing."""
        days = self._days.get(tenant, {})
        return [
            _estimate(tenant, Privacy(content, shipped), list(days.values()))
            for content, shipped in product(Content, Shipped)
            if days
        ]

    @property
    def tenants(self) -> list[str]:
        """Tenants that did something, by name."""
        return sorted(self._days)

    def _day(self, event: Event) -> _Day:
        days = self._days[text_of(event, "organization.id")]
        return days.setdefault(text_of(event, "@timestamp")[:_DAY], _Day(Counter(), 0, Counter()))

    def _event(self, event: Event, shipped: Shipped) -> None:
        day = self._day(event)
        day.events[shipped] += 1
        for content, out in self._outgoing.items():
            day.bytes[content, shipped] += self._size(out.event(event, in_finding=True))

    def _finding(self, finding: Event) -> None:
        day = self._day(finding)
        day.findings += 1
        for content, out in self._outgoing.items():
            size = self._size(out.finding(finding))
            day.bytes.update({(content, shipped): size for shipped in Shipped})

    def _rests_on(self, event: Event) -> None:
        key = text_of(event, "organization.id"), text_of(event, "event.id")
        if key not in self._evidence:
            self._evidence[key] = None
            self._event(event, Shipped.EVIDENCE)
            if len(self._evidence) > _REMEMBERED:
                self._evidence.popitem(last=False)

    def _size(self, event: Event | None) -> int:
        return self._weigh(event) if event else 0


def _estimate(tenant: str, privacy: Privacy, days: Sequence[_Day]) -> Estimate:
    sizes = [day.bytes[privacy.content, privacy.events] for day in days]
    count = len(days)
    return Estimate(
        tenant,
        privacy,
        count,
        events=sum(day.events[privacy.events] for day in days) / count,
        findings=sum(day.findings for day in days) / count,
        bytes=sum(sizes) / count,
        busiest=max(sizes),
    )


def measure(run: Scan, paths: Sequence[Path], weigh: Callable[[Event], int]) -> Meter:
    """Return what the logs under some paths would be to ship.

    Raises:
        PathNotFound: A path does not exist.
        NothingReadable: There were files, and none could be read.
    """
    meter = Meter(run.redactor, weigh)
    for item in run.events_and_findings(paths):
        meter.take(item)
    return meter


def lines(
    estimates: Sequence[Estimate], chosen: Privacy, retention: str, counted: str = "bytes"
) -> Iterator[str]:
    """Yield the estimates of one tenant as lines for a person; ``*`` marks what is configured.

    Args:
        estimates: ``Meter.estimates``; at least one.
        chosen: The tenant's own.
        retention: How long its events are kept.
        counted: What the bytes are, in one word.
    """
    first = estimates[0]
    days = f"{first.days} day{'' if first.days == 1 else 's'}"
    yield f"{first.tenant}: a day, by {days} of logs; events are kept for {retention}"
    yield f"  content   which         events  findings {counted:>10}    busiest"
    for one in estimates:
        mark = "*" if one.privacy == chosen else " "
        yield (
            f"{mark} {one.privacy.content:9} {one.privacy.events:9} {one.events:10,.0f}"
            f" {one.findings:9,.1f} {size(one.bytes):>10} {size(one.busiest):>10}"
        )


def size(count: float) -> str:
    """Return a number of bytes as a person reads it."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"
