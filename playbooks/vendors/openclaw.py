"""OpenClaw's gateway: what stops one of its agents, in the order that works.

Tools are denied first and the run is stopped second: a run in progress keeps the tools it started
with, and a stopped agent runs again at the next message. Everything but the stop is configuration
or a stored schedule, so it outlives a restart of the gateway.

``channels.stop`` and ``set-heartbeats`` are not used: a restart forgets both. Devices, tokens and
memory are in ``openclaw_access.py``.

References:
    - OpenClaw 2026.9.6, gateway protocol 4: every call below was run against a real gateway
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from agentwarrant.errors import ConfigError
from agentwarrant.faults import short
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
from agentwarrant.respond.openclaw import gateway
from agentwarrant.respond.openclaw import http as gatewayhttp
from agentwarrant.respond.transport import Path, Transport, at
from agentwarrant.respond.vendor import Vendor

from ._openclaw import (
    APPLIED,
    MAX_STEPS,
    PAGE,
    agent_id,
    also_cut,
    change,
    entry_of,
    is_channel,
    is_session_of,
    jobs_named,
    mapping,
    patch,
    read,
    rows_of,
    sorted_out,
    too_many,
    was,
)

DOC = "docs/vendors/openclaw.md"
DENY_ALL = ["*"]
_WEBSOCKET = "websocket"
_SYSTEM_JOBS = ("heartbeat:", "skill-collection-review:")
"""Beginnings of ``declarationKey`` of jobs that the gateway lets nobody edit."""

_JOBS_UNREAD = (
    "The gateway was not asked: the agent may have further jobs, and a job that the log names may"
    " belong to another agent"
)


class OpenClaw(Vendor):
    name = "openclaw"
    title = "OpenClaw gateway"
    sources = frozenset({"openclaw"})
    reads = frozenset(
        {"agents.files.get", "agents.list", "channels.status", "config.get", "cron.get",
         "cron.list", "device.pair.list", "sessions.list", "status"}
    )  # fmt: skip
    probes = frozenset({gateway.PROBE})
    secrets: ClassVar = {
        "token": "the gateway's shared token",
        "next_token": "the shared token that takes its place when it is rotated",
        "device_key": "32 random bytes in base64: who we are; needed from another host",
        "device_token": "what the gateway gave our device, instead of the shared token",
    }
    options: ClassVar = {"over": "websocket (the usual way), or http, which reaches no session"}
    examples = ("openclaw.device:" + "5e" * 32, "openclaw.gateway:main")

    def connect(
        self, connection: Connection, *, changes: bool = False
    ) -> AbstractContextManager[Transport]:
        over = connection.option("over", _WEBSOCKET)
        if over == "http":
            return gatewayhttp.connect(connection)
        if over != _WEBSOCKET:
            mend = "websocket, or http"
            raise ConfigError(f"over: {over!r} is no way", where=connection.name, mend=mend)
        return gateway.connect(connection, gateway.CHANGE if changes else gateway.READ)


class _ConfigPatch(Action):
    """What every change of the gateway's configuration has in common."""

    vendor = "openclaw"
    method = "config.patch"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("operator.admin",)
    propagation_seconds = 1.0
    rate_limit = 30
    doc = DOC


class StripTools(_ConfigPatch):
    """Deny the agent every tool: the next run's model is offered none."""

    name = "strip_tools"
    verb = Verb.STRIP_TOOLS
    title = "Take every tool from the agent"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        entry = entry_of(target.agent, transport)
        tools = entry.settings.get("tools")
        denied = at(tools, ("deny",))
        if isinstance(denied, list) and "*" in denied:
            return Plan(self.id, target, notes=("The agent is denied every tool already",))
        place: Path = ("agents", "entries", entry.key, "tools", "deny")
        before = {"deny": denied} if isinstance(tools, Mapping) else None
        step = Step(
            title=self.title,
            request=entry.patch({"tools": {"deny": DENY_ALL}}, place),
            changes=f"{'.'.join(map(str, place))}: {entry.was(denied)} becomes every tool",
            verify=Verification(
                read("config.get"), (Expectation(("parsed", *place), DENY_ALL), APPLIED)
            ),
            undo=entry.undo({"tools": before}, place),
            pre_state={"tools": tools} if entry.known else {},
            note="A run in progress keeps its tools: stop it afterwards, not before.",
            point=f"openclaw.agent:{entry.key.lower()}/tools",
            undone=entry.undone(("tools", "deny"), denied),
            residual="a run in progress keeps its tools until it is stopped",
        )
        return Plan(self.id, target, (step,), entry.notes)


