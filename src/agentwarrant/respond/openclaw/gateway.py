"""A client of OpenClaw's gateway: WebSocket, protocol 4.

It asks for the scopes that it is told to, ``operator.read`` alone where nothing may be changed, and
leaves when it is given another scope: the gateway then refuses every change by itself, which is a
second wall behind ``ObserveTransport``.

    with connect(connection) as gateway:
        gateway.send(Request("config.get", {}, Effect.READ, "gateway"))

A client on the gateway's own host needs only the shared token. One on another host gets no scope
without a device identity (``openclaw.device``).

Secrets of a connection: ``token`` (shared), ``next_token`` (the one that takes its place when it is
rotated), ``device_key``, ``device_token`` (what the gateway gave a paired device). They are tried
in the order device_token, token, next_token.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from agentwarrant.errors import OutcomeUnknown, Refused, Unreachable
from agentwarrant.event import compact_json
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.openclaw.device import Device
from agentwarrant.respond.openclaw.wire import (
    PROTOCOL,
    BadFrameError,
    NotLetInError,
    field,
    frame_of,
    hello,
    not_let_in,
    payload_of,
    said,
    sendable,
    why,
    wired,
)
from agentwarrant.respond.transport import Effect, Request

READ = ("operator.read",)
CHANGE = ("operator.read", "operator.write", "operator.admin", "operator.pairing")
"""What the changes of OpenClaw's actions need, and their proofs."""

PROBE = "connect"
"""Not a call: a connection of its own with ``auth``, to see whether it is let in."""

SILENCE = 100.0
"""Seconds: the gateway sends a tick every 30 (policy.tickIntervalMs)."""

STILL = 5.0
"""Seconds: a connection that nobody read from for longer is opened anew before a change. A gateway
drops whoever leaves its pings unanswered, and what is sent into a dead connection has an unknown
outcome."""

_KEPT = 10_000
_LOST = (OSError, TimeoutError, ConnectionClosed)
_GONE = (ConnectionClosed, ConnectionError)


