"""What of a saved search is for Enterprise Security; plain Splunk has no use for it.

A rule gives findings or intermediate findings, never both: a severe one is for an analyst at once
(``action.notable``), any other adds to the risk of its agent (``action.risk``), and Enterprise
Security's own finding-based detections open a finding when that has become much. Version 8 calls
them so; the keys in savedsearches.conf are still those of version 7. A finding of version 8 has
entities with their risk too (``_entities``); version 7 does not read that key.

Sources: Splunk Enterprise Security 8.0, "Create event-based detections" (output types; names end in
``- Rule`` and have 99 characters at most) and "Add annotations to detections" (annotations are
JSON, frameworks of one's own included); contentctl 5.6.2, ``savedsearches_detections.j2`` and
``rba.py`` (keys, shape of ``_risk`` and of ``drilldown_searches``, kinds of risk objects);
splunk.es 5.1 of Ansible (``next_steps``). Splunk puts a result's field in the place of
``$field$``; ``|s`` puts it in quotes, with those in it escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from agentwarrant.event import compact_json
from agentwarrant.finding import Severity
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk.names import ALERT_ACTION, INDEXES, sourcetype
from agentwarrant.siem.written import Written

ATTACK = "v19"
"""The version of ATT&CK whose techniques are annotated: that of Splunk's own content (contentctl
5.6.2). ``v18`` names those that an older framework file has."""
SUPPRESSED_BY = "aw_entity"
"""The field by which an analyst suppresses findings. It is no indexed field: a search for one of
those asks the index alone, where notable events do not have it (fields.conf.spec, ``INDEXED``)."""
_FINDINGS = frozenset({Severity.HIGH, Severity.CRITICAL})
_LONGEST_LABEL = 83
_BRACKETS = re.compile(r"\[(?=\[)")
_DOMAINS: Mapping[str, str] = MappingProxyType(
    {
        "agent_networks": "network",
        "agent_to_agent": "network",
        "credentials": "identity",
        "exfiltration": "network",
        "oversight": "audit",
        "persistence": "endpoint",
        "scope": "access",
        "visibility": "audit",
    }
)
"""Family -> security domain (access, audit, endpoint, identity, network, threat)."""
_PARTS = (
    ("look", "Look"),
    ("tell", "Tell benign from bad"),
    ("respond", "Respond"),
)


def is_finding(rule: Rule) -> bool:
    """Does a rule give findings; or intermediate ones?"""
    return rule.severity in _FINDINGS


def keys(
    rule: Rule, said: Written, label: str, entities: Iterable[tuple[str, str]], attack: str
) -> dict[str, str]:
    """Return the keys of a saved search that are for Enterprise Security.

    Args:
        rule: The rule.
        said: What its file says.
        label: What it is called for people.
        entities: Column and kind (``user``, ``system``, ``other``) of what carries its risk.
        attack: The version of ATT&CK (``v18``, ``v19``).
    """
    scored = _scored(rule, entities)
    made = {
        "action.correlationsearch.enabled": "1",
        "action.correlationsearch.detection_type": "ebd",
        "action.correlationsearch.label": shortened(label, _LONGEST_LABEL),
        "action.correlationsearch.annotations": compact_json(frameworks(rule, attack)),
        "action.correlationsearch.metadata": compact_json(_metadata(rule, said)),
    }
    if is_finding(rule):
        return {**made, **_notable(rule, said, scored)}
    return {
        **made,
        "action.risk": "1",
        "action.risk.param._risk": compact_json(scored),
        "action.risk.param._risk_message": plain(f"{rule.title}: ") + "$aw_who$",
        "action.risk.param._risk_score": "0",
        "action.risk.param.verbose": "0",
    }


def frameworks(rule: Rule, attack: str = ATTACK) -> dict[str, list[str]]:
    """Return the frameworks' ids: ATT&CK as Enterprise Security knows it, the others as ours."""
    taxonomy: Mapping[str, Any] = rule.meta.get("taxonomy") or {}
    found = {
        "mitre_attack": list((taxonomy.get("attack") or {}).get(attack) or ()),
        "mitre_atlas": list((taxonomy.get("atlas") or {}).get("ids") or ()),
        "owasp_agentic": _edition(taxonomy.get("owasp_asi")),
        "owasp_llm": _edition(taxonomy.get("owasp_llm")),
        "maestro": list(taxonomy.get("maestro") or ()),
    }
    return {framework: ids for framework, ids in found.items() if ids}


