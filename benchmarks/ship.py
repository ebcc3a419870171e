"""Measures shipping to Elasticsearch against a server that does nothing.

    python benchmarks/ship.py [--events N] [--runs N]
    python benchmarks/ship.py --million URL [--events N]

CPU time of this process for each event: elasticsearch-py's ``streaming_bulk`` with its defaults,
with compression, and our way: documents into the spool (encoded, on disk), and out of it to the
server (compressed, acknowledged). Every run does all of them in turn; medians. The events are
those of the sources' samples, again and again with ids of their own.

``--million`` ships to the real server at URL through kills, faults and rollovers (the same run as
the tests', ``tests/e2e/ship_chaos.py``), and counts what arrived, by id.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import orjson
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk
from measure import machine, quiet, table

from agentwarrant.config import Target
from agentwarrant.event import Event, event_id
from agentwarrant.siem.elastic.bulk import Bulk
from agentwarrant.siem.elastic.client import connect
from agentwarrant.siem.ship import ship
from agentwarrant.siem.spool import Spool

ROOT = Path(__file__).parents[1]
APPENDED = 1000
STREAM = "logs-agentwarrant.events-acme"
HEAD = "way, CPU µs/event, events/s, times streaming_bulk".split(", ")
DEFAULT = "streaming_bulk, defaults"


def events(count: int) -> list[Event]:
    """Return events of the samples, each with an id of its own."""
    found: list[Event] = []
    for path in sorted(ROOT.glob("connectors/*/expected/**/*.jsonl")):
        found += [orjson.loads(line) for line in path.read_bytes().splitlines()]
    return [
        {**found[n % len(found)], "event.id": event_id("benchmark", str(n))} for n in range(count)
    ]


@contextmanager
def null_server() -> Iterator[str]:
    """Run the server in a process of its own."""
    command = [sys.executable, str(ROOT / "benchmarks/null_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{next(iter(process.stdout or ())).strip()}"
        finally:
            process.terminate()


def streamed(client: Elasticsearch, made: list[Event]) -> None:
    """Ship as the client's own helper does by default."""
    actions = (
        {"_op_type": "create", "_index": STREAM, "_id": event["event.id"], "_source": event}
        for event in made
    )
    done = sum(ok for ok, _ in streaming_bulk(client, actions))
    if done != len(made):
        raise SystemExit("the helper did not ship everything")


def appended(spool: Spool, made: list[Event]) -> None:
    """Encode events and put them on disk."""
    for begin in range(0, len(made), APPENDED):
        some = made[begin : begin + APPENDED]
        spool.append([(str(event["event.id"]), orjson.dumps(event)) for event in some])


def delivered(spool: Spool, client: Elasticsearch, count: int) -> None:
    """Take documents out of the spool and ship them."""
    tally = ship([spool], Bulk(client))
    if tally.sent != count:
        raise SystemExit(f"not everything was shipped: {tally}")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of CPU of this process, and of the clock."""
    with quiet():
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        return time.process_time() - cpu, time.perf_counter() - wall


def run(url: str, made: list[Event], folder: Path) -> dict[str, tuple[float, float]]:
    """Do everything once."""
    plain = Elasticsearch(url)
    packed = Elasticsearch(url, http_compress=True)
    ours = connect(Target("benchmark", "elastic", (url,)), check=False)
    spool, slow = Spool(folder / STREAM, limit=1 << 34), Spool(folder / f"{STREAM}_zlib")
    found = {
        "orjson.dumps alone": timed(lambda: deque(map(orjson.dumps, made), maxlen=0)),
        DEFAULT: timed(lambda: streamed(plain, made)),
        "streaming_bulk, http_compress": timed(lambda: streamed(packed, made)),
        "ours, into the spool": timed(lambda: appended(spool, made)),
        "ours, out of it, ISA-L": timed(lambda: delivered(spool, ours, len(made))),
    }
    appended(slow, made)
    with mock.patch.dict(sys.modules, {"isal": None}):  # as where the extra is not installed
        name = "ours, out of it, zlib"
        found[name] = timed(lambda: delivered(slow, ours, len(made)))
    ways = "ours, into the spool", "ours, out of it, ISA-L"
    both = [sum(parts) for parts in zip(*(found[way] for way in ways), strict=True)]
    found["ours, both, ISA-L"] = both[0], both[1]
    return found


def compare(count: int, runs: int) -> None:
    """Print one table."""
    made = events(count)
    size = sum(len(orjson.dumps(event)) for event in made) / len(made)
    taken: list[dict[str, tuple[float, float]]] = []
    with null_server() as url:
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                taken.append(run(url, made, Path(folder)))
    rows = []
    for way in taken[0]:
        cpu = statistics.median(one[way][0] for one in taken)
        wall = statistics.median(one[way][1] for one in taken)
        cheaper = statistics.median(one[DEFAULT][0] / one[way][0] for one in taken)
        figures = f"{cpu / len(made) * 1e6:.2f}", f"{len(made) / wall:,.0f}", f"{cheaper:.1f} x"
        rows.append([way, *figures])
    print(machine(("elasticsearch", "orjson", "isal")))
    print(f"{len(made):,} events of {size:,.0f} bytes, {runs} runs\n")
    print(table(HEAD, rows))


def million(url: str, count: int, kind: str) -> None:
    """Ship to a real server through everything that can break, and print what arrived."""
    sys.path.insert(0, str(ROOT / "tests"))
    from e2e.ship_chaos import Chaos

    with tempfile.TemporaryDirectory() as folder:
        report: Any = Chaos(url, kind, Path(folder), count, batch=2000, seed=1).run()
    print(machine(("elasticsearch",)))
    print(report)
    if report.lost or report.doubled:
        raise SystemExit("not exactly what was sent")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--million", metavar="URL")
    parser.add_argument("--kind", choices=("elastic", "opensearch"), default="elastic")
    options = parser.parse_args()
    if options.million:
        million(options.million, options.events or 1_000_000, options.kind)
    else:
        compare(options.events or 60_000, options.runs)


if __name__ == "__main__":
    main()
