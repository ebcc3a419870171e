"""A case in words: whose agent, who made it act, why it matters. Both reports show these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentwarrant.event import CLOCK, Event, text_of
from agentwarrant.finding import Case, Finding, Severity
from agentwarrant.report import words
from agentwarrant.report.model import ScanResult
from agentwarrant.report.safe import one_line
from agentwarrant.report.steps import (
    agent_name,
    described,
    is_speaking_peer,
    principal_name,
    texts,
    verdict_of,
)
from agentwarrant.vocabulary import UNTRUSTED_ORIGINS


def agent_of(case: Case) -> str:
    """Return the case's agent, with its id where the name is another."""
    name = agent_called(case)
    return name if name == case.agent or not case.agent else f"{name} ({case.agent})"


def agent_called(case: Case) -> str:
    """Return the name of the case's agent; its id where it has none."""
    return next((agent_name(event) for event in case.timeline if agent_name(event)), case.agent)


def agent_standing(case: Case) -> str:
    """Return what is known of the agent's identity."""
    event = case.timeline[0] if case.timeline else {}
    status = text_of(event, "warrant.agent.status", "unregistered")
    assurance = text_of(event, "warrant.agent.assurance", "none")
    sure = "identity not established" if assurance == "none" else f"identity {assurance}"
    return f"{status}, {sure}"


def clocks(case: Case) -> list[str]:
    """Return whose times its events have, other than their own: ``words.CLOCKS``."""
    return sorted({text_of(event, CLOCK) for event in case.timeline if CLOCK in event})


def when(case: Case) -> list[str]:
    """Return when it was and for how long; and what is to be thought of that."""
    stated = [event for event in case.timeline if CLOCK not in event]
    lasted = words.duration(words.span_ms(case.start, case.end))
    known = f", for {lasted}" if stated or not case.timeline else ""
    lines = [f"{one_line(words.moment(case.start), 40)}{known}"]
    whose = [words.CLOCKS.get(clock, "not their own") for clock in clocks(case)]
    if whose:
        which = "some of its records carry" if stated else "its records carry"
        lines.append(f"{which} no time; this is {words.listed(whose)}")
    return lines


def instigators(case: Case) -> list[str]:
    """Return who made the agent act: people and agents first, then content it obeyed."""
    people = dict.fromkeys(described(e) for e in case.timeline if principal_name(e))
    peers = dict.fromkeys(_peer(e) for e in case.timeline if is_speaking_peer(e))
    acting = [
        e for e in case.timeline if text_of(e, "warrant.intent.verdict") in words.BAD_VERDICTS
    ]
    sources = [s for e in acting for s in texts(e, "warrant.taint.sources")]
    origins = [text_of(e, "warrant.origin") for e in acting]
    content = dict.fromkeys(o for o in [*sources, *origins] if o in UNTRUSTED_ORIGINS)
    known = [*people, *(peer for peer in peers if peer not in people)]
    return known + [f"content from {words.ORIGINS[origin]}" for origin in content]


def _peer(event: Event) -> str:
    trust = text_of(event, "warrant.peer.trust", "unknown")
    return f"{text_of(event, 'warrant.peer.id')} (peer agent, trust: {trust})"


def in_short(case: Case) -> str:
    """Return the verdicts of a case as one sentence."""
    verdicts = [verdict_of(event) for event in case.timeline]
    parts = [
        f"{verdicts.count(verdict)} {_SHORT[verdict]}" for verdict in _SHORT if verdict in verdicts
    ]
    total = words.count(len(verdicts), "recorded step")
    return f"Of {total}, {words.listed(parts)}." if parts else f"{total}, none of them judged."


_SHORT = {
    "influenced": "followed content from somebody who may not instruct the agent",
    "unexplained": "had been asked for by nobody who may ask",
    "intended": "did what somebody who may ask had asked for",
}


