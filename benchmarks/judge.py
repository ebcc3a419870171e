"""Measures what judging costs, and that the cost of an event does not grow with its session.

    python benchmarks/judge.py [--lengths 10 100 1000 10000] [--runs N]

Makes sessions of that many calls (pages read, files written, mails sent), in all as many events for
each length, and takes the CPU time of decoding and normalizing them and that of judging them in
turn, in one process. Prints microseconds an event and the ratio of the two, which holds when the
machine's speed drifts; and the size of a snapshot.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from intent_cases import Session, Step
from intent_telemetry import write

from agentwarrant.collect import Collector, load_connectors
from agentwarrant.event import Event
from agentwarrant.identity import attribute
from agentwarrant.intent.judge import Judge
from agentwarrant.redact import Redactor

_CALLS = 20_000
_PAGE = (
    "Report {n}: the level was {n} and the trend was calm. Rain fell on several days and the river "
    "rose a little; questions go to desk{n}@reports.example. "
) * 4


class Times(NamedTuple):
    """CPU seconds of one run.

    Attributes:
        read: Decoding and normalizing.
        judge: Judging.
        events: How many there were.
        snapshot: Bytes of a snapshot at the end.
    """

    read: float
    judge: float
    events: int
    snapshot: int


def _steps(length: int) -> list[Step]:
    steps: list[Step] = []
    for n in range(length):
        page = _PAGE.replace("{n}", str(n))
        kinds: list[Step] = [
            ("fetch_page", {"url": f"https://reports.example/{n}"}, page),
            ("write_file", {"path": f"notes/{n}.txt", "content": f"level {n}"}, "ok"),
            ("fetch_page", {"url": f"https://reports.example/{n}/more"}, page),
            ("send_email", {"to": f"desk{n - 1}@reports.example", "body": f"level {n}"}, "sent"),
        ]
        steps.append(kinds[n % 4])
    return steps


def sessions(length: int) -> list[Session]:
    """Return sessions of so many calls, ``_CALLS`` calls in all."""
    ask = "Read the reports, note the levels and mail them to the desks that the reports name."
    return [
        Session(f"s{n}", False, "", "", "", "", "reader", ask, _steps(length - 1), ("rest", {}))
        for n in range(max(1, _CALLS // length))
    ]


def measure(length: int) -> Times:
    """Read and judge sessions of one length."""
    with tempfile.TemporaryDirectory() as folder:
        write(sessions(length), Path(folder))
        collector, judge = Collector(load_connectors(Redactor(b"k" * 32))), Judge()
        gc.collect()
        gc.disable()
        begin = time.process_time()
        events: list[Event] = [attribute(event) for event in collector.events([Path(folder)])]
        middle = time.process_time()
        for event in events:
            judge.judge(event)
        end = time.process_time()
        gc.enable()
    return Times(middle - begin, end - middle, len(events), len(judge.snapshot()))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="what judging costs")
    parser.add_argument("--lengths", type=int, nargs="+", default=[10, 100, 1_000, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    names = ("calls a session", "events", "read us", "judge us", "ratio", "snapshot")
    print("".join(f"{name:>16}" for name in names))
    for length in options.lengths:
        runs = [measure(length) for _ in range(options.runs)]
        read = statistics.median(run.read / run.events for run in runs) * 1e6
        judge = statistics.median(run.judge / run.events for run in runs) * 1e6
        ratio = statistics.median(run.judge / run.read for run in runs)
        times = f"{read:16.1f}{judge:16.1f}{ratio:16.2f}"
        print(f"{length:16,}{runs[0].events:16,}{times}{runs[0].snapshot:16,}")


if __name__ == "__main__":
    main()
