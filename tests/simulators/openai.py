"""OpenAI's administration of projects, and what the agent does with a key: ``POST /v1/responses``.

Keys, service accounts and archiving are held to the vendor's OpenAPI description; projects and rate
limits are not in the cut of it that is at hand.
"""

from __future__ import annotations

from typing import Any

from .base import Answer, Call, Simulator, route

PROJECT, KEY, BOUND, ACCOUNT = "proj_acme", "key_helper", "key_bound", "svc_acct_helper"
_WHEN = 1_790_000_000


def fresh() -> dict[str, Any]:
    """Return an organization of two projects; the agent's has a user's key and a bound one."""
    return {
        "projects": {
            "proj_other": {"id": "proj_other", "status": "active"},
            PROJECT: {"id": PROJECT, "status": "active"},
        },
        "keys": {
            KEY: api_key(KEY, {"type": "user", "user": person("user_dana")}),
            BOUND: api_key(BOUND, {"type": "service_account", "service_account": account()}),
        },
        "accounts": {ACCOUNT: account()},
        "limits": {"rl-a": limit("rl-a", "model-a", 500), "rl-b": limit("rl-b", "model-b", 60)},
        "lowest": 0,
    }


def person(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": "Dana",
        "email": "dana@acme.example",
        "role": "member",
        "created_at": _WHEN,
    }


def account() -> dict[str, Any]:
    return {
        "object": "organization.project.service_account",
        "id": ACCOUNT,
        "name": "helper",
        "role": "member",
        "created_at": _WHEN,
    }


def api_key(key: str, owner: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "organization.project.api_key",
        "id": key,
        "name": key,
        "redacted_value": "sk-...abc",
        "created_at": _WHEN,
        "last_used_at": _WHEN,
        "owner": owner,
        "owner_project_access": "active",
    }


def limit(name: str, model: str, rate: int) -> dict[str, Any]:
    return {
        "object": "project.rate_limit",
        "id": name,
        "model": model,
        "max_requests_per_1_minute": rate,
        "max_tokens_per_1_minute": 10_000,
    }


class OpenAI(Simulator):
    contract = "openai"

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state or fresh())

    def admits(self, call: Call) -> Answer | None:
        if call.path == "/v1/responses" or call.headers.get("authorization") == "Bearer admin":
            return None
        return error(401, "Incorrect API key provided")

    @route("POST /v1/responses", reads=True)
    def respond(self, call: Call) -> Answer:
        """Answer the agent: its key's name is its value here."""
        key = call.headers.get("authorization", "").removeprefix("Bearer ")
        active = self.state["projects"][PROJECT]["status"] == "active"
        if key not in self.state["keys"] or not active:
            return error(401, "Incorrect API key provided")
        if self.state["limits"]["rl-a"]["max_requests_per_1_minute"] == 0:
            return Answer(429, {"error": {"message": "Rate limit reached"}})
        return Answer(200, {"object": "response"})

    @route("GET /v1/organization/projects")
    def projects(self, call: Call) -> Answer:
        """One project a page: whoever asks must turn the page."""
        rows = list(self.state["projects"].values())
        after = call.query.get("after")
        at = next((n + 1 for n, row in enumerate(rows) if row["id"] == after), 0)
        return listing(rows[at : at + 1], more=at + 1 < len(rows))

    @route("GET /v1/organization/projects/{}")
    def project(self, call: Call, project: str) -> Answer:
        found = self.state["projects"].get(project)
        return Answer(200, found) if found else error(404, "No such project")

    @route("POST /v1/organization/projects/{}/archive")
    def archive(self, call: Call, project: str) -> Answer:
        found = self.state["projects"].get(project)
        if found is None:
            return error(404, "No such project")
        found["status"] = "archived"
        body = {
            "id": project,
            "object": "organization.project",
            "name": "helper",
            "created_at": _WHEN,
            "archived_at": _WHEN,
            "status": "archived",
        }
        return Answer(200, body)

    @route("GET /v1/organization/projects/{}/api_keys")
    def keys(self, call: Call, project: str) -> Answer:
        return listing(list(self.state["keys"].values()) if project == PROJECT else [])

    @route("GET /v1/organization/projects/{}/api_keys/{}")
    def key(self, call: Call, project: str, key: str) -> Answer:
        found = self.state["keys"].get(key) if project == PROJECT else None
        return Answer(200, found) if found else error(404, "No such API key")

    @route("DELETE /v1/organization/projects/{}/api_keys/{}")
    def delete_key(self, call: Call, project: str, key: str) -> Answer:
        found = self.state["keys"].get(key)
        if found is None or project != PROJECT:
            return error(404, "No such API key")
        if found["owner"]["type"] == "service_account":
            return error(400, "cannot delete an API key of a service account")
        del self.state["keys"][key]
        return deleted("organization.project.api_key", key)

    @route("GET /v1/organization/projects/{}/service_accounts/{}")
    def account(self, call: Call, project: str, one: str) -> Answer:
        found = self.state["accounts"].get(one)
        return Answer(200, found) if found else error(404, "No such service account")

    @route("DELETE /v1/organization/projects/{}/service_accounts/{}")
    def delete_account(self, call: Call, project: str, one: str) -> Answer:
        if one not in self.state["accounts"]:
            return error(404, "No such service account")
        del self.state["accounts"][one]
        self.state["keys"].pop(BOUND, None)
        return deleted("organization.project.service_account", one)

    @route("GET /v1/organization/projects/{}/rate_limits")
    def limits(self, call: Call, project: str) -> Answer:
        return listing(list(self.state["limits"].values()))

    @route("POST /v1/organization/projects/{}/rate_limits/{}")
    def set_limit(self, call: Call, project: str, one: str) -> Answer:
        rate = call.body["max_requests_per_1_minute"]
        if rate < self.state["lowest"]:
            return error(400, "max_requests_per_1_minute is below the minimum")
        self.state["limits"][one]["max_requests_per_1_minute"] = rate
        return Answer(200, self.state["limits"][one])


def listing(rows: list[dict[str, Any]], *, more: bool = False) -> Answer:
    first, last = (rows[0]["id"], rows[-1]["id"]) if rows else ("", "")
    body = {"object": "list", "data": rows, "first_id": first, "last_id": last, "has_more": more}
    return Answer(200, body)


def deleted(kind: str, one: str) -> Answer:
    return Answer(200, {"object": f"{kind}.deleted", "id": one, "deleted": True})


def error(status: int, message: str) -> Answer:
    """Return an error as the vendor says it."""
    return Answer(status, {"error": {"message": message, "code": None, "param": None, "type": "x"}})
