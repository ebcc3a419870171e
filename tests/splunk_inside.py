"""Runs what the app has for Splunk as Splunk does: a Python of its own, chunks on pipes, splunkd.

Which Python: this one without any of its packages, and the one that
``AGENTWARRANT_TEST_SPLUNK_PYTHON`` names, which has splunk-sdk. The app is put together with the
SDK of each. Nothing here is a Splunk.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from agentwarrant.siem.splunk import app_bin

from .certificates import (  # type: ignore[import-not-found]  # no package to mypy
    authority_file,
    server_context,
)

VARIABLE = "AGENTWARRANT_TEST_SPLUNK_PYTHON"
SESSION_KEY = "the-session-key-of-the-tests"
_CHUNK = re.compile(rb"chunked 1\.0,(\d+),(\d+)\n")
_MANY = re.compile(r"\$((?:\$\$|[^$])*)\$(?:;|$)")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Runtime:
    """A Python as Splunk has one: how it is started, and the SDK that the app gets for it."""

    name: str
    python: tuple[str, ...]
    sdk: Distribution


@cache
def own_runtime() -> Runtime:
    try:
        sdk = distribution("splunk-sdk")
    except PackageNotFoundError:
        pytest.skip('splunk-sdk is not installed: pip install "agentwarrant[splunk]"')
    return Runtime("own", (sys.executable, "-I", "-S"), sdk)  # none of its packages


@cache
def other_runtime() -> Runtime:
    python = os.environ.get(VARIABLE)
    if not python:
        pytest.skip(f"{VARIABLE} names no Python that has splunk-sdk")
    asked = "import splunklib, pathlib; print(pathlib.Path(splunklib.__file__).parents[1])"
    done = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    found = Distribution.discover(path=[done.stdout.strip()])
    return Runtime("other", (python,), next(one for one in found if one.name == "splunk-sdk"))


def older_pythons() -> Iterator[str]:
    """Yield a Python of each older line that Splunk has, or near to it, where one is here."""
    home = Path(sys.base_prefix).parent  # where pyenv has others
    for name in ("3.9", "3.10"):
        listed = [shutil.which(f"python{name}"), *map(str, home.glob(f"{name}*/bin/python"))]
        yield from [one for one in listed if one and _runs(one)][:1]


def _runs(python: str) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


RUNTIMES = {"own": own_runtime, "other": other_runtime}


def built(runtime: Runtime, folder: Path) -> Path:
    """Write what runs into a folder, as the app has it; return the folder of the programs."""
    for path, body in app_bin.files(runtime.sdk).items():
        place = folder / "agentwarrant" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    return folder / "agentwarrant" / "bin"


# Search commands ---------------------------------------------------------------------------------


@dataclass
class Reply:
    """What a command answered: its metadata chunk by chunk, rows, messages, exit status."""

    metas: list[dict[str, Any]]
    rows: Rows
    status: int
    errors: str

    @property
    def messages(self) -> list[tuple[str, str]]:
        listed = [meta.get("inspector") or {} for meta in self.metas]
        return [(level, text) for one in listed for level, text in one.get("messages", ())]


def ran(
    runtime: Runtime,
    programs: Path,
    chunks: Sequence[Rows],
    *arguments: str,
    splunkd: str = "https://127.0.0.1:1",
    environment: Mapping[str, str] | None = None,
) -> Reply:
    """Run the command over chunks of rows, as protocol 2 of search commands has it."""
    info = {
        "args": list(arguments),
        "raw_args": list(arguments),
        "dispatch_dir": str(programs.parent / "dispatch"),
        "sid": "1764400000.1",
        "app": "agentwarrant",
        "owner": "analyst",
        "username": "analyst",
        "session_key": SESSION_KEY,
        "splunkd_uri": splunkd,
        "splunk_version": "10.2.0",
        "search": "search%20index%3Dagentwarrant_default",
        "command": "agentwarrant",
        "maxresultrows": 50000,
        "earliest_time": "0",
        "latest_time": "0",
    }
    asked = {"action": "getinfo", "preview": False, "searchinfo": info}
    sent = [_chunk({**asked, "streaming_command_will_restart": False}, b"")]
    for number, rows in enumerate(chunks, 1):
        last = number == len(chunks)
        sent.append(_chunk({"action": "execute", "finished": last}, _table(rows)))
    done = subprocess.run(
        [*runtime.python, str(programs / "aw_command.py")],
        input=b"".join(sent),
        capture_output=True,
        check=False,
        timeout=300,
        cwd=programs,
        env=clean_environment() | dict(environment or {}),
    )
    metas, rows = _read(done.stdout)
    return Reply(metas, rows, done.returncode, done.stderr.decode(errors="replace"))


def clean_environment() -> dict[str, str]:
    """Return the environment without what tests, or their coverage, put there."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}


