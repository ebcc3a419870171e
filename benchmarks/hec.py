"""Measures shipping to Splunk's HTTP Event Collector against a server that does nothing.

    python benchmarks/hec.py [--events N] [--runs N]

CPU time of this process for each event: envelopes alone, into the spool (made and put on disk),
and out of it to the server (compressed, taken or acknowledged, noted). Every run does all of them
in turn; medians. The events are those of ``ship.py``. There is no other client to compare with
that keeps what it sends; how a document for Elasticsearch is made stands beside.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections import deque
from contextlib import closing
from pathlib import Path
from unittest import mock

from measure import machine, table
from ship import APPENDED, events, null_server, timed

from agentwarrant.config import Target, Tenant
from agentwarrant.event import Event
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.documents import document
from agentwarrant.siem.ship import ship
from agentwarrant.siem.splunk.collector import collector
from agentwarrant.siem.splunk.hec import Hec
from agentwarrant.siem.splunk.outgoing import route, weigh
from agentwarrant.siem.spool import Spool

HEAD = "what, CPU µs/event, events/s".split(", ")
WAY = route("events", Tenant("acme", ("benchmark",)))


def enveloped(made: list[Event]) -> None:
    """Make envelopes and nothing else."""
    deque((WAY.write(event, WAY.stamps, "") for event in made), maxlen=0)


def documented(made: list[Event]) -> None:
    """Make documents for Elasticsearch and nothing else."""
    deque((document(event, {}, "") for event in made), maxlen=0)


def appended(spool: Spool, made: list[Event]) -> None:
    """Make envelopes and put them on disk."""
    for begin in range(0, len(made), APPENDED):
        some = made[begin : begin + APPENDED]
        spool.append([(str(one["event.id"]), WAY.write(one, WAY.stamps, "")) for one in some])


def delivered(url: str, spool: Spool, variable: str, count: int) -> None:
    """Take envelopes out of the spool and send them."""
    token = Secret(f"env:{variable}")
    target = Target("benchmark", "splunk", (url,), token=token)
    with (
        closing(collector(target)) as connection,
        closing(Hec(connection, token, spool.folder.parent)) as hec,
    ):
        tally = ship([spool], hec)
    if tally.sent != count:
        raise SystemExit(f"not everything was shipped: {tally}")


def run(url: str, made: list[Event], folder: Path) -> dict[str, tuple[float, float]]:
    """Do everything once."""
    spools = [Spool(folder / name / WAY.stream, limit=1 << 34) for name in ("a", "b", "c")]
    count = len(made)
    found = {
        "a document for Elasticsearch": timed(lambda: documented(made)),
        "an envelope": timed(lambda: enveloped(made)),
        "into the spool": timed(lambda: appended(spools[0], made)),
        "out of it, ISA-L": timed(lambda: delivered(url, spools[0], "HEC", count)),
    }
    appended(spools[1], made)
    name = "out of it, ISA-L, acknowledged"
    found[name] = timed(lambda: delivered(url, spools[1], "HEC_ACK", count))
    appended(spools[2], made)
    with mock.patch.dict(sys.modules, {"isal": None}):  # as where the extra is not installed
        found["out of it, zlib"] = timed(lambda: delivered(url, spools[2], "HEC", count))
    return found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    os.environ |= {"HEC": "token", "HEC_ACK": "ack"}
    made = events(options.events)
    taken: list[dict[str, tuple[float, float]]] = []
    with null_server() as url:
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory() as folder:
                taken.append(run(url, made, Path(folder)))
    rows = []
    for what in taken[0]:
        cpu = statistics.median(one[what][0] for one in taken)
        wall = statistics.median(one[what][1] for one in taken)
        rows.append([what, f"{cpu / len(made) * 1e6:.2f}", f"{len(made) / wall:,.0f}"])
    size = sum(map(weigh, made)) / len(made)
    whole = sum(len(WAY.write(event, WAY.stamps, "")) for event in made) / len(made)
    print(machine(("httpx", "orjson", "isal")))
    print(f"{len(made):,} events of {size:,.0f} bytes, {whole:,.0f} in their envelopes;", end=" ")
    print(f"{options.runs} runs\n")
    print(table(HEAD, rows))


if __name__ == "__main__":
    main()
