"""A vendor that can do every verb, over the office: for runs of the shipped playbooks.

What ends a thing for good is a key that is revoked, which counts; what tells somebody is a message;
all else is an account that is disabled. ``known`` adds the vendor to those of this process: other
tests must not see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.respond_world import VENDORS, Disable, OfficeVendor, Revoke, Tell, settings

from agentwarrant.respond.action import Action, Plan, Target, Verb
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.planning.planner import plan_run
from agentwarrant.respond.planning.playbook import Playbook, playbooks
from agentwarrant.respond.runplan import RunPlan
from agentwarrant.respond.settings import Limits, Settings
from agentwarrant.respond.transport import Transport
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.warrant.registry import Registry

KIND = "generic.account"
FOR_GOOD = frozenset({Verb.REVOKE_CREDENTIALS, Verb.PURGE_MEMORY, Verb.KILL, Verb.STOP_RUN})
TELLS = frozenset({Verb.NOTIFY, Verb.OPEN_TICKET, Verb.SNAPSHOT})
FACETS = frozenset({KIND, "domain", "address", "url", "tool", "server", "host", "case"})


class Generic(OfficeVendor):  # type: ignore[misc]  # one file of tests is Any to another
    name = "generic"
    title = "A vendor that can do everything"


class _Once(Action):
    """Plans one step about the agent, unless a read shows that it was done already."""

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        step = self.step(f"{target.agent}-{self.name}")  # type: ignore[attr-defined]  # of its base
        if transport is not None and step.verify.holds(transport.send(step.verify.request)):
            return Plan(self.id, target)
        return Plan(self.id, target, (step,))


def _made(verb: Verb) -> Action:
    base = Revoke if verb in FOR_GOOD else Tell if verb in TELLS else Disable
    own = {"name": str(verb), "verb": verb, "vendor": "generic", "kinds": FACETS}
    kind: Any = type(f"Generic{verb}", (_Once, base), own)
    action: Action = kind()
    return action


GENERIC = {action.id: action for action in map(_made, Verb)}


def known() -> None:
    """Add the vendor to those that this process knows."""
    vendors()["generic"] = VENDORS["generic"] = Generic()
    actions().update(GENERIC)


MANY = Limits(agents=10_000, daily=10_000, share=1.0, actions=1_000_000)


def generic_settings(folder: Path, url: str, **policy: Any) -> Settings:
    """Settings in which the generic vendor is the only target."""
    known()
    own: Settings = settings(folder, {"everything": url}, timeout=5, limits=MANY, **policy)
    connection = replace(own.connections["everything"], vendor="generic")
    return replace(own, connections={"everything": connection})


def shipped() -> Mapping[str, Playbook]:
    """Every shipped playbook that does something to an agent, by name."""
    return {one.name: one for one in playbooks() if one.name != "release-agent"}


def planned(playbook: Playbook, mark: str, own: Settings) -> RunPlan:
    """Plan a run of a playbook against the office."""
    target = Target(
        mark, accounts=(f"{KIND}:{mark}",), domains=("bad.example",), tools=("tool",),
        servers=("server",), hosts=("host",), tenant="acme", case=f"case-{mark}",
        title="t", severity="critical",
    )  # fmt: skip
    facts = {"severity": "critical", "first_event": "2026-11-29T10:00:00Z", "rules": ["r"],
             "verdicts": ["influenced"]}  # fmt: skip
    return plan_run(
        playbook, target, cases=(f"case-{mark}",), facts=facts, settings=own,
        guards=Guards(own, Registry()),
    )  # fmt: skip
