"""Hundreds of sessions of ordinary work: the pack must have next to nothing to say about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.shipped import shipped_rules

from agentwarrant.collect import load_connectors
from agentwarrant.event import Event
from agentwarrant.finding import Finding
from agentwarrant.redact import Redactor
from agentwarrant.scan import Scan

from .baseline import fleet, warrants  # type: ignore[import-not-found]  # no package to mypy

JUSTIFIED = Path(__file__).parent / "baseline" / "justified.yml"
QUIET = ("informational", "low")
LEAST = 300
NAMES = {rule.public_id: rule.short_id for rule in shipped_rules()}


class Counted(Scan):
    """A scan that lets the test see each event on its way to the rules."""

    outcome: Outcome

    def events(self, paths: Sequence[Path]) -> Iterator[Event]:
        for event in super().events(paths):
            self.outcome.see(event)
            yield event


class Found(NamedTuple):
    """One finding about ordinary work."""

    rule: str
    severity: str
    kind: str
    script: str
    tenant: str
    message: str


@dataclass
class Outcome:
    """What the scans of all sessions gave."""

    sessions: dict[str, fleet.Made] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    dead: list[Any] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    scopes: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def see(self, event: Event) -> None:
        made = self.of(event)
        self.events[made.folder.name] += 1
        self.sources[str(event["event.module"])] += 1
        if event["event.action"] == "tool_call":
            self.verdicts[made.kind, str(event["warrant.intent.verdict"])] += 1
            facts = (
                event["organization.id"],
                event["warrant.agent.registry"],
                event["warrant.scope.decision"],
            )
            self.scopes[tuple(map(str, facts))] += 1  # type: ignore[index]

    def of(self, event: Event) -> fleet.Made:
        """Return the session that an event, or the last of a finding's, is from."""
        paths = event["log.file.path"]
        last = paths[-1] if isinstance(paths, list) else paths
        return self.sessions[Path(str(last)).parent.name]

    def note(self, finding: Finding, tenant: str) -> None:
        event = finding.event
        made = self.of(event)
        severity = str(event["warrant.finding.severity"])
        self.found.append(
            Found(
                NAMES[str(event["rule.id"])],
                severity,
                made.kind,
                made.script,
                tenant,
                str(event["message"]),
            )
        )

    @property
    def loud(self) -> list[Found]:
        return [found for found in self.found if found.severity not in QUIET]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Scan everything once: a tenant whose agents have warrants, and one that has none."""
    root = tmp_path_factory.mktemp("baseline")
    outcome = Outcome()
    ruled = fleet.write(root / "ruled")
    free = fleet.write(root / "free", share=0.25, first=5000)
    outcome.sessions.update({made.folder.name: made for made in (*ruled, *free)})
    warrants.write(root / "warrants", "ruled", ruled)
    for tenant, papers in (("ruled", [root / "warrants"]), ("free", [])):
        scan = Counted.over(shipped_rules(), tenant=tenant, warrants=papers)
        assert isinstance(scan, Counted)
        scan.outcome = outcome
        for finding in scan.findings([root / tenant]):
            outcome.note(finding, tenant)
        outcome.dead.extend(scan.collector.tally.dead_letters)
        outcome.unknown.extend(scan.collector.tally.unknown)
    _tell(outcome)
    return outcome


def _tell(outcome: Outcome) -> None:
    """Print the counts; pytest shows them with ``-s`` or where a test fails."""
    kinds = Counter(made.kind for made in outcome.sessions.values())
    print(f"\n{len(outcome.sessions)} sessions, {outcome.events.total()} events")
    for kind, count in sorted(kinds.items()):
        verdicts = {v: n for (k, v), n in sorted(outcome.verdicts.items()) if k == kind}
        print(f"  {kind:16} {count:4}  verdicts {verdicts}")
    for facts, count in sorted(outcome.scopes.items()):
        print(f"  scope {' '.join(facts):36} {count}")
    rules = Counter((f.rule, f.severity, f.tenant, f.kind, f.script) for f in outcome.found)
    for found, count in sorted(rules.items()):
        print(f"  {count:4}  {' '.join(found)}")


def test_there_are_hundreds_of_sessions_and_each_gave_events(outcome: Outcome) -> None:
    assert len(outcome.sessions) >= LEAST
    assert [name for name in outcome.sessions if not outcome.events[name]] == []


def test_every_source_is_there(outcome: Outcome) -> None:
    assert set(outcome.sources) == set(load_connectors(Redactor(b"any")))


def test_nothing_of_it_is_unreadable(outcome: Outcome) -> None:
    assert outcome.dead == []
    assert outcome.unknown == []


def test_every_script_of_every_kind_is_played_with_and_without_warrants(outcome: Outcome) -> None:
    wanted = {(kind.name, script.__name__) for kind in fleet.KINDS for script in kind.scripts}
    played = {(made.kind, made.script) for made in outcome.sessions.values()}
    assert wanted - played == set()
    assert {tenant for tenant, _, _ in outcome.scopes} == {"ruled", "free"}


def test_agents_with_a_warrant_keep_to_it(outcome: Outcome) -> None:
    decided = Counter({s: n for (tenant, _, s), n in outcome.scopes.items() if tenant == "ruled"})
    assert decided["out_of_scope"] == 0
    assert decided["in_scope"] > decided["undeclared"]


def test_ordinary_work_is_never_thought_to_be_steered_by_what_it_reads(outcome: Outcome) -> None:
    steered = {
        kind: count
        for (kind, verdict), count in outcome.verdicts.items()
        if verdict == "influenced"
    }
    assert steered == {}


def test_a_rule_that_speaks_up_about_ordinary_work_says_why(outcome: Outcome) -> None:
    excused = {(entry["rule"], entry["kind"]) for entry in (*_justified(), *_open())}
    loud = {found for found in outcome.loud if (found.rule, found.kind) not in excused}
    assert sorted(loud) == []


def test_nothing_is_justified_that_no_longer_happens(outcome: Outcome) -> None:
    happened = {(found.rule, found.kind) for found in outcome.loud}
    excused = [(entry["rule"], entry["kind"]) for entry in _justified()]
    assert [one for one in excused if one not in happened] == []
    assert len(set(excused)) == len(excused)
    assert all(set(entry) == {"rule", "kind", "why"} and entry["why"] for entry in _justified())


def _justified() -> list[dict[str, str]]:
    return yaml.safe_load(JUSTIFIED.read_text(encoding="utf-8")) or []


def _open() -> list[dict[str, str]]:
    """Return the defects that are known and not mended yet."""
    return yaml.safe_load((JUSTIFIED.parent / "open.yml").read_text(encoding="utf-8")) or []
