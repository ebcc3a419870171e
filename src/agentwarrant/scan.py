"""The main job in one place: files to events, findings, cases and the proposed response."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agentwarrant import __version__
from agentwarrant.collect import Collector, load_connectors
from agentwarrant.detect import Detector
from agentwarrant.engine import DEFAULT_LATENESS_MS
from agentwarrant.event import Event, text_of
from agentwarrant.finding import Finding, into_cases
from agentwarrant.identity import Resolver
from agentwarrant.intent.judge import Judge
from agentwarrant.inventory import Inventory
from agentwarrant.redact import Redactor, installation_key
from agentwarrant.report.model import ScanResult
from agentwarrant.respond.planning.plan import propose, unanswered
from agentwarrant.respond.planning.targets import Known
from agentwarrant.risk import RiskBook, Weights
from agentwarrant.rules.model import Rule
from agentwarrant.rules.tuning import EVERYONE, Tuning
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import load_warrants

if TYPE_CHECKING:
    from agentwarrant.opinion import Opinion


@dataclass(slots=True)
class Scan:
    """One run over some paths.

    Attributes:
        collector: Reads the files; its ``tally`` says what was read.
        rules: What to look for.
        judge: Judges each event.
        opinion: A model to ask about verdicts; none by default.
        risk: What findings add to each agent's risk, and which cases that opens.
        tuning: Maintenance windows and weights of risk, by tenant.
    """

    collector: Collector
    redactor: Redactor
    rules: Sequence[Rule] = ()
    resolver: Resolver = field(default_factory=Resolver)
    judge: Judge = field(default_factory=Judge)
    opinion: Opinion | None = None
    detector: Detector | None = None
    risk: RiskBook = field(default_factory=RiskBook)
    tuning: Tuning = field(default_factory=Tuning)
    _names: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def over(
        cls,
        rules: Sequence[Rule] = (),
        *,
        source: str | None = None,
        tenant: str = "default",
        warrants: Sequence[Path] = (),
        tuning: Tuning | None = None,
    ) -> Scan:
        """Return a scan with this installation's sources and redaction key.

        Args:
            tuning: What the rules were loaded with.
            warrants: Files and folders of warrants to hold agents to.

        Raises:
            ContentErrors: Every fault of every warrant.
            UsageError: ``source`` is none of the sources.
        """
        redactor = Redactor(installation_key())
        connectors = load_connectors(redactor)
        collector = Collector(connectors, source=source, tenant=tenant)
        kinds = Kinds.of(connectors.values())
        registry = load_warrants(warrants, kinds, redactor.mark)
        resolver = Resolver(registry, kinds.credentials)
        tuning = tuning or Tuning()
        book = RiskBook(_weights(tuning))
        return cls(collector, redactor, rules, resolver, risk=book, tuning=tuning)

    def events(self, paths: Sequence[Path]) -> Iterator[Event]:
        """Yield the events of the paths, attributed and judged, in order of time."""
        judge, attribute = self.judge.judge, self.resolver.attribute
        for event in self.collector.events(paths):
            judged = judge(attribute(event))
            if self.opinion is not None and "gen_ai.conversation.id" in judged:
                judged = self.opinion.consider(judged, self.judge.sessions.of(judged))
            yield judged

    def inventory(self, paths: Sequence[Path]) -> Inventory:
        """Return all agents that were seen in the paths, and those with a warrant that were not."""
        inventory = Inventory(self.resolver.registry)
        for event in self.events(paths):
            inventory.see(event)
        return inventory

    def findings(self, paths: Sequence[Path]) -> Iterator[Finding]:
        """Yield the findings of the paths as they close."""
        for item in self.events_and_findings(paths):
            if isinstance(item, Finding):
                yield item

    def events_and_findings(self, paths: Sequence[Path]) -> Iterator[Event | Finding]:
        """Yield the events, and each finding, as it closes, after the events that it rests on."""
        # Events come in order as far as a bounded buffer can order them; this is for the rest.
        self.detector = Detector(self.rules, lateness_ms=DEFAULT_LATENESS_MS)
        for event in self.events(paths):
            yield event
            yield from map(self.weighed, self.detector.feed(event))
        yield from map(self.weighed, self.detector.close())

    def weighed(self, finding: Finding) -> Finding:
        """Return a finding with what it adds to its agent's risk, or muted by a window."""
        if not self._names:
            self._names.update({r.public_id: _called(r) for r in self.rules})
        called = self._names.get(text_of(finding.event, "rule.id"), frozenset())
        window = self.tuning.muted_by(finding.event, called)
        return finding.muted(window) if window else self.risk.weigh(finding)

    def notes(self) -> Iterator[str]:
        """Yield one sentence for everything that detection let go."""
        if self.detector is not None:
            yield from self.detector.notes()
        if self.opinion is not None:
            yield from self.opinion.notes()

    def result(self, findings: Sequence[Finding]) -> ScanResult:
        """Return everything the reports show, once the findings have been taken."""
        tally = self.collector.tally
        cases = into_cases(findings)
        detection = self.detector.counters if self.detector else {}
        known = Known(self.resolver.registry)  # a warrant names accounts that have not fired
        planned = {case.id: propose(case, self.redactor, known=known) for case in cases}
        bare = [case for case in cases if planned[case.id] is None]
        return ScanResult(
            cases=cases,
            events=tally.events,
            agents=dict(tally.agents),
            files=tally.files,
            sources=dict(tally.sources),
            dead_letters=tally.dead_letters,
            unknown_files=tally.unknown,
            skipped=tally.skipped,
            responses={case: response for case, response in planned.items() if response},
            unanswered={case.id: unanswered(case, known) for case in bare},
            generated=datetime.now(UTC).isoformat(timespec="seconds"),
            version=__version__,
            counters={
                "unreadable_records": tally.dead,
                "joined_records": tally.joined,
                "conversations_let_go": self.judge.sessions.evicted,
                "credentials_let_go": self.resolver.evicted,
                "limits_let_go": self.resolver.limits.evicted,
                **{f"detection_{name}": count for name, count in detection.items()},
            },
        )


def _called(rule: Rule) -> frozenset[str]:
    """Return what maintenance windows may call a rule."""
    return frozenset((rule.short_id, rule.public_id, rule.title))


def _weights(tuning: Tuning) -> dict[str, Weights]:
    """Return the weights of risk by tenant; ``EVERYONE`` stands for tenants without their own."""
    usual = _weighed(Weights(), tuning.risk.get(EVERYONE, (None, None)))
    own = {t: _weighed(usual, given) for t, given in tuning.risk.items() if t != EVERYONE}
    return {**own, EVERYONE: usual}


def _weighed(usual: Weights, given: tuple[float | None, int | None]) -> Weights:
    threshold, half_life_ms = given
    return Weights(threshold or usual.threshold, half_life_ms or usual.half_life_ms)
