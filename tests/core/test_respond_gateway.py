"""Against a real WebSocket server on loopback that speaks the handshake and records every frame."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Upgrade
from websockets.http11 import Response
from websockets.sync.server import Server, ServerConnection, serve

from agentwarrant.errors import (
    ConfigError,
    ObserveOnly,
    OutcomeUnknown,
    Refused,
    ResponseError,
    Unreachable,
)
from agentwarrant.respond import gateway
from agentwarrant.respond.action import Target
from agentwarrant.respond.transport import Effect, Request
from agentwarrant.respond.vendor import actions, vendors

TOKEN = "loopback-token"  # noqa: S105  # of the server below
KEY = "agent:main:telegram:direct:777000111"
PATIENCE = 0.3
STATE: dict[str, Any] = {
    "config.get": {
        "hash": "h1",
        "parsed": {
            "agents": {"ownership": "explicit", "entries": {"main": {}, "scout": {}}},
            "channels": {"telegram": {"enabled": True}},
        },
    },
    "sessions.list": {"sessions": [{"key": KEY, "hasActiveRun": True, "status": "running"}]},
    "cron.list": {"jobs": [{"id": "j1", "name": "ticker", "agentId": "main", "enabled": True}]},
    "channels.status": {"channelAccounts": {"telegram": [{"running": True}]}},
    "status": {"heartbeat": {"agents": [{"agentId": "main", "enabled": True}]}},
}
Answer = Callable[[ServerConnection, dict[str, Any]], None]


@dataclass
class Stage:
    """A gateway with a script.

    Attributes:
        scopes: What it grants, whatever was asked.
        first: Its first frame.
        protocol: The number in its greeting.
        error: With what it refuses the handshake.
        answer: What it does about a request; sends the state by default.
        frames: Every frame that came, in order.
        url: Where it listens.
    """

    scopes: list[str] = field(default_factory=lambda: ["operator.read"])
    first: str = '{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1}}'
    protocol: object = 4
    error: dict[str, Any] | None = None
    answer: Answer | None = None
    frames: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    @property
    def methods(self) -> list[str]:
        return [frame["method"] for frame in self.frames]

    def handle(self, connection: ServerConnection) -> None:
        try:
            connection.send(self.first)
            for text in connection:
                frame = json.loads(text)
                self.frames.append(frame)
                self._reply(connection, frame)
        except ConnectionClosed:
            pass

    def _reply(self, connection: ServerConnection, frame: dict[str, Any]) -> None:
        if frame["method"] == "connect":
            hello = {"protocol": self.protocol, "auth": {"scopes": self.scopes}, "new": {"k": 1}}
            refused = {"ok": False, "error": self.error}
            result = refused if self.error else {"ok": True, "payload": hello}
            reply(connection, frame, result)
        elif self.answer:
            self.answer(connection, frame)
        else:
            reply(connection, frame, {"ok": True, "payload": STATE.get(frame["method"])})


def reply(connection: ServerConnection, frame: dict[str, Any], result: dict[str, Any]) -> None:
    connection.send(json.dumps({"type": "res", "id": frame["id"], **result}))


@contextmanager
def running(stage: Stage, **options: Any) -> Iterator[Stage]:
    with serve(stage.handle, "127.0.0.1", 0, compression=None, **options) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            stage.url = f"ws://127.0.0.1:{port_of(server)}"
            yield stage
        finally:
            server.shutdown()
            thread.join()


def port_of(server: Server) -> int:
    return int(server.socket.getsockname()[1])


def read(method: str = "config.get") -> Request:
    return Request(method, {}, Effect.READ, "test")


def ask(stage: Stage, request: Request) -> Any:
    with running(stage), gateway.connect(stage.url, TOKEN, timeout=PATIENCE) as open_gateway:
        return open_gateway.send(request)


def saying(**error: Any) -> Answer:
    return lambda connection, frame: reply(connection, frame, {"ok": False, "error": error})


# Reading ---------------------------------------------------------------------------------


def test_a_read_brings_the_answer_back() -> None:
    assert ask(Stage(), read()) == STATE["config.get"]


def test_only_the_reading_scope_is_asked_for() -> None:
    stage = Stage()
    ask(stage, read())
    hello = stage.frames[0]["params"]
    assert hello["scopes"] == ["operator.read"]
    assert hello["auth"] == {"token": TOKEN}
    assert (hello["minProtocol"], hello["maxProtocol"]) == (4, 4)


def test_events_and_other_answers_in_between_are_passed_over() -> None:
    def answer(connection: ServerConnection, frame: dict[str, Any]) -> None:
        connection.send('{"type":"event","event":"tick","payload":{}}')
        connection.send('{"type":"res","id":"r99","ok":true,"payload":"not ours"}')
        reply(connection, frame, {"ok": True, "payload": "ours"})

    assert ask(Stage(answer=answer), read()) == "ours"


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one() -> None:
    waiting: list[dict[str, Any]] = []

    def answer(connection: ServerConnection, frame: dict[str, Any]) -> None:
        waiting.append(frame)
        if len(waiting) == 2:
            for number, kept in enumerate(waiting):
                reply(connection, kept, {"ok": True, "payload": number})

    stage = Stage(answer=answer)
    with running(stage), gateway.connect(stage.url, TOKEN, timeout=PATIENCE) as open_gateway:
        with pytest.raises(OutcomeUnknown):
            open_gateway.send(read())
        assert open_gateway.send(read()) == 1


# Errors ----------------------------------------------------------------------------------


def test_a_no_is_refused_with_the_detailed_code() -> None:
    error = {"code": "FORBIDDEN", "message": "no", "details": {"code": "MISSING_SCOPE"}}
    with pytest.raises(Refused, match=r"config\.get: MISSING_SCOPE: no"):
        ask(Stage(answer=saying(**error)), read())


def test_a_rate_limit_is_unreachable_and_says_when_to_ask_again() -> None:
    error = {"code": "UNAVAILABLE", "message": "slow down", "retryAfterMs": 1500}
    with pytest.raises(Unreachable, match="1500 ms"):
        ask(Stage(answer=saying(**error)), read())


def test_unavailable_without_a_time_leaves_the_outcome_unknown() -> None:
    error = {"code": "UNAVAILABLE", "message": "persisted but was not applied"}
    with pytest.raises(OutcomeUnknown):
        ask(Stage(answer=saying(**error)), read())


def test_no_answer_leaves_the_outcome_unknown() -> None:
    with pytest.raises(OutcomeUnknown):
        ask(Stage(answer=lambda connection, frame: None), read())


def test_a_gateway_that_talks_without_end_does_not_hold_us() -> None:
    stopped = threading.Event()

    def answer(connection: ServerConnection, frame: dict[str, Any]) -> None:
        while not stopped.is_set():
            connection.send('{"type":"event","event":"tick","payload":{}}')

    stage = Stage(answer=answer)
    with running(stage):
        try:
            with (
                pytest.raises(OutcomeUnknown),
                gateway.connect(stage.url, TOKEN, timeout=PATIENCE) as open_gateway,
            ):
                open_gateway.send(read())
        finally:
            stopped.set()


def test_a_connection_that_closes_instead_of_answering_leaves_the_outcome_unknown() -> None:
    with pytest.raises(OutcomeUnknown):
        ask(Stage(answer=lambda connection, frame: connection.close()), read())


@pytest.mark.parametrize("text", ["not json", "[]", '"text"', "{"])
def test_what_is_no_frame_leaves_the_outcome_unknown(text: str) -> None:
    with pytest.raises(OutcomeUnknown):
        ask(Stage(answer=lambda connection, frame: connection.send(text)), read())


@pytest.mark.parametrize("error", [{}, {"code": 7, "details": [], "message": {"a": 1}}, "text"])
def test_an_error_of_an_unknown_shape_is_refused_and_crashes_nothing(error: Any) -> None:
    def answer(connection: ServerConnection, frame: dict[str, Any]) -> None:
        reply(connection, frame, {"ok": False, "error": error})

    with pytest.raises(Refused):
        ask(Stage(answer=answer), read())


def test_what_the_gateway_says_is_shown_on_one_printable_line() -> None:
    error = {"code": "NO", "message": "a\nb\x1b[31m\u202ec" + "d" * 10_000}
    with pytest.raises(Refused) as caught:
        ask(Stage(answer=saying(**error)), read())
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_a_request_after_the_connection_is_gone_was_not_sent() -> None:
    stage = Stage()
    with running(stage), gateway.connect(stage.url, TOKEN, timeout=PATIENCE) as open_gateway:
        open_gateway._socket.close()
        with pytest.raises(Unreachable):
            open_gateway.send(read())


# The handshake ---------------------------------------------------------------------------


def test_a_wrong_token_is_refused() -> None:
    error = {"code": "INVALID_REQUEST", "message": "", "details": {"code": "AUTH_TOKEN_MISMATCH"}}
    with pytest.raises(Refused, match="AUTH_TOKEN_MISMATCH"):
        ask(Stage(error=error), read())


def test_a_gateway_that_grants_nothing_is_refused_with_the_mend() -> None:
    stage = Stage(scopes=[])
    with pytest.raises(Refused, match="own host"):
        ask(stage, read())
    assert stage.methods == ["connect"]


def test_a_gateway_that_grants_more_than_reading_is_left_at_once() -> None:
    stage = Stage(scopes=["operator.read", "operator.admin"])
    with pytest.raises(Refused, match=r"operator\.admin"):
        ask(stage, read())
    assert stage.methods == ["connect"]


def test_another_protocol_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="protocol 5"):
        ask(Stage(protocol=5), read())


@pytest.mark.parametrize("first", ["hello", "{}", '{"type":"event","event":"tick"}'])
def test_the_token_is_not_sent_to_what_does_not_begin_as_a_gateway(first: str) -> None:
    stage = Stage(first=first)
    with pytest.raises(Unreachable):
        ask(stage, read())
    assert stage.frames == []


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        pytest.raises(Unreachable),
        gateway.connect(f"ws://127.0.0.1:{port}", TOKEN, timeout=PATIENCE),
    ):
        pytest.fail("connected to nobody")


def test_a_redirect_does_not_take_the_token_elsewhere() -> None:
    elsewhere = Stage()
    with running(elsewhere):

        def redirect(connection: ServerConnection, upgrade: Upgrade) -> Response:
            moved = connection.respond(HTTPStatus.FOUND, "moved")
            moved.headers["Location"] = elsewhere.url
            return moved

        stage = Stage()
        with (
            running(stage, process_request=redirect),
            pytest.raises(Unreachable),
            gateway.connect(stage.url, TOKEN, timeout=PATIENCE),
        ):
            pytest.fail("followed the redirect")
    assert elsewhere.frames == []


@pytest.mark.parametrize(
    "url",
    [
        "ws://gateway.example.com:18789",  # in clear over a network
        "ws://127.0.0.1.example.com",
        "http://127.0.0.1:18789",
        "ws://",
        "wss://",
        "ws://127.0.0.1:port",
        "ws://[::1",
        "ws://user:secret@127.0.0.1:1",
        "",
    ],
)
def test_an_address_over_which_the_token_must_not_go_is_a_fault_of_configuration(url: str) -> None:
    with pytest.raises(ConfigError) as caught, gateway.connect(url, TOKEN):
        pytest.fail("connected")
    assert "secret" not in str(caught.value)


# Observe mode, over the wire -------------------------------------------------------------

TARGET = Target("main", (KEY,), ("telegram",))


@pytest.mark.parametrize("name", sorted(actions()))
def test_in_observe_mode_no_changing_frame_ever_arrives(name: str) -> None:
    action = actions()[name]
    vendor = vendors()[action.vendor]
    stage = Stage()
    with running(stage), vendor.observe(stage.url, TOKEN) as transport:
        plan = action.plan(TARGET, transport)
        assert plan.steps
        with pytest.raises(ObserveOnly):
            action.execute(plan, transport)
        for step in plan.steps:
            with pytest.raises(ObserveOnly):
                transport.send(step.request)
        if any(step.undo for step in plan.steps):
            with pytest.raises(ObserveOnly):
                action.compensate(plan, transport)
        assert action.verify(plan, transport) == (False,) * len(plan.steps)
    assert set(stage.methods) <= {"connect", *vendor.reads}


@pytest.mark.parametrize("name", sorted(actions()))
def test_nothing_is_executed_over_a_transport_that_does_not_refuse(name: str) -> None:
    action = actions()[name]
    stage = Stage()
    with running(stage), gateway.connect(stage.url, TOKEN, timeout=PATIENCE) as bare:
        plan = action.plan(TARGET, bare)
        with pytest.raises(ResponseError, match="ledger"):
            action.execute(plan, bare)  # type: ignore[arg-type]  # that is what is tested
    assert set(stage.methods) <= {"connect", *vendors()[action.vendor].reads}
