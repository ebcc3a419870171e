"""The connection to a cluster: what is sent, through what, and what is said when it fails.

The servers here are stand-ins on loopback that answer one thing; the real ones are in
``tests/e2e/test_elastic_client.py``.
"""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentwarrant.config import Target
from agentwarrant.errors import (
    AgentWarrantError,
    ConfigError,
    MissingExtra,
    TargetRefused,
    TargetUnreachable,
    WrongTarget,
)
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.elastic.client import asking, connect, needing_extra
from agentwarrant.siem.elastic.kibana import kibana

KEY = "aWQ6bm90LWEtcmVhbC1rZXk="
ELASTIC = {"version": {"number": "8.19.2"}}
OPENSEARCH = {"version": {"number": "3.8.0", "distribution": "opensearch"}}


@dataclass
class StandIn:
    """One answer to everything, and what was asked."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""


@contextmanager
def standing_in(certificate: Path | None = None, **answer: Any) -> Iterator[StandIn]:
    """Start a stand-in; with a certificate (its key beside it) it speaks TLS."""
    found = StandIn(**answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            names = {name.lower(): value for name, value in self.headers.items()}
            found.asked.append((self.path, names))
            body = json.dumps(found.body).encode()
            self.send_response(found.status)
            for name, value in {"content-type": "application/json", **found.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    found.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def target(url: str, **parts: Any) -> Target:
    return Target("main", parts.pop("kind", "elastic"), (url,), timeout=5.0, **parts)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ES_KEY", KEY)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nothing may heed them


def test_elasticsearch_is_asked_as_client_8_with_the_key() -> None:
    with standing_in(body=ELASTIC, headers={"x-elastic-product": "Elasticsearch"}) as server:
        connect(target(server.url, api_key=Secret("env:ES_KEY"))).close()
    path, headers = server.asked[0]
    assert path == "/"
    assert headers["authorization"] == f"ApiKey {KEY}"
    assert headers["accept"].endswith("compatible-with=8")


def test_a_key_of_two_parts_is_encoded_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ES_KEY", "some-id:some-key")
    encoded = "ApiKey " + base64.b64encode(b"some-id:some-key").decode()
    with standing_in(body=ELASTIC, headers={"x-elastic-product": "Elasticsearch"}) as server:
        one = target(server.url, api_key=Secret("env:ES_KEY"), kibana=server.url)
        connect(one).close()
        with kibana(one) as there:
            there.request("GET", "/api/status")
    assert [headers["authorization"] for _, headers in server.asked] == [encoded, encoded]


def test_a_user_and_a_password_are_sent_to_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ES_USER", "someone")
    basic = "Basic " + base64.b64encode(f"someone:{KEY}".encode()).decode()
    with standing_in(body=ELASTIC, headers={"x-elastic-product": "Elasticsearch"}) as server:
        one = target(
            server.url,
            username=Secret("env:ES_USER"),
            password=Secret("env:ES_KEY"),
            kibana=server.url,
        )
        connect(one).close()
        with kibana(one) as there:
            there.request("GET", "/api/status")
    assert [headers["authorization"] for _, headers in server.asked] == [basic, basic]


def test_opensearch_is_asked_in_its_own_media_type() -> None:
    with standing_in(body=OPENSEARCH) as server:
        connect(target(server.url, kind="opensearch")).close()
    assert server.asked[0][1]["accept"] == "application/json"


def test_everything_goes_through_the_proxy_that_is_configured() -> None:
    answer: dict[str, Any] = {"body": ELASTIC, "headers": {"x-elastic-product": "Elasticsearch"}}
    with standing_in(**answer) as proxy:
        one = target("http://search.example:9200", proxy=proxy.url)
        one = replace(one, kibana="http://kibana.example:5601")
        connect(one).close()
        with kibana(one) as there:
            there.request("GET", "/api/status")
    assert [path for path, _ in proxy.asked] == [
        "http://search.example:9200/",
        "http://kibana.example:5601/api/status",
    ]


def test_a_proxy_may_stand_elsewhere_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    answer: dict[str, Any] = {"body": ELASTIC, "headers": {"x-elastic-product": "Elasticsearch"}}
    with standing_in(**answer) as proxy:
        address = proxy.url.replace("://", "://someone:hunter2@")
        monkeypatch.setenv("THE_PROXY", address)
        connect(target("http://search.example:9200", proxy=Secret("env:THE_PROXY"))).close()
    expected = "Basic " + base64.b64encode(b"someone:hunter2").decode()
    assert proxy.asked[0][1]["proxy-authorization"] == expected


@pytest.mark.parametrize("address", ["proxy.example:3128 hunter2", "ftp://me:hunter2@p.example"])
def test_a_proxy_that_is_no_address_is_said_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("THE_PROXY", address)
    one = target("http://s.example:1", proxy=Secret("env:THE_PROXY"), kibana="http://k.example")
    for ask in (connect, kibana):
        with pytest.raises(ConfigError, match="proxy is no address") as caught:
            ask(one)
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", ["hunter2 hunter2", "hünter2"])
def test_what_is_no_key_is_said_and_not_quoted(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("ES_KEY", key)
    one = target("http://s.example:1", api_key=Secret("env:ES_KEY"), kibana="http://k.example")
    for ask in (connect, kibana):
        with pytest.raises(ConfigError, match="env:ES_KEY: what stands there is no API key"):
            ask(one)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate of 127.0.0.1 that nobody has signed but itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    made = tmp_path / "own.pem"
    command = (
        f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test"
        f" -addext subjectAltName=IP:127.0.0.1 -keyout {made.with_suffix('.key')} -out {made}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    return made


def test_a_server_is_trusted_by_the_configured_certificate_and_by_nothing_else(
    certificate: Path,
) -> None:
    answer: dict[str, Any] = {"body": ELASTIC, "headers": {"x-elastic-product": "Elasticsearch"}}
    with standing_in(certificate, **answer) as server:
        stranger = target(server.url, kibana=server.url, api_key=Secret("env:ES_KEY"))
        with pytest.raises(TargetUnreachable, match="certificate verify failed"):
            connect(stranger)
        unknown = pytest.raises(TargetUnreachable, match="certificate verify failed")
        with kibana(stranger) as there, unknown:
            there.version()
        assert server.asked == [], "the key was sent to somebody unknown"
        known = replace(stranger, ca=certificate)
        connect(known).close()
        with kibana(known) as there:
            assert there.json("GET", "/") == ELASTIC


@pytest.mark.parametrize("kind", ["elastic", "opensearch"])
def test_a_server_that_is_not_there_is_said_in_one_line(kind: str) -> None:
    with standing_in() as server:
        gone = server.url
    with pytest.raises(TargetUnreachable, match="refused") as caught:
        connect(target(gone, kind=kind, api_key=Secret("env:ES_KEY")))
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    connect(target(gone, kind=kind), check=False).close()


def test_an_unknown_key_is_refused_and_one_that_may_only_write_is_not() -> None:
    with (
        standing_in(status=401, body={"error": {"type": "security_exception"}}) as server,
        pytest.raises(TargetRefused, match="not known") as caught,
    ):
        connect(target(server.url, api_key=Secret("env:ES_KEY")))
    assert caught.value.status == 401
    assert KEY not in str(caught.value)
    with standing_in(status=403, body={"error": {"type": "security_exception"}}) as server:
        connect(target(server.url, api_key=Secret("env:ES_KEY"))).close()


@pytest.mark.parametrize(
    ("kind", "body", "headers"),
    [
        ("elastic", OPENSEARCH, {}),
        ("elastic", {"hello": "world"}, {}),
        ("opensearch", ELASTIC, {"x-elastic-product": "Elasticsearch"}),
        ("opensearch", {"hello": "world"}, {}),
        ("opensearch", ["no", "object"], {}),
        ("elastic", ["no", "object"], {"x-elastic-product": "Elasticsearch"}),
    ],
)
def test_what_is_no_such_server_is_the_wrong_target(
    kind: str, body: object, headers: dict[str, str]
) -> None:
    with standing_in(body=body, headers=headers) as server, pytest.raises(WrongTarget):
        connect(target(server.url, kind=kind))


def test_a_redirect_through_a_proxy_is_not_followed() -> None:
    with (
        standing_in(status=302, headers={"location": "http://elsewhere.example/"}) as proxy,
        pytest.raises(AgentWarrantError),
    ):
        connect(target("http://search.example:9200", proxy=proxy.url))
    assert {path for path, _ in proxy.asked} == {"http://search.example:9200/"}


def test_a_busy_server_is_one_to_ask_again() -> None:
    with standing_in(status=503) as server, pytest.raises(TargetUnreachable, match="busy"):
        connect(target(server.url))


def test_other_refusals_carry_their_status() -> None:
    with standing_in(status=400, body={"error": {"type": "parsing_exception"}}) as server:
        one = target(server.url)
        client = connect(one, check=False)
        with pytest.raises(TargetRefused, match="parsing_exception") as caught, asking(one):
            client.info()
        client.close()
    assert caught.value.status == 400


def test_a_certificate_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    one = target(
        "https://search.example:9200", ca=tmp_path / "none.pem", kibana="https://k.example"
    )
    for ask in (connect, kibana):
        with pytest.raises(ConfigError, match=r"none\.pem"):
            ask(one)


def test_a_library_that_is_not_installed_is_named_with_the_mend() -> None:
    with (
        pytest.raises(MissingExtra, match=r'pip install "agentwarrant\[elastic\]"'),
        needing_extra(),
    ):
        import_module("no_such_library_of_anybody")


def test_without_the_extra_the_core_works_and_connecting_says_what_to_install() -> None:
    program = """if True:
        import sys
        sys.modules["elasticsearch"] = sys.modules["elastic_transport"] = None
        import agentwarrant.cli
        from agentwarrant.config import Target
        from agentwarrant.configchecks import siems
        from agentwarrant.errors import MissingExtra
        try:
            with siems()["elastic"].receiver(Target("a", "elastic", ("http://127.0.0.1:9",))):
                pass
        except MissingExtra as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b'(pip install "agentwarrant[elastic]")' in done.stdout


