"""Makes the flat event of a finding (``schemas/finding.schema.json``)."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from agentwarrant import schema, taxonomy
from agentwarrant.event import CLOCK, ECS_VERSION, Event, digest, epoch_ms, text_of
from agentwarrant.rules.model import Rule

ATTACK_VERSION = "19"
_COPIED = (
    "organization.id",
    "gen_ai.agent.id",
    "gen_ai.agent.name",
    "gen_ai.conversation.id",
    "trace.id",
    "event.module",
    "entity.id",
    "entity.name",
    "entity.type",
    "entity.sub_type",
    "warrant.principal.id",
    "warrant.principal.name",
    "warrant.principal.kind",
    "warrant.principal.authority",
    "warrant.origin",
    "warrant.channel",
    "warrant.peer.id",
    "warrant.target.agent",
    "warrant.target.self",
    "warrant.session.key",
    "warrant.run.id",
    "warrant.tool.class",
    "warrant.intent.verdict",
    "gen_ai.tool.name",
    "user.id",
    "host.name",
    CLOCK,
)


def finding_of(
    rule: Rule,
    trigger: Event,
    evidence: list[Event],
    ids: list[str],
    case: str,
    count: int,
    last: int,
    matched: list[str],
) -> Event:
    """Return the finding of a rule as one flat event.

    Args:
        rule: What fired.
        trigger: The event that completed it.
        evidence: Events it rests on, in order of time.
        ids: Their ids, in order.
        case: Id of its case.
        count: How often it matched.
        last: Time of its last match, in milliseconds.
        matched: What matched, line by line.
    """
    reasons = _reasons(rule, trigger, evidence, count, last)
    made: Event = {
        "@timestamp": text_of(trigger, "@timestamp"),
        "ecs.version": ECS_VERSION,
        "event.id": _identity(rule, trigger, evidence),
        "event.kind": "alert",
        "event.category": ["intrusion_detection"],
        "event.type": ["info"],
        "event.dataset": "agentwarrant.findings",
        "event.risk_score": rule.risk,
        "rule.id": rule.public_id,
        "rule.name": rule.title,
        "message": rule.title if reasons[0] == rule.title else f"{rule.title}: {reasons[0]}",
        "warrant.finding.severity": str(rule.severity),
        "warrant.finding.reasons": reasons,
        "warrant.finding.events": ids,
        "warrant.finding.count": count,
        "warrant.case.id": case,
    }
    if rule.family:
        made["rule.category"] = rule.family
    if matched:
        made["warrant.finding.matched"] = matched
    made.update(_copied(trigger))
    made.setdefault("gen_ai.conversation.id", "unknown")
    made.setdefault("gen_ai.agent.id", "unknown")
    if rule.meta.get("playbook"):
        made["warrant.finding.playbook"] = str(rule.meta["playbook"])
    paths = list(dict.fromkeys(p for event in evidence for p in _paths(event)))
    made["log.file.path"] = paths[0] if len(paths) == 1 else paths or "unknown"
    made.update(_taxonomy(rule.meta.get("taxonomy") or {}))
    return made


def _copied(trigger: Event) -> Event:
    """Return what a finding repeats of its event, as far as it means what it means with us.

    A foreign event may have a field of the same name and another type or other words.
    """
    made: Event = {}
    for name in _COPIED:
        text = text_of(trigger, name)
        words = _words().get(name)
        if text and (words is None or text in words):
            made[name] = text
    return made


@cache
def _words() -> dict[str, frozenset[str]]:
    """Return the words that a field may have, by field."""
    fields = schema.load("event.schema.json")["$defs"]["fields"]["properties"]
    return {name: frozenset(spec["enum"]) for name, spec in fields.items() if "enum" in spec}


def _identity(rule: Rule, trigger: Event, evidence: list[Event]) -> str:
    first = evidence[0] if evidence else trigger
    events = text_of(first, "event.id"), text_of(trigger, "event.id")
    return digest("finding", rule.public_id, *events)


_REASON_VALUE = 160
_CALLED = frozenset({"gen_ai.agent.name", "gen_ai.agent.id"})
_PLACEHOLDER = re.compile(r"\{([\w.@]+)\}")


def _reasons(rule: Rule, trigger: Event, evidence: list[Event], count: int, last: int) -> list[str]:
    reasons = [_fill(str(rule.meta.get("reason", rule.title)), trigger)]
    given = trigger.get("warrant.intent.reasons")
    for reason in given if isinstance(given, list) else ():
        if str(reason) not in reasons:
            reasons.append(str(reason))
    if count > 1:
        first = text_of(evidence[0], "@timestamp") if evidence else ""
        seconds = max(0, last - epoch_ms(first)) / 1000 if first else 0.0
        shown = f"{seconds:,.1f}" if seconds < 10 else f"{seconds:,.0f}"
        reasons.append(f"matched {count:,} times within {shown} s")
    return reasons


def _fill(template: str, event: Event) -> str:
    """Fill a reason's placeholders with the event's values."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        text = text_of(event, name, "unknown")
        if text == "unknown" and name in _CALLED:  # an account that no agent is known for
            text = text_of(event, "entity.name", text)
        text = " ".join(text.split())
        return text if len(text) <= _REASON_VALUE else f"{text[:_REASON_VALUE].rstrip()}…"

    return _PLACEHOLDER.sub(value, template)


def _paths(event: Event) -> list[str]:
    value = event.get("log.file.path")
    return [str(p) for p in value] if isinstance(value, list) else [str(value)] if value else []


def _taxonomy(given: dict[str, Any]) -> Event:
    """Return ATT&CK in ECS's ``threat.*``, everything else under ``warrant.taxonomy.*``.

    Framework versions always stand beside the ids: OWASP reuses its codes from year to year.
    """
    made: Event = {}
    attack = given.get("attack") or {}
    techniques = list(attack.get("v19") or attack.get("v18") or [])
    if techniques:
        version = ATTACK_VERSION if attack.get("v19") else "18"
        made["warrant.taxonomy.attack_version"] = version
        made["threat.framework"] = "MITRE ATT&CK"
        made.update(_threat(techniques))
    atlas = given.get("atlas") or {}
    if atlas.get("ids"):
        made["warrant.taxonomy.atlas"] = list(atlas["ids"])
        made["warrant.taxonomy.atlas_version"] = str(atlas["version"])
    for name in ("owasp_asi", "owasp_llm"):
        block = given.get(name) or {}
        if block.get("ids"):
            made[f"warrant.taxonomy.{name}"] = [f"{i}:{block['edition']}" for i in block["ids"]]
    if given.get("maestro"):
        made["warrant.taxonomy.maestro"] = list(given["maestro"])
    return made


def _threat(techniques: list[str]) -> Event:
    names = [taxonomy.technique(t)[0] for t in techniques]
    tactics = [pair for t in techniques for pair in taxonomy.technique(t)[1]]
    made: Event = {"threat.technique.id": techniques, "threat.technique.name": names}
    unique = list(dict.fromkeys(tactics))
    if unique:
        made["threat.tactic.id"] = [i for i, _ in unique]
        made["threat.tactic.name"] = [n for _, n in unique]
    return made
