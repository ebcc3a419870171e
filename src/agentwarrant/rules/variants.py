"""Events of a test that finds, changed in one way that must silence the rule.

A correlation that still fires when its events are too far apart, in the wrong order, somebody
else's each, or without the field that groups them, does not correlate what it says. Which of
these can be asked of a test is told from the rule; where one event alone makes the rule fire,
none can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentwarrant.event import Event, epoch_ms, iso_from_ms, text_of
from agentwarrant.rules.check import findings_of, with_parts
from agentwarrant.rules.correlation.terms import terms_of
from agentwarrant.rules.ir import Node
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Correlation, Rule

OUT_OF_WINDOW, REVERSED, STRANGERS, MISSING = "out_of_window", "reversed", "other", "missing_field"
TENANT, AGENT = "organization.id", "gen_ai.agent.id"
_TEMPORAL = ("temporal", "temporal_ordered")
_OTHER = "another-{}"


@dataclass(frozen=True, slots=True)
class Variant:
    """The events of a test, changed.

    Attributes:
        kind: ``out_of_window``, ``reversed``, ``other`` or ``missing_field``.
        field: Which field was changed or removed; empty where times were.
        events: In order of time.
    """

    kind: str
    field: str
    events: list[Event]

    def __str__(self) -> str:
        said = {
            OUT_OF_WINDOW: "its events stand further apart than its time",
            REVERSED: "its events come in the reversed order",
            STRANGERS: f"its events differ in {self.field}",
            MISSING: f"its events have no {self.field}",
        }
        return said[self.kind]


def variants(rule: Rule, events: Sequence[Event], rules: Sequence[Rule]) -> Iterator[Variant]:
    """Yield what must silence a correlation, of the events of a test that finds.

    Args:
        rule: The correlation.
        events: In order of time.
        rules: All rules, the parts of the correlation among them.
    """
    correlation = rule.correlation
    if correlation is None:
        return
    parts = _Parts(rule, rules)
    yield from _without_fields(correlation, parts, events)
    if _waits_alone(correlation.condition) or parts.one_is_enough(events):
        return
    yield Variant(OUT_OF_WINDOW, "", _apart(events, parts.reach() + 1000))
    if correlation.kind == "temporal_ordered" and not parts.reads_backwards(events):
        yield Variant(REVERSED, "", _reversed(events))
    for name in (*_fields(correlation, correlation.group_by), TENANT):
        for mixed in parts.strangers(events, name):
            yield Variant(STRANGERS, name, mixed)


def _without_fields(
    correlation: Correlation, parts: _Parts, events: Sequence[Event]
) -> Iterator[Variant]:
    """Yield the events without each field that groups, and without all that say what is counted.

    Where what is counted has several names (``aliases``), one may stand in for another.
    """
    groups = [[name] for name in _fields(correlation, correlation.group_by)]
    counted = [_fields(correlation, [name]) for name in correlation.fields]
    for names in (*groups, *counted):
        if any(name in event and parts.reads(event, name) for event in events for name in names):
            without = [{k: v for k, v in event.items() if k not in names} for event in events]
            yield Variant(MISSING, ", ".join(names), without)


def _fields(correlation: Correlation, names: Iterable[str]) -> list[str]:
    """Return the fields of events that some names stand for, each once, the tenant apart."""
    aliases = correlation.aliases
    found = (
        field
        for name in names
        for field in (aliases[name].values() if name in aliases else (name,))
    )
    return [field for field in dict.fromkeys(found) if field != TENANT]


def _apart(events: Sequence[Event], gap: int) -> list[Event]:
    """Return the events with a gap more between each and the next."""
    return [_at(event, _time(event) + n * gap) for n, event in enumerate(events)]


def _reversed(events: Sequence[Event]) -> list[Event]:
    """Return the events with the times read backwards."""
    ends = _time(events[0]) + _time(events[-1])
    return [_at(event, ends - _time(event)) for event in reversed(events)]


def _time(event: Event) -> int:
    return epoch_ms(text_of(event, "@timestamp"))


def _at(event: Event, time: int) -> Event:
    return {**event, "@timestamp": iso_from_ms(time)}


class _Parts:
    """A correlation with the rules about single events that it rests on."""

    def __init__(self, rule: Rule, rules: Sequence[Rule]) -> None:
        self._rule = rule
        self._rules = with_parts(rule, rules)
        self._correlation: Correlation = rule.correlation  # type: ignore[assignment]  # has one
        self._known = {one.id: one for one in self._rules}
        self._leaves = [
            [leaf for leaf in with_parts(self._known[p], self._rules) if leaf.tree]
            for p in self._correlation.rules
        ]
        self._hits = [_hits_of(leaves) for leaves in self._leaves]

    def reach(self) -> int:
        """Return how far back the correlation looks, itself or through another, in milliseconds."""
        found = [one.correlation for one in self._rules if one.correlation is not None]
        return max(one.window_ms + one.history_ms for one in found)

    def one_is_enough(self, events: Sequence[Event]) -> bool:
        """Does one event of these make the rule fire alone?"""
        alike = {
            repr({k: v for k, v in event.items() if k not in ("@timestamp", "event.id")}): event
            for event in events
            if any(hits(event) for hits in self._hits)
        }
        return any(findings_of(self._rule, [event], self._rules) for event in alike.values())

    def reads_backwards(self, events: Sequence[Event]) -> bool:
        """Do the events hold the steps in their order also when read from the end?"""
        wanted = _asserted(self._correlation)
        present = [n for n in wanted if any(self._hits[n](event) for event in events)]
        for event in reversed(events):
            if present and self._hits[present[0]](event):
                present.pop(0)
        return not present

    def reads(self, event: Event, field: str) -> bool:
        """Is an event one of those that must be there, and told apart or counted by a field?"""
        asserted = [leaf for n in _asserted(self._correlation) for leaf in self._leaves[n]]
        reading = self._reading(field)
        return _hits_of([leaf for leaf in asserted if leaf.id in reading])(event)

    def strangers(self, events: Sequence[Event], field: str) -> Iterator[list[Event]]:
        """Yield the events with each, and with those of one step, having another value."""
        yield [{**event, field: _OTHER.format(n)} for n, event in enumerate(events)]
        if self._correlation.kind not in _TEMPORAL or not _is_plain(self._correlation.condition):
            return
        reading = self._reading(field)
        for leaves, hits in zip(self._leaves, self._hits, strict=True):
            others = [one for one in self._hits if one is not hits]
            reads = _hits_of([leaf for leaf in leaves if field == TENANT or leaf.id in reading])
            own = [reads(e) and not any(other(e) for other in others) for e in events]
            if any(own):
                yield [
                    {**event, field: _OTHER.format("")} if apart else event
                    for event, apart in zip(events, own, strict=True)
                ]

    def _reading(self, field: str) -> set[str]:
        """Return the ids of the rules about single events that a field groups or is counted of.

        Correlations under this one may give another field of an event the name that groups here.
        """
        found: set[str] = set()
        pending = [(self._rule, [*self._correlation.group_by, *self._correlation.fields])]
        while pending:
            rule, names = pending.pop()
            correlation = rule.correlation
            if correlation is None:
                found |= {rule.id} if field in names else set()
                continue
            for part in correlation.rules:
                own = [correlation.aliases.get(name, {}).get(part, name) for name in names]
                pending.append((self._known[part], own))
        return found


def _hits_of(leaves: Sequence[Rule]) -> Callable[[Mapping[str, object]], bool]:
    hits = Matcher(leaves).hits
    return lambda event: bool(hits(event))


def _waits_alone(condition: Node | None) -> bool:
    """Is one rule enough, if some other does not follow?"""
    terms = terms_of(condition) if condition is not None else []
    return any(term.negative and len(term.positive) <= 1 for term in terms)


def _is_plain(condition: Node | None) -> bool:
    """Must all rules of a temporal correlation have been there?"""
    return condition is None or (
        condition[0] == "and" and all(part[0] == "rule" for part in condition[1:])
    )


def _asserted(correlation: Correlation) -> list[int]:
    """Return the positions of the rules that a correlation does not deny, in order."""
    denied: set[int] = set()
    _add_denied(correlation.condition or ["and"], False, denied)
    return [n for n in range(len(correlation.rules)) if n not in denied]


def _add_denied(node: Node, inside: bool, found: set[int]) -> None:
    if node[0] == "rule":
        if inside:
            found.add(node[1])
        return
    for part in node[1:]:
        _add_denied(part, inside != (node[0] == "not"), found)


def denied(correlation: Correlation) -> frozenset[str]:
    """Return the ids of the rules whose absence a correlation asks for."""
    asserted = _asserted(correlation)
    return frozenset(one for n, one in enumerate(correlation.rules) if n not in asserted)
