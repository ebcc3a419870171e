"""A small world for the ledger's tests: one vendor, its actions, plans and a worker.

The office keeps accounts, keys and messages. It counts each effect, so that a test sees what was
done twice: disabling is repeatable, revoking a key and sending a message are not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from tests.simulators.office import TOKEN

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
from agentwarrant.respond.execution.means import Pace
from agentwarrant.respond.execution.worker import Worker
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.runplan import Node, Parallel, Point, RunPlan, Sequence
from agentwarrant.respond.settings import Mode, Policy, Settings
from agentwarrant.respond.transport import Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor
from agentwarrant.secretrefs import Secret

TENANT = "acme"
FAST = Pace(lease=5.0, inline=1.0, patience=5.0, first_retry=0.02, undo=0.3)


class OfficeVendor(HttpVendor):
    name = "office"
    title = "The office"
    probes = frozenset({"POST /accounts/{}/login"})
    secrets: ClassVar = {"token": "its token"}

    def authorize(self, connection: Connection) -> http.Authorize:
        return http.bearer(connection)


class _OfAccount(Action):
    vendor = "office"
    required_permissions = ("all",)
    propagation_seconds = 0.2
    doc = "https://office.example"
    reversibility = Reversibility.REVERSIBLE

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        if transport is None:
            return Plan(self.id, target, (self.step(target.agent),))
        enabled = at(transport.send(account_of(target.agent)), ("body", "enabled"))
        steps = (self.step(target.agent),) if enabled else ()
        return Plan(self.id, target, steps)

    def step(self, name: str) -> Step:
        where = http.path("/accounts/{}", name)
        tried = http.probe("POST", f"{where}/login", endpoint="office", accepts=(403,))
        return Step(
            title=self.title,
            request=http.change("POST", f"{where}/disable", endpoint="office"),
            changes="enabled becomes disabled",
            verify=Verification(account_of(name), (Expectation(("body", "enabled"), False),)),
            undo=(http.change("POST", f"{where}/enable", endpoint="office"),),
            pre_state={"enabled": True},
            probes=() if not self.word_is_enough else (
                Verification(tried, (Expectation(("status",), 403),)),
            ),
            undone=Verification(account_of(name), (Expectation(("body", "enabled"), True),)),
            point=f"office.account:{name}",
        )  # fmt: skip


class Disable(_OfAccount):
    name, verb, title = "disable", Verb.DISABLE_IDENTITY, "Disable an account"
    method = "POST /accounts/{}/disable"


class Believed(_OfAccount):
    name, verb, title = "believed", Verb.DISABLE_SERVER, "Disable what only says so"
    method = "POST /accounts/{}/disable"
    word_is_enough = False


class Stash(_OfAccount):
    name, verb, title = "stash", Verb.DISABLE_CREDENTIALS, "Disable a credential"
    method = "POST /accounts/{}/disable"


class Slow(_OfAccount):
    name, verb, title = "slow", Verb.DISABLE_TOOL, "Disable a tool, twice a minute"
    method = "POST /accounts/{}/disable"
    rate_limit = 2


class Revoke(_OfAccount):
    name, verb, title = "revoke", Verb.REVOKE_CREDENTIALS, "Revoke a key"
    method = "POST /keys/{}/revoke"
    reversibility = Reversibility.IRREVERSIBLE
    repeatable = False

    def step(self, name: str) -> Step:
        where = http.path("/keys/{}", name)
        return Step(
            title=self.title,
            request=http.change("POST", f"{where}/revoke", endpoint="office"),
            changes="it works no more",
            verify=Verification(
                http.read(where, endpoint="office"),
                (Expectation(("body", "revoked"), 0, op=Op.ABOVE),),
            ),
            point=f"office.key:{name}",
        )


class Tell(_OfAccount):
    name, verb, title = "tell", Verb.NOTIFY, "Tell somebody"
    method = "POST /messages"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    repeatable = False

    def step(self, name: str) -> Step:
        return Step(
            title=self.title,
            request=http.change("POST", "/messages", endpoint="office", json={"ref": name}),
            changes="somebody knows",
            verify=Verification(
                http.read("/messages", endpoint="office"),
                (Expectation(("body", "refs"), name, op=Op.HOLDS),),
            ),
            point=f"office.message:{name}",
        )


def account_of(name: str) -> Request:
    return http.read(http.path("/accounts/{}", name), endpoint="office")


ACTIONS: dict[str, Action] = {
    one.id: one for one in (Disable(), Believed(), Stash(), Slow(), Revoke(), Tell())
}
VENDORS = {"office": OfficeVendor()}


def point(
    kind: str, name: str, *, on_failure: str = "continue", connection: str = "test-office"
) -> Point:
    """One point: ``kind`` is the action, ``name`` the account, key or message."""
    action = ACTIONS[f"office.{kind}"]
    assert isinstance(action, _OfAccount)
    return Point(
        id=f"{kind}-{name}",
        action=action.id,
        connection=connection,
        reversibility=action.reversibility,
        verb=action.verb,
        on_failure=on_failure,
        step=action.step(name),
    )


def plan(*nodes: Node, mode: str = "auto", agent: str = "agent-7") -> RunPlan:
    facts = {"severity": "high", "first_event": "2026-11-29T10:00:00Z"}
    root = Sequence("root", nodes)
    return RunPlan("contain", "Contain", TENANT, agent, ("case-1",), mode, root, facts=facts)


def usual() -> RunPlan:
    """Every kind of point that can end well: in sequence, and in parallel."""
    return plan(
        point("tell", "begin"),
        Parallel("all", (point("disable", "kc-1"), point("revoke", "key-1"))),
        point("revoke", "key-2"),
    )


def settings(folder: Path, urls: Mapping[str, str], **policy: Any) -> Settings:
    """Return settings with a connection to each office, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    token = folder / "token"
    if not token.exists():  # whole or not at all: workers of other processes read it
        part = folder / f"token-{os.getpid()}"
        part.write_text(TOKEN)
        part.replace(token)
    secrets = {"token": Secret("file:token", folder)}
    timeout = policy.pop("timeout", 1.0)
    made = {
        name: Connection(name, "office", url, secrets=secrets, timeout=timeout)
        for name, url in urls.items()
    }
    usual = Policy(mode=Mode.AUTO, release_after=policy.pop("release_after", 0.0), **policy)
    return Settings(folder=folder, connections=made, usual=usual)


def worker(ledger: Ledger, own: Settings, **more: Any) -> Worker:
    """A worker of this world without guards, unless the test names some."""
    more = {"name": "w1", "pace": FAST, "actions": ACTIONS, "vendors": VENDORS, **more}
    return Worker(ledger, own, more.pop("guards", None), **more)


def replanned(own: Settings) -> Callable[[RunRow, Point], Step | None]:
    """Return what plans points anew from real state."""

    def again(run: RunRow, one: Point) -> Step | None:
        action = ACTIONS[one.action]
        vendor = VENDORS["office"]
        with vendor.observe(own.connections[one.connection]) as transport:
            made = action.plan(Target(one.id.partition("-")[2]), transport)
        return made.steps[0] if made.steps else None

    return again