def _edition(given: Mapping[str, Any] | None) -> list[str]:
    said = given or {}
    return [f"{one}:{said.get('edition')}" for one in said.get("ids") or ()]


def _metadata(rule: Rule, said: Written) -> dict[str, str]:
    version = str(said.version)
    return {"deprecated": "0", "detection_id": rule.public_id, "detection_version": version}


def score(rule: Rule) -> int:
    """Return the risk of a rule as Enterprise Security takes it, from 1 to 100."""
    return max(1, min(100, round(rule.risk)))


def domain(rule: Rule) -> str:
    """Return the security domain of a rule."""
    return _DOMAINS.get(rule.family, "threat")


def _scored(rule: Rule, entities: Iterable[tuple[str, str]]) -> list[dict[str, str | int]]:
    return [
        {"risk_object_field": column, "risk_object_type": kind, "risk_score": score(rule)}
        for column, kind in entities
    ]


def _notable(rule: Rule, said: Written, scored: list[dict[str, str | int]]) -> dict[str, str]:
    steps = {"version": 1, "data": "\n".join(next_steps(rule, said))}
    return {
        "action.notable": "1",
        "action.notable.param._entities": compact_json(scored),
        "action.notable.param.drilldown_searches": compact_json(list(_drilldowns())),
        "action.notable.param.nes_fields": SUPPRESSED_BY,
        "action.notable.param.next_steps": compact_json(steps),
        "action.notable.param.recommended_actions": ALERT_ACTION,
        "action.notable.param.rule_description": plain(said.description or rule.title),
        "action.notable.param.rule_title": plain(f"{rule.title}: ") + "$aw_who$",
        "action.notable.param.security_domain": domain(rule),
        "action.notable.param.severity": rule.severity.value,
    }


def _drilldowns() -> Iterator[dict[str, str]]:
    who = "aw_tenant=$aw_tenant|s$ aw_agent=$aw_agent|s$"
    for kind, name in (("events", "What $aw_who$ did"), ("findings", "Findings about $aw_who$")):
        yield {
            "name": name,
            "search": f"`{INDEXES}` sourcetype={sourcetype(kind)} {who} | sort 0 _time",
            "earliest_offset": "$info_min_time$",
            "latest_offset": "$info_max_time$",
        }


def next_steps(rule: Rule, said: Written) -> Iterator[str]:
    """Yield the lines of a rule's guide, as text: what to look at, how to tell, what to do."""
    for part, heading in _PARTS:
        if said.triage.get(part):
            yield heading
            yield from (f"{n}. {plain(one)}" for n, one in enumerate(said.triage[part], 1))
            yield ""
    playbook = str(rule.meta.get("playbook") or "")
    if playbook:
        about = "changes nothing before a person has approved its plan"
        yield f"The playbook {plain(playbook)} {about}: [[action|{ALERT_ACTION}]]"
        yield ""
    if said.false_positives:
        yield "Benign cases"
        yield from (f"- {plain(one)}" for one in said.false_positives)
        yield ""
    if said.blind_spots:
        yield f"What it does not see: {plain(said.blind_spots)}"
    yield f"Rule {plain(rule.short_id)}"


def plain(given: str) -> str:
    """Return text in one line that has no token in it and is no link to an action."""
    made = _BRACKETS.sub("[ ", given.replace("$", "\N{FULLWIDTH DOLLAR SIGN}"))
    return " ".join(made.split())


def shortened(given: str, longest: int) -> str:
    """Return a text that is no longer than it may be."""
    return given if len(given) <= longest else given[: longest - 1].rstrip() + "…"
