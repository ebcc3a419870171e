"""A stand-in for Splunk's HTTP Event Collector, written from its documentation.

It is no Splunk, and nobody may say that what passes here was done by one. What it does is from
Splunk's manuals "HTTP Event Collector REST API endpoints", "Format events for HTTP Event
Collector", "About HTTP Event Collector Indexer Acknowledgment" and "Troubleshoot HTTP Event
Collector"; where these leave something open, from a run against Splunk Enterprise 10.4.3 that
others recorded (github.com/ross/logit, ``tools/splunk-interop/README.md``):

- a token is seen to before the channel, the channel before the data; health sees to neither;
- objects are taken one after the other until one is at fault, which the answer names, counting
  from 0, but from 1 where the index is not allowed; the fault of a later one leaves an ``ackId``
  for those before it;
- an envelope with a key that is not known ends the request with 200, and it and what follows is
  gone;
- acknowledgments count from 0 in each channel; one that was answered with true is forgotten.
"""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ANSWERS: dict[int, tuple[int, str]] = {
    0: (200, "Success"),
    1: (403, "Token disabled"),
    2: (401, "Token is required"),
    3: (401, "Invalid authorization"),
    4: (403, "Invalid token"),
    5: (400, "No data"),
    6: (400, "Invalid data format"),
    7: (400, "Incorrect index"),
    8: (500, "Internal server error"),
    9: (503, "Server is busy"),
    10: (400, "Data channel is missing"),
    11: (400, "Invalid data channel"),
    12: (400, "Event field is required"),
    13: (400, "Event field cannot be blank"),
    14: (400, "ACK is disabled"),
    15: (400, "Error in handling indexed fields"),
    16: (400, "Query string authorization is not enabled"),
    17: (200, "HEC is healthy"),
    18: (503, "HEC is unhealthy, queues are full"),
    19: (503, "HEC is unhealthy, ack service unavailable"),
    20: (503, "HEC is unhealthy, queues are full, ack service unavailable"),
    21: (400, "Invalid token"),
    22: (400, "Token disabled"),
    23: (503, "Server is shutting down"),
}
"""Status of HTTP and text of each code."""
ENVELOPE = {"time", "host", "source", "sourcetype", "index", "event", "fields"}
_EVENTS = ("/services/collector", "/services/collector/event", "/services/collector/event/1.0")
_RAW = ("/services/collector/raw", "/services/collector/raw/1.0")
_ACK = ("/services/collector/ack", "/services/collector/ack/1.0")
_HEALTH = ("/services/collector/health", "/services/collector/health/1.0")
_SPACE = " \t\r\n"


class Fault(StrEnum):
    """What happens to a request besides what it asks for."""

    NONE = "done"
    BEFORE = "closed before it was done"
    AFTER = "done, closed without an answer"
    LATE = "done, no answer until the client gave up"
    KILL_BEFORE = "sender killed before it was done"
    KILL_AFTER = "done, sender killed before the answer"
    BUSY = "answered that it is busy"
    GATEWAY = "done, answered 502 by what stands before"
    RESTART_BEFORE = "restarted before it was done"
    RESTART_AFTER = "done, and restarted before it was answered"
    LOST = "answered and never indexed"


@dataclass
class Token:
    """A token as an operator made it.

    Attributes:
        enabled: It may send.
        ack: With indexer acknowledgment.
        indexes: Where it may send; empty: anywhere.
    """

    enabled: bool = True
    ack: bool = False
    indexes: tuple[str, ...] = ()


@dataclass
class Channel:
    """What one channel waits for: how many requests it had, and what is not indexed yet."""

    requests: int = 0
    waiting: dict[int, list[Any]] = field(default_factory=dict)
    indexed: set[int] = field(default_factory=set)


Choose = Callable[[str], "Fault | int"]
"""Says what happens to a request, by its path: a fault, or a code that is answered instead."""


class Refused(Exception):
    """A request ends with a code."""

    def __init__(self, code: int, number: int = -1) -> None:
        self.code = code
        self.number = number


