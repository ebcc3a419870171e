"""Measures what the ledger costs an action, and how long ten identities at once take.

    python benchmarks/ledger.py [--actions N] [--runs N] [--postgres URL] [--no-ten]

An action is one durable commit before the call (the intent) and one after (the outcome), each with
its entry in the audit chain; proof is a third commit and is given apart. Median and 95th
percentile of wall time, one thread; the floor is a transaction of one row, committed as durably.

Ten identities: ten points in parallel over ten connections to ten servers of this host that take
200 ms for each answer. Each point is planned anew (one read), sent, and read back: three answers.
The time is from the worker's start to "contained", beside that of the slowest of the ten alone.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from measure import machine, quiet, table
from sqlalchemy import update

from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger import tables
from agentwarrant.respond.ledger.lease import take
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.points import Check
from agentwarrant.respond.ledger.tables import PointState, RunState
from agentwarrant.respond.runplan import Parallel, Point
from agentwarrant.respond.settings import Limits
from agentwarrant.warrant.registry import Registry

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.respond_world import plan, point, replanned, settings, worker
from tests.simulators.office import office

MANY = Limits(agents=1_000_000, daily=1_000_000, share=1.0, actions=100_000_000)
USUAL = 200
"""Changes in an hour that the usual limits let pass: the guards count those of the tenant."""
HEAD = ["", "before the call, ms", "after it, ms", "proof, ms", "action, ms (p50)", "(p95)"]
SLOW_S = 0.2


def timed(work: Callable[[], object]) -> float:
    """Return how many milliseconds something takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def actions(
    ledger: Ledger, count: int, check: Check | None = None, tenant: str = "acme"
) -> Iterator[tuple[float, float, float]]:
    """Yield the milliseconds of intent, outcome and proof of each action, ten to a run."""
    for _ in range(max(count // 10, 1)):
        made = plan(*(point("disable", f"kc-{n}") for n in range(10)))
        made = replace(made, tenant=tenant)
        run = ledger.enter(made, actor="benchmark")
        lease = take(ledger, "benchmark", run=run)
        if lease is None:
            raise SystemExit("the run is not there")
        fence = lease.fence
        ledger.run_to(run, RunState.RUNNING, fence=fence)
        ledger.approve(run, [one.id for one in made.points()], fence=fence, by="policy")
        for one in made.points():
            yield action(ledger, run, one, fence, check)


def action(
    ledger: Ledger, run: str, one: Point, fence: int, check: Check | None
) -> tuple[float, float, float]:
    request = one.step.request
    return (
        timed(lambda: ledger.intend(run, one.id, request, fence=fence, check=check)),
        timed(lambda: ledger.outcome(run, one.id, PointState.APPLIED, fence=fence)),
        timed(lambda: ledger.outcome(run, one.id, PointState.VERIFIED, fence=fence)),
    )


def floor(ledger: Ledger, count: int) -> list[float]:
    """Return the milliseconds of transactions that write one row."""

    def one() -> None:
        with ledger.writing() as connection:
            connection.execute(update(tables.heads).values(seq=tables.heads.c.seq))

    return [timed(one) for _ in range(count)]


def row_of(name: str, url: str, count: int) -> list[list[str]]:
    """Return the rows of one database: without the guards, with them, and the floor."""
    with tempfile.TemporaryDirectory() as folder, Ledger.open(url, b"key") as ledger:
        own = settings(Path(folder), {"test-office": "http://127.0.0.1:9"}, limits=MANY)
        check = Guards(own, Registry()).check
        list(actions(ledger, 50))
        with quiet():
            found = list(actions(ledger, count))
            alone = floor(ledger, count)
            guarded = list(actions(ledger, min(count, USUAL), check, secrets.token_hex(4)))
    least = f"{2 * statistics.median(alone):.2f}"
    return [
        [name, *figures(found)],
        [f"{name}, guards asked", *figures(guarded)],
        [f"{name}: two commits of one row", "", "", "", least, ""],
    ]


def figures(found: list[tuple[float, float, float]]) -> list[str]:
    """Return the medians of the parts, and the median and 95th percentile of the first two."""
    parts = [f"{statistics.median(values):.2f}" for values in zip(*found, strict=True)]
    whole = sorted(before + after for before, after, _ in found)
    p95 = whole[int(len(whole) * 0.95)]
    return [*parts, f"{statistics.median(whole):.2f}", f"{p95:.2f}"]


def serve() -> None:
    """Be ten servers that take their time, until nobody is there to ask."""
    with ExitStack() as stack:
        urls = {}
        for number in range(10):
            simulator = office()
            simulator.slow = SLOW_S
            urls[f"office-{number}"] = stack.enter_context(simulator.running())
        print(json.dumps(urls), flush=True)
        sys.stdin.read()


@contextmanager
def ten_offices() -> Iterator[dict[str, str]]:
    """Run the servers in a process of their own, as vendors are; yield their addresses."""
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is None or process.stdin is None:
            raise SystemExit("no pipes")
        yield json.loads(process.stdout.readline())
        process.stdin.close()


def contained(folder: Path, urls: Mapping[str, str]) -> float:
    """Return the seconds until one point over each of some connections is contained."""
    with Ledger.open(f"sqlite:///{folder / 'ten.db'}", b"key") as ledger:
        own = settings(folder, urls)
        named = ((secrets.token_hex(4), name) for name in urls)
        nodes = [point("revoke", key, connection=name) for key, name in named]
        run = ledger.enter(plan(Parallel("all", tuple(nodes))), actor="benchmark")
        one = worker(ledger, own, replan=replanned(own))
        begun = time.perf_counter()
        one.work(until_idle=True)
        spent = time.perf_counter() - begun
        if ledger.run(run).state is not RunState.CONTAINED:
            raise SystemExit(ledger.run(run).reason)
    return spent


def identities(folder: Path, runs: int) -> str:
    """Return how long ten take at once, beside the slowest of the ten alone."""
    with ten_offices() as urls:
        contained(folder / "warm", urls)
        alone, at_once = [], []
        for number in range(runs):
            each = [
                contained(folder / f"{number}-{name}", {name: url}) for name, url in urls.items()
            ]
            alone.append(max(each))
            at_once.append(contained(folder / f"{number}-ten", urls))
    one, ten = statistics.median(alone), statistics.median(at_once)
    more = 100 * (ten / one - 1)
    return f"ten at once {ten:.3f} s, the slowest one alone {one:.3f} s: {more:+.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--actions", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5, help="of the ten identities")
    parser.add_argument("--postgres", help="URL of a database that may be written to")
    parser.add_argument("--no-ten", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve()
        return
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = row_of("SQLite", f"sqlite:///{folder / 'respond.db'}", args.actions)
        if args.postgres:
            rows += row_of("PostgreSQL", args.postgres, args.actions)
        print(table(HEAD, rows))
        if not args.no_ten:
            print(identities(folder, args.runs))


if __name__ == "__main__":
    main()
