"""Sequences over correlations find what a search of all combinations finds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant.event import Event
from agentwarrant.finding import Severity
from agentwarrant.rules.correlation import replaced
from agentwarrant.rules.correlation.correlator import Correlator, Match
from agentwarrant.rules.ir import Node
from agentwarrant.rules.model import Correlation, Rule

START = 1_790_000_000_000
LEAVES = ("r", "s", "u")
OVER = 1_000_000

Fed = tuple[int, tuple[str, ...]]
"""Milliseconds since the start, hits."""

Moment = tuple[int, int]
"""When a rule matches: milliseconds, and the place of the event; what no event brought is after
all of its time."""


def correlation(kind: str, rules: Sequence[str], window: int, **more: Any) -> Correlation:
    fields = {"threshold": len(rules), **more}
    return Correlation(kind, tuple(rules), ("agent",), window, **fields)


def ordered(rules: str, window: int = 5000, **more: Any) -> Correlation:
    return correlation("temporal_ordered", rules.split(), window, **more)


def correlator(known: dict[str, Correlation]) -> Correlator:
    top = [*known][-1]
    return Correlator(
        [
            Rule(name, name, name, "", "", Severity.LOW, name == top, correlation=one)
            for name, one in known.items()
        ]
    )


def matched(
    known: dict[str, Correlation], fed: Sequence[Fed], *, interrupted: bool = False
) -> list[tuple[int, Match]]:
    """Return the matches of the last correlation, each with the number of the event it came at."""
    engine = correlator(known)
    found = []
    for n, (time, hits) in enumerate(fed):
        event: Event = {"agent": "a", "organization.id": "t", "event.id": f"e{n}"}
        if interrupted:
            state = json.loads(json.dumps(engine.snapshot()))
            engine = correlator(known)
            engine.restore(state)
        found += [(n, match) for match in engine.feed(event, hits, START + time)]
    return found


# What is right, by trying everything ------------------------------------------------------------


def moments(name: str, known: dict[str, Correlation], fed: Sequence[Fed]) -> list[Moment]:
    """Return when a rule or a correlation matches, in order."""
    if name not in known:
        return [(time, n) for n, (time, hits) in enumerate(fed) if name in hits]
    one = known[name]
    steps = [moments(rule, known, fed) for rule in one.rules]
    if one.condition is not None and one.condition[-1][0] == "not":
        return absences(one, steps, fed)
    looked = sorted({moment for step in steps for moment in step})
    return [end for end in looked if holds(one, steps, end)]


def holds(one: Correlation, steps: Sequence[list[Moment]], end: Moment) -> bool:
    """Tell whether a window that ends at a moment has what a correlation asks for."""
    inside = [
        [moment for moment in step if moment <= end and moment[0] >= end[0] - one.window_ms]
        for step in steps
    ]
    if one.kind == "event_count":
        count = len({moment for step in inside for moment in step})
        return count >= one.threshold if one.op == "gte" else count == one.threshold
    return any(
        together(one, [inside[n] for n in term])
        for term in alternatives(one.condition, len(steps), one.threshold)
    )


def alternatives(condition: Node | None, rules: int, least: float) -> Iterator[tuple[int, ...]]:
    if condition is None:
        yield from combinations(range(rules), int(least))
    else:  # ["and", ["or", one, other], last]
        (_, *either), last = condition[1:]
        yield from (tuple(sorted((one[1], last[1]))) for one in either)


def together(one: Correlation, steps: Sequence[list[Moment]]) -> bool:
    """Tell whether all steps are there; in order, each at another event than the one before."""
    if one.kind == "temporal":
        return all(steps)
    met: list[Moment] = [(-1, -1)]
    for step in steps:
        met = [moment for moment in step if any(before < moment for before in met)]
    return bool(met)


def absences(one: Correlation, steps: Sequence[list[Moment]], fed: Sequence[Fed]) -> list[Moment]:
    wanted, unwanted = steps
    ends = (
        time + one.window_ms
        for time, _ in wanted
        if not any(time <= moment[0] <= time + one.window_ms for moment in unwanted)
    )
    return sorted({(end, OVER) for end in ends if end < fed[-1][0]})


# Drawn ------------------------------------------------------------------------------------------


def streams(gaps: st.SearchStrategy[int]) -> st.SearchStrategy[list[Fed]]:
    hits = st.sets(st.sampled_from(LEAVES), max_size=3).map(lambda one: tuple(sorted(one)))

    def timed(parts: list[tuple[int, tuple[str, ...]]]) -> list[Fed]:
        made, at = [], 0
        for gap, one in parts:
            at += gap
            made.append((at, one))
        return made

    return st.lists(st.tuples(gaps, hits), min_size=1, max_size=12).map(timed)


WINDOWS = st.sampled_from((2000, 3000, 5000))


@st.composite
def inner(draw: st.DrawFn, *, late: bool) -> Correlation:
    """Draw a correlation of single events; a late one is judged when its moment is over."""
    kinds = ["temporal_ordered", "temporal", "event_count"]
    kind = draw(st.sampled_from([*kinds, "absence", "equal"] if late else kinds))
    window = draw(WINDOWS)
    if kind == "absence":
        pair = draw(st.permutations(LEAVES))[:2]
        condition: Node = ["and", ["rule", 0], ["not", ["rule", 1]]]
        return correlation("temporal", pair, window - 500, condition=condition)
    if kind in ("event_count", "equal"):
        op = "eq" if kind == "equal" else "gte"
        rules = [draw(st.sampled_from(LEAVES))]
        return correlation("event_count", rules, window, threshold=draw(st.integers(1, 2)), op=op)
    return correlation(kind, draw(st.permutations(LEAVES))[: draw(st.integers(1, 3))], window)


@st.composite
def outer(draw: st.DrawFn, names: Sequence[str]) -> Correlation:
    """Draw a sequence that reads the last of some rules and others, maybe one several times."""
    rules = [names[-1], *draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))]
    rules = draw(st.permutations(rules))
    window = draw(WINDOWS)
    form = draw(st.sampled_from(("all", "all", "some", "either", "together")))
    if form == "some":
        return ordered(" ".join(rules), window, threshold=len(rules) - 1)
    if form == "either" and len(rules) > 2:
        a, b, c = draw(st.permutations(range(len(rules))))[:3]
        condition: Node = ["and", ["or", ["rule", a], ["rule", b]], ["rule", c]]
        return ordered(" ".join(rules), window, condition=condition)
    if form == "together":
        return correlation("temporal", rules, window)
    return ordered(" ".join(rules), window)


@st.composite
def rule_sets(draw: st.DrawFn, *, late: bool) -> dict[str, Correlation]:
    known = {"c0": draw(inner(late=late))}
    for n in range(1, draw(st.integers(2, 3))):
        known[f"c{n}"] = draw(outer([*LEAVES, *known]))
    return known


@given(rule_sets(late=False), streams(st.sampled_from((0, 0, 1, 999, 1000, 2000, 2001, 4000))))
@settings(max_examples=300, deadline=None)
def test_a_chained_sequence_matches_at_exactly_the_events_it_should(
    known: dict[str, Correlation], fed: list[Fed]
) -> None:
    top = [*known][-1]
    found = matched(known, fed)
    assert {n for n, _ in found} == {n for _, n in moments(top, known, fed)}
    if known[top].kind == "temporal_ordered" and known[top].condition is None:
        for _, match in found:
            positions = [position for _, position in match.steps]
            assert positions == sorted(set(positions))
            assert match.steps[0][0] >= match.time_ms - known[top].window_ms


@given(rule_sets(late=True), streams(st.sampled_from((1000, 2000, 4000))))
@settings(max_examples=300, deadline=None)
def test_a_chained_sequence_over_matches_judged_late_is_as_exact(
    known: dict[str, Correlation], fed: list[Fed]
) -> None:
    top = [*known][-1]
    fed = [*fed, (fed[-1][0] + 60_000, ())]
    found = {match.time_ms - START for _, match in matched(known, fed)}
    assert found == {time for time, _ in moments(top, known, fed)}


TIES = st.sampled_from((0, 0, 0, 1000, 2000))


@given(rule_sets(late=True), streams(TIES))
@settings(max_examples=300, deadline=None)
def test_a_chained_sequence_goes_on_after_every_restart_where_it_was(
    known: dict[str, Correlation], fed: list[Fed]
) -> None:
    fed = [*fed, (fed[-1][0] + 60_000, ())]
    whole = [(n, match.time_ms, match.steps) for n, match in matched(known, fed)]
    parts = [(n, m.time_ms, m.steps) for n, m in matched(known, fed, interrupted=True)]
    assert parts == whole


# Written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("top", "fed", "ends"),
    [
        # The event at 5999 makes the inner one match again, and is the step after it.
        ("c0 r u", [(0, "s"), (4000, "r"), (5999, "r"), (8000, "u")], [8000]),
        ("c0 r", [(0, "s"), (4000, "r"), (5999, "r")], [5999]),
        # The event is the first step, and the inner match it brings about the second.
        ("r c0 u", [(0, "s"), (100, "r"), (4000, "r"), (5000, "u")], [5000]),
        # It is never both at once.
        ("c0 r u", [(0, "s"), (4000, "r"), (8000, "u")], []),
        ("r c0 u", [(0, "s"), (4000, "r"), (5000, "u")], []),
        # What is too long ago is not brought back.
        ("c0 r u", [(0, "s"), (2000, "r"), (6999, "r"), (7001, "u")], []),
    ],
)
def test_an_event_that_begins_a_sequence_anew_still_continues_the_one_before(
    top: str, fed: list[tuple[int, str]], ends: list[int]
) -> None:
    known = {"c0": ordered("s r", 7000), "top": ordered(top)}
    stream = [(time, (hit,)) for time, hit in fed]
    assert [match.time_ms - START for _, match in matched(known, stream)] == ends
    assert [time for time, _ in moments("top", known, stream)] == ends


def test_a_match_of_a_match_judged_late_is_no_step_after_the_event_behind_it() -> None:
    known = {
        "c0": correlation("event_count", ["r"], 2000, op="eq", threshold=2),
        "c1": ordered("r c0", 2000),
        "top": ordered("s c1", 2000),
    }
    both: list[Fed] = [(1000, ("r",)), (2000, ("r", "s")), (9000, ())]
    assert matched(known, both) == []
    apart: list[Fed] = [(1000, ("r",)), (1500, ("s",)), (2000, ("r",)), (9000, ())]
    assert [match.time_ms - START for _, match in matched(known, apart)] == [2000]


def test_events_of_one_moment_in_more_groups_than_are_kept_are_followed_all_the_same() -> None:
    known = {"c0": ordered("s r", 7000), "top": ordered("c0 r u", 7000)}
    engine = correlator(known)
    agents = [f"a{n}" for n in range(replaced.MOST + 50)]
    found = []
    for time, hit in ((0, "s"), (1000, "r"), (2000, "r"), (3000, "u")):
        for agent in agents:
            event: Event = {"agent": agent, "organization.id": "t"}
            found += engine.feed(event, [hit], START + time)
    assert {match.key[1] for match in found} == set(agents)
