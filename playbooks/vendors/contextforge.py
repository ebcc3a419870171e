"""ContextForge, an MCP gateway: tools, upstream servers, virtual servers, A2A agents, tokens.

An agent is contained here by its token and by its tools. The switch of a virtual server answers
200, and a read says that it is off, while the agent goes on calling its tools: such a step is
verified by the agent's own MCP client or not at all.

References:
    - https://ibm.github.io/mcp-context-forge/
    - ContextForge 1.0.7: every call, its effect at an MCP client and its undo were run
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Op,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import change, path, read
from agentwarrant.respond.transport import Transport
from agentwarrant.respond.vendor import HttpVendor

from ._contextforge import (
    ENDPOINT,
    MAX_STEPS,
    Gateway,
    enabled,
    logged_in,
    not_offered,
    state,
)

DOC = "docs/vendors/contextforge.md"
_PAUSE = 0.5
"""Seconds between two looks: an address that asks too often is locked out for 15 minutes."""
_REFUSED = (401, 403, 404)
_CLOSED = Expectation(("status",), [403, 404], op=Op.ONE_OF)
"""Not an empty list: that is what an agent sees too whose tools were switched off elsewhere."""
_REVOKED = Expectation(("body", "detail"), "Token has been revoked")
"""Not the 401 alone: that is what a token gets too that never was one."""


class ContextForge(HttpVendor):
    name = "contextforge"
    title = "ContextForge MCP gateway"
    probes = frozenset({"POST /servers/{}/mcp"})
    secrets: ClassVar = {
        "token": "an administrator's API token; or email and password instead",
        "password": "of the administrator named by email",
        "agent_token": "a token of the agent: to see what its MCP client is still offered",
    }
    options: ClassVar = {
        "email": "an administrator of the gateway, who logs in by password",
        "own_token": "id of token, which is never revoked",
        "agent_server": "id of the virtual server over which the agent of agent_token works",
        "agent_token_id": "id of agent_token",
    }
    examples = (
        "tool:upstream-wipe",
        "server:upstream",
        "contextforge.server:a62bf65a53434b36b1c16f2d4381c4f1",
        "contextforge.agent:a5cc070c7ba84d0aa48d15e655a0bb12",
        "contextforge.token:ed50dace-a1ef-4389-ba0d-c0a169a2cf1f",
    )

    def authorize(self, connection: Connection) -> http.Authorize:
        if connection.has("token"):
            return http.bearer(connection)
        return lambda client: {"Authorization": f"Bearer {logged_in(client, connection)}"}


class _Gateway(Action):
    vendor = "contextforge"
    propagation_seconds = 1.0
    rate_limit = 100
    required_permissions: ClassVar[tuple[str, ...]] = ("platform administrator",)
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        gateway = Gateway(transport)
        steps = tuple(self._steps(target, gateway))
        notes = list(dict.fromkeys(gateway.notes))
        if len(steps) > MAX_STEPS:
            notes.append(f"{len(steps)} would be needed; the first {MAX_STEPS} are planned")
        return Plan(self.id, target, steps[:MAX_STEPS], tuple(notes))

    @abstractmethod
    def _steps(self, target: Target, gateway: Gateway) -> Iterator[Step]:
        """Yield all steps, and leave notes with the gateway."""

    def verify(self, step: Step, transport: Transport) -> bool:
        """Return whether the effect shows; where it does not, let whoever asks again wait."""
        shown = super().verify(step, transport)
        if not shown:
            time.sleep(_PAUSE)
        return shown


class DisableTool(_Gateway):
    """Switch off a tool for every agent behind the gateway."""

    name = "disable_tool"
    verb = Verb.DISABLE_TOOL
    kinds = frozenset({"tool"})
    title = "Switch off a tool at the MCP gateway"
    method = "POST /tools/{}/state"
    reversibility = Reversibility.REVERSIBLE

    def _steps(self, target: Target, gateway: Gateway) -> Iterator[Step]:
        for one, name, row in gateway.tools(target):
            if row.get("enabled") is False:
                gateway.notes.append(f"Switched off already: {name}")
                continue
            known = bool(row)
            yield Step(
                title=self.title,
                request=state("tools", one, activate=False),
                changes=f"tool {name}: {'enabled' if known else 'not read,'} becomes disabled",
                verify=enabled("tools", one, wanted=False),
                undo=(state("tools", one, activate=True),) if known else (),
                undone=enabled("tools", one, wanted=True) if known else None,
                pre_state={"enabled": True} if known else {},
                note="No agent behind the gateway has it then, not only this one.",
                point=f"contextforge.tool:{name}",
                probes=gateway.listed(not_offered(name), accepts=_REFUSED),
            )


class DisableUpstream(_Gateway):
    """Switch off an MCP server behind the gateway, with all of its tools, for every agent."""

    name = "disable_upstream"
    verb = Verb.DISABLE_SERVER
    kinds = frozenset({"server"})
    title = "Switch off an MCP server behind the gateway"
    method = "POST /gateways/{}/state"
    reversibility = Reversibility.REVERSIBLE

    def _steps(self, target: Target, gateway: Gateway) -> Iterator[Step]:
        for one, name, row in gateway.upstreams(target):
            if row.get("enabled") is False:
                gateway.notes.append(f"Switched off already: {name}")
                continue
            tools = [t for t in gateway.rows("/tools") if t.get("gatewayId") == one]
            names = sorted(str(t.get("name")) for t in tools)
            off = sorted(str(t.get("id")) for t in tools if t.get("enabled") is False)
            known = bool(row)
            undo = (state("gateways", one, activate=True),) if known else ()
            yield Step(
                title=self.title,
                request=state("gateways", one, activate=False),
                changes=f"upstream {name} with {', '.join(names) or 'its tools'} becomes disabled",
                verify=enabled("gateways", one, wanted=False),
                undo=(*undo, *(state("tools", tool, activate=False) for tool in off)),
                undone=enabled("gateways", one, wanted=True) if known else None,
                pre_state={"enabled": True, "tools_off": off} if known else {},
                note=(
                    "No agent behind the gateway has its tools then. Switched on again, it brings"
                    " all of them: the undo then switches off those that were off before."
                ),
                point=f"contextforge.upstream:{name}",
                probes=gateway.listed(*map(not_offered, names), accepts=_REFUSED) if names else (),
            )


class DisableVirtualServer(_Gateway):
    """Switch off the virtual server that an agent works over; seen to do nothing in 1.0.7."""

    name = "disable_virtual_server"
    verb = Verb.DISABLE_SERVER
    kinds = frozenset({"contextforge.server"})
    title = "Switch off the agent's virtual server at the MCP gateway"
    method = "POST /servers/{}/state"
    reversibility = Reversibility.REVERSIBLE
    word_is_enough = False

    def _steps(self, target: Target, gateway: Gateway) -> Iterator[Step]:
        for one in gateway.ids(target, "contextforge.server"):
            row = gateway.get(path("/servers/{}", one)) or {}
            if gateway.asked and row.get("id") != one:
                gateway.notes.append(f"Left out, there is no such virtual server: {one}")
                continue
            known = row.get("enabled") is True
            yield Step(
                title=self.title,
                request=state("servers", one, activate=False),
                changes=f"virtual server {row.get('name', one)} becomes disabled",
                verify=enabled("servers", one, wanted=False),
                undo=(state("servers", one, activate=True),) if known else (),
                undone=enabled("servers", one, wanted=True) if known else None,
                pre_state={"enabled": True} if known else {},
                note=(
                    "The gateway answers 200 and says that it is off, and was seen to go on"
                    " listing and calling every tool of it. Revoke the agent's token and switch"
                    " off its tools instead."
                ),
                point=f"contextforge.server:{one}",
                probes=gateway.listed(_CLOSED, accepts=(403, 404), over=one),
            )


class DisableAgent(_Gateway):
    """Switch off an A2A agent that the gateway can call."""

    name = "disable_agent"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"contextforge.agent"})
    title = "Switch off an A2A agent at the MCP gateway"
    method = "POST /a2a/{}/state"
    reversibility = Reversibility.REVERSIBLE

    def _steps(self, target: Target, gateway: Gateway) -> Iterator[Step]:
        for one in gateway.ids(target, "contextforge.agent"):
            row = gateway.get(path("/a2a/{}", one)) or {}
            if gateway.asked and row.get("id") != one:
                gateway.notes.append(f"Left out, there is no such agent: {one}")
                continue
            if row.get("enabled") is False:
                gateway.notes.append(f"Switched off already: {row.get('name')}")
                continue
            known = bool(row)
            yield Step(
                title=self.title,
                request=state("a2a", one, activate=False),
                changes=f"A2A agent {row.get('name', one)} becomes disabled",
                verify=enabled("a2a", one, wanted=False),
                undo=(state("a2a", one, activate=True),) if known else (),
                undone=enabled("a2a", one, wanted=True) if known else None,
                pre_state={"enabled": True} if known else {},
                note=(
                    "Nobody calls it by the gateway then. Nothing is tried as proof: a call would"
                    " make it work. What it does by itself goes on."
                ),
                point=f"contextforge.agent:{one}",
            )


class RevokeToken(_Gateway):
    """Revoke an API token, whoever's it is."""

    name = "revoke_token"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"contextforge.token"})
    title = "Revoke the agent's token at the MCP gateway"
    method = "DELETE /tokens/admin/{}"
    reversibility = Reversibility.IRREVERSIBLE

    def _steps(self, target: Target, gateway: Gateway) -> Iterator[Step]:
        for one in gateway.ids(target, "contextforge.token"):
            row = gateway.token(one)
            if gateway.asked and not row:
                gateway.notes.append(f"Left out, there is no such token: {one}")
                continue
            if row.get("is_revoked") is True:
                gateway.notes.append(f"Revoked already: {one}")
                continue
            where = path("/tokens/admin/{}", one)
            whose = {"user_email": row["user_email"]} if row.get("user_email") else {}
            listed = read(
                "/tokens/admin/all", endpoint=ENDPOINT, include_inactive=True, limit=1000, **whose
            )
            yield Step(
                title=self.title,
                request=change("DELETE", where, endpoint=ENDPOINT, json={"reason": "contained"}),
                changes=f"token {row.get('name', one)} is revoked",
                verify=Verification(
                    listed, (Expectation(("body", "tokens", ("id", one), "is_revoked"), True),)
                ),
                note="Nothing takes it back: issue a new one. A second request answers 409.",
                point=f"contextforge.token:{one}",
                probes=gateway.listed(_REVOKED, accepts=(401,), by=one),
            )
