"""Workers die at every place there is, alone and beside a second worker, and at random moments."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.respond_crashing import Crashes, every_crash
from tests.simulators.office import office

pytestmark = pytest.mark.e2e
SEEDS = 20


def test_wherever_workers_die_the_run_is_finished_and_nothing_is_done_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator, begun = office(), time.monotonic()
    with simulator.running() as url:
        crashes = Crashes(tmp_path, simulator, url)
        places = every_crash(crashes)
        for place in places:
            crashes.crash(place)
        for seed in range(SEEDS):
            crashes.random_deaths(seed, rival=seed % 2 == 1)
        crashes.close()
    alone = sum(not place.rival for place in places)
    with capsys.disabled():
        print(
            f"\n{alone} places alone and {len(places) - alone} beside a rival, {SEEDS} runs with"
            f" random deaths: {crashes.lives} lives, {crashes.deaths} deaths,"
            f" {time.monotonic() - begun:.0f} s"
        )
    assert crashes.deaths >= alone
