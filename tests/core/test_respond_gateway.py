"""Against a real WebSocket server on loopback that speaks the handshake and records every frame."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Upgrade
from websockets.http11 import Response
from websockets.sync.server import Server, ServerConnection, serve

from agentwarrant.errors import (
    ConfigError,
    ObserveOnly,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.openclaw import gateway
from agentwarrant.respond.openclaw.gateway import Gateway
from agentwarrant.respond.openclaw.wire import BadFrameError, frame_of, payload_of
from agentwarrant.respond.transport import Effect, Request, Sealed
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.secretrefs import Secret

TOKEN = "loopback-token"  # noqa: S105  # of the server below
NEXT = "loopback-token-2"
KEY_OF_DEVICE = base64.b64encode(bytes(range(32))).decode()
KEY = "agent:main:telegram:direct:777000111"
DEVICE = "5e" * 32
PATIENCE = 0.3
STATE: dict[str, Any] = {
    "config.get": {
        "hash": "h1",
        "parsed": {
            "agents": {"ownership": "explicit", "entries": {"main": {}, "scout": {}}},
            "channels": {"telegram": {"enabled": True}},
        },
    },
    "sessions.list": {
        "sessions": [{"key": KEY, "hasActiveRun": True, "status": "running", "totalTokens": 5}]
    },
    "agents.files.get": {"file": {"name": "MEMORY.md", "size": 27}},
    "device.pair.list": {"paired": [{"deviceId": DEVICE, "tokens": [{"role": "operator"}]}]},
    "cron.list": {"jobs": [{"id": "j1", "name": "ticker", "agentId": "main", "enabled": True}]},
    "channels.status": {"channelAccounts": {"telegram": [{"running": True}]}},
    "status": {"heartbeat": {"agents": [{"agentId": "main", "enabled": True}]}},
}
MISMATCH = {"code": "INVALID_REQUEST", "details": {"code": "AUTH_TOKEN_MISMATCH"}}
Answer = Callable[[ServerConnection, dict[str, Any]], None]


@dataclass
class Stage:
    """A gateway with a script.

    Attributes:
        scopes: What it grants, whatever was asked.
        first: Its first frame.
        protocol: The number in its greeting.
        error: With what it refuses the handshake.
        lets_in: What ``auth`` must be; empty: anything.
        answer: What it does about a request; sends the state by default.
        frames: Every frame that came, in order.
        url: Where it listens.
    """

    scopes: list[str] = field(default_factory=lambda: ["operator.read"])
    first: str = '{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1}}'
    protocol: object = 4
    error: dict[str, Any] | None = None
    lets_in: tuple[dict[str, str], ...] = ()
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
            wrong = self.lets_in and frame["params"]["auth"] not in self.lets_in
            refused = {"ok": False, "error": MISMATCH if wrong else self.error}
            result = refused if refused["error"] else {"ok": True, "payload": hello}
            reply(connection, frame, result)
        elif self.answer:
            self.answer(connection, frame)
        else:
            reply(connection, frame, {"ok": True, "payload": STATE.get(frame["method"])})


def reply(connection: ServerConnection, frame: dict[str, Any], result: dict[str, Any]) -> None:
    connection.send(json.dumps({"type": "res", "id": frame["id"], **result}))


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TOKEN", TOKEN)
    monkeypatch.setenv("NEXT_TOKEN", NEXT)
    monkeypatch.setenv("DEVICE_KEY", KEY_OF_DEVICE)
    monkeypatch.setenv("DEVICE_TOKEN", "of-the-device")


def to(url: str, *more: str, **options: Any) -> Connection:
    """Return a connection to a gateway; ``more`` are its secrets beside the shared token."""
    secrets = {"token": Secret("env:GATEWAY_TOKEN")}
    secrets |= {name: Secret(f"env:{name.upper()}") for name in more}
    return Connection("gw", "openclaw", url, secrets, options, timeout=PATIENCE)


def opened(stage: Stage) -> AbstractContextManager[Gateway]:
    return gateway.connect(to(stage.url))


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


def change() -> Request:
    return Request("config.patch", {"raw": "{}", "baseHash": "h1"}, Effect.CHANGE, "test")


def ask(stage: Stage, request: Request) -> Any:
    with running(stage), opened(stage) as open_gateway:
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
    with running(stage), opened(stage) as open_gateway:
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
                opened(stage) as open_gateway,
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


def cut(connection: ServerConnection, stage: Stage) -> None:
    """Close the connection instead of the first answer, then answer as usual."""
    stage.answer = None  # before the close, which the client may answer with the next question
    connection.close()


def test_a_read_that_the_end_of_the_connection_cut_off_is_asked_again_over_a_new_one() -> None:
    stage = Stage()
    stage.answer = lambda connection, frame: cut(connection, stage)
    assert ask(stage, read()) == STATE["config.get"]
    assert stage.methods == ["connect", "config.get", "connect", "config.get"]


def test_a_change_is_never_sent_again_by_itself() -> None:
    stage = Stage()
    stage.answer = lambda connection, frame: cut(connection, stage)
    with pytest.raises(OutcomeUnknown):
        ask(stage, change())
    assert stage.methods == ["connect", "config.patch"]


def test_a_change_after_the_connection_is_gone_was_not_sent() -> None:
    stage = Stage()
    with running(stage), opened(stage) as open_gateway:
        open_gateway.close()
        with pytest.raises(Unreachable):
            open_gateway.send(change())
    assert stage.methods == ["connect"]


def test_a_patch_of_a_configuration_that_has_moved_on_was_not_made_and_may_be_tried_again() -> None:
    error = {"code": "INVALID_REQUEST", "message": "config changed since last load; re-run"}
    with pytest.raises(Unreachable) as caught:
        ask(Stage(answer=saying(**error)), change())
    assert 0 < caught.value.retry_after < 5


def test_a_secret_inside_a_patch_is_opened_only_on_the_wire() -> None:
    wanted = {"gateway": {"auth": {"token": Sealed("next_token")}}}
    request = Request("config.patch", {"raw": wanted, "baseHash": "h1"}, Effect.CHANGE, "test")
    stage = Stage()
    with running(stage), gateway.connect(to(stage.url, "next_token")) as open_gateway:
        open_gateway.send(request)
    assert json.loads(stage.frames[1]["params"]["raw"]) == {"gateway": {"auth": {"token": NEXT}}}
    assert NEXT not in repr(request) + request.text


# Events ----------------------------------------------------------------------------------


def numbered(connection: ServerConnection, *numbers: int) -> None:
    for number in numbers:
        event = {"type": "event", "event": "session.message", "payload": {"n": number}}
        connection.send(json.dumps(event))


def test_events_come_in_order_whether_or_not_somebody_asks_in_between() -> None:
    def answer(connection: ServerConnection, frame: dict[str, Any]) -> None:
        numbered(connection, 1, 2)
        reply(connection, frame, {"ok": True, "payload": {}})
        numbered(connection, 3)

    stage = Stage(answer=answer)
    with running(stage), opened(stage) as open_gateway:
        open_gateway.send(read("sessions.subscribe"))
        events = open_gateway.events(PATIENCE)
        got = [event["payload"]["n"] for event, _ in zip(events, range(3), strict=False) if event]
        assert next(events) is None
    assert got == [1, 2, 3]


def test_whoever_awaits_events_is_told_when_nothing_is_heard_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gateway, "SILENCE", 0.2)
    stage = Stage()
    with running(stage), opened(stage) as open_gateway, pytest.raises(Unreachable, match="heard"):
        for _ in open_gateway.events(0.1):
            pass


def test_a_connection_that_nobody_listens_to_still_answers_after_many_events() -> None:
    def answer(connection: ServerConnection, frame: dict[str, Any]) -> None:
        numbered(connection, *range(500))
        reply(connection, frame, {"ok": True, "payload": {}})

    stage = Stage(answer=answer)
    with running(stage), opened(stage) as open_gateway:
        assert [open_gateway.send(read()) for _ in range(3)] == [{}] * 3


@pytest.mark.parametrize(("still", "known"), [(0.0, True), (60.0, False)])
def test_a_change_goes_over_a_connection_that_was_heard_lately(
    still: float, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "STILL", still)
    left = threading.Event()

    def answer(connection: ServerConnection, frame: dict[str, Any]) -> None:
        reply(connection, frame, {"ok": True, "payload": {}})
        if frame["method"] == "config.get":
            connection.close()
            left.set()

    stage = Stage(answer=answer)
    with running(stage), opened(stage) as open_gateway:
        open_gateway.send(read())
        assert left.wait(5)
        with nullcontext() if known else pytest.raises((Unreachable, OutcomeUnknown)):
            open_gateway.send(change())
    again = ["connect", "config.patch"] if known else []
    assert stage.methods == ["connect", "config.get", *again]


def test_whoever_awaits_events_is_told_when_the_connection_ends() -> None:
    def answer(connection: ServerConnection, frame: dict[str, Any]) -> None:
        reply(connection, frame, {"ok": True, "payload": {}})
        numbered(connection, 1)
        connection.close()

    stage = Stage(answer=answer)
    with running(stage), gateway.connect(to(stage.url), steady=False) as open_gateway:
        open_gateway.send(read("sessions.subscribe"))
        events = open_gateway.events(PATIENCE)
        assert next(events)
        with pytest.raises(Unreachable):
            next(events)
        with pytest.raises(Unreachable):
            open_gateway.send(read())
    assert stage.methods == ["connect", "sessions.subscribe"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["ok", "error", "payload", "code", "message", "details", "retryAfterMs"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["ok", "error", "payload"]), JSON))
def test_whatever_a_gateway_answers_is_a_payload_or_an_error_of_ours(answer: Any) -> None:
    said, found = "", answer.get("payload")
    try:
        found = payload_of("config.patch", answer, "gw")
    except (Refused, Unreachable, OutcomeUnknown) as error:
        said = str(error)
    assert (answer.get("ok") is True) is not bool(said)
    assert said.isprintable()
    assert found == answer.get("payload")


@given(st.binary(max_size=60))
def test_whatever_comes_is_a_frame_or_none(text: bytes) -> None:
    with suppress(BadFrameError):
        assert isinstance(frame_of(text), dict)


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


def test_a_change_asks_for_what_it_needs_and_for_no_more() -> None:
    stage = Stage(scopes=list(gateway.CHANGE))
    with running(stage), vendors()["openclaw"].connect(to(stage.url), changes=True):
        pass
    assert stage.frames[0]["params"]["scopes"] == list(gateway.CHANGE)
    assert "operator.approvals" not in gateway.CHANGE


def test_the_token_that_takes_the_place_of_the_other_is_tried_when_that_one_is_refused() -> None:
    stage = Stage(lets_in=({"token": NEXT},))
    with running(stage), gateway.connect(to(stage.url, "next_token")) as open_gateway:
        assert open_gateway.send(read()) == STATE["config.get"]
    assert [f["params"]["auth"] for f in stage.frames if f["method"] == "connect"] == [
        {"token": TOKEN},
        {"token": NEXT},
    ]


def test_a_probe_says_whether_a_token_is_let_in_and_leaves_our_connection_alone() -> None:
    stage = Stage(lets_in=({"token": NEXT},))
    tried = {"auth": {"token": Sealed("token")}}
    with running(stage), gateway.connect(to(stage.url, "next_token")) as open_gateway:
        old = open_gateway.send(Request(gateway.PROBE, tried, Effect.PROBE, "test"))
        tried = {"auth": {"token": Sealed("next_token")}}
        new = open_gateway.send(Request(gateway.PROBE, tried, Effect.PROBE, "test"))
        assert open_gateway.send(read()) == STATE["config.get"]
    assert old == {"ok": False, "code": "AUTH_TOKEN_MISMATCH"}
    assert new == {"ok": True, "code": ""}


def test_a_device_signs_what_the_gateway_asks_for() -> None:
    stage = Stage()
    with running(stage), gateway.connect(to(stage.url, "device_key")):
        pass
    params = stage.frames[0]["params"]
    shown, client = params["device"], params["client"]
    public = base64.urlsafe_b64decode(shown["publicKey"] + "=")
    assert shown["id"] == hashlib.sha256(public).hexdigest()
    assert (shown["nonce"], shown["signedAt"]) == ("n", 1)
    signed = (
        f"v3|{shown['id']}|gateway-client|backend|operator|operator.read|1|{TOKEN}|n|"
        f"{client['platform'].lower()}|"
    )
    signature = base64.urlsafe_b64decode(shown["signature"] + "==")
    Ed25519PublicKey.from_public_bytes(public).verify(signature, signed.encode())


def test_a_device_token_is_sent_alone_and_is_what_is_signed() -> None:
    stage = Stage(lets_in=({"deviceToken": "of-the-device"},))
    with running(stage), gateway.connect(to(stage.url, "device_key", "device_token")):
        pass
    assert stage.methods == ["connect"]


def test_a_device_that_is_not_paired_is_told_which_request_to_approve_and_where() -> None:
    details = {"code": "PAIRING_REQUIRED", "reason": "not-paired", "requestId": "8702b7ac\n"}
    stage = Stage(error={"code": "NOT_PAIRED", "message": "", "details": details})
    with (
        running(stage),
        pytest.raises(Refused, match=r"request 8702b7ac waits.*openclaw devices approve 8702b7ac"),
        gateway.connect(to(stage.url, "device_key")),
    ):
        pytest.fail("connected")


def test_a_device_key_that_is_none_is_a_fault_of_configuration_and_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEVICE_KEY", "bm90IGEga2V5")
    with (
        pytest.raises(ConfigError) as caught,
        gateway.connect(to("ws://127.0.0.1:1", "device_key")),
    ):
        pytest.fail("connected")
    assert "bm90" not in str(caught.value)


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
        gateway.connect(to(f"ws://127.0.0.1:{port}")),
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
            opened(stage),
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
    with pytest.raises(ConfigError) as caught, gateway.connect(to(url)):
        pytest.fail("connected")
    assert "secret" not in str(caught.value)


# Observe mode, over the wire -------------------------------------------------------------

TARGET = Target(
    "main",
    (KEY,),
    ("telegram",),
    accounts=(f"openclaw.device:{DEVICE}", "openclaw.gateway:main"),
)


OPENCLAW = sorted(name for name, action in actions().items() if action.vendor == "openclaw")


@pytest.mark.parametrize("name", OPENCLAW)
def test_in_observe_mode_no_changing_frame_ever_arrives(name: str) -> None:
    action, vendor = actions()[name], vendors()["openclaw"]
    stage = Stage()
    with running(stage), vendor.observe(to(stage.url)) as transport:
        plan = action.plan(TARGET, transport)
        assert plan.steps
        for step in plan.steps:
            with pytest.raises(ObserveOnly):
                action.execute(step, transport)
            for number in range(len(step.undo)):
                with pytest.raises(ObserveOnly):
                    action.compensate(step, number, transport)
            for probe in step.probes:
                with pytest.raises(ObserveOnly):
                    transport.send(probe.request)
            shown = step.verify.holds(transport.send(step.verify.request))
            assert not shown or step.probes, "what was not done yet must not look done"
    assert set(stage.methods) <= {"connect", *vendor.reads}
