"""A stand-in for Microsoft Graph, written from its documentation: no contract of it is at hand.

It keeps service principals by type, app registrations with their secrets and federated
credentials, users and risk. As the documentation says, a second removal of a secret is refused, an
object of another type than the path says is none, and a token lives on after its principal is
disabled (``tokens_outlive``, which is on).
"""

from __future__ import annotations

import time
from typing import Any

from .base import Answer, Call, Simulator, route

TENANT = "99999999-0000-4000-8000-000000000000"
OURS = "11111111-0000-4000-8000-000000000001"
AGENT = "22222222-0000-4000-8000-000000000002"
BLUEPRINT = "33333333-0000-4000-8000-000000000003"
PRINCIPAL = "44444444-0000-4000-8000-000000000004"
CLIENT = "44444444-0000-4000-8000-00000000c11e"
APP = "55555555-0000-4000-8000-000000000005"
KEY = "66666666-0000-4000-8000-000000000006"
OTHER_KEY = "66666666-0000-4000-8000-000000000007"
USER = "77777777-0000-4000-8000-000000000007"
MANAGED = "88888888-0000-4000-8000-000000000008"
SECRET = "the-client-secret-of-the-tests"  # noqa: S105  # a stand-in's
_ID = "/v1.0/servicePrincipals/{}"
_APP = "/v1.0/applications/{}"
_RISKS = {
    "/v1.0/identityProtection/riskyServicePrincipals": "servicePrincipalIds",
    "/beta/identityProtection/riskyAgents": "agentIds",
}


def tenant() -> dict[str, Any]:
    """Return a tenant with one agent in it, in each of the shapes that it may have."""
    return {
        "principals": {
            OURS: _principal("servicePrincipal", OURS),
            AGENT: _principal("agentIdentity", AGENT),
            BLUEPRINT: _principal("agentIdentityBlueprintPrincipal", BLUEPRINT),
            PRINCIPAL: _principal("servicePrincipal", CLIENT),
            MANAGED: _principal("servicePrincipal", MANAGED),
        },
        "apps": {
            APP: {
                "id": APP,
                "appId": CLIENT,
                "displayName": "helper",
                "passwordCredentials": [_secret(KEY, "leaked"), _secret(OTHER_KEY, "spare")],
                "keyCredentials": [{"keyId": OTHER_KEY, "type": "AsymmetricX509Cert"}],
                "federated": {
                    "fid1": {
                        "id": "fid1",
                        "name": "ci",
                        "issuer": "https://token.actions.githubusercontent.com",
                        "subject": "repo:acme/helper:ref:refs/heads/main",
                        "audiences": ["api://AzureADTokenExchange"],
                        "description": None,
                    }
                },
            }
        },
        "users": {USER: {"id": USER, "signInSessionsValidFromDateTime": "2026-01-01T00:00:00Z"}},
        "risk": {},
        "tokens": {},
        "made": 1,
    }


def _principal(kind: str, client: str) -> dict[str, Any]:
    return {"kind": kind, "appId": client, "accountEnabled": True}


def _secret(key: str, name: str) -> dict[str, Any]:
    return {
        "keyId": key,
        "displayName": name,
        "hint": "abc",
        "secretText": None,
        "startDateTime": "2026-01-01T00:00:00Z",
        "endDateTime": "2027-01-01T00:00:00Z",
    }


def error(status: int, code: str) -> Answer:
    """Return an error in Graph's form."""
    return Answer(status, {"error": {"code": code, "message": code}})


_ABSENT = error(404, "Request_ResourceNotFound")