class Splunk:
    """What the stand-in keeps.

    Attributes:
        tokens: By their value.
        indexed: Envelopes that are in an index, in order; of raw text ``{"event": line}``.
        choose: Says what happens to requests.
        patience: After how many questions something is acknowledged; None: never.
        counts_from: From where it counts events that are at fault.
        largest: Bytes of a body, after it was unpacked.
        health: The code that health answers.
        seen: How often each path was asked, and each fault happened.
        kill: Called to kill the sender.
    """

    def __init__(self, **tokens: Token) -> None:
        self.tokens = tokens
        self.indexed: list[Any] = []
        self.choose: Choose = lambda _path: Fault.NONE
        self.patience: int | None = 0
        self.largest = 800 << 20
        self.health = 17
        self.query_token = False
        self.counts_from = 0
        self.seen: Counter[str] = Counter()
        self.kill: Callable[[], None] = lambda: None
        self.requests: list[int] = []
        self.lock = threading.RLock()
        self._channels: dict[tuple[str, str], Channel] = {}

    @property
    def ids(self) -> Counter[str]:
        """How often each id is in an index."""
        return Counter(one["fields"]["aw_id"] for one in self.indexed)

    def restart(self) -> None:
        """Lose what waits to be indexed, and all that is known of channels."""
        self._channels.clear()

    def take(self, events: list[Any], token: Token, channel: str, name: str, lost: bool) -> int:
        """Take events; return the number to ask with, -1 without acknowledgment."""
        if not token.ack:
            self.indexed += [] if lost else events
            return -1
        there = self._channels.setdefault((name, channel), Channel())
        there.requests += 1
        number = there.requests - 1
        if not lost:
            there.waiting[number] = events
            self._index(there, asked=False)
        return number

    def acknowledged(self, name: str, channel: str, asked: list[int]) -> dict[str, bool]:
        """Answer which are indexed; forget those that are."""
        there = self._channels.setdefault((name, channel), Channel())
        self._index(there, asked=True)
        told = {str(number): number in there.indexed for number in asked}
        there.indexed -= set(asked)
        return told

    def _index(self, there: Channel, *, asked: bool) -> None:
        """Index what waits: at once, or after it was asked for often enough."""
        self.seen["asked"] += asked
        if self.patience is None or (self.patience and self.seen["asked"] % self.patience):
            return
        if self.patience and not asked:
            return
        for number in list(there.waiting):
            self.indexed += there.waiting.pop(number)
            there.indexed.add(number)


def objects(text: str, token: Token) -> tuple[list[Any], Refused | None]:
    """Return the envelopes of a body that are taken, and what ended it."""
    decode, place, number = json.JSONDecoder().raw_decode, 0, 0
    taken: list[Any] = []
    while (place := _next(text, place)) < len(text):
        try:
            one, place = decode(text, place)
        except ValueError:
            return taken, Refused(6, number)
        if not isinstance(one, dict):
            return taken, Refused(6, number)
        if one.keys() - ENVELOPE:
            return taken, Refused(0) if taken else Refused(5)
        code = _wrong(one, token)
        if code:
            return taken, Refused(code, number + (code == 7))
        taken.append(one)
        number += 1
    return taken, None if taken else Refused(5)


