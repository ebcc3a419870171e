"""Any real server that a start script brings, on loopback, for tests.

The start scripts stand beside this checkout, each in a folder of the server's name. One prints
``READY {json}`` when its server answers. Where a script is missing, or cannot install what it
needs, the tests are skipped and say so.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .elastic_server import PATIENCE, SERVERS

_END = 60.0


@contextmanager
def started(name: str, folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """Start one server, yield what it says of itself, stop it.

    Args:
        name: The folder of its start script: ``idp``, ``openbao``, ``mcp-gateway`` ...
        folder: Where its data goes, and the log of the start script.
        options: Further options of the start script.

    Skips the test, saying why, where the server cannot be started.
    """
    script = SERVERS / name / "start.py"
    if not script.is_file():
        pytest.skip(f"no start script at ../{script.relative_to(SERVERS.parents[1])}")
    log = folder / "start.log"
    command = [sys.executable, str(script), "--data", str(folder / "data"), *options]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    stop = threading.Timer(PATIENCE, process.terminate)  # so that readline ends
    stop.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
        stop.cancel()
        if not line.startswith("READY "):
            said = log.read_text(errors="replace")[-400:]
            pytest.skip(f"{name} cannot be started here: {said}")
        told: dict[str, Any] = json.loads(line.removeprefix("READY "))
        yield told
    finally:
        stop.cancel()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=_END)
