"""What is taken out of a SIEM, as far as it can stand in an event or a finding of ours.

An alert copies fields of the events that it is about, and those are what some agent wrote: what is
no field of an event, or has not its type, is not taken over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agentwarrant import schema
from agentwarrant.event import TEXT_LIMIT, Event, Value, iso_time, text_of
from agentwarrant.finding import Severity
from agentwarrant.rules.model import Rule

_DEEPEST, _MOST = 20, 10_000


class BadAlert(Exception):
    """An alert cannot become a finding; the message says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an alert says of its rule, as text; an analyst may have changed it.

    Attributes:
        title: What the rule is called there.
        severity: A word of ``Severity``, or anything else.
        risk: 0 to 100, or anything else.
    """

    title: str
    severity: str = ""
    risk: str = ""


def flat(source: Mapping[str, Any]) -> dict[str, Value]:
    """Return a document as dotted name -> scalar or list of scalars.

    Nested or dotted, as Elasticsearch takes both; objects in a list are laid together; booleans
    are text. What is nested too deep, and what is beyond some thousand values, is left out.
    """
    found: dict[str, list[Any]] = {}
    lists: set[str] = set()
    pending: deque[tuple[str, Any, int]] = deque([("", source, 0)])
    taken = 0
    while pending and taken < _MOST:
        name, value, depth = pending.popleft()
        if isinstance(value, Mapping) and depth < _DEEPEST:
            prefix = f"{name}." if name else ""
            pending += [(f"{prefix}{key}", item, depth + 1) for key, item in value.items()]
        elif isinstance(value, list) and depth < _DEEPEST:
            lists.add(name)
            pending += [(name, item, depth + 1) for item in value]
        elif isinstance(value, str | int | float):
            found.setdefault(name, []).append(_scalar(value))
            taken += 1
    return {
        name: values[0] if len(values) == 1 and name not in lists else values
        for name, values in found.items()
    }


def _scalar(value: str | float) -> str | float:
    if isinstance(value, bool):
        return str(value).lower()
    return value[:TEXT_LIMIT] if isinstance(value, str) else value


def cleaned(event: Event) -> Event:
    """Return what of some fields can stand in an event: known ones, of their types.

    Of a field that has one value, a list of one is that value.
    """
    made = dict(event)
    try:
        made["@timestamp"] = iso_time(text_of(made, "@timestamp"))
    except ValueError:
        made.pop("@timestamp", None)
    wrong = _wrong(made)
    alone: Event = {}
    for name in wrong:
        value = made.get(name)
        if isinstance(value, list) and len(value) == 1:
            alone[name] = value[0]
    if alone:
        made |= alone
        wrong = _wrong(made)
    return {name: value for name, value in made.items() if name not in wrong}


def _wrong(event: Event) -> set[str]:
    return {problem.partition(":")[0] for problem in schema.problems(event)}


def rule_as_said(known: Rule | None, identity: str, said: Said) -> Rule:
    """Return the rule of an alert, as severe as the alert says.

    Args:
        known: The rule, where it is one of ours; of another only what the alert says is known.
        identity: What that other is called.
        said: What the alert says of it.
    """
    severity = _severity(said.severity, known)
    rule = known or Rule(identity, "", said.title, "", "", severity, alerts=True)
    risk = _risk(said.risk)
    meta = rule.meta if risk is None else {**rule.meta, "risk_score": risk}
    if known is None:
        meta = {**meta, "reason": said.title}
    return replace(rule, severity=severity, meta=meta)


def _severity(text: str, rule: Rule | None) -> Severity:
    try:
        given = Severity(text)
    except ValueError:
        return rule.severity if rule else Severity.MEDIUM
    # A SIEM may know none below low: an informational rule is a low one there.
    low = given is Severity.LOW and rule is not None
    return rule.severity if low and rule and rule.severity.rank < given.rank else given


def _risk(text: str) -> float | None:
    try:
        given = float(text)
    except ValueError:
        return None
    return given if 0 <= given <= 100 else None
