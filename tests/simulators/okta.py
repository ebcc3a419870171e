"""A stand-in for an Okta org, written from Okta's published API description and its documentation.

What is held to the description (``contracts/okta.openapi.json``): users, suspension, sessions,
apps' lifecycle, tokens, secrets and keys. Roles, risk, API tokens, clients of a user, the System
Log, AI agents and token revocation are written from the documentation alone.

It is as nasty as the documentation says: a second suspension is refused, the only secret cannot be
deactivated, answers about secrets hold them in plain text, revoking an app's tokens leaves those
of client credentials alive, and an AI agent is deactivated some reads later.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .base import Answer, Call, Simulator, route

API_TOKEN = "the-api-token-of-the-tests"  # noqa: S105  # a stand-in's
SECRET = "the-client-secret-that-leaked"  # noqa: S105  # a stand-in's
_ID = "/api/v1/users/{}"
_APP = "/api/v1/apps/{}"
_AGENT = "/workload-principals/api/v1/ai-agents/{}"


def org() -> dict[str, Any]:
    """Return an org with one agent's accounts, its people and two administrators."""
    return {
        "me": "00u9responder",
        "users": {
            "00u1agent": _user("bot@acme.example", ["LOW"]),
            "00u2root": _user("root@acme.example", roles=["SUPER_ADMIN"]),
            "00u3spare": _user("spare@acme.example", roles=["SUPER_ADMIN"]),
            "00u9responder": _user("responder@acme.example", roles=["USER_ADMIN"]),
        },
        "apps": {
            "0oa1bot": {
                "status": "ACTIVE",
                "users": ["00u1agent"],
                "refresh": ["rt1"],
                "secrets": [_secret("ocs1", SECRET, 1)],
                "keys": [_key("pks1", "sig"), _key("pks2", "enc")],
            },
            "0oa2shared": {
                "status": "ACTIVE",
                "users": [f"00u{n}person" for n in range(30)],
                "refresh": [],
                "secrets": [],
                "keys": [],
            },
        },
        "access": {},
        "tokens": {"00T1bots": "00u1agent", "00T9ours": "00u9responder"},
        "agents": {"wlp1bot": "ACTIVE"},
        "log": [],
        "made": 0,
    }


def _user(
    login: str, risk: list[str] | None = None, roles: list[str] | None = None
) -> dict[str, Any]:
    clients = {"0oa1bot": {"tokens": ["rt1"], "grants": ["g1"]}}
    return {
        "login": login,
        "status": "ACTIVE",
        "sessions": 2,
        "risk": (risk or ["NONE"])[0],
        "roles": roles or [],
        "clients": clients if login.startswith("bot") else {},
    }


def _secret(name: str, value: str, second: int) -> dict[str, Any]:
    return {
        "id": name,
        "client_secret": value,
        "secret_hash": "yk4SVx4sUWVJVbHt6M-UPA",
        "status": "ACTIVE",
        "created": f"2026-11-01T00:00:{second:02}.000Z",
        "lastUpdated": f"2026-11-01T00:00:{second:02}.000Z",
    }


def _key(name: str, use: str) -> dict[str, Any]:
    made = "2026-11-01T00:00:00.000Z"
    return {"id": name, "kid": name, "kty": "RSA", "use": use, "e": "AQAB", "n": "mkC6yAJVvFwU",
            "status": "ACTIVE", "created": made, "lastUpdated": made}  # fmt: skip


def error(status: int, what: str) -> Answer:
    """Return an error in Okta's form."""
    said = {"errorCode": f"E{status:07}", "errorSummary": what, "errorLink": f"E{status:07}",
            "errorId": "oae1", "errorCauses": [{"errorSummary": what}]}  # fmt: skip
    return Answer(status, said)


_ABSENT = error(404, "Not found: Resource not found")


