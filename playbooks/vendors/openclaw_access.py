"""OpenClaw's gateway: who is let in, and what an agent remembers.

A device is a client of the gateway (a phone, a desktop, a script) with a key of its own; the shared
token lets in whoever has it. A device that loses its token on the gateway's own host is paired
again in silence as long as it has the shared token: that one is to be rotated too.

Of an agent's memory the gateway can empty ``MEMORY.md`` and begin its sessions anew. It has no call
that empties the search index over what was remembered: an entry that is there stays until
``openclaw memory`` is run on the gateway's host.

References:
    - OpenClaw 2026.9.6, gateway protocol 4: every call below was run against a real gateway
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.errors import Guarded, Refused
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
from agentwarrant.respond.http import connection_of
from agentwarrant.respond.openclaw.device import Device
from agentwarrant.respond.openclaw.gateway import PROBE
from agentwarrant.respond.transport import Effect, Fresh, Path, Request, Sealed, Transport, at

from ._openclaw import (
    APPLIED,
    ENDPOINT,
    MAX_STEPS,
    PAGE,
    agent_id,
    change,
    is_session_of,
    mapping,
    read,
    rows_of,
    sorted_out,
    too_many,
)

DOC = "docs/vendors/openclaw.md"
DEVICE = "openclaw.device"
GATEWAY = "openclaw.gateway"
ROLE = "operator"
MEMORY = "MEMORY.md"
_DEVICE_ID = re.compile(r"[0-9a-f]{64}")
_GATEWAY_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII | re.IGNORECASE)
_LIST: Path = ("paired",)


class _OfDevice(Action):
    """What the two acts on a device have in common."""

    vendor = "openclaw"
    kinds = frozenset({DEVICE})
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    required_permissions = ("operator.pairing",)
    propagation_seconds = 1.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        named, odd = sorted_out(target.ids(DEVICE), lambda i: bool(_DEVICE_ID.fullmatch(i)))
        notes = [f"Left out, no device id: {short(name)}" for name in odd[:3]]
        own = _own_device(transport)
        if own in named:
            raise Guarded("this is the device that the response itself uses", where=ENDPOINT)
        known = self._listed(transport, notes)
        if known is not None:
            notes += [f"Left out, not paired: {short(i)}" for i in named if i not in known]
            named = [i for i in named if i in known]
        steps = tuple(self._step(device) for device in named[:MAX_STEPS])
        return Plan(self.id, target, steps, (*notes, *too_many(named)))

    def _listed(self, transport: Transport | None, notes: list[str]) -> set[str] | None:
        if transport is None:
            return None
        try:
            rows = at(transport.send(read("device.pair.list")), _LIST)
        except Refused:  # a connection that may only read is not shown who is paired
            notes.append("Who is paired was not read: it needs the scope operator.pairing")
            return None
        return (
            {str(mapping(row).get("deviceId")) for row in rows} if isinstance(rows, list) else set()
        )

    @abstractmethod
    def _step(self, device: str) -> Step:
        """Return the step about one device."""


def _own_device(transport: Transport | None) -> str:
    connection = connection_of(transport)
    if connection is None or not connection.has("device_key"):
        return ""
    return Device.of(connection.secret("device_key"), connection.name).id


class RevokeDeviceToken(_OfDevice):
    """Take a device's token: its connection is closed and the token no longer lets it in."""

    name = "revoke_device_token"
    verb = Verb.REVOKE_CREDENTIALS
    title = "Revoke the token of a device of the gateway"
    method = "device.token.revoke"

    def _step(self, device: str) -> Step:
        token: Path = (*_LIST, ("deviceId", device), "tokens", ("role", ROLE))
        return Step(
            title=self.title,
            request=change("device.token.revoke", {"deviceId": device, "role": ROLE}),
            changes=f"device {device[:12]}: its token is revoked and its connection closed",
            verify=Verification(
                read("device.pair.list"),
                (
                    Expectation((*_LIST, ("deviceId", device), "deviceId"), device),
                    Expectation((*token, "revokedAtMs"), 0, op=Op.ABOVE),
                ),
            ),
            note="Taken back by approving it again (openclaw devices approve). On the gateway's own"
            " host whoever has the shared token is paired again in silence: rotate that too.",
            point=f"{DEVICE}:{device}/token",
        )


class RemoveDevice(_OfDevice):
    """Forget a device: it has to be paired again."""

    name = "remove_device"
    verb = Verb.KILL
    title = "Remove a device from the gateway"
    method = "device.pair.remove"

    def _step(self, device: str) -> Step:
        return Step(
            title=self.title,
            request=change("device.pair.remove", {"deviceId": device}),
            changes=f"device {device[:12]}: no longer paired, and its connection closed",
            verify=Verification(
                read("device.pair.list"),
                (
                    Expectation(_LIST, op=Op.LACKS),  # it is a list
                    Expectation((*_LIST, ("deviceId", device)), op=Op.EMPTY),
                ),
            ),
            note="Taken back by pairing it again. On the gateway's own host whoever has the shared"
            " token is paired again in silence: rotate that too.",
            point=f"{DEVICE}:{device}",
        )