class AbortRun(Action):
    """Stop what runs now in the agent's sessions, with its sub-agents and child processes."""

    name = "abort_run"
    verb = Verb.STOP_RUN
    vendor = "openclaw"
    title = "Stop the agent's run"
    method = "sessions.abort"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    required_permissions = ("operator.write",)
    propagation_seconds = 2.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        agent = agent_id(target.agent)
        named, odd = sorted_out(target.sessions, lambda key: is_session_of(key, agent))
        notes = [f"Left out, no session of this agent: {short(key)}" for key in odd[:3]]
        rows: dict[str, Mapping[str, Any]] = {}
        if transport is not None:
            rows = {str(row.get("key")): row for row in rows_of(transport, "sessions", agent)}
            active = [key for key, row in rows.items() if row.get("hasActiveRun") is True]
            notes += [
                f"Left out, unknown to the gateway: {short(k)}" for k in named if k not in rows
            ]
            named = list(dict.fromkeys([k for k in [*named, *active] if k in rows]))
        elif not named:
            notes.append("The case names no session of this agent, and the gateway was not asked")
        steps = tuple(self._step(key, agent, rows.get(key)) for key in named[:MAX_STEPS])
        return Plan(self.id, target, steps, (*notes, *too_many(named)))

    def _step(self, key: str, agent: str, row: Mapping[str, Any] | None) -> Step:
        before = "may run" if row is None else "runs" if row.get("hasActiveRun") else "is idle"
        found: Path = ("sessions", ("key", key))
        return Step(
            title=self.title,
            request=change("sessions.abort", {"key": key, "clearQueued": True}),
            changes=f"session {key} {before}; afterwards nothing runs and nothing waits in it",
            verify=Verification(
                read("sessions.list", agentId=agent, limit=PAGE),
                (
                    Expectation(("sessions",), op=Op.LACKS),  # it is a list
                    Expectation((*found, "hasActiveRun"), op=Op.EMPTY),  # no, or is without it
                    Expectation((*found, "activeRunIds"), op=Op.EMPTY),
                ),
            ),
            pre_state={k: row.get(k) for k in ("status", "activeRunIds")} if row else {},
            note=(
                "Nothing takes it back and nothing is held: the next message runs again, so deny"
                " the tools first. The read may say running for up to a second: ask again."
            ),
            point=f"openclaw.session:{key}",
        )


class DisableSchedules(Action):
    """Switch off the agent's scheduled jobs; one that runs is cut off."""

    name = "disable_schedules"
    verb = Verb.DISABLE_SCHEDULES
    vendor = "openclaw"
    title = "Switch off a scheduled job of the agent"
    method = "cron.update"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("operator.admin",)
    propagation_seconds = 1.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        agent = agent_id(target.agent)
        if transport is None:
            jobs = list(dict.fromkeys(jobs_named(target.sessions, agent)))
            steps = tuple(self._step(job, "", None) for job in jobs[:MAX_STEPS])
            return Plan(self.id, target, steps, (_JOBS_UNREAD, *too_many(jobs)))
        rows = [r for r in rows_of(transport, "jobs", agent) if r.get("enabled") is True]
        system = [r for r in rows if str(r.get("declarationKey")).startswith(_SYSTEM_JOBS)]
        own = [r for r in rows if r not in system and isinstance(r.get("id"), str)]
        steps = tuple(self._step(r["id"], str(r.get("name")), r) for r in own[:MAX_STEPS])
        notes = [f"The gateway lets nobody edit {short(r.get('declarationKey'))}" for r in system]
        return Plan(self.id, target, steps, (*notes, *too_many(own)))

    def _step(self, job: str, name: str, row: Mapping[str, Any] | None) -> Step:
        before = "enabled" if row else "not read"
        return Step(
            title=self.title,
            request=change("cron.update", {"id": job, "patch": {"enabled": False}}),
            changes=f"job {short(name or job)}: {before} becomes disabled",
            verify=Verification(read("cron.get", id=job), (Expectation(("enabled",), False),)),
            undo=(change("cron.update", {"id": job, "patch": {"enabled": True}}),) if row else (),
            pre_state={"enabled": row.get("enabled")} if row else {},
            note="Kept over a restart. Switched on again, a job that was cut off waits a while.",
            point=f"openclaw.job:{job}",
            undone=Verification(read("cron.get", id=job), (Expectation(("enabled",), True),)),
        )


