"""Measures decoding and detecting against ``orjson.loads`` of the same lines.

    python benchmarks/detect.py [--lane mixed hard unique] [--rules 50 500 2843] [--events N]

The two are timed in turn on the same chunk of lines, in one process; a ratio is the median of the
chunks' ratios, which holds when the machine's speed drifts. The first chunks, during which rules
are compiled for the kinds of events that come, are not counted. ``unique`` times events that
repeat and the same events with no text used twice, both ways, to say what an attacker can cost.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import orjson
import sigma_events
import sigma_set
from measure import machine, quiet, table

from agentwarrant.rules.load import load_rules
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule

HEAD = "lane, rules, orjson.loads/s, detect/s, ratio, hits, unique / repeating".split(", ")


@dataclass(slots=True)
class Timed:
    """Seconds of each chunk."""

    floor: list[float] = field(default_factory=list)
    detect: list[float] = field(default_factory=list)
    hits: int = 0

    def row(self, lane: str, rules: int, chunk: int, cost: str = "") -> list[str]:
        """Return the figures as a row of the table."""
        ratio = statistics.median(d / f for d, f in zip(self.detect, self.floor, strict=True))
        floor, detect = statistics.median(self.floor), statistics.median(self.detect)
        speeds = f"{chunk / floor:,.0f}", f"{chunk / detect:,.0f}"
        return [lane, f"{rules:,}", *speeds, f"{ratio:.2f} x", f"{self.hits:,}", cost]


def loaded(count: int) -> list[Rule]:
    """Write the first rules of the set to files, and load them."""
    with tempfile.TemporaryDirectory() as place:
        sigma_set.write(sigma_set.rules(count), Path(place))
        return list(load_rules([Path(place)], pack=False, foreign=True, cache=None))


def lines(lane: str, count: int, unlike: bool = False) -> list[bytes]:
    """Return the lines of a lane; unlike each other when asked."""
    events = getattr(sigma_events, lane)(count, sigma_set.rules())
    if unlike:
        events = sigma_events.unique(events)
    return [sigma_events.nested(event, number) for number, event in enumerate(events)]


def run(
    rules: Sequence[Rule], lanes: Sequence[Sequence[bytes]], chunk: int, warm: int
) -> list[Timed]:
    """Time all lanes chunk by chunk in turn, each with a matcher of its own."""
    matchers = [Matcher(rules) for _ in lanes]
    timed = [Timed() for _ in lanes]
    gc.collect()
    gc.freeze()
    for number, start in enumerate(range(0, len(lanes[0]) - chunk + 1, chunk)):
        for one, matcher, texts in zip(timed, matchers, lanes, strict=True):
            part = texts[start : start + chunk]
            turns = [partial(_floor, one, part), partial(_detect, one, part, matcher)]
            for turn in turns if number % 2 else reversed(turns):
                with quiet():
                    turn()
    gc.unfreeze()
    for one in timed:
        del one.floor[:warm], one.detect[:warm]
    return timed


def _floor(timed: Timed, part: Sequence[bytes]) -> None:
    loads = orjson.loads
    begin = time.process_time()
    for line in part:
        loads(line)
    timed.floor.append(time.process_time() - begin)


def _detect(timed: Timed, part: Sequence[bytes], matcher: Matcher) -> None:
    hits, match = 0, matcher.line
    begin = time.process_time()
    for line in part:
        found = match(line)
        if found:
            hits += len(found)
    timed.detect.append(time.process_time() - begin)
    timed.hits += hits


def rows(options: argparse.Namespace) -> Iterator[list[str]]:
    """Yield the table's rows."""
    for lane, count in itertools.product(_plain(options.lane), options.rules):
        (timed,) = run(loaded(count), [lines(lane, options.events)], options.chunk, options.warm)
        yield timed.row(lane, count, options.chunk)
    if "unique" not in options.lane:
        return
    for lane in ("mixed", "hard"):
        count = max(options.rules)
        both = [lines(lane, options.events), lines(lane, options.events, unlike=True)]
        usual, novel = run(loaded(count), both, options.chunk, options.warm)
        costs = (n / u for n, u in zip(novel.detect, usual.detect, strict=True))
        cost = f"{statistics.median(costs):.2f} x"
        yield usual.row(f"{lane}, repeating", count, options.chunk)
        yield novel.row(f"{lane}, unique", count, options.chunk, cost)


def _plain(lanes: Iterable[str]) -> list[str]:
    return [lane for lane in lanes if lane != "unique"]


def main() -> None:
    """Run what was asked for, print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    lanes = ["mixed", "hard", "unique"]
    parser.add_argument("--lane", nargs="+", choices=lanes, default=lanes)
    parser.add_argument("--rules", nargs="+", type=int, default=[50, 500, sigma_set.ALL])
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--chunk", type=int, default=2000)
    parser.add_argument("--warm", type=int, default=5, help="chunks that are not counted")
    options = parser.parse_args()
    made = list(rows(options))
    print(f"{machine()}\n\n{table(HEAD, made)}")


if __name__ == "__main__":
    main()
