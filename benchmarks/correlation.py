"""Measures the correlation operators with a million live keys, hit evenly: the worst there is.

    python benchmarks/correlation.py [--events N] [--keys N] [--runs N] [--kind NAME]

Every run of every operator is a process of its own. Keys are fresh strings, one event a
millisecond, so that no key expires within a run. Two ways are timed: the operator's own ``feed``,
with the stamp made and what is due settled, and ``Correlator.feed`` with an event and a hit.
Making the events is not timed. Few events match: most of the cost of a match is its evidence. The
garbage collector is frozen and off. Bytes a key are what the resident memory grew by, key strings
and all, divided by the keys. Prints a table of medians.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentwarrant.finding import Severity
from agentwarrant.rules.correlation.correlator import Correlator
from agentwarrant.rules.correlation.stamps import stamp_of
from agentwarrant.rules.model import Correlation, Rule

HOUR = 3_600_000
CHUNK = 50_000
START = 1_795_400_000_000

A, B = ["rule", 0], ["rule", 1]
KINDS: dict[str, dict[str, Any]] = {
    "event_count >= 10": {"kind": "event_count", "threshold": 10},
    "event_count == 9": {"kind": "event_count", "op": "eq", "threshold": 9},
    "value_count >= 10": {"kind": "value_count", "threshold": 10, "fields": ("v",)},
    "temporal, 4 rules": {"kind": "temporal", "rules": 4, "threshold": 4},
    "temporal_ordered, 3 rules": {"kind": "temporal_ordered", "rules": 3, "threshold": 3},
    "a and not b, in 10 min": {
        "kind": "temporal",
        "rules": 2,
        "condition": ["and", A, ["not", B]],
        "window_ms": HOUR // 6,
    },
    "value_sum > 1000": {"kind": "value_sum", "op": "gt", "threshold": 1000, "fields": ("n",)},
    "value_avg > 1000": {"kind": "value_avg", "op": "gt", "threshold": 1000, "fields": ("n",)},
    "value_median > 1000": {
        "kind": "value_median",
        "op": "gt",
        "threshold": 1000,
        "fields": ("n",),
    },
    "new_value": {"kind": "new_value", "history_ms": HOUR, "fields": ("v",)},
    "rate_baseline": {
        "kind": "rate_baseline",
        "window_ms": 60_000,
        "history_ms": HOUR,
        "threshold": 9,
        "factor": 9,
    },
}


def correlator(name: str) -> Correlator:
    given = {"window_ms": HOUR, "rules": 1, "group_by": ("k",), **KINDS[name]}
    ids = tuple([f"r{n}" for n in range(given.pop("rules"))])
    rule = Rule(
        "c", "c", "c", "", "", Severity.HIGH, True, correlation=Correlation(rules=ids, **given)
    )
    return Correlator([rule])


def chunks(name: str, events: int, keys: int) -> Iterator[list[tuple[str, int, int, Any]]]:
    """Yield key, time, position and value of events."""
    chance = random.Random(7)
    positions = KINDS[name].get("rules", 1)
    number = KINDS[name]["kind"] in ("value_sum", "value_avg", "value_median")
    values = [float(n) for n in range(100)] if number else [f"value-{n}" for n in range(1000)]
    for begin in range(0, events, CHUNK):
        made = []
        for n in range(begin, min(begin + CHUNK, events)):
            key = int(chance.random() * keys)
            # What a key does is mostly what it did before.
            usual = name == "new_value" and chance.random() > 0.02
            value = values[key % 1000] if usual else values[int(chance.random() * len(values))]
            made.append((f"user-{key}", START + n, int(chance.random() * positions), value))
        yield made


def resident() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def operator_time(name: str, events: int, keys: int) -> tuple[float, int]:
    """Return the seconds and the keys of a run through the operator alone."""
    operator = correlator(name).nodes[0].operator
    places = [(n,) for n in range(8)]
    spent, number = 0.0, 0
    for chunk in chunks(name, events, keys):
        fed = [(key, at, places[position], value) for key, at, position, value in chunk]
        begin = time.process_time()
        for key, at, position, value in fed:
            number += 1
            if operator.due < at:
                operator.settle()
            operator.feed("t", key, stamp_of(at, number), at, position, value)
        spent += time.process_time() - begin
    return spent, operator.table.size


def correlator_time(name: str, events: int, keys: int) -> tuple[float, int]:
    """Return the seconds and the keys of a run from events to matches."""
    whole = correlator(name)
    hits = [[f"r{n}"] for n in range(8)]
    spent = 0.0
    for chunk in chunks(name, events, keys):
        fed = [
            ({"organization.id": "t", "k": key, "v": value, "n": value}, hits[position], at)
            for key, at, position, value in chunk
        ]
        begin = time.process_time()
        for event, hit, at in fed:
            whole.feed(event, hit, at)
        spent += time.process_time() - begin
    return spent, whole.nodes[0].operator.table.size


def one_run(name: str, way: str, events: int, keys: int) -> None:
    # A first pass over the maker of events, so that its own memory is not counted.
    for _ in chunks(name, CHUNK, keys):
        pass
    gc.collect()
    gc.freeze()
    gc.disable()
    before = resident()
    spent, held = (operator_time if way == "operator" else correlator_time)(name, events, keys)
    grown = resident() - before
    print(json.dumps([events / spent, grown / held, held]))


def measured(name: str, way: str, given: argparse.Namespace) -> list[list[float]]:
    command = [sys.executable, __file__, "--one", way, "--kind", name]
    command += ["--events", str(given.events), "--keys", str(given.keys)]
    return [json.loads(subprocess.check_output(command)) for _ in range(given.runs)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=3_000_000)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--kind", choices=list(KINDS))
    parser.add_argument("--one", choices=["operator", "correlator"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one_run(given.kind, given.one, given.events, given.keys)
        return
    print("| operator | keys | events/s, operator | events/s, Correlator.feed | bytes a key |")
    print("|---|---|---|---|---|")
    for name in [given.kind] if given.kind else KINDS:
        alone, whole = (measured(name, way, given) for way in ("operator", "correlator"))
        rate, size, held = (statistics.median(column) for column in zip(*alone, strict=True))
        through = statistics.median(run[0] for run in whole)
        print(f"| {name} | {held:,.0f} | {rate:,.0f} | {through:,.0f} | {size:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
