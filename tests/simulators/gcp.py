"""Google's IAM and Directory, held to a cut of Google's own API description.

``POST /token`` checks the signature of the responder's assertion. ``/agent/...`` is what the agent
does: ``/agent/call`` with a token that it has, ``/agent/mint`` with its key.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from .base import Answer, Call, Simulator, route
from .discovery import Discovery

PROJECT = "acme-agents"
EMAIL = f"acme-helper@{PROJECT}.iam.gserviceaccount.com"
OWN = "agentwarrant@acme-security.iam.gserviceaccount.com"
KEY = "0a" * 20
USER, ADMIN, CLIENT = "helper@acme.example", "secops@acme.example", "123.apps.example"
POINT = f"cloudresourcemanager.googleapis.com/projects/{PROJECT}"
_NAME = f"projects/{PROJECT}/serviceAccounts/{EMAIL}"


def fresh() -> dict[str, Any]:
    """Return a project with the agent's account, its key, and a Workspace user."""
    return {
        "accounts": {EMAIL: {"name": _NAME, "email": EMAIL, "projectId": PROJECT}},
        "keys": {
            KEY: {"name": f"{_NAME}/keys/{KEY}", "keyType": "USER_MANAGED"},
            "0b" * 20: {"name": f"{_NAME}/keys/{'0b' * 20}", "keyType": "SYSTEM_MANAGED"},
        },
        "policies": {},
        "provider": {"name": "projects/acme-agents/x", "oidc": {"issuerUri": "https://a.example"}},
        "users": {
            USER: {"primaryEmail": USER, "suspended": False, "isAdmin": False},
            "boss@acme.example": {
                "primaryEmail": "boss@acme.example",
                "suspended": False,
                "isAdmin": True,
            },
        },
        "tokens": {CLIENT: {"clientId": CLIENT, "displayText": "A mailer", "scopes": ["mail"]}},
        "signed_in": True,
    }


