"""Workers die, and what they began is finished once; all of the places: tests/e2e."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.respond_crashing import WHILE_SENT, Crash, Crashes
from tests.simulators.office import office

from agentwarrant.respond.execution.means import LABELS

MOST = (
    "after-ask",
    "after-approval",
    "after-intent",
    "after-answer",
    "after-verify",
    "before-end",
    "after-undo-intent",
    "after-undone",
    WHILE_SENT,
)


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crashes]:
    folder: Path = tmp_path_factory.mktemp("crashes")
    simulator = office()
    with simulator.running() as url:
        made = Crashes(folder, simulator, url)
        yield made
        made.close()


def test_every_label_is_passed_and_no_other(crashes: Crashes) -> None:
    passed = {*crashes.labels(), *crashes.labels(undoing=True)} - {WHILE_SENT}
    assert passed == set(LABELS)


@pytest.mark.parametrize("label", MOST)
def test_a_worker_that_dies_is_followed_by_one_that_does_nothing_twice(
    crashes: Crashes, label: str
) -> None:
    undoing = "undo" in label or label == "after-release"
    crashes.crash(Crash(label, 1, undoing=undoing))


@pytest.mark.parametrize("label", ["after-intent", WHILE_SENT])
def test_nor_does_a_second_worker_that_was_there_all_the_time(crashes: Crashes, label: str) -> None:
    crashes.crash(Crash(label, 2, rival=True))


@pytest.mark.parametrize("seed", range(2))
def test_nor_after_deaths_at_moments_that_nobody_chose(crashes: Crashes, seed: int) -> None:
    crashes.random_deaths(seed, rival=seed % 2 == 1)
