"""Stand-ins for a drill without servers: they answer as Keycloak and OpenBao do, and are neither.

They know the few calls that a drill makes, keep their state, and let an agent act or not by it.
What they show of this program is real; of the vendors they show nothing.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from agentwarrant.drill.clerk import clerk
from agentwarrant.drill.servers import Ready

Answer = tuple[int, Any]
Asked = dict[str, Any]
_DENIED: Answer = (403, {"errors": ["permission denied"]})
_MOST = 1 << 20
_LOOK = 0.05
"""How often a stand-in looks whether it is to end."""


class StandIn(ABC):
    """What answers; ``answer`` gets one request at a time."""

    @abstractmethod
    def answer(self, verb: str, path: str, asked: Asked, head: Mapping[str, str]) -> Answer:
        """Return status and body.

        Args:
            verb, path: Of the request.
            asked: Query, form and JSON body together.
            head: Headers, in lower case.
        """


class StandInKeycloak(StandIn):
    """One realm with an agent's client; tokens die and live again as Keycloak's do."""

    def __init__(self) -> None:
        self.secrets = {name: secrets.token_hex(16) for name in ("agent-7", "api", "runner")}
        self.client = {"id": "c-7", "clientId": "agent-7", "enabled": True, "notBefore": 0}
        self._tokens: dict[str, tuple[str, float]] = {}

    def answer(self, verb: str, path: str, asked: Asked, head: Mapping[str, str]) -> Answer:
        oidc = path.removeprefix("/realms/agents/protocol/openid-connect/")
        if oidc == "token":
            return self._login(asked)
        if oidc == "token/introspect":
            return 200, {"active": self._lives(asked.get("token", ""))}
        token = head.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, ("", 0))[0] != "runner":
            return 401, {"error": "HTTP 401 Unauthorized"}
        return self._admin(verb, path.removeprefix("/admin/realms/agents"), asked)

    def _login(self, asked: Asked) -> Answer:
        name = asked.get("client_id", "")
        known = self.secrets.get(name) == asked.get("client_secret")
        if not known or (name == "agent-7" and not self.client["enabled"]):
            return 401, {"error": "invalid_client"}
        token = secrets.token_hex(16)
        self._tokens[token] = (name, time.time())
        return 200, {"access_token": token, "expires_in": 300}

    def _lives(self, token: str) -> bool:
        name, issued = self._tokens.get(token, ("", 0.0))
        off = name == "agent-7" and not self.client["enabled"]
        return bool(name) and not off and int(issued) >= int(str(self.client["notBefore"]))

    def _admin(self, verb: str, path: str, asked: Asked) -> Answer:
        if verb == "PUT" and path == "/clients/c-7":
            self.client.update(asked)
            return 204, None
        found: dict[str, Any] = {
            "": {"id": "agents", "realm": "agents", "accessTokenLifespan": 300},
            "/clients": [self.client] if asked.get("clientId") == "agent-7" else [],
            "/clients/c-7": self.client,
            "/clients/c-7/user-sessions": [],
            "/clients/c-7/offline-sessions": [],
            "/clients/c-7/service-account-user": {"id": "u-7", "username": "service-account-7"},
            "/clients/c-7/evaluate-scopes/generate-example-access-token": {"aud": "api"},
        }
        return (200, found[path]) if path in found else (404, {"error": "not found"})


class StandInVault(StandIn):
    """A secret, an entity that may read it, and its log-in."""

    def __init__(self) -> None:
        self.root = secrets.token_hex(16)
        self.entity = "30c5eb19-5b1a-cb5d-c421-7ab7d8d9021c"
        self._role, self._secret = secrets.token_hex(8), secrets.token_hex(16)
        self.off = False
        self._tokens: set[str] = set()

    def answer(self, verb: str, path: str, asked: Asked, head: Mapping[str, str]) -> Answer:
        where = path.removeprefix("/v1/")
        token = head.get("x-vault-token", "")
        if where == "auth/approle/login":
            return self._login(asked)
        if token != self.root and (self.off or token not in self._tokens):
            return _DENIED
        if where == "auth/token/lookup-self":
            return 200, {"data": {"accessor": "of-this", "entity_id": "", "path": "auth/token"}}
        if where == "secret/data/clerk":
            return 200, {"data": {"data": {"ledger": "of acme"}}}
        return self._owned(verb, where, asked) if token == self.root else _DENIED

    def _login(self, asked: Asked) -> Answer:
        mine = (asked.get("role_id"), asked.get("secret_id")) == (self._role, self._secret)
        if not mine or self.off:
            return 400, {"errors": ["invalid role or secret ID"]}
        token = secrets.token_hex(16)
        self._tokens.add(token)
        return 200, {"auth": {"client_token": token, "accessor": "a-7", "entity_id": self.entity}}

    def _owned(self, verb: str, where: str, asked: Asked) -> Answer:
        if where == f"identity/entity/id/{self.entity}":
            if verb == "POST":
                self.off = asked.get("disabled") is True
                return 204, None
            return 200, {"data": {"id": self.entity, "disabled": self.off}}
        if where.endswith("/role-id"):
            return 200, {"data": {"role_id": self._role}}
        if where.endswith("/secret-id"):
            return 200, {"data": {"secret_id": self._secret, "secret_id_accessor": "s-7"}}
        return (204, None) if verb in ("POST", "PUT") else (404, {"errors": []})


@contextmanager
def stand_ins(
    data: Path, keycloak: StandInKeycloak | None = None, vault: StandInVault | None = None
) -> Iterator[Ready]:
    """Start all stand-ins of a drill, in this process; return what servers would say.

    Args:
        data: Where the agent's workspace goes.
        keycloak, vault: Others than the usual ones.
    """
    keycloak, vault = keycloak or StandInKeycloak(), vault or StandInVault()
    with ExitStack() as stack:
        first = stack.enter_context(_served(keycloak))
        second = stack.enter_context(_served(vault))
        oidc = f"{first}/realms/agents/protocol/openid-connect"
        yield {
            "openclaw": stack.enter_context(clerk(data / "openclaw")),
            "keycloak": {
                "url": first,
                "token_url": f"{oidc}/token",
                "introspect_url": f"{oidc}/token/introspect",
                "secrets": keycloak.secrets,
            },
            "vault": {"url": second, "token": vault.root},
        }


@contextmanager
def _served(stand_in: StandIn) -> Iterator[str]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(min(int(self.headers.get("content-length") or 0), _MOST))
            asked = {
                **dict(parse_qsl(parts.query)),
                **_asked(body, self.headers.get("content-type")),
            }
            head = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                status, answer = stand_in.answer(self.command, unquote(parts.path), asked, head)
            text = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = handle_one  # noqa: N815  # of the base class

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # of the base class
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(_LOOK,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _asked(body: bytes, kind: str | None) -> dict[str, Any]:
    if not body:
        return {}
    if kind and kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode()))
    found = json.loads(body)
    return found if isinstance(found, dict) else {}
