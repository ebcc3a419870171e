"""Rates and spending count as a naive reading of all that came before does, in bounded memory."""

from __future__ import annotations

import json
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.warrant.globs import Globs
from agentwarrant.warrant.limits import PERIODS_MS, Limits
from agentwarrant.warrant.model import Rate, Spending


def rate(limit: int, per: str = "minute", of: str = "*") -> Rate:
    return Rate(Globs([of]), of, per, PERIODS_MS[per], limit)


def spending(limit: float, per: str = "day", currency: str = "EUR") -> Spending:
    return Spending(currency, per, PERIODS_MS[per], limit)


steps = st.lists(st.sampled_from([0, 1, 999, 1_000, 30_000, 59_999, 60_000, 60_001]), max_size=40)
who = st.sampled_from(["a", "b"])


@given(steps, st.integers(1, 5), st.integers(0, 40), st.data())
def test_actions_are_counted_as_a_naive_reading_does(
    gaps: list[int], limit: int, stop: int, data: st.DataObject
) -> None:
    limits, seen = Limits(), list[tuple[str, int]]()
    for place, time in enumerate(accumulate(gaps)):
        agent = data.draw(who)
        if place == stop:  # a restart changes no answer
            state = json.loads(json.dumps(limits.snapshot()))
            limits = Limits()
            limits.restore(state)
        before = [t for one, t in seen if one == agent and time - t < 60_000]
        assert limits.act("t", agent, rate(limit), time) is (len(before) >= limit)
        seen.append((agent, time))


payments = st.lists(
    st.tuples(st.sampled_from([0, 1, 3_599_999, 3_600_000, 86_399_999]), st.integers(0, 1000)),
    max_size=40,
)


@given(payments, st.sampled_from(["action", "hour", "day", "month"]), st.integers(0, 40))
def test_payments_are_added_up_as_a_naive_reading_does(
    given_payments: list[tuple[int, int]], per: str, stop: int
) -> None:
    limits, seen, time = Limits(), list[tuple[int, int]](), 0
    for place, (gap, amount) in enumerate(given_payments):
        time += gap
        if place == stop:
            state = json.loads(json.dumps(limits.snapshot()))
            limits = Limits()
            limits.restore(state)
        seen.append((time, amount))
        within = PERIODS_MS[per]
        known = [paid for at, paid in seen if time - at < within] if within else [amount]
        assert limits.spend("t", "a", spending(9, per), amount, time) == pytest.approx(sum(known))


def test_a_month_is_thirty_days() -> None:
    limits, day = Limits(), PERIODS_MS["day"]
    assert limits.spend("t", "a", spending(9, "month"), 5, 0) == 5
    assert limits.spend("t", "a", spending(9, "month"), 5, 30 * day - 1) == 10
    assert limits.spend("t", "a", spending(9, "month"), 5, 30 * day) == 10


def test_nobody_spends_for_another() -> None:
    limits = Limits()
    for tenant, agent, one in (
        ("t", "a", spending(9)), ("t", "b", spending(9)), ("u", "a", spending(9)),
        ("t", "a", spending(9, currency="USD")), ("t", "a", spending(9, "hour")),
    ):  # fmt: skip
        assert limits.spend(tenant, agent, one, 7, 0) == 7


def test_what_is_kept_is_bounded_and_what_was_let_go_is_counted() -> None:
    limits = Limits(keys=10)
    for number in range(100):
        limits.act("t", str(number), rate(2), 0)
        limits.spend("t", str(number), spending(9), 1, 0)
    state = limits.snapshot()
    assert (len(state["times"]), len(state["spent"]), limits.evicted) == (10, 10, 180)


def test_what_was_used_last_is_kept() -> None:
    limits = Limits(keys=2)
    for agent in ("a", "b", "a", "c"):
        limits.act("t", agent, rate(1), 0)
    assert limits.act("t", "a", rate(1), 1)
    assert not limits.act("t", "b", rate(1), 1)


def test_of_very_many_payments_none_is_forgotten_early() -> None:
    limits = Limits()
    for number in range(5_000):
        spent = limits.spend("t", "a", spending(9), 1, number)
    assert spent == 5_000
    assert len(limits.snapshot()["spent"][0][-1]) <= 1_000