class Entra(Simulator):
    """A tenant, its sign-in and Graph in one."""

    def __init__(self) -> None:
        super().__init__(tenant())
        self.tokens_outlive = True

    def admits(self, call: Call) -> Answer | None:
        if call.path.endswith("/token"):
            return None
        client = self.state["tokens"].get(
            call.headers.get("authorization", "").removeprefix("Bearer ")
        )
        if call.path == "/v1.0/organization":  # any workload may ask for it
            alive = client is not None and (self.tokens_outlive or self._is_on(client))
            return None if alive else error(401, "InvalidAuthenticationToken")
        return None if client == OURS else error(401, "InvalidAuthenticationToken")

    def _is_on(self, client: str) -> bool:
        return any(
            p["appId"] == client and p["accountEnabled"] for p in self.state["principals"].values()
        )

    @route("POST /{}/oauth2/v2.0/token")
    def token(self, call: Call, tenant: str) -> Answer:
        form = call.body
        good = form["client_secret"] == SECRET and tenant == TENANT
        if not good or not self._is_on(form["client_id"]):
            return Answer(401, {"error": "invalid_client", "error_description": "AADSTS7000112"})
        name = f"token-{len(self.state['tokens'])}"
        self.state["tokens"][name] = form["client_id"]
        return Answer(200, {"access_token": name, "token_type": "Bearer", "expires_in": 3599})

    @route("GET /v1.0/organization")
    def organization(self, call: Call) -> Answer:
        return Answer(200, {"value": []})

    # Principals ----------------------------------------------------------------------------------

    def _found(self, name: str, kind: str = "") -> tuple[str, dict[str, Any]] | None:
        for one, principal in self.state["principals"].items():
            fits = one == name or f"servicePrincipals(appId='{principal['appId']}')" == name
            if fits and kind in ("", principal["kind"]):
                return one, principal
        return None

    @route(f"GET {_ID}")
    @route(f"GET {_ID}/microsoft.graph.agentIdentity")
    @route(f"GET {_ID}/microsoft.graph.agentIdentityBlueprintPrincipal")
    def principal(self, call: Call, one: str) -> Answer:
        return self._shown(self._found(one, _cast(call)))

    @route("GET /v1.0/{}")
    def by_client(self, call: Call, name: str) -> Answer:
        for app in self.state["apps"].values():
            if name == f"applications(appId='{app['appId']}')":
                return Answer(200, _app(app))
        return self._shown(self._found(name))

    def _shown(self, found: tuple[str, dict[str, Any]] | None) -> Answer:
        return Answer(200, {"id": found[0], **found[1]}) if found else _ABSENT

    @route(f"PATCH {_ID}")
    @route(f"PATCH {_ID}/microsoft.graph.agentIdentity")
    @route(f"PATCH {_ID}/microsoft.graph.agentIdentityBlueprintPrincipal")
    def patch(self, call: Call, one: str) -> Answer:
        if (found := self._found(one, _cast(call))) is None:
            return _ABSENT
        found[1]["accountEnabled"] = call.body["accountEnabled"]
        return Answer(204)

    # Apps ----------------------------------------------------------------------------------------

    @route(f"GET {_APP}")
    def app(self, call: Call, one: str) -> Answer:
        found = self.state["apps"].get(one)
        return Answer(200, _app(found)) if found else _ABSENT

    @route(f"POST {_APP}/removePassword")
    def remove_password(self, call: Call, one: str) -> Answer:
        held = self.state["apps"][one]["passwordCredentials"]
        found = [row for row in held if row["keyId"] == call.body["keyId"]]
        if not found:
            return error(400, "Request_BadRequest: No password credential found with keyId")
        held.remove(found[0])
        return Answer(204)

    @route(f"GET {_APP}/federatedIdentityCredentials")
    def federated(self, call: Call, one: str) -> Answer:
        return Answer(200, {"value": list(self.state["apps"][one]["federated"].values())})

    def _federated(self, app: str, name: str) -> dict[str, Any] | None:
        held = self.state["apps"][app]["federated"].values()
        return next((row for row in held if name in (row["id"], row["name"])), None)

    @route(f"GET {_APP}/federatedIdentityCredentials/{{}}")
    def one_federated(self, call: Call, app: str, name: str) -> Answer:
        found = self._federated(app, name)
        return Answer(200, found) if found else _ABSENT

    @route(f"DELETE {_APP}/federatedIdentityCredentials/{{}}")
    def delete_federated(self, call: Call, app: str, name: str) -> Answer:
        found = self._federated(app, name)
        if found is None:
            return _ABSENT
        del self.state["apps"][app]["federated"][found["id"]]
        return Answer(204)

    @route(f"POST {_APP}/federatedIdentityCredentials")
    def add_federated(self, call: Call, app: str) -> Answer:
        if self._federated(app, call.body["name"]):
            return error(409, "Request_MultipleObjectsWithSameKeyValue")
        self.state["made"] += 1
        made = {"id": f"fid{self.state['made']}", **call.body}
        self.state["apps"][app]["federated"][made["id"]] = made
        return Answer(201, made)

    # Users and risk ------------------------------------------------------------------------------

    @route("GET /v1.0/users/{}")
    def user(self, call: Call, one: str) -> Answer:
        found = self.state["users"].get(one)
        return Answer(200, found) if found else _ABSENT

    @route("POST /v1.0/users/{}/revokeSignInSessions")
    def revoke(self, call: Call, one: str) -> Answer:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.state["users"][one]["signInSessionsValidFromDateTime"] = now
        return Answer(200, {"value": True})

    @route("GET /v1.0/identityProtection/riskyServicePrincipals/{}")
    @route("GET /beta/identityProtection/riskyAgents/{}")
    def risk(self, call: Call, one: str) -> Answer:
        state = self.state["risk"].get(one)
        return Answer(200, {"id": one, "riskState": state}) if state else _ABSENT

    @route("POST /v1.0/identityProtection/riskyServicePrincipals/{}")
    @route("POST /beta/identityProtection/riskyAgents/{}")
    def judge(self, call: Call, verdict: str) -> Answer:
        said = {"confirmCompromised": "confirmedCompromised", "dismiss": "dismissed"}[verdict]
        ids = call.body[_RISKS[call.path.rsplit("/", 1)[0]]]
        if not ids:
            return error(400, "BadRequest")
        for one in ids:
            self.state["risk"][one] = said
        return Answer(204)


def _cast(call: Call) -> str:
    last = call.path.rsplit("/", 1)[1]
    return last.removeprefix("microsoft.graph.") if last.startswith("microsoft.graph.") else ""


def _app(app: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in app.items() if name != "federated"}
