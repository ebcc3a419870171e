"""A webhook for Kibana's rule actions: the body names alerts, and the alerts are read from Elastic.

Whoever can reach it can make us look something up and no more: nothing of a body becomes part of a
finding. It is a WSGI application, so that any server can run it behind the customer's TLS::

    {"alerts": "{{#context.alerts}}{{kibana.alert.uuid}} {{/context.alerts}}"}

is the body of the action of a rule (Kibana, "Rule action variables": ``context.alerts`` of security
rules); a list of ids is taken as well. The connector sends the secret as a bearer token, or as the
password of basic authentication.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson

from agentwarrant.errors import AgentWarrantError
from agentwarrant.secretrefs import Secret

MOST_BYTES = 64 * 1024
MOST_ALERTS = 1_000
_ANSWER_WITHIN = 15
"""Seconds that a sender may take to say something."""
if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_ID = re.compile(r"[A-Za-z0-9_-]{8,128}")
_STATUS = {
    200: "200 OK",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
    503: "503 Service Unavailable",
}
Named = Callable[[Sequence[str]], int]
"""Takes alerts by their ids and returns how many were new (``alerts.Inbox.named``)."""
_StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Webhook:
    """The receiver.

    Args:
        named: Takes the alerts of some ids; durable when it returns.
        secret: What the connector must know; it is read anew for every request.
        tell: Takes one line for the operator when alerts could not be taken.
    """

    def __init__(
        self, named: Named, secret: Secret, tell: Callable[[str], None] = lambda line: None
    ) -> None:
        self._named = named
        self._secret = secret
        self._tell = tell

    def __call__(self, environ: Mapping[str, Any], start: _StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        status, said = self._answer(environ)
        body = orjson.dumps(said)
        headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
        if status == 401:
            headers.append(("www-authenticate", "Bearer"))
        start(_STATUS[status], headers)
        return [body]

    def _answer(self, environ: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        if environ.get("REQUEST_METHOD") != "POST":
            return 405, {"error": "post the ids of alerts"}
        try:
            if not self._is_known(str(environ.get("HTTP_AUTHORIZATION", ""))):
                return 401, {"error": "the secret is not known here"}
        except AgentWarrantError as error:
            self._tell(f"the webhook's own secret cannot be read: {error}")
            return 503, {"error": "not now"}
        length = str(environ.get("CONTENT_LENGTH") or "")
        if not length.isascii() or not length.isdigit():
            return 400, {"error": "the length of the body is not said"}
        if int(length[:12]) > MOST_BYTES:
            return 413, {"error": f"more than {MOST_BYTES} bytes"}
        ids = ids_in(environ["wsgi.input"].read(int(length)))
        if ids is None:
            return 400, {"error": "the body names no alerts"}
        try:
            return 200, {"taken": self._named(ids)}
        except AgentWarrantError as error:
            self._tell(f"alerts named by a webhook were not taken: {error}")
            return 503, {"error": "not now; polling will take them"}

    def _is_known(self, header: str) -> bool:
        given = _credential(header)
        wanted = self._secret.value().encode()
        return bool(wanted) and given is not None and hmac.compare_digest(given, wanted)


def ids_in(body: bytes) -> list[str] | None:
    """Return the ids that a body names, each once; None when it is no such body.

    An id that cannot be one is a fault of the whole: the template of the action is wrong.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    listed = said.get("alerts") if isinstance(said, dict) else None
    if isinstance(listed, str):
        listed = listed.split()
    if not isinstance(listed, list) or not listed or len(listed) > MOST_ALERTS:
        return None
    if not all(isinstance(one, str) and _ID.fullmatch(one) for one in listed):
        return None
    return list(dict.fromkeys(listed))


def _credential(header: str) -> bytes | None:
    scheme, _, rest = header.partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip().encode("latin-1", "replace")  # as WSGI decodes headers
        case "basic":
            try:
                return base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
            except (binascii.Error, ValueError):
                return None
        case _:
            return None


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = _ANSWER_WITHIN

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Say nothing of requests: a line holds what a stranger wrote."""


def server_of(application: WSGIApplication, host: str, port: int) -> WSGIServer:
    """Return a small server for an application, for behind a proxy that speaks TLS."""
    return make_server(host, port, application, _Server, _Handler)


def by_space(hooks: Mapping[str, Webhook]) -> Callable[..., Iterable[bytes]]:
    """Return an application with one webhook for each Kibana space, at its name as the path.

    Where there is one only, it is at ``/`` as well.
    """

    def answer(environ: Mapping[str, Any], start: _StartResponse) -> Iterable[bytes]:
        name = str(environ.get("PATH_INFO", "")).strip("/")
        only = next(iter(hooks)) if len(hooks) == 1 else ""
        hook = hooks.get(name or only)
        if hook is not None:
            return hook(environ, start)
        start("404 Not Found", [("content-length", "0")])
        return [b""]

    return answer
