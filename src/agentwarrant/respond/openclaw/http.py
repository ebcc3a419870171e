"""The second way to OpenClaw's gateway: ``POST /api/v1/admin/rpc``, for configuration, channels,
schedules and devices; sessions are not to be had over it.

Whoever holds the token may do everything over it: no scope is asked for and none is granted, so
that only ``ObserveTransport`` and ``EnforceTransport`` stand before a change.

Reference: OpenClaw 2026.9.6 with the plugin ``admin-http-rpc``; run against a real gateway: 200
``{id, ok, payload}``, 400 with the same error as over the WebSocket, 401 for another token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from agentwarrant.errors import OutcomeUnknown, Refused
from agentwarrant.respond import http
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.openclaw.wire import field, payload_of, sendable
from agentwarrant.respond.transport import Effect, Request

PATH = "/api/v1/admin/rpc"
_SCHEMES = {"ws": "http", "wss": "https"}
_SPOKEN = (400, 403, 404, 409, 429, 500, 503)
"""Statuses whose body may be an answer of the gateway itself."""


class HttpGateway:
    """An open connection: the same requests and answers as over the WebSocket."""

    def __init__(self, opened: http.Http, connection: Connection) -> None:
        self._http = opened
        self.connection = self._connection = connection

    def send(self, request: Request) -> Any:
        """Return the payload of the gateway's answer.

        Raises:
            Refused, Unreachable, OutcomeUnknown: See ``gateway.Gateway.send``.
        """
        if request.fresh:
            raise ValueError(f"{request.method}: fresh parameters have not been read")
        if request.effect is Effect.PROBE:
            what = f"{request.method} cannot be tried over HTTP"
            raise Refused(what, where=self._connection.name, mend="options: {over: websocket}")
        params = sendable(request.params, self._connection.secret)
        body = {"method": request.method, "params": params}
        asked = Request(
            f"POST {PATH}", {"json": body}, request.effect, request.endpoint, accepts=_SPOKEN
        )
        return self._payload(request.method, self._http.send(asked))

    def _payload(self, method: str, answer: Mapping[str, Any]) -> Any:
        body, status = answer["body"], answer["status"]
        if isinstance(body, Mapping) and ("payload" in body or field(body, "error")):
            return payload_of(method, body, self._connection.name)
        what = f"{method}: {status}"
        if status >= 500 or status < 300:
            mend = "read the state before anything else"
            raise OutcomeUnknown(what, where=self._connection.name, mend=mend)
        raise Refused(what, where=self._connection.name, status=status)


@contextmanager
def connect(connection: Connection) -> Iterator[HttpGateway]:
    """Open a connection; ``ws://`` and ``wss://`` stand for ``http://`` and ``https://``.

    Raises:
        ConfigError: The address is none, or would send the token in clear over a network.
    """
    scheme, _, rest = connection.url.partition("://")
    url = f"{_SCHEMES.get(scheme, scheme)}://{rest}"
    with http.connect(replace(connection, url=url), http.bearer(connection)) as opened:
        yield HttpGateway(opened, connection)
