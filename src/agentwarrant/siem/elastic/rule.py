"""A rule object of Kibana: what ``POST /api/detection_engine/rules/_import`` takes, a line each.

The fields are those of API version 2023-10-31 (elastic/kibana, ``common_attributes.schema.yaml``
and ``rule_schemas.schema.yaml`` of the detection engine); ``schemas/kibana_rule.schema.json``
holds them to it.

**Time.** A rule looks at what was ingested since (``timestamp_override: event.ingested``), and by
``@timestamp`` at what has no such time, so that an event that comes late is looked at all the
same. It looks back over its window, one interval and ``DELAY`` more: runs overlap.

**Bursts.** One burst is one finding here, one alert with a count there (``alert_suppression``).
A tenant is always part of the group. Kibana takes three fields at most; an ES|QL rule with more
makes one of them, and a rule of another type with more gives an alert for every match. A rule that
aggregates finds the same again in every run that looks back at it, and its alerts get new ids each
time (``generate_alert_id.ts``): so its suppression lasts at least as long, and where it looks back
for longer than ``RECENT_MS``, it tells only of what came to be since.
Suppression of sequences came with 8.18, of all other types with 8.16 (elastic/security-docs issues
5886 and 5897); it needs a Platinum licence, and without one Kibana keeps it unused.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from agentwarrant import __version__
from agentwarrant.finding import Severity
from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.compose import MOST_FIELDS
from agentwarrant.siem.elastic.esql import column
from agentwarrant.siem.elastic.query import EQL, ESQL, Query
from agentwarrant.siem.elastic.threat import threat
from agentwarrant.siem.guide import guide
from agentwarrant.siem.written import Written

INTERVAL_MS = 5 * 60_000
"""How often a rule runs."""
DELAY_MS = 5 * 60_000
"""How much later than it happened an event may be searchable and still be in the range."""
RECENT_MS = 3_600_000
"""How late an event may come and still complete something that takes longer than that: as late as
our engine waits for it."""
_SPARE_MS = 60_000
"""A run starts some seconds late."""
GROUP = "agentwarrant.group"
"""The column that stands for more fields than that."""
MOST_ALERTS = 1_000
"""Of one run: the most that Kibana lets a rule create (``xpack.alerting.rules.run.alerts.max``)."""

_AUTHOR, _LICENSE = "Agent Warrant", "Apache-2.0"
_QUOTED = re.compile(r'"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"')
_STATS = re.compile(r"\|\s*STATS\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_SHOWN = (
    "gen_ai.agent.name",
    "warrant.principal.id",
    "warrant.intent.verdict",
    "warrant.scope.decision",
    "message",
)
_SETUP = (
    "Install the agentwarrant index templates first (agentwarrant install elastic): the rule reads"
    " the data streams {streams}, and ES|QL refuses a rule whose fields are not mapped. It needs"
    " the fields {needs}."
)


def identity(rule: Rule, part: int, parts: int) -> str:
    """Return ``rule_id``: the rule's own UUID; or one made of it, of one of several parts, of a
    rule fitted to some tenants, and of a rule that has no UUID."""
    known = _uuid(rule.public_id)
    if rule.id != rule.public_id:
        known = uuid.uuid5(known, rule.id)
    return str(known if parts == 1 else uuid.uuid5(known, f"elastic part {part}"))


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:agentwarrant:rule:{text}")


def name_of(rule: Rule, part: int, parts: int) -> str:
    """Return the name of one of the native rules that a rule becomes; parts count from 1."""
    fitted = rule.id.removeprefix(rule.public_id)  # " (acme)", " (others)"
    return f"{rule.title}{fitted}" + (f" ({part} of {parts})" if parts > 1 else "")


def body(
    rule: Rule,
    query: Query,
    *,
    part: int,
    parts: int,
    said: Written,
    types: Mapping[str, str],
    reads: Iterable[str],
    stack: str,
) -> dict[str, Any]:
    """Return the rule object of one native query.

    Args:
        rule: The rule.
        query: What it asks.
        part, parts: Which of how many native rules it is; parts count from 1.
        said: What its file says.
        types: The fields that are mapped.
        reads: The fields that the rule reads.
        stack: The version of the stack.
    """
    query = with_group(rule, of_late(query))
    read = sorted(name for name in set(reads) if name in types)
    made: dict[str, Any] = {
        "rule_id": identity(rule, part, parts),
        "name": name_of(rule, part, parts),
        "description": said.description or rule.title,
        "type": query.type,
        "language": query.language,
        "query": query.text,
        "enabled": False,
        "version": said.version,
        "severity": _severity(rule),
        "severity_mapping": [],
        "risk_score": max(0, min(100, round(rule.risk))),
        "risk_score_mapping": [],
        "interval": duration(INTERVAL_MS),
        "from": f"now-{duration(lookback(query))}",
        "to": "now",
        "timestamp_override": "event.ingested",
        "timestamp_override_fallback_disabled": False,
        "max_signals": MOST_ALERTS,
        "author": [_AUTHOR],
        "license": _LICENSE,
        "references": list(said.references),
        "false_positives": list(said.false_positives),
        "note": guide(rule, said, str(rule.meta.get("playbook") or "")),
        "setup": _SETUP.format(
            streams=names.pattern("events"), needs=", ".join(_needs(rule, read))
        ),
        "tags": _tags(rule, stack),
        "threat": threat(rule, stack),
        "investigation_fields": {"field_names": _investigation(rule, types)},
        "required_fields": [{"name": name, "type": types[name]} for name in read],
        "related_integrations": [{"package": "agentwarrant", "version": f"^{__version__}"}],
        "actions": [],
    }
    if query.language != ESQL:
        made["index"] = [names.pattern("events")]
    if query.type == EQL:
        made["timestamp_field"] = "@timestamp"
    suppression = _suppression(rule, query)
    if suppression:
        made["alert_suppression"] = suppression
    return {**made, **query.extra}


def lookback(query: Query) -> int:
    """Return how far back of now a run looks, in milliseconds."""
    return query.window_ms + INTERVAL_MS + DELAY_MS + _SPARE_MS


def of_late(query: Query) -> Query:
    """Return a query whose rows have a time, that of their last match, and are of late.

    Kibana takes ``@timestamp`` for when it happened, and for what it has suppressed already.
    """
    if not aggregates(query):
        return query
    text = f"{query.text}\n| EVAL @timestamp = last_match"
    if lookback(query) > told_again(query):
        text += f"\n| WHERE last_match >= NOW() - {RECENT_MS // 60_000} minutes"
    return replace(query, text=text)


def told_again(query: Query) -> int:
    """Return for how long runs find the same again, in milliseconds, in a query that aggregates."""
    return min(lookback(query), RECENT_MS + INTERVAL_MS + _SPARE_MS)


def duration(ms: int) -> str:
    """Return milliseconds, rounded up to seconds, in the greatest unit that fits: ``5m``."""
    seconds = -(-ms // 1000)
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def aggregates(query: Query) -> bool:
    """Tell an ES|QL query whose rows are no events."""
    bare = _QUOTED.sub("", query.text)
    return query.language == ESQL and _STATS.search(bare) is not None


def groups(rule: Rule, query: Query) -> tuple[str, ...]:
    """Return the fields that tell one burst from another in what a query returns."""
    wanted = tuple(dict.fromkeys((TENANT, *rule.group_by)))
    if not aggregates(query):
        return wanted
    return tuple(dict.fromkeys((TENANT, *query.group_by)))


def with_group(rule: Rule, query: Query) -> Query:
    """Return an ES|QL query with one column for all the fields that tell bursts apart."""
    fields = groups(rule, query)
    if query.language != ESQL or len(fields) <= MOST_FIELDS:
        return query
    parts = [f'COALESCE(MV_CONCAT(TO_STRING({column(name)}), " "), "")' for name in fields]
    joined = ', "\\n", '.join(parts)
    return replace(query, text=f"{query.text}\n| EVAL {GROUP} = CONCAT({joined})")


def _suppression(rule: Rule, query: Query) -> dict[str, Any] | None:
    lasts = rule.suppress_ms or 0
    if aggregates(query):
        lasts = max(lasts, told_again(query))
    if not lasts:
        return None
    value, unit = int(duration(lasts)[:-1]), duration(lasts)[-1]
    made: dict[str, Any] = {"duration": {"value": value, "unit": unit}}
    if query.type == "threshold":
        return made  # it suppresses by the fields of its threshold
    fields = groups(rule, query)
    if len(fields) > MOST_FIELDS:
        if query.language != ESQL:
            return None
        fields = (GROUP,)
    return {"group_by": list(fields), **made, "missing_fields_strategy": "suppress"}


def _severity(rule: Rule) -> str:
    """Return the severity as Kibana has it, which knows none below low."""
    known = rule.severity is not Severity.INFORMATIONAL
    return rule.severity.value if known else Severity.LOW.value


def _needs(rule: Rule, read: list[str]) -> list[str]:
    return list(rule.meta.get("needs") or read)


def _tags(rule: Rule, stack: str) -> list[str]:
    taxonomy = rule.meta.get("taxonomy") or {}
    sources = rule.meta.get("sources")
    made = [
        "Domain: AI agents",
        "Use Case: Threat Detection",
        "Data Source: Agent Warrant",
        "Resources: Investigation Guide",
        f"Family: {rule.family.replace('_', ' ')}",
        f"Rule: {rule.short_id}",
    ]
    made += [f"Data Source: {name}" for name in (sources if isinstance(sources, list) else ())]
    for name in ("owasp_asi", "owasp_llm"):
        given = taxonomy.get(name) or {}
        made += [f"OWASP: {one}:{given.get('edition')}" for one in given.get("ids") or ()]
    made += [f"MAESTRO: {layer}" for layer in taxonomy.get("maestro") or ()]
    tactics = {entry["tactic"]["name"] for entry in threat(rule, stack)}
    made += [f"Tactic: {name}" for name in sorted(tactics)]
    if rule.meta.get("playbook"):
        made.append(f"Playbook: {rule.meta['playbook']}")
    return made


def _investigation(rule: Rule, types: Mapping[str, str]) -> list[str]:
    """Return the fields that an analyst sees first: of the group, the reason and the needs."""
    reason = _PLACEHOLDER.findall(str(rule.meta.get("reason", "")))
    wanted = (*rule.group_by, *reason, *(rule.meta.get("needs") or ()), *_SHOWN)
    return [name for name in dict.fromkeys(wanted) if name in types or name == "message"]
