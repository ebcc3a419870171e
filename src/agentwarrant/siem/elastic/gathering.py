"""Finds the events behind an alert that names none: a count, a sequence, a sum over many.

Such an alert of a rule of ours says its group and when it first and last matched (``frame.found``,
``chained``). The events are what the rules that it reads match, in that group and time; they are
read from the tenant's stream and matched here, by the embedded engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentwarrant.event import Event, Value, epoch_ms, iso_from_ms, iso_time, text_of
from agentwarrant.rules.ir import fold
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.alertdoc import TENANT, Alert, event_of

MOST = 1_000
"""Documents that are looked at for one alert, the newest first."""
_FIRST, _LAST = "first_match", "last_match"


class Gatherer:
    """Tells which documents are events behind an alert.

    Args:
        rules: All rules, those that others read among them.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._known = {rule.id: rule for rule in rules}
        self._matchers: dict[str, Matcher] = {}

    def query(self, alert: Alert, rule: Rule, tenant: str) -> dict[str, Any] | None:
        """Return the query for what an alert may rest on; None where it says too little."""
        correlation = rule.correlation
        if correlation is None:
            return None
        try:
            first, last = (epoch_ms(iso_time(text_of(alert.fields, n))) for n in (_FIRST, _LAST))
        except ValueError:
            return None
        begin = iso_from_ms(max(0, first - self._reach(rule)))
        filters: list[dict[str, Any]] = [
            {"range": {"@timestamp": {"gte": begin, "lte": iso_from_ms(last)}}},
            {"term": {TENANT: tenant}},
        ]
        for name in correlation.group_by:
            value = text_of(alert.fields, name)
            if value and name != TENANT and name not in correlation.aliases:
                filters.append({"term": {name: {"value": value, "case_insensitive": True}}})
        return {"bool": {"filter": filters}}

    def chosen(
        self, alert: Alert, rule: Rule, documents: Sequence[Mapping[str, Any]]
    ) -> Iterator[Event]:
        """Yield the events among some documents that an alert of a rule rests on."""
        matcher = self._matchers.get(rule.id)
        if matcher is None:
            matcher = self._matchers[rule.id] = Matcher(list(self._read_by(rule)))
        for document in documents:
            event = event_of(document)
            if any(_is_of(event, alert, rule, hit) for hit in matcher.hits(event)):
                yield event

    def _reach(self, rule: Rule) -> int:
        """Return how long before its match a rule's events may have begun, in milliseconds."""
        total, pending, seen = 0, [rule.id], {rule.id}
        while pending:
            one = self._known.get(pending.pop())
            if one is not None and one.correlation is not None:
                total += one.correlation.window_ms
                new = [name for name in one.correlation.rules if name not in seen]
                seen.update(new)
                pending += new
        return total

    def _read_by(self, rule: Rule) -> Iterator[Rule]:
        """Yield the rules about single events that a rule reads, itself or by others."""
        pending, seen = [rule.id], {rule.id}
        while pending:
            one = self._known.get(pending.pop())
            if one is None:
                continue
            if one.correlation is None:
                yield one
                continue
            new = [name for name in one.correlation.rules if name not in seen]
            seen.update(new)
            pending += new


def _is_of(event: Event, alert: Alert, rule: Rule, hit: Rule) -> bool:
    """Is an event that a rule matched in the group that an alert is about?"""
    correlation = rule.correlation
    if correlation is None:
        return False
    for name in correlation.group_by:
        wanted = text_of(alert.fields, name)
        own = correlation.aliases.get(name, {}).get(hit.id, name)
        if wanted and fold(wanted) not in _folded(event.get(own)):
            return False
    return True


def _folded(value: Value | None) -> set[str]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return {fold(str(item)) for item in items}
