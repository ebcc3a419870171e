"""What Kubernetes's actions share: names, requests, and what belongs to a service account."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agentwarrant.errors import Guarded
from agentwarrant.faults import short
from agentwarrant.respond import http
from agentwarrant.respond.action import Plan, Step, Target
from agentwarrant.respond.transport import Effect, Request, Transport, at

DOC = "docs/vendors/kubernetes.md"
WHO = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews"
"""Asks who the token is; it stores nothing."""

MANAGER = "agentwarrant"
MERGE = {"content-type": "application/merge-patch+json"}
LIMIT = 500
MAX_STEPS = 50
_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_REF = re.compile(rf"([^/\s]{{1,253}})/({_LABEL})/([a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?)")


def read(where: str, *, headers: Mapping[str, str] | None = None, **query: Any) -> Request:
    """Return a GET for which 404 is an answer."""
    found = http.read(where, endpoint="Kubernetes", accepts=(404,), **query)
    if headers is None:
        return found
    params = {**found.params, "headers": dict(headers)}
    return Request(found.method, params, found.effect, found.endpoint, accepts=found.accepts)


def patch(where: str, body: Mapping[str, Any]) -> Request:
    """Return a JSON merge patch: null removes a field, and the same patch twice is one."""
    query = {"fieldManager": MANAGER}
    return http.change("PATCH", where, endpoint="Kubernetes", json=body, headers=MERGE, query=query)


def delete(where: str) -> Request:
    """Return a DELETE; what is gone already is no failure."""
    return http.change("DELETE", where, endpoint="Kubernetes", accepts=(404,))


@dataclass(frozen=True, slots=True)
class Named:
    """An object: ``cluster/namespace/name``."""

    cluster: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.cluster}/{self.namespace}/{self.name}"

    @property
    def mark(self) -> str:
        """What its pods are labelled with: the name may be too long for a label."""
        return hashlib.sha256(f"{self.namespace}/{self.name}".encode()).hexdigest()[:16]

    def path(self, group: str, kind: str, name: str = "") -> str:
        """Return the path of one kind in its namespace, or of one object of it."""
        if name:
            return http.path(f"{group}/namespaces/{{}}/{kind}/{{}}", self.namespace, name)
        return http.path(f"{group}/namespaces/{{}}/{kind}", self.namespace)


@dataclass(slots=True)
class Look:
    """What is known of the cluster while a plan is made.

    Attributes:
        transport: None: nothing may be read.
        cluster: As the connection calls it.
        own: The responder's own user name.
        shared: May the namespace's default account be acted on?
        enforced: Does the network enforce policies, as the operator says?
        notes: What was left out and why.
        barred: What must not be touched and was left out.
    """

    transport: Transport | None
    cluster: str = ""
    own: str = ""
    shared: bool = False
    enforced: bool = False
    notes: list[str] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, transport: Transport | None) -> Look:
        if transport is None:
            return cls(None, notes=["The cluster was not asked: what runs there was not read"])
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        answer = transport.send(Request(WHO, {"json": review}, Effect.READ, "Kubernetes"))
        connection = http.connection_of(transport)
        options = connection.options if connection is not None else {}
        return cls(
            transport,
            str(options.get("cluster", "")),
            str(at(answer, ("body", "status", "userInfo", "username"))),
            options.get("shared_accounts") is True,
            options.get("network_policies") is True,
        )

    def ask(self, request: Request) -> Any:
        """Return an answer; None where nothing may be read."""
        return self.transport.send(request) if self.transport is not None else None

    def rows(self, where: str, **query: Any) -> list[Mapping[str, Any]]:
        """Return the items of a list: the first ``LIMIT``, and a note where there are more."""
        answer = self.ask(read(where, limit=LIMIT, **query))
        if at(answer, ("body", "metadata", "continue")):
            self.notes.append(f"More than {LIMIT} of {where.rpartition('/')[2]}: the rest unread")
        found = at(answer, ("body", "items"))
        return [row for row in found or [] if isinstance(row, Mapping)]

    def named(self, target: Target, kind: str) -> Iterator[Named]:
        """Yield the agent's objects of one kind that may be touched."""
        for ref in target.ids(f"kubernetes.{kind}"):
            found = _REF.fullmatch(ref)
            if found is None:
                self.notes.append(f"Left out, no cluster/namespace/name: {short(ref)}")
                continue
            one = Named(*found.groups())
            if self.transport is not None and one.cluster != self.cluster:
                self.notes.append(f"Left out, of another cluster: {short(ref)}")
            elif why := self._why_not(one, kind):
                self.barred.append(f"{one} {why}")
            else:
                yield one

    def _why_not(self, one: Named, kind: str) -> str:
        if one.namespace.startswith("kube-"):
            return "is part of the cluster itself"
        if kind != "service_account":
            return ""
        if f"system:serviceaccount:{one.namespace}:{one.name}" == self.own:
            return "is the responder itself"
        if one.name == "default" and not self.shared:
            return (
                "is what every pod without an account of its own runs as; the option"
                " shared_accounts: true of the connection allows it"
            )
        return ""

    def plan(self, action: str, target: Target, steps: Iterable[Step]) -> Plan:
        """Return the plan.

        Raises:
            Guarded: All that there is must not be touched.
        """
        made = list({one.point: one for one in steps}.values())
        if not made and self.barred:
            raise Guarded(self.barred[0], mend=f"{DOC} says why")
        notes = [*self.notes, *self.barred]
        if len(made) > MAX_STEPS:
            notes.append(f"{len(made) - MAX_STEPS} more were left out: a plan takes {MAX_STEPS}")
        return Plan(action, target, tuple(made[:MAX_STEPS]), tuple(notes))


def runs_as(workload: Mapping[str, Any], account: Named, *path: str) -> bool:
    """Does a workload's template run as a service account?"""
    found = at(workload, (*path, "spec", "serviceAccountName"))
    return (found or "default") == account.name


def name_of(row: Mapping[str, Any]) -> str:
    return str(at(row, ("metadata", "name")))


def labels_of(row: Mapping[str, Any]) -> dict[str, str]:
    found = at(row, ("metadata", "labels"))
    return dict(found) if isinstance(found, Mapping) else {}
