"""Measures how long commands take to start, and the whole rule set to load.

    python benchmarks/startup.py [rules|commands] [--rules N] [--runs N]

Rules are parsed anew, and read in their kept form. Every load and every command is a process of
its own, since a second one in a process finds everything warm. Prints the median of each: of
rules the seconds that loading takes and those of the whole process with its imports, of commands
seconds by the clock and of the processor, the interpreter's own included.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
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

CAPTURE = "openclaw/samples/main.71bb0761-7ddb-4275-9a4c-9971c953d2ca.jsonl"
"""A genuine log of a few lines."""
COMMANDS = ("version", "--help", "rules check --help", "respond --help", "scan CAPTURE")


def run(words: list[str]) -> tuple[float, float]:
    """Return how long a command takes, by the clock and of the processor."""
    before, begin = _processor(), time.perf_counter()
    subprocess.run([sys.executable, "-m", "agentwarrant", *words], check=True, capture_output=True)
    return time.perf_counter() - begin, _processor() - before


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def commands(runs: int) -> str:
    """Run each command again and again; return a table."""
    capture = str(files("agentwarrant.connectors").joinpath(CAPTURE))
    rows: list[list[str]] = []
    for line in COMMANDS:
        words = [capture if word == "CAPTURE" else word for word in line.split()]
        run(words)  # what was compiled and read once is at hand
        figures = zip(*(run(words) for _ in range(runs)), strict=True)
        rows.append([line, *(f"{statistics.median(part):.3f} s" for part in figures)])
    return table(["command", "clock", "processor"], rows)


def load(*arguments: str) -> tuple[int, float, float, float]:
    """Return the number of rules, and seconds of loading, of the matcher and of the process."""
    begin = time.perf_counter()
    command = [sys.executable, "-c", LOAD, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    whole = time.perf_counter() - begin
    number, loading, matcher = done.stdout.split()
    return int(number), float(loading), float(matcher), whole


def rules(number: int, runs: int) -> str:
    """Write the rules, load them again and again; return a table."""
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as cache:
        sigma_set.write(sigma_set.rules(number), Path(place))
        load(place, cache)  # keeps them
        for name, arguments in (("parsed", [place]), ("kept", [place, cache])):
            done = [load(*arguments) for _ in range(runs)]
            middle = [statistics.median(figures) for figures in zip(*done, strict=True)]
            rows.append([name, f"{middle[0]:,.0f}", *(f"{part:.3f} s" for part in middle[1:])])
    return table(["rules", "number", "load_rules", "Matcher", "whole process"], rows)


def main() -> None:
    """Print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", nargs="?", choices=("rules", "commands"))
    parser.add_argument("--rules", type=int, default=sigma_set.ALL)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(machine())
    if options.what != "rules":
        print(f"\n{commands(options.runs)}")
    if options.what != "commands":
        print(f"\n{rules(options.rules, options.runs)}")


if __name__ == "__main__":
    main()
