"""A run plan as CACAO 2.0: the exact requests of one run, for whoever carries them out elsewhere.

Requests over HTTP are ``http-api`` commands; what goes over another protocol is a ``manual`` one,
for CACAO has no type for it. Secrets, and what is read or the time when a request is sent, stand in
it by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from agentwarrant.event import compact_json, iso_time
from agentwarrant.respond.cacao.cacao import ACTIVITIES, RESTRICT, listed_name, moment
from agentwarrant.respond.cacao.writer import (
    Object,
    Workflow,
    document,
    extension,
    identity,
    is_http,
    manual,
)
from agentwarrant.respond.runplan import Approval, Decide, Node, Parallel, Point, RunPlan, Wait
from agentwarrant.respond.transport import Request
from agentwarrant.respond.written import written


def run_document(plan: RunPlan) -> Object:
    """Return a run plan as CACAO 2.0; the same plan, the same bytes."""
    return _Writer(plan).document()


class _Writer:
    def __init__(self, plan: RunPlan) -> None:
        self._plan = plan
        self._work = Workflow(identity("playbook", "run", plan.hash))

    def document(self) -> Object:
        plan, work = self._plan, self._work
        first = self._node(plan.root, work.end())
        lines = [f"What the playbook {plan.playbook} does to {plan.agent} of {plan.tenant}."]
        lines += [f"Cannot be taken back: {one}" for one in plan.irreversible]
        return document(
            work,
            playbook=identity("playbook", "run", plan.hash),
            name=f"{plan.title}: {plan.agent}",
            description="\n".join((*lines, *plan.notes)),
            moment=_moment(plan.facts),
            start=work.start(first),
            own={
                "playbook": plan.playbook,
                "plan_hash": plan.hash,
                "mode": plan.mode,
                "tenant": plan.tenant,
                "agent": plan.agent,
                "cases": list(plan.cases),
                "irreversible": list(plan.irreversible),
                "notes": list(plan.notes),
            },
            labels=[plan.playbook, "run-plan"],
        )

    def _list(self, nodes: Sequence[Node], then: str) -> str:
        for node in reversed(nodes):
            then = self._node(node, then)
        return then

    def _node(self, node: Node, then: str) -> str:
        if isinstance(node, Point):
            return self._point(node, then)
        if isinstance(node, Approval):
            return self._approval(node, then)
        if isinstance(node, Decide):
            return self._decide(node, then)
        if isinstance(node, Wait):
            return self._wait(node, then)
        if isinstance(node, Parallel) and len(node.nodes) > 1:
            work = self._work
            firsts = [self._node(one, work.end()) for one in node.nodes]
            return work.step("parallel", node.id, {"name": node.id, "next_steps": firsts}, then)
        return self._list(node.nodes, then)

    def _point(self, point: Point, then: str) -> str:
        work, step = self._work, point.step
        activity = ACTIVITIES.get(str(point.verb), RESTRICT)
        if is_http(step.request.method):
            agent = work.agent(
                "http-api",
                point.connection,
                f"What the configuration calls {point.connection} ({step.request.endpoint})",
                address={"dname": [point.connection]},
            )
            command = _http(step.request, activity)
            work.lost("the addresses of systems and who asks there: a reader has to be told")
        else:
            agent = work.people()
            text = f"{point.connection}: {step.request.text}"
            command = manual(text, f"{point.action}: no type of CACAO is for it", activity)
            work.lost("requests that are not HTTP are commands for a person")
        work.lost("how a change is proven and taken back is in the extension of its step only")
        own = {
            "name": step.title,
            "description": " ".join(filter(None, (step.changes, step.note))),
            "commands": [command],
            "agent": agent,
            "step_extensions": extension(
                point={
                    "id": point.id,
                    "action": point.action,
                    "connection": point.connection,
                    "verb": str(point.verb),
                    "reversibility": str(point.reversibility),
                    "on_failure": point.on_failure,
                    "step": written(step),
                }
            ),
        }
        after: str | Object = then
        if point.on_failure == "stop":
            after = {"on_success": then, "on_failure": work.end()}
        return work.step("action", point.id, own, after)

    def _approval(self, node: Approval, then: str) -> str:
        work = self._work
        limit = {"timeout": int(node.seconds * 1000)} if node.seconds else {}
        own = {
            "name": node.id,
            "description": "People must say yes to what follows; without them it is not done.",
            **limit,
            "commands": [manual(node.reason or "Say yes or no")],
            "agent": work.people(),
            "step_extensions": extension(
                approval={
                    "id": node.id,
                    "needs": node.needs,
                    "seconds": node.seconds,
                    "reason": node.reason,
                    "covers": list(node.covers),
                    "plan_hash": self._plan.hash,
                }
            ),
        }
        work.lost("that several people must say yes is in the extension of an approval only")
        return work.step("action", node.id, own, {"on_success": then, "on_failure": work.end()})

    def _decide(self, node: Decide, then: str) -> str:
        work = self._work
        step = str(node.when["step"])
        used = work.variable(f"state_of_{listed_name(step)}", f"How the step {step} ended")
        states = ", ".join(repr(str(one)) for one in node.when["is"])
        other = {"on_false": self._node(node.otherwise, work.end())} if node.otherwise else {}
        own = {
            "name": node.id,
            "condition": f"{used} IN ({states})",
            "on_true": self._node(node.then, work.end()),
            **other,
            "step_extensions": extension(condition=dict(node.when)),
        }
        return work.step("if-condition", node.id, own, then)

    def _wait(self, node: Wait, then: str) -> str:
        self._work.delay(then, node.id, node.seconds)
        return then


def _http(request: Request, activity: str) -> Object:
    """Return a request as CACAO's command; what is filled in when it is sent is named."""
    shown = request.shown()
    verb, _, path = request.method.partition(" ")
    query = {k: v for k, v in (shown.get("query") or {}).items() if v is not None}
    if query:
        path = f"{path}?{urlencode(query)}"
    headers = {name: [str(value)] for name, value in (shown.get("headers") or {}).items()}
    own: Object = {
        "type": "http-api",
        "command": f"{verb} {path} HTTP/1.1",
        "playbook_activity": activity,
    }
    if "json" in shown:
        own["content"] = compact_json(shown["json"])
        headers.setdefault("content-type", ["application/json"])
    elif "form" in shown:
        own["content"] = urlencode({k: str(v) for k, v in shown["form"].items()})
        headers.setdefault("content-type", ["application/x-www-form-urlencoded"])
    return {**own, "headers": headers} if headers else own


def _moment(facts: Mapping[str, Any]) -> str:
    """Return the time of the first event, for a plan has no other that is always the same."""
    try:
        return iso_time(facts["first_event"])
    except (KeyError, ValueError, TypeError):
        return moment()
