"""The HTTP transport: what a status means, what is asked again, and what never leaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.errors import (
    AgentWarrantError,
    ConfigError,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from agentwarrant.respond import http
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Effect, Request, Sealed
from agentwarrant.secretrefs import Secret

TOKEN = "x1-of-this-test"  # noqa: S105  # a secret only to the code under test
CHANGE = http.change("POST", "/things", endpoint="test", json={"on": False})
READ = http.read("/things", endpoint="test")


class Stage:
    """Answers what it is told to, in order, the last one for ever; remembers what came."""

    def __init__(self, *answers: tuple[int, bytes, dict[str, str]] | None) -> None:
        self.answers = list(answers)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.lock = threading.Lock()

    def next(self) -> tuple[int, bytes, dict[str, str]] | None:
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def answer(status: int, body: Any = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    raw = b"" if body is None else json.dumps(body).encode()
    return status, raw, {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def running(stage: Stage) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            stage.seen.append((self.command, self.path, dict(self.headers.items()), body))
            said = stage.next()
            if said is None:  # gone without a word, after it was asked
                self.close_connection = True
                return
            status, content, headers = said
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, Secret]:
    (tmp_path / "token").write_text(TOKEN)
    return {"token": Secret("file:token", tmp_path)}


@contextmanager
def opened(stage: Stage, secrets: dict[str, Secret]) -> Iterator[http.Http]:
    with running(stage) as url:
        connection = Connection("test", "test", url, secrets, timeout=5)
        with http.connect(connection, http.bearer(connection)) as transport:
            yield transport


# What a status means ----------------------------------------------------------------------


def test_an_answer_has_its_status_its_headers_and_its_body(secrets: dict[str, Secret]) -> None:
    stage = Stage(answer(200, {"on": True}, X_Page="2"))
    with opened(stage, secrets) as transport:
        said = transport.send(READ)
    assert said["status"] == 200
    assert said["headers"]["x-page"] == "2"
    assert said["body"] == {"on": True}
    assert stage.seen[0][2]["Authorization"] == f"Bearer {TOKEN}"


def test_what_is_no_json_is_text_and_nothing_is_none(secrets: dict[str, Secret]) -> None:
    stage = Stage((200, b"plain", {}), answer(204))
    with opened(stage, secrets) as transport:
        assert transport.send(READ)["body"] == "plain"
        assert transport.send(READ)["body"] is None


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 302])
def test_a_refusal_has_its_status_and_is_not_asked_again(
    status: int, secrets: dict[str, Secret]
) -> None:
    stage = Stage(answer(status, {"error": "no such thing"}))
    with opened(stage, secrets) as transport, pytest.raises(Refused, match="no such thing") as no:
        transport.send(CHANGE)
    assert no.value.status == status
    assert len(stage.seen) == 1


def test_what_a_request_accepts_is_an_answer(secrets: dict[str, Secret]) -> None:
    with opened(Stage(answer(404)), secrets) as transport:
        said = transport.send(http.read("/gone", endpoint="test", accepts=(404,)))
    assert said["status"] == 404


def test_too_many_requests_name_the_wait_and_change_nothing(secrets: dict[str, Secret]) -> None:
    stage = Stage(answer(429, {}, Retry_After="7"))
    with opened(stage, secrets) as transport, pytest.raises(Unreachable) as later:
        transport.send(CHANGE)
    assert later.value.retry_after == 7.0
    assert len(stage.seen) == 1


@pytest.mark.parametrize("said", [answer(500), answer(503, {"error": "busy"}), None])
def test_a_change_without_a_clear_answer_may_have_been_done_and_is_not_repeated(
    said: Any, secrets: dict[str, Secret]
) -> None:
    stage = Stage(said)
    with opened(stage, secrets) as transport, pytest.raises(OutcomeUnknown):
        transport.send(CHANGE)
    assert len(stage.seen) == 1


def test_a_read_is_asked_again_until_it_is_answered(secrets: dict[str, Secret]) -> None:
    stage = Stage(answer(503), None, answer(200, [1]))
    with opened(stage, secrets) as transport:
        assert transport.send(READ)["body"] == [1]
    assert len(stage.seen) == 3


def test_a_read_that_is_never_answered_ends(secrets: dict[str, Secret]) -> None:
    stage = Stage(answer(503))
    with opened(stage, secrets) as transport, pytest.raises(OutcomeUnknown):
        transport.send(READ)
    assert len(stage.seen) == 4


def test_nobody_there_is_unreachable(secrets: dict[str, Secret]) -> None:
    with running(Stage(answer(200))) as url:
        pass
    connection = Connection("test", "test", url, secrets, timeout=5)
    with (
        http.connect(connection, http.bearer(connection)) as transport,
        pytest.raises(Unreachable, match="no connection"),
    ):
        transport.send(CHANGE)


# Who asks ---------------------------------------------------------------------------------


def test_a_token_that_ran_out_is_asked_for_anew_once() -> None:
    made = iter(["old", "new"])
    stage = Stage(answer(401), answer(200))
    with running(stage) as url:
        connection = Connection("test", "test", url, timeout=5)
        with http.connect(connection, lambda _: {"Authorization": next(made)}) as transport:
            transport.send(CHANGE)
    assert [headers["Authorization"] for _, _, headers, _ in stage.seen] == ["old", "new"]


def test_a_probe_asks_as_the_agent_and_never_as_us(secrets: dict[str, Secret]) -> None:
    stage = Stage(answer(401))
    request = http.probe(
        "POST", "/login", endpoint="test", accepts=(401,), form={"secret": Sealed("token")}
    )
    with opened(stage, secrets) as transport:
        transport.send(request)
    ((_, _, headers, body),) = stage.seen
    assert "Authorization" not in headers
    assert body == f"secret={TOKEN}".encode()


def test_client_credentials_are_exchanged_for_a_token(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(TOKEN)
    stage = Stage(answer(200, {"access_token": "t1"}), answer(200))
    with running(stage) as url:
        connection = Connection(
            "test",
            "test",
            url,
            {"client_secret": Secret("file:key", tmp_path)},
            {"client_id": "runner"},
            timeout=5,
        )
        authorize = http.client_credentials(connection, "/token", scope="manage")
        with http.connect(connection, authorize) as transport:
            transport.send(READ)
    (_, where, _, body), (_, _, headers, _) = stage.seen
    assert where == "/token"
    assert b"scope=manage" in body
    assert headers["Authorization"] == "Bearer t1"


def test_a_token_that_is_refused_is_one_clear_line_without_the_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(TOKEN)
    said = answer(401, {"error": "invalid_client", "client_secret": TOKEN})
    with running(Stage(said)) as url:
        secrets = {"client_secret": Secret("file:key", tmp_path)}
        connection = Connection("test", "test", url, secrets, timeout=5)
        authorize = http.client_credentials(connection, "/token")
        with (
            http.connect(connection, authorize) as transport,
            pytest.raises(Refused, match="invalid_client") as no,
        ):
            transport.send(READ)
    assert TOKEN not in str(no.value)


# What never leaves ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["http://vendor.example", "ftp://127.0.0.1", "https://me:pw@vendor.example", "", "x"]
)
def test_no_secret_goes_over_a_network_in_clear(url: str) -> None:
    connection = Connection("test", "test", url)
    with (
        pytest.raises(ConfigError, match="https") as wrong,
        http.connect(connection, http.bearer(connection)),
    ):
        pytest.fail("connected")
    assert "pw" not in str(wrong.value)


def test_no_redirect_is_followed(secrets: dict[str, Secret]) -> None:
    stage = Stage(answer(200))
    with (
        running(stage) as elsewhere,
        opened(Stage(answer(302, None, Location=elsewhere)), secrets) as transport,
        pytest.raises(Refused),
    ):
        transport.send(READ)
    assert stage.seen == []


def test_no_proxy_of_the_environment_is_asked(
    secrets: dict[str, Secret], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, vendor = Stage(answer(502)), Stage(answer(200))
    with running(proxy) as url:
        monkeypatch.setenv("HTTP_PROXY", url)
        monkeypatch.setenv("ALL_PROXY", url)
        with opened(vendor, secrets) as transport:
            transport.send(READ)
    assert (len(proxy.seen), len(vendor.seen)) == (0, 1)


def test_a_refusal_does_not_quote_fields_that_are_secrets(secrets: dict[str, Secret]) -> None:
    said = {"message": "no\x1b[2J", "access_token": "abc", "deep": [{"apiKey": "def"}]}
    with opened(Stage(answer(400, said)), secrets) as transport, pytest.raises(Refused) as no:
        transport.send(CHANGE)
    assert "abc" not in str(no.value)
    assert "def" not in str(no.value)
    assert "\x1b" not in str(no.value)


@given(st.text(max_size=20))
def test_no_part_of_a_path_leaves_its_place(part: str) -> None:
    try:
        made = http.path("/users/{}/suspend", part)
    except (ValueError, UnicodeEncodeError):
        assert part in ("", ".", "..") or any("\ud800" <= c <= "\udfff" for c in part)
        return
    assert made.count("/") == 3
    assert not set(made) & set("?#\\\r\n ")


# Which requests only read -----------------------------------------------------------------


def test_a_pattern_stands_for_one_part_of_a_path_and_no_more() -> None:
    patterns = frozenset({"POST /a/{}/search"})

    def reads(method: str) -> bool:
        return http.only_reads(patterns, Request(method, {}, Effect.READ, "test"))

    assert reads("GET /anything")
    assert reads("POST /a/b/search")
    assert not reads("POST /a/b/c/search")
    assert not reads("POST /a/b/search/delete")
    assert not reads("DELETE /a/b/search")


def test_errors_of_a_connection_are_ours() -> None:
    assert issubclass(Refused, AgentWarrantError)
