"""A client of OpenClaw's gateway: WebSocket, protocol 4, one request at a time.

It asks for the scope ``operator.read`` and for nothing else, and leaves when it is given more: the
gateway then refuses every change by itself, which is a second wall behind ``ObserveTransport``.

    with connect("ws://127.0.0.1:18789", token) as gateway:
        gateway.send(Request("config.get", {}, Effect.READ, "gateway"))

A client on the gateway's own host needs only the shared token. One on another host gets no scope
without a device identity, which this client does not have: it says so.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_websocket

from agentwarrant import __version__
from agentwarrant.errors import ConfigError, OutcomeUnknown, Refused, Unreachable
from agentwarrant.event import compact_json
from agentwarrant.respond.transport import Request

PROTOCOL = 4
SCOPE = "operator.read"
TIMEOUT = 15.0
"""Seconds: the gateway itself closes a connection that has not introduced itself after 15."""

MAX_FRAME = 26_214_400  # what the gateway itself announces as its limit (policy.maxPayload)
_SAID = 200
_CLOSING = 2.0
_PORTS = {"ws": 80, "wss": 443}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LOST = (OSError, TimeoutError, ConnectionClosed)


class _BadFrameError(ValueError):
    """What came is not a frame of the protocol."""


class Gateway:
    """An open connection that may read."""

    def __init__(self, connection: ClientConnection, url: str, timeout: float) -> None:
        self._socket = connection
        self._url = url
        self._timeout = timeout
        self._count = 0

    def send(self, request: Request) -> Any:
        """Return the payload of the gateway's answer.

        Raises:
            Refused: The gateway answered no.
            Unreachable: Nothing left, or the gateway did nothing and names a time to ask again.
            OutcomeUnknown: The request left and no answer, or none that can be read, came.
        """
        if request.fresh:
            raise ValueError(f"{request.method}: fresh parameters have not been read")
        self._count += 1
        number = f"r{self._count}"
        body = {"type": "req", "id": number, "method": request.method, "params": request.params}
        try:
            self._socket.send(compact_json(body))
        except _LOST as error:
            raise self._unreachable(f"{request.method} was not sent: {_why(error)}") from error
        try:
            answer = self._answer(number)
        except (*_LOST, _BadFrameError) as error:
            raise OutcomeUnknown(
                f"{request.method} was sent and no answer came: {_why(error)}",
                where=self._url,
                mend="read the state before anything else",
            ) from error
        return self._payload(request.method, answer)

    def introduce(self, token: str) -> None:
        """Say hello and hold what is granted against what was asked for.

        Raises:
            Refused: The gateway refuses the token, or grants another scope than ``SCOPE``.
            Unreachable: It speaks another protocol, or does not answer.
        """
        try:
            if self._frame(time.monotonic() + self._timeout).get("event") != "connect.challenge":
                raise self._unreachable("the first frame is no connect.challenge")
            self._socket.send(compact_json(_hello(token)))
            answer = self._answer("connect")
        except (*_LOST, _BadFrameError) as error:
            raise self._unreachable(f"no handshake: {_why(error)}") from error
        hello = self._payload("connect", answer)
        if _get(hello, "protocol") != PROTOCOL:
            raise self._unreachable(f"it speaks protocol {_cut(_get(hello, 'protocol'))}")
        self._check(_get(_get(hello, "auth"), "scopes"))

    def _check(self, granted: object) -> None:
        scopes = granted if isinstance(granted, list) else []
        if SCOPE not in scopes:
            raise Refused(
                f"the gateway does not grant {SCOPE}",
                where=self._url,
                mend="run on the gateway's own host: elsewhere a device identity is needed",
            )
        if scopes != [SCOPE]:
            more = ", ".join(_cut(scope) for scope in scopes if scope != SCOPE)
            raise Refused(f"the gateway grants more than was asked for: {more}", where=self._url)

    def _answer(self, number: str) -> Mapping[str, Any]:
        deadline = time.monotonic() + self._timeout  # one for all: events may come without end
        while True:
            frame = self._frame(deadline)
            if frame.get("type") == "res" and frame.get("id") == number:
                return frame

    def _frame(self, deadline: float) -> Mapping[str, Any]:
        text = self._socket.recv(max(deadline - time.monotonic(), 0))
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise _BadFrameError("not JSON") from error
        if not isinstance(frame, dict):
            raise _BadFrameError("not an object")
        return frame

    def _payload(self, method: str, answer: Mapping[str, Any]) -> Any:
        if answer.get("ok") is True:
            return answer.get("payload")
        error = answer.get("error")
        code = _get(error, "code")
        why = _cut(_get(_get(error, "details"), "code") or code)
        said = f"{method}: {why}: {_cut(_get(error, 'message'))}"
        wait = _get(error, "retryAfterMs")
        if isinstance(wait, int):
            raise Unreachable(said, where=self._url, mend=f"ask again in {wait} ms")
        if code == "UNAVAILABLE":  # seen for a patch that was written to disk but not applied
            raise OutcomeUnknown(said, where=self._url, mend="read the state before anything else")
        raise Refused(said, where=self._url)

    def _unreachable(self, what: str) -> Unreachable:
        return Unreachable(what, where=self._url)


@contextmanager
def connect(url: str, token: str, *, timeout: float = TIMEOUT) -> Iterator[Gateway]:
    """Open a connection that may read, and close it at the end.

    Args:
        url: ``ws://`` on this host, or ``wss://``.
        token: The gateway's shared token.
        timeout: Seconds for opening, for the handshake and for each answer.

    Raises:
        ConfigError: The address is none, or would send the token in clear over a network.
        Refused, Unreachable: See ``Gateway.introduce``.
    """
    host, port = _address(url)
    with ExitStack() as stack:
        try:
            # A connection of our own: no proxy of the environment and no redirect gets the token
            wire = stack.enter_context(socket.create_connection((host, port), timeout))
            wire.settimeout(None)
            opening = open_websocket(
                url,
                sock=wire,
                open_timeout=timeout,
                close_timeout=min(timeout, _CLOSING),
                max_size=MAX_FRAME,
                compression=None,
            )
            opened = stack.enter_context(opening)
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ValueError) as error:
            raise Unreachable(f"no connection: {_why(error)}", where=url) from error
        gateway = Gateway(opened, url, timeout)
        gateway.introduce(token)
        yield gateway


def _address(url: str) -> tuple[str, int]:
    """Return host and port of an address over which a token may be sent."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:  # a port that is no number, a broken IPv6 address
        parts, host, port = urlsplit(""), "", 0
    safe = parts.scheme == "wss" or (parts.scheme == "ws" and host in _LOOPBACK)
    if not safe or not host or parts.username is not None:
        raise ConfigError(
            "the address of a gateway is ws:// on this host, or wss://",
            where=_cut(url.rpartition("@")[2]),
            mend="for example ws://127.0.0.1:18789",
        )
    return host, port


def _hello(token: str) -> dict[str, Any]:
    """The handshake of protocol 4; the gateway accepts only client ids it knows."""
    params = {
        "minProtocol": PROTOCOL,
        "maxProtocol": PROTOCOL,
        "client": {
            "id": "gateway-client",
            "version": __version__,
            "platform": sys.platform,
            "mode": "backend",
        },
        "role": "operator",
        "scopes": [SCOPE],
        "caps": [],
        "commands": [],
        "permissions": {},
        "auth": {"token": token},
        "locale": "en-US",
        "userAgent": "agentwarrant",
    }
    return {"type": "req", "id": "connect", "method": "connect", "params": params}


def _get(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _cut(value: object) -> str:
    """Return what the other side wrote as one printable line."""
    text = "".join(c if c.isprintable() else " " for c in str(value)[:_SAID])
    return " ".join(text.split()) or "no reason given"


def _why(error: BaseException) -> str:
    return _cut(error) if str(error) else type(error).__name__
