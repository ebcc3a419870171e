"""Evidence: what an investigation needs of a case, kept in this installation before anything goes.

It copies what was laid out of the case before the run began (``respond.snapshots``); no network is
needed. It is planned whether that is there yet or not, so that a plan that nobody carries out says
it too; where nothing is, taking it fails, and what destroys does not pass.

References:
    - ISO/IEC 27037 asks of digital evidence: who took it, when, from where, and that it is whole
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from agentwarrant.errors import Refused, ResponseError
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.guard.snapshots import Evidence
from agentwarrant.respond.transport import Effect, Request, Transport, at
from agentwarrant.respond.vendor import Vendor

ENDPOINT = "evidence of this installation"


class EvidenceFolder(Vendor):
    name = "evidence"
    title = "Evidence kept in this installation"
    reads = frozenset({"state"})
    secrets: ClassVar = {}
    options: ClassVar = {}
    needs_url = False
    examples = ()

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        yield _Folder(connection)


class _Folder:
    """Takes requests to the folder."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept = Evidence(connection.folder)

    def send(self, request: Request) -> dict[str, Any]:
        given = request.params
        tenant, case = str(given["tenant"]), str(given["case"])
        if not self._connection.is_for(tenant):
            raise Refused("the folder is not this tenant's", where=self._connection.name)
        if request.method == "collect":
            snapshot = self._kept.collect(tenant, case, str(given["agent"]))
            return {"manifest": snapshot.sha256}
        listed = self._kept.snapshots(tenant, case)
        newest = listed[-1] if listed else None
        parts = [str(part["sha256"]) for part in newest.parts] if newest else []
        whole = bool(parts) and all(map(self._kept.is_whole, parts))
        return {
            "snapshots": len(listed),
            "manifest": newest.sha256 if newest else "",
            "whole": whole,
        }


class Snapshot(Action):
    """Keep what the case rests on: events, findings, sessions, and the vendors' state before."""

    name = "snapshot"
    verb = Verb.SNAPSHOT
    kinds = frozenset({"case"})
    vendor = "evidence"
    title = "Keep the evidence of the case"
    method = "collect"
    reversibility = Reversibility.READ_ONLY
    required_permissions = ("write the state folder",)
    propagation_seconds = 1.0
    doc = "docs/response.md"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        if not target.case:
            raise ResponseError("there is no case to keep evidence of", where=ENDPOINT)
        named = {"tenant": target.tenant, "case": target.case}
        look = Request("state", named, Effect.READ, ENDPOINT)
        before: dict[str, Any] = {}
        if transport is not None:
            before = {"snapshots": at(transport.send(look), ("snapshots",))}
        step = Step(
            title=self.title,
            request=Request("collect", {**named, "agent": target.agent}, Effect.CHANGE, ENDPOINT),
            changes=f"events, findings and sessions of case {target.case} are kept, hashed",
            verify=Verification(look, (Expectation(("whole",), True),)),
            pre_state=before,
            note="Nothing is changed at any vendor. What is kept went through the redactor.",
            point=f"evidence:{target.tenant}/{target.case}",
        )
        return Plan(self.id, target, (step,))
