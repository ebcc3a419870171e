"""Frames of OpenClaw's gateway: how one is opened, what is said in it, what an answer means."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_websocket

from agentwarrant import __version__
from agentwarrant.errors import ConfigError, OutcomeUnknown, Refused, Unreachable
from agentwarrant.event import compact_json
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.openclaw.device import Device
from agentwarrant.respond.transport import opened

MAX_FRAME = 26_214_400  # what the gateway itself announces as its limit (policy.maxPayload)
PROTOCOL = 4
ROLE = "operator"
_SAID = 200
_CLOSING = 2.0
_PORTS = {"ws": 80, "wss": 443}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_STALE = "config changed since last load"
_AGAIN = 0.2
_MISMATCH = frozenset({"AUTH_TOKEN_MISMATCH", "AUTH_DEVICE_TOKEN_MISMATCH"})


class BadFrameError(ValueError):
    """What came is not a frame of the protocol."""


class NotLetInError(Exception):
    """The token is not the gateway's.

    Attributes:
        code: What it called that.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def wired(connection: Connection, headers: Mapping[str, str]) -> Iterator[ClientConnection]:
    """Open a WebSocket and close it at the end; the gateway speaks first.

    Raises:
        ConfigError: The address is none, or would send the token in clear over a network.
        Unreachable: Nobody answers there.
    """
    host, port = _address(connection)
    timeout = connection.timeout
    with ExitStack() as stack:
        try:
            # A connection of our own: no proxy of the environment and no redirect gets the token
            wire = stack.enter_context(socket.create_connection((host, port), timeout))
            wire.settimeout(None)
            opening = open_websocket(
                connection.url,
                sock=wire,
                ssl=_trusted(connection),
                open_timeout=timeout,
                close_timeout=min(timeout, _CLOSING),
                max_size=MAX_FRAME,
                compression=None,
                ping_interval=None,  # whoever awaits no events does not read the answers to pings
                additional_headers=dict(headers),
            )
            found = stack.enter_context(opening)
        except (OSError, TimeoutError, WebSocketException, ValueError) as error:
            where = connection.name or connection.url
            raise Unreachable(f"no connection: {why(error)}", where=where) from error
        yield found


def _trusted(connection: Connection) -> ssl.SSLContext | None:
    if not connection.url.startswith("wss:"):
        return None
    return ssl.create_default_context(cafile=str(connection.ca) if connection.ca else None)


def _address(connection: Connection) -> tuple[str, int]:
    """Return host and port of an address over which a token may be sent."""
    url = connection.url
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:  # a port that is no number, a broken IPv6 address
        parts, host, port = urlsplit(""), "", 0
    safe = parts.scheme == "wss" or (parts.scheme == "ws" and host in _LOOPBACK)
    if not safe or not host or parts.username is not None:
        raise ConfigError(
            "the address of a gateway is ws:// on this host, or wss://",
            where=connection.name or said(url.rpartition("@")[2]),
            mend="for example ws://127.0.0.1:18789",
        )
    if connection.proxy:
        what = "a gateway is reached without a proxy"
        raise ConfigError(what, where=connection.name, mend="remove proxy:")
    return host, port


def hello(
    auth: Mapping[str, str],
    scopes: tuple[str, ...],
    challenge: Mapping[str, Any],
    device: Device | None,
) -> dict[str, Any]:
    """Return the handshake of protocol 4; the gateway accepts only client ids it knows."""
    client = {
        "id": "gateway-client",
        "version": __version__,
        "platform": sys.platform,
        "mode": "backend",
    }
    params: dict[str, Any] = {
        "minProtocol": PROTOCOL,
        "maxProtocol": PROTOCOL,
        "client": client,
        "role": ROLE,
        "scopes": list(scopes),
        "caps": ["tool-events"],
        "commands": [],
        "permissions": {},
        "auth": dict(auth),
        "locale": "en-US",
        "userAgent": "agentwarrant",
    }
    if device is not None:
        token = auth.get("token") or auth.get("deviceToken") or ""
        params["device"] = device.proof(challenge, client, ROLE, scopes, token)
    return {"type": "req", "id": "connect", "method": "connect", "params": params}


def not_let_in(error: object, where: str) -> None:
    """Raise what a refused handshake means, where that has a name of its own.

    Raises:
        NotLetInError: The token is not the gateway's.
        Refused: The device is not paired.
    """
    details = field(error, "details")
    code = field(details, "code")
    if code in _MISMATCH:
        raise NotLetInError(str(code))
    if code == "PAIRING_REQUIRED":
        request, reason = said(field(details, "requestId")), said(field(details, "reason"))
        raise Refused(
            f"this device is not paired ({reason}): request {request} waits",
            where=where,
            mend=f"on the gateway's host: openclaw devices approve {request}",
        )


def sendable(params: Mapping[str, Any], secret: Callable[[str], str]) -> dict[str, Any]:
    """Return parameters as they are sent: secrets opened, and ``raw`` as the JSON text it is.

    ``raw`` of a patch may be given as an object, so that a secret can stand in it by name.
    """
    found = dict(opened(params, secret))
    if isinstance(found.get("raw"), Mapping):
        found["raw"] = compact_json(found["raw"])
    return found


def frame_of(text: str | bytes) -> Mapping[str, Any]:
    """Return a frame.

    Raises:
        BadFrameError: It is none.
    """
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadFrameError("not JSON") from error
    if not isinstance(frame, dict):
        raise BadFrameError("not an object")
    return frame


def payload_of(method: str, answer: Mapping[str, Any], where: str) -> Any:
    """Return what an answer holds.

    Raises:
        Unreachable: The gateway did nothing and says when to ask again, or the configuration that
            a patch was made for is another one by now.
        OutcomeUnknown: ``UNAVAILABLE``: seen for a patch that was written but not applied.
        Refused: It said no.
    """
    if answer.get("ok") is True:
        return answer.get("payload")
    error = field(answer, "error")
    code, message = field(error, "code"), said(field(error, "message"))
    reason = said(field(field(error, "details"), "code") or code)
    what = f"{method}: {reason}: {message}"
    wait = field(error, "retryAfterMs")
    if isinstance(wait, int) and not isinstance(wait, bool):
        mend = f"ask again in {wait} ms"
        raise Unreachable(what, where=where, mend=mend, retry_after=max(wait, 0) / 1000)
    if method == "config.patch" and message.startswith(_STALE):  # it has no code of its own
        mend = "ask again: its base is read anew"
        raise Unreachable(what, where=where, mend=mend, retry_after=_AGAIN)
    if code == "UNAVAILABLE":
        raise OutcomeUnknown(what, where=where, mend="read the state before anything else")
    raise Refused(what, where=where)


def field(value: object, key: str) -> Any:
    """Return a value of an object, None of anything else."""
    return value.get(key) if isinstance(value, Mapping) else None


def said(value: object) -> str:
    """Return what the other side wrote as one printable line."""
    text = "".join(c if c.isprintable() else " " for c in str(value)[:_SAID])
    return " ".join(text.split()) or "no reason given"


def why(error: BaseException) -> str:
    """Return an error as one printable line."""
    return said(error) if str(error) else type(error).__name__
