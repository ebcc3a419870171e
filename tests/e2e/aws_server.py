"""A real moto server on loopback that checks keys and policies; see ``elastic_server``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from .elastic_server import PATIENCE, SERVERS


@dataclass(frozen=True, slots=True)
class Cloud:
    """A server that answers as AWS would; ``enforce`` switches its checking on and off."""

    url: str
    region: str
    account: str

    def enforce(self, on: bool) -> None:
        word, plain = b"0" if on else b"inf", {"content-type": "text/plain"}
        httpx.post(f"{self.url}/moto-api/reset-auth", content=word, headers=plain)

    def client(self, service: str, key: str = "test", secret: str = "test", token: str = "") -> Any:  # noqa: S107  # moto takes any while it does not check
        """Return a client of boto3 as somebody, who tries once."""
        import boto3
        from botocore.config import Config

        session = boto3.session.Session(key, secret, token or None, region_name=self.region)
        config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
        make: Any = session.client
        return make(service, endpoint_url=self.url, config=config)


@contextmanager
def aws_server(folder: Path) -> Iterator[Cloud]:
    """Start it, yield where it is, stop it; skip the test where it cannot be started."""
    script = SERVERS / "aws" / "start.py"
    if not script.is_file():
        pytest.skip(f"no start script at ../{script.relative_to(SERVERS.parents[1])}")
    command = [sys.executable, str(script), "--strict", "--data", str(folder / "data")]
    with (folder / "start.log").open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    stop = threading.Timer(PATIENCE, process.terminate)  # so that readline ends
    stop.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
        stop.cancel()
        if not line.startswith("READY "):
            said = (folder / "start.log").read_text(errors="replace")[-400:]
            pytest.skip(f"moto cannot be started here: {said}")
        told = json.loads(line.removeprefix("READY "))
        yield Cloud(told["url"], told["region"], told["account"])
    finally:
        stop.cancel()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
