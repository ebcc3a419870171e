"""Events that rules are compared on: those of their tests, and what lies next to them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

from agentwarrant.event import Event, Value, epoch_ms, iso_from_ms, text_of
from agentwarrant.rules.check import events_of, with_parts
from agentwarrant.rules.documents import fields_read
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic.mapping import fields
from agentwarrant.siem.vocabulary import is_lower, is_single

from .parity import TENANT, Case

NOW = 1_795_000_000_000
"""When all cases end."""
_TEXT = ("keyword", "wildcard", "match_only_text")
_CHANCE = 8
"""How many cases are made of a test by chance."""
_ORDERED = ("temporal_ordered", "new_value")
"""Kinds to which the order of two events is all."""
_FIRST = 3
"""So many events of a test get neighbours."""
_FIXED = ("@timestamp", "event.id")
_ALWAYS = ("as-it-is", "edge-", "steps-")
"""What the names of cases begin with that are never left out."""


_KNOWN: dict[tuple[str, int], list[Event]] = {}


def tests_of(rule: Rule, rules: Sequence[Rule]) -> Iterator[list[Event]]:
    """Yield the events of each test of a rule's file."""
    for one in rules:
        if one.path == rule.path:
            for number in range(len(one.tests)):
                yield events_at(one, number)


def events_at(rule: Rule, number: int) -> list[Event]:
    """Return the events of one of a rule's tests; some are what a source makes of records."""
    key = (rule.id, number)
    if key not in _KNOWN:
        _KNOWN[key] = events_of(rule.tests[number])
    return _KNOWN[key]


def neighbours(event: Event, names: Sequence[str]) -> Iterator[Event]:
    """Yield an event and, field by field, what it would be without it, with a list, in capitals."""
    yield event
    types = fields()
    for name in names:
        if name in _FIXED or name not in types:
            continue
        yield {key: value for key, value in event.items() if key != name}
        value = event.get(name)
        if types[name] not in _TEXT:
            continue
        for other in _texts(name, value):
            yield {**event, name: other}


def _texts(name: str, value: Value | None) -> Iterator[Value]:
    yield "something else"
    text = value if isinstance(value, str) else None
    if text is not None:
        yield ["something else", text]
        yield ["something else", "and another"]
    if not is_lower(name):
        if text is not None:
            yield text.upper()
            yield [text.swapcase(), "something else"]
        yield "Unknown"


def singles(rules: Sequence[Rule]) -> list[Event]:
    """Return different events around the tests of all rules, each with an id of its own."""
    made: dict[str, Event] = {}
    for rule in rules:
        read = {name for part in with_parts(rule, rules) for name in fields_read(part)}
        names = sorted(read | {TENANT}) if rule.tree else []
        for number in range(len(rule.tests)):
            for event in events_at(rule, number)[: _FIRST if rule.tree else None]:
                for one in neighbours(event, names):
                    made.setdefault(repr({**one, "@timestamp": "", "event.id": ""}), one)
    return [{**event, "event.id": f"e{n}"} for n, event in enumerate(made.values())]


def cases(rule: Rule, rules: Sequence[Rule], *, budget: int = 800) -> list[Case]:
    """Return cases around the tests of a correlation's file, ending at ``NOW``.

    Args:
        rule: A correlation.
        rules: All rules.
        budget: About how many events they may have together, besides the tests as they are.
    """
    kinds = {part.correlation.kind for part in with_parts(rule, rules) if part.correlation}
    ordered = not kinds.isdisjoint(_ORDERED)
    plain: list[Case] = []
    more: list[Case] = []
    for number, events in enumerate(tests_of(rule, rules)):
        for name, changed in _changed(rule, rules, events):
            made = _case(f"{rule.name}-{number}-{name}", _apart(changed) if ordered else changed)
            (plain if name.startswith(_ALWAYS) else more).append(made)
    random.Random(rule.name).shuffle(more)  # noqa: S311 - no secret
    return [*plain, *_within(more, budget)]


def _apart(events: Sequence[Event]) -> list[Event]:
    """Return events with no two at one moment: an index does not keep which was first."""
    made: list[Event] = []
    for event in sorted(events, key=_time):
        least = _time(made[-1]) + 1 if made else 0
        made.append(_at(event, max(least, _time(event))))
    return made


def _within(made: Sequence[Case], budget: int) -> Iterator[Case]:
    for one in made:
        if len(one.events) <= budget:
            budget -= len(one.events)
            yield one


def _case(name: str, events: Sequence[Event]) -> Case:
    """Return events as a case: the last of them now, each tenant with the case's name."""
    ordered = sorted(events, key=_time)
    shift = NOW - _time(ordered[-1])
    return Case(
        name,
        tuple(
            {
                **event,
                "@timestamp": iso_from_ms(_time(event) + shift),
                TENANT: f"{name}/{event.get(TENANT, '')}",
                "event.id": f"{name}/{n}",
            }
            for n, event in enumerate(ordered)
        ),
    )


