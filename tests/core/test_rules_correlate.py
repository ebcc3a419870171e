"""Correlations over a stream find what keeping everything and computing anew would find."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant.event import Event, epoch_ms, iso_from_ms
from agentwarrant.rules import correlate
from agentwarrant.rules.correlate import Operator, group_of
from agentwarrant.rules.model import Correlation

START = 1_790_000_000_000
WINDOW = 10_000
GROUP = ("gen_ai.agent.id",)


class Step(NamedTuple):
    """One event of a drawn stream: seconds since the one before, agent, value, steps it matches."""

    gap: int
    agent: str
    value: str
    steps: tuple[int, ...]


STREAMS = st.lists(
    st.builds(
        Step,
        st.integers(0, 6),
        st.sampled_from("ab"),
        st.sampled_from("xyz"),
        st.sets(st.integers(0, 2), min_size=1).map(lambda s: tuple(sorted(s))),
    ),
    max_size=14,
)


def stream(drawn: list[Step]) -> list[tuple[Step, Event]]:
    now, made = START, []
    for n, step in enumerate(drawn):
        now += step.gap * 1000
        made.append((step, event(n, now, step.agent, step.value)))
    return made


def event(n: int, time: int, agent: str = "a", value: str = "x", tenant: str = "t") -> Event:
    return {
        "event.id": f"e{n}",
        "@timestamp": iso_from_ms(time),
        "organization.id": tenant,
        "gen_ai.agent.id": agent,
        "warrant.arguments.hash": value,
    }


def time_of(one: Event) -> int:
    return epoch_ms(str(one["@timestamp"]))


def correlation(kind: str, *, rules: int = 1, count: int = 1) -> Correlation:
    names = tuple("rst"[:rules])
    return Correlation(kind, names, GROUP, WINDOW, count, "warrant.arguments.hash")


def answers(operator: Operator, events: list[tuple[Step, Event]]) -> list[bool]:
    rules = len(operator.correlation.rules)
    found = []
    for step, one in events:
        steps = [s for s in step.steps if s < rules]
        found.append(bool(steps and operator.feed(steps, one, time_of(one))))
    return found


def before(events: list[tuple[Step, Event]], n: int) -> list[tuple[Step, Event]]:
    """Return what stands before the nth event, it included, in its group and window."""
    step, last = events[n]
    return [
        (other, one)
        for other, one in events[: n + 1]
        if other.agent == step.agent and time_of(last) - time_of(one) <= WINDOW
    ]


@given(STREAMS, st.integers(1, 5))
@settings(max_examples=150)
def test_a_count_is_what_stands_in_the_window(drawn: list[Step], count: int) -> None:
    events = stream([step._replace(steps=(0,)) for step in drawn])
    expected = [len(before(events, n)) >= count for n in range(len(events))]
    assert answers(Operator(correlation("event_count", count=count)), events) == expected


@given(STREAMS, st.integers(1, 4))
@settings(max_examples=150)
def test_distinct_values_are_those_in_the_window(drawn: list[Step], count: int) -> None:
    events = stream([step._replace(steps=(0,)) for step in drawn])
    expected = [
        len({step.value for step, _ in before(events, n)}) >= count for n in range(len(events))
    ]
    assert answers(Operator(correlation("value_count", count=count)), events) == expected


def ordered(events: list[tuple[Step, Event]], rules: int) -> bool:
    """Does the last event end a chain of distinct events, one for each rule, in their order?"""
    *earlier, (last, _) = events
    if rules - 1 not in last.steps:
        return False
    return any(
        all(n in step.steps for n, (step, _) in enumerate(chosen))
        for chosen in combinations(earlier, rules - 1)
    )


@given(STREAMS, st.integers(2, 3))
@settings(max_examples=300)
def test_a_sequence_is_any_chain_of_distinct_events_in_the_window(
    drawn: list[Step], rules: int
) -> None:
    events = stream(drawn)
    expected = [ordered(before(events, n), rules) for n in range(len(events))]
    assert answers(Operator(correlation("temporal_ordered", rules=rules)), events) == expected


@given(STREAMS, st.integers(2, 3))
@settings(max_examples=150)
def test_a_gathering_is_one_event_of_every_rule_in_the_window(
    drawn: list[Step], rules: int
) -> None:
    events = stream(drawn)
    expected = [
        any(s < rules for s in events[n][0].steps)
        and set(range(rules)) <= {s for step, _ in before(events, n) for s in step.steps}
        for n in range(len(events))
    ]
    assert answers(Operator(correlation("temporal", rules=rules)), events) == expected


def test_the_evidence_is_what_made_it_true() -> None:
    operator = Operator(correlation("temporal_ordered", rules=2))
    first, noise, last = (event(n, START + n * 1000) for n in range(3))
    assert operator.feed([0], first, time_of(first)) is None
    assert operator.feed([1], {**noise, "gen_ai.agent.id": "b"}, time_of(noise)) is None
    assert operator.feed([1], last, time_of(last)) == [first, last]


def test_an_event_that_starts_and_ends_a_sequence_starts_the_next_one() -> None:
    operator = Operator(correlation("temporal_ordered", rules=2))
    times = [START, START + WINDOW, START + 2 * WINDOW]
    found = [operator.feed([0, 1], event(n, t), t) for n, t in enumerate(times)]
    assert [bool(evidence) for evidence in found] == [False, True, True]


@pytest.mark.parametrize("kind", ["event_count", "value_count", "temporal_ordered", "temporal"])
def test_a_tenant_is_a_wall_whatever_a_rule_groups_by(kind: str) -> None:
    operator = Operator(correlation(kind, rules=2, count=2))
    for n, tenant in enumerate(("one", "two")):
        one = event(n, START + n, value=str(n), tenant=tenant)
        assert operator.feed([n], one, START + n) is None


def test_an_event_without_the_field_it_is_grouped_by_belongs_to_no_group() -> None:
    assert group_of({"a": "x"}, ("a", "b")) is None
    assert group_of({"a": ["x", "y"], "b": 1}, ("a", "b")) == (("x", "y"), 1)


def test_state_is_bounded_however_long_a_burst_lasts() -> None:
    operator = Operator(correlation("event_count", count=5))
    for n in range(5000):
        evidence = operator.feed([0], event(n, START + n), START + n)
    assert evidence is not None
    assert len(evidence) == 5


def test_the_group_that_was_quiet_for_longest_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlate, "MAX_GROUPS", 3)
    operator = Operator(correlation("event_count", count=2))
    for n, agent in enumerate("abcd"):
        operator.feed([0], event(n, START, agent), START)
    assert operator.evicted == 1
    assert operator.feed([0], event(5, START, "a"), START) is None
    assert operator.feed([0], event(6, START, "d"), START)
