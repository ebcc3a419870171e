"""Measures how long the whole rule set takes to load, parsed anew and from its kept form.

    python benchmarks/startup.py [--rules N] [--runs N]

Every load is a process of its own, since a second load in one finds everything warm. Prints the
median of each: the seconds that loading takes, and those of the whole process with its imports.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sigma_set
from measure import machine, table

LOAD = """
import sys, time
from pathlib import Path
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.matcher import Matcher
begin = time.perf_counter()
cache = Path(sys.argv[2]) if len(sys.argv) > 2 else None
rules = load_rules([Path(sys.argv[1])], pack=False, foreign=True, cache=cache)
loaded = time.perf_counter()
Matcher(rules)
print(len(rules), loaded - begin, time.perf_counter() - loaded)
"""


def load(*arguments: str) -> tuple[int, float, float, float]:
    """Return the number of rules, and seconds of loading, of the matcher and of the process."""
    begin = time.perf_counter()
    command = [sys.executable, "-c", LOAD, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    whole = time.perf_counter() - begin
    number, loading, matcher = done.stdout.split()
    return int(number), float(loading), float(matcher), whole


def main() -> None:
    """Write the rules, load them again and again, print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rules", type=int, default=sigma_set.ALL)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as cache:
        sigma_set.write(sigma_set.rules(options.rules), Path(place))
        load(place, cache)  # keeps them
        for name, arguments in (("parsed", [place]), ("kept", [place, cache])):
            runs = [load(*arguments) for _ in range(options.runs)]
            middle = [statistics.median(figures) for figures in zip(*runs, strict=True)]
            rows.append([name, f"{middle[0]:,.0f}", *(f"{part:.3f} s" for part in middle[1:])])
    print(f"{machine()}\n")
    print(table(["rules", "number", "load_rules", "Matcher", "whole process"], rows))


if __name__ == "__main__":
    main()
