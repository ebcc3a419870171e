"""Measures Splunk's search command of ours as a process: how long it starts, how fast it judges.

    python benchmarks/splunk_command.py [--runs N] [--python PATH]

The app's programs are put together with the SDK that is installed here and run without any other
package, over the events of the captures that come with the package, in chunks as Splunk sends
them. Prints medians of CPU time: of the start alone, and of what is left of the whole.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from measure import machine, table

from agentwarrant.scan import Scan
from agentwarrant.siem.splunk import app_bin, payload

CHUNK = 5_000
INFO = {
    "args": [], "raw_args": [], "dispatch_dir": "/nowhere", "sid": "1", "app": "agentwarrant",
    "owner": "o", "username": "o", "session_key": "k", "splunkd_uri": "https://127.0.0.1:8089",
    "splunk_version": "10.2.0", "search": "", "command": "agentwarrant", "maxresultrows": 50_000,
    "earliest_time": "0", "latest_time": "0",
}  # fmt: skip


def chunk(meta: dict[str, object], body: bytes = b"") -> bytes:
    """Return one chunk of protocol 2 of search commands."""
    head = json.dumps(meta).encode()
    return b"chunked 1.0,%d,%d\n" % (len(head), len(body)) + head + body


def asked(rows: list[tuple[str, str]]) -> bytes:
    """Return all that Splunk writes to the command for some rows."""
    sent = [chunk({"action": "getinfo", "preview": False, "searchinfo": INFO})]
    starts = range(0, len(rows), CHUNK) or [0]
    for start in starts:
        stream = io.StringIO()
        csv.writer(stream).writerows([("_time", "_raw"), *rows[start : start + CHUNK]])
        last = start == starts[-1]
        sent.append(chunk({"action": "execute", "finished": last}, stream.getvalue().encode()))
    return b"".join(sent)


def seconds(command: list[str], given: bytes, runs: int) -> float:
    """Return the median of the seconds of CPU that the command takes."""
    taken = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input=given, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


def main() -> None:
    """Build, run, print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    with as_file(files("agentwarrant.connectors")) as home:
        events = list(Scan.over().collector.events(sorted(home.glob("*/samples"))))
    rows = [("1", payload.raw(event).decode()) for event in events]
    with tempfile.TemporaryDirectory() as place:
        made = app_bin.files()
        for path, body in made.items():
            target = Path(place, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        command = [options.python, "-I", "-S", str(Path(place, "bin", "aw_command.py"))]
        start = seconds(command, asked([]), options.runs)
        whole = seconds(command, asked(rows), options.runs)
    size = sum(map(len, made.values()))
    row = [f"{start:.2f} s", f"{len(rows):,}", f"{len(rows) / (whole - start):,.0f}/s"]
    print(f"{machine(('splunk-sdk',))}\n")
    head = ["start", "events", "judged", "bytes of the programs"]
    print(table(head, [[*row, f"{size:,}"]]))


if __name__ == "__main__":
    main()
