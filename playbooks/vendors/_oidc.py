"""Any OAuth 2.0 provider: its endpoints, found where it says that they are.

Requests name an endpoint by what it is for, ``POST /revoke``; here it becomes the provider's own
address, and here whoever asks proves who it is.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus, urlsplit

from agentwarrant.errors import ConfigError
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import read
from agentwarrant.respond.transport import Request, Transport, at

INTROSPECT, REVOKE, TOKEN = "/introspect", "/revoke", "/token"  # names of places
ENDPOINT = "OAuth 2.0 provider"
DISCOVERY = "/.well-known/openid-configuration"
_FIELDS = {
    INTROSPECT: "introspection_endpoint",
    REVOKE: "revocation_endpoint",
    TOKEN: "token_endpoint",
}


class Provider:
    """An open connection to a provider.

    Attributes:
        connection: Which.
    """

    def __init__(self, inner: Transport, connection: Connection) -> None:
        self.connection = connection
        self._inner = inner
        self._said: Mapping[str, Any] | None = None

    def send(self, request: Request) -> Any:
        """Send a request to the endpoint that it names; see ``Http.send``."""
        verb, _, where = request.method.partition(" ")
        if where not in _FIELDS:
            return self._inner.send(request)
        params = self._proven(where, request.params)
        return self._inner.send(
            replace(request, method=f"{verb} {self._address(where)}", params=params)
        )

    def _address(self, where: str) -> str:
        """Return an endpoint's address.

        Raises:
            ConfigError: The provider names none, or one that would send secrets in clear.
        """
        if self._said is None:
            body = self._inner.send(read(DISCOVERY, endpoint=ENDPOINT))["body"]
            self._said = body if isinstance(body, Mapping) else {}
            if str(self._said.get("issuer", "")).rstrip("/") != self.connection.url.rstrip("/"):
                what = "the provider says that it is another issuer"
                raise ConfigError(what, where=self.connection.name, mend="url: the issuer")
        found = str(self._said.get(_FIELDS[where]) or "")
        here = urlsplit(found)[:2] == urlsplit(self.connection.url)[:2]
        if not found or not (here or found.startswith("https://")):
            what = f"the provider has no {_FIELDS[where]} that can be used"
            raise ConfigError(what, where=self.connection.name)
        return found

    def _proven(self, where: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts of a request with the proof of who asks: us, or the agent."""
        ours = where == INTROSPECT
        client = self.connection.option("client_id" if ours else "agent_client")
        secret = self.connection.secret("client_secret" if ours else "agent_secret")
        if self.connection.option("auth", "basic") == "post":
            own = {"client_id": client, "client_secret": secret}
            return {**params, "form": {**params["form"], **own}}
        word = f"{quote_plus(client)}:{quote_plus(secret)}"  # RFC 6749, 2.3.1
        basic = base64.b64encode(word.encode()).decode()
        return {**params, "headers": {"Authorization": f"Basic {basic}"}}


def active(transport: Transport, request: Request) -> Mapping[str, Any]:
    """Return what the provider says of a token; empty when it calls it inactive."""
    body = transport.send(request)["body"]
    return body if at(body, ("active",)) is True else {}
