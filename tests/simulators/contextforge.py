"""A stand-in for ContextForge, written from what a real ContextForge 1.0.7 was seen to do.

It has its traps: a switch without ``activate`` switches on, the switch of a virtual server does
nothing to its endpoint, an upstream that is switched on brings all its tools, and a second
revocation answers 409.
"""

from __future__ import annotations

from typing import Any

from .base import Answer, Call, Simulator, route

ADMIN, AGENT = "token-of-the-responder", "token-of-the-agent"  # a stand-in's
UPSTREAM, SERVER, HELPER = (char * 32 for char in "abc")
TOKEN = "ed50dace-a1ef-4389-ba0d-c0a169a2cf1f"  # noqa: S105  # an id


def gateway() -> dict[str, Any]:
    """Return a gateway with one upstream of two tools, and an agent that has both."""
    tools: dict[str, dict[str, Any]] = {
        f"{number}" * 32: {"name": f"upstream-{name}", "originalName": name, "gatewayId": UPSTREAM}
        for number, name in enumerate(("add", "wipe"))
    }
    kinds: dict[str, dict[str, dict[str, Any]]] = {
        "tools": tools,
        "gateways": {UPSTREAM: {"name": "upstream", "slug": "upstream"}},
        "servers": {SERVER: {"name": "agent-7"}},
        "a2a": {HELPER: {"name": "helper"}},
    }
    for rows in kinds.values():
        for one, row in rows.items():
            row |= {"id": one, "enabled": True}
    token = {"id": TOKEN, "name": "agent-7", "user_email": "dev@example.com", "is_revoked": False}
    return {**kinds, "tokens": [token]}


class ContextForge(Simulator):
    """``sees`` is what the agent is offered."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state or gateway())

    def admits(self, call: Call) -> Answer | None:
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if token == AGENT and self.state["tokens"][0]["is_revoked"]:
            return Answer(401, {"detail": "Token has been revoked"})
        if call.path.endswith("/mcp"):
            known = token == AGENT
        else:
            known = token == ADMIN or call.path == "/auth/login"
        return None if known else Answer(401, {"detail": "Invalid authentication credentials"})

    def sees(self) -> list[str]:
        """Return the tools that the agent's endpoint offers."""
        gateways = self.state["gateways"]
        return [
            tool["name"]
            for tool in self.state["tools"].values()
            if tool["enabled"] and gateways[tool["gatewayId"]]["enabled"]
        ]

    @route("POST /auth/login", reads=True)
    def login(self, call: Call) -> Answer:
        if call.body != {"email": "admin@example.com", "password": "of-the-admin"}:
            return Answer(401, {"detail": "Invalid email or password"})
        return Answer(200, {"access_token": ADMIN})

    @route("POST /servers/{}/mcp", reads=True)
    def mcp(self, call: Call, server: str) -> Answer:
        tools = [{"name": name} for name in self.sees()]
        return Answer(200, {"jsonrpc": "2.0", "id": 1, "result": {"tools": tools}})

    @route("GET /tools")
    @route("GET /gateways")
    def rows(self, call: Call) -> Answer:
        rows = [*self.state[call.path.strip("/")].values()]
        hidden = call.query.get("include_inactive") != "true"
        return Answer(200, [row for row in rows if row["enabled"] or not hidden])

    @route("GET /tools/{}")
    @route("GET /gateways/{}")
    @route("GET /servers/{}")
    @route("GET /a2a/{}")
    def row(self, call: Call, one: str) -> Answer:
        found = self.state[call.path.split("/")[1]].get(one)
        return Answer(200, found) if found else Answer(404, {"detail": "not found"})

    @route("POST /tools/{}/state")
    @route("POST /gateways/{}/state")
    @route("POST /servers/{}/state")
    @route("POST /a2a/{}/state")
    def switch(self, call: Call, one: str) -> Answer:
        kind, on = call.path.split("/")[1], call.query.get("activate", "true") == "true"
        if one not in self.state[kind]:
            return Answer(404, {"detail": "not found"})
        self.state[kind][one]["enabled"] = on
        if kind == "gateways":
            for tool in self.state["tools"].values():
                tool["enabled"] = on if tool["gatewayId"] == one else tool["enabled"]
        return Answer(200, {"status": "success"})

    @route("GET /tokens/admin/all")
    def tokens(self, call: Call) -> Answer:
        whose = call.query.get("user_email")
        rows = [t for t in self.state["tokens"] if whose in (None, t["user_email"])]
        start, many = int(call.query.get("offset", 0)), int(call.query.get("limit", 50))
        return Answer(200, {"tokens": rows[start : start + many], "total": len(rows)})

    @route("DELETE /tokens/admin/{}")
    def revoke(self, call: Call, one: str) -> Answer:
        for token in self.state["tokens"]:
            if token["id"] == one:
                status = 409 if token["is_revoked"] else 204
                token["is_revoked"] = True
                return Answer(status, {"message": "Unable"} if status == 409 else None)
        return Answer(404, {"detail": "Token not found"})
