"""What a search of ours found, as a row of a result, a notable event or a webhook says it.

Rows have the columns that ``found`` makes: ``aw_rule``, ``aw_tenant``, ``aw_agent``, ``aw_ids``
(ids of the events), ``aw_matches``, ``aw_first``, ``aw_last``. Enterprise Security copies them into
a notable event and into a risk event (dev.splunk.com, "Using notable events in search"). The same
match is the same whichever way it comes: it is known by its rule, its tenant and its events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentwarrant.event import (
    TEXT_LIMIT,
    Event,
    Value,
    compact_json,
    digest,
    epoch_ms,
    iso_from_ms,
    iso_time,
    text_of,
)
from agentwarrant.finding import CaseBook, Finding
from agentwarrant.rules.finding_event import finding_of
from agentwarrant.rules.model import Rule
from agentwarrant.siem.taken import BadAlert, Said, cleaned, rule_as_said

TENANT = "organization.id"
MATCH_ID = "labels.alert_id"
"""Where a finding says which match it was; the state of its alert is set by it."""
_OWN = "aw_"
_MOST_IDS = 1_000
_LONGEST_ID = 512
_NAMES = "rule_title", "search_name", "source"


@dataclass(frozen=True, slots=True)
class Match:
    """One match.

    Attributes:
        id: What no other match has, and this one has however it came.
        alert: ``event_id`` of its notable event; empty where it has none.
        time: When the alert was made.
        rule, tenant, agent: As the row says; empty where it does not.
        events: Ids of the events that it rests on.
        fields: The whole row: text, or a list of texts.
    """

    id: str
    alert: str
    time: str
    rule: str
    tenant: str
    agent: str
    events: tuple[str, ...]
    fields: Mapping[str, Value]

    def text(self, *names: str) -> str:
        """Return the first of some fields that is there."""
        return next((text for name in names if (text := text_of(self.fields, name))), "")

    def moment(self, name: str) -> int | None:
        """Return a time of the row in milliseconds; None where it has none."""
        return _moment(self.text(name))


def match_of(row: Mapping[str, Any]) -> Match:
    """Read a row of a result, a notable event or a risk event.

    Raises:
        BadAlert: It has no time.
    """
    fields = {str(name): _value(value) for name, value in row.items()}
    said = _strings(fields.get("aw_ids") or fields.get("aw_id") or fields.get("event.id"))
    return _match(
        fields,
        rule=text_of(fields, "aw_rule"),
        tenant=text_of(fields, "aw_tenant") or text_of(fields, TENANT),
        agent=text_of(fields, "aw_agent") or text_of(fields, "gen_ai.agent.id"),
        events=said,
        time=text_of(fields, "_time"),
    )


def match_sent(result: Mapping[str, Any]) -> Match:
    """Read a result that our alert action sent (``app_bin``).

    Raises:
        BadAlert: It is no such result.
    """
    given, more = result.get("aw_ids"), result.get("fields")
    if not isinstance(given, list) or not isinstance(more, dict):
        raise BadAlert("it is no result of the alert action")
    fields = {str(name): _value(value) for name, value in more.items()}
    return _match(
        fields,
        rule=str(result.get("rule") or ""),
        tenant=str(result.get("tenant") or ""),
        agent=str(result.get("agent") or ""),
        events=[str(one) for one in given],
        time=str(result.get("time") or ""),
    )


def _match(
    fields: Mapping[str, Value], *, rule: str, tenant: str, agent: str, events: list[str], time: str
) -> Match:
    made = _moment(time)
    if made is None:
        raise BadAlert("it has no time")
    ids = sorted({one for one in events if 0 < len(one) <= _LONGEST_ID})[:_MOST_IDS]
    alert = text_of(fields, "event_id")
    rest = alert or compact_json({n: v for n, v in fields.items() if not n.startswith("_")})
    identity = digest("splunk", rule, tenant, *(ids or [agent, rest]))
    return Match(identity, alert, iso_from_ms(made), rule, tenant, agent, tuple(ids), fields)


def _value(value: Any) -> Value:
    if isinstance(value, list):
        return [str(one)[:TEXT_LIMIT] for one in value]
    return "" if value is None else str(value)[:TEXT_LIMIT]


def _strings(value: Value | None) -> list[str]:
    """Return the texts of a field; what writes a notable event joins several by line feeds."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return [part for one in listed for part in str(one).split("\n") if part]


def _moment(text: str) -> int | None:
    """Return a time, RFC 3339 or seconds since 1970, in milliseconds."""
    try:
        return round(float(text) * 1000) if _is_number(text) else epoch_ms(iso_time(text))
    except (ValueError, OverflowError):
        return None


def _is_number(text: str) -> bool:
    return len(text) <= 20 and text.replace(".", "", 1).isdecimal()


def finding_from(
    match: Match,
    evidence: Sequence[Event],
    *,
    tenant: str,
    rules: Mapping[str, Rule],
    cases: CaseBook,
) -> Finding:
    """Return the finding of a match.

    Args:
        match: The match.
        evidence: The events that it rests on, as far as they were found.
        tenant: Whose it is.
        rules: By the id that findings carry; of another rule only what the match says is known.
        cases: Gives the finding its case, as it gives the embedded engine's.
    """
    title = match.text(*_NAMES) or "Alert of Splunk"
    said = Said(title, severity=match.text("severity"))
    rule = rule_as_said(rules.get(match.rule), match.rule or title, said)
    events = sorted(evidence, key=lambda event: text_of(event, "@timestamp"))
    trigger = {**(events[-1] if events else _stand_in(match)), TENANT: tenant}
    ids = [text_of(event, "event.id") for event in events] or list(match.events)
    made = finding_of(
        rule,
        trigger,
        events,
        ids or [match.id],
        cases.case_id(trigger),
        _count(match),
        match.moment("aw_last") or epoch_ms(text_of(trigger, "@timestamp")),
        [],
    )
    made["event.id"] = digest("alert", "splunk", match.id)
    made[MATCH_ID] = match.id
    return Finding(made, tuple(events))


def _stand_in(match: Match) -> Event:
    """Return what a match itself says of its event, as far as that can stand in one."""
    fields = {
        name.removesuffix("{}"): value
        for name, value in match.fields.items()
        if not name.startswith((_OWN, "_")) and value
    }
    made = cleaned(fields)
    last = match.moment("aw_last")
    made.setdefault("@timestamp", match.time if last is None else iso_from_ms(last))
    made.setdefault("event.id", match.events[-1] if match.events else match.id)
    if match.agent:
        made["gen_ai.agent.id"] = match.agent
    return made


def _count(match: Match) -> int:
    text = match.text("aw_matches")
    return max(1, min(int(text), 1 << 53)) if text.isdecimal() and len(text) < 17 else 1
