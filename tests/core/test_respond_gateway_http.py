"""The second way to a gateway: what its answers over HTTP mean, against a server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agentwarrant.errors import ConfigError, OutcomeUnknown, Refused, ResponseError, Unreachable
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.openclaw import http as gatewayhttp
from agentwarrant.respond.transport import Effect, Request, Sealed
from agentwarrant.respond.vendor import vendors
from agentwarrant.secretrefs import Secret

STALE = "config changed since last load; re-run config.get and retry"


class Rpc:
    """An admin RPC with one answer for all; ``asked`` is what came."""

    def __init__(self) -> None:
        self.status, self.body = 200, b'{"id":"1","ok":true,"payload":{"hash":"h1"}}'
        self.asked: list[dict[str, Any]] = []
        self.port = 0

    def says(self, status: int, body: object) -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def rpc() -> Iterator[Rpc]:
    made = Rpc()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["content-length"]))
            head = self.headers["authorization"]
            made.asked.append({"path": self.path, "auth": head, **json.loads(text)})
            self.send_response(made.status)
            self.send_header("content-length", str(len(made.body)))
            self.end_headers()
            self.wfile.write(made.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # of the base class
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TOKEN", "of-the-gateway")
    monkeypatch.setenv("NEXT_TOKEN", "the-next-one")


def to(rpc: Rpc, **options: str) -> Connection:
    secrets = {"token": Secret("env:GATEWAY_TOKEN"), "next_token": Secret("env:NEXT_TOKEN")}
    return Connection("gw", "openclaw", f"ws://127.0.0.1:{rpc.port}", secrets, options)


def ask(rpc: Rpc, method: str = "config.get", effect: Effect = Effect.CHANGE, **params: Any) -> Any:
    with gatewayhttp.connect(to(rpc)) as gateway:
        return gateway.send(Request(method, params, effect, "test"))


def test_a_request_goes_to_the_rpc_with_the_token_and_its_payload_comes_back(rpc: Rpc) -> None:
    assert ask(rpc, "cron.get", Effect.READ, id="j1") == {"hash": "h1"}
    (asked,) = rpc.asked
    assert asked == {
        "path": "/api/v1/admin/rpc",
        "auth": "Bearer of-the-gateway",
        "method": "cron.get",
        "params": {"id": "j1"},
    }


def test_a_secret_inside_a_patch_is_opened_only_on_the_wire(rpc: Rpc) -> None:
    ask(rpc, "config.patch", raw={"gateway": {"auth": {"token": Sealed("next_token")}}})
    raw = json.loads(rpc.asked[0]["params"]["raw"])
    assert raw == {"gateway": {"auth": {"token": "the-next-one"}}}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"ok": False, "error": {"code": "INVALID_REQUEST", "message": "no"}}, Refused),
        (400, {"ok": False, "error": {"code": "INVALID_REQUEST", "message": STALE}}, Unreachable),
        (503, {"ok": False, "error": {"code": "UNAVAILABLE", "retryAfterMs": 90}}, Unreachable),
        (503, {"ok": False, "error": {"code": "UNAVAILABLE"}}, OutcomeUnknown),
        (503, b"<html>busy</html>", OutcomeUnknown),
        (502, b"", OutcomeUnknown),
        (200, b"not json", OutcomeUnknown),
        (401, {"error": {"type": "unauthorized"}}, Refused),
        (404, b"", Refused),
    ],
)
def test_what_an_answer_means_for_a_change(
    rpc: Rpc, status: int, body: object, error: type[ResponseError]
) -> None:
    rpc.says(status, body)
    with pytest.raises(ResponseError) as caught:
        ask(rpc, "config.patch", raw="{}")
    assert type(caught.value) is error
    assert "of-the-gateway" not in str(caught.value)


def test_nothing_is_tried_as_the_agent_over_it(rpc: Rpc) -> None:
    with pytest.raises(Refused, match="websocket"):
        ask(rpc, "connect", Effect.PROBE)
    assert rpc.asked == []


def test_the_option_chooses_the_way(rpc: Rpc) -> None:
    with vendors()["openclaw"].observe(to(rpc, over="http")) as transport:
        assert transport.send(Request("config.get", {}, Effect.READ, "test")) == {"hash": "h1"}
    with pytest.raises(ConfigError, match="over"):
        vendors()["openclaw"].connect(to(rpc, over="pigeon"))


def test_the_token_does_not_go_in_clear_over_a_network() -> None:
    far = Connection(
        "gw", "openclaw", "ws://gateway.example", {"token": Secret("env:GATEWAY_TOKEN")}
    )
    with pytest.raises(ConfigError), gatewayhttp.connect(far):
        pytest.fail("connected")
