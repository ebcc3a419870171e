"""The API of Claude Code's managed settings, as the vendor's SDK describes it.

``serves`` is what the vendor's server gives to a member of some groups: the settings of the first
group in the order that it belongs to.
"""

from __future__ import annotations

from typing import Any

from .base import Answer, Call, Simulator, route

BETA = "ce-claude-code-managed-settings-2026-10-06"
GROUP, FIRST = "rbac_group_01Helper", "rbac_group_01Staff"
SECRET = "sk-a-secret-in-the-settings"  # noqa: S105  # no secret: the tests look for it
_WHEN = "2026-11-29T10:00:00Z"


def fresh() -> dict[str, Any]:
    """Return an organization with settings for its staff, and none for the agents."""
    return {
        "mode": "rbac_groups",
        "order": [FIRST],
        "version": 1,
        "settings": {FIRST: {"env": {"TOKEN": SECRET}, "permissions": {"deny": ["WebFetch"]}}},
    }


class ManagedSettings(Simulator):
    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state or fresh())
        self.race = False

    def admits(self, call: Call) -> Answer | None:
        if call.headers.get("anthropic-beta") != BETA:
            return error(404, "Not found")
        return None if call.headers.get("x-api-key") == "admin" else error(401, "invalid key")

    def serves(self, *groups: str) -> dict[str, Any]:
        found = next((one for one in self.state["order"] if one in groups), "")
        settings: dict[str, Any] = self.state["settings"].get(found, {})
        return settings

    @route("GET /v1/organizations/claude_code/managed_settings/configuration")
    def configuration(self, call: Call) -> Answer:
        body = {
            "type": "claude_code_managed_settings_configuration",
            "mode": {"type": self.state["mode"]},
            "rbac_group_order": self.state["order"],
            "rbac_group_order_version": str(self.state["version"]),
        }
        if self.race:  # somebody changes the order right after it was read
            self.state["version"] += 1
        return Answer(200, body)

    @route("POST /v1/organizations/claude_code/managed_settings/configuration")
    def configure(self, call: Call) -> Answer:
        if call.body["rbac_group_order_version"] != str(self.state["version"]):
            return error(409, "rbac_group_order_version is stale")
        if set(call.body["rbac_group_order"]) != set(self.state["order"]):
            return error(400, "rbac_group_order must hold every group with settings")
        self.state["order"] = call.body["rbac_group_order"]
        self.state["version"] += 1
        return Answer(200, {"rbac_group_order": self.state["order"]})

    @route("GET /v1/organizations/claude_code/managed_settings/rbac_groups/{}")
    def group(self, call: Call, group: str) -> Answer:
        if group not in self.state["settings"]:
            return error(404, "no settings")
        return Answer(200, shown(group, self.state["settings"][group]))

    @route("POST /v1/organizations/claude_code/managed_settings/rbac_groups/{}")
    def set_group(self, call: Call, group: str) -> Answer:
        if set(call.body) != {"settings"} or not isinstance(call.body["settings"], dict):
            return error(400, "settings: a whole document is needed")
        if group not in self.state["settings"]:
            self.state["order"].append(group)
            self.state["version"] += 1
        self.state["settings"][group] = call.body["settings"]
        return Answer(200, shown(group, call.body["settings"]))

    @route("DELETE /v1/organizations/claude_code/managed_settings/rbac_groups/{}")
    def delete_group(self, call: Call, group: str) -> Answer:
        if self.state["settings"].pop(group, None) is None:
            return error(404, "no settings")
        self.state["order"].remove(group)
        self.state["version"] += 1
        return Answer(200, {"rbac_group_id": group})


def shown(group: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "claude_code_rbac_group_managed_settings",
        "rbac_group_id": group,
        "rbac_group_status": {"type": "active"},
        "settings": settings,
        "created_at": _WHEN,
        "updated_at": _WHEN,
    }


def error(status: int, message: str) -> Answer:
    """Return an error as the vendor says it."""
    return Answer(status, {"type": "error", "error": {"type": "error", "message": message}})