class RotateGatewayToken(Action):
    """Put ``next_token`` in the place of the shared token: every connection is closed."""

    name = "rotate_gateway_token"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({GATEWAY})
    vendor = "openclaw"
    title = "Rotate the gateway's shared token"
    method = "config.patch"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("operator.admin",)
    propagation_seconds = 3.0
    rate_limit = 30
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        named, odd = sorted_out(target.ids(GATEWAY), lambda i: bool(_GATEWAY_ID.fullmatch(i)))
        notes = tuple(f"Left out, no gateway: {short(name)}" for name in odd[:3])
        steps = tuple(self._step(name) for name in named[:1])  # a connection reaches one gateway
        return Plan(self.id, target, steps, notes)

    def _step(self, name: str) -> Step:
        old = Request(PROBE, {"auth": {"token": Sealed("token")}}, Effect.PROBE, ENDPOINT)
        raw = {"gateway": {"auth": {"token": Sealed("next_token")}}}
        fresh = Fresh("baseHash", "config.get", ("hash",))
        return Step(
            title=self.title,
            request=change("config.patch", {"raw": raw}, fresh),
            changes="gateway.auth.token: what token: names becomes what next_token: names",
            verify=Verification(read("config.get"), (APPLIED,)),
            probes=(Verification(old, (Expectation(("code",), "AUTH_TOKEN_MISMATCH"),)),),
            note="Every connection is closed, ours too; we come back with next_token. Everybody who"
            " used the old token needs the new one. It is not taken back: the old one is known.",
            point=f"{GATEWAY}:{name}/token",
        )


class PurgeMemory(Action):
    """Empty the agent's ``MEMORY.md`` and begin its sessions anew, so that no order lives on."""

    name = "purge_memory"
    verb = Verb.PURGE_MEMORY
    vendor = "openclaw"
    title = "Empty what the agent remembers"
    method = "agents.files.set"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("operator.admin",)
    propagation_seconds = 1.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        agent = agent_id(target.agent)
        asked = read("agents.files.get", agentId=agent, name=MEMORY)
        size = at(transport.send(asked), ("file", "size")) if transport else None
        if transport is not None and not size:
            return Plan(self.id, target, notes=(f"{MEMORY} is empty or not there",))
        step = Step(
            title=f"Empty the agent's {MEMORY}",
            request=change("agents.files.set", {"agentId": agent, "name": MEMORY, "content": ""}),
            changes=f"{MEMORY} of agent {agent}: {size or 'what is there'}"
            f"{' bytes become' if size else ' becomes'} nothing",
            verify=Verification(
                asked,
                (
                    Expectation(("file", "name"), MEMORY),
                    Expectation(("file", "size"), op=Op.EMPTY),
                ),
            ),
            note="Not taken back: take the evidence snapshot first. The search index over what was"
            " remembered is not emptied: on the gateway's host, openclaw memory.",
            point=f"openclaw.agent:{agent}/memory",
        )
        return Plan(self.id, target, (step,))


class ResetSessions(Action):
    """Begin the agent's sessions anew: what was said in them no longer reaches its model."""

    name = "reset_sessions"
    verb = Verb.PURGE_MEMORY
    vendor = "openclaw"
    title = "Begin a session of the agent anew"
    method = "sessions.reset"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("operator.admin",)
    propagation_seconds = 1.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        agent = agent_id(target.agent)
        named, odd = sorted_out(target.sessions, lambda key: is_session_of(key, agent))
        notes = [f"Left out, no session of this agent: {short(key)}" for key in odd[:3]]
        if transport is not None:
            known = set(_keys(rows_of(transport, "sessions", agent)))
            notes += [
                f"Left out, unknown to the gateway: {short(k)}" for k in named if k not in known
            ]
            named = [key for key in named if key in known]
        steps = tuple(self._step(key, agent) for key in named[:MAX_STEPS])
        return Plan(self.id, target, steps, (*notes, *too_many(named)))

    def _step(self, key: str, agent: str) -> Step:
        row: Path = ("sessions", ("key", key))
        return Step(
            title=self.title,
            request=change("sessions.reset", {"key": key}),
            changes=f"session {key}: its model is given nothing of what was said before",
            verify=Verification(
                read("sessions.list", agentId=agent, limit=PAGE),
                (
                    Expectation((*row, "key"), key),
                    Expectation((*row, "totalTokens"), op=Op.EMPTY),
                ),
            ),
            note="Stop the run first. The transcript stays in the agent's database. Not undone.",
            point=f"openclaw.session:{key}/context",
        )


def _keys(rows: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    yield from (str(row.get("key")) for row in rows)
