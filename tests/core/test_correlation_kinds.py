"""Every kind of correlation finds what keeping everything and computing anew would find.

The first half is the definitions in that plain form. Streams are drawn with ties, several groups
and tenants, and events of two rules at once.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from itertools import combinations
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentwarrant.event import Event
from agentwarrant.finding import Severity
from agentwarrant.rules.correlation.correlator import Correlator, Match
from agentwarrant.rules.model import Correlation, Rule

START = 1_790_000_000_000
WINDOW = 10_000
OPS: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}
VALUES = ["x", "X", "y", "z", "2.5", " 4", "1e", "+3", 1, 2, 3.25, -2, None]


class Step(NamedTuple):
    """One event of a drawn stream: seconds since the one before, and what is in it."""

    gap: int
    tenant: str | None
    group: str | None
    value: Any
    hits: tuple[int, ...]


class At(NamedTuple):
    """A step with its time."""

    time: int
    step: Step


STEPS = st.builds(
    Step,
    st.sampled_from([0, 0, 1, 2, 4, 10, 11]),
    st.sampled_from(["t", "t", "T", None]),
    st.sampled_from(["a", "a", "A", "b", None]),
    st.sampled_from(VALUES),
    st.sets(st.integers(0, 2), max_size=2).map(lambda s: tuple(sorted(s))),
)
STREAMS = st.lists(STEPS, max_size=25)


def timed(steps: list[Step]) -> list[At]:
    now, made = START, []
    for step in steps:
        now += step.gap * 1000
        made.append(At(now, step))
    return made


def event_of(step: Step) -> Event:
    names = {"organization.id": step.tenant, "agent": step.group, "value": step.value}
    return {name: value for name, value in names.items() if value is not None}


def correlation(kind: str, rules: int = 1, **more: Any) -> Correlation:
    fields = {"group_by": ("agent",), "window_ms": WINDOW, **more}
    return Correlation(kind=kind, rules=tuple("rst"[:rules]), **fields)


def rule(name: str, one: Correlation | None = None, *, alerts: bool = True) -> Rule:
    return Rule(name, name, name, "", "", Severity.LOW, alerts, correlation=one)


def hits_of(step: Step) -> list[str]:
    return ["rst"[n] for n in step.hits]


def feed(correlator: Correlator, stream: list[At]) -> list[Match]:
    found: list[Match] = []
    for time, step in stream:
        found += correlator.feed(event_of(step), hits_of(step), time)
    return found


def matches(one: Correlation, stream: list[At], **more: Any) -> list[Match]:
    correlator = Correlator([rule("c", one)], **more)
    return feed(correlator, stream) + correlator.close()


def answers(found: list[Match]) -> list[tuple[Any, ...]]:
    """Return time, group and metric of matches, in an order that does not matter."""
    return sorted(((m.time_ms, m.key, round(m.metric, 6)) for m in found), key=repr)


def key_of(step: Step) -> tuple[Any, ...]:
    return (step.tenant, str(step.group).casefold())


def relevant(stream: list[At], rules: int) -> list[At]:
    """Return what hits one of the rules and has a group."""
    cut = [
        At(time, step._replace(hits=tuple(n for n in step.hits if n < rules)))
        for time, step in stream
    ]
    return [one for one in cut if one.step.hits and one.step.group is not None]


Metric = Callable[[list[Step]], float | None]


def expected(
    one: Correlation, stream: list[At], metric: Metric, *, per_moment: bool
) -> list[tuple[Any, ...]]:
    """Judge the window that ends at every event, or once at the end of every moment."""
    events = relevant(stream, len(one.rules))
    found: dict[Any, tuple[Any, ...]] = {}
    for n, (time, step) in enumerate(events):
        key = key_of(step)
        window = [
            other
            for m, (at, other) in enumerate(events)
            if key_of(other) == key
            and time - one.window_ms <= at <= time
            and (per_moment or m <= n)
        ]
        computed = metric(window)
        if computed is not None and OPS[one.op](computed, one.threshold):
            found[(time, key) if per_moment else n] = (time, key, round(computed, 6))
    return sorted(found.values(), key=repr)


def folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def distinct(window: list[Step]) -> float:
    return len({folded(step.value) for step in window if step.value is not None})


def numbers(window: list[Step]) -> list[float]:
    read = {"2.5": 2.5, " 4": 4.0}
    values = [read.get(step.value, step.value) for step in window]
    return [float(value) for value in values if isinstance(value, int | float)]


def percentile(window: list[Step], part: float) -> float | None:
    found = sorted(numbers(window))
    if not found:
        return None
    place = (len(found) - 1) * part
    low, high = found[math.floor(place)], found[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def present(window: list[Step]) -> set[int]:
    return {n for step in window for n in step.hits}


def in_order(window: list[Step], rules: tuple[int, ...]) -> bool:
    """Are there events in this order, each of the next rule, none of them twice?"""
    return any(
        all(n in step.hits for n, step in zip(rules, chosen, strict=True))
        for chosen in combinations(window, len(rules))
    )


def ordered_metric(window: list[Step]) -> float | None:
    """Return how many rules are present when these stand in order."""
    found = present(window)
    return len(found) if in_order(window, tuple(sorted(found))) else None


def some_in_order(window: list[Step], least: int) -> float | None:
    """Return how many rules are present when so many of them stand in order."""
    chosen = combinations(sorted(present(window)), least)
    return len(present(window)) if any(in_order(window, one) for one in chosen) else None


GROWING = ("gt", "gte")
THRESHOLDS = st.sampled_from([1, 2, 2.5, 3, 4])
R, S, T = ["rule", 0], ["rule", 1], ["rule", 2]


def test_the_definitions_hold_on_a_stream_small_enough_to_read() -> None:
    stream = timed(
        [Step(0, "t", "a", 1, (0,)), Step(5, "t", "A", 2, (1,)), Step(10, "t", "a", 4, (0,))]
    )
    counted = expected(correlation("event_count", 2), stream, len, per_moment=False)
    assert [metric for _, _, metric in counted] == [1, 2, 2]
    window = [one.step for one in stream]
    assert in_order(window, (0, 1))
    assert not in_order(window[1:], (0, 1))
    assert percentile(window, 0.5) == 2


def bare(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [one[:2] for one in found]


def check(one: Correlation, steps: list[Step], metric: Any) -> None:
    stream = timed(steps)
    wanted = expected(one, stream, metric, per_moment=one.kind in COMPUTED or one.op not in GROWING)
    found = answers(matches(one, stream))
    # Counts stop at the number that decides.
    stops = one.kind in ("event_count", "value_count")
    assert (bare(found) if stops else found) == (bare(wanted) if stops else wanted)


@given(STREAMS, st.sampled_from(list(OPS)), THRESHOLDS, st.integers(1, 2))
@settings(max_examples=250, deadline=None)
def test_a_count_is_what_stands_in_the_window(
    steps: list[Step], op: str, threshold: float, rules: int
) -> None:
    check(correlation("event_count", rules, op=op, threshold=threshold), steps, len)


@given(STREAMS, st.sampled_from(list(OPS)), THRESHOLDS, st.integers(1, 2))
@settings(max_examples=250, deadline=None)
def test_distinct_values_are_those_in_the_window(
    steps: list[Step], op: str, threshold: float, rules: int
) -> None:
    one = correlation("value_count", rules, op=op, threshold=threshold, fields=("value",))
    check(one, steps, distinct)


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30)), max_size=150),
    st.sampled_from([1, 10, 17, 20, 25]),
)
@settings(max_examples=100, deadline=None)
def test_many_distinct_values_are_counted_as_few_are(
    drawn: list[tuple[int, int]], threshold: int
) -> None:
    steps = [Step(gap, "t", "a", value, (0,)) for gap, value in drawn]
    check(correlation("value_count", threshold=threshold, fields=("value",)), steps, distinct)


@given(st.lists(st.integers(0, 1), max_size=200), st.sampled_from([60, 64, 65, 90]))
@settings(max_examples=60, deadline=None)
def test_many_events_are_counted_as_few_are(gaps: list[int], threshold: int) -> None:
    steps = [Step(gap, "t", "a", 1, (0,)) for gap in gaps]
    one = correlation("event_count", threshold=threshold, window_ms=60_000)
    check(one, steps, len)


def total(window: list[Step]) -> float | None:
    return math.fsum(numbers(window)) if numbers(window) else None


def average(window: list[Step]) -> float | None:
    return math.fsum(numbers(window)) / len(numbers(window)) if numbers(window) else None


COMPUTED: dict[str, Any] = {
    "value_sum": total,
    "value_avg": average,
    "value_median": lambda window: percentile(window, 0.5),
    "value_percentile": lambda window: percentile(window, 0.7),
}


@given(STREAMS, st.sampled_from(list(OPS)), THRESHOLDS, st.sampled_from(list(COMPUTED)))
@settings(max_examples=400, deadline=None)
def test_a_metric_is_computed_from_all_numbers_in_the_window(
    steps: list[Step], op: str, threshold: float, kind: str
) -> None:
    more: dict[str, Any] = {
        "op": op,
        "threshold": threshold,
        "fields": ("value",),
        "percentile": 70,
    }
    check(correlation(kind, 2, **more), steps, COMPUTED[kind])


@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(-1e6, 1e6)), max_size=120),
    st.sampled_from(list(COMPUTED)),
)
@settings(max_examples=150, deadline=None)
def test_many_numbers_are_computed_with_as_few_are(
    drawn: list[tuple[int, float]], kind: str
) -> None:
    steps = [Step(gap, "t", "a", value, (0,)) for gap, value in drawn]
    more: dict[str, Any] = {"op": "gt", "threshold": 1.5, "fields": ("value",), "percentile": 70}
    one = correlation(kind, window_ms=25_000, **more)
    stream = timed(steps)
    wanted = expected(one, stream, COMPUTED[kind], per_moment=True)
    found = answers(matches(one, stream))
    assert bare(found) == bare(wanted)
    assert [m for _, _, m in found] == pytest.approx([m for _, _, m in wanted], abs=1e-5)


@given(STREAMS, st.sampled_from(list(OPS)), st.sampled_from([1, 2, 2.5, 3]))
@settings(max_examples=250, deadline=None)
def test_rules_are_present_when_they_stand_in_the_window(
    steps: list[Step], op: str, threshold: float
) -> None:
    one = correlation("temporal", 3, op=op, threshold=threshold)
    check(one, steps, lambda window: len(present(window)))


@given(STREAMS, st.sampled_from(["lt", "lte", "eq", "neq"]), st.sampled_from([1, 2, 3]))
@settings(max_examples=200, deadline=None)
def test_whichever_rules_are_present_must_stand_in_order(
    steps: list[Step], op: str, threshold: float
) -> None:
    check(correlation("temporal_ordered", 3, op=op, threshold=threshold), steps, ordered_metric)


@given(STREAMS, st.sampled_from([("gte", 2), ("gt", 1), ("gte", 3), ("gt", 2), ("gte", 2.5)]))
@settings(max_examples=400, deadline=None)
def test_a_sequence_is_any_chain_of_distinct_events_in_the_window(
    steps: list[Step], drawn: tuple[str, float]
) -> None:
    op, threshold = drawn
    least = math.ceil(threshold) if op == "gte" else math.floor(threshold) + 1
    one = correlation("temporal_ordered", 3, op=op, threshold=threshold)
    check(one, steps, lambda window: some_in_order(window, least))


TREES: list[tuple[Any, list[tuple[set[int], set[int]]]]] = [
    (["and", R, S], [({0, 1}, set())]),
    (["or", ["and", R, S], T], [({0, 1}, set()), ({2}, set())]),
    (["and", R, ["not", S]], [({0}, {1})]),
    (["and", R, T, ["not", S]], [({0, 2}, {1})]),
    (["and", R, ["not", ["or", S, T]]], [({0}, {1, 2})]),
    (["or", ["and", R, ["not", S]], ["and", S, T]], [({0}, {1}), ({1, 2}, set())]),
    (["not", ["or", R, S, T]], [(set(), {0, 1, 2})]),
    (["or", ["not", R], ["and", S, ["not", T]]], [(set(), {0}), ({1}, {2})]),
]


def term_holds(kind: str, window: list[Step], term: tuple[set[int], set[int]]) -> bool:
    positive, negative = term
    found = present(window)
    if not positive <= found or negative & found:
        return False
    least = tuple(sorted(positive))
    return (
        kind == "temporal"
        or some_in_order(
            [step._replace(hits=tuple(set(step.hits) & positive)) for step in window], len(least)
        )
        is not None
        or not positive
    )


def expected_of_terms(
    one: Correlation, terms: list[tuple[set[int], set[int]]], stream: list[At]
) -> list[tuple[Any, ...]]:
    """Look back from every event; for an absence, forward from what the term asks for."""
    events, horizon = relevant(stream, 3), stream[-1].time if stream else 0
    found: dict[Any, tuple[Any, ...]] = {}
    for term in terms:
        scope = events if term[0] or not term[1] else [e for e in stream if e.step.group]
        for n, (time, step) in enumerate(scope):
            key, forward = key_of(step), bool(term[1])
            if forward and term[0] and not term[0] & set(step.hits):
                continue
            begin, end = (time, time + WINDOW) if forward else (time - WINDOW, time)
            window = [
                other
                for m, (at, other) in enumerate(events)
                if key_of(other) == key and begin <= at <= end and (forward or m <= n)
            ]
            if end <= horizon and term_holds(one.kind, window, term):
                found[(time, key) if forward else n] = (end, key, float(len(present(window))))
    return sorted(found.values(), key=repr)


@given(STREAMS, st.sampled_from(TREES), st.sampled_from(["temporal", "temporal_ordered"]))
@settings(max_examples=500, deadline=None)
def test_a_condition_over_rules_is_judged_over_its_window(
    steps: list[Step], drawn: tuple[Any, list[tuple[set[int], set[int]]]], kind: str
) -> None:
    tree, terms = drawn
    one, stream = correlation(kind, 3, condition=tree), timed(steps)
    assert answers(matches(one, stream)) == expected_of_terms(one, terms, stream)


@given(STREAMS, st.integers(0, 3))
@settings(max_examples=250, deadline=None)
def test_a_value_is_new_when_its_history_does_not_hold_it(
    steps: list[Step], threshold: int
) -> None:
    one = correlation("new_value", fields=("value",), history_ms=WINDOW, threshold=threshold)
    wanted, seen = [], dict[Any, list[tuple[int, Any]]]()
    for time, step in relevant(timed(steps), 1):
        key, value = key_of(step), str(step.value).casefold()
        if step.value is None:
            continue
        before = seen.setdefault(key, [])
        if before and time - before[-1][0] > WINDOW:
            before.clear()
        recent = {old for at, old in before if time - at <= WINDOW}
        if value not in recent and len(before) >= threshold:
            wanted.append((time, key, len(recent) + 1))
        before.append((time, value))
    assert answers(matches(one, timed(steps))) == sorted(wanted, key=repr)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab")), max_size=60),
    st.integers(2, 4),
    st.sampled_from([1.5, 2.0, 3.0]),
)
@settings(max_examples=250, deadline=None)
def test_a_rate_is_compared_with_the_mean_of_the_slots_before(
    drawn: list[tuple[int, str]], threshold: int, factor: float
) -> None:
    # No older slot has faded yet: the mean is the plain one.
    more: dict[str, Any] = {"history_ms": 1_000 * WINDOW, "threshold": threshold, "factor": factor}
    one = correlation("rate_baseline", **more)
    stream = timed([Step(gap, "t", group, 1, (0,)) for gap, group in drawn])
    wanted, fired = [], set()
    for n, (time, step) in enumerate(stream):
        slots = [at // WINDOW for at, other in stream[: n + 1] if other.group == step.group]
        earlier, now = slots[-1] - slots[0], slots.count(slots[-1])
        if earlier < 3 or (slots[-1], step.group) in fired:
            continue
        mean = (len(slots) - now) / earlier
        if now >= threshold and now >= factor * mean - 1e-9:
            fired.add((slots[-1], step.group))
            wanted.append((time, ("t", step.group), round(now / mean, 6)))
    assert answers(matches(one, stream)) == sorted(wanted, key=repr)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from([None, "x", -5, 0, 1, 2.5, "40"])),
        max_size=60,
    ),
    st.sampled_from([0, 3, 40]),
)
@example([(0, 1), (0, 1), (40, 1), (40, 2.5), (30, 1)], 0)  # a mean of 0.5, nearly
@settings(max_examples=250, deadline=None)
def test_a_sum_is_compared_with_the_mean_of_the_slots_before(
    drawn: list[tuple[int, Any]], threshold: int
) -> None:
    more: dict[str, Any] = {"history_ms": 1_000 * WINDOW, "threshold": threshold, "factor": 2.0}
    one = correlation("rate_baseline", fields=("value",), **more)
    stream = timed([Step(gap, "t", "a", value, (0,)) for gap, value in drawn])
    summed = [
        (time // WINDOW, time, float(step.value))
        for time, step in stream
        if step.value not in (None, "x", -5)
    ]
    wanted, fired = [], set[int]()
    for n, (slot, time, _) in enumerate(summed):
        before, so_far = slot - summed[0][0], summed[: n + 1]
        now = sum(number for at, _, number in so_far if at == slot)
        if before < 3 or slot in fired:
            continue
        mean = (sum(number for *_, number in so_far) - now) / before
        if now >= threshold and now >= 2 * mean - 1e-9:
            fired.add(slot)
            wanted.append((time, ("t", "a"), round(now / mean if mean else now, 6)))
    assert answers(matches(one, stream)) == sorted(wanted, key=repr)


def test_several_fields_of_a_baseline_are_one_sum() -> None:
    one = correlation(
        "rate_baseline", fields=("in", "out"), history_ms=8 * WINDOW, threshold=30, factor=2.0
    )
    correlator, found = Correlator([rule("c", one)]), []
    usage = [{"in": 10, "out": 4}] * 4 + [{"in": 27, "out": 1}, {"in": 2}]
    for slot, numbers in enumerate(usage):
        event: Event = {"agent": "a", "organization.id": "t", **numbers}
        found += correlator.feed(event, ["r"], START + min(slot, 4) * WINDOW)
    assert [match.metric for match in found] == [30 / 14]
