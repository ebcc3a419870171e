"""The events of rules' tests as cases, and what the embedded engine finds in them.

Each test is a case under a tenant of its own: tenants are walls, so all cases stand in one place
and are asked about at once. No two events of a case are at one moment: an index does not keep which
of them was first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from agentwarrant.event import Event, epoch_ms, iso_from_ms, text_of
from agentwarrant.rules.check import events_of, with_parts
from agentwarrant.rules.correlation.correlator import Correlator
from agentwarrant.rules.ir import fold
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.siem.vocabulary import is_single

TENANT = "organization.id"
AGO_MS = 3 * 86_400_000
"""How long ago all cases end when they are asked about: longer than any rule waits for what must
not follow."""
Key = tuple[str, ...]
"""What was found: the id of an event; or tenant, group and moment in milliseconds."""
_PLAIN = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Case:
    """The events of one test in order of time.

    Attributes:
        name: Of the rule and the test.
        events: Each with an id and a tenant that no other case has.
    """

    name: str
    events: tuple[Event, ...]


def cases_of(rules: Iterable[Rule], run: str, end_ms: int) -> Iterator[Case]:
    """Yield the cases of all rules' tests.

    Args:
        rules: With their tests.
        run: What ids and tenants begin with.
        end_ms: When each case ends.
    """
    for rule in rules:
        for number, test in enumerate(rule.tests):
            events = [event for event in events_of(test) if _may_be_sent(event)]
            if events:
                yield _case(f"{run}/{_PLAIN.sub('-', rule.name)}-{number}", events, end_ms)


def _may_be_sent(event: Event) -> bool:
    """Has no field several values that our schema gives one?"""
    return not any(isinstance(value, list) and is_single(name) for name, value in event.items())


def _case(name: str, events: Sequence[Event], end_ms: int) -> Case:
    times: list[int] = []
    ordered = sorted(events, key=_time)
    for event in ordered:
        times.append(max(_time(event), times[-1] + 1 if times else 0))
    shift = end_ms - times[-1]
    made = [
        {
            **event,
            "@timestamp": iso_from_ms(time + shift),
            TENANT: f"{name}/{text_of(event, TENANT)}",
            "event.id": f"{name}/{number}",
        }
        for number, (event, time) in enumerate(zip(ordered, times, strict=True))
    ]
    return Case(name, tuple(made))


def _time(event: Event) -> int:
    return epoch_ms(text_of(event, "@timestamp"))


def expected(rule: Rule, rules: Sequence[Rule], cases: Iterable[Case]) -> set[Key]:
    """Return what the engine finds in cases, each fed to an engine of its own.

    Args:
        rule: A rule, or one of its alternatives (``alternatives.parts``).
        rules: All rules, those that it reads among them.
        cases: The cases.
    """
    if rule.correlation is None:
        hits = Matcher([replace(rule, alerts=True)]).hits
        return {
            (text_of(event, "event.id"),) for case in cases for event in case.events if hits(event)
        }
    parts = [replace(one, alerts=one.id == rule.id) for one in with_parts(rule, rules)]
    matcher = Matcher(parts)
    own = [name != TENANT for name in rule.correlation.group_by]
    return {key for case in cases for key in _moments(parts, matcher, case, own)}


def _moments(
    parts: Sequence[Rule], matcher: Matcher, case: Case, own: Sequence[bool]
) -> Iterator[Key]:
    """Yield what is found in a case.

    Args:
        own: Of each field that groups, whether it says more than the tenant.
    """
    correlator = Correlator(parts)
    found = []
    for event in case.events:
        found += correlator.feed(event, [hit.id for hit in matcher.hits(event)], _time(event))
    found += correlator.feed({}, [], _time(case.events[-1]) + AGO_MS)  # as it is when asked
    for match in (*found, *correlator.close()):
        group = compress(map(str, match.key[1:]), own)
        yield key_of(str(match.key[0]), group, match.time_ms)


def key_of(tenant: str, group: Iterable[str], moment_ms: int) -> Key:
    """Return what was found at a moment; letters count without their case, as rules compare."""
    return (tenant, *map(fold, group), str(moment_ms))