def _next(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SPACE:
        place += 1
    return place


def _wrong(one: dict[str, Any], token: Token) -> int:
    if "event" not in one:
        return 12
    event = one["event"]
    if event is None or event is False:
        return 6
    if isinstance(event, str) and not event.strip():
        return 13
    fields = one.get("fields", {})
    if not isinstance(fields, dict) or any(isinstance(v, dict) for v in fields.values()):
        return 15
    if token.indexes and one.get("index", token.indexes[0]) not in token.indexes:
        return 7
    return 0


class HecServer(ThreadingHTTPServer):
    """Serves one stand-in on loopback."""

    daemon_threads = True

    def __init__(self, splunk: Splunk, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.splunk = splunk
        self.scheme = "https" if context else "http"
        if context is not None:
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that are killed close in the middle."""


class _Handler(BaseHTTPRequestHandler):
    server: HecServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        splunk, path = self.server.splunk, urlsplit(self.path).path
        with splunk.lock:
            fault = splunk.choose(path)
            splunk.seen[path] += 1
            splunk.seen[str(fault)] += 1
            if isinstance(fault, int):
                self._say(Refused(fault))
                return
            if fault is Fault.BUSY:
                self._say(Refused(9))
                return
            if fault in (Fault.BEFORE, Fault.KILL_BEFORE, Fault.RESTART_BEFORE):
                self._end(fault)
                return
            status, said = self._answer(path, body, fault is Fault.LOST)
        self._after(fault, status, said)

    def _after(self, fault: Fault, status: int, said: dict[str, Any]) -> None:
        match fault:
            case Fault.NONE | Fault.LOST:
                self._write(status, json.dumps(said).encode())
            case Fault.GATEWAY:
                self._write(502, b"<html>bad gateway</html>")
            case Fault.LATE:
                with suppress(OSError):
                    self.connection.recv(1)  # until the client gives up and closes
                self._end(fault)
            case _:
                self._end(fault)

    def _answer(self, path: str, body: bytes, lost: bool) -> tuple[int, dict[str, Any]]:
        try:
            if path in _HEALTH:
                raise Refused(self._health())
            if path not in (*_EVENTS, *_RAW, *_ACK):
                return 404, {"text": "The requested URL was not found on this server.", "code": 404}
            if self.command != "POST":
                return 405, {"text": "The requested URL was not found on this server.", "code": 404}
            name, token = self._token()
            channel = self._channel(token, path)
            if path in _ACK:
                return 200, {"acks": self._acks(name, token, channel, body)}
            text = self._text(body)
            if len(text.encode()) > self.server.splunk.largest:
                return 413, {"text": "Content-Length of body is too large", "code": 27}
            self.server.splunk.requests.append(len(text))
            return self._taken(path, text, name, token, channel, lost)
        except Refused as refused:
            return _said(refused)

    def _taken(
        self, path: str, text: str, name: str, token: Token, channel: str, lost: bool
    ) -> tuple[int, dict[str, Any]]:
        wrong: Refused | None = None
        if path in _RAW:
            events: list[Any] = [{"event": line} for line in text.splitlines() if line.strip()]
            if not events:
                raise Refused(5)
        else:
            events, wrong = objects(text, token)
        status, said = _said(wrong or Refused(0))
        if "invalid-event-number" in said:
            said["invalid-event-number"] += self.server.splunk.counts_from
        if events:
            number = self.server.splunk.take(events, token, channel, name, lost)
            if number >= 0:
                said["ackId"] = number
        return status, said

    def _health(self) -> int:
        asked = parse_qs(urlsplit(self.path).query).get("token", [])
        for name in asked:
            token = self.server.splunk.tokens.get(name)
            if token is None or not token.enabled:
                return 21 if token is None else 22
        return self.server.splunk.health

    def _token(self) -> tuple[str, Token]:
        said = self.headers.get("authorization")
        asked = parse_qs(urlsplit(self.path).query).get("token", [])
        if said is None and not asked:
            raise Refused(2)
        kind, _, name = said.partition(" ") if said is not None else ("Splunk", "", asked[0])
        if kind != "Splunk" or not name:
            raise Refused(3)
        token = self.server.splunk.tokens.get(name)
        if token is None:
            raise Refused(4)
        if not token.enabled:
            raise Refused(1)
        if said is None and not self.server.splunk.query_token:
            raise Refused(16)
        return name, token

    def _channel(self, token: Token, path: str) -> str:
        asked = parse_qs(urlsplit(self.path).query).get("channel", [])
        said = self.headers.get("x-splunk-request-channel") or (asked or [""])[0]
        if not said and (token.ack or path in _ACK):
            raise Refused(10)
        if said:
            try:
                uuid.UUID(said)
            except ValueError:
                raise Refused(11) from None
        return str(said)

    def _acks(self, name: str, token: Token, channel: str, body: bytes) -> dict[str, bool]:
        if not token.ack:
            raise Refused(14)
        try:
            asked = json.loads(body)["acks"]
        except (ValueError, KeyError, TypeError):
            raise Refused(6) from None
        return self.server.splunk.acknowledged(name, channel, asked)

    def _text(self, body: bytes) -> str:
        packed = self.headers.get("content-encoding", "")
        try:
            if packed == "gzip":
                body = gzip.decompress(body)
            return body.decode()
        except (OSError, EOFError, UnicodeDecodeError):
            raise Refused(6) from None

    def _say(self, refused: Refused) -> None:
        status, said = _said(refused)
        self._write(status, json.dumps(said).encode())

    def _write(self, status: int, body: bytes) -> None:
        with suppress(OSError):
            self.send_response(status)
            self.send_header("content-type", "application/json; charset=UTF-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _end(self, fault: Fault) -> None:
        splunk = self.server.splunk
        if fault in (Fault.KILL_BEFORE, Fault.KILL_AFTER):
            splunk.kill()
        if fault in (Fault.RESTART_BEFORE, Fault.RESTART_AFTER):
            splunk.restart()
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        """Say nothing."""


def _said(refused: Refused) -> tuple[int, dict[str, Any]]:
    status, text = ANSWERS[refused.code]
    said: dict[str, Any] = {"text": text, "code": refused.code}
    if refused.number >= 0:
        said["invalid-event-number"] = refused.number
    return status, said


@contextmanager
def served(splunk: Splunk, context: ssl.SSLContext | None = None) -> Iterator[HecServer]:
    """Run a stand-in."""
    with HecServer(splunk, context) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
