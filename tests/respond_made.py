"""Plans, policies and people for tests of what may be done, and by whose word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection as Database
from sqlalchemy import insert

from agentwarrant.respond.action import Expectation, Reversibility, Step, Verb, Verification
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import points
from agentwarrant.respond.people.approvals import OPEN, Asked, asked
from agentwarrant.respond.people.keys import public_text, sign
from agentwarrant.respond.people.voting import Electorate, vote
from agentwarrant.respond.runplan import Node, Point, RunPlan
from agentwarrant.respond.runplan import Sequence as InOrder
from agentwarrant.respond.settings import Approver, Mode, Policy, Settings
from agentwarrant.respond.transport import Effect, Request

TENANT = "acme"
AGENT = "agent-7"
PEOPLE = ("anna", "ben", "cara")
KEYS = {name: Ed25519PrivateKey.generate() for name in PEOPLE}


def settings(folder: Path, policy: Policy | None = None, **own: Any) -> Settings:
    """Return settings with one connection and three people who may approve."""
    people = {
        name: Approver(name, public_text(KEYS[name].public_key()), (f"okta.user:{name}@acme",))
        for name in PEOPLE
    }
    usual = {
        "folder": folder,
        "connections": {"main": Connection("main", "openclaw", "ws://127.0.0.1:1")},
        "approvers": people,
        "usual": policy or Policy(mode=Mode.AUTO),
    }
    return Settings(**{**usual, **own})


def request(method: str = "config.patch", **params: Any) -> Request:
    return Request(method, params or {"id": "x"}, Effect.CHANGE, "a gateway")


def point(identity: str = "strip", *, about: str = "", **own: Any) -> Point:
    """Return a point; ``about`` is its enforcement point."""
    step = Step(
        title=f"Do {identity}",
        request=own.pop("request", request(name=identity)),
        changes="on becomes off",
        verify=Verification(
            Request("config.get", {}, Effect.READ, "a gateway"), (Expectation(("on",), False),)
        ),
        undo=own.pop("undo", ()),
        pre_state=own.pop("pre_state", {}),
        point=about or f"openclaw.agent:{AGENT}",
        residual_seconds=own.pop("residual_seconds", 0.0),
        residual=own.pop("residual", ""),
    )
    usual: dict[str, Any] = {
        "id": identity,
        "action": "openclaw.strip_tools",
        "connection": "main",
        "reversibility": Reversibility.REVERSIBLE,
        "verb": Verb.STRIP_TOOLS,
        "on_failure": "continue",
        "step": step,
    }
    return Point(**{**usual, **own})


def plan(
    nodes: Sequence[Node] = (),
    *,
    agent: str = AGENT,
    tenant: str = TENANT,
    mode: Mode = Mode.AUTO,
    cases: tuple[str, ...] = ("case-1",),
    facts: Mapping[str, Any] | None = None,
    playbook: str = "quarantine-agent",
) -> RunPlan:
    return RunPlan(
        playbook=playbook,
        title="Quarantine the agent",
        tenant=tenant,
        agent=agent,
        cases=cases,
        mode=mode.value,
        root=InOrder("all", tuple(nodes) or (point(),)),
        facts=facts or {"severity": "high", "first_event": "2026-11-29T10:00:00.000Z"},
    )


def touched(database: Database, agent: str, at_ms: int, **own: Any) -> None:
    """Write a point that was sent."""
    usual: dict[str, Any] = {
        "run": f"run-of-{agent}",
        "point": own.get("point", "strip"),
        "tenant": TENANT,
        "agent": agent,
        "key": f"main/openclaw.strip_tools/{agent}",
        "action": "openclaw.strip_tools",
        "connection": "main",
        "reversibility": "reversible",
        "state": "verified",
        "attempts": 1,
        "intended_ms": at_ms,
        "sent_ms": at_ms,
    }
    database.execute(insert(points).values(**{**usual, **own}))


@contextmanager
def ledger(folder: Path) -> Iterator[Ledger]:
    """Open a ledger in a file."""
    opened = Ledger.open(f"sqlite:///{folder / 'respond.db'}")
    try:
        yield opened
    finally:
        opened.close()


def signed(
    kept: Ledger, own: Settings, run: str, who: str, says: str = "yes", node: str = "", **more: Any
) -> Asked:
    """Vote as one of the people, with their own key."""
    with kept.reading() as connection:
        newest = {one.node: one for one in asked(connection, run, node)}
    waits = [one for one in newest.values() if one.state in OPEN] or list(newest.values())
    signature = sign(KEYS[who], waits[-1].message(says))
    electorate = more.pop("electorate", Electorate())
    return vote(kept, own, run, who, says, signature, electorate, node)
