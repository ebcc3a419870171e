"""The fuzz runner finds nothing in a few hundred cases, and it finds what is there."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from agentwarrant.rules.matcher import Matcher

RUNNER = Path(__file__).parent / "fuzz" / "fuzz_rules.py"


def test_nothing_breaks_in_some_hundred_cases() -> None:
    command = [sys.executable, str(RUNNER), "--seed", "7", "--cases", "250"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("nothing broke: 250 cases")
    counted = dict(part.split(" ", 1)[::-1] for part in done.stdout.strip()[15:].split(", "))
    assert all(
        int(counted[name].replace(",", "")) > 20 for name in ("rules", "matched", "findings")
    )


@pytest.mark.parametrize("broken", ["true_atoms", "hits", "line"])
def test_a_matcher_that_is_wrong_is_found(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = runpy.run_path(str(RUNNER))
    monkeypatch.setattr(Matcher, broken, lambda *_: set() if broken == "true_atoms" else ())
    with pytest.raises(runner["Failure"], match="case "):
        runner["fuzz"](7, cases=100)
