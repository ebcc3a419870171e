"""Measures each stage of a scan against reading and writing the same lines as JSON.

    python benchmarks/pipeline.py [--records N] [--runs N]

Makes a file of OpenClaw transcripts with N records (60,000 by default), then times in one process,
in turn and several times: ``orjson.loads`` of every line, the same with ``orjson.dumps``, and each
stage of a scan over all events of the stage before it; then what only putting the fields of the
judged events together takes, and encoding them. The collector of garbage is off within a
stage. Last, a whole scan as it is run, with the collector on. CPU time; medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import orjson
from measure import machine, quiet, table
from scan import write

from agentwarrant.collect import Collector, load_connectors
from agentwarrant.detect import Detector
from agentwarrant.event import Event
from agentwarrant.identity import attribute
from agentwarrant.intent.judge import Judge
from agentwarrant.redact import Redactor
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule
from agentwarrant.scan import Scan

KEY = b"a key for measurements"
STAGES = (
    "loads", "loads + dumps", "decode + normalize", "attribute", "judge", "detect", "scan",
    "build", "encode",
)  # fmt: skip


def read(lines: list[bytes]) -> None:
    """The floor: every line read as JSON."""
    for line in lines:
        orjson.loads(line)


def rewritten(lines: list[bytes]) -> None:
    """The measure of the aim: every line read as JSON and written again."""
    for line in lines:
        orjson.dumps(orjson.loads(line))


def build(ready: Sequence[tuple[tuple[str, object], ...]]) -> None:
    """What nothing can go below that makes such events: their fields put in one by one."""
    for fields in ready:
        event: dict[str, object] = {}
        for name, value in fields:
            event[name] = value


def collector() -> Collector:
    """Return a fresh collector: nothing is known to it from an earlier run."""
    return Collector(load_connectors(Redactor(KEY)))


class Round:
    """One timing of every stage, each on what the one before it made."""

    def __init__(self, path: Path, rules: Sequence[Rule]) -> None:
        self.seconds: dict[str, float] = {}
        lines = path.read_bytes().splitlines(keepends=True)
        self._timed("loads", partial(read, lines))
        self._timed("loads + dumps", partial(rewritten, lines))
        lines.clear()
        source = collector()  # its events are not kept while it is timed, as no scan keeps them
        self._timed("decode + normalize", lambda: drain(source.events([path])))
        events = list(collector().events([path]))
        self._stage("attribute", events, attribute)
        self._stage("judge", events, Judge().judge)
        detector = Detector(rules)
        self._timed("detect", lambda: drain(detector.run(events)))
        self.events = len(events)
        ready = [tuple(event.items()) for event in events]
        self._timed("build", partial(build, ready))
        self._timed("encode", lambda: drain(map(orjson.dumps, events)))
        events.clear()
        ready.clear()
        scan = Scan(collector(), Redactor(KEY), rules)
        self._timed("scan", lambda: drain(scan.findings([path])), pause=False)

    def _stage(self, name: str, events: list[Event], step: Callable[[Event], Event]) -> None:
        def run() -> None:
            for i, event in enumerate(events):
                events[i] = step(event)

        self._timed(name, run)

    def _timed(self, name: str, run: Callable[[], None], *, pause: bool = True) -> None:
        def timed() -> None:
            begin = time.process_time()
            run()
            self.seconds[name] = time.process_time() - begin

        if not pause:
            timed()
            return
        with quiet():
            timed()


def drain(items: Iterator[object]) -> None:
    """Take everything and keep nothing."""
    for _ in items:
        pass


def main() -> None:
    """Make the file, time the stages in turn, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rules = load_rules()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "transcript.jsonl")
        size = write(path, options.records)
        rounds = [Round(path, rules) for _ in range(options.runs)]
    print(f"{machine()}\n")
    print(f"{options.records:,} records, {size / 1e6:,.0f} MB, {rounds[0].events:,} events\n")
    rows = []
    for name in STAGES:
        seconds = statistics.median(r.seconds[name] for r in rounds)
        each = [f"{1e6 * seconds / count:.2f}" for count in (options.records, rounds[0].events)]
        ratios = [
            f"{statistics.median(r.seconds[name] / r.seconds[floor] for r in rounds):.2f} x"
            for floor in STAGES[:2]
        ]
        rows.append([name, *each, *ratios])
    head = ("stage", "µs/record", "µs/event", "times loads", "times loads + dumps")
    print(table(head, rows))


if __name__ == "__main__":
    main()