def test_a_cloud_id_names_the_cluster_and_its_kibana() -> None:
    from elastic_transport.client_utils import parse_cloud_id

    body = base64.b64encode(b"eu.cloud.example:9243$search-part$kibana-part").decode()
    one = Target("main", "elastic", cloud_id=f"deployment:{body}")
    client = connect(one, check=False)
    assert [node.host for node in client.transport.node_pool.all()] == [
        "search-part.eu.cloud.example"
    ]
    client.close()
    assert parse_cloud_id(one.cloud_id).kibana_address == ("kibana-part.eu.cloud.example", 9243)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={})

    with kibana(one, transport=httpx.MockTransport(answer)) as there:
        there.request("GET", "/api/status")
    assert asked == ["https://kibana-part.eu.cloud.example:9243/api/status"]


def test_a_cloud_id_that_is_none_is_said() -> None:
    for text in ("deployment:!!!", "deployment:YWJj", ""):
        with pytest.raises(ConfigError):
            kibana(Target("main", "elastic", cloud_id=text))
    with pytest.raises(ConfigError):
        connect(Target("main", "elastic", cloud_id="deployment:!!!"), check=False)
    with pytest.raises(ConfigError):
        connect(Target("main", "opensearch", cloud_id="deployment:YWJj"), check=False)


