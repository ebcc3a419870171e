"""A real TAXII 2.1 server on loopback, for tests; see ``elastic_server`` for where it stands."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .elastic_server import PATIENCE, SERVERS


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers: who may ask, and the addresses of its collections."""

    user: str
    password: str
    collections: dict[str, str]


def indicators(count: int) -> list[dict[str, Any]]:
    """Return indicators that nobody has yet."""
    return [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--{uuid.uuid4()}",
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z",
            "valid_from": "2026-01-01T00:00:00Z",
            "pattern_type": "stix",
            "pattern": f"[domain-name:value = 'h{n}.{uuid.uuid4().hex}.example']",
        }
        for n in range(count)
    ]


@contextmanager
def taxii_server(folder: Path, page: int = 20) -> Iterator[Server]:
    """Start it, yield where it is, stop it; skip the test where it cannot be started."""
    script = SERVERS / "taxii" / "start.py"
    if not script.is_file():
        pytest.skip(f"no start script at ../{script.relative_to(SERVERS.parents[1])}")
    command = [sys.executable, str(script), "--data", str(folder / "data"), "--page", str(page)]
    with (folder / "start.log").open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    stop = threading.Timer(PATIENCE, process.terminate)  # so that readline ends
    stop.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
        stop.cancel()
        if not line.startswith("READY "):
            said = (folder / "start.log").read_text(errors="replace")[-400:]
            pytest.skip(f"the TAXII server cannot be started here: {said}")
        told = json.loads(line.removeprefix("READY "))
        yield Server(told["user"], told["password"], told["collections"])
    finally:
        stop.cancel()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
