"""Rules as monitors of OpenSearch's alerting plug-in: all that can mean the same there.

A monitor per query (``query_level_monitor``) runs one search and raises one alert while its trigger
holds. So a rule about single events becomes one, and so does each alternative of a correlation
that is about single events (``compose.parts``). What counts within a window, or asks what stood
before or after, is refused: a monitor looks once a run, over a range that does not slide, and a
burst across the end of a run would be missed.

**Time.** A run looks at what was ingested since (``event.ingested``), and by ``@timestamp`` at what
has no such time, so that an event that comes late is looked at all the same. It looks back over
one interval and ``DELAY_MS`` more: runs overlap, and an alert that goes on is no second alert.

**Braces.** The plug-in takes the text of a search for a Mustache template, so what has two braces
in a row is refused: it would be filled in with nothing.

The document is what ``POST _plugins/_alerting/monitors`` parses (opensearch-project/common-utils,
``Monitor.parse``, ``SearchInput``, ``QueryLevelTrigger``, ``IntervalSchedule``; the moments of a
run are filled in by opensearch-project/alerting, ``InputService.getSearchRequest``, in
milliseconds).
``ui_metadata`` is kept and not indexed (``scheduled-jobs.json``): our mark stands there, beside
what OpenSearch Dashboards reads (alerting-dashboards-plugin, ``monitorToFormik.js``). The searches
were run on 3.8.0; the plug-in was not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from agentwarrant import __version__
from agentwarrant.finding import Severity
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender, Refusal, check, parts
from agentwarrant.siem.elastic import dsl, names
from agentwarrant.siem.elastic.plan import OURS
from agentwarrant.siem.elastic.rule import DELAY_MS, INTERVAL_MS, duration, identity, name_of
from agentwarrant.siem.elastic.summary import cell
from agentwarrant.siem.reduced import Types
from agentwarrant.siem.written import Written, written

SHOWN = 20
"""Events that a run hands to the actions of a trigger, the newest; all are counted."""
_LEVELS = (
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    Severity.INFORMATIONAL,
)
"""Severities in their order: the plug-in has 1 for the highest and 5 for the lowest."""
_FOUND = "ctx.results[0].hits.total.value > 0"
_COUNTS = "it counts within a window that slides, and a monitor counts once a run"
_REMEMBERS = "it compares with what a group did for days before, and a monitor remembers nothing"
_TOGETHER = "it is about several events within a window, and a search finds them one by one"
_WHY = {
    "new_value": _REMEMBERS,
    "rate_baseline": _REMEMBERS,
    "temporal": _TOGETHER,
    "temporal_ordered": _TOGETHER,
}


@dataclass(frozen=True, slots=True)
class Monitor:
    """One monitor.

    Attributes:
        rule: The rule that it comes from.
        part: Which of that rule's parts (``compose.parts``), from 1.
        id: The same as of the detection rule that this part is in Kibana, where it is one.
        body: The monitor, as the plug-in's API takes it.
    """

    rule: Rule
    part: int
    id: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Monitors:
    """All rules that give findings of their own, as monitors or refused, in their order.

    A rule some of whose alternatives alone are monitors stands in both.
    """

    monitors: tuple[Monitor, ...]
    refused: tuple[Refusal, ...]


def render(rules: Sequence[Rule], types: Types) -> Monitors:
    """Return what some rules become.

    Args:
        rules: All rules, those that others read among them.
        types: The types of the fields in OpenSearch (``opensearch.DIALECT.of``).
    """
    known = {rule.id: rule for rule in rules}
    alerting = [rule for rule in rules if rule.alerts]
    said = written(alerting)
    found = [one for rule in alerting for one in _of(rule, known, types, said[rule.id])]
    return Monitors(
        tuple(one for one in found if isinstance(one, Monitor)),
        tuple(one for one in found if isinstance(one, Refusal)),
    )


def _of(
    rule: Rule, known: Mapping[str, Rule], types: Types, said: Written
) -> Iterator[Monitor | Refusal]:
    try:
        check(rule, known)
        found = parts(rule, known)
    except CannotRender as error:
        yield Refusal(rule, str(error))
        return
    for number, part in enumerate(found, 1):
        try:
            query = _single(part, types)
        except CannotRender as error:
            which = f"part {number} of {len(found)}: " if len(found) > 1 else ""
            yield Refusal(rule, f"{which}{error}")
            continue
        own = identity(rule, number, len(found))
        body = _body(rule, query, name_of(rule, number, len(found)), own, said)
        yield Monitor(rule, number, own, body)


def _single(part: Rule, types: Types) -> dsl.Query:
    """Return the query of a part that is about single events.

    Raises:
        CannotRender: It is not, or cannot mean the same there.
    """
    if part.correlation is not None:
        raise CannotRender(_WHY.get(part.correlation.kind, _COUNTS))
    query = dsl.condition(part.tree or ["false"], types)
    if b"{{" in orjson.dumps(query):
        raise CannotRender("it looks for two braces, which the plug-in takes for a template")
    return query


def _body(rule: Rule, query: dsl.Query, name: str, own: str, said: Written) -> dict[str, Any]:
    trigger = {
        "id": own,
        "name": name,
        "severity": str(_LEVELS.index(rule.severity) + 1),
        "condition": {"script": {"source": _FOUND, "lang": "painless"}},
        "actions": [],
    }
    search = {
        "size": SHOWN,
        "track_total_hits": True,
        "sort": [{"@timestamp": {"order": "desc"}}],
        "query": dsl.every([_of_late(), query]),
    }
    return {
        "type": "monitor",
        "monitor_type": "query_level_monitor",
        "name": name,
        "enabled": False,
        "schedule": {"period": {"interval": INTERVAL_MS // 60_000, "unit": "MINUTES"}},
        "inputs": [{"search": {"indices": [names.pattern("events")], "query": search}}],
        "triggers": [{"query_level_trigger": trigger}],
        "ui_metadata": {"search": {"searchType": "query"}, OURS: _mark(rule, said)},
    }


def _of_late() -> dsl.Query:
    """Return what finds the events that a run looks at."""
    ingested = "event.ingested"
    unknown = [{"exists": {"field": ingested}}]
    return dsl.some([_during(ingested), dsl.every([_during("@timestamp")], unknown)])


def _during(name: str) -> dsl.Query:
    end = "{{period_end}}"
    start = f"{end}||-{duration(INTERVAL_MS + DELAY_MS)}"
    return {"range": {name: {"gt": start, "lte": end, "format": "epoch_millis"}}}


def _mark(rule: Rule, said: Written) -> dict[str, Any]:
    return {
        "managed_by": OURS,
        "version": __version__,
        "rule": rule.public_id,
        "rule_version": said.version,
        "short_id": rule.short_id,
        "description": said.description or rule.title,
    }


def refusals(made: Monitors) -> str:
    """Return ``refused.md`` of OpenSearch: what runs in the embedded engine alone."""
    sources = {one.rule.id for one in made.monitors}
    every = sources | {one.rule.id for one in made.refused}
    lines = [
        "# Rules that are no monitors in OpenSearch",
        "",
        "They run in the embedded engine all the same; its findings are shipped.",
        "",
        f"{len(sources)} of {len(every)} rules are monitors, or one of their alternatives is:"
        f" {len(made.monitors)} monitors.",
        "",
        "| refused rule | | why it cannot mean the same there |",
        "|---|---|---|",
    ]
    for one in sorted(made.refused, key=lambda refusal: refusal.rule.short_id):
        lines.append(f"| `{one.rule.short_id}` | {cell(one.rule.title)} | {cell(one.reason)} |")
    return "\n".join(lines) + "\n"
