"""Anthropic, as its SDK describes it: keys, service accounts, deployments, sessions.

No OpenAPI description is published that the calls could be held to. ``POST /v1/messages`` is what
the agent itself does: with the key ``key-value`` of ``apikey_01Agent``, or with the token
``minted`` of its service account.
"""

from __future__ import annotations

from typing import Any

from .base import Answer, Call, Simulator, route

WHEN = "2026-11-29T10:00:00Z"
BETA = "managed-agents-2026-04-01"
KEY, ACCOUNT, RULE = "apikey_01Agent", "svac_01Agent", "fdrl_01Agent"
DEPLOYMENT, SESSION = "depl_01Agent", "sesn_01Agent"
SECRETS = {"admin_key": "admin-secret", "oauth_token": "oauth-secret", "workspace_key": "ws-secret"}


def fresh() -> dict[str, Any]:
    """Return an organization with one agent."""
    return {
        "api_keys": {KEY: {"id": KEY, "type": "api_key", "status": "active", "name": "helper"}},
        "service_accounts": {
            ACCOUNT: {
                "id": ACCOUNT,
                "type": "service_account",
                "name": "helper",
                "organization_role": "developer",
                "archived_at": None,
            }
        },
        "federation_rules": {
            RULE: {
                "id": RULE,
                "type": "federation_rule",
                "archived_at": None,
                "token_lifetime_seconds": 600,
                "target": {"type": "service_account", "service_account_id": ACCOUNT},
            },
            "fdrl_01Other": {
                "id": "fdrl_01Other",
                "type": "federation_rule",
                "archived_at": None,
                "token_lifetime_seconds": 600,
                "target": {"type": "service_account", "service_account_id": "svac_01Other"},
            },
        },
        "deployments": {DEPLOYMENT: {"id": DEPLOYMENT, "status": "active", "archived_at": None}},
        "sessions": {SESSION: {"id": SESSION, "status": "running", "archived_at": None}},
    }


class Anthropic(Simulator):
    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state or fresh())

    def admits(self, call: Call) -> Answer | None:
        if call.headers.get("anthropic-version") != "2023-06-01":
            return error(400, "anthropic-version: header is required")
        own = ("/v1/organizations/service_accounts", "/v1/organizations/federation_rules")
        if call.path.startswith(own):
            good = call.headers.get("authorization") == "Bearer oauth-secret"
        elif call.path.startswith("/v1/organizations/"):
            good = call.headers.get("x-api-key") == "admin-secret"
        elif call.path == "/v1/messages":
            return None
        else:
            if call.headers.get("anthropic-beta") != BETA:
                return error(404, "Not found")
            good = call.headers.get("x-api-key") == "ws-secret"
        return None if good else error(401, "invalid credentials")

    @route("POST /v1/messages", reads=True)
    def messages(self, call: Call) -> Answer:
        if call.headers.get("x-api-key") == "key-value":
            good = self.state["api_keys"][KEY]["status"] == "active"
        else:
            good = self.tokens_outlive
        return Answer(200, {"type": "message"}) if good else error(401, "invalid x-api-key")

    @route("GET /v1/organizations/api_keys/{}")
    def key(self, call: Call, key: str) -> Answer:
        return self._shown("api_keys", key)

    @route("POST /v1/organizations/api_keys/{}")
    def set_key(self, call: Call, key: str) -> Answer:
        found = self.state["api_keys"].get(key)
        if found is None:
            return error(404, "Not found")
        wanted = call.body.get("status")
        if wanted not in ("active", "inactive", "archived"):
            return error(400, "status: Input should be 'active', 'inactive' or 'archived'")
        if found["status"] in ("archived", "expired"):
            return error(400, f"an API key that is {found['status']} cannot be changed")
        found["status"] = wanted
        return Answer(200, found)

    @route("GET /v1/organizations/service_accounts/{}")
    def account(self, call: Call, account: str) -> Answer:
        return self._shown("service_accounts", account)

    @route("POST /v1/organizations/service_accounts/{}/archive")
    def archive_account(self, call: Call, account: str) -> Answer:
        if any(self._targets(one, account) for one in self.state["federation_rules"].values()):
            return error(400, "a live federation rule targets this service account")
        return self._archived("service_accounts", account)

    @route("GET /v1/organizations/federation_rules")
    def rules(self, call: Call) -> Answer:
        """One rule a page: whoever asks must turn the page."""
        rows = [r for r in self.state["federation_rules"].values() if not r["archived_at"]]
        at = int(call.query.get("page", "0"))
        after = str(at + 1) if at + 1 < len(rows) else None
        return Answer(200, {"data": rows[at : at + 1], "next_page": after})

    @route("GET /v1/organizations/federation_rules/{}")
    def rule(self, call: Call, rule: str) -> Answer:
        return self._shown("federation_rules", rule)

    @route("POST /v1/organizations/federation_rules/{}/archive")
    def archive_rule(self, call: Call, rule: str) -> Answer:
        return self._archived("federation_rules", rule)

    @route("GET /v1/deployments/{}")
    def deployment(self, call: Call, one: str) -> Answer:
        return self._shown("deployments", one)

    @route("POST /v1/deployments/{}/pause")
    def pause(self, call: Call, one: str) -> Answer:
        return self._switched(one, "active", "paused")

    @route("POST /v1/deployments/{}/unpause")
    def unpause(self, call: Call, one: str) -> Answer:
        return self._switched(one, "paused", "active")

    def _switched(self, one: str, before: str, after: str) -> Answer:
        found = self.state["deployments"].get(one)
        if found is None:
            return error(404, "Not found")
        if found["status"] != before:
            return error(400, f"the deployment is {found['status']} already")
        found["status"] = after
        return Answer(200, found)

    @route("GET /v1/sessions/{}")
    def session(self, call: Call, one: str) -> Answer:
        return self._shown("sessions", one)

    @route("POST /v1/sessions/{}/events")
    def events(self, call: Call, one: str) -> Answer:
        found = self.state["sessions"].get(one)
        if found is None:
            return error(404, "Not found")
        if call.body != {"events": [{"type": "user.interrupt"}]}:
            return error(400, "events: unknown")

        def stop() -> None:
            self.state["sessions"][one]["status"] = "idle"

        self.later(stop)
        return Answer(200, {"data": [{"id": "sevt_01", "type": "user.interrupt"}]})

    @route("POST /v1/sessions/{}/archive")
    def archive_session(self, call: Call, one: str) -> Answer:
        if self.state["sessions"].get(one, {}).get("status") == "running":
            return error(400, "the session is running")
        return self._archived("sessions", one)

    def _shown(self, kind: str, one: str) -> Answer:
        found = self.state[kind].get(one)
        return Answer(200, found) if found else error(404, "Not found")

    def _archived(self, kind: str, one: str) -> Answer:
        found = self.state[kind].get(one)
        if found is None:
            return error(404, "Not found")
        found["archived_at"] = found["archived_at"] or WHEN
        return Answer(200, found)

    @staticmethod
    def _targets(rule: dict[str, Any], account: str) -> bool:
        return not rule["archived_at"] and rule["target"]["service_account_id"] == account


def error(status: int, message: str) -> Answer:
    """Return an error as the vendor says it."""
    return Answer(status, {"type": "error", "error": {"type": "error", "message": message}})
