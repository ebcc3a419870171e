"""Measures a whole scan against the floor of reading the same lines as JSON.

    python benchmarks/scan.py [--events N] [--runs N]

Makes a file of OpenClaw transcripts with N records (a million by default), then times, in turn
and several times, ``orjson.loads`` of every line and a whole ``scan --format jsonl``. Prints
medians, the ratio of each pair, which holds when the machine's speed drifts, and the scan's peak
memory.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

FLOOR = """
import sys, time, orjson
begin = time.process_time()
with open(sys.argv[1], "rb") as file:
    for line in file:
        orjson.loads(line)
print(time.process_time() - begin)
"""


def records(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Yield transcript records of many sessions, in order: asks, calls and answers."""
    chance = random.Random(seed)
    made, clock = 0, 1_795_400_000_000
    while made < count:
        session = f"{chance.getrandbits(128):032x}"
        yield {
            "type": "session",
            "version": 4,
            "id": session,
            "timestamp": _iso(clock),
            "cwd": "/srv/w",
        }
        made += 1
        for turn in range(chance.randint(20, 120)):
            for record in _turn(chance, session, turn, clock):
                yield record
                made += 1
            clock += chance.randint(2_000, 20_000)
            if made >= count:
                return


def _turn(chance: random.Random, session: str, turn: int, clock: int) -> Iterator[dict[str, Any]]:
    call = f"call_{chance.getrandbits(64):016x}"
    name, arguments, answer = _act(chance)
    base = {"timestamp": _iso(clock), "parentId": None}
    if turn % 6 == 0:
        marks = {"senderIsOwner": True, "senderId": "777", "senderName": "Dana"}
        said = {"role": "user", "content": _words(chance, 12), "__openclaw": marks}
        yield {"type": "message", "id": f"u{call}", **base, "message": said}
    part = {"type": "toolCall", "id": call, "name": name, "arguments": arguments}
    usage = {"input": 900, "output": 40, "totalTokens": 940}
    asked = {"role": "assistant", "content": [part], "model": "m", "provider": "p", "usage": usage}
    yield {"type": "message", "id": f"a{call}", **base, "message": asked}
    told = {
        "role": "toolResult",
        "toolCallId": call,
        "toolName": name,
        "content": [{"type": "text", "text": answer}],
        "details": {"exitCode": 0, "durationMs": chance.randint(5, 900)},
        "isError": False,
    }
    yield {"type": "message", "id": f"r{call}", **base, "message": told}


def _act(chance: random.Random) -> tuple[str, dict[str, Any], str]:
    kind = chance.random()
    path = f"src/{chance.choice(_WORDS)}/{chance.choice(_WORDS)}_{chance.randint(1, 9999)}.py"
    if kind < 0.4:
        command = chance.choice(
            ["pytest -q {}", "git diff {}", "sed -n 1,80p {}", "grep -n def {}"]
        )
        return "exec", {"command": command.format(path)}, _words(chance, 60)
    if kind < 0.75:
        return "read", {"path": path}, _words(chance, 150)
    if kind < 0.95:
        return (
            "edit",
            {"path": path, "oldText": _words(chance, 8), "newText": _words(chance, 8)},
            "ok",
        )
    return "web_fetch", {"url": f"https://docs.example.org/{path}"}, _words(chance, 200)


_WORDS = (
    "alpha build cache delta event frame graph handle index join kernel ledger merge node order "
    "parse query reader scope table update value window yield report result token session"
).split()


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(_WORDS, k=count))


def _iso(clock: int) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(clock // 1000))
    return f"{whole}.{clock % 1000:03d}Z"


def write(path: Path, count: int) -> int:
    """Write the file; return its size in bytes."""
    with path.open("wb") as file:
        for record in records(count):
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
    return path.stat().st_size


def run(command: list[str]) -> tuple[float, float, bytes]:
    """Return CPU seconds, peak memory in MiB and output of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None  # noqa: S101  # PIPE was asked for
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, usage.ru_maxrss / 1024, output


def main() -> None:
    """Make the file, time both in turn, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "transcript.jsonl")
        size = write(path, options.events)
        print(f"{options.events:,} records, {size / 1e6:,.0f} MB, {size // options.events} B each")
        floors, scans, memory = [], [], 0.0
        for _ in range(options.runs):
            floors.append(float(run([sys.executable, "-c", FLOOR, str(path)])[2]))
            seconds, peak, _ = run(
                [sys.executable, "-m", "agentwarrant", "scan", str(path), "--format", "jsonl"]
            )
            scans.append(seconds)
            memory = max(memory, peak)
        ratio = statistics.median(s / f for s, f in zip(scans, floors, strict=True))
        floor, scan = statistics.median(floors), statistics.median(scans)
        print(f"orjson.loads   {options.events / floor:12,.0f} records/s")
        print(f"scan           {options.events / scan:12,.0f} records/s")
        print(f"ratio          {ratio:12.1f} x the time of orjson.loads (median of pairs)")
        print(f"peak memory    {memory:12,.0f} MiB")


if __name__ == "__main__":
    main()