class Okta(Simulator):
    """An org; ``key`` may be given to check the assertions of the service app ``0oa9us``.

    Attributes:
        assertions: The claims of the assertions that came in.
        check: Checks a signature; None: every assertion passes.
        hidden: End of the paths that we may not see.
    """

    contract = "okta"

    def __init__(self, check: Callable[[str], None] | None = None) -> None:
        super().__init__(org())
        self.check = check
        self.hidden = ""
        self.assertions: list[dict[str, Any]] = []

    def admits(self, call: Call) -> Answer | None:
        proof = call.headers.get("authorization", "")
        if call.path.startswith("/oauth2/v1/") and "global" not in call.path:
            return None
        if proof in (f"SSWS {API_TOKEN}", "Bearer ours"):
            if self.hidden and call.path.endswith(self.hidden):
                return error(403, "You do not have permission to perform the requested action")
            return None
        return error(401, "Invalid token provided")

    # Tokens, as the agent and we get them ----------------------------------------------------

    @route("POST /oauth2/v1/token")
    def token(self, call: Call) -> Answer:
        form = call.body
        if "client_assertion" in form:
            _, claims, _ = form["client_assertion"].split(".")
            self.assertions.append(json.loads(base64.urlsafe_b64decode(claims + "==")))
            if self.check is not None:
                self.check(form["client_assertion"])
            return Answer(
                200, {"access_token": "ours", "token_type": "Bearer", "scope": form["scope"]}
            )
        app = self.state["apps"].get(form["client_id"])
        good = app and app["status"] == "ACTIVE" and any(
            s["status"] == "ACTIVE" and s["client_secret"] == form["client_secret"]
            for s in app["secrets"]
        )  # fmt: skip
        if not good:
            return Answer(401, {"error": "invalid_client"})
        self.state["made"] += 1
        name = f"at{self.state['made']}"
        self.state["access"][name] = form["client_id"]
        return Answer(200, {"access_token": name, "token_type": "Bearer", "expires_in": 3600})

    @route("POST /oauth2/v1/introspect", reads=True)
    def introspect(self, call: Call) -> Answer:
        return Answer(200, {"active": call.body["token"] in self.state["access"]})

    @route("POST /oauth2/v1/global-token-revocation")
    def logout(self, call: Call) -> Answer:
        user = call.body["sub_id"]["id"]
        if user not in self.state["users"] or call.body["sub_id"]["format"] != "opaque":
            return _ABSENT
        self.state["users"][user]["sessions"] = 0
        self._log("user.authentication.universal_logout", user)
        return Answer(204)

    # Users ---------------------------------------------------------------------------------------

    def _find(self, name: str) -> tuple[str, dict[str, Any]] | None:
        users = self.state["users"]
        name = self.state["me"] if name == "me" else name
        for one, user in users.items():
            if name.casefold() in (one.casefold(), user["login"], user["login"].split("@")[0]):
                return one, user
        return None

    @route(f"GET {_ID}")
    def user(self, call: Call, name: str) -> Answer:
        if (found := self._find(name)) is None:
            return _ABSENT
        one, user = found
        return Answer(
            200, {"id": one, "status": user["status"], "profile": {"login": user["login"]}}
        )

    @route(f"POST {_ID}/lifecycle/suspend")
    def suspend(self, call: Call, name: str) -> Answer:
        return self._turn(name, "ACTIVE", "SUSPENDED")

    @route(f"POST {_ID}/lifecycle/unsuspend")
    def unsuspend(self, call: Call, name: str) -> Answer:
        return self._turn(name, "SUSPENDED", "ACTIVE")

    def _turn(self, name: str, before: str, after: str) -> Answer:
        if (found := self._find(name)) is None:
            return _ABSENT
        if found[1]["status"] != before:
            return error(400, f"Cannot do that: the user is not {before}")
        found[1]["status"] = after
        return Answer(200, {})

    @route(f"DELETE {_ID}/sessions")
    def clear(self, call: Call, name: str) -> Answer:
        if (found := self._find(name)) is None:
            return _ABSENT
        found[1]["sessions"] = 0
        if call.query.get("oauthTokens") == "true":
            for client in found[1]["clients"].values():
                client["tokens"] = []
        self._log("user.session.clear", found[0])
        return Answer(204)

    @route(f"GET {_ID}/clients")
    def clients(self, call: Call, name: str) -> Answer:
        found = self._find(name)
        held = {n: c for n, c in found[1]["clients"].items() if any(c.values())} if found else {}
        return Answer(200, [{"client_id": one} for one in held]) if found else _ABSENT

    @route(f"GET {_ID}/clients/{{}}/tokens")
    @route(f"GET {_ID}/clients/{{}}/grants")
    def held(self, call: Call, name: str, client: str) -> Answer:
        what = call.path.rsplit("/", 1)[1]
        return Answer(200, [{"id": one} for one in self._held(name, client)[what]])

    @route(f"DELETE {_ID}/clients/{{}}/tokens")
    @route(f"DELETE {_ID}/clients/{{}}/grants")
    def unhold(self, call: Call, name: str, client: str) -> Answer:
        self._held(name, client)[call.path.rsplit("/", 1)[1]] = []
        return Answer(204)

    def _held(self, name: str, client: str) -> dict[str, list[str]]:
        found = self._find(name)
        empty: dict[str, list[str]] = {"tokens": [], "grants": []}
        held: dict[str, list[str]] = found[1]["clients"].get(client, empty) if found else empty
        return held

    @route(f"GET {_ID}/roles")
    def roles(self, call: Call, name: str) -> Answer:
        found = self._find(name)
        return Answer(
            200, [{"type": r, "status": "ACTIVE"} for r in found[1]["roles"]] if found else []
        )

    @route("GET /api/v1/iam/assignees/users")
    def admins(self, call: Call) -> Answer:
        held = [{"id": one} for one, user in self.state["users"].items() if user["roles"]]
        return Answer(200, {"value": held})

    @route(f"GET {_ID}/risk")
    def risk(self, call: Call, name: str) -> Answer:
        found = self._find(name)
        return Answer(200, {"riskLevel": found[1]["risk"]}) if found else _ABSENT

    @route(f"PUT {_ID}/risk")
    def set_risk(self, call: Call, name: str) -> Answer:
        if (found := self._find(name)) is None:
            return _ABSENT
        if call.body.get("riskLevel") not in ("HIGH", "LOW"):
            return error(400, "Api validation failed: riskLevel")
        found[1]["risk"] = call.body["riskLevel"]
        return Answer(200, call.body)

    @route("GET /api/v1/api-tokens/{}")
    def api_token(self, call: Call, token: str) -> Answer:
        owner = self.state["tokens"].get(token)
        return Answer(200, {"id": token, "userId": owner}) if owner else _ABSENT

    @route("DELETE /api/v1/api-tokens/{}")
    def revoke_api_token(self, call: Call, token: str) -> Answer:
        return Answer(204) if self.state["tokens"].pop(token, None) else _ABSENT

    @route("GET /api/v1/logs")
    def logs(self, call: Call) -> Answer:
        match = re.fullmatch(
            r'eventType eq "([\w.]+)" and target.id eq "(\w+)"', call.query["filter"]
        )
        if match is None:
            return error(400, "Invalid filter")
        since = call.query.get("since", "")
        found = [
            {"eventType": event, "published": when, "outcome": {"result": "SUCCESS"},
             "target": [{"id": user, "type": "User"}]}
            for event, user, when in self.state["log"]
            if (event, user) == match.groups() and when >= since
        ]  # fmt: skip
        return Answer(200, found[::-1][: int(call.query["limit"])])

    def _log(self, event: str, user: str) -> None:
        when = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.state["log"].append([event, user, when])

    # Apps ----------------------------------------------------------------------------------------

    @route(f"GET {_APP}")
    def app(self, call: Call, app: str) -> Answer:
        found = self.state["apps"].get(app)
        told = {"credentials": {"oauthClient": {"client_id": app}}, "signOnMode": "OPENID_CONNECT"}
        return Answer(200, {"id": app, "status": found["status"], **told}) if found else _ABSENT

    @route(f"GET {_APP}/users")
    def app_users(self, call: Call, app: str) -> Answer:
        held = self.state["apps"][app]["users"][: int(call.query["limit"])]
        return Answer(200, [{"id": one} for one in held])

    @route(f"POST {_APP}/lifecycle/deactivate")
    @route(f"POST {_APP}/lifecycle/activate")
    def turn_app(self, call: Call, app: str) -> Answer:
        if app not in self.state["apps"]:
            return _ABSENT
        off = call.path.endswith("/deactivate")
        self.state["apps"][app]["status"] = "INACTIVE" if off else "ACTIVE"
        if off and not self.tokens_outlive:
            self.state["access"] = {}
        return Answer(200, {})

    @route(f"GET {_APP}/tokens")
    def refresh_tokens(self, call: Call, app: str) -> Answer:
        held = [
            {"id": one, "clientId": app, "status": "ACTIVE"}
            for one in self.state["apps"][app]["refresh"]
        ]
        return Answer(200, held)

    @route(f"DELETE {_APP}/tokens")
    def revoke_refresh_tokens(self, call: Call, app: str) -> Answer:
        self.state["apps"][app]["refresh"] = []  # those of client credentials have none: they live
        return Answer(204)

    @route(f"GET {_APP}/credentials/secrets")
    def secrets(self, call: Call, app: str) -> Answer:
        return Answer(200, self.state["apps"][app]["secrets"])

    @route(f"POST {_APP}/credentials/secrets")
    def add_secret(self, call: Call, app: str) -> Answer:
        held = self.state["apps"][app]["secrets"]
        if len(held) > 1:
            return error(400, "You can't have more than two client secrets")
        self.state["made"] += 1
        made = _secret(f"ocs{self.state['made'] + 1}", "a-new-secret-nobody-may-keep", 30)
        held.append(made)
        return Answer(201, made)

    @route(f"GET {_APP}/credentials/jwks")
    def keys(self, call: Call, app: str) -> Answer:
        return Answer(200, self.state["apps"][app]["keys"])

    @route(f"GET {_APP}/credentials/{{}}/{{}}")
    def credential(self, call: Call, app: str, what: str, one: str) -> Answer:
        found = self._credential(app, what, one)
        return Answer(200, found) if found else _ABSENT

    @route(f"POST {_APP}/credentials/{{}}/{{}}/lifecycle/deactivate")
    def deactivate(self, call: Call, app: str, what: str, one: str) -> Answer:
        if (found := self._credential(app, what, one)) is None:
            return _ABSENT
        if what == "secrets" and len(self.state["apps"][app]["secrets"]) == 1:
            return error(400, "You can't deactivate the only client secret")
        if found.get("use") == "enc":
            return error(400, "You can't deactivate the active encryption key")
        found["status"] = "INACTIVE"
        return Answer(200, found)

    @route(f"POST {_APP}/credentials/{{}}/{{}}/lifecycle/activate")
    def activate(self, call: Call, app: str, what: str, one: str) -> Answer:
        if (found := self._credential(app, what, one)) is None:
            return _ABSENT
        found["status"] = "ACTIVE"
        return Answer(200, found)

    def _credential(self, app: str, what: str, one: str) -> dict[str, Any] | None:
        held = self.state["apps"][app]["keys" if what == "jwks" else "secrets"]
        return next((row for row in held if row["id"] == one), None)

    # AI agents -----------------------------------------------------------------------------------

    @route(f"GET {_AGENT}")
    def agent(self, call: Call, agent: str) -> Answer:
        status = self.state["agents"].get(agent)
        return Answer(200, {"id": agent, "status": status}) if status else _ABSENT

    @route(f"POST {_AGENT}/lifecycle/deactivate")
    def deactivate_agent(self, call: Call, agent: str) -> Answer:
        return self._soon(agent, "ACTIVE", "INACTIVE")

    @route(f"POST {_AGENT}/lifecycle/activate")
    def activate_agent(self, call: Call, agent: str) -> Answer:
        return self._soon(agent, "INACTIVE", "ACTIVE")

    def _soon(self, agent: str, before: str, after: str) -> Answer:
        if self.state["agents"].get(agent) != before:
            return error(400, f"The AI agent is not {before}")
        self.later(lambda: self.state["agents"].update({agent: after}))
        return Answer(202, None, {"Location": "/workload-principals/api/v1/operations/op1"})
