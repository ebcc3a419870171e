"""Real search servers on loopback, for tests.

The start scripts stand beside this checkout; where one is missing, or cannot install what it
needs, the tests are skipped and say so. The fixtures that use this are in ``conftest.py``.

A data stream cannot be deleted there (the published server has no API for it), so every test
writes under a tenant of its own: ``fresh_tenant``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SERVERS = Path(__file__).parents[2].parent / "shared/servers"
URL_VARIABLE = "AGENTWARRANT_TEST_{}_URL"
"""A server that runs already: ``AGENTWARRANT_TEST_ELASTICSEARCH_URL``, ``..._OPENSEARCH_URL``."""
PATIENCE = 300.0
"""Seconds until a server must answer; the first start fetches it."""


@contextmanager
def running(name: str, folder: Path, *options: str) -> Iterator[str]:
    """Start one server, yield its address, stop it.

    Args:
        name: The folder of the start script: ``elasticsearch`` or ``opensearch``.
        folder: Where its data goes, and the log of the start script.
        options: Further options of the start script (``--line 9``, ``--password SECRET``).

    Skips the test, saying why, where the server cannot be started.
    """
    url = os.environ.get(URL_VARIABLE.format(name.upper()))
    if url and not options:
        yield url
        return
    script = SERVERS / name / "start.py"
    if not script.is_file():
        pytest.skip(f"no start script at ../{script.relative_to(SERVERS.parents[1])}")
    log = folder / "start.log"
    start = [sys.executable, str(script), "--port", "0", "--data", str(folder / "data")]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*start, *options], stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        yield _address(process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """Wait for the line that says where the server answers."""
    stop = threading.Timer(PATIENCE, process.terminate)  # so that readline ends
    stop.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
    finally:
        stop.cancel()
    if not line.startswith("READY "):
        said = log.read_text(errors="replace").strip().splitlines()[-1:]
        pytest.skip(f"the server did not start: {process.wait(60)} {said}")
    return line.removeprefix("READY ").strip()


def fresh_tenant() -> str:
    """Return a tenant that no test had before: its streams are empty."""
    return f"t{uuid.uuid4().hex[:12]}"
