"""A real Keycloak for tests: an agent in it, what the agent can do, and what we may."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.simulators.base import connection_to
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.respond.action import Target

from .server_process import started


class World:
    """Keycloak, an agent in it, and what the agent can do."""

    def __init__(self, told: dict[str, Any], folder: Path, http: httpx.Client) -> None:
        self.told, self.folder, self.http = told, folder, http
        self.secrets: dict[str, str] = dict(told["secrets"])
        self.user = Target("bot-7", accounts=(f"keycloak.user:agents/{told['ids']['bot-7']}",))

    # The agent's side

    def ask(self, **form: str) -> httpx.Response:
        return self.http.post(
            self.told["token_url"],
            data={"client_id": "agent-7", "client_secret": self.secrets["agent-7"], **form},
        )

    def login(self) -> httpx.Response:
        return self.ask(grant_type="client_credentials")

    def token(self) -> str:
        """A token that its resource server takes; a second after a release, that may take one."""
        end = time.monotonic() + 30
        while True:
            found = str(self.login().json()["access_token"])
            if self.works(found) or time.monotonic() > end:
                return found
            time.sleep(0.1)  # whole seconds of notBefore: nothing tells that one is over

    def user_login(self, scope: str = "openid") -> httpx.Response:
        word = self.secrets["bot-7"]
        return self.ask(grant_type="password", username="bot-7", password=word, scope=scope)

    def refresh(self, token: str) -> int:
        return self.ask(grant_type="refresh_token", refresh_token=token).status_code

    def works(self, token: str) -> bool:
        """Does the agent's resource server find a token live?"""
        form = {"token": token, "client_id": "api", "client_secret": self.secrets["api"]}
        answer = self.http.post(self.told["introspect_url"], data=form).json()
        return bool(answer["active"])

    # An administrator's

    def admin(self, method: str, where: str, **parts: Any) -> Any:
        form = {"grant_type": "client_credentials", "client_id": "runner"}
        form["client_secret"] = self.secrets["runner"]
        token = self.http.post(self.told["token_url"], data=form).json()["access_token"]
        head = {"authorization": f"Bearer {token}"}
        answer = self.http.request(method, self.told["realm"] + where, headers=head, **parts)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    @property
    def client(self) -> str:
        return f"/clients/{self.told['ids']['agent-7']}"

    # Ours

    @contextmanager
    def action(self, name: str, token: str = "", **options: str) -> Iterator[Cycle]:
        """Open a connection that may do what an action does, as the responder."""
        known = {
            "client_secret": self.secrets[options.get("client_id", "runner")],
            "agent_secret": self.secrets["agent-7"],
            "introspect_secret": self.secrets["api"],
        }
        named = {
            "realm": "agents",
            "client_id": "runner",
            "agent_client": "agent-7",
            "agent_user": self.told["ids"]["bot-7"],
            "introspect_client": "api",
        }
        secrets = known | ({"agent_token": token} if token else {})
        made = connection_to(
            self.told["url"], "keycloak", self.folder, secrets, **(named | options)
        )
        with cycle(f"keycloak.{name}", made) as opened:
            yield opened


@contextmanager
def keycloak_world(folder: Path) -> Iterator[World]:
    """Start it, yield it, stop it; skip the test where it cannot be started."""
    with (
        started("idp", folder) as told,
        httpx.Client(base_url=told["url"], timeout=30) as http,
    ):
        yield World(told, folder, http)