class Gcp(Simulator):
    def __init__(self, public_key: Any, state: dict[str, Any] | None = None) -> None:
        super().__init__(state or fresh())
        self._public = public_key
        self._contract = Discovery("gcp")

    def admits(self, call: Call) -> Answer | None:
        if call.path == "/token" or call.path.startswith("/agent/"):
            return None
        wanted = "Bearer directory" if call.path.startswith("/admin/") else "Bearer cloud"
        return None if call.headers.get("authorization") == wanted else error(401)

    @route("POST /token", reads=True)
    def token(self, call: Call) -> Answer:
        head, claims, seal = call.body["assertion"].split(".")
        self._verified(f"{head}.{claims}".encode(), _part(seal))
        said = json.loads(_part(claims))
        fresh_enough = said["iat"] <= time.time() + 5 and said["exp"] - said["iat"] <= 3600
        if said["iss"] != OWN or not fresh_enough:
            return Answer(400, {"error": "invalid_grant"})
        if "admin.directory" in said["scope"]:
            good = said.get("sub") == ADMIN
            return Answer(200, {"access_token": "directory"}) if good else error(401)
        return Answer(200, {"access_token": "cloud", "expires_in": 3599})

    def _verified(self, data: bytes, seal: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.hashes import SHA256

        self._public.verify(seal, data, padding.PKCS1v15(), SHA256())

    @route("POST /agent/call", reads=True)
    def call_google(self, call: Call) -> Answer:
        """A call with a token from before: dead while the account is disabled, and alive after."""
        off = self.state["accounts"][EMAIL].get("disabled", False)
        denied = bool(self.state["policies"])
        return error(401) if off else error(403) if denied else Answer(200, {})

    @route("POST /agent/mint", reads=True)
    def mint(self, call: Call) -> Answer:
        off = self.state["accounts"][EMAIL].get("disabled", False)
        key = self.state["keys"].get(KEY, {"disabled": True})
        return Answer(400 if off or key.get("disabled") else 200, {})

    @route("GET /v1/projects/{}/serviceAccounts/{}")
    def account(self, call: Call, project: str, email: str) -> Answer:
        found = self.state["accounts"].get(email)
        return Answer(200, found) if found else error(404)

    @route("POST /v1/projects/{}/serviceAccounts/{}:disable")
    def disable(self, call: Call, project: str, email: str) -> Answer:
        self.state["accounts"][email]["disabled"] = True
        return Answer(200, {})

    @route("POST /v1/projects/{}/serviceAccounts/{}:enable")
    def enable(self, call: Call, project: str, email: str) -> Answer:
        self.state["accounts"][email].pop("disabled", None)  # a false is left out
        return Answer(200, {})

    @route("GET /v1/projects/{}/serviceAccounts/{}/keys")
    def keys(self, call: Call, project: str, email: str) -> Answer:
        kind = call.query.get("keyTypes")
        rows = [k for k in self.state["keys"].values() if kind in (None, k["keyType"])]
        return Answer(200, {"keys": rows} if rows else {})

    @route("GET /v1/projects/{}/serviceAccounts/{}/keys/{}")
    def key(self, call: Call, project: str, email: str, key: str) -> Answer:
        found = self.state["keys"].get(key)
        return Answer(200, found) if found else error(404)

    @route("POST /v1/projects/{}/serviceAccounts/{}/keys/{}:disable")
    def disable_key(self, call: Call, project: str, email: str, key: str) -> Answer:
        self.state["keys"][key]["disabled"] = True
        return Answer(200, {})

    @route("POST /v1/projects/{}/serviceAccounts/{}/keys/{}:enable")
    def enable_key(self, call: Call, project: str, email: str, key: str) -> Answer:
        self.state["keys"][key].pop("disabled", None)
        return Answer(200, {})

    @route("DELETE /v1/projects/{}/serviceAccounts/{}/keys/{}")
    def delete_key(self, call: Call, project: str, email: str, key: str) -> Answer:
        return Answer(200, {}) if self.state["keys"].pop(key, None) else error(404)

    @route("POST /v2/policies/{}/denypolicies")
    def deny(self, call: Call, point: str) -> Answer:
        if point != POINT:
            return error(404)
        name, policy = call.query["policyId"], call.body
        if name in self.state["policies"]:
            return error(409)

        def done() -> None:  # a long-running operation: there in a while
            self.state["policies"][name] = {"name": name, **policy}

        self.later(done)
        return Answer(200, {"name": "operations/1", "done": False})

    @route("GET /v2/policies/{}/denypolicies/{}")
    def denial(self, call: Call, point: str, name: str) -> Answer:
        found = self.state["policies"].get(name)
        return Answer(200, found) if found else error(404)

    @route("DELETE /v2/policies/{}/denypolicies/{}")
    def undeny(self, call: Call, point: str, name: str) -> Answer:
        had = self.state["policies"].pop(name, None)
        return Answer(200, {"name": "operations/2", "done": True}) if had else error(404)

    @route("GET /v1/projects/{}/locations/global/workloadIdentityPools/{}/providers/{}")
    def provider(self, call: Call, project: str, pool: str, name: str) -> Answer:
        return Answer(200, self.state["provider"]) if name == "github" else error(404)

    @route("PATCH /v1/projects/{}/locations/global/workloadIdentityPools/{}/providers/{}")
    def set_provider(self, call: Call, project: str, pool: str, name: str) -> Answer:
        if call.query.get("updateMask") != "disabled":
            return error(400)
        self.state["provider"].pop("disabled", None)
        self.state["provider"] |= {"disabled": True} if call.body["disabled"] else {}
        return Answer(200, {"name": "operations/3", "done": True})

    @route("GET /admin/directory/v1/users/{}")
    def user(self, call: Call, user: str) -> Answer:
        found = self.state["users"].get(user)
        return Answer(200, found) if found else error(404)

    @route("PATCH /admin/directory/v1/users/{}")
    def patch_user(self, call: Call, user: str) -> Answer:
        self.state["users"][user] |= call.body
        return Answer(200, self.state["users"][user])

    @route("POST /admin/directory/v1/users/{}/signOut")
    def sign_out(self, call: Call, user: str) -> Answer:
        self.state["signed_in"] = False
        return Answer(204)

    @route("GET /admin/directory/v1/users/{}/tokens")
    def tokens(self, call: Call, user: str) -> Answer:
        rows = list(self.state["tokens"].values())
        return Answer(200, {"items": rows} if rows else {})

    @route("DELETE /admin/directory/v1/users/{}/tokens/{}")
    def delete_token(self, call: Call, user: str, client: str) -> Answer:
        return Answer(204) if self.state["tokens"].pop(client, None) else error(404)


def _part(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def error(status: int) -> Answer:
    """Return an error as Google says it."""
    return Answer(status, {"error": {"code": status, "message": "no", "status": "NO"}})
