"""The other way into a scan: records that a live source brings, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from agentwarrant import threatlists
from agentwarrant.connector import Raw
from agentwarrant.detect import Detector
from agentwarrant.event import Event, text_of
from agentwarrant.finding import Finding
from agentwarrant.intel.marking import marking
from agentwarrant.scan import Scan

LATENESS_MS = 15_000
"""How much later than the latest a record may come: a ledger tells late."""
_GENERATION = 200_000


class Told:
    """Names that were told; the oldest are forgotten, many at a time."""

    def __init__(self, generation: int = _GENERATION) -> None:
        self._generation = generation
        self._now: set[str] = set()
        self._before: set[str] = set()

    def knows(self, name: str) -> bool:
        """Return whether a name was told before, and keep it."""
        if name in self._now or name in self._before:
            return True
        if len(self._now) >= self._generation:
            self._before, self._now = self._now, set()
        self._now.add(name)
        return False


class Taking:
    """Takes records and yields events and findings.

    Args:
        scan: Attributes, judges and matches; its ``collector`` normalizes and counts.
    """

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        scan.detector = self._detector = Detector(scan.rules, lateness_ms=LATENESS_MS)
        self._connectors = {connector.name: connector for connector in scan.collector.connectors}
        self._events, self._findings = Told(), Told()

    def take(self, source: str, raws: Iterable[Raw]) -> Iterator[Event | Finding]:
        """Yield the events of records, each once, and each finding as it opens.

        A second record of an action that was told is not joined into the first: that has left. A
        burst is told at its first match: whoever watches cannot wait until it is over.
        """
        judge, attribute = self.scan.judge.judge, self.scan.resolver.attribute
        for event in self._made(source, raws):
            judged = judge(attribute(event))
            yield judged
            for finding in (*self._detector.feed(judged), *self._detector.opened()):
                if not self._findings.knows(finding.id):
                    yield self.scan.weighed(finding)

    def _made(self, source: str, raws: Iterable[Raw]) -> Iterator[Event]:
        collector = self.scan.collector
        mark = threatlists.current().mark
        with ExitStack() as stack:
            indicators = stack.enter_context(marking())
            for raw in raws:
                collector.tally.records += 1
                for event in collector.normalize(self._connectors[source], raw):
                    if self._events.knows(text_of(event, "event.id")):
                        collector.tally.joined += 1
                        continue
                    event.setdefault("organization.id", collector.tenant)
                    mark(event)
                    if indicators:
                        indicators.mark(event)
                    collector.tally.events += 1
                    collector.tally.sources[source] += 1
                    collector.tally.agents[text_of(event, "gen_ai.agent.id", "unknown")] += 1
                    yield event
