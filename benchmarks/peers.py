"""Measures this package beside DuckDB and zargunlite: same rules, same events, one process.

    pip install -e . -r benchmarks/requirements.txt
    python benchmarks/peers.py [--lane mixed hard] [--rules 50 500 2843] [--events N]
        [--only ours duckdb zargunlite] [--rounds N] [--slow N] [--differences N] [--counts]

Each round runs the engines one after the other, from JSON to hits; a ratio is the median of the
rounds'. zargunlite, whose time per event is constant, gets the first ``--slow`` events. Then
every rule whose hits differ is named, with what the two engines see differently in an event. The
reference is ours, or zargunlite when ours is left out.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sigma_events
import sigma_set
from engines import ENGINES, Engine, Found, Ours, columns
from measure import machine, quiet, table
from sigma_draft import Made

HEAD = "lane, rules, engine, events/s, time of ours, refused, fired, hits".split(", ")
Event = dict[str, Any]


def run(lane: str, count: int, options: argparse.Namespace) -> Iterator[list[str]]:
    """Yield a row of the table for each engine, and print the differences between them."""
    every = sigma_set.rules()
    rules = every[:count]
    events = list(getattr(sigma_events, lane)(options.events, every))
    engines = [ENGINES[name](rules, columns(rules)) for name in options.only]
    seconds: dict[str, list[float]] = {engine.name: [] for engine in engines}
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory() as place:
        files = {engine.name: _file(Path(place), engine, events, options) for engine in engines}
        warm = _warm(Path(place), every, lane)
        for _ in range(options.rounds):
            for engine in random.sample(engines, k=len(engines)):
                if isinstance(engine, Ours):
                    engine.warm(warm)
                with quiet():
                    begin = time.process_time()
                    found[engine.name] = engine.run(files[engine.name])
                    passed = time.process_time() - begin
                seconds[engine.name].append(passed / _share(engine.name, options))
    for engine in engines:
        spent = seconds[engine.name]
        pairs = [mine / ours for mine, ours in zip(spent, seconds.get("ours", ()), strict=False)]
        hits = found[engine.name]
        yield [
            lane,
            f"{count:,}",
            engine.name,
            f"{1 / statistics.median(spent):,.0f}",
            f"{statistics.median(pairs):,.1f} x" if pairs else "",
            f"{len(engine.refused):,}",
            f"{len(hits):,}",
            f"{sum(map(len, hits.values())):,} of {_share(engine.name, options):,}",
        ]
    _refusals(engines, rules)
    if options.counts:
        print(_counts(engines, found, rules, options))
    for line in _differences(engines, found, rules, events, options):
        print(line)


def _share(engine: str, options: argparse.Namespace) -> int:
    """Return how many events an engine gets."""
    wanted: int = options.events
    return min(wanted, options.slow) if engine == "zargunlite" else wanted


def _file(
    place: Path, engine: Engine, events: Sequence[Event], options: argparse.Namespace
) -> Path:
    share = _share(engine.name, options)
    path = place / f"{engine.name}.jsonl"
    render = sigma_events.nested if engine.nested else sigma_events.flat
    with path.open("wb") as file:
        for number, event in enumerate(events[:share]):
            file.write(render(event, number) + b"\n")
    return path


def _warm(place: Path, every: Sequence[Made], lane: str) -> Path:
    """Write other events, to be shown to ours first: it compiles what it needs at first sight."""
    others = getattr(sigma_events, lane)(4000, every, seed=99)
    path = place / "warm.jsonl"
    path.write_bytes(b"\n".join(sigma_events.nested(event, n) for n, event in enumerate(others)))
    return path


def _refusals(engines: Iterable[Engine], rules: Sequence[Made]) -> None:
    titles = {made.document["id"]: made.document["title"] for made in rules}
    for engine in engines:
        for reason, number in Counter(engine.refused.values()).most_common():
            named = [titles[rule] for rule, said in engine.refused.items() if said == reason]
            print(f"{engine.name} refuses {number}: {reason[:150]}\n  {', '.join(named)}")


def _counts(
    engines: Sequence[Engine],
    found: dict[str, Found],
    rules: Sequence[Made],
    options: argparse.Namespace,
) -> str:
    """Return how often each rule found something in the events that all engines got."""
    names = [engine.name for engine in engines]
    least = min(_share(name, options) for name in names)
    rows: list[list[str]] = []
    for made in rules:
        lines = [found[name].get(made.document["id"], ()) for name in names]
        counts = [sum(line < least for line in each) for each in lines]
        if any(counts):
            rows.append([made.document["title"], *map(str, counts)])
    return table([f"rule, hits in {least:,} events", *names], rows)


def _differences(
    engines: Sequence[Engine],
    found: dict[str, Found],
    rules: Sequence[Made],
    events: Sequence[Event],
    options: argparse.Namespace,
) -> Iterator[str]:
    """Yield which rules differ from the reference, how, and likely why."""
    names = [engine.name for engine in engines]
    reference = next((name for name in ("ours", "zargunlite") if name in names), names[0])
    for engine in engines:
        if engine.name == reference:
            continue
        least = min(_share(engine.name, options), _share(reference, options))
        lines: list[str] = []
        causes: Counter[str] = Counter()
        for made in rules:
            rule = made.document["id"]
            if rule in engine.refused:
                continue
            mine, theirs = (
                {line for line in found[name].get(rule, ()) if line < least}
                for name in (reference, engine.name)
            )
            if mine != theirs:
                cause = "; ".join(sorted(_causes(made, events, mine - theirs, theirs - mine)))
                causes[cause] += 1
                lines.append(f"  {made.document['title']}: {len(mine)} and {len(theirs)}: {cause}")
        yield f"{reference} and {engine.name}, {least:,} events: {len(lines)} rules differ"
        yield from (f"  {number} x {cause}" for cause, number in causes.most_common())
        yield from lines[: options.differences]


def _causes(made: Made, events: Sequence[Event], missed: set[int], more: set[int]) -> set[str]:
    """Return in which known ways two engines may see an event differently."""
    found: set[str] = set()
    for line in [*sorted(missed)[:3], *sorted(more)[:3]]:
        event = events[line]
        for name, part in made.document["detection"].items():
            for one in part if isinstance(part, list) else [part]:
                if not isinstance(one, dict):
                    continue
                for key, values in one.items():
                    field, _, how = key.partition("|")
                    every = values if isinstance(values, list) else [values]
                    negated = name.startswith("filter")
                    found |= set(_cause(event.get(field), how, every, negated))
    return found or {"unexplained"}


def _cause(value: Any, how: str, wanted: Sequence[Any], negated: bool) -> Iterator[str]:
    if value is None:
        if negated:
            yield "NOT of a missing field"
        return
    texts = [text for text in wanted if isinstance(text, str)]
    if not how and any(text != value and text.lower() == str(value).lower() for text in texts):
        yield "= compares with case"
    if how.startswith("re"):
        yield "regular expression"
    plain = how.split("|")[0] in ("contains", "startswith", "endswith", "")
    if plain and any("_" in text or "%" in text for text in texts):
        yield "_ and % are wildcards of LIKE"
    if not str(value).isascii():
        yield "case outside ASCII"


def main() -> None:
    """Run what was asked for, print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--lane", nargs="+", choices=["mixed", "hard"], default=["mixed", "hard"])
    parser.add_argument("--rules", nargs="+", type=int, default=[50, 500, sigma_set.ALL])
    parser.add_argument("--only", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--slow", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--differences", type=int, default=20)
    parser.add_argument("--counts", action="store_true", help="print every rule's hits")
    options = parser.parse_args()
    asked = itertools.product(options.lane, options.rules)
    rows = [row for lane, count in asked for row in run(lane, count, options)]
    packages = ["orjson"]
    packages += ["duckdb", "pysigma-backend-duckdb"] * ("duckdb" in options.only)
    packages += ["zargunlite", "pysigma-backend-sqlite"] * ("zargunlite" in options.only)
    print(f"\n{machine(packages)}\n\n{table(HEAD, rows)}")


if __name__ == "__main__":
    main()
