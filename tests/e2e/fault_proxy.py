"""An HTTP proxy on loopback that does to requests what networks and busy servers do."""

from __future__ import annotations

import gzip
import json
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class Fault(StrEnum):
    """What happens to one request."""

    NONE = "passed on"
    BEFORE = "closed before it was passed on"
    AFTER = "done, closed without an answer"
    CUT = "done, half of the answer"
    LATE = "done, no answer until the client gave up"
    BUSY = "answered 429"
    AWAY = "answered 503"
    GATEWAY = "done, answered 502"
    SOME = "half of the documents answered 429"
    KILL_BEFORE = "sender killed before it was passed on"
    KILL_AFTER = "done, sender killed before the answer"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the server."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


Choose = Callable[[str, str], Fault]
"""Says what happens to a request, by method and path."""
_PRODUCT = ("x-elastic-product", "Elasticsearch")
_JSON = ("content-type", "application/vnd.elasticsearch+json;compatible-with=8")


class FaultProxy(ThreadingHTTPServer):
    """Passes requests on to one server.

    Args:
        upstream: The server's address.
        choose: Says what happens to a request.

    Attributes:
        kill: Called to kill the sender.
        after: Called with the path of each request that the server has done, before any answer.
        seen: How often each fault happened.
    """

    daemon_threads = True

    def __init__(self, upstream: str, choose: Choose) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.choose = choose
        self.kill: Callable[[], None] = lambda: None
        self.after: Callable[[str], None] = lambda _path: None
        self.seen: Counter[Fault] = Counter()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that are killed close in the middle."""


class _Handler(BaseHTTPRequestHandler):
    server: FaultProxy
    protocol_version = "HTTP/1.1"
    timeout = 120

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        fault = self.server.choose(self.command, self.path.partition("?")[0])
        self.server.seen[fault] += 1
        match fault:
            case Fault.BUSY | Fault.AWAY:
                self._answer(_refusal(429 if fault is Fault.BUSY else 503))
            case Fault.BEFORE | Fault.KILL_BEFORE:
                self._end(killing=fault is Fault.KILL_BEFORE)
            case Fault.SOME:
                self._answer(self._some(body))
            case _:
                self._done(fault, self._pass_on(body))

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _handle  # noqa: N815  # http.server's names

    def _done(self, fault: Fault, reply: Reply) -> None:
        """Go on after the server did what was asked."""
        self.server.after(self.path.partition("?")[0])
        match fault:
            case Fault.NONE:
                self._answer(reply)
            case Fault.GATEWAY:
                self._answer(_refusal(502))
            case Fault.CUT:
                self._answer(reply, len(reply.body) // 2)
                self._end()
            case Fault.LATE:
                self.connection.recv(1)  # until the client gives up and closes
                self._end()
            case _:
                self._end(killing=fault is Fault.KILL_AFTER)

    def _pass_on(self, body: bytes) -> Reply:
        connection = HTTPConnection(self.server.upstream, timeout=120)
        try:
            headers = {n: v for n, v in self.headers.items() if n.lower() not in (*_OWN, "host")}
            connection.request(self.command, self.path, body, headers)
            reply = connection.getresponse()
            kept = [(n, v) for n, v in reply.getheaders() if n.lower() not in _OWN]
            return Reply(reply.status, kept, reply.read())
        finally:
            connection.close()

    def _some(self, body: bytes) -> Reply:
        """Pass on every second document; answer for the others that the server is busy."""
        lines = gzip.decompress(body).splitlines(keepends=True)
        pairs = [b"".join(lines[n : n + 2]) for n in range(0, len(lines), 2)]
        items: list[Any] = [None] * len(pairs)
        reply = self._pass_on(gzip.compress(b"".join(pairs[::2]), 1))
        items[::2] = json.loads(reply.body)["items"]
        busy = {"type": "es_rejected_execution_exception", "reason": "the queue is full"}
        items[1::2] = [{"create": {"status": 429, "error": busy}} for _ in pairs[1::2]]
        return Reply(200, reply.headers, json.dumps({"errors": True, "items": items}).encode())

    def _answer(self, reply: Reply, length: int | None = None) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[:length])

    def _end(self, *, killing: bool = False) -> None:
        if killing:
            self.server.kill()
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        """Say nothing."""


_OWN = frozenset({"content-length", "transfer-encoding", "connection"})


def _refusal(status: int) -> Reply:
    reason = {"type": "busy", "reason": "a fault of the test"}
    body = json.dumps({"error": reason, "status": status}).encode()
    return Reply(status, [_PRODUCT, _JSON], body)


@contextmanager
def proxied(
    upstream: str, choose: Choose = lambda _method, _path: Fault.NONE
) -> Iterator[FaultProxy]:
    """Run a proxy."""
    with FaultProxy(upstream, choose) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


def drawn(seed: int, share: float, among: Sequence[Fault], where: str) -> Choose:
    """Return what chooses a fault for a share of the requests whose path ends with ``where``."""
    dice = random.Random(seed)  # noqa: S311  # nothing secret: the same faults for a seed
    lock = threading.Lock()

    def choose(_method: str, path: str) -> Fault:
        with lock:
            hit = path.endswith(where) and dice.random() < share
            return dice.choice(among) if hit else Fault.NONE

    return choose


def in_turn(*faults: Fault, where: str = "_bulk") -> Choose:
    """Return what gives faults, each once, to the first requests whose path ends so."""
    left = list(faults)

    def choose(_method: str, path: str) -> Fault:
        return left.pop(0) if left and path.endswith(where) else Fault.NONE

    return choose