class Gateway:
    """An open connection.

    Args:
        connection: Where, and as whom.
        scopes: What it asks for.
        headers: More headers of the handshake, for a proxy in between.
        steady: Is it opened anew when it ended, or was left alone? Not where events are awaited:
            with the connection they are gone, and whoever awaits them has to know.

    Attributes:
        connection: See above.
        lost: Events that were let go because nobody took them.
    """

    def __init__(
        self,
        connection: Connection,
        scopes: tuple[str, ...] = READ,
        *,
        headers: Mapping[str, str] | None = None,
        steady: bool = True,
    ) -> None:
        self.connection = self._connection = connection
        self._scopes = scopes
        self._headers = headers or {}
        self._steady = steady
        self._opened = ExitStack()
        self._socket: ClientConnection | None = None
        self._count = 0
        self._heard = 0.0
        self._events: deque[Mapping[str, Any]] = deque()
        self.lost = 0

    # Requests ----------------------------------------------------------------------------

    def send(self, request: Request) -> Any:
        """Return the payload of the gateway's answer.

        A read that the end of the connection cut off is asked again over a new one; a change
        never is, but goes over a connection that was heard lately.

        Raises:
            Refused: The gateway answered no.
            Unreachable: Nothing left, or the gateway did nothing and names a time to ask again.
            OutcomeUnknown: The request left and no answer, or none that can be read, came.
        """
        if request.fresh:
            raise ValueError(f"{request.method}: fresh parameters have not been read")
        if request.method == PROBE:
            return self._tried(request)
        if not self._steady:
            return self._ask(request)
        if request.effect is not Effect.READ:
            if time.monotonic() - self._heard > STILL:
                self.open()
            return self._ask(request)
        try:
            return self._ask(request)
        except (Unreachable, OutcomeUnknown) as error:
            if not isinstance(error.__cause__, _GONE):
                raise
        self.open()
        return self._ask(request)

    def _ask(self, request: Request) -> Any:
        number = f"r{self._numbered()}"
        params = sendable(request.params, self._connection.secret)
        body = {"type": "req", "id": number, "method": request.method, "params": params}
        try:
            self._wire.send(compact_json(body))
        except _LOST as error:
            raise self._unreachable(f"{request.method} was not sent: {why(error)}") from error
        try:
            answer = self._answer(number)
        except (*_LOST, BadFrameError) as error:
            raise OutcomeUnknown(
                f"{request.method} was sent and no answer came: {why(error)}",
                where=self.where,
                mend="read the state before anything else",
            ) from error
        return payload_of(request.method, answer, self.where)

    def _tried(self, request: Request) -> dict[str, Any]:
        """Return ``{"ok", "code"}``: would this ``auth`` be let in?"""
        params = sendable(request.params, self._connection.secret)
        other = Gateway(self._connection, headers=self._headers)
        try:
            other._enter(dict(params.get("auth", {})), None)
        except NotLetInError as error:
            return {"ok": False, "code": error.code}
        finally:
            other.close()
        return {"ok": True, "code": ""}

    # Events ------------------------------------------------------------------------------

    def events(self, wait: float) -> Iterator[Mapping[str, Any] | None]:
        """Yield event frames as they come; None whenever none came for ``wait`` seconds.

        Requests may be sent in between: what comes while they wait is kept, up to a limit
        (``lost`` counts what is let go).

        Raises:
            Unreachable: The connection is gone; whoever reads on must first read what was missed.
        """
        heard = time.monotonic()
        while True:
            if self._events:
                yield self._events.popleft()
                continue
            try:
                frame = self._frame(time.monotonic() + wait)
                heard = time.monotonic()
            except TimeoutError:
                if time.monotonic() - heard > SILENCE:
                    raise self._unreachable(f"nothing was heard for {SILENCE:g} s") from None
                yield None
            except BadFrameError:
                self.lost += 1
                yield None
            except _LOST as error:
                raise self._unreachable(f"the connection ended: {why(error)}") from error
            else:
                if frame.get("type") == "event":
                    yield frame

    # The connection ----------------------------------------------------------------------

    @property
    def where(self) -> str:
        """What an error names."""
        return self._connection.name or self._connection.url

    def open(self) -> None:
        """Connect, or connect anew; hold what is granted against what was asked for.

        Raises:
            ConfigError: The address is none, or would send the token in clear over a network.
            Refused: The gateway lets us not in, or grants other scopes than were asked for.
            Unreachable: It speaks another protocol, or does not answer.
        """
        device = None
        if self._connection.has("device_key"):
            device = Device.of(self._connection.secret("device_key"), self.where)
        code = ""
        for auth in self._credentials(device):
            self.close()
            try:
                self._enter(auth, device)
            except NotLetInError as error:
                code = error.code
            else:
                return
        mend = "token, next_token or device_token under secrets:"
        raise Refused(
            f"connect: {code or 'no secret to connect with'}", where=self.where, mend=mend
        )

    def close(self) -> None:
        """Close the connection, if there is one."""
        self._socket = None
        self._events.clear()
        with suppress(*_LOST):
            self._opened.close()

    def _credentials(self, device: Device | None) -> Iterator[dict[str, str]]:
        if device is not None and self._connection.has("device_token"):
            yield {"deviceToken": self._connection.secret("device_token")}
        for name in ("token", "next_token"):
            if self._connection.has(name):
                yield {"token": self._connection.secret(name)}

    def _enter(self, auth: dict[str, str], device: Device | None) -> None:
        """Open the wire and say hello.

        Raises:
            NotLetInError: The token is not the gateway's.
        """
        self._socket = self._opened.enter_context(wired(self._connection, self._headers))
        try:
            challenge = self._frame(self._deadline())
            if challenge.get("event") != "connect.challenge":
                raise self._unreachable("the first frame is no connect.challenge")
            shown = field(challenge, "payload")
            self._wire.send(compact_json(hello(auth, self._scopes, shown, device)))
            answer = self._answer("connect")
        except (*_LOST, BadFrameError) as error:
            raise self._unreachable(f"no handshake: {why(error)}") from error
        if answer.get("ok") is not True:
            not_let_in(field(answer, "error"), self.where)
        greeting = payload_of("connect", answer, self.where)
        if field(greeting, "protocol") != PROTOCOL:
            raise self._unreachable(f"it speaks protocol {said(field(greeting, 'protocol'))}")
        self._check(field(field(greeting, "auth"), "scopes"))

    def _check(self, granted: object) -> None:
        scopes = granted if isinstance(granted, list) else []
        missing = [scope for scope in self._scopes if scope not in scopes]
        if missing:
            raise Refused(
                f"the gateway does not grant {', '.join(missing)}",
                where=self.where,
                mend="run on the gateway's own host, or give the connection a device_key",
            )
        more = ", ".join(said(scope) for scope in scopes if scope not in self._scopes)
        if more:
            what = f"the gateway grants more than was asked for: {more}"
            raise Refused(what, where=self.where)

    # Frames ------------------------------------------------------------------------------

    @property
    def _wire(self) -> ClientConnection:
        if self._socket is None:
            raise ConnectionResetError("there is no connection")
        return self._socket

    def _numbered(self) -> int:
        self._count += 1
        return self._count

    def _answer(self, number: str) -> Mapping[str, Any]:
        deadline = self._deadline()  # one for all: events may come without end
        while True:
            frame = self._frame(deadline)
            if frame.get("type") == "res" and frame.get("id") == number:
                return frame
            if frame.get("type") == "event":
                self._keep(frame)

    def _keep(self, frame: Mapping[str, Any]) -> None:
        if len(self._events) >= _KEPT:
            self._events.popleft()
            self.lost += 1
        self._events.append(frame)

    def _frame(self, deadline: float) -> Mapping[str, Any]:
        text = self._wire.recv(max(deadline - time.monotonic(), 0))
        self._heard = time.monotonic()
        return frame_of(text)

    def _deadline(self) -> float:
        return time.monotonic() + self._connection.timeout

    def _unreachable(self, what: str) -> Unreachable:
        return Unreachable(what, where=self.where)


@contextmanager
def connect(
    connection: Connection,
    scopes: tuple[str, ...] = READ,
    *,
    headers: Mapping[str, str] | None = None,
    steady: bool = True,
) -> Iterator[Gateway]:
    """Open a connection and close it at the end.

    Args:
        connection: ``url``: ``ws://`` on this host, or ``wss://``.
        scopes: What to ask for; more is not taken.
        headers, steady: See ``Gateway``.

    Raises:
        ConfigError, Refused, Unreachable: See ``Gateway.open``.
    """
    gateway = Gateway(connection, scopes, headers=headers, steady=steady)
    try:
        gateway.open()
        yield gateway
    finally:
        gateway.close()
