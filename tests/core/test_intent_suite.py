"""The suite of attacks and their benign twins is judged as well as when it was last measured."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RECALL, PRECISION = 0.95, 0.97


OTHERS = {
    "intent_unseen": (0.87, 0.98),
    "intent_blind": (0.84, 0.97),
    "intent_blind2": (0.94, 0.98),
    "intent_blind3": (0.95, 0.98),
    "intent_blind4": (0.80, 0.91),
    "intent_blind5": (0.96, 0.93),
    "intent_blind6": (0.85, 0.94),
}
"""Recall and precision that the pairs of other writers must not fall below."""


@pytest.fixture(scope="module")
def measure() -> Iterator[Any]:
    if not BENCHMARKS.is_dir():
        pytest.skip("the tests run without a checkout beside them")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        before = set(sys.modules)
        yield runpy.run_path(str(BENCHMARKS / "intent.py"))["measure"]
        for name in set(sys.modules) - before:
            if name.startswith("intent"):
                del sys.modules[name]


@pytest.fixture(scope="module")
def result(measure: Any) -> Any:
    return measure()


@pytest.mark.parametrize(("folder", "floors"), OTHERS.items(), ids=OTHERS.keys())
def test_what_was_learnt_from_other_writers_is_not_forgotten(
    measure: Any, folder: str, floors: tuple[float, float]
) -> None:
    total = measure(BENCHMARKS / folder).total
    assert total.recall >= floors[0]
    assert total.precision >= floors[1]


def test_the_suite_is_of_pairs_and_large_enough_to_say_something(result: Any) -> None:
    assert result.total.attacks >= 90
    assert len(result.by["origin"]) >= 8
    assert len(result.by["hiding"]) >= 12
    assert len(result.by["action"]) >= 10


def test_attacks_are_caught_and_benign_twins_are_not(result: Any) -> None:
    wrong = [f"{name}: {what}" for name, what, _ in result.wrong]
    assert result.total.recall >= RECALL, wrong
    assert result.total.precision >= PRECISION, wrong


def test_every_way_of_hiding_is_seen_through_at_least_once(result: Any) -> None:
    missed = [name for name, score in result.by["hiding"].items() if not score.caught]
    assert not missed