class StopHeartbeat(_ConfigPatch):
    """Switch off the agent's own wake-up call, in the configuration."""

    name = "stop_heartbeat"
    verb = Verb.DISABLE_SCHEDULES
    title = "Switch off the agent's heartbeat"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        entry = entry_of(target.agent, transport)
        switch: Path = ("heartbeat", "agents", ("agentId", entry.key.lower()), "enabled")
        if transport is not None and at(transport.send(read("status")), switch) is False:
            return Plan(self.id, target, notes=("The agent's heartbeat is off already",))
        heartbeat = entry.settings.get("heartbeat")
        every = at(heartbeat, ("every",))
        step = Step(
            title=self.title,
            request=entry.patch({"heartbeat": {"every": "0m"}}),
            changes=f"agents.entries.{entry.key}.heartbeat.every: {entry.was(every)} becomes 0m",
            verify=Verification(read("status"), (Expectation(switch, False),)),
            undo=entry.undo(
                {"heartbeat": {"every": every} if isinstance(heartbeat, Mapping) else None}
            ),
            pre_state={"heartbeat": heartbeat} if entry.known else {},
            note="In the configuration because set-heartbeats is gone after a restart and unread.",
            point=f"openclaw.agent:{entry.key.lower()}/heartbeat",
            undone=entry.undone(("heartbeat", "every"), every),
        )
        return Plan(self.id, target, (step,), entry.notes)


class CutChannels(_ConfigPatch):
    """Close the channels over which the case's instructions came."""

    name = "cut_channels"
    verb = Verb.CUT_CHANNELS
    title = "Close a channel of the gateway"
    propagation_seconds = 2.0

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        agent = agent_id(target.agent)
        named, odd = sorted_out(target.channels, is_channel)
        notes = [f"Left out, no channel: {short(name)}" for name in odd[:3]]
        config: Any = None
        if transport is not None:
            running = mapping(at(transport.send(read("channels.status")), ("channelAccounts",)))
            notes += [f"Left out, not set up: {short(n)}" for n in named if n not in running]
            config = transport.send(read("config.get"))
            named = [name for name in named if name in running]
        wanted = [n for n in named if at(config, ("parsed", "channels", n, "enabled")) is not False]
        notes += [f"Closed already: {name}" for name in named if name not in wanted]
        if not named:
            notes.append("The case names no channel that can be closed")
        steps = tuple(self._step(name, agent, config) for name in wanted[:MAX_STEPS])
        return Plan(self.id, target, steps, (*notes, *too_many(wanted)))

    def _step(self, channel: str, agent: str, config: Any) -> Step:
        place: Path = ("channels", channel, "enabled")
        settings = at(config, ("parsed", "channels", channel))
        before = at(settings, ("enabled",))
        known = config is not None
        undo = {"enabled": before} if isinstance(settings, Mapping) else None
        return Step(
            title=self.title,
            request=patch({"channels": {channel: {"enabled": False}}}),
            changes=f"channels.{channel}.enabled: {was(before, known)} becomes false",
            verify=Verification(
                read("config.get"), (Expectation(("parsed", *place), False), APPLIED)
            ),
            undo=(patch({"channels": {channel: undo}}),) if known else (),
            pre_state={"enabled": before} if known else {},
            note=f"{also_cut(config, channel, agent)} While it is closed /readyz may answer 503;"
            " opened again, it delivers what waited. Wait until the change is applied before the"
            " next one: two in a row were seen to leave the first one's answer open.",
            point=f"openclaw.channel:{channel}",
            undone=Verification(
                read("config.get"), (Expectation(("parsed", *place), before), APPLIED)
            ),
        )