def _time(event: Event) -> int:
    return epoch_ms(text_of(event, "@timestamp"))


def _at(event: Event, time: int) -> Event:
    return {**event, "@timestamp": iso_from_ms(time)}


def _changed(
    rule: Rule, rules: Sequence[Rule], events: list[Event]
) -> Iterator[tuple[str, list[Event]]]:
    yield "as-it-is", events
    start, end = _time(events[0]), _time(events[-1])
    yield "reversed", [_at(event, start + end - _time(event)) for event in events]
    half = len(events) // 2
    yield "two-tenants", [{**e, TENANT: f"other-{n % 2}"} for n, e in enumerate(events)]
    yield from _by_field(rule, rules, events, half)
    yield from _by_window(rule, events)
    yield from _by_steps(rule, rules, events)
    for n in range(_CHANCE):
        yield f"chance-{n}", list(_by_chance(rule, rules, events, n))


def _by_field(
    rule: Rule, rules: Sequence[Rule], events: list[Event], half: int
) -> Iterator[tuple[str, list[Event]]]:
    for name in _named(rule):
        without = [{k: v for k, v in event.items() if k != name} for event in events]
        yield f"without-{name}", without
        yield f"half-without-{name}", [*events[:half], *without[half:]]
        if fields().get(name) in _TEXT and not is_lower(name):
            yield f"capitals-{name}", [*events[:half], *(_capitals(e, name) for e in events[half:])]
            yield f"other-{name}", [{**e, name: f"Other {n % 3}"} for n, e in enumerate(events)]
        if not is_single(name) and fields().get(name) in _TEXT:
            yield (
                f"list-{name}",
                [{**e, name: [f"A{n}", f"a{n}", "b"]} for n, e in enumerate(events)],
            )


def _named(rule: Rule) -> list[str]:
    """Return the fields of events that a correlation groups by or counts."""
    correlation = rule.correlation
    assert correlation is not None
    names = (*correlation.group_by, *correlation.fields)
    every = [f for name in names for f in (name, *correlation.aliases.get(name, {}).values())]
    return [name for name in dict.fromkeys(every) if name in fields() and name != TENANT]


def _capitals(event: Event, name: str) -> Event:
    value = event.get(name)
    return {**event, name: value.upper()} if isinstance(value, str) else event


def _by_window(rule: Rule, events: list[Event]) -> Iterator[tuple[str, list[Event]]]:
    """Yield the events over exactly one window, a millisecond more, and two bursts.

    So also as many as it takes.
    """
    correlation = rule.correlation
    assert correlation is not None
    start, window = _time(events[0]), correlation.window_ms
    steps = max(1, len(events) - 1)
    if window > 86_400_000:
        return
    for more in (0, 1):
        spread = [_at(e, start + n * (window + more) // steps) for n, e in enumerate(events)]
        yield f"window-and-{more}", spread
        least = math.floor(correlation.threshold) + (correlation.op == "gt")
        few = events[: max(2, least)]
        last = max(1, len(few) - 1)
        yield (
            f"edge-{more}",
            [_at(e, start + n * (window + more) // last) for n, e in enumerate(few)],
        )
    yield "one-moment", [_at(event, start) for event in events]
    again = [_at(event, _time(event) + 3 * window) for event in events]
    yield "twice", [*events, *again]


def _by_steps(
    rule: Rule, rules: Sequence[Rule], events: list[Event]
) -> Iterator[tuple[str, list[Event]]]:
    """Yield the first events just one window apart, or a millisecond more, of every correlation."""
    start, read = _time(events[0]), with_parts(rule, rules)
    for window in sorted({part.correlation.window_ms for part in read if part.correlation}):
        for more in (0, 1):
            steps = [_at(e, start + n * (window + more)) for n, e in enumerate(events[:6])]
            yield f"steps-{window}-{more}", steps


def _by_chance(
    rule: Rule, rules: Sequence[Rule], events: list[Event], seed: int
) -> Iterator[Event]:
    correlation = rule.correlation
    assert correlation is not None
    chance = random.Random(f"{rule.name}-{seed}")  # noqa: S311 - no secret
    start, window = _time(events[0]), correlation.window_ms
    reach = window * chance.choice((1, 1, 2, 4))
    if correlation.history_ms:
        reach = correlation.history_ms
    known = [event for part in with_parts(rule, rules) for event in events]
    for _ in range(min(400, chance.randint(len(events), 2 * len(events) + 4))):
        event = dict(chance.choice(known))
        recent = correlation.history_ms and chance.random() < 0.4
        back = chance.randint(0, 600_000 if recent else reach)
        if chance.random() < 0.2:
            back = back // 1000 * 1000
        event["@timestamp"] = iso_from_ms(start + 2 * reach - back)
        for name in _named(rule):
            if chance.random() < 0.15 and isinstance(event.get(name), str):
                event[name] = chance.choice((f"x{chance.randint(0, 5)}", str(event[name]).title()))
        if chance.random() < 0.1:
            event[TENANT] = "another"
        yield event
