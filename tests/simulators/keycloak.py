"""A stand-in for a Keycloak realm, written from what a real Keycloak 26.7.3 was seen to do.

It has its traps: what is switched on again has its old tokens back, times are whole seconds,
introspection by a client that is not in the audience calls a live token inactive, only the client
that a token was issued to revokes it, and the answer of a rotation holds the new secret. With
``tokens_outlive`` it is one that forgets the tokens of what is switched off.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from .base import Answer, Call, Simulator, route

REALM = "agents"
OWN, AGENT, API = "runner", "agent-7", "api"
_ADMIN = "/admin/realms/{}"
_CLIENT = "/admin/realms/{}/clients/{}"
_USER = "/admin/realms/{}/users/{}"
_OIDC = "/realms/{}/protocol/openid-connect"
_HELD = "role-mappings/clients/{}/composite"


def realm() -> dict[str, Any]:
    """Return a realm with an agent, its resource server, a person who administers it, and us."""
    clients = {n: _client(n) for n in (OWN, AGENT, API, "realm-management")}
    users = {c["account"]: _user(f"service-account-{n}") for n, c in clients.items()}
    users |= {one["id"]: one for one in (_user("bot-7"), _user("dana"))}
    for one, user in users.items():
        user["id"] = one
    return {
        "id": _id("realm"),
        "clients": {c["id"]: c for c in clients.values()},
        "users": users,
        "admins": [_id("dana")],
        "tokens": {},
        "sessions": {},
        "made": 0,
    }


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def _client(name: str) -> dict[str, Any]:
    return {
        "id": _id(name),
        "clientId": name,
        "enabled": True,
        "notBefore": 0,
        "secret": f"secret-of-{name}",
        "serviceAccountsEnabled": name != "realm-management",
        "attributes": {},
        "account": _id(f"service-account-{name}"),
    }


def _user(name: str) -> dict[str, Any]:
    return {"id": _id(name), "username": name, "enabled": True, "notBefore": 0}


class Keycloak(Simulator):
    """One realm; ``token`` gives a test what the agent would hold."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state or realm())

    def admits(self, call: Call) -> Answer | None:
        if not call.path.startswith("/admin/"):
            return None
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        mine = self.state["tokens"].get(token, {}).get("client") == OWN
        return None if mine and self.is_live(token) else Answer(401, {"error": "HTTP 401"})

    def named(self, name: str) -> dict[str, Any]:
        """Return a client by its client id."""
        found: dict[str, Any] = self.state["clients"][_id(name)]
        return found

    def issue(self, client: str, user: str = "") -> str:
        """Issue a token, for a client or for a user at it."""
        self.state["made"] += 1
        token = f"token-{self.state['made']}"
        session = f"session-{self.state['made']}" if user else ""
        account = user or self.named(client)["account"]
        if session:
            self.state["sessions"][session] = {"user": user, "client": client}
        self.state["tokens"][token] = {
            "client": client, "user": account, "iat": int(time.time()), "sid": session,
        }  # fmt: skip
        return token

    def is_live(self, token: str) -> bool:
        """Would a server that asks take a token?"""
        held = self.state["tokens"].get(token)
        if held is None:
            return False
        client, user = self.named(held["client"]), self.state["users"][held["user"]]
        on = self.tokens_outlive or (client["enabled"] and user["enabled"])
        young = held["iat"] >= max(client["notBefore"], user["notBefore"])
        return bool(on and young and (not held["sid"] or held["sid"] in self.state["sessions"]))

    # The protocol

    def _proven(self, call: Call) -> str:
        name = str(call.body.get("client_id"))
        known = _id(name) in self.state["clients"] and self.named(name)
        return name if known and known["secret"] == call.body.get("client_secret") else ""

    @route(f"POST {_OIDC}/token", reads=True)
    def token(self, call: Call, realm: str) -> Answer:
        client = self._proven(call)
        if not client or not self.named(client)["enabled"]:
            return Answer(401, {"error": "invalid_client"})
        if not self.state["users"][self.named(client)["account"]]["enabled"]:
            return Answer(401, {"error": "invalid_request"})
        return Answer(200, {"access_token": self.issue(client), "expires_in": 300})

    @route(f"POST {_OIDC}/token/introspect", reads=True)
    def introspect(self, call: Call, realm: str) -> Answer:
        client = self._proven(call)
        if not client:
            return Answer(401, {"error": "unauthorized_client"})
        return Answer(200, {"active": client == API and self.is_live(call.body["token"])})

    @route(f"POST {_OIDC}/userinfo", reads=True)
    def userinfo(self, call: Call, realm: str) -> Answer:
        live = self.is_live(call.body["access_token"])
        return Answer(200, {"sub": "x"}) if live else Answer(401)

    @route(f"POST {_OIDC}/revoke")
    def revoke(self, call: Call, realm: str) -> Answer:
        held = self.state["tokens"].get(call.body["token"])
        if held and held["client"] != self._proven(call):
            return Answer(400, {"error": "unauthorized_client"})
        self.state["tokens"].pop(call.body["token"], None)
        return Answer(200)

    # The admin API: clients

    @route(f"GET {_ADMIN}")
    def show(self, call: Call, realm: str) -> Answer:
        return Answer(200, {"id": self.state["id"], "realm": REALM, "accessTokenLifespan": 300})

    @route(f"GET {_ADMIN}/clients")
    def clients(self, call: Call, realm: str) -> Answer:
        wanted = call.query.get("clientId")
        return Answer(200, [c for c in self.state["clients"].values() if c["clientId"] == wanted])

    @route(f"GET {_CLIENT}")
    def client(self, call: Call, realm: str, one: str) -> Answer:
        found = self.state["clients"].get(one)
        return Answer(200, found) if found else Answer(404, {"error": "Could not find client"})

    @route(f"PUT {_CLIENT}")
    def put_client(self, call: Call, realm: str, one: str) -> Answer:
        if one not in self.state["clients"]:
            return Answer(404, {"error": "Could not find client"})
        self.state["clients"][one].update(call.body)
        return Answer(204)

    @route(f"POST {_CLIENT}/client-secret")
    def rotate(self, call: Call, realm: str, one: str) -> Answer:
        client = self.state["clients"][one]
        client["secret"] += "-anew"
        client["attributes"]["client.secret.creation.time"] = str(int(time.time()))
        return Answer(200, {"type": "secret", "value": client["secret"]})

    @route(f"GET {_CLIENT}/service-account-user")
    def account(self, call: Call, realm: str, one: str) -> Answer:
        return self.user(call, realm, self.state["clients"][one]["account"])

    @route(f"GET {_CLIENT}/evaluate-scopes/generate-example-access-token")
    def example(self, call: Call, realm: str, one: str) -> Answer:
        return Answer(200, {"aud": [API, "account"]})

    @route(f"GET {_CLIENT}/user-sessions")
    @route(f"GET {_CLIENT}/offline-sessions")
    def client_sessions(self, call: Call, realm: str, one: str) -> Answer:
        name = self.state["clients"][one]["clientId"]
        rows = [
            {"id": sid, "username": self.state["users"][s["user"]]["username"]}
            for sid, s in self.state["sessions"].items()
            if s["client"] == name and call.path.endswith("user-sessions")
        ]
        return Answer(200, rows)

    @route(f"GET {_CLIENT}/roles/realm-admin/users")
    def admins(self, call: Call, realm: str, one: str) -> Answer:
        return Answer(200, [self.state["users"][u] for u in self.state["admins"]])

    @route(f"GET {_CLIENT}/roles/realm-admin/groups")
    def admin_groups(self, call: Call, realm: str, one: str) -> Answer:
        return Answer(200, [])

    # The admin API: users

    @route(f"GET {_USER}")
    def user(self, call: Call, realm: str, one: str) -> Answer:
        found = self.state["users"].get(one)
        return Answer(200, found) if found else Answer(404, {"error": "User not found"})

    @route(f"PUT {_USER}")
    def put_user(self, call: Call, realm: str, one: str) -> Answer:
        self.state["users"][one].update(call.body)
        return Answer(204)

    @route(f"GET {_USER}/{_HELD}")
    def held(self, call: Call, realm: str, one: str, client: str) -> Answer:
        return Answer(200, [{"name": "realm-admin"}] if one in self.state["admins"] else [])

    @route(f"GET {_USER}/sessions")
    def sessions(self, call: Call, realm: str, one: str) -> Answer:
        sessions = self.state["sessions"]
        return Answer(200, [{"id": sid} for sid, s in sessions.items() if s["user"] == one])

    @route(f"POST {_USER}/logout")
    def logout(self, call: Call, realm: str, one: str) -> Answer:
        sessions = self.state["sessions"]
        self.state["sessions"] = {sid: s for sid, s in sessions.items() if s["user"] != one}
        self.state["users"][one]["notBefore"] = int(time.time())
        return Answer(204)

    @route(f"DELETE {_ADMIN}/sessions/{{}}")
    def end(self, call: Call, realm: str, sid: str) -> Answer:
        known = self.state["sessions"].pop(sid, None)
        return Answer(204) if known else Answer(404, {"error": "Sesssion not found"})
