"""Servers for a drill, started by scripts of a folder: ``FOLDER/NAME/start.py``.

A script takes ``--data FOLDER``, prints one line ``READY {json}`` when its server answers, and ends
its server when it gets SIGTERM.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from agentwarrant.errors import AgentWarrantError, PathNotFound

NAMES = {"openclaw": "openclaw", "keycloak": "idp", "vault": "openbao"}
"""Names of vendors, and of the folders of their servers."""
_READY = "READY "
_INSTALLING = 600.0
_ENDING = 60.0

Ready = dict[str, dict[str, Any]]
"""What each server said of itself, by vendor."""


@contextmanager
def servers(folder: Path, data: Path, tell: Callable[[str], None]) -> Iterator[Ready]:
    """Start all servers of a drill at once, and end them.

    Args:
        folder: Of the start scripts.
        data: Where the servers keep theirs.
        tell: Told of each that answers.

    Raises:
        PathNotFound: A script is missing.
        AgentWarrantError: A server does not come up.
    """
    scripts = {vendor: folder / name / "start.py" for vendor, name in NAMES.items()}
    for script in scripts.values():
        if not script.is_file():
            mend = f"a folder with {', '.join(f'{name}/start.py' for name in NAMES.values())}"
            raise PathNotFound("there is no such start script", where=str(script), mend=mend)
    with ExitStack() as stack, ThreadPoolExecutor(len(scripts)) as pool:
        tasks = {}
        for vendor, script in scripts.items():
            place = data / vendor
            place.mkdir(parents=True, exist_ok=True)
            tasks[vendor] = pool.submit(_ready, stack.enter_context(_process(script, place)), place)
        found: Ready = {}
        for vendor, task in tasks.items():
            found[vendor] = task.result()
            tell(f"{vendor} answers at {found[vendor]['url']}")
        yield found


@contextmanager
def _process(script: Path, place: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(script), "--data", str(place / "data")]
    with (place / "start.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  # the user's own script, no shell
            command, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=_ENDING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _ready(process: subprocess.Popen[str], place: Path) -> dict[str, Any]:
    stop = threading.Timer(_INSTALLING, process.terminate)  # so that readline ends
    stop.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
    finally:
        stop.cancel()
    if not line.startswith(_READY):
        what, log = "the server did not come up", place / "start.log"
        raise AgentWarrantError(what, where=place.name, mend=f"its start script wrote {log}")
    found: dict[str, Any] = json.loads(line.removeprefix(_READY))
    return found
