"""Stripe Issuing: a card is frozen and let go; what was frozen by somebody else stays frozen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.simulators.base import connection_to
from tests.simulators.stripe import Stripe
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.respond.action import Target

CARD, HOLDER = "ic_1A2bExample", "ich_1A2bExample"
TARGET = Target("agent-1", accounts=(f"stripe.card:{CARD}", f"stripe.cardholder:{HOLDER}"))


def vendor(card: str = "active") -> Stripe:
    return Stripe({"cards": {CARD: card}, "cardholders": {HOLDER: "active"}})


@contextmanager
def opened(name: str, stripe: Stripe, folder: Path, key: str = "good") -> Iterator[Cycle]:
    with (
        stripe.running() as url,
        cycle(f"stripe.{name}", connection_to(url, "stripe", folder, {"key": key}), 0.3) as carried,
    ):
        yield carried


@pytest.mark.parametrize(
    ("name", "kind", "what"),
    [("freeze_card", "cards", CARD), ("freeze_cardholder", "cardholders", HOLDER)],
)
def test_it_is_frozen_and_let_go(name: str, kind: str, what: str, tmp_path: Path) -> None:
    stripe = vendor()
    with opened(name, stripe, tmp_path) as carried:
        (step,) = carried.plan(TARGET).steps
        assert carried.contain(step)
        assert stripe.state[kind][what] == "inactive"
        assert carried.contain(step)
        assert carried.release(step)
        assert carried.contain(step)  # frozen again right after: nothing remembers the first time
    assert stripe.state[kind][what] == "inactive"


@pytest.mark.parametrize("knob", ["hang_up", "stumble"])
def test_a_change_whose_answer_is_lost_shows(knob: str, tmp_path: Path) -> None:
    stripe = vendor()
    getattr(stripe, knob)(1)
    with opened("freeze_card", stripe, tmp_path) as carried:
        assert carried.contain(carried.plan(TARGET).steps[0])


@pytest.mark.parametrize("status", ["inactive", "canceled"])
def test_what_is_off_already_is_left_so(status: str, tmp_path: Path) -> None:
    stripe = vendor(status)
    with opened("freeze_card", stripe, tmp_path) as carried:
        plan = carried.plan(TARGET)
    assert plan.steps == ()
    assert status in plan.notes[0]


@pytest.mark.parametrize("name", ["ic_../../v1/payouts", "ic_1", "pm_1A2bExample", "*", ""])
def test_what_is_no_id_of_a_card_stands_in_no_request(name: str, tmp_path: Path) -> None:
    stripe = vendor()
    with opened("freeze_card", stripe, tmp_path) as carried:
        assert carried.plan(Target("a", accounts=(f"stripe.card:{name}",))).steps == ()
    assert stripe.calls == []


def test_a_card_that_is_not_there_is_said(tmp_path: Path) -> None:
    with opened("freeze_card", vendor(), tmp_path) as carried:
        plan = carried.plan(Target("a", accounts=("stripe.card:ic_9Z9zExample",)))
    assert plan.steps == ()
    assert "404" in plan.notes[0]


def test_a_wrong_key_is_said_without_the_key(tmp_path: Path) -> None:
    with opened("freeze_card", vendor(), tmp_path, "wr0ng") as carried:
        plan = carried.plan(TARGET)
    assert "wr0ng" not in str(plan.notes)
    assert "bad key" in str(plan.notes)