@dataclass(frozen=True, slots=True)
class Why:
    """What one rule found in a case: how bad, how often, and its distinct reasons."""

    rule: str
    severity: Severity
    count: int
    reasons: list[str]


def why(case: Case) -> list[Why]:
    """Return what each rule found, worst first."""
    groups: dict[str, list[Finding]] = {}
    for finding in case.findings:
        groups.setdefault(text_of(finding.event, "rule.name"), []).append(finding)
    found = [
        Why(
            rule,
            max((f.severity for f in group), key=lambda s: s.rank),
            len(group),
            list(dict.fromkeys(reason for f in group for reason in f.reasons)),
        )
        for rule, group in groups.items()
    ]
    return sorted(found, key=lambda why: -why.severity.rank)


def summary(result: ScanResult) -> str:
    """Return in plain words what was looked at and what came of it."""
    if not result.events:
        return _nothing_read(result)
    looked = (
        f"Agent Warrant read {words.count(result.events, 'event')} from "
        f"{words.count(len(result.files), 'file')} ({words.listed(_source_names(result))}) "
        f"and looked at what {words.count(result.agent_count, 'AI agent')} did."
    )
    opened = [case for case in result.cases if case.is_open]
    quiet = words.count(len(result.cases) - len(opened), "further case")
    watched = f" {quiet} with little evidence: watched." if len(opened) < len(result.cases) else ""
    counts = [f"{number} {severity}" for severity, number in _by_severity(opened)]
    if not counts:
        return f"{looked} Nothing was found that somebody must look at.{watched}"
    verb = "needs" if len(opened) == 1 else "need"
    total = words.count(len(opened), "case")
    return f"{looked} {total} {verb} a person to look: {words.listed(counts)}.{watched}"


def _source_names(result: ScanResult) -> list[str]:
    names = [one_line(name, 40) for name in result.sources]
    return names if len(names) <= _MAX_SOURCES else [*names[:_MAX_SOURCES], "more"]


_MAX_SOURCES = 8


def _nothing_read(result: ScanResult) -> str:
    refused = len(result.unknown_files)
    if not result.files and not refused:
        return "There was no file to read, so nothing can be said about any agent."
    return (
        f"No event came out of {words.count(len(result.files), 'file')} read"
        f" and {words.count(refused, 'file')} not recognised,"
        " so nothing can be said about any agent."
    )


def severity_counts(result: ScanResult) -> list[tuple[str, int]]:
    """Return (severity, number of cases), worst first, without zeros."""
    return _by_severity(result.cases)


def _by_severity(cases: Sequence[Case]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for case in sorted(cases, key=lambda c: -c.severity.rank):
        counts[case.severity.value] = counts.get(case.severity.value, 0) + 1
    return list(counts.items())


_ATTACK = "warrant.taxonomy.attack_version"
_TAXONOMIES = (
    ("MITRE ATT&CK tactic", "threat.tactic.id", _ATTACK),
    ("MITRE ATT&CK technique", "threat.technique.id", _ATTACK),
    ("MITRE ATT&CK technique", "threat.technique.subtechnique.id", _ATTACK),
    ("MITRE ATLAS", "warrant.taxonomy.atlas", "warrant.taxonomy.atlas_version"),
    ("OWASP Agentic Security Issue", "warrant.taxonomy.owasp_asi", ""),
    ("OWASP LLM Top 10", "warrant.taxonomy.owasp_llm", ""),
    ("MAESTRO layer", "warrant.taxonomy.maestro", ""),
)


def taxonomy(case: Case) -> list[tuple[str, str, list[str]]]:
    """Return (taxonomy, its version, distinct ids) over the findings of a case."""
    table: dict[tuple[str, str], dict[str, None]] = {}
    for finding in case.findings:
        for title, name, version_name in _TAXONOMIES:
            version = text_of(finding.event, version_name) if version_name else ""
            for item in texts(finding.event, name):
                table.setdefault((title, version), {})[item] = None
    return [(title, version, list(ids)) for (title, version), ids in table.items()]
