"""An alert of Kibana's detection engine, as it stands in its index, made into a finding of ours.

The fields are those of Elastic's alert schema (elastic.co, "Alert schema") and of a genuine alert
of Kibana 8.19.12. They are read from ``_source``, not by the ``fields`` option: what is ours is
not mapped in that index, and what is longer than a mapping allows would be left out.

An alert copies fields of the event that it is about, and those are what some agent wrote: what is
no field of an event, or has not its type, is not taken over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentwarrant import schema
from agentwarrant.event import Event, Value, digest, epoch_ms, iso_time, text_of
from agentwarrant.finding import CaseBook, Finding
from agentwarrant.rules.finding_event import finding_of
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.rule import identity
from agentwarrant.siem.taken import BadAlert as BadAlert
from agentwarrant.siem.taken import Said, cleaned, rule_as_said
from agentwarrant.siem.taken import flat as flat

RULE_TAG = "Data Source: Agent Warrant"
"""The tag that every rule of ours has in Kibana, and with it every alert of one."""
TENANT = "organization.id"
ALERT_ID, SPACE = "labels.alert_id", "labels.alert_space"
"""Where a finding says which alert it was; the status of that alert is set by these."""
_OWN = "kibana.alert."
_PARTS = 12


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert.

    Attributes:
        id: ``kibana.alert.uuid``.
        space: The Kibana space whose alert it is.
        time: When it was made.
        fields: Dotted name -> scalar or list of scalars of the whole document.
        ancestors: Index and id of each event that it rests on.
    """

    id: str
    space: str
    time: str
    fields: Mapping[str, Value]
    ancestors: tuple[tuple[str, str], ...]

    def text(self, name: str, default: str = "") -> str:
        """Return a field of the alert's own, named without ``kibana.alert.``."""
        return text_of(self.fields, _OWN + name, default)


def alert_of(source: Mapping[str, Any], space: str) -> Alert:
    """Read an alert.

    Args:
        source: The ``_source`` of its document.
        space: The space of the index that it stood in.

    Raises:
        BadAlert: It has no id or no time.
    """
    fields = flat(source)
    uuid = text_of(fields, f"{_OWN}uuid")
    if not uuid:
        raise BadAlert("no kibana.alert.uuid")
    try:
        time = iso_time(text_of(fields, "@timestamp"))
    except ValueError as error:
        raise BadAlert(f"no time: {error}") from None
    return Alert(uuid, space, time, fields, tuple(_ancestors(source)))


def _ancestors(source: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the events (not the alerts) that an alert rests on, as they stand in its document."""
    inner = _inner(source, f"{_OWN}ancestors")
    for one in inner if isinstance(inner, list) else [inner]:
        if isinstance(one, Mapping) and one.get("depth") == 0 and one.get("id"):
            yield str(one.get("index") or ""), str(one["id"])


def _inner(source: Mapping[str, Any], path: str) -> Any:
    """Return what stands under a dotted name, however much of it is nested."""
    for key, value in source.items():
        if key == path:
            return value
        if isinstance(value, Mapping) and path.startswith(f"{key}."):
            found = _inner(value, path.removeprefix(f"{key}."))
            if found is not None:
                return found
    return None


def event_of(document: Mapping[str, Any]) -> Event:
    """Return what of a document can stand in an event: known fields, of their types.

    Of an alert's own copy of its event, time and kind are put back.
    """
    fields = flat(document)
    made: Event = {name: value for name, value in fields.items() if not name.startswith("kibana.")}
    if time := text_of(fields, f"{_OWN}original_time"):
        made["@timestamp"] = time
    if f"{_OWN}uuid" in fields:
        made["event.kind"] = text_of(fields, f"{_OWN}original_event.kind", "event")
    return cleaned(made)  # a merge strategy of Kibana makes lists of one value


def rules_by_id(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Return the rules by each ``rule_id`` that they can have in Kibana."""
    found: dict[str, Rule] = {}
    for rule in rules:
        if rule.alerts:
            found[identity(rule, 1, 1)] = rule
            found.update({identity(rule, part, _PARTS): rule for part in range(1, _PARTS + 1)})
    return found


def finding_from(
    alert: Alert,
    evidence: Sequence[Event],
    *,
    tenant: str,
    rules: Mapping[str, Rule],
    cases: CaseBook,
) -> Finding:
    """Return the finding of an alert.

    Args:
        alert: The alert.
        evidence: The events that it rests on, as far as they were found.
        tenant: Whose it is.
        rules: By ``rule_id`` (``rules_by_id``); of another rule only what the alert says is known.
        cases: Gives the finding its case, as it gives the embedded engine's.
    """
    rule = _rule(alert, rules)
    events = sorted(evidence, key=lambda event: text_of(event, "@timestamp"))
    trigger = events[-1] if events else _stand_in(alert)
    trigger = {**trigger, TENANT: tenant}
    ids = [text_of(event, "event.id") for event in events] or [i for _, i in alert.ancestors]
    last = epoch_ms(text_of(trigger, "@timestamp"))
    reason = [line for line in (alert.text("reason"),) if line]
    made = finding_of(
        rule,
        trigger,
        events,
        ids or [alert.id],
        cases.case_id(trigger),
        _count(alert),
        last,
        reason,
    )
    made["event.id"] = digest("alert", alert.space, alert.id)
    made[ALERT_ID], made[SPACE] = alert.id, alert.space
    if url := alert.text("url"):
        made["event.url"] = url
    return Finding(made, tuple(events))


def _rule(alert: Alert, rules: Mapping[str, Rule]) -> Rule:
    """Return the rule of an alert, as severe as the alert says: an analyst may have changed it."""
    identity_ = alert.text("rule.rule_id") or alert.text("rule.uuid") or "unknown"
    said = Said(
        title=alert.text("rule.name", "Alert of Elastic"),
        severity=alert.text("severity"),
        risk=alert.text("risk_score") or alert.text("rule.risk_score"),
    )
    return rule_as_said(rules.get(alert.text("rule.rule_id")), identity_, said)


def _stand_in(alert: Alert) -> Event:
    """Return the alert's own copy of its event: a threshold or a sum has no event of its own."""
    made = event_of(alert.fields)
    made.setdefault("@timestamp", alert.time)
    made.setdefault("event.id", alert.ancestors[-1][1] if alert.ancestors else alert.id)
    terms = (
        alert.fields.get(f"{_OWN}threshold_result.terms.{part}") for part in ("field", "value")
    )
    names, values = (one if isinstance(one, list) else [one] if one else [] for one in terms)
    for name, value in zip(names, values, strict=False):
        if schema.field_type(str(name)) == "keyword":
            made.setdefault(str(name), str(value))
    return made


def _count(alert: Alert) -> int:
    """Return how often it matched: what a threshold counted, and what suppression folded in."""
    for name, more in (("threshold_result.count", 0), ("suppression.docs_count", 1)):
        text = alert.text(name)
        if text.isdigit():
            return max(1, min(int(text) + more, 1 << 53))
    return 1
