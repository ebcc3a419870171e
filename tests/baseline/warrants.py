"""The warrants of the sanctioned agents, as their owners would have signed them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from . import audit_cloud, audit_identity, claude_code, openclaw, spans
from .fleet import HELPERS, Made, Seat

_CODEX = {
    "sh": "exec_command",
    "read": "exec_command",
    "grep": "exec_command",
    "glob": "exec_command",
    "fetch": "exec_command",
    "edit": "apply_patch",
    "write": "apply_patch",
}
_SHELL_HOSTS = [
    "*.example",
    "*.acme.example",
    "github.com",
    "*.github.com",
    "localhost",
    "127.0.0.1",
    "pypi.org",
    "files.pythonhosted.org",
    "registry.npmjs.org",
    "*.amazonaws.com",
]
_HOSTS = {"coding": _SHELL_HOSTS, "research": ["*.example"]}
_PATHS = {
    "coding": {"allow": ["./**", "/tmp/**", "dist/**"], "deny": ["~/.ssh/**"]},  # noqa: S108  # a scope
    "research": {"allow": ["./**"]},
}
_CHIEFS = ("planner", "chief", "lead", "reader")
_PEERS = [{"id": name, "trusted": True} for name in (*_CHIEFS, *HELPERS, "it-helper", "support")]
_KINDS = {"coding": "coding", "orchestration": "orchestrator"}


def native(seat: Seat, tool: str) -> str:
    """Return what an agent's source calls a tool."""
    if seat.source == "claude_code":
        return claude_code.NAMES.get(tool, f"mcp__office__{tool}")
    if seat.source == "codex":
        return _CODEX.get(tool, tool)
    if seat.source == "openclaw":
        return openclaw.NAMES.get(tool, tool)
    return spans.NAMES.get(tool, tool)


def write(folder: Path, tenant: str, sessions: list[Made]) -> None:
    """Write a warrant for every agent that the sessions show, and for the app of the audit logs."""
    folder.mkdir()
    tools: dict[Seat, set[str]] = defaultdict(set)
    helping: dict[str, set[str]] = defaultdict(set)
    kinds: dict[Seat, str] = {}
    for made in sessions:
        if made.seat:
            tools[made.seat] |= {native(made.seat, tool) for tool in made.tools}
            for name, used in made.handed.items():
                helping[name] |= {spans.NAMES.get(tool, tool) for tool in used}
                tools[made.seat].add("action:handoff")
            kinds[made.seat] = made.kind
    for seat, used in tools.items():
        used |= helping.pop(seat.agent, set()) if seat.source == "otel_genai" else set()
        kind, account = seat.account
        warrant = _warrant(seat.agent, kinds[seat], [{"kind": kind, "id": account}])
        warrant["scope"] = _scope(kinds[seat], sorted(used))
        if seat.source == "openclaw":
            warrant["principals"] = _principals()
            warrant["standing"] = [
                {"name": "scheduled jobs", "tools": sorted(used), "origins": ["schedule"]}
            ]
        _save(folder, tenant, warrant)
    for name, used in helping.items():
        warrant = _warrant(name, "worker", [{"kind": "otel_genai.agent", "id": name}])
        warrant["scope"] = {"tools": {"allow": sorted(used)}, "peers": _PEERS}
        _save(folder, tenant, warrant)
    _save(folder, tenant, _app())


def _warrant(agent: str, kind: str, identities: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "warrant": 1,
        "version": 1,
        "agent": {
            "id": agent,
            "name": agent.replace("-", " ").title(),
            "kind": _KINDS.get(kind, "assistant"),
            "owner": "dana@acme.example",
            "purpose": f"Everyday work: {kind.replace('_', ' ')}.",
        },
        "signed": {"by": "dana@acme.example", "at": "2026-10-01"},
        "valid": {"from": "2026-10-01", "until": "2027-05-01"},
        "identities": identities,
    }


def _scope(kind: str, tools: list[str]) -> dict[str, Any]:
    scope: dict[str, Any] = {"tools": {"allow": tools}, "peers": _PEERS, "delegation": {"depth": 2}}
    if kind in _HOSTS:
        scope["hosts"] = {"allow": _HOSTS[kind]}
    if kind in _PATHS:
        scope["paths"] = _PATHS[kind]
    if kind == "bookkeeping":
        scope["spending"] = [{"currency": "EUR", "per": "day", "limit": 100000}]
    return scope


def _principals() -> list[dict[str, Any]]:
    allowed = [{"kind": "human", "id": who, "authority": "allowed"} for who in openclaw.COLLEAGUES]
    owner = [
        {"kind": "human", "id": who, "authority": "owner"} for who in (openclaw.OWNER, "owner")
    ]
    planner = {"kind": "agent", "id": "planner", "authority": "allowed"}
    return [*owner, *allowed, planner, {"kind": "schedule", "authority": "allowed"}]


def _app() -> dict[str, Any]:
    accounts = (
        ("okta.app", audit_identity.OKTA_APP),
        ("okta.ai_agent", audit_identity.OKTA_AGENT),
        ("entra.app", audit_identity.ENTRA_APP),
        ("entra.service_principal", audit_identity.ENTRA_PRINCIPAL),
        ("keycloak.client", "acme/acme-helper"),
        ("github.app", "acme-helper"),
        ("aws.role", audit_cloud.ROLE),
        ("ecs.user", "agents-01/helper"),
    )
    warrant = _warrant(
        "acme-helper", "service", [{"kind": kind, "id": name} for kind, name in accounts]
    )
    return {
        **warrant,
        "scope": {
            "tools": {"allow": ["*"]},
            "data": {"allow": ["secret"]},
            "repositories": {"allow": ["acme/*"]},
            "hosts": {"allow": ["*.example", "*.amazonaws.com", "acme-lake", "acme-archive"]},
        },
    }


def _save(folder: Path, tenant: str, warrant: dict[str, Any]) -> None:
    path = folder / f"{warrant['agent']['id']}.yml"
    path.write_text(
        yaml.safe_dump({**warrant, "tenant": tenant}, sort_keys=False), encoding="utf-8"
    )
