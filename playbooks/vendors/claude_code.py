"""Claude Code's managed settings: every tool denied, MCP servers denied, by file or by API.

A file is a fast switch: a session that runs reads it again within seconds, and refuses from then on
what its model may still ask for. What comes from the vendor's server (``claude_code_groups``) is
not: it is fetched at the start and once an hour.

References:
    - Claude Code documentation, "Configure permissions": deny rules win over all others, and
      ``*`` as a tool's name in a deny rule matches every tool; "Settings": managed settings stand
      above all others
    - run with a real Claude Code 2.1.197 (docs/vendors/claude_code.md)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

from agentwarrant.errors import ConfigError
from agentwarrant.faults import short
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
from agentwarrant.respond.transport import Effect, Request, Transport, at
from agentwarrant.respond.vendor import Vendor

from ._claude_code import (
    DOC,
    EVERY_TOOL,
    MERGE,
    READ,
    SettingsApi,
    SettingsFile,
    denied_already,
    denying,
    has,
)
from ._routed import Routed

_SOON = "what a session has begun; it reads the file again within seconds"
_SERVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_READ = Request(READ, {}, Effect.READ, "file of managed settings")


class ClaudeCode(Vendor):
    name = "claude_code"
    title = "Claude Code managed settings"
    sources = frozenset({"claude_code"})
    reads = frozenset({READ})
    needs_url = False
    secrets: ClassVar = {
        "admin_key": "Admin API key with the scopes read: and write:claude_code_managed_settings"
    }
    options: ClassVar = {
        "file": "file of managed settings (/etc/claude-code/managed-settings.json), here or mounted"
    }
    examples = (
        "claude_code.agent:claude-code:helper",
        "claude_code.group:rbac_group_01AcmeHelper",
        "server:mailer",
    )

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        if not connection.option("file") and not connection.has("admin_key"):
            mend = "the option file, or the secret admin_key"
            raise ConfigError("it names no managed settings", where=connection.name, mend=mend)
        with ExitStack() as stack:
            key = http.header(connection, "x-api-key", "admin_key")
            usual = "https://api.anthropic.com"
            opened = stack.enter_context(http.connect(connection, key, usual=usual))
            yield _Both(connection, SettingsApi(opened, connection))

    def only_reads(self, request: Request) -> bool:
        return request.method in self.reads or http.only_reads(frozenset(), request)


class _Both(Routed):
    """File and API behind one transport."""

    def __init__(self, connection: Connection, api: Transport) -> None:
        super().__init__(connection, [("", api)])

    def send(self, request: Request) -> Any:
        if request.method not in (READ, MERGE):
            return super().send(request)
        if not self.connection.option("file"):
            mend = "under options: of the target"
            raise ConfigError("it has no option file", where=self.connection.name, mend=mend)
        return SettingsFile(self.connection).send(request)


def _merge(patch: Mapping[str, Any], *, remove: bool = False) -> Request:
    params = {"patch": patch, **({"remove": True} if remove else {})}
    return Request(MERGE, params, Effect.CHANGE, "file of managed settings")


class _OfFile(Action):
    vendor = "claude_code"
    method = MERGE
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("write the file of managed settings",)
    propagation_seconds = 1.0
    doc = DOC


class DenyToolsByFile(_OfFile):
    """Deny Claude Code every tool on the hosts that read a file of managed settings."""

    name = "deny_tools_by_file"
    verb = Verb.STRIP_TOOLS
    kinds = frozenset({"claude_code.agent", "claude_code.account"})
    title = "Deny every tool in the managed settings"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        if not any(target.ids(kind) for kind in sorted(self.kinds)):
            return Plan(self.id, target, notes=("The agent has no account of Claude Code",))
        if not has(transport, "file"):
            return Plan(self.id, target, notes=("The connection names no file of settings",))
        answer = transport.send(_READ) if transport is not None else None
        if denied_already(at(answer, ("body",))):
            return Plan(self.id, target, notes=("Every tool is denied already",))
        return Plan(self.id, target, (self._step(answer),))

    def _step(self, answer: Any) -> Step:
        patch, before = denying(at(answer, ("body",)))
        known = answer is not None
        deny = ("body", "permissions", "deny")
        was = before["permissions"]["deny"]
        gone = Expectation(deny, EVERY_TOOL, op=Op.LACKS) if was else Expectation(deny, op=Op.EMPTY)
        return Step(
            title=self.title,
            request=_merge(patch),
            changes="managed settings: permissions.deny holds every tool, and nothing passes it by",
            verify=Verification(_READ, (Expectation(deny, EVERY_TOOL, op=Op.HOLDS),)),
            undo=(_merge(before, remove=True),) if known else (),
            pre_state=before if known else {},
            note=(
                "Everybody whose Claude Code reads this file is stopped. It is written anew in one"
                " move; what else stands in it is kept, and is in no plan."
            ),
            point="claude_code.file:permissions",
            undone=Verification(_READ, (gone,)) if known else None,
            residual_seconds=60.0,
            residual=_SOON,
        )


class DenyServersByFile(_OfFile):
    """Deny Claude Code the MCP servers of the case."""

    name = "deny_servers_by_file"
    verb = Verb.DISABLE_SERVER
    kinds = frozenset({"server"})
    title = "Deny an MCP server in the managed settings"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes = [
            f"Left out, no server's name: {short(one)}"
            for one in target.servers
            if not _SERVER.fullmatch(one)
        ]
        if not has(transport, "file"):
            return Plan(self.id, target, notes=("The connection names no file of settings",))
        answer = transport.send(_READ) if transport is not None else None
        before = at(answer, ("body", "deniedMcpServers"))
        denied = list(before) if isinstance(before, list) else []
        wanted = [{"serverName": one} for one in dict.fromkeys(target.servers)]
        wanted = [row for row in wanted if _SERVER.fullmatch(row["serverName"])]
        added = [row for row in wanted if row not in denied]
        if not added:
            return Plan(self.id, target, notes=(*notes, "No server is left to deny"))
        return Plan(self.id, target, (self._step([*denied, *added], added, answer),), tuple(notes))

    def _step(self, rows: list[Any], added: list[dict[str, str]], answer: Any) -> Step:
        place = ("body", "deniedMcpServers")
        known = answer is not None
        before = at(answer, place)
        shows = [Expectation(place, row, op=Op.HOLDS) for row in added]
        empty = [Expectation(place, op=Op.EMPTY)]
        lacks = [Expectation(place, row, op=Op.LACKS) for row in added] if before else empty
        patch = {"deniedMcpServers": before}
        return Step(
            title=self.title,
            request=_merge({"deniedMcpServers": rows}),
            changes=f"managed settings: {', '.join(r['serverName'] for r in added)} denied",
            verify=Verification(_READ, tuple(shows)),
            undo=(_merge(patch, remove=True),) if known else (),
            pre_state=patch if known else {},
            note="By name: the same server under another name is another one.",
            point="claude_code.file:deniedMcpServers",
            undone=Verification(_READ, tuple(lacks)) if known else None,
            residual_seconds=60.0,
            residual=_SOON,
        )
