"""The words an event may use: actions with their ECS category and type, and the defaults.

ECS allows each ``event.category`` only certain ``event.type`` values (ECS field reference,
"event.category"); the pairs below keep to them and a sweep test checks every sample.
"""

from __future__ import annotations

from agentwarrant.event import ECS_VERSION, Value

ORIGINS = (
    "user", "peer", "web", "email", "tool", "webhook", "memory", "schedule", "system", "unknown",
)  # fmt: skip
UNTRUSTED_ORIGINS = frozenset({"peer", "web", "email", "webhook"})
"""Content from here was written by somebody who may not instruct the agent."""

TOOL_CLASSES = (
    "payment", "egress", "credential_read", "privilege", "destructive", "persistence",
    "memory_write", "config_change", "message", "delegate", "exec", "write", "discovery",
    "read", "other",
)  # fmt: skip
"""Strongest first: an action that is several things is named by the first."""

SENSITIVE_CLASSES = frozenset(TOOL_CLASSES[: TOOL_CLASSES.index("delegate") + 1])
"""Classes whose actions reach beyond the conversation or are hard to undo."""

TOOL_ACTS = (
    "schedule", "self_config", "agent_config_read", "wallet_read", "sandbox_escape",
    "guard_bypass", "guard_disable", "quarantine_change", "download_execute", "publish",
    "package_install", "skill_install", "deploy_agent", "credential_issue", "privilege_grant",
    "remote_access", "scan", "agent_runtime",
)  # fmt: skip
"""What an action does besides its class, each judged by itself (docs/events.md)."""

DEFAULTS: dict[str, Value] = {
    "ecs.version": ECS_VERSION,
    "event.kind": "event",
    "event.outcome": "unknown",
    "entity.type": "application",
    "entity.sub_type": "ai_agent",
    "warrant.agent.status": "unregistered",
    "warrant.agent.assurance": "none",
    "warrant.principal.kind": "unknown",
    "warrant.principal.authority": "unknown",
    "warrant.origin": "unknown",
    "warrant.peer.verified": "unknown",
    "warrant.peer.trust": "unknown",
    "warrant.taint.state": "clean",
    "warrant.scope.decision": "undeclared",
    "warrant.policy.decision": "unknown",
    "warrant.intent.verdict": "unknown",
    "warrant.approval.state": "none",
    "warrant.content.signal": "none",
    "warrant.data.sensitivity": "none",
    "warrant.network.kind": "none",
    "warrant.network.operation": "none",
    "warrant.tool.class": "other",
}
"""What every event carries unless its connector or a later step knows better."""

_ACTIONS: dict[str, tuple[list[str], list[str]]] = {
    "session_start": (["session"], ["start"]),
    "session_end": (["session"], ["end"]),
    "llm_request": (["api"], ["access"]),
    "tool_call": (["api"], ["start"]),
    "tool_result": (["api"], ["end"]),
    "message_received": (["api"], ["info"]),
    "message_sent": (["api"], ["info"]),
    "peer_connect": (["network"], ["connection", "start"]),
    "handoff": (["api"], ["start"]),
    "agent_spawned": (["session"], ["start"]),
    "approval_requested": (["api"], ["info"]),
    "approval_granted": (["api"], ["allowed"]),
    "approval_denied": (["api"], ["denied"]),
    "policy_decision": (["api"], ["info"]),
    "tool_definition_seen": (["configuration"], ["access"]),
    "skill_installed": (["package"], ["installation"]),
    "mcp_server_added": (["configuration"], ["creation"]),
    "memory_write": (["configuration"], ["change"]),
    "schedule_created": (["configuration"], ["creation"]),
    "config_changed": (["configuration"], ["change"]),
    "credential_issued": (["iam"], ["creation"]),
    "credential_used": (["authentication"], ["start"]),
    "credential_revoked": (["iam"], ["deletion"]),
    "login": (["authentication"], ["start"]),
    "network_connection": (["network"], ["connection", "start"]),
    "payment": (["api"], ["change"]),
    "kill_switch_engaged": (["iam"], ["change"]),
    "kill_switch_ack": (["iam"], ["info"]),
    "heartbeat": (["host"], ["info"]),
}
ACTIONS = tuple(_ACTIONS)

_TOOL_CALL: dict[str, tuple[list[str], list[str]]] = {
    "exec": (["api", "process"], ["start"]),
    "read": (["api", "file"], ["access"]),
    "credential_read": (["api", "file"], ["access"]),
    "write": (["api", "file"], ["change"]),
    "egress": (["api", "web"], ["access"]),
    "privilege": (["api", "iam"], ["change"]),
    "persistence": (["api", "configuration"], ["creation"]),
    "memory_write": (["api", "configuration"], ["change"]),
    "config_change": (["api", "configuration"], ["change"]),
    "destructive": (["api"], ["deletion"]),
    "payment": (["api"], ["change"]),
}


def category_of(action: str, tool_class: str = "") -> tuple[list[str], list[str]]:
    """Return ``event.category`` and ``event.type`` for an action.

    Raises:
        KeyError: The action is not in the vocabulary.
    """
    if action == "tool_call" and tool_class in _TOOL_CALL:
        return _TOOL_CALL[tool_class]
    return _ACTIONS[action]
