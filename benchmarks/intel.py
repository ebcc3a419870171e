"""Measures matching of indicators against events: a million of them against none.

    python benchmarks/intel.py [--indicators N] [--events N]

Takes N indicators in as a feed brings them (half hosts, a quarter addresses, the rest links and
hashes, a hundred networks and a hundred patterns of text), loads them, and times what an event
costs, with hosts that come again and with hosts that never do. CPU time, medians of five turns.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from measure import machine, quiet, table

from agentwarrant.event import Event
from agentwarrant.intel.index import Index
from agentwarrant.intel.observe import objects_of
from agentwarrant.intel.reading import Reader, Terms
from agentwarrant.intel.store import Store

TURNS = 5
PAGE = 10_000


def indicators(count: int) -> Iterator[dict[str, Any]]:
    """Yield indicators, the same ones each time."""
    chance = random.Random(7)
    for n in range(count):
        if n % 10_000 == 0:
            pattern = f"[ipv4-addr:value ISSUBSET '{chance.randrange(1, 224)}.{n % 256}.0.0/16']"
        elif n % 10_000 == 1:
            pattern = f"[url:value LIKE 'https://kit{n}.example/%.sh']"
        else:
            pattern = _plain(chance, n)
        yield {
            "type": "indicator",
            "id": f"indicator--{uuid.UUID(int=chance.getrandbits(128), version=4)}",
            "modified": "2026-01-01T00:00:00.000Z",
            "valid_from": "2026-01-01T00:00:00Z",
            "pattern_type": "stix",
            "pattern": pattern,
            "name": f"indicator {n}",
        }


def _plain(chance: random.Random, n: int) -> str:
    kind = n % 8
    if kind < 4:
        return f"[domain-name:value = 'h{n}.bad{chance.randrange(99)}.example']"
    if kind < 6:
        octets = ".".join(str(chance.randrange(1, 255)) for _ in range(4))
        return f"[ipv4-addr:value = '{octets}']"
    if kind == 6:
        return f"[url:value = 'https://h{n}.example/{chance.getrandbits(40):x}']"
    return f"[file:hashes.'SHA-256' = '{chance.getrandbits(256):064x}']"


def events(count: int, *, again: bool) -> list[Event]:
    """Return requests of agents; their hosts and links come again, or never do."""
    chance = random.Random(11)
    made: list[Event] = []
    for n in range(count):
        host = f"site{chance.randrange(200) if again else n}.good.example"
        made.append(
            {
                "@timestamp": "2026-06-01T00:00:00.000Z",
                "organization.id": "acme",
                "url.domain": host,
                "url.full": f"https://{host}/path",
                "destination.address": host,
                "gen_ai.tool.name": "web_fetch",
                "user.name": "agent-7",
            }
        )
    return made


def cost(made: list[Event], work: Callable[[Event], object]) -> float:
    """Return the microseconds of CPU for each event."""
    found = []
    for _ in range(TURNS):
        with quiet():
            begin = time.process_time()
            for event in made:
                work(event)
            found.append((time.process_time() - begin) / len(made) * 1e6)
    return statistics.median(found)


def used() -> int:
    """Return the memory of this process in bytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def main() -> None:
    """Take indicators in, and print what it costs to have them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--indicators", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000)
    options = parser.parse_args()
    print(machine(("google-re2",)))
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Store(Path(folder, "none.sqlite")), Store(Path(folder, "many.sqlite"))
        reader, begin = Reader(full, Terms("feed")), time.perf_counter()
        page: list[dict[str, Any]] = []
        for item in indicators(options.indicators):
            page.append(item)
            if len(page) == PAGE:
                reader.take(page)
                page.clear()
        reader.take(page)
        taking = time.perf_counter() - begin
        size = sum(path.stat().st_size for path in Path(folder).glob("many.sqlite*"))
        before, begin = used(), time.perf_counter()
        many, none = Index(full), Index(empty)
        loading, memory = time.perf_counter() - begin, used() - before
        print(f"\n{reader.report.taken:,} indicators taken in {taking:.1f} s, {size / 1e6:,.0f} MB")
        print(f"loaded in {loading:.2f} s, {memory / 1e6:,.1f} MB more memory\n")
        rows = []
        for name, again in (("hosts that come again", True), ("hosts never seen before", False)):
            made = events(options.events, again=again)
            floor = cost(made, objects_of)
            few, lots = cost(made, none.of), cost(made, many.of)
            figures = f"{floor:.2f}", f"{few:.2f}", f"{lots:.2f}", f"{lots / few:.2f} x"
            rows.append([name, *figures])
        print(table(("events", "objects alone, µs", "no indicators", "all", "ratio"), rows))


if __name__ == "__main__":
    main()
