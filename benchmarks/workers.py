"""Measures two processes against one over the same file, start included.

    python benchmarks/workers.py [--events 400000] [--rules 2843] [--runs 3]

Wall-clock time: the point of a second process is the second processor. The findings must be the
same, one by one and in the same order.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from pathlib import Path

import sigma_events
import sigma_set
from measure import machine, table

from agentwarrant.engine import Engine
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule
from agentwarrant.streams import findings_of

HEAD = "processes, seconds, events/s, findings, times one".split(", ")


def write(path: Path, count: int) -> None:
    """Write events of all kinds, one line each."""
    rules = sigma_set.rules()
    with path.open("wb") as file:
        for number, event in enumerate(sigma_events.mixed(count, rules)):
            file.write(sigma_events.nested(event, number) + b"\n")


def run(rules: list[Rule], path: Path, workers: int) -> tuple[float, list[str]]:
    """Return the seconds of one run, and the ids of its findings."""
    gc.collect()
    begin = time.perf_counter()
    engine = Engine(rules)
    found = [finding.id for finding in findings_of(engine, rules, [path], [], workers)]
    return time.perf_counter() - begin, found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--rules", type=int, default=sigma_set.ALL)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, path = Path(place, "rules"), Path(place, "events.jsonl")
        folder.mkdir()
        sigma_set.write(sigma_set.rules(options.rules), folder)
        rules = load_rules([folder], pack=False, foreign=True)
        write(path, options.events)
        gc.freeze()
        times: dict[int, list[float]] = {1: [], 2: []}
        findings: list[str] = []
        for _ in range(options.runs):
            for workers, taken in times.items():
                seconds, found = run(rules, path, workers)
                taken.append(seconds)
                if findings and findings != found:
                    raise SystemExit("the findings differ")
                findings = found
    print(machine(), end="\n\n")
    ratio = statistics.median(a / b for a, b in zip(times[1], times[2], strict=True))
    rows = []
    for workers, taken in times.items():
        seconds = statistics.median(taken)
        speed = f"{options.events / seconds:,.0f}"
        cost = "" if workers == 1 else f"{ratio:.2f} x"
        rows.append([str(workers), f"{seconds:.1f}", speed, f"{len(findings):,}", cost])
    print(table(HEAD, rows))


if __name__ == "__main__":
    main()