# Kibana ----------------------------------------------------------------------------------


def answering(status: int, **parts: Any) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, **parts))


def test_kibana_is_asked_in_the_tenants_space_with_its_headers() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"version": {"number": "9.5.3"}})

    one = target("https://s.example", kibana="https://k.example/base", api_key=Secret("env:ES_KEY"))
    with kibana(one, transport=httpx.MockTransport(answer)) as there:
        there.request("POST", "/api/x", space="acme", json={})
        there.request("POST", "/api/x", space="../api", json={})
        assert there.version() == "9.5.3"
    assert [request.url.raw_path for request in seen] == [
        b"/base/s/acme/api/x",
        b"/base/s/..%2Fapi/api/x",
        b"/base/api/status",
    ]
    assert seen[0].headers["kbn-xsrf"] == "true"
    assert seen[0].headers["elastic-api-version"] == "2023-10-31"
    assert seen[0].headers["authorization"] == f"ApiKey {KEY}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, TargetRefused),
        (401, TargetRefused),
        (403, TargetRefused),
        (404, TargetRefused),
        (302, TargetRefused),
        (429, TargetUnreachable),
        (503, TargetUnreachable),
    ],
)
def test_kibanas_refusals_are_told_apart(status: int, kind: type[AgentWarrantError]) -> None:
    answer = answering(status, json={"message": "said why"}, headers={"location": "/login"})
    there = kibana(target("https://s.example", kibana="https://k.example"), transport=answer)
    with pytest.raises(kind) as caught:
        there.request("GET", "/api/x")
    assert getattr(caught.value, "status", status) == status
    assert there.request("GET", "/api/x", allow=(status,)).status_code == status


def test_what_is_not_kibana_is_the_wrong_target() -> None:
    answers: tuple[dict[str, Any], ...] = ({"text": "<html>"}, {"json": {}}, {"json": []})
    for parts in answers:
        there = kibana(
            target("https://s.example", kibana="https://k.example"),
            transport=answering(200, **parts),
        )
        with pytest.raises(WrongTarget):
            there.version()


def test_a_kibana_that_is_not_there_is_said() -> None:
    with standing_in() as server:
        gone = server.url
    with (
        kibana(target(gone, kibana=gone)) as there,
        pytest.raises(TargetUnreachable, match="refused"),
    ):
        there.version()
    with pytest.raises(ConfigError, match="no Kibana"):
        kibana(target(gone))
