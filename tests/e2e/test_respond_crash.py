"""Workers die at every place there is, alone and beside a second worker, and at random moments.

It takes minutes and has an environment of its own (tox -e crash); the other tests kill a worker
once at each label. ``AGENTWARRANT_CRASH=all`` kills at every passing of each label, else at the
first and the last.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.respond_crashing import Crashes, Scenario, Shipped, every_crash
from tests.respond_generic import shipped
from tests.simulators.office import office

ASKED = os.environ.get("AGENTWARRANT_CRASH", "")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not ASKED, reason="minutes long: tox -e crash, or AGENTWARRANT_CRASH=some"),
]
SEEDS = 20


@contextmanager
def crashes(folder: Path, scenario: Scenario) -> Iterator[Crashes]:
    simulator = office()
    with simulator.running() as url:
        made = Crashes(folder, simulator, url, scenario=scenario)
        try:
            yield made
        finally:
            made.close()


def test_wherever_workers_die_the_run_is_finished_and_nothing_is_done_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    with crashes(tmp_path, Scenario()) as made:
        places = every_crash(made)
        for place in places:
            made.crash(place)
        for seed in range(SEEDS):
            made.random_deaths(seed, rival=seed % 2 == 1)
    alone = sum(not place.rival for place in places)
    with capsys.disabled():
        print(
            f"\n{alone} places alone and {len(places) - alone} beside a rival, {SEEDS} runs with"
            f" random deaths: {made.lives} lives, {made.deaths} deaths,"
            f" {time.monotonic() - begun:.0f} s"
        )
    assert made.deaths >= alone


@pytest.mark.parametrize("name", sorted(shipped()))
def test_nor_is_anything_of_a_shipped_playbook_done_twice(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    with crashes(tmp_path, Shipped(name)) as made:
        places = every_crash(made, often=ASKED == "all")
        for place in places:
            made.crash(place)
    alone = sum(not place.rival for place in places)
    with capsys.disabled():
        print(
            f"\n{name}: {alone} places alone, {len(places) - alone} beside a rival,"
            f" {made.lives} lives, {made.deaths} deaths, {time.monotonic() - begun:.0f} s"
        )
    assert made.deaths >= alone
