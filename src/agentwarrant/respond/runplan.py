"""What one run of a playbook will do: everything decided, nothing sent.

A run plan is a tree. Its leaves are points (one step of one action over one connection), waits and
approvals; its branches say what follows what. It is plain data: it is written into the ledger,
shown to people, and its hash is what an approval is bound to.

    Sequence(Point, Approval, Parallel(Point, Point), Wait, Decide(...))
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from agentwarrant.respond.action import Reversibility, Step, Verb
from agentwarrant.respond.written import step_of, written


@dataclass(frozen=True, slots=True)
class Point:
    """One step at one enforcement point.

    Attributes:
        id: Unique in the plan: the playbook's step, and a number where it has several points.
        action: ``vendor.name``.
        connection: Name of the connection it goes over.
        reversibility: Of the action.
        verb: Of the action.
        on_failure: ``stop`` or ``continue``.
        step: What is sent, what proves it, what takes it back.
        notes: What planning said of it.
    """

    id: str
    action: str
    connection: str
    reversibility: Reversibility
    verb: Verb
    on_failure: str
    step: Step
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What is in force: the same effect at the same place has the same key in every plan."""
        return f"{self.connection}/{self.action}/{self.step.point or self.step.request.digest}"


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on after so many seconds; a durable timer."""

    id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Approval:
    """Go on when so many distinct people have said yes; expires closed.

    Attributes:
        needs: How many people.
        seconds: How long may pass.
        reason: What they are asked, for a person.
        covers: Ids of the points that it is for; empty: all that follow.
    """

    id: str
    needs: int
    seconds: float
    reason: str = ""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    id: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Parallel:
    """All at once."""

    id: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Decide:
    """One way or the other, decided while it runs.

    Attributes:
        when: ``{"step": ID, "is": [STATE, ...]}``: at least one point of that step is in one of
            these states of the ledger. What depends on the case alone is decided by the planner.
    """

    id: str
    when: Mapping[str, Any]
    then: Node
    otherwise: Node | None = None


Node = Point | Wait | Approval | Sequence | Parallel | Decide


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run will do.

    Attributes:
        playbook, title: Of the playbook.
        tenant, agent: Whom it is about: ``organization.id``, the agent's id.
        cases: Ids of cases, findings' rules and first event that it is for; not part of the hash.
        mode: ``observe``, ``approve`` or ``auto``.
        root: What is done.
        notes: What was left out and why; what stops working (schedules, channels, dependants).
        undone_by: What cannot be taken back, said before it is done.
        facts: Of the cases, for the record: ``severity``, ``first_event`` (ISO), ``rules``,
            ``trigger_authors``, ``stops`` (which of the notes say what stops working); not part
            of the hash.
    """

    playbook: str
    title: str
    tenant: str
    agent: str
    cases: tuple[str, ...]
    mode: str
    root: Node
    notes: tuple[str, ...] = ()
    irreversible: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def points(self) -> Iterator[Point]:
        """Yield every point, in the order in which they would be reached."""
        yield from (node for node in walk(self.root) if isinstance(node, Point))

    @property
    def hash(self) -> str:
        """SHA-256 of what will be done to whom: a change of any request changes it."""
        own = replace(self, cases=(), facts={})
        return hashlib.sha256(canonical(plan_data(own))).hexdigest()


def walk(node: Node | None) -> Iterator[Node]:
    """Yield a node and all below it."""
    if node is None:
        return
    yield node
    if isinstance(node, (Sequence, Parallel)):
        for one in node.nodes:
            yield from walk(one)
    elif isinstance(node, Decide):
        yield from walk(node.then)
        yield from walk(node.otherwise)


def canonical(data: Any) -> bytes:
    """Return JSON of which there is only one for the same data: keys sorted, no spaces."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)


def plan_data(plan: RunPlan) -> dict[str, Any]:
    """Return a plan as JSON holds it."""
    return {
        "playbook": plan.playbook,
        "title": plan.title,
        "tenant": plan.tenant,
        "agent": plan.agent,
        "cases": list(plan.cases),
        "mode": plan.mode,
        "root": _data(plan.root),
        "notes": list(plan.notes),
        "irreversible": list(plan.irreversible),
        "facts": dict(plan.facts),
    }


def plan_of(data: Mapping[str, Any]) -> RunPlan:
    """Return the plan that ``plan_data`` wrote.

    Raises:
        KeyError, TypeError, ValueError: It is none.
    """
    return RunPlan(
        **{
            **data,
            "cases": tuple(data["cases"]),
            "root": _node(data["root"]),
            "notes": tuple(data["notes"]),
            "irreversible": tuple(data["irreversible"]),
        }
    )


def _data(node: Node) -> dict[str, Any]:
    if isinstance(node, Point):
        return {
            "kind": "point",
            "id": node.id,
            "action": node.action,
            "connection": node.connection,
            "reversibility": node.reversibility.value,
            "verb": node.verb.value,
            "on_failure": node.on_failure,
            "step": written(node.step),
            "notes": list(node.notes),
        }
    if isinstance(node, Wait):
        return {"kind": "wait", "id": node.id, "seconds": node.seconds}
    if isinstance(node, Approval):
        return {
            "kind": "approval",
            "id": node.id,
            "needs": node.needs,
            "seconds": node.seconds,
            "reason": node.reason,
            "covers": list(node.covers),
        }
    if isinstance(node, Decide):
        own = {"kind": "decide", "id": node.id, "when": dict(node.when), "then": _data(node.then)}
        return own | ({"otherwise": _data(node.otherwise)} if node.otherwise else {})
    kind = "sequence" if isinstance(node, Sequence) else "parallel"
    return {"kind": kind, "id": node.id, "nodes": [_data(one) for one in node.nodes]}


def _node(data: Mapping[str, Any]) -> Node:
    kind, own = data["kind"], {name: value for name, value in data.items() if name != "kind"}
    if kind == "point":
        own["reversibility"] = Reversibility(own["reversibility"])
        own["verb"] = Verb(own["verb"])
        own["step"] = step_of(own["step"])
        return Point(**{**own, "notes": tuple(own["notes"])})
    if kind == "wait":
        return Wait(**own)
    if kind == "approval":
        return Approval(**{**own, "covers": tuple(own["covers"])})
    if kind == "decide":
        otherwise = own.get("otherwise")
        return Decide(
            own["id"], own["when"], _node(own["then"]), _node(otherwise) if otherwise else None
        )
    if kind == "sequence":
        return Sequence(own["id"], tuple(map(_node, own["nodes"])))
    if kind == "parallel":
        return Parallel(own["id"], tuple(map(_node, own["nodes"])))
    raise ValueError(f"no node is of the kind {kind!r}")
