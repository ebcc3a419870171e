"""What runs in parallel takes as long as its slowest part; what it measures is in benchmarks/."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from tests.respond_world import plan, point, settings, worker
from tests.simulators.office import office
from tests.timing import once_of_three

from agentwarrant.errors import MissingExtra
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.opening import open_ledger
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.runplan import Parallel
from agentwarrant.respond.settings import Settings

SLOW_S = 0.2


def seconds(folder: Path, urls: Mapping[str, str]) -> float:
    """Return how long one identity over each connection takes, to be contained and verified."""
    own = settings(folder, urls)
    nodes = [
        point("disable", f"{folder.name}-{number}", connection=name)
        for number, name in enumerate(urls)
    ]
    with Ledger.open(f"sqlite:///{folder / 'respond.db'}", b"key") as ledger:
        run = ledger.enter(plan(Parallel("all", tuple(nodes))), actor="kim")
        begun = time.perf_counter()
        worker(ledger, own).work(until_idle=True)
        spent = time.perf_counter() - begun
        assert ledger.run(run).state is RunState.CONTAINED, ledger.run(run).reason
    return spent


def test_ten_identities_at_ten_connections_take_as_long_as_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        urls = {}
        for number in range(10):
            simulator = office()
            simulator.slow = SLOW_S
            urls[f"office-{number}"] = stack.enter_context(simulator.running())
        turns = count()

        def close() -> bool:
            turn = next(turns)
            one = seconds(tmp_path / f"one{turn}", {"office-0": urls["office-0"]})
            ten = seconds(tmp_path / f"ten{turn}", urls)
            with capsys.disabled():
                print(f"\none {one:.3f} s, ten {ten:.3f} s: {100 * (ten / one - 1):+.1f} %")
            return ten < 2.5 * one  # one after the other they would take ten times as long

        assert once_of_three(close)


def test_what_is_not_installed_is_named_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)  # as where it is not installed
    with pytest.raises(MissingExtra, match=r"pip install agentwarrant\[respond\]"):
        open_ledger(Settings(folder=tmp_path))


def test_the_ledger_of_an_installation_is_opened_with_its_key(tmp_path: Path) -> None:
    with open_ledger(Settings(folder=tmp_path / "respond")) as ledger:
        assert not ledger.chain.is_keyed
    assert (tmp_path / "respond" / "respond.db").is_file()
