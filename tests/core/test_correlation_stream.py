"""The stream around the operators: order, lateness, tenants, chains, limits and snapshots."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant.event import Event
from agentwarrant.finding import Severity
from agentwarrant.rules.correlation.correlator import Correlator, Limits, Match
from agentwarrant.rules.correlation.metrics import Total, number_of
from agentwarrant.rules.correlation.terms import terms_of
from agentwarrant.rules.model import Correlation, Rule

START = 1_790_000_000_000
WINDOW = 10_000
R, S, T = ["rule", 0], ["rule", 1], ["rule", 2]

Fed = tuple[int, str, dict[str, Any]]
"""Seconds since the start, hits, fields."""


def correlation(kind: str, rules: str = "r", **more: Any) -> Correlation:
    fields = {"group_by": ("agent",), "window_ms": WINDOW, **more}
    return Correlation(kind=kind, rules=tuple(rules.split()), **fields)


def rule(name: str, one: Correlation, *, alerts: bool = True) -> Rule:
    return Rule(name, name, name, "", "", Severity.LOW, alerts, correlation=one)


def run(correlator: Correlator, fed: list[Fed], *, close: bool = True) -> list[Match]:
    found: list[Match] = []
    for n, (seconds, hits, fields) in enumerate(fed):
        event: Event = {"event.id": f"e{n}", "agent": "a", "organization.id": "t", **fields}
        found += correlator.feed(event, hits.split(), START + seconds * 1000)
    return found + (correlator.close() if close else [])


def seen(one: Correlation, *fed: Fed, **more: Any) -> list[int]:
    """Return the seconds at which a correlation matched."""
    found = run(Correlator([rule("c", one)], **more), list(fed))
    return [(match.time_ms - START) // 1000 for match in found]


COUNT = correlation("event_count", threshold=3)
ORDERED = correlation("temporal_ordered", "r s", threshold=2)
ABSENCE = correlation("temporal", "r s", condition=["and", R, ["not", S]])


def test_a_burst_just_at_the_threshold_is_found_across_any_edge() -> None:
    assert seen(COUNT, (9, "r", {}), (10, "r", {}), (11, "r", {})) == [11]
    assert seen(COUNT, (5, "r", {}), (10, "r", {}), (15, "r", {})) == [15]
    assert seen(COUNT, (5, "r", {}), (10, "r", {}), (16, "r", {})) == []


def test_a_sequence_is_not_found_reversed_or_apart_or_in_two_groups_or_tenants() -> None:
    assert seen(ORDERED, (0, "r", {}), (10, "s", {})) == [10]
    assert seen(ORDERED, (0, "s", {}), (5, "r", {})) == []
    assert seen(ORDERED, (0, "r", {}), (11, "s", {})) == []
    assert seen(ORDERED, (0, "r", {}), (5, "s", {"agent": "b"})) == []
    assert seen(ORDERED, (0, "r", {}), (5, "s", {"organization.id": "T"})) == []
    assert seen(ORDERED, (0, "r s", {})) == []


def test_groups_compare_folded_and_tenants_exactly() -> None:
    assert seen(ORDERED, (0, "r", {"agent": "Straße"}), (5, "s", {"agent": "STRASSE"})) == [5]
    assert seen(ORDERED, (0, "r", {"agent": ["A", 1]}), (5, "s", {"agent": ["a", 1]})) == [5]
    nobody: dict[str, Any] = {"organization.id": None}
    assert seen(ORDERED, (0, "r", nobody), (5, "s", nobody)) == [5]
    assert seen(ORDERED, (0, "r", nobody), (5, "s", {})) == []


def test_an_event_without_its_group_is_counted() -> None:
    correlator = Correlator([rule("c", COUNT)])
    assert run(correlator, [(n, "r", {"agent": None}) for n in range(4)]) == []
    assert correlator.counters["without_key"] == 4


def test_an_absence_is_judged_once_time_has_passed_its_window() -> None:
    assert seen(ABSENCE, (0, "r", {})) == []
    assert seen(ABSENCE, (0, "r", {}), (10, "", {})) == [10]
    assert seen(ABSENCE, (0, "r", {}), (10, "s", {})) == []
    assert seen(ABSENCE, (0, "r", {}), (11, "s", {})) == [10]
    assert seen(ABSENCE, (0, "r", {}), (3, "s", {"agent": "b"}), (20, "", {})) == [10]


def test_the_trigger_of_an_absence_is_what_opened_its_window() -> None:
    correlator = Correlator([rule("c", ABSENCE)])
    fed: list[Fed] = [(0, "r", {}), (4, "r", {}), (12, "", {}), (13, "r", {})]
    (match,) = run(correlator, fed)[:1]
    assert match.trigger["event.id"] == "e0"
    assert match.steps == ((START, 0), (START + 4000, 0))
    assert [event["event.id"] for event in match.events] == ["e0", "e1"]
    assert correlator.counters["incomplete"] == 2


def test_a_purely_negative_condition_looks_at_any_event_of_a_group() -> None:
    silent = correlation("temporal", "r", condition=["not", R])
    correlator = Correlator([rule("c", silent)])
    assert correlator.scoped
    (match,) = run(correlator, [(0, "", {}), (3, "r", {"agent": "b"}), (10, "", {})])
    assert (match.key, match.steps) == (("t", "a"), ((START, -1),))


def test_aliases_give_each_rule_its_own_field() -> None:
    given = {"who": {"r": "user", "s": "agent"}}
    one = correlation("temporal", "r s", threshold=2, group_by=("who",), aliases=given)
    assert seen(one, (0, "r", {"user": "x", "agent": "n"}), (5, "s", {"agent": "X"})) == [5]
    assert seen(one, (0, "r", {"user": "x"}), (5, "s", {"user": "x"})) == []
    count = correlation("event_count", "r s", threshold=2, group_by=("who",), aliases=given)
    # One event of both rules is one event of each group.
    assert seen(count, (0, "r s", {"user": "x"}), (1, "s", {"agent": "x"})) == [1]
    assert seen(count, (0, "r s", {"user": "a"})) == []


def test_several_fields_are_one_value_and_absent_ones_none() -> None:
    one = correlation("value_count", threshold=2, fields=("x", "y"))
    assert seen(one, (0, "r", {"x": 1, "y": "a"}), (1, "r", {"x": 1, "y": "b"})) == [1]
    assert seen(one, (0, "r", {"x": 1, "y": "a"}), (1, "r", {"x": 1, "y": "A"})) == []
    assert seen(one, (0, "r", {"x": 1, "y": "a"}), (1, "r", {"x": 2})) == []


def chained(*, alerts: bool = False) -> list[Rule]:
    inner = rule("burst", correlation("event_count", threshold=2), alerts=alerts)
    outer = correlation("temporal_ordered", "burst s", threshold=2, window_ms=60_000)
    return [rule("c", outer), inner]


def test_a_match_is_an_event_for_what_reads_it() -> None:
    fed: list[Fed] = [(0, "r", {}), (1, "r", {}), (30, "s", {})]
    (match,) = run(Correlator(chained()), fed)
    assert match.steps == ((START + 1000, 0), (START + 30_000, 1))
    assert [event["event.id"] for event in match.events] == ["e0", "e1", "e2"]
    assert [m.rule.id for m in run(Correlator(chained(alerts=True)), fed)] == ["burst", "c"]
    assert run(Correlator(chained()), [(0, "r", {}), (30, "s", {})]) == []


def test_a_match_brings_its_metric_and_the_fields_of_its_events() -> None:
    inner = rule("burst", correlation("event_count", threshold=2), alerts=False)
    total = correlation("value_sum", "burst", op="gt", threshold=4, fields=("event_count",))
    found = run(Correlator([inner, rule("c", total)]), [(n, "r", {}) for n in range(4)])
    assert [match.metric for match in found] == [5, 9]  # 2 + 3, then + 4
    host = correlation("value_count", "burst", threshold=2, fields=("host",))
    fed = [(n, "r", {"host": f"h{n}"}) for n in range(3)]
    assert [match.metric for match in run(Correlator([inner, rule("c", host)]), fed)] == [2, 2]


def test_a_match_that_is_judged_late_still_comes_at_its_time() -> None:
    inner = rule("quiet", ABSENCE, alerts=False)
    outer = rule("c", correlation("temporal_ordered", "quiet s", threshold=2))
    found = run(Correlator([inner, outer]), [(0, "r", {}), (15, "s", {}), (30, "", {})])
    assert [match.steps for match in found] == [((START + 10_000, 0), (START + 15_000, 1))]


def test_correlations_in_a_circle_are_refused() -> None:
    one, two = correlation("event_count", "two"), correlation("event_count", "one")
    with pytest.raises(ValueError, match="circle"):
        Correlator([rule("one", one), rule("two", two)])


def test_only_hits_that_something_reads_are_needed() -> None:
    unread = rule("x", correlation("event_count", "q"), alerts=False)
    assert Correlator([*chained(), unread]).needed == {"r", "s"}


def test_a_condition_of_too_many_terms_is_refused() -> None:
    wide = ["and", *[["or", ["rule", 2 * n], ["rule", 2 * n + 1]] for n in range(13)]]
    with pytest.raises(ValueError, match="terms"):
        terms_of(wide)


KINDS = [
    COUNT,
    ORDERED,
    ABSENCE,
    correlation("event_count", op="lt", threshold=2),
    correlation("value_count", "r s", threshold=2, fields=("value",)),
    correlation("value_sum", op="gt", threshold=3, fields=("value",)),
    correlation("value_median", op="gte", threshold=2, fields=("value",)),
    correlation("temporal", "r s", op="eq", threshold=1),
    correlation("temporal_ordered", "r s", condition=["and", R, ["not", S]]),
    correlation("temporal", "r", condition=["not", R]),
    correlation("new_value", fields=("value",), history_ms=WINDOW),
    correlation("rate_baseline", history_ms=6 * WINDOW, threshold=2, factor=1.5),
]
RULES = [
    *[rule(f"c{n}", one) for n, one in enumerate(KINDS)],
    rule("over", correlation("event_count", "c2 c5", threshold=2)),
]
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.sampled_from(["", "r", "s", "r s"]),
        st.fixed_dictionaries(
            {"agent": st.sampled_from("ab"), "value": st.integers(1, 3)},
        ),
    ),
    max_size=25,
)


def plain(found: list[Match]) -> list[Any]:
    return [(m.rule.id, m.time_ms, m.key, m.metric, m.steps, m.events, m.trigger) for m in found]


@given(EVENTS, st.integers(0, 25), st.sampled_from([0, 5_000]))
@settings(max_examples=200, deadline=None)
def test_a_snapshot_at_any_point_changes_nothing(drawn: list[Fed], cut: int, late: int) -> None:
    fed = drawn if late else sorted(drawn, key=lambda one: one[0])
    whole = Correlator(RULES, lateness_ms=late)
    first = Correlator(RULES, lateness_ms=late)
    expected = plain(run(whole, fed[:cut], close=False) + run(whole, fed[cut:]))
    found = run(first, fed[:cut], close=False)
    second = Correlator(RULES, lateness_ms=late)
    second.restore(json.loads(json.dumps(first.snapshot())))
    assert plain(found + run(second, fed[cut:])) == expected
    assert (second.counters, second.late) == (whole.counters, whole.late)


def test_a_long_window_survives_a_snapshot() -> None:
    long = [
        correlation("value_avg", op="gt", threshold=0, fields=("value",), window_ms=WINDOW * 100),
        correlation("value_median", threshold=0, fields=("value",), window_ms=WINDOW * 100),
        correlation("value_count", threshold=40, fields=("value",), window_ms=WINDOW * 100),
        correlation("event_count", threshold=80, window_ms=WINDOW * 100),
    ]
    rules = [rule(f"c{n}", one) for n, one in enumerate(long)]
    fed: list[Fed] = [(n, "r", {"value": n * 7 % 50 + 0.1}) for n in range(200)]
    first, second, whole = Correlator(rules), Correlator(rules), Correlator(rules)
    expected = plain(run(whole, fed[:100], close=False) + run(whole, fed[100:]))
    found = run(first, fed[:100], close=False)
    second.restore(json.loads(json.dumps(first.snapshot())))
    assert plain(found + run(second, fed[100:])) == expected


def test_a_snapshot_of_other_correlations_is_refused() -> None:
    state = Correlator(RULES).snapshot()
    with pytest.raises(ValueError, match="other correlations"):
        Correlator(RULES[1:]).restore(state)
    with pytest.raises(ValueError, match="lateness"):
        Correlator(RULES, lateness_ms=1).restore(state)


@given(EVENTS, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_what_is_out_of_order_within_the_lateness_is_found_all_the_same(
    drawn: list[Fed], chance: random.Random
) -> None:
    times = chance.sample(range(61), len(drawn))
    fed = sorted([(at, *one[1:]) for at, one in zip(times, drawn, strict=True)])
    fed = [(at, hits, {**more, "event.id": f"x{at}"}) for at, hits, more in fed]
    mixed = sorted(fed, key=lambda one: one[0] + chance.uniform(0, 5))
    straight = run(Correlator(RULES), fed)
    buffered = run(Correlator(RULES, lateness_ms=5_000), mixed)
    assert plain(buffered) == plain(straight)


def test_what_is_later_is_counted_and_named_by_rule() -> None:
    correlator = Correlator([rule("c", COUNT)], lateness_ms=5_000)
    found = run(correlator, [(10, "r", {}), (5, "r", {}), (4, "r other", {}), (11, "r", {})])
    assert [match.time_ms for match in found] == [START + 11_000]
    assert (correlator.counters["late"], correlator.late) == (1, {"r": 1})
    assert seen(COUNT, (1, "r", {}), (1, "r", {}), (0, "r", {}), (1, "r", {})) == [1]


def test_hits_beyond_the_buffer_are_let_go_early_and_counted() -> None:
    limits = Limits(buffered=3)
    correlator = Correlator([rule("c", COUNT)], limits=limits, lateness_ms=60_000)
    found = run(correlator, [(n, "r", {}) for n in range(6)], close=False)
    assert [match.time_ms for match in found] == [START + 2_000]
    assert correlator.counters["released_early"] == 3
    assert run(correlator, [(1, "r", {})], close=False) == []
    assert correlator.late == {"r": 1}


def test_a_time_that_is_none_is_not_taken() -> None:
    correlator = Correlator([rule("c", COUNT)])
    assert correlator.feed({}, ["r"], -1) == correlator.feed({}, ["r"], 1 << 60) == []
    assert correlator.counters["bad_time"] == 2


def sizes(correlator: Correlator) -> list[int]:
    return [node.operator.table.size for node in correlator.nodes]


def test_a_flood_of_keys_of_one_tenant_costs_no_other_its_hot_keys() -> None:
    correlator = Correlator([rule("c", COUNT)], limits=Limits(keys=100))
    hot: list[Fed] = [(0, "r", {"organization.id": "quiet", "agent": f"q{n}"}) for n in range(20)]
    run(correlator, hot + hot, close=False)
    run(correlator, [(1, "r", {"agent": f"k{n}"}) for n in range(5_000)], close=False)
    assert max(sizes(correlator)) <= 100
    assert correlator.counters["evicted"] >= 4_900
    last = [(2, hits, fields) for _, hits, fields in hot]
    assert len(run(correlator, last)) == 20


def test_single_events_are_evicted_before_keys_that_are_hit_again() -> None:
    correlator = Correlator([rule("c", COUNT)], limits=Limits(keys=50))
    hot: list[Fed] = [(0, "r", {"agent": f"h{n}"}) for n in range(10)]
    run(correlator, hot + hot, close=False)
    run(correlator, [(1, "r", {"agent": f"k{n}"}) for n in range(2_000)], close=False)
    assert len(run(correlator, [(2, hits, fields) for _, hits, fields in hot])) == 10


@pytest.mark.parametrize("one", KINDS, ids=lambda one: one.kind)
def test_state_stays_bounded_under_a_flood(one: Correlation) -> None:
    correlator = Correlator([rule("c", one)], limits=Limits(keys=64, evidence=32))
    run(
        correlator,
        [(n // 500, "r", {"agent": f"k{n}", "value": n % 7}) for n in range(3_000)],
        close=False,
    )
    state = correlator.snapshot()
    assert max(sizes(correlator)) <= 64
    assert len(state["evidence"]) == 32
    assert len(json.dumps(state["operators"])) < 40_000


def test_what_is_not_touched_for_the_window_is_forgotten() -> None:
    correlator = Correlator([rule("c", COUNT)])
    run(correlator, [(n, "r", {"agent": f"k{n}"}) for n in range(500)], close=False)
    assert max(sizes(correlator)) <= 21
    run(correlator, [(5_000, "r", {})], close=False)
    assert sizes(correlator) == [1]
    assert correlator.counters["evicted"] == 0


def test_evidence_that_is_no_longer_held_is_still_told_by_its_time() -> None:
    correlator = Correlator([rule("c", COUNT)], limits=Limits(evidence=2))
    (match,) = run(correlator, [(0, "r", {}), (1, "r", {}), (2, "r", {})])
    assert match.steps == ((START, 0), (START + 1000, 0), (START + 2000, 0))
    assert [event["event.id"] for event in match.events] == ["e1", "e2"]
    assert match.trigger["event.id"] == "e2"


def test_values_beyond_the_limit_are_let_go_and_counted() -> None:
    one = correlation("value_sum", op="gt", threshold=0, fields=("value",))
    correlator = Correlator([rule("c", one)], limits=Limits(values=20))
    found = run(correlator, [(0, "r", {"value": 1}) for _ in range(30)])
    assert [match.metric for match in found] == [20]
    assert correlator.counters["over_limit"] == 10


@pytest.mark.parametrize(
    "one",
    [c for c in KINDS if c.kind in ("event_count", "value_count", "temporal_ordered", "temporal")],
    ids=lambda one: f"{one.kind} {one.op} {one.condition}",
)
def test_a_window_of_many_events_holds_no_more_than_one_of_few(one: Correlation) -> None:
    def held(events: int) -> int:
        correlator = Correlator([rule("c", one)])
        # All in one window, which ends; open windows of absences are one per moment.
        fed = [(n % 10, "r s", {"value": n % 50}) for n in range(events)]
        run(correlator, sorted(fed, key=lambda e: e[0]), close=False)
        return len(json.dumps(correlator.snapshot()["operators"]))

    assert held(2_000) <= held(100) + 50


def test_sums_do_not_drift() -> None:
    total = Total()
    chance = random.Random(3)  # noqa: S311 - no secret
    window: list[float] = []
    for _ in range(20_000):
        window.append(chance.choice([1e16, 0.1, -3e15, 1e-9]) * chance.random())
        total.add(window[-1])
        if len(window) > 50:
            total.add(-window.pop(0))
    for number in window:
        total.add(-number)
    assert total.value() == 0.0


@pytest.mark.parametrize("text", ["1", " -2.5 ", "1e3", "0.1E-2"])
def test_text_that_is_a_json_number_is_a_number(text: str) -> None:
    assert number_of(text) == float(text)


@pytest.mark.parametrize(
    "value", ["", "+1", "01", "1.", ".5", "NaN", "1e999", "x", None, [1], 1e300]
)
def test_all_else_is_no_number(value: object) -> None:
    assert number_of(value) is None


def test_an_event_and_the_match_that_it_ends_are_not_two_steps() -> None:
    inner = rule("burst", correlation("event_count", threshold=2), alerts=False)
    for rules in ("burst s", "s burst"):
        for tree in (None, ["and", R, S]):
            outer = correlation("temporal_ordered", rules, threshold=2, condition=tree)
            correlator = Correlator([inner, rule("c", outer)])
            assert run(correlator, [(0, "r", {}), (1, "r s", {})]) == []
    after = rule("c", correlation("temporal_ordered", "burst s", threshold=2))
    assert len(run(Correlator([inner, after]), [(0, "r", {}), (1, "r", {}), (1, "s", {})])) == 1


def test_every_value_of_a_list_is_counted() -> None:
    one = rule("c", correlation("value_count", threshold=3, fields=("to",)))
    (match,) = run(Correlator([one]), [(0, "r", {"to": ["a", "B", "c", "d"]})])
    assert match.metric == 3
    assert len(match.events) == 1
    (match,) = run(Correlator([one]), [(0, "r", {"to": ["a", "b"]}), (1, "r", {"to": "C"})])
    assert len(match.events) == 2
    for few in (["a", "A", "b", None], [], [["a", "b", "c"]]):
        assert run(Correlator([one]), [(0, "r", {"to": few}), (2, "r", {"to": "b"})]) == []
    pair = rule("c", correlation("value_count", threshold=2, fields=("to", "by")))
    assert run(Correlator([pair]), [(0, "r", {"to": ["a", "b"], "by": "x"})]) == []


def test_older_slots_fade_and_a_long_quiet_makes_a_habit_forgotten() -> None:
    one = correlation("rate_baseline", history_ms=4 * WINDOW, threshold=1, factor=2)

    def burst(events: int, slot: int) -> list[Fed]:
        return [(slot * 10, "r", {})] * events

    steady = [fed for slot in range(20) for fed in burst(5, slot)]
    assert seen(one, *steady, *burst(9, 20)) == []
    assert seen(one, *steady, *burst(10, 20)) == [200]
    assert seen(one, *steady, *burst(30, 23), *burst(30, 24)) == [230, 240]
    assert seen(one, *steady, *burst(30, 24)) == []


DENYING = [
    rule("absence", ABSENCE),
    rule("ordered", correlation("temporal_ordered", "r s", condition=["and", R, ["not", S]])),
    rule("both", correlation("temporal", "r s t", condition=["and", R, S, ["not", T]])),
    rule("either", correlation("temporal", "r s t", condition=["and", ["or", R, S], ["not", T]])),
    rule("over", correlation("temporal", "absence t", condition=["and", R, ["not", S]])),
    rule(
        "after",
        correlation("temporal_ordered", "absence r s", condition=["and", R, S, ["not", T]]),
    ),
]
MOMENTS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 10, 11, 12, 40]),  # moments that several share, windows apart
        st.sampled_from(["r", "s", "t", "r", "s", "t", "r s", "s t", "r t"]),
        st.fixed_dictionaries({"agent": st.sampled_from("aab")}),
    ),
    max_size=12,
)


@given(MOMENTS, st.sampled_from([0, 5_000]))
@settings(max_examples=400, deadline=None)
def test_what_is_put_aside_while_it_can_deny_nothing_is_never_missed(
    drawn: list[Fed], late: int
) -> None:
    fed = drawn if late else sorted(drawn, key=lambda one: one[0])
    eager, lazy = Correlator(DENYING, lateness_ms=late), Correlator(DENYING, lateness_ms=late)
    assert any(node.operator.denies for node in eager.nodes)
    for node in eager.nodes:
        node.operator.denies = frozenset()
    assert plain(run(lazy, fed)) == plain(run(eager, fed))


def test_what_only_denies_leaves_nothing_behind() -> None:
    correlator = Correlator([rule("c", ABSENCE)])
    run(correlator, [(n, "s", {"agent": str(n)}) for n in range(5_000)], close=False)
    (node,) = correlator.nodes
    assert (node.operator.table.size, len(node.operator.aside)) == (0, 1)


def test_a_moment_of_any_length_takes_only_so_much_room() -> None:
    correlator = Correlator([rule("c", ABSENCE)])
    run(correlator, [(0, "s", {})] * 5_000, close=False)
    assert len(correlator.nodes[0].operator.aside) <= 1_024
    assert run(correlator, [(0, "r", {}), (30, "s", {})]) == []
