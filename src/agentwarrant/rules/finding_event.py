"""Makes the flat event of a finding (``schemas/finding.schema.json``)."""

from __future__ import annotations

from typing import Any

from agentwarrant import taxonomy
from agentwarrant.event import ECS_VERSION, Event, text_of
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
    "warrant.session.key",
    "warrant.run.id",
    "warrant.tool.class",
    "warrant.intent.verdict",
    "gen_ai.tool.name",
    "user.id",
    "host.name",
)


def finding_event(
    rule: Rule,
    trigger: Event,
    evidence: list[Event],
    ids: list[str],
    reasons: list[str],
    case: str,
    identity: str,
    count: int,
) -> Event:
    """Return the finding of a rule as one flat event.

    Args:
        rule: What fired.
        trigger: The event that completed it.
        evidence: Events it rests on, in order of time.
        ids: Their ids, in order.
        reasons: Plain words, most important first.
        case: Id of its case.
        identity: Id of the finding.
        count: How often it matched.
    """
    made: Event = {
        "@timestamp": text_of(trigger, "@timestamp"),
        "ecs.version": ECS_VERSION,
        "event.id": identity,
        "event.kind": "alert",
        "event.category": ["intrusion_detection"],
        "event.type": ["info"],
        "event.dataset": "agentwarrant.findings",
        "event.risk_score": rule.risk,
        "rule.id": rule.id,
        "rule.name": rule.title,
        "rule.category": rule.family,
        "message": f"{rule.title}: {reasons[0]}",
        "warrant.finding.severity": str(rule.severity),
        "warrant.finding.reasons": reasons,
        "warrant.finding.events": ids,
        "warrant.finding.count": count,
        "warrant.case.id": case,
    }
    made.update({name: trigger[name] for name in _COPIED if name in trigger})
    made.setdefault("gen_ai.conversation.id", "unknown")
    if rule.meta.get("playbook"):
        made["warrant.finding.playbook"] = str(rule.meta["playbook"])
    paths = list(dict.fromkeys(p for event in evidence for p in _paths(event)))
    made["log.file.path"] = paths[0] if len(paths) == 1 else paths or "unknown"
    made.update(_taxonomy(rule.meta.get("taxonomy") or {}))
    return made


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