def _chunk(meta: Mapping[str, Any], body: bytes) -> bytes:
    head = json.dumps(meta).encode()
    return b"chunked 1.0,%d,%d\n" % (len(head), len(body)) + head + body


def _table(rows: Rows) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([one for name in names for one in (name, f"__mv_{name}")])
    for row in rows:
        writer.writerow([one for name in names for one in cells(row.get(name, ""))])
    return stream.getvalue().encode() if rows else b""


def cells(value: str | list[str]) -> tuple[str, str]:
    """Return a field's two columns, as splunkd writes them."""
    if isinstance(value, str):
        return value, ""
    many = ";".join("$" + one.replace("$", "$$") + "$" for one in value)
    return "\n".join(value), many if len(value) > 1 else ""


def _read(answer: bytes) -> tuple[list[dict[str, Any]], Rows]:
    metas: list[dict[str, Any]] = []
    rows: Rows = []
    place = 0
    while place < len(answer):
        head = _CHUNK.match(answer, place)
        assert head, answer[place : place + 200]
        start, middle = head.end(), head.end() + int(head[1])
        place = middle + int(head[2])
        metas.append(json.loads(answer[start:middle]))
        body = answer[middle:place].decode()
        rows += [_row(one) for one in csv.DictReader(io.StringIO(body, newline=""))]
    return metas, rows


def _row(record: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in record.items():
        if not name.startswith("__mv_"):
            many = _MANY.findall(record.get(f"__mv_{name}") or "")
            row[name] = [one.replace("$$", "$") for one in many] if many else value
    return row


# splunkd, and a responder ------------------------------------------------------------------------


@dataclass
class Splunkd:
    """What the stand-in of splunkd has: a password of the app, and rows of its collections."""

    secret: str = "a secret of more than 16"  # noqa: S105  # of the tests
    collections: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Answer as the REST API Reference has it of storage/passwords and storage/collections."""
        self.asked.append(path)
        if headers.get("Authorization") != f"Splunk {SESSION_KEY}":
            return 401, {"messages": [{"type": "WARN", "text": "call not properly authenticated"}]}
        parts = [unquote(one) for one in urlsplit(path).path.split("/")]
        if parts[:6] == ["", "servicesNS", "nobody", "agentwarrant", "storage", "passwords"]:
            if parts[6:] == ["agentwarrant:responder:"] and self.secret:
                return 200, {"entry": [{"content": {"clear_password": self.secret}}]}
        elif parts[4:7] == ["storage", "collections", "data"] and parts[7] in self.collections:
            return 200, self.collections[parts[7]]
        return 404, {"messages": [{"type": "ERROR", "text": "Not Found"}]}


@dataclass
class Request:
    """One request that a responder got."""

    path: str
    headers: dict[str, str]
    body: bytes

    def header(self, name: str) -> str:
        return next(value for key, value in self.headers.items() if key.lower() == name.lower())

    @property
    def said(self) -> Any:
        return json.loads(self.body)


@dataclass
class Responder:
    """What the stand-in of a responder answers, request by request, and what it got."""

    statuses: list[int] = field(default_factory=list)
    got: list[Request] = field(default_factory=list)
    waits: threading.Event = field(default_factory=threading.Event)
    slow: bool = False


class _Handler(BaseHTTPRequestHandler):
    serves: Splunkd | Responder

    def do_GET(self) -> None:
        assert isinstance(self.serves, Splunkd)
        status, said = self.serves.answer(self.path, dict(self.headers.items()))
        self._say(status, json.dumps(said).encode())

    def do_POST(self) -> None:
        assert isinstance(self.serves, Responder)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.serves.got.append(Request(self.path, dict(self.headers.items()), body))
        if self.serves.slow:
            self.serves.waits.wait(60)
        status = self.serves.statuses.pop(0) if self.serves.statuses else 200
        self._say(status, b"{}")

    def _say(self, status: int, body: bytes) -> None:
        try:
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # who asked has gone

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a client that does not trust the certificate."""


@contextmanager
def serving(what: Splunkd | Responder) -> Iterator[str]:
    """Serve over TLS on this host; yield the address."""
    handler = type("Handler", (_Handler,), {"serves": what})
    server = _Server(("127.0.0.1", 0), handler)
    server.socket = server_context().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        if isinstance(what, Responder):
            what.waits.set()
        server.shutdown()
        thread.join()
        server.server_close()


def splunk_home(folder: Path) -> Path:
    """Return an installation's home whose authority is that of the tests."""
    auth = folder / "etc" / "auth"
    auth.mkdir(parents=True, exist_ok=True)
    authority_file(folder).replace(auth / "cacert.pem")
    return folder
