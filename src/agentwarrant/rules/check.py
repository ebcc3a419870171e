"""Runs the tests that stand at the bottom of a rule file.

A test gives events (parts of them: the rest is filled in) or raw records of one or several
sources, and says how many findings the rule must give. In an event, ``after`` is the time since
the one before, ``repeat`` makes many of it and ``every`` is their distance; none of these is a
field. A field that is null is absent, also one that would have been filled in. Beside records may
stand ``warrants``, whole ones: what agents are held against.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agentwarrant.collect import DEFAULT_TENANT, Collector, load_connectors
from agentwarrant.connector import Connector
from agentwarrant.detect import Detector
from agentwarrant.errors import AgentWarrantError
from agentwarrant.event import Event, compact_json, digest, iso_from_ms, text_of
from agentwarrant.finding import Finding
from agentwarrant.identity import Resolver
from agentwarrant.intent.judge import Judge
from agentwarrant.redact import Redactor
from agentwarrant.rules.documents import records_of
from agentwarrant.rules.durations import duration_ms
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.vocabulary import ACTIONS, DEFAULTS, category_of
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import load_warrants
from agentwarrant.warrant.registry import Registry

_START_MS = 1_790_000_000_000
_STEP_MS = 1000
_MAX_REPEAT = 10_000
_FILLED: Event = {
    "gen_ai.agent.id": "agent-1",
    "gen_ai.agent.name": "agent-1",
    "gen_ai.conversation.id": "conversation-1",
    "event.module": "openclaw",
    "event.dataset": "openclaw.test",
    "log.file.path": "test.jsonl",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one test of one rule gave.

    Attributes:
        rule, test: Which.
        wanted, found: Findings asked for and given.
        error: Why it could not be run; empty when it ran.
    """

    rule: Rule
    test: str
    wanted: int
    found: int
    error: str = ""

    @property
    def passed(self) -> bool:
        return not self.error and self.wanted == self.found


def run_tests(rules: Sequence[Rule]) -> Iterator[Outcome]:
    """Yield the outcome of every test of every rule."""
    for rule in rules:
        parts = with_parts(rule, rules) if rule.tests else []
        matcher: Matcher | None = None  # a rule is compiled once for all its tests
        for test in rule.tests:
            detector = Detector(parts, matcher=matcher)
            matcher = detector.matcher
            yield _run(rule, test, detector)


def _run(rule: Rule, test: Mapping[str, Any], detector: Detector) -> Outcome:
    name, wanted = str(test.get("name", "")), int(test.get("finds", 0))
    try:
        findings = _own(rule, detector.run(events_of(test)))
    except (AgentWarrantError, ValueError) as error:
        return Outcome(rule, name, wanted, 0, str(error))
    return Outcome(rule, name, wanted, len(findings))


def findings_of(rule: Rule, events: Iterable[Event], rules: Sequence[Rule]) -> list[Finding]:
    """Return what one rule, with those it correlates, finds in events in order of time."""
    return _own(rule, Detector(with_parts(rule, rules)).run(events))


def _own(rule: Rule, found: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.event["rule.id"] == rule.id]


def with_parts(rule: Rule, rules: Iterable[Rule]) -> list[Rule]:
    """Return a rule and, after it, all that it correlates, also through other correlations."""
    known = {name: one for one in rules for name in (one.name, one.id)}
    known[rule.id] = rule
    found = {rule.id: rule}
    pending = [rule]
    while pending:
        correlation = pending.pop().correlation
        for name in correlation.rules if correlation else ():
            part = known.get(name)
            if part is not None and part.id not in found:
                found[part.id] = part
                pending.append(part)
    return list(found.values())


def events_of(test: Mapping[str, Any]) -> list[Event]:
    """Return the events that a test gives, whole, in order of time.

    Raises:
        AgentWarrantError, ValueError: What it gives cannot be read.
    """
    records = records_of(test)
    return _from_records(test, records) if records else list(make_events(test["events"]))


def make_events(given: Sequence[Mapping[str, Any]]) -> Iterator[Event]:
    """Yield whole events of the parts a test gives, in order of time."""
    now = _START_MS
    made: list[Event] = []
    for i, part in enumerate(given):
        now += duration_ms(str(part["after"])) if "after" in part else _STEP_MS
        every = duration_ms(str(part["every"])) if "every" in part else _STEP_MS
        for n in range(min(int(part.get("repeat", 1)), _MAX_REPEAT)):
            now += every if n else 0
            made.append(_event(part, now, f"{i}.{n}"))
    yield from sorted(made, key=lambda event: text_of(event, "@timestamp"))


def _event(part: Mapping[str, Any], now: int, identity: str) -> Event:
    action = str(part.get("event.action", "tool_call"))
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is no event.action")
    category, kind = category_of(action, str(part.get("warrant.tool.class", "")))
    event: Event = {
        **DEFAULTS,
        **_FILLED,
        "@timestamp": iso_from_ms(now),
        "organization.id": DEFAULT_TENANT,
        "event.id": digest("test", identity),
        "event.action": action,
        "event.category": category,
        "event.type": kind,
    }
    if action == "tool_call":
        event.update({"gen_ai.tool.name": "exec", "warrant.arguments.text": "{}"})
    event.update({k: v for k, v in part.items() if k not in ("after", "repeat", "every")})
    return {name: value for name, value in event.items() if value is not None}


def _from_records(
    test: Mapping[str, Any], given: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[Event]:
    """Return what sources make of raw records, attributed and judged as in a scan."""
    redactor, connectors, kinds = _sources()
    name = Path(str(test.get("file", "records.jsonl"))).name
    judge = Judge()
    with tempfile.TemporaryDirectory(prefix="agentwarrant-") as place:
        read: list[Iterator[Event]] = []
        for source, records in given.items():
            path = Path(place, source, name)
            path.parent.mkdir()
            path.write_bytes(b"\n".join(compact_json(record).encode() for record in records))
            read.append(Collector(connectors, source=source).events([path]))
        registry = _registry(Path(place), test.get("warrants") or (), kinds, redactor)
        resolver = Resolver(registry, kinds.credentials)
        events = heapq.merge(*read, key=lambda event: text_of(event, "@timestamp"))
        return [judge.judge(resolver.attribute(event)) for event in events]


@cache
def _sources() -> tuple[Redactor, dict[str, Connector], Kinds]:
    """Return all sources. They keep nothing of what they read, so all tests may share them."""
    redactor = Redactor(b"rule-tests")
    connectors = load_connectors(redactor)
    return redactor, connectors, Kinds.of(connectors.values())


def _registry(
    place: Path, warrants: Sequence[Mapping[str, Any]], kinds: Kinds, redactor: Redactor
) -> Registry:
    """Return the warrants that a test gives, loaded as an installation's are."""
    paths = [place / f"warrant-{n}.yml" for n, _ in enumerate(warrants)]
    for path, warrant in zip(paths, warrants, strict=True):
        path.write_text(compact_json(warrant), encoding="utf-8")
    return load_warrants(paths, kinds, redactor.mark)
