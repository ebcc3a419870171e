"""Anthropic's managed agents: deployments paused, sessions interrupted and archived.

Pause first: a deployment starts sessions by its schedule, and a session that was interrupted goes
on at its next event.

References:
    - the vendor's SDK, anthropic 2.14.0 for Python: paths, states and the beta header
    - no account was at hand: run against a simulator (docs/vendors/anthropic.md)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

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
from agentwarrant.respond.transport import Transport, at

from ._anthropic import BETA, DOC, body, found_at, look, named, post


class _OfManagedAgent(Action):
    vendor = "anthropic"
    required_permissions = ("workspace API key",)
    propagation_seconds = 5.0
    doc = DOC
    path: ClassVar[str]

    def steps(
        self,
        target: Target,
        transport: Transport | None,
        notes: list[str],
        step: Callable[[str, str, Any], Step | None],
    ) -> tuple[Step, ...]:
        """Return a step for each id of the action's kind that the vendor knows."""
        made = []
        (kind,) = self.kinds
        for one in named(target, kind, notes):
            where = http.path(self.path, one)
            found = found_at(transport, look(where, BETA), notes)
            if found != {}:
                made.append(step(one, where, found))
        return tuple(one for one in made if one is not None)


class PauseDeployment(_OfManagedAgent):
    """Pause a deployment of a managed agent: its schedule starts no more sessions."""

    name = "pause_deployment"
    verb = Verb.DISABLE_SCHEDULES
    kinds = frozenset({"anthropic.deployment"})
    title = "Pause a deployment"
    method = "POST /v1/deployments/{}/pause"
    reversibility = Reversibility.REVERSIBLE
    path = "/v1/deployments/{}"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []

        def step(one: str, where: str, found: Any) -> Step | None:
            if at(found, ("archived_at",)) is not None:
                notes.append(f"{one} is archived; the vendor still calls it active")
                return None
            if at(found, ("status",)) == "paused":
                notes.append(f"{one} is paused already")
                return None
            return self._step(one, where, found is not None)

        steps = self.steps(target, transport, notes, step)
        return Plan(self.id, target, steps, tuple(notes))

    def _step(self, one: str, where: str, known: bool) -> Step:
        get = look(where, BETA)
        unpause = post(f"{where}/unpause", headers=BETA)
        return Step(
            title=self.title,
            request=post(f"{where}/pause", headers=BETA),
            changes=f"deployment {one}: active becomes paused",
            verify=Verification(get, (Expectation(body("status"), "paused"),)),
            undo=(unpause,) if known else (),
            pre_state={"status": "active"} if known else {},
            note="Sessions that run go on: interrupt or archive them.",
            point=f"anthropic.deployment:{one}",
            undone=Verification(get, (Expectation(body("status"), "active"),)) if known else None,
        )


class InterruptSession(_OfManagedAgent):
    """Interrupt a session of a managed agent; its next event sets it going again."""

    name = "interrupt_session"
    verb = Verb.STOP_RUN
    kinds = frozenset({"anthropic.session"})
    title = "Interrupt a session"
    method = "POST /v1/sessions/{}/events"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    path = "/v1/sessions/{}"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        steps = self.steps(target, transport, notes, self._step)
        return Plan(self.id, target, steps, tuple(notes))

    def _step(self, one: str, where: str, found: Any) -> Step:
        stopped = Expectation(body("status"), ["idle", "terminated"], op=Op.ONE_OF)
        event = {"type": "user.interrupt"}  # without a thread: every thread of the session
        return Step(
            title=self.title,
            request=post(f"{where}/events", json={"events": [event]}, headers=BETA),
            changes=f"session {one}: {at(found, ('status',)) or 'not read'} becomes idle",
            verify=Verification(look(where, BETA), (stopped,)),
            pre_state={"status": at(found, ("status",))} if found else {},
            note="The next event sets it going again: pause its deployment first, then archive it.",
            point=f"anthropic.session:{one}",
        )


class ArchiveSession(_OfManagedAgent):
    """Archive a session of a managed agent, for good."""

    name = "archive_session"
    verb = Verb.KILL
    kinds = frozenset({"anthropic.session"})
    title = "Archive a session"
    method = "POST /v1/sessions/{}/archive"
    reversibility = Reversibility.IRREVERSIBLE
    path = "/v1/sessions/{}"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []

        def step(one: str, where: str, found: Any) -> Step | None:
            if at(found, ("archived_at",)) is not None:
                notes.append(f"{one} is archived already")
                return None
            done = Expectation(body("archived_at"), "", op=Op.ABOVE)
            return Step(
                title=self.title,
                request=post(f"{where}/archive", headers=BETA),
                changes=f"session {one} takes no more events",
                verify=Verification(look(where, BETA), (done,)),
                note="Nothing brings it back. Interrupt it first: a running one may refuse.",
                point=f"anthropic.session:{one}",
            )

        steps = self.steps(target, transport, notes, step)
        return Plan(self.id, target, steps, tuple(notes))
