"""What webhooks of all SIEMs have in common: small WSGI applications behind the customer's TLS.

Whoever can reach one can make us look something up and no more: nothing of what it is sent becomes
part of a finding before the SIEM was asked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson

from agentwarrant.errors import AgentWarrantError
from agentwarrant.secretrefs import Secret

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_ANSWER_WITHIN = 15
"""Seconds that a sender may take to say something."""
_STATUS = {
    200: "200 OK",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    405: "405 Method Not Allowed",
    409: "409 Conflict",
    413: "413 Content Too Large",
    503: "503 Service Unavailable",
}
Tell = Callable[[str], None]
"""Takes one line for the operator."""
Reply = tuple[int, dict[str, Any]]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Hook(ABC):
    """A receiver of alerts.

    Args:
        secret: What the sender must know; it is read anew for every request.
        tell: Told when alerts could not be taken.
    """

    most_bytes = 64 * 1024

    def __init__(self, secret: Secret, tell: Tell = lambda line: None) -> None:
        self._secret = secret
        self._tell = tell

    def __call__(self, environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        status, said = self._answer(environ)
        body = orjson.dumps(said)
        headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
        if status == 401:
            headers.append(("www-authenticate", "Bearer"))
        start(_STATUS[status], headers)
        return [body]

    def _answer(self, environ: Mapping[str, Any]) -> Reply:
        if environ.get("REQUEST_METHOD") != "POST":
            return 405, {"error": "post alerts"}
        try:
            secret = self._secret.value().encode()
        except AgentWarrantError as error:
            self._tell(f"the webhook's own secret cannot be read: {error}")
            return 503, {"error": "not now"}
        if not self.may_speak(environ, secret):
            return 401, {"error": "the secret is not known here"}
        length = str(environ.get("CONTENT_LENGTH") or "")
        if not length.isascii() or not length.isdigit():
            return 400, {"error": "the length of the body is not said"}
        if int(length[:12]) > self.most_bytes:
            return 413, {"error": f"more than {self.most_bytes} bytes"}
        body = environ["wsgi.input"].read(int(length))
        try:
            return self.take(environ, body, secret)
        except AgentWarrantError as error:
            self._tell(f"alerts of a webhook were not taken: {error}")
            return 503, {"error": "not now; polling will take them"}

    @abstractmethod
    def may_speak(self, environ: Mapping[str, Any], secret: bytes) -> bool:
        """Is it worth reading a body, by the headers alone?"""

    @abstractmethod
    def take(self, environ: Mapping[str, Any], body: bytes, secret: bytes) -> Reply:
        """Take what a body says; return status and answer.

        Raises:
            AgentWarrantError: Not now.
        """


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = _ANSWER_WITHIN

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Say nothing of requests: a line holds what a stranger wrote."""


def server_of(application: WSGIApplication, host: str, port: int) -> WSGIServer:
    """Return a small server for an application, for behind a proxy that speaks TLS."""
    return make_server(host, port, application, _Server, _Handler)


def by_name(hooks: Mapping[str, Hook]) -> Callable[..., Iterable[bytes]]:
    """Return an application with webhooks, each at its name as the path.

    Where there is one only, it is at ``/`` as well.
    """

    def answer(environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        name = str(environ.get("PATH_INFO", "")).strip("/")
        only = next(iter(hooks)) if len(hooks) == 1 else ""
        hook = hooks.get(name or only)
        if hook is not None:
            return hook(environ, start)
        start("404 Not Found", [("content-length", "0")])
        return [b""]

    return answer
