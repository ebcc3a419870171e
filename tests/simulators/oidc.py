"""A stand-in for an OAuth 2.0 provider: discovery, revocation (RFC 7009), introspection (RFC 7662).

It is strict about who asks, and it calls a live token inactive to whoever is not in its audience.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import unquote_plus

from .base import Answer, Call, Simulator, route

AGENT, API, STRANGER = "agent-7", "api", "another: client"
TOKEN, REFRESH = "the-access-token", "the-refresh-token"  # a stand-in's


def secret(client: str) -> str:
    return f"secret of {client}/+%"


class Oidc(Simulator):
    """``issuer`` and ``endpoints`` are what it says of itself; a test sets them."""

    def __init__(self) -> None:
        super().__init__({"live": [TOKEN, REFRESH]})
        self.issuer = ""
        self.endpoints: dict[str, str] = {}

    def _who(self, call: Call) -> str:
        kind, _, word = call.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            name, _, given = base64.b64decode(word).decode().partition(":")
            name, given = unquote_plus(name), unquote_plus(given)
        else:
            name, given = call.body.get("client_id", ""), call.body.get("client_secret", "")
        return name if name and given == secret(name) else ""

    @route("GET /.well-known/openid-configuration")
    def about(self, call: Call) -> Answer:
        own: dict[str, Any] = {
            "issuer": self.issuer,
            "revocation_endpoint": f"{self.issuer}/oauth/revoke",
            "introspection_endpoint": f"{self.issuer}/oauth/look",
        }
        return Answer(200, own | self.endpoints)

    @route("POST /oauth/look", reads=True)
    def introspect(self, call: Call) -> Answer:
        who = self._who(call)
        if not who:
            return Answer(401, {"error": "invalid_client"})
        live = call.body["token"] in self.state["live"] and who == API
        return Answer(200, {"active": True, "iat": 100, "exp": 700} if live else {"active": False})

    @route("POST /oauth/revoke")
    def revoke(self, call: Call) -> Answer:
        if self._who(call) != AGENT:
            return Answer(400, {"error": "invalid_request"})
        self.state["live"] = [t for t in self.state["live"] if t != call.body["token"]]
        return Answer(200)
